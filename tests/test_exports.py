"""Files to take away: their columns are a contract, and whoever has the file alone can reproduce an area from it.

Everything here is read back from the text of a file with Python's own ``csv``, as a stranger would read it.
"""

import csv
import io
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from equity import atlas as atlases
from equity import exports, flags, indicators
from equity.atlas import Atlas
from equity.errors import UsageError

LONG = "level,place_id,place_name,release,indicator,universe_estimate,universe_moe,estimate,moe,share,share_moe,flag"
TRACT_COLUMNS = [
    "geoid", "name", "area_id", "area_name", "area_weight", "area2_id", "area2_name", "area2_weight", "city_weight",
    "release",
]  # fmt: skip
TRACT_RELEASES = {2018: 797, 2019: 797, 2021: 801, 2022: 801, 2023: 801, 2024: 801}
FIGURES = ("universe_estimate", "universe_moe", "estimate", "moe", "share", "share_moe", "flag")


def parsed(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.fixture(scope="module")
def tract_files(atlas: Atlas) -> dict[int, str]:
    """The text of the whole tract file of every release that has one."""
    return {release: exports.to_csv(exports.wide(atlas, release)) for release in TRACT_RELEASES}


@pytest.fixture(scope="module")
def tract_rows(tract_files: dict[int, str]) -> dict[int, list[dict[str, str]]]:
    """The same, read back."""
    return {release: parsed(text) for release, text in tract_files.items()}


# --- long ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", atlases.LEVELS)
@pytest.mark.parametrize("release", [2020, 2021, 2024])
def test_the_long_shape_has_exactly_its_columns(atlas: Atlas, level: str, release: int) -> None:
    text = exports.to_csv(exports.long(atlas, level, release, "no_access"))
    assert text.splitlines()[0] == LONG
    assert text.endswith("\n")
    assert "\r" not in text


def test_a_long_row_can_be_read_by_a_person(atlas: Atlas) -> None:
    """Tract 101, release 2021: 369 +/- 162 of 2,411 +/- 306: 0.153049, +/- sqrt(162^2 - 0.153049^2 x 306^2) / 2,411."""
    text = exports.to_csv(exports.long(atlas, "tract", 2021, "no_access"))
    assert text.splitlines()[1] == (
        'tract,17031010100,"Census Tract 101, Cook County",2021,no_access,2411,306,369,162,0.153049,0.064323,'
    )


def test_what_is_missing_is_empty_and_has_its_reason(atlas: Atlas) -> None:
    (row,) = parsed(exports.to_csv(exports.long(atlas, "city", 2019, "no_subscription")))
    assert (row["moe"], row["share_moe"], row["flag"]) == ("", "", "margin_not_in_hand;identity")
    (row,) = parsed(exports.to_csv(exports.long(atlas, "city", 2022, "no_access")))
    assert {row[name] for name in FIGURES[:-1]} == {""}
    assert row["flag"] == "not_in_release"


def test_every_flag_of_a_file_is_on_the_closed_list(tract_rows: dict[int, list[dict[str, str]]]) -> None:
    known = {flag.name.lower() for flag in flags.Flag}
    for rows in tract_rows.values():
        columns = [column for column in rows[0] if column.endswith("_flag")]
        said = {name for cell in {row[column] for row in rows for column in columns} for name in cell.split(";")}
        assert said - {""} <= known


# --- wide ----------------------------------------------------------------------------------------------------------------


def test_the_columns_are_the_same_for_every_release(tract_files: dict[int, str]) -> None:
    """Places, release, then eight figures an indicator in the order of the registry."""
    figures = [f"{what.key}_{name}" for what in indicators.REGISTRY for name in (*FIGURES[:-1], "reliability", "flag")]
    for text in tract_files.values():
        assert text.splitlines()[0].split(",") == [*TRACT_COLUMNS, *figures] == exports.wide_columns()


@pytest.mark.parametrize(("release", "tracts"), TRACT_RELEASES.items())
def test_a_tract_has_one_row(tract_rows: dict[int, list[dict[str, str]]], release: int, tracts: int) -> None:
    rows = tract_rows[release]
    assert len(rows) == tracts
    assert len({row["geoid"] for row in rows}) == tracts
    assert {row["release"] for row in rows} == {str(release)}
    assert all(len(row["geoid"]) == 11 and row["geoid"].startswith("17") for row in rows)
    assert None not in rows[0], "no cell beyond the header"


def test_no_cell_says_nan_or_none(tract_files: dict[int, str]) -> None:
    for text in tract_files.values():
        cells = {cell.strip().lower() for cell in text.replace("\n", ",").split(",")}
        assert not cells & {"nan", "none", "<na>", "null", "inf", "-inf", "nat", "-0"}


@pytest.mark.parametrize("release", TRACT_RELEASES)
def test_a_parser_reads_back_what_the_atlas_holds(atlas: Atlas, tract_files: dict[int, str], release: int) -> None:
    """Counts to two decimals, shares to six, missing as missing: nothing else is lost on the way."""
    table = pd.read_csv(io.StringIO(tract_files[release]), dtype={"geoid": str, "area_id": str, "area2_id": str}).set_index(
        "geoid"
    )
    for what in indicators.REGISTRY:
        held = atlas.table("tract", release, what.key).set_index("place_id").loc[table.index]
        for name in FIGURES[:-1]:
            step = 0.5e-6 if name.startswith("share") else 0.005
            found = table[f"{what.key}_{name}"].to_numpy(dtype=float)
            assert (np.isnan(found) == held[name].isna().to_numpy()).all(), (what.key, name)
            assert np.nanmax(np.abs(found - held[name].to_numpy()), initial=0) <= step * 1.001, (what.key, name)
        assert table[f"{what.key}_flag"].fillna("").tolist() == held["flag"].map(flags.text).tolist()


def test_the_same_figures_give_the_same_bytes(atlas: Atlas, tract_files: dict[int, str]) -> None:
    """From two cities loaded apart."""
    again = atlases.load("chicago")
    assert exports.to_csv(exports.wide(again, 2021)) == tract_files[2021]
    for level in ("area", "side", "city"):
        assert exports.to_csv(exports.long(again, level, 2022, "poverty")) == exports.to_csv(
            exports.long(atlas, level, 2022, "poverty")
        )


def test_areas_have_a_wide_shape_of_their_own(atlas: Atlas) -> None:
    rows = parsed(exports.to_csv(exports.wide(atlas, 2020, level="area")))
    assert list(rows[0])[:4] == ["area_id", "area_name", "side", "release"]
    assert list(rows[0]) == exports.wide_columns("area")
    assert [row["area_id"] for row in rows] == [str(number) for number in range(1, 78)]
    assert rows[7]["area_name"] == "Near North Side"
    assert rows[0]["no_access_estimate"] == "3426", "as published: Rogers Park"
    (one,) = parsed(exports.to_csv(exports.wide(atlas, 2020, ["32"], "area")))
    assert one["area_name"] == "Loop"


@pytest.mark.parametrize("level", ["side", "city", "ward", ""])
def test_other_levels_have_no_wide_shape(atlas: Atlas, level: str) -> None:
    with pytest.raises(UsageError, match=r"no wide shape of level .*--shape long"):
        exports.wide(atlas, 2021, level=level)


def test_a_release_of_areas_has_no_tract_file(atlas: Atlas) -> None:
    with pytest.raises(UsageError, match="release 2020 is in hand for community areas only"):
        exports.wide(atlas, 2020)


def test_a_tract_file_of_unknown_areas_is_refused(atlas: Atlas) -> None:
    with pytest.raises(UsageError, match="no community area '99'"):
        exports.wide(atlas, 2021, ["42", "99"])


# --- an area from the file alone -------------------------------------------------------------------------------------------
# The companion's formula: sum area_weight x estimate over the rows whose area_id is the area, plus area2_weight x estimate
# over those whose area2_id is; margins: the root of the squares of weight x moe, of the zero rows only the widest.

AREAS = ["1", "22", "24", "25", "42", "43", "67", "76"]


def from_the_file(rows: list[dict[str, str]], areas: set[str], figure: str) -> tuple[float, float]:
    """Estimate and margin of the areas together, a row's weights added first. ``figure`` ends where _estimate begins."""
    total, variance, widest_zero = 0.0, 0.0, 0.0
    for row in rows:
        weight = sum(
            float(row[part])
            for part, place in (("area_weight", "area_id"), ("area2_weight", "area2_id"))
            if row[place] in areas
        )
        estimate = float(row[f"{figure}estimate"])
        margin = float(row[f"{figure}moe"] or "nan")
        total += weight * estimate
        if estimate:
            variance += (weight * margin) ** 2
        elif weight:
            widest_zero = max(widest_zero, (weight * margin) ** 2)
    return total, math.sqrt(variance + widest_zero)


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("key", ["no_access", "cellular_only", "unpaid_access", "no_computer", "computer_no_subscription"])
def test_an_area_can_be_reproduced_from_the_file_alone(
    atlas: Atlas, tract_rows: dict[int, list[dict[str, str]]], area: str, key: str
) -> None:
    """Count, universe, both margins and the share: for an area with a split tract as for any other."""
    rows = tract_rows[2021]
    row = atlas.table("area", 2021, key).set_index("place_id").loc[area]
    count, universe = from_the_file(rows, {area}, f"{key}_"), from_the_file(rows, {area}, f"{key}_universe_")
    assert count == pytest.approx((row["estimate"], row["moe"]), rel=1e-5)
    assert universe == pytest.approx((row["universe_estimate"], row["universe_moe"]), rel=1e-5)
    assert count[0] / universe[0] == pytest.approx(row["share"], rel=1e-5)


@pytest.mark.parametrize("area", AREAS)
def test_an_area_of_2022_can_be_reproduced_as_well(
    atlas: Atlas, tract_rows: dict[int, list[dict[str, str]]], area: str
) -> None:
    rows = tract_rows[2022]
    for key in ("no_subscription", "poverty", "no_vehicle"):
        row = atlas.table("area", 2022, key).set_index("place_id").loc[area]
        assert from_the_file(rows, {area}, f"{key}_") == pytest.approx((row["estimate"], row["moe"]), rel=1e-5)


@pytest.mark.parametrize("area", AREAS)
def test_a_count_of_several_lines_has_a_margin_within_two_percent(
    atlas: Atlas, tract_rows: dict[int, list[dict[str, str]]], area: str
) -> None:
    """The file has 012 + 013 in one cell, so its zero rule works inside each tract first: 3,439 for 3,435 in the city."""
    rows = tract_rows[2021]
    for key in ("no_subscription", "no_broadband"):
        row = atlas.table("area", 2021, key).set_index("place_id").loc[area]
        estimate, margin = from_the_file(rows, {area}, f"{key}_")
        assert estimate == pytest.approx(row["estimate"], rel=1e-5)
        assert margin == pytest.approx(row["moe"], rel=0.02)


def test_the_172k_comes_out_of_the_file_with_its_known_margin(tract_rows: dict[int, list[dict[str, str]]]) -> None:
    """171,879 +/- 3,439, the zero rule inside each tract first; of 1,112,450 households."""
    everywhere = {str(number) for number in range(1, 78)}
    rows = tract_rows[2021]
    estimate, margin = from_the_file(rows, everywhere, "no_subscription_")
    assert (estimate, margin) == (pytest.approx(171_879, abs=1), pytest.approx(3439, abs=1))
    assert from_the_file(rows, everywhere, "no_subscription_universe_")[0] == pytest.approx(1_112_450, abs=1)


def test_every_tract_has_its_class_of_reliability(tract_rows: dict[int, list[dict[str, str]]]) -> None:
    """Release 2021: up to 5 points of margin good, up to 10 care, beyond too uncertain; no share, nothing to judge."""
    for row in tract_rows[2021]:
        if row["no_subscription_share"] == "":
            assert row["no_subscription_reliability"] == "missing"
            continue
        margin = float(row["no_subscription_share_moe"])
        expected = "good" if margin <= 0.05 else "care" if margin <= 0.10 else "too_uncertain"
        assert row["no_subscription_reliability"] == expected
    assert {row["no_subscription_reliability"] for row in tract_rows[2019]} <= {"no_margin", "missing"}


def test_modelled_margins_say_so_in_every_row_of_the_file(tract_rows: dict[int, list[dict[str, str]]]) -> None:
    for key in ("no_subscription", "no_broadband"):
        assert all("modelled" in row[f"{key}_flag"].split(";") for row in tract_rows[2024])
    assert not [name for row in tract_rows[2022] for name, cell in row.items() if name.endswith("_flag") and "modelled" in cell]


@pytest.mark.parametrize("area", AREAS)
def test_an_area_of_2024_can_be_reproduced_with_its_modelled_margin(
    atlas: Atlas, tract_rows: dict[int, list[dict[str, str]]], area: str
) -> None:
    for key in ("no_subscription", "no_broadband"):
        row = atlas.table("area", 2024, key).set_index("place_id").loc[area]
        assert from_the_file(tract_rows[2024], {area}, f"{key}_") == pytest.approx((row["estimate"], row["moe"]), rel=1e-5)


@pytest.mark.parametrize("release", [2018, 2019, 2023])
def test_counts_without_margins_add_up_all_the_same(
    atlas: Atlas, tract_rows: dict[int, list[dict[str, str]]], release: int
) -> None:
    rows = tract_rows[release]
    for area in AREAS:
        row = atlas.table("area", release, "no_broadband").set_index("place_id").loc[area]
        estimate, margin = from_the_file(rows, {area}, "no_broadband_")
        assert estimate == pytest.approx(row["estimate"], abs=0.1)
        assert math.isnan(margin)


@pytest.mark.parametrize("areas", [["42"], ["43"], ["42", "43"], ["22", "24"]])
def test_a_filtered_file_is_enough_for_the_areas_it_was_filtered_by(atlas: Atlas, areas: list[str]) -> None:
    """A split tract comes with both its areas, so nothing is lacking; two areas together add its weights first."""
    rows = parsed(exports.to_csv(exports.wide(atlas, 2021, areas)))
    assert 5 < len(rows) < 100
    assert {row["area_id"] for row in rows} | {row["area2_id"] for row in rows} >= set(areas)
    together = atlas.selection(areas, 2021, "no_access")
    found = from_the_file(rows, set(areas), "no_access_")
    assert found == pytest.approx((together["estimate"], together["moe"]), rel=1e-5)
    for area in areas:
        row = atlas.table("area", 2021, "no_access").set_index("place_id").loc[area]
        assert from_the_file(rows, {area}, "no_access_") == pytest.approx((row["estimate"], row["moe"]), rel=1e-5)


def test_a_filtered_file_has_the_rows_of_the_whole_file(atlas: Atlas, tract_files: dict[int, str]) -> None:
    """Filtering chooses lines; it changes none. A split tract's line keeps its other area."""
    whole = set(tract_files[2021].splitlines())
    filtered = exports.to_csv(exports.wide(atlas, 2021, ["42"])).splitlines()
    assert set(filtered) <= whole
    (shared,) = [line for line in filtered if line.startswith("17031843900")]
    row = dict(zip(filtered[0].split(","), next(csv.reader([shared])), strict=True))
    assert (row["area_name"], row["area2_name"]) == ("South Shore", "Woodlawn")


def test_figures_are_the_whole_tracts_also_at_the_citys_edge(tract_rows: dict[int, list[dict[str, str]]]) -> None:
    """17031770902: 9.1 % of its households are in the city, and its row counts all of them."""
    (row,) = [row for row in tract_rows[2021] if row["geoid"] == "17031770902"]
    assert float(row["city_weight"]) == pytest.approx(0.091, abs=5e-4)
    raw = Path(__file__).parents[1] / "data" / "cities" / "chicago" / "snapshots" / "acs5-2021.csv"
    (published,) = [tract for tract in parsed(raw.read_text()) if tract["geoid"] == "17031770902"]
    assert row["no_access_estimate"] == published["B28002_013E"]
    assert row["no_access_moe"] == published["B28002_013M"]
    assert "mostly_outside" in row["no_access_flag"]


# --- cells -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", list("=+-@\t\n"))
def test_no_text_runs_as_a_formula(start: str) -> None:
    """OWASP, CSV injection: a leading apostrophe makes a spreadsheet show the text instead of running it."""
    text = exports.to_csv(pd.DataFrame({"name": [f"{start}HYPERLINK(1)"]}))
    ((_header,), (cell,)) = csv.reader(io.StringIO(text, newline=""))
    assert cell == f"'{start}HYPERLINK(1)"


@pytest.mark.parametrize("name", ["\r=HYPERLINK(1)", "Loop\r=HYPERLINK(1)", "Loop\r\n=HYPERLINK(1)", "Loop\n=HYPERLINK(1)"])
def test_no_text_smuggles_in_a_row_of_its_own(name: str) -> None:
    """A carriage return that is not quoted would begin a new row, and the next cell would begin with the formula."""
    text = exports.to_csv(pd.DataFrame({"name": [name, "x"]}))
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) == 3
    assert not [row for row in rows if row[0].startswith("=")]


