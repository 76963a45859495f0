"""Is the log what was written? Recomputes every seal and every sum. Reads, and mends nothing.

What it cannot find is an end that was cut off by somebody who may change the database as its owner, takes the guards away, sets
the end of the log back and puts the guards up again: what is left is whole. Only a seal that was noted elsewhere tells that.
Of what was done to accounts, whose chain has no such end, the newest can go in the same way.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from equity.connections import chain, history, rights, rules, tables
from equity.connections.rules import Kind
from equity.errors import UsageError

SHORTEST_SEAL = 8  # digits: of a million writes, one begins like a seal that never was once in 4,000 times
_WHY = "restore a backup, or find out who changed the database"


def problems(connection: Connection) -> list[str]:
    """What is wrong, one sentence each; empty when all is well.

    The database's own checks; every batch against its seal, and the last against where the log ends; rows without gaps; every
    correction and withdrawal against what it changes; the sum of what counts, computed by the database and by going through
    the history row by row; and what was done to accounts against its own chain.
    """
    found = list(_database(connection))
    if found:
        return found
    return [*_chain(connection), *_versions(connection), *_totals(connection), *_traces(connection)]


def state(connection: Connection) -> str:
    """How far the log goes, and the seal that says so: "writes: 12, rows: 340, seal: 3f…"."""
    end = _end(connection)
    if end is None:
        return "no end"
    return f"writes: {end['batches']:,}, rows: {end['rows']:,}, seal: {end['seal'] or 'none yet'}"


def holds(connection: Connection, seal: str) -> bool:
    """Whether all that the log held when ``seal`` was its end is still in it, provided that there are no ``problems``.

    The first digits are enough. UsageError for what cannot be the beginning of a seal: nothing is lost, something is mistyped.
    """
    asked = seal.strip().lower()
    if not re.fullmatch(f"[0-9a-f]{{{SHORTEST_SEAL},64}}", asked):
        raise UsageError(f"a seal has 64 digits of 0 to 9 and a to f; give all of them, or at least the first {SHORTEST_SEAL}")
    begins = sa.select(tables.batch.c.number).where(tables.batch.c.seal.startswith(asked)).limit(1)
    return connection.execute(begins).first() is not None


def _database(connection: Connection) -> Iterator[str]:
    """The file itself, and the references of its tables."""
    if connection.dialect.name == "sqlite":
        said = [row[0] for row in connection.exec_driver_sql("PRAGMA integrity_check(5)")]
        yield from (f"the database file is damaged ({line}); {_WHY}" for line in said if line != "ok")
    for name, missing in (
        ("batch", sa.select(tables.entry.c.number).where(tables.entry.c.batch.not_in(sa.select(tables.batch.c.number)))),
        ("first version", _dangling(tables.entry.c.entry)),
        ("earlier version", _dangling(tables.entry.c.changes)),
    ):
        for number in connection.execute(missing.limit(5)).scalars():
            yield f"row {number} names a {name} that is not there; {_WHY}"


def _dangling(column: sa.Column) -> sa.Select:
    other = tables.entry.alias("other")
    return sa.select(tables.entry.c.number).where(column.is_not(None), ~sa.exists().where(other.c.number == column))


def _chain(connection: Connection) -> Iterator[str]:
    """Every seal anew, in order, a batch in memory at a time."""
    rows = connection.execution_options(yield_per=1000).execute(
        sa.select(tables.entry).order_by(tables.entry.c.batch, tables.entry.c.number)
    )
    by_batch = itertools.groupby(rows.mappings(), key=lambda row: row["batch"])
    group = next(by_batch, None)
    before, last, number, due = chain.START, 0, 0, 1
    for batch in connection.execute(sa.select(tables.batch).order_by(tables.batch.c.number)).mappings().all():
        number = batch["number"]
        by, _door = rights.signed(batch["by"])
        entries = list(group[1]) if group and group[0] == number else []
        group = next(by_batch, None) if entries else group
        if number != last + 1:
            yield f"write {last + 1} is lost: write {number} follows write {last}; {_WHY}"
        if [row["number"] for row in entries] != list(range(due, due + batch["rows"])):
            yield f"write {number} of {by} lacks some of its {batch['rows']:,} rows, or has others; {_WHY}"
        if chain.seal(before, batch, entries) != batch["seal"]:
            yield f"write {number} of {by} on {batch['at'][:10]} is not what was sealed; {_WHY}"
        before, last, due = batch["seal"], number, due + batch["rows"]
    end = _end(connection)
    if end is None or (end["batches"], end["rows"], end["seal"]) != (last, due - 1, before):
        yield f"the log ends at write {last}, and not where its end was written down; {_WHY}"


def _versions(connection: Connection) -> Iterator[str]:
    """Each row against the one it changes, and its values against what may stand in the log at all."""
    for row, before in _with_before(connection):
        where = f"row {row['number']}"
        first = row["state"] == tables.ENTERED
        if first != (before is None) or first != (row["entry"] == row["number"]):
            yield f"{where} is {row['state']} and does not fit what it says it changes; {_WHY}"
        elif before and (before["entry"] != row["entry"] or before["state"] == tables.WITHDRAWN):
            yield f"{where} changes row {before['number']}, which it may not; {_WHY}"
        if row["kind"] not in set(Kind) or not 0 <= row["count"] <= rules.MOST or row["state"] not in _STATES:
            yield f"{where} holds a value that no rule allows; {_WHY}"


_STATES = (tables.ENTERED, tables.CORRECTED, tables.WITHDRAWN)


def _with_before(connection: Connection) -> Iterator[tuple[RowMapping, RowMapping | None]]:
    known: dict[int, RowMapping] = {}
    for row in connection.execute(sa.select(tables.entry).order_by(tables.entry.c.number)).mappings():
        yield row, known.get(row["changes"]) if row["changes"] else None
        known[row["number"]] = row


def _totals(connection: Connection) -> Iterator[str]:
    """What the database adds up of what counts, against a walk through the history from its first row to its last."""
    kind, count = tables.entry.c.kind, tables.entry.c.count
    asked = sa.select(kind, sa.func.sum(count)).where(history.COUNTS).group_by(kind)
    summed = {kind: int(total) for kind, total in connection.execute(asked)}
    counts: dict[int, tuple[str, int]] = {}
    for row, _before in _with_before(connection):
        counts.pop(row["entry"], None)
        if row["state"] != tables.WITHDRAWN:
            counts[row["entry"]] = (row["kind"], row["count"])
    walked: Counter[str] = Counter()
    for kind, count in counts.values():
        walked[kind] += count
    for kind in sorted(set(summed) | set(walked)):
        if summed.get(kind, 0) != walked[kind]:
            yield f"the entries of kind {kind} add up to {summed.get(kind, 0)}, their history to {walked[kind]}; {_WHY}"


def _traces(connection: Connection) -> Iterator[str]:
    before = chain.START
    for last, row in enumerate(connection.execute(sa.select(tables.trace).order_by(tables.trace.c.number)).mappings()):
        if row["number"] != last + 1 or chain.of_trace(before, row) != row["seal"]:
            yield f"what was done to accounts is not what was sealed, from number {last + 1} on; {_WHY}"
            return
        before = row["seal"]


def _end(connection: Connection) -> Any:
    return connection.execute(sa.select(tables.head)).mappings().one_or_none()
