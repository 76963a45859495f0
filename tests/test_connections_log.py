"""The programme log keeps what it was given: all or nothing, never changed, never deleted. On SQLite and on PostgreSQL."""

import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from equity.connections import accounts, database, guards, history, log, previews, rights, schema, sheet, tables, traces, verify
from equity.connections.database import Log
from equity.connections.history import Entry
from equity.connections.log import Receipt
from equity.connections.rights import Actor, Right
from equity.connections.sheet import Sheet
from equity.errors import EquityError, LogInvalid, LogMissing, LogUnavailable, RightMissing, UsageError
from tests.programmes import town

CITY = "chicago"


@pytest.fixture
def book(log_address: str) -> Log:
    """An empty log."""
    return schema.upgrade(database.open_to_write(log_address))


def add(book: Log, read: Sheet | None = None, *, again: bool = False, file: str = "march.csv", city: str = CITY) -> Receipt:
    return log.add(book, town.MARIA, read or town.read(), city=city, file=file, again=again, clock=town.clock)


def correct(book: Log, number: int, reason: str = "miscounted", seen: int | None = None, **cells: str) -> Receipt:
    return log.correct(
        book, town.MARIA, number, cells, places=town.PLACES, reason=reason, seen=seen, clock=town.clock
    )  # fmt: skip


def withdraw(book: Log, *numbers: int, reason: str = "not ours") -> Receipt:
    return log.withdraw(book, town.MARIA, numbers, city=CITY, reason=reason, clock=town.clock)


def entries(book: Log, city: str = CITY) -> list[Entry]:
    with book.reading() as connection:
        return history.entries(connection, city)


def counts(book: Log) -> dict[int, int]:
    """What counts: entry -> count."""
    return {entry.entry: entry.report.count for entry in entries(book)}


def rows(book: Log) -> list[tuple]:
    """Every row of every table, as the database has them."""
    with book.reading() as connection:
        return [tuple(row) for table in tables.IN_ORDER for row in connection.execute(sa.select(table))]


def is_whole(book: Log) -> bool:
    with book.reading() as connection:
        return verify.problems(connection) == []


def refused(book: Log, doing: Callable[[], object], kind: type[EquityError], sentence: str) -> None:
    """It raises this, and writes nothing."""
    before = rows(book)
    with pytest.raises(kind) as caught:
        doing()
    assert str(caught.value) == sentence
    assert rows(book) == before


# --- imports --------------------------------------------------------------------------------------------------------


def test_an_import_is_there_whole_with_who_and_when(book: Log) -> None:
    receipt = add(book)
    assert (receipt.number, receipt.rows) == (1, 4)
    found = entries(book)
    assert [(entry.entry, entry.line, entry.state) for entry in found] == [
        (1, 2, "entered"), (2, 3, "entered"), (3, 4, "entered"), (4, 5, "entered"),
    ]  # fmt: skip
    assert [entry.report for entry in found] == [report for _, report in town.read().lines]
    batch = found[0].batch
    assert (batch.kind, batch.by, batch.at, batch.file) == ("import", "Maria López", "2026-11-23T09:30:00+00:00", "march.csv")
    assert batch.file_sha256 == hashlib.sha256(town.file()).hexdigest()
    assert is_whole(book)


def test_of_a_file_with_one_wrong_row_nothing_is_written(book: Log) -> None:
    read = town.read([*town.ROWS, town.row(count="many")])
    refused(
        book, lambda: add(book, read), LogInvalid,
        "march.csv has 1 problem, the first in row 6, count: “many” is no whole number; write digits alone, for example 1200",
    )  # fmt: skip


@pytest.mark.parametrize("dress", [town.file(), b"\xef\xbb\xbf" + town.file(reversed(town.ROWS), ";", "\r\n")])
def test_the_same_file_twice_is_noticed_also_in_another_dress(book: Log, dress: bytes) -> None:
    add(book)
    refused(
        book, lambda: add(book, sheet.read(dress, town.PLACES, town.TODAY), file="copy.csv"), LogInvalid,
        "copy.csv was imported already, as write 1 by Maria López on 2026-11-23; nothing was written; if all of it is to be "
        "counted again, say --again",
    )  # fmt: skip


def test_rows_like_those_of_the_log_are_named_and_refused(book: Log) -> None:
    """A programme that sends all months each time: rows 2 and 4 are there already, in other capitals and with a new note."""
    add(book)
    cumulative = [town.ROWS[1], town.row(), (*town.ROWS[2][:1], "TECH hub", *town.ROWS[2][2:7], "as before")]
    read = town.read(cumulative)
    assert list(map(str, log.preview(book, read, CITY).repeats)) == ["row 2 is like entry 2", "row 4 is like entry 3"]
    refused(
        book, lambda: add(book, read, file="all.csv"), LogInvalid,
        "all.csv has 2 rows like what the log has or had, or twice (row 2 is like entry 2; row 4 is like entry 3); nothing "
        "was written; take them out, or say --again if they are to be counted",
    )  # fmt: skip


