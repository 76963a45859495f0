"""Occupied housing units by census block, and where each block is. Knows no areas: who shares what is for ``crosswalk``.

The Bureau publishes the two apart: counts over its API, each block's internal point with the outlines (TIGER/Line). Nothing
is used until they fit: the blocks of a tract add up to the count published for the tract, and every block with households
has a point. A census does not change, so what was fetched is kept, each at its address, and read from there; the same files
in one folder, put there by hand, do as well. Counts of 2020 are blurred block by block to protect the people in them, and add
up all the same.
"""

from __future__ import annotations

import functools
import json
import operator
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyogrio

from equity.cities import City
from equity.errors import CityInvalid, SourceInvalid
from equity.sources import Fetched, census_answers, download, session
from equity.sources.addresses import Addresses
from equity.sources.web import Web

COLUMNS = ["block", "geoid", "occupied", "lon", "lat"]
#: level -> the columns of the API that make its id, and the digits behind the county's five.
LEVELS = {"block": (("state", "county", "tract", "block"), 10), "tract": (("state", "county", "tract"), 6)}
#: level -> what it lies in. The API has demanded a block's tracts in some years and refused them in others: both are tried.
WITHIN = {
    "block": ("state:{state} county:{county} tract:*", "state:{state} county:{county}"),
    "tract": ("state:{state} county:{county}",),
}
_AGAIN = "remove the file and get it again from the Bureau"


@dataclass(frozen=True)
class Census:
    """How one census publishes its blocks; ``[households.<vintage>]`` of city.toml replaces any of it.

    ``dataset``: path below the API's address. ``occupied`` and ``units``: occupied and all housing units. ``points``: path
    below TIGER's address, with {state}, {name} (ILLINOIS) and {county} (five digits). ``suffix``: of the outlines' columns.
    """

    dataset: str
    occupied: str
    units: str
    points: str
    suffix: str
    citation: str


CENSUSES = {
    2020: Census(
        "2020/dec/pl", "H1_002N", "H1_001N", "TIGER2020PL/STATE/{state}_{name}/{county}/tl_2020_{county}_tabblock20.zip", "20",
        "US Census Bureau, 2020 Census Redistricting Data (Public Law 94-171), table H1; TIGER/Line 2020 census blocks.",
    ),
    2010: Census(
        "2010/dec/sf1", "H003002", "H003001", "TIGER2010/TABBLOCK/2010/tl_2010_{county}_tabblock10.zip", "10",
        "US Census Bureau, 2010 Census Summary File 1, table H3; TIGER/Line 2010 census blocks.",
    ),
}  # fmt: skip


def census(vintage: int, told: Mapping[str, str] | None = None) -> Census:
    """How the census of a year publishes its blocks, with ``told`` put in its place. Raises ``CityInvalid``."""
    if vintage not in CENSUSES:
        known = " and ".join(map(str, sorted(CENSUSES)))
        raise CityInvalid(
            f"blocks of the {vintage} census are not known, those of {known} are; correct tract_vintage in city.toml"
        )
    names, told = [field.name for field in fields(Census)], dict(told or {})
    for name in sorted(set(told) - set(names)):
        raise CityInvalid(f"[households.{vintage}] in city.toml has {name!r}; it may hold {', '.join(names)}")
    return replace(CENSUSES[vintage], **told)


def fetch(
    city: City,
    vintage: int,
    web: Web,
    key: str,
    cache: Path,
    addresses: Addresses | None = None,
    told: Mapping[str, str] | None = None,
    tell: Callable[[int, int | None], object] = lambda done, total: None,
    again: bool = False,
) -> Fetched:
    """Every block of the city's counties, from the network; what ``cache`` keeps is not asked for again, unless ``again``.

    Gives what ``read`` gives, with the addresses asked, never with the key. ``tell`` hears the bytes of an outline file in
    hand and in all. Raises ``KeyRefused``, ``SourceUnavailable``, ``SourceInvalid`` or ``CityInvalid`` with one sentence.
    """
    form, addresses = census(vintage, told), addresses or Addresses()
    api, state = f"{addresses.api}/{form.dataset}", city.state_name.upper().replace(" ", "_")
    outlines = {c: f"{addresses.tiger}/{_filled(form.points, c).replace('{name}', state)}" for c in _counties(city)}
    files, fresh = {}, list[Path]()
    for county, url in outlines.items():
        counts = {level: download.place(cache, api) / _counts_file(form, county, level) for level in LEVELS}
        points = download.place(cache, url)
        files[county] = (*counts.values(), points)
        for level, path in counts.items():
            with download.alone(path):
                if again or not path.exists():
                    _keep(path, _ask(web, api, form, county, level, key))
                    fresh.append(path)
        with download.alone(points):
            if again or not points.exists():
                web.stream(url, points, resume=not again, tell=tell)
                fresh.append(points)
    try:
        tables = [_county(form, county, *paths) for county, paths in files.items()]
        return _blocks(tables, vintage, form, map(session.place, (api, *outlines.values())))
    except SourceInvalid:
        for path in fresh:  # or the next try would find them and not ask again
            path.unlink(missing_ok=True)
        raise


