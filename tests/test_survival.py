"""Whatever befalls a refresh, a reader finds a whole set: the old one or the new one, and never a mixture.

Killed, out of room, twice at once, a byte flipped: tried on a copy of Chicago and the fake Bureau. The short forms try a few
moments; those marked ``long`` try every one.
"""

import datetime
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import rich.console

from equity import __main__ as command_line
from equity import cities, publish, refresh, snapshots, standby
from equity.errors import EquityError, SnapshotDamaged
from equity.sources.census_api import CensusApi
from equity.sources.web import Web
from tests.bureau import api, fate, stage
from tests.bureau.server import Answer, Bureau, Request

resource = pytest.importorskip("resource", reason="signals, limits and forks are those of POSIX")

FIRST, SECOND = datetime.date(2026, 11, 1), datetime.date(2026, 11, 23)
QUIET = rich.console.Console(quiet=True)
FROZEN = api.frozen("acs5-2021")
#: The same release in another edition: one household more in the first tract, with broadband and a computer, so that what the
#: city's plan prints of those without stays what is computed.
REVISED = FROZEN.copy()
_LINES = {"B28002": (1, 2, 4), "B28003": (1, 2, 4), "B28011": (1, 2), "B19001": (1, 17)}
for _line in (f"{table}_{line:03}" for table, lines in _LINES.items() for line in lines):
    REVISED.loc[0, f"{_line}E"] = str(int(REVISED.loc[0, f"{_line}E"]) + 1)
EDITIONS = (FROZEN, REVISED)
FIGURES = tuple(table.to_csv(index=False, lineterminator="\n").encode() for table in EDITIONS)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "cities"
    stage.copy(root)
    monkeypatch.setattr(cities, "DATA", root)
    return root


@dataclass
class Town:
    """The fake Bureau, and a copy of Chicago to refresh from it in processes of their own."""

    bureau: Bureau
    api: api.Api
    root: Path
    home: Path

    def start(self, **more: object) -> subprocess.Popen:
        """A refresh of the release from the API, under way."""
        environment = stage.environment(self.bureau, self.root, self.home, CENSUS_API_KEY=api.KEY)
        words = [sys.executable, "-m", "equity", "refresh", "chicago", "--source", "api", "--release", "2021"]
        return subprocess.Popen(
            words, cwd=stage.REPOSITORY, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more
        )

    def figures(self) -> bytes:
        return (self.root / "chicago" / "snapshots" / "acs5-2021.csv").read_bytes()


@pytest.fixture
def town(root: Path, tmp_path: Path) -> Iterator[Town]:
    (tmp_path / "home").mkdir()
    with Bureau() as bureau:
        yield Town(bureau, api.register(bureau), root, tmp_path / "home")


def a_whole_set_is_there(root: Path, capsys: pytest.CaptureFixture) -> None:
    """The newest set opens, every file of it is the one that was written, and ``check`` says so."""
    assert standby.newest_whole("chicago", root).standby is None
    assert command_line.main(["check"]) == 0
    assert capsys.readouterr().err == ""


def nothing_is_left_over(root: Path) -> None:
    assert sorted(path.name for path in root.iterdir()) in (["chicago"], [".chicago.last", "chicago"])


# --- killed ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("times", [2, pytest.param(10, marks=pytest.mark.long)])
def test_a_refresh_that_is_killed_at_any_moment_leaves_a_whole_set(
    times: int, town: Town, capsys: pytest.CaptureFixture
) -> None:
    """kill -9, at random between the start of the process and its end; what is left of it troubles nobody, nor the next."""
    began = time.monotonic()
    assert town.start().wait(60) == 0
    lasts = time.monotonic() - began
    dice = random.Random(20261123)
    for turn in range(times):
        town.api.feed(2021, EDITIONS[turn % 2])
        process = town.start()
        time.sleep(dice.uniform(0.3, 1.0) * lasts)
        process.kill()
        process.communicate()
        assert town.figures() in FIGURES
        a_whole_set_is_there(town.root, capsys)
    town.api.feed(2021, REVISED)
    assert town.start().wait(60) == 0
    assert town.figures() == FIGURES[1]
    nothing_is_left_over(town.root)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_refresh_that_is_told_to_stop_leaves_what_there_was(
    sign: signal.Signals, town: Town, capsys: pytest.CaptureFixture
) -> None:
    before = stage.content(town.root / "chicago")
    town.bureau.fail("for=county", "silence")
    # Whoever runs the tests in the background of a script ignores SIGINT, and what they start would inherit that.
    process = town.start(preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    wait_for(lambda: any("for=county" in asked for asked in town.bureau.asked))
    process.send_signal(sign)
    process.communicate(timeout=30)
    assert process.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143}[sign]
    assert stage.content(town.root / "chicago") == before
    a_whole_set_is_there(town.root, capsys)
    nothing_is_left_over(town.root)


