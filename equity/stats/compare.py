"""What may be said of two figures that differ. Knows nothing of files, cities, indicators, languages or Dash.

Three comparisons: two releases of the same places (``changes``), places of one release with one of them (``against``,
``pair``), and places with the whole they are part of (``with_whole``). Each gives a table with a verdict in one word, the
reason where there is none, and how many places were tested beside it. Overlapping intervals are never used as a test.

Two 5-year releases less than five years apart share survey years, so they move together. *fell* and *rose* are what a test
shows that ignores this and so hardly ever errs; *probably_fell* and *probably_rose* are indicative: what only shows when the
error is narrowed by sqrt(1 - C), C = shared years / 5 (US Census Bureau, older *Instructions for Applying Statistical
Testing*), which can be too bold because every release is weighted anew. Where no year is shared the two tests are one.
A place whose margin is modelled gets no verdict above *probably*.

In a list of many places some differ by chance alone. A list is judged by Benjamini and Hochberg (1995): of the places said to
differ at most one in ten, on average, does not. Chances far out are those of Student's t (``chance``).
The same place asked for alone is judged by the plain 90 % test.
"""

from __future__ import annotations

import enum

import numpy as np
import pandas as pd

from equity.errors import UsageError
from equity.flags import Flag
from equity.stats import moe

FALSE_DISCOVERIES = 0.10  # the part of a list's verdicts that may be wrong on average
# In a list the rarest differences decide, and those are a little more frequent than the normal curve has them: some areas rest
# on few interviews, and the Bureau estimates every margin from 80 replicates of its sample (ACS Design and Methodology).
# Student's t with 80 degrees of freedom is a guard: in simulation without any change, lists one year apart named a place in
# 10.8 % of cases with the normal curve, in 7.6 % with this one. It is on the careful side: a sum of tracts has more degrees.
REPLICATES = 80


class Verdict(enum.StrEnum):
    """What may be said; the values stand in files and never change."""

    FELL = "fell"
    ROSE = "rose"
    PROBABLY_FELL = "probably_fell"
    PROBABLY_ROSE = "probably_rose"
    LOWER = "lower"
    HIGHER = "higher"
    PROBABLY_LOWER = "probably_lower"  # of places only where a margin is modelled
    PROBABLY_HIGHER = "probably_higher"
    TOO_CLOSE = "too_close"
    NOT_COMPARABLE = "not_comparable"


class Reason(enum.StrEnum):
    """Why two figures are not comparable, in the order in which the first that holds is given."""

    SAME_PLACE = "same_place"  # a place is not compared with itself
    MISSING = "missing"  # one of the two has no estimate
    BOUNDARIES = "boundaries"  # the outline changed: these are two places with one name
    WORDING = "wording"  # the question changed between the two releases
    METHODS = "methods"  # one is summed and the other published, or they cover different spans of time
    NO_MARGIN = "no_margin"  # nothing can be tested without both margins


_JUDGED = ["difference", "difference_moe", "z", "z_overlap", "verdict", "reason", "tested"]
CHANGES = ["place_id", "old", "old_moe", "new", "new_moe", *_JUDGED[:4], "shared_years", *_JUDGED[4:]]
PLACES = ["place_id", "other_id", "here", "here_moe", "there", "there_moe", *_JUDGED[:3], *_JUDGED[4:]]

# (sure below, sure above, indicative below, indicative above)
_OVER_TIME = (Verdict.FELL, Verdict.ROSE, Verdict.PROBABLY_FELL, Verdict.PROBABLY_ROSE)
_BETWEEN_PLACES = (Verdict.LOWER, Verdict.HIGHER, Verdict.PROBABLY_LOWER, Verdict.PROBABLY_HIGHER)


