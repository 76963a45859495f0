"""Raw files in, one city's folder out, all or nothing. Orchestrates; measures and decides nothing itself.

Everything is written to a hidden folder beside the city's, read back, sealed, and only then swapped in: a failure at
any point leaves ``data/`` byte for byte as it was. Files refresh did not write (city.toml, targets) are carried over.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import replace
from pathlib import Path

import rich.console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from equity import assembly, cities, drawing, drift, fetching, groundwork, publish, rawfiles, snapshots, standby
from equity.assembly import Wish
from equity.atlas import Atlas
from equity.cities import City
from equity.errors import CityInvalid, EquityError, SourceInvalid, UsageError
from equity.groundwork import Ground
from equity.sources import Acs, credentials, local, summary_file
from equity.sources.addresses import Addresses
from equity.sources.census_api import CensusApi
from equity.sources.layers import RawFiles
from equity.sources.summary_file import SummaryFile
from equity.sources.web import Web

_TIMES = (TimeElapsedColumn(), TimeRemainingColumn())


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
    if wish.folder is None and _restored(city):
        console.print(f"The set in hand was damaged, and the last good one is in its place: {city.folder}", soft_wrap=True)
        city = city_of(slug, wish.folder, data_root)
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
        local.present(wish.folder, rawfiles.needed(city))
        return [f"{name} from {wish.folder}" for name in rawfiles.needed(city)] or [f"nothing: {_no_raw_files(city)}"]
    releases = fetching.wanted(city, wish.releases)
    vintages = assembly.to_build(city, wish, releases)
    said = groundwork.plan(city, wish.ground or ground(city), vintages) if vintages else []
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
            written = assembly.fetched(city, replace(wish, ground=wish.ground or ground(city)), stage, progress)
        sealing = progress.add_task("check, and put in place", total=1)
        publish.carry(city.folder, stage)
        snapshots.write_manifest(stage, written, wish.today.isoformat() if wish.today else None)
        new = standby.opened(city.slug, stage.parent)  # what no server could open is not published, whoever wishes it
        old = _opened(city)
        if not wish.accept_drift:
            _believable(city, old, new)
        publish.swap(stage, city.folder, keep=old is not None)
        progress.advance(sealing)


def _restored(city: City) -> bool:
    """Put the last good set in the place of one that does not open; False where there is no need, or none.

    What was written by hand stays as it is: it is newer than that set.
    """
    last = snapshots.beside(city.folder, "last") / city.slug
    if assembly.is_new(city) or not snapshots.verify(city.folder) or not last.exists() or snapshots.verify(last):
        return False
    with publish.locked(city.folder), publish.staged(city.folder) as stage:
        for name in [*snapshots.manifest(last), snapshots.MANIFEST]:
            (stage / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(last / name, stage / name)
        publish.carry(city.folder, stage)
        publish.swap(stage, city.folder, keep=False)
    return True


def _no_raw_files(city: City) -> str:
    return f"city.toml of {city.slug} names no raw files ([[sources]]); fetch the figures: --source summary"


def _opened(city: City) -> Atlas | None:
    """The set in hand; None where there is none that opens."""
    with contextlib.suppress(EquityError):
        return standby.opened(city.slug, city.folder.parent)
    return None


def _believable(city: City, old: Atlas | None, new: Atlas) -> None:
    """SourceInvalid when figures moved further from the last set than figures do, or the city is not the sum of its areas.

    Nothing to compare with is no objection.
    """
    moved = drift.apart(new)
    if old is not None:
        moved += drift.drift(old, new, city.baseline["indicator"])
    if moved:
        more = f" (and {len(moved) - 1} more)" if len(moved) > 1 else ""
        raise SourceInvalid(f"{moved[0]}{more}: more than figures move; look into it, then refresh again with --accept-drift")
