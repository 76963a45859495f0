"""What programs report, for the pages: the entries of the programme log and their totals. Writes nothing.

The log is opened so that its database refuses every write. Reported by programs: never an estimate, never added to or taken
from one, and kinds are never added to each other.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
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
    Kind.OTHER: N_("Other (see the notes)"),
}


@dataclass(frozen=True)
class Reading:
    """What was read last, and of which state of which log: its place and its seal, which every write changes."""

    of: tuple[str, str] = ("", "")
    table: pd.DataFrame = field(default_factory=pd.DataFrame)


def entries(atlas: Atlas, environ: Mapping[str, str] = os.environ) -> pd.DataFrame | None:
    """``totals.ENTRIES`` of the city's entries that count; empty where there is no log yet, None where it cannot be read.

    A page, its callbacks and its files all ask: the rows are read anew only when the log's seal is another one.
    """
    try:
        log = database.open_to_read(environ=environ)
    except LogMissing:
        return none()
    except LogUnavailable:
        return None
    last = atlas.keep(("log.last",), lambda: [Reading()])
    try:
        with log.reading() as connection:
            now = log.where, history.seal(connection)
            if (held := last[0]).of != now:
                counted = history.entries(connection, atlas.city.slug)
                last[0] = held = Reading(now, totals.entries(counted, known_places(atlas)))  # at once: others read it meanwhile
    except LogUnavailable:
        return None
    finally:
        log.engine.dispose()  # a log that was restored or moved meanwhile is found at the next visit
    return held.table.copy(deep=False)  # nobody's changes are another's


def none() -> pd.DataFrame:
    """No entry."""
    return totals.entries((), Places("", "", {}, {}))


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
    """ "from January 2026 to March 2026": the months the reports are of; empty without any."""
    if reported.empty:
        return ""
    first, last = (text.month(language, month) for month in (reported["month"].min(), reported["month"].max()))
    if first == last:
        return language.gettext("in {month}").format(month=first)
    return language.gettext("from {first} to {last}").format(first=first, last=last)
