"""The files of the progress page: whoever has one alone, with the text beside it, reads what the page says, and no less."""

import csv
import io
import math
import re
from collections import Counter
from pathlib import Path

import pytest

from equity import flags, gap
from equity import language as languages
from equity.atlas import Atlas
from equity.connections import database, log, schema
from equity.language import Language
from equity.views import progress_chart, progress_columns, progress_drawing, progress_files, progress_log, progress_state
from tests import histories
from tests.programmes import town as programmes

KEY = "no_subscription"
ENGLISH, SPANISH = (languages.load(code) for code in ("en", "es"))
in_each_language = pytest.mark.parametrize("language", [ENGLISH, SPANISH], ids=lambda language: language.code)
of_each_kind = pytest.mark.parametrize("kind", progress_files.FILES)

# Columns in which a closed list of words stands; in all other columns of text stand names.
CLOSED = {
    "points": ("indicator", "series", "wording", "flag", "drawn", "notes", "reason"),
    "areas": ("indicator", "level", *(f"{by}{of}_{what}" for by in ("", "published_") for of in ("change", "share")
                                      for what in ("verdict", "reason"))),
    "log": ("by", "kind"),
}  # fmt: skip
NAMES = {"points": (), "areas": ("place_id", "place_name"), "log": ("name", "area_id")}


