"""What people wrote down about a city's gap: counts that were printed, targets that were set, what was done and when.

Reads ``targets.csv`` and ``events.csv`` of the city's folder, written by hand and kept by every refresh; a city without them
has none. Checks every row; computes no figure and judges none. The baseline that ``city.toml`` speaks of and its row here say
the same, and an event is something that happened: what is still to come is a target.

The scale of time is that of the survey's centres: the centre of release 2021 is the middle of 2019 and is called 2019, so the
year of a target stands for the middle of that year.
"""

from __future__ import annotations

import calendar
import csv
import datetime
import enum
import functools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from equity import indicators
from equity.cities import City
from equity.errors import CityInvalid, UsageError

TARGETS, EVENTS = "targets.csv", "events.csv"
CITY = "city"  # the place of a row that is about the whole city; any other is an area's id
MEASURES = ("estimate", "share")  # households (or residents), or a fraction of them from 0 to 1
YEARS = range(2000, 2101)

_NUMBER = re.compile(r"[0-9]+(?:\.(?P<decimals>[0-9]+))?")
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


class Kind(enum.StrEnum):
    """What a row of ``targets.csv`` says; the values stand in files."""

    ACTUAL = "ACTUAL"  # a figure as it was printed, of the ACS release ``year``
    TARGET = "TARGET"  # a figure to be reached in ``year``; without a year it is a threshold


@dataclass(frozen=True)
class Target:
    """One row of ``targets.csv``. ``value`` is in the unit of ``measure``, written with ``decimals``; ``note``: by language."""

    indicator: str
    place: str
    year: int | None
    measure: str
    value: float
    decimals: int
    kind: Kind
    printed: str
    source: str
    note: Mapping[str, str]


@dataclass(frozen=True)
class Moment:
    """A day, or a month or a year of which no more is known: its first and its last day."""

    first: datetime.date
    last: datetime.date

    @property
    def year(self) -> float:
        """Its middle on the scale of survey centres, where the middle of 2019 is 2019."""
        return (_years(self.first) + _years(self.last + datetime.timedelta(days=1))) / 2 - 0.5


@dataclass(frozen=True)
class Event:
    """Something that was done. ``end``: from when on it was over; None for what has no length. ``title``: by language."""

    start: Moment
    end: Moment | None
    title: Mapping[str, str]
    source: str


def targets(city: City) -> tuple[Target, ...]:
    """The rows of ``targets.csv`` in their order; none where there is no file. CityInvalid with one sentence."""
    return tuple(_whole(*_targets(city)))


def events(city: City, today: datetime.date | None = None) -> tuple[Event, ...]:
    """The rows of ``events.csv``, the earliest first; none where there is no file. CityInvalid with one sentence."""
    return tuple(sorted(_whole(*_events(city, today or _today())), key=lambda event: event.start.first))


def problems(city: City, today: datetime.date | None = None) -> list[str]:
    """What is wrong in the two files, a sentence for each row by file, row and column; empty when all is well."""
    return _targets(city)[1] + _events(city, today or _today())[1]


def actual(told: tuple[Target, ...], key: str, release: int, place: str = CITY) -> Target | None:
    """The count of an indicator as it was printed from a release; None where none was."""
    of_release = (row for row in told if (row.kind, row.indicator, row.place, row.year) == (Kind.ACTUAL, key, place, release))
    return next((row for row in of_release if row.measure == "estimate"), None)


def baseline(city: City, told: tuple[Target, ...]) -> Target | None:
    """The row of the count that the city's plan counts from; None where nobody wrote it."""
    return actual(told, city.baseline["indicator"], city.baseline["release"])


def thresholds(told: tuple[Target, ...], key: str, place: str = CITY) -> tuple[Target, ...]:
    """The targets of an indicator's share that have no date: what somebody asks for, whenever it is reached."""
    asked = (row for row in told if (row.kind, row.indicator, row.place) == (Kind.TARGET, key, place))
    return tuple(row for row in asked if row.year is None and row.measure == "share")


