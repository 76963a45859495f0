"""Whatever befalls the writers, what was acknowledged is in the programme log: once, whole, and sealed.

Processes of their own, on SQLite and on PostgreSQL: twenty at once, and some that are killed while they import.
"""

import contextlib
import hashlib
import multiprocessing
import random
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from equity.connections import accounts, database, history, schema, sessions, tables, verify
from equity.connections.database import Log
from equity.connections.rights import Right
from equity.errors import EquityError, RightMissing
from tests.programmes import town, writer
from tests.test_staff import Site

REPOSITORY = Path(__file__).parents[1]


def start(address: str, name: str, files: int, rows: int) -> subprocess.Popen:
    words = [sys.executable, "-m", "tests.programmes.writer", address, name, str(files), str(rows)]
    return subprocess.Popen(
        words, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def go(process: subprocess.Popen) -> None:
    """Let a writer begin that has said that it is ready."""
    assert process.stdout.readline() == "ready\n", process.stderr.read()
    process.stdin.write("go\n")
    process.stdin.flush()


def imported(address: str) -> dict[str, list[int]]:
    """What the log holds: programme -> its counts."""
    with schema.upgrade(database.open_to_write(address)).reading() as connection:
        assert verify.problems(connection) == []
        found: dict[str, list[int]] = {}
        for entry in history.entries(connection, "chicago"):
            found.setdefault(entry.report.programme, []).append(entry.report.count)
    return found


def test_twenty_writers_at_once_lose_nothing_and_double_nothing(log_address: str) -> None:
    """They all find no log, and make one. 20 processes, 5 files each, of 1 + 2 + 3 + 4 = 10: 100 imports, 1,000 in all."""
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.programmes.writer"])
    names = [f"writer{number}" for number in range(20)]
    together, queue = processes.Barrier(len(names)), processes.SimpleQueue()
    writers = [processes.Process(target=writer.with_others, args=(log_address, name, 5, 4, together, queue)) for name in names]
    for process in writers:
        process.start()
    for process in writers:
        process.join(120)
    assert [process.exitcode for process in writers] == [0] * 20
    acknowledged = []
    while not queue.empty():
        acknowledged.append(queue.get())
    assert sorted((name, file) for name, file, _, _ in acknowledged) == sorted(
        (name, file) for name in names for file in range(5)
    )
    found = imported(log_address)
    assert found == {f"{name} {file}": [1, 2, 3, 4] for name in names for file in range(5)}
    assert sum(sum(counts) for counts in found.values()) == 1000
    with database.open_to_write(log_address).reading() as connection:
        sealed = {batch.number: batch.seal for batch in history.batches(connection)}
    assert sealed == {number: seal for _, _, number, seal in acknowledged}
    assert list(sealed) == list(range(1, 101))


@pytest.mark.parametrize("times", [3, pytest.param(20, marks=pytest.mark.long)])
def test_what_a_killed_writer_had_acknowledged_is_there_whole(times: int, log_address: str) -> None:
    """kill -9 somewhere in one of its imports of 300 rows; the one it was at is there whole or not at all."""
    dice = random.Random(20261123)
    expected: dict[str, list[int]] = {}
    for turn in range(times):
        name = f"writer{turn}"
        process = start(log_address, name, 10_000, 300)
        go(process)
        lines = [process.stdout.readline() for _ in range(dice.randint(1, 4))]
        time.sleep(dice.uniform(0, 0.08))
        process.kill()
        rest, _ = process.communicate(timeout=60)
        said = [int(line.split()[0]) for line in [*lines, *rest.splitlines()] if len(line.split()) == 2]
        assert said == list(range(len(said)))
        found = imported(log_address)
        unsaid = f"{name} {len(said)}"  # committed, and killed before it could say so
        mine = {f"{name} {number}" for number in said} | ({unsaid} & set(found))
        expected |= {programme: list(range(1, 301)) for programme in mine}
        assert found == expected
    go(last := start(log_address, "last", 1, 2))
    assert last.communicate(timeout=60)[0].split()[0] == "0", "nobody holds a lock of the dead"
    assert imported(log_address) == expected | {"last 0": [1, 2]}


def test_of_many_that_find_no_log_at_once_one_makes_it(log_address: str) -> None:
    """Twelve threads, each with a connection of its own; ten times on SQLite, whose file has to be put into its mode, too."""
    addresses = [f"{log_address}{turn}" for turn in range(10)] if log_address.startswith("sqlite") else [log_address]
    for address in addresses:
        together, failed = threading.Barrier(12), []

        def make(address: str = address, together: threading.Barrier = together, failed: list = failed) -> None:
            together.wait()
            try:
                schema.upgrade(database.open_to_write(address))
            except EquityError as error:
                failed.append(error)

        threads = [threading.Thread(target=make) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []
        assert imported(address) == {}


@pytest.mark.parametrize(("refusals", "error"), [(2, "database is locked"), (1, "disk I/O error")])
def test_who_is_told_that_a_new_file_is_locked_tries_again(refusals: int, error: str, tmp_path: Path) -> None:
    """What happens to one in hundreds of those that change a file to its mode at once (SQLite then waits for nothing)."""
    told = iter([error] * refusals)

    class Busy(sqlite3.Connection):
        def execute(self, statement: str, *rest):
            if statement.endswith("= WAL") and (why := next(told, None)):
                raise sqlite3.OperationalError(why)
            return super().execute(statement, *rest)

    with contextlib.closing(sqlite3.connect(tmp_path / "log.sqlite3", factory=Busy)) as connection:
        if "locked" in error:
            assert database._to_wal(connection) == "wal"
            assert next(told, None) is None
        else:
            with pytest.raises(sqlite3.OperationalError, match=error):
                database._to_wal(connection)


def test_what_is_read_while_others_write_is_one_state(log_address: str) -> None:
    """A reader counts the rows twice in one transaction, with an import in between."""
    book = schema.upgrade(database.open_to_write(log_address))
    process = start(log_address, "writer", 1, 5)
    asked = sa.select(sa.func.count()).select_from(tables.entry)
    with book.reading() as connection:
        before = connection.execute(asked).scalar_one()
        go(process)
        assert process.stdout.readline().startswith("0 ")
        assert (before, connection.execute(asked).scalar_one()) == (0, 0)
        process.communicate(timeout=60)
    with book.reading() as connection:
        assert connection.execute(asked).scalar_one() == 5


def test_a_file_that_is_confirmed_while_its_account_is_removed_is_imported_and_neither_waits_for_ever(
    atlas, log_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both take the account first and then the session: in another order each could hold what the other waits for."""
    site = Site(atlas, log_address)
    visitor, body = site.visitor("ana"), town.file([town.row()])
    visitor.post("/import", file=body)
    visitor.follow()
    removing = threading.Thread(target=accounts.remove, args=(site.book, town.KEEPER, "ana"))
    take = sessions.take

    def slowly(*told) -> bool:
        taken = take(*told)
        removing.start()
        time.sleep(0.3)
        return taken

    monkeypatch.setattr(sessions, "take", slowly)
    answer = visitor.post("/import/confirm", sha256=hashlib.sha256(body).hexdigest())
    removing.join(30)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/staff/writes/1")
    assert imported(log_address) == {"Tech Hub": [5]}
    assert visitor.get("/").status_code == 303, "and she is signed out"
    assert "ana" not in {one.name for one in accounts.listed(site.book)}


def test_guesses_at_the_same_time_do_not_slip_past_the_count(log_address: str) -> None:
    """Of thirty guesses in ten threads only five are judged; then the account is closed, for the right password too."""
    book: Log = schema.upgrade(database.open_to_write(log_address))
    judged, lock = [], threading.Lock()

    class Counting:
        """In the place of argon2: says how often a password was judged by this account's hash."""

        def hash(self, password: str) -> str:
            return f"hash of {password}"

        def verify(self, kept: str, password: str) -> bool:
            if kept == "hash of correct horse battery":
                with lock:
                    judged.append(password)
            return kept == f"hash of {password}"

        def check_needs_rehash(self, _kept: str) -> bool:
            return False

    hasher = Counting()
    told = {"clock": town.clock, "hasher": hasher}
    accounts.add(book, town.KEEPER, "ana", "correct horse battery", Right.EDITOR, **told)

    def guess(first: int) -> None:
        for number in range(3):
            with pytest.raises(RightMissing):
                accounts.sign_in(book, "ana", f"guess {first} {number}", **told)

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(judged) == 5
    with pytest.raises(RightMissing):
        accounts.sign_in(book, "ana", "correct horse battery", **told)
