"""The guards in the database that keep the log append-only, and whether they are there. Knows no rows, and makes no guard.

``migrations`` make them. SQLite has a trigger for each thing that is refused; the one on INSERT keeps INSERT OR REPLACE from
putting a row in the place of another, of which no other trigger hears. PostgreSQL has one or two for each table, which call a
function. Whoever owns the database can take them away: that they stand now does not say that they always stood.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection

_WHY = "make a backup and restore it into an empty log, which has all guards, or find out who changed the database"

_SAID = "the programme log is append-only"
_FORWARD = "the end of the programme log moves forward alone"
_NUMBERED = "number = NEW.number"
_NOT_FORWARD = "NEW.batches <= OLD.batches OR NEW.rows <= OLD.rows"

#: SQLite: name -> (table, event, the condition under which it is refused, what is said).
_SQLITE = {
    f"{table}_no_{event.lower()}": (table, event, "", _SAID)
    for table in ("log_batch", "log_entry", "log_trace")
    for event in ("UPDATE", "DELETE")
} | {
    "log_batch_no_replace": ("log_batch", "INSERT", f"EXISTS (SELECT 1 FROM log_batch WHERE {_NUMBERED})", _SAID),
    "log_entry_no_replace": (
        "log_entry", "INSERT", f"EXISTS (SELECT 1 FROM log_entry WHERE {_NUMBERED} OR changes = NEW.changes)", _SAID,
    ),
    "log_trace_no_replace": ("log_trace", "INSERT", f"EXISTS (SELECT 1 FROM log_trace WHERE {_NUMBERED})", _SAID),
    "log_head_no_replace": ("log_head", "INSERT", "EXISTS (SELECT 1 FROM log_head WHERE only = NEW.only)", _SAID),
    "log_head_no_delete": ("log_head", "DELETE", "", _SAID),
    "log_head_forward": ("log_head", "UPDATE", _NOT_FORWARD, _FORWARD),
}  # fmt: skip

# As pg_trigger writes down when one is called: for each row (1), before (2), on DELETE (8), UPDATE (16), TRUNCATE (32).
_REFUSED, _DELETED, _ROW_UPDATED = 2 + 8 + 16 + 32, 2 + 8 + 32, 1 + 2 + 16
#: PostgreSQL: name -> (table, when, function).
_POSTGRESQL = {
    "log_batch_append_only": ("log_batch", _REFUSED, "log_append_only"),
    "log_entry_append_only": ("log_entry", _REFUSED, "log_append_only"),
    "log_trace_append_only": ("log_trace", _REFUSED, "log_append_only"),
    "log_head_no_delete": ("log_head", _DELETED, "log_append_only"),
    "log_head_forward": ("log_head", _ROW_UPDATED, "log_only_forward"),
}
#: What the functions do, blanks aside.
_FUNCTIONS = {
    "log_append_only": f"BEGIN RAISE EXCEPTION '{_SAID}'; END",
    "log_only_forward": f"BEGIN IF {_NOT_FORWARD} THEN RAISE EXCEPTION '{_FORWARD}'; END IF; RETURN NEW; END",
}


def problems(connection: Connection) -> list[str]:
    """Which guards are missing, switched off or others than they should be, one sentence each; empty when all stand."""
    found = _of_sqlite(connection) if connection.dialect.name == "sqlite" else _of_postgresql(connection)
    return [f"the guard {name} of {table} {wrong}; {_WHY}" for name, table, wrong in found]


def _of_sqlite(connection: Connection) -> Iterator[tuple[str, str, str]]:
    asked = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    there = {name: _plain(text) for name, text in connection.exec_driver_sql(asked)}
    for name, (table, event, condition, said) in _SQLITE.items():
        when = f" WHEN {condition}" if condition else ""
        if name not in there:
            yield name, table, "is missing"
        elif there[name] != f"CREATE TRIGGER {name} BEFORE {event} ON {table}{when} BEGIN SELECT RAISE(ABORT, '{said}'); END":
            yield name, table, "is another than this program made"


def _of_postgresql(connection: Connection) -> Iterator[tuple[str, str, str]]:
    asked = sa.text(
        "SELECT t.tgenabled, t.tgtype, p.proname, p.prosrc, t.tgqual IS NULL "
        "FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE t.tgrelid = to_regclass(:table) AND t.tgname = :name"
    )
    for name, (table, when, function) in _POSTGRESQL.items():
        row = connection.execute(asked, {"table": table, "name": name}).one_or_none()
        if row is None:
            yield name, table, "is missing"
        elif row.tgenabled not in ("O", "A"):
            yield name, table, "is switched off"
        elif (row.tgtype, row.proname, _plain(row.prosrc)) != (when, function, _FUNCTIONS[function]) or not row[-1]:
            yield name, table, "is another than this program made"


def _plain(text: str) -> str:
    """One blank where there are several."""
    return " ".join(text.split())
