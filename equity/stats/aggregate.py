"""Figures of tracts -> figures of any place. Knows nothing of files, cities or Dash.

The order is always the same: a tract's weights are added over all the areas a place is made of, counts are weighted and
summed line by line, lines are put together into an indicator, and only then is anything divided. Shares are never
averaged, and the margins of areas are never added: two areas that share a tract are not independent.
"""

from __future__ import annotations

from collections.abc import Container

import numpy as np
import pandas as pd

from equity.errors import UsageError
from equity.flags import NO_ESTIMATE_REASONS, Flag
from equity.indicators import Indicator, Recipe
from equity.stats import moe

TABLE = [
    "place_id",
    "release",
    "indicator",
    "universe_estimate",
    "universe_moe",
    "estimate",
    "moe",
    "share",
    "share_moe",
    "flag",
]


def weights_for(crosswalk: pd.DataFrame, place_of_area: dict[str, str]) -> pd.DataFrame:
    """geoid, area_id, weight + which place each area belongs to -> geoid, place_id, weight, one row a tract and place.

    A tract that two areas of one place share gets the sum of its weights: the margin of (w1 + w2) X is (w1 + w2) MOE.
    Areas that are not named in ``place_of_area`` are left out, and so are tracts that would come with weight 0.
    """
    chosen = crosswalk[crosswalk["area_id"].isin(list(place_of_area))]
    placed = chosen.assign(place_id=chosen["area_id"].map(place_of_area))
    weights = placed.groupby(["geoid", "place_id"], as_index=False, sort=False)["weight"].sum()
    return weights[weights["weight"] > 0]


def whole(places: pd.Series) -> pd.DataFrame:
    """Each place stands for itself, whole: place_id, geoid, weight 1."""
    return pd.DataFrame({"geoid": places, "place_id": places, "weight": 1.0})


