"""The way without a key: a nation's file becomes a city's figures, from a cache that is never believed unlooked at.

The fake Bureau keeps the figures of release 2021 in `data/` among those of other places, in the summary file's own spelling.
"""

import gzip
import hashlib
import os
import re
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from equity import cities, tidy
from equity.cities import City, County
from equity.errors import CityInvalid, EquityError, SourceInvalid, SourceUnavailable, UsageError
from equity.sources import Acs, census_api, summary_file, summary_rows
from equity.sources.summary_file import SummaryFile
from equity.sources.web import Patience, Web
from tests.bureau import api as fake_api
from tests.bureau import server
from tests.bureau import summary as fake
from tests.bureau.server import Bureau

REPOSITORY = Path(__file__).parents[1]
FROZEN = pd.read_csv(fake_api.SNAPSHOTS / "acs5-2021.csv", dtype=str)
ALL = tuple(f"{table}_{n:03d}" for table, count in (("B28002", 13), ("B28003", 6), ("B28011", 8)) for n in range(1, count + 1))
TOTAL = ("B28002_001",)
FILE = "/summary_file/2021/table-based-SF/data/5YRData/acsdt5y2021-b28002.dat"
FIRST = "17031010100"  # the first tract of Cook County
OTHER = "17031320100"  # a tract of 2010 that is none of 2020
PATIENT = Patience(connect=5, read=10, whole=20, tries=3)
Change = Callable[[list[str]], list[str]]
Run = Callable[..., SummaryFile]


@pytest.fixture
def files(bureau: Bureau) -> fake.Files:
    return fake.register(bureau)


@pytest.fixture
def chicago() -> City:
    return cities.load("chicago")


@pytest.fixture
def run(bureau: Bureau, files: fake.Files, tmp_path: Path) -> Run:
    """A new run of the program, with the cache of the runs before."""
    return lambda **told: SummaryFile(
        **{"web": Web(PATIENT, sleep=lambda _: None), "base": bureau.url + "/summary_file", "cache": tmp_path / "cache"} | told
    )


def kept(tmp_path: Path, ending: str = ".dat") -> Path:
    """The one file of that kind in the cache."""
    (path,) = (path for path in (tmp_path / "cache").rglob("*") if path.name.endswith(ending))
    return path


def first_tract(change: Callable[[str], str]) -> Change:
    """A change of the line of the first tract alone."""
    return lambda lines: [change(line) if line.startswith(f"1400000US{FIRST}") else line for line in lines]


# --- a good file ----------------------------------------------------------------------------------------------------


def test_the_figures_are_those_of_the_repository_to_the_byte(run: Run, chicago: City) -> None:
    """Three files, 27 lines, 54 columns, the tracts of two counties: joined and sorted as they were frozen."""
    fetched = run().fetch(chicago, "tract", 2021, ALL)
    columns = ["geoid"] + [f"{line}{kind}" for line in ALL for kind in ("E", "M")]
    assert fetched.table.to_csv(index=False) == FROZEN[columns].to_csv(index=False)


@pytest.mark.parametrize("level", ["tract", "county", "place"])
def test_it_gives_what_the_api_gives(bureau: Bureau, run: Run, chicago: City, level: str) -> None:
    fake_api.register(bureau)
    api = census_api.CensusApi(fake_api.KEY, Web(PATIENT), f"{bureau.url}/data")
    ours, theirs = (way.fetch(chicago, level, 2021, ALL) for way in (run(), api))
    pd.testing.assert_frame_equal(ours.table, theirs.table)
    assert ours.dataset == theirs.dataset


def test_it_is_a_way_to_the_survey_like_the_others(run: Run) -> None:
    way: Acs = run()
    assert way.name == "summary"


def test_columns_come_in_the_order_asked_whatever_their_files(run: Run, chicago: City) -> None:
    table = run().fetch(chicago, "place", 2021, ["B28003_006", "B28002_013", "B28003_001"]).table
    lines = ["B28003_006", "B28002_013", "B28003_001"]
    assert list(table) == ["geoid"] + [f"{line}{kind}" for line in lines for kind in ("E", "M")]
    sums = [str(FROZEN[f"{line}E"].astype(int).sum()) for line in lines]
    assert table.iloc[0].tolist() == ["1714000", sums[0], "", sums[1], "", sums[2], ""]


