"""How far the order of places can be trusted. Knows nothing of files, cities, languages or Dash.

A position in a list is an estimate like any other. Three answers to "is this really the worst?" are given here, from the
published margins taken as normal errors:

- the *range* of a place's rank. Another place is surely worse (better) than place k when their difference, in its standard
  errors, exceeds the 90 % quantile of the largest of k's statistics, |z|, against all the others under no difference. The
  places that are neither surely worse nor surely better are k's group: they cannot be told apart from it, and the range has
  as many ranks as the group has places (Klein, Wright and Wieczorek 2020, "A joint confidence region for an overall ranking
  of populations", J. R. Stat. Soc. C, with k's own comparisons in place of all);
- the *chance* of being among the ten (twenty) worst, from the same draws set around the estimates. It takes the estimates
  for the truth, so it leans towards the order that is shown; it is the easiest to read, and never certain;
- the *joint* range (the same authors' region): all places' ranks at once with 90 % confidence, so wider still.

Draws are seeded: the same figures give the same answer on a page and in a file. Places are drawn as independent. Two areas
that share a tract are not quite: the largest correlation in Chicago's release 2021 is 0.10 (Woodlawn and South Shore), the
next 0.003, and neither changes an order that is sure. Margins are taken as known: where all places are really alike, low
estimates come with short margins, and in simulation only 80 % of the places, not 90 %, are then given every rank (the range
still holds the true rank in 99 % of cases). Made for some tens of places, where it takes a tenth of a second; 800
tracts work but take several seconds and 100 MB, so keep what you get.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from equity.errors import UsageError
from equity.flags import NOT_RANKED
from equity.stats import moe

DRAWS = 10_000
SEED = 2021  # other seeds move a chance by up to a point and the end of a range by a rank
CONFIDENCE = 0.90
AMONG = (10, 20)

_CELLS = 4_000_000  # numbers held at once while drawing: 16 MB
_ABREAST = 1_000  # draws looked at together: what is made of them on the way stays small


class Reason(enum.StrEnum):
    """Why a place has no rank, in the order in which the first that holds is given."""

    NOT_RANKED = "not_ranked"  # its flag says so: less than half of its households are in the city
    MISSING = "missing"  # no estimate
    NO_MARGIN = "no_margin"  # an estimate without a margin may belong anywhere


RANKS = [
    "place_id",
    "position",
    "rank_low",
    "rank_high",
    *(f"chance_top{among}" for among in AMONG),
    "top_group",
    "joint_low",
    "joint_high",
    "ranked",
    "reason",
]


@dataclass(frozen=True)
class Ranking:
    """``table``: RANKS, one row a place (see ``ranking``). ``order``: place x place, worst first.

    ``order.loc[j, k]`` is 1 where j is surely worse than k by k's own test, -1 where surely better, 0 where nobody can tell.
    """

    table: pd.DataFrame
    order: pd.DataFrame

    def group(self, place_id: str) -> list[str]:
        """The places whose order against this one is not sure, itself among them, worst first; none if it is not ranked."""
        return list(self.order.index[self.order[place_id] == 0]) if place_id in self.order else []

    @property
    def pairs(self) -> int:
        """How many pairs of ranked places there are."""
        return len(self.order) * (len(self.order) - 1) // 2

    @property
    def pairs_in_order(self) -> int:
        """How many of the pairs are in a sure order by both places' own tests."""
        sure = self.order.to_numpy() != 0
        return int((sure & sure.T).sum()) // 2


def ranking(
    table: pd.DataFrame,
    worse: str | None = "high",
    *,
    measure: str = "share",
    draws: int = DRAWS,
    seed: int = SEED,
    confidence: float = CONFIDENCE,
) -> Ranking:
    """place_id, <measure>, its margin, flag -> a Ranking; rank 1 is the worst.

    ``measure`` is "share" (margin share_moe) or "estimate" (margin moe); ``worse`` is "high" or "low", as of the indicator.
    The table has a row for every place, in the order given. ``position`` is the place by its estimate, equal ones alike;
    rank_low to rank_high its range; chance_top10 and chance_top20 fractions (of up to ten places all are among the ten);
    ``top_group`` whether nobody is surely worse: the places that may be the very worst; joint_low to joint_high the joint
    range; ``ranked`` among how many. Places without an estimate or a margin, or flagged as not ranked, have none of these but
    the reason. UsageError for an indicator of which neither way is worse.
    """
    if worse not in ("high", "low"):
        raise UsageError("these figures have no worse end to rank from; choose an indicator that has one")
    figures = table[measure].to_numpy(dtype=float) * (1 if worse == "high" else -1)
    margins = table["moe" if measure == "estimate" else f"{measure}_moe"].to_numpy(dtype=float)
    reason = np.select(
        [(table["flag"].to_numpy(dtype=int) & int(NOT_RANKED)) != 0, np.isnan(figures), np.isnan(margins)],
        [str(name) for name in Reason],
        default="",
    )
    kept = np.flatnonzero(reason == "")
    kept = kept[np.argsort(-figures[kept], kind="stable")]  # from here on worst first
    estimates, errors = figures[kept], moe.standard_error(margins[kept])
    largest, chances = _drawn(estimates, errors, draws, seed, confidence)
    order = _order(estimates, errors, largest)
    ranks = {
        "position": 1 + (estimates[None, :] > estimates[:, None]).sum(axis=1),
        **_range(order, "rank"),
        **{f"chance_top{among}": chances[among] for among in AMONG},
        "top_group": ~(order == 1).any(axis=0),
        **_range(_joint_order(estimates, errors, confidence), "joint"),
        "ranked": np.full(len(kept), len(kept)),
    }
    ids = table["place_id"].to_numpy(dtype=object)
    made = pd.DataFrame(ranks, index=kept).astype(_TYPES).reindex(range(len(table)))
    made = made.assign(place_id=ids, reason=reason).astype({"place_id": "str", "top_group": "boolean"})
    made["top_group"] = made["top_group"].fillna(False).astype(bool)
    return Ranking(made[RANKS], pd.DataFrame(order, index=ids[kept], columns=ids[kept]))


