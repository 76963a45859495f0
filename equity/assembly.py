"""A set from the Bureau, put together beside the one in hand: what is fetched, what is made, what stays. Swaps none."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.progress import Progress

from equity import cities, fetching, groundwork, modelled, snapshots
from equity.cities import City, Release
from equity.errors import SnapshotDamaged, UsageError
from equity.groundwork import Ground
from equity.sources import Acs


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


def fetched(city: City, wish: Wish, stage: Path, progress: Progress) -> list[Path]:
    """Figures from the Bureau; weights and outlines, and what the Bureau does not give, from the set in hand.

    Weights and outlines are made where the set in hand has none, as a new city's, or where that is wished.
    """
    releases, built = fetching.wanted(city, wish.releases), []
    if lacking := [release for release in wish.releases if not wish.acs.gives(release)]:
        raise UsageError(f"{wish.acs.name} does not have release {lacking[0]}; choose another, or another --source")
    fresh = is_new(city)
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
    if vintages := to_build(city, wish, releases):
        built = groundwork.build(city, wish.ground, vintages, stage, progress)
    tracts, water = _tracts_in_hand(city, stage)
    found = fetching.fetch(city, wish.acs, releases, tracts, stage, progress, water)
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


def is_new(city: City) -> bool:
    """Whether nothing was ever refreshed here."""
    return not (city.folder / snapshots.MANIFEST).exists() and not any(city.folder.glob("crosswalk-*.csv"))


def to_build(city: City, wish: Wish, releases: Iterable[Release]) -> set[int]:
    """The tract vintages to make weights and outlines for: all that are in use as soon as one lacks them, or as wished."""
    asked = {r.tract_vintage for r in releases if wish.acs.gives(r.release)} | {r.tract_vintage for r in city.loaded}
    weights = wish.ground.weights if wish.ground else None
    return asked if wish.outlines or groundwork.lacking(city, asked, weights) else set()


def _tracts_in_hand(city: City, stage: Path) -> tuple[dict[int, set[str]], dict[int, set[str]]]:
    """The tracts that the weights name, those just made or those in hand, and those left out of them as water alone."""
    found, water = {}, {}
    for vintage in {r.tract_vintage for r in city.releases}:
        for folder in (stage, city.folder):
            if vintage not in found and (folder / f"crosswalk-{vintage}.csv").is_file():
                frozen = snapshots.read(folder, f"crosswalk-{vintage}")
                found[vintage], water[vintage] = set(frozen.table["geoid"]), set(frozen.meta.get("water_alone", ()))
    return found, water


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
