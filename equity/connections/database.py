"""Where the log is kept, and transactions on it. Knows nothing of what is written.

SQLite in a file by default: ``instance/connections.sqlite3`` in the folder of this program, beside ``data/`` and in no
repository. ``EQUITY_DATABASE_URL`` names another place, ``sqlite:////srv/log.sqlite3`` or, when more than one host serves,
``postgresql://user:password@host/database``. What is acknowledged is on the disk: SQLite syncs fully, PostgreSQL commits
synchronously. One writer at a time: the numbers of rows have no gaps, and each write is sealed with the one before.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.engine import URL, Connection, Engine

from equity.connections import tables
from equity.errors import LogMissing, LogUnavailable

VARIABLE = "EQUITY_DATABASE_URL"
DEFAULT = Path(__file__).resolve().parents[2] / "instance" / "connections.sqlite3"
PATIENCE = 60  # seconds a writer waits for its turn
CONNECTING = 10  # seconds until a server that does not answer is given up
HASTE = 2  # and when everybody who reads a public page would wait: for a server, or for a file that somebody holds
LONGEST_READING = 10  # seconds a server may take for one question of such a reader

_WRITE = "log_write"
_NO_WRITES = "-c default_transaction_read_only=on"  # for what begins outside our transactions too, see _read_only


@dataclass(frozen=True)
class Log:
    """An open log. ``where`` names it in sentences, without any password; ``file`` is None for a server."""

    engine: Engine = field(repr=False)  # its own text shows a password that an address gives after the question mark
    where: str
    file: Path | None

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the log, whatever others write meanwhile."""
        options = {} if self.file else {"isolation_level": "REPEATABLE READ"}
        with self._said(), self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def writing(self, *, alone: bool = True) -> Iterator[Connection]:
        """A transaction that writes all or nothing; what was written is on the disk when it ends.

        ``alone``: no other write to the log begins before it ends. (SQLite has one writer at a time anyway.)
        """
        with self._said(), self.engine.connect().execution_options(**{_WRITE: True}) as connection, connection.begin():
            if alone and not self.file:
                connection.exec_driver_sql(f"LOCK TABLE {tables.batch.name} IN EXCLUSIVE MODE")  # readers go on
            yield connection

    @contextlib.contextmanager
    def _said(self) -> Iterator[None]:
        """What a database says as one sentence. Never the statement, whose values may be anybody's."""
        try:
            yield
        except exc.DBAPIError as error:
            why = str(error.orig).strip().split("\n")[0]
            raise LogUnavailable(f"the programme log at {self.where} cannot be used ({why}); {self._mend(why)}") from None
        except exc.SQLAlchemyError as error:
            raise LogUnavailable(f"the programme log at {self.where} cannot be used ({type(error).__name__})") from None

    def _mend(self, why: str) -> str:
        if "locked" in why or "timeout" in why:
            return "another program holds it: wait, then try again"
        if "no such table" in why or "does not exist" in why:
            return "bring its tables up to date: python -m equity connections verify"
        if not self.file:
            return f"look at the server, and at {VARIABLE}"
        if "not a database" in why or "malformed" in why:
            return "restore a backup: python -m equity connections restore"
        return "make room there or correct its permissions, then try again"


def open_to_write(url: str | None = None, environ: Mapping[str, str] = os.environ, *, make: bool = True) -> Log:
    """The log at ``url``, else at EQUITY_DATABASE_URL, else in the file of old. Its tables are ``schema``'s business.

    LogMissing where there is no file and ``make`` is not said; LogUnavailable for an address that cannot be one.
    """
    address = _address(url or environ.get(VARIABLE) or f"sqlite:///{DEFAULT}")
    if address.get_backend_name() == "postgresql":
        patient = f"-c synchronous_commit=on -c lock_timeout={PATIENCE}s"
        engine = sa.create_engine(address, connect_args=_options(address, patient), pool_pre_ping=True)
        return Log(engine, _named(address), None)
    file = _file(address, make)
    engine = sa.create_engine(URL.create("sqlite", database=str(file)), connect_args={"timeout": PATIENCE})
    sa.event.listen(engine, "connect", _prepare)
    sa.event.listen(engine, "begin", _begin)
    return Log(engine, str(file), file)


