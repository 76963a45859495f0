"""What may be said of two figures that differ: verdicts, reasons and lists, on differences small enough to work out by hand.

With margins of 1.645 points on both sides (standard errors of 1) the margin of a difference is 1.645 x sqrt(2) = 2.326
points and z is the difference divided by 1.414, so 2.4 points are significant and 2.3 are not.
"""

import math

import numpy as np
import pandas as pd
import pytest

from equity.atlas import Atlas
from equity.errors import UsageError
from equity.flags import Flag
from equity.stats import compare, moe

NAN = math.nan
APART = {"old_years": (2017, 2021), "new_years": (2022, 2026)}
ONE_APART = {"old_years": (2017, 2021), "new_years": (2018, 2022)}


def table(**places: tuple[float, float]) -> pd.DataFrame:
    """place=(figure, margin) in points -> a table of shares; the universe is 100 households everywhere."""
    rows = [(place, figure, margin, figure, margin, 100.0, 0) for place, (figure, margin) in places.items()]
    columns = ["place_id", "estimate", "moe", "share", "share_moe", "universe_estimate", "flag"]
    types = {"place_id": "str", **dict.fromkeys(columns[1:-1], float), "flag": int}
    return pd.DataFrame(rows, columns=columns).astype(types)


def alone(old: tuple, new: tuple, years: dict = APART, **same) -> pd.Series:
    """One place, asked for by itself."""
    return compare.changes(table(x=old), table(x=new), **years, listed=False, **same).iloc[0]


# --- one place over time ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("new", "verdict"),
    [(17.6, "fell"), (22.4, "rose"), (17.7, "too_close"), (22.3, "too_close"), (20.0, "too_close")],
)
def test_a_change_beyond_chance_has_a_word(new: float, verdict: str) -> None:
    """From 20 +/- 1.645: 2.4 points are 1.70 standard errors, 2.3 are 1.63; the limit is 1.645."""
    found = alone((20, 1.645), (new, 1.645))
    assert found["verdict"] == verdict
    assert found["difference"] == pytest.approx(new - 20)
    assert found["difference_moe"] == pytest.approx(2.3264, abs=1e-4)
    assert found["z"] == pytest.approx((new - 20) / math.sqrt(2))
    assert (found["reason"], found["tested"]) == ("", 1)


def test_exactly_at_the_limit_is_too_close() -> None:
    """|z| must exceed 1.645: a difference equal to its own margin does not. 4 +/- 0 from 0 +/- 4."""
    assert alone((0, 4), (4, 0))["z"] == moe.Z90
    assert alone((0, 4), (4, 0))["verdict"] == "too_close"


@pytest.mark.parametrize(
    ("new", "verdict"),
    [(17.5, "fell"), (18.9, "probably_fell"), (21.1, "probably_rose"), (22.5, "rose"), (19.1, "too_close")],
)
def test_shared_years_make_a_second_indicative_tier(new: float, verdict: str) -> None:
    """Four of five years shared: the error narrows by sqrt(0.2) = 0.447. 1.1 points: z = 0.78, with the factor 1.74."""
    found = alone((20, 1.645), (new, 1.645), ONE_APART)
    assert found["verdict"] == verdict
    assert found["shared_years"] == 4
    assert found["z_overlap"] == pytest.approx(found["z"] / math.sqrt(0.2))


@pytest.mark.parametrize(("apart", "shared", "factor"), [(1, 4, 0.447), (2, 3, 0.632), (3, 2, 0.775), (4, 1, 0.894), (5, 0, 1)])
def test_the_overlap_factor_is_the_published_one(apart: int, shared: int, factor: float) -> None:
    """sqrt(1 - C): 0.447, 0.632, 0.775, 0.894 for releases one to four years apart; nothing is shared from five on."""
    assert compare.shared_years((2017, 2021), (2017 + apart, 2021 + apart)) == shared
    assert round(compare.overlap_factor(shared), 3) == factor


def test_releases_further_apart_share_nothing() -> None:
    assert compare.shared_years((2011, 2015), (2020, 2024)) == 0
    assert compare.shared_years((2015, 2019), (2020, 2024)) == 0, "2019 and 2024 share none"
    assert compare.shared_years((2017, 2021), (2020, 2024)) == 2, "2021 and 2024 share 2020 and 2021"


