"""The five classes of the map and their colours. Numbers in, breaks out; knows no Dash and no geography.

The breaks of an indicator are the same for every release, so that a colour means the same on two maps laid side by side,
and shares use the same breaks for areas and tracts. They are quintiles of all releases, rounded to numbers people say.
"""

from __future__ import annotations

import math

import numpy as np

# Light to dark, told apart by lightness alone (checked in tests under three kinds of colour blindness): dark is worse.
COLOURS = ("#fbe6d4", "#f3b79b", "#d97f86", "#9f4e7d", "#541f5c")
MISSING = "#ffffff"
STEPS = (1, 2, 2.5, 5, 10)


def breaks(values: np.ndarray, classes: int = 5, whole: bool = False) -> list[float]:
    """Values -> the ``classes - 1`` inner limits, strictly rising; a value on a limit belongs to the class above it.

    Each limit is a quantile rounded to a step of at most half its distance to the next one, so two can never meet. With
    ``whole`` the steps are whole numbers (nobody says two and a half households). Fewer limits come back where quantiles
    fall together, and none where nothing is given.
    """
    values = np.asarray(values, dtype=float)
    values = values[~np.isnan(values)]
    if len(values) == 0:
        return []
    parts = np.arange(1, classes) / classes
    quantiles = np.quantile(values, parts)
    if quantiles[0] <= 0:  # a fifth of the places have none at all: the limits tell the others apart
        quantiles = np.quantile(values[values > 0], parts) if (values > 0).any() else np.array([])
    quantiles = np.unique(quantiles)
    gaps = np.diff(np.concatenate([[0.0], quantiles]))
    limits: list[float] = []
    for position, quantile in enumerate(quantiles):
        step = _round_step(float(np.min(gaps[position : position + 2])) / 2)
        if whole:
            step = max(1.0, math.floor(step))
        limit = round(round(quantile / step) * step, 10)
        if limit > (limits[-1] if limits else 0):
            limits.append(limit)
    return limits


def _round_step(size: float) -> float:
    """The largest of 1, 2, 2.5, 5 times a power of ten that is not above ``size``."""
    power = 10.0 ** math.floor(math.log10(size))
    return max(step * power for step in STEPS if step * power <= size * (1 + 1e-9))
