"""Sessions of staff: they end by time, by signing out and by another password, and hold one file until it is confirmed."""

import datetime
import functools
import hashlib
import threading

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from equity.connections import accounts, copies, database, log, schema, sessions, tables
from equity.connections.database import Log
from equity.connections.rights import Actor, Right
from equity.connections.sessions import Draft
from equity.errors import RightMissing
from tests.programmes import town

ANA = Actor("ana", Right.EDITOR)
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Clock:
    """Time passes when it is told to."""

    def __init__(self) -> None:
        self.now = town.MOMENT

    def __call__(self) -> datetime.datetime:
        return self.now

    def wait(self, **time: float) -> None:
        self.now += datetime.timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(log_address: str) -> Log:
    """A log with the account of Ana."""
    book = schema.upgrade(database.open_to_write(log_address))
    add(book)
    return book


def add(book: Log, right: Right = Right.EDITOR, **more) -> None:
    accounts.add(book, town.KEEPER, "ana", "correct horse battery", right, hasher=QUICK, **more)


def sign_in(book: Log, clock: Clock, hasher: PasswordHasher = QUICK) -> str:
    """The token of a session that began with Ana's password."""
    judge = functools.partial(accounts.sign_in, hasher=hasher)
    return sessions.sign_in(book, "ana", "correct horse battery", clock=clock, judge=judge)[0]


def take(book: Log, token: str, sha256: str) -> bool:
    with book.writing() as connection:
        return sessions.take(connection, token, sha256)


def kept(book: Log) -> list[dict]:
    with book.reading() as connection:
        return [dict(row) for row in connection.execute(sa.select(tables.session)).mappings()]


def test_a_session_is_known_by_a_token_that_the_log_does_not_hold(book: Log, clock: Clock) -> None:
    token = sign_in(book, clock)
    assert sessions.actor(book, token, clock=clock) == ANA
    assert sessions.actor(book, "x" + token, clock=clock) is None
    assert len(token) >= 43, "256 bits in base64"
    assert token not in str(kept(book))
    assert kept(book)[0]["token_sha256"] == hashlib.sha256(token.encode()).hexdigest()


def test_it_ends_half_an_hour_after_the_last_request(book: Log, clock: Clock) -> None:
    token = sign_in(book, clock)
    for _ in range(3):
        clock.wait(minutes=29)
        assert sessions.actor(book, token, clock=clock) == ANA
    clock.wait(minutes=31)
    assert sessions.actor(book, token, clock=clock) is None


def test_it_ends_after_ten_hours_whatever_is_done_in_it(book: Log, clock: Clock) -> None:
    token = sign_in(book, clock)
    for _ in range(30):
        clock.wait(minutes=20)
        assert sessions.actor(book, token, clock=clock) == ANA
    clock.wait(minutes=1)
    assert sessions.actor(book, token, clock=clock) is None


def test_signing_out_ends_that_session_and_no_other(book: Log, clock: Clock) -> None:
    one, other = (sign_in(book, clock) for _ in range(2))
    sessions.end(book, one)
    assert (sessions.actor(book, one, clock=clock), sessions.actor(book, other, clock=clock)) == (None, ANA)


def test_what_a_session_that_was_ended_meanwhile_would_write_is_refused(book: Log, clock: Clock) -> None:
    """Ana signs out while her request, which was let in before, still waits for its turn; another session of hers goes on."""
    one, other = (sign_in(book, clock) for _ in range(2))
    waiting, going = (sessions.actor(book, token, clock=clock) for token in (one, other))
    sessions.end(book, one)
    told = {"city": "chicago", "file": "a.csv", "clock": clock}
    with pytest.raises(RightMissing, match="ana was signed out meanwhile; nothing was written: sign in and try again"):
        log.add(book, waiting, town.read(), **told)
    assert log.add(book, going, town.read(), **told).number == 1


def test_another_password_or_right_ends_every_session_of_the_account(book: Log, clock: Clock) -> None:
    token = sign_in(book, clock)
    add(book, Right.VIEWER, replace=True)
    assert sessions.actor(book, token, clock=clock) is None


def test_an_account_that_is_gone_has_no_session(book: Log, clock: Clock) -> None:
    """Nor does one come back with an account of the same name."""
    token = sign_in(book, clock)
    assert accounts.remove(book, town.KEEPER, " Ana ") == "ana"
    assert sessions.actor(book, token, clock=clock) is None
    assert kept(book) == []
    add(book)
    assert sessions.actor(book, token, clock=clock) is None


@pytest.mark.parametrize("meanwhile", ["replaced", "removed", "removed and made anew"])
def test_a_password_that_is_no_longer_in_force_when_it_was_judged_begins_no_session(
    book: Log, clock: Clock, meanwhile: str
) -> None:
    class Slow(PasswordHasher):
        def verify(self, hash: str, password: str) -> bool:
            if meanwhile != "replaced":
                accounts.remove(book, town.KEEPER, "ana")
            if meanwhile != "removed":
                add(book, replace=True)
            return super().verify(hash, password)

    with pytest.raises(RightMissing, match="name or password are not right"):
        sign_in(book, clock, Slow(time_cost=1, memory_cost=8, parallelism=1))
    assert kept(book) == []


def test_a_password_that_is_replaced_while_a_session_begins_ends_it(book: Log, clock: Clock) -> None:
    """The keeper's write waits for the one that begins the session, and finds it: there is no moment between the two."""
    keeper = threading.Thread(target=add, args=(book,), kwargs={"replace": True})

    def judge(log: Log, name: str, password: str, *, then, **told) -> Actor:
        def and_then(connection, who) -> None:
            keeper.start()
            keeper.join(0.5)
            assert keeper.is_alive(), "it has to wait"
            then(connection, who)

        return accounts.sign_in(log, name, password, hasher=QUICK, then=and_then, **told)

    token, _ = sessions.sign_in(book, "ana", "correct horse battery", clock=clock, judge=judge)
    keeper.join(30)
    assert not keeper.is_alive()
    assert sessions.actor(book, token, clock=clock) is None
    assert kept(book) == []


def test_sessions_that_are_over_are_cleared_away_with_what_they_held(book: Log, clock: Clock) -> None:
    sessions.keep(book, sign_in(book, clock), Draft("a.csv", b"month"))
    clock.wait(hours=1)
    sign_in(book, clock)
    assert [row["draft"] for row in kept(book)] == [None]


def test_a_session_holds_one_file_and_gives_it_out_once_to_who_has_seen_it(book: Log, clock: Clock) -> None:
    token, other = (sign_in(book, clock) for _ in range(2))
    seen, newer = Draft("a.csv", b"\x00\xff" * 1000), Draft("b.csv", b"month\n")
    sessions.keep(book, token, seen)
    assert sessions.draft(book, token) == seen
    sessions.keep(book, token, newer)
    assert not take(book, token, seen.sha256), "another file than the one that was looked at"
    assert not take(book, other, newer.sha256), "another session"
    assert take(book, token, newer.sha256)
    assert not take(book, token, newer.sha256)
    assert sessions.draft(book, token) is None


def test_a_backup_brings_no_session_back(book: Log, clock: Clock, tmp_path) -> None:
    token = sign_in(book, clock)
    copies.backup(book, tmp_path / "backup")
    other = schema.upgrade(database.open_to_write(f"sqlite:///{tmp_path / 'other' / 'log.sqlite3'}"))
    copies.restore(other, town.KEEPER, tmp_path / "backup")
    assert accounts.who(other, "ana") == ANA
    assert sessions.actor(other, token, clock=clock) is None
