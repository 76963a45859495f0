"""Published boundaries in, full outlines for measuring and light outlines for drawing out. Knows no figures.

Two kinds of outline, never mixed: the full one, in metres, is what weights and neighbours are made from; the one for
display is cut at the shore, simplified, in degrees with five decimals, and is for the eye only.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely

from equity.errors import CityInvalid, SourceInvalid

DEGREES = "EPSG:4326"
DECIMALS = 5  # about a metre
SMALLEST = 1000.0  # square metres: smaller parts of an outline are not drawn
THIN = 20.0  # metres: nor are parts that are nowhere wider, such as breakwaters and slivers along a city limit
ALIKE, ASIDE = 0.99, 0.3  # of the largest circle's radius: one around the middle is as large; its own centre is far from there
AGAIN = "get the file again from its publisher"
DRAWN = "mend it where the file was drawn"


def layer(path: Path, name: str | None, projection: str) -> gpd.GeoDataFrame:
    """One layer of a GeoPackage, or all of a file that has but one (no name), in ``projection``. Raises ``SourceInvalid``."""
    if not path.is_file():
        raise SourceInvalid(f"{path} is missing; put it there or give another folder: --from FOLDER")
    return opened(path, f"{path}: layer {name!r}" if name else str(path), projection, name)


def opened(file: Path | bytes, where: str, projection: str | None = None, name: str | None = None) -> gpd.GeoDataFrame:
    """A file of outlines, or its bytes, in ``projection`` (None: its own), as it is published; ``where`` is for sentences.

    Raises ``SourceInvalid``, or ``CityInvalid`` for a projection that cannot measure.
    """
    try:
        with warnings.catch_warnings():
            for kind in (RuntimeWarning, UserWarning):
                warnings.simplefilter("ignore", kind)  # a damaged file is refused here, not warned about
            frame = pyogrio.read_dataframe(file, layer=name)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FieldError) as error:
        said = " ".join(str(error).split())
        raise SourceInvalid(f"{where} cannot be read ({said}); {AGAIN}") from error
    except shapely.errors.GEOSException as error:  # as it stands in the file it is no outline at all
        said = str(error).removeprefix("IllegalArgumentException: ").strip().rstrip(".")
        raise SourceInvalid(
            f"{where} holds an outline that is none ({said}); an outline ends at the point where it begins: mend it where the "
            "file was drawn"
        ) from error
    bare = not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None or not len(frame)
    if bare or frame.geometry.isna().any():
        raise SourceInvalid(f"{where} is empty or has features without outline or projection; {AGAIN}")
    return frame.to_crs(measuring(projection)) if projection else frame


def measuring(projection: str) -> str:
    """The projection, once it is known to measure in metres; ``CityInvalid`` where it does not, or is none."""
    try:
        crs = pyproj.CRS(projection)
    except pyproj.exceptions.CRSError:
        raise CityInvalid(f"no projection is called {projection!r}; correct [map] in city.toml, as in EPSG:26916") from None
    if not crs.is_projected or crs.axis_info[0].unit_name != "metre":
        raise CityInvalid(f"{projection} ({crs.name}) is not in metres; correct `projection` under [map] in city.toml")
    return projection


def numbers(column: pd.Series) -> pd.Series:
    """Ids as text; whole numbers that a file holds as 1.0 become 1."""
    whole = pd.api.types.is_float_dtype(column) and (column == column.round()).all()
    return (column.astype(int) if whole else column).astype(str)


def places(folder: Path, file: str, told: dict[str, Any], projection: str) -> gpd.GeoDataFrame:
    """A layer of places in a GeoPackage -> id (text), name (when published), geometry in metres; checked, sorted by id.

    ``told`` is one ``[[layers]]`` entry of city.toml: layer, id, label, rows.
    """
    path = folder / file
    return as_places(layer(path, told["layer"], projection), f"{path}: layer {told['layer']!r}", told)


def as_places(frame: gpd.GeoDataFrame, where: str, told: dict[str, Any]) -> gpd.GeoDataFrame:
    """Features as published -> id, name, land and water (square metres; all three when published), geometry; checked, sorted.

    ``told``: the columns ``id``, ``label`` and ``land``, and ``rows``, how many there have to be; only ``id`` has to be told.
    Water is in the column that the Bureau names like that of land.
    """
    lacking = [c for c in (told["id"], told.get("label"), told.get("land")) if c and c not in frame.columns]
    if lacking:
        raise SourceInvalid(f"{where} lacks the column {lacking[0]}; {AGAIN}")
    ids, rows = numbers(frame[told["id"]]), told.get("rows", len(frame))
    if "file" in told and len(frame) != rows:  # somebody drew it who also writes city.toml
        sides = " and [[sides]]" if told.get("name") == "area" else ""
        raise SourceInvalid(
            f"{where} has {len(frame):,} features where `rows` says {rows:,}; correct `rows`{sides} in city.toml"
        )
    problems = {
        f"has {len(frame):,} features where {rows:,} are expected": len(frame) != rows,
        f"has two features with one {told['id']}": ids.duplicated().any(),
        f"has a {told['id']} that is not a number": not ids.str.fullmatch(r"\d+").all(),
        "has an outline that crosses itself": not frame.geometry.is_valid.all(),
    }
    for problem, present in problems.items():
        if present:
            raise SourceInvalid(f"{where} {problem}; {DRAWN if 'file' in told else AGAIN}")
    columns = {"id": ids} | ({"name": frame[told["label"]]} if told.get("label") else {})
    if "land" in told:
        sizes = {"land": told["land"], "water": told["land"].replace("ALAND", "AWATER")}
        for size, column in sizes.items():
            if column in frame.columns and (size == "land" or column != told["land"]):
                columns[size] = _square_metres(frame[column], where)
    tidy = gpd.GeoDataFrame(columns, geometry=frame.geometry)
    return tidy.sort_values("id", key=lambda column: column.astype(int), ignore_index=True)


def _square_metres(column: pd.Series, where: str) -> pd.Series:
    sizes = pd.to_numeric(column, errors="coerce").astype(float)
    if not (sizes >= 0).all():
        raise SourceInvalid(f"{where} has a {column.name} that is no number of square metres; {AGAIN}")
    return sizes


def outside(places: gpd.GeoDataFrame, within: gpd.GeoDataFrame) -> np.ndarray:
    """The part of each place's surface that no outline of ``within`` covers, 0 to 1; both in metres."""
    outlines = places.geometry.to_numpy()
    bare = shapely.difference(outlines, shapely.union_all(within.geometry.to_numpy()))
    return shapely.area(bare) / shapely.area(outlines)


