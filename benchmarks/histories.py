"""Made-up histories of a survey whose truth is known: households, yearly samples, 5-year releases. Judges nothing.

A tract has a finite number of addresses. Each holds a household without internet access (line 013), one with access but no
subscription (012), one with a subscription, or nobody. Every survey year some addresses of every tract are drawn anew,
without replacement; a release pools five years, as the ACS does, so that releases less than five years apart share
interviews: their correlation is not assumed. Margins are estimated from the draw, by the variance of a simple random sample,
and rounded to whole households as published ones are. All else (adding tracts up, shares, their margins) is the project's own
arithmetic.

*The truth* is release 2021 smoothed: each tract's shares are drawn towards its area's with the weight of ``PRIOR`` interviews,
so that a published 0 is small and not impossible. *The sample* gives a tract the interviews of a simple random sample whose
share has the published margin, fewer than the ACS makes, whose weights cost precision (a design effect). They are found at
some of the addresses drawn only, at such a part that the median tract has the published margin of its number of households.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from equity import indicators, tidy
from equity.atlas import Atlas
from equity.stats import aggregate, moe

RELEASE = 2021
WHAT = indicators.get("no_subscription")
TOTAL, *PARTS = LINES = ("B28002_001", "B28002_012", "B28002_013")
PRIOR = 5  # interviews
FEWEST = 2  # addresses a tract and year
SPAN, YEARS = 5, 10  # survey years of a release, and of a history: the last release shares none with the first
RELEASES = YEARS - SPAN + 1
FIRST = 2020  # how the first release is labelled; its survey years are 2016 to 2020


@dataclass(frozen=True)
class Survey:
    """A city and how it is asked. Arrays are by tract, in households or addresses.

    ``households`` and, of them, ``without``: (2, tracts), lines 012 and 013 in the first year; ``addresses``, of which
    ``drawn`` each year; ``area``: position in ``places`` of the area that holds most of the tract; ``zero_moe``: the published
    margin of a zero. ``places``: ids of the areas and, last, the city. ``weights``: geoid, place_id (positions), weight.
    ``published``: the median margin of a share as published, by level.
    """

    households: np.ndarray
    without: np.ndarray
    addresses: np.ndarray
    drawn: np.ndarray
    area: np.ndarray
    zero_moe: float
    places: tuple[str, ...]
    weights: pd.DataFrame
    published: dict[str, float]

    @property
    def interviews(self) -> float:
        """Which part of all households is interviewed in five years."""
        return float(SPAN * (self.drawn * self.households / self.addresses).sum() / self.households.sum())

    def shares(self, without: np.ndarray) -> np.ndarray:
        """Households without, (2, tracts) -> the true share of each place, by a plain weighted sum."""
        matrix = np.zeros((len(self.places), len(self.households)))
        matrix[self.weights["place_id"], self.weights["geoid"]] = self.weights["weight"]
        return matrix @ without.sum(axis=0) / (matrix @ self.households)


@dataclass(frozen=True)
class World:
    """What happens while the survey runs.

    ``fall``: by which part of its first share an area that changes falls each year, one area in ``every`` being one that does.
    ``common``: the correlation of the errors of any two tracts in a year, as if the city were asked a little wrongly as one.
    ``alike``: whether every tract has the city's share, but for the last household.
    """

    fall: float = 0.0
    every: int = 4
    common: float = 0.0
    alike: bool = False

    def without(self, asked: Survey, year: int) -> np.ndarray:
        """The true households without in a year (the first is 0): (2, tracts), whole households."""
        changes = asked.area % self.every == 0
        first = asked.households * (asked.without.sum(axis=1, keepdims=True) / asked.households.sum())
        return np.round((first if self.alike else asked.without) * (1 - self.fall * year * changes)).astype(int)


class Histories(NamedTuple):
    """What a block of histories published, and the truth.

    ``places``: aggregate.TABLE, a table a release, place_id = history x places + position; ``tracts``: the same for the
    tracts of the first release; ``truth``: (releases, places) shares; ``tract_truth``: (tracts,), of the first release.
    """

    places: list[pd.DataFrame]
    tracts: pd.DataFrame
    truth: np.ndarray
    tract_truth: np.ndarray


# --- the city and the sample -----------------------------------------------------------------------------------------


def survey(atlas: Atlas) -> Survey:
    """The city of release 2021, its shares smoothed, and a sample as precise as the published one."""
    vintage = atlas.release(RELEASE).tract_vintage
    table = atlas.table("tract", RELEASE, WHAT.key).query("universe_estimate > 0")
    geoids = pd.Index(table["place_id"])
    lines = aggregate.by_line(tidy.long(atlas.snapshots[RELEASE].table, RELEASE), geoids)
    households, *parts = (lines[line]["estimate"].to_numpy() for line in LINES)
    homes = atlas.tracts_of(vintage).set_index("geoid")["area_id"].reindex(geoids)
    area = pd.Index(atlas.areas["area_id"]).get_indexer(homes)
    places = (*atlas.areas["area_id"], atlas.total(RELEASE, WHAT.key)["place_id"])

    interviews = _interviews(table)
    # MOE / Y = z sqrt((1 - answering) / interviews): what the number of households is uncertain by, beside its part without.
    empty = np.median((lines[TOTAL]["moe"].to_numpy() / households / moe.Z90) ** 2 * interviews)
    addresses = np.round(households / (1 - empty))
    own = interviews / (interviews + PRIOR)
    together = [np.bincount(area, weights=part) / np.bincount(area, weights=households) for part in parts]
    smooth = [own * part + (1 - own) * households * of[area] for part, of in zip(parts, together, strict=True)]
    zeros = pd.concat([lines[line] for line in PARTS]).query("estimate == 0")
    return Survey(
        households=households.astype(int),
        without=np.maximum(1, np.round(smooth)).astype(int),
        addresses=addresses.astype(int),
        drawn=np.clip(np.round(interviews / (1 - empty) / SPAN), FEWEST, addresses // SPAN).astype(int),
        area=area,
        zero_moe=float(zeros["moe"].median()),
        places=places,
        weights=_weights(atlas.crosswalks[vintage], geoids, places),
        published={level: atlas.table(level, RELEASE, WHAT.key)["share_moe"].median() for level in ("tract", "area", "city")},
    )


def _weights(crosswalk: pd.DataFrame, geoids: pd.Index, places: tuple[str, ...]) -> pd.DataFrame:
    """The project's weights of each area and of the whole city, with positions for ids."""
    *areas, city = places
    each, whole = dict(zip(areas, areas, strict=True)), dict.fromkeys(areas, city)
    weights = pd.concat([aggregate.weights_for(crosswalk, place_of_area) for place_of_area in (each, whole)])
    weights = weights.assign(
        geoid=geoids.get_indexer(weights["geoid"]), place_id=pd.Index(places).get_indexer(weights["place_id"])
    )
    return weights[weights["geoid"] >= 0]  # a tract without households has nobody to ask


