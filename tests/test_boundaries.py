"""Outlines from the Bureau (TIGER/Line), from a city's portal, and from files: what comes is whole, and is what was asked for.

What a network does to anybody is tried in test_web.py; here are the faults that only whoever reads outlines can see.
"""

import dataclasses
import functools
import json
import shutil
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rich.console
import shapely

from equity import __main__ as command_line
from equity import cities, refresh, snapshots
from equity.cities import City
from equity.errors import SourceInvalid, SourceUnavailable
from equity.sources import boundaries, whereabouts
from equity.sources import portal as portals
from equity.sources.addresses import Addresses
from equity.sources.layers import Online, RawFiles
from equity.sources.web import Patience, Web
from tests.bureau import api, portal, server, stage, summary, testville, tiger
from tests.bureau.portal import Portal
from tests.bureau.server import Bureau

QUIET = rich.console.Console(quiet=True)
AREAS = {"name": "area", "url": "{portal}/igwz-8jzy.geojson", "id": "area_numbe", "label": "community", "rows": 77}
TRACTS = {"name": "tract-2020", "url": "{tiger}/tracts.zip", "id": "GEOID", "land": "ALAND"}
ONE, TWO, ELSEWHERE = "17031000100", "17031000200", "17043000100"


@pytest.fixture
def web() -> Web:
    return Web(Patience(connect=2, read=5, whole=5, tries=2), sleep=lambda seconds: None)


@pytest.fixture
def city(tmp_path: Path) -> City:
    """Chicago, but for its second county and its folder, which is empty."""
    (tmp_path / "chicago").mkdir()
    chicago = cities.load("chicago", in_hand=False)
    return dataclasses.replace(chicago, folder=tmp_path / "chicago", counties=chicago.counties[:1])


@pytest.fixture
def online(bureau: Bureau, web: Web, city: City, tmp_path: Path) -> Online:
    addresses = Addresses(tiger=f"{bureau.url}{tiger.ROOT}", portal=f"{bureau.url}{portal.ROOT}")
    return Online(city, web, addresses, tmp_path / "cache")


@pytest.fixture
def open_data(bureau: Bureau) -> Portal:
    return portal.register(bureau)


def read(online: Online, told: dict[str, Any]) -> gpd.GeoDataFrame:
    """A layer as weights and drawing take it."""
    found = online.read(told)
    return boundaries.as_places(found.frame, found.where, found.told)


# --- the portal -----------------------------------------------------------------------------------------------------


def test_77_areas_numbered_1_to_77_come_from_the_portal(online: Online, open_data: Portal, city: City) -> None:
    areas = read(online, AREAS)
    assert tuple(areas["id"]) == city.area_ids, "text, sorted by number"
    assert areas["name"].tolist()[:2] == ["ROGERS PARK", "WEST RIDGE"]
    assert areas.crs == "EPSG:26916"
    assert areas.geometry.area.sum() == pytest.approx(6.0e8, rel=0.05), "some 231 square miles"


def test_limit_and_order_are_asked_for_and_rows_are_counted(online: Online, open_data: Portal, bureau: Bureau) -> None:
    read(online, AREAS)
    assert bureau.asked == [
        "/resource/igwz-8jzy.json?$select=count(*)",
        "/resource/igwz-8jzy.geojson?$limit=50000&$order=:id",
    ]


def many(count: int) -> list[dict]:
    """Points, one beside the other."""
    return [portal.feature({"type": "Point", "coordinates": [-87 - i / 1e4, 41]}, {"n": str(i)}) for i in range(count)]


def test_a_page_silently_cut_at_1000_rows_is_noticed(web: Web, bureau: Bureau, open_data: Portal) -> None:
    """A portal that gives 1,000 rows whatever it is asked for, and does not say so."""
    open_data.layers["park-park"] = many(1204)
    url = f"{bureau.url}{portal.ROOT}/park-park.geojson"
    assert len(json.loads(portals.features(web, url))["features"]) == 1204
    open_data.most = 1000
    with pytest.raises(SourceInvalid, match=r"park-park\.geojson gives 1,000 rows where it counts 1,204; try again"):
        portals.features(web, url)


def answered(body: object) -> Callable[[server.Request, server.Answer], server.Answer]:
    return lambda request, answer: server.Answer.json(body)


