"""How the network is asked: what is tried again, what is not, how long each wait is, and that nobody hears the key."""

import hashlib
import io
import json
import logging
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from equity.errors import EquityError, SourceInvalid, SourceUnavailable
from equity.sources import session
from equity.sources.web import Answer as Got
from equity.sources.web import Patience, Web
from tests.bureau import server
from tests.bureau.server import Answer, Bureau, Request

KEY = "5ec2e70000000000000000000000000000face55"
PATIENT = Patience(connect=5, read=10, whole=20, tries=3, first_wait=1, longest_wait=60, longest_asked=100)
HASTY = replace(PATIENT, read=0.5, whole=0.5)  # for what is too slow, and for nothing else: this machine may be busy
SLOW = ("slow drip", "slow headers", "silence")
ROWS = [["NAME", "state"], *([f"Place {n}", "17"] for n in range(2000))]


@pytest.fixture
def bureau() -> Iterator[Bureau]:
    with Bureau() as bureau:
        bureau.route("/rows", lambda request: Answer.json(ROWS))
        yield bureau


@pytest.fixture
def slept() -> list[float]:
    """Every wait, in seconds; nobody really waits."""
    return []


@pytest.fixture
def web(request: pytest.FixtureRequest, slept: list[float]) -> Web:
    """Patient, but hasty in a test whose `fault` is a slow one."""
    fault = getattr(request.node, "callspec", None) and request.node.callspec.params.get("fault")
    return Web(HASTY if fault in SLOW else PATIENT, slept.append, chance=lambda: 1.0)


# --- answers --------------------------------------------------------------------------------------------------------


def test_an_answer_comes_whole_with_its_status_and_headers(bureau: Bureau, web: Web) -> None:
    answer = web.get(bureau.url + "/rows", {"for": "tract:*", "in": "state:17 county:031"})
    assert (answer.status, answer.json(), answer.headers["content-type"]) == (200, ROWS, "application/json;charset=utf-8")
    assert bureau.asked == ["/rows?for=tract:*&in=state:17 county:031"]


def test_a_packed_answer_is_unpacked(bureau: Bureau, web: Web) -> None:
    bureau.route("/packed", lambda request: Answer.json(ROWS).gzipped())
    assert web.get(bureau.url + "/packed").json() == ROWS
    assert "gzip" in bureau.requests[0].headers["accept-encoding"]


def test_we_say_who_we_are(bureau: Bureau, web: Web) -> None:
    web.get(bureau.url + "/rows")
    assert bureau.requests[0].headers["user-agent"].startswith("chicago-equity/")


@pytest.mark.parametrize("status", [204, 400, 403, 404])
def test_a_status_that_asking_again_would_not_change_is_handed_on(bureau: Bureau, web: Web, status: int) -> None:
    bureau.fail("/rows", f"status {status}")
    assert web.get(bureau.url + "/rows").status == status
    assert len(bureau.asked) == 1


def test_a_redirect_is_handed_on_and_never_followed(bureau: Bureau, web: Web) -> None:
    bureau.fail("/rows", "redirect")
    answer = web.get(bureau.url + "/rows")
    assert (answer.status, answer.headers["location"]) == (302, "/data/missing_key.html")
    assert bureau.asked == ["/rows"], "the page that looks like success was not asked for"


# --- what is tried again --------------------------------------------------------------------------------------------

PASSING = [
    "reset",
    "reset midway",
    "half body",
    "slow drip",
    "slow headers",
    "silence",
    "status 429",
    "status 500",
    "status 503",
]


@pytest.mark.parametrize("fault", PASSING)
def test_a_trouble_that_passes_is_not_noticed(bureau: Bureau, web: Web, fault: str) -> None:
    bureau.fail("/rows", fault, times=2)
    assert web.get(bureau.url + "/rows").json() == ROWS
    assert len(bureau.asked) == 3


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("reset", "breaks the connection"),
        ("reset midway", "breaks the connection"),
        ("half body", "breaks the connection"),
        ("slow drip", "is too slow: no whole answer within 0.5 seconds"),
        ("slow headers", "is too slow: keeps us waiting for more than 0.5 seconds"),
        ("silence", "is too slow: keeps us waiting for more than 0.5 seconds"),
        ("status 429", "says that it is asked too often (status 429: Too many requests)"),
        ("status 500", "fails (status 500: error: unknown/unsupported geography hierarchy)"),
        ("status 503", "fails (status 503: Service Unavailable)"),
    ],
)
def test_a_trouble_that_stays_is_one_sentence(bureau: Bureau, web: Web, fault: str, sentence: str) -> None:
    bureau.fail("/rows", fault, times=None)
    began = time.monotonic()
    with pytest.raises(SourceUnavailable) as refused:
        web.get(bureau.url + "/rows", {"key": KEY})
    assert str(refused.value) == f"{bureau.url}/rows {sentence}, 3 times in a row; try again later"
    assert refused.value.exit_code == 7
    assert len(bureau.asked) == 3
    assert time.monotonic() - began < 10, "three tries of 0.5 seconds, and room for a busy machine"


