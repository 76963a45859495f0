"""What a city is: the words of ``city.toml`` as classes. Knows no file, no figures, no geometry."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class County:
    """One county that the city's tracts lie in. ``fips`` is three digits of text."""

    fips: str
    name: str


@dataclass(frozen=True)
class Release:
    """One ACS 5-year release. ``level`` is what is loaded of it: ``tract``, ``area`` or ``none``.

    ``published`` is the ISO date of publication or None where it is not known; ``snapshot`` is None when not loaded.
    ``also`` names snapshots of the same tracts with other lines; ``place_snapshot`` holds what was published for the city as a
    whole, ``one_year`` the same of a single year; None where they are not in hand.
    """

    release: int
    level: str
    tract_vintage: int
    survey_years: tuple[int, int]
    wording: str
    published: str | None
    snapshot: str | None
    place_snapshot: str | None = None
    also: tuple[str, ...] = ()
    one_year: str | None = None

    @property
    def snapshots(self) -> tuple[str, ...]:
        """Every frozen table of this release."""
        return tuple(name for name in (self.snapshot, *self.also, self.place_snapshot, self.one_year) if name)


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
    keep: bool = False  # not to be had from the Bureau's own sources: stays in hand beside what is fetched


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
    """Everything ``city.toml`` says. ``map``, ``reliability``, ``contact``, ``calendar`` are as written. So is ``baseline``;
    if it names no release, that is the newest that is loaded (and ``newest`` is True), and likewise if what it names is not
    loaded (which is then ``lacking``).

    Pages call one area ``area_noun``, several ``area_nouns``, and one with its article ``area_one``: language -> words.
    ``credits``: a publisher or citation, as in a sidecar -> language -> how pages name it, where they name it otherwise.

    ``acs`` says which columns are asked of the Bureau, ``addresses`` where, if not at the usual places, and ``households`` how
    a census publishes its blocks, if not in the usual way. ``area_counts``, ``crosswalk``, ``overlay``, ``boundaries``,
    ``layers`` and ``context`` tell refresh what weights and outlines are made from, and serve nothing else; a city without
    raw files of its own has layers alone.
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
    area_one: dict[str, str]
    map: dict[str, Any]
    reliability: dict[str, float]
    baseline: dict[str, Any]
    contact: dict[str, Any]
    calendar: dict[str, Any]
    releases: tuple[Release, ...]
    sides: tuple[Side, ...]
    sources: tuple[Source, ...]
    acs: dict[str, Any]
    addresses: dict[str, str]
    modelled: tuple[Modelled, ...]
    area_counts: dict[str, Any]
    crosswalk: dict[str, Any]
    crosswalks: tuple[Crosswalk, ...]
    overlay: dict[str, Any]
    boundaries: dict[str, Any]
    layers: tuple[dict[str, Any], ...]
    context: tuple[dict[str, Any], ...]
    households: dict[str, dict[str, str]] = field(default_factory=dict)
    credits: dict[str, dict[str, str]] = field(default_factory=dict)

    def release(self, release: int) -> Release:
        """The release of that year. Raises ``KeyError`` when city.toml does not list it."""
        return next(iter(r for r in self.releases if r.release == release), None) or _no(release)

    @property
    def has_plan(self) -> bool:
        """Whether ``baseline`` is a city's plan: then it says ``printed``, ``plan`` and ``plan_date``."""
        return "plan" in self.baseline

    @property
    def loaded(self) -> tuple[Release, ...]:
        """The releases that have a snapshot, oldest first."""
        return tuple(r for r in self.releases if r.snapshot)

    @property
    def needs(self) -> list[str]:
        """The files, relative to the city's folder, that serving reads; refresh writes these and more."""
        vintages = sorted({r.tract_vintage for r in self.loaded})
        tables = ["areas", *(f"{name}-{v}" for v in vintages for name in ("crosswalk", "tracts"))]
        tables += ["same-outline"] if self.overlay else []
        frozen = [name for r in self.loaded for name in r.snapshots] + [told.snapshot for told in self.modelled]
        tables += [f"snapshots/{name}" for name in frozen]
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
