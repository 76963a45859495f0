"""What made-up histories are asked: did the project's intervals, ranges and lists hold the truth? Draws nothing itself.

Every answer comes from the functions that make the pages: ``compare.changes``, ``progress.trend``, ``rank.ranking``.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.histories import FIRST, RELEASES, SPAN, Histories
from equity.stats import compare, moe, progress, rank

GAPS = range(1, RELEASES)  # years from the first release to a later one
SURE = ("fell", "rose")
TIERS = {"sure": SURE, "both": (*SURE, "probably_fell", "probably_rose")}

Found = dict[str, np.ndarray]  # question -> answers, (histories,) or (histories, places); the city is the last place


# --- questions to a block of histories: 1 where the truth was held, 0 where not, NaN where there was no margin ---------


def levels(drawn: Histories) -> Found:
    """Intervals of the first release, and their margins."""
    table = drawn.places[0]
    return {
        "level": _held(table["share"], table["share_moe"], drawn.truth[0]),
        "margin": table["share_moe"].to_numpy().reshape(-1, drawn.truth.shape[1]),
        "tract": _held(drawn.tracts["share"], drawn.tracts["share_moe"], drawn.tract_truth),
        "tract margin": drawn.tracts["share_moe"].to_numpy().reshape(-1, len(drawn.tract_truth)),
    }


def differences(drawn: Histories) -> Found:
    """Intervals of the change from the first release to each later one, with the overlap factor and without."""
    found = {}
    for gap in GAPS:
        table = compare.changes(drawn.places[0], drawn.places[gap], **_years(gap))
        factor = compare.overlap_factor(int(table["shared_years"].iloc[0]), SPAN)
        truth = drawn.truth[gap] - drawn.truth[0]
        found[f"difference {gap}"] = _held(table["difference"], table["difference_moe"] * factor, truth)
        found[f"unnarrowed {gap}"] = _held(table["difference"], table["difference_moe"], truth)
    return found


def slopes(drawn: Histories) -> Found:
    """Intervals of the slope of a line through all releases. The truth is a straight line in every world."""
    truth = np.polyfit(np.arange(RELEASES), drawn.truth, 1)[0]
    points = pd.concat(drawn.places).sort_values(["place_id", "release"])[["release", "share", "share_moe"]]
    points = points.assign(wording=progress.ONE_WORDING).reset_index(drop=True)
    lines = [progress.trend(points.iloc[start : start + RELEASES]) for start in range(0, len(points), RELEASES)]
    slope, margin = (pd.Series([getattr(line, name) for line in lines]) for name in ("slope", "slope_moe"))
    return {"slope": _held(slope, margin, truth)}


def lists(drawn: Histories) -> Found:
    """The list of changed areas of each history: what part of it is false, and what part of the true changes it names."""
    found = {}
    for gap in GAPS:
        truth = (drawn.truth[gap] - drawn.truth[0])[:-1]
        changed = np.abs(truth) > 1e-12
        for old, new in zip(_areas(drawn, 0), _areas(drawn, gap), strict=True):
            table = compare.changes(old, new, **_years(gap))
            for tier, words in TIERS.items():
                named = table["verdict"].isin(words).to_numpy()
                false = named & ~(changed & (np.sign(table["difference"]) == np.sign(truth)))
                found.setdefault(f"false {tier} {gap}", []).append(false.sum() / max(1, named.sum()))
                found.setdefault(f"named {tier} {gap}", []).append((named & ~false).sum() / max(1, changed.sum()))
    return {question: np.array(answers) for question, answers in found.items()}


def ranks(drawn: Histories) -> Found:
    """Ranges of the areas' ranks in the first release, how many ranks a range has, and whether it has all of them."""
    truth = drawn.truth[0][:-1]
    true_rank = 1 + (truth[None, :] > truth[:, None]).sum(axis=1)
    tables = [rank.ranking(areas).table for areas in _areas(drawn, 0)]
    low, high = (np.array([table[name].to_numpy(dtype=float) for table in tables]) for name in ("rank_low", "rank_high"))
    held = (low <= true_rank) & (true_rank <= high)
    return {"rank": held.astype(float), "ranks": high - low + 1, "any rank": ((low == 1) & (high == len(truth))).astype(float)}


def _held(estimate: pd.Series, margin: pd.Series, truth: np.ndarray) -> np.ndarray:
    """Whether estimate -/+ margin holds the truth: (histories, places)."""
    low, high = (side.to_numpy().reshape(-1, len(truth)) for side in moe.interval(estimate, margin))
    return np.where(np.isnan(low), np.nan, (low <= truth) & (truth <= high))


def _years(gap: int) -> dict[str, tuple[int, int]]:
    """First and last survey year of the first release and of the one that many years later."""
    return {"old_years": (FIRST - SPAN + 1, FIRST), "new_years": (FIRST + gap - SPAN + 1, FIRST + gap)}


def _areas(drawn: Histories, release: int) -> list[pd.DataFrame]:
    """One release's areas, a table a history, with places that are the same in every table."""
    table, places = drawn.places[release], drawn.truth.shape[1]
    one = table.assign(place_id=table["place_id"] % places)
    return [one.iloc[start : start + places - 1] for start in range(0, len(one), places)]
