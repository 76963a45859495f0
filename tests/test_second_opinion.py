"""A second opinion on every margin: census-data-aggregator (Los Angeles Times, MIT), written by others from the same books.

Where the two differ, one of them is wrong. They agree to the last digits on the published examples, on random figures and
on the whole of release 2021, but for the departures in the last part, each with the reason why this project departs. The
peer has no rule for a difference, a complement or a test of significance: those rest on the Bureau's examples alone.
"""

import math
from collections import Counter

import census_data_aggregator as peer
import numpy as np
import pandas as pd
import pytest
from census_data_aggregator.exceptions import DataError

from equity import tidy
from equity.atlas import Atlas
from equity.stats import aggregate, moe

NAN = math.nan
LAST_DIGITS = 1e-12  # relative: the same formula, its steps in another order
DRAWS = 5_000
# The peer takes the older figure first, as we do; the tables here give the newer first.
PERCENT_CHANGE = (
    lambda a, b: peer.approximate_percentchange(b, a),
    lambda a, a_moe, b, b_moe: moe.of_percent_change(b, b_moe, a, a_moe),
)
HOUSEHOLDS_TABLES = ("B28002", "B28003", "B28011")  # all lines of release 2021 with margins: line 001 is the whole


# --- the published examples -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "total", "margin"),
    [
        ([(135173, 3860), (43104, 2642), (24842, 1957)], 203119, 5070),
        ([(466037, 391), (97360, 572), (67101, 459)], 630498, 831),
        ([(1502, 743), (1995, 722)], 3497, 1036),
        ([(2708, 1007), (1981, 647), (2581, 996)], 7270, 1557),
        ([(47194876, 54126), (41142530, 51284)], 88337406, 74563),
        ([(10154024, 3778), (9712936, 3911)], 19866960, 5438),
        ([(0, 22), (0, 22), (0, 29), (41, 37)], 41, 47),
    ],
    ids=["H8-1", "H8-3d", "H8-2a", "H8-2c", "WE-2", "children under five", "several zeros"],
)
def test_both_give_the_published_sum(terms: list, total: int, margin: int) -> None:
    """H8: the handbook, chapter 8; WE: Worked Examples (standard errors); the last two are the peer's: 5,437.76 and 47.01."""
    estimates, margins = zip(*terms, strict=True)
    their_total, theirs = peer.approximate_sum(*terms)
    assert their_total == sum(estimates) == total
    assert round(theirs) == round(moe.of_sum(estimates, margins)) == margin


@pytest.mark.parametrize(
    ("part", "whole", "share", "margin", "digits"),
    [
        ((203119, 5070), (630498, 831), 0.322, 0.008, 3),
        ((41142530, 51284), (88337406, 74563), 0.4657, 0.0004, 4),
    ],
    ids=["H8-3", "WE-3"],
)
def test_both_give_the_published_share(part: tuple, whole: tuple, share: float, margin: float, digits: int) -> None:
    """Never-married women of all women, 32.2 +/- 0.8 %; men of all who never married, 46.57 %, standard error 0.04 %."""
    theirs = peer.approximate_proportion(part, whole)
    assert round(theirs[0], digits) == share
    assert round(theirs[1], digits) == round(moe.of_share(*part, *whole), digits) == margin


def test_both_give_the_published_ratio() -> None:
    """Never-married men for every never-married woman, chapter 8: 1.117 +/- 0.039."""
    ratio, theirs = peer.approximate_ratio((226840, 5556), (203119, 5070))
    assert round(ratio, 3) == 1.117
    assert round(theirs, 3) == round(moe.of_ratio(226840, 5556, 203119, 5070), 3) == 0.039


def test_both_give_the_published_product() -> None:
    """Owner-occupied homes by the share of single units among them, chapter 8: 61,393,366 +/- 202,289."""
    product, theirs = peer.approximate_product((74506512, 228238), (0.824, 0.001))
    assert round(product) == 61393366
    assert round(theirs) == round(moe.of_product(74506512, 228238, 0.824, 0.001)) == 202289