def changes(
    old: pd.DataFrame,
    new: pd.DataFrame,
    *,
    old_years: tuple[int, int],
    new_years: tuple[int, int],
    measure: str = "share",
    same_wording: bool | pd.Series = True,
    same_boundaries: bool | pd.Series = True,
    same_methods: bool | pd.Series = True,
    listed: bool = True,
) -> pd.DataFrame:
    """place_id, <measure>, <measure>_moe, flag (and, if there is one, modelled) of two releases -> CHANGES, a row a place.

    ``measure`` is "share" or "estimate"; ``old_years`` and ``new_years`` are first and last survey year. What must be the same
    on both sides is said for all places or, as a Series by place_id, for each; a place it does not list is not the same.
    ``difference`` = new - old and its 90 % margin are in the measure's unit, the margin without the overlap factor;
    ``z_overlap`` is the z with it. Across changed boundaries there is no difference; without a comparison no margin of it and
    no z. ``tested`` is how many places the verdict was controlled over: the whole list when ``listed``, else 1; 0 where
    nothing was tested. Places come in the order of ``new``, then those that only ``old`` has. UsageError when the second
    release is not the later.
    """
    if old_years[1] >= new_years[1]:
        raise UsageError(f"a change is measured from an earlier release; {old_years[1]} is not before {new_years[1]}")
    old, new = _by_place(old, measure), _by_place(new, measure)
    places = new.index.append(old.index.difference(new.index, sort=False))
    old, new = old.reindex(places), new.reindex(places)
    same_span = old_years[1] - old_years[0] == new_years[1] - new_years[0]
    reasons = {
        Reason.MISSING: (old[measure].isna() | new[measure].isna()).to_numpy(),
        Reason.BOUNDARIES: ~_holds(same_boundaries, places),
        Reason.WORDING: ~_holds(same_wording, places),
        Reason.METHODS: ~(_holds(same_methods, places) & same_span),
    }
    shared = shared_years(old_years, new_years)
    judged = _judge(
        (new[measure] - old[measure]).to_numpy(),
        moe.of_difference(old["moe"], new["moe"]).to_numpy(),
        reasons,
        modelled=(old["modelled"].eq(True) | new["modelled"].eq(True)).to_numpy(),
        words=_OVER_TIME,
        factor=overlap_factor(shared, old_years[1] - old_years[0] + 1) if same_span else 1.0,
        listed=listed,
    )
    sides = {"old": old[measure], "old_moe": old["moe"], "new": new[measure], "new_moe": new["moe"]}
    return judged.assign(place_id=places, shared_years=shared, **{name: s.to_numpy() for name, s in sides.items()})[CHANGES]


def against(
    table: pd.DataFrame,
    place_id: str,
    *,
    measure: str = "share",
    covariance: float | pd.Series = 0.0,
    listed: bool = True,
) -> pd.DataFrame:
    """How one place of a release stands against each place of ``table`` (columns as for ``changes``) -> PLACES.

    ``difference`` = here - there, ``here`` being ``place_id``: *higher* says that its figure is the higher. ``covariance`` of
    the two estimates, one or by other place, is 0 unless they share tracts: of counts it is the sum over the shared tracts of
    w1 w2 SE^2. UsageError for a place that the table does not hold.
    """
    there = _by_place(table, measure)
    if place_id not in there.index:
        raise UsageError(f"no place {place_id!r} among the {len(there)} compared; choose one of their ids")
    here = there.loc[[place_id] * len(there)].set_axis(there.index)
    return _places(here, there, [place_id] * len(there), list(there.index), measure, covariance, listed)


def pair(table: pd.DataFrame, place_id: str, other_id: str, *, measure: str = "share", covariance: float = 0.0) -> pd.Series:
    """One row of PLACES: two places asked for by themselves, judged without a list. UsageError for an unknown place."""
    two = table[table["place_id"].isin([place_id, other_id])]
    found = against(two, place_id, measure=measure, covariance=covariance, listed=False)
    if other_id not in set(found["other_id"]):
        raise UsageError(f"no place {other_id!r} among the {len(table)} compared; choose one of their ids")
    return found[found["other_id"] == other_id].iloc[0]


def with_whole(table: pd.DataFrame, whole: pd.Series, *, part: pd.Series | None = None, listed: bool = True) -> pd.DataFrame:
    """Places of a release and the whole they are part of, on shares -> PLACES; *higher*: the place's share is the higher.

    Var(A - B) = Var(A) (1 - 2w) + Var(B), w = A's part of the whole's universe: their covariance is w Var(A). ``table`` also
    holds universe_estimate, ``whole`` is one such row. ``part`` gives w by place_id where a place lies only partly in the
    whole (a tract at the city's edge); otherwise it is universe / universe. A place that is all of the whole is the same place.
    """
    here = _by_place(table, "share")
    there = _by_place(whole.to_frame().T.infer_objects(), "share")
    there = there.loc[[there.index[0]] * len(here)].set_axis(here.index)
    universe = table.set_index("place_id")["universe_estimate"]
    weight = universe / whole["universe_estimate"] if part is None else part.reindex(here.index)
    covariance = weight * moe.standard_error(here["moe"]) ** 2
    others = [whole["place_id"]] * len(here)
    return _places(here, there, list(here.index), others, "share", covariance, listed, same=np.isclose(weight, 1))


def shared_years(old_years: tuple[int, int], new_years: tuple[int, int]) -> int:
    """How many survey years (first, last) and (first, last) have in common."""
    return max(0, min(old_years[1], new_years[1]) - max(old_years[0], new_years[0]) + 1)


def overlap_factor(shared: int, span: int = 5) -> float:
    """sqrt(1 - C), C = shared years / years of a release: by this the error of a difference narrows; 1 when none is shared."""
    return float(np.sqrt(1 - shared / span))


