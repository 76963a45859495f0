"""What may be said of figures: comparisons and trends. Texts of the methods page. Computes no figure."""

from __future__ import annotations

import pandas as pd
from dash import html
from dash.development.base_component import Component

from equity import certainty
from equity.atlas import Atlas
from equity.language import Language
from equity.views import prose, standing, text

# The pairs of verdicts that mean the same in two directions.
_TIERS = (("fell", "rose"), ("probably_fell", "probably_rose"), ("too_close",))
_REASONS = ("missing", "boundaries", "wording", "methods", "no_margin")


def comparing(atlas: Atlas, language: Language) -> list[Component]:
    """When two figures differ: of two places, of two releases, of an area and its city, of many at once."""
    _, key = language.gettext, atlas.city.baseline["indicator"]
    said, constants = atlas.city.baseline, certainty.CONSTANTS
    z, (neither, _why) = language.number(constants["z"], 3), standing.VERDICTS["not_comparable"]
    changes, nouns = certainty.compared(atlas, key), text.nouns(language, atlas.city)
    return [
        *prose.paragraphs(
            _(
                "Two figures differ when the distance between them is larger than chance would make it: more than {z} of its "
                "own standard errors. Where there is no difference, this test still finds one in one case of ten. Whether two "
                "intervals overlap is no test: figures whose intervals overlap may well differ."
            ).format(z=z)
        ),
        prose.formula(_("z = (A − B) / √( SE(A)² + SE(B)² );  they differ if |z| > {z}").format(z=z)),
        html.H3(_("Two releases")),
        *prose.paragraphs(
            _advice(atlas, language),
            _(
                "What two releases share moves together, so the plain test hardly ever finds a change between them. Older "
                "instructions of the Census Bureau narrow the error for the shared years (C is their part of {span}); as every "
                "release is weighted anew, that can be too bold. So there are two tiers:"
            ).format(span=constants["span"]),
        ),
        prose.formula(_("SE of a difference over time = √( SE(A)² + SE(B)² ) · √(1 − C)")),
        prose.words(
            *((", ".join(_(standing.VERDICTS[word][0]) for word in tier), _(standing.VERDICTS[tier[0]][1])) for tier in _TIERS),
            (_(neither), prose.items(*(_(standing.REASONS[reason]) for reason in _REASONS))),
        ),
        html.H3(text.capital(_("{one} and its city").format(**nouns))),
        *prose.paragraphs(
            text.capital(
                _("{one} is part of its city, so the two move together; w is its part of the city's households.").format(
                    **nouns
                )
            )
        ),
        prose.formula(_("Var(A − B) = Var(A) · (1 − 2w) + Var(B)")),
        html.H3(_("Many places at once")),
        *prose.paragraphs(
            _(
                "Of many areas some will seem to differ by chance. Lists and maps are therefore judged together: of the areas "
                "said to differ at most {rate} is wrong on average, and the number judged is said. Very large differences come "
                "by chance a little more often than the normal curve has them: some areas rest on few interviews, and the "
                "Census Bureau estimates each margin from {replicates} replicates of its sample. As a guard, lists take "
                "chances from Student's t with {replicates} degrees of freedom. Where a margin is modelled, no verdict goes "
                "beyond “probably”."
            ).format(rate=text.percent(language, constants["false_discoveries"], 0), replicates=constants["replicates"])
        ),
        *_changes(atlas, language, said["release"], changes),
        *_against_city(atlas, language, key),
        prose.source(
            _(
                "Sources: U.S. Census Bureau, “Understanding and Using American Community Survey Data” (2020), chapter 7, and "
                "its guidance on comparing 5-year estimates, which advises against overlapping ones; older “Instructions for "
                "Applying Statistical Testing” for the shared years. Y. Benjamini and Y. Hochberg, “Controlling the False "
                "Discovery Rate”, J. R. Stat. Soc. B (1995). U.S. Census Bureau, “American Community Survey Design and "
                "Methodology”, on replicates."
            )
        ),
    ]


