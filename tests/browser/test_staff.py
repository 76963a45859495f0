"""A signed-in editor in a real browser: a file with mistakes, the corrected file, the total, a correction and its history."""

import csv
import functools
import io
from pathlib import Path

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from equity import staff, views
from equity.connections import accounts, database, history, log, schema, tables
from equity.connections.database import Log
from equity.connections.rights import Right
from tests.programmes import town

PASSWORD = "correct horse battery"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

RIGHT = [
    ("2026-01", "Chicago Connected", "CPS", "citywide", "household_connected", "1200", "City", ""),
    ("2026-02", "Tech Hub", "Library", "Rogers Park", "device_given", "12", "", ""),
    ("2026-02", "Tech Hub", "Library", "8", "device_given", "5", "", "<img src=x onerror=alert(1)>"),
    ("2026-02", "Tech Hub", "", "Albany Park", "person_trained", "30", "Grant", "two evenings"),
]
WRONG = [
    ("2026-13", *RIGHT[0][1:]),
    RIGHT[1],
    ("2026-02", "Tech Hub", "Library", "Near North Sid", "device_given", "5", "", "<img src=x onerror=alert(1)>"),
    ("2026-02", "Tech Hub", "", "Albany Park", "person_trained", "thirty", "Grant", "two evenings"),
]


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> Log:
    return schema.upgrade(database.open_to_write(f"sqlite:///{tmp_path_factory.mktemp('log') / 'log.sqlite3'}"))


@pytest.fixture(scope="module")
def door(atlas, serve, book) -> str:
    """The application with its door for staff: Ana may edit, Vic look. The log holds an import of one entry."""
    for name, right in (("ana", Right.EDITOR), ("vic", Right.VIEWER)):
        accounts.add(book, town.KEEPER, name, PASSWORD, right, hasher=QUICK)
    log.add(book, town.MARIA, town.read([town.row(programme="Bookmobile")]), city="chicago", file="first.csv")
    app = views.create_app(atlas)
    environ = {"EQUITY_DATABASE_URL": f"sqlite:///{book.file}"}
    staff.register(app.server, atlas, environ=environ, sign_in=functools.partial(accounts.sign_in, hasher=QUICK))
    return serve(app)


@pytest.fixture
def signed_in(open_page, door):
    """`signed_in(path, name="ana", **options)`: a page of staff after signing in on the way to it."""

    def at(path="/staff/", name="ana", **options):
        page = open_page(door + path, **options)
        page.fill("#name", name)
        page.fill("#password", PASSWORD)
        page.click("form.form button")
        page.wait_for_url(f"**{path}")
        return page

    return at


def file(rows, name="spring.csv") -> dict:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([town.HEADER, *rows])
    return {"name": name, "mimeType": "text/csv", "buffer": out.getvalue().encode()}


def send(page, rows, **more) -> None:
    page.set_input_files("#file", file(rows, **more))
    page.click("text=Check the file")


def refused(page, status: int) -> None:
    """The browser notes on its console that an answer was a refusal, and nothing else."""
    assert page.seen.console and all(f"status of {status}" in line for line in page.seen.console), page.seen.console
    page.seen.console.clear()


def reported(page, kind: str) -> int:
    """The total of a kind as the page shows it; 0 where it shows none."""
    found = page.query_selector(f"[data-kind={kind}]")
    return int(found.inner_text().replace(",", "")) if found else 0


