"""What the public pages read of the programme log: what is in it now, without reading all of it again for each of them."""

import contextlib
import dataclasses
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from equity import language as languages
from equity import views
from equity.atlas import Atlas
from equity.connections import copies, database, history, log, schema
from equity.connections.database import Log
from equity.connections.rules import Kind
from equity.views import progress_log
from tests.programmes import town


@pytest.fixture
def book(log_address: str) -> Log:
    """A log with the entries 1 to 4 of ``town.ROWS``."""
    book = schema.upgrade(database.open_to_write(log_address))
    log.add(book, town.MARIA, town.read(), city="chicago", file="first.csv", clock=town.clock)
    return book


@pytest.fixture
def seen(atlas: Atlas, log_address: str):
    """What a page sees at this moment, of an atlas that has seen nothing before: entry -> count."""
    fresh = dataclasses.replace(atlas, _kept={})

    def look(address: str = log_address) -> dict[int, int]:
        found = progress_log.entries(fresh, {database.VARIABLE: address})
        return dict(zip(found["entry"].astype(int), found["reported"].astype(int), strict=True))

    return look


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The cities whose entries were read out of a database, one for each time."""
    done, read = [], history.entries

    def counted(connection, city: str, *conditions):
        done.append(city)
        return read(connection, city, *conditions)

    monkeypatch.setattr(history, "entries", counted)
    return done


def test_the_log_is_read_once_as_long_as_nothing_is_written(book: Log, seen, reads: list[str]) -> None:
    for _ in range(3):
        assert seen() == {1: 1200, 2: 12, 3: 5, 4: 30}
    assert reads == ["chicago"]


def test_every_write_is_seen_at_the_next_visit(book: Log, seen) -> None:
    """An import, a correction and a withdrawal."""
    seen()
    log.add(book, town.MARIA, town.read([town.row()]), city="chicago", file="b.csv", clock=town.clock)
    assert seen() == {1: 1200, 2: 12, 3: 5, 4: 30, 5: 5}
    log.correct(book, town.MARIA, 2, {"count": "21"}, places=town.PLACES, reason="turned", clock=town.clock)
    assert seen() == {1: 1200, 2: 21, 3: 5, 4: 30, 5: 5}
    log.withdraw(book, town.MARIA, [1], city="chicago", reason="not ours", clock=town.clock)
    assert seen() == {2: 21, 3: 5, 4: 30, 5: 5}


def test_another_log_in_its_place_is_another_log(book: Log, seen, tmp_path: Path) -> None:
    """A backup of a day before, restored elsewhere: the fifth entry is not in it; and back."""
    copies.backup(book, tmp_path / "backup")
    log.add(book, town.MARIA, town.read([town.row()]), city="chicago", file="b.csv", clock=town.clock)
    assert len(seen()) == 5
    elsewhere = f"sqlite:///{tmp_path / 'other.sqlite3'}"
    copies.restore(schema.upgrade(database.open_to_write(elsewhere)), town.KEEPER, tmp_path / "backup")
    assert len(seen(elsewhere)) == 4
    assert len(seen()) == 5


def test_what_one_page_does_with_the_table_is_not_seen_by_another(atlas: Atlas, book: Log, log_address: str) -> None:
    fresh, environ = dataclasses.replace(atlas, _kept={}), {database.VARIABLE: log_address}
    first = progress_log.entries(fresh, environ)
    first["reported"] = 0
    first.loc[:, "programme"] = "another"
    del first["note"]
    found = progress_log.entries(fresh, environ)
    assert list(found["reported"].astype(int)) == [1200, 12, 5, 30]
    assert "another" not in set(found["programme"])
    assert "note" in found


# --- a log that cannot be read --------------------------------------------------------------------------------------


class Silence:
    """A server that takes connections and never says a word."""

    def __init__(self, port: socket.socket) -> None:
        self._port = port
        self.came: list[socket.socket] = []
        self.address = f"postgresql://u@127.0.0.1:{port.getsockname()[1]}/log"
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self.came.append(self._port.accept()[0])


@pytest.fixture
def silence() -> Iterator[Silence]:
    with socket.create_server(("127.0.0.1", 0)) as port:
        yield Silence(port)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_of_all_visits_to_a_database_that_hangs_one_waits_two_seconds_and_for_half_a_minute_no_other(
    atlas: Atlas, silence: Silence
) -> None:
    fresh, clock = dataclasses.replace(atlas, _kept={}), Clock()
    began, found = time.monotonic(), []

    def visit() -> None:
        found.append(progress_log.entries(fresh, {database.VARIABLE: silence.address}, clock))

    threads = [threading.Thread(target=visit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began < 4
    began, clock.now = time.monotonic(), clock.now + 29
    visit()
    assert time.monotonic() - began < 0.5
    assert (found, len(silence.came)) == ([None] * 9, 1)
    clock.now += 2
    visit()
    assert len(silence.came) == 2, "and then somebody looks again"


def test_the_public_pages_do_not_wait_for_a_database_that_hangs(
    atlas: Atlas, silence: Silence, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of the survey's, two files that hold reports, and the front page: two seconds together."""
    monkeypatch.setenv(database.VARIABLE, silence.address)
    client = views.create_app(dataclasses.replace(atlas, _kept={})).server.test_client()
    client.get("/progress")
    began = time.monotonic()
    told = [client.get(path).status_code for path in ("/progress/chart.svg", "/progress/files/chicago-progress-log.csv", "/")]
    assert time.monotonic() - began < 4
    assert told == [200, 503, 200]


