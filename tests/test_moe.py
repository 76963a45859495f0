"""Margins of error, on the Census Bureau's own worked examples and on sums small enough to check by hand.

The examples keep the names they have in the Bureau's books: H8 and H7 are chapters 8 and 7 of *Understanding and Using
ACS Data: What All Data Users Need to Know* (2020); WE is *Worked Examples for Approximating Standard Errors Using ACS
Data*; CDA is a peer library (census-data-aggregator, Los Angeles Times). Published answers are rounded: compared so.
"""

import math

import numpy as np
import pandas as pd
import pytest

from equity.stats import moe

NAN = math.nan

# --- sums ---------------------------------------------------------------------------------------------------------

SUMS = {  # example -> the terms (estimate, margin), the published sum, its published margin
    "H8-1": ([(135173, 3860), (43104, 2642), (24842, 1957)], 203119, 5070),
    "H8-2a": ([(1502, 743), (1995, 722)], 3497, 1036),
    "H8-2c": ([(2708, 1007), (1981, 647), (2581, 996)], 7270, 1557),
    "H8-3d": ([(466037, 391), (97360, 572), (67101, 459)], 630498, 831),
}


@pytest.mark.parametrize("example", SUMS)
def test_a_sum_has_the_bureaus_margin(example: str) -> None:
    """H8-1: sqrt(3,860^2 + 2,642^2 + 1,957^2) = 5,070; the others likewise."""
    terms, total, published = SUMS[example]
    estimates, margins = zip(*terms, strict=True)
    assert sum(estimates) == total
    assert round(float(moe.of_sum(estimates, margins))) == published


@pytest.mark.parametrize(("example", "published"), [("H8-2a", 630), ("H8-2c", 947)])
def test_the_standard_error_of_a_sum_is_the_bureaus(example: str, published: int) -> None:
    """H8-2a: 1,036 / 1.645 = 630; H8-2c: 1,557 / 1.645 = 947."""
    estimates, margins = zip(*SUMS[example][0], strict=True)
    assert round(float(moe.standard_error(moe.of_sum(estimates, margins)))) == published


def test_we1_a_margin_over_1_645_is_the_standard_error() -> None:
    """89,037 / 1.645 = 54,126."""
    assert round(moe.standard_error(89037)) == 54126


def test_we2_two_large_counts() -> None:
    """sqrt(89,037^2 + 84,363^2) / 1.645 = 74,563: never-married women and men, together 88,337,406."""
    margin = moe.of_sum([47194876, 41142530], [89037, 84363])
    assert round(float(moe.standard_error(margin))) == 74563
    low, high = moe.interval(88337406, margin)
    assert (low, high) == (pytest.approx(88214750, abs=1), pytest.approx(88460062, abs=1))


def test_wec_six_ages_summed_are_far_from_the_published_margin() -> None:
    """The rule gives 74,932 where the Bureau, which knows the covariances, publishes 20,689 for the same people."""
    margins = [30854, 30398, 34466, 29913, 30987, 26381]
    assert round(float(moe.of_sum([1] * 6, margins))) == 74932


def test_cda_zero_only_the_widest_zero_counts() -> None:
    """Estimates 0, 0, 0, 41 with margins 22, 22, 29, 37: sqrt(37^2 + 29^2) = 47.01063709417264."""
    assert float(moe.of_sum([0, 0, 0, 41], [22, 22, 29, 37])) == pytest.approx(47.01063709417264, rel=1e-15)


def test_many_zeros_count_as_one() -> None:
    """A hundred empty tracts of +/- 12 and one count of 90 +/- 5: sqrt(5^2 + 12^2) = 13, not sqrt(25 + 100 x 144) = 120."""
    assert float(moe.of_sum([0] * 100 + [90], [12] * 100 + [5])) == 13


def test_a_sum_of_nothing_but_zeros_has_the_widest_margin() -> None:
    assert float(moe.of_sum([0, 0, 0], [12, 17, 11])) == 17