def test_without_a_shared_year_the_tiers_are_one() -> None:
    found = alone((20, 1.645), (17.7, 1.645))
    assert found["z"] == found["z_overlap"]


def test_the_overlap_is_a_part_of_the_span() -> None:
    """Releases of three years, one apart, share two of three: the error narrows by sqrt(1 - 2 / 3)."""
    found = alone((20, 1.645), (18, 1.645), {"old_years": (2010, 2012), "new_years": (2011, 2013)})
    assert found["shared_years"] == 2
    assert found["z_overlap"] == pytest.approx(found["z"] * math.sqrt(3))


@pytest.mark.parametrize("years", [((2018, 2022), (2017, 2021)), ((2017, 2021), (2017, 2021))])
def test_a_change_runs_forward(years: tuple) -> None:
    with pytest.raises(UsageError, match=f"earlier release; {years[0][1]} is not before 2021$"):
        compare.changes(table(x=(1, 1)), table(x=(2, 1)), old_years=years[0], new_years=years[1])


# --- what cannot be compared -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "same", "reason"),
    [
        ((NAN, NAN), (9, 1), {}, "missing"),
        ((20, 1), (NAN, NAN), {}, "missing"),
        ((20, NAN), (9, 1), {}, "no_margin"),
        ((20, 1), (9, NAN), {}, "no_margin"),
        ((20, 1), (9, 1), {"same_wording": False}, "wording"),
        ((20, 1), (9, 1), {"same_boundaries": False}, "boundaries"),
        ((20, 1), (9, 1), {"same_methods": False}, "methods"),
        ((20, NAN), (9, 1), {"same_methods": False, "same_wording": False, "same_boundaries": False}, "boundaries"),
        ((20, NAN), (9, 1), {"same_methods": False, "same_wording": False}, "wording"),
        ((20, NAN), (9, 1), {"same_methods": False}, "methods"),
        ((NAN, NAN), (9, 1), {"same_methods": False, "same_wording": False, "same_boundaries": False}, "missing"),
    ],
)
def test_what_cannot_be_compared_says_the_first_reason(old: tuple, new: tuple, same: dict, reason: str) -> None:
    found = alone(old, new, **same)
    assert (found["verdict"], found["reason"], found["tested"]) == ("not_comparable", reason, 0)
    assert np.isnan([found["difference_moe"], found["z"], found["z_overlap"]]).all(), "no test is hinted at"


def test_across_a_boundary_there_is_no_difference_elsewhere_it_is_shown() -> None:
    assert math.isnan(alone((20, 1), (9, 1), same_boundaries=False)["difference"])
    assert alone((20, 1), (9, 1), same_wording=False)["difference"] == -11


def test_releases_of_unequal_length_are_different_methods() -> None:
    found = alone((20, 1), (9, 1), {"old_years": (2017, 2021), "new_years": (2024, 2024)})
    assert found["reason"] == "methods"


def test_boundaries_may_differ_from_place_to_place() -> None:
    """A place that the Series does not list is not the same place."""
    same = pd.Series({"a": True, "b": False})
    places = table(a=(20, 1), b=(20, 1), c=(20, 1))
    found = compare.changes(places, table(a=(9, 1), b=(9, 1), c=(9, 1)), **APART, same_boundaries=same)
    assert list(found["reason"]) == ["", "boundaries", "boundaries"]
    assert list(found["tested"]) == [1, 0, 0]


def test_places_of_one_release_only_are_there_and_missing() -> None:
    """The order is that of the new release, then what only the old has."""
    found = compare.changes(table(gone=(9, 1), b=(9, 1)), table(b=(2, 1), fresh=(3, 1)), **APART)
    assert list(found["place_id"]) == ["b", "fresh", "gone"]
    assert list(found["reason"]) == ["", "missing", "missing"]


def test_what_only_the_old_release_has_keeps_its_order() -> None:
    found = compare.changes(table(z=(9, 1), a=(9, 1), m=(9, 1)), table(a=(2, 1)), **APART)
    assert list(found["place_id"]) == ["a", "z", "m"]


