"""The Bureau's figures, release by release, into frozen tables. Checks each at the door; draws nothing and knows no outlines.

A release is fetched whole or not at all: every tract of the city's counties, the counties themselves, so that no row can be
lost on the way, the city as a place, and the place's single years where there are any.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
from rich.progress import Progress

from equity import lines, snapshots
from equity.bars import Bars
from equity.cities import IN_HAND, City, Release
from equity.errors import SourceInvalid, UsageError
from equity.sources import Acs, Fetched, door
from equity.sources.local import columns_of
from equity.sources.summary_file import SummaryFile

FIRST = 2017  # the first release with tract tables of internet subscriptions
_PUBLISHER = "US Census Bureau"
_LICENCE = "Public domain (work of the US government)"


@dataclass(frozen=True)
class Set:
    """What was fetched: the files written, and what ``in_hand.json`` says of each release."""

    written: list[Path]
    in_hand: dict[str, dict[str, Any]]


def wanted(city: City, asked: Iterable[int] = ()) -> tuple[Release, ...]:
    """The releases to fetch: those asked for, or all that city.toml lists from 2017 on. UsageError for one it does not list."""
    known = {r.release: r for r in city.releases if r.release >= FIRST}
    unknown = sorted(set(asked) - set(known))
    if unknown:
        raise UsageError(
            f"city.toml of {city.slug} lists no release {unknown[0]}; add a [[releases]] entry or choose from: "
            f"{', '.join(map(str, known))}"
        )
    return tuple(known[release] for release in sorted(set(asked) or known))


def plan(city: City, acs: Acs, releases: Iterable[Release]) -> list[str]:
    """What would be asked, one sentence a release."""
    tables = ", ".join(dict.fromkeys(line.partition("_")[0] for line in _lines(city)))
    counties = ", ".join(county.name for county in city.counties)
    said = []
    for known in releases:
        parts = [f"tracts of {counties}", "the counties", city.name]
        if _single_year(city, acs, known):
            parts.append(f"{city.name} in the single year {known.release}")
        what = ", ".join(parts) if acs.gives(known.release) else "nothing: this source does not have it"
        said.append(f"release {known.release} from {acs.name}, {tables}: {what}")
    return said


def fetch(
    city: City,
    acs: Acs,
    releases: Iterable[Release],
    tracts: Mapping[int, set[str]],
    stage: Path,
    progress: Progress,
    water: Mapping[int, set[str]] = MappingProxyType({}),
) -> Set:
    """Fetch, check and freeze below ``stage``; ``tracts[vintage]`` are the tracts that the household weights name, and
    ``water[vintage]`` those that were left out of them because nobody can live there.

    SourceUnavailable, KeyRefused or SourceInvalid with one sentence; what was written by then is the caller's to throw away.
    """
    for known in releases:
        if not acs.gives(known.release):
            progress.console.print(f"release {known.release}: {acs.name} does not have it")
    releases = [known for known in releases if acs.gives(known.release)]
    if isinstance(acs, SummaryFile):  # files of tens of megabytes: a bar for each while it is on its way
        acs.tell = Bars(progress)
    steps = sum(3 + _single_year(city, acs, known) for known in releases)
    task = progress.add_task(f"ACS releases ({acs.name})", total=steps)
    found = Set([], {})
    for known in releases:
        told: dict[str, Any] = {"level": "tract", "snapshot": f"acs5-{known.release}"}
        whole = _asked(city, acs, "tract", known)
        progress.advance(task)
        door.counties_add_up(whole.address, whole.table, _asked(city, acs, "county", known).table)
        progress.advance(task)
        door.every_tract(whole.address, whole.table["geoid"], tracts[known.tract_vintage], known.tract_vintage)
        door.nobody(whole.address, whole.table, water.get(known.tract_vintage, set()))
        ours = whole.table[whole.table["geoid"].isin(tracts[known.tract_vintage])].reset_index(drop=True)
        found.written.extend(_freeze(city, known, "tract", whole, ours, told["snapshot"], stage))
        for name, span in (("place", 5), *([("acs1", 1)] if _single_year(city, acs, known) else [])):
            place = _asked(city, acs, "place", known, span)
            told["place_snapshot" if span == 5 else "one_year"] = f"{name}-{known.release}"
            found.written.extend(_freeze(city, known, "place", place, place.table, f"{name}-{known.release}", stage, span))
            progress.advance(task)
        found.in_hand[str(known.release)] = told
    return found


def write_in_hand(stage: Path, releases: Mapping[str, Mapping[str, Any]]) -> Path:
    """``in_hand.json``: what is loaded of each release, for ``cities.load``."""
    snapshots.write_json(stage / IN_HAND, {"releases": {name: dict(releases[name]) for name in sorted(releases)}})
    return stage / IN_HAND


def _lines(city: City) -> list[str]:
    if not city.acs.get("columns"):
        raise SourceInvalid(f"city.toml of {city.slug} lacks [acs] columns, so nothing can be asked; add it, as in chicago")
    return list(dict.fromkeys(lines.parts(name)[0] for name in columns_of(tuple(city.acs["columns"]))))


def _single_year(city: City, acs: Acs, known: Release) -> bool:
    """Whether to ask for the city in that single year alone; city.toml may say that it is too small for them."""
    return city.acs.get("one_year", True) and acs.gives(known.release, span=1)


def _asked(city: City, acs: Acs, level: str, known: Release, span: int = 5) -> Fetched:
    """One answer, its figures checked."""
    answer = acs.fetch(city, level, known.release, _lines(city), span)
    if answer.table.empty:
        raise SourceInvalid(f"{answer.address}: no {level} came for release {known.release}; try again, or another --source")
    door.figures(answer.address, answer.table.set_index("geoid"))
    door.told(answer.address, answer.table[["geoid", *columns_of(tuple(city.acs["columns"]))]], level)
    return answer


def _margins_note(table: pd.DataFrame) -> str:
    """Which counts have their margin beside them: all, but for those whose margins city.toml does not ask for."""
    bare = [name for name in table if name.endswith("E") and f"{name[:-1]}M" not in table]
    tables = list(dict.fromkeys(name.partition("_")[0] for name in bare))
    but = f", but for table {' and '.join(tables)}, whose margins were not asked for" if tables else ""
    return f"Margins are published beside every count, at 90 %{but}."


def _freeze(
    city: City, known: Release, level: str, answer: Fetched, table: pd.DataFrame, name: str, stage: Path, span: int = 5
) -> list[Path]:
    table = table[["geoid", *columns_of(tuple(city.acs["columns"]))]]
    first, last = known.survey_years
    meta = {
        "release": known.release,
        "survey_years": [first, last] if span > 1 else [last, last],
        "level": level,
        "source": answer.address,
        **({"tract_vintage": known.tract_vintage} if level == "tract" else {}),
        "dataset": answer.dataset,
        "margins": "published",
        "margins_note": _margins_note(table),
        "publisher": _PUBLISHER,
        "citation": answer.citation,
        "licence": _LICENCE,
        "notes": [],
        "labels": {column: lines.label(column, known.release) for column in table.columns[1:]},
        "absent": [],
    }
    folder = stage / "snapshots"
    snapshots.write(folder, name, table, meta)
    snapshots.read(folder, name)
    return [folder / f"{name}.csv", folder / f"{name}.json"]