@pytest.fixture(autouse=True)
def reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A programme log of its own, with four entries."""
    address = f"sqlite:///{tmp_path / 'log.sqlite3'}"
    monkeypatch.setenv(database.VARIABLE, address)
    written = schema.upgrade(database.open_to_write(address))
    log.add(written, programmes.MARIA, programmes.read(), city="chicago", file="march.csv", clock=programmes.clock)
    written.engine.dispose()


def rows(atlas: Atlas, kind: str) -> list[dict[str, str]]:
    """The file as a stranger reads it."""
    return list(csv.DictReader(io.StringIO(progress_files.written(atlas, kind), newline="")))


def blocks(atlas: Atlas, kind: str, language: Language = ENGLISH) -> dict[str, list[str]]:
    """The text beside it: heading -> its lines."""
    parts = (part.strip("\n").split("\n") for part in progress_columns.about(atlas, language, kind).split("\n\n"))
    return {head: lines for head, *lines in parts}


def columns(atlas: Atlas, kind: str) -> dict[str, str]:
    """Column -> what it holds, as the text says."""
    told = (re.match(r"(\w+) \(([^)]+)\): .", line) for line in blocks(atlas, kind)["COLUMNS"])
    return {match[1]: match[2] for match in told if match}


def words(atlas: Atlas, kind: str, column: str, language: Language = ENGLISH) -> dict[str, str]:
    """Every word that the text explains of a column -> what it says."""
    listed = {head: re.search(r"([a-z_]+(?:, [a-z_]+)*)$", head) for head in blocks(atlas, kind, language)}
    heads = [head for head, names in listed.items() if names and column in names[1].split(", ")]
    (lines,) = (blocks(atlas, kind, language)[head] for head in heads)
    return dict(line.split(": ", 1) for line in lines)


# --- what stands in them ----------------------------------------------------------------------------------------------


@in_each_language
@of_each_kind
def test_every_word_of_a_closed_column_is_explained(atlas: Atlas, kind: str, language: Language) -> None:
    found, beside = rows(atlas, kind), set()
    for column in CLOSED[kind]:
        said = {word for row in found for word in row[column].split(";")} - {""}
        told = words(atlas, kind, column, language)
        assert said <= set(told), column
        assert all(told.values())
        beside |= said
    assert beside, "a file without a word would prove nothing"


@of_each_kind
def test_a_column_of_text_holds_closed_words_or_names(atlas: Atlas, kind: str) -> None:
    held = {column for column, unit in columns(atlas, kind).items() if unit == "text"}
    assert held == {*CLOSED[kind], *NAMES[kind]}


def test_words_that_chicago_does_not_need_today_are_explained_as_well(atlas: Atlas) -> None:
    assert set(words(atlas, "points", "notes")) == {str(word) for word in gap.Drawn}
    assert set(words(atlas, "points", "series")) == {str(word) for word in gap.Series}
    assert set(words(atlas, "points", "reason")) == {str(word) for word in gap.Missing}
    assert set(words(atlas, "points", "flag")) == {flag.name.lower() for flag in flags.Flag}
    moved = {"fell", "rose", "probably_fell", "probably_rose", "too_close", "not_comparable"}
    assert set(words(atlas, "areas", "published_share_verdict")) == moved


@of_each_kind
def test_every_cell_is_what_its_column_says_it_holds(atlas: Atlas, kind: str) -> None:
    """Decimals as the text has them: households two at most, fractions six at most, between -1 and 1."""
    forms = {"households": r"-?\d+(\.\d{1,2})?", "fraction": r"-?[01](\.\d{1,6})?", "year": r"20\d\d"}
    forms |= {"number": r"\d+", "1 or 0": "[01]", "text": r"(?s).+"}
    found, held = rows(atlas, kind), columns(atlas, kind)
    assert list(held) == list(found[0])
    wrong = {
        (column, row[column])
        for row in found
        for column in held
        if row[column] and not re.fullmatch(forms[held[column]], row[column])
    }
    assert wrong == set()


def test_fractions_and_their_margins_are_those_of_the_table(atlas: Atlas) -> None:
    """All 78 places of three counts, to half of the last of six decimals; the city alone is a part of itself without margin."""
    for key in ("no_subscription", "no_broadband", "no_computer"):
        made = gap.split(atlas, key).set_index("place_id")
        verdicts = gap.judged(atlas, key).set_index("place_id")
        given = {row["place_id"]: row for row in rows(atlas, "areas") if row["indicator"] == key}
        assert set(given) == set(made.index)
        for table, names in ((made, ("part", "part_moe")), (verdicts, ("share_difference", "share_difference_moe"))):
            for name in names:
                for place, value in table[name].items():
                    cell = given[place][name]
                    assert (cell == "") == math.isnan(value)
                    assert not cell or abs(float(cell) - value) <= 0.5e-6
        assert [place for place, row in given.items() if row["part_moe"] == "0"] == (
            ["1714000"] if key != "no_computer" else []
        )


def test_the_part_of_an_area_and_its_margin_by_hand(atlas: Atlas) -> None:
    """Rogers Park: 1,554 fewer of 46,733: 0.033253. sqrt(798.02^2 (1 - 2 x 0.033253) + 0.033253^2 x 4,618.33^2) = 786.18;
    786.18 / 46,732.74 = 0.016823."""
    row = next(row for row in rows(atlas, "areas") if (row["indicator"], row["place_id"]) == (KEY, "1"))
    assert (row["place_name"], row["part"], row["part_moe"]) == ("Rogers Park", "0.033253", "0.016823")


def test_the_city_has_the_verdict_of_its_number_and_what_published_margins_say(atlas: Atlas) -> None:
    """4,618.33 x sqrt(1 - 2/5) = 3,577.34. Published margins alone: 158,688 - 171,879 = -13,191, +- sqrt(3,436^2 + 3,432^2) =
    4,856; as large a change is more than noise."""
    city = next(row for row in rows(atlas, "areas") if (row["indicator"], row["level"]) == (KEY, "city"))
    assert (city["change_verdict"], city["share_verdict"], city["tested"]) == ("probably_fell", "probably_fell", "1")
    assert (city["change_moe"], city["change_moe_overlap"]) == ("4618.33", "3577.34")
    assert (city["published_new"], city["published_change_verdict"]) == ("2022", "fell")
    assert [round(float(city[name])) for name in ("published_change", "published_change_moe")] == [-13_191, 4_856]
    computers = next(row for row in rows(atlas, "areas") if row["indicator"] == "no_computer")
    assert (computers["change_verdict"], computers["change_reason"]) == ("not_comparable", "no_margin")


def test_where_no_margin_is_modelled_the_last_columns_are_empty(atlas: Atlas) -> None:
    made = histories.town(atlas, {2021: (10_000, 1_500, 50), 2024: (10_000, 1_000, 50)})
    first, *_rest = rows(made, "areas")
    assert (first["change"], first["modelled"], first["share_verdict"]) == ("-500", "0", "fell")
    assert {first[name] for name in first if name.startswith("published_")} == {""}


def test_without_a_later_release_the_file_of_areas_is_its_header(atlas: Atlas) -> None:
    made = histories.town(atlas, {2021: (10_000, 1_500, 50)})
    assert rows(made, "areas") == []
    assert list(progress_files.table(made, "areas").columns) == list(columns(made, "areas"))


# --- what is said of them ---------------------------------------------------------------------------------------------


@in_each_language
def test_a_word_that_is_indicative_has_both_its_reasons(atlas: Atlas, language: Language) -> None:
    """A column tells which, row by row. The list of Benjamini and Hochberg without any overlap factor has 50 of the 54 areas
    of no_subscription and 50 of the 56 of no_broadband, worked out apart from this program; the city's changes stand too."""
    for word in ("probably_fell", "probably_rose"):
        said = words(atlas, "areas", "share_verdict", language)[word]
        assert "without_overlap" in said, "names the column"
        assert re.search({"en": "survey years that both releases share", "es": "años de encuesta"}[language.code], said)
    probable = [row for row in rows(atlas, "areas") if row["share_verdict"] == "probably_fell"]
    assert {row["modelled"] for row in probable} == {"1"}
    counted = Counter((row["indicator"], row["level"], row["share_without_overlap"]) for row in probable)
    assert counted == {
        ("no_subscription", "city", "1"): 1,
        ("no_subscription", "area", "1"): 50,
        ("no_subscription", "area", "0"): 4,
        ("no_broadband", "city", "1"): 1,
        ("no_broadband", "area", "1"): 50,
        ("no_broadband", "area", "0"): 6,
    }
    computers = {row["share_without_overlap"] for row in rows(atlas, "areas") if row["indicator"] == "no_computer"}
    assert computers == {""}, "without margins nothing stands and nothing falls"


