"""``python -m equity refresh`` against the fake Bureau: what comes home is what was published, and no fault gets in.

Every fault is tried through the command line: an exit code, one sentence, ``data/`` as it was to the byte, and no key anywhere.
"""

import csv
import datetime
import functools
import io
import json
import logging
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd
import pytest

from equity import __main__ as command_line
from equity import atlas as atlases
from equity import cities, drift, indicators, refresh, snapshots
from equity.lines import SVI
from equity.sources.local import columns_of
from equity.sources.web import Patience, Web
from tests.bureau import api, stage, summary
from tests.bureau.server import Answer, Bureau, Request
from tests.commands import Command, Ran

PATIENT = Patience(connect=5, read=20, whole=20, tries=3, first_wait=1)
HASTY = replace(PATIENT, read=0.5, whole=0.5, tries=2)  # for what is too slow, and for nothing else: this machine may be busy
FROZEN = api.frozen("acs5-2021")
EMPTY = FROZEN["geoid"][FROZEN["B28002_001E"] == "0"].iloc[0]  # a tract of the city in which nobody keeps house
FIRST = "17031010100"  # the first tract of Cook County, in Rogers Park
OF_2010 = "17031320100"  # a tract of 2010 that is none of 2020
WRONG_KEY = "badbad" + api.KEY[6:]
DAY = datetime.date(2026, 11, 23)
RELEASE = ("--release", "2021")
BOTH = pytest.mark.parametrize("source", ["api", "summary"])


@dataclass
class World:
    """The fake Bureau, the copy of Chicago it is asked for, and how long anybody waits."""

    bureau: Bureau
    api: api.Api
    files: summary.Files
    root: Path
    cache: Path
    patience: Patience = PATIENT
    slept: list[float] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.root / "chicago"

    def feed(self, release: int, tracts: pd.DataFrame) -> None:
        """Give the Bureau's every way a release."""
        self.api.feed(release, tracts)
        self.files.feed(release, tracts)

    def in_hand(self) -> dict:
        return json.loads((self.folder / "in_hand.json").read_text())["releases"]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    root = tmp_path / "cities"
    stage.copy(root)
    with Bureau() as bureau:
        world = World(bureau, api.register(bureau), summary.register(bureau), root, tmp_path / "cache")
        for name, value in (stage.addresses(bureau) | {"CENSUS_API_KEY": api.KEY}).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(cities, "DATA", root)
        monkeypatch.setattr(command_line, "_today", lambda: DAY)
        yield world


@pytest.fixture
def run(
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    caplog: pytest.LogCaptureFixture,
) -> Command:
    """The command line in this process, with little patience; whatever it does, the key is nowhere afterwards."""
    caplog.set_level(logging.DEBUG)  # the libraries' own logs, too
    source = refresh.source

    def run(*words: str) -> Ran:
        web = Web(world.patience, sleep=world.slept.append, chance=lambda: 0.0)
        monkeypatch.setattr(refresh, "source", functools.partial(source, web=web, cache=world.cache))
        code = command_line.main(list(words))
        ran = Ran(code, *capsys.readouterr())
        left = b"".join(name.encode() + body for name, body in stage.content(tmp_path).items())
        for key in (api.KEY, WRONG_KEY):
            assert key not in ran.out + ran.err + caplog.text
            assert key.encode() not in left
        return ran

    return run


def fetch(run: Command, source: str, *more: str) -> Ran:
    return run("refresh", "chicago", "--source", source, *(more or RELEASE))


def refused(run: Command, world: World, source: str, *more: str) -> Ran:
    """A refresh that has to fail: ``data/`` is as it was, and nothing lies beside it."""
    before = stage.content(world.root)
    ran = fetch(run, source, *more)
    assert ran.code != 0
    assert stage.content(world.root) == before
    return ran


# --- there and back -------------------------------------------------------------------------------------------------


@BOTH
def test_the_repositorys_own_figures_come_home_to_the_byte(source: str, world: World, run: Command) -> None:
    """And the sidecar tells another way, and nothing else: those in the repository came from a tabulation by others, which
    gave standard errors in the place of margins."""
    ran = fetch(run, source)
    assert (ran.code, ran.out) == (0, "")
    assert as_in_the_repository(world)
    came, ours = (json.loads((f / "snapshots" / "acs5-2021.json").read_text()) for f in (world.folder, stage.CHICAGO))
    assert list(came) == list(ours), "the same keys in the same order"
    of = f"{world.bureau.url}/summary_file/2021/table-based-SF/data/5YRData/acsdt5y2021-"
    where = {
        "api": f"{world.bureau.url}/data/2021/acs/acs5?for=tract:*&in=state:17&in=county:031,043",
        "summary": ", ".join(f"{of}{table}.dat" for table in ("b28002", "b28003", "b28011", "b19001")),
    }
    by = {
        "api": "from the Census Data API.",
        "summary": "from the table-based summary file, which names its lines by number alone.",
    }
    survey = (
        "US Census Bureau, American Community Survey 5-year estimates 2017-2021, tables B28002, B28003, B28011 and B19001; "
    )
    assert {name: came[name] for name in came if came[name] != ours[name]} == {
        "source": where[source],
        "citation": survey + by[source],
        "margins": "published",
        "margins_note": "Margins are published beside every count, at 90 %, but for table B19001, whose margins were not asked "
        "for.",
    }


def as_in_the_repository(world: World) -> bool:
    came, ours = (folder / "snapshots" / "acs5-2021.csv" for folder in (world.folder, stage.CHICAGO))
    return came.read_bytes() == ours.read_bytes()