def test_a_file_with_three_bad_rows_is_corrected_and_imported_and_the_total_rises(signed_in) -> None:
    """Devices: 12 + 5 = 17 more than before; households 1,200 more."""
    page = signed_in()
    before = {kind: reported(page, kind) for kind in ("device_given", "household_connected")}
    page.click("text=Import a file")
    send(page, WRONG)
    assert "3 things are not right, and nothing was written." in page.inner_text("main")
    rows = [
        [cell.inner_text().strip() for cell in row.query_selector_all("th, td")]
        for row in page.query_selector_all(".problems tbody tr")
    ]
    assert [(number, told.split(" ")[0]) for number, told, _ in rows] == [("2", "month"), ("4", "place"), ("5", "count")]
    assert "“Near North Sid” is no place of Chicago; is Near North Side meant?" in rows[1][1]
    assert rows[2][2] == "2026-02, Tech Hub, , Albany Park, person_trained, thirty, Grant, two evenings"
    refused(page, 422)
    send(page, RIGHT, name="spring, corrected.csv")
    assert "Nothing is written yet: spring, corrected.csv" in page.inner_text("h1")
    assert "<img src=x onerror=alert(1)>" in page.inner_text("main"), "text is text"
    page.click("text=Import it")
    page.wait_for_url("**/staff/writes/*")
    assert "Imported: 4 rows." in page.inner_text("main")
    assert reported(page, "device_given") == before["device_given"] + 17
    assert reported(page, "household_connected") == before["household_connected"] + 1200


def test_the_history_of_an_entry_shows_its_correction(signed_in) -> None:
    page = signed_in("/staff/import")
    send(page, [("2026-03", "Night School", "", "Austin", "person_trained", "21", "", "")])
    page.click("text=Import it")
    page.click("tbody th a")
    page.fill("#count", "twelve")
    page.fill("#reason", "digits turned round")
    page.click("text=Correct the entry")
    assert page.inner_text("#count-wrong") == "“twelve” is no whole number; write digits alone, for example 1200"
    assert page.input_value("#reason") == "digits turned round"
    refused(page, 422)
    page.fill("#count", "12")
    page.click("text=Correct the entry")
    newest = page.inner_text(".history li")
    assert newest.startswith("corrected, ana (in the browser), ")
    assert "digits turned round" in newest
    assert "count: 21 → 12" in newest


def test_a_file_that_is_far_too_large_gets_its_sentence(signed_in) -> None:
    """Sixteen million bytes: the browser is still sending when the answer is clear, and has to hear it."""
    page = signed_in("/staff/import")
    page.set_input_files("#file", {"name": "all.csv", "mimeType": "text/csv", "buffer": b"x" * 16_000_000})
    page.click("text=Check the file")
    page.wait_for_selector(".wrong")
    assert "A file has at most 8 million bytes" in page.inner_text("main")
    refused(page, 413)


def test_who_may_look_sees_no_form_that_writes(signed_in) -> None:
    page = signed_in("/staff/entries", name="vic")
    page.click("tbody th a")
    assert [form.get_attribute("action") for form in page.query_selector_all("form")] == ["/staff/sign-out"]


#: Every address of the door that takes a form, with a form that would do something, were it let through.
POSTS = {
    "/staff/import": {"file": file([town.row(programme="Forged")], name="forged.csv")},
    "/staff/import/confirm": {"sha256": "0" * 64},
    "/staff/entries/1/correct": {"seen": "1", "count": "99", "reason": "forged"},
    "/staff/entries/1/withdraw": {"seen": "1", "reason": "forged"},
    "/staff/writes/1/withdraw": {"reason": "forged"},
}


def forged(page, address: str) -> dict[str, int]:
    """What a browser is answered that sends, with all it knows, forms that no page of it offers: address -> status."""
    found = page.query_selector("[name=csrf_token]")
    token = {"csrf_token": found.get_attribute("value")} if found else {}
    return {
        path: page.context.request.post(address + path, multipart=token | fields, max_redirects=0).status
        for path, fields in POSTS.items()
    }


def written(book) -> tuple:
    """Every row of the log."""
    with book.reading() as connection:
        return tuple(map(tuple, connection.execute(sa.select(tables.entry)))) + (history.seal(connection),)


def test_who_may_only_look_writes_nothing_by_hand_made_requests_either(signed_in, door, book) -> None:
    """With the token of the page and the cookie of the session: it is the right that is missing. An editor's are taken."""
    before = written(book)
    page = signed_in("/staff/entries/1", name="vic")
    assert page.query_selector("[name=csrf_token]"), "there is a token to forge with"
    assert set(forged(page, door).values()) == {403}
    assert written(book) == before
    page = signed_in("/staff/entries/1")
    codes = forged(page, door)
    assert 403 not in codes.values() and codes["/staff/import"] == 303


