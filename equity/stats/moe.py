"""Margins of error for derived ACS estimates. Knows nothing of files, cities or Dash.

Every margin is a 90 % margin, as the Census Bureau publishes them; a standard error is a margin divided by 1.645. Each
function takes numbers, numpy arrays or Series alike and returns the margin of the derived estimate in the same unit. A
missing input (NaN) gives a missing margin, never a margin of 0. Sources: US Census Bureau, *Understanding and Using ACS
Data: What All Data Users Need to Know* (2020), chapter 8 ("H8" below), and the formulas named at each function.
"""

from __future__ import annotations

import numpy as np

Z90 = 1.645  # the Census Bureau publishes 90 % margins


def standard_error(moe):
    """Margin -> standard error (H8: SE = MOE / 1.645)."""
    return moe / Z90


def of_sum(estimates, moes, weights=None):
    """Margin of a (weighted) sum along the first axis: sqrt(sum (w MOE)^2), the zero rule included.

    Of the terms whose estimate is zero only the widest margin counts, once (H8, note on zero estimates): a tract's zero
    carries a margin of its own, and adding hundreds of them would invent uncertainty. ``weights`` are constants without
    error. An empty sum has the margin 0; one missing margin makes the whole missing.
    """
    estimates, moes = np.asarray(estimates, dtype=float), np.asarray(moes, dtype=float)
    if len(estimates) == 0:
        return np.zeros(estimates.shape[1:])[()]
    weights = np.ones(len(estimates)) if weights is None else np.asarray(weights, dtype=float)
    return of_grouped_sum(estimates, moes, weights, np.array([0]))[0]


def of_grouped_sum(estimates: np.ndarray, moes: np.ndarray, weights: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """``of_sum`` for many groups at once: rows ``starts[g]`` to ``starts[g + 1]`` form group ``g``.

    estimates, moes: (rows,) or (rows, columns); weights: (rows,) -> (groups,) or (groups, columns). No group is empty.
    """
    column = weights if estimates.ndim == 1 else weights[:, None]
    variances = (column * moes) ** 2
    zero = estimates == 0
    # A missing margin must stay missing: np.maximum and the sum both pass NaN on.
    counted = np.add.reduceat(np.where(zero, 0.0, variances), starts, axis=0)
    widest_zero = np.maximum.reduceat(np.where(zero, variances, 0.0), starts, axis=0)
    return np.sqrt(counted + widest_zero)


def of_share(part, part_moe, whole, whole_moe):
    """Margin of the share p = part / whole, the part being counted in the whole: sqrt(MOE_X^2 - p^2 MOE_Y^2) / Y.

    Where the radicand is negative the Bureau's advice is the ratio rule (H8); where p = 1 the margin is MOE_X / Y.
    ``ratio_rule_used`` tells which rows. A whole of zero has no share and no margin.
    """
    part, part_moe, whole, whole_moe = np.broadcast_arrays(
        *(np.asarray(v, dtype=float) for v in (part, part_moe, whole, whole_moe))
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        share = part / whole
        radicand = part_moe**2 - share**2 * whole_moe**2
        margin = np.sqrt(np.where(radicand < 0, part_moe**2 + share**2 * whole_moe**2, radicand)) / whole
        margin = np.where(share == 1, part_moe / whole, margin)
    return np.where(whole == 0, np.nan, margin)[()]


def ratio_rule_used(part, part_moe, whole, whole_moe):
    """Where ``of_share`` had to fall back on the ratio rule: radicand negative and p not 1. False where anything is missing."""
    part, part_moe, whole, whole_moe = (np.asarray(v, dtype=float) for v in (part, part_moe, whole, whole_moe))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = part / whole
        return ((part_moe**2 - share**2 * whole_moe**2 < 0) & (share != 1))[()]


def of_ratio(top, top_moe, bottom, bottom_moe):
    """Margin of the ratio R = top / bottom, top not part of bottom: sqrt(MOE_X^2 + R^2 MOE_Y^2) / Y (H8)."""
    top, top_moe, bottom, bottom_moe = (np.asarray(v, dtype=float) for v in (top, top_moe, bottom, bottom_moe))
    with np.errstate(divide="ignore", invalid="ignore"):
        margin = np.sqrt(top_moe**2 + (top / bottom) ** 2 * bottom_moe**2) / bottom
    return np.where(bottom == 0, np.nan, margin)[()]


def of_complement(part, part_moe, whole, whole_moe):
    """Margin of the count whole - part, the part being counted in the whole: sqrt(MOE_X^2 + (1 - 2p) MOE_Y^2).

    The covariance is the one the share rule assumes, Cov(X, Y) = p Var(Y). A negative radicand falls back on
    sqrt(MOE_X^2 + MOE_Y^2). Where lines make the quantity up, sum them instead: it is several times tighter.
    A whole of zero has a zero part, and the margin of the wider of the two zeros.
    """
    part, part_moe, whole, whole_moe = (np.asarray(v, dtype=float) for v in (part, part_moe, whole, whole_moe))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = part / whole
        radicand = part_moe**2 + (1 - 2 * share) * whole_moe**2
        margin = np.sqrt(np.where(radicand < 0, part_moe**2 + whole_moe**2, radicand))
    return np.where(whole == 0, np.maximum(part_moe, whole_moe), margin)[()]


def interval(estimate, moe, low=None, high=None):
    """(lower, upper): estimate -/+ margin, cut at the natural limits (0 for counts; 0 and 1 for shares)."""
    lower, upper = estimate - moe, estimate + moe
    if low is not None:
        lower, upper = np.maximum(lower, low), np.maximum(upper, low)
    if high is not None:
        lower, upper = np.minimum(lower, high), np.minimum(upper, high)
    return lower, upper
