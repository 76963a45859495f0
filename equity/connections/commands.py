"""What can be typed after ``python -m equity connections``. Says what each verb takes; ``verbs`` does it.

``verbs`` is imported when one runs, so that the other commands do not wait for a database they do not use.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

RIGHTS = ("viewer", "editor", "keeper")
SHAPES = ("entries", "history", "month", "programme", "partner", "funding", "place", "area", "kind")


def add_to(verbs: argparse._SubParsersAction) -> None:
    """Add ``connections`` and its verbs to the verbs of ``python -m equity``."""
    room = verbs.add_parser(
        "connections", help="the programme log: import, correct, withdraw and export what programmes report"
    )
    known = room.add_subparsers(metavar="VERB", required=True)

    verb = known.add_parser("template", help="the header of a CSV file to fill in")
    verb.set_defaults(run=_verb("template"))

    verb = known.add_parser("import", help="check a CSV file, say what it adds, and write all of it or nothing")
    verb.add_argument("file", type=Path)
    verb.add_argument("--dry-run", action="store_true", help="check and say what it would add, and write nothing")
    verb.add_argument("--again", action="store_true", help="also if the log has or had this file, or entries like its rows")
    _who_and_where(verb).set_defaults(run=_verb("import_"))

    verb = known.add_parser("list", help="the entries that count")
    verb.add_argument("--month", metavar="YYYY-MM")
    verb.add_argument("--programme", metavar="NAME")
    verb.add_argument("--kind", metavar="KIND")
    verb.add_argument("--imports", action="store_true", help="imports, corrections and withdrawals instead")
    _where(verb).set_defaults(run=_verb("list_"))

    verb = known.add_parser("correct", help="give an entry other values; what it said stays in its history")
    verb.add_argument("entry", type=int)
    verb.add_argument("cells", nargs="+", metavar="COLUMN=VALUE", help='for example count=12 or "programme=Tech Hub"')
    verb.add_argument("--reason", required=True, metavar="TEXT")
    _who_and_where(verb).set_defaults(run=_verb("correct"))

    verb = known.add_parser("withdraw", help="entries that shall count no longer; they stay in the history")
    verb.add_argument("entries", nargs="*", type=int, metavar="ENTRY")
    verb.add_argument("--import", dest="batch", type=int, metavar="NUMBER", help="all that this write imported")
    verb.add_argument("--reason", required=True, metavar="TEXT")
    _who_and_where(verb).set_defaults(run=_verb("withdraw"))

    verb = known.add_parser("history", help="what was done to an entry, or to all: who, when, why, before and after")
    verb.add_argument("entry", nargs="?", type=int)
    _where(verb).set_defaults(run=_verb("history"))

    verb = known.add_parser("export", help="the log as CSV to standard output")
    verb.add_argument("--shape", choices=SHAPES, default="entries", help="one by one, or totals by ... (default: %(default)s)")
    verb.add_argument("--about", action="store_true", help="what its columns mean, instead")
    _where(verb).set_defaults(run=_verb("export"))

    verb = known.add_parser("backup", help="a copy of the whole log in one file, taken while others may write")
    verb.add_argument("file", type=Path)
    verb.set_defaults(run=_verb("backup"))

    verb = known.add_parser("restore", help="put a backup into an empty log, all of it or nothing")
    verb.add_argument("file", type=Path)
    _without_wal(verb)
    verb.add_argument("--as", dest="name", metavar="NAME", help="who does it (default: the user of this machine)")
    verb.set_defaults(run=_verb("restore"))

    verb = known.add_parser("verify", help="recompute every seal and sum: a changed or lost row is found")
    verb.add_argument("file", nargs="?", type=Path, help="a backup (default: the log itself)")
    _without_wal(verb)
    verb.add_argument(
        "--seal", metavar="HEX", help="a seal noted earlier, or its first 8 digits: is all that there was then still there?"
    )
    verb.set_defaults(run=_verb("verify"))

    verb = known.add_parser("add-user", help="an account for staff; the password is asked for, or read from standard input")
    verb.add_argument("account", metavar="NAME")
    verb.add_argument("--right", choices=RIGHTS, default="editor", help="default: %(default)s")
    verb.add_argument("--replace", action="store_true", help="give an account another password and right, and open it")
    verb.add_argument("--as", dest="name", metavar="NAME", help="who does it (default: the user of this machine)")
    verb.set_defaults(run=_verb("add_user"))

    verb = known.add_parser("users", help="the accounts of staff, what each may do, and what is tried at it")
    verb.add_argument("--history", action="store_true", help="who added, replaced, opened or removed which account, and when")
    verb.set_defaults(run=_verb("users"))

    verb = known.add_parser("open-user", help="let an account sign in again at once, with the password it has")
    verb.add_argument("account", metavar="NAME")
    verb.add_argument("--as", dest="name", metavar="NAME", help="who does it (default: the user of this machine)")
    verb.set_defaults(run=_verb("open_user"))

    verb = known.add_parser("remove-user", help="close an account, and sign out whoever is signed in under it")
    verb.add_argument("account", metavar="NAME")
    verb.add_argument("--as", dest="name", metavar="NAME", help="who does it (default: the user of this machine)")
    verb.set_defaults(run=_verb("remove_user"))


def _without_wal(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--without-wal", action="store_true",
        help="also the file of a log itself whose -wal is not beside it: what was written last may be missing",
    )  # fmt: skip


def _where(verb: argparse.ArgumentParser) -> argparse.ArgumentParser:
    city = os.environ.get("EQUITY_CITY") or "chicago"
    verb.add_argument("--city", default=city, help="default: %(default)s")
    return verb


def _who_and_where(verb: argparse.ArgumentParser) -> argparse.ArgumentParser:
    verb.add_argument("--as", dest="name", metavar="NAME", help="who does it, for the history (default: the machine's user)")
    return _where(verb)


def _verb(name: str) -> Callable[[argparse.Namespace], int | None]:
    def run(asked: argparse.Namespace) -> int | None:
        from equity.connections import verbs

        return getattr(verbs, name)(asked)

    return run
