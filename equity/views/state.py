"""What a link asks the map page to show. Reads a query string into a ``State``; knows no Dash and no figures.

Everything on the page is in the address, so a link opens the same view. A value that does not exist falls back to the
default and says so: a link that silently shows something else would put words into somebody's mouth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from equity import indicators
from equity.atlas import Atlas
from equity.indicators import N_
from equity.language import NAMES, Language
from equity.views import text

_NAMES = {
    "indicator": N_("what is counted"),
    "level": N_("places"),
    "measure": N_("show as"),
    "release": N_("release"),
    "areas": N_("neighborhood"),
    "place": N_("place"),
    "lang": N_("language"),
}

MOST_NOTICES = 6  # about unknown areas

LEVELS = ("area", "tract")
MEASURES = {"share": N_("Share"), "estimate": N_("Number")}

# The names under which the page keeps its state in the address; assets/equity_page.js writes the same.
KEYS = ("indicator", "release", "level", "measure", "areas", "place", "lang")


@dataclass(frozen=True)
class State:
    """The view a link asks for. ``areas`` holds area ids and side keys, in the order given; empty means the whole city."""

    indicator: str
    release: int
    level: str
    measure: str
    areas: tuple[str, ...]
    place: str | None
    notices: tuple[str, ...]


def levels(atlas: Atlas, language: Language) -> dict[str, str]:
    """Level -> what its places are called."""
    return {"area": text.capital(text.nouns(language, atlas.city)["areas"]), "tract": language.gettext("Census tracts")}


def read(atlas: Atlas, language: Language, query: Mapping[str, str]) -> State:
    """A query -> a view that exists, with a notice for every value that does not."""
    _, notices = language.gettext, []

    def unknown(name: str, value: str, instead: str) -> None:
        notices.append(
            _("The link asks for “{value}” ({name}), which does not exist here; showing {instead} instead.").format(
                name=_(_NAMES[name]), value=value[:40], instead=instead
            )
        )

    def one_of(name: str, known: Mapping[str, str], default: str) -> str:
        value = query.get(name) or default
        if value in known:
            return value
        unknown(name, value, known[default])
        return default

    indicator = one_of(
        "indicator", {what.key: _(what.label) for what in indicators.REGISTRY if atlas.newest(what.key)}, indicators.DEFAULT
    )
    level = one_of("level", levels(atlas, language), "area")
    measure = one_of("measure", {key: _(label) for key, label in MEASURES.items()}, "share")
    newest = atlas.newest(indicator, level) or atlas.releases[0]
    release = newest
    asked = query.get("release")
    if asked:
        if asked not in map(str, atlas.releases):
            unknown("release", asked, str(newest))
        elif atlas.gives(level, int(asked), indicator):
            release = int(asked)
        else:
            notices.append(not_given(language, int(asked), indicator, newest))
    if query.get("lang", language.code) not in NAMES:
        unknown("lang", query["lang"], NAMES[language.code])
    areas = _areas(atlas, query.get("areas") or "", unknown, _)
    place = _place(atlas, level, release, query.get("place"), areas, unknown, _)
    return State(indicator, release, level, measure, areas, place, tuple(notices))


def not_given(language: Language, asked: int, indicator: str, instead: int) -> str:
    """Said when a release lacks the indicator and another is shown."""
    label = language.gettext(indicators.get(indicator).label)
    return language.gettext("Release {asked} does not give “{label}” for these places; showing release {instead}.").format(
        asked=asked, label=label, instead=instead
    )


def _areas(atlas: Atlas, asked: str, unknown, _) -> tuple[str, ...]:
    """Area numbers and side keys of a link, each once."""
    known = set(atlas.area_names) | {side.key for side in atlas.city.sides}
    found = []
    strangers = []
    for token in dict.fromkeys(filter(None, (part.strip() for part in asked.split(",")))):
        (found if token in known else strangers).append(token)
    for token in strangers[:MOST_NOTICES]:  # a link of nonsense gets an answer, not an answer as long as itself
        unknown("areas", token, _("the rest"))
    return tuple(found)


def _place(atlas: Atlas, level: str, release: int, asked: str | None, areas: tuple[str, ...], unknown, _) -> str | None:
    """The place whose details are open, if it is among the places shown."""
    if not asked:
        return None
    vintage = atlas.release(release).tract_vintage
    chosen = atlas.expand(areas)
    ids = (chosen or atlas.areas["area_id"]) if level == "area" else atlas.tracts_of(vintage, chosen)["geoid"]
    if asked in set(ids):
        return asked
    unknown("place", asked, _("no place"))
    return None
