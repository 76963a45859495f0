"""The words of the pages of staff: labels of columns, kinds and states, and how a moment is written. Knows no request."""

from __future__ import annotations

from typing import Any

from equity.connections import rules, tables
from equity.connections.history import Batch
from equity.connections.places import CITY, Places
from equity.connections.rights import BROWSER, COMMAND_LINE, Right
from equity.connections.rules import Kind, Report
from equity.indicators import N_
from equity.language import Language

#: As a file may head them: in each language the label is a heading that ``rules.COLUMNS`` knows.
COLUMNS = {
    "month": N_("month"),
    "programme": N_("program"),
    "partner": N_("partner"),
    "place": N_("place"),
    "kind": N_("kind"),
    "count": N_("count"),
    "funding": N_("funding"),
    "note": N_("note"),
}
HINTS = {
    "month": N_("As 2026-03; not a month to come."),
    "programme": N_("Its name."),
    "partner": N_("Who did it with the program; may be empty."),
    "place": N_("citywide, the name or number of an area, or the 11 digits of a census tract."),
    "kind": N_("What was counted."),
    "count": N_("A whole number; 0 is a report too."),
    "funding": N_("Who paid; may be empty."),
    "note": N_("Not shown to the public. May be empty, but of the kind other it says what was counted."),
}
KINDS = {
    Kind.HOUSEHOLD_CONNECTED: N_("household connections"),
    Kind.DEVICE_GIVEN: N_("devices given"),
    Kind.PERSON_TRAINED: N_("people trained"),
    Kind.ENROLMENT: N_("enrollments"),
    Kind.OTHER: N_("other"),
}
STATES = {
    tables.ENTERED: N_("entered"),
    tables.CORRECTED: N_("corrected"),
    tables.WITHDRAWN: N_("withdrawn"),
}
WRITES = {
    tables.IMPORT: N_("import"),
    tables.CORRECTION: N_("correction"),
    tables.WITHDRAWAL: N_("withdrawal"),
}
DOORS = {
    COMMAND_LINE: N_("on the command line"),
    BROWSER: N_("in the browser"),
}
RIGHTS = {
    Right.VIEWER: N_("may look"),
    Right.EDITOR: N_("may import, correct and withdraw"),
    Right.KEEPER: N_("keeps the log"),
}


def sentence(language: Language, told: Any) -> str:
    """What an ``Unfit`` or a ``Problem`` says, in this language. Columns and kinds it names are named as on the page."""
    holes = {name: column(language, value) if value in COLUMNS else value for name, value in told.holes.items()}
    if "kinds" in holes:
        holes["kinds"] = ", ".join(f"{kind(language, name)} ({name})" for name in Kind)
    if "known" in holes:
        holes["known"] = ", ".join(column(language, name) for name in COLUMNS)
    return language.gettext(told.sentence).format(**holes)


def column(language: Language, name: str) -> str:
    return language.gettext(COLUMNS.get(name, name))


def kind(language: Language, name: str) -> str:
    return language.gettext(KINDS.get(name, name))


def who(language: Language, write: Batch) -> str:
    """ "Jo (on the command line)"; without the door where it is not known."""
    return f"{write.by} ({language.gettext(DOORS[write.door])})" if write.door else write.by


def place(language: Language, known: Places, told: Report) -> str:
    """Where it was: the name of an area, the digits of a tract."""
    return language.gettext("citywide") if told.level == CITY else known.name_of(told.level, told.place)


def cells(language: Language, known: Places, told: Report) -> dict[str, str]:
    """column -> what a reader sees."""
    shown = rules.cells(told)
    return shown | {
        "place": place(language, known, told), "kind": kind(language, told.kind), "count": language.number(told.count)
    }  # fmt: skip


def typed(language: Language, known: Places, told: Report) -> dict[str, str]:
    """column -> what a field of a form holds: what would be read back as it is, places by name where a name is enough."""
    shown, name = rules.cells(told), place(language, known, told)
    return shown | {"place": name} if known.find(name) == (told.level, told.place) else shown


def moment(at: str) -> str:
    """2026-11-23T09:30:00+00:00 -> "2026-11-23 09:30 UTC"."""
    return f"{at[:16].replace('T', ' ')} UTC"