def chance(z: np.ndarray) -> np.ndarray:
    """z of differences -> how rare they are where nothing differs, as lists take it: two-sided, Student's t for REPLICATES."""
    return moe.p_value(moe.normal_deviate(z, REPLICATES))


def discoveries(p: np.ndarray, rate: float = FALSE_DISCOVERIES) -> np.ndarray:
    """p-values -> which of them stand when at most ``rate`` of those that do may be false (Benjamini and Hochberg 1995).

    The k smallest stand, k being the largest for which the k-th smallest is at most rate x k / m. NaN is not tested.
    """
    p = np.asarray(p, dtype=float)
    ordered = np.sort(p[~np.isnan(p)])
    passing = np.flatnonzero(ordered <= rate * np.arange(1, len(ordered) + 1) / max(len(ordered), 1))
    return p <= ordered[passing[-1]] if len(passing) else np.zeros(p.shape, dtype=bool)


def stands(z: np.ndarray, listed: bool = True) -> np.ndarray:
    """z of differences -> which the 90 % test shows and, in a list, the control of false discoveries lets stand."""
    shown = np.abs(z) > moe.Z90
    return shown & discoveries(chance(z)) if listed else shown


# --- within ----------------------------------------------------------------------------------------------------------


def _by_place(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    """place_id -> measure, moe, modelled; each place once."""
    if table["place_id"].duplicated().any():
        raise UsageError("a place stands twice in one of the tables compared; give each place once")
    modelled = table["modelled"] if "modelled" in table else (table["flag"].astype(int) & int(Flag.MODELLED)) != 0
    figures = {measure: table[measure].astype(float), "moe": _margin(table, measure), "modelled": modelled}
    return pd.DataFrame({**figures, "place_id": table["place_id"]}).set_index("place_id")


def _margin(table: pd.DataFrame, measure: str) -> pd.Series:
    """The margin column of a measure: moe of the estimate, share_moe of the share."""
    return table["moe" if measure == "estimate" else f"{measure}_moe"].astype(float)


def _holds(same: bool | pd.Series, places: pd.Index) -> np.ndarray:
    """A statement about all places, or by place, for each of ``places``."""
    if isinstance(same, pd.Series):
        return same.reindex(places, fill_value=False).to_numpy(dtype=bool)
    return np.full(len(places), bool(same))


def _places(here, there, place_ids, other_ids, measure, covariance, listed, same=False) -> pd.DataFrame:
    """PLACES from two aligned tables of ``_by_place``."""
    if isinstance(covariance, pd.Series):
        covariance = covariance.reindex(here.index, fill_value=0.0)
    identical = np.array([a == b for a, b in zip(place_ids, other_ids, strict=True)], dtype=bool) | same
    judged = _judge(
        (here[measure] - there[measure]).to_numpy(),
        moe.of_difference(here["moe"], there["moe"], covariance).to_numpy(),
        {Reason.SAME_PLACE: identical, Reason.MISSING: (here[measure].isna() | there[measure].isna()).to_numpy()},
        modelled=(here["modelled"].eq(True) | there["modelled"].eq(True)).to_numpy(),
        words=_BETWEEN_PLACES,
        factor=1.0,
        listed=listed,
    )
    sides = {"here": here[measure], "here_moe": here["moe"], "there": there[measure], "there_moe": there["moe"]}
    named = {name: side.to_numpy() for name, side in sides.items()}
    return judged.assign(place_id=place_ids, other_id=other_ids, **named)[PLACES]


def _judge(difference, margin, reasons, *, modelled, words, factor, listed) -> pd.DataFrame:
    """Differences and their margins without the overlap factor -> _JUDGED."""
    reasons = {**reasons, Reason.NO_MARGIN: np.isnan(margin)}
    reason = np.select(list(reasons.values()), [str(name) for name in reasons], default="")
    comparable = reason == ""
    margin = np.where(comparable, margin, np.nan)
    z = moe.z_of_difference(np.where(comparable, difference, np.nan), margin)
    z_overlap = z / factor
    sure, indicative = stands(np.where(modelled & comparable, 0.0, z), listed), stands(z_overlap, listed)
    below = difference < 0
    verdict = np.select(
        [~comparable, sure & below, sure, indicative & below, indicative],
        [str(word) for word in (Verdict.NOT_COMPARABLE, words[0], words[1], words[2], words[3])],
        default=str(Verdict.TOO_CLOSE),
    )
    values = (
        np.where(reason == Reason.BOUNDARIES, np.nan, difference), margin, z, z_overlap, verdict, reason,
        np.where(comparable, comparable.sum() if listed else 1, 0),
    )  # fmt: skip
    return pd.DataFrame(dict(zip(_JUDGED, values, strict=True)))