def read(folder: Path, city: City, vintage: int, told: Mapping[str, str] | None = None) -> Fetched:
    """Every block of the city's counties, from files in ``folder`` -> block, geoid, occupied, lon, lat; sorted by block.

    For each county, ``2020-dec-pl-17031-block.json`` and ``-tract.json`` (what the API answers) and the TIGER/Line zip file
    under its own name. ``block``: 15 digits, ``geoid``: of its tract; ``occupied``: housing units, a whole number; ``lon``,
    ``lat``: degrees, NAD83. Blocks of water alone, where nobody lives, are left out. Raises ``SourceInvalid``.
    """
    form = census(vintage, told)
    names = {c: [*(_counts_file(form, c, level) for level in LEVELS), _points_file(form, c)] for c in _counties(city)}
    tables = [_county(form, county, *(folder / name for name in three)) for county, three in names.items()]
    return _blocks(tables, vintage, form, (name for three in names.values() for name in (three[0], three[-1])))


def _blocks(tables: Iterable[pd.DataFrame], vintage: int, form: Census, sources: Iterable[str]) -> Fetched:
    """The blocks of every county together, as in ``read``."""
    return Fetched(
        table=pd.concat(tables, ignore_index=True).sort_values("block", ignore_index=True),
        address=", ".join(sources),
        dataset=f"Occupied housing units by census block, {vintage}",
        citation=form.citation,
    )


def _county(form: Census, county: str, blocks: Path, tracts: Path, points_file: Path) -> pd.DataFrame:
    """One county's blocks, as in ``read``: counts, their control and points brought together."""
    counts, totals = _counts(blocks, form, county, "block"), _counts(tracts, form, county, "tract")
    found, published = (
        counts.groupby(counts.index.str[:11]).sum().align(totals, fill_value=0)
    )  # no row: nobody, or it is seen here
    for tract in found.index[found != published]:
        raise SourceInvalid(
            f"{blocks}: the blocks of tract {tract} hold {found[tract]:,.0f} households where {tracts.name} has "
            f"{published[tract]:,.0f}; remove both files and get them again from the Bureau"
        )
    points = _points(points_file, form, county)
    nowhere = counts.index[(counts > 0) & ~counts.index.isin(points.index)]
    if len(nowhere):
        raise SourceInvalid(f"{points_file}: block {nowhere[0]} has households and no point here; {_AGAIN}")
    table = points.assign(occupied=counts.reindex(points.index, fill_value=0))
    table = table[(table["occupied"] > 0) | (table["land"] > 0)].reset_index(names="block")
    return table.assign(geoid=table["block"].str[:11])[COLUMNS]


def _counties(city: City) -> list[str]:
    return [city.state_fips + county.fips for county in city.counties]


def _refuse(path: Path, ids: pd.Series, problems: Mapping[str, pd.Series]) -> None:
    """Problem -> the rows that have it; the first that any row has is said."""
    for problem, rows in problems.items():
        if rows.any():
            raise SourceInvalid(f"{path}: {ids[rows].iloc[0]} {problem}; {_AGAIN}")


# --- counts ----------------------------------------------------------------------------------------------------------


def _ask(web: Web, url: str, form: Census, county: str, level: str, key: str) -> list[list[Any]]:
    """Occupied and all housing units of every block, or tract, of a county, as the API answers; header first."""
    asked = {"get": f"{form.units},{form.occupied}", "for": f"{level}:*"}
    ways = [within.format(state=county[:2], county=county[2:]) for within in WITHIN[level]]
    for within in ways:
        answer = web.get(url, asked | {"in": within, "key": key}, census_answers.flaw)
        if answer.status != 400 or "geograph" not in answer.text:
            break
    return census_answers.rows(session.place(url), asked | {"in": ways[0]}, answer)  # the answer is the same either way


