"""What programmes report, added up: by hand here, from the rows that stand in the docstring."""

import pandas as pd
import pytest

from equity.connections import history, rules, totals
from equity.connections.history import Batch, Change, Entry
from equity.errors import UsageError
from tests.programmes import town

MORE = [
    ("2026-01", "Tech Hub", "", "17031080100", "device_given", "3", "", ""),
    ("2025-12", "Chicago Connected", "CPS", "8", "household_connected", "40", "City", ""),
    ("2026-04", "Tech Hub", "", "8", "person_trained", "0", "Grant", ""),
]
BATCH = Batch(1, "import", "chicago", "2026-11-23T09:30:00+00:00", "Maria López", "", "a.csv", "0" * 64, 7, "1" * 64, "browser")
LATER = Batch(2, "correction", "chicago", "2026-11-24T09:30:00+00:00", "root", "miscounted", "", "", 1, "2" * 64)


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    """The rows of the town, and three more:

    entry  month    programme          place                    kind                  count
    1      2026-01  Chicago Connected  citywide                 household_connected   1,200
    2      2026-01  Tech Hub           area 1                   device_given             12
    3      2026-02  Tech Hub           tract 17031010100 (1)    device_given              5
    4      2026-02  Tech Hub           area 8                   person_trained           30
    5      2026-01  Tech Hub           tract 17031080100 (8)    device_given              3
    6      2025-12  Chicago Connected  area 8                   household_connected      40
    7      2026-04  Tech Hub           area 8                   person_trained            0
    """
    read = town.read([*town.ROWS, *MORE])
    return [Entry(number, number, line, "entered", BATCH, report) for number, (line, report) in enumerate(read.lines, start=1)]


@pytest.fixture(scope="module")
def table(entries: list[Entry]) -> pd.DataFrame:
    return totals.entries(entries, town.PLACES)


def lines(table: pd.DataFrame) -> list[tuple]:
    return list(table.itertuples(index=False, name=None))


def test_every_entry_is_a_row_with_its_place_by_name_and_the_area_it_lies_in(table: pd.DataFrame) -> None:
    assert list(table) == list(totals.ENTRIES)
    places = table[["level", "place_id", "place_name", "area_id", "area_name"]]
    assert lines(places)[:3] == [
        ("city", "", "Chicago", "", ""),
        ("area", "1", "Rogers Park", "1", "Rogers Park"),
        ("tract", "17031010100", "17031010100", "1", "Rogers Park"),
    ]
    assert table["reported"].sum() == 1200 + 12 + 5 + 30 + 3 + 40 + 0


def test_totals_by_month_leave_out_the_months_without_a_report_and_keep_a_report_of_nought(table: pd.DataFrame) -> None:
    """Devices in January: 12 + 3, two entries. March has no row; April has one, of 0."""
    assert lines(totals.totals(table, "month")) == [
        ("2025-12", "household_connected", 40, 1),
        ("2026-01", "device_given", 15, 2),
        ("2026-01", "household_connected", 1200, 1),
        ("2026-02", "device_given", 5, 1),
        ("2026-02", "person_trained", 30, 1),
        ("2026-04", "person_trained", 0, 1),
    ]


def test_totals_by_programme_by_kind_and_by_funding(table: pd.DataFrame) -> None:
    """Households 1,200 + 40; devices 12 + 5 + 3; people 30 + 0. Kinds are never added to each other."""
    assert lines(totals.totals(table, "programme")) == [
        ("Chicago Connected", "household_connected", 1240, 2),
        ("Tech Hub", "device_given", 20, 3),
        ("Tech Hub", "person_trained", 30, 2),
    ]
    assert lines(totals.totals(table, "kind")) == [
        ("device_given", 20, 3),
        ("household_connected", 1240, 2),
        ("person_trained", 30, 2),
    ]
    assert lines(totals.totals(table, "funding")) == [
        ("", "device_given", 20, 3),
        ("City", "household_connected", 1240, 2),
        ("Grant", "person_trained", 30, 2),
    ]


