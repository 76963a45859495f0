"""One city, everything computed: against sums made here from the files' text, and for every level, release and indicator.

The hand in these tests is twenty lines of plain Python over the committed CSV files (no pandas, none of the house's
rooms): weights added first, counts weighted and summed, the zero rule, one square root at the end.
"""

import csv
import dataclasses
import functools
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from equity import atlas as atlases
from equity import flags, indicators
from equity.atlas import Atlas
from equity.errors import SnapshotDamaged, SnapshotMissing, UsageError
from equity.flags import Flag

DATA = Path(__file__).parents[1] / "data" / "cities" / "chicago"
SOURCES = {2022: "svi"}
RELEASES = (2018, 2019, 2020, 2021, 2022, 2023, 2024)
ROWS = {"area": 77, "side": 9, "city": 1}
TRACTS = {2018: 797, 2019: 797, 2020: 801, 2021: 801, 2022: 801, 2023: 801, 2024: 801}
AREAS = tuple(str(number) for number in range(1, 78))

SIDES = {  # the nine sides of the city, by community area number
    "central": "8 32 33",
    "north": "5 6 7 21 22",
    "far_north": "1 2 3 4 9 10 11 12 13 14 76 77",
    "northwest": "15 16 17 18 19 20",
    "west": "23 24 25 26 27 28 29 30 31",
    "south": "34 35 36 37 38 39 40 41 42 43 60 69",
    "southwest": "56 57 58 59 61 62 63 64 65 66 67 68",
    "far_southeast": "44 45 46 47 48 49 50 51 52 53 54 55",
    "far_southwest": "70 71 72 73 74 75",
}


@functools.cache
def rows_of(name: str) -> list[dict[str, str]]:
    """A committed CSV file as text."""
    with (DATA / name).open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def by_hand(areas: tuple[str, ...], *lines: str, release: int = 2021, vintage: int = 2020) -> tuple[float, float]:
    """The sum of ``lines`` over the areas taken together, and its margin: by line over tracts first, then over lines."""
    weight: dict[str, float] = {}
    for row in rows_of(f"crosswalk-{vintage}.csv"):
        if row["area_id"] in areas:
            weight[row["geoid"]] = weight.get(row["geoid"], 0) + float(row["weight"])
    sums = []
    for line in lines:
        estimate_of, moe_of = (f"E_{line}", f"M_{line}") if line.isalpha() else (f"{line}E", f"{line}M")
        estimate, variance, widest_zero = 0.0, 0.0, 0.0
        for row in rows_of(f"snapshots/{SOURCES.get(release, 'acs5')}-{release}.csv"):
            part, w = float(row[estimate_of]), weight.get(row["geoid"], 0)
            margin = w * float(row.get(moe_of, "nan"))
            estimate += w * part
            if part:
                variance += margin**2
            elif w:
                widest_zero = max(widest_zero, margin**2)
        sums.append((estimate, variance + widest_zero))
    counted = sum(variance for estimate, variance in sums if estimate)
    zeros = max((variance for estimate, variance in sums if not estimate), default=0)
    return sum(estimate for estimate, _ in sums), math.sqrt(counted + zeros)


def figure(atlas: Atlas, level: str, place: str, release: int, key: str) -> pd.Series:
    return atlas.table(level, release, key).set_index("place_id").loc[place]


# --- sums against the hand --------------------------------------------------------------------------------------------

HAND = {
    "no_subscription": ("B28002_012", "B28002_013"),
    "no_access": ("B28002_013",),
    "no_broadband": ("B28002_003", "B28002_012", "B28002_013"),
    "cellular_only": ("B28002_006",),
    "no_computer": ("B28003_006",),
}


@pytest.mark.parametrize("key", HAND)
def test_every_area_is_the_sum_of_its_tracts(atlas: Atlas, key: str) -> None:
    """All 77, estimate, universe and both margins, release 2021."""
    table = atlas.table("area", 2021, key).set_index("place_id")
    for area in AREAS:
        row = table.loc[area]
        assert (row["estimate"], row["moe"]) == pytest.approx(by_hand((area,), *HAND[key]), rel=1e-9)
        universe = by_hand((area,), "B28002_001")
        assert (row["universe_estimate"], row["universe_moe"]) == pytest.approx(universe, rel=1e-9)
        assert row["share"] == pytest.approx(row["estimate"] / row["universe_estimate"])
        radicand = row["moe"] ** 2 - row["share"] ** 2 * row["universe_moe"] ** 2
        assert row["share_moe"] == pytest.approx(math.sqrt(radicand) / row["universe_estimate"])