def test_what_is_meant_again_is_what_was_looked_at_and_no_more(book: Log) -> None:
    """The look found one row like another; by the write two more came into the log, and then they went again."""
    add(book, town.read([town.ROWS[0]]))
    seen = log.preview(book, town.read(), CITY)
    assert [repeat.row for repeat in seen.repeats] == [2]
    add(book, town.read(town.ROWS[1:3]), file="meanwhile.csv")

    def meant() -> Receipt:
        return log.add(book, town.MARIA, town.read(), city=CITY, file="all.csv", again=True, seen=seen.alike, clock=town.clock)

    refused(
        book, meant, LogInvalid,
        "what the log has like the rows of all.csv changed meanwhile; nothing was written; look at it again",
    )  # fmt: skip
    withdraw(book, 2, 3)
    refused(
        book, meant, LogInvalid,
        "what the log has like the rows of all.csv changed meanwhile; nothing was written; look at it again",
    )  # fmt: skip
    seen = log.preview(book, town.read(), CITY)
    assert meant().rows == 4


def test_a_row_that_is_twice_in_a_file_is_noticed(book: Log) -> None:
    read = town.read([town.row(), town.row(count="6"), town.row(note="again")])
    assert list(map(str, log.preview(book, read, CITY).repeats)) == ["row 4 is like row 2"]


@pytest.mark.parametrize(
    "other",
    [
        {"month": "2026-04"},
        {"programme": "B"},
        {"partner": "B"},
        {"funding": "B"},
        {"place": "8"},
        {"kind": "enrolment"},
        {"count": "6"},
    ],
    ids=lambda cells: next(iter(cells)),
)
def test_a_row_that_says_something_else_is_no_repeat(book: Log, other: dict[str, str]) -> None:
    add(book, town.read([town.row()]))
    assert log.preview(book, town.read([town.row(**other)]), CITY).repeats == ()


def test_what_is_meant_to_be_counted_again_is_counted_again(book: Log) -> None:
    add(book)
    add(book, again=True)
    assert counts(book) == {1: 1200, 2: 12, 3: 5, 4: 30, 5: 1200, 6: 12, 7: 5, 8: 30}


def test_a_preview_says_what_would_be_added_and_writes_nothing(book: Log) -> None:
    """January: 1,200 households and 12 devices; February: 5 devices and 30 people."""
    before = rows(book)
    found = log.preview(book, town.read(), CITY)
    assert found.added == {
        ("2026-01", "device_given"): 12,
        ("2026-01", "household_connected"): 1200,
        ("2026-02", "device_given"): 5,
        ("2026-02", "person_trained"): 30,
    }
    assert found.by_kind == {"device_given": 17, "household_connected": 1200, "person_trained": 30}
    assert (found.repeats, found.same) == ((), None)
    assert found == previews.nothing_yet(town.read())
    assert rows(book) == before
    add(book)
    same = log.preview(book, town.read(), CITY).same
    assert same is not None
    assert same.number == 1


def test_text_that_looks_like_sql_or_html_is_text(book: Log) -> None:
    said = "<script>alert('x')</script>'); DROP TABLE log_entry;-- %s :x {y} =1+1 \\ ñ 日本"
    add(book, town.read([town.row(programme=said, partner=said, funding=said, note=said)]))
    correct(book, 1, reason=said, count="6")
    (entry,) = entries(book)
    report = entry.report
    assert (report.programme, report.partner, report.funding, report.note, entry.batch.reason) == (said,) * 5
    assert is_whole(book)


# --- corrections and withdrawals ------------------------------------------------------------------------------------


def test_a_correction_counts_from_now_on_and_keeps_what_was_said_before(book: Log) -> None:
    add(book)
    correct(book, 2, count="15", note="three were found")
    correct(book, 2, place="Near North Side")
    assert counts(book) == {1: 1200, 2: 15, 3: 5, 4: 30}
    with book.reading() as connection:
        changes = history.of_entry(connection, 2, CITY)
    assert [
        (change.before and (change.before.report.count, change.before.report.place), change.after.state,
         change.after.report.count, change.after.report.place, change.after.batch.by, change.after.batch.reason)
        for change in changes
    ] == [
        (None, "entered", 12, "1", "Maria López", ""),
        ((12, "1"), "corrected", 15, "1", "Maria López", "miscounted"),
        ((15, "1"), "corrected", 15, "8", "Maria López", "miscounted"),
    ]  # fmt: skip
    assert is_whole(book)


def test_each_write_can_be_asked_what_it_did_and_what_of_it_still_counts(book: Log) -> None:
    """Writes: 1 the file (entries 1 to 4), 2 and 3 corrections of entry 2, 4 withdraws the entries 2 and 3."""
    add(book)
    correct(book, 2, count="15")
    correct(book, 2, count="16")
    withdraw(book, 2, 3)

    def done(number: int, city: str = CITY) -> list[tuple]:
        with book.reading() as connection:
            changes = history.of_batch(connection, number, city)
        return [
            (change.before and change.before.report.count, change.after.state, change.after.entry, change.after.report.count)
            for change in changes
        ]

    assert done(1) == [(None, "entered", entry, count) for entry, count in enumerate((1200, 12, 5, 30), start=1)]
    assert done(3) == [(15, "corrected", 2, 16)]
    assert done(4) == [(16, "withdrawn", 2, 16), (5, "withdrawn", 3, 5)]
    assert done(5) == done(1, "elsewhere") == []
    with book.reading() as connection:
        assert [one.entry for one in history.entries(connection, CITY, history.brought_by(1))] == [1, 4]


def test_an_entry_that_changed_meanwhile_is_not_withdrawn_unseen(book: Log) -> None:
    """Row 2 is the entry as it was entered, row 5 its correction."""
    add(book)
    correct(book, 2, count="15")
    told = {"city": CITY, "reason": "x"}
    refused(
        book, lambda: log.withdraw(book, town.MARIA, [2], seen=2, **told), LogInvalid,
        "Maria López changed entry 2 meanwhile; look at it, then try anew",
    )  # fmt: skip
    log.withdraw(book, town.MARIA, [2], seen=5, **told)
    assert counts(book) == {1: 1200, 3: 5, 4: 30}


