"""Trend, pace and concentration on hand-worked cases and on histories whose truth is known."""

import numpy as np
import pandas as pd
import pytest

from equity import findings
from equity.atlas import Atlas
from equity.errors import UsageError
from equity.stats import concentration, progress


def points(*rows: tuple[int, float, float], wording: str = "clean") -> pd.DataFrame:
    """(release, share, margin) of one place."""
    return pd.DataFrame(rows, columns=["release", "share", "share_moe"]).assign(wording=wording)


def test_the_covariance_of_releases_that_share_years() -> None:
    """Releases 2021 and 2022 share four of five years: 0.8 x 2 x 3 = 4.8; 2021 and 2026 share none."""
    found = progress.overlap_covariance(np.array([2021, 2022, 2026]), np.array([2.0, 3.0, 1.0]))
    assert found.tolist() == [
        [4.0, pytest.approx(4.8), 0.0],
        [pytest.approx(4.8), 9.0, pytest.approx(0.6)],
        [0.0, pytest.approx(0.6), 1.0],
    ]


def test_a_straight_history_has_its_slope_whatever_the_weights() -> None:
    """0.20, 0.18, 0.16 in 2021, 2023, 2025: one point a year down."""
    found = progress.trend(points((2021, 0.20, 0.01), (2023, 0.18, 0.02), (2025, 0.16, 0.01)))
    assert found.slope == pytest.approx(-0.01)
    assert found.level == pytest.approx(0.16)
    assert found.centre == 2023, "a release is centred two years before its label"


def test_three_independent_releases_have_the_ordinary_slope_margin() -> None:
    """Five years apart nothing is shared: the margin of a least-squares slope over x = -5, 0, 5 is m / sqrt(50)."""
    found = progress.trend(points((2016, 0.2, 0.01), (2021, 0.2, 0.01), (2026, 0.2, 0.01)))
    assert found.slope_moe == pytest.approx(0.01 / np.sqrt(50))


@pytest.mark.parametrize(
    ("history", "lacking"),
    [
        (points((2021, 0.15, 0.01), (2022, 0.14, 0.01)), (1, 2)),
        (points((2021, 0.15, 0.01), (2022, 0.14, 0.01), (2023, 0.14, 0.01)), (0, 1)),
        (points((2021, 0.15, 0.01), (2022, 0.14, np.nan), (2024, 0.11, np.nan)), (2, 3)),
        (points((2021, 0.15, 0.01), (2022, 0.14, 0.01), (2024, 0.11, 0.01)), (0, 0)),
    ],
)
def test_too_few_releases_give_no_trend_and_say_what_is_lacking(history: pd.DataFrame, lacking: tuple) -> None:
    assert progress.lacking(history) == lacking
    assert (progress.trend(history) is None) == (lacking != (0, 0))


def test_two_wordings_are_never_one_trend() -> None:
    history = pd.concat([points((2018, 0.2, 0.01), (2019, 0.19, 0.01), wording="mixed"), points((2021, 0.15, 0.01))])
    assert progress.lacking(history) == (2, 3)


GOOD = points((2021, 0.20, 0.001), (2023, 0.18, 0.001), (2025, 0.16, 0.001))


@pytest.mark.parametrize(
    ("history", "target", "year", "word"),
    [
        (GOOD, 0.17, 2030, "met"),  # 0.16 is below it already, with all its margin of 0.001
        (GOOD, 0.1605, 2030, "perhaps_met"),  # and below this only within it
        (GOOD.assign(share_moe=np.nan), 0.17, 2030, "perhaps_met"),  # without a margin nothing is sure
        (GOOD, 0.10, 2022, "past"),  # before 2023, the centre of release 2025, and the centre of none
        (GOOD, 0.17, 2021, "missed"),  # the year of release 2023, which has 0.18: that 2025 has 0.16 came too late
        (GOOD, 0.10, 2023, "missed"),  # the newest release's own year
        (GOOD, 0.19, 2021, "met"),
        (GOOD, 0.1805, 2021, "perhaps_met"),
        (GOOD, 0.1795, 2021, "cannot_tell"),
        (GOOD.assign(share_moe=np.nan), 0.17, 2021, "cannot_tell"),
        (GOOD, 0.15, 2030, "on_track"),  # the line is at 0.09 by then
        (GOOD, 0.01, 2026, "off_track"),  # and at 0.13 by then
        (points((2021, 0.20, 0.05), (2023, 0.18, 0.05), (2025, 0.16, 0.05)), 0.10, 2029, "cannot_tell"),
        (points((2021, 0.20, 0.01), (2022, 0.19, 0.01)), 0.10, 2030, "too_few_releases"),
        (points((2024, np.nan, np.nan)), 0.10, 2030, "missing"),
    ],
)
def test_the_outlook_in_one_word(history: pd.DataFrame, target: float, year: int, word: str) -> None:
    assert progress.outlook(history, target, year)["outlook"] == word