# --- within ----------------------------------------------------------------------------------------------------------


class _Wrong(Exception):
    """(column, what is wrong and what to do) of a row that is being read."""


def _whole(rows: dict[int, Any], wrong: list[str]) -> Iterable[Any]:
    if wrong:
        raise CityInvalid(wrong[0] + (f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""))
    return rows.values()


def _targets(city: City) -> tuple[dict[int, Target], list[str]]:
    """Row -> target, and what is wrong; no two rows may speak of the same."""
    columns = ["indicator", "place", "year", "measure", "value", "kind", "printed", "source"]
    rows, wrong = _checked(city, TARGETS, columns + [f"note_{code}" for code in city.area_noun], _target)
    seen: dict[tuple, int] = {}
    for row, told in rows.items():
        # Several thresholds without a date may stand side by side: each has its source.
        said = told.indicator, told.place, told.year, told.measure, told.kind, told.source if told.year is None else None
        if (same := seen.setdefault(said, row)) != row:
            wrong.append(f"{city.folder / TARGETS}, row {row}, column indicator: says the same as row {same}; keep one of them")
        if told is baseline(city, (told,)) and told.printed != (plan := city.baseline.get("printed", told.printed)):
            where = f"{city.folder / TARGETS}, row {row}, column printed"
            wrong.append(f"{where}: {told.printed!r} where [baseline] of city.toml says {plan!r}; write the same in both")
    return rows, wrong


def _events(city: City, today: datetime.date) -> tuple[dict[int, Event], list[str]]:
    """Row -> event, and what is wrong."""
    columns = ["date", "end", *(f"title_{code}" for code in city.area_noun), "source"]
    return _checked(city, EVENTS, columns, functools.partial(_event, today=today))


def _checked(city: City, name: str, columns: list[str], read: Callable) -> tuple[dict[int, Any], list[str]]:
    """Row, as a spreadsheet counts it -> what ``read`` made of it, and what is wrong; blank rows are passed over."""
    path = city.folder / name
    if not path.is_file():
        return {}, []
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            header, *rows = [[cell.strip() for cell in cells] for cells in csv.reader(stream, strict=True)] or [[]]
    except (UnicodeDecodeError, csv.Error) as error:
        return {}, [f"{path} is not comma-separated text in UTF-8 ({error}); save it as such"]
    if sorted(header) != sorted(columns):
        return {}, [f"{path}, row 1: its columns must be {', '.join(columns)}; correct that row"]
    found, wrong = {}, []
    for row, cells in enumerate(rows, start=2):
        try:
            if any(cells):
                found[row] = read(city, _plain(header, cells))
        except _Wrong as error:
            column, why = error.args
            wrong.append(f"{path}, row {row}, column {column}: {why}")
    return found, wrong


def _plain(header: list[str], cells: list[str]) -> dict[str, str]:
    """Column -> cell, in one line each."""
    if len(cells) != len(header):
        many = f"the row has {len(cells)} cells where row 1 has {len(header)}"
        raise _Wrong(header[-1], f"{many}; put a text with a comma in double quotes")
    for column, cell in zip(header, cells, strict=True):
        if not cell.isprintable():
            raise _Wrong(column, "holds a line break or another sign that cannot be printed; write it in one line")
    return dict(zip(header, cells, strict=True))


def _target(city: City, said: Mapping[str, str]) -> Target:
    key, place, measure = said["indicator"], said["place"], said["measure"]
    try:
        what = indicators.get(key)
    except UsageError as unknown:
        raise _Wrong("indicator", str(unknown)) from None
    if place != CITY and place not in city.area_ids:
        raise _Wrong("place", f"{place!r} is neither {CITY} nor the number of an area; write one of them")
    if measure not in MEASURES:
        raise _Wrong("measure", f"{measure!r} is neither {' nor '.join(MEASURES)}; write one of them")
    if said["kind"] not in Kind.__members__:
        raise _Wrong("kind", f"{said['kind']!r} is neither {' nor '.join(Kind)}; write one of them")
    kind = Kind(said["kind"])
    if kind is Kind.TARGET and what.worse is None:
        raise _Wrong("kind", f"{key} has no worse way, so it cannot have a target; write {Kind.ACTUAL}, or another indicator")
    value, decimals = _value(said["value"], measure)
    if not said["source"]:
        raise _Wrong("source", "is empty; say who published it, and where")
    year, note = _year(city, said["year"], kind), _languages(city, said, "note", needed=False)
    return Target(key, place, year, measure, value, decimals, kind, said["printed"], said["source"], note)