def lake(folder: Path, told: dict[str, Any], projection: str) -> shapely.Geometry:
    """The lake of a GeoPackage as one outline in metres; ``told`` is ``[boundaries]`` of city.toml."""
    path, which = folder / told["context"], told["lake"]
    return named(layer(path, which["layer"], projection), f"{path}: layer {which['layer']!r}", which)


def named(water: gpd.GeoDataFrame, where: str, which: dict[str, Any]) -> shapely.Geometry:
    """The features whose ``which["column"]`` is ``which["value"]``, as one outline. Raises ``SourceInvalid`` for none."""
    found = water[water[which["column"]] == which["value"]] if which["column"] in water.columns else water[:0]
    if not len(found):
        raise SourceInvalid(f"{where} has no {which['column']} = {which['value']!r}; {AGAIN}")
    return shapely.union_all(shapely.make_valid(found.geometry.to_numpy()))


def cut(outlines: np.ndarray, off: shapely.Geometry, limit: shapely.Geometry, limited: np.ndarray) -> np.ndarray:
    """Outlines to draw: without what lies in ``off`` (the lake) and, where ``limited``, only what lies in ``limit``."""
    wet = shapely.intersects(outlines, off)
    drawn = np.where(wet, shapely.difference(outlines, off), outlines)
    inside = [_large_parts(outline) for outline in shapely.intersection(drawn[limited], limit)]
    wide = shapely.buffer(shapely.buffer(inside, -THIN / 2), THIN)  # two drawings of one limit leave threads: not drawn
    drawn[limited] = [_large_parts(outline) for outline in shapely.intersection(inside, wide)]
    return drawn


def gap_free(outlines: np.ndarray, tolerance: float, projection: str) -> tuple[np.ndarray, np.ndarray]:
    """Outlines in metres -> (simplified in metres, the same in degrees with five decimals), edge to edge.

    The order matters: small parts go first, shared borders are simplified once for both sides, and rounding is followed
    by a clean-up, because both rounding and plain simplification tear a coverage apart. An outline of
    which nothing is larger than ``SMALLEST`` and wider than ``THIN`` comes back empty.
    """
    kept = np.array([_large_parts(outline) for outline in outlines], dtype=object)
    there = ~shapely.is_empty(kept)
    drawn = kept[there]
    if not shapely.coverage_is_valid(drawn):
        drawn = np.array([_large_parts(o) for o in shapely.coverage_clean(drawn, gap_width=1.0)], dtype=object)
    simple = shapely.coverage_simplify(drawn, tolerance)
    degrees = _rounded(gpd.GeoSeries(simple, crs=projection).to_crs(DEGREES).to_numpy())
    degrees = _rounded(shapely.coverage_clean(degrees))
    if not (shapely.coverage_is_valid(degrees) and shapely.is_valid(degrees).all()):
        raise SourceInvalid("simplified outlines overlap or leave gaps; try another `simplify` in city.toml")
    metres, lonlat = kept.copy(), kept.copy()
    metres[there], lonlat[there] = simple, shapely.orient_polygons(shapely.normalize(degrees))
    return metres, lonlat


