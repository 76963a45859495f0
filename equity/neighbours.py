"""Who touches whom, from full outlines in metres. Uses shapely alone; knows nothing of files, cities or figures.

Two places are neighbours when they share a stretch of border (a "rook" move), not when they only meet in a corner.
Published layers do not always share their vertices exactly, so borders count as shared when they run within ``NEAR`` of
each other for at least ``STRETCH``: long enough that a corner, which shares a few metres at most, never counts.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

NEAR = 1.0  # metres between two drawings of one border
STRETCH = 10.0  # metres of common border


def touching(ids: list[str], outlines: np.ndarray) -> pd.DataFrame:
    """Outlines (metres) and their ids -> place_id, neighbour_id: every pair in both directions, sorted as text is read.

    Numbers among the ids sort by value (9 before 10), GEOIDs as they are. A place without neighbours has no row.
    """
    left, right = shapely.STRtree(outlines).query(outlines, predicate="dwithin", distance=NEAR)
    once = left < right
    left, right = left[once], right[once]
    beside = shapely.buffer(outlines[right], NEAR)
    border = shapely.length(shapely.intersection(shapely.boundary(outlines[left]), beside))
    left, right = left[border >= STRETCH], right[border >= STRETCH]
    named = np.array(ids, dtype=object)
    pairs = pd.DataFrame({
        "place_id": np.concatenate([named[left], named[right]]),
        "neighbour_id": np.concatenate([named[right], named[left]]),
    })  # fmt: skip
    return pairs.sort_values(["place_id", "neighbour_id"], key=lambda column: column.astype(int), ignore_index=True)
