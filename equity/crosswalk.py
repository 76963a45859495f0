"""Who shares a tract, and which tracts stayed the same: weights tables. Knows nothing of ACS figures or of drawing.

A tract is never given to an area by one point: households decide, block by block. Land decides only where no blocks are
to be had, and then the weights say so (``sidecar``).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from equity.cities import City
from equity.errors import SourceInvalid
from equity.sources import boundaries, local

#: What weights are counted from; a sidecar says it under ``weights``, and the page warns where it is land.
HOUSEHOLDS, LAND = "households", "land"
NOTES = {
    HOUSEHOLDS: "weight is the part of the tract's occupied housing units, counted from census blocks; a block is where its "
    "internal point is. Rows of weight 0 are kept.",
    LAND: "weight is the part of the tract's LAND, because household counts of census blocks were not to be had: where a "
    "tract is shared and people live in one corner of it, households are given to the wrong area.",
}
NAD83 = "EPSG:4269"  # what the Bureau's longitudes and latitudes are in
#: Metres: an overlap that is nowhere wider is two drawings of one border. The same width is not drawn, either.
THREAD = boundaries.THIN
#: Two tracts are one place over time when each covers at least this share of the other.
SAME = 0.99
#: A tract with less than this share of its households in the city is drawn only inside the city limit.
HALF = 0.5
EVEN = 1e-9  # of a weight: sums of rounded fractions miss 0 and 1 by less


def from_file(folder: Path, city: City, vintage: int) -> pd.DataFrame:
    """The published shares of one tract vintage -> geoid, area_id, weight; rows of weight 0 included, sorted.

    Raises ``SourceInvalid``, also when an area of the city is left without any tract.
    """
    told = next(c for c in city.crosswalks if c.vintage == vintage)
    weights = local.shares(folder, told, city.area_ids)
    complete(weights, city.area_ids, f"{folder / told.file}")
    return weights


def from_blocks(blocks: pd.DataFrame, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """Households of blocks + outlines of any layer of areas -> geoid, area_id, weight; sorted.

    ``blocks``: geoid (of the tract), occupied (housing units), lon, lat (degrees, NAD83) for every block of every county that
    the areas reach into, or a tract's households outside the city would not be known. ``areas``: id (text), geometry, with
    a projection. A block is in the area that holds its point; on a border between areas, in the first of them by number (by
    name where ids are no numbers); outside them all, outside the city.

    One row for each tract and each area with a block of it. ``weight``: the part of the tract's occupied units there, 0 to
    1; a tract's weights sum to its part inside the areas. A tract without households has weight 0 in all its areas.
    Raises ``SourceInvalid`` when no block lies in any area.
    """
    areas = _in_order(areas)
    lonlat = gpd.GeoSeries(gpd.points_from_xy(blocks["lon"], blocks["lat"]), crs=NAD83)
    points = lonlat.to_crs(areas.crs).to_numpy()
    area, block = shapely.STRtree(points).query(areas.geometry.to_numpy(), predicate="intersects")
    if not len(block):
        raise SourceInvalid(
            f"none of {len(blocks):,} census blocks lies in any of {len(areas):,} areas; give the areas their true projection"
        )
    first = np.full(len(blocks), len(areas))
    np.minimum.at(first, block, area)
    inside = first < len(areas)
    part = pd.DataFrame({
        "geoid": blocks["geoid"].to_numpy()[inside],
        "order": first[inside],
        "occupied": blocks["occupied"].to_numpy()[inside],
    })  # fmt: skip
    shared = part.groupby(["geoid", "order"], as_index=False)["occupied"].sum()
    total = shared["geoid"].map(by_tract(blocks).set_index("geoid")["households"])
    weight = (shared["occupied"] / total).mask(total == 0, 0.0)
    return _table(shared["geoid"], shared["order"], weight, areas)


def from_land(tracts: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """Outlines of tracts and of areas, both in metres -> geoid, area_id, weight (part of the tract's land); sorted.

    ``tracts``: id (the GEOID), geometry, and where it is to be had ``land`` (square metres, the Bureau's ALAND): an outline
    that reaches into a lake is larger than its tract, whose shore would be taken for the city limit (Chicago: 42,000 of
    1,112,000 households lost). ``areas``: as in ``from_blocks``, not overlapping each other. Two drawings of one border
    never agree: overlaps nowhere wider than ``THREAD`` are no share, and a tract that sticks out of the areas by no more is
    inside. Raises ``SourceInvalid`` when the projections differ or nothing overlaps.
    """
    areas = _in_order(areas)
    if tracts.crs != areas.crs or areas.crs.axis_info[0].unit_name != "metre":
        raise SourceInvalid(
            f"tracts come in {_code(tracts)} and areas in {_code(areas)}; bring both to one projection in metres first"
        )
    outlines, layer = tracts.geometry.to_numpy(), areas.geometry.to_numpy()
    tract, area = shapely.STRtree(layer).query(outlines, predicate="intersects")
    overlap = shapely.intersection(outlines[tract], layer[area])
    square_metres, thin = shapely.area(overlap), _thread(overlap)
    lost = np.bincount(tract[thin], weights=square_metres[thin], minlength=len(tracts))
    land = np.asarray(tracts["land"] if "land" in tracts else shapely.area(outlines), dtype=float) - lost
    tract, area, square_metres = tract[~thin], area[~thin], square_metres[~thin]
    if not len(tract):
        raise SourceInvalid(f"none of {len(tracts):,} tracts overlaps any of {len(areas):,} areas; check both layers")
    covered = np.bincount(tract, weights=square_metres, minlength=len(tracts))
    touched = np.unique(tract)
    outside = shapely.difference(outlines[touched], shapely.union_all(layer))
    land[touched] = np.where(_thread(outside), covered[touched], np.maximum(land[touched], covered[touched]))
    return _table(tracts["id"].to_numpy()[tract], area, square_metres / land[tract], areas)


def sidecar(basis: str) -> dict[str, Any]:
    """What a weights table says of itself: ``weights`` (``HOUSEHOLDS`` or ``LAND``) and its note."""
    return {"weights": basis, "notes": [NOTES[basis]]}


def by_tract(blocks: pd.DataFrame) -> pd.DataFrame:
    """geoid, occupied of every block -> geoid, households; sorted by geoid."""
    return blocks.groupby("geoid", as_index=False)["occupied"].sum().rename(columns={"occupied": "households"})


def split_part(weights: pd.DataFrame, households: pd.DataFrame) -> pd.DataFrame:
    """How much of each area rests on split tracts: geoid, area_id, weight + geoid, households -> area_id, part.

    A tract is split where only a part of its households is in an area; that part has the average of the whole tract, which
    no weight can mend. ``part``: of the area's households, 0 to 1; NaN for an area without households. In the order of
    area_id. Raises ``SourceInvalid`` when a tract's households are not given.
    """
    count = weights["geoid"].map(households.set_index("geoid")["households"])
    lacking = weights["geoid"][count.isna() & (weights["weight"] > 0)]
    if len(lacking):
        raise SourceInvalid(f"no household count for tract {lacking.iloc[0]}; give one for every tract of the weights")
    here = (count * weights["weight"]).fillna(0.0)
    split = (weights["weight"] > EVEN) & (weights["weight"] < 1 - EVEN)
    sums = pd.DataFrame({"area_id": weights["area_id"], "all": here, "split": here.where(split, 0.0)})
    sums = sums.groupby("area_id", as_index=False)[["all", "split"]].sum()
    part = sums["split"] / sums["all"].where(sums["all"] > 0)
    table = pd.DataFrame({"area_id": sums["area_id"], "part": part})
    return table.sort_values("area_id", key=_by_number, ignore_index=True)


def complete(weights: pd.DataFrame, area_ids: Iterable[str], where: str) -> None:
    """Refuse weights that leave one of ``area_ids`` without any household; ``where`` names them. Raises ``SourceInvalid``."""
    empty = sorted(set(area_ids) - set(weights["area_id"][weights["weight"] > 0]))
    if empty:
        raise SourceInvalid(f"{where}: no tract has households in area {min(empty, key=_sortable)}; get the file again")


def tracts(weights: pd.DataFrame, city: City) -> pd.DataFrame:
    """geoid, area_id, weight -> geoid, name, city_weight, display; sorted by geoid.

    ``city_weight`` is the share of the tract's households in the city. ``display`` is ``whole``, ``cut`` (more than
    none and less than half of the households in the city) or ``no_households``.
    """
    total = weights.groupby("geoid")["weight"].sum()
    total = total.mask((total - 1).abs() < EVEN, 1.0)  # shares are published as rounded fractions: 0.9999999999999999
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


def _in_order(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Areas by number: what decides on a border must not hang on the order of a file."""
    if areas.crs is None:
        raise SourceInvalid("the areas come without a projection; give the layer its EPSG code")
    if areas["id"].duplicated().any():
        raise SourceInvalid(
            f"area {areas['id'][areas['id'].duplicated()].iloc[0]} is there twice; join its parts into one outline"
        )
    return areas.sort_values("id", key=_by_number, kind="stable", ignore_index=True)


def _table(geoid: Any, area: Any, weight: Any, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """Rows that know their area by its place in ``areas`` -> geoid, area_id, weight in the order of both."""
    rows = pd.DataFrame({"geoid": geoid, "order": area, "weight": weight}).sort_values(["geoid", "order"], ignore_index=True)
    rows["area_id"] = areas["id"].to_numpy()[rows["order"]]
    return rows[["geoid", "area_id", "weight"]]


def _thread(outlines: np.ndarray) -> np.ndarray:
    """Whether an outline (metres) is nowhere wider than ``THREAD``."""
    return shapely.is_empty(shapely.buffer(outlines, -THREAD / 2))


def _by_number(ids: pd.Series) -> pd.Series:
    return ids.map(_sortable)


def _sortable(key: str) -> tuple[bool, int, str]:
    """Numbers by value and before names: 9, 10, Loop."""
    return (not key.isdigit(), int(key) if key.isdigit() else 0, key)


def _code(frame: gpd.GeoDataFrame) -> str:
    return "no projection" if frame.crs is None else frame.crs.to_string()
