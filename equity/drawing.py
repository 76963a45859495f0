"""The part of a refresh that needs outlines: areas, neighbours, and everything that is drawn on the map.

Neighbours come from the full outlines; what is drawn is cut at the shore and simplified. Knows no ACS figures.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from rich.progress import Progress

from equity import neighbours, snapshots
from equity.cities import City
from equity.errors import SourceInvalid
from equity.sources import boundaries
from equity.sources.layers import Layers

FILE = "file_sha256"  # in the sidecar of the areas, where they come from a file in the city's own folder


def draw(city: City, source: Layers, stage: Path, progress: Progress) -> list[Path]:
    """Write areas, neighbours, outlines and context below ``stage``, which already holds the tract tables of the layers drawn.

    A layer of tracts whose table is not there is left out, and so is context that is not to be had from ``source``.
    """
    projection, told = city.map["projection"], city.boundaries
    layers = [layer for layer in city.layers if not _of_tracts(layer) or (stage / f"{_table(layer)}.csv").is_file()]
    written: list[Path] = []
    task = progress.add_task("boundaries", total=len(layers))
    full: dict[str, pd.DataFrame] = {}
    for layer in layers:
        found = source.read(layer)
        full[layer["name"]] = _ours(boundaries.as_places(found.frame, found.where, found.told), layer, found.where, stage)
        progress.advance(task)
    written += _areas(city, full["area"], stage)
    task = progress.add_task("neighbours", total=len(layers))
    for layer in layers:
        written += _neighbours(layer, full[layer["name"]], stage)
        progress.advance(task)
    task = progress.add_task("outlines", total=len(layers) + 1)
    lake = _lake(source, told)
    land = shapely.difference(shapely.union_all(full["area"].geometry.to_numpy()), lake)
    limit = shapely.union_all([land, *_limit(source, told)])
    drawn: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for layer in layers:
        frame = full[layer["name"]]
        limited = np.zeros(len(frame), dtype=bool)
        if _of_tracts(layer):
            limited = (snapshots.read(stage, _table(layer)).table["display"] != "whole").to_numpy()
        outlines = boundaries.cut(frame.geometry.to_numpy(), lake, limit, limited)
        drawn[layer["name"]] = boundaries.gap_free(outlines, layer["simplify"], projection)
        written.append(_outlines(layer, frame, *drawn[layer["name"]], stage, projection))
        progress.advance(task)
    written.append(_city(city, *drawn["area"], stage, projection))
    progress.advance(task)
    context = [layer for layer in city.context if source.has(layer)]
    task = progress.add_task("context", total=len(context), visible=bool(context))
    for layer in context:
        written.append(_context(layer, city, source, drawn["area"], stage))
        progress.advance(task)
    return written


def area_file(city: City) -> str | None:
    """The sha256 of the file of areas in the city's own folder; None where they do not come from one."""
    path = city.folder / str(_area_layer(city).get("file", ""))
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _area_layer(city: City) -> dict[str, Any]:
    return next(layer for layer in city.layers if layer["name"] == "area")


def _table(layer: dict[str, Any]) -> str:
    return layer["name"].replace("tract-", "tracts-")


def _of_tracts(layer: dict[str, Any]) -> bool:
    return layer["name"].startswith("tract-")


def _lake(source: Layers, told: dict[str, Any]) -> shapely.Geometry:
    """What no outline may reach into; nothing where city.toml names no lake."""
    if "lake" not in told:
        return shapely.Polygon()
    found = source.read(told["lake"], "context")
    return boundaries.named(found.frame, found.where, found.told)


def _limit(source: Layers, told: dict[str, Any]) -> np.ndarray:
    """Outlines that are the city beside its areas; none where city.toml names no limit."""
    if "limit" not in told:
        return np.array([], dtype=object)
    named = told["limit"] if isinstance(told["limit"], dict) else {"layer": told["limit"]}
    return source.read(named).frame.geometry.to_numpy()


