"""All or nothing: a folder is written beside the old one and swapped in at the end. Knows nothing of what it holds.

A reader sees the old folder or the new one, never a mixture; a failure leaves the old one as it was, nothing beside it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from equity import snapshots
from equity.errors import EquityError, SnapshotDamaged, SnapshotMissing

try:
    import fcntl
except ImportError:  # Windows has no flock: there, two refreshes at once are not prevented
    fcntl = None  # type: ignore[assignment]


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold ``.<name>.lock`` beside ``folder``; a second holder is refused; a killed process holds nothing."""
    path = folder.parent / f".{folder.name}.lock"
    with path.open("w") as handle:
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
    """An empty hidden folder beside ``folder`` to write into; gone afterwards, whatever happened."""
    stage, old = _beside(folder, "new"), _beside(folder, "old")
    if old.exists() and not folder.exists():  # a former run was killed between the two renames of a swap
        old.rename(folder)
    for leftover in (stage, old):
        shutil.rmtree(leftover, ignore_errors=True)
    stage.mkdir()
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def swap(stage: Path, folder: Path) -> None:
    """Put ``stage`` in the place of ``folder``, with the files of ``folder`` that no manifest lists carried over.

    Raises ``SnapshotDamaged`` when what was staged does not verify; ``folder`` is then untouched.
    """
    problems = snapshots.verify(stage)
    if problems:
        raise SnapshotDamaged(f"what was written cannot be read back: {problems[0]}")
    for path in _written_by_hand(folder):
        target = stage / path.relative_to(folder)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
    old = _beside(folder, "old")
    folder.rename(old)
    try:
        stage.rename(folder)
    except BaseException:
        old.rename(folder)
        raise
    shutil.rmtree(old)


def _written_by_hand(folder: Path) -> list[Path]:
    try:
        sealed = set(snapshots.manifest(folder)) | {snapshots.MANIFEST}
    except (SnapshotMissing, SnapshotDamaged):
        sealed = {snapshots.MANIFEST}
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [path for path in files if path.relative_to(folder).as_posix() not in sealed]


def _beside(folder: Path, what: str) -> Path:
    return folder.parent / f".{folder.name}.{what}"
