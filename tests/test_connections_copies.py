"""Backups of the programme log are whole or refused, and go back whole or not at all, into either database."""

import hashlib
import itertools
import json
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa

from equity.connections import accounts, copies, database, guards, history, log, schema, sessions, tables, traces, verify
from equity.connections.database import Log
from equity.connections.rights import Actor, Right
from equity.errors import LogDamaged, LogInvalid, LogUnavailable, RightMissing
from tests.programmes import town
from tests.programmes.postgres import Server

CITY = "chicago"


class Plain:
    """In the place of argon2, which takes its time."""

    def hash(self, password: str) -> str:
        return f"hash of {password}"


@pytest.fixture
def book(log_address: str) -> Log:
    """A log with an import, a correction, a withdrawal, and an account."""
    book = schema.upgrade(database.open_to_write(log_address))
    fill(book)
    return book


def fill(book: Log) -> None:
    log.add(book, town.MARIA, town.read(), city=CITY, file="a.csv")
    log.correct(book, town.MARIA, 2, {"note": "ñ =1+1\n<b>"}, places=town.PLACES, reason="x")
    log.withdraw(book, town.MARIA, [3], city=CITY, reason="y")
    accounts.add(book, town.KEEPER, "ana", "correct horse battery", Right.EDITOR, hasher=Plain())


@pytest.fixture
def alike(book: Log, request: pytest.FixtureRequest, tmp_path: Path) -> Log:
    """Where a backup can be restored: no log yet, in a database of the same kind."""
    return database.open_to_write(_none_yet(request, tmp_path / "alike", sqlite=bool(book.file)))


@pytest.fixture
def empty(book: Log, request: pytest.FixtureRequest, tmp_path: Path) -> Log:
    """The same in a database of the other kind, which is the longer way."""
    return database.open_to_write(_none_yet(request, tmp_path / "other", sqlite=not book.file))


def _none_yet(request: pytest.FixtureRequest, folder: Path, sqlite: bool) -> str:
    return f"sqlite:///{folder / 'log.sqlite3'}" if sqlite else request.getfixturevalue("postgresql").fresh()


def rows(book: Log) -> list[tuple]:
    with book.reading() as connection:
        return [
            tuple(row)
            for table in tables.IN_ORDER
            for row in connection.execute(sa.select(table).order_by(*table.primary_key.columns))
        ]


