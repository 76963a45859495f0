"""The Bureau's outlines (TIGER/Line): zip files of shapefiles, at the addresses where public programs find them.

What they hold is the test's: squares for a city that is made up, or outlines from ``data/``.
"""

from __future__ import annotations

import hashlib
import io
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import shapely

from tests.bureau import server
from tests.bureau.server import Answer, Bureau, Request

ROOT = "/geo/tiger"
NAD83 = "EPSG:4269"


@dataclass
class Tiger:
    """What the fake keeps: ``held``, path below the root -> a zip file's bytes."""

    held: dict[str, bytes] = field(default_factory=dict)

    def answer(self, request: Request) -> Answer:
        """A file, or the rest of it; 404 where there is none."""
        body = self.held.get(request.path.removeprefix(f"{ROOT}/"))
        if body is None:
            return Answer.text("<html><body>Not Found</body></html>", 404, server.HTML)
        return server.file(body, f'"{hashlib.sha256(body).hexdigest()[:12]}"', "application/zip")(request)


def register(bureau: Bureau) -> Tiger:
    """Answer below ``/geo/tiger``; there is nothing yet."""
    tiger = Tiger()
    bureau.route(f"{ROOT}/", tiger.answer)
    return tiger


def tracts(
    outlines: Mapping[str, shapely.Geometry],
    land: Mapping[str, float] | None = None,
    crs: str = NAD83,
    water: Mapping[str, float] | None = None,
) -> bytes:
    """A state's file of tracts: GEOID -> outline in ``crs``; ``land``, ``water``: GEOID -> square metres (1,000,000; none)."""
    geoids = list(outlines)
    columns = {
        "STATEFP": [geoid[:2] for geoid in geoids],
        "COUNTYFP": [geoid[2:5] for geoid in geoids],
        "GEOID": geoids,
        "ALAND": [int((land or {}).get(geoid, 1_000_000)) for geoid in geoids],
        "AWATER": [int((water or {}).get(geoid, 0)) for geoid in geoids],
    }
    return packed(gpd.GeoDataFrame(columns, geometry=list(outlines.values()), crs=crs).to_crs(NAD83), "tracts")


def blocks(points: Sequence[tuple[str, float, float]], suffix: str = "20") -> bytes:
    """A county's file of blocks: (15 digits, longitude, latitude) of each, all of 9,000 square metres of land."""
    columns = {
        f"GEOID{suffix}": [block for block, _, _ in points],
        f"ALAND{suffix}": [9000] * len(points),
        f"INTPTLAT{suffix}": [f"{lat:+.7f}" for _, _, lat in points],
        f"INTPTLON{suffix}": [f"{lon:+012.7f}" for _, lon, _ in points],
    }
    shapes = [shapely.Point(lon, lat).buffer(0.0005, quad_segs=1) for _, lon, lat in points]
    return packed(gpd.GeoDataFrame(columns, geometry=shapes, crs=NAD83), "blocks")


def packed(frame: gpd.GeoDataFrame, name: str) -> bytes:
    """A shapefile and what belongs to it, zipped, the same bytes each time."""
    body = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(body, "w") as whole:
        frame.to_file(Path(folder) / f"{name}.shp")
        for part in sorted(Path(folder).iterdir()):
            whole.writestr(zipfile.ZipInfo(part.name), part.read_bytes())
    return body.getvalue()
