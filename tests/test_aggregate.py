"""Tracts into places: weights first, then counts, then indicators, and only then a division. Every sum is by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from equity import indicators
from equity.errors import UsageError
from equity.flags import Flag
from equity.indicators import Indicator, Recipe
from equity.stats import aggregate

NAN = math.nan
BOTH = {"1": "both", "2": "both"}


def crosswalk(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["geoid", "area_id", "weight"])


def figures(line: str = "B28002_013", **places: tuple) -> pd.DataFrame:
    """place=(estimate, margin) or (estimate, margin, flag) -> the long table of one line."""
    rows = [(place, 2021, line, *(*given, 0)[:3]) for place, given in places.items()]
    table = pd.DataFrame(rows, columns=["place_id", "release", "variable", "estimate", "moe", "flag"])
    return table.astype({"estimate": float, "moe": float, "flag": int})


def summed(figures_of_tracts: pd.DataFrame, *weights: tuple[str, str, float]) -> pd.DataFrame:
    """geoid, place, weight -> the places' figures, by place."""
    table = pd.DataFrame(weights, columns=["geoid", "place_id", "weight"])
    return aggregate.lines(figures_of_tracts, table).set_index("place_id")


def made(what: Indicator, **lines: tuple) -> pd.Series:
    """line=(estimate, margin) or (estimate, margin, flag) of one place -> the indicator's row."""
    table = pd.concat([figures(line, place=given) for line, given in lines.items()])
    places = pd.Index(["place"])
    return aggregate.indicator(aggregate.by_line(table, places), what, places, 2021).iloc[0]


# --- weights ---------------------------------------------------------------------------------------------------------


def test_a_tracts_weights_are_added_over_the_areas_of_a_place() -> None:
    """31.3 % in one area and 68.7 % in the other: wholly in the two together."""
    split = crosswalk(("a", "1", 0.313), ("a", "2", 0.687), ("b", "2", 1.0))
    found = aggregate.weights_for(split, BOTH)
    assert found["weight"].tolist() == pytest.approx([1.0, 1.0])
    assert found["geoid"].tolist() == ["a", "b"]
    assert set(found["place_id"]) == {"both"}


def test_areas_apart_keep_their_parts() -> None:
    split = crosswalk(("a", "1", 0.313), ("a", "2", 0.687))
    found = aggregate.weights_for(split, {"1": "west", "2": "east"})
    assert dict(zip(found["place_id"], found["weight"], strict=True)) == {"west": 0.313, "east": 0.687}


def test_areas_that_are_not_asked_for_and_weights_of_zero_are_left_out() -> None:
    split = crosswalk(("a", "1", 0.4), ("a", "2", 0.6), ("b", "1", 0.0), ("c", "3", 1.0))
    assert aggregate.weights_for(split, {"1": "one"})[["geoid", "weight"]].to_numpy().tolist() == [["a", 0.4]]


def test_no_areas_have_no_weights() -> None:
    assert aggregate.weights_for(crosswalk(("a", "1", 1.0)), {}).empty


def test_a_place_that_stands_for_itself_weighs_one() -> None:
    found = aggregate.whole(pd.Series(["1", "2"]))
    assert found.to_numpy().tolist() == [["1", "1", 1.0], ["2", "2", 1.0]]


# --- lines -----------------------------------------------------------------------------------------------------------


def test_counts_are_weighted_and_summed() -> None:
    """Half of 100 +/- 60 and a quarter of 400 +/- 160: 50 + 100 = 150, sqrt(30^2 + 40^2) = 50."""
    row = summed(figures(a=(100, 60), b=(400, 160)), ("a", "x", 0.5), ("b", "x", 0.25)).loc["x"]
    assert (row["estimate"], row["moe"], row["flag"]) == (150, 50, 0)


def test_of_empty_tracts_only_the_widest_margin_counts() -> None:
    """0 +/- 12, 0 +/- 24 and 9 +/- 7: 9, sqrt(24^2 + 7^2) = 25."""
    weights = [(tract, "x", 1.0) for tract in "abc"]
    row = summed(figures(a=(0, 12), b=(0, 24), c=(9, 7)), *weights).loc["x"]
    assert (row["estimate"], row["moe"]) == (9, 25)


