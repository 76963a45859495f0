"""The reader's language: texts from gettext catalogues, numbers as that language writes them. Knows no figures and no Dash.

English is the language of the source; every other language is one ``locale/<code>/LC_MESSAGES/equity.po``. The ``.po``
file itself is read at start, so there is no compiled file to forget. Dates, numbers and percent follow the conventions of
that language in the United States.
"""

from __future__ import annotations

import datetime
import functools
import io
from dataclasses import dataclass
from pathlib import Path

from babel import Locale, dates, negotiate_locale, numbers
from babel.messages import mofile, pofile
from babel.support import NullTranslations, Translations

CATALOGUES = Path(__file__).parent / "locale"
DOMAIN = "equity"
DEFAULT = "en"
# How each language is named in itself, and the conventions its numbers follow.
NAMES = {"en": "English", "es": "Español"}
_CONVENTIONS = {"en": "en_US", "es": "es_US"}


@dataclass(frozen=True)
class Language:
    """One language: ``gettext`` and ``ngettext`` for texts, the rest for numbers and dates."""

    code: str
    translations: NullTranslations

    @property
    def locale(self) -> Locale:
        """The conventions for numbers and dates."""
        return Locale.parse(_CONVENTIONS.get(self.code, _CONVENTIONS[DEFAULT]))

    @property
    def tag(self) -> str:
        """As a browser names it: ``es-US``."""
        return str(self.locale).replace("_", "-")

    def gettext(self, message: str) -> str:
        """The text in this language; an empty text stays empty (gettext would answer with the catalogue's header)."""
        return self.translations.gettext(message) if message else ""

    def ngettext(self, one: str, many: str, count: int) -> str:
        """The text for this many things."""
        return self.translations.ngettext(one, many, count)

    def number(self, value: float, decimals: int = 0) -> str:
        """125146.2 -> "125,146"."""
        return numbers.format_decimal(value, format="#,##0" + ("." + "0" * decimals if decimals else ""), locale=self.locale)

    def date(self, value: datetime.date) -> str:
        """A day in full: "January 29, 2026"."""
        return dates.format_date(value, format="long", locale=self.locale)

    def list_of(self, items: list[str]) -> str:
        """ "a, b, and c"."""
        from babel.lists import format_list

        return format_list(items, locale=self.locale)


@functools.cache
def load(code: str) -> Language:
    """The language with this code; English when there is no catalogue for it."""
    path = CATALOGUES / code / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not path.exists():
        return Language(DEFAULT, NullTranslations())
    with path.open("rb") as stream:
        catalogue = pofile.read_po(stream, locale=code, domain=DOMAIN)
    compiled = io.BytesIO()
    mofile.write_mo(compiled, catalogue)
    compiled.seek(0)
    return Language(code, Translations(compiled, domain=DOMAIN))


def choose(asked: str | None, accepted: list[str]) -> str:
    """The code to use: what the link asks for, else the first of the browser's languages that we have, else English.

    ``accepted`` are the browser's language tags in its order ("es-MX", "en").
    """
    if asked in NAMES:
        return asked
    return negotiate_locale([tag.split("-")[0] for tag in accepted], list(NAMES)) or DEFAULT
