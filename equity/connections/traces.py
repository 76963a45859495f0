"""What was done to accounts of staff: who, when, what. Kept for good, beside the log; knows no password and no session."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from equity.connections import chain, rights, tables
from equity.connections.rights import Actor

ADDED, REPLACED, OPENED, REMOVED = "added", "replaced", "opened", "removed"


@dataclass(frozen=True)
class Trace:
    """One deed: ``by`` did ``what`` to ``account``, which has ``right`` since ("" where it has none)."""

    number: int
    at: str
    by: str
    door: str
    what: str
    account: str
    right: str


def put(connection: Connection, actor: Actor, what: str, account: str, *, right: str, at: datetime.datetime) -> None:
    """Write down what is done to an account, in the transaction that does it, after it is done."""
    if connection.dialect.name != "sqlite":  # whose writer is alone: the next number is given out once
        connection.exec_driver_sql(f"LOCK TABLE {tables.trace.name} IN EXCLUSIVE MODE")
    newest = sa.select(tables.trace.c.number, tables.trace.c.seal).order_by(tables.trace.c.number.desc()).limit(1)
    number, before = connection.execute(newest).one_or_none() or (0, chain.START)
    moment = at.astimezone(datetime.UTC).isoformat(timespec="seconds")
    row = {"number": number + 1, "at": moment, "by": actor.signature, "what": what, "account": account, "right": right}
    connection.execute(sa.insert(tables.trace), row | {"seal": chain.of_trace(before, row)})


def listed(connection: Connection) -> list[Trace]:
    """All that was ever done to accounts, the first thing first."""
    rows = connection.execute(sa.select(tables.trace).order_by(tables.trace.c.number)).mappings()
    return [_trace(dict(row)) for row in rows]


def _trace(row: dict) -> Trace:
    by, door = rights.signed(row["by"])
    return Trace(**{name: row[name] for name in ("number", "at", "what", "account", "right")}, by=by, door=door)
