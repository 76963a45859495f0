"""Accounts of staff who may sign in: a password nobody can read back, and a trace of whoever made, opened or removed one.

Passwords are kept as argon2id hashes alone. A try is counted before it is judged; who may try is settled in ``tries``. Whoever
is refused is told the same sentence whatever the reason: a wrong name, a wrong password, too many tries. Knows no web.
"""

from __future__ import annotations

import datetime
import functools
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.engine import Connection

from equity.connections import rights, tables, traces, tries
from equity.connections.database import Log
from equity.connections.log import Clock, now
from equity.connections.rights import Actor, Right
from equity.errors import LogInvalid, RightMissing, UsageError

SHORTEST, LONGEST = 12, 256  # signs of a password
REFUSED = "name or password are not right, or there were too many tries; look at both, and wait before trying again"

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")
_HASHER = PasswordHasher()  # argon2-cffi's defaults: RFC 9106, low memory


@dataclass(frozen=True)
class Account:
    """An account as the keeper sees it: nothing of its password.

    ``wrong``: wrong tries today (UTC); ``waiting``: how many addresses have to wait before they may try again.
    """

    name: str
    right: str
    added_at: str
    added_by: str
    wrong: int
    waiting: int


def add(
    log: Log, actor: Actor, name: str, password: str, right: Right, *,
    replace: bool = False, clock: Clock = now, hasher: PasswordHasher = _HASHER,
) -> str:  # fmt: skip
    """Make an account, or with ``replace`` give one another password and right, which also opens it; the account's name.

    Whoever is signed in under a password that is replaced is signed out.

    LogInvalid for a name or a password that will not do, or a name that is taken; RightMissing for all but the keeper.
    """
    actor.must(Right.KEEPER, "make accounts")
    name = _named(name)
    if not _NAME.fullmatch(name):
        raise LogInvalid(f"{name[:64]!r} is no name of an account; use up to 64 letters, digits and . _ @ + -")
    if not SHORTEST <= len(_plain(password)) <= LONGEST:
        raise LogInvalid(f"a password has {SHORTEST} to {LONGEST} signs; four words that do not belong together are good")
    values = {"right": right.name.lower(), "hash": hasher.hash(_plain(password)), "added_at": _text(clock())}
    values["added_by"] = actor.name
    with log.writing() as connection:
        rights.confirm(connection, actor, Right.KEEPER, "make accounts")
        there = connection.execute(sa.select(tables.account.c.name).where(tables.account.c.name == name)).first()
        if there and not replace:
            raise LogInvalid(f"there is an account {name} already; give it another password with --replace")
        if there:
            connection.execute(sa.update(tables.account).where(tables.account.c.name == name).values(**values))
            connection.execute(sa.delete(tables.session).where(tables.session.c.account == name))
        else:
            connection.execute(sa.insert(tables.account).values(name=name, **values))
        tries.forget(connection, name, also_known=True)
        done = traces.REPLACED if there else traces.ADDED
        traces.put(connection, actor, done, name, right=values["right"], at=clock())
    return name


def sign_in(
    log: Log, name: str, password: str, *, address: str = "",
    clock: Clock = now, hasher: PasswordHasher = _HASHER, then: Callable[[Connection, Actor], object] | None = None,
) -> Actor:  # fmt: skip
    """Who this is. RightMissing, always with the same words, when it is nobody or may not try now.

    ``address``: where the try comes from; all that say none are taken for one.
    ``then``: what is written with it, in the one transaction that found the account as it was when the password was judged.
    """
    name = _named(name)
    known = _try(log, name, address, clock()) if _NAME.fullmatch(name) and len(password) <= LONGEST else None
    if known is None:
        _verify(hasher, _nobody(hasher), password[:LONGEST])  # takes as long as a wrong password does
        raise RightMissing(REFUSED)
    if not _verify(hasher, known["hash"], password):
        raise RightMissing(REFUSED)
    fresh = hasher.hash(_plain(password)) if hasher.check_needs_rehash(known["hash"]) else known["hash"]
    actor = Actor(name, Right[known["right"].upper()])
    with log.writing(alone=False) as connection:
        same = sa.and_(tables.account.c.name == name, tables.account.c.hash == known["hash"])
        if connection.execute(sa.update(tables.account).where(same).values(hash=fresh)).rowcount != 1:
            raise RightMissing(REFUSED)  # judging takes a while, and the password was replaced or the account removed meanwhile
        tries.right(connection, name, address, clock())
        if then is not None:
            then(connection, actor)
    return actor


