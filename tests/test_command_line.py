"""``python -m equity`` as a person types it: what it prints, what it refuses, and with which exit code.

The first refusals run in a process of their own, so that a traceback could not hide; the many copies of ``data/`` with one
byte flipped are checked in this one.
"""

import csv
import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from equity import __main__ as command_line
from equity import cities, snapshots
from equity.errors import CityInvalid, SnapshotDamaged

ROOT = Path(__file__).parents[1]

REPOSITORY = Path(__file__).parents[1]
CHICAGO = REPOSITORY / "data" / "cities" / "chicago"
BY_HAND = {"city.toml", "targets.csv", "events.csv"}  # no refresh writes them, so no manifest lists them
FILES = sorted(p.relative_to(CHICAGO).as_posix() for p in CHICAGO.rglob("*") if p.is_file() and p.name not in BY_HAND)


MEND = "put it back as the repository has it, or write the set anew: python -m equity refresh chicago"


def run(*words: str, data: Path | None = None) -> subprocess.CompletedProcess:
    """One command in a fresh process, from the repository, with its own idea of where the data is."""
    environment = {name: value for name, value in os.environ.items() if name != "EQUITY_DATA"}
    if data:
        environment["EQUITY_DATA"] = str(data)
    return subprocess.run(
        [sys.executable, "-m", "equity", *words], cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=60
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root of cities with a copy of Chicago in it. Whoever changes a file puts it back."""
    root = tmp_path_factory.mktemp("cities")
    shutil.copytree(CHICAGO, root / "chicago")
    return root


# --- export ----------------------------------------------------------------------------------------------------------------


def test_export_prints_a_file_to_standard_output() -> None:
    done = run("export", "chicago", "--level", "city", "--release", "2021", "--indicator", "no_subscription", "--format", "csv")
    assert done.returncode == 0
    assert done.stderr == ""
    (row,) = csv.DictReader(io.StringIO(done.stdout))
    assert list(row) == [
        "level", "place_id", "place_name", "release", "indicator", "universe_estimate", "universe_moe", "estimate", "moe",
        "share", "share_moe", "flag",
    ]  # fmt: skip
    assert (row["level"], row["place_id"], row["place_name"], row["release"]) == ("city", "1714000", "Chicago", "2021")
    assert (round(float(row["estimate"])), round(float(row["universe_estimate"]))) == (171_879, 1_112_450)


def printed(capsys: pytest.CaptureFixture, *words: str) -> list[dict[str, str]]:
    """The rows that an export prints, run in this process."""
    assert command_line.main(["export", "chicago", *words]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return list(csv.DictReader(io.StringIO(out)))


@pytest.mark.parametrize(("level", "rows"), [("tract", 801), ("area", 77), ("side", 9), ("city", 1)])
def test_every_level_has_all_its_places(capsys: pytest.CaptureFixture, level: str, rows: int) -> None:
    table = printed(capsys, "--level", level, "--release", "2021")
    assert len(table) == rows
    assert {row["level"] for row in table} == {level}


def test_without_more_words_it_is_the_areas_by_the_plans_definition_in_the_newest_release(
    capsys: pytest.CaptureFixture,
) -> None:
    table = printed(capsys)
    assert [row["place_id"] for row in table] == [str(number) for number in range(1, 78)], "an area's id is its number"
    assert {(row["indicator"], row["release"]) for row in table} == {("no_subscription", "2024")}


@pytest.mark.parametrize(
    ("level", "key", "release"),
    [
        ("city", "no_access", "2021"),
        ("tract", "no_broadband", "2024"),
        ("area", "poverty", "2022"),
        ("side", "no_computer", "2023"),
    ],
)
def test_without_a_release_it_is_the_newest_that_gives_the_indicator(
    capsys: pytest.CaptureFixture, level: str, key: str, release: str
) -> None:
    assert {row["release"] for row in printed(capsys, "--level", level, "--indicator", key)} == {release}


def test_the_wide_shape_is_the_downloads(capsys: pytest.CaptureFixture) -> None:
    table = printed(capsys, "--level", "tract", "--release", "2021", "--shape", "wide", "--areas", "42,43")
    assert list(table[0])[:3] == ["geoid", "name", "area_id"]
    assert "no_subscription_share_moe" in table[0]
    assert 10 < len(table) < 60
    assert all({"42", "43"} & {row["area_id"], row["area2_id"]} for row in table)


def test_a_figure_that_is_not_there_is_printed_with_its_reason(capsys: pytest.CaptureFixture) -> None:
    (row,) = printed(capsys, "--level", "city", "--release", "2023", "--indicator", "no_wired")
    assert (row["estimate"], row["moe"], row["flag"]) == ("", "", "not_in_release")


# --- refusals ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["chicago", "--level", "ward"], 2, "no level 'ward'; choose one of: tract, area, side, city"),
        (["springfield"], 6, "no city 'springfield':"),
    ],
)
def test_what_does_not_exist_is_refused_in_one_sentence(words: list[str], code: int, sentence: str) -> None:
    done = run("export", *words)
    assert done.returncode == code
    assert done.stdout == ""
    assert done.stderr.startswith(f"equity: {sentence}")
    assert done.stderr.count("\n") == 1, "one sentence, and no traceback"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--shape", "wide", "--level", "side"], "no wide shape of level 'side'"),
        (["--shape", "wide", "--level", "tract", "--release", "2020"], "release 2020 is in hand for community areas only"),
        (["--shape", "wide", "--level", "tract", "--areas", "42,99"], "no area '99' in chicago"),
        (["--level", ""], "no level ''"),
        (["--indicator", "broadband"], "no indicator 'broadband'; choose one of: no_subscription,"),
        (["--release", "2017"], "release 2017 is not loaded for chicago; choose one of: 2024,"),
        (["--indicator", "../../etc/passwd"], "no indicator '../../etc/passwd'"),
        (["--release", "-1"], "release -1 is not loaded"),
    ],
)
def test_every_other_refusal_is_one_sentence_too(capsys: pytest.CaptureFixture, words: list[str], sentence: str) -> None:
    assert command_line.main(["export", "chicago", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"equity: {sentence}")
    assert err.count("\n") == 1


@pytest.mark.parametrize("city", ["../chicago", "../../cities/springfield", ".", "..", "", "Chicago"])
def test_a_city_is_a_folders_name_and_nothing_else(capsys: pytest.CaptureFixture, city: str) -> None:
    assert command_line.main(["export", city]) == 6
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("equity: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["sing"],
        ["export"],
        ["export", "chicago", "--release", "newest"],
        ["export", "chicago", "--shape", "round"],
        ["refresh"],
    ],
)
def test_a_command_that_cannot_be_read_exits_with_2(capsys: pytest.CaptureFixture, words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command_line.main(words)
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("usage: python -m equity")


def test_a_reader_who_has_seen_enough_ends_it_quietly() -> None:
    """``python -m equity export ... | head -1``: exit code 0, nothing on standard error."""
    words = [sys.executable, "-m", "equity", "export", "chicago", "--level", "tract", "--release", "2021", "--shape", "wide"]
    with subprocess.Popen(words, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b"geoid,name,")
        process.stdout.close()
        complaint = process.stderr.read()
        assert process.wait(60) == 0
    assert complaint == b""


# --- check --------------------------------------------------------------------------------------------------------------------


def test_check_prints_the_totals_by_release() -> None:
    done = run("check")
    assert done.returncode == 0
    assert done.stderr == ""
    lines = {line.split("│")[1].strip(): line for line in done.stdout.splitlines() if line.startswith("│")}
    assert list(lines) == ["2018", "2019", "2020", "2021", "2022", "2023", "2024"]
    for release, known in {
        "2019": ["1,066,718", "223,600"],
        "2021": ["1,112,450", "171,879 ± 3,43", "133,312", "173,211", "335,996", "91,220"],
        "2022": ["1,129,784", "158,688"],
        "2023": ["1,146,405", "144,109"],
        "2024": ["1,160,183", "125,146 ± 3,08", "126,104 ± "],
    }.items():
        assert all(number in lines[release] for number in known), release
    assert "±" not in lines["2023"], "its margins are not in hand"
    assert "–" in lines["2023"], "and what it does not give is a dash, not 0"


def test_a_copy_is_as_good_as_the_original(copy: Path) -> None:
    done = run("check", "chicago", data=copy)
    assert done.returncode == 0
    assert "171,879" in done.stdout


def test_one_flipped_byte_fails_the_check_and_the_file_is_named(copy: Path) -> None:
    path = copy / "chicago" / "snapshots" / "acs5-2021.csv"
    with _damaged(path):
        done = run("check", "chicago", data=copy)
    assert done.returncode == SnapshotDamaged.exit_code == 5
    assert "171,879" not in done.stdout
    refusal = f"{path} is not the file that was written (its sha256 differs)"
    assert done.stderr == f"equity: {refusal}; {MEND}\n"


def test_a_missing_file_fails_the_check_and_is_named(copy: Path) -> None:
    path = copy / "chicago" / "outlines" / "area.json"
    body = path.read_bytes()
    path.unlink()
    try:
        done = run("check", "chicago", data=copy)
    finally:
        path.write_bytes(body)
    assert done.returncode != 0
    assert done.stderr == f"equity: {path} is missing; {MEND}\n"


class _damaged:
    """One byte in the middle of a file is another one, inside the ``with``."""

    def __init__(self, path: Path, position: int | None = None) -> None:
        self.path, self.body = path, path.read_bytes()
        self.position = len(self.body) // 2 if position is None else position

    def __enter__(self) -> None:
        changed = bytearray(self.body)
        changed[self.position] ^= 1
        self.path.write_bytes(changed)

    def __exit__(self, *error: object) -> None:
        self.path.write_bytes(self.body)


@pytest.fixture
def here(copy: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The copy, as this process's data."""
    monkeypatch.setattr(cities, "DATA", copy)
    return copy / "chicago"


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_watched(here: Path, capsys: pytest.CaptureFixture, name: str) -> None:
    """Whichever file: a code above 0, the file's name, and no totals."""
    with _damaged(here / name):
        assert command_line.main(["check", "chicago"]) > 0
    out, err = capsys.readouterr()
    assert out == ""
    assert name in err or name == snapshots.MANIFEST, "a manifest that was changed blames the file it no longer knows"


@pytest.mark.parametrize("name", ["snapshots/acs5-2024.csv", "snapshots/acs5-2024.json", snapshots.MANIFEST])
@pytest.mark.parametrize("position", [0, 1, -2, -1])
def test_a_file_is_watched_from_its_first_byte_to_its_last(
    here: Path, capsys: pytest.CaptureFixture, name: str, position: int
) -> None:
    with _damaged(here / name, position):
        assert command_line.main(["check", "chicago"]) > 0
    assert name in capsys.readouterr().err


@pytest.mark.parametrize("name", FILES)
def test_no_file_may_be_lacking(here: Path, capsys: pytest.CaptureFixture, name: str) -> None:
    path = here / name
    body = path.read_bytes()
    path.unlink()
    try:
        assert command_line.main(["check", "chicago"]) > 0
    finally:
        path.write_bytes(body)
    out, err = capsys.readouterr()
    assert out == ""
    assert f"{name} is missing" in err


def test_several_damages_are_all_named(here: Path, capsys: pytest.CaptureFixture) -> None:
    with _damaged(here / "areas.csv"), _damaged(here / "snapshots" / "acs5-2019.json"):
        assert command_line.main(["check"]) == 5
    err = capsys.readouterr().err
    assert "areas.csv" in err
    assert "acs5-2019.json" in err
    assert err.count("equity: ") == err.count("\n") == 2


def test_after_all_this_the_copy_is_whole_again(here: Path, capsys: pytest.CaptureFixture) -> None:
    assert command_line.main(["check"]) == 0
    assert "1,112,450" in capsys.readouterr().out


# --- check: what people wrote by hand -----------------------------------------------------------------------------------------


class _written:
    """Rows of a file, replaced or added, inside the ``with``."""

    def __init__(self, path: Path, old: str, new: str) -> None:
        self.path, self.text = path, path.read_text(encoding="utf-8")
        assert self.text.count(old) == 1
        self.changed = self.text.replace(old, new)

    def __enter__(self) -> None:
        self.path.write_text(self.changed, encoding="utf-8")

    def __exit__(self, *error: object) -> None:
        self.path.write_text(self.text, encoding="utf-8")


def test_check_says_what_was_written_by_hand(here: Path, capsys: pytest.CaptureFixture) -> None:
    """Two counts that the plan prints, four events; a figure of a release that is not loaded is told, and is no failure."""
    assert command_line.main(["check", "chicago"]) == 0
    assert "targets.csv: printed figures, as computed: 2; targets: 0. events.csv: events: 4." in capsys.readouterr().out
    more = "no_access,city,2017,estimate,150000,ACTUAL,150K,A report,,\nno_access,city,2030,estimate,5,TARGET,,A report,,\n"
    with _written(here / "targets.csv", "no_computer,city,", f"{more}no_computer,city,"):
        assert command_line.main(["check", "chicago"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "printed figures, as computed: 2; targets: 1. Not held against a figure (not loaded): " in said
    assert "no_access, city, 2017: estimate 150,000 is printed." in said


@pytest.mark.parametrize(
    ("name", "old", "new", "sentences"),
    [
        ("targets.csv", "no_computer,city", "no_computer,Loop", ["row 3, column place: 'Loop' is neither city nor"]),
        ("events.csv", "2020-06,", "June 2020,", ["row 2, column date: 'June 2020' is no date"]),
        ("events.csv", "2025-05,", "2099-05,", ["row 5, column date: 2099-05 is still to come on"]),
        ("targets.csv", "172K", "173K", ["row 2, column printed: '173K' where [baseline] of city.toml says '172K'"]),
        ("targets.csv", "91220", "x", ["row 3, column value: 'x' is not a number"]),
        (
            "targets.csv",
            "no_computer,city,2021,estimate,91220",
            "no_access,city,2021,share,0.125,ACTUAL,,A report,,\nno_computer,city,2021,estimate,92000",
            [
                "no_access, city, 2021: share 0.125 is printed, and 0.120 is computed; correct the row, or find out why",
                "no_computer, city, 2021: estimate 92,000 is printed, and 91,220 is computed; correct the row, or find out why",
            ],
        ),
        (
            "targets.csv",
            "no_subscription,city,2021",
            "no_subscription,city,2019",
            [
                "no_subscription, city, 2019: estimate 171,879 is printed, and 223,600 is computed",
                "has no ACTUAL of what [baseline] of city.toml speaks of; add the row: no_subscription, city, 2021, estimate, "
                "printed 172K",
            ],
        ),
    ],
)
def test_check_fails_on_what_was_written_wrong(
    here: Path, capsys: pytest.CaptureFixture, name: str, old: str, new: str, sentences: list[str]
) -> None:
    """133,312 without access of 1,112,450 households are 0.120. A sentence each, by file, and no totals."""
    with _written(here / name, old, new):
        assert command_line.main(["check", "chicago"]) == CityInvalid.exit_code == 6
    out, err = capsys.readouterr()
    assert out == ""
    told = err.splitlines()
    assert len(told) == len(sentences)
    for line, sentence in zip(told, sentences, strict=True):
        assert line.startswith(f"equity: {here / name}")
        assert sentence in line


def test_every_bad_row_of_both_files_is_told_at_once(here: Path, capsys: pytest.CaptureFixture) -> None:
    rows = "91220,ACTUAL", "x,actual"
    with _written(here / "targets.csv", *rows), _written(here / "events.csv", "2020-06,", "June 2020,"):
        assert command_line.main(["check", "chicago"]) == 6
    told = capsys.readouterr().err.splitlines()
    assert [line.partition(": ")[2].partition(", column")[0] for line in told] == [
        f"{here / 'targets.csv'}, row 3",
        f"{here / 'events.csv'}, row 2",
    ]


def test_a_row_that_check_refuses_stops_the_server_too(here: Path) -> None:
    """With the same sentence: what passes the check does not stop the server later."""
    with _written(here / "events.csv", "2020-06,", "June 2020,"):
        done = subprocess.run(
            [sys.executable, "-c", "import app"],
            env=os.environ | {"EQUITY_DATA": str(here.parent)},
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=60,
        )
        assert command_line.main(["check", "chicago"]) == 6
    assert done.returncode != 0
    assert done.stderr.startswith(f"equity: {here / 'events.csv'}, row 2, column date: 'June 2020' is no date")


def test_a_plan_without_any_file_of_targets_is_told(here: Path, capsys: pytest.CaptureFixture) -> None:
    path = here / "targets.csv"
    body = path.read_bytes()
    path.unlink()
    try:
        assert command_line.main(["check", "chicago"]) == 6
    finally:
        path.write_bytes(body)
    assert f"{path} has no ACTUAL of what [baseline] of city.toml speaks of" in capsys.readouterr().err


def test_check_of_an_unknown_city_says_which_there_are(capsys: pytest.CaptureFixture) -> None:
    assert command_line.main(["check", "springfield"]) == 6
    assert "cities here: chicago" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["abc", "99999", "-5", "0"])
def test_a_port_that_is_none_is_refused_in_one_sentence(port: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "equity", "serve"], env=os.environ | {"PORT": port}, capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 2
    assert f"'{port}' is no port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_in_the_environment_is_nobody_elses_concern() -> None:
    words = [sys.executable, "-m", "equity", "export", "chicago", "--level", "city"]
    assert subprocess.run(words, env=os.environ | {"PORT": "abc"}, capture_output=True, cwd=ROOT).returncode == 0


def test_serving_damaged_figures_is_refused_in_one_sentence(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "data" / "cities", tmp_path / "cities")
    (tmp_path / "cities" / "chicago" / "areas.csv").write_text("area_id,name,side\n")
    done = subprocess.run(
        [sys.executable, "-m", "equity", "serve", "--port", "8099"],
        env=os.environ | {"EQUITY_DATA": str(tmp_path / "cities")},
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=30,
    )
    assert done.returncode == 5
    assert "areas.csv is not the file that was written" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_shortened_manifest_does_not_pass(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "data" / "cities", tmp_path / "cities")
    snapshots.write_manifest(tmp_path / "cities" / "chicago", [])
    done = subprocess.run(
        [sys.executable, "-m", "equity", "check"],
        env=os.environ | {"EQUITY_DATA": str(tmp_path / "cities")},
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 5
    assert "does not list areas.csv" in done.stderr


def test_areas_narrow_the_long_shape_and_can_be_sides() -> None:
    """The West Side has nine areas; spaces after a comma are how people write."""
    words = [sys.executable, "-m", "equity", "export", "chicago", "--release", "2021", "--areas"]
    west = subprocess.run([*words, "west"], capture_output=True, text=True, cwd=ROOT)
    assert len(west.stdout.splitlines()) == 1 + 9
    two = subprocess.run([*words, "25, 26"], capture_output=True, text=True, cwd=ROOT)
    assert [line.split(",")[2] for line in two.stdout.splitlines()[1:]] == ["Austin", "West Garfield Park"]