def test_a_log_that_can_be_read_again_is_read_after_half_a_minute_and_another_one_at_once(
    atlas: Atlas, book: Log, log_address: str, monkeypatch: pytest.MonkeyPatch, silence: Silence
) -> None:
    fresh, clock = dataclasses.replace(atlas, _kept={}), Clock()
    told = {database.VARIABLE: log_address}
    with monkeypatch.context() as patch:
        patch.setattr(history, "seal", lambda connection: connection.exec_driver_sql("SELECT * FROM nowhere"))
        assert progress_log.entries(fresh, told, clock) is None
    assert progress_log.entries(fresh, told, clock) is None, "left alone"
    assert progress_log.entries(fresh, {database.VARIABLE: silence.address}, clock) is None
    clock.now += 31
    assert len(progress_log.entries(fresh, told, clock)) == 4


def test_what_was_read_before_a_failure_is_not_passed_off_as_what_is_there_now(
    atlas: Atlas, book: Log, log_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh, told = dataclasses.replace(atlas, _kept={}), {database.VARIABLE: log_address}
    assert len(progress_log.entries(fresh, told)) == 4
    monkeypatch.setattr(history, "seal", lambda connection: connection.exec_driver_sql("SELECT * FROM nowhere"))
    assert progress_log.entries(fresh, told) is None


def test_a_file_that_somebody_holds_is_not_waited_for_either(atlas: Atlas, tmp_path: Path) -> None:
    """As whoever mends it by hand could hold it."""
    import sqlite3

    address = f"sqlite:///{tmp_path / 'log.sqlite3'}"
    schema.upgrade(database.open_to_write(address)).engine.dispose()
    fresh = dataclasses.replace(atlas, _kept={})
    with contextlib.closing(sqlite3.connect(tmp_path / "log.sqlite3")) as holder:
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        holder.execute("CREATE TABLE mending (a)")
        holder.commit()
        began = time.monotonic()
        assert progress_log.entries(fresh, {database.VARIABLE: address}) is None
        assert 1 < time.monotonic() - began < 4


def test_the_months_of_one_kind_are_those_of_its_own_reports(atlas: Atlas, book: Log, log_address: str) -> None:
    """Of ``town.ROWS`` the people trained are of February, all reports together of January and February."""
    reported = progress_log.entries(dataclasses.replace(atlas, _kept={}), {database.VARIABLE: log_address})
    spoken = languages.load("en")
    assert progress_log.span(spoken, reported) == "from January 2026 to February 2026"
    assert progress_log.span(spoken, reported[reported["kind"] == Kind.PERSON_TRAINED]) == "in February 2026"
    assert progress_log.span(spoken, reported[reported["kind"] == Kind.ENROLMENT]) == ""
