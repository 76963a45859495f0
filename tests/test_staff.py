"""The door for staff: who gets in, what a browser may send, and that without the switch nobody can write at all."""

import datetime
import functools
import hashlib
import html.parser
import io
import json
import os
import re
import stat
import subprocess
import sys
import threading
from pathlib import Path

import flask
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from equity import language as languages
from equity import staff
from equity.connections import accounts, database, history, log, rules, schema, sheet
from equity.connections.database import Log
from equity.connections.places import folded
from equity.connections.rights import Right
from equity.errors import LogUnavailable, UsageError
from equity.staff import door, keys, signing, words
from equity.staff.desk import Desk
from tests.programmes import town
from tests.test_language import LETTERS, Marking, is_said_in_the_catalogue

REPOSITORY = Path(__file__).parents[1]
PASSWORD = "correct horse battery"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
NAMES = {"ana": Right.EDITOR, "bob": Right.EDITOR, "vic": Right.VIEWER}
KEY = "k" * 40


class Clock:
    """Time passes when it is told to."""

    def __init__(self) -> None:
        self.now = town.MOMENT

    def __call__(self) -> datetime.datetime:
        return self.now

    def wait(self, **time: float) -> None:
        self.now += datetime.timedelta(**time)


class Visitor:
    """A browser as far as it is needed: it keeps cookies, and sends a form with what the last page hid in it."""

    def __init__(self, server: flask.Flask) -> None:
        self.client = server.test_client()
        self.token = ""
        self.alike = ""
        self.last = None

    def get(self, path: str, **more):
        return self._seen(self.client.get(f"/staff{path}", **more))

    def post(self, path: str, **fields):
        """A field of bytes is a file."""
        named = {"csrf_token": self.token} | ({"alike": self.alike} if path == "/import/confirm" else {}) | fields
        data = {name: (io.BytesIO(value), "spring.csv") if isinstance(value, bytes) else value for name, value in named.items()}
        return self._seen(self.client.post(f"/staff{path}", data=data))

    def follow(self):
        """Where the last answer leads, without the part that Visitor adds."""
        return self.get(self.last.headers["Location"].removeprefix("/staff"))

    def sign_in(self, name: str = "ana", password: str = PASSWORD, query: str = ""):
        self.get(f"/sign-in{query}")
        answer = self.post(f"/sign-in{query}", name=name, password=password)
        if answer.status_code == 303:
            self.get("/")  # another session, another token
        return answer

    def cookie(self) -> str | None:
        found = self.client.get_cookie("equity-staff", path="/staff")
        return found.value if found else None

    def _seen(self, answer):
        self.last = answer
        if found := re.search(r'name="csrf_token" value="([^"]+)"', answer.text):
            self.token = found[1]
        if found := re.search(r'name="alike" value="([^"]+)"', answer.text):
            self.alike = found[1]
        return answer


class Site:
    """A door over a log, with its accounts, and how long refusals were held back."""

    def __init__(self, atlas, address: str, sign_in=None, **environ: str) -> None:
        self.clock, self.slept = Clock(), []
        self.book: Log = schema.upgrade(database.open_to_write(address))
        for name, right in NAMES.items():
            self.account(name, right)
        self.server = flask.Flask("public")
        self.app = staff.register(
            self.server, atlas, environ={"EQUITY_DATABASE_URL": address, "EQUITY_SECRET_KEY": KEY} | environ, clock=self.clock,
            sleep=self.slept.append, sign_in=sign_in or functools.partial(accounts.sign_in, hasher=QUICK),
        )  # fmt: skip

    def account(self, name: str, right: Right, **more) -> None:
        accounts.add(self.book, town.KEEPER, name, PASSWORD, right, hasher=QUICK, clock=self.clock, **more)

    def visitor(self, name: str | None = "ana") -> Visitor:
        """Somebody at the door, signed in under ``name``."""
        visitor = Visitor(self.server)
        if name:
            assert visitor.sign_in(name).status_code == 303
        return visitor

    def fill(self) -> None:
        """The entries 1 to 4 of ``town.ROWS``, as write 1."""
        log.add(self.book, town.MARIA, town.read(), city="chicago", file="first.csv", clock=self.clock)

    def writes(self) -> int:
        with self.book.reading() as connection:
            return len(history.batches(connection))

    def count(self, entry: int) -> int:
        with self.book.reading() as connection:
            return history.entry(connection, entry).report.count


@pytest.fixture
def site(atlas, tmp_path: Path) -> Site:
    """On SQLite, filled."""
    found = Site(atlas, f"sqlite:///{tmp_path / 'log.sqlite3'}")
    found.fill()
    return found


@pytest.fixture
def empty_site(atlas, log_address: str) -> Site:
    """On each database in turn, without an entry."""
    return Site(atlas, log_address)


# --- without the switch ---------------------------------------------------------------------------------------------

WRITERS = (
    *("equity.staff", "equity.connections.log", "equity.connections.accounts", "equity.connections.sessions"),
    *("equity.connections.tries", "equity.connections.traces", "equity.connections.copies", "equity.connections.verbs"),
    *("flask_login", "flask_wtf", "argon2"),
)

ASK = """
import json, sys
import app
client = app.server.test_client()
paths = json.loads(sys.stdin.read())
told = {}
for path in paths:
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        told[f"{method} {path}"] = client.open(path, method=method, data={"reason": "x", "name": "ana"}).status_code
for path in ("/", "/methods", "/progress"):
    client.get(path)
print(json.dumps({"told": told, "loaded": [name for name in sys.argv[1:] if name in sys.modules]}))
"""