PORTAL_FAULTS = {
    "the layer is gone": (
        "geojson",
        "status 404",
        SourceInvalid,
        r"is not given out \(status 404\); correct `url` in city\.toml",
    ),
    "a web page": ("geojson", "html", SourceUnavailable, "sends JSON that breaks off, or none, 2 times in a row"),
    "half a body that looks whole": ("geojson", "half announced", SourceUnavailable, "breaks off"),
    "an error in JSON": ("geojson", answered({"error": True}), SourceInvalid, "gives no collection of outlines"),
    "no count": ("json?", answered([]), SourceInvalid, "does not say how many rows it has"),
    "a count that is none": ("json?", answered([{"count": "many"}]), SourceInvalid, "does not say how many rows it has"),
    "elsewhere": ("geojson", "redirect", SourceInvalid, r"is not given out \(status 302\)"),
    "too busy": ("json?", "status 503", SourceUnavailable, "try again later"),
}


@pytest.mark.parametrize("case", PORTAL_FAULTS)
def test_a_fault_of_the_portal_is_one_sentence(case: str, online: Online, open_data: Portal, bureau: Bureau) -> None:
    match, fault, error, said = PORTAL_FAULTS[case]
    bureau.fail(match, fault, None)
    with pytest.raises(error, match=said) as caught:
        online.read(AREAS)
    assert type(caught.value) is error
    assert "\n" not in str(caught.value)


def change(features: list[dict], how: str) -> list[dict]:
    """The community areas, otherwise than they are."""
    first, rest = features[0], features[1:]
    return {
        "one is missing": rest,
        "one is there twice": [first, *rest[:-1], rest[0]],
        "one has no number": [portal.feature(first["geometry"], {"community": "X"}), *rest],
        "one has no outline": [portal.feature(None, first["properties"]), *rest],
        "all have another column": [portal.feature(each["geometry"], {"number": "1"}) for each in features],
    }[how]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("one is missing", "has 76 features where 77 are expected"),
        ("one is there twice", "has two features with one area_numbe"),
        ("one has no number", "has a area_numbe that is not a number"),
        ("one has no outline", "is empty or has features without outline"),
        ("all have another column", "lacks the column area_numbe"),
    ],
)
def test_areas_that_are_not_the_77_are_refused(how: str, said: str, online: Online, open_data: Portal) -> None:
    open_data.layers[portal.AREAS] = change(open_data.layers[portal.AREAS], how)
    with pytest.raises(SourceInvalid, match=said):
        read(online, AREAS)


def test_outlines_that_cross_themselves_are_mended(online: Online, open_data: Portal) -> None:
    """A bow tie of two triangles: nobody here can have a portal's drawing corrected."""
    bow = {"type": "Polygon", "coordinates": [[[-87, 41], [-86.9, 41.1], [-86.9, 41], [-87, 41.1], [-87, 41]]]}
    open_data.layers["bow1-bow1"] = [portal.feature(bow, {"n": "1"})]
    found = read(online, {"name": "bow", "url": "{portal}/bow1-bow1.geojson", "id": "n"})
    assert found.geometry.is_valid.all()
    assert found.geometry.iloc[0].geom_type == "MultiPolygon"


# --- TIGER/Line -----------------------------------------------------------------------------------------------------


@pytest.fixture
def outlines(bureau: Bureau) -> tiger.Tiger:
    """A state's tracts: two of Cook County, of which one is all water, and one elsewhere."""
    held = tiger.register(bureau)
    shapes = {TWO: testville.square(1000), ONE: testville.square(0), ELSEWHERE: testville.square(2000)}
    held.held["tracts.zip"] = tiger.tracts(shapes, {ONE: 900_000, TWO: 0}, testville.METRES)
    return held


def test_tracts_come_with_their_land_and_those_of_the_citys_counties_alone(online: Online, outlines: tiger.Tiger) -> None:
    tracts = read(online, TRACTS)
    assert tracts[["id", "land"]].values.tolist() == [[ONE, 900_000], [TWO, 0]]
    assert tracts.geometry.area.tolist() == pytest.approx([1e6, 1e6], rel=1e-4)


