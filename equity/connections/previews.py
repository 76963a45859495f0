"""What an import would do, before it is done: what it adds, and what looks as if it were there already. Writes nothing."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from equity.connections import history, rules, tables
from equity.connections.history import Batch, Entry
from equity.connections.sheet import Sheet
from equity.errors import LogInvalid


@dataclass(frozen=True)
class Repeat:
    """A row of a file that looks like an entry of the log, or like an earlier row of the file (``entry`` is then None)."""

    row: int
    entry: int | None
    earlier_row: int | None

    def __str__(self) -> str:
        return f"row {self.row} is like " + (f"entry {self.entry}" if self.entry else f"row {self.earlier_row}")


@dataclass(frozen=True)
class Preview:
    """What an import would do. ``added``: (month, kind) -> count; ``same``: an import of the same file whose entries count."""

    added: dict[tuple[str, str], int]
    repeats: tuple[Repeat, ...]
    same: Batch | None

    @property
    def alike(self) -> str:
        """What is alike, as one sha256: whoever says that it is meant says it of this, and of nothing that came later."""
        told = [self.same and self.same.number, *((repeat.row, repeat.entry, repeat.earlier_row) for repeat in self.repeats)]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    @property
    def by_kind(self) -> dict[str, int]:
        """kind -> count."""
        summed: Counter[str] = Counter()
        for (_month, kind), count in self.added.items():
            summed[kind] += count
        return dict(sorted(summed.items()))


def of(connection: Connection, sheet: Sheet, city: str) -> Preview:
    """What importing this file into a city's log would do."""
    months = sorted({report.month for _, report in sheet.lines})
    known = history.entries(connection, city, tables.entry.c.month.in_(months))
    return Preview(_added(sheet), tuple(_repeats(sheet, known)), _same(connection, sheet, city))


def nothing_yet(sheet: Sheet) -> Preview:
    """``of`` where there is no log yet."""
    return Preview(_added(sheet), tuple(_repeats(sheet, [])), None)


def must_be_new(found: Preview, file: str) -> None:
    """LogInvalid for what nobody should do without saying so."""
    if found.same:
        raise LogInvalid(
            f"{file} was imported already, as import {found.same.number} by {found.same.by} on {found.same.at[:10]}; nothing "
            "was written; if all of it is to be counted again, say --again"
        )
    if found.repeats:
        first = "; ".join(map(str, found.repeats[:5])) + ("; …" if len(found.repeats) > 5 else "")
        raise LogInvalid(
            f"{file} has {many(found.repeats, 'row')} like what the log has already, or twice ({first}); nothing was written; "
            "take them out, or say --again if they are to be counted"
        )


def many(items: Iterable[object], noun: str) -> str:
    """ "2 rows", "1 row"."""
    number = len(tuple(items))
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _added(sheet: Sheet) -> dict[tuple[str, str], int]:
    added: Counter[tuple[str, str]] = Counter()
    for _, report in sheet.lines:
        added[report.month, report.kind] += report.count
    return dict(sorted(added.items()))


def _repeats(sheet: Sheet, known: list[Entry]) -> Iterable[Repeat]:
    """Rows like an entry that counts, or like a row above."""
    entries = {rules.likeness(entry.report): entry.entry for entry in known}
    rows: dict[tuple, int] = {}
    for row, report in sheet.lines:
        like = rules.likeness(report)
        if like in entries or like in rows:
            yield Repeat(row, entries.get(like), rows.get(like))
        rows.setdefault(like, row)


def _same(connection: Connection, sheet: Sheet, city: str) -> Batch | None:
    """The last import of the same bytes, or of the same reports in another dress, of which something still counts."""
    same = sa.or_(tables.batch.c.file_sha256 == sheet.sha256, tables.batch.c.content_sha256 == sheet.content)
    asked = sa.select(tables.batch.c.number).where(same, tables.batch.c.kind == tables.IMPORT, tables.batch.c.city == city)
    for number in connection.execute(asked.order_by(tables.batch.c.number.desc())).scalars().all():
        if history.entries(connection, city, history.brought_by(number)):
            return next(batch for batch in history.batches(connection, city) if batch.number == number)
    return None