def test_tracts_are_sorted_whatever_the_order_of_each_file(files: fake.Files, run: Run, chicago: City) -> None:
    files.change("B28002", lambda lines: [lines[0], *reversed(lines[1:])])
    table = run().fetch(chicago, "tract", 2021, ["B28002_001", "B28003_001"]).table
    assert table.to_csv(index=False) == FROZEN[list(table)].to_csv(index=False)


def test_codes_and_empty_fields_stay_as_they_were_published(files: fake.Files, run: Run, chicago: City) -> None:
    """The first tract begins with 2,411 households, margin 306, and 1,952 of them with a subscription, margin 337."""
    files.change("B28002", first_tract(lambda line: line.replace("|2411|306|1952|337|", "|-666666666|-222222222|||")))
    table = run().fetch(chicago, "tract", 2021, ["B28002_001", "B28002_002"]).table
    assert table.iloc[0].tolist() == [FIRST, "-666666666", "-222222222", "", ""]


def test_a_code_that_nobody_has_explained_is_refused_by_tidy(files: fake.Files, run: Run, chicago: City) -> None:
    files.change("B28002", first_tract(lambda line: line.replace("|2411|", "|-777777777|", 1)))
    table = run().fetch(chicago, "tract", 2021, TOTAL).table
    with pytest.raises(SourceInvalid, match="B28002_001E of release 2021 holds -777777777, an unknown special code"):
        tidy.long(table.rename(columns={"geoid": "place_id"}), 2021)


def test_provenance_names_every_file_and_the_years(bureau: Bureau, run: Run, chicago: City) -> None:
    fetched = run().fetch(chicago, "place", 2021, ["B28002_001", "B28003_001", "B28011_001"])
    folder = f"{bureau.url}/summary_file/2021/table-based-SF/data/5YRData"
    assert fetched.address == ", ".join(f"{folder}/acsdt5y2021-{table}.dat" for table in ("b28002", "b28003", "b28011"))
    assert fetched.dataset == "American Community Survey 5-year estimates, tables B28002, B28003, B28011"
    assert fetched.citation == (
        "US Census Bureau, American Community Survey 5-year estimates 2017-2021, tables B28002, B28003 and B28011; "
        "from the table-based summary file, which names its lines by number alone."
    )


def test_an_address_with_a_password_is_told_and_kept_without_it(
    bureau: Bureau, run: Run, chicago: City, tmp_path: Path
) -> None:
    base = bureau.url.replace("//", "//reader:hush-hush@") + "/summary_file"
    fetched = run(base=base).fetch(chicago, "place", 2021, TOTAL)
    assert fetched.address == bureau.url + FILE
    assert not [path for path in tmp_path.rglob("*") if "hush" in str(path)]


@pytest.mark.parametrize(
    ("release", "span", "years", "path"),
    [
        (2018, 5, "2014-2018", "2018/prototype/5YRData/acsdt5y2018-b28002.dat"),
        (2019, 5, "2015-2019", "2019/prototype/5YRData/acsdt5y2019-b28002.dat"),
        (2020, 5, "2016-2020", "2020/prototype/5YRData/acsdt5y2020-b28002.dat"),
        (2021, 5, "2017-2021", "2021/table-based-SF/data/5YRData/acsdt5y2021-b28002.dat"),
        (2024, 5, "2020-2024", "2024/table-based-SF/data/5YRData/acsdt5y2024-b28002.dat"),
        (2019, 1, "2019", "2019/prototype/1YRData/acsdt1y2019-b28002.dat"),
        (2023, 1, "2023", "2023/table-based-SF/data/1YRData/acsdt1y2023-b28002.dat"),
    ],
)
def test_every_release_has_its_place(
    bureau: Bureau, files: fake.Files, run: Run, chicago: City, release: int, span: int, years: str, path: str
) -> None:
    files.held = {path: files.held["2021/table-based-SF/data/5YRData/acsdt5y2021-b28002.dat"]}
    fetched = run().fetch(chicago, "place", release, TOTAL, span)
    assert bureau.asked == [f"/summary_file/{path}"]
    assert f"{span}-year estimates {years}, table B28002; " in fetched.citation


