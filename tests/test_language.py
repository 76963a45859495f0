"""Every visible text goes through the catalogues, and every catalogue is complete."""

import json
import re
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages import extract, pofile
from dash.development.base_component import Component

from equity import language
from equity.views import browser, companion, components, create_app, state
from equity.views.pages import map as map_page

ROOT = Path(__file__).parents[1]
MARKS = "⟦", "⟧"


class Marking:
    """A language that cannot be mistaken: every text that went through gettext stands in brackets."""

    def gettext(self, message: str) -> str:
        return f"{MARKS[0]}{message}{MARKS[1]}"

    def ngettext(self, one: str, many: str, number: int) -> str:
        return self.gettext(one if number == 1 else many)


@pytest.fixture
def marked() -> language.Language:
    return language.Language("en", Marking())


@pytest.fixture(scope="module")
def messages() -> set:
    """Every text the source marks for translation; a plural as its two forms."""
    keywords = {**extract.DEFAULT_KEYWORDS, "N_": None}
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    methods = [(mapping["pattern"], mapping["method"]) for mapping in mappings]
    found = extract.extract_from_dir(str(ROOT / "equity"), keywords=keywords, method_map=methods)
    return {message for _file, _line, message, _comments, _context in found}


def translations(code: str) -> Iterator:
    with (language.CATALOGUES / code / "LC_MESSAGES" / "equity.po").open("rb") as stream:
        yield from (message for message in pofile.read_po(stream, locale=code) if message.id)


OTHERS = [code for code in language.NAMES if code != language.DEFAULT]


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_has_its_translation_and_no_translation_is_left_over(code, messages):
    """A new text without a line in the catalogue fails here: run `make messages`, then write the msgstr."""
    catalogue = {message.id: message for message in translations(code)}
    assert messages - set(catalogue) == set(), "texts that the catalogue lacks; run: make messages"
    assert set(catalogue) - messages == set(), "texts that the source no longer has; run: make messages"
    empty = [m.id for m in catalogue.values() if not (all(m.string) if isinstance(m.string, tuple) else m.string) or m.fuzzy]
    assert empty == [], "texts without a translation"


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_has_the_same_holes_as_the_text(code):
    def holes(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}

    for message in translations(code):
        forms = (
            zip(message.id, message.string, strict=True) if isinstance(message.id, tuple) else [(message.id, message.string)]
        )
        for text, translated in forms:
            assert holes(text) == holes(translated), f"{text!r} and {translated!r}"


# -- texts outside the catalogue -----------------------------------------------------------------------------------------

SPOKEN = {"children", "title", "placeholder", "label", "alt", "aria-label", "headerName", "content"}
LETTERS = re.compile(r"[^\W\d_]{2,}")


def spoken_texts(node, prop: str = "children") -> Iterator[str]:
    """Every text a reader could see or hear in a component tree."""
    if isinstance(node, Component):
        for name in node._prop_names + [key for key in node.__dict__ if key.startswith("aria-")]:
            if (value := getattr(node, name, None)) is not None and name in SPOKEN | {"columnDefs", "options"}:
                yield from spoken_texts(value, name)
    elif isinstance(node, (list, tuple)):
        for one in node:
            yield from spoken_texts(one, prop)
    elif isinstance(node, dict):
        for name, value in node.items():
            if name in SPOKEN:
                yield from spoken_texts(value, name)
    elif isinstance(node, str) and prop in SPOKEN:
        yield node


def is_said_in_the_catalogue(text: str) -> bool:
    """Whether what is left of a text outside the brackets holds no word."""
    outside = re.sub(r"⟦[^⟦⟧]*⟧", "", text)
    while outside != (outside := re.sub(r"⟦[^⟦⟧]*⟧", "", outside)):
        pass
    return not LETTERS.search(outside)


@pytest.fixture
def page_of(atlas, marked):
    """The whole page as components, spoken in the marking language."""
    told = browser.config(atlas, marked, {"figures": {}, "outlines": {"area": "/o"}})
    view = state.State("no_subscription", 2021, "area", "share", ("west",), None, ("⟦notice⟧",))
    with create_app(atlas).server.test_request_context("/"):
        content = map_page.body(atlas, marked, view, told)
        return components.frame(atlas, marked, content, "/", {}) + components.not_found(marked)


def test_no_component_of_the_page_speaks_outside_the_catalogue(atlas, page_of):
    """Names of places, of languages, of programs and years are data; everything else must stand in brackets."""
    data = {*atlas.area_names.values(), *language.NAMES.values(), *(side.names["en"] for side in atlas.city.sides), "Leaflet"}
    data |= {"Community areas"}  # what this city calls its areas, as city.toml says
    outside = [text for text in spoken_texts(page_of) if text not in data and not is_said_in_the_catalogue(text)]
    assert outside == []


def test_the_words_the_script_writes_are_in_the_catalogue(atlas, marked):
    assert [word for word in browser.words(atlas, marked).values() if not is_said_in_the_catalogue(word)] == []


def test_the_check_itself_sees_a_text_outside(marked):
    from dash import html

    assert not all(map(is_said_in_the_catalogue, spoken_texts(html.P(["plain words", html.B(marked.gettext("said"))]))))


def test_the_companion_of_a_file_is_spoken_in_the_readers_language(atlas):
    text = companion.text(atlas, language.load("es"), "tract", 2021, [])
    assert "FUENTE" in text and "hogares" in text and "SOURCE" not in text


# -- numbers and choice --------------------------------------------------------------------------------------------------


def test_numbers_and_dates_follow_the_language_as_it_is_written_in_the_united_states():
    import datetime

    day = datetime.date(2026, 1, 29)
    english, spanish = language.load("en"), language.load("es")
    assert (english.number(125146.2), spanish.number(125146.2)) == ("125,146", "125,146")
    assert (english.date(day), spanish.date(day)) == ("January 29, 2026", "29 de enero de 2026")
    assert (english.list_of(["a", "b", "c"]), spanish.list_of(["a", "b"])) == ("a, b, and c", "a y b")


@pytest.mark.parametrize(
    ("asked", "accepted", "chosen"),
    [
        ("es", ["en-US"], "es"),
        (None, ["es-MX", "en"], "es"),
        (None, ["pl", "es"], "es"),
        (None, ["pl"], "en"),
        ("tlh", ["es"], "es"),
        ("../../etc", [], "en"),
        (None, ["*"], "en"),
        (None, [], "en"),
    ],
)
def test_the_link_decides_then_the_browser_then_english(asked, accepted, chosen):
    assert language.choose(asked, accepted) == chosen


def test_the_page_says_its_language_from_the_first_byte(atlas):
    client = create_app(atlas).server.test_client()
    assert '<html lang="en">' in client.get("/").text
    assert '<html lang="es">' in client.get("/", headers={"Accept-Language": "es-MX,es;q=0.9"}).text
    assert '<html lang="es">' in client.get("/?lang=es", headers={"Accept-Language": "en"}).text
    assert "Los vecindarios menos conectados" in client.get("/?lang=es").text


def test_every_sentence_of_every_view_is_whole_in_both_languages(atlas):
    """No {hole} is left open in any sentence the script is given."""
    for code in language.NAMES:
        told = browser.config(atlas, language.load(code), {"figures": {}, "outlines": {}})
        said = json.dumps([told["sentences"], told["headlines"], browser.headlines(atlas, language.load(code), ["west"])])
        assert not re.search(r"\{\w+\}", said)