def test_the_order_of_the_terms_does_not_matter() -> None:
    """3 +/- 6, 0 +/- 8, 0 +/- 5: sqrt(36 + 64) = 10 in all six orders."""
    terms = [(3, 6), (0, 8), (0, 5)]
    for order in [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]:
        assert float(moe.of_sum(*zip(*(terms[i] for i in order), strict=True))) == 10


def test_a_weighted_sum_weights_the_margins() -> None:
    """Half of a tract with +/- 60 and a quarter of one with +/- 160: sqrt(30^2 + 40^2) = 50."""
    assert float(moe.of_sum([100, 400], [60, 160], [0.5, 0.25])) == 50


def test_the_zero_rule_compares_weighted_margins() -> None:
    """0 +/- 100 of which a tenth counts (10), 0 +/- 24 whole, 5 +/- 7: sqrt(24^2 + 7^2) = 25; unweighted it were 100."""
    assert float(moe.of_sum([0, 0, 5], [100, 24, 7], [0.1, 1, 1])) == 25


def test_two_parts_of_one_tract_are_its_sum_of_weights_once() -> None:
    """The margin of (0.3 + 0.7) X is 1.0 x 50; taken as two terms it would be sqrt(15^2 + 35^2) = 38.1, too small."""
    assert float(moe.of_sum([200], [50], [0.3 + 0.7])) == 50
    assert float(moe.of_sum([200, 200], [50, 50], [0.3, 0.7])) == pytest.approx(38.0789, abs=1e-4)


@pytest.mark.parametrize("estimates", [(10, 20), (0, 20), (20, 0), (0, 0)])
@pytest.mark.parametrize("margins", [(NAN, 5), (5, NAN), (NAN, NAN)])
def test_one_missing_margin_makes_the_whole_missing(estimates: tuple, margins: tuple) -> None:
    """Also where the term is zero: a zero whose margin is unknown may be the widest."""
    assert math.isnan(moe.of_sum(estimates, margins))


def test_an_empty_sum_has_no_margin_to_speak_of() -> None:
    assert moe.of_sum([], []) == 0


def test_columns_are_summed_apart() -> None:
    """Two columns at once: sqrt(3^2 + 4^2) = 5 and, the zeros counted once, sqrt(5^2 + 12^2) = 13."""
    estimates, margins = np.array([[1, 0], [1, 0], [1, 9]]), np.array([[3, 12], [4, 9], [0, 5]])
    assert moe.of_sum(estimates, margins).tolist() == [5, 13]


def test_many_groups_at_once_are_each_their_own_sum() -> None:
    """Rows 0-1, row 2, rows 3-5: sqrt(9 + 16) = 5; 0 +/- 8 alone: 8; 0 +/- 6, 0 +/- 2, half of 9 +/- 16: sqrt(36 + 64) = 10."""
    estimates = np.array([1.0, 1.0, 0.0, 0.0, 0.0, 9.0])
    margins = np.array([3.0, 4.0, 8.0, 6.0, 2.0, 16.0])
    weights = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 0.5])
    assert moe.of_grouped_sum(estimates, margins, weights, np.array([0, 2, 3])).tolist() == [5, 8, 10]


def test_a_missing_margin_stays_in_its_group() -> None:
    found = moe.of_grouped_sum(np.ones(4), np.array([3.0, 4.0, NAN, 1.0]), np.ones(4), np.array([0, 2]))
    assert found[0] == 5
    assert math.isnan(found[1])


# --- shares -------------------------------------------------------------------------------------------------------


def test_h8_3_a_share_has_the_bureaus_margin() -> None:
    """203,119 of 630,498 is 0.322; sqrt(5,070^2 - 0.322^2 x 831^2) / 630,498 = 0.8 points, standard error 0.488 points."""
    margin = float(moe.of_share(203119, 5070, 630498, 831))
    assert round(203119 / 630498, 3) == 0.322
    assert round(margin * 100, 1) == 0.8
    assert round(moe.standard_error(margin) * 100, 3) == 0.488


def test_we3_the_rule_holds_for_standard_errors_as_well() -> None:
    """41,142,530 of 88,337,406 never-married people are men: 46.57 %, standard error 0.04 points."""
    error = float(moe.of_share(41142530, 51284, 88337406, 74563))
    assert round(error * 100, 2) == 0.04