def test_numbers_without_quotes_are_the_same_figures(world: World, run: Command) -> None:
    """The API puts them in quotes today; were it to stop, nothing would become a float on the way."""
    world.bureau.fail("get=", lambda request, answer: unquoted(answer), None)
    assert fetch(run, "api").code == 0
    assert as_in_the_repository(world)


def unquoted(answer: Answer) -> Answer:
    """An answer of the API whose figures are JSON numbers; the codes of places stay text."""
    header, *rows = json.loads(answer.body)
    figures = sum(name.startswith("B") for name in header)
    bare = [[*(None if f is None else int(f) for f in row[:figures]), *row[figures:]] for row in rows]
    return Answer.json([header, *bare])


def test_the_same_day_twice_gives_the_same_bytes(world: World, run: Command) -> None:
    """Of the summary files, which are fetched once; and a third time with --refresh, which fetches them anew."""
    fetch(run, "summary")
    once, asked = stage.content(world.folder), len(world.bureau.asked)
    assert asked == 8, "four tables, of five years and of one"
    assert json.loads(once["manifest.json"])["made"] == "2026-11-23"
    fetch(run, "summary")
    assert len(world.bureau.asked) == asked
    assert stage.content(world.folder) == once
    assert stage.content(world.root / ".chicago.last" / "chicago") == once, "and the set before is kept, whole"
    assert sorted(path.name for path in world.root.iterdir()) == [".chicago.last", "chicago"]
    fetch(run, "summary", *RELEASE, "--refresh")
    assert len(world.bureau.asked) == 2 * asked
    assert stage.content(world.folder) == once


def test_a_release_is_fetched_whole_and_nothing_else_is_touched(world: World, run: Command) -> None:
    """Tracts of both counties, the counties, the city, and the city in the single year, which the fake Bureau takes to be
    the sum of the tracts; beside them stays what was written by hand, and what other releases have."""
    (world.folder / "targets.csv").write_text("by hand\n")
    before = stage.content(world.folder)
    fetch(run, "api")
    assert {re.match(r"/data/(\d{4})/", asked)[1] for asked in world.bureau.asked} == {"2021"}
    after = stage.content(world.folder)
    assert set(before) <= set(after)
    changed = {name for name in after if after[name] != before.get(name)}
    assert {name for name in changed if "modelled" not in name} == {  # these name the source of what they are fitted on
        *("in_hand.json", "manifest.json", "snapshots/acs5-2021.json"),
        *(f"snapshots/{name}-2021.{kind}" for name in ("place", "acs1") for kind in ("csv", "json")),
    }
    for name, level, years in (("place-2021", "place", [2017, 2021]), ("acs1-2021", "place", [2021, 2021])):
        frozen = snapshots.read(world.folder / "snapshots", name)
        assert frozen.table["geoid"].tolist() == ["1714000"]
        assert frozen.table["B28002_001E"].tolist() == [FROZEN["B28002_001E"].astype(int).sum()]
        assert (frozen.meta["level"], frozen.meta["survey_years"]) == (level, years)


# --- which releases -------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("more", [(), ("--release", "2021"), ("--release", "2024", "--release", "2022")])
def test_a_dry_run_asks_nothing_and_writes_nothing(source: str, more: tuple[str, ...], world: World, run: Command) -> None:
    before = stage.content(world.root)
    ran = run("refresh", "chicago", "--source", source, *more, "--dry-run")
    releases = sorted(int(word) for word in more if word.isdigit()) or range(2017, 2025)
    said = [re.match(r"release (\d{4}) from (\w+), B28002, B28003, B28011, B19001: ", line) for line in ran.out.splitlines()]
    assert [(int(line[1]), line[2]) for line in said] == [(release, source) for release in releases]
    assert (ran.code, ran.err, world.bureau.asked) == (0, "", [])
    assert stage.content(world.root) == before


def test_a_dry_run_says_what_a_source_does_not_have(world: World, run: Command) -> None:
    told = dict(line.split(" from summary") for line in fetch(run, "summary", "--dry-run").out.splitlines())
    assert told["release 2017"].endswith("nothing: this source does not have it")
    assert told["release 2020"].endswith(": tracts of Cook County, DuPage County, the counties, Chicago")
    assert told["release 2021"].endswith("the counties, Chicago, Chicago in the single year 2021")


def test_a_release_that_city_toml_does_not_list(world: World, run: Command) -> None:
    ran = refused(run, world, "api", "--release", "2016")
    assert ran.code == 2
    assert ran.sentence.startswith("city.toml of chicago lists no release 2016; ")
    assert world.bureau.asked == []


def test_what_is_in_hand_is_what_was_fetched_over_what_there_was(world: World, run: Command) -> None:
    """2022 is fed with the figures of 2021, which move some areas: a person says that this is right."""
    world.feed(2022, FROZEN)
    fetch(run, "api")
    before = {
        "2018": {"level": "tract", "snapshot": "acs5-2018"},
        "2019": {"level": "tract", "snapshot": "acs5-2019"},
        "2020": {"level": "area", "snapshot": "areas-2020"},
        "2021": {"level": "tract", "snapshot": "acs5-2021", "place_snapshot": "place-2021", "one_year": "acs1-2021"},
        "2022": {"level": "tract", "snapshot": "svi-2022"},
        "2023": {"level": "tract", "snapshot": "acs5-2023"},
        "2024": {"level": "tract", "snapshot": "acs5-2024", "modelled": True},
    }
    assert world.in_hand() == before
    new = {"level": "tract", "snapshot": "acs5-2022", "place_snapshot": "place-2022", "one_year": "acs1-2022"}
    for source in ("summary", "api"):  # the second time it is there already
        assert fetch(run, source, "--release", "2022", "--accept-drift").code == 0
        assert world.in_hand() == before | {"2022": new | {"also": ["svi-2022"]}}
    svi = stage.CHICAGO / "snapshots" / "svi-2022.csv"
    assert (world.folder / "snapshots" / "svi-2022.csv").read_bytes() == svi.read_bytes()