def test_a_correction_is_checked_as_a_row_of_a_file_is(book: Log) -> None:
    add(book)
    refused(
        book, lambda: correct(book, 2, count="-1"), LogInvalid,
        "count -1 is negative; correct or withdraw the entry that was wrong instead",
    )  # fmt: skip
    refused(
        book, lambda: correct(book, 2, kind="other"), LogInvalid,
        "note is empty; of the kind “other” the note has to say what was counted",
    )  # fmt: skip
    refused(book, lambda: correct(book, 2, count="12"), LogInvalid, "entry 2 says that already; nothing was written")
    refused(book, lambda: correct(book, 2, reason=" ", count="1"), LogInvalid, "say in up to 500 signs why: --reason TEXT")
    refused(book, lambda: correct(book, 5, count="1"), UsageError, "no entry 5; see: python -m equity connections list")
    refused(
        book, lambda: correct(book, 2, counts="1"), UsageError,
        "no column 'counts'; give column=value with one of: month, programme, partner, place, kind, count, funding, note",
    )  # fmt: skip
    refused(
        book, lambda: correct(book, 2), UsageError,
        "nothing to correct; give column=value with one of: month, programme, partner, place, kind, count, funding, note",
    )  # fmt: skip


def test_a_correction_of_what_another_has_changed_meanwhile_is_refused(book: Log) -> None:
    """Both had version 2 before them; the first correction is version 5."""
    add(book)
    correct(book, 2, seen=2, count="13")
    refused(
        book, lambda: correct(book, 2, seen=2, count="14"), LogInvalid,
        "Maria López changed entry 2 meanwhile; look at it, then try anew",
    )  # fmt: skip
    correct(book, 2, seen=5, count="14")
    assert counts(book)[2] == 14


def test_what_is_withdrawn_counts_no_longer_and_is_still_told(book: Log) -> None:
    add(book)
    correct(book, 3, count="6")
    withdraw(book, 3, 1)
    assert counts(book) == {2: 12, 4: 30}
    with book.reading() as connection:
        last = history.of_entry(connection, 3, CITY)[-1]
    assert (last.after.state, last.before.report.count, last.after.batch.reason) == ("withdrawn", 6, "not ours")
    assert is_whole(book)
    again = "entry 3 was withdrawn by Maria López and cannot be {}; if it is right, import it with --again"
    refused(book, lambda: withdraw(book, 3), LogInvalid, again.format("withdrawn"))
    refused(book, lambda: correct(book, 3, count="7"), LogInvalid, again.format("corrected"))


def test_of_withdrawals_all_or_none_are_done(book: Log) -> None:
    add(book)
    refused(book, lambda: withdraw(book, 2, 99), UsageError, "no entry 99; see: python -m equity connections list")
    refused(book, lambda: withdraw(book), UsageError, "no entry is named; see: python -m equity connections list")
    assert withdraw(book, 2, 2).rows == 1, "named twice, withdrawn once"


def test_an_import_is_withdrawn_whole_and_its_file_may_then_come_again_if_that_is_said(book: Log) -> None:
    def take_back(number: int) -> Receipt:
        return log.withdraw_import(book, town.MARIA, number, city=CITY, reason="wrong file", clock=town.clock)

    add(book)
    correct(book, 2, count="15")
    withdraw(book, 4)
    add(book, town.read([town.row()]), file="other.csv")
    assert take_back(1).rows == 3, "entries 1 and 3, and 2 as it was corrected; 4 is withdrawn already"
    assert counts(book) == {7: 5}, "after 4 rows, a correction and a withdrawal"
    refused(book, lambda: take_back(1), LogInvalid, "nothing that write 1 brought counts any more; nothing was written")
    for none in (2, 99):
        refused(
            book, lambda none=none: take_back(none), UsageError,
            f"no write {none} that is an import; see: python -m equity connections list --imports",
        )  # fmt: skip
    with pytest.raises(
        LogInvalid, match="row 2 is like entry 1, which was withdrawn; row 3 is like entry 2, which was withdrawn"
    ):
        add(book)
    add(book, again=True)
    assert sorted(counts(book).values()) == [5, 5, 12, 30, 1200]
    assert is_whole(book)


# --- rights ---------------------------------------------------------------------------------------------------------

WRITES: dict[str, Callable[[Log, Actor], object]] = {
    "import a file": lambda book, actor: log.add(book, actor, town.read([town.row()]), city=CITY, file="x.csv"),
    "correct an entry": lambda book, actor: log.correct(book, actor, 1, {"count": "1"}, places=town.PLACES, reason="x"),
    "withdraw an entry": lambda book, actor: log.withdraw(book, actor, [1], city=CITY, reason="x"),
    "withdraw an import": lambda book, actor: log.withdraw_import(book, actor, 1, city=CITY, reason="x"),
}


@pytest.mark.parametrize("what", WRITES)
def test_who_may_only_look_writes_nothing(book: Log, what: str) -> None:
    add(book)
    refused(
        book, lambda: WRITES[what](book, town.VISITOR), RightMissing,
        f"visitor may not {what}: that needs the right editor; ask whoever keeps the log",
    )  # fmt: skip
    WRITES[what](book, town.MARIA)


class Plain:
    """In the place of argon2, which takes its time."""

    def hash(self, password: str) -> str:
        return f"hash of {password}"


