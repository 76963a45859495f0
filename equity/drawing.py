"""The part of a refresh that needs outlines: areas, neighbours, and everything that is drawn on the map.

Neighbours come from the full outlines; what is drawn is cut at the shore and simplified. Knows no ACS figures.
"""

from __future__ import annotations

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


def draw(city: City, source: Path, stage: Path, progress: Progress) -> list[Path]:
    """Write areas, neighbours, outlines and context below ``stage``, which already holds the tract tables."""
    projection, told = city.map["projection"], city.boundaries
    written: list[Path] = []
    task = progress.add_task("boundaries", total=len(city.layers))
    full: dict[str, pd.DataFrame] = {}
    for layer in city.layers:
        full[layer["name"]] = _ours(boundaries.places(source, told["file"], layer, projection), layer, stage)
        progress.advance(task)
    written += _areas(city, full["area"], stage)
    task = progress.add_task("neighbours", total=len(city.layers))
    for layer in city.layers:
        written += _neighbours(layer, full[layer["name"]], stage)
        progress.advance(task)
    task = progress.add_task("outlines", total=len(city.layers) + 1)
    lake = boundaries.lake(source, told, projection)
    land = shapely.difference(shapely.union_all(full["area"].geometry.to_numpy()), lake)
    place = boundaries.layer(source / told["file"], told["limit"], projection).geometry.to_numpy()
    limit = shapely.union_all([land, *place])
    drawn: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for layer in city.layers:
        frame = full[layer["name"]]
        limited = np.zeros(len(frame), dtype=bool)
        if layer["name"].startswith("tract"):
            limited = (snapshots.read(stage, _table(layer)).table["display"] != "whole").to_numpy()
        outlines = boundaries.cut(frame.geometry.to_numpy(), lake, limit, limited)
        drawn[layer["name"]] = boundaries.gap_free(outlines, layer["simplify"], projection)
        written.append(_outlines(layer, frame, *drawn[layer["name"]], stage, projection))
        progress.advance(task)
    written.append(_city(city, *drawn["area"], stage, projection))
    progress.advance(task)
    task = progress.add_task("context", total=len(city.context))
    for layer in city.context:
        written.append(_context(layer, city, source, drawn["area"], stage))
        progress.advance(task)
    return written


def _table(layer: dict[str, Any]) -> str:
    return layer["name"].replace("tract-", "tracts-")


def _ours(frame: pd.DataFrame, layer: dict[str, Any], stage: Path) -> pd.DataFrame:
    """Of the county's tracts, those of the crosswalk; of other layers, all."""
    if not layer["name"].startswith("tract"):
        return frame
    geoids = snapshots.read(stage, _table(layer)).table["geoid"]
    lacking = sorted(set(geoids) - set(frame["id"]))
    if lacking:
        raise SourceInvalid(
            f"layer {layer['layer']!r} of the boundary file has no outline of tract {lacking[0]}; get the file again"
        )
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
    sides = [city.side_of(area) for area in frame["id"]]
    table = pd.DataFrame({"area_id": frame["id"], "name": frame["name"], "side": sides})
    layer = next(layer for layer in city.layers if layer["name"] == "area")
    notes = ["side is the key of a [[sides]] entry in city.toml."]
    return _freeze(stage, "areas", table, {"dataset": f"Areas of {city.name}"} | _about(layer) | {"notes": notes})


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
    more = boundaries.label_points(metres[there], projection)
    ids = [key for key, drawn in zip(frame["id"], there, strict=True) if drawn]
    about = _about(layer) | {"not_drawn": sorted(set(frame["id"]) - set(ids))}
    return _write(stage, layer["name"], boundaries.collection(ids, lonlat[there], more, about))


def _city(city: City, metres: np.ndarray, lonlat: np.ndarray, stage: Path, projection: str) -> Path:
    """The city as the union of its drawn areas, so that its line is theirs."""
    whole = shapely.orient_polygons(shapely.normalize(shapely.coverage_union_all(lonlat)))
    more = boundaries.label_points(np.array([shapely.coverage_union_all(metres)]), projection)
    layer = next(layer for layer in city.layers if layer["name"] == "area")
    return _write(stage, "city", boundaries.collection([city.slug], np.array([whole]), more, _about(layer)))


def _context(layer: dict[str, Any], city: City, source: Path, areas: tuple[np.ndarray, np.ndarray], stage: Path) -> Path:
    metres = shapely.coverage_union_all(areas[0])
    shapes = boundaries.context(source, city.boundaries["context"], layer, metres, city.map["projection"])
    about = {key: layer[key] for key in ("publisher", "citation", "licence") if key in layer}
    outlines = np.array(list(shapes.values()), dtype=object)
    return _write(stage, layer["name"], boundaries.collection(list(shapes), outlines, [{}] * len(shapes), about))


def _write(stage: Path, name: str, content: dict[str, Any]) -> Path:
    path = stage / "outlines" / f"{name}.json"
    snapshots.write_json(path, content, compact=True)
    return path