def _value(cell: str, measure: str) -> tuple[float, int]:
    """A number and how many decimals it is written with."""
    match = _NUMBER.fullmatch(cell)
    if match is None:
        raise _Wrong("value", f"{cell!r} is not a number such as 171879 or 0.15; write digits and one point at most")
    if measure == "share" and float(cell) > 1:
        raise _Wrong("value", f"{cell} is no share; write a fraction from 0 to 1, so 0.15 for 15 percent")
    return float(cell), len(match["decimals"] or "")


def _year(city: City, cell: str, kind: Kind) -> int | None:
    if kind is Kind.TARGET and not cell:
        return None
    if not cell.isdecimal() or int(cell) not in YEARS:
        more = "" if kind is Kind.ACTUAL else ", or leave it empty for a threshold without a date"
        raise _Wrong("year", f"{cell!r} is no year from {YEARS[0]} to {YEARS[-1]}; write one{more}")
    known = [release.release for release in city.releases]
    if kind is Kind.ACTUAL and int(cell) not in known:
        raise _Wrong("year", f"{cell} is no release of city.toml; write one of: {', '.join(map(str, known))}")
    return int(cell)


def _event(city: City, said: Mapping[str, str], today: datetime.date) -> Event:
    start, end = _moment(said["date"], "date"), _moment(said["end"], "end") if said["end"] else None
    if start.first > today:  # an end may lie ahead: what has begun can be known to end
        ahead = f"{said['date']} is still to come on {today}, and an event is something that happened"
        raise _Wrong("date", f"{ahead}; write it once it did, or what is to be reached by then as a {Kind.TARGET}")
    if end and end.first <= start.last:
        raise _Wrong("end", f"{said['end']} is not after {said['date']}; leave it empty for what has no length")
    if not said["source"]:
        raise _Wrong("source", "is empty; say who published it, and where")
    return Event(start, end, _languages(city, said, "title", needed=True), said["source"])


def _moment(cell: str, column: str) -> Moment:
    """A day, a month or a year, as ISO 8601 writes them."""
    year, month, day = (int(part or 0) for part in match.groups()) if (match := _DATE.fullmatch(cell)) else (0, 0, 0)
    try:
        first = datetime.date(year, month or 1, day or 1)
    except ValueError:
        first = datetime.date.min
    if first.year not in YEARS:
        raise _Wrong(column, f"{cell!r} is no date; write 2024-06-01, or 2024-06 or 2024 where no more is known")
    if day:
        return Moment(first, first)
    last = month or 12
    return Moment(first, datetime.date(year, last, calendar.monthrange(year, last)[1]))


def _languages(city: City, said: Mapping[str, str], name: str, *, needed: bool) -> dict[str, str]:
    """Language -> text; in every language of the city, or in none where it is not ``needed``."""
    texts = {code: said[f"{name}_{code}"] for code in city.area_noun}
    missing = [code for code, text in texts.items() if not text]
    if missing and (needed or len(missing) < len(texts)):
        raise _Wrong(f"{name}_{missing[0]}", f"is empty; write the {name} in every language")
    return {} if missing else texts


def _today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()


def _years(day: datetime.date) -> float:
    """A day as calendar years: the first of January 2024 is 2024."""
    first, after = datetime.date(day.year, 1, 1), datetime.date(day.year + 1, 1, 1)
    return day.year + (day - first) / (after - first)
