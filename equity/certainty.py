"""How certain a city's figures are: the tables that a page about methods states live. Knows nothing of Dash or languages.

It judges no figure anew. Margins come from the atlas, ranks and verdicts from the findings; here they are counted, release by
release, so that what is said of the method is never older than the figures. Nothing is computed before it is asked for, and
what was computed is kept.
"""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd

from equity import findings, indicators
from equity.atlas import Atlas
from equity.flags import NOT_RANKED, Flag
from equity.stats import compare, moe, progress, rank, reliability

UNSETTLED = 0.10, 0.90  # a chance of being among the ten between these says neither yes nor no
# The constants of the rules, under the names that sentences use: what is said of a rule cannot differ from what is done.
CONSTANTS = {
    "z": moe.Z90,
    "cv_high": reliability.CV_HIGH,
    "cv_medium": reliability.CV_MEDIUM,
    "false_discoveries": compare.FALSE_DISCOVERIES,
    "replicates": compare.REPLICATES,
    "confidence": rank.CONFIDENCE,
    "draws": rank.DRAWS,
    "among": rank.AMONG[0],
    "span": progress.SPAN,
    "to_centre": progress.TO_CENTRE,
    "releases_needed": progress.RELEASES_NEEDED,
    "years_needed": progress.YEARS_NEEDED,
    "sure": progress.SURE,
    "misfit": progress.MISFIT,
}

RELEASES = [
    "release", "modelled", "tracts", "tract_moe", "area_moe", *findings.RELIABILITIES, "cv_high", "ranked", "pairs",
    "pairs_in_order", "rank_width", "unsettled", "joint_z", "joint_width",
]  # fmt: skip
COMPARED = ["old", "new", "shared_years", "modelled", "tested", "alone", *map(str, compare.Verdict)]


def with_margins(atlas: Atlas, key: str) -> tuple[int, ...]:
    """The releases whose areas have margins for the indicator, published or modelled, oldest first."""
    return tuple(r for r in sorted(atlas.releases) if atlas.table("area", r, key)["share_moe"].notna().any())


def modelled(atlas: Atlas, release: int, key: str) -> bool:
    """Whether the release's margins of the indicator are modelled."""
    return bool(atlas.total(release, key)["flag"] & Flag.MODELLED)


def by_release(atlas: Atlas, key: str) -> pd.DataFrame:
    """How far each release with margins goes: RELEASES, a row a release.

    ``tracts``: those with at least half of their households in the city. ``tract_moe`` and ``area_moe``: median margins of
    shares, as fractions. Then the tracts in each class of reliability, and those with a CV of at most reliability.CV_HIGH.
    ``pairs_in_order`` of ``pairs`` of areas can be told apart; ``rank_width`` and ``joint_width``: how many ranks the range of
    an area holds, at the median; ``unsettled`` areas have a chance of being among the ten between the two of UNSETTLED.
    """
    rows = [
        atlas.keep(("certainty", release, key), lambda r=release: _of(atlas, r, key)) for release in with_margins(atlas, key)
    ]
    return pd.DataFrame(rows, columns=RELEASES)


def ratio_rule(atlas: Atlas, release: int, key: str) -> tuple[int, int]:
    """(tracts where the ratio rule stood in for the share rule, all tracts): the tracts as for ``by_release``."""
    tracts = _in_city(atlas.table("tract", release, key))
    return int((tracts["flag"] & int(Flag.RATIO_RULE) != 0).sum()), len(tracts)


def compared(atlas: Atlas, key: str) -> pd.DataFrame:
    """What could be said of the areas' changes since the plan's baseline: COMPARED, a row a later release with margins.

    How many areas got each verdict, the list controlled over the ``tested``; ``alone``: how many would pass the more generous
    of the two tests if each were asked for by itself; ``modelled``: so that no verdict is above *probably*.
    """
    rows = []
    for new in with_margins(atlas, key):
        old = findings.since(atlas, new, key)
        if old is not None:
            found = findings.changes(atlas, old, new, key)
            alone = int((found["z_overlap"].abs() > moe.Z90).sum())
            told = {"old": old, "new": new, "shared_years": found["shared_years"].iloc[0], "tested": found["tested"].max()}
            rows.append(told | {"modelled": modelled(atlas, new, key), "alone": alone} | _verdicts(found))
    return pd.DataFrame(rows, columns=COMPARED)


def against_city(atlas: Atlas, release: int, key: str) -> dict[str, int]:
    """How many areas got each verdict against the city, the list controlled."""
    return _verdicts(findings.against_city(atlas, release, key))


def sharing(atlas: Atlas, release: int, key: str) -> pd.Series | None:
    """The two areas whose margins are the furthest from independent, because they share a tract; None if no two share any.

    first, second: names; moe: of the count of both together, each tract's weights added first; moe_apart: the root of the sum
    of their squares, which forgets that the tract is in both.
    """
    return atlas.keep(("sharing", release, key), lambda: _sharing(atlas, release, key))


