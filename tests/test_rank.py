"""How far an order can be trusted: ranges, chances, groups and the joint set, on orders whose answer is plain."""

import dataclasses
import itertools
import math

import numpy as np
import pandas as pd
import pytest

from equity.atlas import Atlas
from equity.errors import UsageError
from equity.flags import Flag
from equity.stats import moe, rank

NAN = math.nan


def table(*figures: tuple, ids: str = "abcdefghijklmnopqrstuvwxyz") -> pd.DataFrame:
    """(share, margin) or (share, margin, flag), named a, b, c ..."""
    rows = [(place, *(*figure, 0)[:3]) for place, figure in zip(ids, figures, strict=False)]
    made = pd.DataFrame(rows, columns=["place_id", "share", "share_moe", "flag"])
    made = made.astype({"place_id": "str", "share": float, "share_moe": float, "flag": int})
    return made.assign(estimate=made["share"] * 100, moe=made["share_moe"] * 100)


def ranges(*figures: tuple, **how) -> list[tuple[int, int]]:
    found = rank.ranking(table(*figures), **how).table
    return list(zip(found["rank_low"], found["rank_high"], strict=True))


class Dice:
    """Stands in for the generator: the normal deviates are given (a row a place, a column a draw) and so is the answer."""

    def __init__(self, patch: pytest.MonkeyPatch, *deviates: list[float]) -> None:
        self.deviates = np.array(deviates)
        self.portions: list[int] = []
        patch.setattr(np.random, "default_rng", lambda seed: self)

    def standard_normal(self, shape: tuple[int, int], dtype: type = float) -> np.ndarray:
        """The next columns."""
        done = sum(self.portions)
        self.portions.append(shape[1])
        return self.deviates[:, done : done + shape[1]].astype(dtype)


# --- ranges ----------------------------------------------------------------------------------------------------------


def test_figures_far_apart_have_one_rank_each() -> None:
    assert ranges((0.3, 0.001), (0.1, 0.001), (0.2, 0.001)) == [(1, 1), (3, 3), (2, 2)]


def test_figures_alike_may_have_any_rank() -> None:
    assert ranges((0.2, 0.1), (0.21, 0.1), (0.19, 0.1)) == [(1, 3)] * 3


def test_worse_may_be_low() -> None:
    assert ranges((0.3, 0.001), (0.1, 0.001), (0.2, 0.001), worse="low") == [(3, 3), (1, 1), (2, 2)]


def test_two_places_are_one_test_at_90_percent() -> None:
    """With one rival the largest statistic is that one, |z|: its 90 % quantile is 1.645. Errors 1 and 1: z = d / 1.414."""
    sure, unsure = (20 + 1.70 * math.sqrt(2), 1.645), (20 + 1.59 * math.sqrt(2), 1.645)
    assert ranges(sure, (20, 1.645)) == [(1, 1), (2, 2)]
    assert ranges(unsure, (20, 1.645)) == [(1, 2), (1, 2)]


def test_a_test_weighs_the_squares_of_both_errors() -> None:
    """Errors 3 and 4, or 4 and 3, make sqrt(9 + 16) = 5 of the difference: 1.70 x 5 points are sure, 1.59 x 5 are not."""
    for one, other in ((3, 4), (4, 3)):
        assert ranges((20 + 1.70 * 5, one * moe.Z90), (20, other * moe.Z90)) == [(1, 1), (2, 2)]
        assert ranges((20 + 1.59 * 5, one * moe.Z90), (20, other * moe.Z90)) == [(1, 2), (1, 2)]


def test_low_is_high_seen_from_the_other_end() -> None:
    """The same two tests where the lower figure is the worse one."""
    sure, unsure = (20 + 1.70 * math.sqrt(2), 1.645), (20 + 1.59 * math.sqrt(2), 1.645)
    assert ranges(sure, (20, 1.645), worse="low") == [(2, 2), (1, 1)]
    assert ranges(unsure, (20, 1.645), worse="low") == [(1, 2), (1, 2)]


