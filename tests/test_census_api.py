"""The Bureau's API: what comes of a good answer, and that every bad one is one sentence and nobody hears the key.

The fake Bureau answers with the figures of release 2021 in `data/`, in the API's forms and words, in no order to rely on.
"""

import json
import logging
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from equity import cities, tidy
from equity.cities import City, County
from equity.errors import EquityError, KeyRefused, SourceInvalid, SourceUnavailable, UsageError
from equity.sources import Acs, census_answers, credentials
from equity.sources.census_api import CensusApi
from equity.sources.web import Patience, Web
from tests.bureau import api as fake
from tests.bureau import server
from tests.bureau.server import Answer, Bureau, Request

PATIENT = Patience(connect=5, read=10, whole=20, tries=3)
HASTY = replace(PATIENT, read=0.6, whole=0.6)  # for what is too slow, and for nothing else: this machine may be busy
FROZEN = pd.read_csv(fake.SNAPSHOTS / "acs5-2021.csv", dtype=str)
B28002 = tuple(f"B28002_{n:03d}" for n in range(1, 14))
ALL = tuple(f"{table}_{n:03d}" for table, count in (("B28002", 13), ("B28003", 6), ("B28011", 8)) for n in range(1, count + 1))
FIRST = "17031010100"  # the first tract of Cook County
DATASET = "2021/acs/acs5"


@pytest.fixture
def api(bureau: Bureau) -> fake.Api:
    return fake.register(bureau)


@pytest.fixture
def chicago() -> City:
    return cities.load("chicago")


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def source(bureau: Bureau, api: fake.Api, slept: list[float]) -> CensusApi:
    return asking(bureau, slept, PATIENT)


def asking(bureau: Bureau, slept: list[float], patience: Patience) -> CensusApi:
    return CensusApi(fake.KEY, Web(patience, slept.append, chance=lambda: 1.0), f"{bureau.url}/data")


# --- a good answer --------------------------------------------------------------------------------------------------


def test_the_figures_are_those_of_the_repository_to_the_byte(source: CensusApi, chicago: City) -> None:
    """Three tables, 27 lines, 54 columns, two calls for each of two counties: sorted and joined as they were frozen."""
    fetched = source.fetch(chicago, "tract", 2021, ALL)
    columns = ["geoid"] + [f"{line}{kind}" for line in ALL for kind in ("E", "M")]
    assert fetched.table.to_csv(index=False) == FROZEN[columns].to_csv(index=False)


def test_it_is_a_way_to_the_survey_like_the_others(source: CensusApi) -> None:
    way: Acs = source
    assert way.name == "api"


def test_columns_come_in_the_order_asked_estimate_before_margin(source: CensusApi, chicago: City) -> None:
    """And once, even if asked for twice."""
    table = source.fetch(chicago, "tract", 2021, ["B28003_006", "B28002_001", "B28003_006"]).table
    assert list(table) == ["geoid", "B28003_006E", "B28003_006M", "B28002_001E", "B28002_001M"]


def test_it_says_where_from_in_words_without_the_key(bureau: Bureau, source: CensusApi, chicago: City) -> None:
    fetched = source.fetch(chicago, "tract", 2021, ["B28002_001", "B28003_001", "B28011_001"])
    assert fetched.address == f"{bureau.url}/data/2021/acs/acs5?for=tract:*&in=state:17&in=county:031,043"
    assert fetched.dataset == "American Community Survey 5-year estimates, tables B28002, B28003, B28011"
    assert fetched.citation == (
        "US Census Bureau, American Community Survey 5-year estimates 2017-2021, tables B28002, B28003 and B28011; "
        "from the Census Data API."
    )
    assert fake.KEY not in repr(fetched) + repr(source)


def test_the_city_as_a_whole_is_one_row(bureau: Bureau, source: CensusApi, chicago: City) -> None:
    """Its households are the sum of the 801 tracts in `data/`, and come without a margin (null)."""
    fetched = source.fetch(chicago, "place", 2021, ["B28002_001", "B28002_013"])
    total = str(FROZEN["B28002_001E"].astype(int).sum())
    assert fetched.table["geoid"].tolist() == ["1714000"]
    assert fetched.table["B28002_001E"].tolist() == [total]
    assert fetched.table["B28002_001M"].tolist() == [""]
    assert fetched.address.endswith("/2021/acs/acs5?for=place:14000&in=state:17")