def test_a_share_by_hand() -> None:
    """50 +/- 13 of 100 +/- 10: sqrt(169 - 0.25 x 100) / 100 = sqrt(144) / 100 = 0.12."""
    assert float(moe.of_share(50, 13, 100, 10)) == pytest.approx(0.12)
    assert not moe.ratio_rule_used(50, 13, 100, 10)


def test_a_negative_radicand_falls_back_on_the_ratio_rule() -> None:
    """80 +/- 9 of 100 +/- 15: 81 - 0.64 x 225 = -63, so sqrt(81 + 144) / 100 = 0.15."""
    assert float(moe.of_share(80, 9, 100, 15)) == pytest.approx(0.15)
    assert moe.ratio_rule_used(80, 9, 100, 15)


def test_a_radicand_of_zero_is_not_negative() -> None:
    """50 +/- 10 of 100 +/- 20: 100 - 0.25 x 400 = 0."""
    assert float(moe.of_share(50, 10, 100, 20)) == 0
    assert not moe.ratio_rule_used(50, 10, 100, 20)


@pytest.mark.parametrize("whole_moe", [5, 30, 50])
def test_a_share_of_all_keeps_the_margin_of_its_count(whole_moe: float) -> None:
    """p = 1: MOE_X / Y = 30 / 200 = 0.15, whatever the margin of the whole; it is never 0 and never the ratio rule."""
    assert float(moe.of_share(200, 30, 200, whole_moe)) == pytest.approx(0.15)
    assert not moe.ratio_rule_used(200, 30, 200, whole_moe)


def test_a_share_of_none_keeps_the_margin_of_its_zero() -> None:
    """0 +/- 12 of 240 +/- 60: p = 0, so 12 / 240 = 0.05."""
    assert float(moe.of_share(0, 12, 240, 60)) == pytest.approx(0.05)


def test_a_share_of_nobody_is_undefined() -> None:
    """0 of 0: no margin, and never 0."""
    assert math.isnan(moe.of_share(0, 12, 0, 12))
    assert not moe.ratio_rule_used(0, 12, 0, 12)


@pytest.mark.parametrize(
    "figures", [(NAN, 5, 100, 10), (50, NAN, 100, 10), (50, 5, NAN, 10), (50, 5, 100, NAN), (100, NAN, 100, 10)]
)
def test_a_share_with_a_missing_input_has_no_margin(figures: tuple) -> None:
    assert math.isnan(moe.of_share(*figures))
    assert not moe.ratio_rule_used(*figures)


def test_a_ratio_adds_where_a_share_subtracts() -> None:
    """50 +/- 6 for every 100 +/- 16: sqrt(36 + 0.25 x 256) / 100 = 0.10. A ratio to nothing is undefined."""
    assert float(moe.of_ratio(50, 6, 100, 16)) == pytest.approx(0.10)
    assert math.isnan(moe.of_ratio(50, 6, 0, 16))


# --- the rest of a whole -------------------------------------------------------------------------------------------


def test_a_complement_by_hand() -> None:
    """100 +/- 20 less 30 +/- 3: p = 0.3, sqrt(9 + 0.4 x 400) = 13; taken as independent it were sqrt(9 + 400) = 20.2."""
    assert float(moe.of_complement(30, 3, 100, 20)) == pytest.approx(13)


def test_half_of_a_whole_leaves_the_margin_of_the_half() -> None:
    """p = 0.5: the second term is 0 x MOE_Y^2, so the rest has the part's own margin."""
    assert float(moe.of_complement(50, 8, 100, 90)) == pytest.approx(8)


def test_a_negative_radicand_of_a_complement_takes_both_margins() -> None:
    """100 +/- 12 less 90 +/- 5: 25 - 0.8 x 144 = -90.2, so sqrt(25 + 144) = 13."""
    assert float(moe.of_complement(90, 5, 100, 12)) == pytest.approx(13)


def test_the_rest_of_nobody_is_zero_with_the_wider_margin() -> None:
    """0 +/- 12 less 0 +/- 17 is an honest 0: the wider zero counts, once."""
    assert float(moe.of_complement(0, 17, 0, 12)) == 17


