"""The gap over time: the facts of Chicago, and made-up histories whose truth is known."""

import dataclasses
import datetime
import functools
import math
from pathlib import Path

import numpy as np
import pytest

from equity import gap, targets
from equity.atlas import Atlas
from equity.errors import UsageError
from equity.flags import Flag
from equity.targets import Kind, Target
from tests import histories

KEY = "no_subscription"
NAN = math.nan


# --- made-up histories -----------------------------------------------------------------------------------------------


@pytest.fixture
def town(atlas: Atlas):
    """``histories.town``: an atlas of a made-up history."""
    return functools.partial(histories.town, atlas)


# --- points ----------------------------------------------------------------------------------------------------------


def test_every_release_of_chicago_has_a_point_or_a_reason(atlas: Atlas) -> None:
    """223,600 (2019), 171,879 +/- 3,436 (2021), 158,688 (2022) and 125,146 (2024); nothing for 2017, 2018, 2020, 2023."""
    found = gap.points(atlas, KEY).set_index("release")
    given = found["estimate"].dropna().round().astype(int).to_dict()
    assert given == {2019: 223_600, 2021: 171_879, 2022: 158_688, 2024: 125_146}
    assert found["reason"].to_dict() == {
        2017: "not_loaded", 2018: "not_in_release", 2019: "", 2020: "not_in_release",
        2021: "", 2022: "", 2023: "not_in_release", 2024: "",
    }  # fmt: skip
    assert found.loc[2021, "moe"] == pytest.approx(3_436, abs=1)
    assert round(found.loc[2021, "share"] * 100, 2) == 15.45


def test_a_release_is_drawn_at_the_centre_of_its_years(atlas: Atlas) -> None:
    """2017 to 2021 have their middle in 2019."""
    row = gap.points(atlas, KEY).set_index("release").loc[2021]
    assert (row["first_year"], row["centre"], row["last_year"]) == (2017, 2019, 2021)


def test_each_point_of_chicago_is_drawn_by_its_gravest_doubt(atlas: Atlas) -> None:
    """No broadband: 2018 and 2023 recovered from rounded percentages, 2019 old wording, 2020 areas alone, 2024 modelled."""
    found = gap.points(atlas, "no_broadband").set_index("release")
    assert found["drawn"].to_dict() == {
        2017: "nothing", 2018: "mixed_wording", 2019: "mixed_wording", 2020: "areas_only",
        2021: "with_margin", 2022: "nothing", 2023: "recovered", 2024: "modelled",
    }  # fmt: skip
    assert found.loc[2018, "notes"] == "mixed_wording;recovered;no_margin"
    assert found.loc[2020, "notes"] == "areas_only;no_margin"
    assert found.loc[2024, "notes"] == "modelled"
    assert found["in_trend"][found["in_trend"]].index.tolist() == [2021, 2024]


def test_a_point_without_a_margin_is_drawn_so(town) -> None:
    found = gap.points(town({2021: (10_000, 1_000, NAN), 2022: (10_000, 900, 90)}), KEY)
    assert list(found["drawn"]) == ["no_margin", "with_margin"]
    assert list(found["in_trend"]) == [False, True]


def test_an_area_has_its_own_points(atlas: Atlas) -> None:
    """The areas' counts of release 2021 add up to the city's; an area that there is not is refused."""
    counts = [gap.points(atlas, KEY, area).set_index("release").loc[2021, "estimate"] for area in atlas.area_names]
    assert sum(counts) == pytest.approx(171_878.67, abs=0.01)
    with pytest.raises(UsageError, match="no place '78' in chicago; choose 'city' or an area's id"):
        gap.points(atlas, KEY, "78")


@pytest.fixture
def with_place_figures(town, tmp_path: Path) -> Atlas:
    """Releases 2018 (mixed) and 2021 of a town, each with a 1-year table of its last year; 2021 as published for the place."""
    made = town({2018: (10_000, 1_500, 100), 2021: (10_000, 1_000, 100)}, mixed=(2018,))
    return histories.with_place_figures(made, tmp_path, {2018: 1_400, 2021: 800}, {2021: 1_010})


def test_what_was_published_for_the_place_stands_apart_from_the_sum(with_place_figures: Atlas) -> None:
    """1,010 +/- 70 published, 1,000 +/- 100 added up: two points of one release, and only the sum is in the trend."""
    found = gap.points(with_place_figures, KEY).query("release == 2021").set_index("series")
    assert found.loc["published", ["estimate", "moe", "centre"]].tolist() == [1_010, 70, 2019]
    assert found.loc["summed", ["estimate", "moe", "centre"]].tolist() == [1_000, 100, 2019]
    assert found["in_trend"].to_dict() == {"summed": True, "published": False, "one_year": False}
    assert "published" not in set(gap.points(with_place_figures, KEY, "1")["series"]), "an area has no such figure"


