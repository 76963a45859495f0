"""What may stand in the programme log: each field of a report, and what is wrong with one that may not. Pure.

Knows no files and no database. A field that is not right raises ``Unfit``, whose sentence is made for the person who typed it;
its English text and what fills it stay apart, so that a page can say it in another language.

A count is a whole number from 0 to 1,000,000. 0 is a report too: the programme worked and reached nobody. It is never negative:
what was wrong is corrected or withdrawn, which keeps the history; a negative number would only hide it in a sum.
"""

from __future__ import annotations

import datetime
import enum
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from equity.connections import places as where
from equity.connections.places import Places
from equity.indicators import N_

MOST = 1_000_000  # more than any city's households: a telephone number or a GEOID in the wrong column is none
FIRST_MONTH = "2000-01"  # before home broadband there was nothing to report
LONGEST = 200  # signs of a name
LONGEST_NOTE = 2_000


class Kind(enum.StrEnum):
    """What was counted. Kinds are never added to each other."""

    HOUSEHOLD_CONNECTED = "household_connected"
    DEVICE_GIVEN = "device_given"
    PERSON_TRAINED = "person_trained"
    ENROLMENT = "enrolment"
    OTHER = "other"


#: The columns of a file in their order -> how Spanish-speaking staff may head them, and other spellings.
COLUMNS: dict[str, tuple[str, ...]] = {
    "month": ("mes",),
    "programme": ("program", "programa"),
    "partner": ("socio", "organizacion"),
    "place": ("lugar",),
    "kind": ("tipo",),
    "count": ("cantidad", "numero"),
    "funding": ("funding source", "financiamiento", "fuente de fondos"),
    "note": ("nota",),
}
REQUIRED = ("month", "programme", "place", "kind", "count")