def test_a_place_of_a_release_can_be_corrected(bureau: Bureau, files: fake.Files, run: Run, chicago: City) -> None:
    files.held = {"2018/data/5/b28002.dat": files.held[fake.path(2021, "B28002")]}
    paths = summary_file.paths({"2018": "/{release}/data/{span}/{table}.dat"})
    assert run(paths=paths).fetch(chicago, "tract", 2018, TOTAL).table["B28002_001E"].tolist() == FROZEN["B28002_001E"].tolist()
    assert paths[2021] == summary_file.PATHS[2021]


@pytest.mark.parametrize(
    "told", [{"new": "{table}"}, {"2018": "{release}.dat"}, {"2018": "{table}-{state}"}, {"2018": "{table"}, {"2018": 5}]
)
def test_a_path_that_is_none_is_refused_before_anything_is_asked(told: dict) -> None:
    with pytest.raises(CityInvalid, match=r"^\w+ = .* in city\.toml is no path of summary files; write a release and a path"):
        summary_file.paths(told)


# --- what there is not ----------------------------------------------------------------------------------------------


def test_a_release_before_the_form_needs_the_api(bureau: Bureau, run: Run, chicago: City) -> None:
    sentence = r"^release 2017 has no table-based summary file \(the first is of 2018\); ask the API: --source api$"
    with pytest.raises(SourceInvalid, match=sentence):
        run().fetch(chicago, "tract", 2017, TOTAL)
    assert bureau.asked == []


@pytest.mark.parametrize("line", ["DP02_0153", "S2801_001", "HH", "B28002"])
def test_a_line_of_another_kind_of_table_needs_the_api(bureau: Bureau, run: Run, chicago: City, line: str) -> None:
    with pytest.raises(SourceInvalid, match=f"^{line} is in no summary file, .*--source api$"):
        run().fetch(chicago, "tract", 2021, ["B28002_001", line])
    assert bureau.asked == []


@pytest.mark.parametrize(
    ("level", "release", "span", "sentence"),
    [
        ("ward", 2021, 5, "no level 'ward'; there are: tract, county, place"),
        ("tract", 2021, 1, "there are no 1-year estimates by tract"),
        ("place", 2021, 3, "there are no 3-year estimates by place"),
        ("place", 2020, 1, "there is no standard 1-year release of 2020"),
    ],
)
def test_what_the_survey_never_has_is_not_asked_for(
    bureau: Bureau, run: Run, chicago: City, level: str, release: int, span: int, sentence: str
) -> None:
    with pytest.raises(UsageError, match=sentence):
        run().fetch(chicago, level, release, TOTAL, span)
    assert bureau.asked == []


def test_a_file_that_is_not_there_is_one_sentence(run: Run, chicago: City) -> None:
    with pytest.raises(SourceInvalid, match=r"5y2025-b28002\.dat is not there \(status 404\); look whether it is published"):
        run().fetch(chicago, "tract", 2025, TOTAL)


def test_a_line_that_the_table_has_not_is_named_and_the_file_is_kept(bureau: Bureau, run: Run, chicago: City) -> None:
    for _ in range(2):
        with pytest.raises(SourceInvalid, match="has no B28002_014E; look up what release 2021 has in its place"):
            run().fetch(chicago, "tract", 2021, ["B28002_014"])
    assert bureau.asked == [FILE]