def listed(log: Log, *, clock: Clock = now) -> list[Account]:
    """Every account, by name."""
    columns = [tables.account.c[name] for name in ("name", "right", "added_at", "added_by")]
    with log.reading() as connection:
        rows = list(connection.execute(sa.select(*columns).order_by(tables.account.c.name)).mappings())
        found = tries.guesses(connection, clock())
    guessed = [found.get(row["name"], tries.Guesses()) for row in rows]
    return [Account(**row, wrong=those.wrong, waiting=those.waiting) for row, those in zip(rows, guessed, strict=True)]


def open_(log: Log, actor: Actor, name: str, *, clock: Clock = now) -> str:
    """Let an account sign in again from everywhere at once, under the password it has; its name.

    UsageError for a name that is no account's, RightMissing for all but the keeper.
    """
    name = _named(name)
    with log.writing(alone=False) as connection:
        rights.confirm(connection, actor, Right.KEEPER, "open accounts")
        asked = sa.select(tables.account.c.right).where(tables.account.c.name == name).with_for_update()
        right = connection.execute(asked).scalar_one_or_none()
        if right is None:
            raise UsageError(_no_account(name))
        tries.forget(connection, name, also_known=False)
        traces.put(connection, actor, traces.OPENED, name, right=right, at=clock())
    return name


def remove(log: Log, actor: Actor, name: str, *, clock: Clock = now) -> str:
    """Close an account for good: it signs in no more, and whoever is signed in under it is signed out; its name.

    What was written under it stays in the log. UsageError for a name that is no account's, RightMissing for all but the keeper.
    """
    name = _named(name)
    with log.writing(alone=False) as connection:
        rights.confirm(connection, actor, Right.KEEPER, "remove accounts")
        if connection.execute(sa.delete(tables.account).where(tables.account.c.name == name)).rowcount != 1:
            raise UsageError(_no_account(name))
        connection.execute(sa.delete(tables.session).where(tables.session.c.account == name))
        tries.forget(connection, name, also_known=True)
        traces.put(connection, actor, traces.REMOVED, name, right="", at=clock())
    return name


def who(log: Log, name: str) -> Actor | None:
    """An account as it is now, for a session that began earlier; None when it is gone."""
    with log.reading() as connection:
        asked = sa.select(tables.account.c.right).where(tables.account.c.name == _named(name))
        right = connection.execute(asked).scalar_one_or_none()
    return Actor(_named(name), Right[right.upper()]) if right else None


def _try(log: Log, name: str, address: str, at: datetime.datetime) -> dict | None:
    """Count one more try; the account, or None when there is none or this address may not try now."""
    with log.writing(alone=False) as connection:
        asked = sa.select(tables.account).where(tables.account.c.name == name).with_for_update()
        known = connection.execute(asked).mappings().one_or_none()
        if known is None or not tries.let(connection, name, address, at):
            return None
        return dict(known)


def _no_account(name: str) -> str:
    return f"no account {name[:64]!r}; see: python -m equity connections users"


def _verify(hasher: PasswordHasher, kept: str, password: str) -> bool:
    try:
        return hasher.verify(kept, _plain(password))
    except (VerificationError, InvalidHashError):
        return False


@functools.lru_cache(maxsize=4)
def _nobody(hasher: PasswordHasher) -> str:
    """A hash of nobody's password."""
    return hasher.hash("nobody's password")


def _named(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip().casefold()


def _plain(password: str) -> str:
    """As typed, but for how a keyboard composes its accents."""
    return unicodedata.normalize("NFC", password)


def _text(at: datetime.datetime) -> str:
    return at.astimezone(datetime.UTC).isoformat(timespec="seconds")
