"""A city of four areas and three tracts, as far as the programme log has to know one, and files that programmes could send.

area                  tracts (by most of their households)
1   Rogers Park       17031010100, 17031010201
8   Near North Side   17031080100
12  Forest Glen
76  O'Hare
"""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterable

from equity.connections import rights, sheet
from equity.connections.places import Places
from equity.connections.rights import Actor, Right

TODAY = datetime.date(2026, 11, 23)
MOMENT = datetime.datetime(2026, 11, 23, 9, 30, tzinfo=datetime.UTC)
PLACES = Places(
    "chicago",
    "Chicago",
    {"1": "Rogers Park", "8": "Near North Side", "12": "Forest Glen", "76": "O'Hare"},
    {"17031010100": "1", "17031010201": "1", "17031080100": "8"},
)
MARIA = Actor("Maria López", Right.EDITOR, rights.COMMAND_LINE)
VISITOR = Actor("visitor", Right.VIEWER, rights.COMMAND_LINE)
KEEPER = rights.of_command_line("keeper")

#: month, programme, partner, place, kind, count, funding, note
ROWS = [
    ("2026-01", "Chicago Connected", "CPS", "citywide", "household_connected", "1200", "City", ""),
    ("2026-01", "Tech Hub", "Library", "1", "device_given", "12", "", ""),
    ("2026-02", "Tech Hub", "Library", "17031010100", "device_given", "5", "", ""),
    ("2026-02", "Tech Hub", "", "8", "person_trained", "30", "Grant", "two evenings"),
]
HEADER = ("month", "programme", "partner", "place", "kind", "count", "funding", "note")


def clock() -> datetime.datetime:
    """A moment that stands still."""
    return MOMENT


def file(rows: Iterable[tuple[str, ...]] = ROWS, separator: str = ",", end: str = "\n") -> bytes:
    """A CSV file of these rows."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, lineterminator=end)
    writer.writerow(HEADER)
    writer.writerows(rows)
    return out.getvalue().encode()


def read(rows: Iterable[tuple[str, ...]] = ROWS) -> sheet.Sheet:
    """The same, read."""
    return sheet.read(file(rows), PLACES, TODAY)


def row(**cells: str) -> tuple[str, ...]:
    """One row: five devices given in Rogers Park, but for the ``cells`` that say otherwise."""
    usual = {"month": "2026-03", "programme": "Tech Hub", "place": "1", "kind": "device_given", "count": "5"} | cells
    return tuple(usual.get(column, "") for column in HEADER)
