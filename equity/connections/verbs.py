"""The verbs of the programme log, one function each: reads a command, calls one room, prints. Checks nothing itself."""

from __future__ import annotations

import argparse
import contextlib
import datetime
import getpass
import sys

from equity.connections import accounts, copies, database, guards, places, previews, rights, rules, schema, sheet, traces
from equity.connections import history as histories
from equity.connections import log as logs
from equity.connections import verify as verifying
from equity.connections.database import Log
from equity.connections.log import Receipt
from equity.connections.places import Places
from equity.connections.previews import Preview
from equity.connections.rights import Actor, Right
from equity.errors import LogDamaged, LogInvalid, LogMissing, UsageError

_SHOWN_PROBLEMS = 50
_SHOWN_REPEATS = 200
_MOST_LISTED = 200
_NUMBERS = ("entry", "write", "count", "rows", "wrong tries today", "addresses that wait")  # columns of numbers


def template(_asked: argparse.Namespace) -> None:
    sys.stdout.write(sheet.template())
    kinds = ", ".join(rules.Kind)
    print(
        f"month: 2026-03. place: citywide, an area's number or name, or a tract's 11 digits. kind: {kinds}.\n"
        "count: a whole number. partner, funding and note may be empty; of the kind other, the note says what was counted.",
        file=sys.stderr,
    )