def _counts(path: Path, form: Census, county: str, level: str) -> pd.Series:
    """What the API answered, checked -> occupied units by the id of the block (15 digits) or tract (11)."""
    rows = _load(path)
    geography, digits = LEVELS[level]
    names = (*geography, form.units, form.occupied)
    even = isinstance(rows, list) and len(rows) > 1 and all(isinstance(r, list) and len(r) == len(names) for r in rows)
    if not even or {str(name) for name in rows[0]} != set(names):
        raise SourceInvalid(f"{path}: not a table of {', '.join(names)} by {level}; {_AGAIN}")
    table = pd.DataFrame(rows[1:], columns=rows[0]).astype(str)
    ids = functools.reduce(operator.add, (table[name] for name in geography))
    problems = {
        f"is no {level} of county {county}": ~ids.str.fullmatch(rf"{county}\d{{{digits}}}"),
        "is there twice": ids.duplicated(),
        "has a count that is no whole number": ~(table[form.units] + "," + table[form.occupied]).str.fullmatch(r"\d+,\d+"),
    }
    _refuse(path, ids, problems)
    units, occupied = table[form.units].astype(int), table[form.occupied].astype(int)
    _refuse(path, ids, {"has more occupied units than units": occupied > units})
    return pd.Series(occupied.to_numpy(), index=pd.Index(ids))


def _load(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise SourceInvalid(f"{path} is missing; put it there, or fetch it with a Census API key") from None
    except ValueError as error:
        raise SourceInvalid(f"{path}: cannot be read as JSON ({error}); {_AGAIN}") from error


def _keep(path: Path, rows: Any) -> None:
    """Write what was fetched, whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    with download.writing(path):
        part.write_text(json.dumps(rows), encoding="utf-8")
        part.replace(path)


def _counts_file(form: Census, county: str, level: str) -> str:
    return f"{form.dataset.replace('/', '-')}-{county}-{level}.json"


# --- points ----------------------------------------------------------------------------------------------------------


def _points(path: Path, form: Census, county: str) -> pd.DataFrame:
    """A TIGER/Line zip file of blocks -> lon, lat, land (square metres) by block."""
    names = {f"{name}{form.suffix}": name for name in ("GEOID", "INTPTLON", "INTPTLAT", "ALAND")}
    if not path.is_file():
        raise SourceInvalid(f"{path} is missing; put it there, or fetch it")
    try:
        with zipfile.ZipFile(path) as file:
            damaged = file.testzip()  # GDAL reads on over a damaged piece
            empty = not any(name.endswith(".shp") for name in file.namelist())
        content = path.read_bytes()  # by its name GDAL may take it for an older file of that name
        lacking = [] if damaged or empty else sorted(set(names) - set(pyogrio.read_info(content)["fields"]))
        if not (damaged or empty or lacking):
            table = pyogrio.read_dataframe(content, columns=list(names), read_geometry=False)
    except (zipfile.BadZipFile, zlib.error, OSError, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise SourceInvalid(f"{path}: cannot be read as a zip file of outlines ({error}); {_AGAIN}") from error
    if damaged or empty or lacking:
        said = f"{damaged} in it is damaged" if damaged else "holds no outlines" if empty else f"lacks the column {lacking[0]}"
        raise SourceInvalid(f"{path}: {said}; {_AGAIN}")
    table = table.rename(columns=names)
    ids = table["GEOID"].astype(str)
    lon, lat, land = (pd.to_numeric(table[n], errors="coerce").astype(float) for n in ("INTPTLON", "INTPTLAT", "ALAND"))
    problems = {
        f"is no block of county {county}": ~ids.str.fullmatch(rf"{county}\d{{10}}"),
        "is there twice": ids.duplicated(),
        "has no point on the globe": ~(lon.between(-180, 180) & lat.between(-90, 90)),
        "has no land area": ~(land >= 0),
    }
    _refuse(path, ids, problems)
    return pd.DataFrame({"lon": lon, "lat": lat, "land": land}).set_index(ids)


def _points_file(form: Census, county: str) -> str:
    return _filled(form.points.rpartition("/")[2], county)


def _filled(path: str, county: str) -> str:
    return path.replace("{state}", county[:2]).replace("{county}", county)
