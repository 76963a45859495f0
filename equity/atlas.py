"""One city, everything computed: the only thing that views, exports and the command line talk to.

Reads ``data/cities/<slug>/`` once and answers from memory, in tables. Knows nothing of Dash, files to download, languages or
geometry: an outline is a file it can name, not a shape it understands. Nothing is changed after it is loaded.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from equity import cities, indicators, snapshots, tidy
from equity.cities import City, Release
from equity.errors import UsageError
from equity.flags import NOT_RANKED, Flag
from equity.places import LEVELS, places_of
from equity.snapshots import Snapshot
from equity.stats import aggregate

__all__ = ["LEVELS", "SELECTION", "TABLE", "Atlas", "load", "ranked"]

TABLE = ["level", "place_id", "place_name", *aggregate.TABLE[1:]]
SELECTION = "selection"

# How a tract is shown -> what its row says.
_DISPLAY = {"whole": 0, "cut": int(Flag.MOSTLY_OUTSIDE), "no_households": int(Flag.NO_HOUSEHOLDS_IN_CITY)}


@dataclass(frozen=True)
class Atlas:
    """A loaded city.

    ``areas``: area_id, name, side. ``tracts[vintage]``: geoid, name, city_weight, display. ``crosswalks[vintage]``: geoid,
    area_id, weight; ``weights[vintage]``: where they are from. ``snapshots[release]``: the frozen figures with their
    provenance; ``also[release]``: other lines of the same tracts, from another source. ``modelled[release]``: the counts that
    have a modelled margin (no row where the variance function did not prove itself), with the proof.
    ``published[release]``: what was published for the city as a whole, where it is in hand. ``standby``: the day this set was
    made, if it stands in for a newer one that is damaged.
    """

    city: City
    areas: pd.DataFrame
    tracts: dict[int, pd.DataFrame]
    crosswalks: dict[int, pd.DataFrame]
    snapshots: dict[int, Snapshot]
    weights: dict[int, dict] = field(default_factory=dict)
    modelled: dict[int, Snapshot] = field(default_factory=dict)
    published: dict[int, Snapshot] = field(default_factory=dict)
    also: dict[int, tuple[Snapshot, ...]] = field(default_factory=dict)
    standby: datetime.date | None = None
    _kept: dict = field(default_factory=dict, repr=False, compare=False)

    # -- what there is ------------------------------------------------------------------------------------------------

    @property
    def releases(self) -> tuple[int, ...]:
        """The releases in hand, newest first."""
        return tuple(sorted(self.snapshots, reverse=True))

    def release(self, release: int) -> Release:
        """What city.toml says of a loaded release; ``UsageError`` naming the loaded ones for any other."""
        if release not in self.snapshots:
            known = ", ".join(map(str, self.releases))
            raise UsageError(f"release {release} is not loaded for {self.city.slug}; choose one of: {known}")
        return self.city.release(release)

    def gives(self, level: str, release: int, key: str) -> bool:
        """Whether the release has at least one estimate of the indicator at this level."""
        in_hand = self.recipe(release, key) is not None and (level != "tract" or self.release(release).level == "tract")
        return in_hand and bool(self.table(level, release, key)["estimate"].notna().any())

    def newest(self, key: str, level: str = "city") -> int | None:
        """The newest release that gives the indicator at this level; None when none does."""
        return next((release for release in self.releases if self.gives(level, release, key)), None)

    def outline(self, name: str) -> Path:
        """Where the outline file of a layer lies: area, tract-2020, city, water and so on."""
        return self.city.folder / "outlines" / f"{name}.json"

    # -- figures ------------------------------------------------------------------------------------------------------

    def table(self, level: str, release: int, key: str) -> pd.DataFrame:
        """One indicator of one release at one level: the columns of ``TABLE``, one row a place, every place present.

        Counts are households or residents, shares are fractions of the universe, margins are 90 %. ``flag`` is a ``Flag``
        as an integer. A tract's figures are those of the whole tract, also where part of it lies outside the city.
        """
        known = self.release(release)
        what = indicators.get(key)
        return self.keep(("table", level, release, key), lambda: self._table(level, known, what))

    def recipe(self, release: int, key: str) -> indicators.Recipe | None:
        """Which of the indicator's recipes the release is read with; None when it gives none."""
        known = self.release(release)
        held = self.keep(("held", release), lambda: set(self._figures(known)["variable"].unique()))
        return aggregate.recipe_for(held, indicators.get(key))

    def selection(self, area_ids: Iterable[str], release: int, key: str) -> pd.Series:
        """The one row of ``TABLE`` for these areas taken together, a tract's weights added before any margin."""
        return self._selection(self._areas(area_ids), [release], [key]).iloc[0]

    def selections(self, area_ids: Iterable[str]) -> pd.DataFrame:
        """``TABLE`` for these areas taken together: a row for each release and indicator that the release gives of areas."""
        return self._selection(self._areas(area_ids), self.releases, indicators.BY_KEY, only_given=True)

    def total(self, release: int, key: str) -> pd.Series:
        """The city's row of ``TABLE``."""
        return self.table("city", release, key).iloc[0]

    def shown_total(self, release: int, key: str) -> pd.Series:
        """The city's row as it is shown alone: as published for the city as a whole where that is in hand, else ``total``.

        Its margin knows what a sum of tracts cannot: how their errors go together. ``flag`` then has PUBLISHED_WHOLE. For
        comparisons, trends and totals of parts use ``total``, so that both sides are made by one method.
        """
        return self.keep(("shown", release, key), lambda: self._shown_total(self.release(release), indicators.get(key)))

    @property
    def baseline(self) -> pd.Series:
        """The row of ``TABLE`` that the City's plan counts from."""
        return self.total(self.city.baseline["release"], self.city.baseline["indicator"])

    @functools.cached_property
    def area_names(self) -> dict[str, str]:
        """area_id -> name."""
        return dict(zip(self.areas["area_id"], self.areas["name"], strict=True))

    def tracts_of(self, vintage: int, area_ids: Iterable[str] = ()) -> pd.DataFrame:
        """The tracts of a vintage with their areas; all of them, or those with households in the given areas.

        geoid, name, area_id, area_name, area_weight, area2_id, area2_name, area2_weight, city_weight, display. The first
        area is the one with most of the tract's households (of equal ones, the lower number); the second is empty unless
        the tract is split. A tract without households in the city is listed with the area its land is counted in.
        """
        table = self.keep(
            ("tracts", vintage), lambda: aggregate.homes(self.crosswalks[vintage], self.tracts[vintage], self.areas)
        )
        chosen = self._areas(area_ids)
        if not chosen:
            return table
        return table[table["area_id"].isin(chosen) | table["area2_id"].isin(chosen)]

    @property
    def same_outline(self) -> pd.DataFrame:
        """geoid_2020, geoid_2010: tracts whose outline did not change, so that they are one place in both vintages."""
        return self.keep(("same-outline",), lambda: snapshots.read(self.city.folder, "same-outline").table)  # ``load`` did

    def expand(self, tokens: Iterable[str]) -> list[str]:
        """Area ids and side keys -> area ids, once each, in the city's order; what is neither is left out."""
        chosen = set(tokens)
        for side in self.city.sides:
            if side.key in chosen:
                chosen |= set(side.members)
        return [area for area in self.areas["area_id"] if area in chosen]

    # -- within -------------------------------------------------------------------------------------------------------

    def keep(self, key: tuple, make):
        """What was computed once is kept: the figures never change while serving. Two threads may both compute it."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def _areas(self, area_ids: Iterable[str]) -> tuple[str, ...]:
        """Area ids checked, once each, in the city's order."""
        asked = set(area_ids)
        unknown = sorted(asked - set(self.area_names))
        if unknown:
            noun, last = self.city.area_noun["en"], len(self.areas)
            raise UsageError(f"no {noun} {unknown[0]!r} in {self.city.slug}; areas are numbered 1 to {last}")
        return tuple(area for area in self.areas["area_id"] if area in asked)

    def _selection(self, chosen: tuple[str, ...], releases, keys, only_given: bool = False) -> pd.DataFrame:
        """``selections``: the lines of a release are added up once for all of its indicators."""
        together, parts = pd.Index([SELECTION]), []
        for release in releases:
            lines = aggregate.by_line(self._summed(self.release(release), dict.fromkeys(chosen, SELECTION)), together)
            wanted = [key for key in keys if not only_given or self.gives("area", release, key)]
            parts += [aggregate.indicator(lines, indicators.get(key), together, release) for key in wanted]
        name = ", ".join(self.area_names[area] for area in chosen)
        return pd.concat(parts, ignore_index=True).assign(level=SELECTION, place_name=name)[TABLE]

    def _figures(self, known: Release) -> pd.DataFrame:
        """The release's figures as published, tidy: of tracts, or of areas where only those were published."""
        return self.keep(("figures", known.release), lambda: self._tidied(known.release))

    def _shown_total(self, known: Release, what: indicators.Indicator) -> pd.Series:
        """``shown_total`` without the memory."""
        summed = self.total(known.release, what.key)
        if known.release not in self.published:
            return summed
        place = pd.Index([summed["place_id"]])
        figures = aggregate.by_line(tidy.long(self.published[known.release].table, known.release), place)
        row = aggregate.indicator(figures, what, place, known.release).iloc[0]
        as_good = pd.notna(row["moe"]) or (pd.isna(summed["moe"]) and pd.notna(row["estimate"]))
        if not as_good or aggregate.recipe_for(figures, what) != self.recipe(known.release, what.key):
            return summed
        named = {"level": "city", "place_name": summed["place_name"], "flag": row["flag"] | int(Flag.PUBLISHED_WHOLE)}
        return pd.concat([row.drop("flag"), pd.Series(named)])[TABLE].rename(0)

    def _tidied(self, release: int) -> pd.DataFrame:
        """``_figures`` without the memory: as published, and below them the counts whose margin is modelled, which say so."""
        known = self.snapshots[release]
        parts = [tidy.long(frozen.table, release) for frozen in (known, *self.also.get(release, ()))]
        published = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
        if release not in self.modelled or self.modelled[release].table.empty:
            return published
        modelled = tidy.long(self.modelled[release].table, release)
        said = modelled["moe"].notna() * int(Flag.MODELLED)
        return pd.concat([published, modelled.assign(flag=modelled["flag"] | said)], ignore_index=True)

    def _summed(self, known: Release, place_of_area: dict[str, str]) -> pd.DataFrame:
        """Every line of the release summed over the areas of each place."""
        if known.level == "area":
            areas = pd.Series(list(place_of_area))
            weights = pd.DataFrame({"geoid": areas, "place_id": areas.map(place_of_area), "weight": 1.0})
        else:
            weights = aggregate.weights_for(self.crosswalks[known.tract_vintage], place_of_area)
        return aggregate.lines(self._figures(known), weights)

    def _lines(self, known: Release, place_of_area: dict[str, str] | None, places: pd.Index) -> dict[str, pd.DataFrame]:
        """Every line of the release for these places; tracts (no ``place_of_area``) as published."""
        figures = self._figures(known) if place_of_area is None else self._summed(known, place_of_area)
        return aggregate.by_line(figures, places)

    def _table(self, level: str, known: Release, what: indicators.Indicator) -> pd.DataFrame:
        """``table`` without the memory."""
        ids, names, place_of_area = places_of(level, self.city, self.areas, self.tracts[known.tract_vintage])
        places = pd.Index(ids)
        if place_of_area is None and known.level == "area":
            reason = Flag.NOT_AT_LEVEL if self.recipe(known.release, what.key) else Flag.NOT_IN_RELEASE
            table = aggregate.missing(what, places, known.release, reason)
        else:
            lines = self.keep(("lines", level, known.release), lambda: self._lines(known, place_of_area, places))
            table = aggregate.indicator(lines, what, places, known.release)
        if level == "tract":
            table["flag"] |= self.tracts[known.tract_vintage]["display"].map(_DISPLAY).to_numpy()
        return table.assign(level=level, place_name=names.to_numpy())[TABLE]


