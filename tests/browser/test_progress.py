"""The progress page as a reader meets it: the control, the plan, the table, a phone, a keyboard, two languages."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

PATH = "/progress"
READY = "document.querySelector('#progress-view #over-time') && document.querySelector('img.chart')?.complete"
FOCUSED = "document.activeElement"
DRAWN = "document.querySelector('img.chart').complete && document.querySelector('img.chart').naturalWidth > 0"
TABLE = "document.querySelectorAll('#progress-grid .ag-center-cols-container .ag-row').length > 5"


@pytest.fixture(autouse=True)
def no_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A log that lies beside this repository is nobody's business."""
    monkeypatch.setenv("EQUITY_DATABASE_URL", f"sqlite:///{tmp_path / 'log.sqlite3'}")


def texts(page, selector):
    """The texts of the elements, in the page's order."""
    return page.evaluate("s => [...document.querySelectorAll(s)].map(e => e.textContent)", selector)


def query(page):
    return parse_qs(urlsplit(page.url).query)


def table(page, until):
    """Scroll to the table, whose code comes when a reader is near it."""
    page.evaluate("document.getElementById('progress-table').scrollIntoView()")
    until(page, TABLE)


# -- what it says --------------------------------------------------------------------------------------------------------


def test_the_six_answers_are_on_the_first_screen(page_at, until):
    """Release 2021: 171,879; release 2024: 125,146; 46,733 fewer. All above the fold of a common laptop."""
    page = page_at()
    until(page, DRAWN)
    assert page.title() == "Progress since the 172K"
    assert texts(page, ".answers .answer")[:3] == ["171,879 ± 3,436", "125,146 ± 3,086", "Probably fell"]
    assert (
        page.evaluate("Math.max(...[...document.querySelectorAll('.answers li')].map(e => e.getBoundingClientRect().bottom))")
        <= 900
    )
    assert page.evaluate("['header','main','footer','h1'].every(tag => document.querySelectorAll(tag).length === 1)")


def test_it_is_reached_from_the_headline_of_the_map_and_from_the_list_of_pages(open_page, until):
    page = open_page("/")
    until(page, "document.querySelectorAll('#map path.leaflet-interactive').length >= 77")
    with page.expect_navigation():
        page.click(".baseline a")
    until(page, READY)
    assert page.get_attribute(".page-links [aria-current=page]", "href") == "/progress"
    with page.expect_navigation():
        page.click(".page-links a[href='/methods']")
    until(page, "document.querySelector('#methods #limits')")
    page.go_back()
    until(page, READY)


def test_opening_the_page_asks_the_server_once(page_at):
    """The page comes whole: nothing on it is asked for again by itself. (The table asks when it is near.)"""
    page = page_at()
    page.wait_for_timeout(500)
    assert len([url for url in page.seen.requests if "_dash-update-component" in url]) == 1
    assert not [url for url in page.seen.requests if "plotly" in url or "ag_grid" in url]


# -- the controls --------------------------------------------------------------------------------------------------------


def test_the_definition_moves_every_number_and_the_address(page_at, until):
    """No broadband of any type: 173,211 in release 2021, 126,104 in release 2024."""
    page = page_at()
    page.select_option("#progress-indicator", "no_broadband")
    until(page, "document.querySelector('.answers .answer').textContent.startsWith('173,211')")
    assert texts(page, ".answers .answer")[1].startswith("126,104")
    until(page, "location.search === '?indicator=no_broadband'")
    until(page, DRAWN)
    assert "indicator=no_broadband" in page.evaluate("document.querySelector('img.chart').currentSrc")
    page.reload()
    until(page, READY)
    assert page.input_value("#progress-indicator") == "no_broadband"
    assert texts(page, ".answers .answer")[0].startswith("173,211")


def test_a_plan_is_tried_out_with_the_keyboard_alone(page_at, until):
    """(125,146 - 50,000) / 8 years = 9,393 a year. The keyboard stays in its field."""
    page = page_at()
    page.focus("#progress-remaining")
    page.keyboard.type("50,000")
    page.keyboard.press("Tab")
    page.keyboard.type("2030")
    page.keyboard.press("Enter")
    until(page, "document.querySelector('#pace .answer').textContent === '9,393 ± 386 fewer a year'")
    assert page.evaluate(f"{FOCUSED}.id") == "progress-by"
    until(page, "location.search.includes('by=2030')")
    assert query(page) == {"remaining": ["50,000"], "by": ["2030"]}
    until(page, DRAWN)
    assert "50,000 in 2030" in page.get_attribute("img.chart", "alt")


