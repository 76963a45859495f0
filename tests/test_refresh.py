"""Raw files in, a city's folder out, all or nothing: tried on a city of four tracts and two areas made here.

The last test rebuilds Chicago from its raw files and compares every byte; without those files it says so.
"""

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rich.console
import shapely

from equity import cities, crosswalk, neighbours, publish, refresh, snapshots
from equity.errors import EquityError, SourceInvalid
from equity.sources import boundaries, local

REPOSITORY = Path(__file__).parents[1]
SOURCES = Path(os.environ.get("EQUITY_SOURCES") or REPOSITORY.parent / "shared" / "sources")

# --- a small city -------------------------------------------------------------------------------------------------
# Four tracts of 1 km by 1 km in a row from west to east; two areas of two tracts each. The third tract is shared by
# both areas, the fourth has 20 % of its households in the city and reaches into the lake.

TRACTS = ["17031000100", "17031000200", "17031000300", "17031000401"]
QUIET = rich.console.Console(quiet=True)

CITY = """
slug = "small"
name = "Small"
state_fips = "17"
state_name = "Illinois"
place_fips = "00001"
counties = [{ fips = "031", name = "Cook County" }]
area.one = { en = "a quarter", es = "un barrio" }
area.noun = { en = "quarter", es = "barrio" }
area.nouns = { en = "quarters", es = "barrios" }
map = { centre = [41.8, -87.7], zoom = 10, bounds = [[41.7, -87.8], [41.9, -87.6]], projection = "EPSG:26916" }
reliability = { good = 0.05, care = 0.10 }
baseline = { indicator = "no_subscription", release = 2021, printed = "1", plan = { en = "Plan" }, plan_date = "2023-01" }
contact = { report = { en = "open an issue in the repository" } }
calendar = { next_release = 2025, expected = "later" }

[[releases]]
release = 2018
level = "tract"
tract_vintage = 2010
survey_years = [2014, 2018]
wording = "mixed"
snapshot = "acs5-2018"

[[releases]]
release = 2021
level = "tract"
tract_vintage = 2020
survey_years = [2017, 2021]
wording = "clean"
snapshot = "acs5-2021"

[[sides]]
key = "all"
name = { en = "All", es = "Todo" }
members = [1, 2]

[[sources]]
snapshot = "acs5-2018"
file = "acs_2018.csv"
rows = 4
columns = ["DP02_0151 E PE"]
dataset = "profile"
margins = "none"
margins_note = "none"
publisher = "Census"
licence = "public"
citation = "Census 2018"

[[sources]]
snapshot = "acs5-2021"
file = "acs_2021.csv"
rows = 5
columns = ["B28002_001..004 E M", "B28002_012..013 E M"]
dataset = "B28002"
margins = "published"
margins_note = "as published"
publisher = "Census"
licence = "public"
citation = "Census 2021"
notes = ["a note"]

[crosswalk]
dataset = "shares"
publisher = "CMAP"
citation = "cmapgeo"
licence = "MIT"

[[crosswalk.files]]
vintage = 2010
file = "shares_2010.csv"
rows = 4
tracts = 4

[[crosswalk.files]]
vintage = 2020
file = "shares_2020.csv"
rows = 5
tracts = 4

[overlay]
file = "overlay.csv"
rows = 4
publisher = "derived"
citation = "overlay"
licence = "public"

[boundaries]
file = "boundaries.gpkg"
context = "context.gpkg"
lake = { layer = "water", column = "NAME", value = "LAKE" }
limit = "limit"

[[layers]]
name = "area"
layer = "quarters"
id = "number"
label = "title"
rows = 2
simplify = 10
publisher = "City"
licence = "terms"
citation = "City"

[[layers]]
name = "tract-2020"
layer = "tracts"
id = "geoid"
rows = 5
simplify = 10
publisher = "Census"
licence = "public"
citation = "TIGER"

[[layers]]
name = "tract-2010"
layer = "tracts"
id = "geoid"
rows = 5
simplify = 10
publisher = "Census"
licence = "public"
citation = "TIGER"

[[context]]
name = "water"
layer = "water"
around = 1000
smallest = 1000
simplify = 10
"""

