"""Accounts of staff: a password nobody can read back, one sentence for every refusal, and guesses that cost who guesses."""

import datetime
import threading

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from equity.connections import accounts, copies, database, rights, schema, tables, traces, tries
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


OFFICE, STRANGER = "203.0.113.9", "198.51.100.7"


def sign_in(book: Log, clock: Clock, name: str = "ana", password: str = PASSWORD, address: str = STRANGER) -> Actor:
    return accounts.sign_in(book, name, password, address=address, clock=clock, hasher=QUICK)


def refused(book: Log, clock: Clock, name: str = "ana", password: str = "guessed it, did I", address: str = STRANGER) -> None:
    """With the sentence that every refusal has."""
    with pytest.raises(RightMissing) as caught:
        sign_in(book, clock, name, password, address)
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


def judged(book: Log, clock: Clock, address: str) -> bool:
    """One wrong guess of a stranger: whether it was looked at, or the stranger had to wait."""
    looked = []

    class Watched(PasswordHasher):
        def verify(self, hash: str, password: str) -> bool:
            looked.append(hash != accounts._nobody(watched))
            return super().verify(hash, password)

    watched = Watched(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.raises(RightMissing):
        accounts.sign_in(book, "ana", "guessed it, did I", address=address, clock=clock, hasher=watched)
    return looked == [True]


# --- who guesses ----------------------------------------------------------------------------------------------------


def test_after_five_wrong_tries_an_address_waits_a_minute_then_two_then_four_up_to_an_hour(book: Log, clock: Clock) -> None:
    """While it has to, the right password is refused there too, and does not count as a try."""
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
    for _ in range(4):
        refused(book, clock)
    assert sign_in(book, clock) == Actor("ana", Right.EDITOR), "four are no fifth"


def test_a_stranger_who_guesses_for_days_shuts_nobody_out_elsewhere(book: Log, clock: Clock) -> None:
    """Three days, a guess in every minute in which one is looked at; Ana comes twice an hour from an address of her own.

    On a first day of guessing 5 are looked at, then one after each wait: 1, 2, 4, 8, 16, 32 minutes make 63, and in the 1,377
    that are left one an hour is 23: the guess at 63 minutes, and 22 more. So 5 + 5 + 1 + 22 = 33; on each day after, 24.
    """
    looked, let_in = [0, 0, 0], 0
    for minute in range(3 * 24 * 60):
        looked[minute // (24 * 60)] += judged(book, clock, STRANGER)
        if minute % 30 == 7:
            let_in += sign_in(book, clock, address=OFFICE).name == "ana"
        clock.wait(60)
    assert let_in == 3 * 48
    assert looked == [33, 24, 24]


def test_an_address_that_is_new_is_let_in_while_a_stranger_guesses(book: Log, clock: Clock) -> None:
    for _ in range(300):
        judged(book, clock, STRANGER)
        clock.wait(60)
    assert sign_in(book, clock, address="192.0.2.44").name == "ana"


def strangers(many: int) -> list[str]:
    """Addresses of which no two have a network in common."""
    return [f"10.{number // 250}.{number % 250}.1" for number in range(many)]


def test_when_many_guess_together_each_waits_an_hour_after_its_first_try_then_two_up_to_a_day(book: Log, clock: Clock) -> None:
    """Twenty strangers make a crowd; whoever is new to the account after that gets five tries in a day: at 0, 1, 3, 7, 15 h."""
    for address in strangers(tries.CROWD):
        assert judged(book, clock, address)
    clock.now = clock.now.replace(hour=0, minute=0) + datetime.timedelta(days=1)
    for address in strangers(tries.CROWD):  # the day is another one, and so is the crowd
        assert judged(book, clock, address)
    looked = []
    for minute in range(0, 24 * 60, 30):
        if judged(book, clock, STRANGER):
            looked.append(minute / 60)
        clock.wait(30 * 60)
    assert looked == [0, 1, 3, 7, 15]


def test_in_a_crowd_the_right_password_is_taken_at_the_first_try_from_anywhere(book: Log, clock: Clock) -> None:
    for address in strangers(200):
        assert judged(book, clock, address)
    assert sign_in(book, clock, address="192.0.2.44").name == "ana"


def test_no_more_than_so_many_guesses_a_day_are_looked_at_from_however_many_addresses(book: Log, clock: Clock) -> None:
    """500 a day. Ana gets in where she signed in before, mistyping as she likes, and from elsewhere at midnight."""
    sign_in(book, clock, address=OFFICE)
    clock.now = clock.now.replace(hour=22, minute=0)
    assert sum(judged(book, clock, address) for address in strangers(600)) == tries.MOST == 500
    for _ in range(4):
        refused(book, clock, address=OFFICE)
    assert sign_in(book, clock, address=OFFICE).name == "ana"
    refused(book, clock, password=PASSWORD, address="192.0.2.44")
    clock.wait(2 * 3600)
    assert sign_in(book, clock, address="192.0.2.44").name == "ana"


def test_after_ninety_days_an_address_is_as_new_as_any(book: Log, clock: Clock) -> None:
    sign_in(book, clock, address=OFFICE)
    for days, let_in in ((90, True), (91, False)):
        clock.wait(days * 24 * 3600)
        for address in strangers(tries.MOST):
            judged(book, clock, address)
        if let_in:
            assert sign_in(book, clock, address=OFFICE).name == "ana"
        else:
            refused(book, clock, password=PASSWORD, address=OFFICE)


def test_a_day_of_guesses_ends_at_midnight(book: Log, clock: Clock) -> None:
    """Four before it and one after it: today there was one."""
    clock.now = clock.now.replace(hour=23, minute=59)
    for seconds, wrong in ((0, 1), (0, 2), (0, 3), (0, 4), (60, 1)):
        clock.wait(seconds)
        judged(book, clock, STRANGER)
        assert accounts.listed(book, clock=clock)[0].wrong == wrong


def test_guesses_at_one_account_close_no_other(book: Log, clock: Clock) -> None:
    add(book, clock, name="abe")
    for address in (*strangers(tries.MOST), *[STRANGER] * 9):
        judged(book, clock, address)
    assert sign_in(book, clock, name="abe").name == "abe"


def test_guesses_at_a_name_that_is_nobodys_leave_nothing_behind(book: Log, clock: Clock) -> None:
    """Else whoever likes could fill the disk."""
    for number in range(20):
        refused(book, clock, name=f"nobody{number}")
    with book.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(tables.attempt)).scalar_one() == 0


def test_what_is_long_over_is_cleared_away_at_the_next_sign_in(book: Log, clock: Clock) -> None:
    for address in strangers(10):
        judged(book, clock, address)
    clock.wait(3 * 24 * 3600)
    sign_in(book, clock, address=OFFICE)
    with book.reading() as connection:
        assert connection.execute(sa.select(tables.attempt.c.address)).scalars().all() == [OFFICE]


@pytest.mark.parametrize(
    ("address", "counts_as"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("2001:db8:1:ffff::1", "2001:db8:1::/48"),
        ("2001:db8:2::1", "2001:db8:2::/48"),
        ("", ""),
        ("unknown", ""),
        ("<script>", ""),
    ],
)
def test_what_of_an_address_counts_as_one_visitor(address: str, counts_as: str) -> None:
    assert tries.network(address) == counts_as


def test_guesses_at_the_same_moment_do_not_slip_past_the_count(book: Log, clock: Clock) -> None:
    """Twelve at once from one address: five are looked at."""
    together, looked = threading.Barrier(12), []

    def guess() -> None:
        together.wait()
        looked.append(judged(book, clock, STRANGER))

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(looked), sum(looked)) == (12, 5)