@pytest.fixture
def ana(book: Log) -> Actor:
    """Who is signed in in the browser, over a log that is filled."""
    add(book)
    accounts.add(book, town.KEEPER, "ana", "correct horse battery", Right.EDITOR, hasher=Plain())
    token = "a token of the browser's"
    with book.writing() as connection:
        row = {"account": "ana", "began_at": "x", "seen_at": "x", "draft_file": ""}
        connection.execute(sa.insert(tables.session), row | {"token_sha256": hashlib.sha256(token.encode()).hexdigest()})
    return Actor("ana", Right.EDITOR, session=hashlib.sha256(token.encode()).hexdigest())


GOES = {
    "removed": (sa.delete(tables.account), "ana may not {what}: there is no such account any more; nothing was written"),
    "lowered": (
        sa.update(tables.account).values(right="viewer"),
        "ana may not {what}: that needs the right editor; ask whoever keeps the log",
    ),
    "signed out": (sa.delete(tables.session), "ana was signed out meanwhile; nothing was written: sign in and try again"),
}


@pytest.mark.parametrize("how", GOES)
@pytest.mark.parametrize("what", WRITES)
def test_an_account_that_goes_while_its_write_waits_for_its_turn_writes_nothing(
    book: Log, ana: Actor, what: str, how: str
) -> None:
    """Somebody else has the writers' turn; Ana's write waits; her account is removed or lowered, or her session ended."""
    statement, sentence = GOES[how]
    said: list[str] = []

    def write() -> None:
        with pytest.raises(RightMissing) as caught:
            WRITES[what](book, ana)
        said.append(str(caught.value))

    waiting = threading.Thread(target=write)
    with book.writing() as connection:
        waiting.start()
        time.sleep(0.1)
        connection.execute(statement)
    waiting.join(30)
    assert said == [sentence.format(what=what)]
    with book.reading() as connection:
        assert len(history.batches(connection)) == 1


@pytest.mark.parametrize("session", ["with a session", "without"])
def test_an_account_that_is_being_removed_waits_for_the_write_that_has_begun(book: Log, ana: Actor, session: str) -> None:
    """Either the write is there before the account is gone, or it is not there."""
    ana = ana if session == "with a session" else Actor("ana", Right.EDITOR)
    removed = threading.Event()

    def remove() -> None:
        accounts.remove(book, town.KEEPER, "ana")
        removed.set()

    removing = threading.Thread(target=remove)
    with book.writing() as connection:
        log.add_within(connection, ana, town.read([town.row()]), city=CITY, file="x.csv")
        removing.start()
        assert not removed.wait(0.5)
    removing.join(30)
    assert removed.is_set()
    with book.reading() as connection:
        assert [batch.by for batch in history.batches(connection)] == ["Maria López", "ana"]


def test_the_history_tells_the_command_line_from_the_browser(book: Log, ana: Actor) -> None:
    """Also where somebody takes the name of an account on the command line; what an older version wrote tells neither."""
    log.add(book, Actor("ana", Right.EDITOR, rights.COMMAND_LINE), town.read([town.row()]), city=CITY, file="x.csv")
    log.withdraw(book, ana, [1], city=CITY, reason="x")
    with book.reading() as connection:
        assert [(batch.by, batch.door) for batch in history.batches(connection)] == [
            ("Maria López", "command line"), ("ana", "command line"), ("ana", "browser"),
        ]  # fmt: skip
    assert rights.signed("mlopez") == ("mlopez", "")
    assert rights.signed("ana (browser) (command line)") == ("ana (browser)", "command line")


def test_a_log_that_was_opened_to_read_can_write_nothing(book: Log, log_address: str) -> None:
    """Not by our functions in the hands of an editor, and not by hand either."""
    add(book)
    public = schema.expect(database.open_to_read(log_address))
    assert len(entries(public)) == 4
    before = rows(book)
    for write in WRITES.values():
        with pytest.raises(LogUnavailable, match=r"read-?only"):
            write(public, town.MARIA)
    for by_hand in ("INSERT INTO log_head VALUES (2, 0, 0, '')", "DELETE FROM log_head", "DROP TABLE log_account"):
        for transaction in (public.writing, public.reading):
            with pytest.raises(LogUnavailable, match=r"read-?only"), transaction() as connection:
                connection.exec_driver_sql(by_hand)
    assert rows(book) == before
    assert len(entries(public)) == 4, "and still reads"


def test_a_log_that_was_opened_to_read_can_write_nothing_outside_our_transactions_either(book: Log, log_address: str) -> None:
    """On the driver's own connection, which knows nothing of how we begin."""
    public = database.open_to_read(log_address)
    before = rows(book)
    bare = public.engine.raw_connection()
    try:
        with pytest.raises(bare.dbapi_connection.Error, match=r"read-?only"):
            bare.cursor().execute("DELETE FROM log_head")
    finally:
        bare.close()
    assert rows(book) == before


def test_a_role_that_may_only_select_is_enough_to_read(postgresql) -> None:
    """As the manual says to set it up; and whoever has its password can write nothing, whatever they set."""
    address = postgresql.fresh()
    book = schema.upgrade(database.open_to_write(address))
    add(book)
    role = f"reader_{sa.make_url(address).database}"
    with book.writing() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN")
        connection.exec_driver_sql(f"GRANT SELECT ON log_batch, log_entry, log_head, {schema.VERSIONS} TO {role}")
    theirs = address.replace("equity@", f"{role}@")
    assert len(entries(schema.expect(database.open_to_read(theirs)))) == 4
    with pytest.raises(LogUnavailable, match="permission denied"):
        add(database.open_to_write(theirs), town.read([town.row()]))
    reading = database.open_to_read(theirs)
    with pytest.raises(LogUnavailable, match="permission denied"), reading.reading() as connection:
        connection.execute(sa.select(tables.account))