def test_counties_are_a_row_each(source: CensusApi, chicago: City) -> None:
    fetched = source.fetch(chicago, "county", 2021, ["B28002_001"])
    assert fetched.table["geoid"].tolist() == ["17031", "17043"]
    assert fetched.address.endswith("?for=county:031,043&in=state:17")


def test_one_year_figures_of_the_city_come_from_their_own_dataset(bureau: Bureau, source: CensusApi, chicago: City) -> None:
    fetched = source.fetch(chicago, "place", 2021, ["B28002_001"], span=1)
    assert fetched.citation.startswith("US Census Bureau, American Community Survey 1-year estimates 2021, table B28002;")
    assert any(asked.startswith("/data/2021/acs/acs1?get=B28002_001E,B28002_001M&for=place:14000") for asked in bureau.asked)


def test_no_more_is_asked_than_is_needed(bureau: Bureau, source: CensusApi, chicago: City) -> None:
    """3 tables of labels, without the key; 27 lines in two calls of at most 49 columns for each of 2 counties. The package
    by itself would ask for the type of each of the 54 columns and 3 codes of each answer."""
    source.fetch(chicago, "tract", 2021, ALL)
    labels = [request for request in bureau.requests if "groups" in request.path]
    figures = [request for request in bureau.requests if "groups" not in request.path]
    assert [request.path for request in labels] == [
        f"/data/2021/acs/acs5/groups/{t}.json" for t in ("B28002", "B28003", "B28011")
    ]
    assert [request.query for request in labels] == [{}, {}, {}]
    assert [request.query["in"] for request in figures] == ["state:17 county:031"] * 2 + ["state:17 county:043"] * 2
    assert max(len(request.query["get"].split(",")) for request in figures) <= 49
    assert len(bureau.requests) == 7


def test_labels_are_asked_for_once(bureau: Bureau, source: CensusApi, chicago: City) -> None:
    for level in ("place", "county", "tract"):
        source.fetch(chicago, level, 2021, ["B28002_001"])
    assert sum("groups" in asked for asked in bureau.asked) == 1


def test_a_release_newer_than_the_package_is_no_trouble(api: fake.Api, source: CensusApi, chicago: City) -> None:
    """The package's own list of years ends with 2024."""
    api.datasets["2031/acs/acs5"] = api.datasets[DATASET]
    assert len(source.fetch(chicago, "tract", 2031, ["B28002_001"]).table) == 801


@pytest.mark.parametrize("release", [2017, 2018, 2021, 2024])
def test_labels_with_and_without_colons_say_the_same(api: fake.Api, source: CensusApi, chicago: City, release: int) -> None:
    """Every line of the five tables, in the words of the API, is what this project takes it for."""
    names = [f"{table}_{n:03d}" for table, said in fake.LABELS.items() for n in range(1, len(said) + 1)]
    figures = {f"{name}{kind}": [""] for name in names for kind in ("E", "M")}
    api.datasets[f"{release}/acs/acs5"] = pd.DataFrame({"geoid": ["1714000"], **figures})
    assert source.fetch(chicago, "place", release, names).table.shape == (1, 1 + 2 * 46)


def test_a_margin_may_be_told_as_an_attribute_of_its_estimate(bureau: Bureau, source: CensusApi, chicago: City) -> None:
    def without_margins(request: Request, answer: Answer) -> Answer:
        told = json.loads(answer.body)["variables"]
        return Answer.json({"variables": {name: entry for name, entry in told.items() if not name.endswith("M")}})

    bureau.fail("groups", without_margins)
    assert len(source.fetch(chicago, "tract", 2021, ["B28002_001"]).table) == 801


def test_figures_without_quotes_are_the_same_text(bureau: Bureau, source: CensusApi, chicago: City) -> None:
    """2411 and 88.30 in the JSON, not "2411" and "88.30": the digits stay as they were published."""

    def bare(request: Request, answer: Answer) -> Answer:
        header, *rows = json.loads(answer.body)
        cells = [[json.dumps(code) for code in row[-3:]] for row in rows]
        lines = [
            f"[{'88.30' if n else row[0]}, null, {', '.join(codes)}]"
            for n, (row, codes) in enumerate(zip(rows, cells, strict=True))
        ]
        return Answer(f"[{json.dumps(header)}, {', '.join(lines)}]".encode())

    bureau.fail("county:031", bare)
    table = source.fetch(chicago, "tract", 2021, ["B28002_001"]).table.set_index("geoid")
    cook = [geoid for geoid in FROZEN["geoid"] if geoid.startswith("17031")]
    assert table.loc[cook[-1]].tolist() == [FROZEN.set_index("geoid").loc[cook[-1], "B28002_001E"], ""]
    assert table.loc[FIRST].tolist() == ["88.30", ""]


