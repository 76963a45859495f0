"""What the browser keeps in memory to repaint without asking: the figures of a layer, and where its places are.

Atlas tables in, plain lists and dicts out (lists, not typed arrays: the page's script reads them). Knows no Dash.
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from equity import indicators
from equity.atlas import Atlas
from equity.views import classes

# share: four decimals are a hundredth of a point, finer than any margin here.
SHARE_DECIMALS = 4


def layers(atlas: Atlas) -> list[str]:
    """The layers of the map: areas, and the tracts of each vintage."""
    return ["area", *(f"tract-{vintage}" for vintage in sorted(atlas.tracts))]


def figures(atlas: Atlas, layer: str) -> dict:
    """One layer: ``ids``, ``names`` (of a tract its number), ``areas`` (the areas a place belongs to, most households first) and ``tables``.

    ``tables[release][indicator]`` holds ``universe``, ``universe_moe``, ``estimate``, ``moe``, ``share``, ``share_moe`` and
    ``flag``, each a list in the order of ``ids``; null is missing, and ``flag`` says why. An indicator that the release does
    not give at this level is left out. Counts are whole numbers, shares fractions to four decimals.
    """
    if layer == "area":
        ids, names = atlas.areas["area_id"], atlas.areas["name"]
        belongs = [[area] for area in ids]
        level, wanted = "area", atlas.releases
    else:
        vintage = int(layer.removeprefix("tract-"))
        tracts = atlas.tracts_of(vintage)
        ids, names = tracts["geoid"], tracts["geoid"].map(tract_number)
        belongs = [
            [area, *filter(None, [second])] for area, second in zip(tracts["area_id"], tracts["area2_id"], strict=True)
        ]
        level = "tract"
        wanted = [
            r for r in atlas.releases if atlas.release(r).tract_vintage == vintage and atlas.release(r).level == "tract"
        ]
    tables = {
        str(release): {
            what.key: _columns(atlas.table(level, release, what.key))
            for what in indicators.REGISTRY
            if atlas.gives(level, release, what.key)
        }
        for release in wanted
    }
    return {"layer": layer, "ids": list(ids), "names": list(names), "areas": belongs, "tables": tables}


def tract_number(geoid: str) -> str:
    """As the Bureau prints it: 17031010201 -> "102.01", 17031837100 -> "8371"."""
    whole, part = int(geoid[5:9]), geoid[9:]
    return f"{whole}" if part == "00" else f"{whole}.{part}"


def breaks(atlas: Atlas) -> dict[str, dict[str, list[float]]]:
    """indicator -> {"share": ..., "area": ..., "tract": ...}: the class limits of shares, and of counts by level."""
    found = {}
    for what in indicators.REGISTRY:
        pooled = {level: _pooled(atlas, level, what.key) for level in ("area", "tract")}
        found[what.key] = {
            "share": classes.breaks(pooled["area"]["share"].to_numpy()),
            "area": classes.breaks(pooled["area"]["estimate"].to_numpy(), whole=True),
            "tract": classes.breaks(pooled["tract"]["estimate"].to_numpy(), whole=True),
        }
    return found


def _pooled(atlas: Atlas, level: str, key: str) -> pd.DataFrame:
    """share, estimate of every place in every release that gives the indicator at this level."""
    given = [atlas.table(level, release, key) for release in atlas.releases if atlas.gives(level, release, key)]
    return (
        pd.concat(given)[["share", "estimate"]] if given else pd.DataFrame({"share": [], "estimate": []}, dtype=float)
    )


def as_json(content: dict) -> bytes:
    """Compact JSON, the same bytes for the same content."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _columns(table: pd.DataFrame) -> dict[str, list]:
    """A table as lists of numbers and nulls."""
    counts = {name: _list(table[source].round()) for name, source in _COUNTS.items()}
    shares = {name: _list(table[name].round(SHARE_DECIMALS)) for name in ("share", "share_moe")}
    return counts | shares | {"flag": [int(flag) for flag in table["flag"]]}


_COUNTS = {"universe": "universe_estimate", "universe_moe": "universe_moe", "estimate": "estimate", "moe": "moe"}


def _list(column: pd.Series) -> list[float | int | None]:
    """Numbers as JSON has them: whole ones without a point, missing as None."""
    return [
        None if np.isnan(value) else int(value) if value == int(value) else float(value) for value in column.to_numpy()
    ]
