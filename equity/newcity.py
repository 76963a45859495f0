"""A folder for another city, from its FIPS codes and a file of areas. Fetches nothing, and knows no figures.

What is written is meant to be read and corrected by hand; ``refresh`` writes everything else.
"""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

import pandas as pd

from equity import cities, publish, snapshots
from equity.cities import City, blank
from equity.errors import UsageError
from equity.sources import area_file
from equity.sources.area_file import Areas

AREAS = "areas.geojson"
#: FIPS code -> name, of the states, the District of Columbia and Puerto Rico.
STATES = {
    "01": "Alabama", "02": "Alaska", "04": "Arizona", "05": "Arkansas", "06": "California", "08": "Colorado",
    "09": "Connecticut", "10": "Delaware", "11": "District of Columbia", "12": "Florida", "13": "Georgia", "15": "Hawaii",
    "16": "Idaho", "17": "Illinois", "18": "Indiana", "19": "Iowa", "20": "Kansas", "21": "Kentucky", "22": "Louisiana",
    "23": "Maine", "24": "Maryland", "25": "Massachusetts", "26": "Michigan", "27": "Minnesota", "28": "Mississippi",
    "29": "Missouri", "30": "Montana", "31": "Nebraska", "32": "Nevada", "33": "New Hampshire", "34": "New Jersey",
    "35": "New Mexico", "36": "New York", "37": "North Carolina", "38": "North Dakota", "39": "Ohio", "40": "Oklahoma",
    "41": "Oregon", "42": "Pennsylvania", "44": "Rhode Island", "45": "South Carolina", "46": "South Dakota",
    "47": "Tennessee", "48": "Texas", "49": "Utah", "50": "Vermont", "51": "Virginia", "53": "Washington",
    "54": "West Virginia", "55": "Wisconsin", "56": "Wyoming", "72": "Puerto Rico",
}  # fmt: skip
#: Releases of one set of tracts and one wording of the question, and the day each was published, where that is known.
RELEASES = {2020: "2022-03-17", 2021: "2022-12-08", 2022: "", 2023: "2024-12-12", 2024: "2026-01-29"}
#: State -> the first of them under the codes of these outlines: Connecticut's planning regions count as counties since then.
SINCE = {"09": 2022}
#: The Census that these tracts are of, and the year of the TIGER/Line file that they are drawn from.
VINTAGE, OUTLINES = 2020, 2023
_CODES = "https://www.census.gov/library/reference/code-lists/ansi.html"
_SEEN = 450  # pixels that the whole city is to fit into


@dataclass(frozen=True)
class Asked:
    """What a person says of a city. ``counties``: FIPS code -> name; ``number``, ``label``, ``sides``: columns of the file."""

    slug: str
    name: str
    state: str
    place: str
    counties: Mapping[str, str]
    areas: Path
    number: str
    label: str
    sides: str | None = None
    projection: str | None = None
    publisher: str | None = None


def counties(text: str) -> dict[str, str]:
    """``"031, 043 DuPage County"`` -> FIPS code -> name; one without a name is called by its code."""
    parts = (part.strip().partition(" ") for part in text.split(","))
    return {code: name.strip() or f"County {code}" for code, _, name in parts}


def create(asked: Asked, root: Path | None = None) -> City:
    """Write ``<root>/<slug>/`` with city.toml and the areas, checked. UsageError or SourceInvalid; nothing is then written."""
    folder = (root or cities.DATA) / asked.slug
    _check(asked, folder)
    found = area_file.read(asked.areas, asked.number, asked.label, asked.sides, asked.projection)
    with publish.staged(folder) as stage:
        (stage / "city.toml").write_text(_toml(asked, found), encoding="utf-8")
        shutil.copyfile(asked.areas, stage / AREAS)
        cities.load(asked.slug, stage.parent)  # what is wrong with it would be our fault: better said before it is there
        stage.rename(folder)
    return cities.load(asked.slug, root)


def remarks(asked: Asked) -> list[str]:
    """What is allowed and may not be meant, a sentence each."""
    told = {
        f"The areas are named by their numbers, as --label is the column of --id ({asked.number}); if the file has a column of "
        "names, give that one.": asked.label == asked.number,
        "The pages will say that an unnamed publisher drew the areas; if that is known, write it under [credits] and "
        '[[layers]] of city.toml, or give it now: --publisher "City of Rockford".': not (asked.publisher or "").strip(),
    }
    return [sentence for sentence, holds in told.items() if holds]


