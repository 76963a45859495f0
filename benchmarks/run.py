"""This tool beside the usual way, in one run on one machine: `make bench`. Writes benchmarks/RESULTS.md.

The contenders take turns, so that a machine that is busy for a while is busy for all of them; every figure is a median.
A page is always opened by a browser that has never seen it. Nothing here is a test: times depend on the machine.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import itertools
import os
import platform
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from benchmarks import peers, results, simulation, weights
from benchmarks.contenders import OURS, PRELUDE, USUAL, USUAL_COMPRESSED, Contender, as_published
from benchmarks.server import ROOT, Server, serving

# The raw files `equity refresh` reads. With them the usual way is also measured on the outlines as they are published.
SOURCES = Path(os.environ.get("EQUITY_SOURCES") or ROOT.parent / "shared" / "sources")
CHANGES = ("no_wired", "cellular_only", "no_computer", "no_broadband", "no_access", "no_subscription")
PATIENCE = 60_000  # ms for a page to show its map

# Without a graphics card everything is drawn on the processor: pages and SVG by Skia, WebGL (plotly's map) by SwiftShader.
BROWSER = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


@dataclass(frozen=True)
class Line:
    """One line of the table: what is measured, its unit, and the aim, as a ratio to the usual way or as a limit."""

    key: str
    label: str
    unit: str
    ratio: float | None = None
    limit: float | None = None


LINES = (
    Line("bytes", "on the wire until the first map of tracts", "kB", ratio=1 / 10),
    Line("first", "time to the first map of tracts", "ms", ratio=1 / 3),
    Line("all_bytes", "on the wire for the whole page", "kB"),
    Line("repaint", "new indicator to repainted tracts", "ms", ratio=1 / 20),
    Line("waited", "of which until the server had answered", "ms"),
    Line("requests", "requests to the server for a new indicator", "", limit=0),
    Line("change_bytes", "on the wire for a new indicator", "kB"),
    Line("cpu", "processor time of the server for a new indicator", "ms"),
    Line("start", "start of the process to its first answer", "s", limit=2),
    Line("memory", "memory of the server's processes", "MB", limit=150),
)

Figures = dict[str, dict[str, list[float]]]  # contender -> line -> what was measured


class Wire:
    """What one page has fetched, headers included, as the browser counts it; what its cache answered costs nothing."""

    def __init__(self, session: CDPSession) -> None:
        self.requests = 0
        self.bytes = 0.0
        session.on("Network.loadingFinished", self._fetched)
        session.send("Network.enable")

    def _fetched(self, event: dict) -> None:
        self.requests += event["encodedDataLength"] > 0
        self.bytes += event["encodedDataLength"]


def open_and_change(browser: Browser, contender: Contender, server: Server, found: dict[str, list[float]]) -> None:
    """One visit: a cold load of the page, then every indicator once."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-US")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.add_init_script(PRELUDE)
    wire = Wire(context.new_cdp_session(page))
    page.goto(server.address + contender.path, wait_until="commit")
    found["first"].append(page.evaluate(f"bench.when({contender.painted})"))
    found["bytes"].append(wire.bytes / 1e3)
    settle(page, wire)
    found["all_bytes"].append(wire.bytes / 1e3)
    for key in CHANGES:
        requests, received, cpu = wire.requests, wire.bytes, server.cpu_seconds()
        repaint, waited = page.evaluate(contender.change, key)
        settle(page, wire)
        found["repaint"].append(repaint)
        found["waited"].append(waited)
        found["requests"].append(wire.requests - requests)
        found["change_bytes"].append((wire.bytes - received) / 1e3)
        found["cpu"].append((server.cpu_seconds() - cpu) * 1e3)
    context.close()


def settle(page: Page, wire: Wire, quiet: int = 400) -> None:
    """Wait until nothing has arrived for a while."""
    seen = -1.0
    while seen != wire.bytes:
        seen = wire.bytes
        page.wait_for_timeout(quiet)


def contenders(folder: Path) -> tuple[Contender, ...]:
    """Who takes part here; `folder` takes the published outlines as GeoJSON, where the raw files are in hand."""
    if not (SOURCES / "boundaries.gpkg").exists():
        return OURS, USUAL, USUAL_COMPRESSED
    import geopandas

    from equity import atlas

    tracts = geopandas.read_file(SOURCES / "boundaries.gpkg", layer="tract_2020").rename(columns={"geoid_tract": "id"})
    ours = tracts["id"].isin(atlas.load("chicago").tracts[2020]["geoid"])
    tracts.loc[ours, ["id", "geometry"]].to_crs("EPSG:4326").to_file(folder / "tracts.json", driver="GeoJSON")
    return OURS, USUAL, USUAL_COMPRESSED, as_published(str(folder / "tracts.json"))