def test_bad_input_gets_a_sentence_at_its_field_and_nothing_breaks(page_at, until, axe):
    page = page_at()
    page.fill("#progress-remaining", "half of them")
    page.keyboard.press("Enter")
    until(page, "document.getElementById('progress-remaining-problem').textContent.startsWith('Write a whole number')")
    assert "Correct the fields above" in page.inner_text("#pace")
    spoken = {name: page.get_attribute("#progress-remaining", f"aria-{name}") for name in ("invalid", "describedby")}
    assert spoken == {"invalid": "true", "describedby": "progress-remaining-problem"}, "read out with the field"
    assert axe(page, impacts=("minor", "moderate", "serious", "critical")) == []
    page.fill("#progress-remaining", "60000")
    page.keyboard.press("Enter")
    until(page, "document.getElementById('progress-remaining-problem').textContent === ''")
    assert page.get_attribute("#progress-remaining", "aria-invalid") == "false"
    assert "60,000" in page.inner_text("#pace")


def test_a_link_opens_the_same_view_in_the_other_language(page_at, until):
    page = page_at("/progress?indicator=no_computer&remaining=40000&by=2031")
    with page.expect_navigation():
        page.click(".language-link")
    until(page, READY)
    assert query(page) == {"indicator": ["no_computer"], "remaining": ["40000"], "by": ["2031"], "lang": ["es"]}
    assert page.title() == "Avance desde los 172K"
    assert page.input_value("#progress-indicator") == "no_computer"
    assert "que queden 40,000 hogares para 2031" in page.inner_text("#pace")


def test_an_address_of_a_section_arrives_there(page_at, until):
    page = page_at("/progress#quote")
    until(page, "Math.abs(document.getElementById('quote').getBoundingClientRect().top) < 60")


# -- the parts below -----------------------------------------------------------------------------------------------------


def test_the_table_comes_when_it_is_near_and_follows_the_definition(page_at, until):
    """77 areas; the first row is the surest and largest change."""
    page = page_at()
    table(page, until)
    first = "document.querySelector('#progress-grid .ag-center-cols-container .ag-row[row-index=\"0\"]').textContent"
    before = page.evaluate(first)
    assert before.startswith("West Englewood") and "Probably fell" in before and "−15.3" in before
    assert page.get_attribute("#progress-grid [role=grid], #progress-grid [role=treegrid]", "aria-labelledby") == "areas-title"
    page.select_option("#progress-indicator", "no_computer")
    until(page, f"{first}.includes('A margin is not in hand')")


def test_a_sentence_is_copied_without_a_third_party(page_at, until):
    page = page_at(permissions=["clipboard-read", "clipboard-write"])
    page.click("[data-copy=quote-broadband_any]")
    until(page, "document.querySelector('[data-copy-status=quote-broadband_any]').textContent === 'Copied'")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.text_content("#quote-broadband_any") and copied.startswith("89.1% (± 0.3 percentage points)")


def test_every_link_of_the_page_leads_somewhere(page_at, until):
    page = page_at()
    anchors = page.evaluate("[...document.querySelectorAll('main a[href^=\"#\"]')].map(a => a.getAttribute('href').slice(1))")
    assert anchors and not [anchor for anchor in anchors if not page.evaluate("id => !!document.getElementById(id)", anchor)]
    files = page.evaluate("[...document.querySelectorAll('#files a, #over-time a')].map(a => a.href)")
    for file in files:
        assert page.request.get(file).status == 200, file


# -- for everybody -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en-US", "es-MX"])
@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_serious_for_axe(page_at, until, axe, width, lang):
    page = page_at("/progress?remaining=50000&by=2030", width=width, lang=lang)
    page.click(".points-as-table summary")
    table(page, until)
    assert axe(page, impacts=("minor", "moderate", "serious", "critical")) == []


@pytest.mark.parametrize("lang", ["en-US", "es-MX"])
@pytest.mark.parametrize("width", [390, 320])
def test_the_page_fits_a_phone(page_at, until, width, lang):
    page = page_at("/progress?remaining=50000&by=2030", width=width, height=800, lang=lang, is_mobile=True, has_touch=True)
    page.click(".points-as-table summary")
    table(page, until)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert "width=narrow" in page.evaluate("document.querySelector('img.chart').currentSrc"), "drawn for a phone"
    small = "[...document.querySelectorAll('main :is(button, input, select)')].filter(e => e.clientHeight < 34).length"
    assert page.evaluate(small) == 0, "a finger finds them"
