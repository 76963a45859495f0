"""The Census Bureau's published worked examples, reproduced to their printed digits; each test names its case.

H8, H7: *Understanding and Using ACS Data: What All Data Users Need to Know* (2020), chapters 8 and 7. WE: *Worked Examples for
Approximating Standard Errors Using American Community Survey Data*. ESRI: the ArcGIS primer on ACS variables. CDA:
census-data-aggregator (Los Angeles Times), a peer library. RANK-77: Klein, Wright and Wieczorek (2020).
"""

import math

import pytest

from equity.stats import moe, rank, reliability


@pytest.mark.parametrize(
    ("terms", "total", "margin"),
    [
        ([(135173, 3860), (43104, 2642), (24842, 1957)], 203119, 5070),
        ([(466037, 391), (97360, 572), (67101, 459)], 630498, 831),
    ],
    ids=["H8-1", "H8-3d"],
)
def test_h8_a_sum(terms: list, total: int, margin: int) -> None:
    estimates, moes = zip(*terms, strict=True)
    assert (sum(estimates), round(moe.of_sum(estimates, moes))) == (total, margin)


def test_cda_zero_only_the_widest_zero_counts() -> None:
    """0 +/- 22, 0 +/- 22, 0 +/- 29, 41 +/- 37: 41 +/- 47.01063709417264."""
    assert moe.of_sum([0, 0, 0, 41], [22, 22, 29, 37]) == pytest.approx(47.01063709417264, rel=1e-15)


def test_h8_5_a_product() -> None:
    """74,506,512 +/- 228,238 homes x 0.824 +/- 0.001 = 61,393,366 +/- 202,289; SE 122,972."""
    margin = moe.of_product(74506512, 228238, 0.824, 0.001)
    assert round(74506512 * 0.824) == 61393366
    assert round(margin) == 202289
    assert round(moe.standard_error(margin)) in (122972, 122973)  # the Bureau rounds on the way
    low, high = moe.interval(61393366, margin)
    assert abs(low - 61191077) <= 1
    assert abs(high - 61595655) <= 1


def test_h7_1_an_interval_and_a_coefficient_of_variation() -> None:
    """564,757 +/- 10,127: 554,630 to 574,884, CV 1.1 %."""
    assert moe.interval(564757, 10127) == (554630, 574884)
    assert round(moe.cv(564757, 10127), 1) == 1.1


@pytest.mark.parametrize(
    ("a", "b", "z", "differ"),
    [((12.6, 0.2), (10.5, 0.3), 9.581, True), ((10.8, 0.2), (10.5, 0.3), 1.369, False)],
    ids=["H7-2", "H7-3"],
)
def test_h7_a_difference_tested(a: tuple, b: tuple, z: float, differ: bool) -> None:
    assert round(moe.z_score(*a, *b), 3) == z
    assert bool(moe.significant(*a, *b)) is differ


def test_we_1_a_standard_error() -> None:
    """47,194,876 +/- 89,037: SE 54,126."""
    assert round(moe.standard_error(89037)) == 54126


def test_we_2_a_sum() -> None:
    """Two sums: SE 74,563; 88,337,406 from 88,214,750 to 88,460,062."""
    margin = moe.of_sum([47194876, 41142530], [89037, 84363])
    assert round(moe.standard_error(margin)) == 74563
    low, high = moe.interval(88337406, margin)
    assert abs(low - 88214750) <= 1
    assert abs(high - 88460062) <= 1


def test_we_3_a_share() -> None:
    """41,142,530 (SE 51,284) of 88,337,406 (SE 74,563): 46.57 %, SE 0.04 %."""
    se = moe.of_share(41142530, 51284, 88337406, 74563)  # the rule is the same for standard errors
    assert round(100 * 41142530 / 88337406, 2) == 46.57
    assert round(100 * se, 2) == 0.04


def test_we_6_overlapping_intervals_are_no_test() -> None:
    """6.0 (SE 0.5) and 5.0 (SE 0.2): the intervals overlap, yet z = 1.857 and the difference is significant."""
    a, b = (6.0, 0.5 * moe.Z90), (5.0, 0.2 * moe.Z90)
    assert moe.interval(*a)[0] < moe.interval(*b)[1]
    assert round(moe.z_score(*a, *b), 3) == 1.857
    assert moe.significant(*a, *b)


def test_we_c_the_root_of_squares_can_be_far_off() -> None:
    """Six margins give 74,932 where the published one is 20,689: so published margins are used where they are in hand."""
    assert round(moe.of_sum([1] * 6, [30854, 30398, 34466, 29913, 30987, 26381])) == 74932


def test_esri_1_a_coefficient_of_variation() -> None:
    """2,557 +/- 350: 8.321 %, up to 12 % and so of high reliability."""
    assert round(moe.cv(2557, 350), 3) == 8.321
    assert reliability.by_cv(moe.cv(2557, 350)) == "high"


def test_rank_77_the_joint_z() -> None:
    assert round(rank.joint_z(77, 0.90), 4) == 3.2014


def test_h8_2a_and_2c_standard_errors_and_cvs() -> None:
    """1,502 +/- 743 and 1,995 +/- 722: 1,036, SE 630, CV 18.0 %; three terms: 1,557, SE 947, CV 13.0 %."""
    two = moe.of_sum([1502, 1995], [743, 722])
    three = moe.of_sum([2708, 1981, 2581], [1007, 647, 996])
    assert (round(two), round(moe.standard_error(two)), round(moe.cv(3497, two), 1)) == (1036, 630, 18.0)
    assert (round(three), math.floor(moe.standard_error(three) + 0.5), round(moe.cv(7270, three), 1)) == (1557, 947, 13.0)


def test_h8_3_a_share_of_sums() -> None:
    """203,119 +/- 5,070 of 630,498 +/- 831: 0.322 +/- 0.8 %, SE 0.488 %, CV 1.5 %."""
    margin = moe.of_share(203119, 5070, 630498, 831)
    assert round(203119 / 630498, 3) == 0.322
    assert round(100 * margin, 1) == 0.8
    assert round(100 * moe.standard_error(margin), 3) == 0.488
    assert round(moe.cv(203119 / 630498, margin), 1) == 1.5
