"""The numbers this project must reproduce, as others published or worked them out; none of them comes from its own code.

Totals and shares are those of the sources' README (tracts summed by CMAP's household weights, worked out by hand before
the code was written) and of the City's Digital Equity Plan. The last part compares release 2019 with the community-area
counts that CMAP published, and needs the raw files.
"""

import csv
import itertools
import math
import os
from pathlib import Path

import pandas as pd
import pytest

from equity.atlas import Atlas
from equity.flags import Flag
from equity.stats import moe

REPOSITORY = Path(__file__).parents[1]
SOURCES = Path(os.environ.get("EQUITY_SOURCES") or REPOSITORY.parent / "shared" / "sources")

HOUSEHOLDS = {2019: 1_066_718, 2021: 1_112_450, 2022: 1_129_784, 2023: 1_146_405, 2024: 1_160_183}

COUNTS = {  # (release, indicator) -> households in the city
    (2019, "no_subscription"): 223_600,
    (2021, "no_subscription"): 171_879,
    (2022, "no_subscription"): 158_688,
    (2024, "no_subscription"): 125_146,
    (2021, "no_access"): 133_312,
    (2021, "no_computer"): 91_220,
    (2021, "no_wired"): 335_996,
    (2021, "cellular_only"): 133_535,
    (2021, "no_broadband"): 173_211,
    (2021, "unpaid_access"): 38_566,
    (2023, "no_broadband"): 144_109,
    (2024, "no_broadband"): 126_104,
}

NO_BROADBAND = {2018: "24.14", 2019: "21.20", 2020: "17.37", 2021: "15.57", 2023: "12.57", 2024: "10.87"}  # percent


@pytest.mark.parametrize(("release", "households"), HOUSEHOLDS.items())
def test_the_city_has_as_many_households_as_published(atlas: Atlas, release: int, households: int) -> None:
    key = "no_broadband" if release == 2023 else "no_subscription"
    assert atlas.total(release, key)["universe_estimate"] == pytest.approx(households, abs=1)


@pytest.mark.parametrize(
    ("asked", "households"), COUNTS.items(), ids=lambda value: "-".join(map(str, value)) if isinstance(value, tuple) else ""
)
def test_the_citys_count_is_the_known_one(atlas: Atlas, asked: tuple[int, str], households: int) -> None:
    assert atlas.total(*asked)["estimate"] == pytest.approx(households, abs=1)


@pytest.mark.parametrize(("release", "percent"), NO_BROADBAND.items())
def test_the_share_without_broadband_is_the_known_one_to_its_last_digit(atlas: Atlas, release: int, percent: str) -> None:
    assert f"{atlas.total(release, 'no_broadband')['share'] * 100:.2f}" == percent


def test_the_share_behind_the_172k_is_15_45_percent(atlas: Atlas) -> None:
    """171,879 of 1,112,450; the plan prints "over 15 % of households (~172,000)" and "~92,000" without a device."""
    assert f"{atlas.baseline['share'] * 100:.2f}" == "15.45"
    assert f"{atlas.total(2024, 'no_subscription')['share'] * 100:.2f}" == "10.79"


def test_the_172k_has_its_margin(atlas: Atlas) -> None:
    """+/- 3,435 with the zero rule by line over the city, +/- 3,439 with it inside each tract first."""
    margin = atlas.baseline["moe"]
    assert min(abs(margin - 3435), abs(margin - 3439)) <= 1


def test_the_172k_is_made_of_its_two_lines(atlas: Atlas) -> None:
    """012 + 013 = 38,566 + 133,312 = 171,879 (rounded apart), and its margin is the root of their squares."""
    unpaid, none = atlas.total(2021, "unpaid_access"), atlas.total(2021, "no_access")
    assert unpaid["estimate"] + none["estimate"] == pytest.approx(atlas.baseline["estimate"])
    assert math.hypot(unpaid["moe"], none["moe"]) == pytest.approx(atlas.baseline["moe"])