def test_less_confidence_claims_more() -> None:
    """At 50 % the limit is Phi^-1(0.75) = 0.674 for one rival, and Phi^-1((1 + sqrt(0.5)) / 2) = 1.052 for the joint set."""
    for apart, expected in ((0.71, [(1, 1), (2, 2)]), (0.64, [(1, 2), (1, 2)])):
        assert ranges((20 + apart * math.sqrt(2), moe.Z90), (20, moe.Z90), confidence=0.5) == expected
    for apart, expected in ((2.12, [(1, 1), (2, 2)]), (2.08, [(1, 2), (1, 2)])):
        found = rank.ranking(table((20 + apart, moe.Z90), (20, moe.Z90)), confidence=0.5).table
        assert list(zip(found["joint_low"], found["joint_high"], strict=True)) == expected


def test_one_draw_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors 3 and 4, both drawn one of their own too high: |3 - 4| / 5 = 0.2 is the limit, and 1.5 / 5 = 0.3 exceeds it.

    One too high and one too low: |3 + 4| / 5 = 1.4, and 0.3 does not.
    """
    places = (21.5, 3 * moe.Z90), (20, 4 * moe.Z90)
    Dice(monkeypatch, [1.0], [1.0])
    assert ranges(*places, draws=1) == [(1, 1), (2, 2)]
    Dice(monkeypatch, [1.0], [-1.0])
    assert ranges(*places, draws=1) == [(1, 2), (1, 2)]


def test_a_difference_as_large_as_chance_makes_it_is_not_sure(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of 1 beside none, drawn one up: the limit is 1. A difference of 1 does not exceed it, one of 1.01 does."""
    Dice(monkeypatch, [1.0], [0.0])
    assert ranges((21, moe.Z90), (20, 0), draws=1) == [(1, 2), (1, 2)]
    Dice(monkeypatch, [1.0], [0.0])
    assert ranges((21.01, moe.Z90), (20, 0), draws=1) == [(1, 1), (2, 2)]


def test_more_rivals_make_a_wider_claim() -> None:
    """z = 1.9 is sure between two; among ten the largest of nine such statistics exceeds it too often by chance."""
    pair = ((20 + 1.9 * math.sqrt(2), 1.645), (20, 1.645))
    assert ranges(*pair) == [(1, 1), (2, 2)]
    crowd = [(value, 1.645) for value in (20.1, 20.2, 19.9, 19.8, 20.05, 19.95, 20.15, 19.85)]
    assert ranges(*pair, *crowd)[:2] == [(1, 10), (1, 10)]


def test_the_quantile_is_that_of_the_largest_of_independent_differences() -> None:
    """A place without error against nine with equal errors: nine independent |z|, so Phi^-1((1 + 0.9^(1/9)) / 2) = 2.52."""
    limit = rank.joint_z(9)
    assert round(limit, 2) == 2.52
    exact, others = (20.0, 0.0), [(20.0, 1.645)] * 8
    assert ranges(exact, (20 + limit + 0.06, 1.645), *others)[0] == (2, 10)
    assert ranges(exact, (20 + limit - 0.06, 1.645), *others)[0] == (1, 10)
    assert ranges(exact, (20 - limit - 0.06, 1.645), *others)[0] == (1, 9)


def test_a_range_holds_its_own_position(atlas: Atlas) -> None:
    found = rank.ranking(atlas.table("area", 2021, "no_subscription")).table
    assert ((found["rank_low"] <= found["position"]) & (found["position"] <= found["rank_high"])).all()
    assert ((found["joint_low"] <= found["position"]) & (found["position"] <= found["joint_high"])).all()


def test_ranges_cover_the_true_ranks() -> None:
    """300 samples of twenty places: a place's own range holds its true rank at least nine times in ten, the joint set all."""
    rng = np.random.default_rng(5)
    truth, errors = np.linspace(0.10, 0.30, 20), np.linspace(0.01, 0.03, 20)
    true_rank = 20 - np.arange(20)
    own = joint = 0
    for _ in range(300):
        drawn = [(share, moe.Z90 * error) for share, error in zip(rng.normal(truth, errors), errors, strict=True)]
        found = rank.ranking(table(*drawn), draws=1000).table
        own += ((found["rank_low"] <= true_rank) & (true_rank <= found["rank_high"])).mean()
        joint += ((found["joint_low"] <= true_rank) & (true_rank <= found["joint_high"])).all()
    assert own / 300 >= 0.90
    assert joint / 300 >= 0.90