def test_an_answer_the_caller_finds_flawed_is_asked_for_again(bureau: Bureau, web: Web) -> None:
    def flaw(answer: Got) -> str | None:
        try:
            answer.json()
        except json.JSONDecodeError:
            return "sends half an answer"
        return None

    bureau.fail("/rows", "half announced")
    assert web.get(bureau.url + "/rows", flaw=flaw).json() == ROWS
    bureau.fail("/rows", "half announced", times=None)
    with pytest.raises(SourceUnavailable, match="sends half an answer, 3 times in a row"):
        web.get(bureau.url + "/rows", flaw=flaw)


def test_an_answer_without_an_end_is_not_read_for_ever(bureau: Bureau, slept: list[float]) -> None:
    web = Web(replace(PATIENT, most_bytes=1000), slept.append)
    with pytest.raises(SourceUnavailable, match="sends more than 1,000 bytes"):
        web.get(bureau.url + "/rows")


def test_nobody_there_is_one_sentence(web: Web) -> None:
    with Bureau() as gone:
        url = gone.url
    with pytest.raises(SourceUnavailable, match=r"^http://127.0.0.1:\d+/rows refuses the connection, 3 times in a row; try"):
        web.get(f"{url}/rows")


@pytest.mark.parametrize("address", ["nonsense", "htp://host/", "http://", "http://[::bad/", "http://a b/"])
def test_what_is_no_address_is_refused_at_once(web: Web, slept: list[float], address: str) -> None:
    with pytest.raises(SourceInvalid, match="is no web address; correct"):
        web.get(address, {"key": KEY})
    assert slept == []


