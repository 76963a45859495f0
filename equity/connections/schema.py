"""The tables of a log brought to where this program knows them. Knows no rows; the steps are in ``migrations/versions``.

Nobody has to ask for it: whoever opens a log to write calls ``upgrade``, which takes the lock of a writer, so that of two
processes that find old tables only one changes them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import command, migration, script
from alembic.config import Config
from sqlalchemy.engine import Connection

from equity.connections.database import Log
from equity.errors import LogMissing, LogUnavailable

VERSIONS = "log_version"  # Alembic's own table, under a name that leaves others their own
_LOCK = 1_718_790  # of PostgreSQL, for as long as there may be no table to lock; any number that nobody else uses


def newest() -> str:
    """The revision that this program knows."""
    return script.ScriptDirectory.from_config(_config()).get_current_head() or ""


def revisions() -> set[str]:
    """Every revision that this program knows."""
    return {step.revision for step in script.ScriptDirectory.from_config(_config()).walk_revisions()}


def revision(connection: Connection) -> str | None:
    """The revision of this log; None where there are no tables yet."""
    known = migration.MigrationContext.configure(connection, opts={"version_table": VERSIONS})
    return known.get_current_revision()


def upgrade(log: Log) -> Log:
    """Make or mend the tables of ``log``; the log itself. LogUnavailable when a newer version of this program made them."""
    with log.reading() as connection:
        if revision(connection) == newest():
            return log
    with log.writing(alone=False) as connection:
        _locked(log, connection)
        found = revision(connection)
        if found != newest():
            _known(log, found)
            command.upgrade(_config(connection), "head")
    return log


def move(log: Log, to: str) -> None:
    """To another revision, up or down ("base": no tables). A step down that would lose entries is refused: LogUnavailable."""
    with log.writing(alone=False) as connection:
        _locked(log, connection)
        down = to == "base" or to < (revision(connection) or "")
        (command.downgrade if down else command.upgrade)(_config(connection), to)


def expect(log: Log) -> Log:
    """For a reader, which may not make tables: the log itself, if they are those this program knows.

    LogMissing when there are none yet, LogUnavailable when they are of another revision.
    """
    with log.reading() as connection:
        found = revision(connection)
    if found is None:
        raise LogMissing(f"there is no programme log at {log.where} yet; begin one: python -m equity connections import FILE")
    if found != newest():
        _known(log, found)
        raise LogUnavailable(f"the tables at {log.where} are of an older version; run: python -m equity connections verify")
    return log


def _known(log: Log, found: str | None) -> None:
    if found and found not in revisions():
        raise LogUnavailable(f"a newer version of this program made the log at {log.where} ({found}); update this one")


def _locked(log: Log, connection: Connection) -> None:
    """SQLite's writer is alone already."""
    if not log.file:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _config(connection: Connection | None = None) -> Config:
    """Alembic without a file of settings: the steps lie in the package, the connection is ours."""
    config = Config(attributes={"connection": connection, "version_table": VERSIONS})
    config.set_main_option("script_location", "equity.connections:migrations")
    return config
