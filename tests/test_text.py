"""Sentences about figures: no number without its margin or the reason why it has none, in both languages."""

import dataclasses
import itertools
import math
import re

import pandas as pd
import pytest

from equity import indicators
from equity import language as languages
from equity.atlas import Atlas
from equity.flags import Flag
from equity.language import Language
from equity.views import releases, text

SPOKEN = [languages.load(code) for code in languages.NAMES]
ENGLISH, SPANISH = SPOKEN
RELEASES = (2018, 2019, 2020, 2021, 2022, 2023, 2024)

in_each_language = pytest.mark.parametrize("language", SPOKEN, ids=lambda language: language.code)


def headline(language: Language, atlas: Atlas, release: int, key: str, place: str = "Chicago") -> str:
    return text.headline(language, atlas, indicators.get(key), atlas.total(release, key), place)


# --- headlines ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rows(atlas: Atlas) -> list[tuple[str, pd.Series]]:
    """Every indicator in every release, for the city; and, where it is given, for two areas that share a tract."""
    city = [("Chicago", atlas.total(release, what.key)) for release in RELEASES for what in indicators.REGISTRY]
    return city + [("Woodlawn + South Shore", row) for _, row in atlas.selections(["42", "43"]).iterrows()]


@in_each_language
def test_a_headline_has_its_margin_or_the_reason_its_years_and_its_place(
    language: Language, atlas: Atlas, rows: list[tuple[str, pd.Series]]
) -> None:
    reason = language.gettext(text.NOTES[Flag.MARGIN_NOT_IN_HAND])
    for place, row in rows:
        what, release = indicators.get(row["indicator"]), row["release"]
        said = text.headline(language, atlas, what, row, place)
        assert str(release) in said, "2024, or the survey years 2020–2024"
        assert said.endswith(".")
        assert not re.search(r"[{}_]|\bnan\b|None", said), said
        if math.isnan(row["estimate"]):
            assert language.gettext(text.NOTES[Flag.NOT_IN_RELEASE]) in said
            continue
        assert f"{release - 4}–{release}" in said
        assert place in said
        assert language.number(row["estimate"]) in said
        assert language.number(row["universe_estimate"]) in said
        assert language.gettext(what.predicate) in said
        assert language.gettext(what.universe) in said
        if math.isnan(row["moe"]):
            assert f"({reason})" in said
            assert said.count("±") == int(row["universe_moe"] > 0)
        else:
            assert f"± {language.number(row['moe'])}" in said
            of_the_total = int(row["universe_moe"] > 0)
            assert said.count("±") == 2 + of_the_total, "of the count, of the share, and of what it is a share of"
            assert reason not in said


def test_the_first_sentence_of_the_page_can_be_read_aloud(atlas: Atlas) -> None:
    """Release 2024: 125,146 of 1,160,183, 10.79 %; its margin follows from a variance function, and the sentence says so."""
    said = headline(ENGLISH, atlas, 2024, "no_subscription")
    assert re.fullmatch(
        r"125,146 ± 3,08\d of the 1,160,183 ± 6,287 households in Chicago \(10\.8% ± 0\.3 points\) had no internet "
        r"subscription at home in the survey years 2020–2024 \(margin modelled here, the published one is "
        r"not in hand\)\.",
        said,
    )


def test_a_figure_without_a_margin_says_so_aloud(atlas: Atlas) -> None:
    """Release 2019: 223,600 of 1,066,718, 20.96 %, no margin in hand."""
    assert headline(ENGLISH, atlas, 2019, "no_subscription") == (
        "About 223,600 of the 1,066,718 households in Chicago (21.0%) had no internet subscription at home in the survey years "
        "2015–2019 (margin not in hand)."
    )


def test_the_same_sentence_in_spanish_has_the_same_numbers(atlas: Atlas) -> None:
    for release, key in itertools.product((2021, 2022, 2024), ("no_subscription", "poverty", "no_broadband")):
        if not atlas.gives("city", release, key):
            continue
        english, spanish = headline(ENGLISH, atlas, release, key), headline(SPANISH, atlas, release, key)
        assert re.findall(r"[\d,.]*\d", english) == re.findall(r"[\d,.]*\d", spanish)
        assert english != spanish


