"""What programmes report, added up in tables. Reported by programmes: never an estimate, never added to or taken from one.

Tables in, tables out; reads no database and no survey figure. Kinds are never added to each other: every total is of one kind.
A month in which nobody reported has no row, since that is not the same as none. Names that differ in nothing but capitals,
accents or blanks are one name, as they are to the check for rows that look alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pandas as pd

from equity.connections import places as where
from equity.connections.history import Change, Entry
from equity.connections.places import Places
from equity.errors import UsageError
from equity.indicators import N_

#: The columns of ``entries`` with what they mean, for the text that goes with a download.
ENTRIES = {
    "entry": N_("number of the entry, for good"),
    "month": N_("month in which it was done, YYYY-MM"),
    "programme": N_("programme that reports it"),
    "partner": N_("organization that did it with the programme; empty where none is named"),
    "level": N_("what the place is: city (citywide), area or tract"),
    "place_id": N_("number of the area or GEOID of the census tract; empty for the whole city"),
    "place_name": N_("name of the place"),
    "area_id": N_("area the place lies in; of a tract the one with most of its households; empty for the whole city"),
    "area_name": N_("name of that area"),
    "kind": N_("what was counted: household_connected, device_given, person_trained, enrolment, or other (see note)"),
    "reported": N_("how many the programme reports; not a survey estimate, and without a margin of error"),
    "funding": N_("who paid for it"),
    "note": N_("what the programme adds"),
    "state": N_("entered: as first reported; corrected: the newest of several versions"),
    "by": N_("who wrote this version to the log"),
    "door": N_("how: on the command line, or in the browser; empty where an older version of this program wrote"),
    "at": N_("when, in UTC"),
    "write": N_("number of the write that brought this version"),
    "file": N_("file it came in; empty for a correction"),
}
#: The columns of ``history``: both versions beside each other.
HISTORY = {
    "entry": N_("number of the entry, for good"),
    "what": N_("entered, corrected or withdrawn"),
    "by": N_("who did it"),
    "door": N_("how: on the command line, or in the browser; empty where an older version of this program wrote"),
    "at": N_("when, in UTC"),
    "write": N_("number of the write"),
    "reason": N_("why it was corrected or withdrawn"),
    "file": N_("file it came in"),
    "<field>_before": N_("what the entry said until then; empty where it was entered"),
    "<field>_after": N_("what it says since; empty where it was withdrawn"),
}
#: What totals can be asked by, beside the kind -> the columns that name it.
BY = {
    "month": ["month"],
    "programme": ["programme"],
    "partner": ["partner"],
    "funding": ["funding"],
    "place": ["level", "place_id", "place_name"],
    "area": ["area_id", "area_name"],
    "kind": [],
}
_CHANGED = ("month", "programme", "partner", "level", "place", "kind", "count", "funding", "note")
_NAMES = ("programme", "partner", "funding")  # what people type
_NUMBERS = {"entry": "int64", "reported": "int64", "write": "int64"}


def entries(counted: Iterable[Entry], places: Places) -> pd.DataFrame:
    """The entries that count, one row each: the columns of ``ENTRIES``."""
    rows = []
    for entry in counted:
        report, batch = entry.report, entry.batch
        area = places.area_of(report.level, report.place)
        rows.append(
            (
                entry.entry, report.month, report.programme, report.partner, report.level, report.place,
                places.name_of(report.level, report.place), area, places.areas.get(area, ""), report.kind, report.count,
                report.funding, report.note, entry.state, batch.by, batch.door, batch.at, batch.number, batch.file,
            )
        )  # fmt: skip
    return _typed(pd.DataFrame(rows, columns=list(ENTRIES)))


def totals(table: pd.DataFrame, by: str = "month") -> pd.DataFrame:
    """``entries`` -> the columns of ``BY[by]``, kind, reported, entries: one row each, months and names in order.

    Spellings of one name are added up under the one that most entries have, of several the one that was reported first.
    By "area" a tract counts in the area with most of its households, and what is citywide in none: its ``area_id`` is empty.
    UsageError for what nothing can be added up by.
    """
    if by not in BY:
        raise UsageError(f"no totals by {by!r}; choose one of: {', '.join(BY)}")
    keys = [*BY[by], "kind"]
    if by in _NAMES:
        table = table.assign(**{by: _as_most_write(table[by])})
    summed = table.groupby(keys, sort=True)["reported"].agg(["sum", "size"]).reset_index()
    summed = summed.rename(columns={"sum": "reported", "size": "entries"})
    if by in ("place", "area"):
        number = pd.to_numeric(summed[f"{by}_id"], errors="coerce")
        summed = summed.assign(_number=number).sort_values(["_number", "kind"], kind="stable", na_position="first")
    return summed[[*keys, "reported", "entries"]].reset_index(drop=True)


def history(changes: Iterable[Change]) -> pd.DataFrame:
    """All that was ever done, one row a change: the columns of ``HISTORY``, a pair for each field of a report."""
    rows = []
    for change in changes:
        after, batch = change.after, change.after.batch
        row = {"entry": after.entry, "what": after.state, "by": batch.by, "door": batch.door}
        row |= {"at": batch.at, "write": batch.number, "reason": batch.reason, "file": batch.file}
        for field in _CHANGED:
            row[f"{field}_before"] = getattr(change.before.report, field) if change.before else ""
            row[f"{field}_after"] = getattr(after.report, field) if after.state != "withdrawn" else ""
        rows.append(row)
    first = [name for name in HISTORY if not name.startswith("<")]
    return pd.DataFrame(rows, columns=[*first, *(f"{field}_{when}" for field in _CHANGED for when in ("before", "after"))])


def _as_most_write(names: pd.Series) -> pd.Series:
    """Each name in one spelling."""
    often = Counter(names)  # in the order of the entries, which sorting keeps among equals
    spelled: dict[str, str] = {}
    for name in sorted(often, key=lambda name: -often[name]):
        spelled.setdefault(where.folded(name), name)
    return names.map(lambda name: spelled[where.folded(name)]).astype("str")


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """Text as text and numbers as numbers, also where there is no row."""
    return table.astype({name: _NUMBERS.get(name, "str") for name in table.columns})