def test_a_split_tract_is_counted_once_in_the_whole() -> None:
    """A tract of 200 +/- 50, three tenths here and seven there: together 200 +/- 50, not sqrt(15^2 + 35^2) = 38.1."""
    split = crosswalk(("a", "1", 0.3), ("a", "2", 0.7))
    together = aggregate.lines(figures(a=(200, 50)), aggregate.weights_for(split, BOTH)).iloc[0]
    assert (together["estimate"], together["moe"]) == pytest.approx((200, 50))
    apart = aggregate.lines(figures(a=(200, 50)), aggregate.weights_for(split, {"1": "1", "2": "2"}))
    assert apart["moe"].tolist() == pytest.approx([15, 35])


def test_how_a_weight_is_split_over_the_chosen_areas_changes_nothing() -> None:
    """Thirty random tracts, each cut at a random point between two areas of the place: the same as uncut."""
    rng = np.random.default_rng(77)
    tracts = {f"t{n:02d}": (float(rng.integers(0, 3) * rng.integers(0, 400)), float(rng.integers(12, 90))) for n in range(30)}
    table = figures(**tracts)
    uncut = crosswalk(*((tract, "1", 1.0) for tract in tracts))
    whole = aggregate.lines(table, aggregate.weights_for(uncut, BOTH)).iloc[0]
    assert (table["estimate"] == 0).sum() > 3, "zeros are among them"
    for _ in range(5):
        cuts = rng.uniform(0, 1, len(tracts))
        rows = [
            (tract, area, part) for tract, cut in zip(tracts, cuts, strict=True) for area, part in (("1", cut), ("2", 1 - cut))
        ]
        order = rng.permutation(len(rows))
        cut = crosswalk(*(rows[position] for position in order))
        found = aggregate.lines(table, aggregate.weights_for(cut, BOTH)).iloc[0]
        assert (found["estimate"], found["moe"]) == pytest.approx((whole["estimate"], whole["moe"]), rel=1e-12)


def test_a_missing_part_leaves_the_whole_without_an_estimate() -> None:
    """Never the sum of the rest: 100 + unknown is unknown, and it says why."""
    table = figures(a=(100, 10), b=(NAN, NAN, int(Flag.NO_ESTIMATE)))
    row = summed(table, ("a", "x", 1.0), ("b", "x", 0.01)).loc["x"]
    assert math.isnan(row["estimate"])
    assert math.isnan(row["moe"])
    assert row["flag"] == Flag.NO_ESTIMATE


def test_a_stray_margin_beside_a_missing_estimate_is_no_margin_of_the_whole() -> None:
    """100 +/- 3 and unknown +/- 4: not +/- 5 of nothing."""
    table = figures(a=(100, 3), b=(NAN, 4, int(Flag.NO_ESTIMATE)))
    assert math.isnan(summed(table, ("a", "x", 1.0), ("b", "x", 1.0)).loc["x", "moe"])


def test_a_missing_margin_leaves_the_whole_with_an_estimate_and_no_margin() -> None:
    table = figures(a=(100, 10), b=(0, NAN, int(Flag.NO_MARGIN)))
    row = summed(table, ("a", "x", 1.0), ("b", "x", 1.0)).loc["x"]
    assert row["estimate"] == 100
    assert math.isnan(row["moe"])
    assert row["flag"] == Flag.NO_MARGIN


def test_a_tract_that_the_release_does_not_list_is_missing_and_not_zero() -> None:
    row = summed(figures(a=(100, 10)), ("a", "x", 1.0), ("ghost", "x", 1.0)).loc["x"]
    assert math.isnan(row["estimate"])
    assert row["flag"] & Flag.NO_ESTIMATE