def test_who_lives_where_is_still_told_beside_fetched_figures(world: World, run: Command) -> None:
    """Poverty is in the CDC's index alone; subscriptions now come from the Bureau's table, here those of 2021."""
    world.feed(2022, FROZEN)

    def city(indicator: str, release: str) -> dict[str, str]:
        words = ("export", "chicago", "--level", "city", "--release", release, "--indicator", indicator)
        (row,) = csv.DictReader(io.StringIO(run(*words).out))
        return {name: row[name] for name in ("universe_estimate", "estimate", "share", "share_moe")}

    poverty, subscriptions = city("poverty", "2022"), city("no_subscription", "2021")
    assert city("no_subscription", "2022") != subscriptions
    fetch(run, "api", "--release", "2022", "--accept-drift")
    assert city("poverty", "2022") == poverty
    assert city("no_subscription", "2022") == subscriptions


def test_modelled_margins_go_when_published_ones_come(world: World, run: Command) -> None:
    world.feed(2024, FROZEN)
    assert (world.folder / "snapshots" / "modelled-2024.csv").exists()
    assert fetch(run, "api", "--release", "2024", "--accept-drift").code == 0
    assert "modelled" not in world.in_hand()["2024"]
    assert not [name for name in stage.content(world.folder) if "modelled" in name]
    assert cities.load("chicago").modelled == ()
    assert run("check").code == 0


@pytest.mark.parametrize("source", ["api", pytest.param("summary", marks=pytest.mark.long)])
def test_every_release_at_once(source: str, world: World, run: Command) -> None:
    """Eight releases, three of them of tracts of 2010: these get figures of 2021, row by row, under names of 2010, and a
    tract beyond the city's limit for the second county, which has none of the city then."""
    of_2010 = sorted(pd.read_csv(stage.CHICAGO / "crosswalk-2010.csv", dtype=str)["geoid"].unique())
    older = FROZEN.head(len(of_2010) + 1).assign(geoid=[*of_2010, "17043840000"])
    for release in range(2017, 2025):
        world.feed(release, older if release < 2020 else FROZEN)
    assert run("refresh", "chicago", "--source", source, "--accept-drift").code == 0
    first = 2018 if source == "summary" else 2017  # the Bureau has no such files of 2017
    loaded = cities.load("chicago").loaded
    assert [known.release for known in loaded] == list(range(first, 2025))
    assert {known.level for known in loaded} == {"tract"}
    assert [known.release for known in loaded if known.one_year is None] == [2020], "there is no standard 1-year release"
    assert not (world.folder / "snapshots" / "areas-2020.csv").exists(), "its tracts are in hand now"
    ran = run("check")
    assert (ran.code, ran.err) == (0, "")


# --- figures that moved ---------------------------------------------------------------------------------------------


def offline(tracts: pd.DataFrame, geoids: set[str], share: float) -> pd.DataFrame:
    """These tracts with a share of their households with broadband and a computer at home without any access.

    B28002_004, its whole 002 and what is not above it shrink and 013 grows; B28003_004 and 005, B28011_002 and 008 likewise.
    """
    estimates = tracts[[name for name in tracts if name.endswith("E")]].astype(int)
    gone = (share * estimates[["B28002_004E", "B28003_004E"]].min(axis=1)).astype(int) * tracts["geoid"].isin(geoids)
    for line in ("B28002_002", "B28002_004", "B28003_004", "B28011_002"):
        estimates[f"{line}E"] -= gone
    for line in ("B28002_013", "B28003_005", "B28011_008"):
        estimates[f"{line}E"] += gone
    for number in range(5, 12):
        estimates[f"B28002_{number:03d}E"] = estimates[[f"B28002_{number:03d}E", "B28002_004E"]].min(axis=1)
    return tracts.assign(**{name: estimates[name].astype(str) for name in estimates})


def without(tracts: pd.DataFrame, area: str) -> float:
    """The share of an area's households without a subscription: sums of tracts, by the weights in `data/`."""
    weights = pd.read_csv(stage.CHICAGO / "crosswalk-2020.csv", dtype={"geoid": str, "area_id": str})
    ours = tracts.merge(weights[weights["area_id"] == area] if area else weights, on="geoid")
    households, subscribed = ((ours[f"B28002_00{n}E"].astype(int) * ours["weight"]).sum() for n in (1, 2))
    return 1 - subscribed / households


def test_an_area_that_moved_too_far_waits_for_a_persons_word(world: World, run: Command) -> None:
    """Half of Woodlawn (42) loses its broadband between two editions of the same release."""
    weights = pd.read_csv(stage.CHICAGO / "crosswalk-2020.csv", dtype=str)
    moved = offline(FROZEN, set(weights["geoid"][weights["area_id"] == "42"]), 0.5)
    world.feed(2021, moved)
    ran = refused(run, world, "api")
    assert ran.code == 3
    assert ran.sentence == (
        f"Woodlawn, release 2021: {without(FROZEN, '42'):.1%} before, {without(moved, '42'):.1%} now: more than figures move; "
        "look into it, then refresh again with --accept-drift"
    )
    assert fetch(run, "api", *RELEASE, "--accept-drift").code == 0
    assert fetch(run, "api").code == 0, "and is the measure from now on"


