"""Accounts of staff: a password nobody can read back, one sentence for every refusal, a door that closes after guesses."""

import datetime

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from equity.connections import accounts, database, rights, schema, tables
from equity.connections.accounts import Account
from equity.connections.database import Log
from equity.connections.rights import Actor, Right
from equity.errors import LogInvalid, RightMissing, UsageError
from tests.programmes import town

PASSWORD = "correct horse battery"
#: argon2 as in use, with the least work, so that a test does not take a second.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Clock:
    """Time passes when it is told to."""

    def __init__(self) -> None:
        self.now = town.MOMENT

    def __call__(self) -> datetime.datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += datetime.timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(log_address: str, clock: Clock) -> Log:
    """A log with the account of Ana, an editor."""
    book = schema.upgrade(database.open_to_write(log_address))
    add(book, clock)
    return book


def add(book: Log, clock: Clock, name: str = "ana", password: str = PASSWORD, right: Right = Right.EDITOR, **more) -> str:
    return accounts.add(book, town.KEEPER, name, password, right, clock=clock, hasher=QUICK, **more)


def sign_in(book: Log, clock: Clock, name: str = "ana", password: str = PASSWORD) -> Actor:
    return accounts.sign_in(book, name, password, clock=clock, hasher=QUICK)


def refused(book: Log, clock: Clock, name: str = "ana", password: str = "guessed it, did I") -> None:
    """With the sentence that every refusal has."""
    with pytest.raises(RightMissing) as caught:
        sign_in(book, clock, name, password)
    assert str(caught.value) == (
        "name or password are not right, or there were too many tries; look at both, and wait before trying again"
    )


def kept(book: Log) -> dict:
    with book.reading() as connection:
        return dict(connection.execute(sa.select(tables.account)).mappings().one())


def test_who_knows_the_password_is_let_in_with_their_right(book: Log, clock: Clock) -> None:
    assert sign_in(book, clock) == Actor("ana", Right.EDITOR)
    assert sign_in(book, clock, name=" ANA ") == Actor("ana", Right.EDITOR)
    assert accounts.who(book, "ana") == Actor("ana", Right.EDITOR)
    assert accounts.who(book, "bob") is None


def test_the_password_is_nowhere_to_be_read(book: Log) -> None:
    assert kept(book)["hash"].startswith("$argon2id$v=19$")
    assert PASSWORD not in str(kept(book))


def test_an_account_is_made_with_the_work_that_the_rfc_asks_for() -> None:
    """RFC 9106, section 4, second recommended option: argon2id, 3 passes, 4 lanes, 64 MiB."""
    ours = accounts._HASHER
    assert (ours.type.name, ours.time_cost, ours.parallelism, ours.memory_cost) == ("ID", 3, 4, 64 * 1024)


@pytest.mark.parametrize(
    ("name", "password"), [("ana", "wrong horse battery"), ("bob", PASSWORD), ("", ""), ("ana", "x" * 10_000)]
)
def test_every_refusal_says_the_same(book: Log, clock: Clock, name: str, password: str) -> None:
    refused(book, clock, name, password)


def test_a_name_that_is_nobodys_takes_as_much_work_as_one_that_is_somebodys(book: Log, clock: Clock) -> None:
    judged = []

    class Watched(PasswordHasher):
        def verify(self, hash: str, password: str) -> bool:
            judged.append(hash)
            return super().verify(hash, password)

    watched = Watched(time_cost=1, memory_cost=8, parallelism=1)
    for name in ("ana", "nobody"):
        with pytest.raises(RightMissing):
            accounts.sign_in(book, name, "guess", clock=clock, hasher=watched)
    assert len(judged) == 2
    assert judged[0].split("$")[:4] == judged[1].split("$")[:4], "the same kind of hash, with the same settings"


def test_after_five_wrong_tries_the_door_closes_for_a_minute_then_two_then_four_up_to_an_hour(book: Log, clock: Clock) -> None:
    """Closed: the right password is refused too, and does not count as a try."""
    for _ in range(4):
        refused(book, clock)
    sign_in(book, clock)  # and the count begins anew
    for _ in range(5):
        refused(book, clock)
    for seconds in (60, 120, 240, 480, 960, 1920, 3600, 3600):
        clock.wait(seconds - 1)
        refused(book, clock, password=PASSWORD)
        clock.wait(1)
        refused(book, clock)  # let to try again, and wrong again
    clock.wait(3600)
    assert sign_in(book, clock) == Actor("ana", Right.EDITOR)
    assert (kept(book)["failed"], kept(book)["locked_until"]) == (0, "")


def test_the_keeper_opens_a_closed_account_with_a_new_password(book: Log, clock: Clock) -> None:
    for _ in range(5):
        refused(book, clock)
    add(book, clock, password="another horse battery", right=Right.VIEWER, replace=True)
    refused(book, clock, password=PASSWORD)
    assert sign_in(book, clock, password="another horse battery") == Actor("ana", Right.VIEWER)
    assert accounts.who(book, "ana") == Actor("ana", Right.VIEWER), "a session that began before has the new right"