def test_spellings_of_one_name_are_one_name_under_the_one_that_most_entries_have() -> None:
    """Devices: 1 + 2 + 4 + 8 = 15 of "Tech hub", spelled so twice; 16 of another. Of spellings used alike often the first.

    It is what the check for rows that look alike takes for one name.
    """
    spelled = ["Téch  Hub", "Tech hub", "TECH HUB", "Tech hub", "Tech"]
    read = town.read([town.row(programme=name, partner=name, count=str(2**power)) for power, name in enumerate(spelled)])
    table = totals.entries([Entry(row, row, row, "entered", BATCH, report) for row, report in read.lines], town.PLACES)
    assert lines(totals.totals(table, "programme")) == [("Tech", "device_given", 16, 1), ("Tech hub", "device_given", 15, 4)]
    assert lines(totals.totals(table[table["entry"] != 5], "partner"))[1:] == [("Téch Hub", "device_given", 7, 3)]
    assert table["programme"].tolist() == ["Téch Hub", "Tech hub", "TECH HUB", "Tech hub", "Tech"], "and each stays as reported"
    one, two, three, *_ = [report for _, report in town.read([town.row(programme=name) for name in spelled]).lines]
    assert rules.likeness(one) == rules.likeness(two) == rules.likeness(three)


def test_totals_by_area_count_a_tract_in_its_area_and_what_is_citywide_in_none(table: pd.DataFrame) -> None:
    """Rogers Park: 12 + 5 devices; Near North Side: 3 devices, 40 households, 30 + 0 people."""
    assert lines(totals.totals(table, "area")) == [
        ("", "", "household_connected", 1200, 1),
        ("1", "Rogers Park", "device_given", 17, 2),
        ("8", "Near North Side", "device_given", 3, 1),
        ("8", "Near North Side", "household_connected", 40, 1),
        ("8", "Near North Side", "person_trained", 30, 2),
    ]


def test_totals_by_place_keep_each_place_as_it_was_reported(table: pd.DataFrame) -> None:
    found = totals.totals(table, "place")
    assert list(found) == ["level", "place_id", "place_name", "kind", "reported", "entries"]
    assert found["place_id"].tolist() == ["", "1", "8", "8", "17031010100", "17031080100"]
    assert found["reported"].tolist() == [1200, 12, 40, 30, 5, 3]


@pytest.mark.parametrize("by", totals.BY)
def test_of_every_kind_the_totals_are_all_there_was(table: pd.DataFrame, by: str) -> None:
    summed = totals.totals(table, by).groupby("kind")["reported"].sum().to_dict()
    assert summed == {"device_given": 20, "household_connected": 1240, "person_trained": 30}
    assert totals.totals(table, by)["entries"].sum() == 7


@pytest.mark.parametrize("by", totals.BY)
def test_an_empty_log_gives_empty_tables_with_their_columns(by: str) -> None:
    empty = totals.entries([], town.PLACES)
    assert list(empty) == list(totals.ENTRIES)
    assert list(totals.totals(empty, by)) == [*totals.BY[by], "kind", "reported", "entries"]
    assert len(totals.totals(empty, by)) == 0


def test_what_nothing_can_be_added_up_by_is_refused(table: pd.DataFrame) -> None:
    with pytest.raises(UsageError, match="no totals by 'ward'; choose one of: month, programme, partner, funding, place, area"):
        totals.totals(table, "ward")


def test_the_history_has_both_versions_beside_each_other(entries: list[Entry]) -> None:
    (_, report), *_ = town.read([town.row(count="15")]).lines
    corrected = Entry(8, 2, 0, "corrected", LATER, report)
    withdrawn = Entry(9, 2, 0, "withdrawn", LATER, report)
    table = totals.history([Change(None, entries[1]), Change(entries[1], corrected), Change(corrected, withdrawn)])
    shown = table[["entry", "what", "by", "door", "write", "reason", "count_before", "count_after"]]
    assert lines(shown) == [
        (2, "entered", "Maria López", "browser", 1, "", "", 12),
        (2, "corrected", "root", "", 2, "miscounted", 12, 15),
        (2, "withdrawn", "root", "", 2, "miscounted", 15, ""),
    ]


def test_every_column_of_a_download_is_explained(table: pd.DataFrame) -> None:
    assert all(totals.ENTRIES[name] for name in table)
    fields = {"<field>_before", "<field>_after"}
    named = set(totals.history([]))
    assert {name for name in named if not name.endswith(("_before", "_after"))} == set(totals.HISTORY) - fields
    assert {name.removesuffix("_before") for name in named if name.endswith("_before")} == set(rules.FIELDS)


def test_a_reader_of_the_log_gets_its_entries_in_the_order_of_their_months(log_address: str) -> None:
    from equity.connections import database, log, schema

    book = schema.upgrade(database.open_to_write(log_address))
    log.add(book, town.MARIA, town.read([*town.ROWS, *MORE]), city="chicago", file="a.csv", clock=town.clock)
    with book.reading() as connection:
        found = history.entries(connection, "chicago")
    assert [entry.entry for entry in found] == [6, 1, 2, 5, 3, 4, 7]
