"""Adding tracts up to areas takes as many steps for one area as for all of them, and little time.

Steps are counted, in lines of Python begun: the same number at every run, however busy the machine. A loop over areas hidden
anywhere, a comprehension or a function that pandas calls for each group included, costs at least one step for each more
area. The clock has the second word only: with numpy inside, such a loop may be quick for 77 areas and slow for 800.
"""

import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from equity.atlas import Atlas
from equity.stats import aggregate, moe

LINES, RELEASES = 20, 8
LIMIT = 0.050  # seconds
AREAS = (1, 77, 801)


def steps(task: Callable[[], object]) -> int:
    """How many lines of Python the task begins, calls and returns included, in its own code and in all that it calls.

    Each turn of a loop begins a line, even if the whole loop is written on one.
    """
    count = 0

    def trace(_frame, _event: str, _argument: object) -> Callable:
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        task()
    finally:
        sys.settrace(before)
    return count


def quickest(task: Callable[[], object], turns: int = 10) -> float:
    """Seconds of processor time of the best of some turns: what else the machine does can only make a turn slower."""

    def turn() -> float:
        start = time.process_time()
        task()
        return time.process_time() - start

    return min(turn() for _ in range(turns))


def grouped(rows: int, areas: int) -> np.ndarray:
    """The first rows of so many areas of about equal size."""
    return np.linspace(0, rows, areas, endpoint=False).astype(int)


def figures(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Estimates with a fifth of zeros, margins, weights; seeded."""
    rng = np.random.default_rng(801)
    estimates = rng.poisson(30, (rows, columns)) * (rng.random((rows, columns)) > 0.2) * 1.0
    return estimates, rng.uniform(5, 90, (rows, columns)), rng.uniform(0.1, 1, rows)


def test_the_count_of_steps_sees_a_loop() -> None:
    """Else the tests below prove nothing: a comprehension and a function called from C, for 77 areas more."""
    assert steps(lambda: [area for area in range(77)]) - steps(lambda: [area for area in range(1)]) >= 76
    assert steps(lambda: list(map(lambda area: area, range(77)))) - steps(lambda: list(map(lambda area: area, range(1)))) >= 76


def test_the_kernel_takes_as_many_steps_for_one_area_as_for_all() -> None:
    rows = figures(801, 3)
    taken = {areas: steps(lambda areas=areas: moe.of_grouped_sum(*rows, grouped(801, areas))) for areas in AREAS}
    assert len(set(taken.values())) == 1, taken


def test_tracts_are_added_up_in_as_many_steps_for_one_area_as_for_all(atlas: Atlas) -> None:
    """Not quite the same number is asked for, pandas may choose its ways, but less than one step an area more."""
    tracts = atlas.tracts[2020]["geoid"]
    table = pd.concat(
        [
            pd.DataFrame({"place_id": tracts, "release": 2021, "variable": line, "estimate": 9.0, "moe": 12.0, "flag": 0})
            for line in ("B28002_001", "B28002_013")
        ],
        ignore_index=True,
    )
    taken = {}
    for areas in AREAS:
        area = np.searchsorted(grouped(len(tracts), areas), np.arange(len(tracts)), side="right")
        weights = pd.DataFrame({"geoid": tracts, "place_id": [f"{number:03d}" for number in area], "weight": 1.0})
        assert len(aggregate.lines(table, weights)) == 2 * areas
        taken[areas] = steps(lambda weights=weights: aggregate.lines(table, weights))
    assert taken[77] - taken[1] < 76, taken
    assert taken[801] - taken[77] < 724, taken


@pytest.mark.parametrize("areas", AREAS)
def test_twenty_lines_of_eight_releases_are_added_up_in_under_50_ms(areas: int) -> None:
    """801 tracts by 160 columns, estimates and margins."""
    estimates, moes, weights = figures(801, LINES * RELEASES)
    starts = grouped(801, areas)

    def task() -> None:
        np.add.reduceat(estimates * weights[:, None], starts, axis=0)
        moe.of_grouped_sum(estimates, moes, weights, starts)

    assert quickest(task) < LIMIT
