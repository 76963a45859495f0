"""What may befall a process that writes: it is killed, or its disk is full, at any step one chooses. POSIX only.

    meet(action, root)                 -> how many steps ``action`` takes on disk below ``root``
    meet(action, root, "killed", 7)    -> done in a process that is killed (SIGKILL) just before its 7th step
    meet(action, root, "full", 7)      -> done in one that finds the disk full from its 7th step on: nothing new can be written

A step is a file opened for writing, a folder made, a name changed or removed, as Python's own audit events tell them. These
cannot be taken back in a process, so ``action`` is done in a fork of it, which never returns.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MAKING = {"os.mkdir", "os.rename", "os.link", "os.symlink"}
_REMOVING = {"os.remove", "os.rmdir"}
_TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT


@dataclass(frozen=True)
class Met:
    """How it went: ``steps`` begun, the ``code`` of the action (None: killed), and what it ``said`` on standard error."""

    steps: int
    code: int | None
    said: str


def meet(action: Callable[[], int | None], root: Path, fate: str | None = None, at: int = 0) -> Met:
    """Do ``action`` in a fork of this process, whose fate awaits it at its ``at``-th step below ``root``, counted from 1."""
    told, tell = os.pipe()
    said, say = os.pipe()
    child = os.fork()
    if child == 0:
        _suffer(action, root, fate, at, tell, say)
    os.close(tell)
    os.close(say)
    with os.fdopen(told, "rb") as steps, os.fdopen(said, "rb") as words:
        met = len(steps.read()), words.read().decode()
    _, status = os.waitpid(child, 0)
    return Met(met[0], None if os.WIFSIGNALED(status) else os.WEXITSTATUS(status), met[1])


def _suffer(action: Callable[[], int | None], root: Path, fate: str | None, at: int, tell: int, say: int) -> None:
    """The life of the fork; it ends here."""
    code = 70
    try:
        os.dup2(say, 2)
        sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
        below, count = f"{root}{os.sep}", 0

        def hook(event: str, args: tuple[Any, ...]) -> None:
            nonlocal count
            making = event in _MAKING or (event == "open" and bool((args[2] or 0) & _TO_WRITE))
            inside = str(args[0]).startswith(below) or (
                event in _REMOVING and args[1] >= 0
            )  # rmtree goes from folder to folder
            if not inside or not (making or event in _REMOVING):
                return
            count += 1
            os.write(tell, b".")
            if fate == "killed" and count == at:
                os.kill(os.getpid(), signal.SIGKILL)
            if fate == "full" and count >= at and making:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        sys.addaudithook(hook)
        code = action() or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)