def served(address: str, paths: list[str], **environ: str) -> dict:
    """What the process that serves everybody answers and has loaded, started as a server starts it."""
    named = {name: value for name, value in os.environ.items() if not name.startswith("EQUITY_")}
    named |= {"EQUITY_DATABASE_URL": address} | environ
    words = [sys.executable, "-c", ASK, *WRITERS]
    done = subprocess.run(words, cwd=REPOSITORY, env=named, input=json.dumps(paths), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def everything(book: Log) -> dict[str, list]:
    """table -> its rows, with what PostgreSQL keeps of who wrote each: the transaction."""
    known = sa.MetaData()
    with book.reading() as connection:
        known.reflect(connection)
        return {
            name: sorted(map(tuple, connection.exec_driver_sql(f"SELECT xmin::text, * FROM {name}")), key=str)
            for name in known.tables
        }


def addresses(site: Site) -> list[str]:
    """Every address of the door, entry and write 1 for the numbers."""
    rules_of = [re.sub(r"<int[^>]*>", "1", rule.rule) for rule in site.app.url_map.iter_rules()]
    return sorted({f"/staff{rule}" for rule in rules_of if "<" not in rule})


def test_without_the_switch_no_request_writes_and_nothing_that_could_is_loaded(site: Site, tmp_path: Path) -> None:
    """Not with another value than 1 either."""
    site.book.engine.dispose()
    file = tmp_path / "log.sqlite3"
    before = hashlib.sha256(file.read_bytes()).hexdigest()
    for switch in ({}, {"EQUITY_STAFF": "0"}, {"EQUITY_STAFF": "yes"}):
        found = served(f"sqlite:///{file}", ["/staff", *addresses(site)], **switch)
        assert found["loaded"] == []
        assert {code for asked, code in found["told"].items()} == {404, 405}
        assert {code for asked, code in found["told"].items() if not asked.startswith("GET")} == {405}
    assert hashlib.sha256(file.read_bytes()).hexdigest() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log.sqlite3"], "and no key was made"


def test_without_the_switch_no_request_writes_to_a_postgresql_either(atlas, postgresql) -> None:
    """Every row of every table is what it was, and the database counts no transaction that changed any."""
    address = postgresql.fresh()
    site = Site(atlas, address)
    site.fill()
    paths = ["/staff", *addresses(site)]
    before = everything(site.book)
    found = served(address, paths)
    assert found["loaded"] == []
    assert {code for asked, code in found["told"].items()} == {404, 405}
    assert {code for asked, code in found["told"].items() if not asked.startswith("GET")} == {405}
    assert everything(site.book) == before
    assert len(before["log_entry"]) == 4 and len(before["log_account"]) == 3, "it did look"


def test_with_the_switch_the_door_is_there_and_keeps_its_key_beside_the_log(site: Site, tmp_path: Path) -> None:
    found = served(f"sqlite:///{tmp_path / 'log.sqlite3'}", ["/staff/sign-in", "/staff/"], EQUITY_STAFF="1")
    assert (found["told"]["GET /staff/sign-in"], found["told"]["GET /staff/"]) == (200, 303)
    assert found["told"]["POST /staff/sign-in"] == 400, "no token of ours"
    assert (tmp_path / "staff-key").exists()
    assert site.writes() == 1


def test_the_pages_of_everybody_know_nothing_of_the_door(site: Site) -> None:
    """No cookie, no header, no address of theirs changes."""
    site.server.add_url_rule("/", "front", lambda: "the map")
    answer = site.server.test_client().get("/")
    assert answer.text == "the map"
    assert not {"Set-Cookie", "Vary", "Content-Security-Policy"} & set(answer.headers.keys())
    assert not [rule for rule in site.server.url_map.iter_rules() if rule.rule.startswith("/staff")]


def test_a_database_that_cannot_be_reached_closes_the_door_and_no_other_page(atlas, tmp_path: Path) -> None:
    (tmp_path / "log.sqlite3").write_bytes(b"no database at all, and longer than a header" * 10)
    server = flask.Flask("public")
    server.add_url_rule("/", "front", lambda: "the map")
    address = f"sqlite:///{tmp_path / 'log.sqlite3'}"
    staff.register(server, atlas, environ={"EQUITY_DATABASE_URL": address, "EQUITY_SECRET_KEY": KEY})
    visitor = Visitor(server)
    visitor.get("/sign-in")
    answer = visitor.post("/sign-in", name="ana", password=PASSWORD)
    assert answer.status_code == 503
    assert "The program log cannot be used at this moment, and nothing was written." in answer.text
    assert str(tmp_path) not in answer.text
    assert server.test_client().get("/").text == "the map"


def test_a_database_that_cannot_be_reached_is_not_tried_anew_for_every_request(atlas) -> None:
    """Each try may take ten seconds, and whoever comes meanwhile has to wait for it."""
    clock, tried = Clock(), []

    def open_log() -> Log:
        tried.append(clock.now)
        raise LogUnavailable("nobody answers")

    desk = Desk(town.PLACES, open_log, clock, lambda seconds: None, accounts.sign_in)
    for seconds, many in ((0, 1), (9, 1), (1, 2), (0, 2)):
        clock.wait(seconds=seconds)
        with pytest.raises(LogUnavailable, match="nobody answers"):
            desk.log  # noqa: B018
        assert len(tried) == many


# --- the key --------------------------------------------------------------------------------------------------------


def test_the_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "instance"
    first = keys.secret_key(folder, {})
    assert keys.secret_key(folder, {}) == first
    assert len(first) == 64, "48 bytes in base64"
    assert stat.S_IMODE((folder / "staff-key").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["staff-key"]


def test_of_many_that_make_a_key_at_once_all_have_the_same(tmp_path: Path) -> None:
    together, found = threading.Barrier(8), []

    def one() -> None:
        together.wait()
        found.append(keys.secret_key(tmp_path, {}))

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1


def test_a_key_that_will_not_do_is_refused_without_being_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="EQUITY_SECRET_KEY is too short; give it 32 or more signs") as short:
        keys.secret_key(tmp_path, {"EQUITY_SECRET_KEY": "hunter2"})
    (tmp_path / "staff-key").write_text("hunter2" * 10)
    (tmp_path / "staff-key").chmod(0o644)
    with pytest.raises(LogUnavailable, match=r"others can read .*staff-key; run: chmod 600 ") as readable:
        keys.secret_key(tmp_path, {})
    (tmp_path / "staff-key").chmod(0o600)
    (tmp_path / "staff-key").write_text("hunter2")
    with pytest.raises(LogUnavailable, match="staff-key holds no key; delete it, and a new one is made") as empty:
        keys.secret_key(tmp_path, {})
    assert "hunter2" not in f"{short.value}{readable.value}{empty.value}"


def test_a_key_that_will_not_do_is_said_before_a_server_starts(tmp_path: Path, monkeypatch, capsys) -> None:
    from equity import __main__ as command_line

    monkeypatch.setenv("EQUITY_STAFF", "1")
    monkeypatch.setenv("EQUITY_SECRET_KEY", "hunter2")
    monkeypatch.setenv("EQUITY_DATABASE_URL", f"sqlite:///{tmp_path / 'log.sqlite3'}")
    assert command_line.main(["serve"]) == UsageError.exit_code
    assert capsys.readouterr().err == (
        "equity: EQUITY_SECRET_KEY is too short; give it 32 or more signs that nobody can guess\n"
    )


# --- proxies --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "equity.example.org", ""])
def test_passwords_do_not_leave_the_machine_without_tls_unless_somebody_says_that_a_proxy_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys, host: str
) -> None:
    from equity import __main__ as command_line

    monkeypatch.setenv("EQUITY_STAFF", "1")
    monkeypatch.setenv("EQUITY_SECRET_KEY", KEY)
    monkeypatch.setenv("EQUITY_DATABASE_URL", f"sqlite:///{tmp_path / 'log.sqlite3'}")
    monkeypatch.delenv("EQUITY_STAFF_PROXIES", raising=False)
    assert command_line.main(["serve", "--host", host]) == UsageError.exit_code
    assert capsys.readouterr().err == (
        f"equity: with EQUITY_STAFF=1 and --host {host!r} passwords would travel unencrypted; serve at --host 127.0.0.1, or "
        "put a proxy with TLS in front and say so: EQUITY_STAFF_PROXIES=1\n"
    )
    assert staff.ready({"EQUITY_SECRET_KEY": KEY, "EQUITY_STAFF_PROXIES": "1"}, host=host) == KEY.encode()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_on_the_machine_itself_no_proxy_is_asked_for(host: str) -> None:
    assert staff.ready({"EQUITY_SECRET_KEY": KEY}, host=host) == KEY.encode()