@pytest.mark.parametrize(
    "proxy", ["socks5://reader:hush-hush@127.0.0.1:9", "foo://127.0.0.1:9", "http://", "http://127.0.0.1:99999"]
)
def test_a_proxy_that_cannot_be_used_is_named_and_not_the_address(
    bureau: Bureau, web: Web, slept: list[float], proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it stands in the environment, less its password."""
    monkeypatch.setenv("HTTP_PROXY", proxy)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with pytest.raises(
        SourceUnavailable, match=r"/rows cannot be asked through the proxy '.+'; correct HTTPS_PROXY"
    ) as refused:
        web.get(bureau.url + "/rows", {"key": KEY})
    assert repr(proxy.replace("reader:hush-hush@", "")) in str(refused.value)
    assert (slept, refused.value.__context__) == ([], None)


def test_an_address_that_is_none_is_not_blamed_on_a_good_proxy(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "127.0.0.1:9")
    with pytest.raises(SourceInvalid, match="'htp://host/' is no web address"):
        web.get("htp://host/")


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_certificates_that_are_not_there_are_told_as_such(
    bureau: Bureau, web: Web, tmp_path: Path, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not as want of room, though requests raises for it what a full disk raises."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, "/none/here.pem")
    url = bureau.url.replace("http:", "https:") + "/rows"
    for ask in (lambda: web.get(url, {"key": KEY}), lambda: web.stream(url, tmp_path / "table.dat")):
        with pytest.raises(SourceUnavailable) as refused:
            ask()
        assert str(refused.value) == (
            f"{url} cannot be trusted: no certificates are at /none/here.pem; correct {variable} in the environment"
        )
        assert refused.value.__context__ is None


# --- how long the waits are -----------------------------------------------------------------------------------------


def waits(bureau: Bureau, fault: str, chance: float, **patience: float) -> list[float]:
    """The waits of a request that never succeeds."""
    slept: list[float] = []
    web = Web(replace(PATIENT, **patience), slept.append, chance=lambda: chance, now=lambda: 0.0)
    bureau.fail("/rows", fault, times=None)
    with pytest.raises(SourceUnavailable):
        web.get(bureau.url + "/rows")
    bureau.heal()
    return slept


def test_waits_double_up_to_a_bound(bureau: Bureau) -> None:
    """Six tries are five waits: 1, 2, 4, 8, 16 and no longer than 6."""
    bureau.retry_after = None
    assert waits(bureau, "status 503", chance=1.0, tries=6, longest_wait=6) == [1, 2, 4, 6, 6]


def test_chance_takes_up_to_half_of_a_wait(bureau: Bureau) -> None:
    """So that a hundred cities that failed together do not come back together."""
    bureau.retry_after = None
    assert waits(bureau, "status 503", chance=0.0, tries=4) == [0.5, 1, 2]


def test_retry_after_in_seconds_is_waited_for_and_a_little_more(bureau: Bureau) -> None:
    """17 seconds and a chance of up to one."""
    bureau.retry_after = "17"
    assert waits(bureau, "status 429", chance=0.25) == [17.25, 17.25]


def test_retry_after_as_a_date_is_waited_for(bureau: Bureau) -> None:
    """It is 1 January 1970, midnight; the source says half a minute past."""
    bureau.retry_after = "Thu, 01 Jan 1970 00:00:30 GMT"
    assert waits(bureau, "status 503", chance=0.0) == [30, 30]


@pytest.mark.parametrize("said", ["soon", "", "-5", "1.5.2", "Thu, 99 Foo 1970"])
def test_a_retry_after_that_says_nothing_is_as_none(bureau: Bureau, said: str) -> None:
    bureau.retry_after = said
    assert waits(bureau, "status 429", chance=1.0) == [1, 2]


def test_a_retry_after_in_the_past_is_no_wait(bureau: Bureau) -> None:
    bureau.retry_after = "Wed, 31 Dec 1969 23:59:00 GMT"
    assert waits(bureau, "status 429", chance=0.0) == [0, 0]


def test_a_wait_nobody_would_bear_is_told_instead(bureau: Bureau, web: Web, slept: list[float]) -> None:
    bureau.retry_after = "3600"
    bureau.fail("/rows", "status 429")
    with pytest.raises(SourceUnavailable, match=r"asked too often .* and asks to wait 3,600 seconds; try again then"):
        web.get(bureau.url + "/rows")
    assert slept == []


# --- nobody hears the key -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [*server.FAULTS, "status 400", "status 404", "status 429", "status 500", "status 503"])
def test_the_key_is_sent_and_never_said(
    bureau: Bureau, web: Web, fault: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bureau.fail("/rows", fault, times=None)
    said = ""
    try:
        answer = web.get(bureau.url + "/rows", {"get": "NAME", "key": KEY})
    except EquityError as error:
        said = server.traces(error)
        assert error.__cause__ is None and error.__context__ is None, "the libraries' exceptions hold the whole address"
    else:
        said = repr(answer)
    assert all(request.query["key"] == KEY for request in bureau.requests)
    printed = capsys.readouterr()
    logged = caplog.text + "".join(repr(record.__dict__) for record in caplog.records)
    assert KEY not in said + logged + printed.out + printed.err + repr(web) + repr(vars(web))
    assert "get=NAME&key=..." in caplog.text, "the rest of the address is there to be read"


def test_an_answer_that_repeats_the_key_is_handed_on_without_it(bureau: Bureau, web: Web) -> None:
    def echo(request: Request) -> Answer:
        return Answer(f"no key {request.query['key']}".encode(), 400, {"X-Asked": request.target})

    bureau.route("/echo", echo)
    answer = web.get(bureau.url + "/echo", {"key": KEY})
    assert answer.content == b"no key ..."
    assert answer.headers["x-asked"] == "/echo?key=..."


def test_urllib3_may_warn_and_still_not_say_the_key(bureau: Bureau, web: Web) -> None:
    """Its record is written by a handler of its own, as `logging.basicConfig` or a service would set one up."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logger = logging.getLogger("urllib3")
    logger.addHandler(handler)
    try:
        logging.getLogger("urllib3.connectionpool").warning("Failed to parse headers (url=%s): %s", f"http://x/?key={KEY}", 1)
    finally:
        logger.removeHandler(handler)
    assert written.getvalue() == "Failed to parse headers (url=http://x/?key=...): 1\n"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (f"https://h/d?get=A&key={KEY}&for=b:*", "https://h/d?get=A&key=...&for=b:*"),
        (f"https://h/d?%24%24app_token={KEY}", "https://h/d?$$app_token=..."),
        ("https://user:secret@h:8080/d?get=A,B#top", "https://h:8080/d?get=A,B#top"),
        ("https://h/d", "https://h/d"),
    ],
)
def test_an_address_is_shown_without_what_is_secret(address: str, shown: str) -> None:
    assert session.shown(address) == shown
    assert session.place(address) == shown.partition("?")[0]


# --- files ----------------------------------------------------------------------------------------------------------

