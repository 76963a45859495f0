"""How far a single figure can be leaned on, in one word. Knows nothing of files, cities, languages or Dash.

The word follows the margin in points of the share. A share and its rest have the same margin, so it does not matter which
side is asked; the coefficient of variation is another matter: of "connected" it calls two tracts in three highly reliable, of
"not connected" none. It is given as the second opinion, on the count of the unconnected side, where a reader knows it.
"""

from __future__ import annotations

import enum

import numpy as np
import pandas as pd

from equity.stats import moe

CV_HIGH, CV_MEDIUM = 12, 40  # percent (Esri, "American Community Survey variables": up to 12 high, up to 40 medium)


class Reliability(enum.StrEnum):
    """By the margin of the share; the values stand in files and never change."""

    GOOD = "good"
    CARE = "care"  # to be used with care
    TOO_UNCERTAIN = "too_uncertain"  # too uncertain to rank
    NO_MARGIN = "no_margin"  # not known how far off it may be: never the same as exact
    MISSING = "missing"  # nothing to lean on


class SecondOpinion(enum.StrEnum):
    """By the coefficient of variation of the count."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NONE = "none"  # undefined: the count is 0 or missing, or its margin is


def classes(table: pd.DataFrame, good: float, care: float) -> pd.DataFrame:
    """place_id, estimate, moe, share, share_moe -> place_id, reliability, cv, second_opinion, one row each, in their order.

    ``good`` and ``care`` are the widest margins, as fractions of the universe, of their class, themselves included.
    ``estimate`` is a count of the adverse side; ``cv`` is in percent.
    """
    cv = moe.cv(table["estimate"], table["moe"])
    return pd.DataFrame(
        {
            "place_id": table["place_id"].to_numpy(),
            "reliability": by_margin(table["share"], table["share_moe"], good, care),
            "cv": cv.to_numpy(),
            "second_opinion": by_cv(cv),
        }
    )


def by_margin(share: moe.Figures, share_moe: moe.Figures, good: float, care: float) -> np.ndarray:
    """Shares and their margins (fractions) -> ``Reliability`` values."""
    share, margin = np.asarray(share, dtype=float), np.asarray(share_moe, dtype=float)
    return _words(
        [np.isnan(share), np.isnan(margin), margin <= good, margin <= care],
        [Reliability.MISSING, Reliability.NO_MARGIN, Reliability.GOOD, Reliability.CARE],
        Reliability.TOO_UNCERTAIN,
    )


def by_cv(cv: moe.Figures) -> np.ndarray:
    """Coefficients of variation in percent -> ``SecondOpinion`` values."""
    cv = np.asarray(cv, dtype=float)
    return _words(
        [np.isnan(cv), cv <= CV_HIGH, cv <= CV_MEDIUM],
        [SecondOpinion.NONE, SecondOpinion.HIGH, SecondOpinion.MEDIUM],
        SecondOpinion.LOW,
    )


def _words(where: list[np.ndarray], words: list[enum.StrEnum], otherwise: enum.StrEnum) -> np.ndarray:
    """The word of the first condition that holds; one word for one number."""
    return np.select(where, [str(word) for word in words], default=str(otherwise))[()]