@pytest.mark.parametrize("said", ["yes", "-1", "6", "1.5"])
def test_a_number_of_proxies_that_is_none_is_refused(said: str) -> None:
    with pytest.raises(UsageError, match="EQUITY_STAFF_PROXIES is no number of proxies; write 1 where one"):
        staff.ready({"EQUITY_SECRET_KEY": KEY, "EQUITY_STAFF_PROXIES": said})


@pytest.mark.parametrize(
    ("trusted", "forwarded", "written_down"),
    [
        (None, "203.0.113.9", "127.0.0.1"),
        ("1", "203.0.113.9", "203.0.113.9"),
        ("1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),  # the first is what the visitor made up
        ("2", "203.0.113.9, 10.0.0.1", "203.0.113.9"),
    ],
)
def test_of_what_is_forwarded_as_much_is_believed_as_trusted_proxies_wrote(
    atlas, tmp_path: Path, caplog: pytest.LogCaptureFixture, trusted: str | None, forwarded: str, written_down: str
) -> None:
    told = {"EQUITY_STAFF_PROXIES": trusted} if trusted else {}
    site = Site(atlas, f"sqlite:///{tmp_path / 'log.sqlite3'}", **told)
    visitor = site.visitor(None)
    visitor.get("/sign-in")
    data = {"csrf_token": visitor.token, "name": "ana", "password": "wrong horse battery"}
    site.app.logger.addHandler(caplog.handler)
    visitor.client.post("/staff/sign-in", data=data, headers={"X-Forwarded-For": forwarded})
    assert f"sign-in refused, from {written_down}" in caplog.messages


def test_behind_a_proxy_that_ends_tls_a_form_counts_from_our_own_pages_alone(atlas, tmp_path: Path) -> None:
    """What was HTTPS has to name the page it comes from, which a browser of ours does."""
    visitor = Site(atlas, f"sqlite:///{tmp_path / 'log.sqlite3'}", EQUITY_STAFF_PROXIES="1").visitor(None)
    https = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    visitor.get("/sign-in", headers=https)
    data = {"csrf_token": visitor.token, "name": "ana", "password": PASSWORD}
    codes = {
        page: visitor.client.post("/staff/sign-in", data=data, headers=https | {"Referer": page}).status_code
        for page in ("https://elsewhere.example/", "http://localhost/staff/sign-in", "https://localhost/staff/sign-in")
    }
    assert list(codes.values()) == [400, 400, 303]


# --- signing in and out ---------------------------------------------------------------------------------------------


def test_every_page_but_the_sign_in_leads_there(site: Site) -> None:
    stranger = Visitor(site.server)
    for path in addresses(site):
        answer = stranger.get(path.removeprefix("/staff"))
        if answer.status_code != 405 and path != "/staff/sign-in":
            assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, "/staff/sign-in"), path


def test_whoever_is_not_signed_in_writes_nothing(site: Site) -> None:
    """With a token of the sign-in form, too."""
    stranger = Visitor(site.server)
    for path in POSTS:
        stranger.get("/sign-in")
        assert stranger.post(path, **POSTS[path]).headers["Location"].startswith("/staff/sign-in"), path
    assert site.writes() == 1
    assert "You were signed out meanwhile, and nothing was written." in stranger.get("/sign-in").text


def test_the_cookie_is_for_this_door_alone_and_ends_with_the_browser(site: Site) -> None:
    answer = Visitor(site.server).sign_in()
    name, *flags = answer.headers["Set-Cookie"].split("; ")
    assert name.startswith("equity-staff=")
    assert sorted(flags) == ["HttpOnly", "Path=/staff", "SameSite=Strict", "Secure"]


def test_signing_in_leads_to_the_page_that_was_asked_for(site: Site) -> None:
    stranger = Visitor(site.server)
    asked = stranger.get("/entries/2?lang=es").headers["Location"]
    answer = stranger.sign_in(query="?" + asked.partition("?")[2])
    assert answer.headers["Location"] == "/staff/entries/2?lang=es"


@pytest.mark.parametrize(
    "next_", [
        "https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", "\\\\elsewhere.example",
        "javascript:alert(1)", "https:elsewhere.example", "/entries/../../elsewhere", "/entries\r\nSet-Cookie: a=b",
        "%2f%2felsewhere.example",
        "/sign-out", "/sign-in", "/static/staff.css", "/nowhere", "x" * 5000, "",
    ],
)  # fmt: skip
def test_signing_in_leads_nowhere_else(site: Site, next_: str) -> None:
    visitor = Visitor(site.server)
    visitor.get("/sign-in")
    data = {"csrf_token": visitor.token, "name": "ana", "password": PASSWORD}
    answer = visitor.client.post("/staff/sign-in", query_string={"next": next_}, data=data)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/staff/")


