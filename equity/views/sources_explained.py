"""What is counted, in which releases, by whom, and how tracts become areas: texts of the methods page. Computes no figure."""

from __future__ import annotations

from dash.development.base_component import Component

from equity import certainty, indicators
from equity.atlas import Atlas
from equity.language import Language
from equity.views import credits, prose, text


def counted(atlas: Atlas, language: Language) -> list[Component]:
    """What is counted, in which releases, and how tracts become areas."""
    _, said, newest = language.gettext, atlas.city.baseline, atlas.release(atlas.releases[0])
    start, what = atlas.release(said["release"]), indicators.get(said["indicator"])
    return [
        *prose.paragraphs(
            text.baseline(language, atlas),
            text.definition(language, atlas, what, atlas.recipe(start.release, what.key)),
            _(
                "The figures come from the American Community Survey (ACS), for which the U.S. Census Bureau asks a sample of "
                "addresses, month after month. A 5-year release gathers the answers of five years: release {release} covers "
                "{years}. It describes those years together, not the state of today."
            ).format(release=newest.release, years=text.years(newest)),
            _tracts(atlas, language, start.tract_vintage),
            _split(atlas, language, newest.release),
        ),
        _releases(atlas, language),
        _sources(atlas, language, start.tract_vintage),
    ]


def _tracts(atlas: Atlas, language: Language, vintage: int) -> str:
    """How tracts are added up, and what becomes of those that lie in two areas."""
    _, nouns, tracts = language.gettext, text.nouns(language, atlas.city), atlas.tracts_of(vintage)
    sentences = [
        _("The smallest places with figures are census tracts."),
        text.capital(_("{one} is the sum of its tracts.").format(**nouns)),
    ]
    shared = int((tracts["area2_id"] != "").sum())
    if shared:
        told = language.ngettext(
            "Of the {tracts} tracts that touch {city}, {split} has households in two {areas}; these are counted where they "
            "live, by weights made from census blocks.",
            "Of the {tracts} tracts that touch {city}, {split} have households in two {areas}; these are counted where they "
            "live, by weights made from census blocks.",
            shared,
        )
        if by_land(atlas, vintage):
            told = language.ngettext(
                "Of the {tracts} tracts that touch {city}, {split} lies in two {areas}; its households are shared out by "
                "land, for want of weights made from census blocks.",
                "Of the {tracts} tracts that touch {city}, {split} lie in two {areas}; their households are shared out by "
                "land, for want of weights made from census blocks.",
                shared,
            )
        numbers = {"tracts": language.number(len(tracts)), "split": language.number(shared)}
        sentences.append(told.format(city=atlas.city.name, **numbers, **nouns))
    sentences.append(_("Counts are added up first and divided last: shares are never averaged."))
    return " ".join(sentences)


def by_land(atlas: Atlas, vintage: int) -> bool:
    """Whether the weights of a vintage count land in the place of households."""
    return atlas.weights.get(vintage, {}).get("weights") == "land"


def _split(atlas: Atlas, language: Language, release: int) -> str:
    """How much of the areas rests on tracts that are shared out."""
    parts, nouns = certainty.split(atlas, release), text.nouns(language, atlas.city)
    worst, most, whole = parts.index[0], parts.iloc[0], int((parts == 0).sum())
    if not most:
        return language.gettext("No {area} rests on a tract that is shared out.").format(**nouns)
    said = language.ngettext(
        "Of {number} {areas} {whole} rests on no tract that is shared out; the most is {part} of the households of {worst}. "
        "Such a tract is taken to be alike on both sides.",
        "Of {number} {areas} {whole} rest on no tract that is shared out; the most is {part} of the households of {worst}. "
        "Such a tract is taken to be alike on both sides.",
        whole,
    )
    if not whole:
        said = language.gettext(
            "Every {area} rests in part on a tract that is shared out; the most is {part} of the households of {worst}. Such a "
            "tract is taken to be alike on both sides."
        )
    part = text.percent(language, most, 0)
    return said.format(number=len(parts), whole=whole, part=part, worst=atlas.area_names[worst], **nouns)


def _releases(atlas: Atlas, language: Language) -> Component:
    """The releases in hand, newest first: years, smallest places, margins."""
    _ = language.gettext
    places = {"tract": _("census tracts"), "area": text.nouns(language, atlas.city)["areas"]}
    key = atlas.city.baseline["indicator"]

    def row(release: int) -> list[str]:
        known, meta = atlas.release(release), atlas.snapshots[release].meta
        margins = _(text.MARGINS.get(meta["margins"], meta["margins"]))
        if certainty.modelled(atlas, release, key):
            margins += " " + _("For two counts they are modelled.")
        return [str(release), text.years(known), places[known.level], margins]

    head = [_("Release"), _("Survey years"), _("Smallest places"), _("Margins of error")]
    return prose.table(_("The releases in hand"), head, map(row, atlas.releases), figures=False)


def _sources(atlas: Atlas, language: Language, vintage: int) -> Component:
    """Where the figures and the weights come from, and the plan that the baseline is of, if there is one."""
    said = atlas.city.baseline
    weights = credits.named(language, atlas.city, atlas.weights[vintage]["citation"]).rstrip(".")
    if not atlas.city.has_plan:
        told = language.gettext(
            "Sources: U.S. Census Bureau, American Community Survey 5-year estimates, tables B28002 and B28003; for the "
            "weights: {weights}."
        )
        return prose.source(told.format(weights=weights))
    told = language.gettext(
        "Sources: U.S. Census Bureau, American Community Survey 5-year estimates, tables B28002 and B28003; {weights}, for the "
        "weights; {plan} ({month}) for the baseline."
    )
    plan, month = text.local(language, said["plan"]), text.month(language, said["plan_date"])
    return prose.source(told.format(weights=weights, plan=plan, month=month))
