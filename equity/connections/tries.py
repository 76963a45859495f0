"""Tries to sign in, by account and by the address they come from: who guesses has to wait, and shuts out nobody elsewhere.

After five wrong tries an address has to wait before it may try this account again: a minute, then two, up to an hour. When many
addresses guess together, each that the account never signed in from has to wait an hour after its first wrong try, then two, up
to a day; and after the last of ``MOST`` in a day none of them is let to try until the next one. An address that the account did
sign in from is only ever told to wait for its own tries. Knows no password, and nothing of names that are nobody's.
"""

from __future__ import annotations

import datetime
import ipaddress
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from equity.connections import tables

TRIES = 5  # from this wrong try on, an address has to wait
WAITS = (60, 3_600)  # seconds: the first time, and at most; each is twice the one before
CROWD = 20  # wrong tries at an account in a day, from other addresses that are new to it: so many are a crowd
CROWD_WAITS = (3_600, 86_400)  # then, and from the first wrong try on
MOST = 500  # wrong tries at an account in a day (of UTC) from all addresses that are new to it
KNOWN = datetime.timedelta(days=90)  # so long after signing in from it an address is not new
FORGOTTEN = datetime.timedelta(days=2)  # so long after the last try an address begins anew; longer than any wait
NETWORK = 48  # bits of an address of IPv6 that count as one: whoever has one of them, as a rule has all that follow

_TRY = tables.attempt


@dataclass(frozen=True)
class Guesses:
    """Wrong tries at an account today, and how many addresses have to wait at this moment."""

    wrong: int = 0
    waiting: int = 0


def let(connection: Connection, account: str, address: str, at: datetime.datetime) -> bool:
    """Whether a password may be judged now; if so it counts as a wrong try until ``right`` says that it was not.

    The caller holds the account's row, so that guesses made at the same time do not slip past the count.
    """
    where = network(address)
    known = connection.execute(sa.select(_TRY).where(_of(account, where))).mappings().one_or_none()
    old = dict(known) if known else {"failed": 0, "today": 0, "tried_at": "", "closed_until": "", "signed_in_at": ""}
    if old["closed_until"] > _text(at):
        return False
    new_here = old["signed_in_at"] < _text(at - KNOWN)
    guessed = _guessed(connection, account, at) if new_here else 0
    if guessed >= MOST:
        return False
    failed = 1 + (old["failed"] if old["tried_at"] >= _text(at - FORGOTTEN) else 0)
    today = old["today"] if old["tried_at"] >= _today(at) else 0
    seconds = wait(failed, crowd=guessed - today >= CROWD)  # nobody is a crowd alone
    until = _text(at + datetime.timedelta(seconds=seconds)) if seconds else ""
    row = old | {"failed": failed, "today": today + 1, "tried_at": _text(at), "closed_until": until}
    _put(connection, account, where, row, new=known is None)
    return True


def right(connection: Connection, account: str, address: str, at: datetime.datetime) -> None:
    """The password was right: this address is no stranger's, and its count begins anew. What is long over is cleared away."""
    where, over = network(address), sa.and_(_TRY.c.tried_at < _text(at - FORGOTTEN), _TRY.c.signed_in_at < _text(at - KNOWN))
    connection.execute(sa.delete(_TRY).where(_TRY.c.account == account, over))
    row = {"failed": 0, "today": 0, "tried_at": _text(at), "closed_until": "", "signed_in_at": _text(at)}
    there = connection.execute(sa.select(_TRY.c.account).where(_of(account, where))).first()
    _put(connection, account, where, row, new=there is None)


def forget(connection: Connection, account: str, *, also_known: bool) -> None:
    """No wrong try at this account counts any longer. ``also_known``: nor does where it signed in from."""
    connection.execute(
        sa.delete(_TRY).where(_TRY.c.account == account, sa.or_(sa.literal(also_known), _TRY.c.signed_in_at == ""))
    )
    connection.execute(sa.update(_TRY).where(_TRY.c.account == account).values(failed=0, today=0, closed_until=""))


def guesses(connection: Connection, at: datetime.datetime) -> dict[str, Guesses]:
    """account -> what is being tried at it, for all where something is."""
    today = sa.case((_TRY.c.tried_at >= _today(at), _TRY.c.today), else_=0)
    waiting = sa.case((_TRY.c.closed_until > _text(at), 1), else_=0)
    asked = sa.select(_TRY.c.account, sa.func.sum(today), sa.func.sum(waiting)).group_by(_TRY.c.account)
    return {account: Guesses(int(wrong), int(many)) for account, wrong, many in connection.execute(asked)}


def wait(failed: int, *, crowd: bool = False) -> int:
    """Seconds an address has to wait after so many wrong tries in a row."""
    first, longest = CROWD_WAITS if crowd else WAITS
    beyond = failed - (1 if crowd else TRIES)
    return min(first * 2 ** min(beyond, 20), longest) if beyond >= 0 else 0


def network(address: str) -> str:
    """What of an address counts as one visitor: an address of IPv4, a network of IPv6; "" for what is neither."""
    try:
        found = ipaddress.ip_address(address.strip())
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is None:
            return str(ipaddress.ip_network((int(found), NETWORK), strict=False))
        found = found.ipv4_mapped
    return str(found)


def _guessed(connection: Connection, account: str, at: datetime.datetime) -> int:
    """Wrong tries today from addresses that are new to the account."""
    theirs = (_TRY.c.account == account, _TRY.c.signed_in_at < _text(at - KNOWN), _TRY.c.tried_at >= _today(at))
    return connection.execute(sa.select(sa.func.coalesce(sa.func.sum(_TRY.c.today), 0)).where(*theirs)).scalar_one()


def _put(connection: Connection, account: str, where: str, row: dict, *, new: bool) -> None:
    row = row | {"account": account, "address": where}
    connection.execute(sa.insert(_TRY).values(**row) if new else sa.update(_TRY).where(_of(account, where)).values(**row))


def _of(account: str, where: str) -> sa.ColumnElement[bool]:
    return sa.and_(_TRY.c.account == account, _TRY.c.address == where)


def _today(at: datetime.datetime) -> str:
    """How every moment of this day begins, in UTC."""
    return at.astimezone(datetime.UTC).date().isoformat()


def _text(at: datetime.datetime) -> str:
    return at.astimezone(datetime.UTC).isoformat(timespec="seconds")