def test_special_codes_pass_untouched_and_tidy_resolves_or_refuses_them(
    api: fake.Api, source: CensusApi, chicago: City
) -> None:
    """-555555555 is a controlled total and -222222222 no margin; -555555556 is nothing the Bureau ever explained."""
    fake.changed(api, DATASET, FIRST, "B28002_001M", "-555555555")
    table = source.fetch(chicago, "tract", 2021, ["B28002_001"]).table
    assert table.loc[table["geoid"] == FIRST, "B28002_001M"].tolist() == ["-555555555"]
    assert tidy.long(table, 2021).set_index("place_id").loc[FIRST, "moe"] == 0
    fake.changed(api, DATASET, FIRST, "B28002_001M", "-555555556")
    with pytest.raises(SourceInvalid, match=r"B28002_001M of release 2021 holds -555555556, an unknown special code"):
        tidy.long(source.fetch(chicago, "tract", 2021, ["B28002_001"]).table, 2021)


# --- a bad answer ---------------------------------------------------------------------------------------------------

Change = Callable[[list[list]], list[list] | None]


def rows(change: Change) -> server.Change:
    """The same answer with its rows changed, in place or by what is returned."""

    def damaged(request: Request, answer: Answer) -> Answer:
        content = json.loads(answer.body)
        return Answer.json(change(content) or content)

    return damaged


def put(row: int, column: int, what: object) -> Change:
    def change(content: list[list]) -> None:
        content[row][column] = what

    return change


def label(column: str, said: str | None) -> server.Change:
    """Another label for one column; None takes it out."""

    def damaged(request: Request, answer: Answer) -> Answer:
        told = json.loads(answer.body)
        told["variables"].pop(column) if said is None else told["variables"][column].update(label=said)
        return Answer.json(told)

    return damaged


def swapped(request: Request, answer: Answer) -> Answer:
    """Lines 012 and 013 have changed places, as lines of DP02 did between releases."""
    told = json.loads(answer.body)["variables"]
    for kind in ("E", "M"):
        told[f"B28002_012{kind}"], told[f"B28002_013{kind}"] = told[f"B28002_013{kind}"], told[f"B28002_012{kind}"]
    return Answer.json({"variables": told})


