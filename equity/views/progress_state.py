"""What a link asks the progress page to show: what is counted, and a plan to try out. Knows no Dash and makes no figure.

Everything is in the address: ``/progress?indicator=no_broadband&remaining=50000&by=2030``. What is not asked for is an example,
which says so, or the City's own target where ``targets.csv`` holds one. What cannot be planned for is said at its field.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import numpy as np

from equity import gap, indicators, targets
from equity.atlas import Atlas
from equity.indicators import HOUSEHOLDS, N_, Indicator
from equity.language import NAMES, Language
from equity.targets import CITY, Event, Kind, Target

LAST_YEAR = 2050  # nobody plans further, and a line of a few years says nothing of it
_AHEAD = 3  # years from the newest release's label to the example's, at least
_ROUND = 5  # and then to a year that people name: 2030, 2035
_DIGITS = re.compile(r"[0-9]{1,9}")
_SPACES = str.maketrans("", "", ", \u00a0\u202f")  # how people set off thousands

FIELDS = {"remaining": N_("Households left"), "by": N_("By the year")}
_INDICATOR = N_("what is counted")


@dataclass(frozen=True)
class View:
    """What the page shows.

    ``remaining`` and ``year`` are what is planned for, None where a field holds nothing that can be. ``chosen``: a reader gave
    at least one of them; ``target``: the row of ``targets.csv`` they are, if so. ``typed`` and ``problems``: field -> text.
    """

    indicator: str
    remaining: float | None
    year: int | None
    chosen: bool
    target: Target | None
    typed: Mapping[str, str]
    problems: Mapping[str, str]
    notices: tuple[str, ...]

    @property
    def query(self) -> dict[str, str]:
        """What has to stand in the address to see the same: nothing that is there without being asked for."""
        asked = {} if self.indicator == indicators.DEFAULT else {"indicator": self.indicator}
        return asked | {name: text for name, text in self.typed.items() if text and self.chosen}


def offered(atlas: Atlas) -> list[Indicator]:
    """What can be shown: counts of households, of connections or devices, that a release in hand gives."""
    kinds = (what for what in indicators.REGISTRY if what.universe == HOUSEHOLDS and what.group != "context")
    return [what for what in kinds if atlas.newest(what.key)]


def read(atlas: Atlas, language: Language, query: Mapping[str, str]) -> View:
    """A query -> a view that exists; what does not exist is said in ``notices`` or at its field."""
    _, notices = language.gettext, []
    labels = {what.key: _(what.label) for what in offered(atlas)}
    usual = indicators.DEFAULT if indicators.DEFAULT in labels else next(iter(labels))
    key = query.get("indicator") or usual
    said = _("The link asks for “{value}” ({name}), which does not exist here; showing {instead} instead.")
    if key not in labels:
        notices.append(said.format(value=key[:40], name=_(_INDICATOR), instead=labels[usual]))
        key = usual
    if query.get("lang", language.code) not in NAMES:
        notices.append(said.format(value=query["lang"][:40], name=_("language"), instead=NAMES[language.code]))
    target, count, year = planned(atlas, key)
    typed = {name: " ".join((query.get(name) or "").split())[:20] for name in FIELDS}
    problems: dict[str, str] = {}
    most, (first, last) = households(atlas, key), years(atlas)
    if typed["remaining"] and (count := _whole(typed["remaining"], 0, most)) is None:
        told = _("Write a whole number from 0 to {most}, all {of} of the newest release.")
        problems["remaining"] = told.format(most=language.number(most), of=_(HOUSEHOLDS))
    if typed["by"] and (year := _whole(typed["by"], first, last)) is None:
        problems["by"] = _("Write a year from {first} to {last}.").format(first=first, last=last)
    chosen = any(typed.values())
    return View(key, count, year, chosen, None if chosen else target, typed, problems, tuple(notices))


def planned(atlas: Atlas, key: str) -> tuple[Target | None, float | None, int]:
    """(The city's own target of a count, how many households may be left, by which year); without one the ``example``.

    A target for the share is as many households as that is of those of the newest release.
    """
    target = _target(atlas, key)
    if target is None:
        return None, *example(atlas, key)
    count = target.value if target.measure == "estimate" else float(round(target.value * households(atlas, key)))
    return target, count, target.year


def example(atlas: Atlas, key: str) -> tuple[float | None, int]:
    """A plan to begin with: half of the newest count, in two figures, by a round year; (None, year) without a count."""
    given = gap.points(atlas, key).query("series == 'summed'").dropna(subset=["estimate"])
    newest = max(atlas.releases)
    year = math.ceil((newest + _AHEAD) / _ROUND) * _ROUND
    return (None if given.empty else float(f"{given['estimate'].iloc[-1] / 2:.2g}")), year


def households(atlas: Atlas, key: str) -> int:
    """All the households of the newest release that gives the indicator: no more of them can be left."""
    whole = atlas.total(newest(atlas, key), key)["universe_estimate"]
    return 0 if np.isnan(whole) else round(whole)


def newest(atlas: Atlas, key: str) -> int:
    """The newest release that gives a count; where none does, the newest there is."""
    return atlas.newest(key) or max(atlas.releases)


def years(atlas: Atlas) -> tuple[int, int]:
    """The first and the last year that can be planned for: from the middle of the baseline's years."""
    return sum(atlas.city.release(atlas.city.baseline["release"]).survey_years) // 2, LAST_YEAR


def told(atlas: Atlas) -> tuple[Target, ...]:
    """``targets.csv``, read once."""
    return atlas.keep(("targets",), lambda: targets.targets(atlas.city))


def events(atlas: Atlas) -> tuple[Event, ...]:
    """``events.csv``, read once."""
    return atlas.keep(("events",), lambda: targets.events(atlas.city))


def address(path: str, view: View, language_asked: str | None = None) -> str:
    """The view as a link inside the site."""
    query = dict(view.query) | ({"lang": language_asked} if language_asked in NAMES else {})
    return path + (f"?{urlencode(query)}" if query else "")


def _target(atlas: Atlas, key: str) -> Target | None:
    """What the city set itself: the first target of this count that has a year, a number rather than a share."""
    dated = [row for row in told(atlas) if row.kind is Kind.TARGET and row.year]
    own = [row for row in dated if (row.indicator, row.place) == (key, CITY)]
    return next(iter(sorted(own, key=lambda row: row.measure != "estimate")), None)


def _whole(text: str, least: int, most: int) -> int | None:
    """A whole number within bounds, as people write it; None for anything else."""
    digits = text.translate(_SPACES)
    number = int(digits) if _DIGITS.fullmatch(digits) else -1
    return number if least <= number <= most else None