def test_both_give_the_peers_percent_change() -> None:
    """135,173 +/- 3,860 to 139,301 +/- 4,047: +3.0539 % +/- 4.1981."""
    change, theirs = peer.approximate_percentchange((135173, 3860), (139301, 4047))
    assert round(change, 4) == 3.0539
    assert round(theirs, 4) == round(moe.of_percent_change(135173, 3860, 139301, 4047), 4) == 4.1981


# --- random figures -------------------------------------------------------------------------------------------------------


def draws(seed: int) -> tuple[list[tuple], list[tuple]]:
    """Parts (estimate, margin) and wholes that are larger: whole numbers, as published, with margins of every relative size."""
    rng = np.random.default_rng(seed)
    whole = rng.integers(2, 6_000, DRAWS)
    part = rng.integers(0, whole)
    part_moe, whole_moe = (rng.integers(1, 2 + size // 2) for size in (part, whole))
    return [tuple(map(int, pair)) for pair in zip(part, part_moe, strict=True)], [
        tuple(map(int, pair)) for pair in zip(whole, whole_moe, strict=True)
    ]


def columns(pairs: list[tuple]) -> tuple[np.ndarray, np.ndarray]:
    """(estimate, margin) pairs -> estimates, margins."""
    return tuple(np.array(column, dtype=float) for column in zip(*pairs, strict=True))


def test_random_sums_agree_with_and_without_zeros() -> None:
    rng = np.random.default_rng(1)
    zeros = Counter()
    for _ in range(DRAWS):
        terms = int(rng.integers(1, 40))
        estimates = rng.integers(0, 900, terms) * (rng.random(terms) > rng.random() / 2)
        margins, weights = rng.integers(0, 400, terms), rng.choice([1.0, 0.527, 0.091], terms)
        pairs = list(zip((estimates * weights).tolist(), (margins * weights).tolist(), strict=True))
        assert moe.of_sum(estimates, margins, weights) == pytest.approx(peer.approximate_sum(*pairs)[1], rel=LAST_DIGITS)
        zeros[min(2, int((estimates == 0).sum()))] += 1
    assert min(zeros[number] for number in (0, 1, 2)) > DRAWS / 50, "sums without, with one and with several zeros"


def test_random_shares_agree_wherever_the_peer_gives_one() -> None:
    """Where it refuses, the radicand being negative, it advises the ratio rule; that is what `of_share` falls back on."""
    parts, wholes = draws(2)
    ours, by_ratio = moe.of_share(*columns(parts), *columns(wholes)), moe.ratio_rule_used(*columns(parts), *columns(wholes))
    for at, (part, whole) in enumerate(zip(parts, wholes, strict=True)):
        if by_ratio[at]:
            with pytest.raises(DataError, match="approximate_ratio"):
                peer.approximate_proportion(part, whole)
            assert ours[at] == pytest.approx(peer.approximate_ratio(part, whole)[1], rel=LAST_DIGITS)
        else:
            assert ours[at] == pytest.approx(peer.approximate_proportion(part, whole)[1], rel=LAST_DIGITS)
    assert DRAWS / 10 < by_ratio.sum() < DRAWS * 9 / 10, "both rules are met"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (peer.approximate_ratio, moe.of_ratio),
        (peer.approximate_product, moe.of_product),
        PERCENT_CHANGE,
    ],
    ids=["ratio", "product", "percent change"],
)
def test_random_ratios_products_and_changes_agree(theirs, ours) -> None:
    tops, bottoms = draws(3)
    found = ours(*columns(tops), *columns(bottoms))
    assert found.tolist() == pytest.approx([theirs(a, b)[1] for a, b in zip(tops, bottoms, strict=True)], rel=LAST_DIGITS)


# --- the whole of release 2021 ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tracts(atlas: Atlas) -> pd.DataFrame:
    """Every figure of release 2021 that is published with a margin: place_id, variable, estimate, moe and so on."""
    figures = tidy.long(atlas.snapshots[2021].table, 2021)
    return figures[figures["variable"].str.startswith(HOUSEHOLDS_TABLES)]


