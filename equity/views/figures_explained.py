"""How a figure and its margin are made, and how far it can be leaned on: texts of the methods page. Computes no figure.

A text states a rule in words first, then as a formula, then its source. A number in it comes from the figures, from the city's
settings or from the constant that the rule itself uses.
"""

from __future__ import annotations

import pandas as pd
from dash.development.base_component import Component

from equity import certainty, indicators
from equity.atlas import Atlas
from equity.language import Language
from equity.views import prose, text


def counted(atlas: Atlas, language: Language) -> list[Component]:
    """What is counted, in which releases, and how tracts become community areas."""
    _, said, newest = language.gettext, atlas.city.baseline, atlas.release(atlas.releases[0])
    start, what = atlas.release(said["release"]), indicators.get(said["indicator"])
    tracts = atlas.tracts_of(start.tract_vintage)
    return [
        *prose.paragraphs(
            text.baseline(language, atlas),
            text.definition(language, what, atlas.recipe(start.release, what.key)),
            _(
                "The figures come from the American Community Survey (ACS), for which the U.S. Census Bureau asks a sample of "
                "addresses, month after month. A 5-year release gathers the answers of five years: release {release} covers "
                "{years}. It describes those years together, not the state of today."
            ).format(release=newest.release, years=text.years(newest)),
            _(
                "The smallest places with figures are census tracts. A community area is the sum of its tracts. Of the "
                "{tracts} tracts that touch {city}, {split} have households in two community areas; these are counted where "
                "they live, by weights made from census blocks. Counts are added up first and divided last: shares are never "
                "averaged."
            ).format(
                tracts=language.number(len(tracts)),
                city=atlas.city.name,
                split=language.number((tracts["area2_id"] != "").sum()),
            ),
            _split(atlas, language, newest.release),
        ),
        _releases(atlas, language),
        prose.source(
            _(
                "Sources: U.S. Census Bureau, American Community Survey 5-year estimates, tables B28002 and B28003; Chicago "
                "Metropolitan Agency for Planning (CMAP), cmapgeo, for the weights; {plan} ({month}) for the baseline."
            ).format(plan=text.local(language, said["plan"]), month=text.month(language, said["plan_date"]))
        ),
    ]


def margins(atlas: Atlas, language: Language) -> list[Component]:
    """What ± means, and the rule for every derived figure."""
    _ = language.gettext
    return [
        *prose.paragraphs(
            _(
                "A sample is not everybody. In {count} the second number is the margin of error at 90%: if the survey were "
                "taken again and again, intervals made in this way would hold what asking everybody would give in about nine "
                "of ten cases. A standard error (SE) is a margin divided by {z}. A margin tells of the chance of the sample "
                "and of nothing else: not of a question misread, nor of households that never answered."
            ).format(count=text.count(language, atlas.baseline), z=language.number(certainty.CONSTANTS["z"], 3)),
        ),
        prose.table(
            _("How a derived figure gets its margin of error (MOE)"),
            [_("Figure"), _("Rule, and the margin it gives")],
            _rules(language),
            figures=False,
        ),
        *prose.paragraphs(
            _(
                "Some figures are fixed to official counts (“controlled”): they have no sampling error, and their margin is 0. "
                "A missing margin is not a margin of 0: one part without a margin leaves the whole without one, and the page "
                "says why. A share of nobody is missing too. Intervals end at their natural limits: no fewer than 0 "
                "households, no share above 100%."
            ),
            _sharing(atlas, language),
            _ratio_rule(atlas, language),
        ),
        prose.source(
            _(
                "Sources: U.S. Census Bureau, “Understanding and Using American Community Survey Data: What All Data Users "
                "Need to Know” (2020), chapters 7 and 8, for all rules but that of the rest of a whole, which follows from the "
                "covariance that the rule for shares assumes; and “Worked Examples for Approximating Standard Errors Using "
                "American Community Survey Data”."
            )
        ),
    ]