def split(atlas: Atlas, release: int) -> pd.Series:
    """area_id -> the part of its households that live in tracts with households in another area too, the largest first.

    That much of an area rests on the weights of its tracts, and a tract is shared out as a whole: who lives on its one side is
    taken to be like who lives on the other.
    """
    return atlas.keep(("split", release), lambda: _split(atlas, release))


def joint_z(areas: int) -> float:
    """``rank.joint_z``: the standard errors that each interval must reach for all areas to hold at once."""
    return rank.joint_z(areas)


def in_trend(atlas: Atlas, key: str) -> pd.DataFrame:
    """The city's rows of the atlas that a trend may use, oldest first: with a margin, all years asked in one wording.

    Beside the columns of the atlas: wording, and ``modelled``, so that a trend is no more than indicative.
    """
    rows = [
        atlas.total(release, key).to_dict()
        | {"wording": atlas.release(release).wording, "modelled": modelled(atlas, release, key)}
        for release in atlas.releases
    ]
    return progress.usable(pd.DataFrame(rows))


# --- within ----------------------------------------------------------------------------------------------------------


def _in_city(tracts: pd.DataFrame) -> pd.DataFrame:
    """Tracts that are really in the city."""
    return tracts[(tracts["flag"] & int(NOT_RANKED)) == 0]


def _of(atlas: Atlas, release: int, key: str) -> dict:
    """One row of ``by_release``; nothing about tracts where the release has none, nothing about ranks where there are none."""
    tracts, areas = _in_city(atlas.table("tract", release, key)), atlas.table("area", release, key)
    judged = findings.reliability_of(atlas, "tract", release, key)
    judged = judged[judged["place_id"].isin(tracts["place_id"])]
    row = dict.fromkeys(RELEASES, np.nan) | {
        "release": release,
        "modelled": modelled(atlas, release, key),
        "area_moe": areas["share_moe"].median(),
    }
    if atlas.release(release).level == "tract":
        row |= {
            "tracts": len(tracts),
            "tract_moe": tracts["share_moe"].median(),
            **judged["reliability"].value_counts().reindex(findings.RELIABILITIES, fill_value=0),
            "cv_high": int((judged["second_opinion"] == reliability.SecondOpinion.HIGH).sum()),
        }
    ranking = findings.ranks(atlas, release, key)
    if ranking is None:
        return row
    table = ranking.table[ranking.table["ranked"].notna()]
    return row | {
        "ranked": len(table),
        "pairs": ranking.pairs,
        "pairs_in_order": ranking.pairs_in_order,
        "rank_width": float((table["rank_high"] - table["rank_low"] + 1).median()),
        "unsettled": int(table[f"chance_top{rank.AMONG[0]}"].between(*UNSETTLED, inclusive="neither").sum()),
        "joint_z": rank.joint_z(len(table)),
        "joint_width": float((table["joint_high"] - table["joint_low"] + 1).median()),
    }


def _verdicts(table: pd.DataFrame) -> dict[str, int]:
    """Verdict -> how many rows have it, none left out."""
    return {word: int((table["verdict"] == word).sum()) for word in map(str, compare.Verdict)}


def _sharing(atlas: Atlas, release: int, key: str) -> pd.Series | None:
    """``sharing`` without the memory."""
    if atlas.release(release).level != "tract":
        return None
    parts = atlas.crosswalks[atlas.release(release).tract_vintage]
    shared = parts[parts["weight"] > 0].groupby("geoid")["area_id"].agg(sorted)
    pairs = sorted({pair for areas in shared for pair in itertools.combinations(areas, 2)})
    single = atlas.table("area", release, key).set_index("place_id")["moe"]
    rows = []
    for pair in pairs:
        together, apart = atlas.selection(pair, release, key)["moe"], float(np.hypot(*single[list(pair)]))
        first, second = (atlas.area_names[area] for area in sorted(pair, key=list(atlas.area_names).index))
        rows.append({"first": first, "second": second, "moe": together, "moe_apart": apart})
    found = pd.DataFrame(rows, columns=["first", "second", "moe", "moe_apart"]).dropna()
    return None if found.empty else found.loc[(found["moe"] / found["moe_apart"] - 1).abs().idxmax()]


def _split(atlas: Atlas, release: int) -> pd.Series:
    """``split`` without the memory."""
    weights = atlas.crosswalks[atlas.release(release).tract_vintage].query("weight > 0")
    households = atlas.table("tract", release, indicators.DEFAULT).set_index("place_id")["universe_estimate"]
    held = weights.assign(
        households=weights["weight"] * households.reindex(weights["geoid"]).to_numpy(),
        shared=weights.groupby("geoid")["area_id"].transform("size") > 1,
    )
    by_area = held.groupby("area_id")["households"].sum()
    shared = held[held["shared"]].groupby("area_id")["households"].sum().reindex(by_area.index, fill_value=0.0)
    return (shared / by_area).sort_values(ascending=False, kind="stable")