def test_a_mixed_release_is_not_of_one_wording_even_among_its_like() -> None:
    """2017, 2018 and 2019 each mix the two questions in their own proportion: no line through them."""
    history = points((2017, 0.22, 0.01), (2018, 0.2, 0.01), (2020, 0.19, 0.01), wording="mixed")
    assert progress.lacking(history) == (3, 3)
    assert progress.trend(history) is None


def test_a_controlled_figure_is_no_sample() -> None:
    history = points((2021, 0.2, 0.01), (2023, 0.18, 0.0), (2025, 0.16, 0.01))
    assert progress.lacking(history) == (1, 0)


def test_the_order_of_the_points_does_not_matter() -> None:
    history = points((2021, 0.21, 0.01), (2023, 0.18, 0.02), (2025, 0.16, 0.01))
    forward, backward = progress.trend(history), progress.trend(history.iloc[::-1])
    assert (forward.slope, forward.level) == (backward.slope, backward.level)
    assert forward.releases == backward.releases == (2021, 2023, 2025)


def test_a_projection_is_on_the_line_and_less_sure_further_out() -> None:
    """Independent releases at 2014, 2019, 2024 with margins of 1: the mean has 1 / sqrt(3), the slope 1 / sqrt(50).

    Ten years from the middle: sqrt(1/3 + 100/50) = 1.528.
    """
    line = progress.trend(points((2016, 0.30, 0.01), (2021, 0.25, 0.01), (2026, 0.20, 0.01)))
    fitted, margin = line.at(2029)
    assert fitted == pytest.approx(0.15)
    assert margin == pytest.approx(0.01 * np.sqrt(1 / 3 + 2))
    assert line.at(2019)[1] == pytest.approx(0.01 / np.sqrt(3))
    assert line.at(2024) == (pytest.approx(0.20), pytest.approx(0.01 * np.sqrt(1 / 3 + 25 / 50)))


def test_the_chance_is_that_of_the_line() -> None:
    """A target on the line has one chance in two; one standard error above it 84 %, and 16 % where low is worse."""
    line = progress.trend(points((2016, 0.30, 0.01), (2021, 0.25, 0.01), (2026, 0.20, 0.01)))
    fitted, margin = line.at(2029)
    assert line.chance(fitted, 2029) == pytest.approx(0.5)
    assert line.chance(fitted + margin / 1.645, 2029) == pytest.approx(0.8413, abs=1e-4)
    assert line.chance(fitted + margin / 1.645, 2029, worse="low") == pytest.approx(0.1587, abs=1e-4)


@pytest.mark.parametrize(("off", "chance"), [(0.0, 1.0), (0.01 * 1.5**0.5, 0.100), (0.03, 0.0001)])
def test_releases_that_do_not_lie_on_one_line_are_told(off: float, chance: float) -> None:
    """Independent releases, the middle one off by d: residuals -d/3, 2d/3, -d/3, so chi-square = (2/3) (1.645 d / 0.01)^2.

    With d = 0.01 sqrt(1.5) that is 1.645^2 = 2.706, which one degree of freedom exceeds one time in ten; with d = 0.03 it is
    16.24: 1 in 18,000.
    """
    line = progress.trend(points((2016, 0.30, 0.01), (2021, 0.25 + off, 0.01), (2026, 0.20, 0.01)))
    assert line.misfit == pytest.approx(chance, abs=1e-4)


