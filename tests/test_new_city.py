"""A second city without Python: Testville, from a file of areas to its figures, against the fake Bureau, as a person types it.

What Testville is stands in tests/bureau/testville.py. By hand, of release 2024, households without a subscription (012 + 013):

    by households, where 60 of the third tract's 100 households are west of the border
        West   households 200 + 100 + 0.6 x 50 = 330, without 50 + 20 + 0.6 x 10 = 76; no margin, for one is suppressed
        East   households 0.4 x 50 + 40 = 60, without 0.4 x 10 + 8 = 12, share 12 / 60 = 0.2
               margin of 012: sqrt((0.4 x 12)^2 + 3^2) = sqrt(32.04), the zero of the third tract being the only one
               margin of 013: sqrt((0.4 x 6)^2 + 4^2) = sqrt(21.76);  of both: sqrt(53.80) = 7.33
               margin of the share: sqrt(53.80 - 0.2^2 x ((0.4 x 10)^2 + 10^2)) / 60 = sqrt(49.16) / 60 = 0.116857
    by land, where the border cuts the third tract in two halves
        West   households 325, without 50 + 20 + 5 = 75
        East   households 65, without 5 + 8 = 13
"""

import csv
import datetime
import functools
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from equity import __main__ as command_line
from equity import atlas, cities, newcity, refresh, snapshots, standby
from equity.cities import blank
from equity.connections import database, schema
from equity.sources.web import Patience, Web
from tests.bureau import api, stage, testville, tiger
from tests.bureau.server import Bureau
from tests.bureau.testville import Testville
from tests.commands import Command, Ran

REPOSITORY = Path(__file__).parents[1]
WALK = REPOSITORY / "docs" / "new-city.md"
DAY = datetime.date(2026, 11, 23)
PLAN = (
    'printed = "12K"\nplan_date = "2025-03"\nplan = { en = "Digital Plan", es = "Plan Digital" }'  # as the walk-through has it
)
NEWEST = ("--release", "2024")  # one release is as good as five where the figures are not what a test is about
TRACT_FILE = "TIGER2023/TRACT/tl_2023_17_tract.zip"


@dataclass
class World:
    """The fake Bureau, a folder of cities with none in it, and the file that a person has drawn."""

    bureau: Bureau
    sources: Testville
    root: Path
    areas: Path

    @property
    def folder(self) -> Path:
        return self.root / "testville"

    def table(self, name: str) -> list[dict[str, str]]:
        return list(csv.DictReader((self.folder / f"{name}.csv").open(encoding="utf-8")))

    def sidecar(self, name: str) -> dict:
        return json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))

    def edit(self, before: str, after: str) -> None:
        path = self.folder / "city.toml"
        text = path.read_text(encoding="utf-8")
        assert text.count(before) == 1
        path.write_text(text.replace(before, after), encoding="utf-8")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    root = tmp_path / "cities"
    with Bureau() as bureau:
        told = stage.addresses(bureau) | {"EQUITY_ADDRESS_TIGER": f"{bureau.url}{tiger.ROOT}"}
        for name, value in told.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("CENSUS_API_KEY", raising=False)
        monkeypatch.setattr(cities, "DATA", root)
        monkeypatch.setattr(command_line, "_today", lambda: DAY)
        yield World(bureau, testville.register(bureau), root, testville.areas(tmp_path / "quarters.geojson"))


