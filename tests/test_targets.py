"""What people wrote down: every row is read as it was meant, or refused in one sentence that says where and what to do."""

import dataclasses
import datetime
import math
from pathlib import Path

import pytest

from equity import cities, gap, targets
from equity.atlas import Atlas
from equity.cities import City
from equity.errors import CityInvalid
from equity.targets import Kind, Target
from tests import histories

HEADER = "indicator,place,year,measure,value,kind,printed,source,note_en,note_es"
GOOD = "no_subscription,city,2021,estimate,171879,ACTUAL,172K,The plan,,"
HEADER_OF_EVENTS = "date,end,title_en,title_es,source"
GOOD_EVENT = "2024-06-01,,It ended,Terminó,The Bureau"


@pytest.fixture
def city(tmp_path: Path) -> City:
    """Chicago in an empty folder: nobody has written anything down."""
    return dataclasses.replace(cities.load("chicago"), folder=tmp_path)


def written(city: City, *rows: str, header: str = HEADER) -> City:
    (city.folder / targets.TARGETS).write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return city


def written_events(city: City, *rows: str) -> City:
    (city.folder / targets.EVENTS).write_text("\n".join([HEADER_OF_EVENTS, *rows]) + "\n", encoding="utf-8")
    return city


# --- Chicago ---------------------------------------------------------------------------------------------------------


def test_the_baseline_of_chicago_is_a_row_with_its_source() -> None:
    """Release 2021, 171,879 households; the Digital Equity Plan of January 2023 prints 172K."""
    row = targets.actual(targets.targets(cities.load("chicago")), "no_subscription", 2021)
    assert (row.value, row.printed, row.measure, row.place) == (171_879, "172K", "estimate", "city")
    assert row.source == "City of Chicago, Digital Equity Plan (January 2023)"


def test_nobody_set_chicago_a_target() -> None:
    """The plan gives no public target date, and no threshold is invented."""
    assert {row.kind for row in targets.targets(cities.load("chicago"))} == {Kind.ACTUAL}


def test_what_was_done_in_chicago_and_when() -> None:
    """Chicago Connected from June 2020; ACP from 31 December 2021 to 1 June 2024; the plan, January 2023; grants, May 2025."""
    day = datetime.date
    found = [(event.start, event.end) for event in targets.events(cities.load("chicago"))]
    month = {(2020, 6): 30, (2023, 1): 31, (2025, 5): 31}
    (connected, plan, ended) = (targets.Moment(day(*begun, 1), day(*begun, last)) for begun, last in month.items())
    start, end = (targets.Moment(moment, moment) for moment in (day(2021, 12, 31), day(2024, 6, 1)))
    assert found == [(connected, None), (start, end), (plan, None), (ended, None)]


def test_every_event_of_chicago_has_its_source_and_is_told_in_every_language() -> None:
    city = cities.load("chicago")
    for event in targets.events(city):
        assert event.source
        assert set(event.title) == set(city.area_noun) == {"en", "es"}
        assert event.title["en"] != event.title["es"]


# --- reading ---------------------------------------------------------------------------------------------------------


def test_a_city_without_the_files_has_none(city: City) -> None:
    assert targets.targets(city) == targets.events(city) == ()
    assert targets.problems(city) == []
    assert targets.actual((), "no_subscription", 2021) is None


def test_a_table_saved_by_a_spreadsheet_is_read(city: City) -> None:
    """A mark at the beginning, Windows line ends, blank rows, blanks around cells, columns in another order."""
    body = f'\ufeff{HEADER_OF_EVENTS.replace("date,end", "end,date")}\r\n,,,,\r\n, 2024 ,One,Uno,"Bureau, notice"\r\n\r\n'
    (city.folder / targets.EVENTS).write_text(body, encoding="utf-8", newline="")
    (event,) = targets.events(city)
    assert (event.start.first, event.start.last) == (datetime.date(2024, 1, 1), datetime.date(2024, 12, 31))
    assert (event.end, event.title, event.source) == (None, {"en": "One", "es": "Uno"}, "Bureau, notice")