def import_(asked: argparse.Namespace) -> None:
    try:
        with asked.file.open("rb") as stream:
            body = stream.read(sheet.MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{asked.file} cannot be read ({error.strerror}); name a CSV file") from None
    actor = _actor(asked)
    read = sheet.read(body, _places(asked.city), _today())
    if read.problems:
        shown = [f"{asked.file.name}: {problem}" for problem in read.problems[:_SHOWN_PROBLEMS]]
        more = len(read.problems) - len(shown)
        shown += [f"... and {more:,} more"] if more else []
        many = f"{len(read.problems):,} problem{'s' if len(read.problems) > 1 else ''}"
        raise LogInvalid("\nequity: ".join([*shown, f"{asked.file.name} has {many}; nothing was written: correct the file"]))
    if asked.dry_run:
        try:
            found = logs.preview(_open(make=False), read, asked.city)
        except LogMissing:
            found = previews.nothing_yet(read)
        _show_preview(found, len(read.lines))
        if not asked.again:
            previews.must_be_new(found, asked.file.name)  # it ends as the import would
        return
    log = _open(make=True)
    found = logs.preview(log, read, asked.city)
    receipt = logs.add(log, actor, read, city=asked.city, file=asked.file.name, again=asked.again, seen=found.alike)
    _show_preview(found, receipt.rows)
    _show("Imported", receipt)


def _show_preview(found: Preview, rows: int) -> None:
    print(f"Rows: {rows:,}, in all")
    for (month, kind), count in found.added.items():
        print(f"  {month}  {kind:<20} {count:>9,}")
    if found.same:
        print(f"The log has this file already, as write {found.same.number} by {found.same.by} on {found.same.at[:10]}.")
    if found.repeats:
        named = list(map(str, found.repeats[:_SHOWN_REPEATS]))
        more = [f"and {len(found.repeats) - len(named):,} more"] if len(found.repeats) > len(named) else []
        print(f"These rows look as if they were or had been there already: {'; '.join(named + more)}.")


def list_(asked: argparse.Namespace) -> None:
    log, known = _open(make=False), _places(asked.city)
    with log.reading() as connection:
        if asked.imports:
            rows = [
                (str(b.number), b.kind, _moment(b.at), b.by, b.door, f"{b.rows:,}", b.file or b.reason)
                for b in histories.batches(connection, asked.city)
            ]
            _table(("write", "kind", "at (UTC)", "by", "door", "rows", "file or reason"), rows)
            return
        found = histories.entries(connection, asked.city)
    rows = []
    for entry in found:
        told = entry.report
        named = asked.programme is None or places.folded(asked.programme) == places.folded(told.programme)
        if named and asked.month in (None, told.month) and asked.kind in (None, told.kind):
            place = "citywide" if told.level == places.CITY else known.name_of(told.level, told.place)  # as one would type it
            cells = (told.month, told.programme, told.partner, place, told.kind, f"{told.count:,}", told.funding, told.note)
            rows.append((str(entry.entry), *cells))
    _table(("entry", "month", "programme", "partner", "place", "kind", "count", "funding", "note"), rows[-_MOST_LISTED:])
    if len(rows) > _MOST_LISTED:
        print(f"The last {_MOST_LISTED} of {len(rows):,}; narrow them with --month, --programme or --kind, or export them.")


def correct(asked: argparse.Namespace) -> None:

    cells = dict(cell.partition("=")[::2] for cell in asked.cells)
    actor, places = _actor(asked), _places(asked.city)
    receipt = logs.correct(_open(make=False), actor, asked.entry, cells, places=places, reason=asked.reason)
    _show("Corrected", receipt)


def withdraw(asked: argparse.Namespace) -> None:

    if bool(asked.entries) == (asked.batch is not None):
        raise UsageError("say which entries, by number, or which import: --import NUMBER")
    log, actor, told = _open(make=False), _actor(asked), {"city": asked.city, "reason": asked.reason}
    if asked.entries:
        receipt = logs.withdraw(log, actor, asked.entries, **told)
    else:
        receipt = logs.withdraw_import(log, actor, asked.batch, **told)
    _show("Withdrawn", receipt)


def history(asked: argparse.Namespace) -> None:
    with _open(make=False).reading() as connection:
        found = (
            histories.changes(connection, asked.city)
            if asked.entry is None
            else histories.of_entry(connection, asked.entry, asked.city)
        )
        for change in found:
            batch, after = change.after.batch, rules.cells(change.after.report)
            before = rules.cells(change.before.report) if change.before else {}
            if change.after.state == "withdrawn":
                told = ""
            elif before:
                told = ": " + "; ".join(
                    f"{name} {before[name]!r} -> {after[name]!r}" for name in after if before[name] != after[name]
                )
            else:
                told = ": " + "; ".join(f"{name} {value!r}" for name, value in after.items() if value)
            why = f" ({batch.reason or batch.file})"
            who = f"{batch.by} ({batch.door})" if batch.door else batch.by
            what = f"entry {change.after.entry} {change.after.state}"
            print(f"{_moment(batch.at)} UTC, write {batch.number}, {who}: {what}{why}{told}")


def export(asked: argparse.Namespace) -> None:
    from equity import exports
    from equity.connections import totals

    if asked.about:
        columns = totals.HISTORY if asked.shape == "history" else totals.ENTRIES
        print("\n".join(f"{name}: {meaning}" for name, meaning in columns.items()))
        return
    with _open(make=False).reading() as connection:
        if asked.shape == "history":
            table = totals.history(histories.changes(connection, asked.city))
        else:
            table = totals.entries(histories.entries(connection, asked.city), _places(asked.city))
    sys.stdout.write(exports.to_csv(table if asked.shape in ("entries", "history") else totals.totals(table, asked.shape)))


def backup(asked: argparse.Namespace) -> None:
    print(f"{asked.file} holds the log: {copies.backup(_open(make=False), asked.file)}")


def restore(asked: argparse.Namespace) -> None:
    log = _open(make=True)
    said = copies.restore(log, _actor(asked), asked.file, without_wal=asked.without_wal)
    print(f"{log.where} holds the log again: {said}")


def verify(asked: argparse.Namespace) -> None:
    with contextlib.ExitStack() as stack:
        backup = copies.opened(asked.file, without_wal=asked.without_wal) if asked.file else None
        log = stack.enter_context(backup) if backup else _open(make=False)
        connection = stack.enter_context(log.reading())
        problems = verifying.problems(connection)
        if asked.seal is not None and not verifying.holds(connection, asked.seal) and not problems:
            problems = [
                "the log has no such seal: what was written up to it is lost, or the seal is mistyped or another log's; look "
                "at it again, then restore a backup"
            ]
        problems += [] if backup else guards.problems(connection)  # what is restored gets all guards anew
        if problems:
            raise LogDamaged("\nequity: ".join(problems))
        print(f"All as it was written: {verifying.state(connection)}")


def add_user(asked: argparse.Namespace) -> None:
    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if password != getpass.getpass("Once more: "):
            raise LogInvalid("the two passwords differ; nothing was written")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    right = Right[asked.right.upper()]
    name = accounts.add(_open(make=True), _actor(asked), asked.account, password, right, replace=asked.replace)
    print(f"{name} may sign in as {asked.right}.")


def users(asked: argparse.Namespace) -> None:
    log = _open(make=False)
    if asked.history:
        with log.reading() as connection:
            done = traces.listed(connection)
        rows = [(_moment(one.at), f"{one.by} ({one.door})", one.what, one.account, one.right) for one in done]
        _table(("when (UTC)", "who", "what", "account", "right since"), rows)
        return
    found = accounts.listed(log)
    rows = [(one.name, one.right, _moment(one.added_at), one.added_by, f"{one.wrong:,}", f"{one.waiting:,}") for one in found]
    _table(("name", "right", "since (UTC)", "given by", "wrong tries today", "addresses that wait"), rows)


def open_user(asked: argparse.Namespace) -> None:
    name = accounts.open_(_open(make=False), _actor(asked), asked.account)
    print(f"{name} may sign in at once, from everywhere, with the same password as before.")


def remove_user(asked: argparse.Namespace) -> None:
    name = accounts.remove(_open(make=False), _actor(asked), asked.account)
    print(f"{name} may sign in no more; what {name} wrote stays in the log.")


# --- what the verbs share -------------------------------------------------------------------------------------------


def _open(*, make: bool) -> Log:
    """The log to write to, its tables as they are today."""
    return schema.upgrade(database.open_to_write(make=make))


def _places(city: str) -> Places:
    from equity import atlas as atlases

    atlas = atlases.load(city)
    tracts = [atlas.tracts_of(vintage) for vintage in sorted(atlas.tracts, reverse=True)]
    return places.of(atlas.city.slug, atlas.city.name, atlas.areas, tracts)


def _actor(asked: argparse.Namespace) -> Actor:
    return rights.of_command_line(asked.name)


def _today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()


def _moment(at: str) -> str:
    """To the minute."""
    return at[:16].replace("T", " ")


def _show(done: str, receipt: Receipt) -> None:
    """A seal is worth noting elsewhere: ``verify --seal`` tells later whether all that was written up to it is there."""
    print(f"{done}: write {receipt.number}, rows: {receipt.rows:,}. The log's seal is now {receipt.seal}")


def _table(headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """What people typed is text: nothing in it is taken for markup."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for heading in headings:
        table.add_column(heading, justify="right" if heading in _NUMBERS else "left")
    for row in rows:
        table.add_row(*map(Text, row))
    (Console() if sys.stdout.isatty() else Console(width=200)).print(table)