def test_a_cookie_that_was_there_before_signing_in_opens_nothing(site: Site) -> None:
    """Whoever planted it, or read it, holds another session than the one that begins."""
    victim, thief = Visitor(site.server), Visitor(site.server)
    victim.get("/sign-in")
    planted = victim.cookie()
    token = victim.token
    victim.sign_in()
    assert victim.cookie() != planted
    assert victim.post("/sign-out", csrf_token=token).status_code == 400, "nor does a form of that session count"
    thief.client.set_cookie("equity-staff", planted, path="/staff")
    assert (thief.get("/").status_code, victim.get("/").status_code) == (303, 200)


def test_signing_in_anew_ends_the_session_before(site: Site) -> None:
    visitor, thief = site.visitor(), Visitor(site.server)
    thief.client.set_cookie("equity-staff", visitor.cookie(), path="/staff")
    assert thief.get("/").status_code == 200
    visitor.sign_in()
    assert (thief.get("/").status_code, visitor.get("/").status_code) == (303, 200)


def test_signing_out_ends_the_session_for_every_copy_of_its_cookie(site: Site) -> None:
    visitor, thief = site.visitor(), Visitor(site.server)
    thief.client.set_cookie("equity-staff", visitor.cookie(), path="/staff")
    visitor.post("/sign-out")
    assert "You are signed out." in visitor.get("/sign-in").text
    assert (thief.get("/").status_code, visitor.get("/").status_code) == (303, 303)


@pytest.mark.parametrize("time", [{"minutes": 31}, {"hours": 11}])
def test_a_session_that_was_left_alone_is_over(empty_site: Site, time: dict) -> None:
    visitor = empty_site.visitor()
    empty_site.clock.wait(**time)
    assert visitor.get("/").headers["Location"].startswith("/staff/sign-in")


def test_a_right_that_is_taken_away_is_gone_at_the_next_request(site: Site) -> None:
    visitor = site.visitor()
    site.account("ana", Right.VIEWER, replace=True)
    assert visitor.post("/entries/2/withdraw", seen="2", reason="x").status_code == 303
    visitor.sign_in()
    assert visitor.post("/entries/2/withdraw", seen="2", reason="x").status_code == 403
    assert site.writes() == 1


def test_a_cookie_that_somebody_made_up_opens_nothing(site: Site) -> None:
    """Signed with another key, cut, or not signed at all."""
    other = flask.Flask("other")
    other.secret_key = "x" * 40
    made = other.session_interface.get_signing_serializer(other).dumps({"_user_id": "ana"})
    for cookie in (made, site.visitor().cookie()[:-3], "eyJfdXNlcl9pZCI6ImFuYSJ9", ""):
        stranger = Visitor(site.server)
        stranger.client.set_cookie("equity-staff", cookie, path="/staff")
        assert stranger.get("/").status_code == 303


REFUSED = "Name or password are not right, or there were too many tries. Look at both, and wait before trying again."


def test_every_refusal_says_the_same_and_none_comes_early(empty_site: Site) -> None:
    """A wrong password, a name that is nobody's, one that no database takes; each waits until half a second is over."""
    stranger = Visitor(empty_site.server)
    for name, password in (("ana", "wrong horse battery"), ("nobody", PASSWORD), ("a\x00b", PASSWORD), ("ana", "x" * 9000)):
        answer = stranger.sign_in(name, password)
        assert answer.status_code == 403
        assert html_text(answer.text).count(REFUSED) == 1
        assert password not in answer.text
    assert len(empty_site.slept) == 4
    assert all(0 < held <= 0.5 for held in empty_site.slept)


def test_after_five_wrong_tries_the_right_password_has_to_wait_a_minute(empty_site: Site) -> None:
    stranger = Visitor(empty_site.server)
    for _ in range(5):
        stranger.sign_in(password="wrong horse battery")
    assert stranger.sign_in().status_code == 403
    empty_site.clock.wait(seconds=61)
    assert stranger.sign_in().status_code == 303


@pytest.mark.parametrize(("proxies", "lets_ana_in"), [("1", True), (None, False)])
def test_behind_a_trusted_proxy_a_stranger_who_guesses_shuts_out_nobody_but_himself(
    atlas, tmp_path: Path, proxies: str | None, lets_ana_in: bool
) -> None:
    """Where nobody said that a proxy is to be believed, all who come by it have one address."""
    told = {"EQUITY_STAFF_PROXIES": proxies} if proxies else {}
    site = Site(atlas, f"sqlite:///{tmp_path / 'log.sqlite3'}", **told)

    def post(address: str, password: str) -> int:
        visitor = site.visitor(None)
        visitor.get("/sign-in")
        data = {"csrf_token": visitor.token, "name": "ana", "password": password}
        return visitor.client.post("/staff/sign-in", data=data, headers={"X-Forwarded-For": address}).status_code

    for _ in range(5):
        assert post("198.51.100.7", "wrong horse battery") == 403
    assert post("198.51.100.7", PASSWORD) == 403
    assert (post("203.0.113.9", PASSWORD) == 303) is lets_ana_in


