"""A city is a folder: what ``data/cities/<slug>/city.toml`` says, checked once. Knows no figures, no geometry.

Imports nothing but the standard library, so that a command can name a city without waiting for pandas.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from equity.errors import CityInvalid

#: Where the cities live; ``EQUITY_DATA`` points elsewhere (tests, a second city kept outside the repository).
DATA = Path(os.environ.get("EQUITY_DATA") or Path(__file__).resolve().parent.parent / "data" / "cities")

LEVELS = ("tract", "area", "none")
WORDINGS = ("mixed", "clean")


@dataclass(frozen=True)
class County:
    """One county that the city's tracts lie in. ``fips`` is three digits of text."""

    fips: str
    name: str


@dataclass(frozen=True)
class Release:
    """One ACS 5-year release. ``level`` is what is loaded of it: ``tract``, ``area`` or ``none``.

    ``published`` is the ISO date of publication or None where it is not known; ``snapshot`` is None when not loaded.
    """

    release: int
    level: str
    tract_vintage: int
    survey_years: tuple[int, int]
    wording: str
    published: str | None
    snapshot: str | None


@dataclass(frozen=True)
class Side:
    """A named group of areas. ``names`` is language -> name; ``members`` are area ids, as text."""

    key: str
    names: dict[str, str]
    members: tuple[str, ...]


@dataclass(frozen=True)
class Source:
    """One raw table that refresh reads: which file, how many rows, which columns, and its provenance."""

    snapshot: str
    file: str
    rows: int
    columns: tuple[str, ...]
    dataset: str
    margins: str
    margins_note: str
    publisher: str
    licence: str
    citation: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Modelled:
    """Margins to be modelled: for which release, fitted on which two, and the snapshot that holds them."""

    release: int
    fitted_on: tuple[int, int]
    snapshot: str


@dataclass(frozen=True)
class Crosswalk:
    """The file that shares tracts of one vintage out to the areas; ``rows`` and ``tracts`` are what it must hold."""

    vintage: int
    file: str
    rows: int
    tracts: int


@dataclass(frozen=True)
class City:
    """Everything ``city.toml`` says. ``map``, ``reliability``, ``baseline``, ``contact``, ``calendar`` are as written.

    ``area_counts``, ``crosswalk``, ``overlay``, ``boundaries``, ``layers`` and ``context`` tell refresh which raw files
    to read and serve nothing else.
    """

    slug: str
    name: str
    folder: Path
    state_fips: str
    state_name: str
    place_fips: str
    counties: tuple[County, ...]
    area_noun: dict[str, str]
    area_nouns: dict[str, str]
    map: dict[str, Any]
    reliability: dict[str, float]
    baseline: dict[str, Any]
    contact: dict[str, Any]
    calendar: dict[str, Any]
    releases: tuple[Release, ...]
    sides: tuple[Side, ...]
    sources: tuple[Source, ...]
    modelled: tuple[Modelled, ...]
    area_counts: dict[str, Any]
    crosswalk: dict[str, Any]
    crosswalks: tuple[Crosswalk, ...]
    overlay: dict[str, Any]
    boundaries: dict[str, Any]
    layers: tuple[dict[str, Any], ...]
    context: tuple[dict[str, Any], ...]

    def release(self, release: int) -> Release:
        """The release of that year. Raises ``KeyError`` when city.toml does not list it."""
        return next(iter(r for r in self.releases if r.release == release), None) or _no(release)

    @property
    def loaded(self) -> tuple[Release, ...]:
        """The releases that have a snapshot, oldest first."""
        return tuple(r for r in self.releases if r.snapshot)

    @property
    def needs(self) -> list[str]:
        """The files, relative to the city's folder, that serving reads; refresh writes these and more."""
        vintages = sorted({r.tract_vintage for r in self.loaded})
        tables = ["areas", "same-outline", *(f"{name}-{v}" for v in vintages for name in ("crosswalk", "tracts"))]
        tables += [f"snapshots/{name}" for name in (*(r.snapshot for r in self.loaded), *(m.snapshot for m in self.modelled))]
        outlines = ["area", "city", *(f"tract-{v}" for v in vintages)]
        return [f"{name}.{kind}" for name in tables for kind in ("csv", "json")] + [
            f"outlines/{name}.json" for name in outlines
        ]

    @property
    def area_ids(self) -> tuple[str, ...]:
        """Every area of the city, as text, in numerical order."""
        return tuple(sorted((m for side in self.sides for m in side.members), key=int))

    def side_of(self, area_id: str) -> str:
        """The key of the side an area belongs to. Raises ``KeyError`` for an unknown area."""
        return next(iter(s.key for s in self.sides if area_id in s.members), None) or _no(area_id)

    def county_name(self, geoid: str) -> str:
        """The name of the county a tract lies in. Raises ``KeyError`` for a county city.toml does not list."""
        return next(iter(c.name for c in self.counties if c.fips == geoid[2:5]), None) or _no(geoid)


def _no(key: object) -> Any:
    raise KeyError(key)


def available(root: Path | None = None) -> list[str]:
    """The slugs of the cities in ``root``, sorted."""
    return sorted(path.parent.name for path in (root or DATA).glob("*/city.toml"))


