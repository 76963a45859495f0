"""The text that goes with a downloaded file: source, definitions, columns, and how to add tracts up. Knows no Dash."""

from __future__ import annotations

from equity import certainty, exports, indicators
from equity.atlas import Atlas
from equity.flags import Flag
from equity.indicators import N_
from equity.language import Language
from equity.views import standing
from equity.views import text as texts

_LEVELS = {
    "tract": N_("census tracts"),
    "area": "{areas}",
    exports.COMPARED: N_("{areas}, ranks and changes"),
}

_PLACE = {
    "geoid": N_("the tract's identifier: state (2 digits), county (3), tract (6); text, keep its zeros"),
    "name": N_("the tract's name"),
    "area_id": N_("number of the {area}, 1 to {last}; for a tract, the one where most of its households live"),
    "area_name": N_("name of that {area}"),
    "area_weight": N_("part of the tract's households that live in that area, 0 to 1"),
    "area2_id": N_("number of a second {area}, where households of the tract live in two; otherwise empty"),
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
    "reliability": N_("how far the share can be leaned on: good, care, too_uncertain, no_margin or missing (above)"),
    "flag": N_("why a figure is missing or what to know about it (below); several are joined by ;"),
}

# The columns of the file of comparisons that the others do not have.
_COMPARED = {
    "indicator": N_("what is counted (below)"),
    "share": N_("the indicator's share, 0 to 1"),
    "share_moe": N_("its 90% margin of error, 0.01 being one percentage point"),
    "flag": _FIGURES["flag"],
    "reliability": _FIGURES["reliability"],
    "position": N_("place in the list by the share alone, 1 the worst: itself an estimate"),
    "rank_low": N_("90% range of the rank by tests of differences: no less than this"),
    "rank_high": N_("and no more than this"),
    "chance_top10": N_("chance of being among the ten worst, 0 to 1, from seeded draws"),
    "chance_top20": N_("chance of being among the twenty worst"),
    "top_group": N_("1 where no area is surely worse, so that this may be the first of the list; else 0"),
    "joint_low": N_("range of the rank that holds for all areas at once with 90% confidence: no less than this"),
    "joint_high": N_("and no more than this"),
    "ranked": N_("among how many areas"),
    "rank_reason": N_("why there is no rank (below)"),
    "city_difference": N_("the area's share less the city's"),
    "city_difference_moe": N_("its 90% margin of error, allowing for the area being part of the city"),
    "city_verdict": N_("what may be said of that difference (below)"),
    "city_reason": N_("why nothing may be said (below)"),
    "city_tested": N_("how many areas the verdict was controlled over"),
    "since": N_("the earlier release a change is measured from"),
    "shared_years": N_("how many survey years the two releases share"),
    "change_difference": N_("the share less that of the earlier release"),
    "change_difference_moe": N_("its 90% margin of error, not narrowed for shared years"),
    "change_moe_overlap": N_("the same narrowed for shared years: what an indicative verdict (probably) rests on"),
    "change_verdict": N_("what may be said of the change (below)"),
    "change_reason": N_("why nothing may be said (below)"),
    "change_tested": N_("how many areas the verdict was controlled over"),
}

_FORMULA = N_(
    "{one}'s count = sum of area_weight x estimate over the rows whose area_id is the area, plus the sum of "
    "area2_weight x estimate over the rows whose area2_id is the area; its universe in the same way; its share is the one "
    "divided by the other. Margins: square area_weight x moe, add, and take the root, counting of the rows with an estimate of "
    "zero only the widest margin; where an indicator is a sum of lines this comes within 2% of ours, which adds line by line. "
    "For an indicator that is a difference of lines (no_wired) take the margin from the file of areas. Never average shares, "
    "never add margins of areas."
)


_JUDGED = N_(
    "z = 1.645 x difference / difference_moe. Of a change, difference_moe is the root of the sum of the squares of both "
    "releases' share_moe; z_overlap = z / sqrt(1 - shared_years / 5). Of an area and its city, difference_moe squared is "
    "share_moe squared x (1 - 2w) plus the city's share_moe squared, w being the area's part of the city's households. A "
    "list is judged twice, by z and by z_overlap (the same where no year is shared): a difference stands if |z| is above "
    "1.645 and its two-sided probability, by Student's t with 80 degrees of freedom, is among the k smallest of the areas "
    "tested, k being the largest for which the k-th smallest is at most 0.10 x k / tested. What stands by z fell, rose, is "
    "lower or higher; what stands by z_overlap alone, or rests on a modelled margin (flag), is probably so."
)
_RANKED = N_(
    "Ranks: the shares are drawn 10,000 times with their margins as normal errors. rank_low is 1 plus the number of areas "
    "that are surely worse, rank_high all areas less those surely better; another area is surely worse or better if the "
    "difference, in its standard errors, is beyond the 90% point of the largest of all such differences drawn where nothing"
    " differs. joint_low and joint_high: the same where intervals of {z} standard errors ({last} areas) do not touch."
)