@pytest.mark.parametrize("figures", [(NAN, 5, 100, 10), (50, NAN, 100, 10), (50, 5, 100, NAN), (0, NAN, 0, 5)])
def test_a_complement_with_a_missing_input_has_no_margin(figures: tuple) -> None:
    assert math.isnan(moe.of_complement(*figures))


def test_the_rest_of_a_whole_is_never_surer_than_its_share() -> None:
    """MOE(Y - X)^2 - (Y MOE(1 - p))^2 = (1 - p)^2 MOE_Y^2 wherever the share rule holds, so the count is the wider."""
    rng = np.random.default_rng(172)
    whole, part_moe, whole_moe = rng.uniform(50, 500, 500), rng.uniform(20, 90, 500), rng.uniform(5, 90, 500)
    part = whole * rng.uniform(0.01, 0.99, 500)
    share_moe = moe.of_share(part, part_moe, whole, whole_moe)
    holds = ~moe.ratio_rule_used(part, part_moe, whole, whole_moe)
    count_moe = moe.of_complement(part, part_moe, whole, whole_moe)
    difference = count_moe**2 - (whole * share_moe) ** 2
    assert holds.sum() > 200
    assert np.allclose(difference[holds], ((1 - part / whole) ** 2 * whole_moe**2)[holds])


# --- intervals, and every kind of input ----------------------------------------------------------------------------


def test_h7_1_the_interval_of_an_estimate() -> None:
    """564,757 +/- 10,127 is 554,630 to 574,884."""
    assert moe.interval(564757, 10127) == (554630, 574884)


def test_an_interval_is_cut_at_its_natural_limits() -> None:
    """10 +/- 20 households are 0 to 30; a share of 0.98 +/- 0.05 is 0.93 to 1; of 0.02 +/- 0.05, 0 to 0.07."""
    assert moe.interval(10, 20, low=0) == (0, 30)
    assert moe.interval(0.98, 0.05, low=0, high=1) == (pytest.approx(0.93), 1)
    assert moe.interval(0.02, 0.05, low=0, high=1) == (0, pytest.approx(0.07))


def test_an_interval_without_a_margin_is_missing() -> None:
    assert all(math.isnan(end) for end in moe.interval(10, NAN, low=0, high=100))


@pytest.mark.parametrize("kind", [np.array, pd.Series, list])
def test_lists_arrays_and_series_give_what_single_numbers_give(kind) -> None:
    """A share that holds, one by the ratio rule, one of all, one of nobody: the sums are those of the tests above."""
    inputs = [kind(column) for column in ([50, 80, 200, 0], [13, 9, 30, 12], [100, 100, 200, 0], [10, 15, 50, 12])]
    found = np.asarray(moe.of_share(*inputs))
    assert found[:3].tolist() == pytest.approx([0.12, 0.15, 0.15])
    assert math.isnan(found[3])
    assert np.asarray(moe.ratio_rule_used(*inputs)).tolist() == [False, True, False, False]


def test_nothing_that_is_given_is_changed() -> None:
    estimates, margins, weights = np.array([0.0, 5.0]), np.array([12.0, NAN]), np.array([0.5, 1.0])
    moe.of_sum(estimates, margins, weights)
    moe.of_complement(estimates, margins, weights, margins)
    moe.of_share(estimates, margins, weights, margins)
    assert estimates.tolist() == [0, 5]
    assert margins[0] == 12
    assert math.isnan(margins[1])
    assert weights.tolist() == [0.5, 1]


def test_no_rule_warns_about_missing_or_empty_places(recwarn: pytest.WarningsRecorder) -> None:
    """A division by zero that the rule foresees is no news."""
    edges = np.array([0.0, NAN, 5.0]), np.array([12.0, NAN, 1.0]), np.array([0.0, 10.0, 0.0]), np.array([12.0, 3.0, 1.0])
    for rule in (moe.of_share, moe.of_ratio, moe.of_complement, moe.ratio_rule_used):
        rule(*edges)
    assert not recwarn.list