def test_what_is_kept_is_not_fetched_again_unless_asked_for(online: Online, outlines: tiger.Tiger, bureau: Bureau) -> None:
    for _ in range(2):
        read(online, TRACTS)
        read(dataclasses.replace(online, _read={}), TRACTS)
    assert bureau.asked == ["/geo/tiger/tracts.zip"]
    read(dataclasses.replace(online, _read={}, again=True), TRACTS)
    assert len(bureau.asked) == 2


def test_two_cities_at_once_fetch_a_file_once(online: Online, outlines: tiger.Tiger, bureau: Bureau) -> None:
    """The first is held up in the middle of its answer until the second has begun to wait."""
    second, got = threading.Event(), []
    bureau.fail("tracts.zip", lambda request, answer: (second.wait(5), answer)[1])
    threads = [
        threading.Thread(target=lambda: got.append(len(read(dataclasses.replace(online, _read={}), TRACTS)))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    threading.Timer(0.3, second.set).start()
    for thread in threads:
        thread.join(20)
    assert got == [2, 2]
    assert bureau.asked == ["/geo/tiger/tracts.zip"]


def test_a_damaged_file_is_thrown_away_so_that_the_next_run_fetches_it(online: Online, outlines: tiger.Tiger) -> None:
    whole = outlines.held["tracts.zip"]
    at = whole.index(b"\xff\x00") if b"\xff\x00" in whole else 200
    outlines.held["tracts.zip"] = whole[:at] + bytes(byte ^ 0xFF for byte in whole[at : at + 20]) + whole[at + 20 :]
    with pytest.raises(SourceInvalid, match=r"tracts\.zip.*; run the same command again"):
        read(online, TRACTS)
    assert list(online.cache.rglob("*.zip")) == []
    outlines.held["tracts.zip"] = whole
    assert len(read(online, TRACTS)) == 2


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html>busy</html>", "is no zip file of outlines"),
        (b"", "is no zip file of outlines"),
    ],
)
def test_what_is_no_zip_file_is_refused(body: bytes, said: str, online: Online, outlines: tiger.Tiger) -> None:
    outlines.held["tracts.zip"] = body
    with pytest.raises(SourceInvalid, match=said):
        read(online, TRACTS)


def test_a_zip_file_without_outlines_is_refused(online: Online, outlines: tiger.Tiger, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as other:
        other.writestr("readme.txt", "nothing here")
    outlines.held["tracts.zip"] = (tmp_path / "other.zip").read_bytes()
    with pytest.raises(SourceInvalid, match=r"tracts\.zip cannot be read"):
        read(online, TRACTS)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (TRACTS | {"id": "GEOID20"}, r"lacks the column GEOID20; correct `id` in city\.toml"),
        (TRACTS | {"land": "ALAND20"}, "lacks the column ALAND20"),
        (TRACTS | {"url": "{tiger}/gone.zip"}, r"gone\.zip is not there \(status 404\)"),
        (TRACTS | {"keep": {"STATEFP": ["18"]}}, "has nothing of what city.toml wants to keep of it"),
        (TRACTS | {"keep": {"STATE": ["17"]}}, "lacks the column STATE; correct `keep`"),
        (TRACTS | {"url": "tracts.zip"}, r"'tracts\.zip' is no web address"),
    ],
)
def test_an_entry_that_does_not_fit_is_one_sentence(told: dict, said: str, online: Online, outlines: tiger.Tiger) -> None:
    with pytest.raises(SourceInvalid, match=said):
        read(online, told)


def test_every_county_has_to_be_there(online: Online, outlines: tiger.Tiger) -> None:
    outlines.held["tracts.zip"] = tiger.tracts({ELSEWHERE: testville.square(0)}, crs=testville.METRES)
    with pytest.raises(SourceInvalid, match=r"tracts\.zip has no tract of Cook County \(17031\); correct city\.toml"):
        read(online, TRACTS)


def test_some_rows_can_be_kept(online: Online, outlines: tiger.Tiger) -> None:
    assert read(online, TRACTS | {"keep": {"GEOID": [TWO]}})["id"].tolist() == [TWO]


# --- files, and the two worlds --------------------------------------------------------------------------------------


