"""Ranks, and what is said in their place where an order is not sure: texts of the methods page. Computes no figure."""

from __future__ import annotations

import pandas as pd
from dash.development.base_component import Component

from equity import certainty, findings
from equity.atlas import Atlas
from equity.language import Language
from equity.views import prose, text


def ranks(atlas: Atlas, language: Language) -> list[Component]:
    """Ranges, chances and groups in place of a bare rank, and the set that holds for all at once."""
    _ = language.gettext
    found = certainty.by_release(atlas, atlas.city.baseline["indicator"])
    found = found[found["ranked"] > 1]
    if found.empty:
        return prose.paragraphs(_("No release in hand has the margins that a rank needs."))
    row = _baseline_or_newest(found, atlas.city.baseline["release"])
    named = _figures(atlas, language, row)
    return [
        *prose.paragraphs(
            language.ngettext(
                "A place in a list is an estimate like any other. There is {pairs} pair of {areas} in release {release}, and "
                "{sure} can be told apart; what cannot might be the other way round. So more is said than a rank:",
                "A place in a list is an estimate like any other. Of the {pairs} pairs of {areas} in release {release}, {sure} "
                "can be told apart; each of the others might be the other way round. So more is said than a rank:",
                int(row["pairs"]),
            ).format(**named, **text.nouns(language, atlas.city))
        ),
        _beyond(language, named, int(row["ranked"])),
        prose.formula(_("z = Φ⁻¹( 1 − (1 − {part}^(1/K)) / 2 ) for K areas").format(**named)),
        _order(atlas, language, found, named),
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


def _figures(atlas: Atlas, language: Language, row: pd.Series) -> dict[str, str | int]:
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


def _beyond(language: Language, named: dict[str, str | int], ranked: int) -> Component:
    """Range, chance, group, and the set that holds for all at once; of ten areas or fewer each is among the ten."""
    _ = language.gettext
    chance = (
        _("Chance"),
        _(
            "The figures are drawn {draws} times within their margins; the chance is the part of the draws in which the "
            "area is among the {among} least connected. In release {release}, {unsettled} areas have a chance between {low} "
            "and {high}. It takes the estimates for the truth, so it leans towards the order that is shown."
        ).format(**named),
    )
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
        *([chance] if ranked > certainty.CONSTANTS["among"] else []),
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


def _order(atlas: Atlas, language: Language, found: pd.DataFrame, named: dict[str, str | int]) -> Component:
    """What ``certainty.by_release`` says of ranks, a column a release."""
    _, nouns = language.gettext, text.nouns(language, atlas.city)
    unsettled = (
        text.capital(_("{areas} with a chance between {low} and {high} of being among the {among}").format(**named, **nouns)),
        *prose.counts(language, found["unsettled"]),
    )
    return prose.table(
        _("How sure the order of the {areas} is, by release").format(**nouns),
        ["", *prose.releases(language, found)],
        [
            (_("Pairs of {areas}").format(**nouns), *prose.counts(language, found["pairs"])),
            (_("Pairs that can be told apart"), *prose.counts(language, found["pairs_in_order"])),
            (_("Ranks in the range of {one}, at the median").format(**nouns), *prose.counts(language, found["rank_width"])),
            *([unsettled] if found["ranked"].max() > certainty.CONSTANTS["among"] else []),
            (
                _("Standard errors to reach for all {areas} at once (z)").format(**nouns),
                *prose.counts(language, found["joint_z"], 4),
            ),
            (_("Ranks in the range at that z, at the median"), *prose.counts(language, found["joint_width"])),
        ],
    )


def _baseline_or_newest(found: pd.DataFrame, baseline: int) -> pd.Series:
    """The row of the baseline's release; of the newest where that has none."""
    rows = found[found["release"] == baseline]
    return (rows if len(rows) else found).iloc[-1]