def test_a_headline_with_a_margin_gives_it_for_count_and_share(atlas: Atlas) -> None:
    """2021: 171,879 of 1,112,450, 15.45 % +/- 0.297 points: sqrt(3,435.5^2 - 0.1545^2 x 6,137^2) / 1,112,450."""
    said = headline(ENGLISH, atlas, 2021, "no_subscription")
    assert re.match(
        r"171,879 ± 3,43[5-9] of the 1,112,450 ± 6,137 households in Chicago \(15\.5% ± 0\.3 points\) had no ", said
    )
    assert said.endswith(" in the survey years 2017–2021.")


@in_each_language
def test_a_headline_without_a_figure_is_its_reason(language: Language, atlas: Atlas) -> None:
    said = headline(language, atlas, 2023, "no_wired")
    assert "2023" in said
    assert language.gettext(text.NOTES[Flag.NOT_IN_RELEASE]) in said
    assert not re.search(r"\b0\b|±|%", said), "missing is not 0"


# --- what stands beside it ---------------------------------------------------------------------------------------------------


@in_each_language
def test_the_baseline_has_its_print_its_date_its_years_and_its_margin(language: Language, atlas: Atlas) -> None:
    """The City's plan of January 2023 prints 172K: release 2021, survey years 2017-2021, 171,879."""
    said = text.baseline(language, atlas)
    for part in (
        "172K",
        "2023",
        "2017–2021",
        "171,879 ± 3,43",
        "15.5% ± 0.3",
        text.local(language, atlas.city.baseline["plan"]),
    ):
        assert part in said
    assert not re.search(r"[{}]", said)


@in_each_language
@pytest.mark.parametrize("release", RELEASES)
def test_the_quiet_line_names_the_release_shown_and_the_newer_ones(language: Language, atlas: Atlas, release: int) -> None:
    """A newer release either gives the figure, or is there without it: each is named, and none that is older."""
    for what in indicators.REGISTRY:
        if not atlas.gives("city", release, what.key):
            continue
        said = releases.release_line(language, atlas, what.key, release)
        assert not re.search(r"[{}]", said)
        assert f"{release - 4}–{release}" in said
        assert all(str(newer) in said for newer in RELEASES if newer > release)
        if math.isnan(atlas.total(release, what.key)["moe"]) and what.key == "no_subscription":
            assert "2022" in said, "the newest that has margins"


def test_the_newest_release_says_what_comes_next(atlas: Atlas) -> None:
    said = releases.release_line(ENGLISH, atlas, "no_subscription", 2024)
    assert "published January 29, 2026" in said
    assert "2025" in said
    assert "Published but not loaded" not in said


@in_each_language
@pytest.mark.parametrize("release", RELEASES)
def test_the_source_can_be_quoted(language: Language, atlas: Atlas, release: int) -> None:
    said = text.source(language, atlas, release)
    assert atlas.snapshots[release].meta["citation"] in said
    assert "CMAP" in said


@in_each_language
def test_the_reworded_question_is_owned_up_to(language: Language, atlas: Atlas) -> None:
    """Reworded in 2016: the loaded releases 2018 and 2019 mix both wordings, 2020 is the first clean one."""
    said = releases.wording(language, atlas)
    assert all(year in said for year in ("2016", "2018", "2019", "2020"))
    assert not any(year in said for year in ("2017", "2021", "2024"))


@in_each_language
@pytest.mark.parametrize("release", RELEASES)
def test_a_definition_says_who_is_counted_and_from_which_lines(language: Language, atlas: Atlas, release: int) -> None:
    for what in indicators.REGISTRY:
        recipe = atlas.recipe(release, what.key)
        said = text.definition(language, atlas, what, recipe)
        assert said.startswith(language.gettext(what.sentence))
        assert language.gettext(what.note) in said
        assert (recipe is None) or recipe.formula.replace(" - ", language.gettext(" minus ")) in said
        assert not re.search(r"[{}]|None", said)


@in_each_language
def test_a_definition_names_the_plan_where_it_is_the_plans(language: Language, atlas: Atlas) -> None:
    """No subscription is what the 172K count, access without one is part of it; a city without a plan is told of none."""
    told = {what.key: text.definition(language, atlas, what, None) for what in indicators.REGISTRY}
    assert [key for key, said in told.items() if "172K" in said] == ["no_subscription", "unpaid_access"]
    city = dataclasses.replace(atlas.city, baseline={"indicator": "no_subscription", "release": 2021})
    elsewhere = dataclasses.replace(atlas, city=city, _kept={})
    assert not [what for what in indicators.REGISTRY if "172K" in text.definition(language, elsewhere, what, None)]


