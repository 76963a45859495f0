"""The calendar: what the page and the command line say of the next release, day by day."""

import dataclasses
import datetime

import pytest

from equity import due
from equity import language as languages
from equity.atlas import Atlas
from equity.views import components, releases, text

DAY = datetime.date


@pytest.mark.parametrize(
    ("today", "state"),
    [
        (DAY(2026, 11, 23), "later"),
        (DAY(2027, 1, 6), "later"),
        (DAY(2027, 1, 7), "now"),
        (DAY(2027, 3, 31), "now"),
        (DAY(2027, 4, 1), "overdue"),
    ],
)
def test_release_2025_is_expected_from_january_to_march_2027(atlas: Atlas, today: datetime.date, state: str) -> None:
    assert due.next_release(atlas.city, today) == state


def test_a_release_that_is_here_is_not_awaited(atlas: Atlas) -> None:
    city = dataclasses.replace(atlas.city, calendar=atlas.city.calendar | {"next_release": 2024})
    assert due.next_release(city, DAY(2030, 1, 1)) == "in_hand"


def test_without_days_nothing_is_ever_overdue(atlas: Atlas) -> None:
    city = dataclasses.replace(atlas.city, calendar={"next_release": 2025, "expected": "later"})
    assert due.next_release(city, DAY(2030, 1, 1)) == "later"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("en", ("is expected in", "may be published by now", "is overdue here")),
        ("es", ("se espera", "ya publicada", "falta aquí")),
    ],
)
def test_the_page_says_how_the_next_release_stands(atlas: Atlas, code: str, words: tuple[str, ...]) -> None:
    days = (DAY(2026, 11, 23), DAY(2027, 2, 1), DAY(2027, 6, 1))
    for day, said in zip(days, words, strict=True):
        line = releases.release_line(languages.load(code), atlas, "no_subscription", 2024, day)
        assert said in line
        assert "2025" in line
    assert "2025" not in releases.release_line(languages.load(code), atlas, "no_subscription", 2022, days[0])


@pytest.mark.parametrize(("code", "words"), [("en", "November 1, 2026"), ("es", "1 de noviembre de 2026")])
def test_every_page_says_that_the_last_good_figures_stand_in(atlas: Atlas, code: str, words: str) -> None:
    language = languages.load(code)
    stale = dataclasses.replace(atlas, standby=DAY(2026, 11, 1), _kept={})
    told = str(components.frame(stale, language, [], "/", {}))
    assert words in told
    assert "'alert'" in told
    assert "'alert'" not in str(components.frame(atlas, language, [], "/", {}))


@pytest.mark.parametrize(("code", "words"), [("en", "shared out by its land"), ("es", "según su superficie")])
def test_weights_by_land_are_warned_of(atlas: Atlas, code: str, words: str) -> None:
    """Where no block counts were to be had the sidecar says so, and then the page does."""
    language = languages.load(code)
    by_land = {vintage: meta | {"weights": "land"} for vintage, meta in atlas.weights.items()}
    assert words in text.source(language, dataclasses.replace(atlas, weights=by_land, _kept={}), 2021)
    assert words not in text.source(language, atlas, 2021)
    assert "Chicago Metropolitan Agency for Planning" in text.source(language, atlas, 2021)
