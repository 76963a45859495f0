"""What the browser keeps in memory to repaint without asking: the figures of a layer, and where its places are.

Atlas tables in, plain lists and dicts out (lists, not typed arrays: the page's script reads them). Knows no Dash.
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from equity import findings, indicators
from equity.atlas import Atlas
from equity.views import classes

# As in the files: with fewer, a figure rounded here and again on the page would differ from the same figure in a sentence.
SHARE_DECIMALS = 6


def files(atlas: Atlas) -> dict[str, dict]:
    """Every figures file: ``area`` with all releases, and ``tract-<release>`` for each release that has tracts."""
    by_tract = [release for release in atlas.releases if atlas.release(release).level == "tract"]
    return {"area": areas(atlas)} | {f"tract-{release}": tracts(atlas, release) for release in by_tract}


def areas(atlas: Atlas) -> dict:
    """The areas: ``ids``, ``names``, ``areas`` (of each place the areas it belongs to), ``tables`` (see there)."""
    ids = list(atlas.areas["area_id"])
    figures = {str(release): tables(atlas, "area", release) for release in atlas.releases}
    return {"level": "area", "ids": ids, "names": list(atlas.areas["name"]), "areas": [[one] for one in ids], "tables": figures}


def tracts(atlas: Atlas, release: int) -> dict:
    """The tracts of one release in the same shape: ``names`` are numbers, the area of most households comes first."""
    places = atlas.tracts_of(atlas.release(release).tract_vintage)
    belongs = [[first, *filter(None, [second])] for first, second in zip(places["area_id"], places["area2_id"], strict=True)]
    names = [tract_number(geoid) for geoid in places["geoid"]]
    figures = {str(release): tables(atlas, "tract", release)}
    return {"level": "tract", "ids": list(places["geoid"]), "names": names, "areas": belongs, "tables": figures}


def tables(atlas: Atlas, level: str, release: int) -> dict[str, dict[str, list]]:
    """indicator -> universe, estimate, moe, share, share_moe, flag, reliability: each a list in the order of the ids.

    null is missing, and ``flag`` says why. An indicator that the release does not give at this level is left out. Counts are
    whole numbers, shares fractions to six decimals.
    """
    given = [what.key for what in indicators.REGISTRY if atlas.gives(level, release, what.key)]
    return {key: _columns(atlas.table(level, release, key)) | _reliability(atlas, level, release, key) for key in given}


def _reliability(atlas: Atlas, level: str, release: int, key: str) -> dict[str, list[int]]:
    """``reliability``: of each place, the position of its class in ``findings.RELIABILITIES``."""
    found = findings.reliability_of(atlas, level, release, key)["reliability"]
    return {"reliability": [findings.RELIABILITIES.index(word) for word in found]}


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
    return pd.concat(given)[["share", "estimate"]] if given else pd.DataFrame({"share": [], "estimate": []}, dtype=float)


def as_json(content: dict) -> bytes:
    """Compact JSON, the same bytes for the same content."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _columns(table: pd.DataFrame) -> dict[str, list]:
    """A table as lists of numbers and nulls."""
    counts = {name: numbers(table[source].round()) for name, source in _COUNTS.items()}
    shares = {name: numbers(table[name].round(SHARE_DECIMALS)) for name in ("share", "share_moe")}
    return counts | shares | {"flag": [int(flag) for flag in table["flag"]]}


_COUNTS = {"universe": "universe_estimate", "universe_moe": "universe_moe", "estimate": "estimate", "moe": "moe"}


def numbers(column: pd.Series) -> list[float | int | None]:
    """Numbers as JSON has them: whole ones without a point, missing as None."""
    return [None if np.isnan(value) else int(value) if value == int(value) else float(value) for value in column.to_numpy()]
