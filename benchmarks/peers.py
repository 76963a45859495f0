"""This tool's arithmetic beside two peer libraries, on the same tracts, in one run. Opens no browser.

The ways of adding up are in `ways.py`. They take turns, so that a machine that is busy for a while is busy for all of them;
every time is a median, of processor time. Ways that answer the same question must give the same answer before they are
timed. tobler is heavy: `pip install -r requirements-bench.txt`; where it is not installed its rows are left out.

    python -m benchmarks.peers
"""

from __future__ import annotations

import argparse
import functools
import importlib.util
import os
import time
from collections import defaultdict
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

from benchmarks import results, ways
from equity import atlas as atlases
from equity import tidy
from equity.atlas import Atlas
from equity.stats import aggregate

TURNS = 25
LINES, RELEASES = 20, 8  # as much as will ever be loaded
LIMIT = 50  # ms for all of it

# A share of households: the line that counts it, and CMAP's name for the count. The households are B28002_001 and TOT_HH.
RATES = {
    "without internet access": ("B28002_013", "NO_INTERNET"),
    "with broadband": ("B28002_004", "BROADBAND"),
    "without a computer": ("B28003_006", "NO_COMPUTER"),
}

TABLES, SUMS_ALONE = "tables in, tables out", "its sums alone"
TOBLER = importlib.util.find_spec("tobler") is not None
WITHOUT_TOBLER = "" if TOBLER else "\ntobler was not installed: `pip install -r requirements-bench.txt`.\n"

Task = Callable[[], object]


def medians(tasks: dict[str, Task], turns: int) -> dict[str, float]:
    """Milliseconds of processor time of each task, after one turn that is not counted: no task waits for anything."""
    taken = defaultdict(list)
    for turn in range(turns + 1):
        for name, task in tasks.items():
            start = time.process_time()
            task()
            if turn:
                taken[name].append((time.process_time() - start) * 1e3)
    return {name: median(times) for name, times in taken.items()}


def shares(atlas: Atlas, vintage: int) -> pd.DataFrame:
    """geoid, place_id, weight: which part of a tract's households lives in which community area."""
    return aggregate.weights_for(atlas.crosswalks[vintage], {area: area for area in atlas.areas["area_id"]})


# --- the same sums, by every way -------------------------------------------------------------------------------------------


def by_aggregator(figures: pd.DataFrame, weights: pd.DataFrame) -> dict[str, Task]:
    """census-data-aggregator's ways; RuntimeError if one of them does not give what this tool gives."""
    pairs = ways.pairs_of(figures, weights)
    tasks = {
        "each figure looked up in a DataFrame": lambda: ways.looked_up(figures, weights),
        "groups of pandas": lambda: ways.grouped(figures, weights),
        "plain dictionaries": lambda: ways.summed(ways.pairs_of(figures, weights)),
        SUMS_ALONE: lambda: ways.summed(pairs),
    }
    for name, task in tasks.items():
        ways.must_agree(aggregate.lines(figures, weights), task(), name)
    return {f"census-data-aggregator, {name}": task for name, task in tasks.items()}


def by_tobler(atlas: Atlas, figures: pd.DataFrame, sources: Path | None) -> dict[str, Task]:
    """tobler's ways, by land: from outlines, and with their overlaps already made."""
    tasks, folders = {}, {"as drawn here": None} | ({"as published": sources} if sources else {})
    for name, folder in folders.items():
        tracts, areas = ways.outlines(atlas, 2020, folder)
        by_land = functools.partial(ways.interpolated, ways.with_counts(tracts, figures), areas, allocate_total=False)
        tasks[f"tobler, outlines {name}"] = by_land
    return tasks | {"tobler, overlaps at hand": functools.partial(by_land, table=ways.overlaps(tracts, areas))}