def test_no_word_follows_from_a_line_that_its_releases_do_not_lie_on() -> None:
    """The middle one is 0.03 off, as above: by 2030 the line would be far below 0.2, and that is worth nothing."""
    bent = points((2016, 0.30, 0.01), (2021, 0.28, 0.01), (2026, 0.20, 0.01))
    row = progress.outlook(bent, 0.19, 2030)
    assert row["outlook"] == "cannot_tell" and np.isnan(row["chance"]) and row["misfit"] < 0.001


def test_plain_regression_understates_the_slopes_error_by_a_third() -> None:
    """Equal errors, releases 2017 to 2024: a line fitted as if they were independent states 0.154 where 0.229 is true."""
    releases = np.arange(2017, 2025)
    design = np.column_stack([np.ones(8), releases - 2024])
    spread = np.linalg.inv(design.T @ design)
    plain = spread @ design.T
    true = np.sqrt((plain @ progress.overlap_covariance(releases, np.ones(8)) @ plain.T)[1, 1])
    assert 1 - np.sqrt(spread[1, 1]) / true == pytest.approx(1 / 3, abs=0.01)
    line = progress.trend(points(*[(release, 0.2, 0.01) for release in releases]))
    assert np.sqrt(spread[1, 1]) * 0.01 < line.slope_moe < true * 0.01, "generalised least squares is the surest of lines"


def test_made_up_histories_are_covered_nine_times_in_ten() -> None:
    """2,000 histories of five yearly releases that share their years, falling a point a year: the slope's margin holds it."""
    rng = np.random.default_rng(8)
    releases = np.arange(2020, 2025)
    covariance = progress.overlap_covariance(releases, np.full(5, 0.01))
    truth = 0.2 - 0.01 * (releases - 2020)
    held = 0
    for history in rng.multivariate_normal(truth, covariance, size=2000):
        line = progress.trend(points(*[(r, share, 0.01 * 1.645) for r, share in zip(releases, history, strict=True)]))
        held += abs(line.slope + 0.01) <= line.slope_moe
    assert held / 2000 == pytest.approx(0.90, abs=0.02)


def test_a_modelled_margin_makes_an_outlook_indicative() -> None:
    assert not progress.outlook(GOOD, 0.15, 2030)["modelled"]
    assert progress.outlook(GOOD.assign(modelled=[False, False, True]), 0.15, 2030)["modelled"]


def test_a_target_where_low_is_worse() -> None:
    """With a subscription, 80 to 84 % at two points a release: 83 is met, 99 in 2030 needs two points a year more."""
    rising = points((2021, 0.80, 0.001), (2023, 0.82, 0.001), (2025, 0.84, 0.001))
    assert progress.outlook(rising, 0.83, 2030, worse="low")["outlook"] == "met"
    assert progress.outlook(rising, 0.88, 2030, worse="low")["outlook"] == "on_track"
    assert progress.outlook(rising, 0.99, 2030, worse="low")["outlook"] == "off_track"


def test_a_newest_figure_without_a_margin_still_has_a_pace() -> None:
    found = progress.outlook(points((2021, 0.15, 0.01), (2024, 0.11, np.nan)), 0.05, 2028)
    assert (found["release"], found["newest"], found["years_left"]) == (2024, 0.11, 6)
    assert found["pace_needed"] == pytest.approx(-0.01)
    assert np.isnan(found["pace_needed_moe"])
    assert (found["outlook"], found["releases_lacking"], found["years_lacking"]) == ("too_few_releases", 2, 3)


def test_a_target_that_is_met_needs_no_pace_and_a_past_one_has_none() -> None:
    assert progress.outlook(GOOD, 0.16, 2030)["pace_needed"] == 0, "at the target is met"
    assert np.isnan(progress.outlook(GOOD, 0.10, 2023)["pace_needed"]), "the centre itself leaves no year"
    assert list(progress.outlook(GOOD, 0.10, 2030).index) == progress.OUTLOOK
    assert list(progress.outlook(GOOD.iloc[:0], 0.10, 2030).index) == progress.OUTLOOK


