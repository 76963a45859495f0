"""How ``city.toml`` has to spell what the other rooms take from it as it stands. What it contradicts is for ``reading``.

A word of the wrong kind would be found out in the middle of a refresh, or by a visitor: it is found out here instead.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from typing import Any

from equity.cities.city import City

_LINES = re.compile(r"([A-Z]+[0-9]+_)([0-9]{3,4})(?:\.\.([0-9]{3,4}))?")
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_PROVENANCE = ("publisher", "licence", "citation")
_COLUMNS = 'write a line or a run of lines, and E or E M: "B28002_001..013 E M"'


def misspelt(city: City) -> Iterator[str]:
    """What is spelt in a way that nobody could use, a sentence each, without its end."""
    yield from _codes(city)
    yield from _map(city.map)
    yield from _calendar(city.calendar)
    yield from _acs(city.acs)
    yield from _baseline(city.baseline)
    yield from _contact(city.contact)
    if not _is_table(city.addresses):
        yield "[addresses] must hold addresses as text"
    if not (isinstance(city.households, dict) and all(_is_table(told) for told in city.households.values())):
        yield "[households.<year>] must hold text"
    yield from _layers(city)
    for layer in city.context:
        yield from _context(layer)


def _baseline(told: Mapping[str, Any]) -> Iterator[str]:
    if not _is_text(told.get("indicator")):
        yield "[baseline] must say an `indicator`"
    if "plan_date" in told and not (_is_text(told["plan_date"]) and _MONTH.fullmatch(told["plan_date"])):
        yield f'[baseline] plan_date holds {told["plan_date"]!r}; write the year and the month: plan_date = "2025-03"'
    if "plan" in told and not _is_local(told["plan"]):
        yield '[baseline] must name the plan in English at least: plan = { en = "Plan", es = "Plan" }'
    if "printed" in told and not _is_text(told["printed"]):
        yield '[baseline] printed must be text, as the plan prints the count: printed = "12K"'


def _contact(told: Mapping[str, Any]) -> Iterator[str]:
    if not _is_local(told.get("report")):
        yield '[contact] must say in English at least how to report an error: report = { en = "write to us" }'
    if not str(told.get("address", "https://")).startswith(("https://", "http://", "mailto:")):
        yield f"[contact] address holds {told['address']!r}; begin it with https:// or mailto:"


def _codes(city: City) -> Iterator[str]:
    fips = [county.fips for county in city.counties]
    for problem, present in {
        "state_fips must be two digits of text": not _is_code(city.state_fips, 2),
        "place_fips must be five digits of text": not _is_code(city.place_fips, 5),
        "a county's fips must be three digits of text": not all(_is_code(code, 3) for code in fips),
        "a county is listed twice": len(set(map(str, fips))) < len(fips),
        "`name` and `state_name` must be text": not (_is_text(city.name) and _is_text(city.state_name)),
        "a release's tract_vintage must be a year": not all(type(r.tract_vintage) is int for r in city.releases),
    }.items():
        if present:
            yield problem
    for side in city.sides:
        if odd := next((member for member in side.members if not re.fullmatch(r"[1-9][0-9]*", member)), None):
            yield f"{odd!r} is among the members of side {side.key!r}, which are numbers of areas: members = [1, 2]"


def _map(told: Mapping[str, Any]) -> Iterator[str]:
    bounds = told.get("bounds")
    whole = isinstance(bounds, list) and len(bounds) == 2 and all(_is_point(corner) for corner in bounds)
    if not whole or not (bounds[0][0] < bounds[1][0] and bounds[0][1] < bounds[1][1]):
        yield "[map] bounds must be the south-western and the north-eastern corner: [[south, west], [north, east]]"
    if not _is_point(told.get("centre")) or not _is_number(told.get("zoom")):
        yield "[map] must say a centre, [latitude, longitude], and a zoom"
    if not _is_text(told.get("projection")):
        yield '[map] must say a projection in metres: projection = "EPSG:26916"'


def _calendar(told: Mapping[str, Any]) -> Iterator[str]:
    if type(told.get("next_release")) is not int:
        yield "[calendar] must say the year of the next_release"
    if not (_is_text(told.get("expected")) or _is_table(told.get("expected"))):
        yield "[calendar] must say in words when that is `expected`"
    days = [told[name] for name in ("from", "by") if name in told]
    if not all(type(day) is datetime.date for day in days) or days != sorted(days):
        yield "[calendar] from and by must be two days in order, without quotes: from = 2027-01-07"


def _acs(told: Mapping[str, Any]) -> Iterator[str]:
    columns, lines = told.get("columns", []), set[str]()
    if not isinstance(columns, list) or not all(_is_text(each) for each in columns):
        yield f"[acs] columns must be a list of texts; {_COLUMNS}"
        return
    for each in columns:
        words = each.split()
        kinds = [word for word in words if word in ("E", "M")]
        runs = [_LINES.fullmatch(word) for word in words[: len(words) - len(kinds)]]
        if not runs or not all(runs) or words[len(runs) :] not in (["E"], ["E", "M"]):
            yield f"[acs] columns holds {each!r}; {_COLUMNS}"
            return
        for table, first, last in (run.groups(default="") for run in runs if run):
            asked = {f"{table}{number}" for number in range(int(first), int(last or first) + 1)}
            if not asked or asked & lines:
                yield f"[acs] columns holds {each!r}, which names {'a line twice' if asked else 'no line'}; {_COLUMNS}"
                return
            lines |= asked
    if type(told.get("one_year", True)) is not bool:
        yield "[acs] one_year must be true or false, without quotes"
    if not _is_table(told.get("summary_paths", {})):
        yield '[acs] summary_paths must be a table of texts: summary_paths = { 2018 = "..." }'


def _layers(city: City) -> Iterator[str]:
    names = [layer.get("name") for layer in city.layers if isinstance(layer, dict)]
    if "area" not in names or len(set(map(str, names))) < len(city.layers) or not all(map(_is_text, names)):
        yield "[[layers]] must have a name each, and one of them the name area"
        return
    for layer in city.layers:
        online = layer.get("online", {})
        lacking = [key for key in _PROVENANCE if not _is_text(layer.get(key))]
        lacking += [key for key in ("url", "file", "layer", "land", "label") if not _is_text(layer.get(key, "text"))]
        if (
            not isinstance(online, dict)
            or not _is_text((layer | online).get("id"))
            or ("online" in layer and "id" not in online)
        ):
            lacking.append("id")
        if lacking:
            yield f"[[layers]] {layer['name']} must say its {lacking[0]!r} in words"
        if not _is_number(layer.get("simplify")) or layer["simplify"] <= 0:
            yield f"[[layers]] {layer['name']} must say in metres how far to simplify it, without quotes: simplify = 15"
        if type(layer.get("weights", True)) is not bool:
            yield f"[[layers]] {layer['name']} must say its weights as true or false, without quotes"
        if type(layer.get("rows", 1)) is not int or type(online.get("rows", 1)) is not int:
            yield f"[[layers]] {layer['name']} must say its rows as a number"


def _context(layer: Mapping[str, Any]) -> Iterator[str]:
    if not (isinstance(layer, dict) and _is_text(layer.get("name")) and isinstance(layer.get("online", {}), dict)):
        yield "[[context]] must have a name each"
        return
    for told in (layer, *([layer["far"]] if isinstance(layer.get("far"), dict) else [])):
        if not all(_is_number(told.get(key, 1 if key == "smallest" else None)) for key in ("around", "simplify", "smallest")):
            yield f"[[context]] {layer['name']} must say in metres, without quotes: around = 1000, simplify = 15"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_table(value: object) -> bool:
    return isinstance(value, dict) and all(_is_text(each) for each in value.values())


def _is_local(value: object) -> bool:
    """A text by language, in English at least."""
    return _is_table(value) and "en" in value


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_point(value: object) -> bool:
    """Latitude and longitude."""
    return isinstance(value, list) and len(value) == 2 and all(map(_is_number, value)) and abs(value[0]) <= 90


def _is_code(code: object, count: int) -> bool:
    return isinstance(code, str) and re.fullmatch(rf"[0-9]{{{count}}}", code) is not None