def test_events_come_in_the_order_of_time(city: City) -> None:
    written_events(city, "2024,,Third,Tercero,s", "2020-02,,Second,Segundo,s", "2019-12-31,,First,Primero,s")
    assert [event.title["en"] for event in targets.events(city)] == ["First", "Second", "Third"]


def test_an_event_is_placed_on_the_scale_of_survey_centres(city: City) -> None:
    """2019 is the middle of 2019. 2 July is the 183rd of 365 days: its middle is 182.5 / 365 = 0.5. A year is its middle.

    29 February and 1 March meet at the 60th of 366 days: 60 / 366 = 0.164, and 0.164 - 0.5 = -0.336 from 2024.
    """
    days = ("2019-07-02", "2019", "2024-02-29", "2024-03-01")
    written_events(city, *(f"{day},,Something,Algo,s" for day in days))
    middle, year, leap, march = (event.start.year for event in sorted(targets.events(city), key=lambda e: e.start.last))
    assert (middle, year) == (2019, 2019)
    assert (leap + march) / 2 == pytest.approx(2024 + 60 / 366 - 0.5)
    assert march - leap == pytest.approx(1 / 366)


def test_a_target_a_threshold_and_a_note(city: City) -> None:
    rows = (
        "no_subscription,25,2030,share,0.080,TARGET,8 percent,The council,Of Austin,De Austin",
        "no_broadband,city,,share,0.1,TARGET,90%,A program,,",
        "no_broadband,city,,share,0.05,TARGET,95%,Another program,,",
    )
    first, *rest = told = targets.targets(written(city, *rows))
    assert (first.place, first.year, first.value, first.decimals, first.kind) == ("25", 2030, 0.08, 3, Kind.TARGET)
    assert first.note == {"en": "Of Austin", "es": "De Austin"}
    assert targets.thresholds(told, "no_broadband") == tuple(rest), "two programs may ask for two things"
    assert targets.thresholds(told, "no_subscription", "25") == (), "what has a date is a target"


# --- refusing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "column", "sentence"),
    [
        ("no_subscription", "unconnected", "indicator", "no indicator 'unconnected'; choose one of: no_subscription"),
        (",city,", ",Austin,", "place", "'Austin' is neither city nor the number of an area; write one of them"),
        (",city,", ",78,", "place", "'78' is neither city nor"),
        (",2021,", ",2016,", "year", "2016 is no release of city.toml; write one of: 2017, 2018"),
        (",2021,", ",,", "year", "'' is no year from 2000 to 2100; write one"),
        (",2021,", ",21,", "year", "'21' is no year"),
        (",estimate,", ",moe,", "measure", "'moe' is neither estimate nor share; write one of them"),
        (",171879,", ",171 879,", "value", "'171 879' is not a number such as 171879 or 0.15; write digits"),
        (",171879,", ',"171,879",', "value", "'171,879' is not a number"),
        (",171879,", ",-1,", "value", "'-1' is not a number"),
        (",171879,", ",nan,", "value", "'nan' is not a number"),
        (",171879,", ",٣,", "value", "'٣' is not a number"),
        (",estimate,171879,", ",share,15.45,", "value", "15.45 is no share; write a fraction from 0 to 1"),
        (",ACTUAL,", ",actual,", "kind", "'actual' is neither ACTUAL nor TARGET; write one of them"),
        (",The plan,", ",,", "source", "is empty; say who published it, and where"),
        (",The plan,,", ",The plan,Rounded,", "note_es", "is empty; write the note in every language"),
        (",The plan,", ",The\tplan,", "source", "holds a line break or another sign that cannot be printed"),
        (",The plan,,", ",The plan,", "note_es", "the row has 9 cells where row 1 has 10; put a text with a comma in double"),
        ("no_subscription,city,2021,estimate,171879,ACTUAL", "age_65_plus,city,2030,estimate,1,TARGET", "kind", "no worse way"),
    ],
)
def test_a_row_that_cannot_be_meant_is_refused_by_file_row_and_column(
    city: City, old: str, new: str, column: str, sentence: str
) -> None:
    """The bad row is the third: row 1 names the columns, row 2 is good."""
    bad = GOOD.replace(old, new, 1)
    assert bad != GOOD
    written(city, GOOD.replace("2021", "2022"), bad)
    with pytest.raises(CityInvalid) as refused:
        targets.targets(city)
    assert str(refused.value).startswith(f"{city.folder / 'targets.csv'}, row 3, column {column}: ")
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "column", "sentence"),
    [
        ("2024-06-01,", "06/01/2024,", "date", "'06/01/2024' is no date; write 2024-06-01, or 2024-06 or 2024"),
        ("2024-06-01,", "2024-02-30,", "date", "'2024-02-30' is no date"),
        ("2024-06-01,", "2024-6,", "date", "'2024-6' is no date"),
        ("2024-06-01,", "9999-12,", "date", "'9999-12' is no date"),
        ("2024-06-01,", ",", "date", "'' is no date"),
        ("2024-06-01,,", "2024-06-01,soon,", "end", "'soon' is no date"),
        ("2024-06-01,,", "2024-06-01,2024-06-01,", "end", "2024-06-01 is not after 2024-06-01; leave it empty for what"),
        ("2024-06-01,,", "2024-06,2024-06-30,", "end", "2024-06-30 is not after 2024-06"),
        ("Terminó", "", "title_es", "is empty; write the title in every language"),
        ("The Bureau", "", "source", "is empty; say who published it"),
    ],
)
def test_an_event_that_cannot_be_meant_is_refused(city: City, old: str, new: str, column: str, sentence: str) -> None:
    bad = GOOD_EVENT.replace(old, new, 1)
    assert bad != GOOD_EVENT
    with pytest.raises(CityInvalid) as refused:
        targets.events(written_events(city, bad))
    assert str(refused.value).startswith(f"{city.folder / 'events.csv'}, row 2, column {column}: ")
    assert sentence in str(refused.value)