def test_every_side_is_the_sum_of_its_tracts_with_weights_added_first(atlas: Atlas) -> None:
    table = atlas.table("side", 2021, "no_subscription").set_index("place_id")
    for side, members in SIDES.items():
        estimate, margin = by_hand(tuple(members.split()), "B28002_012", "B28002_013")
        assert (table.loc[side, "estimate"], table.loc[side, "moe"]) == pytest.approx((estimate, margin), rel=1e-9)


@pytest.mark.parametrize(("key", "line"), [("no_subscription", "NOINT"), ("no_vehicle", "NOVEH")])
def test_release_2022_is_summed_with_its_own_margins(atlas: Atlas, key: str, line: str) -> None:
    table = atlas.table("area", 2022, key).set_index("place_id")
    for area in ("1", "22", "25", "42", "67", "76"):
        expected = by_hand((area,), line, release=2022)
        assert (table.loc[area, "estimate"], table.loc[area, "moe"]) == pytest.approx(expected, rel=1e-9)


def test_a_difference_is_taken_of_sums(atlas: Atlas) -> None:
    """Area 25, no wired subscription: 001 and 007 summed first, then Y - X and sqrt(MOE_X^2 + (1 - 2p) MOE_Y^2)."""
    (whole, whole_moe), (part, part_moe) = by_hand(("25",), "B28002_001"), by_hand(("25",), "B28002_007")
    p = part / whole
    row = figure(atlas, "area", "25", 2021, "no_wired")
    assert row["estimate"] == pytest.approx(whole - part)
    assert row["moe"] == pytest.approx(math.sqrt(part_moe**2 + (1 - 2 * p) * whole_moe**2))
    assert row["share_moe"] == pytest.approx(math.sqrt(part_moe**2 - p**2 * whole_moe**2) / whole)


def test_a_tract_is_as_published(atlas: Atlas) -> None:
    """Tract 17031010100, release 2021: 90 +/- 63 and 369 +/- 162 of 2,411 +/- 306 households.

    459 +/- sqrt(63^2 + 162^2) = 173.82; 459 / 2,411 = 0.1904; sqrt(173.82^2 - 0.1904^2 x 306^2) / 2,411 = 0.0679.
    """
    row = figure(atlas, "tract", "17031010100", 2021, "no_subscription")
    assert (row["estimate"], row["universe_estimate"], row["universe_moe"]) == (459, 2411, 306)
    assert row["moe"] == pytest.approx(173.82, abs=0.005)
    assert row["share"] == pytest.approx(0.1904, abs=5e-5)
    assert row["share_moe"] == pytest.approx(0.0679, abs=5e-5)


def test_an_edge_tract_is_whole_in_its_own_row_and_weighted_in_the_city(atlas: Atlas) -> None:
    """17031770902: 9.1 % of its households are in the city. Its row is the whole tract's, marked and not ranked."""
    tracts = atlas.tracts_of(2020).set_index("geoid")
    assert tracts.loc["17031770902", "city_weight"] == pytest.approx(0.091, abs=5e-4)
    (published,) = [row for row in rows_of("snapshots/acs5-2021.csv") if row["geoid"] == "17031770902"]
    row = figure(atlas, "tract", "17031770902", 2021, "no_access")
    assert row["estimate"] == float(published["B28002_013E"])
    assert row["flag"] & Flag.MOSTLY_OUTSIDE
    assert "17031770902" not in set(atlases.ranked(atlas.table("tract", 2021, "no_access"))["place_id"])


