"""What the public pages read of the programme log: what is in it now, without reading all of it again for each of them."""

import dataclasses
from pathlib import Path

import pytest

from equity.atlas import Atlas
from equity.connections import copies, database, history, log, schema
from equity.connections.database import Log
from equity.views import progress_log
from tests.programmes import town


@pytest.fixture
def book(log_address: str) -> Log:
    """A log with the entries 1 to 4 of ``town.ROWS``."""
    book = schema.upgrade(database.open_to_write(log_address))
    log.add(book, town.MARIA, town.read(), city="chicago", file="first.csv", clock=town.clock)
    return book


@pytest.fixture
def seen(atlas: Atlas, log_address: str):
    """What a page sees at this moment, of an atlas that has seen nothing before: entry -> count."""
    fresh = dataclasses.replace(atlas, _kept={})

    def look(address: str = log_address) -> dict[int, int]:
        found = progress_log.entries(fresh, {database.VARIABLE: address})
        return dict(zip(found["entry"].astype(int), found["reported"].astype(int), strict=True))

    return look


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The cities whose entries were read out of a database, one for each time."""
    done, read = [], history.entries

    def counted(connection, city: str, *conditions):
        done.append(city)
        return read(connection, city, *conditions)

    monkeypatch.setattr(history, "entries", counted)
    return done


def test_the_log_is_read_once_as_long_as_nothing_is_written(book: Log, seen, reads: list[str]) -> None:
    for _ in range(3):
        assert seen() == {1: 1200, 2: 12, 3: 5, 4: 30}
    assert reads == ["chicago"]


def test_every_write_is_seen_at_the_next_visit(book: Log, seen) -> None:
    """An import, a correction and a withdrawal."""
    seen()
    log.add(book, town.MARIA, town.read([town.row()]), city="chicago", file="b.csv", clock=town.clock)
    assert seen() == {1: 1200, 2: 12, 3: 5, 4: 30, 5: 5}
    log.correct(book, town.MARIA, 2, {"count": "21"}, places=town.PLACES, reason="turned", clock=town.clock)
    assert seen() == {1: 1200, 2: 21, 3: 5, 4: 30, 5: 5}
    log.withdraw(book, town.MARIA, [1], city="chicago", reason="not ours", clock=town.clock)
    assert seen() == {2: 21, 3: 5, 4: 30, 5: 5}


def test_another_log_in_its_place_is_another_log(book: Log, seen, tmp_path: Path) -> None:
    """A backup of a day before, restored elsewhere: the fifth entry is not in it; and back."""
    copies.backup(book, tmp_path / "backup")
    log.add(book, town.MARIA, town.read([town.row()]), city="chicago", file="b.csv", clock=town.clock)
    assert len(seen()) == 5
    elsewhere = f"sqlite:///{tmp_path / 'other.sqlite3'}"
    copies.restore(schema.upgrade(database.open_to_write(elsewhere)), town.KEEPER, tmp_path / "backup")
    assert len(seen(elsewhere)) == 4
    assert len(seen()) == 5


def test_what_one_page_does_with_the_table_is_not_seen_by_another(atlas: Atlas, book: Log, log_address: str) -> None:
    fresh, environ = dataclasses.replace(atlas, _kept={}), {database.VARIABLE: log_address}
    first = progress_log.entries(fresh, environ)
    first["reported"] = 0
    first.loc[:, "programme"] = "another"
    del first["note"]
    found = progress_log.entries(fresh, environ)
    assert list(found["reported"].astype(int)) == [1200, 12, 5, 30]
    assert "another" not in set(found["programme"])
    assert "note" in found