@dataclass
class Shelf:
    """Two sets of Chicago in one place: the one in hand, made on the first day, and one to be put there on the second."""

    root: Path

    @property
    def folder(self) -> Path:
        return self.root / "chicago"

    def publish(self, made: datetime.date = SECOND) -> None:
        """The same files anew, made on another day: all that publishing does, and no network."""
        sealed = list(snapshots.manifest(self.folder))
        with publish.locked(self.folder), publish.staged(self.folder) as new:
            for name in sealed:
                (new / name).parent.mkdir(parents=True, exist_ok=True)
                (new / name).write_bytes((self.folder / name).read_bytes())
            publish.carry(self.folder, new)
            snapshots.write_manifest(new, [new / name for name in sealed], made.isoformat())
            publish.swap(new, self.folder)

    def attempt(self) -> int:
        """``publish`` as the command line would do it: an exit code, and one sentence."""
        try:
            self.publish()
        except EquityError as error:
            print(f"equity: {error}", file=sys.stderr)
            return error.exit_code
        return 0

    def made(self) -> datetime.date:
        return standby.made(self.folder)


@pytest.fixture
def shelf(root: Path) -> Shelf:
    shelf = Shelf(root)
    shelf.publish(FIRST)
    shelf.publish(FIRST)
    return shelf


IN_ONE_STEP = pytest.mark.parametrize("in_one_step", [True, False], ids=["exchanged", "in two steps"])
HOW_MANY = pytest.mark.parametrize("moments", ["some", pytest.param("every", marks=pytest.mark.long)])


def chosen(moments: str, steps: int) -> list[int]:
    """Every step, or one in forty and the last six, in which the sets change places."""
    return sorted({*range(1, steps + 1, 40 if moments == "some" else 1), *range(steps - 5, steps + 1)})