def test_many_at_the_door_do_not_take_the_house(atlas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two passwords are judged at a time; whoever finds no turn is told to come back, and judging goes on afterwards."""
    monkeypatch.setattr(signing, "QUEUE", 0.01)
    inside, free = threading.Semaphore(0), threading.Event()

    def slow(*told, **more):
        inside.release()
        free.wait(30)
        return accounts.sign_in(*told, hasher=QUICK, **more)

    site = Site(atlas, f"sqlite:///{tmp_path / 'log.sqlite3'}", slow)
    visitors = [Visitor(site.server) for _ in range(3)]
    threads = [threading.Thread(target=visitor.sign_in) for visitor in visitors[:2]]
    for thread in threads:
        thread.start()
    assert inside.acquire(timeout=30) and inside.acquire(timeout=30)
    answer = visitors[2].sign_in()
    free.set()
    for thread in threads:
        thread.join()
    assert answer.status_code == 503
    assert "Too many are signing in at this moment." in answer.text
    assert visitors[2].sign_in().status_code == 303


# --- what may be sent -----------------------------------------------------------------------------------------------

#: Every address that takes a form, with a form that would do something.
POSTS = {
    "/import": {"file": town.file([town.row(programme="Posted")])},
    "/import/confirm": {"sha256": "0" * 64},
    "/entries/2/correct": {"seen": "2", "count": "99", "reason": "x"},
    "/entries/2/withdraw": {"seen": "2", "reason": "x"},
    "/writes/1/withdraw": {"reason": "x"},
}


def test_every_address_that_takes_a_form_is_tried_here(site: Site) -> None:
    known = {rule.rule for rule in site.app.url_map.iter_rules() if "POST" in rule.methods}
    tried = {re.sub(r"\d+", "<int(max=2147483647):number>", path) for path in POSTS}
    assert known == tried | {"/sign-in", "/sign-out"}


def test_who_may_look_can_write_nothing(site: Site) -> None:
    visitor = site.visitor("vic")
    for path, fields in POSTS.items():
        answer = visitor.post(path, **fields)
        assert answer.status_code == 403, path
        assert "You may look, and not change anything." in answer.text
    assert site.writes() == 1
    assert "csrf_token" in visitor.get("/entries/2").text, "to sign out"
    assert "/entries/2/correct" not in visitor.get("/entries/2").text


def test_what_writes_checks_the_right_even_if_the_door_does_not(site: Site) -> None:
    """As if the door let everybody through, without a token: each page refuses by itself."""

    def everybody() -> None:
        flask.g.member = signing.Member(town.VISITOR, "token")
        flask.g.language = languages.load("en")

    site.app.before_request_funcs[None] = [everybody]
    for path, fields in POSTS.items():
        told = {name: value for name, value in fields.items() if isinstance(value, str)}
        assert site.app.test_client().post(path, data=told).status_code == 403, path
    assert site.writes() == 1


@pytest.mark.parametrize("token", ["", "made up", "another session's"])
def test_a_form_without_our_token_is_refused(site: Site, token: str) -> None:
    """As another page could have a browser send it."""
    visitor, other = site.visitor(), site.visitor("bob")
    visitor.post("/import", file=POSTS["/import"]["file"])
    sha256 = hashlib.sha256(POSTS["/import"]["file"]).hexdigest()
    token = other.token if token.startswith("another") else token
    posts = POSTS | {"/import/confirm": {"sha256": sha256}, "/sign-out": {}, "/sign-in": {"name": "ana", "password": PASSWORD}}
    for path, fields in posts.items():
        answer = visitor.post(path, csrf_token=token, **fields)
        assert answer.status_code == 400, path
        assert "This form is too old, or was not sent from this page." in answer.text
    assert site.writes() == 1
    assert visitor.get("/").status_code == 200, "still signed in"
    assert visitor.post("/import/confirm", sha256=sha256).status_code == 303, "the same form with the token is taken"
    assert site.writes() == 2


class Untouched(io.BytesIO):
    """What nobody may read."""

    def read(self, *_):
        raise AssertionError("somebody read what was sent")

    readline = readinto = readinto1 = read1 = read


def unread(size: int) -> dict:
    """For the test client: a post of so many bytes, none of which may be read. (It would measure the stream itself.)"""
    told = {"CONTENT_LENGTH": str(size), "wsgi.input": Untouched()}
    return {"content_type": "multipart/form-data; boundary=x", "environ_overrides": told}


@pytest.mark.parametrize(
    ("path", "size"), [("/import", sheet.MOST_BYTES + 200_000), ("/entries/2/correct", 200_000), ("/import/confirm", 200_000)]
)
def test_what_is_too_large_is_refused_before_a_byte_of_it_is_read(site: Site, path: str, size: int) -> None:
    answer = site.visitor().client.post(f"/staff{path}", **unread(size))
    assert answer.status_code == 413
    assert "That is too large, and nothing was written. A file has at most 8 million bytes; divide it." in answer.text
    assert site.writes() == 1


def test_what_is_just_not_too_large_is_read(site: Site) -> None:
    """So that the limit is the one that is said: as many bytes as a file may have, and no more than the form around them."""
    answer = site.visitor().post("/import", file=b"x" * sheet.MOST_BYTES)
    assert answer.status_code == 422
    assert site.visitor().post("/import", file=b"x" * (sheet.MOST_BYTES + door.LARGEST_FORM)).status_code == 413


@pytest.mark.parametrize(("name", "status"), [(None, 303), ("vic", 403)])
def test_a_large_file_from_who_may_not_is_not_read_at_all(site: Site, name: str | None, status: int) -> None:
    assert site.visitor(name).client.post("/staff/import", **unread(7_000_000)).status_code == status


def test_a_large_file_from_who_may_is_read(site: Site) -> None:
    """So that the tests above would find a reading: it ends in an error of the server."""
    assert site.visitor().client.post("/staff/import", **unread(7_000_000)).status_code == 500


@pytest.mark.parametrize(
    "path",
    ["/entries/99", "/writes/99", "/entries/99999999999999999999", "/entries/-1", "/entries/x", "/nowhere", "/../app.py"],
)
def test_what_is_not_there_is_said_to_be_so(empty_site: Site, path: str) -> None:
    visitor = empty_site.visitor()
    answer = visitor.get(path)
    assert answer.status_code == 404
    assert "There is nothing at this address." in answer.text


def test_odd_questions_are_answered(site: Site) -> None:
    visitor = site.visitor()
    for query in (
        "page=0", "page=-1", "page=9" * 9, "page=x", "kind=x", "month=%00", "programme=%ff%fe", "lang=xx", "a=b&a=c",
        "_external=1&_scheme=javascript", "_anchor=x", "_method=POST", "endpoint=x", "number=x", "self=x", "filename=x",
    ):  # fmt: skip
        for path in ("/", "/entries", "/entries/2", "/sign-in"):
            answer = visitor.get(f"{path}?{query}")
            assert answer.status_code == 200, query
            links = re.findall(r'(?:href|action)="([^"]*)"', answer.text)
            assert all(re.match("/[^/]|/$|#", link) for link in links), query
    for fields in (
        {},
        {"seen": "x"},
        {"seen": "2" * 30, "reason": "x"},
        {"seen": "2", "reason": "\x00"},
        {"seen": "2", "reason": "x"},
    ):
        assert visitor.post("/entries/2/correct", **fields).status_code in (409, 422), fields
    assert visitor.post("/import", file="no file").status_code == 422
    assert visitor.post("/import").status_code == 422
    assert visitor.post("/import", file=b"").status_code == 422
    assert visitor.post("/import", file=b"\xff\xfe\x00").status_code == 422
    assert site.writes() == 1


# --- from the file to the log ---------------------------------------------------------------------------------------


class Text(html.parser.HTMLParser):
    """What a reader sees or hears of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.spoken: list[str] = []
        self._code = 0

    def handle_starttag(self, tag: str, attributes: list) -> None:
        self._code += tag == "code"
        self.spoken += [value for name, value in attributes if name in ("aria-label", "title", "alt", "placeholder") and value]

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag == "code"

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._code:
            self.found.append(data.strip())


def html_text(page: str) -> str:
    reader = Text()
    reader.feed(page)
    return " ".join(reader.found)


def imported(visitor: Visitor, rows, **fields):
    """Upload, look, confirm."""
    body = town.file(rows)
    assert visitor.post("/import", file=body).status_code == 303
    visitor.follow()
    return visitor.post("/import/confirm", sha256=hashlib.sha256(body).hexdigest(), **fields)


def test_a_file_that_is_not_right_is_refused_row_by_row_and_the_corrected_one_is_imported(empty_site: Site) -> None:
    """Three bad rows of four, then all four: 12 + 5 = 17 devices."""
    visitor = empty_site.visitor()
    bad = [
        ("2026-13", *town.ROWS[0][1:]),
        town.ROWS[1],
        (*town.ROWS[2][:5], "-5", "", ""),
        (*town.ROWS[3][:4], "x", *town.ROWS[3][5:]),
    ]
    answer = visitor.post("/import", file=town.file(bad))
    assert answer.status_code == 422
    said = html_text(answer.text)
    assert "3 things are not right, and nothing was written." in said
    assert "2 month “2026-13” is no month; write it as 2026-11 2026-13, Chicago Connected, CPS, citywide" in said
    assert "4 count -5 is negative; correct or withdraw the entry that was wrong instead 2026-02, Tech Hub" in said
    assert empty_site.writes() == 0
    assert visitor.get("/import/preview").status_code == 303, "nothing of it waits"
    visitor.get("/import")
    assert visitor.post("/import", file=town.file()).status_code == 303
    said = html_text(visitor.follow().text)
    assert "Nothing is written yet: spring.csv 4 rows, and all of them are right." in said
    assert "2026-01 household connections 1,200" in said
    assert empty_site.writes() == 0
    assert visitor.post("/import/confirm", sha256=hashlib.sha256(town.file()).hexdigest()).status_code == 303
    said = html_text(visitor.follow().text)
    assert "Imported: 4 rows." in said
    assert "devices given 17 17 2" in said
    assert empty_site.writes() == 1
    with empty_site.book.reading() as connection:
        (batch,) = history.batches(connection)
    assert (batch.by, batch.file, batch.rows) == ("ana", "spring.csv", 4)
    assert batch.file_sha256 == hashlib.sha256(town.file()).hexdigest(), "the bytes that were sent"


def test_only_the_file_that_was_looked_at_can_be_confirmed(site: Site) -> None:
    """Two windows: the older one's confirmation is refused, and the newer file still waits."""
    visitor = site.visitor()
    old, new = town.file([town.row(programme="old")]), town.file([town.row(programme="new")])
    visitor.post("/import", file=old)
    visitor.post("/import", file=new)
    visitor.post("/import/confirm", sha256=hashlib.sha256(old).hexdigest())
    assert site.writes() == 1
    said = html_text(visitor.follow().text)
    assert "This is not the file that was uploaded last, or it was imported already. Nothing was written." in said
    assert " new " in said
    visitor.post("/import/confirm", sha256=hashlib.sha256(new).hexdigest())
    assert site.writes() == 2


def test_a_confirmation_that_is_sent_twice_counts_once(empty_site: Site) -> None:
    """At the same moment, by two threads, and with the box ticked that would let it count again."""
    visitor = empty_site.visitor()
    body = town.file([town.row()])
    visitor.post("/import", file=body)
    visitor.follow()
    fields = {"sha256": hashlib.sha256(body).hexdigest(), "again": "yes", "alike": visitor.alike}
    twins = [Visitor(empty_site.server) for _ in range(4)]
    together = threading.Barrier(len(twins))

    def confirm(twin: Visitor) -> None:
        together.wait()
        twin.post("/import/confirm", **fields)

    for twin in twins:
        twin.client.set_cookie("equity-staff", visitor.cookie(), path="/staff")
        twin.token = visitor.token
    threads = [threading.Thread(target=confirm, args=(twin,)) for twin in twins]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert empty_site.writes() == 1


def test_a_file_of_one_person_is_nobody_elses(site: Site) -> None:
    ana, bob = site.visitor(), site.visitor("bob")
    body = town.file([town.row()])
    ana.post("/import", file=body)
    assert bob.get("/import/preview").status_code == 303
    bob.post("/import/confirm", sha256=hashlib.sha256(body).hexdigest())
    assert site.writes() == 1


def test_what_looks_alike_is_imported_only_when_it_is_meant(site: Site) -> None:
    visitor = site.visitor()
    rows = [town.ROWS[1], town.row(programme="New"), town.row(programme="New")]
    body = town.file(rows)
    visitor.post("/import", file=body)
    said = html_text(visitor.follow().text)
    assert "2 rows look as if they were there already." in said
    assert "row 2 is like entry 2" in said and "row 4 is like row 3 of this file" in said
    visitor.post("/import/confirm", sha256=hashlib.sha256(body).hexdigest())
    assert "Nothing was written: the log has this file, or entries like its rows." in visitor.follow().text
    assert site.writes() == 1
    assert imported(visitor, rows, again="yes").headers["Location"] == "/staff/writes/2"


def test_what_came_into_the_log_after_the_look_is_noticed(site: Site) -> None:
    """Bob imports the same file while Ana looks at it."""
    ana, bob = site.visitor(), site.visitor("bob")
    body = town.file([town.row()])
    ana.post("/import", file=body)
    assert "already" not in ana.follow().text
    imported(bob, [town.row()])
    ana.post("/import/confirm", sha256=hashlib.sha256(body).hexdigest())
    assert "The log has this file already: write 2, by bob" in html_text(ana.follow().text)
    assert site.writes() == 2


def test_what_is_to_be_counted_nevertheless_is_what_was_shown(empty_site: Site) -> None:
    """Ana is shown one look-alike of five rows; meanwhile Bob imports the other four. Each counts 5, once: 25."""
    rows = [town.row(programme=f"P{number}") for number in range(5)]
    ana, bob = empty_site.visitor(), empty_site.visitor("bob")
    imported(bob, rows[:1])
    body = town.file(rows)
    ana.post("/import", file=body)
    assert "One row looks as if it were there already." in html_text(ana.follow().text)
    imported(bob, rows[1:])
    fields = {"sha256": hashlib.sha256(body).hexdigest(), "again": "yes"}
    ana.post("/import/confirm", **fields)
    assert empty_site.writes() == 2
    assert "devices given 25 5" in html_text(bob.get("/").text)
    said = html_text(ana.follow().text)
    assert "Nothing was written" in said and "5 rows look as if they were there already." in said
    ana.post("/import/confirm", **fields)
    assert empty_site.writes() == 3, "now she has seen them all"


@pytest.mark.parametrize("forged", ["", "0" * 64])
def test_nobody_means_what_they_were_not_shown(site: Site, forged: str) -> None:
    imported(site.visitor(), town.ROWS[:1], again="yes", alike=forged)
    assert site.writes() == 1


@pytest.mark.parametrize("kind", [LogUnavailable, RuntimeError])
def test_when_the_log_is_lost_during_a_write_nobody_is_told_that_nothing_was_written(
    empty_site: Site, monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    """And a write that did not come about leaves the file where it was, to be confirmed once more."""
    visitor, body = empty_site.visitor(), town.file()
    write = log.add_within

    def lost(*told, **more):
        write(*told, **more)
        raise kind("the server closed the connection")

    monkeypatch.setattr(log, "add_within", lost)
    answer = imported(visitor, town.ROWS)
    said = html_text(answer.text)
    assert answer.status_code == (503 if kind is LogUnavailable else 500)
    assert "it is not known whether this was written. Look at History before you try again" in said
    assert "othing was written" not in said
    monkeypatch.undo()
    assert empty_site.writes() == 0
    assert visitor.get("/import/preview").status_code == 200
    visitor.post("/import/confirm", sha256=hashlib.sha256(body).hexdigest())
    assert empty_site.writes() == 1


def test_what_is_typed_is_text(site: Site) -> None:
    """In every column that takes text, on every page that shows it."""
    visitor = site.visitor()
    sign = "</td><script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 'zq' * 4 }}"
    row = town.row(programme=sign, partner=sign, funding=sign, note=sign)
    imported(visitor, [row])
    assert visitor.post("/entries/5/correct", seen="5", programme=f"{sign} once more", reason=sign).status_code == 303
    for path in ("/", "/entries", f"/entries?programme={sign}", "/entries/5", "/writes", "/writes/2", "/writes/3"):
        page = visitor.get(path).text
        assert "<script" not in page and "<img" not in page and "zqzqzqzq" not in page, path
    bad = visitor.post("/import", file=town.file([town.row(place=sign, kind=sign)]))
    assert "<script" not in bad.text and "<img" not in bad.text


# --- corrections and withdrawals ------------------------------------------------------------------------------------


def test_a_correction_stands_in_the_history_with_who_when_why_before_and_after(empty_site: Site) -> None:
    empty_site.fill()
    visitor = empty_site.visitor()
    assert visitor.post("/entries/2/correct", seen="2", count="21", place="Uptown", reason="digits  turned").status_code == 303
    said = html_text(visitor.follow().text)
    assert "Entry 2 is corrected." in said
    assert (
        "corrected , ana (in the browser), 2026-11-23 09:30 UTC ( write 2 ): digits turned place : Rogers Park → Uptown "
        "count : 12 → 21" in said
    )
    assert empty_site.count(2) == 21


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"count": "twelve"}, "“twelve” is no whole number; write digits alone, for example 1200"),
        ({"place": "Rogers Parc"}, "“Rogers Parc” is no place of Chicago; is Rogers Park meant?"),
        ({"kind": "other"}, "is empty; of the kind “other” the note has to say what was counted"),
        ({"programme": " "}, "is empty and has to be filled in"),
        ({"count": "13", "reason": " "}, "Say why, in up to 500 signs: it stays in the history."),
        ({"count": "13", "reason": "x" * 501}, "Say why, in up to 500 signs: it stays in the history."),
        ({}, "Nothing is different yet: change a field first."),
        ({"count": "012", "place": "1", "month": "Jan 2026"}, "Nothing is different yet: change a field first."),
    ],
)
def test_a_correction_that_will_not_do_gets_its_sentence_and_keeps_what_was_typed(site: Site, fields, sentence) -> None:
    visitor = site.visitor()
    answer = visitor.post("/entries/2/correct", **{"seen": "2", "reason": "because", "partner": "Library"} | fields)
    assert answer.status_code == 422
    assert sentence in html_text(answer.text)
    for value in fields.values():
        assert value.strip() in answer.text
    assert site.writes() == 1


