"""A row that looks like what an entry says, or ever said, is named before it is counted again. In the browser too."""

from pathlib import Path

import pytest

from equity.connections import database, log, schema
from equity.connections.database import Log
from equity.errors import LogInvalid
from tests.programmes import town
from tests.test_staff import Site, html_text

CITY = "chicago"
WRONG, NEW = town.row(count="120"), town.row(month="2026-04", count="7")


@pytest.fixture
def book(log_address: str) -> Log:
    """Entry 1 was imported as 120 and corrected to 12; entry 2, of 30 people, was withdrawn. 12 count."""
    found = schema.upgrade(database.open_to_write(log_address))
    fill(found)
    return found


def fill(book: Log) -> None:
    told = {"clock": town.clock, "reason": "x"}
    people = town.row(kind="person_trained", count="30")
    log.add(book, town.MARIA, town.read([WRONG, people]), city=CITY, file="march.csv", clock=town.clock)
    log.correct(book, town.MARIA, 1, {"count": "12"}, places=town.PLACES, **told)
    log.withdraw(book, town.MARIA, [2], city=CITY, **told)


def alike(book: Log, *rows: tuple[str, ...]) -> list[str]:
    return list(map(str, log.preview(book, town.read(rows), CITY).repeats))


def test_a_growing_file_does_not_count_again_what_was_corrected(book: Log) -> None:
    """The file of April holds March as it was first sent: 120 beside the 12 would be counted."""
    assert alike(book, WRONG, NEW) == ["row 2 is like what entry 1 said before it was corrected"]
    with pytest.raises(LogInvalid) as caught:
        log.add(book, town.MARIA, town.read([WRONG, NEW]), city=CITY, file="april.csv")
    assert str(caught.value) == (
        "april.csv has 1 row like what the log has or had, or twice (row 2 is like what entry 1 said before it was corrected); "
        "nothing was written; take them out, or say --again if they are to be counted"
    )
    assert log.add(book, town.MARIA, town.read([NEW]), city=CITY, file="april.csv").rows == 1


def test_what_an_entry_says_now_what_it_said_and_what_was_withdrawn_are_told_apart(book: Log) -> None:
    rows = [town.row(count="12"), WRONG, town.row(kind="person_trained", count="30"), town.row(count="13")]
    assert alike(book, *rows) == [
        "row 2 is like entry 1",
        "row 3 is like what entry 1 said before it was corrected",
        "row 4 is like entry 2, which was withdrawn",
    ]


def test_what_was_corrected_and_then_withdrawn_was_withdrawn(book: Log) -> None:
    log.withdraw(book, town.MARIA, [1], city=CITY, reason="x")
    assert alike(book, WRONG, town.row(count="12")) == [
        "row 2 is like entry 1, which was withdrawn",
        "row 3 is like entry 1, which was withdrawn",
    ]


def test_an_entry_that_says_so_now_is_named_before_one_that_said_so_once(book: Log) -> None:
    """120 is meant after all, as entry 5 (rows 3 and 4 are the correction and the withdrawal)."""
    log.add(book, town.MARIA, town.read([WRONG]), city=CITY, file="again.csv", again=True)
    assert alike(book, WRONG) == ["row 2 is like entry 5"]


def test_an_entry_that_was_moved_to_another_month_is_known_in_both(book: Log) -> None:
    log.correct(book, town.MARIA, 1, {"month": "2026-02"}, places=town.PLACES, reason="x")
    assert alike(book, town.row(month="2026-02", count="12"), town.row(count="12"), town.row(month="2026-02", count="120")) == [
        "row 2 is like entry 1",
        "row 3 is like what entry 1 said before it was corrected",
    ]


def test_the_other_city_has_nothing_alike(book: Log) -> None:
    assert log.preview(book, town.read([WRONG]), "elsewhere").repeats == ()


def test_in_the_browser_a_tick_is_asked_for(atlas, tmp_path: Path) -> None:
    site = Site(atlas, f"sqlite:///{tmp_path / 'log.sqlite3'}")
    fill(site.book)
    visitor = site.visitor()
    visitor.post("/import", file=town.file([WRONG, town.row(kind="person_trained", count="30"), NEW]))
    page = visitor.follow().text
    said = html_text(page)
    assert "2 rows look as if they were there already." in said
    assert "row 2 is like what entry 1 said before it was corrected" in said
    assert "row 3 is like entry 2, which was withdrawn" in said
    assert 'name="again"' in page