def ranked(table: pd.DataFrame, by: str = "share", worse: str | None = "high") -> pd.DataFrame:
    """The rows that can be ranked, the worst first: those with a figure in ``by`` whose tract is really in the city.

    ``by`` is "share" or "estimate". The order of two neighbours in it says little: see the margins.
    """
    can = table[by].notna() & ((table["flag"] & int(NOT_RANKED)) == 0)
    return table[can].sort_values([by, "place_id"], ascending=[worse == "low", True], kind="stable")


def load(slug: str = "chicago", root: Path | None = None) -> Atlas:
    """Read ``<root>/<slug>/``; SnapshotMissing, SnapshotDamaged or CityInvalid when it is not whole."""
    city = cities.load(slug, root)
    vintages = sorted({known.tract_vintage for known in city.loaded})
    folder = city.folder

    def table(name: str) -> pd.DataFrame:
        return snapshots.read(folder, name).table

    areas = table("areas")
    weights = {vintage: snapshots.read(folder, f"crosswalk-{vintage}") for vintage in vintages}

    found = Atlas(
        city=city,
        areas=areas,
        tracts={vintage: table(f"tracts-{vintage}") for vintage in vintages},
        crosswalks={vintage: frozen.table for vintage, frozen in weights.items()},
        weights={vintage: frozen.meta for vintage, frozen in weights.items()},
        snapshots={known.release: snapshots.read(folder / "snapshots", known.snapshot) for known in city.loaded},
        also={r.release: tuple(snapshots.read(folder / "snapshots", name) for name in r.also) for r in city.loaded if r.also},
        published={r.release: snapshots.read(folder / "snapshots", r.place_snapshot) for r in city.loaded if r.place_snapshot},
        modelled={told.release: snapshots.read(folder / "snapshots", told.snapshot) for told in city.modelled},
    )
    if city.overlay:
        found.keep(("same-outline",), lambda: table("same-outline"))  # now: the files change while a server runs
    return found