def test_the_pace_needed_counts_from_the_newest_releases_centre() -> None:
    """From 0.16 at 2023, the centre of release 2025, to 0.10 at 2029: six years, one point a year down."""
    found = progress.outlook(GOOD, 0.10, 2029)
    assert (found["years_left"], found["pace_needed"]) == (6, pytest.approx(-0.01))


def test_a_release_given_twice_is_refused() -> None:
    with pytest.raises(UsageError):
        progress.trend(points((2021, 0.2, 0.01), (2021, 0.2, 0.01), (2025, 0.1, 0.01)))


def test_growth_and_rate_add_up_to_the_change() -> None:
    """100 of 1,000 become 96 of 1,200: +200 homes x 9 % = +18, -2 points x 1,100 homes = -22, together -4."""

    def table(estimate: float, universe: float) -> pd.DataFrame:
        share = estimate / universe
        figures = {"estimate": estimate, "moe": 5.0, "universe_estimate": universe, "universe_moe": 10.0, "share": share}
        return pd.DataFrame([{"place_id": "x", **figures, "share_moe": 0.01, "flag": 0}])

    row = progress.contributions(table(100, 1000), table(96, 1200)).iloc[0]
    assert (row["change"], row["growth"], row["rate"]) == pytest.approx((-4, 18, -22))


def test_a_split_change_has_margins_by_the_rules() -> None:
    """Both releases: 100 +/- 5 of 1,000 +/- 10, share +/- 0.01. Change: sqrt(50); growth: 0.1 x 14.14; rate: 14.14."""
    row = {"place_id": "x", "estimate": 100.0, "moe": 5.0, "universe_estimate": 1000.0, "universe_moe": 10.0}
    same = pd.DataFrame([{**row, "share": 0.1, "share_moe": 0.01, "flag": 0}])
    found = progress.contributions(same, same).iloc[0]
    assert found["change_moe"] == pytest.approx(np.sqrt(50))
    assert found["growth_moe"] == pytest.approx(0.1 * np.sqrt(200))
    assert found["rate_moe"] == pytest.approx(1000 * 0.01 * np.sqrt(2))


def test_what_one_release_lacks_is_missing_and_nobody_cannot_be_split() -> None:
    def table(place: str, estimate: float, universe: float, share: float) -> pd.DataFrame:
        figures = {"estimate": estimate, "moe": 5.0, "universe_estimate": universe, "universe_moe": 10.0, "share": share}
        return pd.DataFrame([{"place_id": place, **figures, "share_moe": 0.01, "flag": 0}])

    found = progress.contributions(table("a", 10, 100, 0.1), table("b", 10, 100, 0.1))
    assert list(found["place_id"]) == ["b", "a"]
    assert found.drop(columns="place_id").isna().all(axis=None)
    grown = progress.contributions(table("a", 0, 0, np.nan), table("a", 10, 100, 0.1)).iloc[0]
    assert grown["change"] == 10
    assert np.isnan([grown["growth"], grown["rate"]]).all()


def test_the_citys_change_is_growth_and_rate(atlas: Atlas) -> None:
    """171,879 to 125,146: growth alone would have added some 6,000; the falling share took some 53,000 away."""
    old, new = (atlas.table("city", release, "no_subscription") for release in (2021, 2024))
    row = progress.contributions(old, new).iloc[0]
    assert round(row["change"]) == -46733
    assert row["growth"] + row["rate"] == pytest.approx(row["change"])
    assert (round(row["growth"], -3), round(row["rate"], -3)) == (6000, -53000)
    assert row["change_moe"] == pytest.approx(4618, abs=5), "sqrt(3,436^2 + 3,086^2)"