# --- choices of areas -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pair", [("42", "43"), ("22", "24")])
@pytest.mark.parametrize("key", ["no_subscription", "no_access", "no_computer"])
def test_two_areas_that_share_a_tract_have_its_weights_added_first(atlas: Atlas, pair: tuple, key: str) -> None:
    """Woodlawn and South Shore share 17031843900, Logan Square and West Town 17031831000: (w1 + w2) MOE, not two terms."""
    row = atlas.selection(pair, 2021, key)
    assert (row["estimate"], row["moe"]) == pytest.approx(by_hand(pair, *HAND[key]), rel=1e-9)
    assert (row["universe_estimate"], row["universe_moe"]) == pytest.approx(by_hand(pair, "B28002_001"), rel=1e-9)
    apart = atlas.table("area", 2021, key).set_index("place_id").loc[list(pair)]
    assert row["estimate"] == pytest.approx(apart["estimate"].sum())
    assert row["moe"] != pytest.approx(math.hypot(*apart["moe"]), rel=1e-4), "the areas are not independent"


def test_woodlawn_and_south_shore_would_be_four_percent_too_sure(atlas: Atlas) -> None:
    """The margins of the two areas, squared and added, miss 2 w1 w2 MOE^2 of the shared tract: about -4 %.

    w1 = 0.31290 and w2 = 0.68710 of 50 +/- 63 and 420 +/- 277: 2 w1 w2 (63^2 + 277^2) = 34,699; and of line 012 each
    area counts its widest zero, +/- 12, where the two together count one: 34,699 - 144 = 34,555.
    """
    row = atlas.selection(["42", "43"], 2021, "no_subscription")
    apart = atlas.table("area", 2021, "no_subscription").set_index("place_id").loc[["42", "43"], "moe"]
    assert row["moe"] ** 2 - (apart**2).sum() == pytest.approx(34555, abs=1)
    assert math.hypot(*apart) / row["moe"] - 1 == pytest.approx(-0.04, abs=0.005)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("key", ["no_subscription", "no_broadband", "no_wired"])
def test_all_areas_together_are_the_city(atlas: Atlas, release: int, key: str) -> None:
    assert_same_figures(atlas.selection(AREAS, release, key), atlas.total(release, key))


@pytest.mark.parametrize("side", SIDES)
def test_the_members_of_a_side_together_are_the_side(atlas: Atlas, side: str) -> None:
    together = atlas.selection(SIDES[side].split(), 2021, "no_subscription")
    assert_same_figures(together, figure(atlas, "side", side, 2021, "no_subscription"))


@pytest.mark.parametrize("release", [2020, 2021, 2024])
def test_one_area_chosen_is_its_own_row(atlas: Atlas, release: int) -> None:
    for area in ("1", "42", "77"):
        chosen = atlas.selection([area], release, "no_broadband")
        assert_same_figures(chosen, figure(atlas, "area", area, release, "no_broadband"))
        assert chosen["place_name"] == atlas.area_names[area]


def assert_same_figures(one: pd.Series, other: pd.Series) -> None:
    """Every number and every note; missing where the other is missing."""
    for name in ("universe_estimate", "universe_moe", "estimate", "moe", "share", "share_moe"):
        assert one[name] == pytest.approx(other[name], rel=1e-9, nan_ok=True), name
    assert one["flag"] == other["flag"]


def test_naming_an_area_twice_or_in_another_order_changes_nothing(atlas: Atlas) -> None:
    once = atlas.selection(["42", "43"], 2021, "no_access")
    again = atlas.selection(("43", "42", "43", "43"), 2021, "no_access")
    pd.testing.assert_series_equal(once, again)
    assert once["place_name"] == "Woodlawn, South Shore"
    assert list(once.index) == atlases.TABLE
    assert once["level"] == "selection"


def test_all_sentences_of_a_choice_come_from_the_same_figures(atlas: Atlas) -> None:
    """``selections`` is ``selection`` for every release and indicator that the areas have, and for no other."""
    together = atlas.selections(["43", "42"])
    assert list(together.columns) == atlases.TABLE
    asked = list(zip(together["release"], together["indicator"], strict=True))
    wanted = [(r, what.key) for r in RELEASES for what in indicators.REGISTRY if atlas.gives("area", r, what.key)]
    assert sorted(asked) == sorted(wanted)
    for row in together.drop_duplicates("release").itertuples(index=False):
        alone = atlas.selection(["42", "43"], row.release, row.indicator)
        assert_same_figures(pd.Series(row._asdict()), alone)
        assert row.place_name == alone["place_name"] == "Woodlawn, South Shore"


