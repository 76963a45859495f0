"""Blocks from the Bureau on this machine, or from files, checked before anything rests on them; and who then lives where.

A county of two tracts and six blocks, made up and worked by hand. The faults of a network are in test_web.py; here are those
that only whoever reads blocks can see, and what becomes of the key.
"""

import json
import logging
import shutil
import traceback
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from equity import cities, crosswalk
from equity.cities import City, County
from equity.errors import CityInvalid, EquityError, KeyRefused, SourceInvalid, SourceUnavailable
from equity.sources import Fetched, households
from equity.sources.addresses import Addresses
from equity.sources.web import Patience, Web
from tests.bureau import api, server
from tests.bureau.server import Bureau

NORTH, SOUTH = "17031000100", "17031000200"
# block -> occupied units, all units, longitude, latitude, square metres of land. The last is water, in no answer of the API.
BLOCKS = {
    f"{NORTH}1000": (30, 33, -87.70, 41.90, 9000),
    f"{NORTH}1001": (30, 30, -87.69, 41.90, 9000),
    f"{NORTH}2000": (40, 50, -87.60, 41.90, 9000),
    f"{SOUTH}1000": (7, 9, -87.70, 41.80, 9000),
    f"{SOUTH}1001": (0, 0, -87.60, 41.80, 9000),
    f"{SOUTH}0001": (0, 0, -87.50, 41.80, 0),
}
FILES = ["2020-dec-pl-17031-block.json", "2020-dec-pl-17031-tract.json", "tl_2020_17031_tabblock20.zip"]
OUTLINES = "/geo/tiger/TIGER2020PL/STATE/17_ILLINOIS/17031/tl_2020_17031_tabblock20.zip"
OLD_OUTLINES = "/geo/tiger/TIGER2010/TABBLOCK/2010/tl_2010_17031_tabblock10.zip"


@pytest.fixture
def city() -> City:
    """Chicago, but for its second county."""
    return replace(cities.load("chicago"), counties=(County("031", "Cook County"),))


@pytest.fixture
def web() -> Web:
    return Web(Patience(connect=2, read=2, whole=1, tries=2), sleep=lambda seconds: None)


def counts(occupied: str, units: str, blocks: dict[str, tuple] = BLOCKS) -> pd.DataFrame:
    """What the API knows of the blocks, and of the tracts they make."""
    land = {key: told for key, told in blocks.items() if told[4]}
    tracts = {
        tract: [sum(t[i] for key, t in land.items() if key.startswith(tract)) for i in (0, 1)] for tract in (NORTH, SOUTH)
    }
    rows = [(key, *told[:2]) for key, told in land.items()] + [(tract, *told) for tract, told in tracts.items()]
    return pd.DataFrame(rows, columns=["geoid", occupied, units]).astype(str)


def outlines(folder: Path, suffix: str = "20", blocks: dict[str, tuple] = BLOCKS, **columns: list) -> bytes:
    """A zip file as TIGER/Line has it, with the columns that count; ``columns`` replaces some."""
    told = {
        f"GEOID{suffix}": list(blocks),
        f"ALAND{suffix}": [land for *_, land in blocks.values()],
        f"INTPTLAT{suffix}": [f"{lat:+.7f}" for _, _, _, lat, _ in blocks.values()],
        f"INTPTLON{suffix}": [f"{lon:+012.7f}" for _, _, lon, _, _ in blocks.values()],
    }
    shapes = [shapely.Point(lon, lat).buffer(0.001, quad_segs=1) for _, _, lon, lat, _ in blocks.values()]
    made = folder / "outlines"
    made.mkdir(exist_ok=True)
    gpd.GeoDataFrame(told | columns, geometry=shapes, crs="EPSG:4269").to_file(made / f"blocks{suffix}.shp")
    with zipfile.ZipFile(folder / "made.zip", "w") as whole:
        for part in made.glob(f"blocks{suffix}.*"):
            whole.write(part, part.name)
    return (folder / "made.zip").read_bytes()