def test_a_hash_made_with_less_work_is_made_anew_at_the_next_sign_in(book: Log, clock: Clock) -> None:
    more = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)
    before = kept(book)["hash"]
    accounts.sign_in(book, "ana", PASSWORD, clock=clock, hasher=more)
    assert (before.split("$")[3], kept(book)["hash"].split("$")[3]) == ("m=8,t=1,p=1", "m=8,t=2,p=1")
    assert sign_in(book, clock) == Actor("ana", Right.EDITOR)


def test_whose_password_is_replaced_while_it_is_judged_is_refused_and_opens_nothing(book: Log, clock: Clock) -> None:
    """The keeper gives another password while the old one is being judged; then somebody tries the new account five times."""

    class Slow(PasswordHasher):
        def verify(self, hash: str, password: str) -> bool:
            add(book, clock, password="another horse battery", replace=True)
            for _ in range(5):
                refused(book, clock)
            return super().verify(hash, password)

    with pytest.raises(RightMissing, match="name or password are not right"):
        accounts.sign_in(book, "ana", PASSWORD, clock=clock, hasher=Slow(time_cost=1, memory_cost=8, parallelism=1))
    assert kept(book)["failed"] == 5
    refused(book, clock, password="another horse battery")


def test_a_password_is_the_same_however_a_keyboard_composes_it(book: Log, clock: Clock) -> None:
    """ñ as U+00F1, and as n with U+0303."""
    add(book, clock, name="inaki@city.org", password="contrase\u00f1a de In\u0303aki")
    assert sign_in(book, clock, "inaki@city.org", "contrasen\u0303a de I\u00f1aki").name == "inaki@city.org"


@pytest.mark.parametrize(
    ("name", "password", "sentence"),
    [
        ("ana", PASSWORD, "there is an account ana already; give it another password with --replace"),
        ("Ana", PASSWORD, "there is an account ana already; give it another password with --replace"),
        ("bob", "eleven sign", "a password has 12 to 256 signs; four words that do not belong together are good"),
        ("bob", "x" * 257, "a password has 12 to 256 signs; four words that do not belong together are good"),
        ("", PASSWORD, "'' is no name of an account; use up to 64 letters, digits and . _ @ + -"),
        ("bob<b>", PASSWORD, "'bob<b>' is no name of an account; use up to 64 letters, digits and . _ @ + -"),
    ],
)
def test_an_account_that_will_not_do_is_refused(book: Log, clock: Clock, name: str, password: str, sentence: str) -> None:
    before = kept(book)
    with pytest.raises(LogInvalid) as caught:
        add(book, clock, name=name, password=password)
    assert str(caught.value) == sentence
    assert kept(book) == before


def test_only_the_keeper_makes_accounts(book: Log) -> None:
    with pytest.raises(RightMissing, match="Maria López may not make accounts: that needs the right keeper"):
        accounts.add(book, town.MARIA, "bob", PASSWORD, Right.KEEPER, hasher=QUICK)
    assert kept(book)["name"] == "ana"


def test_the_keeper_sees_every_account_and_nothing_of_its_password(book: Log, clock: Clock) -> None:
    """By name; the fifth wrong try at 9:30 closes an account until 9:31."""
    add(book, clock, name="abe", right=Right.VIEWER)
    for _ in range(5):
        refused(book, clock)
    at = "2026-11-23T09:30:00+00:00"
    assert accounts.listed(book) == [
        Account("abe", "viewer", at, "keeper", ""), Account("ana", "editor", at, "keeper", "2026-11-23T09:31:00+00:00"),
    ]  # fmt: skip


def test_an_account_that_is_removed_signs_in_no_more_and_no_other_is_touched(book: Log, clock: Clock) -> None:
    add(book, clock, name="abe")
    accounts.remove(book, town.KEEPER, "ANA")
    refused(book, clock, password=PASSWORD)
    assert accounts.who(book, "ana") is None
    assert sign_in(book, clock, name="abe").name == "abe"
    with pytest.raises(UsageError, match="no account 'ana'; see: python -m equity connections users"):
        accounts.remove(book, town.KEEPER, "ana")


def test_only_the_keeper_removes_accounts(book: Log) -> None:
    with pytest.raises(RightMissing, match="Maria López may not remove accounts: that needs the right keeper"):
        accounts.remove(book, town.MARIA, "ana")
    assert kept(book)["name"] == "ana"


def test_who_types_commands_keeps_the_log_under_the_name_they_give(monkeypatch: pytest.MonkeyPatch) -> None:
    assert rights.of_command_line(" Maria  López ") == Actor("Maria López", Right.KEEPER)
    monkeypatch.setenv("LOGNAME", "mlopez")
    assert rights.of_command_line().name == "mlopez"
    for name in ("", "x" * 101, "a\x1bb"):
        with pytest.raises(UsageError, match="the log needs the name of whoever writes, up to 100 signs; say it: --as NAME"):
            rights.of_command_line(name)
