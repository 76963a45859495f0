"""Who asks, and what they may do. Every function that writes is given an ``Actor`` and checks its right itself."""

from __future__ import annotations

import enum
import getpass
from dataclasses import dataclass

from equity.errors import RightMissing, UsageError

LONGEST = 100


class Right(enum.IntEnum):
    """What one may do; each holds those before it."""

    VIEWER = 1  # sign in and look
    EDITOR = 2  # import, correct, withdraw
    KEEPER = 3  # accounts, restoring a backup


@dataclass(frozen=True)
class Actor:
    """A name that the log will show beside what was done, and a right."""

    name: str
    right: Right

    def must(self, right: Right, what: str) -> None:
        """RightMissing unless this right is there. ``what``: "correct an entry"."""
        if self.right < right:
            raise RightMissing(
                f"{self.name} may not {what}: that needs the right {right.name.lower()}; ask whoever keeps the log"
            )


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
    return Actor(asked, Right.KEEPER)