def speed(atlas: Atlas, sources: Path | None, turns: int) -> str:
    """Every line of B28002 in every community area, release 2021: ours beside every other way, as ratios."""
    figures = tidy.long(atlas.snapshots[2021].table, 2021)
    figures = figures[figures["variable"].str.startswith("B28002")]
    weights = shares(atlas, 2020)
    at_hand = ways.arrays([figures], weights)
    theirs = by_aggregator(figures, weights) | (by_tobler(atlas, figures, sources) if TOBLER else {})
    ours = {TABLES: lambda: aggregate.lines(figures, shares(atlas, 2020)), SUMS_ALONE: lambda: ways.add_up(*at_hand)}
    taken = medians(ours | theirs, turns)
    rows = []
    for name in theirs:
        mine = taken[SUMS_ALONE if name.endswith(SUMS_ALONE) else TABLES]
        margins = "none" if name.startswith("tobler") else "the same"
        rows.append(f"| {name} | {ms(taken[name])} | **{ms(mine)}** | {ratio(mine, taken[name])} | {margins} |")
    asked = f"{len(atlas.areas)} community areas, {figures['variable'].nunique()} lines of B28002, release 2021"
    return f"""### From tracts to {asked}

|  | theirs | **this tool** | ratio | margins |
|---|--:|--:|--:|---|
{chr(10).join(rows)}

This tool's `aggregate.lines` starts from figures by tract and shares of tracts by area, and ends with estimates, margins and
flags; census-data-aggregator starts from the same two tables. Bringing its pairs together is most of what it takes, and how
that is written is up to its caller; *its sums alone* has the pairs at hand, beside `moe.of_grouped_sum` with arrays at hand.
tobler starts from outlines with the figures beside them. Its overlay is made here once, at refresh, and by households
instead of land (the last table says why); with *overlaps at hand* it does what `aggregate.lines` does, but for the margins.
{WITHOUT_TOBLER}"""


# --- as much as will ever be asked for -----------------------------------------------------------------------------------


def made_up(tracts: np.ndarray, release: int) -> pd.DataFrame:
    """A tidy table of LINES lines with margins; seeded, a fifth of the estimates zero."""
    rng, size = np.random.default_rng(release), LINES * len(tracts)
    return pd.DataFrame(
        {
            "place_id": np.tile(tracts, LINES),
            "release": release,
            "variable": np.repeat([f"X_{line:03d}" for line in range(LINES)], len(tracts)),
            "estimate": np.where(rng.random(size) < 0.2, 0.0, rng.poisson(30, size)),
            "moe": rng.uniform(5, 90, size),
            "flag": 0,
        }
    )


def at_size(atlas: Atlas, turns: int) -> str:
    """All tracts and areas, LINES lines of RELEASES releases: the kernel alone, and tables in, tables out."""
    tracts, weights = atlas.tracts[2020]["geoid"].to_numpy(), shares(atlas, 2020)
    tables = [made_up(tracts, release) for release in range(RELEASES)]
    at_hand = ways.arrays(tables, weights)
    tasks = {
        "`moe.of_grouped_sum` and the sums themselves, arrays at hand": lambda: ways.add_up(*at_hand),
        "`aggregate.lines`, tables in, tables out": lambda: [aggregate.lines(table, weights) for table in tables],
    }
    rows = [
        f"| {name} | **{ms(took)}** | ≤ {LIMIT} ms | {'✓' if took <= LIMIT else 'missed'} |"
        for name, took in medians(tasks, turns).items()
    ]
    return f"""### {len(tracts)} tracts to {len(atlas.areas)} areas, {LINES} lines of {RELEASES} releases

|  | **this tool** | aim |  |
|---|--:|--:|---|
{chr(10).join(rows)}

The shares of tracts are Chicago's; the figures are made up (seeded, a fifth of them zeros).
"""


# --- right, not only quick --------------------------------------------------------------------------------------------------