def test_none_is_missing_and_objects_are_numbers() -> None:
    """A table that came as JSON holds objects."""
    new = table(a=(9, 1), b=(9, NAN), c=(NAN, NAN))
    new = new.astype(object).where(new.notna(), None)
    same = pd.Series({"a": True, "b": True, "c": True}, dtype=object)
    found = compare.changes(table(a=(20, 1), b=(20, 1), c=(20, 1)), new, **APART, same_boundaries=same)
    assert list(found["reason"]) == ["", "no_margin", "missing"]
    assert found["difference"].tolist()[:2] == [-11, -11]


def test_a_place_given_twice_is_refused() -> None:
    twice = pd.concat([table(a=(1, 1)), table(a=(2, 1))])
    with pytest.raises(UsageError, match=r"^a place stands twice in one of the tables compared; give each place once$"):
        compare.changes(twice, table(a=(1, 1)), **APART)


# --- lists -----------------------------------------------------------------------------------------------------------


def test_false_discoveries_by_hand() -> None:
    """Ten p-values against 0.01, 0.02, 0.03 ...: the fourth smallest, 0.039, is the last within its limit of 0.04.

    The third (0.035) stands with it although it exceeds its own 0.03; the fifth (0.06) exceeds 0.05 and falls.
    """
    p = np.array([0.9, 0.039, 0.002, 0.06, 0.015, 0.5, 0.035, 0.7, 0.8, 0.95])
    assert np.flatnonzero(compare.discoveries(p)).tolist() == [1, 2, 4, 6]


def test_a_list_errs_in_one_verdict_of_ten() -> None:
    """Of one place: p = 0.1 stands, 0.1005 does not, unless another rate is asked for."""
    assert compare.FALSE_DISCOVERIES == 0.10
    assert compare.discoveries(np.array([0.0999])).tolist() == [True]
    assert compare.discoveries(np.array([0.1005])).tolist() == [False]
    assert compare.discoveries(np.array([0.1005]), 0.2).tolist() == [True]


def test_what_is_not_tested_does_not_count() -> None:
    """0.04 of one is within 0.10; of two, the other being 1, it is within 0.05; of three no more. NaN is nobody."""
    assert compare.discoveries(np.array([0.04, NAN, NAN])).tolist() == [True, False, False]
    assert compare.discoveries(np.array([0.04, 1, NAN])).tolist() == [True, False, False]
    assert compare.discoveries(np.array([0.04, 1, 1])).tolist() == [False, False, False]
    assert compare.discoveries(np.array([0.10])).all(), "at the limit it stands"
    assert compare.discoveries(np.array([])).tolist() == []


def test_a_list_says_less_than_a_place_alone() -> None:
    """z = 1.70 (p = 0.09) is news of one place; one of ten is expected by chance, and the list says so."""
    others = {f"p{at}": (20, 1.645) for at in range(9)}
    old, new = table(x=(20, 1.645), **others), table(x=(17.6, 1.645), **others)
    listed, single = compare.changes(old, new, **APART), compare.changes(old, new, **APART, listed=False)
    assert (listed["verdict"][0], listed["tested"][0]) == ("too_close", 10)
    assert (single["verdict"][0], single["tested"][0]) == ("fell", 1)


def test_each_tier_has_its_own_control() -> None:
    """Ten places, one with z = -1.70: too close in the first tier; with the factor -3.8, which stands among ten."""
    others = {f"p{at}": (20, 1.645) for at in range(9)}
    found = compare.changes(table(x=(20, 1.645), **others), table(x=(17.6, 1.645), **others), **ONE_APART)
    assert list(found["verdict"]) == ["probably_fell"] + ["too_close"] * 9


def test_a_list_reckons_with_margins_from_80_replicates() -> None:
    """The Bureau's successive difference replication has 80; for 80 degrees of freedom the table has 1.664 at 10 %, two-sided.

    Of one place, 2.38 points (1.683 standard errors) stand and 2.33 (1.648) do not, although they exceed 1.645.
    """
    assert compare.REPLICATES == 80
    for apart, verdict in ((2.38, "rose"), (2.33, "too_close")):
        found = compare.changes(table(x=(20, 1.645)), table(x=(20 + apart, 1.645)), **APART)
        assert found["verdict"][0] == verdict


def test_a_list_counts_only_what_it_could_test() -> None:
    found = compare.changes(table(a=(20, 1), b=(20, NAN)), table(a=(9, 1), b=(9, 1)), **APART)
    assert list(found["tested"]) == [1, 0]