ACS_2021 = """GEOID,NAME,B28002_001E,B28002_001M,B28002_002E,B28002_002M,B28002_003E,B28002_003M,\
B28002_004E,B28002_004M,B28002_012E,B28002_012M,B28002_013E,B28002_013M
17031000200,two,100,10,80,9,1,2,79,9,5,4,15,6
17031000100,one,200,20,150,19,0,12,150,19,20,8,30,9
17031000300,three,50,10,40,9,0,12,40,9,0,12,10,6
17031000401,four,40,-555555555,40,9,0,12,40,9,0,12,0,12
17031999900,elsewhere,40,10,40,9,0,12,40,9,0,12,0,12
"""
ACS_2018 = """GEOID,DP02_0151E,DP02_0151PE
17031000100,150,88.3
17031000200,80,90.0
17031000300,0,
17031000401,40,-888888888
"""
SHARES_2020 = """geoid_tract,cca_num,hh_pct
17031000100,1,1.0
17031000200,1,0.9999999999999999
17031000300,2,0.75
17031000300,1,0.25
17031000401,2,0.2
"""
SHARES_2010 = "geoid_tract,cca_num,hh_pct\n" + "".join(f"{t},{1 + i // 2},1.0\n" for i, t in enumerate(TRACTS))
OVERLAY = "geoid20,geoid10,share20,share10\n" + "".join(
    f"{t},{t},{share},1.0\n" for t, share in zip(TRACTS, ("1.0", "0.99", "0.98", "0.995"), strict=True)
)


def square(west: float, width: float = 1000.0, height: float = 1000.0) -> shapely.Polygon:
    return shapely.box(445_000 + west, 4_630_000, 445_000 + west + width, 4_630_000 + height)


def draw(path: Path, layer: str, columns: dict[str, list], outlines: list[shapely.Geometry]) -> None:
    gpd.GeoDataFrame(columns, geometry=outlines, crs="EPSG:26916").to_file(path, layer=layer, driver="GPKG")


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The raw files of the small city, whole. Nobody may change them."""
    folder = tmp_path_factory.mktemp("raw")
    tables = {"acs_2021": ACS_2021, "acs_2018": ACS_2018, "overlay": OVERLAY}
    for name, text in (tables | {"shares_2020": SHARES_2020, "shares_2010": SHARES_2010}).items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    path = folder / "boundaries.gpkg"
    tracts = [square(west) for west in (0, 1000, 2000, 3000, 9000)]
    draw(path, "tracts", {"geoid": [*TRACTS, "17031999900"]}, tracts)
    draw(path, "quarters", {"number": [2, 1], "title": ["East", "West"]}, [square(2000, 1300), square(0, 2000)])
    draw(path, "limit", {"n": [1]}, [square(0, 3300)])
    draw(folder / "context.gpkg", "water", {"NAME": ["LAKE", "POND"]}, [square(3200, 5000, 5000), square(100, 100, 100)])
    return folder


@pytest.fixture
def source(raw: Path, tmp_path: Path) -> Path:
    """A copy of the raw files, to be damaged."""
    return Path(shutil.copytree(raw, tmp_path / "raw"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of cities: the small one, with nothing but what is written by hand."""
    folder = tmp_path / "cities" / "small"
    folder.mkdir(parents=True)
    (folder / "city.toml").write_text(CITY, encoding="utf-8")
    (folder / "targets.csv").write_text("by hand\n", encoding="utf-8")
    return folder.parent