def test_without_the_switch_no_hand_made_request_writes(open_page, address, book, signed_in) -> None:
    """At the public server, by a browser that is signed in at another one: there is nothing to send it to."""
    page = signed_in("/staff/entries/1")
    before = written(book)
    assert set(forged(page, address).values()) == {405}
    assert {page.context.request.get(address + path).status for path in POSTS} == {404}
    assert written(book) == before


@pytest.mark.parametrize("lang", ["en-US", "es-MX"])
def test_on_a_phone_every_cell_of_a_table_is_there_to_be_read_under_its_name(signed_in, door, lang) -> None:
    """Nothing to scroll sideways for, and no cell without the name of its column, which the head of the table would say."""
    page = signed_in(width=390, lang=lang)
    for path in PAGES:
        page.goto(door + path)
        wider = "[...document.querySelectorAll('.table-box')].filter(box => box.scrollWidth > box.clientWidth).length"
        assert page.evaluate(wider) == 0, path
    page.goto(f"{door}/staff/entries")
    named = page.evaluate(
        "[...document.querySelector('.stacked tbody tr').children].filter(cell => cell.offsetHeight)"
        ".map(cell => [getComputedStyle(cell, '::before').content, cell.innerText.trim()])"
    )
    heads = ["entry", "month", "program", "place", "kind", "count"] if lang == "en-US" else ["mes", "programa", "lugar", "tipo"]
    told = {label.strip('"'): text for label, text in named}
    assert set(heads) <= set(told) and all(told.values())
    assert page.evaluate("getComputedStyle(document.querySelector('.stacked thead')).display") == "none"


def test_signing_out_closes_the_pages(signed_in, door) -> None:
    page = signed_in()
    page.click("text=Sign out")
    assert "You are signed out." in page.inner_text("main")
    page.goto(f"{door}/staff/entries")
    assert page.url == f"{door}/staff/sign-in?next=/entries"


def test_the_pages_speak_spanish_and_stay_so(signed_in) -> None:
    page = signed_in("/staff/?lang=es")
    page.click("nav >> text=Importar un archivo")
    page.wait_for_selector("#file")  # a page that is on its way has no language yet
    assert page.url.endswith("/staff/import?lang=es")
    assert page.get_attribute("html", "lang") == "es"
    page.set_input_files("#file", file(WRONG))
    page.click("text=Revisar el archivo")
    assert "“thirty” no es un número entero" in page.inner_text("main")
    refused(page, 422)


PAGES = ["/staff/", "/staff/import", "/staff/entries", "/staff/entries/1", "/staff/writes", "/staff/writes/1"]


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("lang", ["en-US", "es-MX"])
def test_nothing_for_axe_and_nothing_wider_than_the_window(signed_in, axe, door, width, lang) -> None:
    page = signed_in(width=width, lang=lang)
    for path in PAGES:
        page.goto(door + path)
        assert axe(page, impacts=("minor", "moderate", "serious", "critical")) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("width", [1440, 390])
def test_what_is_wrong_and_what_is_asked_is_clean_for_axe_too(signed_in, open_page, axe, door, width) -> None:
    page = open_page(f"{door}/staff/sign-in", width=width)
    assert axe(page, impacts=("minor", "moderate", "serious", "critical")) == []
    page = signed_in("/staff/import", width=width)
    for rows in (WRONG, RIGHT):
        send(page, rows)
        assert axe(page, impacts=("minor", "moderate", "serious", "critical")) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.goto(f"{door}/staff/import")
    refused(page, 422)


def test_no_page_of_staff_has_a_script(signed_in, door) -> None:
    page = signed_in(java_script_enabled=False)
    for path in PAGES:
        page.goto(door + path)
        assert "<script" not in page.content()
        assert page.inner_text("h1")


def test_the_templates_hold_no_script_and_no_style() -> None:
    for path in (Path(staff.__file__).parent / "templates").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "<script" not in text and "style=" not in text and " on" + "click" not in text, path.name
        assert "|safe" not in text and "autoescape" not in text, path.name