@pytest.fixture(scope="module")
def weights(atlas: Atlas) -> pd.DataFrame:
    """geoid, place_id, weight: which part of a tract's households lives in which community area."""
    return aggregate.weights_for(atlas.crosswalks[2020], {area: area for area in atlas.areas["area_id"]})


def test_every_line_of_every_community_area_agrees(tracts: pd.DataFrame, weights: pd.DataFrame) -> None:
    """77 areas by 27 lines (13 of B28002, 6 of B28003, 8 of B28011), the peer given each tract's figures times its weight."""
    ours = aggregate.lines(tracts, weights).set_index(["place_id", "variable"])
    terms = tracts.merge(weights, left_on="place_id", right_on="geoid", suffixes=("", "_of_area"))
    terms[["estimate", "moe"]] = terms[["estimate", "moe"]].mul(terms["weight"], axis=0)
    theirs = {
        place: peer.approximate_sum(*zip(group["estimate"], group["moe"], strict=True))
        for place, group in terms.groupby(["place_id_of_area", "variable"])
    }
    assert len(theirs) == len(ours) == 77 * 27
    totals, margins = zip(*(theirs[place] for place in ours.index), strict=True)
    assert ours["estimate"].tolist() == pytest.approx(totals, rel=LAST_DIGITS)
    assert ours["moe"].tolist() == pytest.approx(margins, rel=LAST_DIGITS)


def opinion(part: tuple, whole: tuple, ours: float) -> str:
    """How the peer sees a share's margin: "agree", or the name of a departure that the last part of this file explains."""
    try:
        theirs = peer.approximate_proportion(part, whole)[1]
    except DataError:
        return "negative radicand"
    except ZeroDivisionError:
        return "nobody"
    if math.isclose(theirs, ours, rel_tol=LAST_DIGITS):
        return "agree"
    return "all" if part[0] == whole[0] else f"{part} of {whole}: {theirs} against {ours}"


def test_every_share_of_every_tract_agrees_but_for_the_listed_departures(tracts: pd.DataFrame) -> None:
    """801 tracts by 24 shares = 19,224. Three tracts without households: 3 x 24 = 72."""
    estimates, margins = (tracts.pivot(index="place_id", columns="variable", values=of) for of in ("estimate", "moe"))
    opinions = Counter()
    for line in estimates.columns.difference([f"{table}_001" for table in HOUSEHOLDS_TABLES]):
        whole = f"{line.partition('_')[0]}_001"
        figures = [table[name] for name in (line, whole) for table in (estimates, margins)]
        ours = moe.of_share(*figures)
        told = [
            opinion((a, a_moe), (b, b_moe), margin)
            for a, a_moe, b, b_moe, margin in zip(*(column.tolist() for column in (*figures, ours)), strict=True)
        ]
        assert [one == "negative radicand" for one in told] == moe.ratio_rule_used(*figures).tolist()
        opinions.update(told)
    assert set(opinions) == {"agree", "negative radicand", "all", "nobody"}
    assert opinions.total() == 801 * 24
    assert opinions["nobody"] == 3 * 24
    assert opinions["agree"] > 0.97 * opinions.total()


# --- the departures ---------------------------------------------------------------------------------------------------------


def test_departure_a_negative_radicand_gets_the_ratio_rule_instead_of_an_error() -> None:
    """80 +/- 9 of 100 +/- 15: 81 - 0.64 x 225 = -63. The Bureau's advice is the ratio rule, sqrt(81 + 144) / 100 = 0.15.

    Tracts by the hundred have such shares, and a map cannot leave them out; `ratio_rule_used` marks the row.
    """
    with pytest.raises(DataError):
        peer.approximate_proportion((80, 9), (100, 15))
    assert moe.of_share(80, 9, 100, 15) == pytest.approx(0.15)
    assert moe.ratio_rule_used(80, 9, 100, 15)


