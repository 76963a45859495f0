"""A figure in every release: where each point lies in time, what it is made of, and how it may be drawn. Judges no change.

A 5-year release is drawn at the centre of its years, two before its label; a single year at itself. 2019 stands for the middle
of 2019. Sums of tracts, what was published for the city as a whole, and single years are three series: they differ in method or
in span, so nothing is measured from one to another.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Mapping

import numpy as np
import pandas as pd

from equity import flags, indicators, snapshots, targets, tidy
from equity.atlas import Atlas
from equity.cities import Release
from equity.errors import UsageError
from equity.flags import Flag
from equity.indicators import Indicator
from equity.snapshots import Snapshot
from equity.stats import aggregate, moe, progress
from equity.targets import CITY, Kind, Target

REWORDED = 2016  # the first survey year with today's question (the Bureau's content test of 2016); decides for single years
_FIGURES = ["universe_estimate", "universe_moe", "estimate", "moe", "share", "share_moe"]
_TIME = ["release", "series", "centre", "first_year", "last_year", "wording"]
POINTS = [*_TIME, *_FIGURES, "flag", "modelled", "drawn", "notes", "reason", "in_trend"]
LINE = ["year", "fitted", "fitted_moe", "low", "high", "ahead", "modelled"]
ACTUALS = ["indicator", "place", "release", "measure", "value", "computed", "agrees", "reason"]


class Series(enum.StrEnum):
    """Which points belong together; the values stand in files and never change."""

    SUMMED = "summed"  # 5-year, added up from tracts, or from areas where only those were published
    PUBLISHED = "published"  # 5-year, as published for the city as a whole
    ONE_YEAR = "one_year"  # a single year, as published for the city as a whole


class Drawn(enum.StrEnum):
    """How a point may be drawn: the first that holds, so that the gravest doubt is seen."""

    NOTHING = "nothing"  # no estimate: see the reason
    MIXED_WORDING = "mixed_wording"  # some of its years asked the question as it was before 2016
    AREAS_ONLY = "areas_only"  # published for areas alone: no tract of it is in hand
    RECOVERED = "recovered"  # worked back from rounded figures
    MODELLED = "modelled"  # its margin follows from a variance function and is indicative
    NO_MARGIN = "no_margin"
    WITH_MARGIN = "with_margin"  # nothing of the above


class Missing(enum.StrEnum):
    """Why a release has no estimate; beside ``not_loaded`` the names of flags.NO_ESTIMATE_REASONS."""

    NOT_LOADED = "not_loaded"  # city.toml lists the release, and nothing of it is in hand
    NOT_IN_RELEASE = "not_in_release"
    NOT_AT_LEVEL = "not_at_level"
    NO_ESTIMATE = "no_estimate"


def points(atlas: Atlas, key: str, place: str = CITY) -> pd.DataFrame:
    """An indicator of the city, or of an area by its id, in every release that city.toml lists: POINTS, the oldest first.

    Every release has a row of the series ``summed``, with the ``reason`` where it gives no estimate; the city has more rows
    where figures were published for it as a whole. ``centre`` is the year to draw at. Counts are households or residents,
    shares fractions, margins 90 %. ``drawn`` is a ``Drawn``, ``notes`` all that hold, joined by ``;``. ``in_trend``: a line
    through the city's releases may use it. UsageError for an unknown indicator or area.
    """
    what = indicators.get(key)
    if place != CITY and place not in atlas.area_names:
        raise UsageError(f"no place {place!r} in {atlas.city.slug}; choose {CITY!r} or an area's id")
    return atlas.keep(("gap.points", key, place), lambda: _points(atlas, what, place))


def summed(atlas: Atlas, key: str, place: str = CITY) -> pd.DataFrame:
    """The rows of ``points`` that are made by one method: those that changes, trends and paces are measured on."""
    found = points(atlas, key, place)
    return found[found["series"] == Series.SUMMED].reset_index(drop=True)


def line(atlas: Atlas, key: str, measure: str = "share", place: str = CITY, until: int | None = None) -> pd.DataFrame:
    """The fitted trend at every year from the first release of it to ``until`` (its newest without): LINE; empty if too few.

    ``fitted`` in the measure's unit with its 90 % margin, ``low`` and ``high`` cut at natural limits; ``ahead``: a projection,
    beyond the newest release; ``modelled``: a margin behind the line is, so it is indicative.
    """
    fitted = progress.trend(summed(atlas, key, place), measure)
    if fitted is None:
        return pd.DataFrame(columns=LINE)
    last = max(fitted.centre, until or fitted.centre)
    years = np.arange(fitted.releases[0] - progress.TO_CENTRE, last + 1)
    level, margin = np.array([fitted.at(year) for year in years]).T
    low, high = moe.interval(level, margin, 0, 1 if measure == "share" else None)
    values = (years, level, margin, low, high, years > fitted.centre, fitted.modelled)
    return pd.DataFrame(dict(zip(LINE, values, strict=True)))


def actuals(atlas: Atlas, told: Iterable[Target]) -> pd.DataFrame:
    """The ACTUAL rows of ``targets.csv`` held against what the atlas computes: ACTUALS, a row each, in their order.

    ``agrees``: the computed figure, rounded as the value is written, is the value; False with a ``reason`` (``Missing``) where
    there is none.
    """
    rows = []
    for target in (row for row in told if row.kind is Kind.ACTUAL):
        known = summed(atlas, target.indicator, target.place).set_index("release").loc[target.year]
        computed = known[target.measure]
        agrees = bool(abs(computed - target.value) <= 0.5 * 10**-target.decimals)  # not where there is no figure
        reason = known["reason"] or (str(Missing.NO_ESTIMATE) if np.isnan(computed) else "")  # a share of nobody is none
        said = (target.indicator, target.place, target.year, target.measure, target.value)
        rows.append((*said, computed, agrees, reason))
    return pd.DataFrame(rows, columns=ACTUALS)


def printed(atlas: Atlas, told: Iterable[Target], key: str, release: int) -> Target | None:
    """The count of the city as it was printed from a release: its ACTUAL row, with ``printed``, ``source`` and ``note``.

    None where nobody wrote it down, and where the atlas computes another figure or none: what cannot be held against a figure
    does not stand beside one. ``python -m equity check`` tells of such a row.
    """
    row = targets.actual(tuple(told), key, release)
    return row if row is not None and actuals(atlas, [row])["agrees"].all() else None


def cited(atlas: Atlas, key: str, releases: Collection[int] | None = None) -> list[str]:
    """The citation of every table that a figure of ``points`` is made from, and of modelled margins; by release, each once.

    With ``releases``, of what is added up in these alone: the two sides of a change, say.
    """
    given, found = points(atlas, key).dropna(subset=["estimate"]), []
    if releases is not None:
        given = given[given["release"].isin(releases) & (given["series"] == Series.SUMMED)]
    for point in given.itertuples():
        if point.series == Series.ONE_YEAR:
            tables = [_of_one_year(atlas, atlas.release(point.release))]
        elif point.series == Series.PUBLISHED:
            tables = [atlas.published[point.release]]
        else:
            tables = [atlas.snapshots[point.release], *atlas.also.get(point.release, ())]
            tables += [atlas.modelled[point.release]] if point.modelled else []
        found += [table.meta["citation"] for table in tables if "citation" in table.meta]
    return list(dict.fromkeys(found))


# --- within ----------------------------------------------------------------------------------------------------------


def _points(atlas: Atlas, what: Indicator, place: str) -> pd.DataFrame:
    """``points`` without the memory."""
    rows = []
    for known in atlas.city.releases:
        rows.append(_point(known, Series.SUMMED, _row(atlas, known, what, place)))
        if place == CITY and known.release in atlas.releases:
            whole = atlas.shown_total(known.release, what.key)
            if whole["flag"] & Flag.PUBLISHED_WHOLE:
                rows.append(_point(known, Series.PUBLISHED, whole))
            if known.one_year:
                rows.append(_point(known, Series.ONE_YEAR, _single_year(atlas, known, what)))
    table = pd.DataFrame(rows).astype(dict.fromkeys(_FIGURES, float))
    used = progress.usable(table[table["series"] == Series.SUMMED]).index
    return table.assign(in_trend=table.index.isin(used))[POINTS]


def _row(atlas: Atlas, known: Release, what: Indicator, place: str) -> pd.Series | None:
    """The atlas's row of a place; None where nothing of the release is in hand."""
    if known.release not in atlas.releases:
        return None
    if place == CITY:
        return atlas.total(known.release, what.key)
    table = atlas.table("area", known.release, what.key)
    return table[table["place_id"] == place].iloc[0]