def test_a_city_that_moved_too_far_waits_for_a_persons_word(world: World, run: Command) -> None:
    """One household in twenty: more than 3 points of the city, less than 15 of any area."""
    moved = offline(FROZEN, set(FROZEN["geoid"]), 0.05)
    world.feed(2021, moved)
    ran = refused(run, world, "api")
    assert ran.sentence.startswith(
        f"Chicago, release 2021: {without(FROZEN, ''):.1%} before, {without(moved, ''):.1%} now: more than figures move"
    )


def test_a_set_in_hand_that_is_damaged_is_not_built_upon(world: World, run: Command) -> None:
    path = world.folder / "crosswalk-2020.csv"
    path.write_bytes(path.read_bytes().replace(b"17031010100", b"17031010101", 1))
    ran = refused(run, world, "api")
    assert ran.code == 5
    assert ran.sentence == (
        f"weights and outlines are taken from the set in hand, and it is not whole: {path} is not the file that was written "
        "(its sha256 differs); put that back as the repository has it, or refresh from raw files: --from FOLDER"
    )
    assert world.bureau.asked == []


def test_a_damaged_set_gives_way_to_the_last_good_one(world: World, run: Command) -> None:
    """Once there was a refresh there is a last good set: the next one begins with it, whatever happened to the newest."""
    for _ in range(2):
        assert fetch(run, "api").code == 0
    (world.folder / "targets.csv").write_text("by hand\n")
    for name in ("crosswalk-2020.csv", "manifest.json", "in_hand.json", "snapshots/acs5-2021.json"):
        path = world.folder / name
        path.write_bytes(path.read_bytes() + b" x")
        ran = fetch(run, "api")
        assert ran.code == 0, (name, ran.err)
        assert "The set in hand was damaged, and the last good one is in its place" in ran.err
        assert snapshots.verify(world.folder) == []
        assert as_in_the_repository(world)
    assert (world.folder / "targets.csv").read_text() == "by hand\n"


def test_a_refresh_mends_what_a_death_between_two_renames_left(world: World, run: Command) -> None:
    """On a system that cannot exchange two folders, only the last set is there then: the next refresh begins with it."""
    last = world.root / ".chicago.last"
    last.mkdir()
    world.folder.rename(last / "chicago")
    assert run("refresh", "chicago", "--source", "api", *RELEASE, "--dry-run").code == 6, "which changes nothing"
    assert not world.folder.exists()
    assert fetch(run, "api").code == 0
    assert as_in_the_repository(world)


def test_a_set_that_no_server_could_open_is_not_published(world: World, run: Command) -> None:
    """The city's own row says that its margin is no sample's (-555555555) where its estimate should be."""
    table = world.api.datasets["2021/acs/acs5"]
    is_city = table["geoid"].str.len() == 7
    world.api.datasets["2021/acs/acs5"] = table.assign(B28002_013E=table["B28002_013E"].mask(is_city, "-555555555"))
    for accepted in ((), ("--accept-drift",)):
        ran = refused(run, world, "api", *RELEASE, *accepted)
        assert ran.code == 3
        assert ran.sentence.endswith(
            "B28002_013E of 1714000 is -555555555, a code that only margins have; get it again from its publisher"
        )


def test_a_city_that_is_not_the_sum_of_its_areas_waits_for_a_persons_word(world: World, run: Command) -> None:
    """The published city three times as large as its areas: 3 x 1,112,450 households and a few."""
    table = world.api.datasets["2021/acs/acs5"]
    counts = [name for name in table.columns if name.endswith("E")]
    is_city = table["geoid"].str.len() == 7
    for name in counts:
        table.loc[is_city, name] = str(3 * int(table.loc[is_city, name].iloc[0]))
        if f"{name[:-1]}M" in table:
            table.loc[is_city, f"{name[:-1]}M"] = "3000"
    ran = refused(run, world, "api")
    assert ran.code == 3
    assert re.fullmatch(
        r"Chicago, release 2021: 3,\d{3},\d{3} households as published, 15\.\d% of them counted, where its areas add up to "
        r"1,112,4\d\d and 15\.\d%: more than figures move; look into it, then refresh again with --accept-drift",
        ran.sentence,
    )


def test_figures_that_are_gone_have_moved(world: World, run: Command) -> None:
    """An area whose figures went missing is no smaller a matter than one whose share moved by 15 points."""
    old = atlases.load("chicago", world.root)
    new = atlases.load("chicago", world.root)
    gone = new.table("area", 2021, "no_subscription").copy()
    gone.loc[gone["place_id"] == "42", ["estimate", "share"]] = float("nan")
    new._kept["table", "area", 2021, "no_subscription"] = gone
    assert drift.drift(old, new) == [f"Woodlawn, release 2021: {without(FROZEN, '42'):.1%} before, none now"]


def test_a_new_release_is_held_against_one_that_asked_the_same(world: World, run: Command) -> None:
    """2019 asked with two wordings: no measure for 2020, which asked with one and has no figure of its own in hand."""
    old = atlases.load("chicago", world.root)
    assert [drift._before(old, old, release, "no_subscription") for release in (2019, 2020, 2021, 2023)] == [
        2019, None, 2021, None,
    ]  # fmt: skip


def test_a_release_that_the_source_does_not_have_is_no_success(world: World, run: Command) -> None:
    ran = refused(run, world, "summary", "--release", "2017")
    assert (ran.code, ran.sentence) == (2, "summary does not have release 2017; choose another, or another --source")


