"""Which places each level has. Knows no figures, no files and no outlines."""

from __future__ import annotations

import pandas as pd

from equity.cities import City
from equity.errors import UsageError

LEVELS = ("tract", "area", "side", "city")


def places_of(
    level: str, city: City, areas: pd.DataFrame, tracts: pd.DataFrame
) -> tuple[pd.Series, pd.Series, dict[str, str] | None]:
    """The ids and the names of a level's places, and which of them each area belongs to (None for tracts).

    ``areas``: area_id, name, side; ``tracts``: geoid, name. UsageError for a level there is not.
    """
    if level == "tract":
        return tracts["geoid"], tracts["name"], None
    if level == "area":
        return areas["area_id"], areas["name"], dict(zip(areas["area_id"], areas["area_id"], strict=True))
    if level == "side":
        sides = pd.DataFrame([(side.key, side.names["en"]) for side in city.sides], columns=["key", "name"])
        return sides["key"], sides["name"], dict(zip(areas["area_id"], areas["side"], strict=True))
    if level == "city":
        geoid = city.state_fips + city.place_fips
        return pd.Series([geoid]), pd.Series([city.name]), dict.fromkeys(areas["area_id"], geoid)
    raise UsageError(f"no level {level!r}; choose one of: {', '.join(LEVELS)}")