def test_what_is_missing_elsewhere_does_no_harm_here() -> None:
    table = figures(a=(100, 10), b=(NAN, NAN, int(Flag.NO_ESTIMATE)))
    found = summed(table, ("b", "y", 1.0), ("a", "x", 1.0))
    assert (found.loc["x", "estimate"], found.loc["x", "flag"]) == (100, 0)
    assert math.isnan(found.loc["y", "estimate"])


def test_the_notes_of_the_parts_are_collected() -> None:
    table = figures(a=(100, 0, int(Flag.CONTROLLED)), b=(5, NAN, int(Flag.MARGIN_NOT_IN_HAND | Flag.RECOVERED)))
    row = summed(table, ("a", "x", 1.0), ("b", "x", 1.0)).loc["x"]
    assert row["flag"] == Flag.CONTROLLED | Flag.MARGIN_NOT_IN_HAND | Flag.RECOVERED


def test_each_line_is_summed_apart() -> None:
    """Line 012: 3 + 4 = 7; line 013: 10 + 20 = 30."""
    table = pd.concat([figures("B28002_012", a=(3, 3), b=(4, 4)), figures("B28002_013", a=(10, 6), b=(20, 8))])
    found = summed(table, ("a", "x", 1.0), ("b", "x", 1.0)).set_index("variable")
    assert found["estimate"].to_dict() == {"B28002_012": 7, "B28002_013": 30}
    assert found["moe"].to_dict() == {"B28002_012": 5, "B28002_013": 10}


def test_many_places_in_any_order_get_their_own_sums() -> None:
    """Places "10", "2" and "1" share six tracts of 1, 2, 4, 8, 16 and 32: 1 + 8 = 9, 2 + 16 = 18, 4 + 32 = 36."""
    table = figures(**{name: (2**power, 1) for power, name in enumerate("abcdef")})
    weights = [(tract, place, 1.0) for tract, place in zip("fdbeca", ["1", "10", "2", "2", "1", "10"], strict=True)]
    assert summed(table, *weights)["estimate"].to_dict() == {"10": 9, "2": 18, "1": 36}


def test_nothing_summed_is_nothing() -> None:
    assert summed(figures(a=(1, 1))).empty
    assert aggregate.lines(figures(a=(1, 1)).iloc[:0], aggregate.whole(pd.Series(["a"]))).empty


def test_the_tables_that_are_given_are_not_changed() -> None:
    table, split = figures(a=(100, 60), b=(0, NAN)), crosswalk(("b", "1", 0.5), ("a", "2", 0.5))
    kept_table, kept_split = table.copy(), split.copy()
    weights = aggregate.weights_for(split, BOTH)
    kept_weights = weights.copy()
    aggregate.lines(table, weights)
    pd.testing.assert_frame_equal(table, kept_table)
    pd.testing.assert_frame_equal(split, kept_split)
    pd.testing.assert_frame_equal(weights, kept_weights)


def test_a_place_without_a_figure_is_a_row_with_its_reason() -> None:
    found = aggregate.by_line(figures(a=(100, 60)), pd.Index(["b", "a"]))["B28002_013"]
    assert found.index.tolist() == ["b", "a"]
    assert math.isnan(found.loc["b", "estimate"])
    assert found["flag"].tolist() == [Flag.NO_ESTIMATE, 0]


# --- indicators --------------------------------------------------------------------------------------------------------


def test_a_sum_of_lines_over_its_universe() -> None:
    """(6 +/- 6 + 44 +/- 8) of 200 +/- 20: 50 +/- 10; 0.25 +/- sqrt(100 - 0.0625 x 400) / 200 = 0.0433."""
    row = made(indicators.get("no_subscription"), B28002_001=(200, 20), B28002_012=(6, 6), B28002_013=(44, 8))
    assert (row["universe_estimate"], row["universe_moe"], row["estimate"], row["moe"]) == (200, 20, 50, 10)
    assert (row["share"], row["share_moe"]) == (0.25, pytest.approx(math.sqrt(75) / 200))
    assert row["flag"] == 0