def test_no_change_gives_few_false_verdicts() -> None:
    """200 lists of 77 places without any change: at most 10 % of the lists say anything (drawn with a seed)."""
    rng = np.random.default_rng(77)
    z = rng.standard_normal((200, 77))
    wrong = sum(compare.discoveries(compare.chance(row)).any() for row in z)
    assert wrong <= 20
    assert (np.abs(z) > moe.Z90).any(axis=1).mean() > 0.99, "without control nearly every list would"


# --- modelled margins ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", ["old", "new"])
@pytest.mark.parametrize("listed", [True, False])
def test_a_modelled_margin_is_never_sure(side: str, listed: bool) -> None:
    """Eleven points with standard errors of 1 are beyond doubt; with a modelled margin they are indicative."""
    tables = {"old": table(x=(20, 1), y=(20, 1)), "new": table(x=(9, 1), y=(31, 1))}
    tables[side] = tables[side].assign(modelled=True)
    found = compare.changes(tables["old"], tables["new"], **APART, listed=listed)
    assert list(found["verdict"]) == ["probably_fell", "probably_rose"]


def test_modelled_places_beside_published_ones() -> None:
    modelled = table(x=(9, 1), y=(31, 1)).assign(modelled=[True, False])
    assert list(compare.changes(table(x=(20, 1), y=(20, 1)), modelled, **APART)["verdict"]) == ["probably_fell", "rose"]


def test_between_places_a_modelled_margin_is_indicative_too() -> None:
    places = table(a=(9, 1), b=(31, 1)).assign(modelled=[True, False])
    assert compare.pair(places, "a", "b")["verdict"] == "probably_lower"
    assert compare.pair(places, "b", "a")["verdict"] == "probably_higher"


@pytest.mark.parametrize(("apart", "verdict"), [(2.34, "probably_higher"), (2.32, "too_close")])
def test_what_is_indicative_between_places_is_the_90_percent_test(apart: float, verdict: str) -> None:
    """No year narrows the error of two places: 2.34 points are 1.655 standard errors, 2.32 are 1.640; the limit is 1.645."""
    places = table(a=(20 + apart, 1.645), b=(20, 1.645)).assign(modelled=True)
    assert compare.pair(places, "a", "b")["verdict"] == verdict


def test_other_notes_do_not_make_a_margin_modelled() -> None:
    noted = table(x=(9, 1)).assign(flag=int(Flag.RATIO_RULE | Flag.CONTROLLED))
    assert compare.changes(table(x=(20, 1)), noted, **APART)["verdict"][0] == "fell"


# --- places ----------------------------------------------------------------------------------------------------------


def test_here_is_higher_than_there() -> None:
    """20 against 9, 31, 21 and itself: 11 up, 11 down, 1 apart."""
    found = compare.against(table(a=(20, 1), b=(9, 1), c=(31, 1), d=(21, 1)), "a").set_index("other_id")
    assert found["verdict"].to_dict() == {"a": "not_comparable", "b": "higher", "c": "lower", "d": "too_close"}
    assert found["reason"].to_dict() == {"a": "same_place", "b": "", "c": "", "d": ""}
    assert found["tested"].to_dict() == {"a": 0, "b": 3, "c": 3, "d": 3}
    assert found["difference"].to_dict() == {"a": 0, "b": 11, "c": -11, "d": -1}
    assert list(compare.against(table(a=(20, 1)), "a").columns) == compare.PLACES


def test_a_place_without_an_estimate_is_missing_on_either_side() -> None:
    """The reason is the estimate, not the margin that is missing with it."""
    places = table(a=(20, 1), b=(NAN, NAN))
    assert compare.pair(places, "a", "b")["reason"] == "missing"
    assert compare.pair(places, "b", "a")["reason"] == "missing"


def test_a_pair_is_judged_without_a_list() -> None:
    """2.34 points are 1.655 standard errors: beyond 1.645, short of the 1.664 of Student's t that a list of one would ask."""
    places = table(a=(20, 1.645), b=(17.66, 1.645), c=(20, 1.645))
    found = compare.pair(places, "a", "b")
    assert (found["place_id"], found["other_id"], found["verdict"], found["tested"]) == ("a", "b", "higher", 1)
    assert compare.against(places[:2], "a")["verdict"][1] == "too_close"