def measure(taking_part: tuple[Contender, ...], visits: int, starts: int) -> tuple[Figures, str]:
    """All figures, and the browser's version."""
    found: Figures = defaultdict(lambda: defaultdict(list))
    for _, contender in itertools.product(range(starts), taking_part):
        with serving(contender.application, contender.environment) as server:
            found[contender.name]["start"].append(server.seconds_to_first_answer)
        say(f"started {contender.name}")
    chromium = subprocess.run([ROOT / "scripts" / "find-chromium"], capture_output=True, text=True)
    if chromium.returncode:
        raise SystemExit(chromium.stderr.strip())
    with contextlib.ExitStack() as stack:
        servers = {one.name: stack.enter_context(serving(one.application, one.environment)) for one in taking_part}
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium.stdout.strip(), args=list(BROWSER))
        for visit, contender in itertools.product(range(visits + 1), taking_part):
            # The first visitor after a start waits for what is then kept; that visit is not counted, for anyone.
            figures = found[contender.name] if visit else defaultdict(list)
            open_and_change(browser, contender, servers[contender.name], figures)
            say(f"visit {visit} of {visits}: {contender.name}")
        for name, server in servers.items():
            found[name]["memory"].append(server.megabytes())
        browser_version = browser.version
        browser.close()
    return found, browser_version


def say(what: str) -> None:
    """Progress, away from standard output."""
    print(f"  {what}", file=sys.stderr, flush=True)


PUBLISHED = """\
*Outlines as published*: as a newcomer would build it, with the tracts as the Census Bureau publishes them. Simplifying
them without gaps is part of what this tool does; in the other columns the usual way borrows our outlines.
"""


def report(found: Figures, browser_version: str, visits: int, load: float) -> str:
    """The page that goes into the repository."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("dash", "dash-leaflet", "plotly", "pandas", "gunicorn"))
    ours, usual, *variants = found
    head = ["", f"**{ours}**", usual, *(f"… {variant}" for variant in variants), "aim", "ratios"]
    return f"""# Side by side with the usual way

{datetime.date.today():%d %B %Y}, {os.cpu_count()} cores ({platform.machine()}, load {load:.1f} at the start), \
Python {platform.python_version()}, Chromium {browser_version}, {packages}.
Written by `make bench`; medians of {visits} cold visits with {len(CHANGES)} changes of the indicator each.

| {" | ".join(head)} |
|---|{"--:|" * (len(found) + 1)}---|
{chr(10).join(row(line, found) for line in LINES)}

*The usual way* is `usual_way.py` beside this file: one plotly choropleth, built on the server in a callback and sent whole
at every change. All show the same 801 tracts and figures, behind the same server (gunicorn, one process) on the same
machine, in the same browser, which has never seen the page before. *Compressed*: with Dash's own compression turned on.
Ratios are to the variants of the usual way from left to right; ✓ marks an aim that is reached.
{PUBLISHED if len(variants) > 1 else ""}
Plotly's map is drawn with WebGL, here without a graphics card; on a machine with one it paints sooner. The line *until
the server had answered* counts no drawing at all. The network is this machine's own: on a slower one bytes weigh more.
"""


def row(line: Line, found: Figures) -> str:
    """One line of the table; the ratio is told to each variant of the usual way, in the order of the columns."""
    ours, *others = (median(figures[line.key]) for figures in found.values())
    aim, told = "", ""
    if line.ratio is not None:
        aim = f"1/{1 / line.ratio:.0f}"
        told = " · ".join(f"1/{other / ours:.1f}{' ✓' if ours <= other * line.ratio else ''}" for other in others)
    elif line.limit is not None:
        aim = f"≤ {line.limit:g} {line.unit}".strip()
        told = "✓" if ours <= line.limit else "missed"
    cells = [f"**{number(ours, line.unit)}**", *(number(other, line.unit) for other in others)]
    return f"| {line.label} | {' | '.join(cells)} | {aim} | {told} |"


def number(value: float, unit: str) -> str:
    """Whole numbers from ten on, one decimal below."""
    shown = f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"
    return f"{shown} {unit}".strip()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__.splitlines()[0])
    parser.add_argument("--visits", type=int, default=5, help="cold loads of each page (default: %(default)s)")
    parser.add_argument("--starts", type=int, default=5, help="starts of each server (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "RESULTS.md", help="where the table goes")
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        found, browser_version = measure(contenders(Path(folder)), asked.visits, asked.starts)
    text = report(found, browser_version, asked.visits, load)
    results.put(text, asked.out)
    peers.measured(SOURCES, page=asked.out)
    weights.measured(SOURCES, page=asked.out)
    simulation.measured(page=asked.out)
    print(text)


if __name__ == "__main__":
    main()