def test_an_empty_choice_has_no_figures(atlas: Atlas) -> None:
    """Nobody was chosen: nothing is known of them, which is not 0, nor the whole city."""
    row = atlas.selection([], 2021, "no_access")
    assert row[["universe_estimate", "estimate", "moe", "share", "share_moe"]].isna().all()
    assert row["flag"] & flags.NO_ESTIMATE_REASONS


@pytest.mark.parametrize("areas", [["78"], ["0"], ["042"], ["42", "Loop"], ["17031843900"], ["central"], [""]])
def test_a_choice_of_an_unknown_area_is_refused(atlas: Atlas, areas: list[str]) -> None:
    with pytest.raises(UsageError, match=r"no community area .* in chicago; areas are numbered 1 to 77"):
        atlas.selection(areas, 2021, "no_access")
    with pytest.raises(UsageError, match="no community area"):
        atlas.tracts_of(2020, areas)


# --- every figure there is --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [what.key for what in indicators.REGISTRY])
@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("level", atlases.LEVELS)
def test_a_figure_is_there_or_says_why_not(atlas: Atlas, level: str, release: int, key: str) -> None:
    """An estimate, or missing with a reason; a margin, or a reason; never a bare gap, never 0 for missing."""
    table = atlas.table(level, release, key)
    assert list(table.columns) == atlases.TABLE
    assert len(table) == (TRACTS[release] if level == "tract" else ROWS[level]), "every place has its row"
    assert table["place_id"].is_unique
    assert (table["level"] == level).all()
    assert (table["release"] == release).all()
    assert (table["indicator"] == key).all()
    numbers = ("universe_estimate", "universe_moe", "estimate", "moe", "share", "share_moe")
    universe, universe_moe, estimate, margin, share, share_moe = (table[name].to_numpy() for name in numbers)
    missing, no_margin, no_share = np.isnan(estimate), np.isnan(margin), np.isnan(share)

    def says(reasons: Flag) -> np.ndarray:
        return (table["flag"].to_numpy() & int(reasons)) > 0

    assert (missing == says(flags.NO_ESTIMATE_REASONS)).all(), "a reason if and only if there is no estimate"
    assert (no_margin & no_share & np.isnan(share_moe))[missing].all()
    assert (no_margin & ~missing == says(flags.NO_MARGIN_REASONS)).all(), "an estimate without a margin says why, and no other"
    assert (no_share & ~missing == says(Flag.NO_UNIVERSE)).all(), "a count without a share is a count of nobody"
    assert not np.concatenate([estimate, universe])[np.tile(says(Flag.NO_UNIVERSE), 2)].any()
    assert (np.isnan(share_moe) == no_share | no_margin).all()

    assert not any((given < 0).any() for given in (universe, universe_moe, estimate, share, share_moe))
    assert not (share > 1).any()
    assert not (estimate > universe * (1 + 1e-12)).any()
    assert not (margin <= 0).any(), "no figure of this city is fixed to an official count"


@pytest.mark.parametrize("level", atlases.LEVELS)
@pytest.mark.parametrize("key", [what.key for what in indicators.REGISTRY])
def test_what_the_atlas_says_it_gives_is_what_its_tables_hold(atlas: Atlas, level: str, key: str) -> None:
    """``gives`` and ``newest`` follow from the tables, release by release."""
    given = [release for release in RELEASES if atlas.table(level, release, key)["estimate"].notna().any()]
    assert [release for release in RELEASES if atlas.gives(level, release, key)] == given
    assert atlas.newest(key, level) == max(given, default=None)


GIVEN = {  # key -> the releases whose sources hold its lines , at city level
    "no_subscription": [2019, 2021, 2022, 2024],
    "no_access": [2019, 2020, 2021],
    "no_broadband": [2018, 2019, 2020, 2021, 2023, 2024],
    "no_wired": [2021],
    "cellular_only": [2019, 2021],
    "unpaid_access": [2021],
    "no_computer": [2018, 2019, 2020, 2021, 2023],
    "computer_no_subscription": [2019, 2021],
    "income_under_35k": [2021],
}


