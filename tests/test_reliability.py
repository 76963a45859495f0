"""The class of a figure by its margin in points, with the coefficient of variation as the second opinion."""

import numpy as np
import pandas as pd
import pytest

from equity import findings
from equity.atlas import Atlas
from equity.stats import reliability


@pytest.mark.parametrize(
    ("share", "margin", "word"),
    [
        (0.20, 0.05, "good"),  # on the limit: still good
        (0.20, 0.0501, "care"),
        (0.20, 0.10, "care"),
        (0.20, 0.1001, "too_uncertain"),
        (0.20, 0.0, "good"),
        (0.20, np.nan, "no_margin"),
        (np.nan, 0.01, "missing"),
    ],
)
def test_the_limits_belong_to_the_better_class(share: float, margin: float, word: str) -> None:
    assert reliability.by_margin(share, margin, 0.05, 0.10) == word


def test_both_sides_of_a_share_are_equally_reliable() -> None:
    """5 % +/- 6 points and 95 % +/- 6 points are the same knowledge, whatever a coefficient of variation says of them."""
    assert reliability.by_margin(0.05, 0.06, 0.05, 0.10) == reliability.by_margin(0.95, 0.06, 0.05, 0.10) == "care"


def test_the_second_opinion_is_esris() -> None:
    """ESRI-1: 2,557 +/- 350 has a CV of 8.321 %, high; 12 and 40 % are the limits; a count of 0 has none."""
    table = pd.DataFrame(
        {"place_id": ["a", "b"], "estimate": [2557.0, 0.0], "moe": [350.0, 12.0], "share": 0.1, "share_moe": 0.01}
    )
    found = reliability.classes(table, 0.05, 0.10)
    assert round(found["cv"][0], 3) == 8.321
    assert list(found["second_opinion"]) == ["high", "none"]
    assert list(reliability.by_cv(np.array([12, 12.1, 40, 40.1]))) == ["high", "medium", "medium", "low"]


def test_no_tract_of_release_2021_has_a_coefficient_of_variation_of_12_percent_or_less(atlas: Atlas) -> None:
    """Release 2021: the median tract has +/- 6.9 points, the median area +/- 2.8; no tract has a CV under 12 %."""
    found = findings.reliability_of(atlas, "tract", 2021, "no_subscription")
    assert not (found["second_opinion"] == "high").any()
    assert round(atlas.table("tract", 2021, "no_subscription")["share_moe"].median() * 100, 1) == 6.9
    assert round(atlas.table("area", 2021, "no_subscription")["share_moe"].median() * 100, 1) == 2.8