@IN_ONE_STEP
@HOW_MANY
def test_killed_at_any_step_of_publishing(
    in_one_step: bool, moments: str, shelf: Shelf, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    """Readers find the newest set, or for the moment between the two renames the last one; the next refresh mends it."""
    if not in_one_step:
        monkeypatch.setattr(publish, "exchange", lambda *_: False)
    whole = fate.meet(shelf.attempt, shelf.root)
    assert (whole.code, whole.said) == (0, "")
    files = len(snapshots.manifest(shelf.folder))
    assert whole.steps > 2 * files, "each file is written, and one of the last set is removed"
    found = set()
    for at in chosen(moments, whole.steps):
        shelf.publish(FIRST)
        assert fate.meet(shelf.attempt, shelf.root, "killed", at).code is None
        there = shelf.folder.exists()
        state = (there, shelf.made() if there else None, standby.newest_whole("chicago", shelf.root).standby)
        if there and state not in found:
            assert command_line.main(["check"]) == 0
        assert not there or snapshots.verify(shelf.folder) == []
        found.add(state)
        publish.mend(shelf.folder)
        shelf.publish()
        assert shelf.made() == SECOND
        nothing_is_left_over(shelf.root)
    capsys.readouterr()
    between = (False, None, FIRST)
    assert found == {(True, FIRST, None), (True, SECOND, None)} | (set() if in_one_step else {between})


def from_the_repository(folder: Path) -> None:
    """Publish the repository's own set over whatever there is."""
    with publish.locked(folder), publish.staged(folder) as new:
        for name in snapshots.manifest(stage.CHICAGO):
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            (new / name).write_bytes((stage.CHICAGO / name).read_bytes())
        snapshots.write_manifest(new, sorted(new / name for name in snapshots.manifest(stage.CHICAGO)))
        publish.swap(new, folder)


def test_without_an_exchange_a_damaged_set_does_not_push_out_the_last_good_one(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed at any step: a set that opens is there, the new one or the last good one, never the damaged one alone."""
    monkeypatch.setattr(publish, "exchange", lambda *_: False)
    path = shelf.folder / "areas.csv"
    whole = path.read_bytes()
    steps = fate.meet(lambda: from_the_repository(shelf.folder), shelf.root).steps
    for at in chosen("some", steps):
        from_the_repository(shelf.folder)
        path.write_bytes(whole + b"x")
        fate.meet(lambda: from_the_repository(shelf.folder), shelf.root, "killed", at)
        assert len(standby.newest_whole("chicago", shelf.root).areas) == 77, f"killed at step {at}"
        publish.mend(shelf.folder)
        path.write_bytes(whole)
    from_the_repository(shelf.folder)
    nothing_is_left_over(shelf.root)


def test_raw_files_over_a_damaged_manifest_make_a_set_that_opens(town: Town, capsys: pytest.CaptureFixture) -> None:
    """What a refresh from the network had put in hand is no hand's work: it does not slip into the new set."""
    for _ in range(2):
        assert town.start().wait(60) == 0
    folder = town.root / "chicago"
    assert (folder / "in_hand.json").exists()
    by_hand = (folder / "targets.csv").read_text() + "no_computer,city,2030,estimate,45000,TARGET,,written by hand,,\n"
    (folder / "targets.csv").write_text(by_hand)
    (folder / "manifest.json").write_bytes((folder / "manifest.json").read_bytes().replace(b"sha256", b"sha255", 1))
    from_the_repository(folder)
    assert not (folder / "in_hand.json").exists()
    assert (folder / "targets.csv").read_text() == by_hand
    a_whole_set_is_there(town.root, capsys)
    assert standby.opened("chicago", town.root / ".chicago.last"), "the set before the damaged one stays"


def test_a_whole_set_that_cannot_be_read_is_not_served(town: Town) -> None:
    """Every file is the one that was written, and one holds what nobody can read: the last set is served."""
    assert town.start().wait(60) == 0
    town.api.feed(2021, REVISED)
    assert town.start().wait(60) == 0
    folder = town.root / "chicago"
    frozen = snapshots.read(folder / "snapshots", "acs5-2021")
    broken = frozen.table.assign(B28002_013E=-777_777_777)
    snapshots.write(folder / "snapshots", "acs5-2021", broken, frozen.meta)
    snapshots.write_manifest(folder, [folder / name for name in snapshots.manifest(folder)], FIRST.isoformat())
    assert snapshots.verify(folder) == []
    assert standby.newest_whole("chicago", town.root).standby is not None


def test_what_is_written_by_hand_outlives_a_kill_between_two_renames(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "exchange", lambda *_: False)
    (shelf.folder / "targets.csv").write_text("by hand\n")
    before = stage.content(shelf.folder)
    steps = fate.meet(shelf.attempt, shelf.root).steps
    for at in range(steps, 0, -1):
        shelf.publish(FIRST)
        fate.meet(shelf.attempt, shelf.root, "killed", at)
        if not shelf.folder.exists():
            break
    publish.mend(shelf.folder)
    assert stage.content(shelf.folder) == before
    assert sorted(path.name for path in shelf.root.iterdir()) == [".chicago.new", "chicago"]
    publish.mend(shelf.folder)  # there is nothing to mend, and nothing is done
    assert stage.content(shelf.folder) == before


# --- out of room ----------------------------------------------------------------------------------------------------


@IN_ONE_STEP
@HOW_MANY
def test_a_disk_that_is_full_from_any_step_on(
    in_one_step: bool, moments: str, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every new file, folder and name is refused from then on, as on a full disk; to remove is still possible."""
    if not in_one_step:
        monkeypatch.setattr(publish, "exchange", lambda *_: False)
    steps = fate.meet(shelf.attempt, shelf.root).steps
    for at in chosen(moments, steps):
        shelf.publish(FIRST)
        met = fate.meet(shelf.attempt, shelf.root, "full", at)
        if met.code != 0:
            assert met.code == 1
            assert met.said.startswith("equity: a new set of chicago cannot be written (")
            assert met.said.endswith(
                "No space left on device); make room there or correct its permissions, then refresh again\n"
            )
            assert met.said.count("\n") == 1
        elsewhere = standby.newest_whole("chicago", shelf.root).standby
        assert elsewhere is None or not in_one_step, "refused its second name, and then its old one: readers find the last set"
        publish.mend(shelf.folder)
        assert snapshots.verify(shelf.folder) == []
        assert shelf.made() == (FIRST if met.code else SECOND)
        nothing_is_left_over(shelf.root)


@pytest.mark.parametrize(
    "kilobytes", [1, 60, pytest.param(2, marks=pytest.mark.long), pytest.param(150, marks=pytest.mark.long)]
)
def test_a_refresh_that_cannot_write_to_the_end(kilobytes: int, town: Town, capsys: pytest.CaptureFixture) -> None:
    """A file system of a few kilobytes takes root to make, so the limit is set on the size of a file: the same write that a
    full disk breaks off in the middle is broken off, and only the name of the error is another."""
    before = stage.content(town.root)
    limit = kilobytes * 1024
    process = town.start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Traceback" not in said
    assert said.splitlines()[-1] == (
        "equity: a new set of chicago cannot be written (File too large); make room there or correct its permissions, then "
        "refresh again"
    )
    assert stage.content(town.root) == before
    a_whole_set_is_there(town.root, capsys)


def test_what_stands_in_the_way_is_named(shelf: Shelf) -> None:
    """A folder where the lock should be, as a wrong permission would do to anybody but root."""
    (shelf.root / ".chicago.lock").mkdir()
    said = r"a new set of chicago cannot be written \(/.*/\.chicago\.lock: Is a directory\); make room there or correct"
    with pytest.raises(EquityError, match=said):
        shelf.publish()
    assert shelf.made() == FIRST


# --- two at once ----------------------------------------------------------------------------------------------------


def wait_for(what: Callable[[], bool], seconds: float = 30) -> None:
    ends = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < ends, "in vain"
        time.sleep(0.01)


def test_of_two_at_once_the_second_is_refused_and_the_first_completes(
    town: Town, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def held(request: Request, answer: Answer) -> Answer:
        assert go_on.wait(60)
        return answer

    town.api.feed(2021, REVISED)
    town.bureau.fail("for=county", held, None)
    first = town.start()
    wait_for(lambda: any("for=county" in asked for asked in town.bureau.asked))
    asked = len(town.bureau.asked)

    second = town.start()
    _, said = second.communicate(timeout=60)
    assert second.returncode == 1
    assert said.splitlines()[-1] == "equity: another refresh of chicago is running; wait for it to end"
    assert "Traceback" not in said
    assert len(town.bureau.asked) == asked, "it is refused before it asks"
    a_whole_set_is_there(town.root, capsys)

    go_on.set()
    assert first.wait(60) == 0
    assert town.figures() == FIGURES[1]
    nothing_is_left_over(town.root)


def test_a_process_that_was_killed_locks_nobody_out(town: Town) -> None:
    town.bureau.fail("for=county", "silence")
    first = town.start()
    wait_for(lambda: any("for=county" in asked for asked in town.bureau.asked))
    first.kill()
    first.communicate()
    assert (town.root / ".chicago.lock").exists()
    assert town.start().wait(60) == 0
    nothing_is_left_over(town.root)


# --- a byte flipped -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with two sets from the fake Bureau, of two days. Whoever changes a file puts it back."""
    root = tmp_path_factory.mktemp("cities")
    stage.copy(root)
    with Bureau() as bureau:
        api.register(bureau)
        for day in (FIRST, SECOND):
            way = CensusApi(api.KEY, Web(), f"{bureau.url}/data")
            refresh.run("chicago", refresh.Wish(acs=way, releases=(2021,), today=day), root, QUIET)
    return root


SEALED = ("manifest.json", "in_hand.json", "areas.csv", "areas.json", "crosswalk-2020.csv", "outlines/tract-2020.json",
          "outlines/water.json", "snapshots/acs5-2021.csv", "snapshots/acs5-2021.json", "snapshots/place-2021.csv",
          "snapshots/svi-2022.csv", "snapshots/modelled-2024.json", "neighbours-ward.csv")  # fmt: skip


@pytest.mark.parametrize("name", SEALED)
def test_with_one_byte_flipped_the_last_good_set_is_served_with_its_date(name: str, refreshed: Path) -> None:
    """Anywhere in the file, and any bit."""
    path = refreshed / "chicago" / name
    whole = path.read_bytes()
    assert standby.newest_whole("chicago", refreshed).standby is None
    try:
        for place in (0, len(whole) // 3, len(whole) // 2, len(whole) - 1):
            bit = 1 << place % 8
            path.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
            atlas = standby.newest_whole("chicago", refreshed)
            assert atlas.standby == FIRST
            assert atlas.city.folder == refreshed / ".chicago.last" / "chicago"
    finally:
        path.write_bytes(whole)


@pytest.mark.long
def test_any_byte_of_any_file(refreshed: Path) -> None:
    """Every file of a set, at twenty places of it."""
    dice = random.Random(20261123)
    for name in [*snapshots.manifest(refreshed / "chicago"), "manifest.json"]:
        path = refreshed / "chicago" / name
        whole = path.read_bytes()
        try:
            for place in dice.choices(range(len(whole)), k=20):
                flipped = bytes([whole[place] ^ (1 << dice.randrange(8))])
                path.write_bytes(whole[:place] + flipped + whole[place + 1 :])
                assert standby.newest_whole("chicago", refreshed).standby == FIRST, f"{name}, byte {place}"
        finally:
            path.write_bytes(whole)


@pytest.mark.parametrize("name", ["city.toml", "manifest.json", "in_hand.json", "snapshots/acs5-2021.csv", "areas.csv"])
def test_a_file_that_is_gone_or_empty(name: str, refreshed: Path) -> None:
    path = refreshed / "chicago" / name
    whole = path.read_bytes()
    try:
        path.write_bytes(b"")
        assert standby.newest_whole("chicago", refreshed).standby == FIRST
        path.unlink()
        assert standby.newest_whole("chicago", refreshed).standby == FIRST
    finally:
        path.write_bytes(whole)


def test_the_server_opens_the_last_good_set(refreshed: Path) -> None:
    """The application as a server imports it, in a process of its own, with a damaged newest set."""
    path = refreshed / "chicago" / "snapshots" / "acs5-2021.csv"
    whole = path.read_bytes()
    try:
        path.write_bytes(whole.replace(b"7", b"1", 1))
        done = subprocess.run(
            [sys.executable, "-c", "import app; print(app.server.test_client().get('/').status_code)"],
            cwd=stage.REPOSITORY, env=os.environ | {"EQUITY_DATA": str(refreshed)}, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
    finally:
        path.write_bytes(whole)
    assert (done.stdout, done.returncode) == ("200\n", 0), done.stderr


def test_with_both_sets_damaged_it_is_one_sentence(
    refreshed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(cities, "DATA", refreshed)
    paths = [refreshed / folder / "areas.csv" for folder in ("chicago", ".chicago.last/chicago")]
    whole = paths[0].read_bytes()
    try:
        for path in paths:
            path.write_bytes(whole.replace(b"1", b"2", 1))
        assert command_line.main(["serve"]) == SnapshotDamaged.exit_code
    finally:
        for path in paths:
            path.write_bytes(whole)
    out, err = capsys.readouterr()
    (said,) = err.splitlines()
    assert said.startswith(f"equity: {paths[0]} is not the file that was written (its sha256 differs); ")
    assert out == ""


def test_a_damaged_set_does_not_become_the_last_good_one(shelf: Shelf) -> None:
    """The newest is damaged and replaced, and its replacement is damaged too: the good one of before is still there."""
    last = shelf.root / ".chicago.last" / "chicago"
    good = stage.content(last)
    (shelf.folder / "areas.csv").write_bytes(b"damaged")
    sealed = json.loads((shelf.folder / "manifest.json").read_text())["files"]
    with publish.locked(shelf.folder), publish.staged(shelf.folder) as new:
        for name in sealed:
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            (new / name).write_bytes((last / name).read_bytes())
        snapshots.write_manifest(new, [new / name for name in sealed], SECOND.isoformat())
        publish.swap(new, shelf.folder)
    assert stage.content(last) == good
    assert standby.newest_whole("chicago", shelf.root).standby is None
    (shelf.folder / "areas.csv").write_bytes(b"damaged")
    assert standby.newest_whole("chicago", shelf.root).standby == FIRST
