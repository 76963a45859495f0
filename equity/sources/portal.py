"""Layers of a city's open data portal (Socrata): every row of one, or none. Looks at no outline and keeps nothing.

Left to itself a portal gives 1,000 rows at most, in no order, and does not say that there are more. So limit and order are
asked for, and a second question counts the rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from equity.errors import SourceInvalid
from equity.sources import session
from equity.sources.web import Answer, Web

MOST = 50_000  # rows: the older portals give no more at once, whatever is asked for
_AGAIN = "try again, or correct `url` in city.toml"


def features(web: Web, url: str) -> bytes:
    """A layer as a GeoJSON FeatureCollection, with as many features as the portal counts rows; ``url`` ends in .geojson.

    SourceUnavailable or SourceInvalid with one sentence.
    """
    where = session.place(url)
    counted = _count(web, url.removesuffix(".geojson") + ".json")
    answer = _asked(web, url, {"$limit": str(MOST), "$order": ":id"})
    said = answer.json()
    found = said.get("features") if isinstance(said, dict) else None
    if not isinstance(found, list):
        raise SourceInvalid(f"{where} gives no collection of outlines; {_AGAIN}")
    if len(found) != counted:
        raise SourceInvalid(f"{where} gives {len(found):,} rows where it counts {counted:,}; {_AGAIN}")
    return answer.content


def _count(web: Web, url: str) -> int:
    """How many rows the portal says that a layer has: [{"count": "77"}], under whatever name."""
    said: Any = _asked(web, url, {"$select": "count(*)"}).json()
    values = list(said[0].values()) if isinstance(said, list) and len(said) == 1 and isinstance(said[0], dict) else []
    if len(values) != 1 or not str(values[0]).isdecimal():
        raise SourceInvalid(f"{session.place(url)} does not say how many rows it has; {_AGAIN}")
    return int(values[0])


def _asked(web: Web, url: str, params: Mapping[str, str]) -> Answer:
    answer = web.get(url, params, _flaw)
    if answer.status != 200:
        raise SourceInvalid(f"{session.place(url)} is not given out (status {answer.status}); correct `url` in city.toml")
    return answer


def _flaw(answer: Answer) -> str | None:
    """JSON that breaks off, or a page in its place, may be right the next time."""
    try:
        answer.json() if answer.status == 200 else None
    except (ValueError, RecursionError):
        return "sends JSON that breaks off, or none"
    return None
