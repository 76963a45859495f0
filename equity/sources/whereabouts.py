"""Whether outlines lie where they are known to lie. Fetches nothing and corrects nothing: it refuses, with one sentence.

A file may be whole and valid and wrong all the same: numbers moved down by a row, latitude and longitude exchanged, another
city. Nothing inside it tells; what is in hand beside it does.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from equity.errors import SourceInvalid
from equity.sources import boundaries

NAD83 = "EPSG:4269"  # what the Bureau's longitudes and latitudes are in
#: Degrees that areas may stick out of the map: some hundred metres, more than bounds are rounded by.
EDGE = 0.01
#: Of what an area was before, so much has to be left. No two areas can have changed places then: only one covers most of it.
OWN = 0.5
#: A tract with this part of its households in one area is a tract of that area, and most of its land there is the area's.
#: (In Chicago the least is 55 %: the airport of O'Hare, with the woods of the area beside it.)
PLACED, MOST = 0.9, 0.5
#: Land and water of a tract against its outline: generalised outlines are off by some percent, never by this factor.
FACTOR = 1.25
#: Metres from its own tract that a block's point may lie, for outlines of two years or scales differ, and how many may not.
NEAR, STRAY = 200.0, 0.001
#: A column in which so many of the areas' names are found is the column of their names.
NAMED = 0.9
_ANEW = "correct the address or `id` in city.toml, or, if areas were drawn anew, remove {} and refresh with --outlines"


def within_map(where: str, areas: gpd.GeoDataFrame, bounds: list[list[float]]) -> None:
    """Areas (id, geometry) against the corners of the map, [[south, west], [north, east]] in degrees. ``SourceInvalid``."""
    (south, west), (north, east) = bounds
    edges = shapely.bounds(areas.geometry.to_crs(boundaries.DEGREES).to_numpy())
    low, high = np.array([west, south]) - EDGE, np.array([east, north]) + EDGE
    out = ~((edges[:, :2] >= low).all(axis=1) & (edges[:, 2:] <= high).all(axis=1))
    if out.any():
        lon, lat = (edges[out.argmax(), :2] + edges[out.argmax(), 2:]) / 2
        raise SourceInvalid(
            f"{where}: area {areas['id'][out].iloc[0]} lies at longitude {lon:.2f} and latitude {lat:.2f}, not within the "
            "`bounds` of [map] in city.toml; correct the address, or the bounds if the city has grown"
        )


def as_before(where: str, areas: gpd.GeoDataFrame, before: gpd.GeoDataFrame, kept: Path) -> None:
    """Areas (id, geometry) against those in hand, which lie at ``kept``, in one projection: each covers most of what it was."""
    known = before.set_index("id").geometry
    ours = areas[areas["id"].isin(known.index)]
    old, new = (shapely.make_valid(shapes.to_numpy()) for shapes in (known.loc[ours["id"]], ours.geometry))
    left = shapely.area(shapely.intersection(old, new)) / shapely.area(old)
    if len(left) and left.min() < OWN:
        raise SourceInvalid(
            f"{where}: area {ours['id'].iloc[left.argmin()]} covers {left.min():.0%} of the area of that number in hand; "
            + _ANEW.format(kept)
        )


def named_as_before(
    where: str, features: pd.DataFrame, ids: pd.Series, names: Mapping[str, str], kept: Path, label: str | None = None
) -> None:
    """Features as they are published, whose areas are ``ids``, against the ``names`` in hand, by area; ``kept``: as above.

    ``label`` is the column of names; without one it is found by what it holds, whether in capitals or not, and where none is,
    nothing is known. An area that is new has no name to contradict.
    """
    known, old = {_plain(name): area for area, name in names.items()}, ids.isin(names)
    for column in [label] if label else features.columns.drop(features.geometry.name):
        said = features[column].astype(str).map(_plain)
        if said.isin(known).sum() < max(1.0, NAMED * len(known)):
            continue
        other = old & said.isin(known) & (said.map(known) != ids)
        if other.any():
            area, name = ids[other].iloc[0], features[column][other].iloc[0]
            raise SourceInvalid(
                f"{where}: area {area} is called {name!r} in the column {column}, and {names.get(area)!r} in hand; "
                + _ANEW.format(kept)
            )


def tracts_in_areas(where: str, tracts: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, weights: pd.DataFrame) -> None:
    """Tracts and areas (id, geometry), in one projection, against published weights (geoid, area_id, weight).

    Of the part of a tract that lies in the areas, most lies in the area that has its households; water beyond them is no
    part. A tract that has no outline is for whoever draws it.
    """
    placed = weights[(weights["weight"] >= PLACED) & weights["geoid"].isin(tracts["id"]) & weights["area_id"].isin(areas["id"])]
    outlines = tracts.set_index("id").geometry.loc[placed["geoid"]].to_numpy()
    homes = areas.set_index("id").geometry.loc[placed["area_id"]].to_numpy()
    inside = shapely.area(shapely.intersection(outlines, shapely.union_all(areas.geometry.to_numpy())))
    own = shapely.area(shapely.intersection(outlines, homes))
    off = own < np.maximum(MOST * inside, 1.0)  # a square metre: one that lies in no area is not there at all
    if off.any():
        wrong = placed[off].iloc[0]
        raise SourceInvalid(
            f"{where}: tract {wrong['geoid']} has its households in area {wrong['area_id']} and is not drawn there; correct "
            "the address or `id` in city.toml"
        )


def blocks_in_tracts(where: str, blocks: pd.DataFrame, tracts: gpd.GeoDataFrame) -> None:
    """Blocks (block, geoid of the tract, lon, lat) against their tracts' outlines (id, geometry, in metres)."""
    outlines = tracts.set_index("id").geometry
    ours = blocks[blocks["geoid"].isin(outlines.index)]
    points = gpd.GeoSeries(gpd.points_from_xy(ours["lon"], ours["lat"]), crs=NAD83).to_crs(tracts.crs).to_numpy()
    stray = ~shapely.dwithin(points, outlines.loc[ours["geoid"]].to_numpy(), NEAR)
    if stray.sum() > STRAY * len(ours):
        block = ours[stray].iloc[0]
        raise SourceInvalid(
            f"{where}: the points of {stray.sum():,} blocks of {len(ours):,} do not lie in their tracts, such as that of "
            f"{block['block']} in {block['geoid']}; fetch the blocks anew: --refresh"
        )


def land_fits(where: str, tracts: gpd.GeoDataFrame) -> None:
    """Land, and water where it is told (square metres), of tracts (id, geometry in metres) against their outlines.

    Outlines may end at a shore and leave water out; none is larger than the land and the water in it.
    """
    drawn, land = shapely.area(tracts.geometry.to_numpy()), tracts["land"].to_numpy()
    whole = land + tracts["water"].to_numpy() if "water" in tracts else np.where(land > 0, np.inf, 0.0)
    off = (land > FACTOR * drawn) | (whole * FACTOR < drawn)
    if off.any():
        at = off.argmax()
        told = f"{land[at]:,.0f} of land" + (f" and {tracts['water'].iloc[at]:,.0f} of water" if "water" in tracts else "")
        raise SourceInvalid(
            f"{where}: tract {tracts['id'].iloc[at]} is drawn on {drawn[at]:,.0f} square metres and said to have {told}; get "
            "it again: --refresh, or correct `land` in city.toml"
        )


def _plain(name: str) -> str:
    """A name as it may be compared: O'Hare, OHARE."""
    return "".join(sign for sign in name.casefold() if sign.isalnum())