BODY = random.Random(2021).randbytes(3_000_000)
DIGEST = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def file(bureau: Bureau) -> str:
    bureau.route("/file", server.file(BODY))
    return bureau.url + "/file"


def test_a_file_comes_whole_and_is_known_by_its_sha256(file: str, web: Web, tmp_path: Path) -> None:
    heard: list[tuple[int, int | None]] = []
    digest = web.stream(file, tmp_path / "new" / "table.dat", tell=lambda done, total: heard.append((done, total)))
    assert digest == DIGEST
    assert (tmp_path / "new" / "table.dat").read_bytes() == BODY
    assert heard[-1] == (3_000_000, 3_000_000)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["table.dat"], "nothing is left beside it"


@pytest.mark.parametrize("fault", ["half body", "reset midway"])
def test_a_file_that_breaks_off_goes_on_where_it_ended(bureau: Bureau, file: str, web: Web, tmp_path: Path, fault: str) -> None:
    bureau.fail("/file", fault)
    assert web.stream(file, tmp_path / "table.dat") == DIGEST
    first, second = bureau.requests
    assert "range" not in first.headers
    begun = int(second.headers["range"].removeprefix("bytes=").removesuffix("-"))
    assert 0 < begun <= 1_500_000, "half of it came the first time"
    assert second.headers["if-range"] == '"1"'


def test_a_file_goes_on_in_another_run(bureau: Bureau, file: str, web: Web, tmp_path: Path) -> None:
    bureau.fail("/file", "half body", times=None)
    with pytest.raises(SourceUnavailable, match="breaks"):
        web.stream(file, tmp_path / "table.dat")
    assert not (tmp_path / "table.dat").exists(), "half a file never has the file's name"
    bureau.heal()
    assert Web(PATIENT).stream(file, tmp_path / "table.dat") == DIGEST
    assert "range" in bureau.requests[-1].headers


def test_two_versions_of_a_file_are_never_glued_together(bureau: Bureau, file: str, web: Web, tmp_path: Path) -> None:
    bureau.fail("/file", "half body", times=None)
    with pytest.raises(SourceUnavailable):
        web.stream(file, tmp_path / "table.dat")
    bureau.heal()
    bureau.route("/file", server.file(BODY[::-1], etag='"2"'))
    assert web.stream(file, tmp_path / "table.dat") == hashlib.sha256(BODY[::-1]).hexdigest()


def test_a_source_that_heeds_range_and_not_if_range_is_found_out(bureau: Bureau, file: str, web: Web, tmp_path: Path) -> None:
    bureau.fail("/file", "half body", times=None)
    with pytest.raises(SourceUnavailable):
        web.stream(file, tmp_path / "table.dat")
    bureau.heal()
    changed = server.file(BODY[::-1], etag='"2"')
    bureau.route("/file", lambda request: changed(replace(request, headers={**request.headers, "if-range": '"2"'})))
    assert web.stream(file, tmp_path / "table.dat") == hashlib.sha256(BODY[::-1]).hexdigest()


def test_a_file_without_a_version_begins_anew(bureau: Bureau, file: str, web: Web, tmp_path: Path) -> None:
    bureau.route("/file", lambda request: Answer(BODY))
    bureau.fail("/file", "half body")
    assert web.stream(file, tmp_path / "table.dat") == DIGEST
    assert all("range" not in request.headers for request in bureau.requests)


def test_a_file_is_begun_anew_when_asked_to(bureau: Bureau, file: str, web: Web, tmp_path: Path) -> None:
    (tmp_path / "table.dat.part").write_bytes(b"rubbish")
    (tmp_path / "table.dat.part.version").write_text('"1"')
    assert web.stream(file, tmp_path / "table.dat", resume=False) == DIGEST


def test_a_part_that_is_longer_than_the_file_is_thrown_away(bureau: Bureau, file: str, web: Web, tmp_path: Path) -> None:
    (tmp_path / "table.dat.part").write_bytes(BODY + b"and more")
    (tmp_path / "table.dat.part.version").write_text('"1"')
    assert web.stream(file, tmp_path / "table.dat") == DIGEST


def test_a_part_that_is_all_of_the_file_is_enough(bureau: Bureau, file: str, web: Web, tmp_path: Path) -> None:
    """A run that was killed after the last byte and before the file got its name."""
    (tmp_path / "table.dat.part").write_bytes(BODY)
    (tmp_path / "table.dat.part.version").write_text('"1"')
    assert web.stream(file, tmp_path / "table.dat") == DIGEST
    assert len(bureau.asked) == 1