def _check(asked: Asked, folder: Path) -> None:
    """UsageError for what is said wrongly, whatever the file holds."""
    forms = {"--state": (asked.state, 2), "--place": (asked.place, 5)}
    forms |= {"--counties": (next((c for c in asked.counties if not re.fullmatch("[0-9]{3}", c)), "000"), 3)}
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", asked.slug):
        raise UsageError(f"{asked.slug!r} is no name for a folder; take small letters, digits and hyphens: new-city rockford")
    for there in (folder, snapshots.beside(folder, "last")):  # or figures of another city would stand by for this one's
        if there.exists():
            raise UsageError(f"{there} is there already; choose another name, or remove that folder first")
    if not asked.name.strip():
        raise UsageError('the city has no name; give it one: --name "Rockford"')
    for option, (code, digits) in forms.items():
        if not re.fullmatch(rf"[0-9]{{{digits}}}", code):
            raise UsageError(f"{option} holds {code!r}, which is no FIPS code of {digits} digits; look it up at {_CODES}")
    for name in asked.counties.values():
        if re.search("[0-9;:/]", name) and not re.fullmatch("County [0-9]{3}", name):
            raise UsageError(
                f"--counties holds {name!r}, which is no name of a county; separate several by commas: "
                '--counties "031 Cook County, 043 DuPage County"'
            )
    if asked.state not in STATES:
        raise UsageError(f"no state has the FIPS code {asked.state}; look it up at {_CODES}")


# --- what is written ------------------------------------------------------------------------------------------------


def _toml(asked: Asked, found: Areas) -> str:
    """city.toml, from the outside in: the city and its map, what to fetch, its areas."""
    west, south, east, north = found.bounds
    publisher = asked.publisher or "Not stated"
    said = {
        "slug": asked.slug,
        "name": asked.name,
        "state": asked.state,
        "state_name": STATES[asked.state],
        "place": asked.place,
        "projection": found.projection,
        "areas": AREAS,
        "number": asked.number,
        "label": asked.label,
        "publisher": publisher,
        "named": asked.publisher or "an unnamed publisher",
        "named_es": asked.publisher or "una fuente no indicada",
        "citation": f"{publisher}: {asked.areas.name}.",
        "tracts": f"{{tiger}}/TIGER{OUTLINES}/TRACT/tl_{OUTLINES}_{asked.state}_tract.zip",
        "drawn": f"US Census Bureau, TIGER/Line {OUTLINES} census tracts ({VINTAGE} tracts).",
    }
    bare = {
        "centre": f"[{(south + north) / 2:.3f}, {(west + east) / 2:.3f}]",
        "zoom": _zoom(found.bounds),
        "bounds": f"[[{south:.3f}, {west:.3f}], [{north:.3f}, {east:.3f}]]",
        "rows": len(found.table),
        "vintage": VINTAGE,
        "next": max(RELEASES) + 1,
        "year": max(RELEASES) + 3,
        "oldest": _releases(asked.state)[0],
    }
    names = {name: _text(value) for name, value in said.items()} | bare
    parts = [Template(blank.CITY).substitute(names)]
    parts += [Template(blank.COUNTY).substitute(fips=_text(code), name=_text(name)) for code, name in asked.counties.items()]
    parts += [Template(blank.MAP).substitute(names)]
    for release in _releases(asked.state):
        published = f"published = {day}\n" if (day := RELEASES[release]) else ""
        parts.append(Template(blank.RELEASE).substitute(names, release=release, first=release - 4, published=published))
    return "".join([*parts, blank.SIDES, *_sides(asked, found.table), Template(blank.LAYERS).substitute(names)])


def _releases(state: str) -> list[int]:
    """What a city of this state begins with, oldest first."""
    return sorted(release for release in RELEASES if release >= SINCE.get(state, 0))


def _sides(asked: Asked, table: pd.DataFrame) -> list[str]:
    """A [[sides]] entry for each word of the column, in the order of their first areas, or one for all."""
    if asked.sides is None:
        return [_side("all", f"All of {asked.name}", f"Todo {asked.name}", table["id"])]
    keys: dict[str, str] = {}
    for side in table["side"].unique():
        key = re.sub(r"[^a-z0-9]+", "_", side.lower()).strip("_") or "side"
        keys[side] = key if key not in keys.values() else f"{key}_{len(keys) + 1}"
    return [_side(key, side, side, table["id"][table["side"] == side]) for side, key in keys.items()]


def _side(key: str, english: str, spanish: str, members: Iterable[str]) -> str:
    return Template(blank.SIDE).substitute(key=_text(key), en=_text(english), es=_text(spanish), members=", ".join(members))


def _zoom(bounds: tuple[float, float, float, float]) -> int:
    """The step of a web map at which the whole city is seen: the world is 256 pixels wide at step 0, twice that at step 1."""
    west, south, east, north = bounds
    widest = max(east - west, (north - south) / math.cos(math.radians((south + north) / 2)), 0.001)
    return min(15, max(4, math.floor(math.log2(_SEEN * 360 / (256 * widest)))))


def _text(text: str) -> str:
    """Text as TOML writes it: in one line it is written as JSON is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