_KINDS = {
    Kind.HOUSEHOLD_CONNECTED: (
        "household connections",
        "households connected",
        "hogar conectado",
        "hogares conectados",
        "conexiones de hogares",
    ),
    Kind.DEVICE_GIVEN: ("devices given", "dispositivo entregado", "dispositivos entregados"),
    Kind.PERSON_TRAINED: ("people trained", "persons trained", "persona capacitada", "personas capacitadas"),
    Kind.ENROLMENT: ("enrolments", "enrollment", "enrollments", "inscripcion", "inscripciones"),
    Kind.OTHER: ("otro", "otros"),
}
# A spreadsheet that is given 2026-03 shows, and saves, Mar-26 (in Spanish mar-26).
_MONTHS = (
    ("jan", "ene"), ("feb",), ("mar",), ("apr", "abr"), ("may",), ("jun",),
    ("jul",), ("aug", "ago"), ("sep", "sept"), ("oct",), ("nov",), ("dec", "dic"),
)  # fmt: skip
_MONTH_NUMBERS = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names}
# Signs that turn the direction of the text around them, so that a reader sees what is not there.
_TURNING = set(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
# Signs without width that come along when text is copied from a page.
_NOTHING = dict.fromkeys((0x200B, 0x2060, 0xFEFF, 0x00AD))


class Unfit(Exception):
    """One field is not right. ``sentence`` has holes, ``holes`` fill them; ``str`` is the whole in English."""

    def __init__(self, sentence: str, **holes: Any) -> None:
        super().__init__(sentence.format(**holes))
        self.sentence, self.holes = sentence, holes


@dataclass(frozen=True)
class Report:
    """What a programme reports. ``place`` is an id below ``level`` (city, area, tract), "" for the whole city."""

    month: str
    programme: str
    partner: str
    level: str
    place: str
    kind: str
    count: int
    funding: str
    note: str


FIELDS = tuple(Report.__dataclass_fields__)


def report(cells: Mapping[str, str], places: Places, today: datetime.date) -> tuple[Report | None, list[tuple[str, Unfit]]]:
    """One row as text by column -> the report, or None and what is wrong, column by column."""
    values, wrong = {}, []
    for column in COLUMNS:
        try:
            values |= field(column, cells.get(column, ""), places, today)
        except Unfit as unfit:
            wrong.append((column, unfit))
    if not wrong:
        try:
            return whole(Report(**values)), []
        except Unfit as unfit:
            wrong.append(("note", unfit))
    return None, wrong


def field(column: str, text: str, places: Places, today: datetime.date) -> dict[str, Any]:
    """One cell -> the fields of a report that it gives. ``Unfit`` when it is not right."""
    text = _plain(text, many_lines=column == "note")
    if not text and column in REQUIRED:
        raise Unfit(N_("is empty and has to be filled in"))
    if column == "place":
        return dict(zip(("level", "place"), _place(text, places), strict=True))
    if column in ("month", "kind", "count"):
        return {column: _month(text, today) if column == "month" else _kind(text) if column == "kind" else _count(text)}
    longest = LONGEST_NOTE if column == "note" else LONGEST
    if len(text) > longest:
        raise Unfit(N_("is {length} signs long; {longest} is the most, shorten it"), length=len(text), longest=longest)
    return {column: text}


def whole(told: Report) -> Report:
    """What must be right of all fields together."""
    if told.kind == Kind.OTHER and not told.note:
        raise Unfit(N_("is empty; of the kind “other” the note has to say what was counted"))
    return told


def cells(told: Report) -> dict[str, str]:
    """A report as the cells of a row: what ``report`` would read back."""
    row = {name: str(value) for name, value in asdict(told).items() if name != "level"}
    return row | {"place": where.written(told.level, told.place)}


def likeness(told: Report) -> tuple:
    """What two reports share that look like one report given twice; capitals and the note may differ."""
    names = tuple(map(where.folded, (told.programme, told.partner, told.funding)))
    return (*names, told.month, told.level, told.place, told.kind, told.count)


def shown(text: str) -> str:
    """A cell as an error may show it: short, and nothing in it that a terminal would obey."""
    text = "".join(sign if sign.isprintable() and sign not in _TURNING else "·" for sign in text)
    return text if len(text) <= 60 else text[:59] + "…"


def _plain(text: str, many_lines: bool) -> str:
    """Composed Unicode (NFC), one kind of line end, no blanks around; what no reader could see is refused or left out."""
    text = unicodedata.normalize("NFC", text.translate(_NOTHING)).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    for sign in text:
        if (unicodedata.category(sign) in ("Cc", "Cs") and sign != "\n") or sign in _TURNING:
            raise Unfit(N_("holds a sign that cannot be seen (U+{code}); type the text anew"), code=f"{ord(sign):04X}")
    return text.strip() if many_lines else " ".join(text.split())


def _month(text: str, today: datetime.date) -> str:
    said = re.fullmatch(r"([0-9]{4})-([0-9]{2})", text)
    shortened = re.fullmatch(r"([a-z]{3,4})\.?[- ]([0-9]{4}|[0-9]{2})", text.casefold())
    if said:
        year, month = int(said[1]), int(said[2])
    elif shortened and shortened[1] in _MONTH_NUMBERS:
        year, month = int(shortened[2]) + (2000 if len(shortened[2]) == 2 else 0), _MONTH_NUMBERS[shortened[1]]
    else:
        year, month = 0, 0
    if not 1 <= month <= 12:
        raise Unfit(N_("“{value}” is no month; write it as {example}"), value=shown(text), example=f"{today:%Y-%m}")
    found = f"{year:04d}-{month:02d}"
    if found > f"{today:%Y-%m}":
        raise Unfit(N_("“{value}” is in the future; report what was done"), value=shown(text))
    if found < FIRST_MONTH:
        raise Unfit(N_("“{value}” is before {first}; correct the year"), value=shown(text), first=FIRST_MONTH)
    return found


def _kind(text: str) -> str:
    asked = where.folded(re.sub(r"[_\s-]+", " ", text))
    for kind, words in _KINDS.items():
        if asked == kind.value.replace("_", " ") or asked in words:
            return kind.value
    raise Unfit(N_("“{value}” is no kind; choose one of: {kinds}"), value=shown(text), kinds=", ".join(Kind))


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]+", text):
        if re.fullmatch(r"-[0-9]+", text):
            raise Unfit(N_("{value} is negative; correct or withdraw the entry that was wrong instead"), value=shown(text))
        raise Unfit(N_("“{value}” is no whole number; write digits alone, for example 1200"), value=shown(text))
    digits = text.lstrip("0") or "0"
    if len(digits) > len(str(MOST)) or int(digits) > MOST:
        raise Unfit(N_("{value} is more than {most:,}; is it in the right column?"), value=shown(text), most=MOST)
    return int(digits)


def _place(text: str, places: Places) -> tuple[str, str]:
    found = places.find(text)
    if found:
        return found
    holes = {"value": shown(text), "city": places.name, "last": len(places.areas)}
    if re.fullmatch(r"[0-9][.,][0-9]+[eE]\+?[0-9]+", text):
        raise Unfit(
            N_("“{value}” was rounded by a spreadsheet; make the column text and type the tract's 11 digits anew"), **holes
        )
    if re.fullmatch(r"[0-9]{11}", text):
        raise Unfit(N_("{value} is no census tract of {city}; look its 11 digits up"), **holes)
    near = places.like(text)
    if near:
        raise Unfit(N_("“{value}” is no place of {city}; is {name} meant?"), name=near, **holes)
    raise Unfit(
        N_("“{value}” is no place of {city}; write citywide, an area's number (1 to {last}) or name, or a tract's 11 digits"),
        **holes,
    )