def reliability(atlas: Atlas, language: Language) -> list[Component]:
    """The classes of reliability, the second opinion, and how many tracts are in each."""
    _, key = language.gettext, atlas.city.baseline["indicator"]
    limits = {name: text.limit(language, limit) for name, limit in atlas.city.reliability.items()}
    cv = {"high": certainty.CONSTANTS["cv_high"], "medium": certainty.CONSTANTS["cv_medium"]}
    found = certainty.by_release(atlas, key)
    return [
        *prose.paragraphs(_("What counts is how wide the margin of a share is, in percentage points:")),
        prose.items(
            _("Good: a margin of up to {good} points.").format(**limits),
            _("With care: more than {good}, up to {care} points. Paler on the map.").format(**limits),
            _(
                "Too uncertain to rank: more than {care} points. A tract is then striped on the map, and in no ranking. The "
                "community areas are few and known, so each stays in the ranking, with the width of its range."
            ).format(**limits),
        ),
        *prose.paragraphs(_tracts_to_areas(atlas, language, found)),
        prose.table(
            _("Reliability of “{indicator}”, by release").format(indicator=_(indicators.get(key).label)),
            ["", *prose.releases(language, found)],
            [
                (_("Median margin of a tract, in points"), *(text.points(language, moe) for moe in found["tract_moe"])),
                (_("Median margin of a community area, in points"), *(text.points(language, moe) for moe in found["area_moe"])),
                (_("Tracts with half of their households or more in the city"), *prose.counts(language, found["tracts"])),
                (_("Reliability: good"), *prose.counts(language, found["good"])),
                (_("Reliability: with care"), *prose.counts(language, found["care"])),
                (_("Reliability: too uncertain to rank"), *prose.counts(language, found["too_uncertain"])),
                (_("No figure"), *prose.counts(language, found["missing"])),
                *([(_("No margin"), *prose.counts(language, found["no_margin"]))] if found["no_margin"].any() else []),
                (_("Tracts whose CV is {high}% or less").format(**cv), *prose.counts(language, found["cv_high"])),
            ],
        ),
        *prose.paragraphs(
            _(
                "A second opinion is the coefficient of variation (CV): the standard error in percent of the estimate. Esri "
                "calls a CV of up to {high}% highly reliable, up to {medium}% of medium reliability, and above that low. It is "
                "not the first opinion because it depends on the side that is counted: few are unconnected and many connected, "
                "so with one and the same margin the CV is large for the first and small for the second. Here it is that of "
                "the first."
            ).format(**cv)
        ),
        prose.formula(_("CV = 100 · SE / estimate")),
        prose.source(
            _(
                "Sources: the classes by points are this project's own choice, written in the city's settings. CV: U.S. Census "
                "Bureau, “Understanding and Using American Community Survey Data” (2020), chapter 7; its classes: Esri, "
                "“American Community Survey variables”."
            )
        ),
    ]


def _split(atlas: Atlas, language: Language, release: int) -> str:
    """How much of the areas rests on tracts that are shared out."""
    parts = certainty.split(atlas, release)
    worst, most = parts.index[0], parts.iloc[0]
    if not most:
        return language.gettext("No area rests on a tract that is shared out.")
    return language.gettext(
        "Of {areas} areas {whole} rest on no tract that is shared out; the most is {part} of the households of {worst}. Such a "
        "tract is taken to be alike on both sides."
    ).format(
        areas=len(parts),
        whole=int((parts == 0).sum()),
        part=text.percent(language, most, 0),
        worst=atlas.area_names[worst],
    )


# --- tables --------------------------------------------------------------------------------------------------------------


def _releases(atlas: Atlas, language: Language) -> Component:
    """The releases in hand, newest first: years, smallest places, margins."""
    _ = language.gettext
    places = {"tract": _("census tracts"), "area": _("community areas")}
    key = atlas.city.baseline["indicator"]

    def row(release: int) -> list[str]:
        known, meta = atlas.release(release), atlas.snapshots[release].meta
        margins = _(text.MARGINS.get(meta["margins"], meta["margins"]))
        if certainty.modelled(atlas, release, key):
            margins += " " + _("For two counts they are modelled.")
        return [str(release), text.years(known), places[known.level], margins]

    head = [_("Release"), _("Survey years"), _("Smallest places"), _("Margins of error")]
    return prose.table(_("The releases in hand"), head, map(row, atlas.releases), figures=False)