@pytest.mark.parametrize("fault", ["slow drip"])
def test_a_file_that_drips_is_given_up_and_gone_on_with(
    bureau: Bureau, file: str, web: Web, tmp_path: Path, fault: str
) -> None:
    bureau.fail("/file", fault)
    assert web.stream(file, tmp_path / "table.dat") == DIGEST
    assert len(bureau.asked) == 2


def test_a_file_packed_on_the_way_is_unpacked_and_half_a_package_is_noticed(bureau: Bureau, web: Web, tmp_path: Path) -> None:
    bureau.route("/packed", lambda request: Answer(BODY, headers={"ETag": '"1"'}).gzipped())
    bureau.fail("/packed", "half announced")
    assert web.stream(bureau.url + "/packed", tmp_path / "table.dat") == DIGEST
    assert (tmp_path / "table.dat").read_bytes() == BODY
    assert len(bureau.asked) == 2
    assert bureau.requests[0].headers["accept-encoding"] == "identity", "it was not even asked to pack"


@pytest.mark.parametrize("version", [b"\xff\xfe\n\n", b'"1"\r\nX: y', b"", b" "])
def test_a_name_of_a_version_that_no_header_can_hold_is_forgotten(file: str, web: Web, tmp_path: Path, version: bytes) -> None:
    """Damaged on this disk; the file is begun anew."""
    (tmp_path / "table.dat.part").write_bytes(BODY[:5000])
    (tmp_path / "table.dat.part.version").write_bytes(version)
    assert web.stream(file, tmp_path / "table.dat") == DIGEST
    assert [path.name for path in tmp_path.iterdir()] == ["table.dat"]


def test_a_file_without_an_end_does_not_fill_the_disk(file: str, slept: list[float], tmp_path: Path) -> None:
    """3,000,000 bytes where no file has more than 2,000,000; nothing of it stays, or the next run would go on with it."""
    web = Web(replace(PATIENT, most_file=2_000_000), slept.append)
    with pytest.raises(SourceInvalid, match="sends more than 2,000,000 bytes, which no file of it has; correct the address"):
        web.stream(file, tmp_path / "table.dat")
    assert (slept, list(tmp_path.iterdir())) == ([], [])


def test_a_part_that_another_run_writes_too_is_found_out(bureau: Bureau, file: str, web: Web, tmp_path: Path) -> None:
    """On a system without locks: bytes that are not ours stand in the file once it should be whole."""
    part, glued = tmp_path / "table.dat.part", []

    def also(done: int, total: int | None) -> None:
        if not glued:
            glued.append(done)
            with part.open("ab") as other:
                other.write(b"of another run")

    assert web.stream(file, tmp_path / "table.dat", tell=also) == DIGEST
    assert (tmp_path / "table.dat").read_bytes() == BODY
    assert len(bureau.asked) == 2


def test_a_flaky_source_is_asked_as_long_as_it_brings_us_on(bureau: Bureau, web: Web, tmp_path: Path) -> None:
    """12 MB, each try breaks off half way through what is left: 6, 3, 1.5 MB and so on. Three tries would not do."""
    body = BODY * 4
    bureau.route("/long", server.file(body))
    bureau.fail("/long", "half body", times=4)
    assert web.stream(bureau.url + "/long", tmp_path / "table.dat") == hashlib.sha256(body).hexdigest()
    assert len(bureau.asked) == 5


@pytest.mark.parametrize(
    ("fault", "kind", "sentence"),
    [
        ("status 404", SourceInvalid, "is not there (status 404); look whether it is published"),
        ("status 403", SourceInvalid, "is not given out (status 403)"),
        ("status 204", SourceInvalid, "is not given out (status 204)"),
        ("redirect", SourceInvalid, "has moved to /data/missing_key.html (status 302); correct [addresses]"),
        ("status 503", SourceUnavailable, "fails (status 503), 3 times in a row; try again later"),
        ("silence", SourceUnavailable, "is too slow: keeps us waiting"),
    ],
)
def test_a_file_that_cannot_be_had_is_one_sentence(
    bureau: Bureau, file: str, web: Web, tmp_path: Path, fault: str, kind: type[EquityError], sentence: str
) -> None:
    bureau.fail("/file", fault, times=None)
    with pytest.raises(kind) as refused:
        web.stream(file, tmp_path / "table.dat")
    assert str(refused.value).startswith(f"{file} {sentence}")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_one_sentence(file: str, web: Web, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where a folder should be")
    with pytest.raises(EquityError, match=r"table.dat cannot be written \(.+\); make room there or choose another folder"):
        web.stream(file, tmp_path / "taken" / "table.dat")