@pytest.mark.parametrize("kind", ["points", "areas"])
def test_the_method_of_modelled_margins_is_cited(atlas: Atlas, kind: str) -> None:
    cited = blocks(atlas, kind)["SOURCE"]
    assert sum("Wolter, Introduction to Variance Estimation" in line for line in cited) == 1
    assert len(cited) == len(set(cited))
    assert any("2017-2021" in line for line in cited) and any("2020-2024" in line for line in cited)
    older = [line for line in cited if "2015-2019" in line or "2016-2020" in line]
    assert bool(older) == (kind == "points"), "the areas' change knows nothing of releases 2019 and 2020"


def test_nothing_is_said_of_a_method_that_no_figure_needed(atlas: Atlas, tmp_path: Path) -> None:
    """Release 2021 of a town with margins of its own, once by tract, once for the place, and a single year."""
    made = histories.town(atlas, {2021: (10_000, 1_000, 50)})
    assert blocks(made, "points")["SOURCE"] == ["Made up."]
    whole = histories.with_place_figures(made, tmp_path, {2021: 800}, {2021: 1_010})
    assert blocks(whole, "points")["SOURCE"] == ["Made up.", "The place."], "the single year cites nothing"


def test_counts_that_are_not_among_the_areas_are_named_with_the_reason(atlas: Atlas) -> None:
    """Eight counts are offered; a later release than 2021 gives three of them."""
    without = dict(line.split(": ", 1) for line in blocks(atlas, "areas")["COUNTS THAT ARE NOT IN THIS FILE"])
    assert sorted(without) == ["cellular_only", "computer_no_subscription", "no_access", "no_wired", "unpaid_access"]
    assert all(
        said.endswith("No later release here gives this figure, so there is nothing to compare.") for said in without.values()
    )
    assert {row["indicator"] for row in rows(atlas, "areas")} == set(words(atlas, "areas", "indicator"))
    assert not set(without) & set(words(atlas, "areas", "indicator"))


def test_an_event_far_from_every_point_is_drawn_all_the_same(atlas: Atlas, tmp_path: Path) -> None:
    """One of 2001, eighteen years before the only point, and one that will be over in 2040: both are within the paper."""
    (tmp_path / "events.csv").write_text("date,end,title_en,title_es,source\n2001,,A,B,s\n2020,2040,C,D,s\n", encoding="utf-8")
    made = histories.town(atlas, {2021: (10_000, 1_000, 50)}, folder=tmp_path)
    drawn = progress_chart.chart(ENGLISH, made, progress_state.read(made, ENGLISH, {}), progress_log.none())
    assert [(mark.year, mark.end) for mark in drawn.marks] == [(2001, None), (2020, 2040)]
    assert drawn.span[0] < 2001 and drawn.span[1] > 2040
    picture = progress_drawing.svg(drawn, "wide")
    width, numbers = (
        float(re.search(r'width="([0-9.]+)"', picture)[1]),
        re.findall(r'<circle cx="([0-9.]+)"[^>]* r="9"', picture),
    )
    assert len(numbers) == 2
    assert all(0 < float(centre) < width for centre in numbers)


def test_where_every_count_is_compared_none_is_said_to_be_absent(atlas: Atlas) -> None:
    made = histories.town(atlas, {2021: (10_000, 1_500, 50), 2024: (10_000, 1_000, 50)})
    assert "COUNTS THAT ARE NOT IN THIS FILE" not in blocks(made, "areas")