def trend(atlas: Atlas, language: Language) -> list[Component]:
    """The line through the releases, and when there is none."""
    _, constants = language.gettext, certainty.CONSTANTS
    usable = certainty.in_trend(atlas, atlas.city.baseline["indicator"])
    leans = [str(release) for release in usable.loc[usable["modelled"].astype(bool), "release"]]
    leaning = _(
        "Of these, the margins of {listed} are modelled: a line that leans on them is drawn as indicative, and until published "
        "ones are enough nothing is said of a target."
    ).format(listed=language.list_of(leans))
    now = _("For {city} these are now: {listed}.").format(
        city=atlas.city.name, listed=language.list_of(prose.releases(language, usable))
    )
    return [
        *prose.paragraphs(
            _(
                "A 5-year release stands for the middle of its years, {back} years before its label. A trend is a straight "
                "line through releases, fitted so that years they share do not count twice (generalized least squares); a "
                "projection widens with its distance."
            ).format(back=constants["to_centre"])
        ),
        prose.formula(_("Cov(s, t) = max(0, 1 − |s − t| / {span}) · SE(s) · SE(t)").format(span=constants["span"])),
        *prose.paragraphs(
            _(
                "It needs {releases} releases or more, {years} years apart or more from first to last, that have margins and "
                "asked one wording in all their years."
            ).format(releases=constants["releases_needed"], years=constants["years_needed"])
            + (f" {now}" if len(usable) else "")
            + (f" {leaning}" if len(leans) else ""),
            _(
                "Whether a target will be met is a chance: that the line is at the target or better on its date. From {sure} "
                "on that is “on track”, up to {unsure} “not on track”, and between them “cannot tell”. Years are counted from "
                "the middle of the newest release, not from today."
            ).format(
                sure=text.percent(language, constants["sure"], 0), unsure=text.percent(language, 1 - constants["sure"], 0)
            ),
            _(
                "It is “cannot tell” too where the releases lie further from the line than their margins explain (a chi-square "
                "of the distances, probability under {misfit}), and where the line with its margin comes to nobody. A target "
                "whose year has a release of its own is judged by that release."
            ).format(misfit=text.percent(language, constants["misfit"], 0)),
        ),
        prose.source(
            _(
                "Source: the covariance follows from the shared years, as above; generalized least squares, A. C. Aitken, “On "
                "Least Squares and Linear Combination of Observations”, Proc. R. Soc. Edinburgh (1936)."
            )
        ),
    ]


def _advice(atlas: Atlas, language: Language) -> str:
    """From which release on a change could be measured without any survey year in common."""
    said, span = atlas.city.baseline, certainty.CONSTANTS["span"]
    if atlas.city.has_plan:
        told = language.gettext(
            "The Census Bureau advises to compare 5-year releases that share no survey year. Measured from the {printed} of "
            "release {release}, the first to share none will be release {first}."
        )
    else:
        told = language.gettext(
            "The Census Bureau advises to compare 5-year releases that share no survey year. Measured from release {release}, "
            "the first to share none will be release {first}."
        )
    return told.format(printed=said.get("printed"), release=said["release"], first=said["release"] + span)


# --- tables and sentences with figures -----------------------------------------------------------------------------------


def _changes(atlas: Atlas, language: Language, old: int, changes: pd.DataFrame) -> list[Component]:
    """Verdicts on the areas' changes since the baseline, a column a release; nothing where nobody was judged."""
    _, nouns = language.gettext, text.nouns(language, atlas.city)
    if not changes["tested"].any():
        return []
    word = {verdict: _(said) for verdict, (said, _why) in standing.VERDICTS.items()}
    rows = [
        (_("Survey years shared"), *prose.counts(language, changes["shared_years"])),
        (text.capital(_("{areas} judged").format(**nouns)), *prose.counts(language, changes["tested"])),
        (
            text.capital(_("{areas} that would pass the more generous test by themselves").format(**nouns)),
            *prose.counts(language, changes["alone"]),
        ),
    ]
    for verdict in ("fell", "probably_fell", "too_close", "probably_rose", "rose"):
        rows.append((word[verdict], *prose.counts(language, changes[verdict])))
    heads = prose.releases(language, changes.rename(columns={"new": "release"}))
    caption = _("What may be said of how the {areas} changed since release {old}").format(old=old, **nouns)
    return [prose.table(caption, ["", *heads], rows)]


def _against_city(atlas: Atlas, language: Language, key: str) -> list[Component]:
    """Verdicts on the areas against the city, a column a release; nothing where none could be given."""
    _ = language.gettext
    found = certainty.by_release(atlas, key)
    by_release = [certainty.against_city(atlas, int(release), key) for release in found["release"]]
    given = ("higher", "probably_higher", "too_close", "probably_lower", "lower")
    if not any(verdicts[verdict] for verdicts in by_release for verdict in given):
        return []
    rows = [
        (_(standing.VERDICTS[verdict][0]), *prose.counts(language, [verdicts[verdict] for verdicts in by_release]))
        for verdict in given
    ]
    caption = _("{areas} against {city} as a whole").format(city=atlas.city.name, **text.nouns(language, atlas.city))
    return [prose.table(text.capital(caption), ["", *prose.releases(language, found)], rows)]
