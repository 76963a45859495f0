"""The key that signs the cookies of staff. Knows no session and no page; never says the key."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path

from equity.errors import LogUnavailable, UsageError

VARIABLE = "EQUITY_SECRET_KEY"
NAME = "staff-key"
SHORTEST = 32  # signs


def secret_key(folder: Path, environ: Mapping[str, str] = os.environ) -> bytes:
    """EQUITY_SECRET_KEY, else the file ``staff-key`` in ``folder``, which is made when it is not there yet.

    UsageError for a key that is too short, LogUnavailable for a file that others can read or that cannot be made.
    """
    if given := environ.get(VARIABLE, ""):
        if len(given) < SHORTEST:
            raise UsageError(f"{VARIABLE} is too short; give it {SHORTEST} or more signs that nobody can guess")
        return given.encode()
    path = folder / NAME
    try:
        if not path.exists():
            _make(path)
        if os.name != "nt" and path.stat().st_mode & 0o077:  # Windows knows no such mode
            raise LogUnavailable(f"others can read {path}; run: chmod 600 {path}, or delete it and a new one is made")
        key = path.read_bytes()
    except OSError as error:
        raise LogUnavailable(f"{path} cannot be used ({error.strerror}); correct its permissions, or set {VARIABLE}") from None
    if len(key) < SHORTEST:
        raise LogUnavailable(f"{path} holds no key; delete it, and a new one is made")
    return key


def _make(path: Path) -> None:
    """Under its name only when it is whole; of two processes that make one at once, both read the first."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # of mode 600
    try:
        with os.fdopen(handle, "w") as stream:
            stream.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            os.link(part, path)
    finally:
        os.unlink(part)