@pytest.mark.parametrize(
    ("level", "what"), [("tract", "tract of county 17097"), ("county", "county 17097"), ("place", "place 1799999")]
)
def test_a_county_or_place_that_the_file_has_not_is_named(run: Run, chicago: City, level: str, what: str) -> None:
    lake = replace(chicago, counties=(*chicago.counties, County("097", "Lake County")), place_fips="99999")
    with pytest.raises(SourceInvalid, match=f"has no {what}; look whether city.toml is right, or fetch it anew: --refresh"):
        run().fetch(lake, level, 2021, TOTAL)


def test_tables_with_different_places_are_not_joined(files: fake.Files, run: Run, chicago: City) -> None:
    files.change("B28003", lambda lines: [line for line in lines if not line.startswith(f"1400000US{FIRST}")])
    with pytest.raises(SourceInvalid, match=rf"b28003\.dat lacks {FIRST}, which \S+b28002\.dat has; fetch it anew: --refresh"):
        run().fetch(chicago, "tract", 2021, ALL)


# --- forms that mean the same ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "form",
    [
        lambda body: b"\xef\xbb\xbf" + body,
        lambda body: body.replace(b"\n", b"\r\n"),
        lambda body: body.replace(b"|", b" | ").replace(b"\n", b"   \n"),
        lambda body: body + b"\n  \r\n",
        lambda body: body.rstrip(b"\n"),  # the last line is no place of ours, and has all its fields
        lambda body: body + "1600000US0100124|Espa\xf1ola".encode("latin-1") + b"|1" * 25 + b"\n",
        gzip.compress,
    ],
    ids=["BOM", "CRLF", "spaces", "empty lines", "no end", "another encoding", "packed at rest"],
)
def test_a_form_that_means_the_same_is_read_the_same(files: fake.Files, run: Run, chicago: City, form: Callable) -> None:
    files.held = {path: form(body) for path, body in files.held.items()}
    table = run().fetch(chicago, "tract", 2021, ALL[:13]).table
    assert table.to_csv(index=False) == FROZEN[list(table)].to_csv(index=False)


def test_a_file_that_is_packed_on_the_way_is_kept_unpacked(files: fake.Files, run: Run, chicago: City, tmp_path: Path) -> None:
    files.packed = True
    run().fetch(chicago, "tract", 2021, TOTAL)
    assert kept(tmp_path).read_bytes() == files.held[fake.path(2021, "B28002")]


# --- damaged files --------------------------------------------------------------------------------------------------


def swap(lines: list[str], one: str, other: str) -> list[str]:
    """The header with two names in each other's place."""
    header = lines[0].replace(one, "?").replace(other, one).replace("?", other)
    return [header, *lines[1:]]


