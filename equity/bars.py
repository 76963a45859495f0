"""A bar for every file that is on its way: megabytes, rate, and what the columns of the progress add. Fetches nothing."""

from __future__ import annotations

import time

from rich.progress import Progress


class Bars:
    """What a source tells of its files: ``bars(name, bytes in hand, bytes in all or None)``, as often as it likes.

    A file that is whole makes room: its bar goes.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress, self._begun = progress, {}

    def __call__(self, name: str, done: int, total: int | None) -> None:
        size = None if total is None else max(1, round(total / 1e6))
        if name not in self._begun:
            self._begun[name] = self._progress.add_task(name, total=size), time.monotonic(), done
        task, begun, held = self._begun[name]
        rate = (done - held) / 1e6 / max(time.monotonic() - begun, 0.1)
        told = f"{name} MB, {rate:.1f} MB/s"
        self._progress.update(task, completed=round(done / 1e6), total=size, description=told, visible=done != total)