@pytest.mark.parametrize("table", ["log_batch", "log_entry", "log_trace"])
def test_the_database_itself_refuses_to_change_or_delete_what_was_written(book: Log, table: str) -> None:
    fill(book)
    before = rows(book)
    by_hand = [f"UPDATE {table} SET number = number", f"DELETE FROM {table}"]
    by_hand += [] if book.file else [f"TRUNCATE {table} CASCADE"]
    for statement in by_hand:
        with pytest.raises(LogUnavailable, match="append-only"), book.writing() as connection:
            connection.exec_driver_sql(statement)
    assert rows(book) == before


def fill(book: Log) -> None:
    """An import, a correction of entry 2 (row 5), and something that was done to an account."""
    add(book)
    correct(book, 2, count="15")
    with book.writing() as connection:
        traces.put(connection, town.KEEPER, traces.ADDED, "ana", right="editor", at=town.MOMENT)


@pytest.mark.parametrize(
    ("table", "other"),
    [
        ("log_batch", {"by": "'somebody'"}),
        ("log_entry", {"count": "999"}),
        ("log_entry", {"number": "6", "count": "999"}),
        ("log_trace", {"by": "'somebody'"}),
        ("log_head", {"batches": "1"}),
    ],
)
def test_no_row_is_put_in_the_place_of_another(book: Log, table: str, other: dict[str, str]) -> None:
    """INSERT OR REPLACE and what PostgreSQL has for it: of the last row, under its number or by the row that it changes."""
    fill(book)
    before = rows(book)
    columns = [column.name for column in tables.METADATA.tables[table].columns]
    key = columns[0]
    values = ", ".join(other.get(name, f'"{name}"') for name in columns)
    last = f'SELECT {values} FROM {table} WHERE "{key}" = (SELECT max("{key}") FROM {table})'
    if book.file:
        statement = f"INSERT OR REPLACE INTO {table} {last}"
    else:
        changed = ", ".join(f'"{name}" = {value}' for name, value in other.items())
        on = "changes" if "number" in other else key
        statement = f'INSERT INTO {table} {last} ON CONFLICT ("{on}") DO UPDATE SET {changed}'
    with pytest.raises(LogUnavailable, match=r"append-only|moves forward alone"), book.writing() as connection:
        connection.exec_driver_sql(statement)
    assert rows(book) == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log_head SET batches = 1",
        "UPDATE log_head SET rows = rows - 1",
        "UPDATE log_head SET seal = ''",
        "DELETE FROM log_head",
    ],
)
def test_the_end_of_the_log_moves_forward_alone(book: Log, statement: str) -> None:
    fill(book)
    before = rows(book)
    with pytest.raises(LogUnavailable, match=r"append-only|moves forward alone"), book.writing() as connection:
        connection.exec_driver_sql(statement)
    assert rows(book) == before


GUARDS = {"sqlite": guards._SQLITE, "postgresql": guards._POSTGRESQL}


@pytest.mark.parametrize("name", sorted(GUARDS["sqlite"]))
def test_a_guard_of_sqlite_that_is_missing_or_does_nothing_is_named(tmp_path: Path, name: str) -> None:
    book = schema.upgrade(database.open_to_write(f"sqlite:///{tmp_path / 'log.sqlite3'}"))
    table, event, *_ = GUARDS["sqlite"][name]
    assert said_of_guards(book, f"DROP TRIGGER {name}") == [f"the guard {name} of {table} is missing"]
    idle = f"CREATE TRIGGER {name} BEFORE {event} ON {table} BEGIN SELECT 1; END"
    assert said_of_guards(book, idle) == [f"the guard {name} of {table} is another than this program made"]


@pytest.mark.parametrize("name", sorted(GUARDS["postgresql"]))
def test_a_guard_of_postgresql_that_is_missing_or_off_or_does_nothing_is_named(postgresql, name: str) -> None:
    book = schema.upgrade(database.open_to_write(postgresql.fresh()))
    table, _, function = GUARDS["postgresql"][name]
    the_guard = f"the guard {name} of {table}"
    assert said_of_guards(book, f"ALTER TABLE {table} DISABLE TRIGGER {name}") == [f"{the_guard} is switched off"]
    assert said_of_guards(book, f"ALTER TABLE {table} ENABLE TRIGGER {name}") == []
    idle = f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$"
    assert f"{the_guard} is another than this program made" in said_of_guards(book, idle)
    assert f"{the_guard} is missing" in said_of_guards(book, f"DROP TRIGGER {name} ON {table}")


def said_of_guards(book: Log, statement: str) -> list[str]:
    """What is said of the guards after this was done to them, without what to do next."""
    with book.writing() as connection:
        connection.exec_driver_sql(statement)
    with book.reading() as connection:
        found = guards.problems(connection)
    end = "; make a backup and restore it into an empty log, which has all guards, or find out who changed the database"
    assert all(problem.endswith(end) for problem in found)
    return [problem.removesuffix(end) for problem in found]


