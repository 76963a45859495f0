"""One GeoJSON file of areas that a person hands in, looked at closely before a city is made of it. Writes nothing.

Whoever made the file may never have made one before: every refusal says what is wrong, where, and what to do about it.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from equity.errors import SourceInvalid, UsageError
from equity.sources import boundaries

#: Degrees west to east and south to north: the states, and Puerto Rico. Positions that are turned round lie outside.
UNITED_STATES = -180.0, 17.0, -64.0, 72.0
METRE = "metre"


@dataclass(frozen=True)
class Areas:
    """What the file holds. ``table``: id, name, side (text; empty where no column tells it), by number. ``bounds``: degrees
    west, south, east and north. ``projection``: in metres."""

    table: pd.DataFrame
    bounds: tuple[float, float, float, float]
    projection: str


def read(path: Path, number: str, name: str, side: str | None = None, projection: str | None = None) -> Areas:
    """The areas of a GeoJSON file; ``number``, ``name`` and ``side`` are its columns. UsageError or SourceInvalid."""
    if not path.is_file():
        raise UsageError(f"{path} is not there; give the GeoJSON file that holds the areas: --areas FILE")
    if path.suffix.lower() not in (".geojson", ".json"):
        raise UsageError(f"{path} is no GeoJSON file (.geojson); save it as GeoJSON in longitude and latitude (EPSG:4326)")
    _geojson(path)
    frame = boundaries.opened(path, str(path))
    if not frame.crs.equals(pyproj.CRS(boundaries.DEGREES), ignore_axis_order=True):  # older writers may name another system
        raise SourceInvalid(f"{path} comes in {frame.crs.name}; save it in longitude and latitude (WGS 84, EPSG:4326)")
    _columns(path, frame, {"--id": number, "--label": name} | ({"--sides": side} if side else {}))
    ids, names = _numbers(path, frame[number], number), _words(path, frame[name], "--label")
    sides = _words(path, frame[side], "--sides") if side else pd.Series("", index=frame.index)
    bounds = _where(path, frame)
    projection = _metres(projection, bounds)
    _outlines(path, ids, frame, projection)
    table = pd.DataFrame({"id": ids, "name": names, "side": sides})
    return Areas(table.sort_values("id", key=lambda column: column.astype(int), ignore_index=True), bounds, projection)


def _geojson(path: Path) -> None:
    """What GDAL would only say that it does not recognize."""
    try:
        said = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise SourceInvalid(f"{path} cannot be read as GeoJSON ({error}); save it again") from error
    if not isinstance(said, dict) or said.get("type") != "FeatureCollection" or not said.get("features"):
        raise SourceInvalid(f"{path} holds no features; save the areas as a GeoJSON FeatureCollection, a feature an area")


def _columns(path: Path, frame: gpd.GeoDataFrame, asked: dict[str, str]) -> None:
    known = [column for column in frame.columns if column != frame.geometry.name]
    for option, column in asked.items():
        if column not in known:
            raise UsageError(f"{path} has no column {column!r}; choose one of its columns: {option} {' or '.join(known)}")


def _numbers(path: Path, column: pd.Series, name: str) -> pd.Series:
    """Ids as text: 1 to n, each once."""
    right = f"number the {len(column):,} areas 1 to {len(column):,}, if need be in a new column"
    if column.isna().any():
        raise SourceInvalid(f"{path}: feature {int(column.isna().argmax()) + 1} has no {name}; {right}")
    ids = boundaries.numbers(column)
    if ids.duplicated().any():
        twice = f"{name} {ids[ids.duplicated()].iloc[0]} is there twice"
        raise SourceInvalid(f"{path}: {twice}; give each area a number of its own, or join the parts of one into one outline")
    expected = [str(number) for number in range(1, len(ids) + 1)]
    lacking, odd = sorted(set(expected) - set(ids), key=int), sorted(set(ids) - set(expected))
    if odd:
        raise SourceInvalid(f"{path}: the column {name} holds {odd[0]!r} and no {lacking[0]}; {right}")
    return ids


def _words(path: Path, column: pd.Series, option: str) -> pd.Series:
    """Names as text: none empty and, of areas, none twice."""
    words = column.astype("string").str.strip()
    if words.isna().any() or (words == "").any():
        row = int(np.flatnonzero(words.isna() | (words == ""))[0]) + 1
        raise SourceInvalid(
            f"{path}: feature {row} has no {column.name}; fill it in, or choose another column: {option} COLUMN"
        )
    if option == "--label" and words.duplicated().any():
        raise SourceInvalid(f"{path}: two areas are called {words[words.duplicated()].iloc[0]}; tell them apart by name")
    return words.astype(str)


def _where(path: Path, frame: gpd.GeoDataFrame) -> tuple[float, float, float, float]:
    west, south, east, north = (float(edge) for edge in frame.total_bounds)
    least_west, least_south, most_east, most_north = UNITED_STATES
    if not (least_west <= west and least_south <= south and east <= most_east and north <= most_north):
        raise SourceInvalid(
            f"{path}: the areas lie at longitude {west:.1f} to {east:.1f} and latitude {south:.1f} to {north:.1f}, outside the "
            "United States; write positions in degrees, longitude first"
        )
    return west, south, east, north


def _metres(projection: str | None, bounds: tuple[float, float, float, float]) -> str:
    """The projection asked for, held against what it is needed for, or the UTM zone of the layer's centre (NAD83)."""
    if projection is None:
        return f"EPSG:{26900 + math.floor(((bounds[0] + bounds[2]) / 2 + 180) / 6) + 1}"
    try:
        crs = pyproj.CRS(projection)
    except pyproj.exceptions.CRSError:
        raise UsageError(f"no projection is called {projection!r}; leave --projection out, or give one as EPSG:26916") from None
    if not crs.is_projected or crs.axis_info[0].unit_name != METRE:
        raise UsageError(f"{projection} ({crs.name}) is not in metres; leave --projection out, or give one that is")
    return projection


def _outlines(path: Path, ids: pd.Series, frame: gpd.GeoDataFrame, projection: str) -> None:
    """Polygons that do not cross themselves and, but for two drawings of one border, not each other."""
    outlines = frame.geometry.to_numpy()
    flat = shapely.get_dimensions(outlines) < 2
    if flat.any() or shapely.is_empty(outlines).any():
        which = ids[flat | shapely.is_empty(outlines)].iloc[0]
        raise SourceInvalid(f"{path}: area {which} has no surface; every area needs an outline (Polygon or MultiPolygon)")
    crossed = ~shapely.is_valid(outlines)
    if crossed.any():
        said = shapely.is_valid_reason(outlines[crossed][0])
        raise SourceInvalid(
            f"{path}: the outline of area {ids[crossed].iloc[0]} crosses itself ({said}); mend it where the file was drawn"
        )
    metres = frame.geometry.to_crs(projection).to_numpy()
    left, right = shapely.STRtree(metres).query(metres, predicate="intersects")
    left, right = left[left < right], right[left < right]
    shared = shapely.buffer(shapely.intersection(metres[left], metres[right]), -boundaries.THIN / 2)
    over = np.flatnonzero(~shapely.is_empty(shared))
    if len(over):
        a, b = (ids.iloc[side[over[0]]] for side in (left, right))
        raise SourceInvalid(f"{path}: areas {a} and {b} overlap; draw one border between them, or households count twice")