@pytest.fixture
def run(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> Command:
    """The command line in this process, with little patience and a cache of its own; the key is nowhere afterwards."""
    web = Web(Patience(connect=5, read=20, whole=20, tries=2), sleep=lambda seconds: None)
    for name in ("source", "ground"):
        bound = functools.partial(getattr(refresh, name), web=web, cache=tmp_path / "cache")
        monkeypatch.setattr(refresh, name, bound)

    def run(*words: str) -> Ran:
        ran = Ran(command_line.main(list(words)), *capsys.readouterr())
        assert api.KEY not in ran.out + ran.err
        assert api.KEY.encode() not in b"".join(stage.content(tmp_path).values())
        return ran

    return run


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CENSUS_API_KEY", api.KEY)


def new(world: World, *more: str, **changed: str) -> list[str]:
    """The words of ``new-city``; ``changed`` replaces some."""
    told = {"name": "Testville", "state": "17", "place": "99999", "counties": "031 Test County"}
    told |= {"areas": str(world.areas), "id": "nr", "label": "title"} | changed
    return ["new-city", "testville", *(word for name, value in told.items() for word in (f"--{name}", value)), *more]


@pytest.fixture
def made(world: World, run: Command) -> World:
    """Testville's folder, and no figures yet."""
    assert run(*new(world)).code == 0
    return world


def by_name(run: Command, level: str, *more: str) -> dict[str, dict[str, str]]:
    """The figures of a level in release 2024, as ``export`` prints them."""
    words = ("--level", level, "--release", "2024", "--indicator", "no_subscription")
    return {row["place_name"]: row for row in run("export", "testville", *words, *more).rows}


# --- from nothing to figures ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["api", "summary"])
def test_from_a_file_of_areas_to_figures_by_households(source: str, made: World, run: Command, key: None) -> None:
    """See above for the sums."""
    assert run("refresh", "testville", "--source", source).code == 0
    one, two, three, four = made.sources.tracts
    assert made.table("crosswalk-2020") == [
        {"geoid": one, "area_id": "1", "weight": "1.0"},
        {"geoid": two, "area_id": "1", "weight": "1.0"},
        {"geoid": three, "area_id": "1", "weight": "0.6"},
        {"geoid": three, "area_id": "2", "weight": "0.4"},
        {"geoid": four, "area_id": "2", "weight": "1.0"},
    ]
    areas = by_name(run, "area")
    west, east = areas["West"], areas["East"]
    assert (west["universe_estimate"], west["estimate"], west["moe"], west["flag"]) == ("330", "76", "", "no_margin")
    assert (east["universe_estimate"], east["estimate"], east["share"]) == ("60", "12", "0.2")
    assert (east["moe"], east["share_moe"], east["flag"]) == ("7.33", "0.116857", "")


def test_from_a_file_of_areas_to_figures_without_any_key(made: World, run: Command) -> None:
    """No key, no blocks: land stands in for households, and the weights say so."""
    assert run("refresh", "testville").code == 0
    areas = by_name(run, "area")
    assert [(row["universe_estimate"], row["estimate"]) for row in areas.values()] == [("325", "75"), ("65", "13")]
    told = made.sidecar("crosswalk-2020")
    assert told["weights"] == "land"
    assert "given to the wrong area" in told["notes"][0]


def test_check_knows_the_city_and_every_file_of_it(made: World, run: Command, key: None) -> None:
    run("refresh", "testville", "--source", "api")
    ran = run("check", "testville")
    assert ran.code == 0
    count = len(snapshots.manifest(made.folder))
    assert f"Testville: households by release, all {count} files as written" in ran.out
    assert [line.split()[1] for line in ran.out.splitlines() if "by tract" in line] == ["2020", "2021", "2022", "2023", "2024"]


def test_a_suppressed_margin_and_a_zero_stay_what_they_are(made: World, run: Command, key: None) -> None:
    run("refresh", "testville", "--source", "summary", *NEWEST)
    rows = {row["geoid"]: row for row in made.table("snapshots/acs5-2024")}
    _, two, three, _ = made.sources.tracts
    assert rows[two]["B28002_013M"] == testville.SUPPRESSED
    assert (rows[three]["B28002_012E"], rows[three]["B28002_012M"]) == ("0", "12")
    assert sorted(rows) == made.sources.tracts, "the tract of the same county that is not in the city is left out"
    tracts = by_name(run, "tract")
    assert (tracts["Census Tract 2, Test County"]["moe"], tracts["Census Tract 2, Test County"]["estimate"]) == ("", "20")


def test_both_sources_give_the_same_set(made: World, run: Command, key: None) -> None:
    """But for where it comes from: addresses, citations, and the manifest over them."""
    run("refresh", "testville", "--source", "api", *NEWEST)
    first = stage.content(made.folder)
    run("refresh", "testville", "--source", "summary", *NEWEST)
    second = stage.content(made.folder)
    assert set(first) == set(second)
    assert {name for name in first if first[name] != second[name] and name.endswith(".csv")} == set()


def test_the_weights_say_how_much_of_an_area_rests_on_a_split_tract(made: World, run: Command, key: None) -> None:
    """In the Census of 2020: 60 of West's 190 + 110 + 60 households, 40 of East's 40 + 30."""
    run("refresh", "testville", "--source", "api", *NEWEST)
    told = made.sidecar("crosswalk-2020")
    assert told["weights"] == "households"
    assert told["split_part"] == {"1": round(60 / 360, 4), "2": round(40 / 70, 4)}
    assert told["source"].endswith("tl_2020_17031_tabblock20.zip")


WARDS = """
[[layers]]
name = "ward"
file = "wards.geojson"
id = "nr"
weights = true
simplify = 12
publisher = "Testville"
licence = "Not stated"
citation = "Testville: wards."
"""


@pytest.mark.parametrize("by", ["households", "land"])
def test_wards_may_have_weights_of_their_own(by: str, made: World, run: Command, key: None) -> None:
    """The wards meet 2,500 metres from the west, as the areas do, but are numbered from the east. Of the third tract 60 of 100
    households are west of there, and half of the land."""
    testville.areas(made.folder / "wards.geojson", nr=[2, 1])
    with (made.folder / "city.toml").open("a", encoding="utf-8") as told:
        told.write(WARDS)
    assert run("refresh", "testville", "--source", "api", *NEWEST, "--weights", by).code == 0
    one, two, three, four = made.sources.tracts
    east = "0.4" if by == "households" else "0.5"
    rows = [(row["geoid"], row["area_id"], row["weight"]) for row in made.table("crosswalk-2020-ward")]
    west = [(one, "2", "1.0"), (two, "2", "1.0"), (three, "2", str(round(1 - float(east), 1)))]
    assert [(g, a, f"{float(w):.1f}") for g, a, w in rows] == sorted([*west, (three, "1", east), (four, "1", "1.0")])
    told = made.sidecar("crosswalk-2020-ward")
    assert (told["weights"], told["dataset"]) == (by, f"Share of each tract's {by} in each ward")
    assert "crosswalk-2020-ward.csv" in snapshots.manifest(made.folder)


def test_what_serves_the_pages_opens_the_city(made: World, run: Command, key: None) -> None:
    """The baseline is the newest release in hand, as the one of city.toml (2020) is not; nothing about 2010 is missed."""
    run("refresh", "testville", "--source", "api", "--release", "2021", "--release", "2023")
    served = standby.newest_whole("testville", made.root)
    assert served.releases == (2023, 2021)
    assert (served.city.baseline["release"], served.city.baseline["lacking"]) == (2023, 2020)
    assert served.baseline["estimate"] == 88
    assert served.outline("tract-2020").exists()
    assert not (made.folder / "same-outline.csv").exists()


def test_the_map_has_areas_tracts_and_who_touches_whom(made: World, run: Command, key: None) -> None:
    run("refresh", "testville", "--source", "api", *NEWEST)
    one, two, three, four = made.sources.tracts
    pairs = [(row["place_id"], row["neighbour_id"]) for row in made.table("neighbours-tract-2020")]
    assert pairs == [(one, two), (two, one), (two, three), (three, two), (three, four), (four, three)]
    assert [row["name"] for row in made.table("areas")] == ["West", "East"]
    drawn = made.sidecar("outlines/tract-2020")["features"]
    shapes = gpd.GeoSeries([shapely.geometry.shape(each["geometry"]) for each in drawn], crs="EPSG:4326")
    assert shapes.to_crs(testville.METRES).area.tolist() == pytest.approx([1e6] * 4, rel=0.01)


# --- again ----------------------------------------------------------------------------------------------------------


def test_a_second_refresh_takes_weights_and_outlines_from_the_set_in_hand(made: World, run: Command, key: None) -> None:
    run("refresh", "testville", "--source", "api", *NEWEST)
    first, asked = stage.content(made.folder), len(made.bureau.asked)
    assert run("refresh", "testville", "--source", "api", *NEWEST).code == 0
    assert stage.content(made.folder) == first
    assert not [address for address in made.bureau.asked[asked:] if "tiger" in address or "dec/pl" in address]


def test_a_small_city_is_not_asked_for_single_years(made: World, run: Command, key: None) -> None:
    """They are published for more than 65,000 people; [acs] one_year says whether this is such a city."""
    run("refresh", "testville", "--source", "api", *NEWEST)
    assert not [address for address in made.bureau.asked if "acs1" in address]
    assert not list((made.folder / "snapshots").glob("acs1-*"))
    made.edit("one_year = false", "one_year = true")
    run("refresh", "testville", "--source", "api", *NEWEST)
    assert (made.folder / "snapshots" / "acs1-2024.csv").is_file()


def test_a_release_that_city_toml_no_longer_lists_is_no_longer_in_hand(made: World, run: Command, key: None) -> None:
    run("refresh", "testville", "--source", "api")
    text = (made.folder / "city.toml").read_text()
    entry = next(part for part in text.split("[[releases]]") if part.startswith("\nrelease = 2020\n")).split("\n# ---")[0]
    made.edit("[[releases]]" + entry, "")
    made.edit("[baseline]\nrelease = 2020\n", "[baseline]\nrelease = 2021\n")
    assert [known.release for known in cities.load("testville").loaded] == [2021, 2022, 2023, 2024]
    assert run("refresh", "testville", "--source", "api").code == 0
    assert run("check", "testville").code == 0


def test_a_damaged_set_that_can_be_made_anew_is_made_anew_when_asked(made: World, run: Command, key: None) -> None:
    run("refresh", "testville", "--source", "api")
    whole = stage.content(made.folder)
    (made.folder / "crosswalk-2020.csv").write_text("")
    ran = run("refresh", "testville", "--source", "api", *NEWEST)
    assert ran.code == 5
    assert ran.sentence.endswith(
        "; put that back as the repository has it, or make everything anew: --outlines, without --release"
    )
    assert run("refresh", "testville", "--source", "api", "--outlines").code == 0
    assert stage.content(made.folder) == whole


def test_a_new_border_is_taken_up_by_itself(made: World, run: Command, key: None) -> None:
    """The border moves 500 m west, to where the third tract begins: all of it is in the East now."""
    run("refresh", "testville", "--source", "api", *NEWEST)
    outlines = gpd.GeoSeries([testville.square(0, 2000), testville.square(2000, 2000)], crs=testville.METRES)
    said = json.loads((made.folder / newcity.AREAS).read_text())
    for feature, shape in zip(said["features"], outlines.to_crs("EPSG:4326"), strict=True):
        feature["geometry"] = shapely.geometry.mapping(shape)
    (made.folder / newcity.AREAS).write_text(json.dumps(said))
    assert run("refresh", "testville", "--source", "api", *NEWEST, "--accept-drift").code == 0
    assert by_name(run, "area")["East"]["estimate"] == "18"


def test_other_sides_in_city_toml_are_taken_up_by_themselves(made: World, run: Command, key: None) -> None:
    run("refresh", "testville", "--source", "api", *NEWEST)
    made.edit(
        "members = [1, 2]", 'members = [1]\n\n[[sides]]\nkey = "east"\nname = { en = "East", es = "Este" }\nmembers = [2]'
    )
    assert run("refresh", "testville", "--source", "api", *NEWEST).code == 0
    assert by_name(run, "side")["East"]["estimate"] == "12"


def test_a_key_that_is_none_stops_only_those_who_need_one(made: World, run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks need one; summary files, once there are weights, do not."""
    assert run("refresh", "testville", "--source", "summary", *NEWEST).code == 0
    monkeypatch.setenv("CENSUS_API_KEY", "no key")
    assert run("refresh", "testville", "--source", "summary", *NEWEST).code == 0
    assert run("refresh", "testville", "--source", "summary", *NEWEST, "--outlines").code == 8


def test_the_key_is_not_in_what_a_wish_shows(made: World) -> None:
    assert api.KEY not in repr(refresh.ground(cities.load("testville"), api.KEY))


def test_weights_by_households_are_never_lost_for_want_of_a_key(
    made: World, run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CENSUS_API_KEY", api.KEY)
    run("refresh", "testville", "--source", "summary", *NEWEST)
    monkeypatch.delenv("CENSUS_API_KEY")
    before = stage.content(made.folder)
    ran = run("refresh", "testville", "--source", "summary", *NEWEST, "--outlines")
    assert ran.code == 8
    assert re.fullmatch(
        r"weights by households come from the Census API, which needs a key, and none is given; .*--weights land", ran.sentence
    )
    assert stage.content(made.folder) == before
    assert run("refresh", "testville", "--source", "summary", *NEWEST, "--outlines", "--weights", "land").code == 0
    assert made.sidecar("crosswalk-2020")["weights"] == "land"


def test_land_can_be_chosen_and_households_can_be_insisted_on(made: World, run: Command, key: None) -> None:
    assert run("refresh", "testville", "--source", "api", *NEWEST, "--weights", "land").code == 0
    assert made.sidecar("crosswalk-2020")["weights"] == "land"
    assert run("refresh", "testville", "--source", "api", *NEWEST, "--weights", "households").code == 0
    assert made.sidecar("crosswalk-2020")["weights"] == "households"


def test_households_without_a_key_are_refused(made: World, run: Command) -> None:
    assert run("refresh", "testville", "--source", "summary", *NEWEST, "--weights", "households").code == 8
    assert [path.name for path in made.root.iterdir()] == ["testville"]
    assert sorted(path.name for path in made.folder.iterdir()) == [newcity.AREAS, "city.toml"]


def test_a_dry_run_says_what_it_would_fetch_and_asks_nothing(made: World, run: Command) -> None:
    ran = run("refresh", "testville", "--source", "summary", "--dry-run", *NEWEST)
    assert ran.out.splitlines()[0] == "outlines of areas and tracts of the 2020 Census, weights by land"
    assert made.bureau.asked == []


# --- what goes wrong ------------------------------------------------------------------------------------------------

BLOCK_FILE = "TIGER2020PL/STATE/17_ILLINOIS/17031/tl_2020_17031_tabblock20.zip"


def moved_down() -> list[tuple[str, float, float]]:
    """Every block with the point of the next: four of the six come to lie in another tract than theirs."""
    keys = list(testville.BLOCKS)
    at = [testville.degrees(testville.BLOCKS[key][0], 500) for key in keys[1:] + keys[:1]]
    return [(f"17031{key}", *point) for key, point in zip(keys, at, strict=True)]


OTHER_COUNTY = {"17043000100": testville.square(0)}
FAULTS: dict[str, tuple[Callable[[World], object], int, str]] = {
    "no outlines there": (lambda w: w.sources.tiger.held.pop(TRACT_FILE), 3, "tract.zip is not there (status 404)"),
    "the outlines' server is down": (lambda w: w.bureau.fail("tract.zip", "status 503", None), 7, "try again later"),
    "outlines of another county": (
        lambda w: w.sources.tiger.held.update({TRACT_FILE: tiger.tracts(OTHER_COUNTY, crs=testville.METRES)}),
        3,
        "has no tract of Test County (17031)",
    ),
    "an area reaches beyond the county": (
        lambda w: w.sources.tiger.held.update(
            {
                TRACT_FILE: tiger.tracts(
                    {t: testville.square(i * 1000) for i, t in enumerate(w.sources.tracts[:3])}, crs=testville.METRES
                )
            }
        ),
        3,
        "67% of area 2 lies outside the tracts of Test County; add the county it reaches into",
    ),
    "the Bureau lacks a tract": (
        lambda w: [w.sources.feed(r, w.sources.api.datasets[f"{r}/acs/acs5"].drop(index=1)) for r in testville.RELEASES],
        3,
        "is not the sum of its tracts",
    ),
    "blocks are not given": (lambda w: w.bureau.fail("dec/pl", "status 500", None), 7, "try again later"),
    "block points moved down by a row": (
        lambda w: w.sources.tiger.held.update({BLOCK_FILE: tiger.blocks(moved_down())}),
        3,
        "the points of 4 blocks of 6 do not lie in their tracts, such as that of 170310001001000 in 17031000100",
    ),
    "an area is in no side": (lambda w: w.edit("members = [1, 2]", "members = [1]"), 3, "are not those of [[sides]]"),
    "the areas are gone": (lambda w: (w.folder / newcity.AREAS).unlink(), 3, "areas.geojson is missing; put it there"),
    "an address is missing": (lambda w: w.edit("url = ", "link = "), 3, "says no address of tract-2020; give it a `url`"),
    "the column has another name": (lambda w: w.edit('id = "GEOID"', 'id = "GEOID10"'), 3, "lacks the column GEOID10"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_one_sentence_and_leaves_the_folder_as_it_was(case: str, made: World, run: Command, key: None) -> None:
    break_it, code, said = FAULTS[case]
    break_it(made)
    before = stage.content(made.root)
    ran = run("refresh", "testville", "--source", "api", *NEWEST)
    assert (ran.code, said in ran.sentence) == (code, True), ran.err
    assert stage.content(made.root) == before


def tracts_with(world: World, **sizes: dict[str, float]) -> None:
    """Testville's outlines with other square metres of ``land`` and ``water``."""
    outlines = {f"17031{t}": testville.square(east) for t, east in zip(testville.TRACTS, testville.EAST_OF, strict=True)}
    world.sources.tiger.held[TRACT_FILE] = tiger.tracts(outlines, crs=testville.METRES, **sizes)


@pytest.mark.parametrize("land", [0, 100_000, 10_000_000])
def test_land_that_does_not_fill_the_outline_is_refused(land: int, made: World, run: Command) -> None:
    """A tract without land would be left out of the city, with its 200 households."""
    tracts_with(made, land={"17031000100": land})
    before = stage.content(made.root)
    ran = run("refresh", "testville", "--source", "summary", *NEWEST)
    assert ran.code == 3
    assert f"square metres and said to have {land:,} of land and 0 of water; get it again: --refresh" in ran.sentence
    assert "tract 17031000100 is drawn on 1,000,000" in ran.sentence
    assert stage.content(made.root) == before


def test_a_tract_of_water_alone_is_left_out_and_told(made: World, run: Command) -> None:
    """Once its figures say that nobody lives there; one with households is no water, and would be lost to the city."""
    tracts_with(made, land={"17031999900": 0}, water={"17031999900": 1_000_000})
    ran = run("refresh", "testville", "--source", "summary", *NEWEST)
    assert ran.code == 3
    assert ran.sentence.endswith(
        "tract 17031999900 has households and is said to be water alone; make outlines anew: --outlines"
    )
    whole = testville.figures("17031", "1799999")
    tracts = whole[whole["geoid"].str.len() == 11].copy()
    tracts.loc[tracts["geoid"] == "17031999900", [name for name in tracts if name.endswith("E")]] = "0"
    sums = [api.total(tracts, "17031"), api.total(tracts[:4], "1799999")]
    made.sources.feed(2024, pd.concat([tracts, *sums], ignore_index=True))
    assert run("refresh", "testville", "--source", "summary", *NEWEST, "--refresh").code == 0
    assert made.sidecar("crosswalk-2020")["water_alone"] == ["17031999900"]


def test_areas_in_the_citys_own_folder_may_be_drawn_wholly_anew(made: World, run: Command) -> None:
    """West and East change their numbers: whoever put the file there meant it, so nothing in hand is held against it."""
    run("refresh", "testville", "--source", "summary", *NEWEST)
    testville.areas(made.folder / newcity.AREAS, nr=[2, 1])
    assert run("refresh", "testville", "--source", "summary", *NEWEST, "--outlines", "--accept-drift").code == 0
    assert [row["name"] for row in made.table("areas")] == ["East", "West"]
    testville.areas(made.folder / newcity.AREAS, nr=[2, 1], title=["Sunset", "Sunrise"])
    assert run("refresh", "testville", "--source", "summary", *NEWEST, "--accept-drift").code == 0
    assert [row["name"] for row in made.table("areas")] == ["Sunrise", "Sunset"], "the file is another, so it is read again"


def test_a_third_area_needs_its_row_and_its_side(made: World, run: Command, key: None) -> None:
    """West ends at 1,000 metres, where the second tract begins, and what was its east is a third area."""
    run("refresh", "testville", "--source", "api", *NEWEST)
    outlines = [testville.square(0, 1000), testville.square(2500, 1500), testville.square(1000, 1500)]
    testville.areas(made.folder / newcity.AREAS, nr=[1, 2, 3], title=["West", "East", "Middle"], outlines=outlines)
    ran = run("refresh", "testville", "--source", "api", *NEWEST, "--accept-drift")
    assert ran.sentence.endswith("has 3 features where `rows` says 2; correct `rows` and [[sides]] in city.toml")
    made.edit("rows = 2\n", "rows = 3\n")
    made.edit("members = [1, 2]", "members = [1, 2, 3]")
    assert run("refresh", "testville", "--source", "api", *NEWEST, "--accept-drift").code == 0
    assert [row["name"] for row in made.table("areas")] == ["West", "East", "Middle"]


LINES = 'columns = ["B28002_001..013 E M", "B28003_001..006 E M", "B28011_001..008 E M", "B19001_001..017 E M"]'
#: case -> what stands in city.toml, what a hand has put in its place, and what is said of it.
MISSPELT: dict[str, tuple[str, str, str]] = {
    "a line of one digit": (LINES, 'columns = ["B28002_1..13 E M"]', "[acs] columns holds 'B28002_1..13 E M'; write a line or"),
    "a line and no kind": (LINES, 'columns = ["B28002_001..013"]', "holds 'B28002_001..013'; write a line or a run of lines"),
    "a line with a percentage": (LINES, 'columns = ["B28002_001 PE"]', "holds 'B28002_001 PE'"),
    "a line with a margin alone": (LINES, 'columns = ["B28002_001 M"]', "holds 'B28002_001 M'"),
    "kinds and no line": (LINES, 'columns = ["E M"]', "holds 'E M'"),
    "a run that goes back": (LINES, 'columns = ["B28002_013..001 E M"]', "holds 'B28002_013..001 E M', which names no line"),
    "a line twice": (LINES, 'columns = ["B28002_001 E M", "B28002_001 E"]', "holds 'B28002_001 E', which names a line twice"),
    "a word for all lines": (LINES, 'columns = "B28002_001..013 E M"', "[acs] columns must be a list of texts"),
    "a number for a line": (LINES, "columns = [1]", "[acs] columns must be a list of texts"),
    "paths in a list": ("[acs]", '[acs]\nsummary_paths = ["x"]', "[acs] summary_paths must be a table of texts"),
    "a no that is a word": ("one_year = false", 'one_year = "false"', "[acs] one_year must be true or false, without quotes"),
    "a place of four digits": ('place_fips = "99999"', 'place_fips = "9999"', "place_fips must be five digits of text"),
    "a place that is a number": ('place_fips = "99999"', "place_fips = 99999", "place_fips must be five digits of text"),
    "a county twice": ("[[counties]]", '[[counties]]\nfips = "031"\nname = "A"\n[[counties]]', "a county is listed twice"),
    "an area that is a word": ("members = [1, 2]", 'members = ["1", "b"]', "'b' is among the members of side 'all'"),
    "areas in one word": ("members = [1, 2]", 'members = "12"', "has a value of the wrong kind (members = '12' is no list)"),
    "a day in quotes": ("from = 2027-01-07", 'from = "2027-01-07"', "[calendar] from and by must be two days in order"),
    "days the wrong way round": ("by = 2027-03-31", "by = 2026-03-31", "[calendar] from and by must be two days in order"),
    "no year": ("next_release", "nextrelease", "[calendar] must say the year of the next_release"),
    "corners the wrong way round": (
        "bounds = [[41.",
        "bounds = [[51.",
        "[map] bounds must be the south-western and the north-ea",
    ),
    "a layer without its column": ('id = "GEOID"', "", "[[layers]] tract-2020 must say its 'id' in words"),
    "a layer without a publisher": (
        'publisher = "US Census Bureau"',
        "",
        "[[layers]] tract-2020 must say its 'publisher' in words",
    ),
    "a detail without a size": ("simplify = 18", "", "[[layers]] tract-2020 must say in metres how far to simplify it"),
    "a detail in quotes": (
        "simplify = 18",
        'simplify = "18"',
        "[[layers]] tract-2020 must say in metres how far to simplify it",
    ),
    "a layer twice": (
        'name = "tract-2020"',
        'name = "area"',
        "[[layers]] must have a name each, and one of them the name area",
    ),
    "rows in words": ("rows = 2", 'rows = "two"', "[[layers]] area must say its rows as a number"),
    "an address that is a number": ("[acs]", "[addresses]\nsummary = 5\n[acs]", "[addresses] must hold addresses as text"),
    "blocks in a word": ("[acs]", '[households]\n2020 = "x"\n[acs]', "[households.<year>] must hold text"),
    "a plan of a month in words": (
        "[baseline]\n",
        '[baseline]\nprinted = "12K"\nplan = { en = "Plan" }\nplan_date = "March 2025"\n',
        "[baseline] plan_date holds 'March 2025'; write the year and the month: plan_date = \"2025-03\"",
    ),
    "a plan of a thirteenth month": ("[baseline]\n", '[baseline]\nplan_date = "2025-13"\n', "plan_date holds '2025-13'"),
    "a plan in no language": (
        "[baseline]\n",
        '[baseline]\nplan = "Plan"\n',
        "[baseline] must name the plan in English at least",
    ),
    "a count that is a number": ("[baseline]\n", "[baseline]\nprinted = 12\n", "[baseline] printed must be text, as the plan"),
    "nobody to write to": ("report = { en", "reports = { en", "[contact] must say in English at least how to report an error"),
    "a script for an address": (
        "\nreport = {",
        '\naddress = "javascript:alert(1)"\nreport = {',
        "[contact] address holds 'javascript:alert(1)'; begin it with https:// or mailto:",
    ),
    "nothing to count": ('indicator = "no_subscription"', "", "[baseline] must say an `indicator`"),
}


@pytest.mark.parametrize("case", MISSPELT)
def test_a_misspelt_city_toml_is_one_sentence_before_anything_is_asked(case: str, made: World, run: Command) -> None:
    made.edit(*MISSPELT[case][:2])
    before = stage.content(made.root)
    ran = run("refresh", "testville", "--source", "summary", *NEWEST)
    assert (ran.code, MISSPELT[case][2] in ran.sentence) == (6, True), ran.err
    assert str(made.folder / "city.toml") in ran.sentence
    assert (stage.content(made.root), made.bureau.asked) == (before, [])


@pytest.mark.parametrize(
    ("projection", "said"),
    [("EPSG:99999", "no projection is called"), ("EPSG:3435", "is not in metres"), ("EPSG:4326", "is not in")],
)
def test_a_projection_that_cannot_measure_is_refused(projection: str, said: str, made: World, run: Command) -> None:
    made.edit('projection = "EPSG:26916"', f'projection = "{projection}"')
    before = stage.content(made.root)
    ran = run("refresh", "testville", "--source", "summary", *NEWEST)
    assert (ran.code, said in ran.sentence, f"{projection}" in ran.sentence) == (6, True, True), ran.err
    assert stage.content(made.root) == before


def test_raw_files_are_not_asked_of_a_city_that_has_none(made: World, run: Command, tmp_path: Path) -> None:
    ran = run("refresh", "testville", "--from", str(tmp_path))
    assert (ran.code, ran.sentence) == (
        2,
        "city.toml of testville names no raw files ([[sources]]); fetch the figures: --source summary",
    )


# --- the folder -----------------------------------------------------------------------------------------------------


def test_the_folder_holds_what_was_said_and_the_file_as_it_was(made: World) -> None:
    said = tomllib.loads((made.folder / "city.toml").read_text(encoding="utf-8"))
    codes = [said[name] for name in ("slug", "name", "state_fips", "state_name", "place_fips")]
    assert codes == ["testville", "Testville", "17", "Illinois", "99999"]
    assert said["counties"] == [{"fips": "031", "name": "Test County"}]
    assert said["map"]["projection"] == "EPSG:26916"
    assert (made.folder / newcity.AREAS).read_bytes() == made.areas.read_bytes()
    assert [path.name for path in made.root.iterdir()] == ["testville"]
    city = cities.load("testville", made.root)
    assert (city.area_ids, [side.names["en"] for side in city.sides]) == (("1", "2"), ["All of Testville"])
    assert city.loaded == ()


def test_a_whole_city_fits_the_map(made: World) -> None:
    """4 km from west to east, 0.048 degrees: at step 13 a degree is 256 x 2^13 / 360 = 5,825 pixels, so 281 of them."""
    told = tomllib.loads((made.folder / "city.toml").read_text(encoding="utf-8"))["map"]
    assert told["zoom"] == 13
    (south, west), (north, east) = told["bounds"]
    assert (west < told["centre"][1] < east, south < told["centre"][0] < north) == (True, True)


def test_sides_come_from_a_column(world: World, run: Command) -> None:
    assert run(*new(world, "--sides", "bank")).code == 0
    sides = cities.load("testville", world.root).sides
    assert [(side.key, side.names["es"], side.members) for side in sides] == [
        ("left_bank", "Left bank", ("1",)),
        ("right_bank", "Right bank", ("2",)),
    ]


def test_counties_may_be_named(world: World, run: Command) -> None:
    assert run(*new(world, counties="031, 043 DuPage County")).code == 0
    counties = cities.load("testville", world.root).counties
    assert [(county.fips, county.name) for county in counties] == [("031", "County 031"), ("043", "DuPage County")]


def test_connecticut_begins_with_its_planning_regions(world: World, run: Command) -> None:
    """Its outlines of 2023 are filed under regions; releases up to 2021 name counties, which no outline would fit."""
    assert run(*new(world, state="09", counties="110 Capitol Planning Region")).code == 0
    assert [release.release for release in cities.load("testville", world.root).releases] == [2022, 2023, 2024]


def test_any_name_can_be_written_down(world: World, run: Command) -> None:
    name = 'Cañon "City" \\ $slug {x}'
    assert run(*new(world, name=name, publisher="D'Iberville # 1")).code == 0
    city = cities.load("testville", world.root)
    assert (city.name, city.layers[0]["publisher"]) == (name, "D'Iberville # 1")


def test_numbers_may_be_text_or_written_with_a_point(world: World, run: Command, tmp_path: Path, key: None) -> None:
    testville.areas(world.areas, nr=[1.0, 2.0])
    assert run(*new(world)).code == 0
    assert run("refresh", "testville", "--source", "api", *NEWEST).code == 0
    assert [row["area_id"] for row in world.table("areas")] == ["1", "2"]


def test_a_projection_of_ones_own(world: World, run: Command) -> None:
    assert run(*new(world, "--projection", "EPSG:32616")).code == 0
    assert cities.load("testville", world.root).map["projection"] == "EPSG:32616"


def shapes(*outlines: shapely.Geometry, crs: str = testville.METRES) -> Callable[[World], object]:
    """A fault: other outlines in the file."""

    def change(world: World) -> None:
        said = json.loads(world.areas.read_text())
        for feature, shape in zip(said["features"], gpd.GeoSeries(list(outlines), crs=crs).to_crs("EPSG:4326"), strict=True):
            feature["geometry"] = shapely.geometry.mapping(shape)
        world.areas.write_text(json.dumps(said))

    return change


def column(**columns: list) -> Callable[[World], object]:
    return lambda world: testville.areas(world.areas, **columns)


def turned_round(world: World) -> None:
    said = json.loads(world.areas.read_text())
    for feature in said["features"]:
        (ring,) = feature["geometry"]["coordinates"]
        feature["geometry"]["coordinates"] = [[position[::-1] for position in ring]]
    world.areas.write_text(json.dumps(said))


def left_open(world: World) -> None:
    """The last position of an outline, which is its first once more, is left out."""
    said = json.loads(world.areas.read_text())
    said["features"][0]["geometry"]["coordinates"][0].pop()
    world.areas.write_text(json.dumps(said))


def in_feet(world: World) -> None:
    said = json.loads(world.areas.read_text())
    said["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3435"}}
    world.areas.write_text(json.dumps(said))


BOW = shapely.Polygon([(445_000, 4_630_000), (446_000, 4_631_000), (446_000, 4_630_000), (445_000, 4_631_000)])
EAST = testville.square(2500, 1500)
MISTAKES: dict[str, tuple[Callable[[World], object], dict[str, str], int, str]] = {
    "no file": (lambda w: w.areas.unlink(), {}, 2, "quarters.geojson is not there; give the GeoJSON file"),
    "another kind of file": (lambda w: None, {"areas": "setup.shp"}, 2, "setup.shp is not there"),
    "no GeoJSON": (lambda w: w.areas.write_text("<html>"), {}, 3, "cannot be read as GeoJSON"),
    "GeoJSON without features": (lambda w: w.areas.write_text('{"type": "Point"}'), {}, 3, "holds no features"),
    "no such column": (
        lambda w: None,
        {"id": "number"},
        2,
        "has no column 'number'; choose one of its columns: --id nr or title",
    ),
    "no such label": (lambda w: None, {"label": "name"}, 2, "has no column 'name'; choose one of its columns: --label nr"),
    "no such sides": (lambda w: None, {"sides": "side"}, 2, "has no column 'side'"),
    "a number twice": (column(nr=[1, 1]), {}, 3, "nr 1 is there twice; give each area a number of its own"),
    "a number too many": (column(nr=[1, 3]), {}, 3, "the column nr holds '3' and no 2; number the 2 areas 1 to 2"),
    "no numbers": (column(nr=["a", "b"]), {}, 3, "holds 'a' and no 1"),
    "zeros before them": (column(nr=["01", "02"]), {}, 3, "holds '01' and no 1"),
    "a number missing": (column(nr=[1, None]), {}, 3, "feature 2 has no nr; number the 2 areas 1 to 2"),
    "a name missing": (column(title=["West", None]), {}, 3, "feature 2 has no title; fill it in"),
    "a name of blanks": (column(title=["West", "  "]), {}, 3, "feature 2 has no title"),
    "a name twice": (column(title=["West", "West"]), {}, 3, "two areas are called West; tell them apart"),
    "an outline that crosses itself": (shapes(BOW, EAST), {}, 3, "the outline of area 1 crosses itself (Self-intersection"),
    "an outline that does not end": (
        left_open,
        {},
        3,
        "holds an outline that is none (Points of LinearRing do not form a closed",
    ),
    "a point": (shapes(shapely.Point(445_000, 4_630_000), EAST), {}, 3, "area 1 has no surface; every area needs an outline"),
    "areas that overlap": (shapes(testville.square(0, 2600), EAST), {}, 3, "areas 1 and 2 overlap; draw one border"),
    "positions turned round": (turned_round, {}, 3, "outside the United States; write positions in degrees, longitude first"),
    "another system of positions": (in_feet, {}, 3, "save it in longitude and latitude (WGS 84, EPSG:4326)"),
    "a state nobody knows": (lambda w: None, {"state": "03"}, 2, "no state has the FIPS code 03; look it up at https://"),
    "a state by name": (lambda w: None, {"state": "IL"}, 2, "--state holds 'IL', which is no FIPS code of 2 digits"),
    "half a place": (lambda w: None, {"place": "9999"}, 2, "--place holds '9999', which is no FIPS code of 5 digits"),
    "a county by name": (lambda w: None, {"counties": "Cook"}, 2, "--counties holds 'Cook', which is no FIPS code of 3"),
    "a county with its state": (lambda w: None, {"counties": "031,17043"}, 2, "--counties holds '17043'"),
    "counties by semicolons": (
        lambda w: None,
        {"counties": "031 Cook County; 043 DuPage County"},
        2,
        "--counties holds 'Cook County; 043 DuPage County', which is no name of a county; separate several by commas",
    ),
    "no name": (lambda w: None, {"name": " "}, 2, "the city has no name; give it one"),
    "a projection nobody knows": (lambda w: None, {"projection": "UTM"}, 2, "no projection is called 'UTM'"),
    "a projection in degrees": (lambda w: None, {"projection": "EPSG:4326"}, 2, "EPSG:4326 (WGS 84) is not in metres"),
    "a projection in feet": (lambda w: None, {"projection": "EPSG:3435"}, 2, "is not in metres"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_one_sentence_and_nothing_is_written(case: str, world: World, run: Command) -> None:
    change, words, code, said = MISTAKES[case]
    change(world)
    ran = run(*new(world, **words))
    assert (ran.code, said in ran.sentence) == (code, True), ran.err
    assert not world.root.exists() or list(world.root.iterdir()) == []


def test_what_may_not_be_meant_is_remarked(world: World) -> None:
    """Areas named by their numbers, and a publisher that is not given; with names and a publisher there is nothing to say."""
    said = ("testville", "Testville", "17", "99999", {"031": "Test County"}, world.areas, "nr")
    first, second = newcity.remarks(newcity.Asked(*said, "nr"))
    assert first.startswith("The areas are named by their numbers, as --label is the column of --id (nr)")
    assert second.startswith("The pages will say that an unnamed publisher drew the areas")
    assert newcity.remarks(newcity.Asked(*said, "title", publisher="Surveyor of Testville")) == []


def test_changes_are_told_from_the_oldest_release_on(made: World) -> None:
    assert cities.load("testville", made.root).baseline["release"] == 2020


def test_an_open_outline_is_one_sentence_when_it_is_put_there_later(made: World, run: Command) -> None:
    said = json.loads((made.folder / newcity.AREAS).read_text())
    said["features"][0]["geometry"]["coordinates"][0].pop()
    (made.folder / newcity.AREAS).write_text(json.dumps(said))
    ran = run("refresh", "testville", "--source", "summary", *NEWEST, "--outlines")
    assert (ran.code, ran.sentence.endswith("mend it where the file was drawn")) == (3, True)


def test_a_city_is_never_written_over(made: World, run: Command) -> None:
    before = stage.content(made.root)
    ran = run(*new(made))
    assert (ran.code, "testville is there already; choose another name" in ran.sentence) == (2, True)
    assert stage.content(made.root) == before


def test_what_is_left_of_another_city_of_that_name_has_to_go_first(made: World, run: Command) -> None:
    """A set that stands by for a damaged one: figures of another city would be served."""
    made.folder.rename(snapshots.beside(made.folder, "last"))
    ran = run(*new(made))
    assert (ran.code, ".testville.last is there already" in ran.sentence) == (2, True)


@pytest.mark.parametrize("slug", ["Testville", "test ville", "../testville", "test-", "tést"])
def test_a_folder_has_a_plain_name(slug: str, world: World, run: Command) -> None:
    words = new(world)
    ran = run(words[0], slug, *words[2:])
    assert (ran.code, "is no name for a folder" in ran.sentence) == (2, True)


@pytest.mark.parametrize(
    ("west", "zone"), [(-87.6, 26916), (-122.4, 26910), (-66.1, 26919), (-157.8, 26904), (-84.0, 26917), (-84.1, 26916)]
)
def test_the_projection_is_the_zone_of_the_centre(west: float, zone: int, world: World, run: Command) -> None:
    """UTM zones are 6 degrees wide from 180 west; a city across the line between two is measured in that of its centre."""
    outlines = [shapely.box(west, 30, west + 0.02, 30.02), shapely.box(west + 0.02, 30, west + 0.04, 30.02)]
    shapes(*outlines, crs="EPSG:4326")(world)
    assert run(*new(world)).code == 0
    assert cities.load("testville", world.root).map["projection"] == f"EPSG:{zone}"


def test_every_state_has_its_code() -> None:
    """Fifty, the District and Puerto Rico."""
    assert len(newcity.STATES) == 52
    assert (newcity.STATES["17"], newcity.STATES["56"], newcity.STATES["11"]) == ("Illinois", "Wyoming", "District of Columbia")
    assert list(newcity.STATES) == sorted(newcity.STATES)


def test_a_new_city_agrees_with_chicago_about_what_is_the_same_everywhere() -> None:
    """Releases, their publication, wording and tracts, when the next is due, what is asked for, limits of reliability."""
    chicago = cities.load("chicago", REPOSITORY / "data" / "cities", in_hand=False)
    assert {r.release: r.published or "" for r in chicago.releases if r.release >= 2020} == newcity.RELEASES
    assert {r.tract_vintage for r in chicago.releases if r.release >= 2020} == {newcity.VINTAGE}
    text = blank.MAP
    assert f"columns = {json.dumps(chicago.acs['columns'])}" in text
    assert all(f"{name} = {limit:.2f}" in text for name, limit in chicago.reliability.items())
    assert chicago.calendar["next_release"] == max(newcity.RELEASES) + 1
    assert chicago.calendar["from"].year == max(newcity.RELEASES) + 3


# --- the walk-through -----------------------------------------------------------------------------------------------


def test_the_walk_through_does_what_it_says(tmp_path: Path) -> None:
    """Every command of docs/new-city.md, in its order, in a shell; and what the tables say that it leaves behind."""
    text = WALK.read_text(encoding="utf-8")
    commands = re.findall(
        r"^python -m equity (?:[^\n]*\\\n)*[^\n]*|(?<=`)python -m equity [^`]+(?=`)", text, flags=re.MULTILINE
    )
    assert [command.split()[3] for command in commands] == [
        "new-city",
        "refresh",
        "refresh",
        "check",
        "export",
        "export",
        "serve",
    ]
    home = tmp_path / "home"
    home.mkdir()
    testville.areas(tmp_path / "neighborhoods.geojson", number=[1, 2], name=["West", "East"])
    with Bureau() as bureau:
        testville.register(bureau, "17", "201", "65000")
        told = {"EQUITY_ADDRESS_TIGER": f"{bureau.url}{tiger.ROOT}", "PYTHONPATH": str(REPOSITORY)}
        told |= {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "CENSUS_API_KEY": api.KEY}
        environment = stage.environment(bureau, tmp_path / "cities", home, **told)
        for command in commands:
            if " serve " in command:
                assert "<title>Rockford's least-connected neighborhoods</title>" in _front_page(command, tmp_path, environment)
                continue
            done = subprocess.run(
                command, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
            )
            assert done.returncode == 0, (command, done.stderr)
            assert api.KEY not in done.stdout + done.stderr
    loaded = atlas.load("rockford", tmp_path / "cities")
    assert (loaded.city.name, loaded.city.county_name("17201000100")) == ("Rockford", "Winnebago County")
    assert snapshots.verify(loaded.city.folder, loaded.city.needs) == []
    rows = list(csv.DictReader((tmp_path / "areas.csv").open(encoding="utf-8")))
    assert [(row["place_name"], row["estimate"]) for row in rows] == [("West", "76"), ("East", "12")]
    assert len((tmp_path / "tracts.csv").read_text(encoding="utf-8").splitlines()) == 5


def _front_page(command: str, folder: Path, environment: dict[str, str]) -> str:
    """What a command that serves answers at its address, once it says where that is; it is ended as Ctrl+C ends it.

    From the repository, as a person types it: app.py lies there.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    server = subprocess.Popen(
        f"exec {command}", shell=True, cwd=REPOSITORY, env=environment | {"PORT": port}, stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout.readline() == f"Serving http://127.0.0.1:{port} (Ctrl+C ends it)\n"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
            return answer.read().decode()
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)
        server.stdout.close()


@pytest.mark.parametrize("words", [["check"], ["export"], ["connections", "import"], ["connections", "list"]])
def test_before_the_first_refresh_there_are_no_figures_and_that_is_said(
    words: list[str], made: World, run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file is lost that anybody could put back."""
    monkeypatch.setenv("EQUITY_DATABASE_URL", f"sqlite:///{tmp_path / 'log.sqlite3'}")
    if words[0] == "connections":
        (tmp_path / "march.csv").write_text("month,programme\n")
        words = [*words, *([str(tmp_path / "march.csv")] if words[1] == "import" else []), "--city"]
        if words[1] == "list":
            schema.upgrade(database.open_to_write()).engine.dispose()
    ran = run(*words, "testville")
    assert ran.code == 4
    assert ran.sentence.endswith("testville has no figures yet; fetch them: python -m equity refresh testville")


def test_a_file_that_is_lost_later_is_put_back(made: World, run: Command, key: None) -> None:
    assert run("refresh", "testville", "--source", "api", *NEWEST).code == 0
    (made.folder / "areas.csv").unlink()
    ran = run("export", "testville")
    assert (ran.code, "areas.csv is missing; put it back as the repository has it" in ran.sentence) == (4, True)


def test_the_rows_of_targets_and_events_in_the_walk_through_are_read(made: World, run: Command, key: None) -> None:
    """As they stand there, with a plan in city.toml beside them; the count of Testville in the place of Rockford's."""
    text = WALK.read_text(encoding="utf-8")
    files = dict(re.findall(r"`(targets|events)\.csv`[^`]*:\n\n```\n(.*?)```", text, flags=re.DOTALL))
    assert set(files) == {"targets", "events"}
    assert run("refresh", "testville", "--source", "api").code == 0
    counted = {
        row["release"]: row["estimate"] for row in run("export", "testville", "--level", "city", "--release", "2021").rows
    }
    made.edit('indicator = "no_subscription"', f'indicator = "no_subscription"\n{PLAN}')
    made.edit("[baseline]\nrelease = 2020", "[baseline]\nrelease = 2021")
    for name, body in files.items():
        (made.folder / f"{name}.csv").write_text(body.replace("12345", counted["2021"]), encoding="utf-8")
    ran = run("check", "testville")
    assert ran.code == 0, ran.err
    assert "targets.csv: printed figures, as computed: 1; targets: 1. events.csv: events: 1." in ran.out
    (made.folder / "targets.csv").unlink()
    assert run("check", "testville").code == 6, "a plan starts from a row"


def test_the_walk_through_names_what_is_in_the_file(made: World) -> None:
    """Every word that it tells to look for stands in city.toml."""
    looked_for = re.findall(r"^\| (`.*`) \|", WALK.read_text(encoding="utf-8"), flags=re.MULTILINE)
    said = (made.folder / "city.toml").read_text(encoding="utf-8")
    words = [word for cell in looked_for for word in re.findall(r"`([^`]+)`", cell)]
    assert len(words) == 12
    assert [word for word in words if word not in said] == []