def content(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too: relative path -> bytes."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def build(source: Path, root: Path) -> Path:
    refresh.run("small", source, root, QUIET)
    return root / "small"


# --- what it writes -----------------------------------------------------------------------------------------------


def test_figures_stay_as_they_were_published(raw: Path, root: Path) -> None:
    folder = build(raw, root)
    text = (folder / "snapshots" / "acs5-2018.csv").read_text()
    assert text == ACS_2018.replace("GEOID", "geoid"), "one decimal, the empty cell and the code, untouched"
    new = snapshots.read(folder / "snapshots", "acs5-2021")
    assert new.table["geoid"].tolist() == TRACTS, "sorted, and only the crosswalk's tracts"
    assert "NAME" not in new.table
    assert new.table["B28002_001M"].tolist() == [20, 10, 10, -555555555]
    assert new.meta["labels"]["B28002_013M"] == "Margin of Error!!Total:!!No Internet access"
    assert new.meta["notes"] == ["a note"]
    assert new.meta["absent"] == []


def test_a_tract_the_source_lacks_is_listed_not_invented(source: Path, root: Path) -> None:
    path = source / "acs_2021.csv"
    path.write_text(path.read_text().replace("17031000401,four", "17031999800,another"))
    folder = build(source, root)
    new = snapshots.read(folder / "snapshots", "acs5-2021")
    assert new.meta["absent"] == ["17031000401"]
    assert new.table["geoid"].tolist() == TRACTS[:3]


def test_weights_and_what_follows_from_them(raw: Path, root: Path) -> None:
    """Weights of the third tract: 0.25 + 0.75 = 1; of the fourth: 0.2, less than half, so it is cut."""
    folder = build(raw, root)
    weights = snapshots.read(folder, "crosswalk-2020").table
    assert weights[["geoid", "area_id"]].values.tolist()[2:4] == [[TRACTS[2], "1"], [TRACTS[2], "2"]]
    tracts = snapshots.read(folder, "tracts-2020").table
    assert tracts["city_weight"].tolist() == [1.0, 1.0, 1.0, 0.2], "0.9999999999999999 is 1"
    assert tracts["display"].tolist() == ["whole", "whole", "whole", "cut"]
    assert tracts["name"].tolist()[3] == "Census Tract 4.01, Cook County"
    same = snapshots.read(folder, "same-outline").table
    assert same["geoid_2020"].tolist() == [TRACTS[0], TRACTS[1], TRACTS[3]], "0.98 is not the same place"


def test_neighbours_come_from_the_full_outlines(raw: Path, root: Path) -> None:
    folder = build(raw, root)
    pairs = snapshots.read(folder, "neighbours-tract-2020").table.values.tolist()
    a, b, c, d = TRACTS
    assert pairs == [[a, b], [b, a], [b, c], [c, b], [c, d], [d, c]]
    assert snapshots.read(folder, "neighbours-area").table.values.tolist() == [["1", "2"], ["2", "1"]]


def test_outlines_are_cut_at_the_shore_and_at_the_city_limit(raw: Path, root: Path) -> None:
    """The fourth tract begins 3,000 m east; the lake 3,200 m, the city ends at 3,300 m: 200 m of 1,000 m are drawn."""
    folder = build(raw, root)
    drawn = json.loads((folder / "outlines" / "tract-2020.json").read_text())
    assert [f["properties"]["id"] for f in drawn["features"]] == TRACTS
    shapes = gpd.GeoSeries([shapely.geometry.shape(f["geometry"]) for f in drawn["features"]], crs="EPSG:4326")
    assert shapes.to_crs("EPSG:26916").area.tolist() == pytest.approx([1e6, 1e6, 1e6, 2e5], rel=0.01)
    assert shapely.coverage_is_valid(shapes.to_numpy())
    assert [f["properties"]["r"] for f in drawn["features"]] == pytest.approx([500, 500, 500, 100], abs=2)
    assert drawn["citation"] == "TIGER"
    city = json.loads((folder / "outlines" / "city.json").read_text())["features"]
    assert [f["properties"]["id"] for f in city] == ["small"]


def test_everything_written_is_sealed_and_the_rest_is_kept(raw: Path, root: Path) -> None:
    folder = build(raw, root)
    assert snapshots.verify(folder) == []
    by_hand = {"city.toml", "targets.csv", "manifest.json"}
    assert set(content(folder)) - set(snapshots.manifest(folder)) == by_hand
    assert (folder / "targets.csv").read_text() == "by hand\n"


def test_twice_gives_the_same_bytes(raw: Path, root: Path) -> None:
    once = content(build(raw, root))
    assert content(build(raw, root)) == once
    assert content(root / ".small.last" / "small") == once, "and the set before is kept, whole"


def test_what_an_earlier_refresh_wrote_and_this_one_does_not_is_gone(raw: Path, root: Path) -> None:
    folder = build(raw, root)
    (folder / "old.csv").write_text("x")
    snapshots.write_manifest(folder, [folder / name for name in snapshots.manifest(folder)] + [folder / "old.csv"])
    assert "old.csv" not in content(build(raw, root))


def test_a_bar_is_shown_for_every_step(raw: Path, root: Path) -> None:
    console = rich.console.Console(record=True, width=100, force_terminal=True, file=open(os.devnull, "w"))  # noqa: SIM115
    refresh.run("small", raw, root, console)
    said = console.export_text()
    steps = ("crosswalks", "ACS releases", "boundaries", "neighbours", "outlines", "context", "check, and put in place")
    assert all(step in said for step in steps)


# --- what it refuses ----------------------------------------------------------------------------------------------

Damage = Callable[[Path], None]


def edit(name: str, before: str, after: str) -> Damage:
    def damage(folder: Path) -> None:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert before in text
        path.write_text(text.replace(before, after, 1), encoding="utf-8")

    return damage


def cut_off(name: str, count: int) -> Damage:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:-count]) and None