def test_a_zero_line_adds_only_the_wider_of_the_zeros() -> None:
    """0 +/- 12 (dial-up) and 0 +/- 5 (no subscription) beside 9 +/- 9: sqrt(12^2 + 9^2) = 15."""
    row = made(indicators.get("no_broadband"), B28002_001=(90, 9), B28002_003=(0, 12), B28002_012=(0, 5), B28002_013=(9, 9))
    assert (row["estimate"], row["moe"]) == (9, 15)


def test_a_difference_over_its_universe() -> None:
    """100 +/- 20 less 30 +/- 13 wired: 70 +/- sqrt(169 + 0.4 x 400) = 18.14; the share keeps 30's: sqrt(169 - 36) / 100."""
    row = made(indicators.get("no_wired"), B28002_001=(100, 20), B28002_007=(30, 13))
    assert (row["estimate"], row["moe"]) == (70, pytest.approx(math.sqrt(329)))
    assert (row["share"], row["share_moe"]) == (pytest.approx(0.7), pytest.approx(math.sqrt(133) / 100))
    assert row["flag"] == 0, "no lines make it up in any release: the difference is the definition, not a stand-in"


def test_the_share_of_a_difference_has_the_margin_of_its_other_side() -> None:
    """30 of 100 are wired, so 1 - p has the margin of p: sqrt(5^2 - 0.09 x 10^2) / 100 = 0.04."""
    row = made(indicators.get("no_wired"), B28002_001=(100, 10), B28002_007=(30, 5))
    assert row["share_moe"] == pytest.approx(0.04)


def test_the_ratio_rule_is_owned_up_to() -> None:
    """80 +/- 9 of 100 +/- 15: 81 - 144 < 0, so sqrt(81 + 144) / 100 = 0.15, flagged."""
    row = made(indicators.get("no_access"), B28002_001=(100, 15), B28002_013=(80, 9))
    assert row["share_moe"] == pytest.approx(0.15)
    assert row["flag"] == Flag.RATIO_RULE


def test_a_place_without_households_has_a_count_and_no_share() -> None:
    """0 +/- 12 of 0 +/- 12: the count is an honest 0, the share is undefined, and the row says why."""
    row = made(indicators.get("no_access"), B28002_001=(0, 12), B28002_013=(0, 12))
    assert (row["estimate"], row["moe"]) == (0, 12)
    assert math.isnan(row["share"])
    assert math.isnan(row["share_moe"])
    assert row["flag"] == Flag.NO_UNIVERSE


def test_shares_are_divided_last_and_never_averaged() -> None:
    """10 of 100 and 90 of 300: 100 of 400 is 0.25; the mean of 0.10 and 0.30 would be 0.20."""
    table = pd.concat([figures("B28002_001", a=(100, 1), b=(300, 1)), figures("B28002_013", a=(10, 1), b=(90, 1))])
    weights = pd.DataFrame({"geoid": ["a", "b"], "place_id": "x", "weight": 1.0})
    places = pd.Index(["x"])
    lines = aggregate.by_line(aggregate.lines(table, weights), places)
    assert aggregate.indicator(lines, indicators.get("no_access"), places, 2021).iloc[0]["share"] == 0.25


def test_a_part_without_a_margin_has_an_estimate_and_a_share_without_one() -> None:
    """Release 2024 as it is: line 001 with its margin, line 002 without. The margin of 001 is no substitute."""
    row = made(
        indicators.get("no_subscription"),
        B28002_001=(2284, 356),
        B28002_002=(2057, NAN, int(Flag.MARGIN_NOT_IN_HAND)),
    )
    assert (row["universe_estimate"], row["universe_moe"], row["estimate"]) == (2284, 356, 227)
    assert math.isnan(row["moe"])
    assert math.isnan(row["share_moe"])
    assert row["share"] == pytest.approx(227 / 2284)
    assert row["flag"] == Flag.MARGIN_NOT_IN_HAND | Flag.IDENTITY


def test_a_missing_estimate_carries_its_reason_and_no_word_about_margins() -> None:
    row = made(
        indicators.get("no_subscription"),
        B28002_001=(100, 10),
        B28002_012=(NAN, NAN, int(Flag.NO_ESTIMATE)),
        B28002_013=(20, NAN, int(Flag.NO_MARGIN)),
    )
    assert math.isnan(row["estimate"])
    assert math.isnan(row["moe"])
    assert math.isnan(row["share"])
    assert row["flag"] == Flag.NO_ESTIMATE


