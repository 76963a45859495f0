"""Raw files in, one city's folder out, all or nothing. Orchestrates; measures and decides nothing itself.

Everything is written to a hidden folder beside the city's, read back, sealed, and only then swapped in: a failure at
any point leaves ``data/`` byte for byte as it was. Files refresh did not write (city.toml, targets) are carried over.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rich.console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from equity import atlas as atlases
from equity import cities, drawing, drift, fetching, groundwork, modelled, publish, rawfiles, snapshots, standby
from equity.atlas import Atlas
from equity.cities import City, Release
from equity.errors import CityInvalid, EquityError, SnapshotDamaged, SourceInvalid, UsageError
from equity.groundwork import Ground
from equity.sources import Acs, credentials, local, summary_file
from equity.sources.addresses import Addresses
from equity.sources.census_api import CensusApi
from equity.sources.layers import RawFiles
from equity.sources.summary_file import SummaryFile
from equity.sources.web import Web

_TIMES = (TimeElapsedColumn(), TimeRemainingColumn())


@dataclass(frozen=True)
class Wish:
    """What a refresh is to do: where figures come from, which, and whether a large change is believed."""

    folder: Path | None = None  # raw files; None: ``acs`` is asked
    acs: Acs | None = None
    releases: tuple[int, ...] = ()  # of ``acs``: these; none for all
    accept_drift: bool = False
    today: datetime.date | None = None  # of a set from the network
    ground: Ground | None = None  # where ``acs`` has no weights and outlines to stand on; None: the usual addresses
    outlines: bool = False  # make weights and outlines anew though there are some in hand


def mend(slug: str, data_root: Path | None = None) -> None:
    """Put the last set in its place where a refresh was killed between the two steps of a system that needs two."""
    publish.mend((data_root or cities.DATA) / slug)


def run(slug: str, wish: Wish | Path, data_root: Path | None = None, console: rich.console.Console | None = None) -> None:
    """Refresh one city, with a progress bar per step on ``console``; a path is a folder of raw files.

    Raises an ``EquityError`` with one sentence; ``data/`` is then as it was.
    """
    console = console or rich.console.Console(stderr=True)
    wish = Wish(folder=wish) if isinstance(wish, Path) else wish
    city = city_of(slug, wish.folder, data_root)
    columns = (TextColumn("{task.description:<34}"), BarColumn(), MofNCompleteColumn(), *_TIMES)
    with Progress(*columns, console=console) as progress:
        refresh(city, wish, progress)


def city_of(slug: str, folder: Path | None = None, data_root: Path | None = None) -> City:
    """The city to refresh. From a folder of raw files it is what city.toml says, whatever is in hand; and so it is where nobody
    can read what is in hand. CityInvalid with one sentence."""
    if folder is None:
        with contextlib.suppress(CityInvalid):
            return cities.load(slug, data_root)
    return cities.load(slug, data_root, in_hand=False)


def source(
    city: City,
    name: str | None,
    key: str | None = None,
    again: bool = False,
    web: Web | None = None,
    cache: Path = summary_file.CACHE,
) -> Acs:
    """The way to the Bureau: by name, or the API where there is a key and else the summary files, kept below ``cache``.

    KeyRefused for the API without a key. Addresses are the city's, or the environment's; ``web`` is our usual patience.
    """
    where = Addresses.of(city.addresses, os.environ)
    if name == "summary" or (name is None and credentials.find(key) is None):
        paths = summary_file.paths(city.acs.get("summary_paths", {}))
        return SummaryFile(web, where.summary, cache, again, paths)
    return CensusApi(credentials.key(key), web, where.api)


def ground(
    city: City,
    key: str | None = None,
    weights: str | None = None,
    again: bool = False,
    web: Web | None = None,
    cache: Path = summary_file.CACHE,
) -> Ground:
    """The way to outlines, and to the blocks that weights are counted from; arguments as for ``source`` and ``Ground``."""
    where = Addresses.of(city.addresses, os.environ)
    return Ground(web or Web(), where, lambda: credentials.find(key), weights, cache, again)


def plan(slug: str, wish: Wish, data_root: Path | None = None) -> list[str]:
    """What ``run`` would do, a sentence each; nothing is asked and nothing written."""
    city = city_of(slug, wish.folder, data_root)
    if wish.folder is not None:
        return [f"{name} from {wish.folder}" for name in rawfiles.needed(city)] or [f"nothing: {_no_raw_files(city)}"]
    releases = fetching.wanted(city, wish.releases)
    said = groundwork.plan(city, wish.ground or ground(city), vintages) if (vintages := _to_build(city, wish, releases)) else []
    return said + fetching.plan(city, wish.acs, releases)


def refresh(city: City, wish: Wish, progress: Progress) -> None:
    """Write everything below ``city.folder`` anew; see ``run``."""
    if wish.folder is not None:
        if not city.sources:
            raise UsageError(_no_raw_files(city))
        local.present(wish.folder, rawfiles.needed(city))
    with publish.locked(city.folder), publish.staged(city.folder) as stage:
        if wish.folder is not None:
            written = rawfiles.tables(city, wish.folder, stage, progress)
            written += drawing.draw(city, RawFiles(city, wish.folder), stage, progress)
        else:
            written = _from_network(city, wish, stage, progress)
        sealing = progress.add_task("seal and swap", total=1)
        publish.carry(city.folder, stage)
        snapshots.write_manifest(stage, written, wish.today.isoformat() if wish.today else None)
        new = standby.opened(city.slug, stage.parent)  # what no server could open is not published, whoever wishes it
        if not wish.accept_drift:
            _believable(city, new)
        publish.swap(stage, city.folder, standby.problems_of)
        progress.advance(sealing)


def _no_raw_files(city: City) -> str:
    return f"city.toml of {city.slug} names no raw files ([[sources]]); fetch the figures: --source summary"


def _from_network(city: City, wish: Wish, stage: Path, progress: Progress) -> list[Path]:
    """Figures from the Bureau; weights and outlines, and what the Bureau does not give, from the set in hand.

    Weights and outlines are made where the set in hand has none, as a new city's, or where that is wished.
    """
    releases, built = fetching.wanted(city, wish.releases), []
    if lacking := [release for release in wish.releases if not wish.acs.gives(release)]:
        raise UsageError(f"{wish.acs.name} does not have release {lacking[0]}; choose another, or another --source")
    fresh = _is_new(city)
    if not fresh and (problems := snapshots.verify(city.folder)):
        fresh = wish.outlines and not city.crosswalks and not wish.releases  # all is made anew, so nothing of it is needed
        if not fresh:
            anew = (
                "refresh from raw files: --from FOLDER"
                if city.sources
                else "make everything anew: --outlines, without --release"
            )
            problem = problems[0].partition("; ")[0]
            raise SnapshotDamaged(
                f"weights and outlines are taken from the set in hand, and it is not whole: {problem}; put that back as the "
                f"repository has it, or {anew}"
            )
    if vintages := _to_build(city, wish, releases):
        built = groundwork.build(city, wish.ground or ground(city), vintages, stage, progress)
    found = fetching.fetch(city, wish.acs, releases, _tracts_in_hand(city, stage), stage, progress)
    told = {} if fresh else {str(r.release): _in_hand(r) for r in city.loaded}
    kept = {s.snapshot for s in city.sources if s.keep}
    for release, new in found.in_hand.items():
        before = told.get(release, {})
        also = [name for name in (before.get("snapshot"), *before.get("also", ())) if name in kept]
        told[release] = new | ({"also": also} if also else {})
    names = {name for known in told.values() for name in _names(known)}
    written = built + found.written + ([] if fresh else _carried(city, stage, names))
    written += _modelled_where_needed(city, told, stage)
    return [*written, fetching.write_in_hand(stage, told)]


def _is_new(city: City) -> bool:
    """Whether nothing was ever refreshed here."""
    return not (city.folder / snapshots.MANIFEST).exists() and not any(city.folder.glob("crosswalk-*.csv"))


def _to_build(city: City, wish: Wish, releases: Iterable[Release]) -> set[int]:
    """The tract vintages to make weights and outlines for: all that are in use as soon as one lacks them, or as wished."""
    asked = {r.tract_vintage for r in releases if wish.acs.gives(r.release)} | {r.tract_vintage for r in city.loaded}
    weights = wish.ground.weights if wish.ground else None
    return asked if wish.outlines or groundwork.lacking(city, asked, weights) else set()


def _tracts_in_hand(city: City, stage: Path) -> dict[int, set[str]]:
    """The tracts that the weights name: those just made, or those in hand."""
    found = {}
    for vintage in {r.tract_vintage for r in city.releases}:
        for folder in (stage, city.folder):
            if vintage not in found and (folder / f"crosswalk-{vintage}.csv").is_file():
                found[vintage] = set(snapshots.read(folder, f"crosswalk-{vintage}").table["geoid"])
    return found


def _in_hand(known: Release) -> dict[str, Any]:
    """A loaded release as ``in_hand.json`` says it."""
    told = {"level": known.level, "snapshot": known.snapshot, "also": list(known.also)}
    told |= {"place_snapshot": known.place_snapshot, "one_year": known.one_year}
    return {name: value for name, value in told.items() if value}


def _names(told: Mapping[str, Any]) -> list[str]:
    """The snapshots of one release."""
    return [name for key in ("snapshot", "place_snapshot", "one_year") if (name := told.get(key))] + list(told.get("also", ()))


def _carried(city: City, stage: Path, names: set[str]) -> list[Path]:
    """Sealed files of the set in hand that stay: all but tables of figures that are no longer named, or were fetched anew."""
    written = []
    for relative in snapshots.manifest(city.folder):
        target = stage / relative
        figures = relative.startswith("snapshots/") and Path(relative).stem not in names
        if figures or relative == cities.IN_HAND or target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(city.folder / relative, target)
        written.append(target)
    return written


def _modelled_where_needed(city: City, told: dict[str, dict[str, Any]], stage: Path) -> list[Path]:
    """Modelled margins for the releases that lack their own; a release that has them is told to need none."""
    written = []
    for wanted in city.modelled:
        known = told.get(str(wanted.release), {})
        if not known or any(name.endswith("M") for name in _header(stage, known["snapshot"]) if name != "B28002_001M"):
            continue
        written += modelled.freeze(city, wanted, stage, {int(release): known["snapshot"] for release, known in told.items()})
        known["modelled"] = True
    return written


def _header(stage: Path, name: str) -> list[str]:
    return list(snapshots.read(stage / "snapshots", name).table.columns)


def _believable(city: City, new: Atlas) -> None:
    """SourceInvalid when figures moved further from the last set than figures do, or the city is not the sum of its areas.

    Nothing to compare with is no objection.
    """
    moved = drift.apart(new)
    with contextlib.suppress(EquityError):
        moved += drift.drift(atlases.load(city.slug, city.folder.parent), new, city.baseline["indicator"])
    if moved:
        more = f" (and {len(moved) - 1} more)" if len(moved) > 1 else ""
        raise SourceInvalid(f"{moved[0]}{more}: more than figures move; look into it, then refresh again with --accept-drift")