# --- positions, ties and who is not ranked ---------------------------------------------------------------------------


def test_equal_figures_share_a_position() -> None:
    found = rank.ranking(table((0.2, 0.01), (0.3, 0.01), (0.2, 0.01), (0.1, 0.01))).table
    assert list(found["position"]) == [2, 1, 2, 4]


@pytest.mark.parametrize(
    ("figure", "reason"),
    [
        ((NAN, NAN), "missing"),
        ((0.4, NAN), "no_margin"),
        ((0.4, 0.01, int(Flag.MOSTLY_OUTSIDE)), "not_ranked"),
        ((NAN, NAN, int(Flag.NO_HOUSEHOLDS_IN_CITY)), "not_ranked"),
    ],
)
def test_who_cannot_be_ranked_says_why_and_takes_no_rank(figure: tuple, reason: str) -> None:
    found = rank.ranking(table((0.3, 0.001), figure, (0.1, 0.001)))
    row = found.table.iloc[1]
    assert row["reason"] == reason
    assert row.drop(["place_id", "reason", "top_group"]).isna().all()
    assert not row["top_group"]
    assert list(found.table["ranked"].dropna()) == [2, 2]
    assert list(found.table["rank_high"].dropna()) == [1, 2]
    assert found.group("b") == []


def test_other_notes_do_not_keep_a_place_out() -> None:
    assert rank.ranking(table((0.3, 0.001, int(Flag.RATIO_RULE)))).table["reason"][0] == ""


def test_one_place_is_first_and_last() -> None:
    row = rank.ranking(table((0.3, 0.01))).table.iloc[0]
    assert (row["position"], row["rank_low"], row["rank_high"], row["chance_top10"], row["joint_high"]) == (1, 1, 1, 1, 1)


@pytest.mark.parametrize("rows", [[], [(0.3, NAN)]])
def test_nobody_ranked_is_an_honest_table(rows: list) -> None:
    found = rank.ranking(table(*rows))
    assert list(found.table.columns) == rank.RANKS
    assert len(found.table) == len(rows)
    assert (found.pairs, found.pairs_in_order) == (0, 0)
    assert str(found.table["rank_low"].dtype) == "Int64", "whole numbers stay whole in a file"


def test_without_a_worse_end_there_is_no_ranking() -> None:
    with pytest.raises(UsageError, match=r"^these figures have no worse end to rank from; choose an indicator that has one$"):
        rank.ranking(table((0.3, 0.01)), None)


def test_figures_without_any_error_are_in_their_own_order(recwarn: pytest.WarningsRecorder) -> None:
    assert ranges((0.2, 0.0), (0.3, 0.0), (0.2, 0.0)) == [(2, 3), (1, 1), (2, 3)]
    joint = rank.ranking(table((0.2, 0.0), (0.3, 0.0), (0.2, 0.0))).table
    assert list(zip(joint["joint_low"], joint["joint_high"], strict=True)) == [(2, 3), (1, 1), (2, 3)]
    assert not recwarn.list


def test_none_is_missing_and_objects_are_numbers() -> None:
    """A table that came as JSON holds objects, and one that was joined holds its flags as 0.0."""
    came = table((0.3, 0.001), (0.1, 0.001), (NAN, NAN), (0.2, NAN), (0.4, 0.001, int(Flag.MOSTLY_OUTSIDE)))
    came = came.astype(object).where(came.notna(), None).astype({"flag": float})
    found = rank.ranking(came).table
    assert list(found["reason"]) == ["", "", "missing", "no_margin", "not_ranked"]
    assert found["position"].tolist()[:2] == [1, 2]