def _interviews(table: pd.DataFrame) -> np.ndarray:
    """share, share_moe of tracts -> how many interviews of a simple random sample are as precise: z^2 p (1 - p) / MOE^2.

    Where nobody or everybody is without, the margin tells nothing of that: as many a household as in the median tract.
    """
    share, margin, households = (table[name].to_numpy() for name in ("share", "share_moe", "universe_estimate"))
    told = (share > 0) & (share < 1)
    interviews = moe.Z90**2 * share * (1 - share) / margin**2
    return np.where(told, interviews, households * np.median(interviews[told] / households[told]))


def _moes(found: np.ndarray, addresses: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Part of the drawn addresses -> 90 % margin of the number of all: z N sqrt((1 - f) p (1 - p) / (n - 1)), f a year's."""
    unseen = 1 - drawn / SPAN / addresses
    return moe.Z90 * addresses * np.sqrt(unseen * found * (1 - found) / (drawn - 1))


# --- draws -----------------------------------------------------------------------------------------------------------


def draw(asked: Survey, world: World, histories: int, seed: np.random.SeedSequence) -> Histories:
    """That many histories of a world, made into releases by the project's own aggregation."""
    rng = np.random.default_rng(seed)
    truth = [world.without(asked, year) for year in range(YEARS)]
    years = np.array([_year(asked, without, world.common, histories, rng) for without in truth])
    weights = _repeated(asked, histories)
    places = pd.RangeIndex(histories * len(asked.places))
    tables, tracts = [], None
    for release in range(RELEASES):
        figures = published(asked, years[release : release + SPAN].sum(axis=0), FIRST + release)
        if tracts is None:
            every = pd.RangeIndex(histories * len(asked.households))
            tracts = aggregate.indicator(aggregate.by_line(figures, every), WHAT, every, FIRST)
        summed = aggregate.by_line(aggregate.lines(figures, weights), places)
        tables.append(aggregate.indicator(summed, WHAT, places, FIRST + release))
    means = [np.mean(truth[release : release + SPAN], axis=0) for release in range(RELEASES)]
    tract_truth = means[0].sum(axis=0) / asked.households
    return Histories(tables, tracts, np.array([asked.shares(mean) for mean in means]), tract_truth)


def _year(asked: Survey, without: np.ndarray, common: float, histories: int, rng: np.random.Generator) -> np.ndarray:
    """One survey year of each history: (3, histories, tracts) addresses of ``drawn`` found to be of each of ``LINES``."""
    unpaid, no_access = without
    shape = (histories, len(asked.households))
    if common:  # everyone's answers lean the same way this year; a fraction of a household is one now and then
        share = without.sum(axis=0) / asked.households
        interviews = asked.drawn * asked.households / asked.addresses
        lean = np.sqrt(common * share * (1 - share) / interviews) * asked.households
        no_access = np.floor(no_access + lean * rng.standard_normal((histories, 1)) + rng.random(shape)).astype(int)
        no_access = np.clip(no_access, 0, asked.households - unpaid)
    left = asked.addresses - no_access
    none = rng.hypergeometric(no_access, left, asked.drawn, size=shape)
    free = rng.hypergeometric(unpaid, left - unpaid, asked.drawn - none, size=shape)
    paying = asked.households - unpaid - no_access
    paid = rng.hypergeometric(paying, left - unpaid - paying, asked.drawn - none - free, size=shape)
    return np.array([none + free + paid, free, none])


def published(asked: Survey, found: np.ndarray, release: int) -> pd.DataFrame:
    """(3, histories, tracts) addresses of five years found to be of each of ``LINES`` -> tidy figures, in whole households.

    place_id = history x tracts + tract; release, variable, estimate, moe, flag.
    """
    drawn = SPAN * asked.drawn
    part = found / drawn
    margins = _moes(part, asked.addresses, drawn)
    # The Bureau gives a zero a margin from a model; an estimate of all addresses has no variance of its own either.
    margins = np.where(margins == 0, asked.zero_moe, np.round(margins))
    columns = {"estimate": np.round(part * asked.addresses).ravel(), "moe": margins.ravel()}
    rows = found[0].size
    ids = {"place_id": np.tile(np.arange(rows), len(LINES)), "release": release, "variable": np.repeat(LINES, rows)}
    return pd.DataFrame({**ids, **columns, "flag": 0})


def _repeated(asked: Survey, histories: int) -> pd.DataFrame:
    """The weights once a history."""
    one, number = asked.weights, np.repeat(np.arange(histories), len(asked.weights))
    return pd.DataFrame(
        {
            "geoid": np.tile(one["geoid"], histories) + number * len(asked.households),
            "place_id": np.tile(one["place_id"], histories) + number * len(asked.places),
            "weight": np.tile(one["weight"], histories),
        }
    )