def test_the_fewest_places_by_hand() -> None:
    """50, 30 and 20 of 100: one holds half, two hold 80 %, three hold all; a missing one holds nothing."""
    table = pd.DataFrame({"place_id": list("abcd"), "estimate": [20.0, 50.0, np.nan, 30.0]})
    found = concentration.concentration(table)
    assert list(found["place_id"]) == ["b", "d", "a"]
    assert found["held"].tolist() == pytest.approx([0.5, 0.8, 1.0])
    assert list(found["position"]) == [1, 2, 3]
    assert [concentration.fewest(table, part) for part in (0.5, 0.51, 0.8, 1)] == [1, 2, 2, 3]
    assert concentration.fewest(table.iloc[:0]) is None
    assert concentration.fewest(table.assign(estimate=0.0)) is None, "there is no gap to hold"


def test_the_gap_is_spread_wide(atlas: Atlas) -> None:
    """Release 2021: ten of 77 areas hold 29 % of the gap, twenty-one hold half."""
    table = atlas.table("area", 2021, "no_subscription")
    assert round(concentration.concentration(table)["held"].iloc[9] * 100) == 29
    assert concentration.fewest(table, 0.5) == 21


def test_disparity_on_the_adverse_side() -> None:
    """Shares 10 % and 30 % about 20 %: mean distance 10 points, half of the reference."""
    table = pd.DataFrame({"share": [0.1, 0.3], "share_moe": [0.0, 0.0]})
    found = concentration.disparity(table, 0.2)
    assert (found["absolute"], found["relative"]) == pytest.approx((0.1, 0.5))


def test_the_city_has_too_few_published_margins_for_a_pace_today(atlas: Atlas) -> None:
    """Margins are published for 2021 and 2022 only: one release more, and two years, are lacking."""
    history = pd.DataFrame([atlas.total(release, "no_subscription") for release in (2021, 2022)]).assign(wording="clean")
    assert progress.lacking(history) == (1, 2)


def test_a_pace_that_leans_on_a_modelled_margin_says_so(atlas: Atlas) -> None:
    """With release 2024's modelled margin there are three releases and three years: an outlook, and an indicative one."""
    rows = [atlas.total(release, "no_subscription") for release in (2021, 2022, 2024)]
    history = pd.DataFrame(rows).assign(wording="clean")
    assert progress.lacking(history) == (0, 0)
    assert progress.outlook(history, 0.05, 2030)["modelled"]
    assert findings.since(atlas, 2024, "no_subscription") == 2021


def test_disparity_is_of_the_adverse_side_whichever_is_given() -> None:
    """90 and 70 % connected about 80 % are 10 and 30 % unconnected about 20 %: half, not an eighth."""
    connected = pd.DataFrame({"share": [0.9, 0.7], "share_moe": [0.01, 0.01]})
    found = concentration.disparity(connected, 0.8, worse="low")
    assert (found["absolute"], found["relative"], found["reference"]) == pytest.approx((0.1, 0.5, 0.2))


def test_disparity_says_what_chance_alone_would_show() -> None:
    """A normal error of 1 is 0.798 from 0 on average: drawn, and by the formula. A missing margin leaves it missing."""
    error = 0.02
    drawn = np.random.default_rng(3).normal(0.2, error, 20_000)
    found = concentration.disparity(pd.DataFrame({"share": drawn, "share_moe": error * 1.645}), 0.2)
    assert found["by_chance"] == pytest.approx(error * 0.79788, rel=1e-4)
    assert found["absolute"] == pytest.approx(found["by_chance"], rel=0.02)
    lacking = concentration.disparity(pd.DataFrame({"share": [0.1, np.nan, 0.3], "share_moe": [0.01, np.nan, np.nan]}), 0.2)
    assert np.isnan(lacking["by_chance"])
    assert lacking["places"] == 2


def test_the_relative_gap_between_areas_has_not_narrowed_as_the_share_fell(atlas: Atlas) -> None:
    """Release 2021: areas are 5.0 points from the city's share on average, 32 % of it; release 2024: 3.6 points, 34 %."""
    found = {
        release: concentration.disparity(
            atlas.table("area", release, "no_subscription"), atlas.total(release, "no_subscription")["share"]
        )
        for release in (2021, 2024)
    }
    assert [round(found[release]["absolute"] * 100, 1) for release in found] == [5.0, 3.6]
    assert [round(found[release]["relative"] * 100) for release in found] == [32, 34]
    assert found[2021]["by_chance"] < found[2021]["absolute"] / 3