def test_counts_rank_by_their_own_margins() -> None:
    figures = table((0.3, 0.001), (0.1, 0.001)).assign(estimate=[5.0, 900.0], moe=1.0)
    assert list(rank.ranking(figures, measure="estimate").table["position"]) == [2, 1]


# --- chances ---------------------------------------------------------------------------------------------------------


def test_every_draw_has_ten_and_twenty(atlas: Atlas) -> None:
    found = rank.ranking(atlas.table("area", 2021, "no_subscription")).table
    assert found["chance_top10"].sum() == pytest.approx(10)
    assert found["chance_top20"].sum() == pytest.approx(20)
    assert (found["chance_top10"] <= found["chance_top20"]).all()


def test_two_that_are_alike_share_the_last_seat() -> None:
    """Nine surely among the ten, two alike for the tenth seat, one surely not: 1, a half each, 0."""
    sure = [(0.9 - at / 100, 0.0001) for at in range(9)]
    found = rank.ranking(table(*sure, (0.2, 0.05), (0.2, 0.05), (0.01, 0.0001))).table
    chances = found["chance_top10"].to_numpy()
    assert chances[:9].tolist() == [1] * 9
    assert chances[9:11] == pytest.approx([0.5, 0.5], abs=0.02)
    assert chances[11] == 0


def test_the_chance_is_the_normal_one() -> None:
    """The tenth seat between 0.2 +/- 0 and 0.2 + one standard error: the second takes it with Phi(1) = 84 %."""
    sure = [(0.9 - at / 100, 0.0) for at in range(9)]
    chances = rank.ranking(table(*sure, (0.2, 0.0), (0.2 + 0.01, 0.01 * moe.Z90))).table["chance_top10"].to_numpy()
    assert chances[10] == pytest.approx(0.8413, abs=0.012)
    assert chances[9] == pytest.approx(0.1587, abs=0.012)


def test_a_chance_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tenth seat between 0.20 +/- 0 and 0.25 with an error of 0.1, drawn -1, -1, 1 and 0: 0.15, 0.15, 0.35 and 0.25."""
    sure = [(0.9 - at / 100, 0.0) for at in range(9)]
    Dice(monkeypatch, *[[0.0] * 4] * 9, [-1.0, -1.0, 1.0, 0.0], [0.0] * 4)  # worst first, so 0.25 is the tenth row
    found = rank.ranking(table(*sure, (0.20, 0.0), (0.25, 0.1 * moe.Z90)), draws=4).table
    assert found["chance_top10"].tolist() == [1] * 9 + [0.5, 0.5]


def test_low_may_be_worse_for_chances_too() -> None:
    figures = [(0.1 + at / 100, 0.0001) for at in range(12)]
    assert rank.ranking(table(*figures), "low").table["chance_top10"].tolist() == [1] * 10 + [0] * 2
    assert rank.ranking(table(*figures), "high").table["chance_top10"].tolist() == [0] * 2 + [1] * 10


def test_up_to_ten_places_are_all_among_the_ten() -> None:
    assert (rank.ranking(table(*[(0.1, 0.01)] * 10)).table["chance_top10"] == 1).all()
    assert (rank.ranking(table(*[(0.1, 0.01)] * 11)).table["chance_top10"] < 1).all()


def test_the_order_of_the_rows_is_kept_and_does_not_matter() -> None:
    figures = [(0.1 + at / 50, 0.02) for at in range(15)]
    forward = rank.ranking(table(*figures)).table.set_index("place_id")
    backward = rank.ranking(table(*figures).iloc[::-1]).table
    assert list(backward["place_id"]) == list(reversed(forward.index))
    pd.testing.assert_frame_equal(backward.set_index("place_id").loc[forward.index], forward)


def test_a_seed_gives_the_same_and_another_nearly_the_same(atlas: Atlas) -> None:
    areas = atlas.table("area", 2021, "no_subscription")
    first, again, other = (rank.ranking(areas, seed=seed).table for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not first["chance_top10"].equals(other["chance_top10"])
    assert (first["chance_top10"] - other["chance_top10"]).abs().max() < 0.02
    assert (first["rank_high"] - other["rank_high"]).abs().max() <= 3


def test_a_page_and_a_file_draw_alike() -> None:
    """Unless said otherwise there are 10,000 draws from the seed 2021 at 90 %: so anybody can make the figures again."""
    figures = table(*[(0.1 + at / 50, 0.03) for at in range(15)])
    said = rank.ranking(figures, "high", measure="share", draws=10_000, seed=2021, confidence=0.90)
    pd.testing.assert_frame_equal(rank.ranking(figures).table, said.table)
    pd.testing.assert_frame_equal(rank.ranking(figures).order, said.order)


@pytest.mark.parametrize(
    ("cells", "portions"), [(4_000_000, [7]), (14, [7]), (6, [3, 3, 1]), (5, [2, 2, 2, 1]), (1, [1, 1, 1, 1, 1, 1, 1])]
)
def test_no_portion_is_larger_than_may_be_held(monkeypatch: pytest.MonkeyPatch, cells: int, portions: list[int]) -> None:
    """Seven draws of two places: six numbers at once are three draws, five only two, and one draw is the least there is."""
    monkeypatch.setattr(rank, "_CELLS", cells)
    dice = Dice(monkeypatch, [0.0] * 7, [0.0] * 7)
    rank.ranking(table((0.3, 0.1), (0.2, 0.1)), draws=7)
    assert dice.portions == portions


def test_drawing_in_portions_is_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few numbers at a time, as many places need: other draws, the same answer but for chance."""
    figures = table(*[(0.1 + at / 50, 0.03) for at in range(15)])
    whole = rank.ranking(figures).table
    monkeypatch.setattr(rank, "_CELLS", 15 * 999)
    portions = rank.ranking(figures).table
    assert (whole["chance_top10"] - portions["chance_top10"]).abs().max() < 0.02
    assert (whole["rank_low"] - portions["rank_low"]).abs().max() <= 1