def test_a_file_beside_city_toml_is_the_same_wherever_figures_come_from(online: Online, city: City, tmp_path: Path) -> None:
    testville.areas(city.folder / "areas.geojson")
    told = {"name": "area", "file": "areas.geojson", "id": "nr", "label": "title", "rows": 2}
    for source in (online, RawFiles(city, tmp_path)):
        found = source.read(told)
        areas = boundaries.as_places(found.frame, found.where, found.told)
        assert areas[["id", "name"]].values.tolist() == [["1", "West"], ["2", "East"]]
        assert areas.geometry.area.tolist() == pytest.approx([2.5e6, 1.5e6], rel=1e-4)


def test_an_address_may_be_any_geojson_of_the_web(online: Online, bureau: Bureau, tmp_path: Path) -> None:
    bureau.route("/wards.geojson", server.file(testville.areas(tmp_path / "w.geojson").read_bytes()))
    told = {"name": "ward", "url": f"{bureau.url}/wards.geojson", "id": "nr"}
    assert read(online, told)["id"].tolist() == ["1", "2"]
    bureau.fail("wards", "status 403", None)
    with pytest.raises(SourceInvalid, match=r"wards\.geojson is not given out \(status 403\); correct `url`"):
        read(dataclasses.replace(online, _read={}), told)


def test_columns_may_have_other_names_in_the_network(online: Online, open_data: Portal) -> None:
    """What stands under `online` goes for the network alone; there, names that nobody wants to see can be left out."""
    told = {"name": "area", "layer": "community_area", "id": "cca_num", "label": "cca_name", "rows": 77}
    told |= {"online": {"url": AREAS["url"], "id": "area_numbe", "rows": 77}}
    areas = read(online, told)
    assert (len(areas), "name" in areas) == (77, False)


def test_a_layer_without_an_address_is_refused_and_context_without_one_is_left_alone(online: Online) -> None:
    told = {"name": "ward", "layer": "ward_2023", "id": "ward_num"}
    assert not online.has(told)
    assert online.has(told | {"online": {"url": "{portal}/p293-wvbd.geojson"}})
    with pytest.raises(SourceInvalid, match=r"city\.toml of chicago says no address of ward; give it a `url`"):
        online.read(told)


def test_how_much_of_a_place_lies_outside() -> None:
    """A square with a quarter of it beyond the other: 0.25; one that is covered: 0."""
    places = gpd.GeoDataFrame(geometry=[testville.square(250), testville.square(0, 100)], crs=testville.METRES)
    within = gpd.GeoDataFrame(geometry=[testville.square(0)], crs=testville.METRES)
    assert boundaries.outside(places, within).tolist() == [0.25, 0.0]


# --- whether outlines lie where they are known to lie ---------------------------------------------------------------


def squares(*east: float, width: float = 1000, names: bool = False, **columns: list) -> gpd.GeoDataFrame:
    """Outlines of a kilometre by a kilometre, numbered from 1."""
    told = {"id": [str(n + 1) for n in range(len(east))]} | ({"name": [f"N{n}" for n in east]} if names else {}) | columns
    return gpd.GeoDataFrame(told, geometry=[testville.square(e, width) for e in east], crs=testville.METRES)


@pytest.mark.parametrize(("moved", "passes"), [(0, True), (499, True), (501, False), (1000, False)])
def test_an_area_has_to_cover_half_of_what_it_was(moved: float, passes: bool, tmp_path: Path) -> None:
    """A kilometre wide: moved by 499 metres it covers 50.1 % of what it was, by 501 metres 49.9 %."""
    before, kept = squares(0, 3000), tmp_path / "area.json"
    now = squares(moved, 3000)
    if passes:
        whereabouts.as_before("here", now, before, kept)
    else:
        part = max(0, 1000 - moved) / 10
        with pytest.raises(
            SourceInvalid, match=rf"^here: area 1 covers {part:.0f}% of the area of that number in hand; .*--outlines"
        ):
            whereabouts.as_before("here", now, before, kept)


def test_areas_may_grow_and_new_ones_may_come(tmp_path: Path) -> None:
    whereabouts.as_before("here", squares(0, 3000, 6000, width=2900), squares(1000, 3500), tmp_path)