@pytest.fixture
def asks(bureau: Bureau, city: City, web: Web, tmp_path: Path) -> Callable[..., Fetched]:
    """Fetch from the Bureau on this machine, which knows both censuses, to a cache below ``kept``."""
    known = api.register(bureau)
    known.datasets["2020/dec/pl"] = counts("H1_002N", "H1_001N")
    known.datasets["2010/dec/sf1"] = counts("H003002", "H003001")
    bureau.route(OUTLINES, server.file(outlines(tmp_path)))
    bureau.route(OLD_OUTLINES, server.file(outlines(tmp_path, "10")))
    usual = Addresses(api=f"{bureau.url}/data", tiger=f"{bureau.url}/geo/tiger")

    def fetch(vintage: int = 2020, key: str = api.KEY, addresses: Addresses = usual, **more: object) -> Fetched:
        return households.fetch(city, vintage, web, key, tmp_path / "kept", addresses, **more)

    return fetch


def kept(tmp_path: Path) -> list[Path]:
    """What the cache holds, by name; whoever fetched it leaves a lock beside it."""
    return sorted((p for p in (tmp_path / "kept").rglob("*.*") if p.suffix in (".json", ".zip")), key=lambda path: path.name)


# --- from the network -----------------------------------------------------------------------------------------------


def test_every_block_comes_with_its_tract_its_households_and_its_point(asks: Callable[..., Fetched]) -> None:
    """Sorted by block; the one of water alone, where nobody lives, is left out."""
    table = asks().table
    assert list(table) == ["block", "geoid", "occupied", "lon", "lat"]
    assert table.values.tolist() == [
        [f"{NORTH}1000", NORTH, 30, -87.70, 41.90],
        [f"{NORTH}1001", NORTH, 30, -87.69, 41.90],
        [f"{NORTH}2000", NORTH, 40, -87.60, 41.90],
        [f"{SOUTH}1000", SOUTH, 7, -87.70, 41.80],
        [f"{SOUTH}1001", SOUTH, 0, -87.60, 41.80],
    ]
    assert table["occupied"].dtype == "int64"


def test_the_households_of_blocks_share_their_tracts_out(asks: Callable[..., Fetched]) -> None:
    """West of 87.65: 30 + 30 of 100 households of the one tract, 7 of 7 of the other, whose block in the east is empty."""
    sides = gpd.GeoDataFrame(
        {"id": ["1", "2"]},
        geometry=[shapely.box(-87.8, 41.7, -87.65, 42), shapely.box(-87.65, 41.7, -87.4, 42)],
        crs="EPSG:4269",
    )
    weights = crosswalk.from_blocks(asks().table, sides.to_crs("EPSG:26916"))
    rows = list(weights.itertuples(index=False, name=None))
    assert rows == [(NORTH, "1", 0.6), (NORTH, "2", 0.4), (SOUTH, "1", 1.0), (SOUTH, "2", 0.0)]
    part = crosswalk.split_part(weights, crosswalk.by_tract(asks().table))
    assert part["part"].tolist() == [60 / 67, 1.0]


def test_where_from_is_told_without_the_key(asks: Callable[..., Fetched], bureau: Bureau) -> None:
    told = asks()
    assert told.address == f"{bureau.url}/data/2020/dec/pl, {bureau.url}{OUTLINES}"
    assert "Public Law 94-171" in told.citation
    assert told.dataset == "Occupied housing units by census block, 2020"
    assert api.KEY not in repr(told)


def test_the_questions_are_those_the_bureau_knows(asks: Callable[..., Fetched], bureau: Bureau) -> None:
    asks()
    first, second, third = bureau.asked
    start = "/data/2020/dec/pl?get=H1_001N,H1_002N&for="
    assert first == f"{start}block:*&in=state:17 county:031 tract:*&key={api.KEY}"
    assert second == f"{start}tract:*&in=state:17 county:031&key={api.KEY}"
    assert third == OUTLINES


def test_blocks_of_2010_come_under_the_names_of_2010(asks: Callable[..., Fetched], bureau: Bureau) -> None:
    told = asks(2010)
    assert told.table["occupied"].tolist() == [30, 30, 40, 7, 0]
    assert bureau.asked[0].startswith("/data/2010/dec/sf1?get=H003001,H003002&for=block:*&in=state:17 county:031 tract:*")
    assert bureau.asked[2] == OLD_OUTLINES


def test_blocks_are_asked_for_without_their_tracts_where_the_bureau_wants_it_so(
    asks: Callable[..., Fetched], bureau: Bureau
) -> None:
    """The API has changed its mind twice about 2010: with `tract:*` it says that it knows no such geography."""

    def unknown(request: server.Request, answer: server.Answer) -> server.Answer:
        return server.Answer.text("error: unknown/unsupported geography heirarchy", 400)

    def known(request: server.Request, answer: server.Answer) -> server.Answer:
        body = [["H003001", "H003002", "state", "county", "tract", "block"]]
        return server.Answer.json(body + [[str(t[1]), str(t[0]), "17", "031", k[5:11], k[11:]] for k, t in BLOCKS.items()])

    bureau.fail("county:031 tract:*", unknown)
    bureau.fail("for=block:*&in=state:17 county:031&", known)
    assert asks(2010).table["occupied"].tolist() == [30, 30, 40, 7, 0]


