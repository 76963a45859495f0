"""The rules of margins beside sums and shares: products, differences, percent changes, tests; what goes in and comes out."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from equity.stats import moe

NAN = math.nan
RULES_OF_FOUR = (moe.of_share, moe.of_ratio, moe.of_product, moe.of_complement, moe.of_percent_change, moe.z_score)

settings.register_profile("calm", deadline=None, derandomize=True)
settings.load_profile("calm")

figures = some.integers(0, 5_000).map(float)
margins = some.integers(0, 800).map(float)


# --- by hand ---------------------------------------------------------------------------------------------------------


def test_a_product_by_hand() -> None:
    """3 +/- 2 times 4 +/- 2: sqrt(9 x 4 + 16 x 4) = 10."""
    assert moe.of_product(3, 2, 4, 2) == 10


def test_a_difference_by_hand() -> None:
    """+/- 3 and +/- 4: 5. With standard errors 3 and 4 and a covariance of 8: sqrt(9 + 16 - 16) = 3."""
    assert moe.of_difference(3, 4) == 5
    assert moe.of_difference(3 * moe.Z90, 4 * moe.Z90, 8) == pytest.approx(3 * moe.Z90)
    assert moe.of_difference(3 * moe.Z90, 4 * moe.Z90, -12) == pytest.approx(7 * moe.Z90), "they may also pull apart"


def test_a_covariance_that_cannot_be_is_left_out() -> None:
    """9 + 16 - 2 x 20 is negative: back to 25."""
    assert moe.of_difference(3 * moe.Z90, 4 * moe.Z90, 20) == pytest.approx(5 * moe.Z90)
    assert moe.of_difference(3 * moe.Z90, 3 * moe.Z90, 9) == pytest.approx(0, abs=1e-6), "the same thing twice does not differ"


def test_a_percent_change_by_hand() -> None:
    """From 100 +/- 16 to 50 +/- 6: R = 0.5, sqrt(36 + 0.25 x 256) / 100 = 0.10, in percent 10."""
    assert moe.of_percent_change(100, 16, 50, 6) == pytest.approx(10)
    assert math.isnan(moe.of_percent_change(0, 16, 50, 6)), "from nothing there is no percent change"


def test_a_ratio_to_a_negative_figure_has_a_positive_margin() -> None:
    assert moe.of_ratio(50, 6, -100, 16) == pytest.approx(0.10)


def test_a_coefficient_of_variation_by_hand() -> None:
    """329 / 1.645 = 200, of 1,000 that is 20 %; of a loss of 1,000 too; of nothing there is none."""
    assert moe.cv(1000, 329) == pytest.approx(20)
    assert moe.cv(-1000, 329) == pytest.approx(20)
    assert math.isnan(moe.cv(0, 12))


def test_z_keeps_the_sign_of_a_less_b() -> None:
    """Standard errors 3 and 4: 10 / 5 = 2."""
    assert moe.z_score(30, 3 * moe.Z90, 20, 4 * moe.Z90) == pytest.approx(2)
    assert moe.z_score(20, 3 * moe.Z90, 30, 4 * moe.Z90) == pytest.approx(-2)


def test_figures_without_error_differ_or_do_not() -> None:
    """Controlled estimates have a margin of 0: equal ones do not differ at all, others beyond all doubt."""
    assert moe.z_score(5, 0, 5, 0) == 0
    assert moe.z_score(5, 0, 4, 0) == math.inf
    assert moe.z_score(4, 0, 5, 0) == -math.inf
    assert not moe.significant(5, 0, 5, 0)
    assert moe.significant(5, 0, 4, 0)


def test_the_limit_itself_is_not_significant() -> None:
    """4 +/- 0 against 0 +/- 4: z = 1.645 exactly, and it must be more."""
    assert moe.z_score(4, 0, 0, 4) == moe.Z90
    assert not moe.significant(4, 0, 0, 4)
    assert moe.significant(4.001, 0, 0, 4)
    assert moe.significant(0, 4, 4.001, 0), "in either direction"


@pytest.mark.parametrize(("z", "p"), [(0, 1), (1, 0.3173), (-1, 0.3173), (1.644854, 0.1), (3, 0.0027), (math.inf, 0)])
def test_p_is_two_sided(z: float, p: float) -> None:
    assert moe.p_value(z) == pytest.approx(p, abs=5e-5)


def test_p_is_exact_far_out() -> None:
    """erfc keeps the tail that 1 - erf loses: at 9 standard errors 2.26e-19."""
    assert moe.p_value(9) == pytest.approx(2.257e-19, rel=1e-3)


@pytest.mark.parametrize(
    ("degrees", "value", "p"),
    [
        (1, 2.706, 0.1),
        (1, 3.841, 0.05),
        (2, 5.991, 0.05),
        (3, 7.815, 0.05),
        (4, 13.277, 0.01),
        (5, 11.070, 0.05),
        (10, 18.307, 0.05),
    ],
)
def test_chi_squares_are_as_rare_as_the_printed_tables_say(degrees: int, value: float, p: float) -> None:
    """Upper critical values, NIST/SEMATECH e-Handbook of Statistical Methods, section 1.3.6.7.4."""
    assert moe.chi_square_p(value, degrees) == pytest.approx(p, abs=5e-5)


def test_all_of_a_whole_that_was_added_up_is_all_of_it() -> None:
    """0.1 + 0.2 is not quite 0.3 to a computer: the share is 1 all the same, so its margin is MOE_X / Y."""
    part, whole = 0.1 + 0.2, 0.3
    assert part != whole
    assert moe.of_share(part, 0.06, whole, 0.09) == pytest.approx(0.2)
    assert not moe.ratio_rule_used(part, 0.06, whole, 0.09)
    assert moe.ratio_rule_used(999, 6, 1000, 9), "one household in a thousand is a part"


def test_all_of_a_whole_whose_margin_is_missing_has_none() -> None:
    assert math.isnan(moe.of_share(100, 10, 100, NAN))


def test_almost_all_of_a_whole_is_not_all_of_it() -> None:
    """One household in a million is missing: p = 0.999999, 36 - p^2 x 81 is negative, so the ratio rule; not MOE_X / Y."""
    assert moe.ratio_rule_used(999_999, 6, 1_000_000, 9)
    assert moe.of_share(999_999, 6, 1_000_000, 9) * 1e6 == pytest.approx(math.sqrt(36 + 81), rel=1e-5)


def test_somebody_out_of_nobody_has_no_margin_either() -> None:
    """5 of 0 is no share, and its margin is not infinite but undefined."""
    assert math.isnan(moe.of_share(5, 12, 0, 12))
    assert math.isnan(moe.of_share(5, 12, 0, 0))


def test_a_negative_radicand_is_negative_in_any_unit() -> None:
    """The sums of 80 +/- 9 of 100 +/- 15 and the like in parts of one, where radicands are thousandths.

    Share: 0.0081 - 0.64 x 0.0225 = -0.0063, so sqrt(0.0081 + 0.0144) = 0.15. Complement: 0.0009 + 0.4 x 0.04 = 0.13^2, and of
    0.90 +/- 0.05: 0.0025 - 0.8 x 0.0144 = -0.009, so sqrt(0.0025 + 0.0144) = 0.13. Difference: 9 + 16 - 40 in ten-thousandths.
    """
    assert moe.of_share(0.80, 0.09, 1, 0.15) == pytest.approx(0.15)
    assert moe.ratio_rule_used(0.80, 0.09, 1, 0.15)
    assert moe.of_complement(0.30, 0.03, 1, 0.20) == pytest.approx(0.13)
    assert moe.of_complement(0.90, 0.05, 1, 0.12) == pytest.approx(0.13)
    assert moe.of_difference(0.03 * moe.Z90, 0.04 * moe.Z90, 0.002) == pytest.approx(0.05 * moe.Z90)


def test_a_radicand_of_zero_is_a_margin_of_zero() -> None:
    """Complement: 62.5 +/- 10 of 100 +/- 20: 100 + (1 - 1.25) x 400 = 0. Difference: 4 + 4 - 2 x 4, in squared errors."""
    assert moe.of_complement(62.5, 10, 100, 20) == 0
    assert moe.of_difference(2 * moe.Z90, 2 * moe.Z90, 4) == 0


# --- what goes in, what comes out ------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES_OF_FOUR)
def test_numbers_give_a_number(rule) -> None:
    assert np.ndim(rule(50, 13, 100, 10)) == 0
    assert isinstance(float(rule(50, 13, 100, 10)), float)


@pytest.mark.parametrize("rule", [*RULES_OF_FOUR, moe.significant, moe.ratio_rule_used])
def test_series_give_a_series_of_their_index(rule) -> None:
    index = pd.Index(["x", "y"], name="place_id")
    inputs = [pd.Series(column, index=index) for column in ([50, 80], [13, 9], [100, 100], [10, 15])]
    found = rule(*inputs)
    assert isinstance(found, pd.Series)
    assert found.index.equals(index)
    assert found.tolist() == np.asarray(rule(*(column.tolist() for column in inputs))).tolist()


def test_a_number_beside_a_series_is_for_all_of_it() -> None:
    found = moe.of_difference(pd.Series([3, 6], index=["x", "y"]), np.array(4.0))
    assert found.to_dict() == {"x": 5, "y": pytest.approx(math.sqrt(52))}


@pytest.mark.parametrize("rule", RULES_OF_FOUR)
def test_series_of_different_places_are_refused(rule) -> None:
    """pandas would line them up and leave gaps; here somebody has to have decided."""
    one, other = pd.Series([1.0, 2.0], index=["x", "y"]), pd.Series([1.0, 2.0], index=["y", "x"])
    with pytest.raises(ValueError, match="different indices"):
        rule(one, one, other, other)


def test_arguments_may_be_named() -> None:
    assert moe.of_share(part=50, part_moe=13, whole=100, whole_moe=10) == pytest.approx(0.12)
    series = moe.of_share(part=pd.Series([50], index=["x"]), part_moe=13, whole=100, whole_moe=10)
    assert series["x"] == pytest.approx(0.12)


@pytest.mark.parametrize("rule", RULES_OF_FOUR)
@pytest.mark.parametrize("missing", range(4))
def test_missing_in_missing_out(rule, missing: int, recwarn: pytest.WarningsRecorder) -> None:
    given = [50.0, 13.0, 100.0, 10.0]
    given[missing] = NAN
    assert math.isnan(rule(*given))
    assert not recwarn.list


@pytest.mark.parametrize("given", [(NAN, 1, 2, 1), (1, NAN, 2, 1), (1, 1, NAN, 1), (1, 1, 2, NAN)])
def test_nothing_is_significant_of_what_is_missing(given: tuple) -> None:
    assert not moe.significant(*given)


@pytest.mark.parametrize("rule", RULES_OF_FOUR)
def test_nothing_in_nothing_out(rule) -> None:
    assert len(rule([], [], [], [])) == 0
    nothing = pd.Series([], dtype=float)
    assert isinstance(rule(nothing, nothing, nothing, nothing), pd.Series)


def test_a_sum_of_nothing_has_a_margin_for_each_column() -> None:
    assert moe.of_sum(np.empty((0, 3)), np.empty((0, 3))).tolist() == [0, 0, 0]


def test_none_is_missing_too() -> None:
    """JSON has no NaN: a margin, an estimate, a weight or a z that is None is missing, not an error and not 0."""
    assert math.isnan(moe.of_sum([1, 2], [3, None]))
    assert math.isnan(moe.of_sum([1, 2], [3, 4], [1, None]))
    assert moe.of_sum([1, None], [3, 4]) == 5, "a term without an estimate is not a zero"
    assert math.isnan(moe.of_share(50, None, 100, 10))
    assert math.isnan(moe.of_share(part=50, part_moe=13, whole=100, whole_moe=None))


def test_the_rules_keep_their_names_and_words() -> None:
    assert moe.of_share.__name__ == "of_share"
    assert "ratio rule" in moe.of_share.__doc__


# --- whatever the figures --------------------------------------------------------------------------------------------


@given(figures, margins, figures, margins)
def test_no_margin_is_negative(a, a_moe, b, b_moe) -> None:
    for rule in (moe.of_share, moe.of_ratio, moe.of_product, moe.of_complement, moe.of_percent_change):
        found = rule(a, a_moe, b, b_moe)
        assert found >= 0 or math.isnan(found)
    assert moe.of_difference(a_moe, b_moe) >= max(a_moe, b_moe)


@given(figures, margins, figures.filter(bool), margins, some.floats(0.01, 100))
def test_a_larger_unit_changes_no_share_and_scales_every_count(a, a_moe, b, b_moe, k) -> None:
    scaled = [k * value for value in (a, a_moe, b, b_moe)]
    assert moe.of_ratio(*scaled) == pytest.approx(moe.of_ratio(a, a_moe, b, b_moe))
    assert moe.of_percent_change(*scaled[2:], *scaled[:2]) == pytest.approx(moe.of_percent_change(b, b_moe, a, a_moe))
    assert moe.of_product(*scaled) == pytest.approx(k**2 * moe.of_product(a, a_moe, b, b_moe))
    assert moe.of_difference(k * a_moe, k * b_moe) == pytest.approx(k * moe.of_difference(a_moe, b_moe))
    if a_moe + b_moe:
        assert moe.z_score(*scaled) == pytest.approx(moe.z_score(a, a_moe, b, b_moe))


@given(figures, margins, figures, margins)
def test_a_test_does_not_mind_who_comes_first(a, a_moe, b, b_moe) -> None:
    assert moe.z_score(a, a_moe, b, b_moe) == -moe.z_score(b, b_moe, a, a_moe)
    assert moe.significant(a, a_moe, b, b_moe) == moe.significant(b, b_moe, a, a_moe)


@given(some.floats(-6, 6), some.floats(-6, 6))
def test_a_larger_z_has_a_smaller_p(one, other) -> None:
    near, far = sorted((one, other), key=abs)
    assert 0 < moe.p_value(far) <= moe.p_value(near) <= 1


@given(some.lists(some.tuples(figures, margins, some.floats(0.01, 1), some.integers(0, 5)), min_size=1, max_size=40))
def test_many_groups_at_once_are_the_sums_one_by_one(rows) -> None:
    """The grouped kernel against a plain loop over the groups, with two columns side by side."""
    rows = sorted(rows, key=lambda row: row[3])
    estimates, moes, weights, group = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    columns = np.column_stack([estimates, estimates[::-1]])
    groups, starts = np.unique(group, return_index=True)
    found = moe.of_grouped_sum(columns, np.column_stack([moes, moes]), weights, starts)
    for at, one in enumerate(groups):
        mine = group == one
        for column in range(2):
            assert found[at, column] == pytest.approx(moe.of_sum(columns[mine, column], moes[mine], weights[mine]))


@pytest.mark.parametrize(
    ("t", "p"), [(1.664, 0.10), (1.990, 0.05), (2.374, 0.02), (2.639, 0.01), (3.195, 0.002), (3.416, 0.001)]
)
def test_far_out_a_difference_is_as_rare_as_students_t_says(t: float, p: float) -> None:
    """The printed table of Student's t for 80 degrees of freedom, two-sided."""
    assert moe.p_value(moe.normal_deviate(t, 80)) == pytest.approx(p, rel=0.01)
    assert moe.p_value(moe.normal_deviate(-t, 80)) == pytest.approx(p, rel=0.01)


def test_a_normal_deviate_by_hand() -> None:
    """80 degrees, 2.639: 641 / 643 x sqrt(80 x ln(1 + 6.964321 / 80)) = 0.9968896 x sqrt(80 x 0.0834714) = 2.5761.

    One degree, 1: 9 / 11 x sqrt(ln 2) = 0.8181818 x 0.8325546 = 0.681181.
    """
    assert moe.normal_deviate(2.639, 80) == pytest.approx(2.5761, abs=5e-5)
    assert moe.normal_deviate(1, 1) == pytest.approx(0.681181, abs=5e-7)


def test_with_many_degrees_of_freedom_students_t_is_the_normal() -> None:
    assert moe.normal_deviate(2.576, 1e9) == pytest.approx(2.576)
    assert moe.normal_deviate(0, 80) == 0
    assert np.isnan(moe.normal_deviate(np.nan, 80))
    assert moe.normal_deviate(np.inf, 80) == np.inf
