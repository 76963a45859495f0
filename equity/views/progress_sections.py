"""The sections of the progress page that follow the count that is chosen. Sentences and figures come from their neighbors.

Knows no callbacks: ``pages/progress.py`` puts these on the page and asks for them again when a control changes.
"""

from __future__ import annotations

from urllib.parse import urlencode

import numpy as np
import pandas as pd
from dash import html
from dash.development.base_component import Component

from equity import indicators
from equity.atlas import Atlas
from equity.gap import Why
from equity.indicators import N_
from equity.language import Language
from equity.views import (
    progress_areas,
    progress_change,
    progress_chart,
    progress_drawing,
    progress_files,
    progress_log,
    progress_pace,
    progress_plan,
    progress_points,
    progress_sources,
    prose,
    text,
)
from equity.views.progress_state import View

_TWO_COUNTS = N_("These are two counts in a changing city, where people move in, out and about: no household is followed.")
NARROW = 700  # pixels: from here down the picture that was drawn for a phone


def opening(atlas: Atlas, language: Language, view: View) -> list[Component]:
    """The sentence to read aloud, and what it is measured from."""
    key, known = (
        view.indicator,
        [
            progress_change.doubts(language, atlas, view.indicator),
            progress_change.sure(language, atlas, view.indicator),
        ],
    )
    other = language.gettext("Another count than the one chosen here:") if key != atlas.city.baseline["indicator"] else ""
    return [
        html.P(progress_change.headline(language, atlas, key), className="headline"),
        html.Div(prose.paragraphs(*known), className="known"),
        html.P([f"{other} " if other else "", text.baseline(language, atlas)], className="baseline"),
    ]


def answers(atlas: Atlas, language: Language, view: View, reported: pd.DataFrame | None) -> Component:
    """Six questions, each with its answer in a few words and a link to the whole of it."""
    _, key = language.gettext, view.indicator
    count, share = progress_change.changes(atlas, key)
    pace, moved = progress_pace.needed(language, atlas, view)[0], progress_areas.found(atlas, key)
    planned, counted = progress_plan.plan(language, atlas, view), progress_pace.counted(language, atlas, view)
    return html.Ul(
        [
            _card(_("Where did we start?"), *_figure(language, atlas, count, share, "old"), "over-time", _("All releases")),
            _card(_("Where are we?"), *_figure(language, atlas, count, share, "new"), "over-time", _("All releases")),
            _card(_("A change, or noise?"), *_noise(language, atlas, count, share), "change", _("How sure that is")),
            _card(_("How fast must it go?"), pace or "–", [planned, *counted], "pace", _("The pace")),
            _card(
                _("Which neighborhoods moved?"),
                progress_areas.short(language, moved) if moved is not None else _("Cannot be told"),
                [progress_areas.tally(language, atlas, moved)]
                if moved is not None
                else [_("There is no later release to compare.")],
                "areas",
                _("Each of them"),
            ),
            _card(_("What was done on the ground?"), *_done(language, atlas, reported), "reported", _("What is reported")),
        ],
        className="answers",
    )


def change(atlas: Atlas, language: Language, view: View) -> Component:
    """The change with everything that limits it."""
    _, key = language.gettext, view.indicator
    count, _share = progress_change.changes(atlas, key)
    why = progress_change.why(language, count)
    said = [
        *progress_change.lines(language, atlas, key),
        f"{progress_change.verdict(language, count)}: {why[:1].lower()}{why[1:]}" if why and count["verdict"] else why,
        progress_change.sure(language, atlas, key),
        progress_change.overlap(language, count),
        progress_change.made_of(language, atlas, key),
        progress_change.left_out(language, atlas, key),
        "" if np.isnan(count["newest"]) else _(_TWO_COUNTS),
    ]
    return prose.section("change", _("Is it a change, or noise?"), [*prose.paragraphs(*said), _sources(atlas, language, key)])


def pace_in_short(atlas: Atlas, language: Language, view: View) -> str:
    """The pace in a few words, or why there is none."""
    return progress_pace.needed(language, atlas, view)[0] or progress_plan.plan(language, atlas, view)


def pace(atlas: Atlas, language: Language, view: View) -> Component:
    """What the plan needs, and how it goes as far as that can be told."""
    _, (short, needed) = language.gettext, progress_pace.needed(language, atlas, view)
    achieved = [*progress_pace.achieved(language, atlas, view), *progress_plan.targets_set(language, atlas, view)]
    how_it_goes = prose.paragraphs(*achieved)
    planned = [
        html.P(progress_plan.plan(language, atlas, view)),
        *([html.P(short, className="answer")] if short else []),
        *prose.paragraphs(*needed),
    ]
    body = [html.Div([html.Div(planned), *([html.Div(how_it_goes)] if how_it_goes else [])], className="two")]
    methods = progress_sources.how(language, _("How trend and pace are made"), "trend")
    leaned = progress_sources.fitted(atlas, view.indicator)
    source = progress_sources.paragraph(language, atlas, view.indicator, leaned, methods)
    return prose.section("pace", _("How fast must it go?"), [*body, source])


