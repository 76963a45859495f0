"""What must hold of margins whatever the figures: properties, not examples."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as some

from equity.stats import aggregate, moe

# The same cases at every run, and no clock: a slow machine is no reason to fail.
settings.register_profile("calm", deadline=None, derandomize=True)
settings.load_profile("calm")

counts = some.floats(0, 5_000).map(round)
margins = some.floats(0, 800).map(round)
terms = some.lists(some.tuples(counts, margins, some.floats(0.01, 1)), min_size=1, max_size=12)


def columns(rows: list[tuple]) -> list[np.ndarray]:
    return [np.array(column, dtype=float) for column in zip(*rows, strict=True)]


@given(terms)
def test_a_margin_is_never_negative_and_never_below_its_widest_term(rows) -> None:
    estimates, moes, weights = columns(rows)
    assert moe.of_sum(estimates, moes, weights) >= (weights * moes).max() * (1 - 1e-12)


@given(terms, some.floats(0.1, 50))
def test_scaling_the_figures_scales_the_margin(rows, k) -> None:
    estimates, moes, weights = columns(rows)
    assert np.isclose(moe.of_sum(k * estimates, k * moes, weights), k * moe.of_sum(estimates, moes, weights))


@given(terms, some.randoms())
def test_the_order_of_the_terms_does_not_matter(rows, dice) -> None:
    mixed = list(rows)
    dice.shuffle(mixed)
    assert np.isclose(moe.of_sum(*columns(rows)), moe.of_sum(*columns(mixed)))


@given(terms)
def test_weights_of_one_change_nothing(rows) -> None:
    estimates, moes, _ = columns(rows)
    assert moe.of_sum(estimates, moes, np.ones(len(rows))) == moe.of_sum(estimates, moes)


@given(terms, some.integers(0, 11))
def test_one_missing_margin_makes_the_whole_missing(rows, at) -> None:
    estimates, moes, weights = columns(rows)
    moes[at % len(moes)] = np.nan
    assert np.isnan(moe.of_sum(estimates, moes, weights))


@given(some.floats(0, 1), some.integers(1, 5_000), margins, margins)
def test_a_shares_interval_stays_between_nothing_and_all(share, whole, part_moe, whole_moe) -> None:
    part = round(share * whole)
    margin = moe.of_share(part, part_moe, whole, whole_moe)
    low, high = moe.interval(part / whole, margin, 0, 1)
    assert margin >= 0
    assert 0 <= low <= part / whole <= high <= 1


def place(rows: list[tuple], crosswalk: pd.DataFrame, place_of_area: dict[str, str]) -> pd.Series:
    """The one place's row for a line made of these tracts."""
    figures = pd.DataFrame(
        {
            "place_id": [f"t{at}" for at in range(len(rows))],
            "release": 2021,
            "variable": "X_001",
            "estimate": [float(row[0]) for row in rows],
            "moe": [float(row[1]) for row in rows],
            "flag": 0,
        }
    )
    return aggregate.lines(figures, aggregate.weights_for(crosswalk, place_of_area)).iloc[0]


@settings(max_examples=40)
@given(terms, some.floats(0.05, 0.95))
def test_splitting_a_tract_over_two_chosen_areas_changes_nothing(rows, part) -> None:
    """w X of one area is as much as p w X of one and (1 - p) w X of another, both chosen: the margin is that of the sum."""
    ids = [f"t{at}" for at in range(len(rows))]
    weights = [row[2] for row in rows]
    whole = pd.DataFrame({"geoid": ids, "area_id": "1", "weight": weights})
    split = pd.concat(
        [whole.assign(weight=whole["weight"] * part), whole.assign(area_id="2", weight=whole["weight"] * (1 - part))],
        ignore_index=True,
    )
    one, two = place(rows, whole, {"1": "here"}), place(rows, split, {"1": "here", "2": "here"})
    assert np.allclose([one["estimate"], one["moe"]], [two["estimate"], two["moe"]])


@settings(max_examples=40)
@given(terms)
def test_weights_that_add_up_to_one_conserve_the_count(rows) -> None:
    ids = [f"t{at}" for at in range(len(rows))]
    halves = pd.concat([pd.DataFrame({"geoid": ids, "area_id": area, "weight": 0.5}) for area in ("1", "2")], ignore_index=True)
    total = place(rows, halves, {"1": "city", "2": "city"})
    assert np.isclose(total["estimate"], sum(row[0] for row in rows))