@pytest.mark.parametrize(
    "name", ["O'Hare", "Loop = centre", "1-2", "", 'The "Loop", Chicago', "línea\nnueva", "ñ — ∑ 🗺", "a,b;c"]
)
def test_an_honest_text_comes_back_as_it_was(name: str) -> None:
    text = exports.to_csv(pd.DataFrame({"name": [name, "x"], "flag": ["", "identity"]}))
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["name", "flag"], [name, ""], ["x", "identity"]]


def test_an_identifier_keeps_its_zeros() -> None:
    text = exports.to_csv(pd.DataFrame({"geoid": ["01031010100", "06037101110"], "area_id": ["08", "1"]}))
    assert text == "geoid,area_id\n01031010100,08\n06037101110,1\n"


@pytest.mark.parametrize(
    ("value", "count", "share"),
    [
        (0.0, "0", "0"),
        (100.0, "100", "100"),
        (1112450.2750100293, "1112450.28", "1112450.27501"),
        (0.1, "0.1", "0.1"),
        (0.0000004, "0", "0"),
        (0.15450458952176088, "0.15", "0.154505"),
        (1200.001, "1200", "1200.001"),
        (math.nan, "", ""),
        (9876543210.0, "9876543210", "9876543210"),
    ],
)
def test_numbers_are_written_without_ballast(value: float, count: str, share: str) -> None:
    """Two decimals of a count, six of a share or weight, no trailing zeros, no exponent; missing is empty."""
    header, row = exports.to_csv(pd.DataFrame({"estimate": [value], "x_share": [value], "area_weight": [value]})).splitlines()
    assert header == "estimate,x_share,area_weight"
    assert row == f"{count},{share},{share}"


def test_a_table_without_rows_is_its_header() -> None:
    assert exports.to_csv(pd.DataFrame({"a": [], "b": []})) == "a,b\n"


def test_a_count_for_a_terminal_has_its_margin_or_none() -> None:
    row = {"estimate": 171878.7, "moe": 3435.4}
    assert exports.count_text(pd.Series(row)) == "171,879 ± 3,435"
    assert exports.count_text(pd.Series(row | {"moe": math.nan})) == "171,879"
    assert exports.count_text(pd.Series({"estimate": math.nan, "moe": math.nan})) == "–"
