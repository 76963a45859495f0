"""Where a programme can have worked: the city as a whole, its areas, its census tracts. Knows no figures and no files.

Pure: the areas and the tracts are handed in by whoever has loaded the city.
"""

from __future__ import annotations

import difflib
import functools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

CITY, AREA, TRACT = "city", "area", "tract"  # the levels a report can speak of
# What people write for the whole city, folded.
_CITYWIDE = ("citywide", "city wide", "city-wide", "whole city", "toda la ciudad")


@dataclass(frozen=True)
class Places:
    """The places of one city.

    ``slug`` and ``name`` are the city's; ``areas``: area_id -> name; ``homes``: GEOID of a tract of any loaded vintage -> the
    area that most of its households are in.
    """

    slug: str
    name: str
    areas: Mapping[str, str]
    homes: Mapping[str, str]

    def find(self, text: str) -> tuple[str, str] | None:
        """ "citywide", an area's number or name, or a tract's GEOID -> level and id; None when it is none of these."""
        if re.fullmatch(r"[0-9]+", text):
            number = text.lstrip("0")
            if number in self.areas:
                return AREA, number
            return (TRACT, text) if text in self.homes else None
        asked = folded(text)
        if asked in self._named:
            return AREA, self._named[asked]
        return (CITY, "") if asked in (*_CITYWIDE, folded(self.name)) else None

    def like(self, text: str) -> str | None:
        """The name of the area that was probably meant."""
        near = difflib.get_close_matches(folded(text), self._named, n=1, cutoff=0.75)
        return self.areas[self._named[near[0]]] if near else None

    def name_of(self, level: str, place: str) -> str:
        """As a reader knows it; an id that the city no longer has stays an id."""
        if level == CITY:
            return self.name
        return self.areas.get(place, place) if level == AREA else place

    def area_of(self, level: str, place: str) -> str:
        """The area a place lies in, a tract's by most of its households; "" for the whole city."""
        return self.homes.get(place, "") if level == TRACT else place

    @functools.cached_property
    def _named(self) -> dict[str, str]:
        """Folded name -> area_id; a name that two areas share names none."""
        often = Counter(map(folded, self.areas.values()))
        return {folded(name): area for area, name in self.areas.items() if often[folded(name)] == 1}


def of(slug: str, name: str, areas: Any, tracts: Iterable[Any]) -> Places:
    """From tables that a city has loaded. ``areas``: area_id, name; ``tracts``, newest vintage first: geoid, area_id."""
    homes: dict[str, str] = {}
    for table in tracts:
        homes = dict(zip(table["geoid"], table["area_id"], strict=True)) | homes
    return Places(slug, name, dict(zip(areas["area_id"], areas["name"], strict=True)), homes)


def written(level: str, place: str) -> str:
    """As a file gives it: what ``Places.find`` would read back."""
    return "citywide" if level == CITY else place


def folded(text: str) -> str:
    """Without capitals, accents, curly apostrophes and double spaces: as people mean it, however they type it."""
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return " ".join(bare.replace("’", "'").replace("ʼ", "'").casefold().split())