def _ours(frame: pd.DataFrame, layer: dict[str, Any], where: str, stage: Path) -> pd.DataFrame:
    """Of the county's tracts, those of the crosswalk; of other layers, all."""
    if not _of_tracts(layer):
        return frame
    geoids = snapshots.read(stage, _table(layer)).table["geoid"]
    lacking = sorted(set(geoids) - set(frame["id"]))
    if lacking:
        raise SourceInvalid(f"{where} has no outline of tract {lacking[0]}; get the file again")
    return frame.set_index("id").loc[geoids].reset_index(names="id")


def _freeze(stage: Path, name: str, table: pd.DataFrame, meta: dict[str, Any]) -> list[Path]:
    snapshots.write(stage, name, table, meta)
    snapshots.read(stage, name)
    return [stage / f"{name}.csv", stage / f"{name}.json"]


def _about(layer: dict[str, Any]) -> dict[str, Any]:
    return {key: layer[key] for key in ("publisher", "citation", "licence")}


def _areas(city: City, frame: pd.DataFrame, stage: Path) -> list[Path]:
    if sorted(frame["id"]) != sorted(city.area_ids):
        raise SourceInvalid("the boundary file's areas are not those of [[sides]] in city.toml; correct one of them")
    if "name" not in frame:  # a portal that shouts ("ROGERS PARK") gives outlines alone
        known = snapshots.read(city.folder, "areas").table.set_index("area_id")["name"]
        frame = frame.assign(name=frame["id"].map(known))
    sides = [city.side_of(area) for area in frame["id"]]
    table = pd.DataFrame({"area_id": frame["id"], "name": frame["name"], "side": sides})
    layer, file = _area_layer(city), area_file(city)
    notes = ["side is the key of a [[sides]] entry in city.toml."]
    about = _about(layer) | ({FILE: file} if file else {})
    return _freeze(stage, "areas", table, {"dataset": f"Areas of {city.name}"} | about | {"notes": notes})


def _neighbours(layer: dict[str, Any], frame: pd.DataFrame, stage: Path) -> list[Path]:
    table = neighbours.touching(list(frame["id"]), frame.geometry.to_numpy())
    notes = [
        f"Neighbours share at least {neighbours.STRETCH:.0f} m of border (drawn within {neighbours.NEAR:.0f} m of each "
        "other), measured on the full outlines; meeting in a corner does not count. Both directions are listed."
    ]
    meta = {"dataset": f"Who touches whom: {layer['name']}"} | _about(layer) | {"notes": notes}
    return _freeze(stage, f"neighbours-{layer['name']}", table, meta)


def _outlines(
    layer: dict[str, Any], frame: pd.DataFrame, metres: np.ndarray, lonlat: np.ndarray, stage: Path, projection: str
) -> Path:
    there = ~shapely.is_empty(metres)
    more = boundaries.label_points(metres[there], projection, named=not _of_tracts(layer))
    ids = [key for key, drawn in zip(frame["id"], there, strict=True) if drawn]
    about = _about(layer) | {"not_drawn": sorted(set(frame["id"]) - set(ids))}
    return _write(stage, layer["name"], boundaries.collection(ids, lonlat[there], more, about))


def _city(city: City, metres: np.ndarray, lonlat: np.ndarray, stage: Path, projection: str) -> Path:
    """The city as the union of its drawn areas, so that its line is theirs."""
    whole = shapely.orient_polygons(shapely.normalize(shapely.coverage_union_all(lonlat)))
    more = boundaries.label_points(np.array([shapely.coverage_union_all(metres)]), projection)
    return _write(stage, "city", boundaries.collection([city.slug], np.array([whole]), more, _about(_area_layer(city))))


def _context(layer: dict[str, Any], city: City, source: Layers, areas: tuple[np.ndarray, np.ndarray], stage: Path) -> Path:
    metres, found = shapely.coverage_union_all(areas[0]), source.read(layer, "context")
    shapes = boundaries.context(found.frame, found.told, metres, city.map["projection"])
    about = {key: layer[key] for key in ("publisher", "citation", "licence") if key in layer}
    outlines = np.array(list(shapes.values()), dtype=object)
    return _write(stage, layer["name"], boundaries.collection(list(shapes), outlines, [{}] * len(shapes), about))


def _write(stage: Path, name: str, content: dict[str, Any]) -> Path:
    path = stage / "outlines" / f"{name}.json"
    snapshots.write_json(path, content, compact=True)
    return path
