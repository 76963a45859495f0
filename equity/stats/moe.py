"""Margins of error for derived ACS estimates. Knows nothing of files, cities or Dash.

Every margin is a 90 % margin, as the Census Bureau publishes them; a standard error is a margin divided by 1.645. Each
function takes numbers, lists, numpy arrays or Series: numbers give a number, Series a Series of the same index, all else an
array. Series of different indices are refused, because lining places up is the caller's business. A missing input (NaN)
gives a missing margin, never a margin of 0. Sources: US Census Bureau, *Understanding and Using ACS Data: What All Data
Users Need to Know* (2020), chapters 7 and 8 ("H7", "H8" below), and the formulas named at each function.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

Figures = float | Sequence[float] | np.ndarray | pd.Series

Z90 = 1.645  # the Census Bureau publishes 90 % margins

# A count added up over weighted tracts may miss its whole by the last digits of a float; one household cannot hide here.
_ALL = 1e-9


def _elementwise(rule: Callable[..., np.ndarray]) -> Callable[..., Figures]:
    """Lets a rule that is written for arrays take all that the docstring of the module promises, without warnings."""

    @functools.wraps(rule)
    def wrapped(*figures: Figures, **named: Figures) -> Figures:
        indices = [given.index for given in (*figures, *named.values()) if isinstance(given, pd.Series)]
        if any(not index.equals(indices[0]) for index in indices[1:]):
            raise ValueError(f"moe.{rule.__name__} was given Series of different indices; align them first")
        with np.errstate(divide="ignore", invalid="ignore"):
            found = rule(
                *(np.asarray(given, dtype=float) for given in figures),
                **{name: np.asarray(given, dtype=float) for name, given in named.items()},
            )
        return pd.Series(found, index=indices[0]) if indices else found[()]

    return wrapped


# --- sums ------------------------------------------------------------------------------------------------------------


def of_sum(estimates: Figures, moes: Figures, weights: Figures | None = None) -> float | np.ndarray:
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


# --- one figure out of two -------------------------------------------------------------------------------------------


@_elementwise
def of_share(part: Figures, part_moe: Figures, whole: Figures, whole_moe: Figures) -> Figures:
    """Margin of the share p = part / whole, the part being counted in the whole: sqrt(MOE_X^2 - p^2 MOE_Y^2) / Y.

    Where the radicand is negative the Bureau's advice is the ratio rule (H8); where p = 1 the margin is MOE_X / Y.
    ``ratio_rule_used`` tells which rows. A whole of zero has no share and no margin.
    """
    share = part / whole
    radicand = part_moe**2 - share**2 * whole_moe**2
    margin = np.sqrt(np.where(radicand < 0, part_moe**2 + share**2 * whole_moe**2, radicand)) / whole
    # All is all whatever the whole's margin; where that is missing the share's stays missing.
    margin = np.where(_is_all(share) & ~np.isnan(whole_moe), part_moe / whole, margin)
    return np.where(whole == 0, np.nan, margin)


@_elementwise
def ratio_rule_used(part: Figures, part_moe: Figures, whole: Figures, whole_moe: Figures) -> Figures:
    """Where ``of_share`` had to fall back on the ratio rule: radicand negative and p not 1. False where anything is missing."""
    share = part / whole
    return (part_moe**2 - share**2 * whole_moe**2 < 0) & ~_is_all(share)


def _is_all(share: np.ndarray) -> np.ndarray:
    """Where the part is the whole."""
    return np.abs(share - 1) <= _ALL


@_elementwise
def of_ratio(top: Figures, top_moe: Figures, bottom: Figures, bottom_moe: Figures) -> Figures:
    """Margin of the ratio R = top / bottom, top not part of bottom: sqrt(MOE_X^2 + R^2 MOE_Y^2) / Y (H8)."""
    margin = np.sqrt(top_moe**2 + (top / bottom) ** 2 * bottom_moe**2) / np.abs(bottom)
    return np.where(bottom == 0, np.nan, margin)


@_elementwise
def of_product(a: Figures, a_moe: Figures, b: Figures, b_moe: Figures) -> Figures:
    """Margin of the product a x b: sqrt(A^2 MOE_B^2 + B^2 MOE_A^2) (H8)."""
    return np.sqrt(a**2 * b_moe**2 + b**2 * a_moe**2)


@_elementwise
def of_complement(part: Figures, part_moe: Figures, whole: Figures, whole_moe: Figures) -> Figures:
    """Margin of the count whole - part, the part being counted in the whole: sqrt(MOE_X^2 + (1 - 2p) MOE_Y^2).

    The covariance is the one the share rule assumes, Cov(X, Y) = p Var(Y). A negative radicand falls back on
    sqrt(MOE_X^2 + MOE_Y^2). Where lines make the quantity up, sum them instead: it is several times tighter.
    A whole of zero has a zero part, and the margin of the wider of the two zeros.
    """
    radicand = part_moe**2 + (1 - 2 * part / whole) * whole_moe**2
    margin = np.sqrt(np.where(radicand < 0, part_moe**2 + whole_moe**2, radicand))
    return np.where(whole == 0, np.maximum(part_moe, whole_moe), margin)


@_elementwise
def of_difference(a_moe: Figures, b_moe: Figures, covariance: Figures = 0.0) -> Figures:
    """Margin of a - b: sqrt(MOE_A^2 + MOE_B^2) (H8), less 2 x 1.645^2 Cov under the root where the two are not independent.

    ``covariance`` is that of the estimates, in their unit squared. A negative radicand, which only a covariance larger than
    the two variances allow can give, falls back on no covariance.
    """
    apart = a_moe**2 + b_moe**2
    radicand = apart - 2 * Z90**2 * covariance
    return np.sqrt(np.where(radicand < 0, apart, radicand))


def of_percent_change(old: Figures, old_moe: Figures, new: Figures, new_moe: Figures) -> Figures:
    """Margin, in percent, of 100 x (new - old) / old: the ratio rule for new / old, times 100 (H8). From 0 there is none."""
    return of_ratio(new, new_moe, old, old_moe) * 100


# --- what a margin says ----------------------------------------------------------------------------------------------


@_elementwise
def standard_error(moe: Figures) -> Figures:
    """Margin -> standard error (H8: SE = MOE / 1.645)."""
    return moe / Z90


@_elementwise
def cv(estimate: Figures, moe: Figures) -> Figures:
    """Coefficient of variation in percent: 100 x SE / estimate (H7). An estimate of zero has none."""
    return np.where(estimate == 0, np.nan, 100 * moe / Z90 / np.abs(estimate))


def interval(estimate: Figures, moe: Figures, low: float | None = None, high: float | None = None) -> tuple[Figures, Figures]:
    """(lower, upper): estimate -/+ margin, cut at the natural limits (0 for counts; 0 and 1 for shares)."""
    lower, upper = estimate - moe, estimate + moe
    if low is not None:
        lower, upper = np.maximum(lower, low), np.maximum(upper, low)
    if high is not None:
        lower, upper = np.minimum(lower, high), np.minimum(upper, high)
    return lower, upper


# --- tests of a difference -------------------------------------------------------------------------------------------


@_elementwise
def z_of_difference(difference: Figures, difference_moe: Figures) -> Figures:
    """A difference in its own standard errors, with its sign. Without any error, no difference is 0, any other infinite."""
    return np.where((difference == 0) & (difference_moe == 0), 0.0, difference / (difference_moe / Z90))


def z_score(a: Figures, a_moe: Figures, b: Figures, b_moe: Figures) -> Figures:
    """(A - B) / sqrt(SE_A^2 + SE_B^2), with its sign (H7); NaN where anything is missing."""
    return z_of_difference(_minus(a, b), of_difference(a_moe, b_moe))


def significant(a: Figures, a_moe: Figures, b: Figures, b_moe: Figures) -> Figures:
    """Whether a and b differ at the 90 % level: |z| > 1.645 (H7). False where anything is missing: ask ``z_score`` why.

    Overlapping intervals are not a test: two that overlap may well differ (``WE-6`` of the tests).
    """
    return _beyond(z_score(a, a_moe, b, b_moe))


@_elementwise
def p_value(z: Figures) -> Figures:
    """Two-sided probability of a normal deviate at least this far from 0: erfc(|z| / sqrt(2))."""
    return np.vectorize(math.erfc, otypes=[float])(np.abs(z) / math.sqrt(2))


def chi_square_p(value: float, degrees: int) -> float:
    """The probability of a chi-square of these degrees of freedom at least this large: 2.706 with one -> 0.10.

    Q(1) = erfc(sqrt(x / 2)), Q(2) = exp(-x / 2), Q(n + 2) = Q(n) + (x / 2)^(n / 2) exp(-x / 2) / Gamma(n / 2 + 1); Abramowitz
    and Stegun, 26.4.8.
    """
    half, first = value / 2, 2 - degrees % 2
    held = math.erfc(math.sqrt(half)) if first == 1 else math.exp(-half)
    return held + sum(half ** (n / 2) * math.exp(-half) / math.gamma(n / 2 + 1) for n in range(first, degrees, 2))


@_elementwise
def normal_deviate(t: Figures, degrees: float) -> Figures:
    """How far from 0 a normal deviate is that is as rare as this one of Student's t: 80 degrees, 2.639 -> 2.576 (1 in 100).

    (8n + 1) / (8n + 3) x sqrt(n ln(1 + t^2 / n)); Wallace 1959, "Bounds on normal approximations to Student's and the
    chi-square distributions", Ann. Math. Stat. 30, right here to a hundredth of the probability.
    """
    return (8 * degrees + 1) / (8 * degrees + 3) * np.sqrt(degrees * np.log1p(np.asarray(t) ** 2 / degrees))


@_elementwise
def _minus(a: Figures, b: Figures) -> Figures:
    return a - b


@_elementwise
def _beyond(z: Figures) -> Figures:
    return np.abs(z) > Z90