def load(slug: str, root: Path | None = None) -> City:
    """Read and check ``<root>/<slug>/city.toml``. Raises ``CityInvalid`` with one sentence."""
    folder = (root or DATA) / slug
    path = folder / "city.toml"
    if not path.is_file():
        raise CityInvalid(f"no city {slug!r}: {path} is missing; cities here: {', '.join(available(root)) or 'none'}")
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CityInvalid(f"{path} is not valid TOML ({error}); correct it by hand") from error
    try:
        city = _read(said, folder)
        _check(city, path)
    except KeyError as error:
        raise CityInvalid(f"{path} lacks {error.args[0]!r}; add it, as in data/cities/chicago") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise CityInvalid(f"{path} has a value of the wrong kind ({error}); correct it by hand") from error
    return city


def _read(said: dict[str, Any], folder: Path) -> City:
    return City(
        slug=said["slug"],
        name=said["name"],
        folder=folder,
        state_fips=said["state_fips"],
        state_name=said["state_name"],
        place_fips=said["place_fips"],
        counties=tuple(County(c["fips"], c["name"]) for c in said["counties"]),
        area_noun=said["area"]["noun"],
        area_nouns=said["area"]["nouns"],
        map=said["map"],
        reliability=said["reliability"],
        baseline=said["baseline"],
        contact=said["contact"],
        calendar=said["calendar"],
        releases=tuple(_release(r) for r in said["releases"]),
        sides=tuple(Side(s["key"], s["name"], tuple(str(m) for m in s["members"])) for s in said["sides"]),
        sources=tuple(_source(s) for s in said["sources"]),
        modelled=tuple(Modelled(m["release"], tuple(m["fitted_on"]), m["snapshot"]) for m in said.get("modelled", ())),
        area_counts=said.get("area_counts", {}),
        crosswalk=said["crosswalk"],
        crosswalks=tuple(Crosswalk(c["vintage"], c["file"], c["rows"], c["tracts"]) for c in said["crosswalk"]["files"]),
        overlay=said["overlay"],
        boundaries=said["boundaries"],
        layers=tuple(said["layers"]),
        context=tuple(said.get("context", ())),
    )


def _release(said: dict[str, Any]) -> Release:
    first, last = said["survey_years"]
    published = said["published"].isoformat() if "published" in said else None
    return Release(
        int(said["release"]), said["level"], said["tract_vintage"], (first, last), said["wording"], published,
        said.get("snapshot"),
    )  # fmt: skip


def _source(said: dict[str, Any]) -> Source:
    listed = {"columns": tuple(said["columns"]), "notes": tuple(said.get("notes", ()))}
    names = ("snapshot", "file", "rows", "dataset", "margins", "margins_note", "publisher", "licence", "citation")
    return Source(**{name: said[name] for name in names}, **listed)


def _check(city: City, path: Path) -> None:
    """What city.toml may not contradict, one sentence each."""
    years = [r.release for r in city.releases]
    members = [m for side in city.sides for m in side.members]
    loaded = [r.snapshot for r in city.loaded]
    given = [s.snapshot for s in city.sources] + ([city.area_counts["snapshot"]] if city.area_counts else [])
    reliable = city.reliability
    problems = {
        f"slug {city.slug!r} is not the folder's name": city.slug != city.folder.name,
        "state_fips must be two digits of text": not _digits(city.state_fips, 2),
        "a county's fips must be three digits of text": not all(_digits(c.fips, 3) for c in city.counties),
        "a release is listed twice or out of order": years != sorted(set(years)),
        f"a release's level must be one of {', '.join(LEVELS)}": any(r.level not in LEVELS for r in city.releases),
        f"a wording must be one of {', '.join(WORDINGS)}": any(r.wording not in WORDINGS for r in city.releases),
        "survey_years must be five years that end with the release": any(
            r.survey_years != (r.release - 4, r.release) for r in city.releases
        ),
        "a release has a snapshot if and only if its level is not none": any(
            (r.level == "none") != (r.snapshot is None) for r in city.releases
        ),
        "the snapshots of [[releases]] are not those of [[sources]] and [area_counts]": sorted(loaded) != sorted(given),
        "an area is in two sides": len(members) != len(set(members)),
        "a side has no members": any(not side.members for side in city.sides),
        "a side's name lacks a language of the area noun": any(set(s.names) != set(city.area_noun) for s in city.sides),
        "reliability must hold 0 < good < care": not 0 < reliable["good"] < reliable["care"],
        "a loaded release has no [[crosswalk.files]] of its tract vintage": bool(
            {r.tract_vintage for r in city.releases if r.level == "tract"} - {c.vintage for c in city.crosswalks}
        ),
        "a [[modelled]] release, and the two older ones it is fitted on, must be loaded by tract of one vintage": any(
            not _modellable(city, m) for m in city.modelled
        ),
        "the baseline's release is not listed": city.baseline["release"] not in years,
    }
    for problem, present in problems.items():
        if present:
            raise CityInvalid(f"{path}: {problem}; correct it by hand")


def _modellable(city: City, told: Modelled) -> bool:
    """Whether a release can be given modelled margins: three releases by tract, in order, of the same tracts."""
    asked = [r for r in city.releases if r.release in (*told.fitted_on, told.release)]
    in_order = [r.release for r in asked] == [*told.fitted_on, told.release]
    return in_order and {r.level for r in asked} == {"tract"} and len({r.tract_vintage for r in asked}) == 1


def _digits(code: object, count: int) -> bool:
    return isinstance(code, str) and len(code) == count and code.isdigit()