def test_a_log_that_is_brought_up_to_date_gets_the_guards_it_lacked(book: Log) -> None:
    fill(book)
    schema.move(book, "0003")
    before = [row for row in entries(book)]
    with book.reading() as connection:
        assert {problem.split()[2] for problem in guards.problems(connection)} == {
            name
            for name in GUARDS[book.engine.dialect.name]
            if name.startswith(("log_trace", "log_head")) or name.endswith("_replace")
        }
    schema.upgrade(book)
    with book.reading() as connection:
        assert (guards.problems(connection), verify.problems(connection)) == ([], [])
    assert entries(book) == before


def test_what_was_done_to_accounts_is_sealed_too(book: Log) -> None:
    """Three deeds; then somebody with every right changes one, or takes one away."""
    with book.writing() as connection:
        for what, right in ((traces.ADDED, "editor"), (traces.REPLACED, "viewer"), (traces.REMOVED, "")):
            traces.put(connection, town.KEEPER, what, "ana", right=right, at=town.MOMENT)
    with book.reading() as connection:
        told = [(one.number, one.by, one.door, one.what, one.account, one.right) for one in traces.listed(connection)]
        assert told == [
            (1, "keeper", "command line", "added", "ana", "editor"),
            (2, "keeper", "command line", "replaced", "ana", "viewer"),
            (3, "keeper", "command line", "removed", "ana", ""),
        ]
    assert is_whole(book)
    for damage in ("UPDATE log_trace SET account = 'bob' WHERE number = 2", "DELETE FROM log_trace WHERE number = 2"):
        tamper(book, damage)
        with book.reading() as connection:
            assert verify.problems(connection) == [
                "what was done to accounts is not what was sealed, from number 2 on; restore a backup, or find out who changed "
                "the database"
            ]


def test_one_city_does_not_see_the_entries_of_another(book: Log) -> None:
    add(book)
    add(book, city="rockford")
    assert [entry.entry for entry in entries(book, "rockford")] == [5, 6, 7, 8]
    assert len(entries(book)) == 4
    refused(book, lambda: withdraw(book, 5), UsageError, "no entry 5; see: python -m equity connections list")


# --- seals ----------------------------------------------------------------------------------------------------------


def test_a_seal_can_be_made_again_by_hand(book: Log) -> None:
    """sha256 over lines of JSON: the seal before ("" at first) with the batch, then each row; and the next upon it."""
    body = town.file([town.row()])
    receipt = add(book, town.read([town.row()]))
    content = hashlib.sha256(b'["2026-03", "Tech Hub", "", "area", "1", "device_given", 5, "", ""]').hexdigest()
    lines = [
        ["", 1, "import", "chicago", "2026-11-23T09:30:00+00:00", "Maria López (command line)", "", "march.csv",
         hashlib.sha256(body).hexdigest(), len(body), content, 1],
        [1, 1, 2, 1, None, "entered", "2026-03", "Tech Hub", "", "area", "1", "device_given", 5, "", ""],
    ]  # fmt: skip
    assert receipt.seal == sealed(lines)
    receipt = withdraw(book, 1)
    lines = [
        [sealed(lines), 2, "withdrawal", "chicago", "2026-11-23T09:30:00+00:00", "Maria López (command line)", "not ours",
         "", "", 0, "", 1],
        [2, 2, 0, 1, 1, "withdrawn", "2026-03", "Tech Hub", "", "area", "1", "device_given", 5, "", ""],
    ]  # fmt: skip
    assert receipt.seal == sealed(lines)


def sealed(lines: list[list]) -> str:
    text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
    return hashlib.sha256(text.encode()).hexdigest()


def tamper(book: Log, *statements: str) -> None:
    """Somebody who owns the database: takes the guards away first, and puts them up again when it is done."""
    with book.writing() as connection:
        if book.file:
            asked = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
            taken = list(map(tuple, connection.exec_driver_sql(asked)))
            before, after = [f"DROP TRIGGER {name}" for name, _ in taken], [text for _, text in taken]
        else:
            before, after = (
                [f"ALTER TABLE {table.name} {what} TRIGGER ALL" for table in tables.IN_ORDER] for what in ("DISABLE", "ENABLE")
            )
        for statement in (*before, *statements, *after):
            connection.exec_driver_sql(statement)