DAMAGES: dict[str, tuple[Change, str]] = {
    "two columns swapped": (
        lambda lines: swap(lines, "B28002_E003", "B28002_E004"),
        "has the column 'B28002_E004' where B28002_E003 is expected",
    ),
    "estimate and margin swapped": (
        lambda lines: swap(lines, "B28002_E001", "B28002_M001"),
        "has the column 'B28002_M001' where B28002_E001 is expected",
    ),
    "a column missing": (
        lambda lines: [lines[0].replace("|B28002_M013", ""), *lines[1:]],
        "has no column where B28002_M013 is expected",
    ),
    "a column missing everywhere": (
        lambda lines: ["|".join(line.split("|")[:5] + line.split("|")[6:]) for line in lines],
        "has the column 'B28002_M003' where B28002_E003 is expected",
    ),
    "another table": (
        lambda lines: [line.replace("B28002", "B28003") for line in lines],
        "has the column 'B28003_E001' where B28002_E001 is expected",
    ),
    "the API's names": (
        lambda lines: [lines[0].replace("E001", "001E"), *lines[1:]],
        "has the column 'B28002_001E' where B28002_E001 is expected",
    ),
    "no header": (
        lambda lines: lines[1:],
        "has the column '0100000US' where GEO_ID is expected",
    ),
    "nothing": (
        lambda lines: [],
        "has no column where GEO_ID is expected",
    ),
    "commas": (
        lambda lines: [line.replace("|", ",") for line in lines],
        "where GEO_ID is expected",
    ),
    "a row with too few fields": (
        first_tract(lambda line: line.replace("|2411|", "|", 1)),
        r"26 fields in line \d+ where 27 are expected",
    ),
    "a row with too many fields": (
        first_tract(lambda line: "|1|".join(line.split("|", 1))),
        r"28 fields in line \d+ where 27 are expected",
    ),
    "a row with too few fields elsewhere": (
        lambda lines: [*lines, "1600000US7212345|1\n"],
        r"2 fields in line \d+ where 27 are expected",
    ),
    "a row twice": (
        first_tract(lambda line: line + line),
        rf"tract {FIRST} is there twice, again in line \d+",
    ),
    "a figure that is none": (
        first_tract(lambda line: line.replace("|2411|", "|2,411|", 1)),
        f"B28002_001E of {FIRST} is '2,411', which is no number",
    ),
    "a figure in other digits": (
        first_tract(lambda line: line.replace("|2411|", "|\u0662\u0664|", 1)),
        f"B28002_001E of {FIRST} is '\u0662\u0664', which is no number",
    ),
    "a figure that is no text": (
        first_tract(lambda line: line.replace("|2411|", "|\udcff|", 1)),
        f"B28002_001E of {FIRST} is '\ufffd', which is no number",
    ),
    "a short id": (
        first_tract(lambda line: line.replace(FIRST, FIRST[:-1])),
        "'1400000US1703101010' in line .* is no tract of 11 digits",
    ),
    "cut in our last figure": (
        lambda lines: [*lines, f"1400000US{OTHER}{'|7' * 26}"],
        "the last line has no end, so the file is cut short",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_refused_in_one_sentence_and_fetched_anew_the_next_time(
    bureau: Bureau, files: fake.Files, run: Run, chicago: City, tmp_path: Path, damage: str
) -> None:
    change, sentence = DAMAGES[damage]
    right = dict(files.held)
    files.change("B28002", change)
    with pytest.raises(SourceInvalid, match=sentence) as refused:
        run().fetch(chicago, "tract", 2021, TOTAL)
    assert str(refused.value).startswith(str(kept(tmp_path)))
    assert str(refused.value).endswith("run the same command again, which fetches it anew, and tell the Bureau if it stays so")
    assert "\n" not in str(refused.value)
    files.held = right
    assert run().fetch(chicago, "tract", 2021, TOTAL).table["B28002_001E"].tolist() == FROZEN["B28002_001E"].tolist()
    assert bureau.asked == [FILE, FILE]


def test_the_same_run_can_try_a_damaged_file_again(files: fake.Files, run: Run, chicago: City) -> None:
    right, source = dict(files.held), run()
    files.change("B28002", first_tract(lambda line: line + line))
    with pytest.raises(SourceInvalid, match="is there twice"):
        source.fetch(chicago, "tract", 2021, TOTAL)
    files.held = right
    assert len(source.fetch(chicago, "tract", 2021, TOTAL).table) == len(FROZEN)


def test_a_line_without_an_end_is_never_held_in_memory(files: fake.Files, run: Run, chicago: City) -> None:
    """200 million bytes in one line, packed small; reading may take a hundredth of them."""
    path = fake.path(2021, "B28002")
    files.held[path] = gzip.compress(files.held[path] + b"x" * 200_000_000, 1)
    source = run()
    source._file(source._address("B28002", 2021, 5))  # on the disk, so that reading alone is measured
    tracemalloc.start()
    try:
        with pytest.raises(SourceInvalid, match=r"line \d+ is longer than any table of the Bureau; run the same"):
            source.fetch(chicago, "tract", 2021, TOTAL)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_a_package_that_unpacks_without_end_is_given_up(
    files: fake.Files, run: Run, chicago: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Empty lines, which are no rows to be wrong."""
    monkeypatch.setattr(summary_rows, "_MOST", 10_000_000)
    path = fake.path(2021, "B28002")
    files.held[path] = gzip.compress(files.held[path] + b"\n" * 20_000_000)
    with pytest.raises(SourceInvalid, match="unpacks to more than any table of the Bureau; run the same"):
        run().fetch(chicago, "tract", 2021, TOTAL)


def test_a_line_that_nobody_here_knows_is_refused_as_from_the_api(files: fake.Files, run: Run, chicago: City) -> None:
    files.held |= {path.replace("b28002", "b25001"): body.replace(b"B28002", b"B25001") for path, body in files.held.items()}
    with pytest.raises(
        SourceInvalid, match=r"^what B25001_001 means in release 2021 is not known here; teach equity/lines\.py$"
    ):
        run().fetch(chicago, "tract", 2021, ["B25001_001"])


def test_half_a_package_is_refused(files: fake.Files, run: Run, chicago: City) -> None:
    files.held = {path: gzip.compress(body)[: len(body) // 4] for path, body in files.held.items()}
    with pytest.raises(SourceInvalid, match="is packed, and cannot be unpacked to its end"):
        run().fetch(chicago, "tract", 2021, TOTAL)


def test_a_web_page_in_place_of_the_file_is_refused(bureau: Bureau, run: Run, chicago: City) -> None:
    bureau.fail("b28002", "html")
    with pytest.raises(SourceInvalid, match="is a web page and no table"):
        run().fetch(chicago, "tract", 2021, TOTAL)
    assert len(run().fetch(chicago, "tract", 2021, TOTAL).table) == len(FROZEN)


def test_half_a_file_with_a_length_that_fits_is_refused(bureau: Bureau, run: Run, chicago: City) -> None:
    """Nothing on the way can tell: the last line does."""
    bureau.fail("b28002", "half announced")
    with pytest.raises(SourceInvalid, match=r"fields in line \d+ where 27 are expected|no end, so the file is cut short"):
        run().fetch(chicago, "tract", 2021, TOTAL)
    assert len(run().fetch(chicago, "tract", 2021, TOTAL).table) == len(FROZEN)


@pytest.mark.parametrize(
    ("level", "code"), [("place", {"place_fips": "1400"}), ("county", {"counties": (County("03", "Cook"),)})]
)
def test_a_code_of_too_few_digits_is_no_other_place(run: Run, chicago: City, level: str, code: dict[str, object]) -> None:
    """14000 begins with 1400, and is the place of that code no more than any other."""
    with pytest.raises(SourceInvalid, match=f"has no {level} 17"):
        run().fetch(replace(chicago, **code), level, 2021, TOTAL)


# --- the network ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["reset", "reset midway", "half body", "status 500", "status 503", "status 429"])
def test_a_trouble_that_passes_is_not_noticed(bureau: Bureau, run: Run, chicago: City, fault: str) -> None:
    bureau.fail("b28002", fault)
    table = run().fetch(chicago, "tract", 2021, ALL[:13]).table
    assert table.to_csv(index=False) == FROZEN[list(table)].to_csv(index=False)
    assert bureau.asked == [FILE, FILE]


@pytest.mark.parametrize("fault", ["reset", "status 503", "half body"])
def test_a_trouble_that_stays_is_one_sentence_and_nothing_is_believed(
    bureau: Bureau, run: Run, chicago: City, tmp_path: Path, fault: str
) -> None:
    bureau.fail("b28002", fault, times=None)
    with pytest.raises(SourceUnavailable, match=r"acsdt5y2021-b28002\.dat .*, 3 times in a row; try again later$"):
        run().fetch(chicago, "tract", 2021, TOTAL)
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.name.endswith((".dat", ".sha256"))]


def test_a_line_cut_in_the_middle_goes_on_in_the_next_run(bureau: Bureau, files: fake.Files, run: Run, chicago: City) -> None:
    body = files.held[fake.path(2021, "B28002")]
    assert not body[: len(body) // 2].endswith(b"\n")
    bureau.fail("b28002", "half body")
    with pytest.raises(SourceUnavailable):
        run(web=Web(replace(PATIENT, tries=1))).fetch(chicago, "tract", 2021, TOTAL)
    table = run().fetch(chicago, "tract", 2021, ALL[:13]).table
    assert table.to_csv(index=False) == FROZEN[list(table)].to_csv(index=False)
    assert bureau.requests[-1].headers["range"] == f"bytes={len(body) // 2}-"


def test_a_redirect_is_not_followed(bureau: Bureau, run: Run, chicago: City) -> None:
    bureau.fail("b28002", "redirect")
    with pytest.raises(SourceInvalid, match=r"b28002\.dat has moved to .* \(status 302\)"):
        run().fetch(chicago, "tract", 2021, TOTAL)
    assert bureau.asked == [FILE]


# --- the cache ------------------------------------------------------------------------------------------------------


def test_a_file_is_fetched_once_for_all_levels_and_runs(bureau: Bureau, run: Run, chicago: City) -> None:
    for source in (run(), run()):
        for level in ("tract", "county", "place"):
            source.fetch(chicago, level, 2021, TOTAL)
    assert bureau.asked == [FILE]


def test_the_checksum_stands_beside_the_file_as_sha256sum_reads_it(
    files: fake.Files, run: Run, chicago: City, tmp_path: Path
) -> None:
    run().fetch(chicago, "tract", 2021, TOTAL)
    body = files.held[fake.path(2021, "B28002")]
    assert kept(tmp_path).read_bytes() == body
    assert kept(tmp_path, ".sha256").read_text() == f"{hashlib.sha256(body).hexdigest()}  acsdt5y2021-b28002.dat\n"


@pytest.mark.parametrize(
    "harm",
    [
        lambda path, seal: path.write_bytes(path.read_bytes()[:-1]),
        lambda path, seal: path.write_bytes(path.read_bytes().replace(b"|2411|", b"|2412|")),
        lambda path, seal: path.unlink(),
        lambda path, seal: seal.unlink(),
        lambda path, seal: seal.write_bytes(b"\xff\xfe"),
    ],
    ids=["cut short", "a figure changed", "file gone", "checksum gone", "checksum damaged"],
)
def test_a_kept_file_that_does_not_fit_its_checksum_is_fetched_anew(
    bureau: Bureau, run: Run, chicago: City, tmp_path: Path, harm: Callable[[Path, Path], object]
) -> None:
    run().fetch(chicago, "tract", 2021, TOTAL)
    harm(kept(tmp_path), kept(tmp_path, ".sha256"))
    table = run().fetch(chicago, "tract", 2021, TOTAL).table
    assert table["B28002_001E"].tolist() == FROZEN["B28002_001E"].tolist()
    assert bureau.asked == [FILE, FILE]


def test_when_asked_to_a_run_fetches_a_kept_file_again_and_only_once(
    bureau: Bureau, files: fake.Files, run: Run, chicago: City
) -> None:
    run().fetch(chicago, "tract", 2021, TOTAL)
    files.change("B28002", first_tract(lambda line: line.replace("|2411|", "|2412|", 1)))
    again = run(again=True)
    assert {again.fetch(chicago, "tract", 2021, TOTAL).table["B28002_001E"][0] for _ in range(2)} == {"2412"}
    assert bureau.asked == [FILE, FILE]


def test_a_file_that_cannot_be_fetched_again_stays(bureau: Bureau, run: Run, chicago: City) -> None:
    run().fetch(chicago, "tract", 2021, TOTAL)
    bureau.fail("b28002", "status 503", times=None)
    with pytest.raises(SourceUnavailable):
        run(again=True).fetch(chicago, "tract", 2021, TOTAL)
    assert run().fetch(chicago, "tract", 2021, TOTAL).table["B28002_001E"][0] == "2411"


def test_what_a_mirror_gave_is_not_taken_for_the_bureaus(bureau: Bureau, files: fake.Files, run: Run, chicago: City) -> None:
    files.held |= {f"mirror/{path}": body for path, body in files.held.items()}
    for base in ("/summary_file/mirror/", "/summary_file/"):
        run(base=bureau.url + base).fetch(chicago, "tract", 2021, TOTAL)
    assert bureau.asked == [FILE.replace("summary_file", "summary_file/mirror"), FILE]


def test_no_address_leads_out_of_the_cache(bureau: Bureau, files: fake.Files, run: Run, chicago: City, tmp_path: Path) -> None:
    bureau.route("/b28002.dat", server.file(files.held[fake.path(2021, "B28002")]))
    run(paths=summary_file.paths({"2021": "../../../{table}.dat"})).fetch(chicago, "tract", 2021, TOTAL)
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]
    assert kept(tmp_path).name == "b28002.dat"


def test_two_runs_at_once_fetch_a_file_once(bureau: Bureau, run: Run, chicago: City) -> None:
    """The first is held up in the middle of its answer until the second has begun to wait."""
    second, got = threading.Event(), []
    bureau.fail("b28002", lambda request, answer: (second.wait(5), answer)[1])
    threads = [
        threading.Thread(target=lambda: got.append(run().fetch(chicago, "tract", 2021, TOTAL).table["B28002_001E"].tolist()))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    threading.Timer(0.3, second.set).start()
    for thread in threads:
        thread.join(20)
    assert got == [FROZEN["B28002_001E"].tolist()] * 2
    assert bureau.asked == [FILE]


def test_whoever_waits_hears_of_the_bytes(files: fake.Files, run: Run, chicago: City) -> None:
    heard: list[tuple[str, int, int | None]] = []
    run(tell=lambda *told: heard.append(told)).fetch(chicago, "tract", 2021, TOTAL)
    size = len(files.held[fake.path(2021, "B28002")])
    assert heard[-1] == ("acsdt5y2021-b28002.dat", size, size)
    assert {name for name, _, _ in heard} == {"acsdt5y2021-b28002.dat"}


def test_a_cache_that_cannot_be_written_is_one_sentence(run: Run, chicago: City, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where a folder is needed")
    with pytest.raises(EquityError, match=r"b28002\.dat cannot be written \(.+\); make room there or choose another folder"):
        run().fetch(chicago, "tract", 2021, TOTAL)


def test_no_question_has_a_key(bureau: Bureau, run: Run, chicago: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CENSUS_API_KEY", fake_api.KEY)
    run().fetch(chicago, "tract", 2021, ALL)
    assert len(bureau.requests) == 3
    assert fake_api.KEY not in str(bureau.requests)


# --- a file as large as the nation ----------------------------------------------------------------------------------

MEASURED = """
import sys, time
from pathlib import Path
from equity import cities
from equity.sources.summary_file import SummaryFile
city, source = cities.load("chicago"), SummaryFile(base=sys.argv[1], cache=Path(sys.argv[2]))
for _ in range(2):
    began = time.perf_counter()
    table = source.fetch(city, "tract", 2021, ["B28002_001", "B28002_013"]).table
    print("seconds", time.perf_counter() - began)
# The most this program itself ever held: getrusage would count what its parent held before it.
print("kilobytes", next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
print(table.to_csv(index=False))
"""


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the memory of a program is read from /proc")
def test_a_nations_file_of_600000_lines_stays_under_300_megabytes(
    bureau: Bureau, files: fake.Files, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    path = fake.path(2021, "B28002")
    files.held[path] = b"".join(fake.large(files.held[path], 600_000))
    assert files.held[path].count(b"\n") == 600_001
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, f"{bureau.url}/summary_file", str(tmp_path)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
    )
    assert done.returncode == 0, done.stderr
    first, second, memory = (float(found) for found in re.findall(r"(?:seconds|kilobytes) (\S+)", done.stdout))
    record_property("MB in the file:", f"{len(files.held[path]) / 1e6:.0f}")
    record_property("seconds to fetch and filter:", f"{first:.1f}")
    record_property("seconds once it is kept:", f"{second:.1f}")
    record_property("MiB of memory at most:", f"{memory / 1024:.0f}")
    columns = ["geoid", "B28002_001E", "B28002_001M", "B28002_013E", "B28002_013M"]
    assert done.stdout.endswith(FROZEN[columns].to_csv(index=False) + "\n")
    assert memory * 1024 < 300e6
