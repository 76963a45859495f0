"""What the log says: the entries that count, the writes, what became of one entry. Reads, and adds nothing up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from equity.connections import rights, rules, tables
from equity.connections.rules import Report
from equity.errors import UsageError


@dataclass(frozen=True)
class Batch:
    """One write: an import, a correction or a withdrawal. ``file`` is an import's, ``reason`` that of the others.

    ``door``: "command line" or "browser"; "" where an older version of this program wrote.
    """

    number: int
    kind: str
    city: str
    at: str
    by: str
    reason: str
    file: str
    file_sha256: str
    rows: int
    seal: str
    door: str = ""


@dataclass(frozen=True)
class Entry:
    """One version of an entry: ``entry`` is its number for good, ``number`` that of this version, ``line`` its row in the file.

    ``state``: entered, corrected or withdrawn. ``batch`` is the write that made this version.
    """

    number: int
    entry: int
    line: int
    state: str
    batch: Batch
    report: Report


@dataclass(frozen=True)
class Change:
    """What a write did to an entry: who, when and why are in ``after.batch``; ``before`` is None when it was entered."""

    before: Entry | None
    after: Entry


_LATER = tables.entry.alias("later")
#: No later row names this one.
NEWEST = ~sa.exists().where(_LATER.c.changes == tables.entry.c.number)
#: It counts: the newest version, and not withdrawn.
COUNTS = sa.and_(NEWEST, tables.entry.c.state != tables.WITHDRAWN)

_BATCH = [column.label(f"batch_{column.name}") for column in tables.batch.c]
_JOINED = sa.select(tables.entry, *_BATCH).join(tables.batch, tables.batch.c.number == tables.entry.c.batch)


def entries(connection: Connection, city: str, *conditions: sa.ColumnElement[bool]) -> list[Entry]:
    """The entries of a city that count, oldest month first; ``conditions`` on ``tables.entry`` narrow them."""
    asked = _JOINED.where(COUNTS, tables.batch.c.city == city, *conditions)
    rows = connection.execute(asked.order_by(tables.entry.c.month, tables.entry.c.entry)).mappings()
    return [_entry(row) for row in rows]


def versions(connection: Connection, city: str, *conditions: sa.ColumnElement[bool]) -> list[Entry]:
    """Every version that an entry of a city ever had, in the order in which they were written; narrowed as ``entries``."""
    asked = _JOINED.where(tables.batch.c.city == city, *conditions)
    return [_entry(row) for row in connection.execute(asked.order_by(tables.entry.c.number)).mappings()]


def entry(connection: Connection, number: int, city: str | None = None) -> Entry:
    """The newest version of an entry, withdrawn or not. UsageError for a number that is no entry's, or not of that city."""
    conditions = [tables.entry.c.entry == number, NEWEST] + ([tables.batch.c.city == city] if city else [])
    row = connection.execute(_JOINED.where(*conditions)).mappings().one_or_none()
    if row is None:
        raise UsageError(f"no entry {number}; see: python -m equity connections list")
    return _entry(row)


def of_entry(connection: Connection, number: int, city: str) -> list[Change]:
    """All that was done to one entry, the first thing first. UsageError as ``entry``."""
    entry(connection, number, city)
    known = versions(connection, city, tables.entry.c.entry == number)
    return [Change(before, after) for before, after in zip([None, *known], known, strict=False)]


def changes(connection: Connection, city: str) -> Iterator[Change]:
    """All that was ever done in a city, in the order in which it was done."""
    asked = _JOINED.where(tables.batch.c.city == city).order_by(tables.entry.c.number)
    last: dict[int, Entry] = {}
    for row in connection.execute(asked).mappings():
        version = _entry(row)
        yield Change(last.get(version.entry), version)
        last[version.entry] = version


def of_batch(connection: Connection, number: int, city: str) -> list[Change]:
    """All that one write did, row by row; empty for a number that is no write's in this city."""
    of_it = tables.entry.c.batch == number
    changed = tables.entry.alias("changed")
    older = tables.entry.c.number.in_(sa.select(changed.c.changes).where(changed.c.batch == number))
    asked = _JOINED.where(tables.batch.c.city == city).order_by(tables.entry.c.number)
    before = {row["entry"]: _entry(row) for row in connection.execute(asked.where(older)).mappings()}
    return [Change(before.get(row["entry"]), _entry(row)) for row in connection.execute(asked.where(of_it)).mappings()]


def brought_by(number: int) -> sa.ColumnElement[bool]:
    """For ``entries``: those whose first version came with this import."""
    first = tables.entry.alias("first")
    return tables.entry.c.entry.in_(sa.select(first.c.number).where(first.c.batch == number, first.c.entry == first.c.number))


def seal(connection: Connection) -> str:
    """The seal of the newest write: the same as long as nothing was written, in any city."""
    return connection.execute(sa.select(tables.head.c.seal)).scalar_one()


def batches(connection: Connection, city: str | None = None) -> list[Batch]:
    """Every write (of a city), the first one first."""
    asked = sa.select(*_BATCH).order_by(tables.batch.c.number)
    asked = asked.where(tables.batch.c.city == city) if city else asked
    return [_batch(row) for row in connection.execute(asked).mappings()]


def _entry(row: RowMapping) -> Entry:
    report = Report(**{name: row[name] for name in rules.FIELDS})
    return Entry(row["number"], row["entry"], row["line"], row["state"], _batch(row), report)


def _batch(row: RowMapping) -> Batch:
    told = {name: row[f"batch_{name}"] for name in Batch.__dataclass_fields__ if name != "door"}
    told["by"], told["door"] = rights.signed(told["by"])
    return Batch(**told)