@pytest.mark.parametrize("key", [what.key for what in indicators.REGISTRY])
def test_a_release_gives_what_its_source_holds_and_no_neighbours_number(atlas: Atlas, key: str) -> None:
    """The context of residents and vehicles is in the file of 2022 only."""
    for release in RELEASES:
        row = atlas.total(release, key)
        if release in GIVEN.get(key, [2022]):
            assert row["estimate"] > 0
        else:
            assert math.isnan(row["estimate"])
            assert row["flag"] == Flag.NOT_IN_RELEASE


@pytest.mark.parametrize("level", atlases.LEVELS)
@pytest.mark.parametrize("key", ["no_subscription", "no_broadband"])
def test_release_2024_says_that_its_margins_are_modelled(atlas: Atlas, level: str, key: str) -> None:
    """001 - 002 stands in for 012 + 013; every margin is there, and every row says that it was not published."""
    table = atlas.table(level, 2024, key)
    assert table["estimate"].notna().all()
    assert (table["moe"] > 0).all()
    assert (table["share_moe"].notna() == (table["universe_estimate"] > 0)).all()
    wanted = int(Flag.IDENTITY | Flag.MODELLED)
    assert (table["flag"] & wanted == wanted).all()


def test_only_release_2024_has_modelled_margins(atlas: Atlas) -> None:
    for release in RELEASES:
        for key in ("no_subscription", "no_broadband", "no_access", "no_computer"):
            modelled = bool(atlas.total(release, key)["flag"] & Flag.MODELLED)
            assert modelled == (release == 2024 and key in ("no_subscription", "no_broadband"))


def test_without_a_proof_there_is_no_modelled_margin(atlas: Atlas) -> None:
    """The frozen table is then empty: the count is what it was, 125,146, and its margin is not in hand."""
    frozen = atlas.modelled[2024]
    unproven = dataclasses.replace(atlas, modelled={2024: dataclasses.replace(frozen, table=frozen.table.iloc[:0])}, _kept={})
    row = unproven.total(2024, "no_subscription")
    assert round(row["estimate"]) == 125_146
    assert math.isnan(row["moe"])
    assert row["flag"] == Flag.IDENTITY | Flag.MARGIN_NOT_IN_HAND


def test_release_2022_is_read_by_its_label(atlas: Atlas) -> None:
    row = atlas.total(2022, "no_subscription")
    assert row["flag"] == Flag.READ_BY_LABEL
    assert row["moe"] > 0
    assert row["share_moe"] > 0


@pytest.mark.parametrize("release", [2018, 2023])
@pytest.mark.parametrize("key", ["no_broadband", "no_computer"])
def test_two_releases_are_recovered_from_rounded_percentages(atlas: Atlas, release: int, key: str) -> None:
    row = atlas.total(release, key)
    assert row["flag"] == Flag.RECOVERED | Flag.IDENTITY | Flag.MARGIN_NOT_IN_HAND
    assert math.isnan(row["moe"])
    assert math.isnan(row["universe_moe"])


def test_release_2020_is_in_hand_for_areas_only(atlas: Atlas) -> None:
    assert atlas.gives("area", 2020, "no_broadband")
    assert atlas.gives("city", 2020, "no_broadband")
    assert not atlas.gives("tract", 2020, "no_broadband")
    tracts = atlas.table("tract", 2020, "no_broadband")
    assert (tracts["flag"] & int(Flag.NOT_AT_LEVEL) > 0).all()
    assert tracts["estimate"].isna().all()
    assert figure(atlas, "area", "1", 2020, "no_access")["estimate"] == 3426, "as published: Rogers Park"


def test_a_tract_of_a_release_without_the_lines_at_any_level_says_so(atlas: Atlas) -> None:
    """Release 2020 gives no_broadband to areas only, and no_wired to nobody: two different reasons."""
    assert (atlas.table("tract", 2020, "no_wired")["flag"] & int(Flag.NOT_IN_RELEASE) > 0).all()
    assert not (atlas.table("tract", 2020, "no_wired")["flag"] & int(Flag.NOT_AT_LEVEL)).any()


def test_income_has_no_margin_in_hand(atlas: Atlas) -> None:
    row = atlas.total(2021, "income_under_35k")
    assert row["estimate"] > 0
    assert math.isnan(row["moe"])
    assert row["flag"] == Flag.MARGIN_NOT_IN_HAND


