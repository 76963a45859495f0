"""A city's open data portal (Socrata), with its habits: text for numbers, 1,000 rows unless asked otherwise, no word of more.

Fed with Chicago's community areas and wards as they are drawn in ``data/``, under the names the real portal has for them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from tests.bureau.server import Answer, Bureau, Request

ROOT = "/resource"
CHICAGO = Path(__file__).parents[2] / "data" / "cities" / "chicago"
AREAS, WARDS = "igwz-8jzy", "p293-wvbd"


@dataclass
class Portal:
    """What the fake keeps. ``layers``: id -> features. ``most``: rows that it gives at most, whatever it is asked for."""

    layers: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    most: int | None = None

    def answer(self, request: Request) -> Answer:
        """/resource/<id>.geojson with $limit, $offset and $order, or /resource/<id>.json?$select=count(*)."""
        name, _, kind = request.path.removeprefix(f"{ROOT}/").partition(".")
        if name not in self.layers or kind not in ("geojson", "json"):
            return Answer.json({"code": "dataset.missing", "error": True, "message": "Not found"}, 404)
        rows, query = self.layers[name], request.query
        if query.get("$select") == "count(*)":
            return Answer.json([{"count": str(len(rows))}])
        rows = rows if query.get("$order") == ":id" else rows[::-1]  # without an order, in none to rely on
        start, limit = int(query.get("$offset", 0)), min(int(query.get("$limit", 1000)), self.most or 50_000)
        page = rows[start : start + limit]
        return Answer.json({"type": "FeatureCollection", "features": page} if kind == "geojson" else page)


def register(bureau: Bureau) -> Portal:
    """Answer below ``/resource`` with the community areas (``area_numbe``, ``community``) and the wards (``ward``)."""
    names = pd.read_csv(CHICAGO / "areas.csv", dtype=str).set_index("area_id")["name"]
    areas = [(key, shape, {"area_numbe": key, "community": names[key].upper()}) for key, shape in drawn("area")]
    wards = [(key, shape, {"ward": key}) for key, shape in drawn("ward")]
    made = {AREAS: [feature(*row[1:]) for row in areas], WARDS: [feature(*row[1:]) for row in wards]}
    portal = Portal(made)
    bureau.route(f"{ROOT}/", portal.answer)
    return portal


def drawn(name: str) -> list[tuple[str, dict[str, Any]]]:
    """The outlines of a layer in ``data/``: (id, geometry)."""
    said = json.loads((CHICAGO / "outlines" / f"{name}.json").read_text(encoding="utf-8"))
    return [(each["properties"]["id"], each["geometry"]) for each in said["features"]]


def feature(geometry: dict[str, Any] | None, properties: dict[str, str]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}