def open_to_read(url: str | None = None, environ: Mapping[str, str] = os.environ) -> Log:
    """As ``open_to_write``, but the database itself refuses every write: for a process that serves everybody.

    It waits for nothing longer than ``HASTE``, and each reading connects anew: a connection that was kept could belong to a
    server that hangs, which nothing notices, or to a file that another one has taken the place of. LogMissing when nobody has
    made a log yet.
    """
    address = _address(url or environ.get(VARIABLE) or f"sqlite:///{DEFAULT}")
    if address.get_backend_name() == "postgresql":
        hasty = f"{_NO_WRITES} -c lock_timeout={HASTE}s -c statement_timeout={LONGEST_READING}s"
        engine = sa.create_engine(address, connect_args=_options(address, hasty, HASTE), poolclass=sa.NullPool)
        sa.event.listen(engine, "begin", _read_only)
        return Log(engine, _named(address), None)
    file = _file(address, make=False)
    named = URL.create("sqlite", database=f"file:{_quoted(file)}", query={"mode": "ro", "uri": "true"})
    engine = sa.create_engine(named, connect_args={"timeout": HASTE}, poolclass=sa.NullPool)
    sa.event.listen(engine, "connect", _hold_back)
    sa.event.listen(engine, "begin", _begin)
    return Log(engine, str(file), file)


def folder(url: str | None = None, environ: Mapping[str, str] = os.environ) -> Path:
    """Where files lie that belong to the log: beside it, or where it would be if it were a file. It need not be there yet."""
    address = _address(url or environ.get(VARIABLE) or f"sqlite:///{DEFAULT}")
    return _path(address).parent if address.get_backend_name() == "sqlite" else DEFAULT.parent


def _address(text: str) -> URL:
    try:
        url = sa.make_url(text)
        backend = url.get_backend_name()
    except (exc.ArgumentError, ValueError):
        url, backend = None, ""
    if backend in ("postgres", "postgresql"):
        return url.set(drivername="postgresql+psycopg")
    if backend != "sqlite" or url.database in (None, "", ":memory:"):
        raise LogUnavailable(f"{VARIABLE} names no database; write sqlite:////path/to/file or postgresql://user@host/database")
    return url


def _named(address: URL) -> str:
    """Host and database, and nothing else of an address that holds a password."""
    host = address.host or address.query.get("host") or "this machine"
    return f"postgresql {host}/{address.database or ''}"


def _options(address: URL, settings: str, seconds: int = CONNECTING) -> dict[str, str]:
    """Settings of each connection, after those that the address itself gives."""
    given = str(address.query.get("options", ""))
    return {"options": " ".join(filter(None, (given, settings))), "connect_timeout": str(seconds)}


def _path(address: URL) -> Path:
    return Path(str(address.database)).expanduser().absolute()


def _file(address: URL, make: bool) -> Path:
    file = _path(address)
    if file.exists():
        return file
    if make:
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))  # it will hold hashes of passwords
        except OSError as error:
            raise LogUnavailable(f"{file} cannot be made ({error.strerror}); choose another place: {VARIABLE}") from None
        return file
    raise LogMissing(f"there is no programme log at {file} yet; begin one: python -m equity connections import FILE")


def _quoted(file: Path) -> str:
    """A path as a URI of SQLite has it."""
    return str(file).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    """Each connection to a file: transactions are ours, readers do not wait for writers, every commit is synced."""
    connection.isolation_level = None  # SQLAlchemy's "begin" says BEGIN, see _begin
    mode = _to_wal(connection)
    if mode != "wal":
        raise sqlite3.OperationalError(f"this disk keeps no write-ahead log, journal mode {mode}")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _to_wal(connection: sqlite3.Connection) -> str:
    """A file stays in WAL mode, so only the first of all connections changes it; of several at once some are told "locked".

    SQLite does not wait for this one change, whatever its timeout.
    """
    ends = time.monotonic() + PATIENCE
    while True:
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        if mode == "wal":
            return mode
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
            return mode
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > ends:
                raise
            time.sleep(0.02)


def _hold_back(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA query_only = ON")


def _read_only(connection: Connection) -> None:
    """Each transaction anew: a setting of the connection would not outlive what a pool resets."""
    connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def _begin(connection: Connection) -> None:
    """A writer takes its turn at once: one that first read and then wrote could find its reading outdated."""
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(_WRITE) else "BEGIN")
