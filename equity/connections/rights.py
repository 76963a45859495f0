"""Who asks, by which door they came, and what they may do. Every function that writes is given an ``Actor`` and checks it.

An account that was removed, or lost its right, while somebody's request waited for its turn writes nothing: ``confirm`` reads
it anew in the transaction that writes, and holds it until that ends.
"""

from __future__ import annotations

import enum
import getpass
import re
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from equity.connections import tables
from equity.errors import RightMissing, UsageError

LONGEST = 80  # with a door behind it, a name has to fit into 100 signs, see ``signature``
COMMAND_LINE, BROWSER = "command line", "browser"
_SIGNED = re.compile(rf"(.*) \(({COMMAND_LINE}|{BROWSER})\)", re.DOTALL)


class Right(enum.IntEnum):
    """What one may do; each holds those before it."""

    VIEWER = 1  # sign in and look
    EDITOR = 2  # import, correct, withdraw
    KEEPER = 3  # accounts, restoring a backup


@dataclass(frozen=True)
class Actor:
    """A name that the log will show beside what was done, a right, and the door.

    In the browser it is the name of an account, and ``session`` the sha256 of its session's token, where it came with one.
    """

    name: str
    right: Right
    door: str = BROWSER
    session: str = field(default="", repr=False, compare=False)

    @property
    def signature(self) -> str:
        """As the log keeps it, sealed: "ana (browser)". Whoever runs commands may take any name, and the door tells it."""
        return f"{self.name} ({self.door})"

    def must(self, right: Right, what: str) -> None:
        """RightMissing unless this right is there. ``what``: "correct an entry"."""
        if self.right < right:
            raise RightMissing(
                f"{self.name} may not {what}: that needs the right {right.name.lower()}; ask whoever keeps the log"
            )


def confirm(connection: Connection, actor: Actor, right: Right, what: str) -> None:
    """``actor.must``, of the account as it is now; from here to the end of the transaction nobody changes or removes it.

    First the account, then the session: whoever removes an account takes them in this order too. What comes by the command line
    has no account.
    """
    actor.must(right, what)
    if actor.door == COMMAND_LINE:
        return
    account, session = tables.account, tables.session
    asked = sa.select(account.c.right).where(account.c.name == actor.name).with_for_update(read=True)
    found = connection.execute(asked).scalar_one_or_none()
    if found is None:
        raise RightMissing(f"{actor.name} may not {what}: there is no such account any more; nothing was written")
    Actor(actor.name, Right[found.upper()]).must(right, what)
    if actor.session:
        asked = sa.select(session.c.account).where(session.c.token_sha256 == actor.session).with_for_update(read=True)
        if connection.execute(asked).scalar_one_or_none() != actor.name:
            raise RightMissing(f"{actor.name} was signed out meanwhile; nothing was written: sign in and try again")


def signed(by: str) -> tuple[str, str]:
    """What the log keeps of who wrote -> name and door; "" for the door of what older versions of this program wrote."""
    found = _SIGNED.fullmatch(by)
    return (found[1], found[2]) if found else (by, "")


def of_command_line(name: str | None = None) -> Actor:
    """Whoever can run commands on this machine can open the database file too, so they keep the log.

    ``name``, or else the user of the operating system. UsageError when there is neither.
    """
    try:
        asked = getpass.getuser() if name is None else name
    except (KeyError, OSError, ImportError):
        asked = ""
    asked = " ".join(asked.split())
    if not asked or not asked.isprintable() or len(asked) > LONGEST:
        raise UsageError(f"the log needs the name of whoever writes, up to {LONGEST} signs; say it: --as NAME")
    return Actor(asked, Right.KEEPER, COMMAND_LINE)