def _single_year(atlas: Atlas, known: Release, what: Indicator) -> dict:
    """The city in the single year that the release ends with."""
    place = pd.Index([atlas.city.state_fips + atlas.city.place_fips])
    lines = aggregate.by_line(tidy.long(_of_one_year(atlas, known).table, known.release), place)
    row = aggregate.indicator(lines, what, place, known.release).iloc[0]
    return row.to_dict() | {"flag": int(row["flag"]) | int(Flag.PUBLISHED_WHOLE)}


def _of_one_year(atlas: Atlas, known: Release) -> Snapshot:
    """What was published of the single year that a release ends with."""
    return atlas.keep(("gap.one_year", known.release), lambda: snapshots.read(atlas.city.folder / "snapshots", known.one_year))


def _point(known: Release, series: Series, row: Mapping | pd.Series | None) -> dict:
    """One row of POINTS, but for ``in_trend``."""
    first, last = known.survey_years
    centre, wording = known.release - progress.TO_CENTRE, known.wording
    if series is Series.ONE_YEAR:
        first, centre, wording = last, last, progress.ONE_WORDING if last >= REWORDED else "mixed"
    figures = {name: np.nan if row is None else row[name] for name in _FIGURES}
    flag = 0 if row is None else int(row["flag"])
    reason = Missing.NOT_LOADED if row is None else _reason(flag) if np.isnan(figures["estimate"]) else ""
    doubts = {
        Drawn.NOTHING: bool(reason),
        Drawn.MIXED_WORDING: wording != progress.ONE_WORDING,
        Drawn.AREAS_ONLY: known.level == "area" and series is Series.SUMMED,
        Drawn.RECOVERED: flag & Flag.RECOVERED,
        Drawn.MODELLED: flag & Flag.MODELLED,
        Drawn.NO_MARGIN: np.isnan(figures["moe"]) or (np.isnan(figures["share_moe"]) and not np.isnan(figures["share"])),
    }
    held = [Drawn.NOTHING] if reason else [doubt for doubt, holds in doubts.items() if holds] or [Drawn.WITH_MARGIN]
    told = {"release": known.release, "series": str(series), "centre": centre, "first_year": first, "last_year": last}
    told |= {"wording": wording, "modelled": bool(flag & Flag.MODELLED), "drawn": str(held[0]), "notes": ";".join(held)}
    return told | figures | {"flag": flag, "reason": str(reason)}


def _reason(flag: int) -> Missing:
    """The first reason among the flags of a figure that is not there."""
    said = [name for name in flags.names(flag & flags.NO_ESTIMATE_REASONS) if name in set(Missing)]
    return Missing(said[0]) if said else Missing.NO_ESTIMATE