def remove(name: str) -> Damage:
    return lambda folder: (folder / name).unlink()


def drop_column(folder: Path) -> None:
    table = pd.read_csv(folder / "acs_2021.csv", dtype=str)
    table.drop(columns="B28002_012M").to_csv(folder / "acs_2021.csv", index=False)


def drop_layer(folder: Path) -> None:
    (folder / "boundaries.gpkg").unlink()
    draw(folder / "boundaries.gpkg", "tracts", {"geoid": TRACTS}, [square(i * 1000) for i in range(4)])


def rename_tract(folder: Path) -> None:
    outlines = [square(i * 1000) for i in range(5)]
    draw(folder / "boundaries.gpkg", "tracts", {"geoid": [*TRACTS[:3], "17031000402", "17031999900"]}, outlines)


DAMAGES = {
    "a file is missing": (remove("acs_2021.csv"), "acs_2021.csv is missing"),
    "the boundaries are missing": (remove("boundaries.gpkg"), "boundaries.gpkg is missing"),
    "the last row is cut inside a figure": (cut_off("acs_2021.csv", 2), "the file is cut short"),
    "the last row is missing": (
        edit("acs_2021.csv", "17031999900,elsewhere,40,10,40,9,0,12,40,9,0,12,0,12\n", ""),
        "4 rows where 5 are expected",
    ),
    "a quote is never closed": (edit("acs_2021.csv", "two", '"two'), "cannot be read as CSV"),
    "a column is missing": (drop_column, "lacks the column B28002_012M"),
    "a column is new": (edit("acs_2021.csv", "NAME", "TITLE"), "a column that is not expected: TITLE"),
    "001 is not 002 + 012 + 013": (edit("acs_2021.csv", "two,100", "two,101"), r"B28002_001 is not .* in 17031000200"),
    "002 is not 003 + 004": (
        edit("acs_2021.csv", "9,1,2,79", "9,1,2,78"),
        "B28002_002 is not B28002_003 \\+ B28002_004",
    ),
    "a margin is negative": (edit("acs_2021.csv", "two,100,10", "two,100,-10"), "B28002_001M of 17031000200 is -10"),
    "a code nobody knows": (edit("acs_2021.csv", "-555555555", "-555555556"), "no known code"),
    "a figure is no number": (edit("acs_2021.csv", "two,100", "two,1OO"), "is '1OO', not a number"),
    "a percent is above 100": (edit("acs_2018.csv", "88.3", "883"), "DP02_0151PE is above 100 %"),
    "a tract is there twice": (edit("acs_2021.csv", "17031000100", "17031000200"), "17031000200 is there twice"),
    "a GEOID lost its zero": (edit("acs_2021.csv", "17031000100", "1703100010"), "not a tract GEOID of 11 digits"),
    "a row has too many fields": (edit("acs_2021.csv", "15,6\n", "15,6,7\n"), "line 2 has not as many fields"),
    "a row has too few fields": (edit("acs_2021.csv", ",15,6\n", ",15\n"), "line 2 has not as many fields"),
    "a file is empty": (lambda f: (f / "acs_2018.csv").write_text("\n") and None, "0 rows where 4"),
    "a file is not text": (lambda f: (f / "acs_2018.csv").write_bytes(b"\xff\xfe\x00\n") and None, "cannot be read"),
    "weights above 1": (edit("shares_2020.csv", "2,0.75", "2,0.85"), "weights sum to more than 1"),
    "a weight is negative": (edit("shares_2020.csv", "2,0.75", "2,-0.75"), "not between 0 and 1"),
    "a weight is missing": (edit("shares_2020.csv", "2,0.75", "2,"), "not between 0 and 1"),
    "an area nobody knows": (edit("shares_2020.csv", "300,2", "300,3"), "an area is named that city.toml does not"),
    "a share is given twice": (edit("shares_2020.csv", "300,1", "300,2"), "there twice"),
    "an area without tracts": (
        edit("shares_2010.csv", "300,2,1.0\n17031000401,2", "300,1,1.0\n17031000401,1"),
        "no tract has households in area 2",
    ),
    "the overlay has a share of 2": (edit("overlay.csv", "0.98", "1.98"), "share20 is not between 0 and 1"),
    "the boundaries are no GeoPackage": (
        lambda f: (f / "boundaries.gpkg").write_bytes(b"no database") and None,
        "boundaries.gpkg: layer 'quarters' cannot be read",
    ),
    "the boundaries are cut short": (cut_off("boundaries.gpkg", 60_000), "boundaries.gpkg: layer"),
    "a layer is missing": (drop_layer, "layer 'quarters' cannot be read"),
    "a tract has no outline": (rename_tract, "has no outline of tract 17031000401"),
    "the lake has another name": (
        lambda f: draw(f / "context.gpkg", "water", {"NAME": ["SEA"]}, [square(3200)]),
        "has no NAME = 'LAKE'",
    ),
}