def test_an_area_that_is_new_contradicts_nothing() -> None:
    """Area 3 has the name that area 2 had, and area 2 another; that area 2 has the name of area 1 is a contradiction."""
    names = {"1": "West", "2": "East"}
    grown = squares(0, 1000, 2000, community=["West", "Middle", "East"])
    whereabouts.named_as_before("here", grown, grown["id"], names, Path("kept"), "community")
    moved = squares(0, 1000, 2000, community=["North", "West", "East"])
    with pytest.raises(SourceInvalid, match=r"^here: area 2 is called 'West' in the column community, and 'East' in hand"):
        whereabouts.named_as_before("here", moved, moved["id"], names, Path("kept"), "community")


@pytest.mark.parametrize(
    ("outline", "middle", "radius"),
    [
        (shapely.box(0, 0, 4000, 1000), (2000, 500), 500),
        (shapely.box(0, 0, 1000, 3000), (500, 1500), 500),
        (shapely.Polygon([(0, 0), (4000, 0), (4000, 1000), (1000, 1000), (1000, 4000), (0, 4000)]), (586, 586), 586),
    ],
)
def test_a_name_stands_in_the_middle_of_an_oblong_and_in_the_corner_of_an_l(
    outline: shapely.Polygon, middle: tuple[float, float], radius: float
) -> None:
    """In the L, 1,000 metres wide, the largest circle touches both outer sides and the inner corner at (1000, 1000):
    r = sqrt(2) x (1000 - r), so r = 1000 x sqrt(2) / (1 + sqrt(2)) = 586. Of an oblong it is half as wide as that."""
    east, north = 440_000, 4_630_000
    (told,) = boundaries.label_points(np.array([shapely.affinity.translate(outline, east, north)]), "EPSG:26916")
    point = gpd.GeoSeries(gpd.points_from_xy([told["at"][0]], [told["at"][1]]), crs="EPSG:4326").to_crs("EPSG:26916")[0]
    assert (point.x - east, point.y - north) == pytest.approx(middle, abs=5)
    assert told["r"] == pytest.approx(radius, abs=5)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (["O'HARE", "LOOP", "MCKINLEY PARK"], True),
        (["OHARE", "Loop", "Mc Kinley Park"], True),
        (["LOOP", "OHARE", "MCKINLEY PARK"], False),
        (["one", "two", "three"], True),
        (["LOOP", "two", "three"], True),
    ],
)
def test_names_are_compared_whatever_their_case_and_a_column_of_other_words_is_none(said: list[str], found: bool) -> None:
    names = {"1": "O'Hare", "2": "Loop", "3": "McKinley Park"}
    features = squares(0, 1000, 2000, community=said, count=[1, 2, 3])
    whereabouts.named_as_before("here", features, features["id"], names, Path("kept"), "count")  # no column of names
    if found:
        whereabouts.named_as_before("here", features, features["id"], names, Path("kept"))
    else:
        with pytest.raises(
            SourceInvalid, match=r"""^here: area 1 is called 'LOOP' in the column community, and "O'Hare" in hand; correct"""
        ):
            whereabouts.named_as_before("here", features, features["id"], names, Path("kept"))


@pytest.mark.parametrize(
    ("east", "passes"),
    [(0, True), (400, True), (600, False), (-800, True), (5000, False)],
    ids=["in its area", "40 % in the next", "60 % in the next", "80 % in a lake beside it", "nowhere"],
)
def test_a_tract_lies_in_the_area_of_its_households(east: float, passes: bool) -> None:
    """Two areas side by side, 0 to 1,000 and 1,000 to 2,000 metres; what lies in neither is no part."""
    weights = pd.DataFrame({"geoid": [ONE, TWO], "area_id": ["1", "1"], "weight": [0.9, 0.4]})
    tracts = squares(east, 5000, id=[ONE, TWO])
    if passes:
        whereabouts.tracts_in_areas("here", tracts, squares(0, 1000), weights)
    else:
        with pytest.raises(SourceInvalid, match=f"^here: tract {ONE} has its households in area 1 and is not drawn there"):
            whereabouts.tracts_in_areas("here", tracts, squares(0, 1000), weights)


