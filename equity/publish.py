"""All or nothing: a set is written beside the old one, and the two change places in one step. Knows nothing of what it holds.

A reader sees the old set or the new one, whole, at every moment; a failure leaves the old one as it was. Beside the folder
``chicago`` lie, hidden, ``.chicago.new`` (while a set is written), ``.chicago.last`` (the set before this one, for a server
that finds the newest damaged) and ``.chicago.lock``. A set lies one folder deeper, under its own name, to be read there.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from equity import durable, snapshots
from equity.errors import EquityError, SnapshotDamaged, SnapshotMissing

try:
    import fcntl
except ImportError:  # Windows has no flock: there, two refreshes at once are not prevented
    fcntl = None  # type: ignore[assignment]

#: Below a city's folder: what refresh alone writes, and nobody's hand, also where the list of a set's files cannot be read.
_MADE = ("in_hand.json", "snapshots/", "outlines/")
_AT_FDCWD, _LINUX_EXCHANGE, _MAC_SWAP = -100, 2, 2  # linux/fs.h RENAME_EXCHANGE; sys/stdio.h RENAME_SWAP
# What a file system that cannot exchange two folders answers.
_CANNOT = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold ``.<name>.lock`` beside ``folder``; a second holder is refused; a killed process holds nothing."""
    path = snapshots.beside(folder, "lock")
    with contextlib.ExitStack() as stack:
        with _writing(folder):
            handle = stack.enter_context(path.open("w"))
        try:
            if fcntl is not None:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not path.exists() or os.fstat(handle.fileno()).st_ino != path.stat().st_ino:
                raise BlockingIOError  # the former holder removed the file between our open and our lock
        except BlockingIOError as error:
            raise EquityError(f"another refresh of {folder.name} is running; wait for it to end") from error
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """An empty folder of the same name in a hidden one beside it, to write into; gone afterwards, whatever happened.

    EquityError with one sentence when a disk is full, or may not be written to.
    """
    new = snapshots.beside(folder, "new")
    try:
        with _writing(folder):
            _mend(folder)
            shutil.rmtree(new, ignore_errors=True)
            (new / folder.name).mkdir(parents=True)
            yield new / folder.name
    finally:
        shutil.rmtree(new, ignore_errors=True)


def mend(folder: Path) -> None:
    """Where a swap in two steps was killed between them, only the last set is there: put it in its place again."""
    if not folder.exists() and snapshots.beside(folder, "last").exists():
        with locked(folder), _writing(folder):
            _mend(folder)


def carry(folder: Path, stage: Path) -> None:
    """Copy into ``stage`` what was written by hand: the files of ``folder`` that no manifest lists. None is written over."""
    for path in _written_by_hand(folder):
        target = stage / path.relative_to(folder)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)


def swap(stage: Path, folder: Path, keep: bool = True) -> None:
    """Put ``stage`` in the place of ``folder``; what ``folder`` held becomes the last set, unless it is not worth to ``keep``.

    SnapshotDamaged when what was staged does not verify; ``folder`` is then untouched.
    """
    problems = snapshots.verify(stage)
    if problems:
        raise SnapshotDamaged(f"what was written cannot be read back: {problems[0]}")
    carry(folder, stage)
    _to_disk(stage)
    whole = keep and not snapshots.verify(folder)  # a damaged set is no last good one: that of before stays
    last = snapshots.beside(folder, "last")
    if whole:
        shutil.rmtree(last, ignore_errors=True)
    if exchange(stage, folder):
        if whole:
            with contextlib.suppress(OSError):  # the new set is in its place; that the old one cannot be kept is no failure
                stage.parent.rename(last)
    else:
        # A damaged set makes way for the new one among what is thrown away, and the last good one stays where it is.
        _in_two_steps(stage, folder, last if whole else stage.parent / "damaged")
    durable.flush(folder.parent)


def exchange(a: Path, b: Path) -> bool:
    """Two folders change places in one step; False where the system cannot do that. OSError for any other failure."""
    if sys.platform not in ("linux", "darwin"):
        return False
    library, paths = ctypes.CDLL(None, use_errno=True), (os.fsencode(a), os.fsencode(b))
    try:
        if sys.platform == "linux":
            done = library.renameat2(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _LINUX_EXCHANGE)
        else:
            done = library.renamex_np(*paths, _MAC_SWAP)
    except AttributeError:  # a C library older than the call
        return False
    if done != 0 and ctypes.get_errno() not in _CANNOT:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), str(a))
    return done == 0


def _in_two_steps(stage: Path, folder: Path, aside: Path) -> None:
    """Where folders cannot be exchanged: between the two renames only the last set is there, and readers look for it."""
    aside.mkdir()
    folder.rename(aside / folder.name)
    try:
        stage.rename(folder)
    except BaseException:
        (aside / folder.name).rename(folder)
        aside.rmdir()
        raise


def _mend(folder: Path) -> None:
    last = snapshots.beside(folder, "last")
    if not folder.exists() and (last / folder.name).exists():
        (last / folder.name).rename(folder)
        last.rmdir()


@contextlib.contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """An OSError as one sentence."""
    try:
        yield
    except OSError as error:
        why = ": ".join(str(told) for told in (error.filename2 or error.filename, error.strerror or error) if told)
        said = f"a new set of {folder.name} cannot be written ({why})"
        raise EquityError(f"{said}; make room there or correct its permissions, then refresh again") from error


def _written_by_hand(folder: Path) -> list[Path]:
    try:
        sealed = set(snapshots.manifest(folder)) | {snapshots.MANIFEST}
    except (SnapshotMissing, SnapshotDamaged):
        sealed = {snapshots.MANIFEST}
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    names = ((path, path.relative_to(folder).as_posix()) for path in files)
    return [path for path, name in names if name not in sealed and not name.startswith(_MADE)]


def _to_disk(folder: Path) -> None:
    """Every file and folder below, so that what is swapped in survives a power cut."""
    for path in sorted(folder.rglob("*")):
        durable.flush(path)
    durable.flush(folder)
