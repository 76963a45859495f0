"""A file on its way has a bar with its megabytes and its rate; the columns of the progress add the time left."""

import io

import pytest
import rich.console
from rich.progress import Progress

from equity import bars, refresh


def test_a_bar_tells_megabytes_and_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    """2 MB of 8 in one second, after a first word at 0: 2.0 MB/s; what a source does not know the size of has no end."""
    clock = iter([100.0, 100.0, 101.0, 101.0, 102.0])
    monkeypatch.setattr(bars.time, "monotonic", lambda: next(clock))
    with Progress(console=rich.console.Console(file=io.StringIO())) as progress:
        tell = bars.Bars(progress)
        tell("tracts.zip", 0, 8_000_000)
        tell("tracts.zip", 2_000_000, 8_000_000)
        tell("blocks", 500_000, None)
        whole, endless = progress.tasks
    assert (whole.completed, whole.total, whole.description) == (2, 8, "tracts.zip MB, 2.0 MB/s")
    assert (endless.total, endless.description) == (None, "blocks MB, 0.0 MB/s")


def test_the_columns_tell_the_time_that_passed_and_the_time_left() -> None:
    names = [type(column).__name__ for column in refresh._TIMES]
    assert names == ["TimeElapsedColumn", "TimeRemainingColumn"]