@pytest.mark.parametrize(("strays", "passes"), [(1, True), (2, False)])
def test_one_block_in_a_thousand_may_lie_outside_its_tract(strays: int, passes: bool) -> None:
    """300 metres beyond it; 100 metres, as outlines of two years differ, are nothing."""
    at = [testville.degrees(-300 if n < strays else -100 if n < 500 else 500, 500) for n in range(1000)]
    table = pd.DataFrame(at, columns=["lon", "lat"]).assign(geoid=ONE, block=[f"{ONE}{n:04d}" for n in range(1000)])
    if passes:
        whereabouts.blocks_in_tracts("here", table, squares(0, id=[ONE]))
    else:
        with pytest.raises(
            SourceInvalid, match=f"^here: the points of 2 blocks of 1,000 do not lie .*{ONE}0000 in {ONE}; fetch"
        ):
            whereabouts.blocks_in_tracts("here", table, squares(0, id=[ONE]))


@pytest.mark.parametrize(
    ("land", "water", "passes"),
    [
        (1_000_000, 0, True),
        (0, 1_000_000, True),
        (300_000, 700_000, True),
        (400_000, 5_000_000, True),
        (1_100_000, 0, True),
        (10_000_000, 0, False),
        (100_000, 0, False),
        (0, 0, False),
        (0, None, False),
        (100_000, None, True),
    ],
)
def test_land_and_water_are_those_of_the_outline(land: float, water: float | None, passes: bool) -> None:
    """A square kilometre. An outline may leave water out; where no water is told, some land there has to be."""
    tract = squares(0, land=[land], **({} if water is None else {"water": [water]}))
    if passes:
        whereabouts.land_fits("here", tract)
    else:
        with pytest.raises(
            SourceInvalid, match=f"^here: tract 1 is drawn on 1,000,000 square metres and said to have {land:,.0f} of"
        ):
            whereabouts.land_fits("here", tract)


def test_land_that_is_no_number_is_refused() -> None:
    with pytest.raises(SourceInvalid, match=r"^tracts\.zip has a ALAND that is no number of square metres"):
        boundaries.as_places(squares(0, ALAND=["much"]), "tracts.zip", {"id": "id", "land": "ALAND"})


# --- Chicago, with its outlines from the network --------------------------------------------------------------------

LEGEND = {
    "blue": "BL",
    "brown": "BR",
    "green": "GR",
    "shared": "ML",
    "orange": "OR",
    "pink": "PK",
    "purple": "PR",
    "red": "RD",
    "yellow": "YL",
}