def test_lines_come_before_a_label_and_a_label_before_a_difference() -> None:
    what = indicators.get("no_subscription")
    everything = {"B28002_001", "B28002_002", "B28002_012", "B28002_013", "HH", "NOINT"}
    assert aggregate.recipe_for(everything, what).formula == "B28002_012 + B28002_013"
    assert aggregate.recipe_for(everything - {"B28002_012"}, what).formula == "NOINT"
    assert aggregate.recipe_for(everything - {"B28002_012", "HH"}, what).formula == "B28002_001 - B28002_002"
    assert aggregate.recipe_for(everything - {"B28002_001", "HH"}, what) is None
    assert aggregate.recipe_for(set(), what) is None


def test_an_indicator_without_its_lines_is_missing_with_the_reason() -> None:
    """Line 013 alone cannot give 012 + 013, and is not taken for it."""
    row = made(indicators.get("no_subscription"), B28002_001=(100, 10), B28002_013=(20, 5))
    assert row[["universe_estimate", "universe_moe", "estimate", "moe", "share", "share_moe"]].isna().all()
    assert row["flag"] == Flag.NOT_IN_RELEASE


def test_every_place_has_a_row_in_the_order_asked() -> None:
    table = pd.concat([figures("B28002_001", a=(100, 9)), figures("B28002_013", a=(10, 4))])
    places = pd.Index(["c", "a", "b"])
    found = aggregate.indicator(aggregate.by_line(table, places), indicators.get("no_access"), places, 2021)
    assert list(found.columns) == aggregate.TABLE
    assert found["place_id"].tolist() == ["c", "a", "b"]
    assert found["estimate"].isna().tolist() == [True, False, True]
    assert found["flag"].tolist() == [Flag.NO_ESTIMATE, 0, Flag.NO_ESTIMATE]
    assert set(found["indicator"]) == {"no_access"}
    assert set(found["release"]) == {2021}


def test_a_new_indicator_is_one_literal() -> None:
    """Nothing but the recipe is needed: satellite only (010), 4 +/- 3 of 16 +/- 0: 0.25 +/- 3 / 16."""
    what = Indicator("satellite", "Satellite", "One.", "had it", "households", (Recipe("B28002_001", ("B28002_010",)),))
    row = made(what, B28002_001=(16, 0, int(Flag.CONTROLLED)), B28002_010=(4, 3))
    assert (row["indicator"], row["share"], row["share_moe"]) == ("satellite", 0.25, 0.1875)
    assert row["flag"] == Flag.CONTROLLED


def test_nobody_left_is_not_certain() -> None:
    """100 +/- 10 households, all 100 +/- 10 of them wired: 0 +/- 10 are not, as the share of 0 +/- 10 % says."""
    hundred = pd.DataFrame({"estimate": [100.0], "moe": [10.0], "flag": [0]}, index=["x"])
    lines = {"B28002_001": hundred, "B28002_007": hundred}
    row = aggregate.indicator(lines, indicators.get("no_wired"), pd.Index(["x"]), 2021).iloc[0]
    assert (row["estimate"], row["moe"], row["share"], row["share_moe"]) == (0, 10, 0, 0.1)


def test_figures_are_added_up_one_release_at_a_time_and_each_once() -> None:
    """Two releases, or a line given twice, would be added up under one name: refused."""
    one = pd.DataFrame([{"place_id": "a", "release": 2021, "variable": "x", "estimate": 1.0, "moe": 1.0, "flag": 0}])
    weights = pd.DataFrame([{"geoid": "a", "place_id": "p", "weight": 1.0}])
    assert len(aggregate.lines(one, weights)) == 1
    for twice in (pd.concat([one, one]), pd.concat([one, one.assign(release=2024, variable="y")])):
        with pytest.raises(UsageError, match="one release at a time"):
            aggregate.lines(twice, weights)