# --- groups, pairs, the joint set ------------------------------------------------------------------------------------


def test_a_group_is_as_large_as_the_range_is_wide(atlas: Atlas) -> None:
    found = rank.ranking(atlas.table("area", 2021, "no_subscription"))
    width = (found.table["rank_high"] - found.table["rank_low"] + 1).tolist()
    assert [len(found.group(place)) for place in found.table["place_id"]] == width


def test_a_ranking_that_is_kept_cannot_be_exchanged() -> None:
    """It is made once and shown to everybody."""
    found = rank.ranking(table((0.3, 0.01)))
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.table = found.table.iloc[:0]


def test_a_group_holds_its_place_and_comes_worst_first() -> None:
    found = rank.ranking(table((0.10, 0.02), (0.11, 0.02), (0.12, 0.02), (0.90, 0.02)))
    assert found.group("a") == ["c", "b", "a"]
    assert found.group("d") == ["d"]
    assert found.group("nobody") == []


def test_equal_places_stay_in_the_order_given() -> None:
    """Fifty alike between fifty others alike: a group lists them as the table does, at every visit."""
    names = [f"p{at:02}" for at in range(100)]
    found = rank.ranking(table(*[(0.2, 0.001), (0.3, 0.001)] * 50, ids=names), draws=100)
    assert found.group("p10") == names[::2]
    assert found.group("p11") == names[1::2]


def test_the_top_group_may_be_the_very_worst() -> None:
    """Nobody is surely worse than c, b or a; d is surely better off than all three."""
    found = rank.ranking(table((0.28, 0.02), (0.29, 0.02), (0.30, 0.02), (0.10, 0.02))).table
    assert list(found["top_group"]) == [True, True, True, False]
    assert found["top_group"].dtype == bool, "a file says True, not 1.0"
    assert list(found["rank_low"]) == [1, 1, 1, 4]