def test_a_single_year_is_drawn_at_itself_and_was_asked_in_one_wording(with_place_figures: Atlas) -> None:
    """Release 2018 mixes 2014-2018; the single year 2018 was asked as today. 800 of 10,100 in 2021."""
    found = gap.points(with_place_figures, KEY).query("series == 'one_year'").set_index("release")
    assert found["centre"].to_dict() == {2018: 2018, 2021: 2021}
    assert found["drawn"].to_dict() == {2018: "with_margin", 2021: "with_margin"}
    assert found.loc[2021, "share"] == pytest.approx(800 / 10_100)
    assert found.loc[2021, ["first_year", "last_year"]].tolist() == [2021, 2021]
    assert set(found["flag"]) == {int(Flag.PUBLISHED_WHOLE)}


# --- what was printed ------------------------------------------------------------------------------------------------


def test_the_printed_figures_of_chicago_are_what_the_atlas_computes(atlas: Atlas) -> None:
    found = gap.actuals(atlas, targets.targets(atlas.city)).set_index("indicator")
    assert found["agrees"].all()
    assert found["value"].to_dict() == {"no_subscription": 171_879, "no_computer": 91_220}


def test_a_printed_figure_that_differs_is_seen(town) -> None:
    """1,000 of 10,000 are there: 1,001 differs, 0.10 agrees, 0.101 differs; release 2022 gives nothing to hold it against."""
    made = town({2021: (10_000, 1_000, 100), 2022: (10_000, NAN, NAN)})
    told = [(2021, "estimate", 1_001.0, 0), (2021, "share", 0.10, 2), (2021, "share", 0.101, 3), (2022, "estimate", 900.0, 0)]
    rows = [Target(KEY, "city", year, m, value, d, Kind.ACTUAL, "", "s", {}) for year, m, value, d in told]
    found = gap.actuals(made, rows)
    assert list(found["agrees"]) == [False, True, False, False]
    assert list(found["reason"]) == ["", "", "", "no_estimate"]


# --- since the baseline ----------------------------------------------------------------------------------------------


def test_chicago_since_the_baseline(atlas: Atlas) -> None:
    """171,879 - 125,146 = 46,733 fewer, 15.45 % - 10.79 % = 4.66 points; two of five years shared.

    The margin of 2024 is modelled, so the verdict is indicative, however large the change. sqrt(3,436^2 + 3,086^2) = 4,618;
    with the overlap, x sqrt(1 - 2/5) = 3,577.
    """
    count, share = (gap.since_baseline(atlas, KEY, measure) for measure in ("estimate", "share"))
    assert (count["start"], count["newest"], count["shared_years"]) == (2021, 2024, 2)
    assert round(count["difference"]) == -46_733
    assert count["difference_moe"] == pytest.approx(4_618, abs=1)
    assert count["moe_overlap"] == pytest.approx(3_577, abs=1)
    assert round(share["difference"] * 100, 2) == -4.66
    assert (count["verdict"], share["verdict"], count["modelled"]) == ("probably_fell", "probably_fell", True)
    assert np.isnan(count["latest_release"]), "nothing newer is left out"


def test_with_published_margins_alone_chicago_fell_until_2022(atlas: Atlas) -> None:
    """171,879 - 158,688 = 13,191 fewer, against a margin of sqrt(3,436^2 + 3,432^2) = 4,856 without the overlap."""
    row = gap.since_baseline(atlas, KEY, "estimate", published=True)
    assert (row["newest"], round(row["difference"]), row["verdict"], row["modelled"]) == (2022, -13_191, "fell", False)
    assert row["difference_moe"] == pytest.approx(4_856, abs=1)


def test_2019_and_2024_share_no_year_and_not_one_wording(atlas: Atlas) -> None:
    row = gap.since_baseline(atlas, KEY, "estimate", start=2019)
    assert (row["newest"], row["shared_years"], row["verdict"], row["reason"]) == (2024, 0, "not_comparable", "wording")
    assert np.isnan(row["difference_moe"])


def test_devices_cannot_be_compared_for_want_of_a_margin(atlas: Atlas) -> None:
    """91,220 in release 2021; of the later ones only 2023 gives it, recovered from rounded percentages, without a margin."""
    row = gap.devices(atlas, "estimate")
    assert (row["start"], round(row["old"]), row["newest"]) == (2021, 91_220, 2023)
    assert (row["verdict"], row["reason"]) == ("not_comparable", "no_margin")
    assert gap.NO_SURVEY == "no_survey", "and skills are asked by no survey"


