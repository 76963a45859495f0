"""What may be said of figures: comparisons, ranks, trends. Texts of the methods page. Computes no figure."""

from __future__ import annotations

import pandas as pd
from dash import html
from dash.development.base_component import Component

from equity import certainty, findings
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
    changes = certainty.compared(atlas, key)
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
            _(
                "The Census Bureau advises to compare 5-year releases that share no survey year. Measured from the {printed} "
                "of release {release}, the first to share none will be release {first}."
            ).format(printed=said["printed"], release=said["release"], first=said["release"] + constants["span"]),
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
        html.H3(_("An area and its city")),
        *prose.paragraphs(_("An area is part of its city, so the two move together; w is its part of the city's households.")),
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
        *([_changes(language, said["release"], changes)] if len(changes) else []),
        _against_city(atlas, language, key),
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


def ranks(atlas: Atlas, language: Language) -> list[Component]:
    """Ranges, chances and groups in place of a bare rank, and the set that holds for all at once."""
    _ = language.gettext
    found = certainty.by_release(atlas, atlas.city.baseline["indicator"])
    found = found[found["ranked"].notna()]
    if found.empty:
        return prose.paragraphs(_("No release in hand has the margins that a rank needs."))
    row = _baseline_or_newest(found, atlas.city.baseline["release"])
    named = _rank_figures(atlas, language, row)
    return [
        *prose.paragraphs(
            _(
                "A place in a list is an estimate like any other. Of the {pairs} pairs of community areas in release "
                "{release}, {sure} can be told apart; each of the others might be the other way round. So more is said than a "
                "rank:"
            ).format(**named)
        ),
        _beyond_ranks(language, named),
        prose.formula(_("z = Φ⁻¹( 1 − (1 − {part}^(1/K)) / 2 ) for K areas").format(**named)),
        _order(language, found, named),
        *prose.paragraphs(
            _(
                "The draws begin at a fixed number, so that a page and a file agree. Areas are drawn as independent; two that "
                "share a tract are not quite."
            )
        ),
        prose.source(
            _(
                "Source: M. Klein, T. Wright and J. Wieczorek, “A joint confidence region for an overall ranking of "
                "populations”, J. R. Stat. Soc. C (2020), for the set of all ranks; the range of one area uses its own "
                "comparisons alone."
            )
        ),
    ]


def trend(atlas: Atlas, language: Language) -> list[Component]:
    """The line through the releases, and when there is none."""
    _, constants = language.gettext, certainty.CONSTANTS
    usable = certainty.in_trend(atlas, atlas.city.baseline["indicator"])
    listed = language.list_of(prose.releases(language, usable)) if len(usable) else "–"
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
                "asked one wording in all their years. For {city} these are now: {listed}."
            ).format(
                releases=constants["releases_needed"], years=constants["years_needed"], city=atlas.city.name, listed=listed
            ),
            _(
                "No page gives a pace yet. When one does, whether a target will be met is a chance: that the line is at the "
                "target or better on its date. From {sure} on that is “on track”, up to {unsure} “off track”, and between them "
                "“cannot tell”. Years are counted from the middle of the newest release, not from today."
            ).format(
                sure=text.percent(language, constants["sure"], 0), unsure=text.percent(language, 1 - constants["sure"], 0)
            ),
        ),
        prose.source(
            _(
                "Source: the covariance follows from the shared years, as above; generalized least squares, A. C. Aitken, “On "
                "Least Squares and Linear Combination of Observations”, Proc. R. Soc. Edinburgh (1936)."
            )
        ),
    ]


# --- tables and sentences with figures -----------------------------------------------------------------------------------


def _changes(language: Language, old: int, changes: pd.DataFrame) -> Component:
    """Verdicts on the areas' changes since the baseline, a column a release."""
    _ = language.gettext
    word = {verdict: _(said) for verdict, (said, _why) in standing.VERDICTS.items()}
    rows = [
        (_("Survey years shared"), *prose.counts(language, changes["shared_years"])),
        (_("Areas judged"), *prose.counts(language, changes["tested"])),
        (_("Areas that would pass the more generous test by themselves"), *prose.counts(language, changes["alone"])),
    ]
    for verdict in ("fell", "probably_fell", "too_close", "probably_rose", "rose"):
        rows.append((word[verdict], *prose.counts(language, changes[verdict])))
    heads = prose.releases(language, changes.rename(columns={"new": "release"}))
    return prose.table(_("What may be said of the areas' change since release {old}").format(old=old), ["", *heads], rows)