def test_figures_of_tracts_without_households_are_zero_and_their_shares_missing(atlas: Atlas) -> None:
    """Four tracts have no households, in release 2021 as in the 2020 Census."""
    table = atlas.table("tract", 2021, "no_subscription")
    nobody = table[table["universe_estimate"] == 0]
    assert (nobody["estimate"] == 0).all()
    assert (nobody["moe"] > 0).all(), "a zero has a margin of its own"
    assert nobody["share"].isna().all()
    assert (nobody["flag"] & int(Flag.NO_UNIVERSE) > 0).all()
    assert 1 <= len(nobody) <= 6


# --- the city's own order and names -----------------------------------------------------------------------------------


def test_the_nine_sides_are_those_of_the_city(atlas: Atlas) -> None:
    assert {side.key: " ".join(side.members) for side in atlas.city.sides} == SIDES
    assert dict(zip(atlas.areas["area_id"], atlas.areas["side"], strict=True)) == {
        area: side for side, members in SIDES.items() for area in members.split()
    }


def test_ids_are_text_and_names_are_names(atlas: Atlas) -> None:
    assert atlas.area_names["8"] == "Near North Side"
    assert atlas.area_names["76"] == "O'Hare"
    assert atlas.table("area", 2021, "no_access")["place_id"].tolist() == list(AREAS)
    city = atlas.total(2021, "no_access")
    assert (city["place_id"], city["place_name"]) == ("1714000", "Chicago")
    tracts = atlas.table("tract", 2021, "no_access")["place_id"]
    assert tracts.map(lambda geoid: isinstance(geoid, str) and len(geoid) == 11 and geoid[:2] == "17").all()


def test_tracts_come_with_the_areas_their_households_live_in(atlas: Atlas) -> None:
    """17031831000: 52.7 % in 22, 47.3 % in 24; 17031843900: 68.7 % in 43, 31.3 % in 42, whatever its land says."""
    tracts = atlas.tracts_of(2020).set_index("geoid")
    assert len(tracts) == 801
    town, shore = tracts.loc["17031831000"], tracts.loc["17031843900"]
    assert (town["area_id"], town["area2_id"], shore["area_id"], shore["area2_id"]) == ("22", "24", "43", "42")
    assert (town["area_name"], shore["area2_name"]) == ("Logan Square", "Woodlawn")
    assert (round(town["area_weight"], 3), round(town["area2_weight"], 3)) == (0.527, 0.473)
    assert (round(shore["area_weight"], 3), round(shore["area2_weight"], 3)) == (0.687, 0.313)
    assert (tracts["area2_id"] != "").sum() == 7, "seven tracts are split at all"
    split = tracts[tracts["area2_weight"] > 0.05 * tracts["city_weight"]]
    assert sorted(split.index) == ["17031831000", "17031843900"], "two by more than 5 %"


@pytest.mark.parametrize("vintage", [2010, 2020])
def test_no_household_of_the_crosswalk_is_lost(atlas: Atlas, vintage: int) -> None:
    """No tract lies in three areas with households: first and second weight are the whole of it."""
    tracts = atlas.tracts_of(vintage)
    together = tracts["area_weight"] + tracts["area2_weight"].fillna(0)
    assert np.allclose(together, tracts["city_weight"], atol=1e-6)
    assert (tracts["area_weight"] >= tracts["area2_weight"].fillna(0)).all()
    assert tracts[["area_id", "area_name"]].notna().all(axis=None)
    total = sum(float(row["weight"]) for row in rows_of(f"crosswalk-{vintage}.csv"))
    assert together.sum() == pytest.approx(total)


def test_of_801_tracts_795_have_households_in_the_city(atlas: Atlas) -> None:
    tracts = atlas.tracts_of(2020)
    assert (tracts["city_weight"] > 0).sum() == 795
    assert (tracts["display"] == "no_households").sum() == 6
    table = atlas.table("tract", 2021, "no_access").set_index("place_id")
    empty = tracts.loc[tracts["display"] == "no_households", "geoid"]
    assert (table.loc[empty, "flag"] & int(Flag.NO_HOUSEHOLDS_IN_CITY) > 0).all()