@pytest.fixture
def chicago(bureau: Bureau, open_data: Portal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A copy of Chicago, and the network at the addresses that its city.toml tells, fed with what is drawn in ``data/``."""
    folder = stage.copy(tmp_path / "cities")
    held = tiger.register(bureau).held
    for vintage, year in ((2020, 2023), (2010, 2019)):
        drawn = {key: shapely.geometry.shape(shape) for key, shape in portal.drawn(f"tract-{vintage}")}
        known = pd.read_csv(folder / f"tracts-{vintage}.csv", dtype=str)["geoid"]
        nowhere = shapely.box(-87.9, 42.1, -87.89, 42.11)  # of a tract elsewhere, and of one too small to be drawn in data/
        shapes = {"17043999900": nowhere} | {key: drawn.get(key, nowhere) for key in known}
        held[f"TIGER{year}/TRACT/tl_{year}_17_tract.zip"] = tiger.tracts(shapes, crs="EPSG:4326")
    open_data.layers["qqq8-j68g"] = [portal.feature(portal.drawn("city")[0][1], {"name": "CHICAGO"})]
    open_data.layers["ejsh-fztr"] = [portal.feature(shape, {"park": key}) for key, shape in portal.drawn("parks")]
    rail = [portal.feature(shape, {"legend": LEGEND[key]}) for key, shape in portal.drawn("rail")]
    open_data.layers["xbyr-jnvx"] = [*rail, portal.feature(rail[0]["geometry"], {"legend": "YL"})]
    water = gpd.GeoDataFrame({"FULLNAME": ["Lk Michigan"]}, geometry=[shapely.box(-87.4, 41.6, -87.3, 42)], crs=tiger.NAD83)
    held["TIGER2023/AREAWATER/tl_2023_17031_areawater.zip"] = tiger.packed(water, "water")
    summary.register(bureau)
    addresses = stage.addresses(bureau)
    addresses |= {"EQUITY_ADDRESS_TIGER": f"{bureau.url}{tiger.ROOT}", "EQUITY_ADDRESS_PORTAL": f"{bureau.url}{portal.ROOT}"}
    for name, value in addresses.items():
        monkeypatch.setenv(name, value)
    return folder


def again(folder: Path, web: Web, *, outlines: bool) -> None:
    city = cities.load("chicago", folder.parent)
    ways = {"web": web, "cache": folder.parent / "cache"}
    wish = refresh.Wish(
        acs=refresh.source(city, "summary", **ways), releases=(2021,), ground=refresh.ground(city, **ways), outlines=outlines
    )
    refresh.run("chicago", wish, folder.parent, QUIET)


def test_chicagos_outlines_can_be_fetched_anew(chicago: Path, web: Web, bureau: Bureau) -> None:
    """CMAP's weights, the areas' names and what no address gives stay as they are in hand; outlines and neighbours are new."""
    before = stage.content(chicago)
    again(chicago, web, outlines=True)
    after = stage.content(chicago)
    kept = [name for name in before if name.startswith(("crosswalk", "tracts-", "same-outline"))]
    kept += ["areas.csv", *(f"outlines/{name}.json" for name in ("water", "expressways"))]
    assert [name for name in kept if before[name] != after[name]] == []
    for name in ("area", "ward", "tract-2020", "tract-2010"):
        drawn = [
            {f["properties"]["id"] for f in json.loads(content[f"outlines/{name}.json"])["features"]}
            for content in (before, after)
        ]
        assert len(drawn[0] - drawn[1]) <= 1, f"{name}: but for a sliver at O'Hare, which does not survive two simplifications"
    pairs = [set(map(tuple, pd.read_csv(path, dtype=str).values.tolist())) for path in (
        cities.DATA / "chicago" / "neighbours-area.csv", chicago / "neighbours-area.csv")]  # fmt: skip
    assert len(pairs[0] ^ pairs[1]) <= 0.05 * len(pairs[0]), "from outlines drawn for the eye, nearly the same"
    assert snapshots.verify(chicago) == []
    assert [address for address in bureau.asked if "/resource/" in address and "limit" in address] == [
        "/resource/igwz-8jzy.geojson?$limit=50000&$order=:id",
        "/resource/p293-wvbd.geojson?$limit=50000&$order=:id",
        "/resource/qqq8-j68g.geojson?$limit=50000&$order=:id",
        "/resource/ejsh-fztr.geojson?$limit=50000&$order=:id",
        "/resource/xbyr-jnvx.geojson?$limit=50000&$order=:id",
    ]


def test_without_being_asked_chicago_keeps_its_outlines(chicago: Path, web: Web, bureau: Bureau) -> None:
    before = stage.content(chicago)
    again(chicago, web, outlines=False)
    after = stage.content(chicago)
    assert [name for name in before if name.startswith("outlines/") and before[name] != after[name]] == []
    assert not [address for address in bureau.asked if "tiger" in address or "/resource/" in address]


def shaped(features: list[dict], change: Callable[[np.ndarray], np.ndarray]) -> list[dict]:
    """The same features with other positions."""
    shapes = shapely.transform([shapely.geometry.shape(each["geometry"]) for each in features], change)
    return [portal.feature(shapely.geometry.mapping(shape), f["properties"]) for shape, f in zip(shapes, features, strict=True)]


def rotated(features: list[dict], *, names: bool) -> list[dict]:
    """Every area under the number of the next, with its name or without any."""
    numbers = [each["properties"]["area_numbe"] for each in features]
    told = [each["properties"] | {"area_numbe": n} for each, n in zip(features, numbers[1:] + numbers[:1], strict=True)]
    told = told if names else [{"area_numbe": each["area_numbe"]} for each in told]
    return [portal.feature(each["geometry"], properties) for each, properties in zip(features, told, strict=True)]


LIES = {
    "numbers moved down by a row": (
        lambda areas: rotated(areas, names=True),
        r"area 2 is called 'ROGERS PARK' in the column community, and 'West Ridge' in hand; correct the address or `id`",
    ),
    "numbers moved down, without names": (
        lambda areas: rotated(areas, names=False),
        r"area 1 covers 0% of the area of that number in hand; correct the address or `id` in city\.toml, or, if areas were",
    ),
    "latitude and longitude exchanged": (
        lambda areas: shaped(areas, lambda xy: xy[:, ::-1]),
        r"area 1 lies at longitude 42\.01 and latitude -87\.67, not within the `bounds` of \[map\] in city\.toml",
    ),
    "another place": (
        lambda areas: shaped(areas, lambda xy: xy + [1, 0]),
        r"area 1 lies at longitude -86\.67 and latitude 42\.01, not within the `bounds`",
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_areas_that_are_whole_and_wrong_are_refused(lie: str, chicago: Path, web: Web, open_data: Portal) -> None:
    """Nothing in the file tells; the map, the names and the outlines in hand do."""
    change, said = LIES[lie]
    open_data.layers[portal.AREAS] = change(open_data.layers[portal.AREAS])
    before = stage.content(chicago)
    with pytest.raises(SourceInvalid, match=said) as refused:
        again(chicago, web, outlines=True)
    assert "\n" not in str(refused.value)
    assert stage.content(chicago) == before


def test_tracts_that_are_not_where_their_households_are_are_refused(chicago: Path, web: Web, bureau: Bureau) -> None:
    """Every tract under the GEOID of the fifth behind it, held against CMAP's weights."""
    drawn = {key: shapely.geometry.shape(shape) for key, shape in portal.drawn("tract-2020")}
    keys = list(drawn)
    wrong = dict(zip(keys, [drawn[key] for key in keys[5:] + keys[:5]], strict=True)) | {"17043999900": drawn[keys[0]]}
    bureau.route("/geo/tiger/TIGER2023/TRACT/tl_2023_17_tract.zip", server.file(tiger.tracts(wrong, crs="EPSG:4326")))
    before = stage.content(chicago)
    with pytest.raises(SourceInvalid, match=r"tract \d{11} has its households in area \d+ and is not drawn there; correct the"):
        again(chicago, web, outlines=True)
    assert stage.content(chicago) == before


def test_a_portal_that_leaves_out_an_area_changes_nothing(chicago: Path, web: Web, open_data: Portal) -> None:
    open_data.layers[portal.AREAS].pop()
    before = stage.content(chicago.parent)
    with pytest.raises(SourceInvalid, match="has 76 features where 77 are expected"):
        again(chicago, web, outlines=True)
    shutil.rmtree(chicago.parent / "cache", ignore_errors=True)
    assert stage.content(chicago.parent) == before


def test_areas_numbered_otherwise_are_refused(chicago: Path, web: Web, open_data: Portal) -> None:
    """77 of them, but 78 in the place of 1."""
    next(f for f in open_data.layers[portal.AREAS] if f["properties"]["area_numbe"] == "1")["properties"]["area_numbe"] = "78"
    with pytest.raises(SourceInvalid, match=r"its areas are not those of \[\[sides\]\] in city\.toml"):
        again(chicago, web, outlines=True)


def test_a_portal_that_stops_at_a_thousand_rows_is_one_sentence_on_the_command_line(
    chicago: Path, web: Web, open_data: Portal, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    """1,200 parks, of which it gives 1,000 and says nothing: exit 3, ``data/`` as it was, and the key nowhere."""
    open_data.layers["ejsh-fztr"] *= 1200 // len(open_data.layers["ejsh-fztr"])
    open_data.most = 1000
    monkeypatch.setattr(cities, "DATA", chicago.parent)
    monkeypatch.setenv("CENSUS_API_KEY", api.KEY)
    ways = {"web": web, "cache": chicago.parent.parent / "cache"}
    for name in ("source", "ground"):
        monkeypatch.setattr(refresh, name, functools.partial(getattr(refresh, name), **ways))
    before = stage.content(chicago.parent)
    words = ["refresh", "chicago", "--source", "summary", "--release", "2021", "--outlines"]
    assert command_line.main(words) == 3
    said = capsys.readouterr()
    assert said.err.rstrip("\n").splitlines()[-1].startswith("equity: http://127.0.0.1")
    assert "/resource/ejsh-fztr.geojson gives 1,000 rows where it counts 1,200; try again, or correct `url`" in said.err
    assert stage.content(chicago.parent) == before
    assert api.KEY not in said.out + said.err