def test_the_baseline_of_city_toml_and_its_row_say_the_same(city: City) -> None:
    """[baseline] of Chicago: printed = "172K", of no_subscription in release 2021. Other rows may print what they will."""
    others = [
        GOOD.replace("2021", "2022").replace("172K", "159K"),
        GOOD.replace("estimate,171879", "share,0.15").replace("K", ""),
    ]
    assert len(targets.targets(written(city, GOOD, *others))) == 3
    with pytest.raises(CityInvalid) as refused:
        targets.targets(written(city, *others, GOOD.replace("172K", "173K")))
    said = "'173K' where [baseline] of city.toml says '172K'; write the same in both"
    assert str(refused.value) == f"{city.folder / 'targets.csv'}, row 4, column printed: {said}"
    elsewhere = dataclasses.replace(city, baseline={"indicator": "no_subscription", "release": 2021})
    assert len(targets.targets(written(elsewhere, GOOD.replace("172K", "173K")))) == 1, "a city without a plan prints nothing"


def test_an_event_that_is_still_to_come_is_refused(city: City) -> None:
    """On 15 May 2024: that day and that month have begun, the next day, month and year have not. An end may lie ahead."""
    today = datetime.date(2024, 5, 15)
    written_events(
        city, *(f"{date},{end},A,B,s" for date, end in (("2024-05-15", ""), ("2024-05", "2024-09"), ("2024", "2030")))
    )
    assert len(targets.events(city, today)) == 3
    for ahead in ("2024-05-16", "2024-06", "2025"):
        written_events(city, GOOD_EVENT.replace("2024-06-01", "2023"), f"{ahead},,A,B,s")
        with pytest.raises(CityInvalid) as refused:
            targets.events(city, today)
        where, why = str(refused.value).split(": ", 1)
        assert where == f"{city.folder / 'events.csv'}, row 3, column date"
        assert why == (
            f"{ahead} is still to come on 2024-05-15, and an event is something that happened; write it once it did, or what "
            "is to be reached by then as a TARGET"
        )
        assert targets.problems(city, today) == [str(refused.value)]
        assert len(targets.events(city, datetime.date(2025, 1, 1))) == 2


