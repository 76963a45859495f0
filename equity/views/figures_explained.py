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
            ).format(count=_example(atlas, language), z=language.number(certainty.CONSTANTS["z"], 3)),
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
    nouns = text.nouns(language, atlas.city)
    cv = {"high": certainty.CONSTANTS["cv_high"], "medium": certainty.CONSTANTS["cv_medium"]}
    found = certainty.by_release(atlas, key)
    return [
        *prose.paragraphs(_("What counts is how wide the margin of a share is, in percentage points:")),
        prose.items(
            _("Good: a margin of up to {good} points.").format(**limits),
            _("With care: more than {good}, up to {care} points. Paler on the map.").format(**limits),
            _(
                "Too uncertain to rank: more than {care} points. A tract is then striped on the map, and in no ranking. The "
                "{areas} are few and known, so each stays in the ranking, with the width of its range."
            ).format(**limits, **nouns),
        ),
        *prose.paragraphs(_tracts_to_areas(atlas, language, found)),
        prose.table(
            _("Reliability of “{indicator}”, by release").format(indicator=_(indicators.get(key).label)),
            ["", *prose.releases(language, found)],
            [
                (_("Median margin of a tract, in points"), *(text.points(language, moe) for moe in found["tract_moe"])),
                (
                    _("Median margin of {one}, in points").format(**nouns),
                    *(text.points(language, moe) for moe in found["area_moe"]),
                ),
                (_("Tracts with half of their households or more in the city"), *prose.counts(language, found["tracts"])),
                *(
                    (word, *prose.counts(language, found[counted]))
                    for counted, word in {
                        "good": _("Reliability: good"),
                        "care": _("Reliability: with care"),
                        "too_uncertain": _("Reliability: too uncertain to rank"),
                        "missing": _("No figure"),
                        "no_margin": _("No margin"),
                    }.items()
                    if found[counted].any()  # a class that is empty in every release tells nothing
                ),
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


# --- tables --------------------------------------------------------------------------------------------------------------


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


def _example(atlas: Atlas, language: Language) -> str:
    """A count with its margin: the baseline's, or else the first of an area or tract that has one."""
    release, key = atlas.city.baseline["release"], atlas.city.baseline["indicator"]
    rows = [atlas.table(level, release, key) for level in ("city", "area", "tract")]
    found = pd.concat(rows).dropna(subset=["estimate", "moe"])
    return "… ± …" if found.empty else text.count(language, found.iloc[0])


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
    uncertain = int(newest["too_uncertain"])
    first = language.ngettext(
        "In release {release}, {uncertain} of {tracts} tracts is too uncertain to rank.",
        "In release {release}, {uncertain} of {tracts} tracts are too uncertain to rank.",
        uncertain,
    ).format(release=newest["release"], uncertain=language.number(uncertain), tracts=language.number(newest["tracts"]))
    if not newest["area_moe"] < newest["tract_moe"]:  # where areas are few, they may be no surer than tracts
        return first
    why = language.gettext(
        "That is why the map opens with {areas}: at the median their margin is ±{area_moe} points, and a tract's ±{tract}."
    ).format(
        **text.nouns(language, atlas.city),
        area_moe=text.points(language, newest["area_moe"]),
        tract=text.points(language, newest["tract_moe"]),
    )
    return f"{first} {why}"