def text(atlas: Atlas, language: Language, level: str, release: int, tokens: list[str]) -> str:
    """Plain text in the reader's language; every column of the file is explained, and every indicator it holds."""
    _ = language.gettext
    known, meta, words = atlas.release(release), atlas.snapshots[release].meta, _words(atlas, language)
    chosen = texts.places(language, atlas, tokens) if tokens else _("the whole city")
    first = _("{city}: {what}, ACS 5-year release {release} (survey years {years})").format(
        city=atlas.city.name, what=_(_LEVELS[level]).format(**words), release=release, years=texts.years(known)
    )
    sections = [
        (
            _("SOURCE"),
            [
                meta["citation"],
                _("License: {licence}").format(licence=meta["licence"]),
                _(texts.MARGINS.get(meta["margins"], meta["margins"])),
                *_modelled(atlas, language, release),
                _reliability(atlas, language),
                _weights(atlas, language, known.tract_vintage),
            ],
        ),
        (_("COLUMNS"), [f"{name}: {_(meaning).format(**words)}" for name, meaning in _columns(level)]),
        (_("TO REPRODUCE A VERDICT"), [_(_JUDGED), _(_RANKED).format(**words)] if level == exports.COMPARED else []),
        (_("VERDICTS"), _verdicts(language) if level == exports.COMPARED else []),
        (_("REASONS"), _reasons(language) if level == exports.COMPARED else []),
        (_("TO REPRODUCE AN AREA"), [texts.capital(_(_FORMULA).format(**words))] if level == "tract" else []),
        (_("INDICATORS"), [_indicator(atlas, language, release, what) for what in indicators.REGISTRY]),
        (_("FLAGS"), [f"{note.name.lower()}: {texts.note(language, atlas, note)}" for note in texts.NOTES]),
    ]
    places = _("Places: {places}.").format(places=chosen)
    blocks = [first, places, *("\n".join([title, *lines]) for title, lines in sections if lines)]
    return "\n\n".join(blocks) + "\n"


def _words(atlas: Atlas, language: Language) -> dict[str, str]:
    """What fills the holes of the texts above: what the city calls its areas, the number of the last, and z for all of them."""
    last = len(atlas.areas)
    return texts.nouns(language, atlas.city) | {"last": str(last), "z": language.number(certainty.joint_z(last), 1)}


def _columns(level: str) -> list[tuple[str, str]]:
    """Each column of the file with its meaning; the figures once, as they repeat for every indicator."""
    if level == exports.COMPARED:
        return [(name, (_COMPARED | _PLACE)[name]) for name in exports.wide_columns(level)]
    named = [name for name in exports.wide_columns(level) if name in _PLACE]
    return [(name, _PLACE[name]) for name in named] + [(f"<indicator>_{name}", meaning) for name, meaning in _FIGURES.items()]


def _reliability(atlas: Atlas, language: Language) -> str:
    """The limits of the classes."""
    limits = {name: texts.limit(language, limit) for name, limit in atlas.city.reliability.items()}
    said = language.gettext(
        "Reliability is judged by the margin of the share: good up to {good} points, care up to {care}, too_uncertain beyond."
    )
    return said.format(**limits)


def _verdicts(language: Language) -> list[str]:
    _ = language.gettext
    return [f"{verdict}: {_(word)}. {_(why) if why else ''}".strip() for verdict, (word, why) in standing.VERDICTS.items()]


def _reasons(language: Language) -> list[str]:
    return [f"{reason}: {language.gettext(sentence)}" for reason, sentence in standing.REASONS.items()]


def _weights(atlas: Atlas, language: Language, vintage: int) -> str:
    meta, nouns = atlas.weights.get(vintage, {}), texts.nouns(language, atlas.city)
    said = language.gettext(
        "Tracts are those of the {vintage} Census. Households of a tract are placed in {areas} by the weights of "
        "{publisher} ({licence}); residents are placed by the same weights."
    ).format(
        vintage=vintage,
        publisher=meta.get("publisher", "–"),
        licence=meta.get("licence", "–").partition(".")[0].partition(" (")[0],
        **nouns,
    )
    return said + (" " + texts.by_land(language, atlas.city) if meta.get("weights") == "land" else "")


def _modelled(atlas: Atlas, language: Language, release: int) -> list[str]:
    """The function behind modelled margins, where the release has any."""
    if release not in atlas.modelled or atlas.modelled[release].table.empty:
        return []
    meta, what = atlas.modelled[release].meta, [_label(language, key) for key in ("no_subscription", "no_broadband")]
    said = language.gettext(
        "Margins of {indicators} (flag: modelled) are not the published ones, which are not in hand: they follow from a "
        "variance function fitted on releases {releases}, X being the count, Y the households of a tract: {formula}. "
        "Indicative only."
    )
    releases = language.list_of([str(fitted) for fitted in meta["model"]["releases"]])
    return [said.format(indicators=language.list_of(what), releases=releases, formula=meta["model"]["formula"])]


def _label(language: Language, key: str) -> str:
    return language.gettext(indicators.get(key).label)


def _indicator(atlas: Atlas, language: Language, release: int, what: indicators.Indicator) -> str:
    """``key: label``, who is counted, from which lines in this release."""
    _ = language.gettext
    recipe = atlas.recipe(release, what.key)
    missing = [] if recipe else [texts.note(language, atlas, Flag.NOT_IN_RELEASE)]
    body = texts.definition(language, atlas, what, recipe)
    return f"{what.key}: {_(what.label)}\n{body}" + "".join(f" ({reason})" for reason in missing)