def test_a_sum_of_small_lines_is_surer_than_a_difference_of_large_ones(atlas: Atlas) -> None:
    """001 - 002, taken as two independent counts, would have +/- 8,710 where 012 + 013 have +/- 3,435.

    With the covariance that the share rule assumes, sqrt(MOE_X^2 + (1 - 2p) MOE_Y^2), it comes near: +/- 3,489, within 2 %.
    """
    rows = _rows(REPOSITORY / "data" / "cities" / "chicago" / "snapshots" / "acs5-2021.csv")
    weights: dict[str, float] = {}
    for row in _rows(REPOSITORY / "data" / "cities" / "chicago" / "crosswalk-2020.csv"):
        weights[row["geoid"]] = weights.get(row["geoid"], 0) + float(row["weight"])
    part, part_moe = _city(rows, weights, "B28002_002")
    whole, whole_moe = _city(rows, weights, "B28002_001")
    assert whole - part == pytest.approx(atlas.baseline["estimate"])
    assert math.hypot(part_moe, whole_moe) == pytest.approx(8710, abs=1)
    assert float(moe.of_complement(part, part_moe, whole, whole_moe)) == pytest.approx(atlas.baseline["moe"], rel=0.02)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def _city(rows: list[dict[str, str]], weights: dict[str, float], line: str) -> tuple[float, float]:
    """One line summed over the city, and its margin with the zero rule."""
    terms = [(float(row[f"{line}E"]), weights[row["geoid"]] * float(row[f"{line}M"])) for row in rows]
    zeros = max(margin for estimate, margin in terms if not estimate)
    total = sum(weights[row["geoid"]] * estimate for row, (estimate, _) in zip(rows, terms, strict=True))
    return total, math.sqrt(sum(margin**2 for estimate, margin in terms if estimate) + zeros**2)


def test_the_same_release_counts_171879_133312_and_335996_by_three_definitions(atlas: Atlas) -> None:
    """A wider definition can only count more: 013 within 012 + 013 within 003 + 012 + 013 within 001 - 007, everywhere."""
    keys = ("no_access", "no_subscription", "no_broadband", "no_wired")
    for level in ("tract", "area", "side", "city"):
        counts = [atlas.table(level, 2021, key)["estimate"] for key in keys]
        for narrow, wide in itertools.pairwise(counts):
            assert (narrow <= wide + 1e-6).all()


def test_a_rounded_percentage_moves_a_recovered_share_by_0_05_points_at_most(atlas: Atlas) -> None:
    """Release 2023: 144,109 of 1,146,405, recovered; three tracts have no percentage, and all have a figure."""
    total = atlas.total(2023, "no_broadband")
    assert total["flag"] == Flag.RECOVERED | Flag.IDENTITY | Flag.MARGIN_NOT_IN_HAND
    assert (total["estimate"], total["universe_estimate"]) == (pytest.approx(144_109, abs=1), pytest.approx(1_146_405, abs=1))
    tracts = atlas.table("tract", 2023, "no_broadband")
    assert tracts["estimate"].notna().all()
    assert (tracts["universe_estimate"] == 0).sum() == 3


# --- release 2019 against the counts CMAP published ----------------------------------------------------------------------

CMAP_2019 = SOURCES / "cmap_cds_2015_2019.csv"
needs_cmap = pytest.mark.skipif(
    not CMAP_2019.exists(),
    reason=f"the counts that CMAP published are not here ({CMAP_2019.name}): set EQUITY_SOURCES to the folder of raw files",
)
WOODLAWN, SOUTH_SHORE, GRAND_BOULEVARD = "42", "43", "38"
ABSENT_TRACT = "17031835700"


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    """What CMAP's Community Data Snapshots 2019 give of our lines, by community area number."""
    return pd.read_csv(CMAP_2019, dtype={"GEOID": str}).set_index("GEOID")


@pytest.fixture(scope="module")
def ours(atlas: Atlas) -> pd.DataFrame:
    """Release 2019 by area under CMAP's names: INTERNET is 001 - 013, BROADBAND 004, COMPUTER B28003_002."""
    tables = {key: atlas.table("area", 2019, key).set_index("place_id") for key in ("no_access", "no_broadband", "no_computer")}
    households = tables["no_access"]["universe_estimate"]
    counts = {key: table["estimate"] for key, table in tables.items()}
    return pd.DataFrame(
        {
            "TOT_HH": households,
            "NO_INTERNET": counts["no_access"],
            "INTERNET": households - counts["no_access"],
            "BROADBAND": households - counts["no_broadband"],
            "NO_COMPUTER": counts["no_computer"],
            "COMPUTER": households - counts["no_computer"],
        }
    )


