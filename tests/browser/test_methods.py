"""The methods page as a reader meets it: reached from the map and left again, by keyboard, on a phone, in two languages."""

import pytest

PATH = "/methods"
READY = "document.querySelector('#methods #limits')"
MAP = "document.querySelectorAll('#map path.leaflet-interactive').length >= 77"
FOCUSED = "document.activeElement"


def top_of(page, anchor):
    """Where a section begins, in pixels below the window's upper edge."""
    return page.evaluate(f"document.getElementById('{anchor}').getBoundingClientRect().top")


def test_it_says_its_figures_and_its_title(page_at):
    """Release 2021: 1,017 of 77 x 76 / 2 = 2,926 pairs of areas can be told apart."""
    page = page_at()
    assert page.title() == "How the figures are made"
    assert "Of the 2,926 pairs of community areas in release 2021, 1,017 can be told apart" in page.inner_text("#ranks")
    assert page.evaluate("['header','main','footer','h1'].every(tag => document.querySelectorAll(tag).length === 1)")


def test_it_is_reached_from_the_map_by_keyboard_and_back_and_forward_work(open_page, until):
    page = open_page("/?release=2021")
    until(page, MAP)
    for _ in range(5):
        page.keyboard.press("Tab")
        if page.evaluate(f"{FOCUSED}.textContent") == "Methods":
            break
    with page.expect_navigation():
        page.keyboard.press("Enter")
    until(page, READY)
    assert page.url.endswith("/methods")
    assert page.get_attribute(".page-links [aria-current=page]", "href") == "/methods"
    page.go_back()
    until(page, MAP)
    assert page.input_value("#release") == "2021"
    assert page.title() == "Chicago's least-connected neighborhoods"
    page.go_forward()
    until(page, READY)
    assert page.title() == "How the figures are made"


def test_a_link_to_a_section_arrives_there(page_at, until):
    """The section is not there yet when the browser first looks for it."""
    page = page_at("/methods#ranks")
    until(page, "Math.abs(document.getElementById('ranks').getBoundingClientRect().top) < 60")
    entries = page.evaluate("history.length")
    page.click(".methods-contents a[href='#margins']")
    until(page, "Math.abs(document.getElementById('margins').getBoundingClientRect().top) < 60")
    assert page.evaluate("history.length") == entries + 1
    page.go_back()
    until(page, "Math.abs(document.getElementById('ranks').getBoundingClientRect().top) < 60")


def test_a_section_that_does_not_exist_leaves_the_reader_at_the_top(page_at):
    page = page_at("/methods#nowhere")
    page.wait_for_timeout(300)
    assert page.evaluate("window.scrollY") == 0


def test_the_contents_lead_the_keyboard_to_the_section(page_at):
    page = page_at()
    page.focus(".methods-contents a[href='#reliability']")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate(f"{FOCUSED}.closest('section')?.id") == "reliability"


def test_the_skip_link_leads_to_the_content(page_at):
    page = page_at()
    page.keyboard.press("Tab")
    assert page.evaluate(f"{FOCUSED}.className") == "skip-link"
    page.keyboard.press("Enter")
    page.wait_for_timeout(200)
    assert page.evaluate(f"{FOCUSED}.id") == "content"


def test_the_language_link_stays_on_the_page_and_the_language_goes_along_to_the_map(page_at, until):
    page = page_at()
    with page.expect_navigation():
        page.click(".language-link")
    until(page, "document.title === 'Cómo se hacen las cifras'")
    until(page, READY)
    assert "pueden distinguir" in page.inner_text("#ranks")
    assert page.evaluate("document.documentElement.lang") == "es"
    with page.expect_navigation():
        page.click(".page-links a[href='/?lang=es']")
    until(page, MAP)
    assert page.evaluate("document.documentElement.lang") == "es"


@pytest.mark.parametrize("lang", ["en-US", "es-MX"])
@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_serious_for_axe(page_at, axe, width, lang):
    assert axe(page_at(width=width, lang=lang), impacts=("minor", "moderate", "serious", "critical")) == []


@pytest.mark.parametrize("lang", ["en-US", "es-MX"])
@pytest.mark.parametrize("width", [390, 320])
def test_the_page_fits_a_phone_and_its_tables_scroll_in_their_own_boxes(page_at, until, width, lang):
    page = page_at(width=width, height=800, lang=lang, is_mobile=True, has_touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    wider = "[...document.querySelectorAll('.table-box')].filter(box => box.scrollWidth > box.clientWidth + 1)"
    if page.evaluate(f"{wider}.length"):
        page.evaluate(f"{wider}[0].focus()")
        page.keyboard.press("ArrowRight")
        until(page, f"{wider}[0].scrollLeft > 0")


def test_the_name_in_the_header_leads_back_to_the_map(page_at, until):
    page = page_at()
    with page.expect_navigation():
        page.click(".site-name")
    until(page, MAP)
    assert page.get_attribute(".page-links [aria-current=page]", "href") == "/"
