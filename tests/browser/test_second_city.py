"""A city of two areas in a real browser: it fills its map, and nothing is told that few places make silly.

What Testville is stands in tests/bureau/testville.py; here every margin is published. It is 4 km by 1 km, so its width decides
how large it is drawn, and of two areas each is among the ten.
"""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from equity import atlas as atlases
from equity.views import create_app
from tests.bureau import settled

# Painted, with its findings and its table.
THERE = """document.querySelectorAll('#map path.leaflet-interactive').length === 2
    && document.querySelector('#ranking button')?.title
    && document.querySelectorAll('#table .ag-center-cols-container .ag-row').length === 2"""

Open = Callable[..., Page]
Until = Callable[..., Any]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, serve: Callable[[Any], str]) -> str:
    """The address where Testville is served."""
    root = settled.settle(tmp_path_factory.mktemp("town"), settled.with_every_margin)
    return serve(create_app(atlases.load("testville", root)))


@pytest.fixture(scope="module")
def unsure(tmp_path_factory: pytest.TempPathFactory, serve: Callable[[Any], str]) -> str:
    """The address where Testville is served as it is: the second tract's margin is suppressed, so West's is."""
    return serve(create_app(atlases.load("testville", settled.settle(tmp_path_factory.mktemp("unsure")))))


def test_an_area_in_the_ranking_is_not_said_to_be_too_uncertain_for_it(unsure: str, open_page: Open, until: Until) -> None:
    """East's margin is 11.7 points; the tracts beyond 10 are in no ranking, and said to be."""
    page = open_page(f"{unsure}/")
    until(page, "document.querySelectorAll('#table .ag-center-cols-container .ag-row').length === 2")
    assert "margin over 10 points: very uncertain" in page.inner_text("#table")
    assert "too uncertain to rank" not in page.inner_text("#table")
    assert page.inner_text("#ranking-note") == "Without margins nobody can say how sure this order is."
    page = open_page(f"{unsure}/?level=tract")
    until(page, "document.querySelectorAll('#table .ag-center-cols-container .ag-row').length === 4")
    assert "margin over 10 points: too uncertain to rank" in page.inner_text("#table")


def test_a_tract_without_a_margin_is_not_listed_without_a_word(unsure: str, open_page: Open, until: Until) -> None:
    """Of the four tracts the second has no margin, and stands in the list."""
    page = open_page(f"{unsure}/?level=tract")
    until(page, "document.querySelectorAll('#ranking button').length > 1")
    note = page.inner_text("#ranking-note")
    assert note == "Tracts listed by their estimate alone, for want of a margin: 1."


def test_the_legend_of_few_places_has_no_empty_classes(unsure: str, open_page: Open, until: Until) -> None:
    page = open_page(f"{unsure}/")
    until(page, "document.querySelectorAll('#legend li').length > 0")
    assert page.locator("#legend li", has_text="(0)").count() == 0


@pytest.mark.parametrize("width", [1440, 390])
def test_a_small_city_fills_its_map(town: str, open_page: Open, until: Until, width: int) -> None:
    """But for a margin of 10 pixels on either side, and what rounding its bounds to 100 m adds."""
    page = open_page(f"{town}/", width=width)
    until(page, THERE)
    drawn = [page.locator("#map path.leaflet-interactive").nth(at).bounding_box() for at in range(2)]
    west, east = min(box["x"] for box in drawn), max(box["x"] + box["width"] for box in drawn)
    frame = page.locator("#map").bounding_box()
    assert frame["x"] <= west
    assert east <= frame["x"] + frame["width"]
    assert east - west > 0.9 * frame["width"]
    assert frame["height"] <= max(288, 0.32 * frame["width"]), "as wide a city needs no more: 4 km by 1 km, or 18 rem of 16"


def test_of_two_areas_no_chance_of_being_among_ten_is_told(town: str, open_page: Open, until: Until) -> None:
    page = open_page(f"{town}/?place=2")
    until(page, THERE)
    assert page.inner_text("#ranking-note") == "Any of 2 areas could be the first of this list: its order is not sure."
    assert page.locator("#ranking-head").is_hidden()
    assert page.locator("#ranking .ranking-chance").count() == 0
    assert page.locator("#ranking button").first.get_attribute("title") == "Rank 1 to 2 of 2."
    card = page.inner_text("#place-card")
    assert "Rank: 1 to 2 of 2" in card
    assert "Chance" not in card


def test_a_short_table_has_no_window_of_its_own(town: str, open_page: Open, until: Until) -> None:
    page = open_page(f"{town}/")
    until(page, THERE)
    until(page, "document.getElementById('table-holder').clientHeight < 300")


def test_the_page_of_a_small_city_is_accessible(
    town: str, open_page: Open, until: Until, axe: Callable[..., list[str]]
) -> None:
    page = open_page(f"{town}/?lang=es&place=1")
    until(page, THERE)
    assert axe(page) == []