def test_pairs_in_a_sure_order_are_counted_once() -> None:
    """Of d against a, b, c all three are sure, among those three none: 3 of 6."""
    found = rank.ranking(table((0.10, 0.02), (0.11, 0.02), (0.12, 0.02), (0.90, 0.02)))
    assert (found.pairs, found.pairs_in_order) == (6, 3)
    assert (type(found.pairs), type(found.pairs_in_order)) == (int, int), "a page says 3, not 3.0"
    assert set(found.order.dtypes.astype(str)) == {"int64"}
    assert found.order.loc["d", "a"] == 1
    assert found.order.loc["a", "d"] == -1
    assert found.order.loc["a", "b"] == 0


def test_a_pair_is_in_order_when_both_say_so() -> None:
    """One place with an error of 1 beside nine with a hundredth, 2.2 points higher.

    All its differences hang on its own error, so its limit is hardly above 1.645 and the nine are surely worse. Each of the
    nine is tested against eight of its like as well, each with an error of its own: its limit is 2.4, and 2.2 is not sure.
    """
    found = rank.ranking(table((20, moe.Z90), *[(22.2, 0.01 * moe.Z90)] * 9))
    assert (found.table["rank_low"][0], found.table["rank_high"][0]) == (10, 10)
    assert list(found.table["rank_high"][1:]) == [10] * 9
    assert found.pairs_in_order == 0


def test_the_joint_set_asks_for_intervals_that_do_not_touch() -> None:
    """Two places: z = Phi^-1((1 + sqrt(0.9)) / 2) = 1.949 for each, so errors of 1 need more than 3.897 between them."""
    assert round(rank.joint_z(2), 4) == 1.9488
    for apart, expected in ((3.89, [(1, 2), (1, 2)]), (3.91, [(1, 1), (2, 2)])):
        found = rank.ranking(table((20 + apart, moe.Z90), (20, moe.Z90))).table
        assert list(zip(found["joint_low"], found["joint_high"], strict=True)) == expected


def test_the_joint_set_is_wider_than_a_places_own_range(atlas: Atlas) -> None:
    found = rank.ranking(atlas.table("area", 2021, "no_subscription")).table
    assert (found["joint_high"] - found["joint_low"]).median() > (found["rank_high"] - found["rank_low"]).median()
    assert rank.joint_z(1) == pytest.approx(1.645, abs=0.001), "one place alone has the plain interval"
    assert math.isnan(rank.joint_z(0))


def test_any_part_of_a_city_can_be_ranked(atlas: Atlas) -> None:
    areas = atlas.table("area", 2021, "no_subscription")
    south = areas[areas["place_id"].isin(["67", "68", "71", "6"])]
    found = rank.ranking(south).table.set_index("place_id")
    assert found.loc["67", "position"] == 1
    assert (found.loc["6", "rank_low"], found.loc["6", "rank_high"]) == (4, 4), "Lake View is surely the best off of the four"


def test_a_wider_margin_never_narrows_a_range() -> None:
    """Monotone in its own margin: the range of the middle one of five grows from a rank to all of them."""
    spread = []
    for margin in (0.001, 0.05, 0.2, 0.9):
        low, high = ranges((0.1, 0.001), (0.2, 0.001), (0.3, margin), (0.4, 0.001), (0.5, 0.001))[2]
        spread.append(high - low)
    assert spread[0] == 0
    assert spread[-1] == 4
    assert all(first <= second for first, second in itertools.pairwise(spread))


@pytest.mark.parametrize("abreast", [1, 3, 10, 11])
def test_strips_are_only_a_way_of_going_through_the_draws(monkeypatch: pytest.MonkeyPatch, abreast: int) -> None:
    """However many draws are looked at together, and though a portion does not end with a strip: the same numbers."""
    figures = table(*[(0.1 + at / 50, 0.03) for at in range(15)])
    monkeypatch.setattr(rank, "_CELLS", 15 * 7)
    whole = rank.ranking(figures, draws=20)
    monkeypatch.setattr(rank, "_ABREAST", abreast)
    strips = rank.ranking(figures, draws=20)
    pd.testing.assert_frame_equal(strips.table, whole.table)
    pd.testing.assert_frame_equal(strips.order, whole.order)