def test_fell_but_within_noise(town) -> None:
    """1,000 +/- 200 and 950 +/- 200, no year shared: 50 fewer, and the margin of that is sqrt(2) x 200 = 283."""
    row = gap.since_baseline(town({2021: (10_000, 1_000, 200), 2026: (10_000, 950, 200)}), KEY, "estimate")
    assert (row["difference"], row["verdict"], row["reason"]) == (-50, "too_close", "")
    assert row["difference_moe"] == pytest.approx(282.8, abs=0.1)


@pytest.mark.parametrize(
    ("newest", "count", "modelled", "verdict"),
    [
        (2026, 700, (), "fell"),  # 300 against a margin of 141
        (2026, 1_300, (), "rose"),
        (2022, 880, (), "probably_fell"),  # 120 against 141, and against 141 x sqrt(1 - 4/5) = 63 with the overlap
        (2022, 1_120, (), "probably_rose"),
        (2022, 950, (), "too_close"),  # 50 against 63
        (2026, 700, (2026,), "probably_fell"),  # a modelled margin is never more
        (2026, 880, (), "too_close"),  # no year is shared, so nothing is narrowed
    ],
)
def test_the_verdict_of_a_known_history(town, newest: int, count: float, modelled: tuple, verdict: str) -> None:
    """1,000 +/- 100 of 10,000 in release 2021, another count with the same margin later."""
    row = gap.since_baseline(town({2021: (10_000, 1_000, 100), newest: (10_000, count, 100)}, modelled=modelled), KEY)
    assert row["verdict"] == verdict
    assert row["modelled"] == bool(modelled)


def test_the_count_can_stand_while_the_share_falls(town) -> None:
    """1,000 of 10,000, then 1,000 of 20,000: the count is the same, the share is half."""
    made = town({2021: (10_000, 1_000, 100), 2026: (20_000, 1_000, 100)})
    assert gap.since_baseline(made, KEY, "estimate")["verdict"] == "too_close"
    assert gap.since_baseline(made, KEY, "share")["verdict"] == "fell"


def test_the_newest_with_a_margin_is_compared_and_the_one_without_is_told(town) -> None:
    """Release 2025 gives 500 without a margin: 2024 is compared, and 2025 told beside it with the reason."""
    made = town({2021: (10_000, 1_000, 50), 2024: (10_000, 800, 50), 2025: (10_000, 500, NAN)})
    row = gap.since_baseline(made, KEY, "estimate")
    assert (row["newest"], row["difference"], row["verdict"]) == (2024, -200, "fell")
    assert (row["latest_release"], row["latest_figure"], row["latest_difference"]) == (2025, 500, -500)
    assert row["latest_reason"] == "no_margin"


def test_no_margin_at_all_is_no_verdict(town) -> None:
    row = gap.since_baseline(town({2021: (10_000, 1_000, NAN), 2026: (10_000, 100, NAN)}), KEY, "estimate")
    assert (row["newest"], row["difference"], row["verdict"], row["reason"]) == (2026, -900, "not_comparable", "no_margin")
    assert np.isnan([row["difference_moe"], row["moe_overlap"], row["z"]]).all()


def test_where_there_is_no_change_to_tell_it_says_why(town, atlas: Atlas) -> None:
    assert gap.since_baseline(town({2021: (10_000, 1_000, 50)}), KEY)["reason"] == "no_later_release"
    assert gap.since_baseline(town({2024: (10_000, 1_000, 50)}), KEY)["reason"] == "no_start"
    assert gap.since_baseline(atlas, "poverty")["reason"] == "no_start"
    assert gap.split(town({2021: (10_000, 1_000, 50)}), KEY).empty
    with pytest.raises(UsageError, match="no measure 'moe'; choose one of: share, estimate"):
        gap.since_baseline(atlas, KEY, "moe")


# --- growth and rate -------------------------------------------------------------------------------------------------


def test_what_growth_and_rate_made_in_chicago(atlas: Atlas) -> None:
    """Households grew by 47,733, about 48,000; growth alone would have added some 6,000, the rate took some 53,000 away."""
    found = gap.split(atlas, KEY)
    city, areas = found[found["level"] == "city"].iloc[0], found[found["level"] == "area"]
    assert (city["old"], city["new"]) == (2021, 2024)
    assert round(city["universe"]) == 47_733
    assert round(city["change"]) == -46_733
    assert (round(city["growth"], -3), round(city["rate"], -3)) == (6_000, -53_000)
    assert city["growth"] + city["rate"] == pytest.approx(city["change"])
    assert city["modelled"]
    assert len(areas) == 77
    assert areas["change"].sum() == pytest.approx(city["change"])
    assert areas["part"].sum() == pytest.approx(1)
    assert areas["change_moe"].notna().all()