GROUPS = "groups/B28002.json"
DATA = "http://[^ ]+/data/2021/acs/acs5"
TABLE = f"{DATA}/groups/B28002.json"
AGAIN = "run the same command again, and tell the Bureau if it stays so"
# name of the fault -> the address it strikes, the fault, the class of the error, its sentence (a pattern)
FAULTS: dict[str, tuple[str, str | server.Change, type[EquityError], str]] = {
    "no key": (
        "acs5?get",
        "redirect",
        KeyRefused,
        "the Census API says that the key is missing; get one free at https://api.census.gov/data/key_signup.html and set .*",
    ),
    "an invalid key": (
        "acs5?get",
        "invalid key",
        KeyRefused,
        r"the Census API refuses the key; look for a missing character, .*key_signup.html",
    ),
    "a forbidden key": ("acs5?get", "status 403", KeyRefused, r"the Census API refuses the key; .*"),
    "nothing there": (
        "acs5?get",
        "status 204",
        SourceInvalid,
        rf"{DATA} has no figures for the place that was asked for \(status 204\); look at city.toml's codes",
    ),
    "an unknown variable": (
        "acs5?get",
        "status 400",
        SourceInvalid,
        rf"{DATA} does not take the question \(status 400: error: error: unknown variable 'B28002_099E'\); look up .*",
    ),
    "an unknown release": ("acs5?get", "status 404", SourceInvalid, rf"{DATA} is not there \(status 404\); look whether .*"),
    "moved": (
        "acs5?get",
        lambda request, answer: Answer(b"", 301, {"Location": "https://elsewhere.example/data"}),
        SourceInvalid,
        rf"{DATA} sends us elsewhere \(status 301\); correct `api` under \[addresses\] in city.toml",
    ),
    "asked too often": (
        "acs5?get",
        "status 429",
        SourceUnavailable,
        rf"{DATA} says that it is asked too often \(status 429: Too many requests\), 3 times in a row; try again later",
    ),
    "the Bureau's sentence": (
        "acs5?get",
        "status 500",
        SourceUnavailable,
        rf"{DATA} fails \(status 500: error: unknown/unsupported geography hierarchy\), 3 times in a row; try again later",
    ),
    "the Bureau's sentence with 400": (
        "acs5?get",
        lambda request, answer: Answer.text(server.SENTENCE, 400),
        SourceUnavailable,
        rf"{DATA} fails \(status 400: There was an error while running your query\), 3 times in a row; try again later",
    ),
    "out of service": ("acs5?get", "status 503", SourceUnavailable, rf"{DATA} fails \(status 503: Service Unavailable\), 3 .*"),
    "a reset": ("acs5?get", "reset", SourceUnavailable, f"{DATA} breaks the connection, 3 times in a row; try again later"),
    "half a body": ("acs5?get", "half body", SourceUnavailable, f"{DATA} breaks the connection, 3 times in a row; try .*"),
    "half a body that claims to be whole": (
        "acs5?get",
        "half announced",
        SourceUnavailable,
        f"{DATA} sends JSON that breaks off, or none, 3 times in a row; try again later",
    ),
    "a slow drip": (
        "acs5?get",
        "slow drip",
        SourceUnavailable,
        f"{DATA} is too slow: no whole answer within 0.6 seconds, 3 times in a row; try again later",
    ),
    "a web page": (
        "acs5?get",
        "html",
        SourceUnavailable,
        rf"{DATA} sends a web page \(Request Rejected\) instead of figures, 3 times in a row; try again later",
    ),
    "an empty body": (
        "acs5?get",
        lambda q, a: Answer(b""),
        SourceUnavailable,
        f"{DATA} sends JSON that breaks off, or none, .*",
    ),
    "JSON that is no table": (
        "acs5?get",
        lambda q, a: Answer.json({"a": 1}),
        SourceInvalid,
        f"{DATA} does not give a list of.*",
    ),
    "an empty list": ("acs5?get", lambda q, a: Answer.json([]), SourceInvalid, f"{DATA} does not give a list of rows; {AGAIN}"),
    "a header and no rows": (
        "acs5?get",
        rows(lambda c: c[:1]),
        SourceInvalid,
        rf"{DATA} gives no rows for tract:\* in state:17 .*",
    ),
    "a row twice": ("acs5?get", rows(lambda c: [*c, c[1]]), SourceInvalid, rf"{DATA} gives 17031\d+ twice; {AGAIN}"),
    "a row too short": (
        "acs5?get",
        rows(lambda c: [c[0], c[1][1:]]),
        SourceInvalid,
        f"{DATA} gives 4 fields in row 1 where 5 are .*",
    ),
    "a row too long": (
        "acs5?get",
        rows(lambda c: [c[0], [*c[1], "0"]]),
        SourceInvalid,
        f"{DATA} gives 6 fields in row 1 where 5 are expected; {AGAIN}",
    ),
    "another column": (
        "acs5?get",
        rows(put(0, 0, "B28002_002E")),
        SourceInvalid,
        f"{DATA} gives the column 'B28002_002E' where B28002_001E is expected; {AGAIN}",
    ),
    "a column too few": (
        "acs5?get",
        rows(lambda c: [row[:-1] for row in c]),
        SourceInvalid,
        f"{DATA} gives 4 columns where 5 are expected; {AGAIN}",
    ),
    "two columns swapped": (
        "acs5?get",
        rows(put(0, 0, "B28002_001M")),
        SourceInvalid,
        f"{DATA} gives the column 'B28002_001M' where B28002_001E is expected; {AGAIN}",
    ),
    "another county": (
        "acs5?get",
        rows(put(1, 3, "033")),
        SourceInvalid,
        f"{DATA} gives county 033 where 031 was asked for; {AGAIN}",
    ),
    "another state": ("acs5?get", rows(put(1, 2, "18")), SourceInvalid, f"{DATA} gives state 18 where 17 was asked for; .*"),
    "a tract without its zero": (
        "acs5?get",
        rows(put(1, 4, "10100")),
        SourceInvalid,
        f"{DATA} gives '10100' as a tract, which has 6 digits; {AGAIN}",
    ),
    "a figure with a comma": (
        "acs5?get",
        rows(put(1, 0, "2,411")),
        SourceInvalid,
        rf"{DATA} gives '2,411' as B28002_001E of 17031\d+, which is no number; {AGAIN}",
    ),
    "a figure in words": ("acs5?get", rows(put(1, 1, "N/A")), SourceInvalid, rf"{DATA} gives 'N/A' as B28002_001M of .*"),
    "a figure that is none": ("acs5?get", rows(put(1, 0, True)), SourceInvalid, f"{DATA} gives True as B28002_001E of .*"),
    "a figure that is not a number": ("acs5?get", rows(put(1, 0, float("nan"))), SourceInvalid, f"{DATA} gives 'NaN' as .*"),
    "a changed label": (
        GROUPS,
        label("B28002_001E", "Estimate!!Total people"),
        SourceInvalid,
        f"{TABLE} says that B28002_001E is 'Estimate!!Total people' where 'Estimate!!Total:' is expected; look up where .*",
    ),
    "a changed label of a margin": (
        GROUPS,
        label("B28002_001M", "Margin of Error!!Total people"),
        SourceInvalid,
        f"{TABLE} says that B28002_001M is 'Margin of Error!!Total people' where .*",
    ),
    "a line that is gone": (
        GROUPS,
        label("B28002_001E", None),
        SourceInvalid,
        f"{TABLE} has no line B28002_001E; look up what release 2021 has in its place",
    ),
    "no labels": (GROUPS, lambda q, a: Answer.json([]), SourceInvalid, f"{TABLE} does not tell what its lines mean; {AGAIN}"),
    "a table that is gone": (GROUPS, "status 404", SourceInvalid, rf"{TABLE} is not there \(status 404\); look whether .*"),
    "labels cut in half": (GROUPS, "half announced", SourceUnavailable, f"{TABLE} sends JSON that breaks off, or none, .*"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_sentence_and_nobody_hears_the_key(
    name: str,
    bureau: Bureau,
    api: fake.Api,
    chicago: City,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    match, fault, kind, sentence = FAULTS[name]
    bureau.fail(match, fault, times=None)
    source = asking(bureau, [], HASTY if name == "a slow drip" else PATIENT)
    with pytest.raises(EquityError) as refused:
        source.fetch(chicago, "tract", 2021, ["B28002_001"])
    assert type(refused.value) is kind
    assert re.fullmatch(sentence, str(refused.value)), str(refused.value)
    assert "\n" not in str(refused.value)
    printed = capsys.readouterr()
    logged = caplog.text + "".join(repr(record.__dict__) for record in caplog.records)
    assert fake.KEY not in server.traces(refused.value) + logged + printed.out + printed.err
    assert printed.out == printed.err == ""
    assert not any("missing_key" in asked for asked in bureau.asked), "no redirect was followed"


@pytest.mark.parametrize("name", ["a reset", "half a body", "half a body that claims to be whole", "a slow drip", "a web page"])
def test_a_fault_that_passes_is_not_noticed(name: str, bureau: Bureau, api: fake.Api, chicago: City) -> None:
    match, fault, _, _ = FAULTS[name]
    bureau.fail(match, fault, times=2)
    source = asking(bureau, [], HASTY if name == "a slow drip" else PATIENT)
    assert source.fetch(chicago, "tract", 2021, ["B28002_001"]).table.equals(FROZEN[["geoid", "B28002_001E", "B28002_001M"]])


def test_when_asked_too_often_it_waits_as_long_as_it_is_told(
    bureau: Bureau, source: CensusApi, chicago: City, slept: list[float]
) -> None:
    """17 seconds, and a chance (here: all) of one more."""
    bureau.retry_after = "17"
    bureau.fail("acs5?get", "status 429")
    source.fetch(chicago, "place", 2021, ["B28002_001"])
    assert slept == [18]


def test_a_line_that_changed_places_is_found_by_its_label(bureau: Bureau, source: CensusApi, chicago: City) -> None:
    bureau.fail("groups", swapped)
    with pytest.raises(
        SourceInvalid, match=r"B28002_012E is 'Estimate!!Total:!!No Internet access' where .*without a subscription"
    ):
        source.fetch(chicago, "tract", 2021, B28002)
    assert not any("get=" in asked for asked in bureau.asked), "no figure of it was fetched"


def test_a_line_nobody_here_knows_is_refused(api: fake.Api, source: CensusApi, chicago: City) -> None:
    api.labels["B25001"] = ["Estimate!!Total"]
    with pytest.raises(SourceInvalid, match=r"what B25001_001 means in release 2021 is not known here; teach equity/lines.py"):
        source.fetch(chicago, "tract", 2021, ["B25001_001"])


def test_a_row_missing_in_one_part_is_noticed_at_once(bureau: Bureau, source: CensusApi, chicago: City) -> None:
    """54 columns come in two parts; the package would drop the row and say nothing."""
    bureau.fail("get=B28003_006E", rows(lambda content: content[:-1]))
    bureau.fail("get=B28011_006E", rows(lambda content: content[:-1]))
    with pytest.raises(
        SourceInvalid, match=r"acs5 gives 17031010100 in one part of its lines and not in the next; run the same"
    ):
        source.fetch(chicago, "tract", 2021, ALL)


def test_parts_are_joined_by_place_whatever_their_order(bureau: Bureau, source: CensusApi, chicago: City) -> None:
    bureau.fail("get=B28011_006E", rows(lambda content: [content[0], *content[:0:-1]]), times=None)
    table = source.fetch(chicago, "tract", 2021, ALL).table
    assert table["B28011_008E"].tolist() == FROZEN["B28011_008E"].tolist()


# --- what cannot be asked ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "release", "span", "sentence"),
    [
        ("ward", 2021, 5, "no level 'ward'; there are: tract, county, place"),
        ("tract", 2021, 1, "there are no 1-year estimates by tract; ask for 5 years, or for 1 year of a place or county"),
        ("place", 2021, 3, "there are no 3-year estimates by place; ask for 5 years"),
        ("place", 2020, 1, "there is no standard 1-year release of 2020; ask for its 5-year estimates or for another year"),
    ],
)
def test_what_the_api_never_has_is_not_asked_for(
    bureau: Bureau, source: CensusApi, chicago: City, level: str, release: int, span: int, sentence: str
) -> None:
    with pytest.raises(UsageError, match=sentence):
        source.fetch(chicago, level, release, ["B28002_001"], span)
    assert bureau.asked == []


def test_a_city_may_lie_in_one_county_or_in_five(source: CensusApi, chicago: City) -> None:
    dupage = replace(chicago, counties=(County("043", "DuPage County"),))
    assert source.fetch(dupage, "tract", 2021, ["B28002_001"]).table["geoid"].str[:5].unique().tolist() == ["17043"]


def test_a_city_in_a_county_that_is_none_is_told_so(source: CensusApi, chicago: City) -> None:
    with pytest.raises(SourceInvalid, match=r"has no figures for the place that was asked for \(status 204\)"):
        source.fetch(replace(chicago, counties=(County("999", "Nowhere"),)), "tract", 2021, ["B28002_001"])


def test_an_address_with_signs_of_its_own_stays_what_it_is(bureau: Bureau, api: fake.Api, chicago: City) -> None:
    """The package puts release and dataset into its addresses with %, which an escaped space would upset."""
    bureau.route("/a mirror/data/", lambda request: api.answer(replace(request, path=request.path.removeprefix("/a mirror"))))
    source = CensusApi(fake.KEY, Web(PATIENT), f"{bureau.url}/a%20mirror/data/")
    assert len(source.fetch(chicago, "tract", 2021, ["B28002_001"]).table) == 801


def test_what_the_package_says_about_itself_has_not_changed() -> None:
    """`_Client` leans on these names; a new version of the package that lost one would go its own way unnoticed."""
    from census.core import ACS5Client

    assert {"_switch_endpoints", "_field_type", "get", "query", "endpoint_url"} <= set(dir(ACS5Client))


# --- the key ----------------------------------------------------------------------------------------------------------

OTHER = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config folder with a key that only its owner can read."""
    (tmp_path / "census-key").write_text(f"{fake.KEY}\n")
    (tmp_path / "census-key").chmod(0o600)
    return tmp_path


def test_a_key_given_goes_before_the_environment_and_that_before_the_file(config: Path) -> None:
    third = "c" * 40
    assert credentials.key(third, {"CENSUS_API_KEY": OTHER}, config) == third
    assert credentials.key(None, {"CENSUS_API_KEY": f" {OTHER} "}, config) == OTHER
    assert credentials.key(None, {"CENSUS_API_KEY": ""}, config) == fake.KEY
    assert credentials.key(None, {}, config) == fake.KEY


def test_without_a_key_one_is_told_where_to_get_one(tmp_path: Path) -> None:
    assert credentials.find(None, {}, tmp_path) is None
    with pytest.raises(KeyRefused) as refused:
        credentials.key(None, {}, tmp_path)
    assert str(refused.value) == (
        "the Census API needs a key and none is given; get one free at https://api.census.gov/data/key_signup.html and set "
        f"CENSUS_API_KEY or write it to {tmp_path}/census-key, or use the keyless files: --source summary"
    )
    assert refused.value.exit_code == 8


@pytest.mark.parametrize("said", ["", "  ", "short", f"{OTHER[:20]} {OTHER[20:]}", f"'{OTHER}'", f"{OTHER}&for=us:1", "é" * 40])
def test_what_cannot_be_a_key_is_refused_and_not_repeated(said: str, config: Path) -> None:
    with pytest.raises(KeyRefused, match=r"^what --key gives is no key of the Census API") as refused:
        credentials.key(said, {}, config)
    assert not said.strip() or said not in server.traces(refused.value)


def test_a_key_file_that_others_can_read_is_used_and_told(config: Path, caplog: pytest.LogCaptureFixture) -> None:
    (config / "census-key").chmod(0o644)
    assert credentials.key(None, {}, config) == fake.KEY
    assert caplog.messages == [f"{config}/census-key can be read by others on this machine; run: chmod 600 {config}/census-key"]


def test_a_key_file_for_its_owner_alone_is_nothing_to_tell(config: Path, caplog: pytest.LogCaptureFixture) -> None:
    credentials.key(None, {}, config)
    assert caplog.messages == []


def test_a_key_file_that_is_none_is_refused_and_not_repeated(config: Path) -> None:
    path = config / "census-key"
    path.write_bytes(b"\xff\xfe" + OTHER.encode())
    with pytest.raises(KeyRefused, match="census-key gives is no key of the Census API") as refused:
        credentials.key(None, {}, config)
    assert OTHER not in server.traces(refused.value)
    path.unlink()
    path.mkdir()
    with pytest.raises(KeyRefused, match=r"census-key cannot be read \(Is a directory\); write the key and nothing else there"):
        credentials.key(None, {}, config)


def test_a_file_that_cannot_be_read_troubles_nobody_who_gives_a_key(tmp_path: Path) -> None:
    """A folder where the file should be, and a file with anything in it."""
    for spoil in (lambda path: path.mkdir(), lambda path: (path.rmdir(), path.write_text("x y z"))):
        spoil(tmp_path / credentials.FILE)
        assert credentials.find(OTHER, {}, tmp_path) == OTHER
        assert credentials.find(None, {"CENSUS_API_KEY": OTHER}, tmp_path) == OTHER
        with pytest.raises(KeyRefused):
            credentials.find(None, {}, tmp_path)


@pytest.mark.parametrize("status", [401, 403])
def test_labels_that_are_not_given_out_say_nothing_of_the_key(
    bureau: Bureau, source: CensusApi, chicago: City, status: int
) -> None:
    """They are asked for without one."""
    bureau.fail("groups/B28002.json", f"status {status}", times=None)
    with pytest.raises(SourceInvalid, match=rf"groups/B28002\.json is not given out \(status {status}\); try again later"):
        source.fetch(chicago, "tract", 2021, ["B28002_001"])


def test_blocks_are_read_by_the_same_rules() -> None:
    """The household counts of the 2020 Census come from the same API in the same form."""
    from equity.sources.web import Answer as Got

    params = {"get": "H1_002N", "for": "block:*", "in": "state:17 county:031 tract:*"}
    content = [["H1_002N", "state", "county", "tract", "block"], ["12", "17", "031", "010100", "1000"]]
    assert census_answers.rows("http://here", params, Got(200, {}, json.dumps(content).encode())) == content