_TYPES = dict.fromkeys(("position", "rank_low", "rank_high", "joint_low", "joint_high", "ranked"), "Int64")


def joint_z(places: int, confidence: float = CONFIDENCE) -> float:
    """How many standard errors make intervals that hold for all places at once: Phi^-1(1 - (1 - confidence^(1/K)) / 2).

    3.2014 for 77 places at 90 % (Klein, Wright and Wieczorek 2020, the independent case). NaN without a place.
    """
    return NormalDist().inv_cdf((1 + confidence ** (1 / places)) / 2) if places else float("nan")


# --- within: all arrays hold ranked places only, worst first ----------------------------------------------------------


def _drawn(
    estimates: np.ndarray, errors: np.ndarray, draws: int, seed: int, confidence: float
) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """(each place's quantile of its largest |z| under no difference, {ten: each place's chance of being among the ten}).

    Single precision: a draw's last digits do not matter, and twice as many fit. Every pair is looked at once.
    """
    places = len(estimates)
    if places == 0:
        return np.empty(0), {among: np.empty(0) for among in AMONG}
    rng = np.random.default_rng(seed)
    with np.errstate(divide="ignore"):
        precision = (1 / np.sqrt(errors[:, None] ** 2 + errors[None, :] ** 2)).astype(np.float32)
    precision[np.isinf(precision)] = 0  # two figures without error do not differ by chance
    largest = np.zeros((places, draws), dtype=np.float32)
    among = {count: np.zeros(places) for count in AMONG}
    chunk = max(1, min(draws, _CELLS // places))
    for start in range(0, draws, chunk):
        drawn = rng.standard_normal((places, min(chunk, draws - start)), dtype=np.float32)
        drawn *= errors[:, None].astype(np.float32)
        for at in range(0, drawn.shape[1], _ABREAST):
            noise = drawn[:, at : at + _ABREAST]
            block = largest[:, start + at : start + at + noise.shape[1]]
            for k in range(places - 1):
                z = np.abs((noise[k + 1 :] - noise[k]) * precision[k + 1 :, k, None])
                np.maximum(block[k], z.max(axis=0), out=block[k])
                np.maximum(block[k + 1 :], z, out=block[k + 1 :])
            for count, hits in among.items():
                hits += _among(estimates[:, None] + noise, count).sum(axis=1)
    return np.quantile(largest, confidence, axis=1), {count: hits / draws for count, hits in among.items()}


def _among(drawn: np.ndarray, count: int) -> np.ndarray:
    """(places, draws) -> whether a place is among the ``count`` highest of its draw; who ties with the last is too."""
    if count >= len(drawn):
        return np.ones(drawn.shape, dtype=bool)
    return drawn >= np.partition(drawn, len(drawn) - count, axis=0)[len(drawn) - count]


def _order(estimates: np.ndarray, errors: np.ndarray, largest: np.ndarray) -> np.ndarray:
    """[j, k] = 1 where j is surely worse than k, by k's ``largest``; -1 where surely better; else 0."""
    difference = estimates[:, None] - estimates[None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        z = difference / np.sqrt(errors[:, None] ** 2 + errors[None, :] ** 2)  # no error at all: a difference is infinite
    return np.sign(np.where(np.abs(z) > largest[None, :], difference, 0)).astype(int)


def _joint_order(estimates: np.ndarray, errors: np.ndarray, confidence: float) -> np.ndarray:
    """The same where two joint intervals do not touch."""
    reach = joint_z(len(estimates), confidence) * errors
    low, high = estimates - reach, estimates + reach
    return (low[:, None] > high[None, :]).astype(int) - (high[:, None] < low[None, :])


def _range(order: np.ndarray, name: str) -> dict[str, np.ndarray]:
    """{1 + how many are surely worse ... all less how many are surely better}."""
    return {f"{name}_low": 1 + (order == 1).sum(axis=0), f"{name}_high": len(order) - (order == -1).sum(axis=0)}