def test_a_backup_goes_into_either_database_row_by_row(
    book: Log, alike: Log, empty: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In parts of two rows, of which there are three."""
    monkeypatch.setattr(copies, "_MANY", 2)
    said = copies.backup(book, tmp_path / "backup")
    assert said.startswith("writes: 3, rows: 6, seal: ")
    for target in (alike, empty):
        assert copies.restore(target, town.KEEPER, tmp_path / "backup") == said
        assert rows(target) == rows(book)
        log.add(target, town.MARIA, town.read([town.row()]), city=CITY, file="b.csv")
        with target.reading() as connection:
            assert verify.problems(connection) == []
            assert [entry.entry for entry in history.entries(connection, CITY)] == [1, 2, 4, 7]


def test_a_backup_of_a_backup_is_the_same_log(book: Log, empty: Log, tmp_path: Path) -> None:
    copies.backup(book, tmp_path / "one")
    copies.restore(empty, town.KEEPER, tmp_path / "one")
    copies.backup(empty, tmp_path / "two")
    with copies.opened(tmp_path / "two") as copy:
        assert rows(copy) == rows(book)


def test_a_backup_writes_over_nothing_and_only_its_owner_can_read_it(book: Log, tmp_path: Path) -> None:
    copies.backup(book, tmp_path / "backup")
    before = (tmp_path / "backup").read_bytes()
    with pytest.raises(LogUnavailable, match="is there already and is not written over; choose another name"):
        copies.backup(book, tmp_path / "backup")
    assert (tmp_path / "backup").read_bytes() == before
    assert stat.S_IMODE((tmp_path / "backup").stat().st_mode) == 0o600
    with pytest.raises(LogUnavailable, match="cannot be written"):
        copies.backup(book, tmp_path / "nowhere" / "backup")
    assert {path.name for path in tmp_path.iterdir()} <= {"backup", "instance"}, "and it leaves nothing behind"


def test_a_backup_is_taken_while_others_write(book: Log, tmp_path: Path) -> None:
    """A writer holds its turn, with a row that is not committed: the backup waits for nobody, and has not the row."""
    with book.writing() as connection:
        connection.execute(sa.update(tables.account).values(added_by="somebody"))
        copies.backup(book, tmp_path / "backup")
    with copies.opened(tmp_path / "backup") as copy, copy.reading() as connection:
        assert connection.execute(sa.select(tables.account.c.added_by)).scalars().all() == [town.KEEPER.name]


def test_a_backup_holds_no_session_and_no_file_that_waits_in_one(book: Log, tmp_path: Path) -> None:
    """One that is there, and one that was ended: SQLite keeps what was deleted in the free pages of its file."""
    if book.file:  # some builds of SQLite overwrite what is deleted, others do not
        book.engine.dispose()
        sa.event.listen(book.engine, "connect", lambda raw, _: raw.execute("PRAGMA secure_delete = OFF"))
    waits = [b"the first file that waits" * 400, b"the second file that waits" * 400]
    for token, body in zip(("one token", "another token"), waits, strict=True):
        with book.writing() as connection:
            sessions.begin(connection, Actor("ana", Right.EDITOR), token, town.MOMENT)
        sessions.keep(book, token, sessions.Draft("waits.csv", body))
    sessions.end(book, "another token")
    copies.backup(book, tmp_path / "backup")
    body = (tmp_path / "backup").read_bytes()
    there = [*waits, b"waits.csv", *(hashlib.sha256(token).hexdigest().encode() for token in (b"one token", b"another token"))]
    assert [text[:30] for text in there if text in body or text[:26] in body] == []
    with book.reading() as connection:
        assert len(connection.execute(sa.select(tables.session)).all()) == 1, "and whoever is signed in stays so"


def test_what_was_done_to_accounts_goes_with_a_backup(book: Log, empty: Log, tmp_path: Path) -> None:
    accounts.remove(book, town.KEEPER, "ana")
    with book.reading() as connection:
        told = [(one.what, one.account) for one in traces.listed(connection)]
    assert told == [("added", "ana"), ("removed", "ana")]
    copies.backup(book, tmp_path / "backup")
    copies.restore(empty, town.KEEPER, tmp_path / "backup")
    with empty.reading() as connection:
        assert [(one.what, one.account) for one in traces.listed(connection)] == told


# --- the file of a log itself ---------------------------------------------------------------------------------------


@pytest.fixture
def live(tmp_path: Path) -> Log:
    """A log that a process has open: nothing of its second to fourth write is in the file, all of it in its -wal."""
    book = schema.upgrade(database.open_to_write(f"sqlite:///{tmp_path / 'live' / 'log.sqlite3'}"))
    log.add(book, town.MARIA, town.read([town.row(count="1")]), city=CITY, file="1.csv")
    with book.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    for count in "234":
        log.add(book, town.MARIA, town.read([town.row(count=count)]), city=CITY, file=f"{count}.csv")
    return book


def counted(book: Log) -> list[int]:
    with book.reading() as connection:
        return [entry.report.count for entry in history.entries(connection, CITY)]


@pytest.mark.parametrize("where", ["as it lies", "copied with its -wal"])
def test_a_file_that_is_in_use_is_read_with_its_newest_writes(live: Log, where: str, tmp_path: Path) -> None:
    path = live.file
    if where != "as it lies":
        (tmp_path / "copied").mkdir()
        for name in ("log.sqlite3", "log.sqlite3-wal"):
            shutil.copy(path.with_name(name), tmp_path / "copied" / name)
        path = tmp_path / "copied" / "log.sqlite3"
    with copies.opened(path) as copy:
        assert counted(copy) == [1, 2, 3, 4]
    target = database.open_to_write(f"sqlite:///{tmp_path / 'target' / 'log.sqlite3'}")
    assert copies.restore(target, town.KEEPER, path).startswith("writes: 4, rows: 4, seal: ")
    assert counted(target) == counted(live) == [1, 2, 3, 4]


def test_a_file_that_came_without_its_wal_is_refused_unless_that_is_said(live: Log, tmp_path: Path) -> None:
    """Of four writes it has the first; nothing in it says that there were more. Nothing is written beside it either."""
    path = tmp_path / "copied" / "log.sqlite3"
    path.parent.mkdir()
    shutil.copy(live.file, path)
    target = database.open_to_write(f"sqlite:///{tmp_path / 'target' / 'log.sqlite3'}")
    with pytest.raises(LogInvalid) as caught:
        copies.restore(target, town.KEEPER, path)
    assert str(caught.value) == (
        f"{path} is the file of a log and no backup, and log.sqlite3-wal, which may hold what was written last, is not beside "
        "it; take a backup with: python -m equity connections backup. If the log was closed when it was copied, or nothing "
        "better is left, say --without-wal"
    )
    with pytest.raises(LogInvalid, match="is the file of a log and no backup"), copies.opened(path):
        pass
    copies.restore(target, town.KEEPER, path, without_wal=True)
    assert counted(target) == [1]
    assert [one.name for one in path.parent.iterdir()] == ["log.sqlite3"]


def test_a_wal_that_cannot_be_read_is_told(live: Log, tmp_path: Path) -> None:
    shutil.copy(live.file, tmp_path / "copy.sqlite3")
    (tmp_path / "copy.sqlite3-wal").mkdir()
    with (
        pytest.raises(
            LogUnavailable, match=r"copy.sqlite3 cannot be read \(.*\); copy it with its -wal to where you may write"
        ),
        copies.opened(tmp_path / "copy.sqlite3"),
    ):
        pass


def test_the_file_of_a_log_that_was_closed_is_whole_and_cannot_say_so(live: Log, tmp_path: Path) -> None:
    """Closing brings all into the one file. What its header says is the same as in the file that lacks three writes."""
    live.engine.dispose()
    assert [one.name for one in live.file.parent.iterdir()] == ["log.sqlite3"]
    with pytest.raises(LogInvalid, match="say --without-wal"), copies.opened(live.file):
        pass
    with copies.opened(live.file, without_wal=True) as copy:
        assert counted(copy) == [1, 2, 3, 4]


def test_a_backup_and_a_link_to_it_need_no_word(live: Log, tmp_path: Path) -> None:
    copies.backup(live, tmp_path / "backup")
    (tmp_path / "link").symlink_to("backup")
    for name in ("backup", "link"):
        with copies.opened(tmp_path / name) as copy:
            assert counted(copy) == [1, 2, 3, 4]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["backup", "link", "live"]


def test_what_is_restored_has_every_guard_also_where_the_log_had_lost_one(live: Log, empty_file: Log, tmp_path: Path) -> None:
    """So a backup and its restoring are the way out for a log that lost a guard, and no entry."""
    with live.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER log_head_forward")
    copies.backup(live, tmp_path / "backup")
    copies.restore(empty_file, town.KEEPER, tmp_path / "backup")
    with live.reading() as before, empty_file.reading() as after:
        assert (len(guards.problems(before)), guards.problems(after)) == (1, [])


@pytest.fixture
def empty_file(tmp_path: Path) -> Log:
    return database.open_to_write(f"sqlite:///{tmp_path / 'new' / 'log.sqlite3'}")


def test_a_damaged_log_is_not_saved_as_if_it_were_whole(tmp_path: Path) -> None:
    book = schema.upgrade(database.open_to_write(f"sqlite:///{tmp_path / 'log.sqlite3'}"))
    fill(book)
    with book.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER log_entry_no_update")
        connection.exec_driver_sql("UPDATE log_entry SET count = 13 WHERE number = 2")
    with pytest.raises(LogDamaged, match=r"backup is no whole backup: write 1 of Maria López on .* is not what was sealed"):
        copies.backup(book, tmp_path / "backup")
    assert [path.name for path in tmp_path.iterdir() if "backup" in path.name] == []


def test_a_backup_goes_into_an_empty_log_alone(book: Log, empty: Log, tmp_path: Path) -> None:
    copies.backup(book, tmp_path / "backup")
    schema.upgrade(empty)
    accounts.add(empty, town.KEEPER, "bob", "correct horse battery", Right.VIEWER, hasher=Plain())
    refuses(empty, tmp_path / "backup")
    refuses(book, tmp_path / "backup")
    accounts.remove(empty, town.KEEPER, "bob")
    refuses(empty, tmp_path / "backup")  # it knows that there was an account


def refuses(book: Log, path: Path) -> None:
    """A backup does not go into this log."""
    before = rows(book)
    with pytest.raises(LogInvalid, match="is not empty, as it has to be; nothing was done"):
        copies.restore(book, town.KEEPER, path)
    assert rows(book) == before


def test_only_the_keeper_restores(book: Log, empty: Log, tmp_path: Path) -> None:
    copies.backup(book, tmp_path / "backup")
    with pytest.raises(RightMissing, match="Maria López may not restore a backup: that needs the right keeper"):
        copies.restore(empty, town.MARIA, tmp_path / "backup")


@pytest.mark.parametrize("damage", ["cut", "a byte", "a row less", "empty", "no backup"])
def test_a_damaged_backup_is_refused_and_nothing_is_written(damage: str, book: Log, empty: Log, tmp_path: Path) -> None:
    path = tmp_path / "backup"
    copies.backup(book, path)
    body = path.read_bytes()
    if damage == "cut":
        path.write_bytes(body[: len(body) // 2])
    elif damage == "a byte":
        at = body.index(b"two evenings")
        path.write_bytes(body[:at] + b"T" + body[at + 1 :])
    elif damage == "a row less" and book.file:
        raw = sa.create_engine(f"sqlite:///{path}")
        with raw.begin() as connection:
            connection.exec_driver_sql("DROP TRIGGER log_entry_no_delete")
            connection.exec_driver_sql("DELETE FROM log_entry WHERE number = 4")
    elif damage == "a row less":
        path.write_bytes(b"".join(body.splitlines(keepends=True)[:-2]))
    else:
        path.write_bytes(b"" if damage == "empty" else b"these are the minutes\n" * 100)
    with pytest.raises(LogDamaged, match="backup is no whole backup: "):
        copies.restore(empty, town.KEEPER, path)
    schema.upgrade(empty)
    assert rows(empty) == [(1, 0, 0, "")], "the end of an empty log, and nothing else"


def test_a_backup_with_a_seal_of_its_own_but_a_changed_row_is_refused(postgresql: Server, tmp_path: Path) -> None:
    """Whoever changes a row of a text backup can write a new sha256 below it; the seals within still tell."""
    book = schema.upgrade(database.open_to_write(postgresql.fresh()))
    fill(book)
    path, empty = tmp_path / "backup", database.open_to_write(f"sqlite:///{tmp_path / 'log.sqlite3'}")
    copies.backup(book, path)
    lines = path.read_bytes().replace(b'"count":30', b'"count":31').splitlines(keepends=True)[:-1]
    path.write_bytes(b"".join(lines) + json.dumps({"sha256": hashlib.sha256(b"".join(lines)).hexdigest()}).encode() + b"\n")
    with pytest.raises(LogDamaged, match=r"write 1 of Maria López on .* is not what was sealed"):
        copies.restore(empty, town.KEEPER, path)


def test_a_text_backup_is_sealed_where_no_seal_within_reaches(postgresql: Server, tmp_path: Path) -> None:
    """Accounts are in no chain: who opens one in a backup, or gives it another right, is found by the sha256 of the file."""
    book = schema.upgrade(database.open_to_write(postgresql.fresh()))
    fill(book)
    path = tmp_path / "backup"
    copies.backup(book, path)
    path.write_bytes(path.read_bytes().replace(b'"right":"editor"', b'"right":"keeper"'))
    with pytest.raises(LogDamaged, match="it does not end with the sha256 of what it holds"):
        copies.restore(database.open_to_write(f"sqlite:///{tmp_path / 'log.sqlite3'}"), town.KEEPER, path)


def test_what_a_restored_log_lacks_is_found_before_it_is_kept(
    book: Log, empty: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the way lost a row that the backup has."""
    copies.backup(book, tmp_path / "backup")
    whole = copies._rows
    monkeypatch.setattr(copies, "_rows", lambda source, table: itertools.islice(whole(source, table), 5))
    with pytest.raises(LogDamaged, match="what was restored is not what was saved: "):
        copies.restore(empty, town.KEEPER, tmp_path / "backup")
    assert rows(empty) == [(1, 0, 0, "")]


def test_a_backup_of_an_older_version_is_brought_up_to_date(book: Log, empty: Log, tmp_path: Path) -> None:
    """One taken before there were accounts, sessions and more guards, when a log was at 0001."""
    path, of_today = tmp_path / "backup", schema.newest().encode()
    expected = [row for row in rows(book) if "ana" not in row]
    copies.backup(book, path)
    if book.file:
        old = database.open_to_write(f"sqlite:///{path}")
        schema.move(old, "0001")
        old.engine.dispose()
        with sqlite3.connect(path) as raw:
            raw.execute("PRAGMA journal_mode = DELETE")
        raw.close()
    else:
        lines = [line.replace(of_today, b"0001") for line in path.read_bytes().splitlines(keepends=True)[:-1]]
        body = b"".join(line for line in lines if b"log_account" not in line and b"log_trace" not in line)
        path.write_bytes(body + json.dumps({"sha256": hashlib.sha256(body).hexdigest()}).encode() + b"\n")
    copies.restore(empty, town.KEEPER, path)
    assert rows(empty) == expected


def test_a_backup_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    empty = database.open_to_write(f"sqlite:///{tmp_path / 'log.sqlite3'}")
    body = b'["equity programme log, backup 1","9999"]\n'
    (tmp_path / "backup").write_bytes(body + json.dumps({"sha256": hashlib.sha256(body).hexdigest()}).encode() + b"\n")
    with pytest.raises(LogDamaged, match=r"a newer version of this program made .*backup; update this one"):
        copies.restore(empty, town.KEEPER, tmp_path / "backup")


def test_what_is_no_file_cannot_be_restored(tmp_path: Path) -> None:
    empty = database.open_to_write(f"sqlite:///{tmp_path / 'log.sqlite3'}")
    with pytest.raises(LogUnavailable, match=r"nothing cannot be read .*; name a backup"):
        copies.restore(empty, town.KEEPER, tmp_path / "nothing")