def _against_city(atlas: Atlas, language: Language, key: str) -> Component:
    """Verdicts on the areas against the city, a column a release."""
    _ = language.gettext
    found = certainty.by_release(atlas, key)
    by_release = [certainty.against_city(atlas, int(release), key) for release in found["release"]]
    rows = [
        (_(standing.VERDICTS[verdict][0]), *prose.counts(language, [verdicts[verdict] for verdicts in by_release]))
        for verdict in ("higher", "probably_higher", "too_close", "probably_lower", "lower")
    ]
    caption = _("Community areas against {city} as a whole").format(city=atlas.city.name)
    return prose.table(caption, ["", *prose.releases(language, found)], rows)


def _rank_figures(atlas: Atlas, language: Language, row: pd.Series) -> dict[str, str | int]:
    """The figures that the sentences about ranks name; ``row`` is one of ``certainty.by_release``."""
    constants, release = certainty.CONSTANTS, int(row["release"])
    table = findings.ranks(atlas, release, atlas.city.baseline["indicator"]).table
    first = table.loc[table["position"].astype(float).idxmin()]
    low, high = certainty.UNSETTLED
    counted = {"pairs": row["pairs"], "sure": row["pairs_in_order"], "ranked": row["ranked"], "unsettled": row["unsettled"]}
    counted |= {"from": first["rank_low"], "to": first["rank_high"], "draws": constants["draws"]}
    parts = {"low": low, "high": high, "confidence": constants["confidence"]}
    return {
        "release": release,
        "among": constants["among"],
        "first": atlas.area_names[first["place_id"]],
        "z": language.number(row["joint_z"], 4),
        "single": language.number(constants["z"], 3),
        "part": language.number(constants["confidence"], 1),
        **{name: language.number(number) for name, number in counted.items()},
        **{name: text.percent(language, part, 0) for name, part in parts.items()},
    }


def _beyond_ranks(language: Language, named: dict[str, str | int]) -> Component:
    """Range, chance, group, and the set that holds for all at once."""
    _ = language.gettext
    return prose.words(
        (
            _("Range"),
            _(
                "Another area is surely worse off if its distance from this one is larger than the largest of all such "
                "distances would be by chance in {confidence} of samples. How many are surely worse off and surely better off "
                "bounds the range. {first}, first in the list of release {release}, may be anywhere from {from} to {to} of "
                "{ranked}."
            ).format(**named),
        ),
        (
            _("Chance"),
            _(
                "The figures are drawn {draws} times within their margins; the chance is the part of the draws in which the "
                "area is among the {among} least connected. In release {release}, {unsettled} areas have a chance between "
                "{low} and {high}. It takes the estimates for the truth, so it leans towards the order that is shown."
            ).format(**named),
        ),
        (
            _("Group"),
            _(
                "Areas that are neither surely worse nor surely better off than this one cannot be told apart from it. A range "
                "has as many ranks as the group has areas."
            ),
        ),
        (
            _("All ranks at once"),
            _(
                "For intervals that hold for all {ranked} areas together with {confidence} confidence, each must reach {z} "
                "standard errors to either side, not {single}. Only areas whose intervals do not touch are then in a sure "
                "order, and the ranges are wider still."
            ).format(**named),
        ),
    )


def _order(language: Language, found: pd.DataFrame, named: dict[str, str | int]) -> Component:
    """What ``certainty.by_release`` says of ranks, a column a release."""
    _ = language.gettext
    return prose.table(
        _("How sure the order of the community areas is, by release"),
        ["", *prose.releases(language, found)],
        [
            (_("Pairs of areas"), *prose.counts(language, found["pairs"])),
            (_("Pairs that can be told apart"), *prose.counts(language, found["pairs_in_order"])),
            (_("Ranks in the range of an area, at the median"), *prose.counts(language, found["rank_width"])),
            (
                _("Areas with a chance between {low} and {high} of being among the {among}").format(**named),
                *prose.counts(language, found["unsettled"]),
            ),
            (_("Standard errors to reach for all areas at once (z)"), *prose.counts(language, found["joint_z"], 4)),
            (_("Ranks in the range at that z, at the median"), *prose.counts(language, found["joint_width"])),
        ],
    )


def _baseline_or_newest(found: pd.DataFrame, baseline: int) -> pd.Series:
    """The row of the baseline's release; of the newest where that has none."""
    rows = found[found["release"] == baseline]
    return (rows if len(rows) else found).iloc[-1]