@pytest.mark.parametrize("words", [["--keyfile", api.KEY], [f"--kee={api.KEY}"], [api.KEY]])
def test_a_key_behind_a_mistyped_option_is_not_repeated(words: list[str], world: World, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as ended:
        command_line.main(["refresh", "chicago", *words])
    assert ended.value.code == 2
    assert api.KEY not in "".join(capsys.readouterr())


@pytest.mark.parametrize("option", ["--release=2021", "--outlines", "--weights=land", "--refresh", "--key=abc"])
def test_options_of_what_is_fetched_are_not_ignored_beside_raw_files(option: str, world: World, run: Command) -> None:
    ran = run("refresh", "chicago", "--from", str(world.root), option)
    name = option.partition("=")[0]
    assert (ran.code, ran.sentence) == (
        2, f"{name} is for what is fetched, and raw files are taken whole; leave it out, or --from"
    )  # fmt: skip


def test_published_weights_are_not_chosen_anew(world: World, run: Command) -> None:
    ran = refused(run, world, "api", "--weights", "land")
    assert (ran.code, ran.sentence) == (
        2, "the weights of chicago are published ones, and stay as they are; leave --weights out"
    )  # fmt: skip


def test_every_line_of_the_registry_is_asked_for(world: World) -> None:
    """Each indicator of the Bureau's tables can be read from what is asked; who lives where, in the words of the Social
    Vulnerability Index, is not the Bureau's to give and stays in hand."""
    asked = {name.rstrip("EM") for name in columns_of(tuple(cities.load("chicago", stage.CHICAGO.parent).acs["columns"]))}
    for what in indicators.REGISTRY:
        lines = [set(recipe.needs) for recipe in what.recipes if all(line.startswith("B") for line in recipe.needs)]
        others = {line for recipe in what.recipes for line in recipe.needs}
        assert any(each <= asked for each in lines) or others <= set(SVI), what.key


def test_ctrl_c_is_one_sentence(world: World, run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the exit code that a shell gives to what was interrupted, 128 + 2; ``data/`` is as it was."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Web, "get", interrupted)
    ran = refused(run, world, "api")
    assert (ran.code, ran.sentence) == (130, "stopped; data/ holds the figures it held before")


# --- what a network does to us --------------------------------------------------------------------------------------
# Each fault for ever, and, where it may be better the next time, once: then the figures come home all the same.

PASSING = {
    "the connection is reset": ("reset", r"breaks the connection, 3 times in a row; try again later"),
    "the connection is reset in the middle": ("reset midway", r"breaks the connection, 3 times in a row; try again later"),
    "the body is cut in half": ("half body", r"breaks the connection, 3 times in a row; try again later"),
    "status 429 with Retry-After": ("status 429", r"says that it is asked too often \(status 429.*\), 3 times in a row"),
    "status 500 with the Bureau's sentence": ("status 500", r"fails \(status 500.*\), 3 times in a row; try again later"),
    "status 503": ("status 503", r"fails \(status 503.*\), 3 times in a row; try again later"),
}
SLOW = {
    "a slow drip": ("slow drip", r"is too slow: .* 0\.5 seconds, 2 times in a row; try again later"),
    "headers without an end": ("slow headers", r"is too slow: .* 0\.5 seconds, 2 times in a row; try again later"),
    "silence": ("silence", r"is too slow: keeps us waiting for more than 0\.5 seconds, 2 times in a row; try again later"),
}
#: Of each way, a question in the middle of a refresh: the tracts, a table of them.
MIDDLE = {"api": "for=tract", "summary": "5y2021-b28003.dat"}
#: Of each way, the questions of a refresh, in their order; of the API's, some.
QUESTIONS = {
    "api": ["groups/B28002", "groups/B19001", "in=state:17 county:043", "for=county:031", "for=place:14000", "acs1?get"],
    "summary": [f"acsdt{span}y2021-{table}.dat" for span in (5, 1) for table in ("b28002", "b28003", "b28011", "b19001")],
}


@BOTH
@pytest.mark.parametrize("fault", PASSING)
def test_what_does_not_pass_ends_the_refresh(source: str, fault: str, world: World, run: Command) -> None:
    how, sentence = PASSING[fault]
    world.bureau.fail(MIDDLE[source], how, None)
    ran = refused(run, world, source)
    assert ran.code == 7
    assert re.fullmatch(rf"{world.bureau.url}/\S+ {sentence}.*", ran.sentence)


@BOTH
def test_what_passes_is_waited_for(source: str, world: World, run: Command) -> None:
    """Every one of these once, each at another question of one refresh: the wait is what the Bureau asks for, seven seconds,
    or half a second to begin with."""
    world.bureau.retry_after = "7"
    for (how, _), question in zip(PASSING.values(), QUESTIONS[source], strict=False):
        world.bureau.fail(question, how)
    assert fetch(run, source).code == 0
    assert as_in_the_repository(world)
    assert sorted(world.slept) == sorted(7.0 if how in ("status 429", "status 503") else 0.5 for how, _ in PASSING.values())


@BOTH
@pytest.mark.parametrize("fault", SLOW)
def test_nobody_is_waited_for_for_ever(source: str, fault: str, world: World, run: Command) -> None:
    world.patience = HASTY
    how, sentence = SLOW[fault]
    world.bureau.fail(MIDDLE[source], how, None)
    ran = refused(run, world, source)
    assert ran.code == 7
    assert re.fullmatch(rf"{world.bureau.url}/\S+ {sentence}", ran.sentence)


@BOTH
def test_who_asks_us_to_come_back_in_an_hour_is_not_waited_for(source: str, world: World, run: Command) -> None:
    world.bureau.retry_after = "3600"
    world.bureau.fail(MIDDLE[source], "status 429", None)
    ran = refused(run, world, source)
    assert ran.code == 7
    assert ran.sentence.endswith(" and asks to wait 3,600 seconds; try again then")
    assert world.slept == []


@BOTH
def test_nobody_is_there(source: str, world: World, run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    with Bureau() as gone:
        closed = gone.url
    monkeypatch.setenv(f"EQUITY_ADDRESS_{source.upper()}", closed)
    ran = refused(run, world, source)
    assert ran.code == 7
    assert ran.sentence.endswith(" refuses the connection, 3 times in a row; try again later")


@BOTH
def test_an_address_that_is_none(source: str, world: World, run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"EQUITY_ADDRESS_{source.upper()}", "api.census.gov")
    ran = refused(run, world, source)
    assert ran.code == 3
    said = r"'api\.census\.gov/\S+' is no web address; correct \[addresses\] in city\.toml, or EQUITY_ADDRESS_\*"
    assert re.fullmatch(said, ran.sentence)


@pytest.mark.parametrize(("source", "question"), [(source, asked) for source in QUESTIONS for asked in QUESTIONS[source]])
def test_whenever_it_breaks_off_the_old_set_stays(source: str, question: str, world: World, run: Command) -> None:
    """What is wrong with the last answer is as much a reason to keep the old set as with the first."""
    world.bureau.fail(question, "reset", None)
    assert refused(run, world, source).code == 7


# --- the key --------------------------------------------------------------------------------------------------------


def test_a_query_without_a_key_is_sent_elsewhere(world: World, run: Command) -> None:
    """302 to a page of HTML that would be a 200 if it were followed: it is not."""
    world.bureau.fail("key=", "redirect", None)
    ran = refused(run, world, "api")
    assert ran.code == 8
    assert ran.sentence == (
        "the Census API says that the key is missing; get one free at https://api.census.gov/data/key_signup.html and set "
        "CENSUS_API_KEY"
    )
    assert not [asked for asked in world.bureau.asked if "missing_key" in asked]
    assert world.slept == [], "asking again does not help"


def test_an_invalid_key_is_answered_by_a_page_with_status_200(
    world: World, run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CENSUS_API_KEY", WRONG_KEY)
    ran = refused(run, world, "api")
    assert ran.code == 8
    assert ran.sentence.startswith("the Census API refuses the key; look for a missing character, ")
    assert world.slept == []


@pytest.mark.parametrize("fault", ["status 400", "status 500", "reset", "half announced", "invalid key", "html"])
def test_a_key_on_the_command_line_is_as_quiet(fault: str, world: World, run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the Bureau repeats it in the first words of its answer."""

    def repeating(request: Request, answer: Answer) -> Answer:
        return Answer.text(f"error: the key {request.query['key']} is not for this", 400)

    monkeypatch.delenv("CENSUS_API_KEY")
    world.bureau.fail("key=", repeating if fault == "status 400" else fault, None)
    assert refused(run, world, "api", *RELEASE, "--key", api.KEY).code in (3, 7, 8)


# --- answers that are wrong -----------------------------------------------------------------------------------------

Harm = Callable[[World], None]


def answered(match: str, fault: str | Callable[[Request, Answer], Answer]) -> Harm:
    return lambda world: world.bureau.fail(match, fault, None)


def fed(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Harm:
    """The tracts of the release are others, in both ways; the counties and the city are told as before."""

    def harm(world: World) -> None:
        table = world.api.datasets["2021/acs/acs5"]
        is_tract = table["geoid"].str.len() == 11
        changed = change(table[is_tract].reset_index(drop=True))
        rest = table[~is_tract]
        world.api.datasets["2021/acs/acs5"] = pd.concat([changed, rest], ignore_index=True)
        for name in ("B28002", "B28003", "B28011", "B19001"):
            sums = [rest[rest["geoid"].str.len() == digits] for digits in (5, 7)]
            world.files.held[summary.path(2021, name)] = summary.content(name, pd.concat([sums[0], changed, sums[1]]))

    return harm


def cell(column: str, figure: str) -> Harm:
    """Another figure in one cell."""
    return fed(lambda tracts: tracts.assign(**{column: tracts[column].where(tracts["geoid"] != FIRST, figure)}))


#: Access without a subscription (012), and no access (013): the sum of the two would be right.
EXCHANGED = {"B28002_012E": "B28002_013E", "B28002_012M": "B28002_013M"}
EXCHANGED |= {other: name for name, other in EXCHANGED.items()}


def labelled(table: str, number: int, label: str) -> Harm:
    def harm(world: World) -> None:
        world.api.labels[table][number - 1] = label

    return harm


def lines_changed_places(world: World) -> None:
    """No access (013) and access without a subscription (012), in the Bureau's list of lines and in the file's header."""
    told = world.api.labels["B28002"]
    told[11], told[12] = told[12], told[11]
    world.files.change("B28002", lambda lines: [_renumbered(lines[0]), *lines[1:]])


def _renumbered(header: str) -> str:
    names = {"B28002_E012": "B28002_E013", "B28002_E013": "B28002_E012"}
    return "|".join(names.get(name, name) for name in header.split("|"))


def header_changed_places(request: Request, answer: Answer) -> Answer:
    header, *rows = json.loads(answer.body)
    header[0], header[2] = header[2], header[0]
    return Answer.json([header, *rows])


def one_line_lacks(world: World) -> None:
    for name in ("2021/acs/acs5", "2021/acs/acs1"):
        world.api.datasets[name] = world.api.datasets[name].drop(columns=["B28003_006E", "B28003_006M"])
    world.files.change("B28003", lambda lines: ["|".join(line.rstrip("\n").split("|")[:-2]) + "\n" for line in lines])


def another_county(request: Request, answer: Answer) -> Answer:
    return Answer(answer.body.replace(b'"031"', b'"043"'), 200, answer.headers)


# what is wrong -> how to do it; the sentence when the API is asked, and when the files are; None where there is no such thing
WRONG: dict[str, tuple[Harm, str | None, str | None]] = {
    "204, nothing to say": (
        answered("b28003.dat", "status 204"),
        None,
        r"/\S+b28003\.dat is not given out \(status 204\); look at it in a browser, or correct the address",
    ),
    "204 for the tracts": (
        answered("for=tract", "status 204"),
        r"/data/2021/acs/acs5 has no figures for the place that was asked for \(status 204\); look at city\.toml's codes",
        None,
    ),
    "400, an unknown variable": (
        answered("for=tract", "status 400"),
        r"/data/2021/acs/acs5 does not take the question \(status 400: error: error: unknown variable 'B28002_099E'\); .*",
        None,
    ),
    "404, not published": (
        answered("2021", "status 404"),
        r"/data/2021/acs/acs5/groups/B28002\.json is not there \(status 404\); look whether .* published",
        r"/\S+-b28002\.dat is not there \(status 404\); look whether it is published, or correct the address",
    ),
    "a redirect": (
        answered("2021", lambda request, answer: Answer(b"", 301, {"Location": "https://example.org/"})),
        r"/\S+/groups/B28002\.json sends us elsewhere \(status 301\); correct `api` under \[addresses\] in city\.toml",
        r"/\S+-b28002\.dat has moved to https://example\.org/ \(status 301\); correct \[addresses\] in city\.toml .*",
    ),
    "a tract is missing": (
        fed(lambda tracts: tracts[tracts["geoid"] != FIRST]),
        r".*: B28002_001E of county 17031 is not the sum of its tracts, which is off by -[0-9,]+; get it again .*",
        r".*: B28002_001E of county 17031 is not the sum of its tracts, which is off by -[0-9,]+; get it again .*",
    ),
    "a tract without households is missing": (
        fed(lambda tracts: tracts[tracts["geoid"] != EMPTY]),
        r".*: tract 17031\d{6} of the 2020 Census is not there; get it again from its publisher",
        r".*: tract 17031\d{6} of the 2020 Census is not there; get it again from its publisher",
    ),
    "a tract is there twice": (
        fed(lambda tracts: pd.concat([tracts, tracts[tracts["geoid"] == FIRST]])),
        rf".* gives {FIRST} twice; .*",
        rf".*: tract {FIRST} is there twice, again in line \d+; .*",
    ),
    "a tract of 2010 in the place of one of 2020": (
        fed(lambda tracts: tracts.assign(geoid=tracts["geoid"].replace(FIRST, OF_2010))),
        rf".*: tract {FIRST} of the 2020 Census is not there; get it again from its publisher",
        rf".*: tract {FIRST} of the 2020 Census is not there; get it again from its publisher",
    ),
    "a label is another": (
        labelled("B28002", 13, "Estimate!!Total:!!No Internet access at home"),
        r".*/groups/B28002\.json says that B28002_013E is '.*No Internet access at home' where '.*' is expected; .*",
        None,
    ),
    "two lines have changed places": (
        lines_changed_places,
        r".*/groups/B28002\.json says that B28002_012E is '.*No Internet access' where '.*without a subscription' is .*",
        r".*-b28002\.dat: has the column 'B28002_E013' where B28002_E012 is expected; .*",
    ),
    "the figures of two lines have changed places, under the right names": (  # nothing but a second table can tell
        fed(lambda tracts: tracts.assign(**{name: tracts[other] for name, other in EXCHANGED.items()})),
        r".*: B28002_012 is not B28011_007 in \d{11}; .*",
        r".*: B28002_012 is not B28011_007 in \d{11}; .*",
    ),
    "two columns have changed places": (
        answered("for=tract", header_changed_places),
        r".* gives the column 'B28002_002E' where B28002_001E is expected; .*",
        None,
    ),
    "a line is no longer there": (
        one_line_lacks,
        r".* does not take the question \(status 400: error: error: unknown variable 'B28003_006E'\); .*",
        r".*-b28003\.dat has no B28003_006E; look up what release 2021 has in its place",
    ),
    "a number is text": (
        cell("B28002_013E", "1,234"),
        rf".* gives '1,234' as B28002_013E of {FIRST}, which is no number; .*",
        rf".*: B28002_013E of {FIRST} is '1,234', which is no number; .*",
    ),
    "a number is a word": (
        cell("B28002_013M", "N/A"),
        rf".* gives 'N/A' as B28002_013M of {FIRST}, which is no number; .*",
        rf".*: B28002_013M of {FIRST} is 'N/A', which is no number; .*",
    ),
    "a code nobody knows": (
        cell("B28002_013E", "-777777777"),
        rf".*: B28002_013E of {FIRST} is -777777777, below 0 and no known code; .*",
        rf".*: B28002_013E of {FIRST} is -777777777, below 0 and no known code; .*",
    ),
    "a margin is wider than any": (
        fed(lambda tracts: tracts.assign(B28002_013M="999999")),
        r".*: B28002_013M of \d{11} is 999999, wider than any margin; .*",
        r".*: B28002_013M of \d{11} is 999999, wider than any margin; .*",
    ),
    "a margin has a hundred digits": (
        cell("B28002_013M", "9" * 100),
        rf".*: B28002_013M of {FIRST} is 9{{100}}, wider than any margin; .*",
        rf".*: B28002_013M of {FIRST} is 9{{100}}, wider than any margin; .*",
    ),
    "no tract has a figure": (
        fed(lambda tracts: tracts.assign(B28002_013E="-888888888")),
        r".*: B28002_013E is not given for 801 of 801 places, such as \d{11}; look whether .*",
        r".*: B28002_013E is not given for 801 of 801 places, such as \d{11}; look whether .*",
    ),
    "no tract has a margin": (
        fed(lambda tracts: tracts.assign(B28002_013M="-222222222")),
        r".*: B28002_013M is not given for 801 of 801 places, such as \d{11}; look whether .*",
        r".*: B28002_013M is not given for 801 of 801 places, such as \d{11}; look whether .*",
    ),
    "a margin is negative": (
        cell("B28002_013M", "-12"),
        rf".*: B28002_013M of {FIRST} is -12, below 0 and no known code; .*",
        rf".*: B28002_013M of {FIRST} is -12, below 0 and no known code; .*",
    ),
    "a part is larger than its whole": (
        cell("B28002_011E", "99999"),
        rf".*: B28002_011 is larger than B28002_001 in {FIRST}; .*",
        rf".*: B28002_011 is larger than B28002_001 in {FIRST}; .*",
    ),
    "a whole is not the sum of its parts": (
        cell("B28002_003E", "1"),
        rf".*: B28002_002 is not B28002_003 \+ B28002_004 in {FIRST}; .*",
        rf".*: B28002_002 is not B28002_003 \+ B28002_004 in {FIRST}; .*",
    ),
    "another county than was asked for": (
        answered("for=tract", another_county),
        r".* gives county 043 where 031 was asked for; .*",
        None,
    ),
    "a page with status 200": (
        answered("2021", "html"),
        r"/\S+ sends a web page \(Request Rejected\) instead of figures, 3 times in a row; try again later",
        r".*-b28002\.dat: is a web page and no table; .*",
    ),
    "half of the body, announced as the whole": (
        answered("tract:*", "half announced"),
        r"/\S+ sends JSON that breaks off, or none, 3 times in a row; try again later",
        None,
    ),
    "half of the file, announced as the whole": (
        answered("b28003.dat", "half announced"),
        None,
        r".*(cut short|fields in line \d+).*",
    ),
}


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        (source, wrong)
        for wrong, told in WRONG.items()
        for source, said in zip(("api", "summary"), told[1:], strict=True)
        if said
    ],
)
def test_a_wrong_answer_is_one_sentence_and_stays_outside(source: str, wrong: str, world: World, run: Command) -> None:
    harm, *sentences = WRONG[wrong]
    harm(world)
    ran = refused(run, world, source)
    assert ran.code == (7 if ran.sentence.endswith("try again later") else 3)
    sentence = sentences[source == "summary"]
    said = ran.sentence.removeprefix(world.bureau.url) if sentence.startswith("/") else ran.sentence
    assert re.fullmatch(sentence, said)
    world.bureau.heal()


def test_a_file_that_was_refused_is_fetched_anew(world: World, run: Command) -> None:
    """And what is right by then is taken, without a word from anybody."""
    whole = dict(world.files.held)
    cell("B28002_013E", "N/A")(world)
    assert refused(run, world, "summary").code == 3
    world.files.held = whole
    assert fetch(run, "summary").code == 0
    assert as_in_the_repository(world)


# --- in a process of its own ----------------------------------------------------------------------------------------


@pytest.fixture
def process(world: World, tmp_path: Path) -> Command:
    """The same in a process of its own, with a home of its own in which no key lies."""

    def run(*words: str, **more: str) -> Ran:
        environment = stage.environment(world.bureau, world.root, tmp_path / "home", **more)
        done = subprocess.run(
            [sys.executable, "-m", "equity", *words],
            cwd=stage.REPOSITORY, env=environment, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        left = b"".join(name.encode() + body for name, body in stage.content(tmp_path).items())
        for key in (api.KEY, WRONG_KEY):
            assert key not in done.stdout + done.stderr
            assert key.encode() not in left
        return Ran(done.returncode, done.stdout, done.stderr)

    (tmp_path / "home").mkdir()
    return run


def test_without_any_key_the_api_is_not_asked(world: World, process: Command) -> None:
    ran = refused(process, world, "api")
    assert ran.code == 8
    assert re.fullmatch(
        r"the Census API needs a key and none is given; .* use the keyless files: --source summary", ran.sentence
    )
    assert world.bureau.asked == []


def test_a_key_that_is_none_is_not_repeated(world: World, process: Command) -> None:
    ran = process("refresh", "chicago", "--source", "api", "--key", f"{api.KEY}!")
    assert ran.code == 8
    assert ran.sentence.startswith("what --key gives is no key of the Census API")


def test_a_wrong_key_and_every_line_of_the_log(world: World, process: Command) -> None:
    before = stage.content(world.root)
    ran = process("refresh", "chicago", *RELEASE, "--verbose", CENSUS_API_KEY=WRONG_KEY)
    assert ran.code == 8
    assert "asking http://" in ran.err
    assert "key=..." in ran.err
    assert stage.content(world.root) == before


@pytest.mark.parametrize(("key", "begin"), [({"CENSUS_API_KEY": api.KEY}, "/data/2021/"), ({}, "/summary_file/2021/")])
def test_with_a_key_it_is_the_api_and_without_one_the_summary_files(
    key: dict[str, str], begin: str, world: World, process: Command
) -> None:
    ran = process("refresh", "chicago", *RELEASE, "--verbose", **key)
    assert (ran.code, "Traceback" in ran.err) == (0, False)
    assert world.bureau.asked
    assert all(asked.startswith(begin) for asked in world.bureau.asked)
    assert as_in_the_repository(world)


def test_a_wrong_row_without_a_traceback(world: World, process: Command) -> None:
    WRONG["a tract is there twice"][0](world)
    ran = refused(process, world, "summary")
    assert ran.code == 3
    assert f"tract {FIRST} is there twice" in ran.sentence