def test_growth_and_rate_by_hand(town) -> None:
    """100 of 1,000 become 96 of 1,200: +200 homes x 9 % = +18, -2 points x 1,100 homes = -22, together -4.

    Margins of 12 and 12: the change has sqrt(288) = 17.0; growth 200 x the margin of the mean share, of 0.012 and 0.01:
    200 x sqrt(0.012^2 + 0.01^2) / 2 = 1.56; rate 1,100 x sqrt(0.012^2 + 0.01^2) = 17.2. A change of 4 is noise: no parts.
    """
    row = gap.split(town({2021: (1_000, 100, 12), 2026: (1_200, 96, 12)}), KEY).iloc[0]
    assert (row["change"], row["growth"], row["rate"], row["universe"]) == pytest.approx((-4, 18, -22, 200))
    assert row["change_moe"] == pytest.approx(math.sqrt(288))
    assert row["growth_moe"] == pytest.approx(1.56, abs=0.01)
    assert row["rate_moe"] == pytest.approx(17.2, abs=0.05)
    assert np.isnan(row["part"])


def test_how_much_each_area_made_of_the_change(town) -> None:
    """One area 300 fewer, one 100 more: of the city's 200 fewer they are 1.5 and -0.5."""
    made = town({2021: [(5_000, 1_000, 20), (5_000, 500, 20)], 2026: [(5_000, 700, 20), (5_000, 600, 20)]})
    found = gap.split(made, KEY).set_index("place_id")
    assert found.loc[["1", "2"], "part"].tolist() == [1.5, -0.5]
    assert found.loc["1", "place_name"] == "Area 1"


def test_the_part_of_an_area_has_its_margin(town) -> None:
    """Two areas fall by 300 and by 100, each +- 50; the city by 400 +- 50 sqrt(2) = 71. Parts 3/4 and 1/4.

    p = c / (c + d): dp = (d dc - c dd) / C^2, so sqrt(100^2 + 300^2) x 50 / 400^2 = 0.0988 for both.
    """
    margin = 50 / math.sqrt(2)  # a difference of two such has 50
    made = town({2021: [(1_000, 500, margin)] * 2, 2026: [(1_000, 200, margin), (1_000, 400, margin)]})
    found = gap.split(made, KEY).query("level == 'area'")
    assert found["part"].tolist() == pytest.approx([0.75, 0.25])
    assert found["part_moe"].tolist() == pytest.approx([0.0988, 0.0988], abs=1e-4)


def test_a_change_of_wording_is_not_split(town) -> None:
    """What the share "made" is then partly what the question made. The plain difference stays, with its reason."""
    row = gap.split(town({2021: (1_000, 100, 5), 2026: (1_200, 60, 5)}, mixed=(2021,)), KEY).iloc[0]
    assert (row["change"], row["reason"]) == (-40, "wording")
    assert row[["change_moe", "growth", "growth_moe", "rate", "rate_moe", "part"]].isna().all()


def test_without_margins_the_change_is_still_split(town) -> None:
    row = gap.split(town({2021: (1_000, 100, NAN), 2026: (1_200, 96, NAN)}), KEY).iloc[0]
    assert (row["growth"], row["rate"], row["reason"]) == (pytest.approx(18), pytest.approx(-22), "no_margin")
    assert row[["change_moe", "growth_moe", "rate_moe", "part"]].isna().all()


# --- who moved -------------------------------------------------------------------------------------------------------


def test_from_2021_to_2022_two_areas_against_thirty_eight(atlas: Atlas) -> None:
    """One by one, 2 areas fell without the overlap factor and 38 with it. As a list of 77 none is sure."""
    found = gap.movers(atlas, KEY, 2022)
    assert ((found["z"] < -1.645).sum(), (found["z_overlap"] < -1.645).sum()) == (2, 38)
    count = gap.tally(found).set_index(["moved", "direction"])["places"]
    assert count.sum() == len(found) == 77
    assert count["surely", "down"] <= 2
    assert 2 < count["probably", "down"] <= 38
    assert set(found["tested"]) == {77}


def test_with_modelled_margins_nobody_moved_surely(atlas: Atlas) -> None:
    found = gap.movers(atlas, KEY, 2024)
    assert "surely" not in set(found["moved"])
    assert found["modelled"].all()


def test_who_moved_in_a_town_whose_truth_is_known(town) -> None:
    """Five areas of 1,000 homes, margins of 10, no year shared: -100, +60, -2, unknown margin, -300."""
    start = [(1_000, 500, 10)] * 5
    then = [(1_000, 400, 10), (1_000, 560, 10), (1_000, 498, 10), (1_000, 100, NAN), (1_000, 200, 10)]
    found = gap.movers(town({2021: start, 2026: then}), KEY, 2026)
    told = found[["place_id", "moved", "direction", "reason"]].to_numpy().tolist()
    assert told == [
        ["5", "surely", "down", ""],  # the largest first
        ["1", "surely", "down", ""],
        ["2", "surely", "up", ""],
        ["3", "cannot_tell", "", ""],
        ["4", "not_comparable", "", "no_margin"],
    ]
    assert found["tested"].tolist() == [4, 4, 4, 4, 0]
    counted = gap.tally(found)["places"].tolist()
    assert counted == [2, 1, 0, 0, 1, 1], "surely down, up; probably down, up; cannot tell; not comparable"