def test_a_filter_keeps_every_tract_with_households_in_the_areas(atlas: Atlas) -> None:
    chosen = atlas.tracts_of(2020, ["42"])
    inside = {row["geoid"] for row in rows_of("crosswalk-2020.csv") if row["area_id"] == "42" and float(row["weight"]) > 0}
    assert inside <= set(chosen["geoid"])
    assert "17031843900" in inside, "the shared tract, although most of its households are in 43"
    assert ((chosen["area_id"] == "42") | (chosen["area2_id"] == "42")).all()
    assert len(atlas.tracts_of(2020, [])) == 801, "no filter is the whole city"


def test_names_of_sides_and_areas_open_into_areas(atlas: Atlas) -> None:
    assert atlas.expand(["central"]) == ["8", "32", "33"]
    assert atlas.expand(["33", "central", "33", "1"]) == ["1", "8", "32", "33"], "once each, in the city's order"
    assert atlas.expand(["nowhere", "78", "Central", ""]) == []
    assert atlas.expand([]) == []
    assert atlas.expand(SIDES) == list(AREAS)


# --- rankings ---------------------------------------------------------------------------------------------------------


def test_the_least_connected_area_of_2021_is_west_englewood(atlas: Atlas) -> None:
    """West Englewood, then Englewood; by number of households, Austin."""
    table = atlas.table("area", 2021, "no_subscription")
    assert atlases.ranked(table)["place_name"].tolist()[:2] == ["West Englewood", "Englewood"]
    assert atlases.ranked(table, "estimate")["place_name"].iloc[0] == "Austin"


def test_a_ranking_falls_and_leaves_out_what_cannot_be_ranked(atlas: Atlas) -> None:
    table = atlas.table("tract", 2021, "no_subscription")
    order = atlases.ranked(table)
    assert order["share"].is_monotonic_decreasing
    left_out = table[~table["place_id"].isin(order["place_id"])]
    assert (left_out["share"].isna() | (left_out["flag"] & int(flags.NOT_RANKED) > 0)).all()
    assert not (order["flag"] & int(flags.NOT_RANKED)).any()
    assert atlases.ranked(table, worse="low")["share"].is_monotonic_increasing


def test_equal_places_are_ranked_in_the_same_order_every_time() -> None:
    table = pd.DataFrame({"place_id": ["c", "a", "d", "b"], "share": [0.2, 0.2, math.nan, 0.5], "flag": [0, 0, 0, 0]})
    assert atlases.ranked(table)["place_id"].tolist() == ["b", "a", "c"]
    assert atlases.ranked(table.iloc[::-1])["place_id"].tolist() == ["b", "a", "c"]
    assert atlases.ranked(table.iloc[:0]).empty


def test_ten_areas_hold_29_percent_of_the_gap_and_twenty_one_hold_half(atlas: Atlas) -> None:
    """Concentration in release 2021: ten of 77 areas hold 29 % of the gap."""
    counts = atlases.ranked(atlas.table("area", 2021, "no_subscription"), "estimate")["estimate"]
    held = counts.cumsum() / counts.sum()
    assert round(held.iloc[9], 2) == 0.29
    assert held.iloc[19] < 0.5 <= held.iloc[20]


def test_the_median_margins_are_those_of_the_method(atlas: Atlas) -> None:
    """Release 2021: 6.9 points for a tract, 2.8 for an area; wired by the ratio rule in 30 tracts."""
    tracts = atlases.ranked(atlas.table("tract", 2021, "no_subscription"))
    assert round(tracts["share_moe"].median() * 100, 1) == 6.9
    assert round(atlas.table("area", 2021, "no_subscription")["share_moe"].median() * 100, 1) == 2.8
    wired = atlases.ranked(atlas.table("tract", 2021, "no_wired"))
    assert (wired["flag"] & int(Flag.RATIO_RULE) > 0).sum() == 30


# --- doors ------------------------------------------------------------------------------------------------------------


def test_releases_are_listed_newest_first(atlas: Atlas) -> None:
    assert atlas.releases == RELEASES[::-1]
    assert atlas.newest("no_subscription") == 2024
    assert atlas.newest("no_access") == 2021
    assert atlas.newest("no_access", "tract") == 2021