def test_of_two_who_correct_the_same_entry_the_second_is_told(empty_site: Site) -> None:
    empty_site.fill()
    ana, bob = empty_site.visitor(), empty_site.visitor("bob")
    ana.get("/entries/2")
    bob.get("/entries/2")
    assert ana.post("/entries/2/correct", seen="2", count="21", reason="x").status_code == 303
    for path, fields in (("correct", {"count": "30"}), ("correct", {"count": "x"}), ("withdraw", {})):
        answer = bob.post(f"/entries/2/{path}", seen="2", reason="y", **fields)
        assert answer.status_code == 409
        assert "ana changed this entry meanwhile, and nothing was written. Here it is as it is now." in answer.text
        assert 'name="seen" value="5"' in answer.text, "a fresh form"
    assert (empty_site.writes(), empty_site.count(2)) == (2, 21)
    assert bob.post("/entries/2/correct", seen="5", count="30", reason="y").status_code == 303


def test_the_seal_of_each_write_is_told_to_whoever_keeps_the_messages_of_the_server(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """Outside the database, where whoever cuts off its end cannot reach it."""
    imported(site.visitor(), [town.row()])
    with site.book.reading() as connection:
        seal = history.seal(connection)
    assert [line for line in caplog.messages if seal in line and "write 2" in line]


def test_who_is_no_editor_any_more_when_it_is_written_is_told_that_nothing_was(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The keeper takes Ana's right away between the door and the log."""
    visitor, withdraw = site.visitor(), log.withdraw

    def late(*told, **more):
        site.account("ana", Right.VIEWER, replace=True)
        return withdraw(*told, **more)

    monkeypatch.setattr(log, "withdraw", late)
    answer = visitor.post("/entries/2/withdraw", seen="2", reason="x")
    assert answer.status_code == 403
    assert "Your account was changed meanwhile, and nothing was written. Sign in again." in answer.text
    assert site.writes() == 1


def test_of_many_corrections_at_the_same_moment_one_is_written(empty_site: Site) -> None:
    empty_site.fill()
    visitors = [empty_site.visitor(name) for name in ("ana", "bob", "ana", "bob")]
    together, told = threading.Barrier(len(visitors)), []

    def correct(visitor: Visitor, count: int) -> None:
        together.wait()
        told.append(visitor.post("/entries/2/correct", seen="2", count=str(count), reason="x").status_code)

    threads = [threading.Thread(target=correct, args=(visitor, 20 + place)) for place, visitor in enumerate(visitors)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [303, 409, 409, 409]
    assert empty_site.writes() == 2


def test_what_is_withdrawn_counts_no_longer_and_stays_in_the_history(empty_site: Site) -> None:
    """Of 12 + 5 = 17 devices, 5 are left; then the import of all goes, and nothing is left."""
    empty_site.fill()
    visitor = empty_site.visitor()
    assert visitor.post("/entries/2/withdraw", seen="2", reason="").status_code == 422
    assert visitor.post("/entries/2/withdraw", seen="2", reason="not ours").status_code == 303
    page = html_text(visitor.follow().text)
    assert "Entry 2: withdrawn" in page and "withdrawn , ana" in page and "not ours" in page
    assert "devices given 5 1" in html_text(visitor.get("/").text)
    assert visitor.post("/entries/2/correct", seen="5", count="1", reason="x").status_code == 409
    assert visitor.post("/writes/1/withdraw", reason="").status_code == 422
    assert visitor.post("/writes/1/withdraw", reason="wrong file").status_code == 303
    assert "Nothing yet." in visitor.get("/").text
    assert visitor.post("/writes/1/withdraw", reason="again").status_code == 409
    assert empty_site.writes() == 3


# --- headers and words ----------------------------------------------------------------------------------------------

PAGES = ("/", "/import", "/entries", "/entries/2", "/writes", "/writes/1", "/nowhere", "/entries/99")


def test_every_answer_forbids_scripts_frames_and_keeping(site: Site) -> None:
    visitor = site.visitor()
    answers = [visitor.get(path) for path in PAGES] + [visitor.post("/import"), Visitor(site.server).get("/sign-in")]
    for answer in answers:
        policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == "'none'" and "script-src" not in policy and "unsafe" not in str(policy)
        assert (policy["frame-ancestors"], policy["form-action"]) == ("'none'", "'self'")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "<script" not in answer.text and "style=" not in answer.text


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request speaks a language in which each text of the catalogue stands in brackets."""
    monkeypatch.setattr(languages, "load", lambda code: languages.Language("en", Marking()))


def test_no_page_speaks_outside_the_catalogue(site: Site, marked) -> None:
    """What is left is data: names of places, of languages and of people, what was typed."""
    visitor = site.visitor()
    answers = [visitor.get(path) for path in PAGES]
    answers.append(visitor.post("/import", file=town.file([town.row(count="x")])))
    visitor.post("/import", file=town.file([town.ROWS[1], town.row(), town.row()]))
    answers.append(visitor.get("/import/preview"))
    answers.append(visitor.post("/entries/2/correct", seen="2", count="x", reason=""))
    answers.append(visitor.post("/entries/2/correct", seen="9", count="1", reason="x"))
    visitor.post("/entries/2/correct", seen="2", count="7", reason="because")
    answers += [visitor.get("/entries/2"), visitor.get("/writes/2"), Visitor(site.server).get("/sign-in")]
    data = {cell for row in (*town.ROWS, town.row(), town.row(count="x")) for cell in row}
    data |= {"Maria López", "ana", "because", "first.csv", "spring.csv", "Español", "English", "UTC", "Rogers Park", "Chicago"}
    data |= {"Near North Side", "2026-03"}
    outside = set()
    for answer in answers:
        reader = Text()
        reader.feed(answer.text)
        for text in reader.found + reader.spoken:
            rest = re.sub(r"⟦[^⟦⟧]*⟧", "", text)
            for known in sorted(data, key=len, reverse=True):
                rest = rest.replace(known, "") if known else rest
            if not is_said_in_the_catalogue(rest) and LETTERS.search(rest):
                outside.add(rest)
    assert outside == set()


@pytest.mark.parametrize("code", languages.NAMES)
def test_a_column_is_named_as_a_file_may_head_it(code: str) -> None:
    """So that what the page says is found in the file, in either language."""
    language = languages.load(code)
    for column, others in rules.COLUMNS.items():
        assert folded(words.column(language, column)) in (column, *others)


def test_in_spanish_it_speaks_spanish(site: Site) -> None:
    visitor = site.visitor()
    page = visitor.get("/import?lang=es").text
    assert '<html lang="es">' in page and "Importar un archivo" in page
    assert 'href="/staff/entries?lang=es"' in page, "and links stay in it"
    visitor.get("/import?lang=es")
    answer = visitor.post("/import?lang=es", file=town.file([town.row(count="x")]))
    assert "“x” no es un número entero; escriba solo cifras" in html_text(answer.text)