def test_what_is_kept_is_not_asked_for_again(asks: Callable[..., Fetched], bureau: Bureau, tmp_path: Path) -> None:
    first = asks()
    asked = len(bureau.asked)
    again = asks()
    assert len(bureau.asked) == asked
    pd.testing.assert_frame_equal(first.table, again.table)
    assert [path.name for path in kept(tmp_path)] == FILES
    assert not any(api.KEY.encode() in path.read_bytes() for path in (tmp_path / "kept").rglob("*") if path.is_file())


def test_what_is_kept_is_asked_for_again_when_wished(asks: Callable[..., Fetched], bureau: Bureau, tmp_path: Path) -> None:
    """``--refresh``: two homes more are occupied in a block, and all three files are asked for once more."""
    asks()
    changed = {**BLOCKS, f"{NORTH}1000": (32, 33, -87.70, 41.90, 9000)}
    api.register(bureau).datasets["2020/dec/pl"] = counts("H1_002N", "H1_001N", changed)
    assert asks().table["occupied"].sum() == 107
    assert asks(again=True).table["occupied"].sum() == 109
    assert len(bureau.asked) == 6


def test_blocks_of_a_mirror_are_not_taken_for_the_bureaus(asks: Callable[..., Fetched], bureau: Bureau, tmp_path: Path) -> None:
    mirror = Addresses(api=f"{bureau.url}/mirror", tiger=f"{bureau.url}/geo/mirror")
    bureau.route("/mirror/", lambda request: server.Answer.text("no figures here", 404))
    asks()
    with pytest.raises(SourceInvalid, match=r"/mirror/2020/dec/pl is not there \(status 404\)"):
        asks(addresses=mirror)


def test_a_form_that_has_changed_is_corrected_in_city_toml(
    asks: Callable[..., Fetched], bureau: Bureau, tmp_path: Path
) -> None:
    bureau.route("/geo/tiger/elsewhere/17031/17.zip", server.file(outlines(tmp_path)))
    told = asks(told={"points": "elsewhere/{county}/{state}.zip"})
    assert told.address.endswith("/geo/tiger/elsewhere/17031/17.zip")
    assert "17.zip" in [path.name for path in kept(tmp_path)]


def test_a_word_that_city_toml_does_not_know_is_refused() -> None:
    with pytest.raises(CityInvalid, match=r"^\[households\.2010\] in city\.toml has 'point'; it may hold dataset, occupied,"):
        households.census(2010, {"point": "x"})
    with pytest.raises(CityInvalid, match=r"^blocks of the 2000 census are not known, those of 2010 and 2020 are; correct"):
        households.census(2000)


# --- faults ---------------------------------------------------------------------------------------------------------


def changed(change: Callable[[list[list[str]]], list[list[str]]]) -> Callable:
    """A fault of the Bureau: its rows, changed."""
    return lambda request, answer: server.Answer.json(change(json.loads(answer.body)))


def figure(value: str | None) -> Callable:
    return changed(lambda rows: [rows[0], [rows[1][0], value, *rows[1][2:]], *rows[2:]])