def label_points(metres: np.ndarray, projection: str, named: bool = True) -> list[dict[str, Any]]:
    """Where a name fits best: the centre (lon, lat) and radius (metres) of the largest circle inside each outline.

    In an oblong many circles are about as large, and the one found may be at its end: where names are drawn (``named``), the
    middle is then taken.
    """
    circles, middles = shapely.maximum_inscribed_circle(metres), shapely.centroid(metres)
    found, largest = shapely.get_point(circles, 0), shapely.length(circles)
    around = np.where(shapely.contains(metres, middles), shapely.distance(middles, shapely.boundary(metres)), 0.0)
    central = named & (around >= ALIKE * largest) & (shapely.distance(found, middles) > ASIDE * largest)
    points, radii = np.where(central, middles, found), np.where(central, around, largest)
    at = np.round(shapely.get_coordinates(gpd.GeoSeries(points, crs=projection).to_crs(DEGREES).to_numpy()), DECIMALS).tolist()
    return [{"at": point, "r": int(radius)} for point, radius in zip(at, radii, strict=True)]


def collection(ids: list[str], lonlat: np.ndarray, more: list[dict[str, Any]], about: dict[str, Any]) -> dict[str, Any]:
    """A GeoJSON FeatureCollection; ``more`` goes to each feature's properties, ``about`` says where it comes from."""
    features = [
        {"type": "Feature", "properties": {"id": key} | extra, "geometry": shapely.geometry.mapping(outline)}
        for key, outline, extra in zip(ids, lonlat, more, strict=True)
        if not outline.is_empty
    ]
    return {"type": "FeatureCollection", **about, "features": features}


def context(frame: gpd.GeoDataFrame, told: dict[str, Any], city: shapely.Geometry, projection: str) -> dict[str, Any]:
    """One quiet layer -> {feature id: outline in degrees}; ``told``: a ``[[context]]`` entry; ``frame``, ``city`` in metres."""
    for column, values in told.get("keep", {}).items():
        frame = frame[frame[column].isin(values)]
    frame = frame.set_geometry(shapely.make_valid(frame.geometry.to_numpy()))
    window = shapely.box(*shapely.bounds(shapely.buffer(city, told["around"])))
    groups = {told["name"]: frame}
    if "by" in told:
        names = frame[told["by"]].map(told["names"])
        groups = {name: frame[names == name] for name in sorted(set(names.dropna()))}
    drawn = {name: _quiet(group.geometry.to_numpy(), window, told) for name, group in groups.items()}
    if "far" in told:  # a lake that ended a few kilometres out would look like a coast
        beyond = shapely.difference(shapely.box(*shapely.bounds(shapely.buffer(city, told["far"]["around"]))), window)
        far = {name: _quiet(group.geometry.to_numpy(), beyond, told["far"]) for name, group in groups.items()}
        drawn = {name: shapely.union(near, far[name]) for name, near in drawn.items()}
    return {name: _in_degrees(shape, projection) for name, shape in drawn.items()}


def _quiet(shapes: np.ndarray, window: shapely.Geometry, told: dict[str, Any]) -> shapely.Geometry:
    merged = shapely.union_all(shapes)
    if shapely.get_dimensions(merged) == 1:
        return shapely.simplify(shapely.line_merge(shapely.intersection(merged, window)), told["simplify"])
    closed = shapely.buffer(shapely.buffer(merged, THIN), -THIN)  # over breakwaters and the threads of a lawn's paths
    clipped = shapely.intersection(shapely.simplify(closed, told["simplify"]), window)  # in this order: straight seams
    return _together(_polygons(clipped, told["smallest"]))


def _in_degrees(simple: shapely.Geometry, projection: str) -> shapely.Geometry:
    lonlat = _rounded(gpd.GeoSeries([simple], crs=projection).to_crs(DEGREES).to_numpy())[0]
    if shapely.get_dimensions(lonlat) == 2:
        lonlat = shapely.orient_polygons(_together(_polygons(_rounded(shapely.make_valid(lonlat)), 0.0)))
    return shapely.normalize(lonlat)


def _large_parts(outline: shapely.Geometry) -> shapely.Geometry:
    parts = _polygons(outline, SMALLEST)
    return _together(parts[~shapely.is_empty(shapely.buffer(parts, -THIN / 2))])


def _polygons(outline: shapely.Geometry, smallest: float) -> np.ndarray:
    parts = shapely.get_parts(shapely.get_parts(outline))  # twice: an intersection may nest polygons among lines
    return parts[(shapely.get_dimensions(parts) == 2) & (shapely.area(parts) >= smallest)]


def _together(parts: np.ndarray) -> shapely.Geometry:
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(list(parts))


def _rounded(outlines: np.ndarray) -> np.ndarray:
    return shapely.transform(outlines, lambda xy: np.round(xy, DECIMALS))
