"""A frozen table comes back as it was, or not at all; and what is frozen in data/ is what it should be."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from equity import cities, lines, snapshots
from equity.errors import SnapshotDamaged, SnapshotMissing

CHICAGO = cities.DATA / "chicago"
TABLE = pd.DataFrame({"geoid": ["01031010100", "01031010201"], "B28002_012E": ["90", ""], "E_HH": ["-999", "7"]})


def outlines(name: str) -> list[dict]:
    return json.loads((CHICAGO / "outlines" / f"{name}.json").read_text(encoding="utf-8"))["features"]


def shapes(name: str) -> np.ndarray:
    return np.array([shapely.geometry.shape(f["geometry"]) for f in outlines(name)], dtype=object)


# --- writing and reading ------------------------------------------------------------------------------------------


def test_a_table_comes_back_with_text_identifiers_and_codes_untouched(tmp_path: Path) -> None:
    snapshots.write(tmp_path, "small", TABLE, {"dataset": "a test"})
    back = snapshots.read(tmp_path, "small")
    assert back.table["geoid"].tolist() == ["01031010100", "01031010201"], "the leading zero is kept"
    assert back.table["E_HH"].tolist() == [-999, 7]
    assert back.table["B28002_012E"].isna().tolist() == [False, True], "empty is missing, not 0"
    assert back.meta["rows"] == 2
    assert list(back.meta) == ["dataset", "rows", "sha256"]


def test_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        snapshots.write(tmp_path / folder, "small", TABLE, {"notes": ["é"], "dataset": "a test"})
    for name in ("small.csv", "small.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize("lost", ["small.csv", "small.json"])
def test_a_missing_half_is_refused_with_what_to_type(tmp_path: Path, lost: str) -> None:
    folder = tmp_path / "springfield" / "snapshots"
    snapshots.write(folder, "small", TABLE, {})
    (folder / lost).unlink()
    with pytest.raises(SnapshotMissing, match=r"write the set anew: python -m equity refresh springfield$"):
        snapshots.read(folder, "small")


def test_one_changed_digit_is_refused(tmp_path: Path) -> None:
    snapshots.write(tmp_path, "small", TABLE, {})
    path = tmp_path / "small.csv"
    path.write_bytes(path.read_bytes().replace(b"90", b"91"))
    with pytest.raises(SnapshotDamaged, match="its sha256 differs"):
        snapshots.read(tmp_path, "small")


def test_a_sidecar_with_another_number_of_rows_is_refused(tmp_path: Path) -> None:
    snapshots.write(tmp_path, "small", TABLE, {})
    path = tmp_path / "small.json"
    path.write_text(path.read_text().replace('"rows": 2', '"rows": 3'))
    with pytest.raises(SnapshotDamaged, match="has 2 rows where its sidecar says 3"):
        snapshots.read(tmp_path, "small")


@pytest.mark.parametrize("text", ["", "[]", '{"rows": 2}', "not json"])
def test_a_sidecar_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    snapshots.write(tmp_path, "small", TABLE, {})
    (tmp_path / "small.json").write_text(text)
    with pytest.raises(SnapshotDamaged, match="cannot be read as a sidecar"):
        snapshots.read(tmp_path, "small")


def test_the_manifest_names_every_damage(tmp_path: Path) -> None:
    snapshots.write(tmp_path, "small", TABLE, {})
    snapshots.write_manifest(tmp_path, [tmp_path / "small.csv", tmp_path / "small.json"])
    assert snapshots.verify(tmp_path) == []
    (tmp_path / "small.csv").write_text("x")
    (tmp_path / "small.json").unlink()
    problems = snapshots.verify(tmp_path)
    assert len(problems) == 2
    assert any("small.csv is not the file that was written" in p for p in problems)
    assert any("small.json is missing" in p for p in problems)


def test_without_a_manifest_nothing_is_vouched_for(tmp_path: Path) -> None:
    assert "has no figures yet; fetch them" in snapshots.verify(tmp_path)[0]
    (tmp_path / "areas.csv").write_text("area_id\n")
    assert "manifest.json is missing" in snapshots.verify(tmp_path)[0]


def test_reading_does_not_import_geopandas() -> None:
    code = "import sys; from equity import snapshots; print(bool({'geopandas', 'shapely'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


# --- labels -------------------------------------------------------------------------------------------------------


def test_a_label_belongs_to_a_line_in_a_release() -> None:
    """DP02 line 0153 is "with a computer" in 2023; in 2018 that was 0151, and 0153 did not exist in this block."""
    assert lines.label("B28002_012E", 2021) == "Estimate!!Total:!!Internet access without a subscription"
    assert lines.label("M_NOINT", 2022) == "Margin of Error!!Households without an internet subscription"
    assert lines.label("DP02_0151PE", 2018).endswith("!!With a computer")
    assert lines.label("DP02_0153PE", 2023).endswith("!!With a computer")
    assert lines.label("DP02_0154PE", 2023).endswith("!!With a broadband Internet subscription")
    for column, release in (("DP02_0153PE", 2018), ("B28002_014E", 2021), ("nonsense", 2021)):
        with pytest.raises(KeyError):
            lines.label(column, release)


# --- what is committed --------------------------------------------------------------------------------------------


def test_the_committed_files_are_those_that_were_written() -> None:
    assert snapshots.verify(CHICAGO) == []


def test_every_loaded_release_has_its_snapshot_with_provenance() -> None:
    city = cities.load("chicago")
    for release in city.loaded:
        snapshot = snapshots.read(CHICAGO / "snapshots", release.snapshot)
        meta = snapshot.meta
        assert (meta["release"], meta["survey_years"]) == (release.release, list(release.survey_years))
        assert (meta["level"], meta["tract_vintage"]) == (release.level, release.tract_vintage)
        assert list(meta["labels"]) == list(snapshot.table.columns[1:])
        assert all(meta[key] for key in ("publisher", "citation", "licence", "margins", "margins_note"))
        assert meta["absent"] == []


@pytest.mark.parametrize(("vintage", "tracts", "with_households", "split"), [(2020, 801, 795, 7), (2010, 797, 797, 8)])
def test_the_crosswalk_is_the_published_one(vintage: int, tracts: int, with_households: int, split: int) -> None:
    weights = snapshots.read(CHICAGO, f"crosswalk-{vintage}").table
    total = weights.groupby("geoid")["weight"].sum()
    counted = weights[weights["weight"] > 0].groupby("geoid").size()
    assert (len(total), len(counted), (counted > 1).sum()) == (tracts, with_households, split)
    assert total.max() <= 1 + 1e-9
    assert set(weights["area_id"]) == set(cities.load("chicago").area_ids)


def test_the_two_tracts_that_are_split_by_more_than_five_percent() -> None:
    weights = snapshots.read(CHICAGO, "crosswalk-2020").table.set_index(["geoid", "area_id"])["weight"]
    assert weights["17031831000"].round(3).to_dict() == {"22": 0.527, "24": 0.473}
    assert weights["17031843900"].round(3).to_dict() == {"42": 0.313, "43": 0.687}
    assert weights["17031770902"].sum() == pytest.approx(0.091, abs=5e-4)


def test_tracts_have_names_and_a_way_to_be_drawn() -> None:
    tracts = snapshots.read(CHICAGO, "tracts-2020").table.set_index("geoid")
    assert tracts.loc["17031010201", "name"] == "Census Tract 102.01, Cook County"
    assert tracts.loc["17043840801", "name"] == "Census Tract 8408.01, DuPage County"
    assert tracts["display"].value_counts().to_dict() == {"whole": 792, "no_households": 6, "cut": 3}
    assert tracts["city_weight"].max() == 1.0


def test_the_areas_are_written_as_the_city_writes_them() -> None:
    names = snapshots.read(CHICAGO, "areas").table.set_index("area_id")["name"]
    assert len(names) == 77
    assert (names["76"], names["59"], names["28"], names["32"]) == ("O'Hare", "McKinley Park", "Near West Side", "Loop")


@pytest.mark.parametrize(
    ("release", "line", "total"),
    [
        ("acs5-2021", "B28002_001E", 1_112_450),
        ("acs5-2021", "B28002_013E", 133_312),
        ("acs5-2021", "B28003_006E", 91_220),
        ("svi-2022", "E_HH", 1_129_784),
        ("svi-2022", "E_NOINT", 158_688),
        ("acs5-2024", "B28002_001E", 1_160_183),
        ("acs5-2019", "B28002_001E", 1_066_718),
    ],
)
def test_city_totals_within_one_household(release: str, line: str, total: int) -> None:
    snapshot = snapshots.read(CHICAGO / "snapshots", release)
    weights = snapshots.read(CHICAGO, f"crosswalk-{snapshot.meta['tract_vintage']}").table
    joined = weights.merge(snapshot.table, on="geoid", validate="many_to_one")
    assert (joined["weight"] * joined[line]).sum() == pytest.approx(total, abs=1)


def test_unchanged_outlines_are_the_771_of_787() -> None:
    snapshot = snapshots.read(CHICAGO, "same-outline")
    assert len(snapshot.table) == 771
    assert (snapshot.table["geoid_2020"] == snapshot.table["geoid_2010"]).all()
    assert snapshot.table[["share_2020", "share_2010"]].min().min() >= 0.99
    assert "787" in snapshot.meta["notes"][0]


@pytest.mark.parametrize("layer", ["area", "tract-2020", "tract-2010", "ward"])
def test_neighbours_go_both_ways_and_leave_nobody_out(layer: str) -> None:
    table = snapshots.read(CHICAGO, f"neighbours-{layer}").table
    pairs = set(zip(table["place_id"], table["neighbour_id"], strict=True))
    assert len(pairs) == len(table)
    assert all((b, a) in pairs and a != b for a, b in pairs)
    drawn = {f["properties"]["id"] for f in outlines(layer)}
    # 17031821402 (2010) is not drawn: nothing wider than a thread of it lies in the city
    assert set(table["place_id"]) == drawn | ({"17031821402"} if layer == "tract-2010" else set())


def test_neighbours_known_to_everyone() -> None:
    table = snapshots.read(CHICAGO, "neighbours-area").table
    of = table.groupby("place_id")["neighbour_id"].agg(set)
    assert of["32"] == {"8", "28", "33"}, "the Loop: Near North, Near West, Near South"
    assert of["9"] == {"10"}, "Edison Park touches Norwood Park only"
    assert "10" in of["76"], "O'Hare is joined to the city by Foster Avenue"


@pytest.mark.parametrize(
    ("layer", "features"), [("area", 77), ("tract-2020", 801), ("tract-2010", 796), ("ward", 50), ("city", 1)]
)
def test_outlines_are_edge_to_edge_in_five_decimals(layer: str, features: int) -> None:
    drawn = shapes(layer)
    assert len(drawn) == features
    assert shapely.is_valid(drawn).all()
    assert shapely.coverage_is_valid(drawn)
    coordinates = shapely.get_coordinates(drawn)
    assert (coordinates == np.round(coordinates, 5)).all()


@pytest.mark.parametrize("layer", ["area", "tract-2020", "tract-2010", "ward", "city"])
def test_names_fit_inside_their_outlines(layer: str) -> None:
    at = shapely.points([f["properties"]["at"] for f in outlines(layer)])
    assert shapely.contains_properly(shapes(layer), at).all()
    assert all(f["properties"]["r"] > 5 for f in outlines(layer))


def test_areas_and_tracts_end_at_the_same_shore() -> None:
    """The largest distance from the tracts' lake shore to the areas' stays below two pixels at street zoom (40 m)."""
    areas, tracts = (shapely.coverage_union_all(shapes(layer)) for layer in ("area", "tract-2020"))
    east = shapely.box(-87.66, 41.71, -87.5, 42.03)  # the lake front, without the edge tracts in the west
    differ = shapely.get_parts(shapely.intersection(shapely.symmetric_difference(areas, tracts), east))
    thick = shapely.buffer(differ, -0.00025)  # 0.00025 degrees of longitude are 20 m
    assert shapely.is_empty(thick).all()


def test_outlines_stay_light() -> None:
    def zipped(*names: str) -> int:
        return sum(len(gzip.compress((CHICAGO / "outlines" / f"{n}.json").read_bytes(), 9)) for n in names)

    assert zipped("tract-2020") < 80_000
    assert zipped("tract-2010") < 80_000
    assert zipped("area") < 30_000
    assert zipped("water", "parks", "expressways", "rail") < 40_000
