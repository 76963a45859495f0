"""Accounts of staff who may sign in: a password nobody can read back, and a door that closes after guesses. Knows no web.

Passwords are kept as argon2id hashes alone. A try is counted before it is judged, so that guesses made at the same time do not
slip past the count; from the fifth on an account is closed for a minute, then two, four, up to an hour. Whoever is refused is
told the same sentence whatever the reason: a wrong name, a wrong password, a closed account.
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

from equity.connections import tables
from equity.connections.database import Log
from equity.connections.log import Clock, now
from equity.connections.rights import Actor, Right
from equity.errors import LogInvalid, RightMissing, UsageError

SHORTEST, LONGEST = 12, 256  # signs of a password
TRIES = 5  # from this failed try on, the account is closed for a while
FIRST_WAIT, LONGEST_WAIT = 60, 3600  # seconds
REFUSED = "name or password are not right, or there were too many tries; look at both, and wait before trying again"

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")
_HASHER = PasswordHasher()  # argon2-cffi's defaults: RFC 9106, low memory


@dataclass(frozen=True)
class Account:
    """An account as the keeper sees it: nothing of its password. ``locked_until`` is empty while it is open."""

    name: str
    right: str
    added_at: str
    added_by: str
    locked_until: str


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
    values = {
        "right": right.name.lower(), "hash": hasher.hash(_plain(password)), "failed": 0, "locked_until": "",
        "added_at": _text(clock()), "added_by": actor.name,
    }  # fmt: skip
    with log.writing() as connection:
        there = connection.execute(sa.select(tables.account.c.name).where(tables.account.c.name == name)).first()
        if there and not replace:
            raise LogInvalid(f"there is an account {name} already; give it another password with --replace")
        if there:
            connection.execute(sa.update(tables.account).where(tables.account.c.name == name).values(**values))
            connection.execute(sa.delete(tables.session).where(tables.session.c.account == name))
        else:
            connection.execute(sa.insert(tables.account).values(name=name, **values))
    return name


def sign_in(
    log: Log, name: str, password: str, *,
    clock: Clock = now, hasher: PasswordHasher = _HASHER, then: Callable[[Connection, Actor], object] | None = None,
) -> Actor:  # fmt: skip
    """Who this is. RightMissing, always with the same words, when it is nobody or may not try now.

    ``then``: what is written with it, in the one transaction that found the account as it was when the password was judged.
    """
    name = _named(name)
    known = _try(log, name, clock()) if _NAME.fullmatch(name) and len(password) <= LONGEST else None
    if known is None:
        _verify(hasher, _nobody(hasher), password[:LONGEST])  # takes as long as a wrong password does
        raise RightMissing(REFUSED)
    if not _verify(hasher, known["hash"], password):
        raise RightMissing(REFUSED)
    fresh = {"failed": 0, "locked_until": ""}
    if hasher.check_needs_rehash(known["hash"]):
        fresh["hash"] = hasher.hash(_plain(password))
    actor = Actor(name, Right[known["right"].upper()])
    with log.writing(alone=False) as connection:
        same = sa.and_(tables.account.c.name == name, tables.account.c.hash == known["hash"])
        if connection.execute(sa.update(tables.account).where(same).values(**fresh)).rowcount != 1:
            raise RightMissing(REFUSED)  # judging takes a while, and the password was replaced or the account closed meanwhile
        if then is not None:
            then(connection, actor)
    return actor


def listed(log: Log) -> list[Account]:
    """Every account, by name."""
    columns = [tables.account.c[name] for name in Account.__dataclass_fields__]
    with log.reading() as connection:
        return [Account(**row) for row in connection.execute(sa.select(*columns).order_by(tables.account.c.name)).mappings()]


def remove(log: Log, actor: Actor, name: str) -> str:
    """Close an account for good: it signs in no more, and whoever is signed in under it is signed out; its name.

    What was written under it stays in the log. UsageError for a name that is no account's, RightMissing for all but the keeper.
    """
    actor.must(Right.KEEPER, "remove accounts")
    name = _named(name)
    with log.writing(alone=False) as connection:
        if connection.execute(sa.delete(tables.account).where(tables.account.c.name == name)).rowcount != 1:
            raise UsageError(f"no account {name[:64]!r}; see: python -m equity connections users")
        connection.execute(sa.delete(tables.session).where(tables.session.c.account == name))
    return name


def who(log: Log, name: str) -> Actor | None:
    """An account as it is now, for a session that began earlier; None when it is gone."""
    with log.reading() as connection:
        asked = sa.select(tables.account.c.right).where(tables.account.c.name == _named(name))
        right = connection.execute(asked).scalar_one_or_none()
    return Actor(_named(name), Right[right.upper()]) if right else None


def _try(log: Log, name: str, at: datetime.datetime) -> dict | None:
    """Count one more try; the account, or None when there is none or it is closed."""
    with log.writing(alone=False) as connection:
        asked = sa.select(tables.account).where(tables.account.c.name == name).with_for_update()
        known = connection.execute(asked).mappings().one_or_none()
        if known is None or known["locked_until"] > _text(at):
            return None
        failed = known["failed"] + 1
        until = _text(at + datetime.timedelta(seconds=wait(failed))) if wait(failed) else ""
        changed = sa.update(tables.account).where(tables.account.c.name == name).values(failed=failed, locked_until=until)
        connection.execute(changed)
        return dict(known)


def wait(failed: int) -> int:
    """Seconds an account stays closed after so many failed tries in a row."""
    return min(FIRST_WAIT * 2 ** min(failed - TRIES, 20), LONGEST_WAIT) if failed >= TRIES else 0


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
