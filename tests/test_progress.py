"""Trend, pace and concentration on hand-worked cases and on histories whose truth is known."""

import numpy as np
import pandas as pd
import pytest

from equity import findings
from equity.atlas import Atlas
from equity.errors import UsageError
from equity.stats import progress


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
        (GOOD, 0.17, 2030, "met"),  # 0.16 is below it already
        (GOOD, 0.10, 2022, "past"),  # before 2023, the centre of release 2025
        (GOOD, 0.15, 2030, "on_track"),  # the line is at 0.09 by then
        (GOOD, 0.01, 2026, "off_track"),  # and at 0.13 by then
        (points((2021, 0.20, 0.05), (2023, 0.18, 0.05), (2025, 0.16, 0.05)), 0.10, 2029, "cannot_tell"),
        (points((2021, 0.20, 0.01), (2022, 0.19, 0.01)), 0.10, 2030, "too_few_releases"),
        (points((2024, np.nan, np.nan)), 0.10, 2030, "missing"),
    ],
)
def test_the_outlook_in_one_word(history: pd.DataFrame, target: float, year: int, word: str) -> None:
    assert progress.outlook(history, target, year)["outlook"] == word


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


def test_the_gap_is_spread_wide(atlas: Atlas) -> None:
    """Release 2021: ten of 77 areas hold 29 % of the gap, twenty-one hold half."""
    table = atlas.table("area", 2021, "no_subscription")
    assert round(progress.concentration(table)["held"].iloc[9] * 100) == 29
    assert progress.fewest(table, 0.5) == 21


def test_disparity_on_the_adverse_side() -> None:
    """Shares 10 % and 30 % about 20 %: mean distance 10 points, half of the reference."""
    table = pd.DataFrame({"share": [0.1, 0.3], "share_moe": [0.0, 0.0]})
    found = progress.disparity(table, 0.2)
    assert (found["absolute"], found["relative"]) == pytest.approx((0.1, 0.5))


def test_the_city_has_too_few_releases_for_a_pace_today(atlas: Atlas) -> None:
    """Margins are in hand for 2021 and 2022 only: one release more, and two years, are lacking."""
    rows = [atlas.total(release, "no_subscription") for release in (2021, 2022, 2024)]
    history = pd.DataFrame(rows).assign(wording="clean")
    assert progress.lacking(history) == (1, 2)
    assert findings.since(atlas, 2024, "no_subscription") == 2021