# --- the keeper -----------------------------------------------------------------------------------------------------


def test_the_keeper_opens_an_account_and_its_password_stays(book: Log, clock: Clock) -> None:
    """From an address that had to wait, and from a new one when a crowd had tried as often as it may."""
    sign_in(book, clock, address=OFFICE)
    for _ in range(5):
        refused(book, clock, address=OFFICE)
    for address in strangers(tries.MOST):
        judged(book, clock, address)
    for address in (OFFICE, "192.0.2.44"):
        refused(book, clock, password=PASSWORD, address=address)
    assert accounts.open_(book, town.KEEPER, " Ana ", clock=clock) == "ana"
    for address in (OFFICE, "192.0.2.44"):
        assert sign_in(book, clock, address=address) == Actor("ana", Right.EDITOR)
    with pytest.raises(UsageError, match="no account 'bob'; see: python -m equity connections users"):
        accounts.open_(book, town.KEEPER, "bob")
    with pytest.raises(RightMissing, match="Maria López may not open accounts: that needs the right keeper"):
        accounts.open_(book, town.MARIA, "ana")


def test_what_is_done_to_accounts_leaves_a_trace_of_who_did_it_and_when(book: Log, clock: Clock) -> None:
    """Ana was added at 9:30; a refusal leaves none, and nor does signing in."""
    clock.wait(60)
    add(book, clock, right=Right.KEEPER, replace=True)
    sign_in(book, clock)
    clock.wait(60)
    accounts.open_(book, Actor("ana", Right.KEEPER), "ana", clock=clock)
    with pytest.raises(RightMissing):
        accounts.remove(book, town.MARIA, "ana", clock=clock)
    with pytest.raises(LogInvalid):
        add(book, clock)
    clock.wait(60)
    accounts.remove(book, town.KEEPER, "ana", clock=clock)
    with book.reading() as connection:
        done = traces.listed(connection)
    by_hand, by_ana = ("keeper", rights.COMMAND_LINE), ("ana", rights.BROWSER)
    assert [(one.at[11:16], (one.by, one.door), one.what, one.account, one.right) for one in done] == [
        ("09:30", by_hand, "added", "ana", "editor"),
        ("09:31", by_hand, "replaced", "ana", "keeper"),
        ("09:32", by_ana, "opened", "ana", "keeper"),
        ("09:33", by_hand, "removed", "ana", ""),
    ]


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
    """The keeper gives another password while the old one is being judged; then somebody tries the new account five times.

    The old one, judged at last, does not make the address a known one, and opens nothing to it.
    """

    class Slow(PasswordHasher):
        def verify(self, hash: str, password: str) -> bool:
            add(book, clock, password="another horse battery", replace=True)
            for _ in range(5):
                refused(book, clock)
            return super().verify(hash, password)

    with pytest.raises(RightMissing, match="name or password are not right"):
        accounts.sign_in(
            book, "ana", PASSWORD, clock=clock, hasher=Slow(time_cost=1, memory_cost=8, parallelism=1), address=STRANGER
        )
    assert accounts.listed(book, clock=clock)[0].wrong == 5
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
    """By name; five wrong tries from one address, which has to wait, and one from another, which has not."""
    add(book, clock, name="abe", right=Right.VIEWER)
    for address in (*[STRANGER] * 5, OFFICE):
        refused(book, clock, address=address)
    at = "2026-11-23T09:30:00+00:00"
    listed = accounts.listed(book, clock=clock)
    assert listed == [Account("abe", "viewer", at, "keeper", 0, 0), Account("ana", "editor", at, "keeper", 6, 1)]
    clock.wait(60)
    assert accounts.listed(book, clock=clock)[1] == Account("ana", "editor", at, "keeper", 6, 0)
    clock.wait(24 * 3600)
    assert accounts.listed(book, clock=clock)[1] == Account("ana", "editor", at, "keeper", 0, 0)


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
    assert rights.of_command_line(" Maria  López ") == Actor("Maria López", Right.KEEPER, rights.COMMAND_LINE)
    monkeypatch.setenv("LOGNAME", "mlopez")
    assert rights.of_command_line().name == "mlopez"
    for name in ("", "x" * 101, "a\x1bb"):
        with pytest.raises(UsageError, match="the log needs the name of whoever writes, up to 80 signs; say it: --as NAME"):
            rights.of_command_line(name)


