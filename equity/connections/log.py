"""Writing to the log: add what a file reports, correct an entry, withdraw entries. Nothing is ever changed or deleted.

Each function is given who asks and checks their right, does all or nothing in one transaction, and answers with a receipt once
what it wrote is on the disk. What is checked, is checked again under the writer's lock: the log may have moved since a preview,
and so may the account of who asks. Each receipt also goes to the log of the process that wrote (``logging``, at INFO), so that
seals are kept in a place that the database does not know.
"""

from __future__ import annotations

import datetime
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from equity.connections import chain, history, previews, rights, rules, tables
from equity.connections.database import Log
from equity.connections.history import Entry
from equity.connections.places import Places
from equity.connections.previews import Preview
from equity.connections.rights import Actor, Right
from equity.connections.rules import Report, Unfit
from equity.connections.sheet import Sheet
from equity.errors import LogInvalid, UsageError

Clock = Callable[[], datetime.datetime]
LONGEST_REASON = 500
_IMPORT, _CORRECT, _WITHDRAW, _TAKE_BACK = "import a file", "correct an entry", "withdraw an entry", "withdraw an import"

_log = logging.getLogger(__name__)


def now() -> datetime.datetime:
    """This moment, with its zone."""
    return datetime.datetime.now(datetime.UTC)


@dataclass(frozen=True)
class Receipt:
    """What was written: the number of the write, how many rows, and the seal of the log up to here."""

    number: int
    rows: int
    seal: str


def preview(log: Log, sheet: Sheet, city: str) -> Preview:
    """What ``add`` would do with this file, and what it would refuse unless told that it is meant."""
    with log.reading() as connection:
        return previews.of(connection, sheet, city)


def add(
    log: Log, actor: Actor, sheet: Sheet, *,
    city: str, file: str, again: bool = False, seen: str | None = None, clock: Clock = now,
) -> Receipt:  # fmt: skip
    """Every row of a file, or none. ``again``: also if the same file, or entries like its rows, are in the log.

    ``seen``: the ``Preview.alike`` that whoever says ``again`` had before them; if it is another now, nothing is written.
    LogInvalid when a row is not right, or for what ``again`` would allow; RightMissing without the right of an editor.
    """
    _fit(actor, sheet, file)  # nobody waits for a turn in vain, or makes others wait
    with log.writing() as connection:
        receipt = add_within(connection, actor, sheet, city=city, file=file, again=again, seen=seen, clock=clock)
    return noted(receipt)


def add_within(
    connection: Connection, actor: Actor, sheet: Sheet, *,
    city: str, file: str, again: bool = False, seen: str | None = None, clock: Clock = now,
) -> Receipt:  # fmt: skip
    """``add`` as a part of what somebody else's ``Log.writing`` does: all of that is written, or nothing.

    The receipt is true once that ends; whoever began it then hands it to ``noted``.
    """
    _fit(actor, sheet, file)
    rights.confirm(connection, actor, Right.EDITOR, _IMPORT)
    found = previews.of(connection, sheet, city)
    if not again:
        previews.must_be_new(found, file)
    elif seen not in (None, found.alike):
        raise LogInvalid(f"what the log has like the rows of {file} changed meanwhile; nothing was written; look at it again")
    about = {"file": rules.shown(file), "file_sha256": sheet.sha256, "file_bytes": sheet.size}
    rows = [{"line": line, "report": report} for line, report in sheet.lines]
    return _append(connection, actor, clock, tables.IMPORT, city, rows, about | {"content_sha256": sheet.content})


def correct(
    log: Log, actor: Actor, number: int, cells: Mapping[str, str], *, places: Places, reason: str,
    seen: int | None = None, clock: Clock = now,
) -> Receipt:  # fmt: skip
    """Entry ``number`` with other values from now on. ``cells``: column -> new text, checked as a row of a file is.

    ``seen``: the version that whoever corrects had before them; if another came meanwhile, nothing is written. UsageError for
    an entry or a column that is not there, LogInvalid for values that are not right, RightMissing without the right.
    """
    actor.must(Right.EDITOR, _CORRECT)
    reason = _reason(reason)
    unknown = [column for column in cells if column not in rules.COLUMNS]
    if unknown or not cells:
        said = f"no column {unknown[0]!r}" if unknown else "nothing to correct"
        raise UsageError(f"{said}; give column=value with one of: {', '.join(rules.COLUMNS)}")
    with log.writing() as connection:
        rights.confirm(connection, actor, Right.EDITOR, _CORRECT)
        old = _that_counts(connection, number, places.slug, "corrected", seen)
        new = _corrected(old.report, cells, places, clock().date())
        if new == old.report:
            raise LogInvalid(f"entry {number} says that already; nothing was written")
        row = _next(old, tables.CORRECTED) | {"report": new}
        receipt = _append(connection, actor, clock, tables.CORRECTION, places.slug, [row], {"reason": reason})
    return noted(receipt)