def homes(crosswalk: pd.DataFrame, tracts: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """Which areas each tract's households live in.

    geoid, area_id, weight + geoid, name, city_weight, display + area_id, name -> geoid, name, area_id, area_name, area_weight,
    area2_id, area2_name, area2_weight, city_weight, display, a row for each of ``tracts``. The first area has most of the
    households (of equal ones, the first of ``areas``); the second is empty unless the tract is split.
    """
    order = {area: position for position, area in enumerate(areas["area_id"])}
    names = dict(zip(areas["area_id"], areas["name"], strict=True))
    parts = crosswalk.assign(order=crosswalk["area_id"].map(order))
    parts = parts.sort_values(["geoid", "weight", "order"], ascending=[True, False, True])
    turn = parts.groupby("geoid").cumcount()
    tracts = tracts.set_index("geoid")
    first = parts[turn == 0].set_index("geoid").reindex(tracts.index)
    second = parts[(turn == 1) & (parts["weight"] > 0)].set_index("geoid").reindex(tracts.index)
    return pd.DataFrame(
        {
            "name": tracts["name"],
            "area_id": first["area_id"],
            "area_name": first["area_id"].map(names),
            "area_weight": first["weight"],
            "area2_id": second["area_id"].fillna(""),
            "area2_name": second["area_id"].map(names).fillna(""),
            "area2_weight": second["weight"],
            "city_weight": tracts["city_weight"],
            "display": tracts["display"],
        }
    ).reset_index()


def lines(figures: pd.DataFrame, weights: pd.DataFrame) -> pd.DataFrame:
    """place_id (a tract), release, variable, estimate, moe, flag + geoid, place_id, weight -> the same for the places.

    One release at a time. A part without an estimate leaves the whole without one, with the reason; a part without a
    margin leaves the whole without a margin, while the estimate stays. So does a tract that the release does not list.
    """
    if figures.empty or weights.empty:
        return figures.iloc[:0]
    weights = weights.sort_values("place_id", kind="stable")
    places, starts = np.unique(weights["place_id"].to_numpy(dtype=object), return_index=True)
    weight = weights["weight"].to_numpy()
    row, tracts = pd.factorize(figures["place_id"])
    column, variables = pd.factorize(figures["variable"], sort=True)
    if figures["release"].nunique() > 1 or np.bincount(row * len(variables) + column).max() > 1:
        raise UsageError("figures are added up one release at a time, with each place and line once; choose one release")
    at = pd.Index(tracts).get_indexer(weights["geoid"])  # -1, the row that stays empty, for a tract the release does not list

    def wide(name: str, missing: float) -> np.ndarray:
        spread = np.full((len(tracts) + 1, len(variables)), missing)
        spread[row, column] = figures[name].to_numpy()
        return spread[at]

    estimates, moes, flags = wide("estimate", np.nan), wide("moe", np.nan), wide("flag", int(Flag.NO_ESTIMATE))
    summed = np.add.reduceat(estimates * weight[:, None], starts, axis=0)
    margins = moe.of_grouped_sum(estimates, moes, weight, starts)
    noted = np.bitwise_or.reduceat(flags, starts, axis=0)
    return pd.DataFrame(
        {
            "place_id": np.tile(places, len(variables)),
            "release": figures["release"].iloc[0],
            "variable": np.repeat(np.asarray(variables, dtype=object), len(places)),
            "estimate": summed.T.ravel(),
            "moe": np.where(np.isnan(summed), np.nan, margins).T.ravel(),
            "flag": noted.T.ravel(),
        }
    )


def by_line(figures: pd.DataFrame, places: pd.Index) -> dict[str, pd.DataFrame]:
    """place_id, variable, estimate, moe, flag (of one release) -> line -> estimate, moe, flag, one row for each of ``places``.

    A place that the release does not list is missing, with ``NO_ESTIMATE``.
    """
    spread = {}
    for variable, rows in figures.groupby("variable", sort=False):
        aligned = rows.set_index("place_id")[["estimate", "moe", "flag"]].reindex(places)
        spread[variable] = aligned.assign(flag=aligned["flag"].fillna(int(Flag.NO_ESTIMATE)).astype(int))
    return spread


def indicator(figures: dict[str, pd.DataFrame], what: Indicator, places: pd.Index, release: int) -> pd.DataFrame:
    """What ``by_line`` made of one release -> TABLE, one row for each of ``places``, in their order.

    Counts in households or residents; shares as fractions of the universe. Where the release has the lines of no recipe,
    every row is missing with ``NOT_IN_RELEASE``.
    """
    recipe = recipe_for(figures, what)
    if recipe is None:
        return missing(what, places, release, Flag.NOT_IN_RELEASE)
    return _table(what, recipe, figures, places, release)


def recipe_for(held: Container[str], what: Indicator) -> Recipe | None:
    """The first of the indicator's recipes whose lines are all held; None when a release can give none of them."""
    return next((recipe for recipe in what.recipes if all(line in held for line in recipe.needs)), None)


def missing(what: Indicator, places: pd.Index, release: int, reason: Flag) -> pd.DataFrame:
    """TABLE with nothing in it but the reason."""
    nothing = dict.fromkeys(TABLE[3:-1], np.nan)
    return pd.DataFrame({"place_id": places, "release": release, "indicator": what.key, **nothing, "flag": int(reason)})


def _table(what: Indicator, recipe: Recipe, figures: dict[str, pd.DataFrame], places: pd.Index, release: int) -> pd.DataFrame:
    """The recipe applied to lines that are already sums over the place."""
    base = figures[recipe.universe]
    universe, universe_moe = base["estimate"].to_numpy(), base["moe"].to_numpy()
    if recipe.lines:
        estimates = np.array([figures[line]["estimate"].to_numpy() for line in recipe.lines])
        moes = np.array([figures[line]["moe"].to_numpy() for line in recipe.lines])
        estimate, margin = estimates.sum(axis=0), moe.of_sum(estimates, moes)
        of_share = estimate, margin, universe, universe_moe
    else:  # the share 1 - p has the margin of p
        part, part_moe = figures[recipe.minus]["estimate"].to_numpy(), figures[recipe.minus]["moe"].to_numpy()
        estimate, margin = universe - part, moe.of_complement(part, part_moe, universe, universe_moe)
        of_share = part, part_moe, universe, universe_moe
    share_moe, fell_back = moe.of_share(*of_share), moe.ratio_rule_used(*of_share)
    if recipe.minus:
        # Where the share rule fails, so does the covariance that the complement's rule borrows from it: part and whole would
        # have to be correlated by more than 1. Without it the count's margin could be far below what its share says.
        margin = np.where(fell_back, np.hypot(part_moe, universe_moe), margin)
        # All of them have it: nobody is left, but not with certainty. The share's margin is then MOE_X / Y, the count's MOE_X.
        margin = np.where((estimate == 0) & (universe > 0), part_moe + 0 * universe_moe, margin)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(universe == 0, np.nan, estimate / universe)
    flag = np.bitwise_or.reduce([figures[line]["flag"].to_numpy() for line in recipe.needs])
    # Only a margin that is missing needs a word about margins: the universe's own margin may be the one in hand.
    flag = np.where(np.isnan(estimate), flag & int(NO_ESTIMATE_REASONS), flag | int(recipe.note))
    flag |= np.where(universe == 0, int(Flag.NO_UNIVERSE), 0) | np.where(fell_back, int(Flag.RATIO_RULE), 0)
    return pd.DataFrame(
        {
            "place_id": places,
            "release": release,
            "indicator": what.key,
            "universe_estimate": universe,
            "universe_moe": universe_moe,
            "estimate": estimate,
            "moe": np.where(np.isnan(estimate), np.nan, margin),
            "share": share,
            "share_moe": np.where(np.isnan(share), np.nan, share_moe),
            "flag": flag,
        }
    )[TABLE]
