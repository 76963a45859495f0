"""The text that goes with a downloaded file: source, definitions, columns, and how to add tracts up. Knows no Dash."""

from __future__ import annotations

from equity import exports, indicators
from equity.atlas import Atlas
from equity.flags import Flag
from equity.indicators import N_
from equity.language import Language
from equity.views import text as texts

_LEVELS = {"tract": N_("census tracts"), "area": N_("community areas")}

_PLACE = {
    "geoid": N_("the tract's identifier: state (2 digits), county (3), tract (6); text, keep its zeros"),
    "name": N_("the tract's name"),
    "area_id": N_("number of the community area, 1 to 77; for a tract, the one where most of its households live"),
    "area_name": N_("name of that community area"),
    "area_weight": N_("part of the tract's households that live in that area, 0 to 1"),
    "area2_id": N_("number of a second community area, where households of the tract live in two; otherwise empty"),
    "area2_name": N_("its name"),
    "area2_weight": N_("part of the tract's households that live in the second area"),
    "city_weight": N_("part of the tract's households that live inside the city"),
    "side": N_("the side of the city the area belongs to"),
    "release": N_("last survey year of the ACS 5-year release"),
}
_FIGURES = {
    "universe_estimate": N_("the households or residents the share is of"),
    "universe_moe": N_("its 90% margin of error"),
    "estimate": N_("the count; of a tract, the whole tract's"),
    "moe": N_("90% margin of error of the count; empty where it is missing, never 0 for missing"),
    "share": N_("estimate divided by universe_estimate, 0 to 1"),
    "share_moe": N_("90% margin of error of the share, 0.01 being one percentage point"),
    "flag": N_("why a figure is missing or what to know about it (below); several are joined by ;"),
}

_FORMULA = N_(
    "A community area's count = sum of area_weight x estimate over the rows whose area_id is the area, plus the sum of "
    "area2_weight x estimate over the rows whose area2_id is the area; its universe in the same way; its share is the one "
    "divided by the other. Margins: square area_weight x moe, add, and take the root, counting of the rows with an estimate of "
    "zero only the widest margin; where an indicator is a sum of lines this comes within 2% of ours, which adds line by line. "
    "For an indicator that is a difference of lines (no_wired) take the margin from the file of areas. Never average shares, "
    "never add margins of areas."
)


def text(atlas: Atlas, language: Language, level: str, release: int, tokens: list[str]) -> str:
    """Plain text in the reader's language; every column of the file is explained, and every indicator it holds."""
    _ = language.gettext
    known, meta = atlas.release(release), atlas.snapshots[release].meta
    chosen = texts.places(language, atlas, tokens) if tokens else _("the whole city")
    first = _("{city}: {what}, ACS 5-year release {release} (survey years {years})").format(
        city=atlas.city.name, what=_(_LEVELS[level]), release=release, years=texts.years(known)
    )
    sections = [
        (
            _("SOURCE"),
            [
                meta["citation"],
                _("License: {licence}").format(licence=meta["licence"]),
                _(texts.MARGINS.get(meta["margins"], meta["margins"])),
                *_modelled(atlas, language, release),
                _weights(language, known.tract_vintage),
            ],
        ),
        (_("COLUMNS"), [f"{name}: {_(meaning)}" for name, meaning in _columns(level)]),
        (_("TO REPRODUCE AN AREA"), [_(_FORMULA)] if level == "tract" else []),
        (_("INDICATORS"), [_indicator(atlas, language, release, what) for what in indicators.REGISTRY]),
        (_("FLAGS"), [f"{note.name.lower()}: {_(meaning)}" for note, meaning in texts.NOTES.items()]),
    ]
    places = _("Places: {places}.").format(places=chosen)
    blocks = [first, places, *("\n".join([title, *lines]) for title, lines in sections if lines)]
    return "\n\n".join(blocks) + "\n"


def _columns(level: str) -> list[tuple[str, str]]:
    """Each column of the file with its meaning; the figures once, as they repeat for every indicator."""
    named = [name for name in exports.wide_columns(level) if name in _PLACE]
    return [(name, _PLACE[name]) for name in named] + [(f"<indicator>_{name}", meaning) for name, meaning in _FIGURES.items()]


def _weights(language: Language, vintage: int) -> str:
    _ = language.gettext
    return _(
        "Tracts are those of the {vintage} Census. Households of a tract are placed in community areas by CMAP's weights from "
        "census blocks (CMAP cmapgeo, MIT license); residents are placed by the same weights."
    ).format(vintage=vintage)


def _modelled(atlas: Atlas, language: Language, release: int) -> list[str]:
    """The function behind modelled margins, where the release has any."""
    if release not in atlas.modelled or atlas.modelled[release].table.empty:
        return []
    meta, what = atlas.modelled[release].meta, [_label(language, key) for key in ("no_subscription", "no_broadband")]
    said = language.gettext(
        "Margins of {indicators} (flag: modelled) are not published: they follow from a variance function fitted on releases "
        "{releases}, X being the count, Y the households of a tract: {formula}. Indicative only."
    )
    releases = language.list_of([str(fitted) for fitted in meta["model"]["releases"]])
    return [said.format(indicators=language.list_of(what), releases=releases, formula=meta["model"]["formula"])]


def _label(language: Language, key: str) -> str:
    return language.gettext(indicators.get(key).label)


def _indicator(atlas: Atlas, language: Language, release: int, what: indicators.Indicator) -> str:
    """``key: label``, who is counted, from which lines in this release."""
    _ = language.gettext
    recipe = atlas.recipe(release, what.key)
    missing = [] if recipe else [texts.NOTES[Flag.NOT_IN_RELEASE]]
    body = texts.definition(language, what, recipe)
    return f"{what.key}: {_(what.label)}\n{body}" + "".join(f" ({_(reason)})" for reason in missing)
