"""Sessions of staff who are signed in, and the file that one of them is looking at before it is imported. Knows no web.

A session is a row, not a promise of the browser's: signing out ends it for every copy of its cookie, another password ends all
that the old one began, and several hosts know the same ones. The browser holds a random token, the row its sha256 alone.
"""

from __future__ import annotations

import datetime
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from equity.connections import accounts, tables
from equity.connections.database import Log
from equity.connections.log import Clock, now
from equity.connections.rights import Actor

IDLE = datetime.timedelta(minutes=30)  # without a request, a session ends
LONGEST = datetime.timedelta(hours=10)  # a working day; then it ends whatever is done in it
_GRAIN = datetime.timedelta(minutes=1)  # how exactly the last request is written down: not each of them is a write

_SESSION = tables.session


@dataclass(frozen=True)
class Draft:
    """A file that was uploaded and not imported yet."""

    file: str
    body: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


def sign_in(
    log: Log, name: str, password: str, *,
    address: str = "", clock: Clock = now, judge: Callable[..., Actor] = accounts.sign_in,
) -> tuple[str, Actor]:  # fmt: skip
    """A new session of whoever this is: its token, and who. RightMissing as of ``accounts.sign_in``, which ``judge`` is.

    It begins in the transaction that finds the password still in force: one that is replaced meanwhile begins nothing.
    """
    token = secrets.token_urlsafe(32)

    def then(connection: Connection, who: Actor) -> None:
        begin(connection, who, token, clock())

    who = judge(log, name, password, address=address, clock=clock, then=then)
    return token, replace(who, session=_hash(token))


def begin(connection: Connection, actor: Actor, token: str, at: datetime.datetime) -> None:
    """A session of somebody who signed in just now. Sessions that are over are cleared away."""
    over = sa.or_(_SESSION.c.seen_at < _text(at - IDLE), _SESSION.c.began_at < _text(at - LONGEST))
    row = {"token_sha256": _hash(token), "account": actor.name, "began_at": _text(at), "seen_at": _text(at), "draft_file": ""}
    connection.execute(sa.delete(_SESSION).where(over))
    connection.execute(sa.insert(_SESSION).values(**row))


def actor(log: Log, token: str, *, clock: Clock = now) -> Actor | None:
    """Whose session this is, with their right as it is now; None when it is over, or nobody's."""
    at = clock()
    with log.reading() as connection:
        asked = sa.select(_SESSION.c.account, _SESSION.c.began_at, _SESSION.c.seen_at).where(_of(token))
        row = connection.execute(asked).one_or_none()
    if row is None or row.seen_at < _text(at - IDLE) or row.began_at < _text(at - LONGEST):
        return None
    if row.seen_at < _text(at - _GRAIN):
        with log.writing(alone=False) as connection:
            connection.execute(sa.update(_SESSION).where(_of(token)).values(seen_at=_text(at)))
    who = accounts.who(log, row.account)
    return replace(who, session=_hash(token)) if who else None  # a write asks whether the session is still there


def end(log: Log, token: str) -> None:
    """Sign out. What was uploaded and not imported is gone as well."""
    with log.writing(alone=False) as connection:
        connection.execute(sa.delete(_SESSION).where(_of(token)))


def keep(log: Log, token: str, draft: Draft) -> None:
    """Hold a file until it is confirmed. A session holds one: another takes its place."""
    with log.writing(alone=False) as connection:
        values = {"draft_file": draft.file, "draft": draft.body}
        connection.execute(sa.update(_SESSION).where(_of(token)).values(**values))


def draft(log: Log, token: str) -> Draft | None:
    """The file that this session holds."""
    with log.reading() as connection:
        row = connection.execute(sa.select(_SESSION.c.draft_file, _SESSION.c.draft).where(_of(token))).one_or_none()
    return Draft(row.draft_file, row.draft) if row is not None and row.draft is not None else None


def take(connection: Connection, token: str, sha256: str) -> bool:
    """Out of the session's hands, as a part of the write that imports it: of two requests to import a file, one gets it.

    False when the session holds no file, or another one than whoever asks has seen.
    """
    asked = sa.select(_SESSION.c.draft).where(_of(token)).with_for_update()
    held = connection.execute(asked).scalar_one_or_none()
    if held is None or hashlib.sha256(held).hexdigest() != sha256:
        return False
    connection.execute(sa.update(_SESSION).where(_of(token)).values(draft_file="", draft=None))
    return True


def _of(token: str) -> sa.ColumnElement[bool]:
    return _SESSION.c.token_sha256 == _hash(token)


def _hash(token: str) -> str:
    """Of 256 random bits no slow hash is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def _text(at: datetime.datetime) -> str:
    return at.astimezone(datetime.UTC).isoformat(timespec="seconds")