def test_before_the_baseline_nobody_moved(atlas: Atlas) -> None:
    found = gap.movers(atlas, KEY, 2021)
    assert set(found["reason"]) == {"no_earlier_release"}
    assert gap.tally(found).set_index("moved").loc["not_comparable", "places"] == 77


# --- the pace needed -------------------------------------------------------------------------------------------------


def test_the_pace_chicago_needs_for_a_figure_somebody_picks(atlas: Atlas) -> None:
    """125,146 in 2022, the centre of release 2024; 50,000 by 2030: 75,146 in 8 years are 9,393 fewer a year.

    10.787 % of 1,160,183. If these stay: 4.310 %, so -0.810 points a year. If they grow by 47,733 / 3 = 15,911 a year:
    1,287,472 by then, 3.884 %, -0.863 points a year.
    """
    stay, grow = gap.needed(atlas, KEY, 50_000, 2030).set_index("households").loc[["stay", "grow"]].itertuples()
    assert (stay.state, stay.release, stay.centre, stay.years_left) == ("needed", 2024, 2022, 8)
    assert round(stay.pace) == round(grow.pace) == -9_393
    assert stay.pace_moe == pytest.approx(3_086 / 8, abs=1)
    assert (round(stay.share_pace * 100, 3), round(grow.share_pace * 100, 3)) == (-0.810, -0.863)
    assert (round(grow.universe), round(grow.growth)) == (1_287_472, 15_911)
    assert stay.growth == 0


def test_a_target_already_met_needs_no_pace_and_tells_its_doubt(town) -> None:
    """800 +/- 50 is below 1,000 and 860 beyond its margin, and below 840 only within it."""
    made = town({2021: (10_000, 1_000, 50), 2026: (10_000, 800, 50)})
    for remaining, doubt, state in ((1_000, False, "met"), (860, False, "met"), (840, True, "perhaps_met")):
        found = gap.needed(made, KEY, remaining, 2030)
        assert set(found["state"]) == {state}
        assert found[["pace", "share_pace"]].eq(0).all(axis=None)
        assert set(found["within_margin"]) == {doubt}


def test_a_target_in_the_past_has_no_pace(town) -> None:
    """Release 2026 is of the year 2024: in 2024 itself no year is left."""
    found = gap.needed(town({2021: (10_000, 1_000, 50), 2026: (10_000, 800, 50)}), KEY, 100, 2024)
    assert set(found["state"]) == {"past"}
    assert found[["pace", "share_pace", "universe"]].isna().all(axis=None)


def test_without_a_figure_there_is_no_pace(town) -> None:
    found = gap.needed(town({2021: (10_000, NAN, NAN)}), KEY, 100, 2030)
    assert set(found["state"]) == {"missing"}
    assert found[["release", "newest", "pace", "share_pace"]].isna().all(axis=None)


def test_a_figure_without_a_margin_still_needs_a_pace(town) -> None:
    """From 1,000 in 2022 to 200 in 2026: 200 a year. Its margin is not known. Nothing earlier: growth is not known either."""
    found = gap.needed(town({2024: (10_000, 1_000, NAN)}), KEY, 200, 2026).set_index("households")
    assert found["pace"].tolist() == [-200, -200]
    assert found["pace_moe"].isna().all()
    assert found.loc["stay", "share_pace"] == pytest.approx(-0.02)
    assert np.isnan(found.loc["grow", "share_pace"])


@pytest.mark.parametrize("remaining", [-1, NAN, math.inf])
def test_what_cannot_be_planned_for_is_refused(atlas: Atlas, remaining: float) -> None:
    with pytest.raises(UsageError, match="cannot be planned for; give a number of households from 0 up and a year"):
        gap.needed(atlas, KEY, remaining, 2030)


def test_nothing_is_to_be_reached_where_neither_way_is_worse(atlas: Atlas) -> None:
    for ask in (gap.needed, gap.outlook):
        with pytest.raises(UsageError, match="neither way is worse of age_65_plus, so nothing is to be reached"):
            ask(atlas, "age_65_plus", 100, 2030)


# --- the pace achieved -----------------------------------------------------------------------------------------------