@needs_cmap
def test_every_difference_above_one_percent_has_one_of_the_two_known_causes(
    ours: pd.DataFrame, published: pd.DataFrame
) -> None:
    """462 counts, 77 areas by six lines: only the two sides of the shared tract and Grand Boulevard are further off."""
    difference = (ours / published.loc[ours.index, ours.columns] - 1) * 100
    assert difference.shape == (77, 6)
    assert difference.notna().all(axis=None)
    far = difference.stack()
    far = far[far.abs() > 1]
    assert set(far.index.get_level_values(0)) == {WOODLAWN, SOUTH_SHORE, GRAND_BOULEVARD}
    assert far.abs().idxmax() == (WOODLAWN, "NO_COMPUTER")
    assert round(far[WOODLAWN, "NO_COMPUTER"], 1) == -6.4
    assert round(far[WOODLAWN, "NO_INTERNET"], 1) == -2.5
    assert round(far[GRAND_BOULEVARD, "TOT_HH"], 1) == 1.2
    mirrored = ours.loc[SOUTH_SHORE] - published.loc[SOUTH_SHORE, ours.columns]
    assert mirrored["NO_COMPUTER"] > 0, "South Shore has what Woodlawn lacks"
    assert mirrored["NO_INTERNET"] > 0


@needs_cmap
def test_woodlawn_and_south_shore_together_are_exactly_as_published(ours: pd.DataFrame, published: pd.DataFrame) -> None:
    """Their shared tract has different households on its two sides, which tract weights cannot know; the sum is right."""
    pair = [WOODLAWN, SOUTH_SHORE]
    assert ours.loc[pair].sum().to_dict() == pytest.approx(published.loc[pair, ours.columns].sum().to_dict(), abs=1)


@needs_cmap
def test_grand_boulevard_without_one_tract_is_exactly_as_published(ours: pd.DataFrame, published: pd.DataFrame) -> None:
    """Tract 17031835700 is absent from the published count: 129 households, 114 with broadband, 15 without access."""
    (tract,) = [row for row in _rows(SOURCES / "acs5_2019_tract.csv") if row["GEOID"] == ABSENT_TRACT]
    households, without_access = float(tract["B28002_001E"]), float(tract["B28002_013E"])
    absent = {
        "TOT_HH": households,
        "NO_INTERNET": without_access,
        "INTERNET": households - without_access,
        "BROADBAND": float(tract["B28002_004E"]),
        "NO_COMPUTER": float(tract["B28003_006E"]),
        "COMPUTER": float(tract["B28003_002E"]),
    }
    remaining = {name: ours.loc[GRAND_BOULEVARD, name] - count for name, count in absent.items()}
    assert remaining == pytest.approx(published.loc[GRAND_BOULEVARD, ours.columns].to_dict(), abs=1)


@needs_cmap
def test_the_city_of_2019_is_within_a_thousandth_of_the_published_areas(ours: pd.DataFrame, published: pd.DataFrame) -> None:
    together = published[list(ours.columns)].sum()
    assert ours.sum().to_dict() == pytest.approx(together.to_dict(), rel=0.001)


@pytest.mark.skipif(
    not (SOURCES / "cmap_cds_2016_2020.csv").exists(),
    reason="the counts that CMAP published for 2020 are not here: set EQUITY_SOURCES to the folder of raw files",
)
def test_areas_of_release_2020_are_the_published_counts_themselves(atlas: Atlas) -> None:
    published = pd.read_csv(SOURCES / "cmap_cds_2016_2020.csv", dtype={"GEOID": str}).set_index("GEOID")
    access = atlas.table("area", 2020, "no_access").set_index("place_id")
    broadband = atlas.table("area", 2020, "no_broadband").set_index("place_id")
    published = published.loc[access.index]
    assert (access["estimate"] == published["NO_INTERNET"]).all()
    assert (access["universe_estimate"] == published["TOT_HH"]).all()
    assert broadband["estimate"].to_numpy() == pytest.approx((published["TOT_HH"] - published["BROADBAND"]).to_numpy())
    assert access["moe"].isna().all(), "published as estimates only"
