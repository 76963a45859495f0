"""What an import would do, before it is done: what it adds, and what looks as if it were there already. Writes nothing.

A row is held against all that an entry ever said. Files grow month by month, and the row that was wrong in January is still in
the one of March: it looks like no entry that counts, since that was corrected or withdrawn, and would be counted all the same.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import astuple, dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from equity.connections import history, rules, tables
from equity.connections.history import Batch, Entry
from equity.connections.sheet import Sheet
from equity.errors import LogInvalid


@dataclass(frozen=True)
class Repeat:
    """A row of a file that looks like an entry of the log, or like an earlier row of the file (``entry`` is then None).

    ``became``: "" where the entry says so now, "corrected" where it said so before a correction, "withdrawn" where it counts no
    longer.
    """

    row: int
    entry: int | None
    earlier_row: int | None
    became: str = ""

    def __str__(self) -> str:
        if self.entry is None:
            return f"row {self.row} is like row {self.earlier_row}"
        if self.became == tables.CORRECTED:
            return f"row {self.row} is like what entry {self.entry} said before it was corrected"
        return f"row {self.row} is like entry {self.entry}" + (", which was withdrawn" if self.became else "")


@dataclass(frozen=True)
class Preview:
    """What an import would do. ``added``: (month, kind) -> count; ``same``: an import of the same file whose entries count."""

    added: dict[tuple[str, str], int]
    repeats: tuple[Repeat, ...]
    same: Batch | None

    @property
    def alike(self) -> str:
        """What is alike, as one sha256: whoever says that it is meant says it of this, and of nothing that came later."""
        told = [self.same and self.same.number, *map(astuple, self.repeats)]
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
    return Preview(_added(sheet), tuple(_repeats(sheet, _said(connection, sheet, city))), _same(connection, sheet, city))


def nothing_yet(sheet: Sheet) -> Preview:
    """``of`` where there is no log yet."""
    return Preview(_added(sheet), tuple(_repeats(sheet, {})), None)


def must_be_new(found: Preview, file: str) -> None:
    """LogInvalid for what nobody should do without saying so."""
    if found.same:
        raise LogInvalid(
            f"{file} was imported already, as write {found.same.number} by {found.same.by} on {found.same.at[:10]}; nothing "
            "was written; if all of it is to be counted again, say --again"
        )
    if found.repeats:
        first = "; ".join(map(str, found.repeats[:5])) + ("; …" if len(found.repeats) > 5 else "")
        raise LogInvalid(
            f"{file} has {many(found.repeats, 'row')} like what the log has or had, or twice ({first}); nothing was written; "
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


def _said(connection: Connection, sheet: Sheet, city: str) -> dict[tuple, tuple[int, str]]:
    """likeness -> the entry that says so or said so, and what became of it. One that says so now goes before all others."""
    of_its_months = tables.entry.c.month.in_(sorted({report.month for _, report in sheet.lines}))
    now = {one.number for one in history.entries(connection, city, of_its_months)}
    gone = {one.entry for one in history.versions(connection, city, tables.entry.c.state == tables.WITHDRAWN)}

    def became(version: Entry) -> str:
        if version.number in now:
            return ""
        return tables.WITHDRAWN if version.entry in gone else tables.CORRECTED

    found = [(rules.likeness(one.report), one.entry, became(one)) for one in history.versions(connection, city, of_its_months)]
    order = (tables.WITHDRAWN, tables.CORRECTED, "")
    return {like: (entry, what) for like, entry, what in sorted(found, key=lambda one: order.index(one[2]))}


def _repeats(sheet: Sheet, said: dict[tuple, tuple[int, str]]) -> Iterable[Repeat]:
    """Rows like what an entry says or said, or like a row above."""
    rows: dict[tuple, int] = {}
    for row, report in sheet.lines:
        like = rules.likeness(report)
        if like in said or like in rows:
            entry, became = said.get(like, (None, ""))
            yield Repeat(row, entry, rows.get(like), became)
        rows.setdefault(like, row)


def _same(connection: Connection, sheet: Sheet, city: str) -> Batch | None:
    """The last import of the same bytes, or of the same reports in another dress, of which something still counts."""
    same = sa.or_(tables.batch.c.file_sha256 == sheet.sha256, tables.batch.c.content_sha256 == sheet.content)
    asked = sa.select(tables.batch.c.number).where(same, tables.batch.c.kind == tables.IMPORT, tables.batch.c.city == city)
    for number in connection.execute(asked.order_by(tables.batch.c.number.desc())).scalars().all():
        if history.entries(connection, city, history.brought_by(number)):
            return next(batch for batch in history.batches(connection, city) if batch.number == number)
    return None