@pytest.mark.parametrize("case", DAMAGES)
@pytest.mark.parametrize("before", ["first refresh", "later refresh"])
def test_a_damaged_input_is_one_sentence_and_leaves_data_as_it_was(
    case: str, before: str, raw: Path, source: Path, root: Path
) -> None:
    if before == "later refresh":
        build(raw, root)
    as_it_was = content(root)
    damage, complaint = DAMAGES[case]
    damage(source)
    with pytest.raises(SourceInvalid, match=complaint) as caught:
        build(source, root)
    assert "\n" not in str(caught.value)
    assert content(root) == as_it_was
    assert [path.name for path in root.iterdir()] == ["small"], "no staging folder and no lock is left behind"


def test_a_line_without_a_meaning_in_that_release_is_refused(raw: Path, source: Path, root: Path) -> None:
    """DP02_0151 is "with a computer" in 2018; line 0163 is something else altogether, and would load as well."""
    edit("acs_2018.csv", "DP02_0151E,DP02_0151PE", "DP02_0163E,DP02_0163PE")(source)
    path = root / "small" / "city.toml"
    path.write_text(path.read_text().replace("DP02_0151", "DP02_0163"))
    with pytest.raises(SourceInvalid, match=r"acs_2018\.csv: no label is known for DP02_0163E in release 2018"):
        build(source, root)


def test_a_source_folder_that_is_not_there(root: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceInvalid, match=r"no source folder at .*nowhere; give the folder"):
        build(tmp_path / "nowhere", root)


