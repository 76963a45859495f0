"""Backups of the log, and putting one back. Knows nothing of what the rows mean, and checks both ways that nothing is lost.

Of SQLite a backup is a file of SQLite, taken while others write (its own online backup). Of PostgreSQL it is a text file: a
line of JSON for each row, and at the end the sha256 of all that precedes. Either goes into an empty log of either kind, which
is also the way from one database to the other. A backup holds the hashes of passwords: only its owner can read the file. It has
neither sessions nor the files that wait in them.

The file of a log itself can be read as one too, together with its ``-wal``, in which SQLite keeps what was written last. A copy
of it that came without its ``-wal`` is whole if the log was closed, and lacks writes if it was not. The file does not say which
(no field of its header differs), so it is refused unless told.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from equity import durable
from equity.connections import database, guards, schema, tables, verify
from equity.connections.database import Log
from equity.connections.rights import Actor, Right
from equity.errors import LogDamaged, LogInvalid, LogUnavailable

_SQLITE = b"SQLite format 3\x00"
_IN_WAL_MODE = b"\x02\x02"  # bytes 18 and 19 of a file of SQLite; our backups have 1 and 1
_FORM = "equity programme log, backup 1"
_MANY = 1_000  # rows a statement


def backup(log: Log, path: Path) -> str:
    """Write a backup to ``path``, which must not exist, and read it back; how far it goes, in words.

    LogDamaged when the log itself is not what was written, LogUnavailable when the file cannot be made.
    """
    if path.exists():
        raise LogUnavailable(f"{path} is there already and is not written over; choose another name")
    part = path.with_name(f".{path.name}.part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))
        (_copy if log.file else _dump)(log, part)
        with opened(part, path) as copy, copy.reading() as connection:
            said = verify.state(connection)
        durable.flush(part)
        part.rename(path)
        durable.flush(path.parent)
    except OSError as error:
        raise LogUnavailable(f"{path} cannot be written ({error.strerror}); choose another place, or make room there") from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return said


def restore(log: Log, actor: Actor, path: Path, *, without_wal: bool = False) -> str:
    """Put a backup into an empty log, all of it or nothing; how far it goes, in words. ``without_wal``: as for ``opened``.

    LogInvalid when the log holds anything, LogDamaged when the backup is not what was written, RightMissing for all but the
    keeper.
    """
    actor.must(Right.KEEPER, "restore a backup")
    with opened(path, without_wal=without_wal) as copy, copy.reading() as source:
        schema.upgrade(log)
        with log.writing() as target:
            for table in (tables.batch, tables.entry, tables.account, tables.trace):
                if target.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first():
                    raise LogInvalid(f"the log at {log.where} is not empty, as it has to be; nothing was done")
            for table in tables.IN_ORDER:
                _put(target, table, _rows(source, table))
            found = [*verify.problems(target), *guards.problems(target)]
            if found:
                raise LogDamaged(f"what was restored is not what was saved: {found[0]}")
            return verify.state(target)


@contextlib.contextmanager
def opened(path: Path, named: Path | None = None, *, without_wal: bool = False) -> Iterator[Log]:
    """A backup as a log to read, checked: a copy in a temporary folder, brought to the tables of today.

    ``named``: what to call it in a sentence. ``without_wal``: also the file of a log whose ``-wal`` is not beside it.
    LogDamaged if it is not whole, LogUnavailable if it cannot be read, LogInvalid for what only ``without_wal`` allows.
    """
    named = named or path
    with tempfile.TemporaryDirectory(prefix="equity-log-") as folder:
        file = Path(folder) / "log.sqlite3"
        try:
            with path.open("rb") as stream:
                begins = stream.read(len(_SQLITE) + 4)
        except OSError as error:
            raise LogUnavailable(f"{named} cannot be read ({error.strerror}); name a backup") from None
        is_sqlite = begins.startswith(_SQLITE)
        if is_sqlite:
            _fetch(path, file, named, begins[-2:] == _IN_WAL_MODE, without_wal)
        copy = database.open_to_write(f"sqlite:///{file}", {})
        try:
            try:
                if not is_sqlite:
                    _load(copy, path, named)
                schema.upgrade(copy)
                with copy.reading() as connection:
                    found = verify.problems(connection)
            except LogUnavailable as error:
                raise LogDamaged(f"{named} is no whole backup: {str(error).replace(str(file), str(named))}") from None
            if found:
                raise LogDamaged(f"{named} is no whole backup: {found[0]}")
            yield copy
        finally:
            copy.engine.dispose()


def _fetch(path: Path, to: Path, named: Path, in_wal_mode: bool, without_wal: bool) -> None:
    """What a file of SQLite holds at this moment, with its ``-wal`` if it has one, whoever writes meanwhile."""
    path = path.resolve()  # beside which SQLite looks, too
    alone = in_wal_mode and not path.with_name(f"{path.name}-wal").exists()
    if alone and not without_wal:
        raise LogInvalid(
            f"{named} is the file of a log and no backup, and {path.name}-wal, which may hold what was written last, is not "
            "beside it; take a backup with: python -m equity connections backup. If the log was closed when it was copied, or "
            "nothing better is left, say --without-wal"
        )
    mode = "immutable=1" if alone else "mode=ro"  # a reader of the first kind makes no -wal of its own
    try:
        with (
            contextlib.closing(sqlite3.connect(f"{path.as_uri()}?{mode}", uri=True)) as source,
            contextlib.closing(sqlite3.connect(to)) as target,
        ):
            source.backup(target)
    except sqlite3.OperationalError as error:  # a -wal can be read where SQLite may make a file beside it
        raise LogUnavailable(f"{named} cannot be read ({error}); copy it with its -wal to where you may write") from None
    except sqlite3.DatabaseError as error:
        raise LogDamaged(f"{named} is no whole backup: it cannot be read ({error}); try another one") from None


def _copy(log: Log, path: Path) -> None:
    """SQLite's online backup: the log as it is at one moment, in one file, whoever writes meanwhile.

    But for what no backup holds, sessions first of all; the file keeps no trace of them in its free pages either.
    """
    with log.reading() as connection, contextlib.closing(sqlite3.connect(path)) as target:
        connection.connection.driver_connection.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")
        for table in tables.METADATA.tables.values():
            if table not in tables.IN_ORDER:
                target.execute(f"DELETE FROM {table.name}")
        target.commit()
        target.execute("VACUUM")


def _dump(log: Log, path: Path) -> None:
    """Every row of every table, as one transaction sees them, and the seal of the file."""
    digest = hashlib.sha256()

    def put(content: object) -> None:
        line = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        digest.update(line)
        stream.write(line)

    with log.reading() as connection, path.open("wb") as stream:
        put([_FORM, schema.revision(connection)])
        for table in tables.IN_ORDER:
            for row in _rows(connection, table):
                put([table.name, row])
        put({"sha256": digest.hexdigest()})


def _load(copy: Log, path: Path, named: Path) -> None:
    """A text backup into an empty SQLite, with the tables of its day."""
    lines = list(_sealed(path, named))
    form, revision = lines[0]
    if form != _FORM or revision not in schema.revisions():
        raise LogUnavailable(f"a newer version of this program made {named}; update this one")
    schema.move(copy, revision)
    known = sa.MetaData()
    with copy.writing() as connection:
        known.reflect(connection)
        for name, rows in itertools.groupby(lines[1:], key=lambda line: line[0]):
            _put(connection, known.tables[name], (row for _, row in rows))


def _sealed(path: Path, named: Path) -> Iterator[list[Any]]:
    """The lines of a text backup but for its last, which seals them. LogDamaged when they are not those that were written."""
    digest, body = hashlib.sha256(), path.read_bytes().split(b"\n")
    try:
        *lines, seal, rest = body
        for line in lines:
            digest.update(line + b"\n")
        if rest or json.loads(seal)["sha256"] != digest.hexdigest():
            raise ValueError
        yield from map(json.loads, lines)
    except (ValueError, KeyError, TypeError):
        raise LogDamaged(f"{named} is no whole backup: it does not end with the sha256 of what it holds") from None


def _rows(connection: Connection, table: sa.Table) -> Iterator[dict[str, Any]]:
    asked = sa.select(table).order_by(*table.primary_key.columns)
    for row in connection.execution_options(yield_per=_MANY).execute(asked).mappings():
        yield dict(row)


def _put(connection: Connection, table: sa.Table, rows: Iterator[dict[str, Any]]) -> None:
    """Rows into an empty table. The one that tells the end is there already, at nought, and is moved forward."""
    if table.name == tables.head.name:
        for row in rows:
            if row["batches"]:
                connection.execute(sa.update(table).values(row))
        return
    while some := list(itertools.islice(rows, _MANY)):
        connection.execute(sa.insert(table), some)
