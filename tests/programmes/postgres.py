"""A PostgreSQL server of the tests' own: in a temporary folder, on a socket of its own, gone afterwards.

It takes no port and no name that another server could have, and trusts whoever reaches its socket. As root, which PostgreSQL
refuses to run under, it runs as the user postgres or nobody.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

FIND = Path(__file__).parents[2] / "scripts" / "find-postgresql"


@dataclass
class Server:
    """A running server. Each ``fresh`` database is empty, and nobody else's."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def fresh(self) -> str:
        """The address of a new database."""
        name = f"log{next(self._numbers)}"
        with psycopg.connect(host=str(self.folder), user="equity", dbname="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql://equity@/{name}?host={self.folder}"


@contextlib.contextmanager
def server(*settings: str) -> Iterator[Server]:
    """Start one and stop it. ``settings``: "fsync=off" and the like."""
    found = subprocess.run([FIND], capture_output=True, text=True)
    if found.returncode != 0:
        pytest.fail("PostgreSQL is needed and not found; run: scripts/install-postgresql", pytrace=False)
    programs = Path(found.stdout.strip())
    folder = Path(tempfile.mkdtemp(prefix="equity-postgres-"))  # short: the path of a socket has 107 signs at most
    as_whom: dict[str, object] = {"cwd": folder}
    if os.getuid() == 0:
        user = _somebody()
        as_whom |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        os.chown(folder, user.pw_uid, user.pw_gid)
        folder.chmod(0o755)
    words = [programs / "initdb", "-D", folder / "data", "-U", "equity", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    subprocess.run(words, check=True, capture_output=True, **as_whom)
    options = [f"--{setting}" for setting in ("listen_addresses=", f"unix_socket_directories={folder}", *settings)]
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", *options],
            stdout=said,
            stderr=said,
            start_new_session=True,
            **as_whom,
        )
    try:
        _wait(process, folder)
        yield Server(folder)
    finally:
        process.send_signal(signal.SIGQUIT)  # at once: what it holds is thrown away
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(process: subprocess.Popen, folder: Path, seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(host=str(folder), user="equity", dbname="postgres").close()
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > ends:
                pytest.fail(f"PostgreSQL did not start: {(folder / 'said').read_text()}", pytrace=False)
            time.sleep(0.05)


def _somebody() -> pwd.struct_passwd:
    """A user without rights."""
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")