GOOD = {2021: (10_000, 2_000, 10), 2023: (10_000, 1_800, 10), 2025: (10_000, 1_600, 10)}
WIDE = {2021: (10_000, 2_000, 500), 2023: (10_000, 1_800, 500), 2025: (10_000, 1_600, 500)}
SHORT = {2021: (10_000, 2_000, 10), 2022: (10_000, 1_900, 10)}


@pytest.mark.parametrize(
    ("history", "target", "year", "word"),
    [
        (GOOD, 1_700, 2030, "met"),
        (GOOD, 1_000, 2022, "past"),
        (GOOD, 1_700, 2021, "missed"),  # 1,800 in release 2023, whose year that is
        (GOOD, 1_605, 2030, "perhaps_met"),
        (GOOD, 1_500, 2030, "on_track"),  # 100 fewer a year: 900 by then
        (GOOD, 100, 2026, "off_track"),  # and 1,300 by then
        (WIDE, 1_000, 2029, "cannot_tell"),  # on the line itself: one chance in two
        (SHORT, 1_000, 2030, "too_few_releases"),
        ({2021: (10_000, NAN, NAN)}, 1_000, 2030, "missing"),
    ],
)
def test_the_outlook_of_a_known_history(town, history: dict, target: float, year: int, word: str) -> None:
    for measure, unit in (("estimate", 1), ("share", 10_000)):
        assert gap.outlook(town(history), KEY, target / unit, year, measure)["outlook"] == word


def test_too_few_releases_say_what_is_lacking_and_when_it_comes(town) -> None:
    """2021 and 2022 lack one release and two years: with 2023 there are three, but only two years; with 2024 there are both.

    An area is asked in the same way.
    """
    for place in ("city", "1"):
        row = gap.outlook(town(SHORT), KEY, 1_000, 2030, place=place)
        assert (row["releases_lacking"], row["years_lacking"]) == (1, 2)
        assert (row["next_release"], row["enough_with"], row["published_enough_with"]) == (2023, 2024, 2024)
        assert row[["slope", "fitted", "chance", "trend_years"]].isna().all(), "no pace is achieved before"
        assert row["pace_needed"] == pytest.approx((1_000 - 1_900) / 10), "what is needed can be told"


def test_the_pace_achieved_and_how_far_it_looks_back(town) -> None:
    row = gap.outlook(town(GOOD), KEY, 1_500, 2030)
    assert row["slope"] == pytest.approx(-100)
    assert row["fitted"] == pytest.approx(900)
    assert (row["trend_years"], row["years_left"], row["seen_with"]) == (4, 7, 2032)
    assert np.isnan(row["enough_with"])


def test_the_outlook_of_chicago_is_indicative_and_without_2024_there_are_too_few(atlas: Atlas) -> None:
    """Margins are published for 2021 and 2022 only: one release and two years are lacking, and 2025 brings both."""
    row = gap.outlook(atlas, KEY, 50_000, 2030)
    assert row["modelled"]
    assert (row["published_releases_lacking"], row["published_years_lacking"]) == (1, 2)
    assert row["published_enough_with"] == 2025
    assert row["margins_wanted"] == "2024", "three releases over three years, if the Bureau's margins of 2024 were in hand"
    assert row["outlook"] == "too_few_releases" and np.isnan(row["chance"]), "no word before the guard"
    devices = gap.outlook(atlas, "no_computer", 50_000, 2030)
    assert (devices["outlook"], devices["enough_with"]) == ("too_few_releases", 2026), "2021 alone has margins"
    for key in ("no_computer", "no_access"):
        wanted = gap.outlook(atlas, key, 50_000, 2030)["margins_wanted"]
        assert wanted == "2023;2024", "what the Bureau publishes and is not in hand, figures too"


def test_releases_that_refute_their_own_line_give_no_word(town) -> None:
    """171,879, then 150,000, then 120,000 three years later, +- 3,436: a line through them is off by far more than that.

    In three releases one degree of freedom is left. Without the guard it would promise 95,000 by 2028 with certainty.
    """
    bent = {2021: (1_112_450, 171_879, 3_436), 2022: (1_140_000, 150_000, 3_400), 2025: (1_170_000, 120_000, 3_100)}
    row = gap.outlook(town(bent), KEY, 95_000, 2028)
    assert row["misfit"] < 0.001
    assert row["outlook"] == "cannot_tell" and np.isnan(row["chance"])
    straight = {2021: (1_112_450, 171_879, 3_436), 2022: (1_140_000, 160_000, 3_400), 2025: (1_170_000, 124_000, 3_100)}
    assert gap.outlook(town(straight), KEY, 95_000, 2028)["outlook"] == "on_track"