def errors(atlas: Atlas, sources: Path | None) -> str:
    """How far areas' rates are from the published ones, release 2019: ours and tobler's, as ratios."""
    heading = "### How far areas are from their published rates, release 2019\n"
    if sources is None:
        return f"{heading}\nNot measured: CMAP's published counts are among the raw files, which `EQUITY_SOURCES` names.\n"
    published = pd.read_csv(sources / "cmap_cds_2015_2019.csv", dtype={"GEOID": str}).set_index("GEOID")
    figures, weights = tidy.long(atlas.snapshots[2019].table, 2019), shares(atlas, 2010)
    found = {"**this tool**": aggregate.lines(figures, weights).pivot(index="place_id", columns="variable", values="estimate")}
    if TOBLER:
        tracts, areas = ways.outlines(atlas, 2010, sources)
        tracts = ways.with_counts(tracts, figures)
        found["tobler, `allocate_total=False`"] = ways.interpolated(tracts, areas, allocate_total=False)
        found["tobler's default"] = ways.interpolated(tracts, areas)
    rows = []
    for name, (line, column) in RATES.items():
        truth = published[column] / published["TOT_HH"]
        off = [100 * (counts[line] / counts["B28002_001"] - truth).abs() for counts in found.values()]
        rows.append(compared(f"households {name}: the worst area", [area.max() for area in off]))
        rows.append(compared("… the mean area", [area.mean() for area in off]))
    total = published["TOT_HH"].sum()
    missed = " | ".join(f"{counts['B28002_001'].sum() - total:+,.0f}" for counts in found.values())
    return f"""{heading}
|  | {" | ".join(found)} | ratios |
|---|{"--:|" * len(found)}---|
{chr(10).join(rows)}
| households in the city, {total:,.0f} as published | {missed} |  |

Published are the counts of {len(published)} areas in CMAP's Community Data Snapshots 2015–2019. All ways start from the
same {figures["place_id"].nunique()} tracts; tobler has the outlines as published. This tool is furthest off in Woodlawn:
the tract that it shares with South Shore has other households on its one side than on the other, which no weight of a whole
tract can know.
{WITHOUT_TOBLER}"""


def compared(name: str, off: list[float]) -> str:
    """A row of the table of errors: ours, then the others', then the ratios to them in the same order."""
    cells, told = " | ".join(f"{points:.2f} points" for points in off), " · ".join(ratio(off[0], other) for other in off[1:])
    return f"| {name} | {cells} | {told} |"


# --- the page ---------------------------------------------------------------------------------------------------------------


def section(sources: Path | None, turns: int = TURNS) -> str:
    """The part of benchmarks/RESULTS.md about peer libraries; ``sources`` is the folder of raw files, where there is one."""
    sources = sources if sources and (sources / "boundaries.gpkg").exists() else None
    atlas = atlases.load("chicago")
    packages = ["census-data-aggregator", *["tobler"] * TOBLER, "geopandas", "numpy", "pandas"]
    return f"""## Beside peer libraries

{", ".join(f"{name} {version(name)}" for name in packages)}; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the
start; processor time, medians of {turns} turns.

{speed(atlas, sources, turns)}
{at_size(atlas, turns)}
{errors(atlas, sources)}"""


def ms(milliseconds: float) -> str:
    """Two digits at least: 0.13 ms, 2.9 ms, 367 ms."""
    decimals = 0 if milliseconds >= 10 else 1 if milliseconds >= 1 else 2
    return f"{milliseconds:,.{decimals}f} ms"


def ratio(ours: float, theirs: float) -> str:
    """Ours to theirs: 1/74, 1/2.6; 1.3 where ours is the larger."""
    times = theirs / ours
    return f"1/{times:.0f}" if times >= 10 else f"1/{times:.1f}" if times >= 1 else f"{1 / times:.1f}"


def measured(sources: Path | None, turns: int = TURNS, page: Path = results.PAGE) -> str:
    """Measure everything and write the section; what was written."""
    text = section(sources, turns)
    results.put(text, page)
    return text


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=TURNS, help="how often each is timed (default: %(default)s)")
    folder = os.environ.get("EQUITY_SOURCES")
    print(measured(Path(folder) if folder else None, parser.parse_args().turns))