def _rules(language: Language) -> list[tuple[str | Component, ...]]:
    """Figure; rule in words and as a formula."""
    _ = language.gettext
    rules = [
        (
            _("Sum of tracts or of lines"),
            _("Squares are added, then the root is taken; w is the part of a tract's households that is counted."),
            _("√( Σ (w · MOE)² )"),
        ),
        (
            _("Zeros in a sum"),
            _("Of the parts whose estimate is 0 only the widest margin counts, once: hundreds would invent uncertainty."),
            _("largest (w · MOE)² of the zeros"),
        ),
        (
            _("Share p = X / Y"),
            _("X is counted within Y, so the two share part of their error."),
            _("√( MOE(X)² − p² · MOE(Y)² ) / Y"),
        ),
        (
            _("Share, where that root does not exist"),
            _("The rule for ratios stands in. It is wider, and the figure says so."),
            _("√( MOE(X)² + p² · MOE(Y)² ) / Y"),
        ),
        (_("Share of everybody, p = 1"), _("The part is the whole, so the margin is the part's own."), _("MOE(X) / Y")),
        (
            _("Rest of a whole, Y − X"),
            _("First choice: the sum of the lines that make it up, which is several times tighter. Else this rule."),
            _("√( MOE(X)² + (1 − 2p) · MOE(Y)² )"),
        ),
        (
            _("Rest, where the rule for shares fails"),
            _("The covariance that it would borrow cannot be right, so none is taken."),
            _("√( MOE(X)² + MOE(Y)² )"),
        ),
        (_("Difference A − B"), _("Of two figures that share no households."), _("√( MOE(A)² + MOE(B)² )")),
    ]
    return [(figure, prose.rule(rule, formula)) for figure, rule, formula in rules]


# --- sentences with figures ----------------------------------------------------------------------------------------------


def _sharing(atlas: Atlas, language: Language) -> str:
    """Two areas that share a tract; nothing where none do."""
    release, key = atlas.city.baseline["release"], atlas.city.baseline["indicator"]
    pair = certainty.sharing(atlas, release, key)
    if pair is None:
        return ""
    return language.gettext(
        "Margins of areas are never added up: a tract's weights are added first. {first} and {second} share a tract; together "
        "their count has a margin of ±{moe} (release {release}), and the root of the squares of their two margins would have "
        "said ±{apart}."
    ).format(
        first=pair["first"],
        second=pair["second"],
        moe=language.number(pair["moe"]),
        apart=language.number(pair["moe_apart"]),
        release=release,
    )


def _ratio_rule(atlas: Atlas, language: Language) -> str:
    """How often the rule for ratios stood in, for the indicator that is the rest of a whole."""
    release, what = atlas.city.baseline["release"], indicators.get("no_wired")
    stood_in, tracts = certainty.ratio_rule(atlas, release, what.key)
    return language.gettext(
        "The rule for ratios stood in for {rows} of {tracts} tracts under “{indicator}” in release {release}."
    ).format(
        rows=language.number(stood_in), tracts=language.number(tracts), indicator=language.gettext(what.label), release=release
    )


def _tracts_to_areas(atlas: Atlas, language: Language, found: pd.DataFrame) -> str:
    """Why the map opens with areas: by the newest release with published margins."""
    published = found[~found["modelled"].astype(bool)]
    if published.empty:
        return ""
    newest = published.iloc[-1]
    return language.gettext(
        "In release {release}, {uncertain} of {tracts} tracts are too uncertain to rank. That is why the map opens with "
        "community areas: at the median their margin is ±{area} points, and a tract's ±{tract}."
    ).format(
        release=newest["release"],
        uncertain=language.number(newest["too_uncertain"]),
        tracts=language.number(newest["tracts"]),
        area=text.points(language, newest["area_moe"]),
        tract=text.points(language, newest["tract_moe"]),
    )