FAULTS = {
    "no key": ("redirect", KeyRefused, "key is missing"),
    "an invalid key": ("invalid key", KeyRefused, "refuses the key"),
    "nothing": ("status 204", SourceInvalid, "no figures"),
    "an unknown variable": ("status 400", SourceInvalid, "does not take the question"),
    "an error of the Bureau": ("status 500", SourceUnavailable, "try again later"),
    "too often": ("status 429", SourceUnavailable, "try again later"),
    "unavailable": ("status 503", SourceUnavailable, "try again later"),
    "a reset": ("reset", SourceUnavailable, "try again later"),
    "half a body": ("half body", SourceUnavailable, "try again later"),
    "half a body that looks whole": ("half announced", SourceUnavailable, "breaks off"),
    "a page": ("html", SourceUnavailable, "web page"),
    "a row missing": (
        changed(lambda rows: rows[:-1]),
        SourceInvalid,
        "hold 70 households where 2020-dec-pl-17031-tract.json has",
    ),
    "a row twice": (changed(lambda rows: [*rows, rows[1]]), SourceInvalid, "twice"),
    "another county": (
        changed(lambda r: [r[0], *[[*x[:3], "043", *x[4:]] for x in r[1:]]]),
        SourceInvalid,
        "county 043 where 031",
    ),
    "columns swapped": (changed(lambda r: [[x[1], x[0], *x[2:]] for x in r]), SourceInvalid, "'H1_002N' where H1_001N"),
    "a short row": (changed(lambda r: [r[0], r[1][:-1], *r[2:]]), SourceInvalid, "5 fields in row 1 where 6"),
    "a word for a number": (figure("many"), SourceInvalid, "no number"),
    "no number": (figure(None), SourceInvalid, "has a count that is no whole number"),
    "a broken number": (figure("6.5"), SourceInvalid, "has a count that is no whole number"),
    "a number below nothing": (figure("-1"), SourceInvalid, "has a count that is no whole number"),
    "more homes than homes": (figure("1000"), SourceInvalid, "has more occupied units than units"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_bureau_is_one_clear_sentence_without_the_key(
    fault: str, asks: Callable[..., Fetched], bureau: Bureau, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing faulty is kept either: once the Bureau is well again, so are we."""
    caplog.set_level(logging.DEBUG)
    how, error, said = FAULTS[fault]
    bureau.fail("for=block", how, times=None)
    with pytest.raises(EquityError) as refusal:
        asks()
    assert type(refusal.value) is error
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)
    everything = "".join(traceback.format_exception(refusal.value)) + repr(refusal.value) + caplog.text
    assert api.KEY not in everything
    bureau.heal()
    assert asks().table["occupied"].sum() == 107


def test_a_slow_drip_is_given_up(asks: Callable[..., Fetched], bureau: Bureau) -> None:
    bureau.fail("for=block", "slow drip", times=None)
    with pytest.raises(SourceUnavailable, match="too slow"):
        asks()


def test_an_outline_file_that_is_not_there_is_named(asks: Callable[..., Fetched], bureau: Bureau) -> None:
    bureau.fail(OUTLINES, "status 404", times=None)
    with pytest.raises(SourceInvalid, match=r"tl_2020_17031_tabblock20\.zip is not there"):
        asks()


def test_a_broken_download_goes_on_where_it_ended(asks: Callable[..., Fetched], bureau: Bureau) -> None:
    bureau.fail(OUTLINES, "half body")
    assert asks().table["occupied"].sum() == 107
    assert bureau.asked.count(OUTLINES) == 2


# --- from files -----------------------------------------------------------------------------------------------------


@pytest.fixture
def files(asks: Callable[..., Fetched], tmp_path: Path) -> Path:
    """The files of the county in a folder, to be damaged."""
    asks()
    folder = tmp_path / "files"
    folder.mkdir()
    for path in kept(tmp_path):
        shutil.copy(path, folder)
    return folder


def test_files_put_there_by_hand_do_as_well(files: Path, city: City) -> None:
    told = households.read(files, city, 2020)
    assert told.table["occupied"].tolist() == [30, 30, 40, 7, 0]
    assert told.address == "2020-dec-pl-17031-block.json, tl_2020_17031_tabblock20.zip"


def test_a_block_with_households_has_to_have_a_point(files: Path, city: City, tmp_path: Path) -> None:
    rest = {key: told for key, told in BLOCKS.items() if key != f"{NORTH}2000"}
    (files / FILES[2]).write_bytes(outlines(tmp_path, blocks=rest))
    with pytest.raises(SourceInvalid, match=f"block {NORTH}2000 has households and no point here; remove the file and get it"):
        households.read(files, city, 2020)


def test_a_block_without_households_need_not(files: Path, city: City, tmp_path: Path) -> None:
    rest = {key: told for key, told in BLOCKS.items() if key != f"{SOUTH}1001"}
    (files / FILES[2]).write_bytes(outlines(tmp_path, blocks=rest))
    assert len(households.read(files, city, 2020).table) == 4


def test_a_tract_that_is_missing_from_both_answers_but_not_from_the_map_has_no_households(files: Path, city: City) -> None:
    for name in FILES[:2]:
        rows = json.loads((files / name).read_text())
        (files / name).write_text(json.dumps([row for row in rows if "000200" not in row]))
    table = households.read(files, city, 2020).table
    assert table[table["geoid"] == SOUTH]["occupied"].tolist() == [0, 0]


DAMAGE = {
    "no blocks": (FILES[0], lambda body: None, r"block\.json is missing; put it there, or fetch it with a Census API key"),
    "no outlines": (FILES[2], lambda body: None, r"tabblock20\.zip is missing; put it there, or fetch it"),
    "cut": (FILES[0], lambda body: body[:100], r"block\.json: cannot be read as JSON"),
    "not a table": (
        FILES[1],
        lambda body: b"{}",
        r"tract\.json: not a table of state, county, tract, H1_001N, H1_002N by tract",
    ),
    "another table": (FILES[1], lambda body: body.replace(b"H1_002N", b"P1_001N"), r"tract\.json: not a table of"),
    "another county": (FILES[0], lambda body: body.replace(b'"031"', b'"043"'), r"17043\d{10} is no block of county 17031"),
    "another count": (
        FILES[1],
        lambda body: body.replace(b'"100"', b'"99"'),
        r"hold 100 households where .* has 99; remove both",
    ),
    "no zip file": (FILES[2], lambda body: b"<html></html>", r"cannot be read as a zip file of outlines"),
    "an empty zip file": (FILES[2], lambda body: b"PK\5\6" + bytes(18), r"holds no outlines; remove the file"),
    "half a zip file": (FILES[2], lambda body: body[: len(body) // 2], r"cannot be read as a zip file of outlines"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_named_and_what_to_do(damage: str, files: Path, city: City) -> None:
    name, how, said = DAMAGE[damage]
    body = how((files / name).read_bytes())
    (files / name).unlink() if body is None else (files / name).write_bytes(body)
    with pytest.raises(SourceInvalid, match=said) as refusal:
        households.read(files, city, 2020)
    assert "\n" not in str(refusal.value)


def test_one_flipped_byte_in_the_zip_file_is_seen(files: Path, city: City) -> None:
    """The table of the blocks lies unpacked in the file, so that a byte of a figure can be found and changed."""
    body = (files / FILES[2]).read_bytes()
    place = body.index(b"+41.9000000")
    (files / FILES[2]).write_bytes(body[:place] + b"+42" + body[place + 3 :])
    with pytest.raises(
        SourceInvalid, match=r"blocks20\.dbf in it is damaged; remove the file and get it again from the Bureau"
    ):
        households.read(files, city, 2020)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"GEOID20": [key.replace("17031", "17043") for key in BLOCKS]}, "170430001001000 is no block of county 17031"),
        ({"GEOID20": [f"{NORTH}1000"] * 6}, "170310001001000 is there twice"),
        ({"INTPTLAT20": [""] * 6}, "170310001001000 has no point on the globe"),
        ({"INTPTLON20": ["-1087.7"] * 6}, "170310001001000 has no point on the globe"),
        ({"ALAND20": [-1] * 6}, "170310001001000 has no land area"),
    ],
)
def test_points_that_cannot_be_are_refused(
    columns: dict[str, list], said: str, files: Path, city: City, tmp_path: Path
) -> None:
    (files / FILES[2]).write_bytes(outlines(tmp_path, **columns))
    with pytest.raises(SourceInvalid, match=said):
        households.read(files, city, 2020)


def test_outlines_of_another_census_are_refused(files: Path, city: City, tmp_path: Path) -> None:
    (files / FILES[2]).write_bytes(outlines(tmp_path, "10"))
    with pytest.raises(SourceInvalid, match=r"lacks the column ALAND20; remove the file and get it again"):
        households.read(files, city, 2020)


def test_two_counties_are_put_together(city: City, web: Web, files: Path, tmp_path: Path) -> None:
    """The second county's files are the first's with another number; each keeps its own."""
    two = replace(city, counties=(County("043", "DuPage County"), County("031", "Cook County")))
    for name in FILES[:2]:
        text = (files / name).read_text().replace('"031"', '"043"')
        (files / name.replace("17031", "17043")).write_text(text)
    others = {key.replace("17031", "17043"): told for key, told in BLOCKS.items()}
    (files / FILES[2].replace("17031", "17043")).write_bytes(outlines(tmp_path, blocks=others))
    table = households.read(files, two, 2020).table
    assert table["block"].is_monotonic_increasing
    assert crosswalk.by_tract(table)["households"].tolist() == [100, 7, 100, 7]
