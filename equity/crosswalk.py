"""Who shares a tract, and which tracts stayed the same: weights tables. Knows nothing of ACS figures or of drawing.

A tract is never given to an area by a point or by its land: households decide, counted from census blocks.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from equity.cities import City
from equity.errors import SourceInvalid
from equity.sources import local

#: Two tracts are one place over time when each covers at least this share of the other.
SAME = 0.99
#: A tract with less than this share of its households in the city is drawn only inside the city limit.
HALF = 0.5


def from_file(folder: Path, city: City, vintage: int) -> pd.DataFrame:
    """The published shares of one tract vintage -> geoid, area_id, weight; rows of weight 0 included, sorted.

    Raises ``SourceInvalid``, also when an area of the city is left without any tract.
    """
    told = next(c for c in city.crosswalks if c.vintage == vintage)
    weights = local.shares(folder, told, city.area_ids)
    empty = sorted(set(city.area_ids) - set(weights["area_id"][weights["weight"] > 0]), key=int)
    if empty:
        raise SourceInvalid(f"{folder / told.file}: no tract has households in area {empty[0]}; get the file again")
    return weights


def tracts(weights: pd.DataFrame, city: City) -> pd.DataFrame:
    """geoid, area_id, weight -> geoid, name, city_weight, display; sorted by geoid.

    ``city_weight`` is the share of the tract's households in the city. ``display`` is ``whole``, ``cut`` (more than
    none and less than half of the households in the city) or ``no_households``.
    """
    total = weights.groupby("geoid")["weight"].sum()
    total = total.mask((total - 1).abs() < 1e-9, 1.0)  # shares are published as rounded fractions: 0.9999999999999999
    display = pd.Series("whole", index=total.index).mask(total < HALF, "cut").mask(total == 0, "no_households")
    names = [f"{name(geoid)}, {city.county_name(geoid)}" for geoid in total.index]
    return pd.DataFrame({"geoid": total.index, "name": names, "city_weight": total.values, "display": display.values})


def name(geoid: str) -> str:
    """The Bureau's name of a tract from its GEOID: ``17031010201`` -> ``Census Tract 102.01``."""
    whole, part = int(geoid[5:9]), geoid[9:]
    return f"Census Tract {whole}" + (f".{part}" if part != "00" else "")


def same_outline(overlay: pd.DataFrame, geoids_2020: set[str]) -> pd.DataFrame:
    """geoid_2020, geoid_2010, share_2020, share_2010 of the pairs in which each covers at least 99 % of the other.

    Only 2020 tracts of the crosswalk are kept. The 2010 tract may be any: a handful without households in the city are
    not in the 2010 crosswalk.
    """
    same = overlay[(overlay["share_2020"] >= SAME) & (overlay["share_2010"] >= SAME)]
    same = same[same["geoid_2020"].isin(geoids_2020)]
    return same.sort_values(["geoid_2020", "geoid_2010"], ignore_index=True)