def withdraw(
    log: Log, actor: Actor, numbers: Iterable[int], *, city: str, reason: str, seen: int | None = None, clock: Clock = now
) -> Receipt:
    """These entries count no longer; they and what was withdrawn stay in the history. All of them or none.

    ``seen``: as for ``correct``, of a single entry. UsageError for one that is not there, LogInvalid for one that is withdrawn
    already, RightMissing without the right.
    """
    actor.must(Right.EDITOR, _WITHDRAW)
    reason = _reason(reason)
    with log.writing() as connection:
        rights.confirm(connection, actor, Right.EDITOR, _WITHDRAW)
        found = [_that_counts(connection, number, city, "withdrawn", seen) for number in dict.fromkeys(numbers)]
        receipt = _withdraw(connection, actor, clock, city, found, reason)
    return noted(receipt)


def withdraw_import(log: Log, actor: Actor, number: int, *, city: str, reason: str, clock: Clock = now) -> Receipt:
    """Every entry that an import brought and that still counts, as ``withdraw``. ``number``: that of the write."""
    actor.must(Right.EDITOR, _TAKE_BACK)
    reason = _reason(reason)
    with log.writing() as connection:
        rights.confirm(connection, actor, Right.EDITOR, _TAKE_BACK)
        known = {batch.number: batch for batch in history.batches(connection, city)}
        if number not in known or known[number].kind != tables.IMPORT:
            raise UsageError(f"no write {number} that is an import; see: python -m equity connections list --imports")
        found = history.entries(connection, city, history.brought_by(number))
        if not found:
            raise LogInvalid(f"nothing that write {number} brought counts any more; nothing was written")
        receipt = _withdraw(connection, actor, clock, city, found, reason)
    return noted(receipt)


def noted(receipt: Receipt) -> Receipt:
    """Say to the log of this process what was committed."""
    _log.info("programme log: write %d, rows: %d, seal %s", receipt.number, receipt.rows, receipt.seal)
    return receipt


# --- within ---------------------------------------------------------------------------------------------------------


def _fit(actor: Actor, sheet: Sheet, file: str) -> None:
    actor.must(Right.EDITOR, _IMPORT)
    if sheet.problems:
        raise LogInvalid(f"{file} has {previews.many(sheet.problems, 'problem')}, the first in {sheet.problems[0]}")


def _append(
    connection: Connection, actor: Actor, clock: Clock, kind: str, city: str, rows: list[dict[str, Any]], about: dict[str, Any]
) -> Receipt:
    """The next batch and its rows, sealed with the one before. The transaction is the caller's, and alone."""
    end = connection.execute(sa.select(tables.head)).mappings().one()
    batch = {"reason": "", "file": "", "file_sha256": "", "file_bytes": 0, "content_sha256": ""} | about
    at = clock().astimezone(datetime.UTC).isoformat(timespec="seconds")
    batch |= {"number": end["batches"] + 1, "kind": kind, "city": city, "at": at, "by": actor.signature, "rows": len(rows)}
    entries = []
    for number, row in enumerate(rows, start=end["rows"] + 1):
        told = {"line": 0, "entry": number, "changes": None, "state": tables.ENTERED} | row
        report = asdict(told.pop("report"))
        entries.append({"number": number, "batch": batch["number"]} | told | report)
    batch["seal"] = chain.seal(end["seal"], batch, entries)
    connection.execute(sa.insert(tables.batch), batch)
    connection.execute(sa.insert(tables.entry), entries)
    connection.execute(sa.update(tables.head).values(batches=batch["number"], rows=entries[-1]["number"], seal=batch["seal"]))
    return Receipt(batch["number"], len(entries), batch["seal"])


def _withdraw(connection: Connection, actor: Actor, clock: Clock, city: str, found: list[Entry], reason: str) -> Receipt:
    if not found:
        raise UsageError("no entry is named; see: python -m equity connections list")
    rows = [_next(old, tables.WITHDRAWN) | {"report": old.report} for old in found]
    return _append(connection, actor, clock, tables.WITHDRAWAL, city, rows, {"reason": reason})


def _next(old: Entry, state: str) -> dict[str, Any]:
    """What a row says that follows another one."""
    return {"entry": old.entry, "changes": old.number, "state": state}


def _that_counts(connection: Connection, number: int, city: str, done: str, seen: int | None) -> Entry:
    old = history.entry(connection, number, city)
    if old.state == tables.WITHDRAWN:
        raise LogInvalid(
            f"entry {number} was withdrawn by {old.batch.by} and cannot be {done}; if it is right, import it with --again"
        )
    if seen is not None and seen != old.number:
        raise LogInvalid(f"{old.batch.by} changed entry {number} meanwhile; look at it, then try anew")
    return old


def _corrected(old: Report, cells: Mapping[str, str], places: Places, today: datetime.date) -> Report:
    """Only what is corrected is checked: what was right when it was entered stays."""
    new = old
    for column, text in cells.items():
        try:
            new = replace(new, **rules.field(column, text, places, today))
        except Unfit as unfit:
            raise LogInvalid(f"{column} {unfit}") from None
    try:
        return rules.whole(new)
    except Unfit as unfit:
        raise LogInvalid(f"note {unfit}") from None


def _reason(text: str) -> str:
    """Why something is corrected or withdrawn; whoever reads the history later was not there."""
    text = " ".join(text.split())
    if not text or len(text) > LONGEST_REASON or not text.isprintable():
        raise LogInvalid(f"say in up to {LONGEST_REASON} signs why: --reason TEXT")
    return text