def test_a_shared_tract_narrows_the_difference() -> None:
    """Standard errors 3 and 4 with a covariance of 8: sqrt(9 + 16 - 2 x 8) = 3, not 5."""
    two = table(a=(20, 3 * moe.Z90), b=(14, 4 * moe.Z90))
    assert compare.pair(two, "a", "b")["z"] == pytest.approx(6 / 5)
    assert compare.against(two, "a")["z"][1] == pytest.approx(6 / 5), "strangers unless somebody says otherwise"
    found = compare.pair(two, "a", "b", covariance=8)
    assert found["z"] == pytest.approx(2)
    assert found["difference_moe"] == pytest.approx(3 * moe.Z90)
    assert found["verdict"] == "higher"


def test_covariances_by_place_are_0_where_not_said() -> None:
    three = table(a=(20, 3 * moe.Z90), b=(14, 4 * moe.Z90), c=(14, 4 * moe.Z90))
    found = compare.against(three, "a", covariance=pd.Series({"b": 8.0})).set_index("other_id")
    assert (found.loc["b", "z"], found.loc["c", "z"]) == pytest.approx((2, 6 / 5))


def test_counts_are_compared_by_their_own_margins() -> None:
    two = table(a=(20, 1), b=(9, 1)).assign(share=0.5, share_moe=0.9)
    assert compare.pair(two, "a", "b", measure="estimate")["verdict"] == "higher"
    assert compare.pair(two, "a", "b")["verdict"] == "too_close"


@pytest.mark.parametrize("ask", [("x", "a"), ("a", "x")])
def test_an_unknown_place_is_named(ask: tuple) -> None:
    with pytest.raises(UsageError, match="no place 'x'"):
        compare.pair(table(a=(1, 1), b=(1, 1)), *ask)


# --- a place and its whole -------------------------------------------------------------------------------------------


def whole(figure: float, margin: float, universe: float) -> pd.Series:
    return table(city=(figure, margin)).assign(universe_estimate=universe).iloc[0]


def test_a_part_and_its_whole_by_hand() -> None:
    """Var(A) (1 - 2w) + Var(B), SE_A = 5, SE_B = 3, w = 100 / 500: 25 x 0.6 + 9 = 24; as strangers they had 34."""
    found = compare.with_whole(table(a=(20, 5 * moe.Z90)), whole(12, 3 * moe.Z90, 500)).iloc[0]
    assert found["difference_moe"] == pytest.approx(moe.Z90 * math.sqrt(24))
    assert found["z"] == pytest.approx(8 / math.sqrt(24))
    assert (found["other_id"], found["verdict"]) == ("city", "too_close")


def test_a_tract_that_is_only_partly_in_the_whole_says_so() -> None:
    """w = 0.02 in place of 0.2: 25 x 0.96 + 9 = 33."""
    found = compare.with_whole(table(a=(20, 5 * moe.Z90)), whole(12, 3 * moe.Z90, 500), part=pd.Series({"a": 0.02}))
    assert found["difference_moe"][0] == pytest.approx(moe.Z90 * math.sqrt(33))


def test_parts_are_found_by_their_place() -> None:
    """b is all of the whole, a is a fiftieth of it; c, which is not compared, does not matter."""
    places = table(a=(20, 5 * moe.Z90), b=(12, 3 * moe.Z90))
    found = compare.with_whole(places, whole(12, 3 * moe.Z90, 500), part=pd.Series({"c": 0.3, "b": 1.0, "a": 0.02}))
    assert list(found["reason"]) == ["", "same_place"]
    assert found["difference_moe"][0] == pytest.approx(moe.Z90 * math.sqrt(33))


def test_places_beside_their_whole_are_a_list() -> None:
    """z = 1.70 against a city without error and far larger: news of one place, not of one among ten."""
    others = {f"p{at}": (20, 1.645) for at in range(9)}
    places, city = table(x=(21.7, 1.645), **others), whole(20, 0, 1e9)
    listed, single = compare.with_whole(places, city), compare.with_whole(places, city, listed=False)
    assert listed["z"][0] == pytest.approx(1.70)
    assert (listed["verdict"][0], listed["tested"][0]) == ("too_close", 10)
    assert (single["verdict"][0], single["tested"][0]) == ("higher", 1)