def test_nothing_that_happened_is_refused_today(city: City) -> None:
    """Without a day that is given it is today."""
    today = datetime.datetime.now(datetime.UTC).date()
    assert len(targets.events(written_events(city, f"{today},,A,B,s"))) == 1
    with pytest.raises(CityInvalid, match="is still to come"):
        targets.events(written_events(city, f"{today.year + 1},,A,B,s"))


# --- held against what is computed -----------------------------------------------------------------------------------


def test_what_the_plan_prints_of_devices_is_to_be_had_with_its_note(atlas: Atlas) -> None:
    """The plan prints about 92,000 for the 91,220 households of release 2021."""
    row = gap.printed(atlas, targets.targets(atlas.city), "no_computer", 2021)
    assert (row.value, row.printed) == (91_220, "~92,000")
    assert row.source == "City of Chicago, Digital Equity Plan (January 2023)"
    assert row.note["en"] == "The plan prints about 92,000 for what the release counts as 91,220."
    assert set(row.note) == {"en", "es"}
    assert gap.printed(atlas, targets.targets(atlas.city), "no_computer", 2022) is None, "nobody printed one"
    assert gap.printed(atlas, (), "no_computer", 2021) is None


def test_what_is_not_as_it_is_computed_stands_on_no_page(atlas: Atlas) -> None:
    """1,000 are counted in 2021 and nothing in 2022: 1,001, and 900 of 2022, cannot be held against a figure."""
    made = histories.town(atlas, {2021: (10_000, 1_000, 50), 2022: (10_000, math.nan, math.nan)})

    def row(year: int, value: float) -> Target:
        return Target("no_subscription", "city", year, "estimate", value, 0, Kind.ACTUAL, "", "s", {})

    assert gap.printed(made, [row(2021, 1_000)], "no_subscription", 2021) == row(2021, 1_000)
    assert gap.printed(made, [row(2021, 1_001)], "no_subscription", 2021) is None
    assert gap.printed(made, [row(2022, 900)], "no_subscription", 2022) is None


def test_two_rows_that_say_the_same_are_refused(city: City) -> None:
    with pytest.raises(CityInvalid, match="row 4, column indicator: says the same as row 2; keep one of them"):
        targets.targets(written(city, GOOD, "", GOOD.replace("171879", "171880")))
    assert len(targets.targets(written(city, GOOD, GOOD.replace("estimate,171879", "share,0.1545")))) == 2


def test_all_that_is_wrong_is_told_at_once(city: City) -> None:
    """Two bad rows in one file and one in the other: the first is raised and says how many more, the list has all three."""
    written(city, GOOD.replace("city", "x"), GOOD, GOOD.replace("ACTUAL", "x"))
    written_events(city, GOOD_EVENT.replace("2024", "x"))
    assert [sentence.partition(", row ")[2][:1] for sentence in targets.problems(city)] == ["2", "4", "2"]
    with pytest.raises(CityInvalid, match=r"row 2, column place: .* \(and 1 more\)$"):
        targets.targets(city)


@pytest.mark.parametrize("header", ["", "indicator,value", f"{HEADER},more", HEADER.replace("note_es", "note_en")])
def test_other_columns_are_refused(city: City, header: str) -> None:
    with pytest.raises(CityInvalid, match=r"row 1: its columns must be indicator, place, year, .*note_es; correct that row"):
        targets.targets(written(city, GOOD, header=header))


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b'indicator,"place\n'])
def test_what_is_no_table_is_refused(city: City, body: bytes) -> None:
    (city.folder / targets.TARGETS).write_bytes(body)
    with pytest.raises(CityInvalid, match=r"is not comma-separated text in UTF-8 .*; save it as such"):
        targets.targets(city)


def test_an_empty_file_is_refused(city: City) -> None:
    (city.folder / targets.TARGETS).write_bytes(b"")
    with pytest.raises(CityInvalid, match="row 1: its columns must be"):
        targets.targets(city)