def test_where_a_line_may_reach_nobody_there_is_no_chance(town) -> None:
    """100 fewer a year from 1,600 in 2023: 0 in 2039, which no count passes, so neither near it nor beyond is a chance told."""
    for year in (2039, 2060):
        row = gap.outlook(town(GOOD), KEY, 500, year)
        assert row["outlook"] == "cannot_tell" and np.isnan(row["chance"])
    assert gap.outlook(town(GOOD), KEY, 1_500, 2030)["chance"] > 0.99


@pytest.mark.parametrize(
    ("year", "seen"), [(2019, "here"), (2020, "without_figure"), (2021, "not_here"), (2022, "to_come"), (2030, "to_come")]
)
def test_the_release_that_shows_a_year_is_here_or_not(town, year: int, seen: str) -> None:
    """Its label is two years later: 2021 has a figure, 2022 none, 2023 is not loaded, 2024 is the next."""
    made = town({2021: (10_000, 2_000, 10), 2022: (10_000, NAN, NAN)})
    city = dataclasses.replace(made.city, calendar=made.city.calendar | {"next_release": 2024})
    assert gap.outlook(dataclasses.replace(made, city=city, _kept={}), KEY, 100, year)["seen"] == seen


@pytest.mark.parametrize(("today", "due"), [((2026, 12, 1), "later"), ((2027, 2, 1), "now"), ((2027, 4, 1), "overdue")])
def test_the_next_release_is_told_with_its_day(atlas: Atlas, today: tuple, due: str) -> None:
    """Release 2025 is expected from 7 January to 31 March 2027. The year 2026 is over in 2027, not in 2026."""
    row = gap.outlook(atlas, KEY, 50_000, 2026, today=datetime.date(*today))
    assert (row["next_release"], row["next_due"], row["year_is_over"]) == (2025, due, today[0] > 2026)


def test_a_calendar_that_nobody_brought_up_to_date_expects_the_release_after_the_newest(town) -> None:
    made = town(SHORT)
    stale = dataclasses.replace(made.city, calendar=made.city.calendar | {"next_release": 2022})
    row = gap.outlook(dataclasses.replace(made, city=stale, _kept={}), KEY, 1_000, 2030)
    assert (row["next_release"], row["next_due"]) == (2023, "in_hand")


def test_every_target_with_a_date_has_an_outlook(town) -> None:
    """A threshold has no date and an actual is no target: neither has one. No target, no row."""
    made = town(GOOD)
    rows = [
        Target(KEY, "city", 2030, "estimate", 1_500, 0, Kind.TARGET, "", "s", {}),
        Target(KEY, "1", 2030, "share", 0.15, 2, Kind.TARGET, "", "s", {}),
        Target(KEY, "city", None, "share", 0.1, 1, Kind.TARGET, "", "s", {}),
        Target(KEY, "city", 2021, "estimate", 2_000, 0, Kind.ACTUAL, "", "s", {}),
    ]
    found = gap.outlooks(made, rows)
    assert found[["place", "measure", "outlook"]].to_numpy().tolist() == [
        ["city", "estimate", "on_track"],
        ["1", "share", "on_track"],
    ]
    assert gap.outlooks(made, ()).empty


def test_the_line_and_its_projection(town) -> None:
    """20, 18, 16 % at 2019, 2021, 2023: one point a year; two years ahead 14 %, and less sure than at the newest."""
    found = gap.line(town(GOOD), KEY, until=2025)
    assert found["year"].tolist() == list(range(2019, 2026))
    assert found["fitted"].tolist() == pytest.approx([0.20, 0.19, 0.18, 0.17, 0.16, 0.15, 0.14])
    assert found["ahead"].tolist() == [False] * 5 + [True] * 2
    assert found["fitted_moe"].iloc[-1] > found["fitted_moe"].iloc[4]
    assert not found["modelled"].any()


def test_the_line_is_cut_at_nobody_and_absent_where_there_are_too_few(town) -> None:
    far = gap.line(town(GOOD), KEY, "estimate", until=2045).iloc[-1]
    assert far["fitted"] == pytest.approx(-600)
    assert (far["low"], far["high"]) == (0, 0)
    assert gap.line(town(SHORT), KEY).empty


# --- how it is spread ------------------------------------------------------------------------------------------------


def test_ten_areas_hold_29_percent_and_twenty_one_hold_half(atlas: Atlas) -> None:
    row = gap.held(atlas, KEY, 2021)
    assert round(row["few_part"] * 100) == 29
    assert (len(row["few_areas"].split(";")), len(row["half_areas"].split(";"))) == (10, 21)
    assert row["half_part"] >= 0.5
    assert row["half_areas"].startswith(row["few_areas"])
    assert 0 < row["few_universe_part"] < row["few_part"]
    assert (round(row["absolute"] * 100, 1), round(row["relative"] * 100)) == (5.0, 32)
    assert row["by_chance"] < row["absolute"] / 3