def test_all_of_the_whole_is_the_whole() -> None:
    found = compare.with_whole(table(a=(12, 3)), whole(12, 3, 100)).iloc[0]
    assert (found["verdict"], found["reason"]) == ("not_comparable", "same_place")


def test_a_whole_more_certain_than_its_part_allows_falls_back() -> None:
    """SE_A = 5, w = 0.8, SE_B = 1: 25 x (1 - 1.6) + 1 = -14 cannot be, so 25 + 1."""
    found = compare.with_whole(table(a=(20, 5 * moe.Z90)), whole(12, 1 * moe.Z90, 125)).iloc[0]
    assert found["difference_moe"] == pytest.approx(moe.Z90 * math.sqrt(26))


def test_a_part_of_half_of_the_whole_drops_out_of_the_error() -> None:
    """w = 0.5: 1 - 2w = 0, so the difference has the whole's own margin."""
    assert compare.with_whole(table(a=(20, 5)), whole(12, 3, 200))["difference_moe"][0] == pytest.approx(3)


# --- edges, and Chicago ----------------------------------------------------------------------------------------------


def test_nothing_compared_is_an_empty_table(recwarn: pytest.WarningsRecorder) -> None:
    nothing = table(x=(1, 1)).iloc[:0]
    assert list(compare.changes(nothing, nothing, **APART).columns) == compare.CHANGES
    assert compare.changes(nothing, nothing, **APART).empty
    assert compare.with_whole(nothing, whole(1, 1, 1)).empty
    assert not recwarn.list


def test_the_columns_are_those_that_files_have() -> None:
    """Who reads them by name or by place must find them; between places there is no second z."""
    judged = "difference difference_moe z {}verdict reason tested"
    over_time = "place_id old old_moe new new_moe " + judged.format("z_overlap shared_years ")
    between = "place_id other_id here here_moe there there_moe " + judged.format("")
    assert list(compare.changes(table(x=(20, 1)), table(x=(9, 1)), **APART).columns) == over_time.split()
    assert list(compare.against(table(x=(20, 1)), "x").columns) == between.split()


def test_two_controlled_figures_are_compared_without_doubt() -> None:
    """Margins of 0: equal ones do not differ, others do, however little."""
    assert alone((20, 0), (20, 0))["verdict"] == "too_close"
    assert alone((20, 0), (19.99, 0))["verdict"] == "fell"


def test_nothing_that_is_given_is_changed() -> None:
    old, new = table(x=(20, 1)), table(x=(9, 1), y=(1, 1))
    before = old.copy(), new.copy()
    compare.changes(old, new, **APART)
    compare.with_whole(new, whole(12, 3, 500))
    pd.testing.assert_frame_equal(old, before[0])
    pd.testing.assert_frame_equal(new, before[1])


def test_from_2021_to_2022_the_list_is_shorter_than_the_sum_of_its_places(atlas: Atlas) -> None:
    """Place by place 2 areas fell and 36 more probably did, one probably rose; as a list of 77 nobody surely, 24 probably.

    Benjamini and Hochberg on Student's t with 80 degrees of freedom, its density integrated: the 24 smallest of 77 stand.
    """
    old, new = (atlas.table("area", release, "no_subscription") for release in (2021, 2022))
    single = compare.changes(old, new, **ONE_APART, listed=False)["verdict"].value_counts()
    listed = compare.changes(old, new, **ONE_APART)["verdict"].value_counts()
    assert single.to_dict() == {"too_close": 38, "probably_fell": 36, "fell": 2, "probably_rose": 1}
    assert listed.to_dict() == {"too_close": 53, "probably_fell": 24}


def test_the_two_areas_that_share_a_tract_stay_too_close(atlas: Atlas) -> None:
    """Woodlawn and South Shore share 17031843900; the correlation of their shares, 0.10, moves z from 0.51 to 0.54."""
    areas = atlas.table("area", 2021, "no_subscription")
    errors = moe.standard_error(areas.set_index("place_id")["share_moe"])
    found = [
        compare.pair(areas, "42", "43", covariance=correlation * errors["42"] * errors["43"]) for correlation in (0, 0.1034)
    ]
    assert [round(abs(row["z"]), 2) for row in found] == [0.51, 0.54]
    assert {row["verdict"] for row in found} == {"too_close"}