@pytest.mark.parametrize(("whole_moe", "theirs"), [(30, 0.0), (24, 0.09), (18, 0.12)])
def test_departure_a_share_of_all_keeps_the_margin_of_its_count(whole_moe: float, theirs: float) -> None:
    """200 +/- 30 of 200: the Bureau's rule for p = 1 is MOE_X / Y = 30 / 200 = 0.15.

    The peer subtracts: sqrt(900 - 900) = 0, sqrt(900 - 576) / 200 = 0.09, sqrt(900 - 324) / 200 = 0.12. A sample of one
    household in eight that found nobody without is not certain that there is nobody.
    """
    assert peer.approximate_proportion((200, 30), (200, whole_moe))[1] == pytest.approx(theirs)
    assert moe.of_share(200, 30, 200, whole_moe) == pytest.approx(0.15)


def test_departure_a_share_of_all_whose_whole_has_the_wider_margin_is_no_error_either() -> None:
    """200 +/- 30 of 200 +/- 50: 900 - 2,500 is negative and the peer raises; MOE_X / Y = 0.15 asks for no radicand."""
    with pytest.raises(DataError):
        peer.approximate_proportion((200, 30), (200, 50))
    assert moe.of_share(200, 30, 200, 50) == pytest.approx(0.15)
    assert not moe.ratio_rule_used(200, 30, 200, 50)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (peer.approximate_proportion, moe.of_share),
        (peer.approximate_ratio, moe.of_ratio),
        PERCENT_CHANGE,
    ],
    ids=["share", "ratio", "percent change"],
)
def test_departure_out_of_nobody_there_is_no_margin_rather_than_an_error(theirs, ours) -> None:
    """A few tracts have no households: their row stays in the table, missing, with the reason in its flag."""
    with pytest.raises(ZeroDivisionError):
        theirs((0, 12), (0, 12))
    assert math.isnan(ours(0, 12, 0, 12))


def test_departure_a_missing_margin_among_zeros_is_never_lost() -> None:
    """Two zeros, one without a margin: the peer's answer depends on their order, max(5, NaN) = 5 but max(NaN, 5) = NaN.

    The zero whose margin is unknown may be the widest, so the sum's margin is unknown, whatever the order.
    """
    assert peer.approximate_sum((0, 5), (0, NAN), (7, 12))[1] == 13
    assert math.isnan(peer.approximate_sum((0, NAN), (0, 5), (7, 12))[1])
    assert math.isnan(moe.of_sum([0, 0, 7], [5, NAN, 12]))
    assert math.isnan(moe.of_sum([0, 0, 7], [NAN, 5, 12]))


def test_departure_none_is_a_missing_margin() -> None:
    """A JSON null read as None: the peer fails, here it is missing like any other."""
    with pytest.raises(TypeError):
        peer.approximate_sum((3, None), (4, 5))
    assert math.isnan(moe.of_sum([3, 4], [None, 5]))


def test_departure_a_margin_is_never_negative() -> None:
    """6 +/- 3 for every -10 +/- 5 (a balance can be negative): sqrt(9 + 0.36 x 25) / 10 = 0.424; the peer divides by -10."""
    assert peer.approximate_ratio((6, 3), (-10, 5))[1] == pytest.approx(-0.4243, abs=1e-4)
    assert moe.of_ratio(6, 3, -10, 5) == pytest.approx(0.4243, abs=1e-4)


def test_departure_two_parts_of_one_tract_are_not_two_independent_counts(atlas: Atlas) -> None:
    """Woodlawn and South Shore hold 31.29 % and 68.71 % of tract 17031843900 (line 012: +/- 63, 013: +/- 277).

    The peer, given the two areas, finds +/- 629.5: two independent counts. Here a tract's weights are added first. What that
    adds is 2 x 0.3129 x 0.6871 x (63^2 + 277^2) = 34,699 under the root, less 12^2 for a zero that both areas have and their
    sum counts once: sqrt(629.5^2 + 34,699 - 144) = 656.4. The peer's margin is 4.1 % too small.
    """
    woodlawn, south_shore = (atlas.selection([area], 2021, "no_subscription") for area in ("42", "43"))
    _, theirs = peer.approximate_sum(*((area["estimate"], area["moe"]) for area in (woodlawn, south_shore)))
    together = atlas.selection(["42", "43"], 2021, "no_subscription")
    assert theirs == pytest.approx(629.5, abs=0.1)
    assert together["moe"] == pytest.approx(656.4, abs=0.1)
