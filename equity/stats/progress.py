"""Change over the releases: trend, target, what made a change. Knows nothing of files, cities or Dash.

A 5-year release is an average over five years; its figure belongs to their centre, two years before its label, and all times
here are such years. Releases less than five years apart share survey years, so their errors are correlated: a line through
them is fitted by generalised least squares with Cov(s, t) = max(0, 1 - |s - t| / 5) SE_s SE_t. Plain regression ignores this
and states the slope's error too small. Nothing here says that anybody was connected: these are stocks of a changing city.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from equity.errors import UsageError
from equity.flags import Flag
from equity.stats import moe

SPAN = 5  # survey years in a release
TO_CENTRE = 2  # from a release's label back to the centre of its years
RELEASES_NEEDED = 3
YEARS_NEEDED = 3
ONE_WORDING = "clean"  # a release whose five years asked the same question; "mixed" ones differ among themselves too
OUTLOOK = ["outlook", "release", "newest", "newest_moe", "years_left", "pace_needed", "pace_needed_moe", "chance", "slope"]
OUTLOOK += ["own", "own_moe", "slope_moe", "fitted", "fitted_moe", "misfit", "releases_lacking", "years_lacking", "modelled"]
MISFIT = 0.1  # releases that one line would put so far from it less often than this do not lie on one
SURE = 0.9  # a chance of at least this, or of at most 1 - this, is put into words as sure


class Outlook(enum.StrEnum):
    """Whether a target will be met, in one word; the values stand in files and never change."""

    MET = "met"  # the figure with all its margin is at the target: the newest, or that of the target's own year
    PERHAPS_MET = "perhaps_met"  # the figure is, and its margin reaches across or is not known
    MISSED = "missed"  # the target's year has its release, whose figure with all its margin is not at the target
    PAST = "past"  # the target's year is not after the newest release's, and no figure of that year is in hand
    ON_TRACK = "on_track"
    OFF_TRACK = "off_track"
    CANNOT_TELL = "cannot_tell"
    TOO_FEW_RELEASES = "too_few_releases"
    MISSING = "missing"  # no figure at all


# --- trend -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trend:
    """A straight line through releases. ``slope`` per year; ``level`` at ``centre``, the newest release's; margins 90 %.

    ``covariance`` is that of (level, slope), of errors, not margins. ``misfit``: the probability that releases on one line
    would lie at least this far from it (their weighted squares are a chi-square of two degrees fewer than releases).
    ``modelled``: a margin behind it is, so it is indicative.
    """

    releases: tuple[int, ...]
    centre: int
    level: float
    slope: float
    slope_moe: float
    covariance: np.ndarray
    misfit: float
    modelled: bool

    def at(self, year: float) -> tuple[float, float]:
        """(fitted, its margin) of the line at a year: a projection where it lies ahead. It widens with the distance."""
        row = np.array([1.0, year - self.centre])
        return float(row @ (self.level, self.slope)), float(moe.Z90 * np.sqrt(row @ self.covariance @ row))

    def chance(self, target: float, year: float, worse: str = "high") -> float:
        """Phi((target - fitted) / SE(fitted)): that the line at ``year`` is at or below the target (above, if low is worse)."""
        fitted, margin = self.at(year)
        ahead = target - fitted if worse == "high" else fitted - target
        return NormalDist().cdf(ahead / moe.standard_error(margin))


def usable(points: pd.DataFrame, measure: str = "share") -> pd.DataFrame:
    """release, wording, <measure>, its margin of one place -> the rows a trend may use, oldest first.

    Those with an estimate and a margin above 0 (a controlled figure is no sample) whose years all asked the same question.
    """
    sampled = points[measure].notna() & (points[_moe(measure)] > 0)
    return points[sampled & (points["wording"] == ONE_WORDING)].sort_values("release")


def lacking(points: pd.DataFrame, measure: str = "share") -> tuple[int, int]:
    """(releases, years from first to last) that are still lacking before a trend may be told; (0, 0) when there are enough."""
    kept = usable(points, measure)
    years = int(kept["release"].iloc[-1] - kept["release"].iloc[0]) if len(kept) else 0
    return max(0, RELEASES_NEEDED - len(kept)), max(0, YEARS_NEEDED - years)


def trend(points: pd.DataFrame, measure: str = "share") -> Trend | None:
    """release, wording, <measure>, its margin, flag (or modelled) of one place -> Trend; None if ``lacking``.

    ``measure`` is "share" or "estimate". Generalised least squares: beta = (X' V^-1 X)^-1 X' V^-1 y, its covariance the first
    factor. UsageError when a release is given twice.
    """
    if points["release"].duplicated().any():
        raise UsageError("a trend is of one place and one figure a release; choose one indicator and one method")
    if any(lacking(points, measure)):
        return None
    kept = usable(points, measure)
    releases = kept["release"].to_numpy(dtype=int)
    design = np.column_stack([np.ones(len(kept)), releases - releases[-1]])
    weight = np.linalg.inv(overlap_covariance(releases, moe.standard_error(kept[_moe(measure)].to_numpy(dtype=float))))
    covariance = np.linalg.inv(design.T @ weight @ design)
    held = kept[measure].to_numpy(dtype=float)
    level, slope = covariance @ design.T @ weight @ held
    off = held - design @ (level, slope)
    return Trend(
        tuple(releases.tolist()),
        int(releases[-1]) - TO_CENTRE,
        float(level),
        float(slope),
        float(moe.Z90 * np.sqrt(covariance[1, 1])),
        covariance,
        moe.chi_square_p(float(off @ weight @ off), len(kept) - 2),
        bool(_modelled(kept).any()),
    )


def _modelled(points: pd.DataFrame) -> pd.Series:
    """Which margins are modelled: as a column of that name says, else as the flags say; none where there is neither."""
    if "modelled" in points or "flag" not in points:
        return points["modelled"] if "modelled" in points else pd.Series(False, index=points.index)
    return (points["flag"].astype(int) & int(Flag.MODELLED)) != 0


def overlap_covariance(releases: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """Covariance of releases that share survey years: max(0, 1 - |s - t| / 5) SE_s SE_t."""
    apart = np.abs(np.subtract.outer(releases, releases))
    return np.maximum(0, 1 - apart / SPAN) * np.outer(errors, errors)


# --- target ----------------------------------------------------------------------------------------------------------


def outlook(points: pd.DataFrame, target: float, year: float, worse: str = "high", measure: str = "share") -> pd.Series:
    """Points of one place (as for ``trend``) and a target at a year -> outlook and what it rests on.

    outlook, an ``Outlook``; release, newest, newest_moe, the newest figure, with a margin or without; own, own_moe: the figure
    whose centre the target's year is, where that is not ahead; years_left from the centre of the newest release; pace_needed,
    pace_needed_moe a year in the measure's unit (0 once met; none without years left); chance, slope, slope_moe, fitted,
    fitted_moe, misfit from the trend at ``year``, missing without one (and no chance below MISFIT); releases_lacking and
    years_lacking for a trend; modelled: a margin of the trend is, so the outlook is indicative.
    """
    held = points[points[measure].notna()].sort_values("release")
    releases, years = lacking(points, measure)
    found = dict.fromkeys(OUTLOOK, np.nan) | {"releases_lacking": releases, "years_lacking": years, "modelled": False}
    if held.empty:
        return pd.Series(found | {"outlook": str(Outlook.MISSING)})
    newest = held.iloc[-1]
    left = year - (newest["release"] - TO_CENTRE)
    reached = _reached(newest[measure], newest[_moe(measure)], target, worse)
    found |= {"release": newest["release"], "newest": newest[measure], "newest_moe": newest[_moe(measure)], "years_left": left}
    line = trend(points, measure)
    if line is not None:
        fitted, fitted_moe = line.at(year)
        found |= {"slope": line.slope, "slope_moe": line.slope_moe, "fitted": fitted, "fitted_moe": fitted_moe}
        found |= {"chance": line.chance(target, year, worse), "misfit": line.misfit, "modelled": line.modelled}
    if left <= 0:
        own = held[held["release"] == year + TO_CENTRE]
        if own.empty:
            return pd.Series(found | {"outlook": str(Outlook.PAST)})
        figure, margin = own.iloc[0][[measure, _moe(measure)]]
        return pd.Series(found | {"own": figure, "own_moe": margin, "outlook": str(_reached(figure, margin, target, worse))})
    met = reached in (Outlook.MET, Outlook.PERHAPS_MET)
    needed = 0.0 if met else (target - newest[measure]) / left
    found |= {"pace_needed": needed, "pace_needed_moe": newest[_moe(measure)] / left}
    if found["misfit"] < MISFIT:  # then the line's own margin says nothing, and nothing follows from it
        found["chance"] = np.nan
        return pd.Series(found | {"outlook": str(reached if met else Outlook.CANNOT_TELL)})
    return pd.Series(found | {"outlook": str(reached if met else _ahead(found["chance"]))})


def _reached(figure: float, margin: float, target: float, worse: str) -> Outlook:
    """Whether a figure is at the target: a comparison with a number, so by its own margin; without one nothing is sure."""
    ahead = target - figure if worse == "high" else figure - target
    if ahead >= 0:
        return Outlook.MET if ahead >= margin else Outlook.PERHAPS_MET
    return Outlook.MISSED if -ahead > margin else Outlook.CANNOT_TELL


def _ahead(chance: float) -> Outlook:
    """The word for a target that is not met and has years left."""
    if np.isnan(chance):
        return Outlook.TOO_FEW_RELEASES
    if chance >= SURE:
        return Outlook.ON_TRACK
    return Outlook.OFF_TRACK if chance <= 1 - SURE else Outlook.CANNOT_TELL


def _moe(measure: str) -> str:
    """The margin column of a measure."""
    return "moe" if measure == "estimate" else f"{measure}_moe"


# --- what made a change ----------------------------------------------------------------------------------------------


def contributions(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """TABLE of two releases -> place_id, change, change_moe, growth, growth_moe, rate, rate_moe, in the unit of the count.

    X = p H, so the change of X is exactly mean(p) x change of H (``growth``: more or fewer households) plus mean(H) x change
    of p (``rate``: more or fewer of them affected), the same from either side. Margins by the rules for differences and
    products, without the overlap of the releases, so rather too wide. Missing where either release lacks a figure. A place
    with nobody in one release has no share there, so its change cannot be split.
    """
    if old["place_id"].duplicated().any() or new["place_id"].duplicated().any():
        raise UsageError("a place stands twice in one of the two releases; give each place once")
    old, new = old.set_index("place_id"), new.set_index("place_id")
    places = new.index.append(old.index.difference(new.index, sort=False))
    old, new = old.reindex(places), new.reindex(places)

    def step(name: str, margin: str) -> tuple[pd.Series, pd.Series, pd.Series, pd.Series]:
        """(mean, its margin, change, its margin)."""
        wide = moe.of_difference(old[margin], new[margin])
        return (old[name] + new[name]) / 2, wide / 2, new[name] - old[name], wide

    *_, change, change_moe = step("estimate", "moe")
    base, base_moe, growth, growth_moe = step("universe_estimate", "universe_moe")
    level, level_moe, drift, drift_moe = step("share", "share_moe")
    return pd.DataFrame(
        {
            "change": change,
            "change_moe": change_moe,
            "growth": level * growth,
            "growth_moe": moe.of_product(level, level_moe, growth, growth_moe),
            "rate": base * drift,
            "rate_moe": moe.of_product(base, base_moe, drift, drift_moe),
        }
    ).reset_index()


def part_of(change: pd.Series, change_moe: pd.Series, whole: float, whole_moe: float) -> pd.DataFrame:
    """Changes of places and that of all of them together -> part, part_moe: the fraction each is of the whole.

    p = c / C. The places are independent and C is their sum, so Cov(c, C) = Var(c), and to the first order
    MOE_p = sqrt(MOE_c^2 (1 - 2 p) + p^2 MOE_C^2) / |C|. Without a margin of either there is none.
    """
    part = change / whole
    variance = change_moe**2 * (1 - 2 * part) + part**2 * whole_moe**2
    return pd.DataFrame({"part": part, "part_moe": np.sqrt(variance.clip(lower=0)) / abs(whole)})
