"""What programs report, for the pages: the entries of the programme log and their totals. Writes nothing.

The log is opened so that its database refuses every write. Reported by programs: never an estimate, never added to or taken
from one, and kinds are never added to each other.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from equity.atlas import Atlas
from equity.connections import database, history, places, totals
from equity.connections.places import Places
from equity.connections.rules import Kind
from equity.errors import LogMissing, LogUnavailable
from equity.indicators import N_
from equity.language import Language
from equity.views import text

# What was counted, as a reader says it of several.
KINDS: dict[str, str] = {
    Kind.HOUSEHOLD_CONNECTED: N_("Household connections"),
    Kind.DEVICE_GIVEN: N_("Devices given"),
    Kind.PERSON_TRAINED: N_("People trained"),
    Kind.ENROLMENT: N_("Enrollments"),
    Kind.OTHER: N_("Other"),
}


REST = 30.0  # seconds a log that could not be read is left alone: whoever comes meanwhile does not wait for it
TURN = 3.0  # seconds to wait while another visit reads; a little longer than a server may take to answer


@dataclass
class Reading:
    """What was read last, and of which state of which log: its place and its seal, which every write changes.

    ``resting``: an address -> until when it is left alone, by the clock. One visit reads at a time: of all that find a database
    hanging, one has to wait for it.
    """

    of: tuple[str, str] = ("", "")
    table: pd.DataFrame = field(default_factory=pd.DataFrame)
    resting: dict[str, float] = field(default_factory=dict)
    turn: threading.Lock = field(default_factory=threading.Lock)


def entries(
    atlas: Atlas, environ: Mapping[str, str] = os.environ, clock: Callable[[], float] = time.monotonic
) -> pd.DataFrame | None:
    """``totals.ENTRIES`` of the city's entries that count; empty where there is no log yet, None where it cannot be read.

    The two are not the same: nothing may be said of a log that cannot be read but ``unread``; what was read before a failure is
    not shown in its place, for entries may have been withdrawn since. A page, its callbacks and its files all ask: the rows are
    read anew only when the log's seal is another one, and after a failure nobody asks again for ``REST`` seconds.
    """
    reading = atlas.keep(("log.reading",), Reading)
    address = environ.get(database.VARIABLE, "")
    if clock() < reading.resting.get(address, 0) or not reading.turn.acquire(timeout=TURN):
        return None
    try:
        if clock() < reading.resting.get(address, 0):  # somebody else has waited for it meanwhile
            return None
        table = _read(atlas, reading, environ)
        reading.resting.pop(address, None)
    except LogMissing:
        return none()
    except LogUnavailable:
        reading.resting[address] = clock() + REST
        return None
    finally:
        reading.turn.release()
    return table.copy(deep=False)  # nobody's changes are another's


def _read(atlas: Atlas, reading: Reading, environ: Mapping[str, str]) -> pd.DataFrame:
    """The table as it is now. A log that was restored or moved meanwhile is found: each visit opens it anew."""
    log = database.open_to_read(environ=environ)
    with log.reading() as connection:
        now = log.where, history.seal(connection)
        if reading.of != now:
            counted = history.entries(connection, atlas.city.slug)
            reading.of, reading.table = now, totals.entries(counted, known_places(atlas))
    return reading.table


def none() -> pd.DataFrame:
    """No entry."""
    return totals.entries((), Places("", "", {}, {}))


def unread(language: Language) -> str:
    """What is said where ``entries`` are None: that they cannot be read, never that there are none."""
    return language.gettext(
        "The program log cannot be read at this moment. Whether programs have reported anything is not known."
    )


def known_places(atlas: Atlas) -> Places:
    """Where a program can have worked in this city."""

    def made() -> Places:
        tracts = [atlas.tracts_of(vintage) for vintage in sorted(atlas.tracts, reverse=True)]
        return places.of(atlas.city.slug, atlas.city.name, atlas.areas, tracts)

    return atlas.keep(("log.places",), made)


def kind(language: Language, key: str) -> str:
    """ "Devices given"."""
    return language.gettext(KINDS[key])


def by_kind(language: Language, reported: pd.DataFrame) -> list[str]:
    """ "1,217 devices given": what there is of each kind."""
    found = totals.totals(reported, "kind").set_index("kind")["reported"]
    named = [(language.number(found[key]), kind(language, key)) for key in KINDS if key in found.index]
    return [f"{number} {name[:1].lower()}{name[1:]}" for number, name in named]


def span(language: Language, reported: pd.DataFrame) -> str:
    """ "from January 2026 to March 2026": the months the reports are of; empty without any.

    Of some of them alone, for example of one kind, give it those rows: ``reported[reported["kind"] == Kind.PERSON_TRAINED]``.
    """
    if reported.empty:
        return ""
    first, last = (text.month(language, month) for month in (reported["month"].min(), reported["month"].max()))
    if first == last:
        return language.gettext("in {month}").format(month=first)
    return language.gettext("from {first} to {last}").format(first=first, last=last)