# --- pieces ------------------------------------------------------------------------------------------------------------------


def test_percent_and_points_are_made_here_and_nowhere_else() -> None:
    """0.1079 is 10.8%; 0.0031 is 0.3 points; 1 is 100.0%."""
    assert text.percent(ENGLISH, 0.1079) == "10.8%"
    assert text.percent(ENGLISH, 1.0) == "100.0%"
    assert text.percent(ENGLISH, 0.0) == "0.0%"
    assert text.points(ENGLISH, 0.0031) == "0.3"
    assert text.percent(ENGLISH, 0.15454, decimals=2) == "15.45%"


@in_each_language
def test_a_count_or_a_share_without_a_margin_claims_none(language: Language) -> None:
    """1,234 households of 10,000: 12.3 percent."""
    row = pd.Series({"estimate": 1234.0, "moe": math.nan, "share": 0.1234, "share_moe": math.nan})
    assert text.count(language, row) == "1,234"
    assert text.share(language, row) == "12.3%"
    sure = pd.Series({**row.to_dict(), "moe": 56.4, "share_moe": 0.005})
    assert text.count(language, sure) == "1,234 ± 56"
    assert text.share(language, sure) == "12.3% ± 0.5"


@in_each_language
def test_every_note_has_its_words(language: Language, atlas: Atlas) -> None:
    """In the order of the closed list, and no two alike."""
    assert list(text.NOTES) == list(Flag)
    said = text.notes(language, atlas, sum(Flag))
    assert len(set(said)) == len(Flag)
    assert all(said)
    assert not re.search(r"[{}]", "".join(said))
    assert text.notes(language, atlas, 0) == []
    assert text.notes(language, atlas, int(Flag.NO_MARGIN)) == [language.gettext(text.NOTES[Flag.NO_MARGIN])]


@in_each_language
def test_the_words_for_margins_cover_every_source(language: Language, atlas: Atlas) -> None:
    for snapshot in atlas.snapshots.values():
        assert snapshot.meta["margins"] in text.MARGINS
        assert language.gettext(text.MARGINS[snapshot.meta["margins"]])


def test_up_to_three_places_are_named_and_more_are_counted(atlas: Atlas) -> None:
    """Central is 8, 32 and 33, so with 42, 43 and 44 there are six."""
    assert text.places(ENGLISH, atlas, ["42"]) == "Woodlawn"
    assert text.places(ENGLISH, atlas, ["42", "43"]) == "Woodlawn and South Shore"
    assert text.places(SPANISH, atlas, ["42", "43"]) == "Woodlawn y South Shore"
    assert text.places(ENGLISH, atlas, ["42", "43", "44"]) == "Woodlawn, South Shore, and Chatham"
    assert text.places(ENGLISH, atlas, ["42", "43", "44", "central"]) == "6 neighborhoods"
    assert "Central" in text.places(ENGLISH, atlas, ["central"])


def test_an_area_and_the_side_it_lies_in_are_counted_once(atlas: Atlas) -> None:
    assert text.places(ENGLISH, atlas, ["central", "8", "32", "33"]).startswith("3 ")


def test_a_month_is_written_in_full() -> None:
    assert text.month(ENGLISH, "2023-01") == "January 2023"
    assert text.month(SPANISH, "2023-01") == "enero de 2023"


def test_a_text_without_a_translation_falls_back_on_english() -> None:
    assert text.local(SPANISH, {"en": "early 2027"}) == "early 2027"
    assert text.local(SPANISH, {"en": "early 2027", "es": "principios de 2027"}) == "principios de 2027"


def test_a_release_that_is_published_but_not_loaded_is_said(atlas: Atlas) -> None:
    """As if 2024 had been published and nobody had refreshed: the page shows 2022 and says that it is not the newest."""
    loaded = tuple(
        dataclasses.replace(known, level="none", snapshot=None) if known.release == 2024 else known
        for known in atlas.city.releases
    )
    city = dataclasses.replace(atlas.city, releases=loaded)
    older = {release: snapshot for release, snapshot in atlas.snapshots.items() if release != 2024}
    behind = Atlas(city, atlas.areas, atlas.tracts, atlas.crosswalks, older)
    assert behind.newest("no_subscription") == 2022
    line = releases.release_line(ENGLISH, behind, "no_subscription", 2022)
    assert "Published but not loaded here: 2024." in line
    assert "newest published" not in line