DAMAGES = {
    "a count": ("UPDATE log_entry SET count = 13 WHERE number = 2",),
    "a note": ("UPDATE log_entry SET note = 'x' WHERE number = 6",),
    "who": ("UPDATE log_batch SET by = 'somebody' WHERE number = 1",),
    "when": ("UPDATE log_batch SET at = '2026-11-24T09:30:00+00:00' WHERE number = 3",),
    "a row lost": ("DELETE FROM log_entry WHERE number = 4",),
    "the last row lost": ("DELETE FROM log_entry WHERE number = 7",),
    "a write lost": ("DELETE FROM log_entry WHERE number = 6", "DELETE FROM log_batch WHERE number = 3"),
    "the last write lost": ("DELETE FROM log_entry WHERE number = 7", "DELETE FROM log_batch WHERE number = 4"),
    "the rows of a write moved": ("UPDATE log_entry SET batch = 3 WHERE number = 5",),
    "a row slipped in": (
        "INSERT INTO log_entry SELECT 8, batch, line, 8, changes, state, month, programme, partner, level, place, kind, count, "
        "funding, note FROM log_entry WHERE number = 1",
    ),
    "a withdrawal undone": ("UPDATE log_entry SET state = 'corrected' WHERE number = 7",),
    "the end": ("UPDATE log_head SET batches = 3",),
    "no end": ("DELETE FROM log_head",),
    "all but accounts": ("DELETE FROM log_entry", "DELETE FROM log_batch"),
    "a batch that is not there": ("UPDATE log_entry SET batch = 9 WHERE number = 4",),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_row_that_was_changed_or_lost_is_found(book: Log, damage: str) -> None:
    """Writes: 1 the file (rows 1 to 4), 2 a correction (5), 3 another (6), 4 a withdrawal (7)."""
    add(book)
    correct(book, 2, count="15")
    correct(book, 2, note="fifteen")
    withdraw(book, 3)
    assert is_whole(book)
    if book.file and damage == "a batch that is not there":
        with book.engine.connect() as connection:  # foreign keys are looked after, until somebody switches that off
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.exec_driver_sql("DROP TRIGGER log_entry_no_update")
            connection.exec_driver_sql(DAMAGES[damage][0])
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")
    else:
        tamper(book, *DAMAGES[damage])
    with book.reading() as connection:
        found = verify.problems(connection)
    assert found
    assert all(problem.endswith("restore a backup, or find out who changed the database") for problem in found)


def test_totals_that_differ_from_their_history_are_found(book: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the database took what is withdrawn for what counts: 5 more of the 12 devices that are left of 17."""
    add(book)
    withdraw(book, 3)
    monkeypatch.setattr(history, "COUNTS", history.NEWEST)
    with book.reading() as connection:
        assert verify.problems(connection) == [
            "the entries of kind device_given add up to 17, their history to 12; restore a backup, or find out who changed the "
            "database"
        ]


def test_a_history_rewritten_with_all_its_seals_differs_from_a_seal_noted_before(book: Log, log_address: str) -> None:
    """Who can rewrite everything can seal it anew; not the seal that somebody noted elsewhere."""
    noted = add(book).seal
    with book.reading() as connection:
        assert verify.holds(connection, noted)
        assert verify.state(connection) == f"writes: 1, rows: 4, seal: {noted}"
    tamper(book, "DELETE FROM log_entry", "DELETE FROM log_batch", "UPDATE log_head SET batches = 0, rows = 0, seal = ''")
    add(book, town.read(town.ROWS[:2]))
    assert is_whole(book)
    with book.reading() as connection:
        assert not verify.holds(connection, noted)


def test_a_tail_that_was_cut_with_its_end_is_found_by_a_seal_alone(book: Log) -> None:
    """Writes 2 and 3 are cut, the end is set back to write 1, and the guards stand again: what is left is whole."""
    kept, lost = add(book).seal, [correct(book, 2, count=count).seal for count in ("15", "16")]
    tamper(
        book, "DELETE FROM log_entry WHERE batch > 1", "DELETE FROM log_batch WHERE number > 1",
        f"UPDATE log_head SET batches = 1, rows = 4, seal = '{kept}'",
    )  # fmt: skip
    with book.reading() as connection:
        assert (verify.problems(connection), guards.problems(connection)) == ([], [])
        assert [verify.holds(connection, seal) for seal in (kept, *lost)] == [True, False, False]


def test_the_first_digits_of_a_seal_are_enough_and_what_is_no_seal_is_no_loss(book: Log) -> None:
    seal = add(book).seal
    other = f"{(int(seal[7], 16) + 1) % 16:x}"
    with book.reading() as connection:
        assert all(verify.holds(connection, seal[:digits]) for digits in (8, 9, 63, 64))
        assert verify.holds(connection, f" {seal[:8].upper()}\n")
        assert not verify.holds(connection, seal[:7] + other)
        for none in (seal[:7], f"{seal[:8]}...", seal + "0", "", "g" * 64, "%" * 8):
            with pytest.raises(
                UsageError, match="a seal has 64 digits of 0 to 9 and a to f; give all of them, or at least the fi"
            ):
                verify.holds(connection, none)


def test_each_write_that_is_on_the_disk_is_said_to_the_log_of_the_process(book: Log, caplog: pytest.LogCaptureFixture) -> None:
    """So its seal is also where the owner of the database alone does not reach. What was rolled back is not said."""
    caplog.set_level(logging.INFO, "equity.connections")
    done = [add(book), correct(book, 2, count="15"), withdraw(book, 3)]
    done.append(log.withdraw_import(book, town.MARIA, 1, city=CITY, reason="x", clock=town.clock))
    with pytest.raises(LogInvalid):
        withdraw(book, 3)
    with pytest.raises(InterruptedError), book.writing() as connection:
        log.add_within(connection, town.MARIA, town.read([town.row()]), city=CITY, file="x.csv")
        raise InterruptedError
    assert caplog.messages == [
        f"programme log: write {number}, rows: {rows}, seal {receipt.seal}"
        for number, rows, receipt in zip((1, 2, 3, 4), (4, 1, 1, 3), done, strict=True)
    ]


# --- tables and their versions --------------------------------------------------------------------------------------


def test_the_migrations_make_the_tables_that_the_code_describes(book: Log) -> None:
    from alembic import autogenerate, migration

    with book.reading() as connection:
        context = migration.MigrationContext.configure(connection, opts={"version_table": schema.VERSIONS})
        assert autogenerate.compare_metadata(context, tables.METADATA) == []


def test_a_filled_log_goes_a_version_down_and_up_and_loses_no_entry(book: Log) -> None:
    add(book)
    correct(book, 2, count="15")
    before = rows(book)
    schema.move(book, "0001")
    with pytest.raises(LogUnavailable, match="bring its tables up to date: python -m equity connections verify"):
        rows(book)
    schema.upgrade(book)
    assert rows(book) == before
    assert is_whole(book)
    correct(book, 2, count="16")
    with pytest.raises(LogUnavailable, match="append-only"), book.writing() as connection:
        connection.exec_driver_sql("DELETE FROM log_entry")


def test_no_step_down_deletes_entries(book: Log) -> None:
    add(book)
    refused(
        book, lambda: schema.move(book, "base"), LogUnavailable,
        "the programme log holds entries (writes: 1) and this step would delete them; it is refused",
    )  # fmt: skip


def test_an_empty_log_goes_all_the_way_down_and_up(book: Log, log_address: str) -> None:
    schema.move(book, "base")
    with book.reading() as connection:
        assert set(sa.inspect(connection).get_table_names()) <= {schema.VERSIONS}
    with pytest.raises(LogMissing):
        schema.expect(database.open_to_read(log_address))
    schema.upgrade(book)
    add(book)
    assert is_whole(book)


def test_a_log_that_a_newer_version_made_is_not_touched(book: Log, log_address: str) -> None:
    with book.writing() as connection:
        connection.exec_driver_sql(f"UPDATE {schema.VERSIONS} SET version_num = '9999'")
    for open_it in (
        lambda: schema.upgrade(database.open_to_write(log_address)),
        lambda: schema.expect(database.open_to_read(log_address)),
    ):
        with pytest.raises(
            LogUnavailable, match=r"a newer version of this program made the log at .* \(9999\); update this one"
        ):
            open_it()


def test_a_reader_does_not_bring_old_tables_up_to_date(book: Log, log_address: str) -> None:
    schema.move(book, "0001")
    with pytest.raises(LogUnavailable, match="are of an older version; run: python -m equity connections verify"):
        schema.expect(database.open_to_read(log_address))
    with book.reading() as connection:
        assert schema.revision(connection) == "0001"


def test_where_there_is_no_log_yet_a_reader_is_told_so(log_address: str) -> None:
    with pytest.raises(
        LogMissing, match=r"there is no programme log at .* yet; begin one: python -m equity connections import"
    ):
        schema.expect(database.open_to_read(log_address))


def test_a_long_import_is_verified_too(book: Log) -> None:
    """2,500 rows that count 0 + 1 + ... + 2,499 = 2,499 x 2,500 / 2."""
    add(book, town.read([town.row(count=str(number), note="x" * (number % 50)) for number in range(2500)]))
    assert is_whole(book)
    assert sum(counts(book).values()) == 3_123_750


# --- where it is ----------------------------------------------------------------------------------------------------


def test_the_log_lies_beside_the_data_and_in_no_repository() -> None:
    root = Path(__file__).parents[1]
    assert root / "instance" / "connections.sqlite3" == database.DEFAULT
    assert "instance/" in (root / ".gitignore").read_text().splitlines()


def test_sqlite_syncs_fully_keeps_a_write_ahead_log_and_minds_foreign_keys(tmp_path) -> None:
    book = schema.upgrade(database.open_to_write(f"sqlite:///{tmp_path / 'new' / 'log.sqlite3'}"))
    with book.reading() as connection:
        said = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")}
        said |= {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("foreign_keys", "busy_timeout")}
    assert said == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 60_000}
    assert (book.file.stat().st_mode & 0o777, book.file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


@pytest.mark.parametrize(
    "address",
    ["mysql://u:secret@h/d", "secret", "sqlite://", "sqlite:///:memory:", "postgresql:secret", "://secret", "sqlite:///"],
)
def test_an_address_that_names_no_database_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(LogUnavailable) as caught:
        database.open_to_write(address)
    assert "secret" not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert str(caught.value).startswith("EQUITY_DATABASE_URL names no database; write sqlite:////path/to/file or postgresql://")


@pytest.mark.parametrize(
    "address", ["postgresql://u:hunter2@127.0.0.1:9/d", "postgres://u@127.0.0.1:9/d?password=hunter2&connect_timeout=1"]
)
def test_no_password_is_ever_said(address: str) -> None:
    book = database.open_to_write(address)
    with pytest.raises(LogUnavailable) as caught:
        schema.upgrade(book)
    shown = " ".join(map(repr, (caught.value, caught.value.__cause__, book.where, book)))
    assert "hunter2" not in shown
    assert str(caught.value).startswith("the programme log at postgresql 127.0.0.1/d cannot be used (")


def test_a_full_disk_is_told_and_half_an_import_is_none(tmp_path) -> None:
    """SQLite is told that the file may not grow, as it would find on a full disk."""
    book = schema.upgrade(database.open_to_write(f"sqlite:///{tmp_path / 'log.sqlite3'}"))
    add(book)
    with book.writing() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {connection.exec_driver_sql('PRAGMA page_count').scalar()}")
    refused(
        book, lambda: add(book, town.read([town.row(count=str(number)) for number in range(2000)])), LogUnavailable,
        f"the programme log at {tmp_path / 'log.sqlite3'} cannot be used (database or disk is full); make room there or "
        "correct its permissions, then try again",
    )  # fmt: skip
    assert is_whole(book)


def test_a_file_that_is_no_database_is_refused_with_one_sentence(tmp_path) -> None:
    (tmp_path / "log.sqlite3").write_text("these are the minutes of a meeting\n" * 100)
    with pytest.raises(LogUnavailable, match=r"cannot be used \(file is not a database\); restore a backup: python -m equity"):
        schema.upgrade(database.open_to_write(f"sqlite:///{tmp_path / 'log.sqlite3'}"))