# --- on the command line --------------------------------------------------------------------------------------------


def test_the_keeper_sees_what_is_tried_at_an_account_opens_it_and_finds_a_trace_of_it(
    log_address: str, clock: Clock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    """Six wrong tries, of which five from an address that has to wait since."""
    from equity import __main__ as command_line

    monkeypatch.setenv("EQUITY_DATABASE_URL", log_address)
    book = schema.upgrade(database.open_to_write(log_address))
    clock.now = datetime.datetime.now(datetime.UTC)
    add(book, clock)
    for address in (*[STRANGER] * 5, OFFICE):
        refused(book, clock, address=address)

    def typed(*words: str) -> list[list[str]]:
        """The cells of what is printed, row by row."""
        assert command_line.main(["connections", *words]) == 0
        lines = capsys.readouterr().out.splitlines()
        return [
            [cell.strip() for cell in line.strip("│┃|").split("│" if "│" in line else "┃")] for line in lines if "a" in line
        ]

    heads, ana = typed("users")
    assert heads == ["name", "right", "since (UTC)", "given by", "wrong tries today", "addresses that wait"]
    assert ana[:2] + ana[3:] == ["ana", "editor", "keeper", "6", "1"]
    refused(book, clock, password=PASSWORD)
    assert typed("open-user", "Ana", "--as", "Jo") == [
        ["ana may sign in at once, from everywhere, with the same password as before."]
    ]
    assert sign_in(book, clock) == Actor("ana", Right.EDITOR)
    _, added, opened = typed("users", "--history")
    assert added[1:] == ["keeper (command line)", "added", "ana", "editor"]
    assert opened[1:] == ["Jo (command line)", "opened", "ana", "editor"]
    assert command_line.main(["connections", "open-user", "bob"]) == UsageError.exit_code
    assert capsys.readouterr().err == "equity: no account 'bob'; see: python -m equity connections users\n"


def test_what_is_tried_is_in_no_backup_and_the_trace_is(book: Log, clock: Clock, tmp_path) -> None:
    """Where staff sign in from is nobody's business who holds a backup; who gave whom which right, is."""
    sign_in(book, clock, address=OFFICE)
    copies.backup(book, tmp_path / "backup")
    assert OFFICE.encode() not in (tmp_path / "backup").read_bytes()
    with copies.opened(tmp_path / "backup") as copy, copy.reading() as connection:
        assert [one.what for one in traces.listed(connection)] == ["added"]
        assert connection.execute(sa.select(tables.attempt)).all() == []


def test_a_step_down_and_up_again_opens_what_was_closed_and_keeps_accounts_and_traces(book: Log, clock: Clock) -> None:
    for _ in range(5):
        refused(book, clock)
    schema.move(book, "0003")
    schema.upgrade(book)
    assert accounts.listed(book, clock=clock) == [Account("ana", "editor", "2026-11-23T09:30:00+00:00", "keeper", 0, 0)]
    assert sign_in(book, clock) == Actor("ana", Right.EDITOR)


def test_accounts_of_an_older_version_are_open_after_the_step_up(book: Log, clock: Clock) -> None:
    """Closed by the count of old for a year: that count is gone."""
    schema.move(book, "0003")
    with book.writing() as connection:
        connection.execute(sa.text("UPDATE log_account SET failed = 99, locked_until = '2027-11-23T09:30:00+00:00'"))
    schema.upgrade(book)
    assert sign_in(book, clock) == Actor("ana", Right.EDITOR)
