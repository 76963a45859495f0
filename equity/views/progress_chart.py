"""What the chart over time shows, in the reader's words: points, line, plan, events, reports. Draws and computes nothing.

The chart is an SVG that the server writes (``progress_drawing``), not a plotly graph in the page. Measured on a phone with a
slow line (1.6 Mbit/s, a processor four times slower): 4.0 s and 421 kB to a page with this picture, 15.3 s and 1,662 kB to
one with the same points in plotly 7; and plotly writes style attributes, which our Content-Security-Policy refuses. With no
more points than releases every one can carry its figure, so there is nothing to hover for, and the picture prints and can be
passed on. The same points stand in a table beside it.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from equity import gap, indicators
from equity.atlas import Atlas
from equity.connections import totals
from equity.gap import Drawn, Series
from equity.indicators import HOUSEHOLDS, N_
from equity.language import Language
from equity.targets import Event, Moment
from equity.views import progress_log, progress_state, text
from equity.views.progress_state import View

# How a point is drawn -> what its mark means, in the chart's legend and in the table.
DRAWN: dict[str, str] = {
    Drawn.WITH_MARGIN: N_("with its published margin"),
    Drawn.MODELLED: N_("margin modelled here, the published one is not in hand: indicative"),
    Drawn.NO_MARGIN: N_("no margin in hand"),
    Drawn.RECOVERED: N_("recovered from rounded percentages"),
    Drawn.AREAS_ONLY: N_("published for {areas} only"),
    Drawn.MIXED_WORDING: N_("mixes the wording from before 2016"),
}
SERIES: dict[str, str] = {
    Series.SUMMED: N_("5-year release, added up from its tracts"),
    Series.PUBLISHED: N_("5-year release, as published for the whole city"),
    Series.ONE_YEAR: N_("a single year, as published for the whole city"),
}
_EDGE = 0.6  # years of paper beyond the first and the last thing


@dataclass(frozen=True)
class Point:
    """One figure: the year it is drawn at, count, margin or None, a ``Drawn``, a ``Series``; what is written beside it."""

    year: float
    estimate: float
    moe: float | None
    drawn: str
    series: str
    label: str
    label_moe: str
    name: str


@dataclass(frozen=True)
class Mark:
    """An event by its number in the list; ``end`` is None for what has no length."""

    number: int
    year: float
    end: float | None


@dataclass(frozen=True)
class Reports:
    """What programs report of one kind: (year, count) by month, the largest written out."""

    label: str
    months: tuple[tuple[float, int], ...]
    most: str


@dataclass(frozen=True)
class Chart:
    """All that is on it. ``line``: year, fitted, low, high, whether ahead; ``path``: from the newest point to the plan.

    ``indicative``: a margin behind the line is modelled.
    """

    title: str
    subtitle: str
    points: tuple[Point, ...]
    line: tuple[tuple[float, float, float, float, bool], ...]
    indicative: bool
    path: tuple[tuple[float, float], tuple[float, float]] | None
    path_label: str
    marks: tuple[Mark, ...]
    reports: tuple[Reports, ...]
    legend: Mapping[str, str]
    source: str
    thousands: str

    @property
    def span(self) -> tuple[float, float]:
        """The first and the last year on the paper."""
        years = [point.year for point in self.points] + [year for year, *_rest in self.line]
        years += [mark.year for mark in self.marks] + [mark.end for mark in self.marks if mark.end]
        years += [year for reports in self.reports for year, _count in reports.months]
        years += [self.path[1][0]] if self.path else []
        return (min(years) - _EDGE, max(years) + _EDGE) if years else (2020 - _EDGE, 2020 + _EDGE)

    @property
    def top(self) -> float:
        """The largest count that has to find room."""
        tops = [point.estimate + (point.moe or 0) for point in self.points] + [high for *_rest, high, _ahead in self.line]
        return max([*tops, *([count for _year, count in self.path] if self.path else []), 1])


def chart(language: Language, atlas: Atlas, view: View, reported: pd.DataFrame, today: datetime.date | None = None) -> Chart:
    """The chart of a view; ``reported`` are the entries of the programme log."""
    _, what = language.gettext, indicators.get(view.indicator)
    points = tuple(_points(language, atlas, view.indicator))
    path = _path(atlas, view, today or datetime.date.today())
    line, indicative = _line(atlas, view)
    marks = tuple(
        Mark(number, event.start.year, event.end.year if event.end else None)
        for number, event in enumerate(_shown(atlas), start=1)
    )
    return Chart(
        title=_("{indicator}, {city}").format(indicator=_(what.label), city=atlas.city.name),
        subtitle=_("{of}, each release at the middle of its five years; a year stands at its middle").format(
            of=text.capital(_(HOUSEHOLDS))
        ),
        points=points,
        line=line,
        indicative=indicative,
        path=path,
        path_label=_("{remaining} in {year}").format(remaining=language.number(path[1][1]), year=view.year) if path else "",
        marks=marks,
        reports=tuple(_reports(language, reported)),
        legend=_legend(language, atlas, points, line, indicative, path, marks),
        source=_("Margins are 90%. Source: {citation}").format(citation=" ".join(gap.cited(atlas, view.indicator))),
        thousands=language.number(10_000)[2:3],
    )


def summary(language: Language, atlas: Atlas, view: View, reported: pd.DataFrame) -> str:
    """The chart in sentences, for those who do not see it."""
    _, drawn = language.gettext, chart(language, atlas, view, reported)
    figures = []
    for point in sorted(drawn.points, key=lambda point: point.year):
        words = {"figure": point.label_moe, "year": int(point.year), "drawn": drawn.legend[point.drawn]}
        figures.append(_("{figure} in {year} ({drawn})").format(**words))
    said = [_("Chart: {title}. {figures}.").format(title=drawn.title, figures="; ".join(figures))]
    if not figures:
        said = [_("No release here gives this figure.")]
    if drawn.line:
        ends = [
            {"year": year, "fitted": text.with_margin(language, value, moe)}
            for year, value, moe in fitted(atlas, view, ahead=True).iloc[[0, -1]].itertuples(index=False, name=None)
        ]
        fit = _("A line fitted through those of one wording that have margins goes from {first} in {start} to {last} in {end}.")
        said.append(fit.format(first=ends[0]["fitted"], start=ends[0]["year"], last=ends[1]["fitted"], end=ends[1]["year"]))
        if drawn.indicative:
            said.append(_("A margin behind the line is modelled: the line is indicative."))
    if drawn.path:
        said.append(_("A dotted path leads to {plan}.").format(plan=drawn.path_label))
    said += [f"{one.label}: {one.most}." for one in drawn.reports]
    return " ".join(said)


def events(language: Language, atlas: Atlas) -> list[tuple[str, str, str]]:
    """(When, what, source) of each event, in the order of their numbers on the chart."""
    return [(_when(language, event), text.local(language, event.title), event.source) for event in _shown(atlas)]


def fitted(atlas: Atlas, view: View, ahead: bool = False) -> pd.DataFrame:
    """year, fitted, fitted_moe of the line as it is drawn; ``ahead``: as far as the plan looks, cut at nobody."""
    until = view.year if ahead and view.chosen and view.year else None
    found = gap.line(atlas, view.indicator, "estimate", until=until)
    return found.loc[found["fitted"] >= 0, ["year", "fitted", "fitted_moe"]]


def drawn_as(language: Language, atlas: Atlas, drawn: str) -> str:
    """What a mark means."""
    return language.gettext(DRAWN[drawn]).format(**text.nouns(language, atlas.city))


# --- within ----------------------------------------------------------------------------------------------------------


def _points(language: Language, atlas: Atlas, key: str) -> list[Point]:
    found = gap.points(atlas, key).dropna(subset=["estimate"])
    return [
        Point(
            float(row.centre),
            row.estimate,
            None if np.isnan(row.moe) else row.moe,
            row.drawn,
            row.series,
            language.number(row.estimate),
            text.with_margin(language, row.estimate, row.moe),
            language.gettext("release {release}").format(release=row.release) if row.series != Series.ONE_YEAR else "",
        )
        for row in found.itertuples()
    ]


def _line(atlas: Atlas, view: View) -> tuple[tuple[tuple[float, float, float, float, bool], ...], bool]:
    """The fitted trend, ahead as far as the plan looks where a reader made one; whether it is indicative."""
    until = view.year if view.chosen and view.year else None
    found = gap.line(atlas, view.indicator, "estimate", until=until)
    drawn = found[["year", "fitted", "low", "high", "ahead"]].itertuples(index=False, name=None)
    return tuple(drawn), bool(found["modelled"].any())


def _path(atlas: Atlas, view: View, today: datetime.date) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """From the newest point to what a reader, or the city, plans for; an example is not drawn."""
    if not (view.chosen or view.target) or view.remaining is None or view.year is None:
        return None
    if indicators.get(view.indicator).worse is None or view.year < today.year:
        return None
    row = gap.needed(atlas, view.indicator, view.remaining, view.year).iloc[0]
    if row["state"] != gap.State.NEEDED:
        return None
    return (float(row["centre"]), row["newest"]), (float(view.year), view.remaining)


def _shown(atlas: Atlas) -> tuple[Event, ...]:
    return progress_state.events(atlas)


def _when(language: Language, event: Event) -> str:
    """ "December 31, 2021 to June 1, 2024", "June 2020", "2020": as exactly as is known."""
    from_to = [_day(language, moment) for moment in (event.start, event.end) if moment]
    return language.gettext("{start} to {end}").format(start=from_to[0], end=from_to[1]) if event.end else from_to[0]


def _day(language: Language, moment: Moment) -> str:
    """A day, or the month or the year of which no more is known."""
    if moment.first == moment.last:
        return language.date(moment.first)
    if (moment.last - moment.first).days > 31:
        return str(moment.first.year)
    return text.month(language, f"{moment.first:%Y-%m}")


def _reports(language: Language, reported: pd.DataFrame) -> list[Reports]:
    """What programs report by month, a row for each kind: kinds are never added to each other."""
    found, summed = [], totals.totals(reported, "month")
    for kind in progress_log.KINDS:
        table = summed[summed["kind"] == kind]
        if table.empty:
            continue
        months = [
            (int(month[:4]) + (int(month[5:]) - 0.5) / 12 - 0.5, int(count))
            for month, count in table[["month", "reported"]].values
        ]
        most = int(table["reported"].max())
        label = language.gettext("{kind}, as programs report them").format(kind=progress_log.kind(language, kind))
        found.append(Reports(label, tuple(months), language.gettext("up to {most} a month").format(most=language.number(most))))
    return found


def _legend(language: Language, atlas: Atlas, points, line, indicative, path, marks) -> dict[str, str]:
    """What is on the chart -> its words, in the order in which they stand below it."""
    _, used = language.gettext, {point.drawn for point in points}
    words = {drawn: drawn_as(language, atlas, drawn) for drawn in DRAWN if drawn in used}
    series = {point.series for point in points} - {str(Series.SUMMED)}
    words |= {one: _(said) for one, said in SERIES.items() if one in series}
    if line:
        ahead = any(one[-1] for one in line)
        fit = _("line through them, with its 90% interval")
        if indicative:
            fit = _("line through them, with its 90% interval: indicative, as a margin behind it is modelled")
        words["indicative" if indicative else "line"] = fit + (_(", dashed where it is continued") if ahead else "")
    if path:
        words["path"] = _("the pace the plan needs")
    if marks:
        words["marks"] = _("events, named in the list")
    return words