def over_time(atlas: Atlas, language: Language, view: View, reported: pd.DataFrame) -> Component:
    """The chart, its events, and the same points as a table."""
    _ = language.gettext
    asked = {"indicator": view.indicator, "lang": language.code}
    asked |= (
        {"remaining": f"{view.remaining:.0f}", "by": str(view.year)}
        if view.chosen and view.remaining is not None and view.year
        else {}
    )
    wide, narrow = (f"{progress_files.CHART}?{urlencode(asked | {'width': width})}" for width in progress_drawing.WIDTHS)
    picture = html.Picture(
        [
            html.Source(media=f"(max-width: {NARROW}px)", srcSet=narrow),
            html.Img(src=wide, alt=progress_chart.summary(language, atlas, view, reported), className="chart"),
        ]
    )
    shown = [
        html.Li([html.B(when), ": ", what, " ", html.Small(source)])
        for when, what, source in progress_chart.events(language, atlas)
    ]
    events = [html.H3(_("Events")), html.Ol(shown, className="events")] if shown else []
    save = html.A(_("Save the chart (SVG)"), href=wide, download=f"{atlas.city.slug}-{view.indicator}.svg")
    table = html.Details(
        [html.Summary(_("The same points as a table")), progress_points.table(atlas, language, view.indicator)],
        className="points-as-table",
    )
    missing = progress_points.missing(language, atlas, view.indicator)
    below = html.P([f"{missing} " if missing else "", save], className="quiet")
    return prose.section("over-time", _("Over time"), [picture, below, *events, table])


def areas(atlas: Atlas, language: Language, view: View) -> list[Component]:
    """What is said of the areas, above their table."""
    key, moved = view.indicator, progress_areas.found(atlas, view.indicator)
    said, newest = progress_areas.spread(language, atlas, key), atlas.newest(key, "area")
    held = [] if newest is None else [newest]
    if moved is None:
        none = language.gettext("There is no later release to compare, so nothing can be told of the areas' change.")
        return [*prose.paragraphs(none, *said), *([_sources(atlas, language, key, *held)] if said else [])]
    judged = [progress_areas.tally(language, atlas, moved), *progress_areas.judged(language, atlas, key, moved)]
    columns = [html.Div(prose.paragraphs(*lines)) for lines in (judged, said) if lines]
    return [html.Div(columns, className="two"), _sources(atlas, language, key, *held)]


# --- within ----------------------------------------------------------------------------------------------------------


def _card(question: str, answer: str, lines: list[str], anchor: str, more: str) -> Component:
    link = html.A(more, href=f"#{anchor}")
    body = [html.P(line, className="quiet") for line in lines if line]
    return html.Li([html.H2(question), html.P(answer, className="answer"), *body, html.P(link, className="more")])


def _figure(language: Language, atlas: Atlas, count: pd.Series, share: pd.Series, which: str) -> tuple[str, list[str]]:
    """The count at one end with its margin, and below it the share, the years and what to know of it."""
    _ = language.gettext
    if atlas.city.baseline.get("newest"):  # then there is one release to speak of, and it is where the city is
        if which == "old":
            return "–", [_("No release is chosen yet to measure from.")]
        which = "old"
    release = count["start" if which == "old" else "newest"]
    if np.isnan(release):
        return "–", [
            _("No release here gives this figure.") if which == "old" else _("No later release here gives this figure.")
        ]
    known, row = atlas.release(int(release)), atlas.total(int(release), count["indicator"])
    of = _("{share} of {universe} {of}").format(
        share=progress_change.share_of(language, share[which], share[f"{which}_moe"]),
        universe=language.number(row["universe_estimate"]),
        of=_(indicators.get(count["indicator"]).universe),
    )
    years = _("Release {release}, survey years {years}").format(release=known.release, years=text.years(known))
    notes = text.notes(language, atlas, int(row["flag"]) & progress_change.DOUBTS)
    return text.with_margin(language, count[which], count[f"{which}_moe"]), [of, years, text.capital("; ".join(notes))]


def _noise(language: Language, atlas: Atlas, count: pd.Series, share: pd.Series) -> tuple[str, list[str]]:
    """The verdict on the number; that on the share beside it where it is another; differences; why."""
    _ = language.gettext
    if count["reason"] in (Why.NO_START, Why.NO_LATER):
        return _("Cannot be told"), [_("There is no later release to compare.")]
    of, word = _(indicators.get(count["indicator"]).universe), progress_change.verdict(language, count)
    number = f"{progress_change.difference(language, count)} {of}"
    points = progress_change.difference(language, share)
    if share["verdict"] != count["verdict"]:
        points = f"{_('Share of all {of}').format(of=of)}: {progress_change.verdict(language, share)}, {points}"
    return word, [number, points, progress_change.why(language, count)]


def _done(language: Language, atlas: Atlas, reported: pd.DataFrame | None) -> tuple[str, list[str]]:
    _ = language.gettext
    marked = len(progress_chart.events(language, atlas))
    events = language.ngettext("{number} event is marked on the chart.", "{number} events are marked on the chart.", marked)
    lines = [events.format(number=marked)] if marked else []
    if reported is None:
        return _("The log cannot be read now"), lines
    if reported.empty:
        return _("Nothing reported yet"), [_("The program log holds no entry."), *lines]
    counts = progress_log.by_kind(language, reported)
    first = _("Reported by programs: {counts}").format(counts="; ".join(counts[:2]))
    rest = "; ".join(counts[2:])
    span = text.capital(progress_log.span(language, reported))
    return first, [rest, _("{span}, reported by programs and not part of any estimate.").format(span=span), *lines]


def _sources(atlas: Atlas, language: Language, key: str, *more: int) -> Component:
    """Whose figures the releases compared are, and how they are judged."""
    judged = progress_sources.how(language, language.gettext("How changes are judged"), "comparing")
    return progress_sources.paragraph(language, atlas, key, [*progress_sources.compared(atlas, key), *more], judged)
