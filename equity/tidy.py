"""Raw wide ACS tables -> one long table of figures. Knows nothing of files, cities, areas or Dash.

Special codes are resolved here and nowhere else: after this room a figure is a number, or missing with a reason. Households
and broadband counts that a release gives only through rounded percentages are recovered here, and say so.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from equity.errors import SourceInvalid
from equity.flags import Flag

# The Bureau's codes ("Notes on ACS Estimate and Annotation Values"), and the CDC's -999 for "not available".
CONTROLLED = -555555555
NO_MARGIN = (-222222222, -333333333)
NO_ESTIMATE = (-666666666, -888888888, -999999999, -999)
UNKNOWN_BELOW = -100_000_000

COLUMNS = ["place_id", "release", "variable", "estimate", "moe", "flag"]

_API_NAME = re.compile(r"^(?P<line>[A-Z]+\d+[A-Z]?_\d+)(?P<kind>E|M|PE|PM)$")  # B28002_012E, DP02_0153PE
_SVI_NAME = re.compile(r"^(?P<kind>E|M)_(?P<line>[A-Z0-9]+)$")  # E_NOINT

# DP02 of a release: (households with a computer, households with broadband); the numbering moved after release 2018.
_DP02_TO_2018 = ("DP02_0151", "DP02_0152")
_DP02_FROM_2019 = ("DP02_0153", "DP02_0154")


def split_name(column: str) -> tuple[str, str]:
    """``B28002_012E`` -> ("B28002_012", "E"); ``M_NOINT`` -> ("NOINT", "M"). SourceInvalid for anything else."""
    match = _API_NAME.match(column) or _SVI_NAME.match(column)
    if match is None:
        raise SourceInvalid(f"column {column!r} is not an ACS line such as B28002_012E; correct the snapshot's header")
    return match["line"], match["kind"]


def long(wide: pd.DataFrame, release: int) -> pd.DataFrame:
    """place_id + one column a published figure -> place_id, release, variable, estimate, moe, flag.

    ``wide`` holds one row a place, its id in the first column and figures as published (counts; percentages in percent).
    One row comes out for each place and line, sorted by variable then place. ``estimate`` and ``moe`` are floats, NaN
    where missing; ``flag`` is a ``Flag`` as an integer. SourceInvalid for an unknown special code or a negative figure.
    """
    place_column, *figures = wide.columns
    columns = {split_name(name): wide[name] for name in figures}
    places = wide[place_column].to_numpy()
    recovered = _recovered(columns, release)
    parts = []
    for line, kind in columns:
        if kind != "E" or (line in _DP02_TO_2018 + _DP02_FROM_2019 and recovered):
            continue
        estimate, flag = _estimates(columns[line, "E"], line, release)
        moe, moe_flag = _margins(columns.get((line, "M")), len(wide), line, release)
        # A place without an estimate has no use for a margin, nor for a word about it.
        missing = np.isnan(estimate)
        moe[missing], moe_flag[missing] = np.nan, 0
        parts.append(_part(places, release, line, estimate, moe, flag | moe_flag))
    for line, estimate in recovered.items():
        flag = np.where(np.isnan(estimate), Flag.NO_ESTIMATE, Flag.RECOVERED | Flag.MARGIN_NOT_IN_HAND)
        parts.append(_part(places, release, line, estimate, np.full(len(wide), np.nan), flag))
    return pd.concat(
        sorted(parts, key=lambda part: part["variable"].iloc[0]) if parts else [pd.DataFrame(columns=COLUMNS)],
        ignore_index=True,
    )


def _part(places, release, line, estimate, moe, flag) -> pd.DataFrame:
    """One line of one release as rows of the long table."""
    return pd.DataFrame(
        {
            "place_id": places,
            "release": release,
            "variable": line,
            "estimate": estimate,
            "moe": moe,
            "flag": np.asarray(flag, dtype=int),
        }
    )


def _numbers(column: pd.Series, name: str, release: int) -> np.ndarray:
    """Figures as floats, empty cells as NaN; SourceInvalid when a cell is text."""
    try:
        return pd.to_numeric(column).to_numpy(dtype=float, copy=True)
    except (ValueError, TypeError):
        raise SourceInvalid(f"{name} of release {release} holds text where a number belongs; run the refresh again") from None


def _refuse_unknown(values: np.ndarray, name: str, release: int) -> None:
    """No figure of ours is negative: what is left below zero is a code nobody has explained, and must not be summed."""
    bad = values[values < 0]
    if len(bad):
        what = "an unknown special code" if bad[0] < UNKNOWN_BELOW else "a negative figure"
        raise SourceInvalid(
            f"{name} of release {release} holds {bad[0]:.0f}, {what}; look it up with the Bureau and teach equity/tidy.py"
        )


def _estimates(column: pd.Series, line: str, release: int) -> tuple[np.ndarray, np.ndarray]:
    """Published column -> (estimates, flags)."""
    values = _numbers(column, f"{line}E", release)
    values[np.isin(values, NO_ESTIMATE)] = np.nan
    _refuse_unknown(values, f"{line}E", release)
    return values, np.where(np.isnan(values), int(Flag.NO_ESTIMATE), 0)


def _margins(column: pd.Series | None, rows: int, line: str, release: int) -> tuple[np.ndarray, np.ndarray]:
    """Published column, or None where the source has none -> (margins, flags)."""
    if column is None:
        return np.full(rows, np.nan), np.full(rows, int(Flag.MARGIN_NOT_IN_HAND))
    values = _numbers(column, f"{line}M", release)
    controlled = values == CONTROLLED
    absent = np.isnan(values) | np.isin(values, NO_MARGIN + NO_ESTIMATE)
    values[controlled], values[absent] = 0.0, np.nan
    _refuse_unknown(values, f"{line}M", release)
    return values, np.where(controlled, int(Flag.CONTROLLED), np.where(absent, int(Flag.NO_MARGIN), 0))


def _recovered(columns: dict[tuple[str, str], pd.Series], release: int) -> dict[str, np.ndarray]:
    """Household totals and broadband counts worked back from a profile's percentages, under the lines they stand for.

    A profile (DP02) row gives C households with a computer, C as a percentage P of all households, and the percentage Q
    with broadband: households = C / P, broadband = Q x households. P and Q are published to one decimal, so a place's
    households are right within about 0.05 / P of themselves. No percentage beside a count of 0 means that there are no
    households at all: the Bureau writes none where the base is zero.
    """
    computer, broadband = _DP02_TO_2018 if release <= 2018 else _DP02_FROM_2019
    if (computer, "PE") not in columns or (broadband, "PE") not in columns:
        return {}
    count, _ = _estimates(columns[computer, "E"], computer, release)
    percent, _ = _estimates(columns[computer, "PE"], computer, release)
    with_broadband, _ = _estimates(columns[broadband, "PE"], broadband, release)
    empty = (count == 0) & np.isnan(percent)
    with np.errstate(divide="ignore", invalid="ignore"):
        households = np.where(percent > 0, count / (percent / 100), np.nan)
    households = np.where(empty, 0.0, households)
    subscribed = np.where(empty, 0.0, households * with_broadband / 100)
    return {
        "B28002_001": households,
        "B28002_004": subscribed,
        "B28003_001": households,
        "B28003_002": count,
    }