@pytest.mark.parametrize("moment", ["write_manifest", "swap", "exchange", "second rename"])
def test_a_failure_at_the_last_moment_leaves_data_as_it_was(
    moment: str, raw: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = build(raw, root)
    as_it_was = content(folder)

    def full_disk(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    rename = Path.rename

    def second_rename_fails(self: Path, target: Path) -> Path:
        return full_disk() if self.parent.name.endswith(".new") else rename(self, target)

    if moment == "second rename":
        monkeypatch.setattr(publish, "exchange", lambda *_: False)
        monkeypatch.setattr(Path, "rename", second_rename_fails)
    else:
        monkeypatch.setattr(snapshots if moment == "write_manifest" else publish, moment, full_disk)
    with pytest.raises(EquityError, match=r"cannot be written .*no space left"):
        build(raw, root)
    assert content(folder) == as_it_was
    assert [path.name for path in root.iterdir()] == ["small"]


@pytest.mark.parametrize("in_one_step", [True, False])
def test_the_two_sets_change_places(in_one_step: bool, raw: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At no moment of an exchange is the folder missing; where the system has no exchange, the last set is there meanwhile."""
    if not in_one_step:
        monkeypatch.setattr(publish, "exchange", lambda *_: False)
    first = content(build(raw, root))
    (root / "small" / "targets.csv").write_text("another\n")
    build(raw, root)
    assert content(root / "small") == first | {"targets.csv": b"another\n"}
    assert snapshots.verify(root / ".small.last" / "small") == []
    assert sorted(path.name for path in root.iterdir()) == [".small.last", "small"]


def test_this_system_exchanges_two_folders_in_one_step(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    for folder in (a, b):
        folder.mkdir()
        (folder / folder.name).touch()
    if not publish.exchange(a, b):
        assert sys.platform not in ("linux", "darwin"), "this file system cannot: sets are then swapped in two steps"
        return
    assert ([path.name for path in a.iterdir()], [path.name for path in b.iterdir()]) == (["b"], ["a"])
    with pytest.raises(OSError, match="No such file"):
        publish.exchange(a, tmp_path / "nowhere")


def test_a_refresh_that_was_killed_between_two_renames_is_mended(raw: Path, root: Path) -> None:
    folder = build(raw, root)
    as_it_was = content(folder)
    (root / ".small.last").mkdir()
    folder.rename(root / ".small.last" / "small")
    (root / ".small.new" / "small").mkdir(parents=True)
    with publish.locked(folder), publish.staged(folder):
        pass
    assert content(folder) == as_it_was


def test_two_at_once_are_refused(raw: Path, root: Path) -> None:
    with (
        publish.locked(root / "small"),
        pytest.raises(EquityError, match="another refresh of small is running"),
    ):
        build(raw, root)
    build(raw, root)


# --- the parts ----------------------------------------------------------------------------------------------------


def test_columns_are_described_by_runs_of_lines() -> None:
    assert local.columns_of(("B28002_001..002 E M", "DP02_0151 E PE", "HH NOINT E M")) == [
        *("B28002_001E", "B28002_001M", "B28002_002E", "B28002_002M"),
        *("DP02_0151E", "DP02_0151PE"),
        *("E_HH", "M_HH", "E_NOINT", "M_NOINT"),
    ]


def test_a_corner_is_no_border_and_a_thread_of_a_gap_is() -> None:
    """Four squares around a point: each touches two, not the one across; a gap of half a metre is a way of drawing."""
    squares = [shapely.box(x, y, x + 100, y + 100) for x, y in ((0, 0), (100.5, 0), (0, 100), (100.5, 100))]
    pairs = neighbours.touching(["1", "2", "3", "10"], pd.Series(squares).to_numpy())
    assert pairs.values.tolist() == [
        *(["1", "2"], ["1", "3"], ["2", "1"], ["2", "10"]),
        *(["3", "1"], ["3", "10"], ["10", "2"], ["10", "3"]),
    ]


def test_simplifying_keeps_neighbours_edge_to_edge() -> None:
    """A wavy border of 200 points between two areas: far fewer points afterwards, and still no gap."""
    wave = [(1000 + 8 * (i % 2), 10 * i) for i in range(200)]
    left = shapely.Polygon([(0, 0), *wave, (0, 1990)])
    right = shapely.Polygon([(3000, 0), *wave, (3000, 1990)])
    moved = shapely.transform([left, right], lambda xy: np.add(xy, (445_000, 4_630_000)))
    _, lonlat = boundaries.gap_free(moved, 20, "EPSG:26916")
    assert shapely.coverage_is_valid(lonlat)
    assert shapely.get_num_coordinates(lonlat).sum() < 40


def test_names_of_tracts_follow_from_their_geoid() -> None:
    assert crosswalk.name("17031010100") == "Census Tract 101"
    assert crosswalk.name("17031010201") == "Census Tract 102.01"
    assert crosswalk.name("17031843900") == "Census Tract 8439"


# --- Chicago, from its raw files ----------------------------------------------------------------------------------


@pytest.mark.rebuild
@pytest.mark.skipif(
    not SOURCES.is_dir(),
    reason=f"the raw files are not at {SOURCES}, so data/ was not rebuilt; point EQUITY_SOURCES to them to do so",
)
def test_the_committed_data_is_what_refresh_writes(tmp_path: Path) -> None:
    (tmp_path / "chicago").mkdir()
    shutil.copy(cities.DATA / "chicago" / "city.toml", tmp_path / "chicago" / "city.toml")
    refresh.run("chicago", SOURCES, tmp_path, QUIET)
    new, committed = content(tmp_path / "chicago"), content(cities.DATA / "chicago")
    written = snapshots.manifest(cities.DATA / "chicago")
    assert set(new) - {"city.toml", "manifest.json"} == set(written)
    assert [name for name in new if new[name] != committed[name]] == []