def test_the_baseline_is_the_172k(atlas: Atlas) -> None:
    assert (atlas.baseline["release"], atlas.baseline["indicator"], atlas.baseline["level"]) == (
        2021, "no_subscription", "city",
    )  # fmt: skip
    assert round(atlas.baseline["estimate"], -3) == 172_000


@pytest.mark.parametrize("release", [2017, 2025, 0, -1, 20211])
def test_a_release_that_is_not_loaded_is_refused(atlas: Atlas, release: int) -> None:
    with pytest.raises(UsageError, match=f"release {release} is not loaded for chicago; choose one of: 2024, 2023, .*2018"):
        atlas.table("area", release, "no_access")


@pytest.mark.parametrize("level", ["", "ward", "Tract", "areas", "selection"])
def test_an_unknown_level_is_refused(atlas: Atlas, level: str) -> None:
    with pytest.raises(UsageError, match=r"no level .*; choose one of: tract, area, side, city"):
        atlas.table(level, 2021, "no_access")


def test_an_unknown_indicator_is_refused(atlas: Atlas) -> None:
    for ask in (atlas.table, atlas.selection):
        with pytest.raises(UsageError, match="no indicator 'broadband'"):
            ask("area" if ask == atlas.table else ["1"], 2021, "broadband")


def test_tables_do_not_grow_notes_when_asked_for_twice(atlas: Atlas) -> None:
    """Rankings, selections and exports read the same kept tables: nobody may leave a mark on them."""
    before = atlas.table("tract", 2021, "no_access").copy()
    atlases.ranked(atlas.table("tract", 2021, "no_access"))
    atlas.selection(["42"], 2021, "no_access")
    atlas.tracts_of(2020, ["42"])
    pd.testing.assert_frame_equal(atlas.table("tract", 2021, "no_access"), before)


def test_every_outline_that_a_level_needs_is_there(atlas: Atlas) -> None:
    for name in ("area", "tract-2010", "tract-2020", "city"):
        assert atlas.outline(name).is_file()


def test_a_city_without_its_files_is_refused(tmp_path: Path) -> None:
    """city.toml alone: the first missing file is named, with what to type."""
    (tmp_path / "chicago").mkdir()
    (tmp_path / "chicago" / "city.toml").write_bytes((DATA / "city.toml").read_bytes())
    with pytest.raises(SnapshotMissing, match=r"areas\.csv .* no figures yet; fetch them: python -m equity refresh chicago"):
        atlases.load("chicago", tmp_path)


def test_a_city_with_a_changed_figure_is_refused(tmp_path: Path) -> None:
    """One digit of one household count: the sha256 in the sidecar no longer fits."""
    for path in DATA.rglob("*"):
        if path.suffix in (".csv", ".toml") or (path.suffix == ".json" and "outlines" not in path.parts):
            target = tmp_path / "chicago" / path.relative_to(DATA)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    assert atlases.load("chicago", tmp_path).releases == RELEASES[::-1]
    changed = tmp_path / "chicago" / "snapshots" / "acs5-2021.csv"
    body = changed.read_bytes()
    changed.write_bytes(body.replace(b"17031010100,2411", b"17031010100,2412", 1))
    assert changed.stat().st_size == len(body)
    with pytest.raises(SnapshotDamaged, match=r"acs5-2021\.csv is not the file that was written"):
        atlases.load("chicago", tmp_path)


def test_the_count_of_a_rest_is_never_surer_than_its_share(atlas: Atlas) -> None:
    """Pullman 2021: 2,109 of 3,289 households have a wired subscription. Where the share rule's radicand is negative, the
    covariance it assumes cannot hold, so the count takes sqrt(MOE_X^2 + MOE_Y^2): never less than share_moe x universe.
    """
    for level in ("tract", "area", "side", "city"):
        table = atlas.table(level, 2021, "no_wired")
        implied = table["share_moe"] * table["universe_estimate"]
        short = table[(table["moe"] < implied - 1e-6) & implied.notna()]
        assert short.empty, short[["place_name", "moe"]]
    pullman = atlas.table("area", 2021, "no_wired").set_index("place_name").loc["Pullman"]
    assert pullman["flag"] & int(Flag.RATIO_RULE)
    assert pullman["moe"] > 0.1 * pullman["universe_estimate"]