def test_who_holds_half_by_hand(town) -> None:
    """500 +/- 30, 300 +/- 20 and 200 +/- 10 of 1,000: the first holds half; all three hold all.

    The part has the margin of a share: sqrt(30^2 - 0.5^2 x (30^2 + 20^2 + 10^2)) / 1,000 = sqrt(550) / 1,000 = 0.0235.
    Shares 50, 30, 20 % about 33.3 %: 16.7, 3.3 and 13.3 points, 11.1 on average, a third of 33.3.
    """
    row = gap.held(town({2021: [(1_000, 300, 20), (1_000, 500, 30), (1_000, 200, 10)]}), KEY, 2021)
    assert (row["half_areas"], row["half_estimate"], row["half_moe"], row["half_part"]) == ("2", 500, 30, 0.5)
    assert row["half_part_moe"] == pytest.approx(0.0235, abs=1e-4)
    assert row["half_universe_part"] == pytest.approx(1 / 3)
    assert (row["few_areas"], row["few_part"]) == ("2;1;3", 1)
    assert (row["absolute"], row["relative"]) == pytest.approx((1 / 9, 1 / 3))


def test_where_nothing_is_given_nothing_is_held(atlas: Atlas) -> None:
    row = gap.held(atlas, KEY, 2023)
    assert (row["areas"], row["half_areas"], row["few_areas"]) == (0, "", "")
    assert row[["half_part", "few_part", "absolute", "reference"]].isna().all()
    assert np.isnan(gap.held(atlas, "unpaid_access", 2021)["absolute"]), "neither way is worse"


# --- certification ---------------------------------------------------------------------------------------------------


def test_the_shares_that_programs_ask_for(atlas: Atlas) -> None:
    """Release 2021: 1 - 173,211 / 1,112,450 = 84.43 % with any broadband; 1 - 335,996 / 1,112,450 = 69.80 % wired.

    1 - share has the margin of the share: sqrt(4,522^2 - 0.302^2 x 6,137^2) / 1,112,450 is 0.37 points.
    """
    found = gap.certification(atlas, 2021).set_index("outcome")
    assert round(found.loc["broadband_any", "share"] * 100, 2) == 84.43
    assert round(found.loc["broadband_wired", "share"] * 100, 2) == 69.80
    assert found["share_moe"].tolist() == [atlas.total(2021, key)["share_moe"] for key in ("no_broadband", "no_wired")]
    assert round(found.loc["broadband_wired", "share_moe"] * 100, 2) == 0.37
    assert set(found["citation"]) == {atlas.snapshots[2021].meta["citation"]}
    assert found[["first_year", "last_year"]].to_numpy().tolist() == [[2017, 2021]] * 2
    assert not found["modelled"].any()


def test_the_newest_of_each_is_quoted_or_the_reason_told(atlas: Atlas) -> None:
    """Release 2024 gives any broadband, 1 - 126,104 / 1,160,183 = 89.13 %, margin modelled; wired stops with 2021."""
    newest = gap.certification(atlas).set_index("outcome")
    assert newest["release"].to_dict() == {"broadband_any": 2024, "broadband_wired": 2021}
    assert round(newest.loc["broadband_any", "share"] * 100, 2) == 89.13
    assert newest["modelled"].to_dict() == {"broadband_any": True, "broadband_wired": False}
    row = gap.certification(atlas, 2024).set_index("outcome").loc["broadband_wired"]
    assert (row["reason"], np.isnan(row["share"])) == ("not_in_release", True)


def test_a_threshold_is_told_only_where_somebody_set_one(atlas: Atlas) -> None:
    """10 % without is 90 % with. Chicago's own file sets none."""
    assert gap.certification(atlas, told=targets.targets(atlas.city))["threshold"].isna().all()
    asked = [Target("no_broadband", "city", None, "share", 0.1, 1, Kind.TARGET, "90 percent", "A program", {})]
    found = gap.certification(atlas, told=iter(asked)).set_index("outcome")
    row = found.loc["broadband_any"]
    assert (row["threshold"], row["threshold_printed"], row["threshold_source"]) == (0.9, "90 percent", "A program")
    assert np.isnan(found.loc["broadband_wired", "threshold"])


def test_what_was_published_for_the_city_is_quoted_with_its_own_source(with_place_figures: Atlas) -> None:
    """9,000 of the place's 10,000 households have broadband (line 004): 90 %, and the citation is the place's."""
    made = dataclasses.replace(with_place_figures, _kept={})
    for held in (made.snapshots[2021], made.published[2021]):
        held.table["B28002_004E"], held.table["B28002_004M"] = [9_000], [100]
    found = gap.certification(made, 2021).set_index("outcome").loc["broadband_any"]
    assert (found["share"], found["published_whole"], found["citation"]) == (0.9, True, "The place.")
