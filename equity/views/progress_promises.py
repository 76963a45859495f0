"""The sections of the progress page that do not follow the count chosen: promises, reports, limits, files.

Sentences and tables only; every figure is of ``equity.gap`` or of the programme log, and the two are never added up.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from dash import html
from dash.development.base_component import Component

from equity import gap, indicators
from equity.atlas import Atlas
from equity.connections import totals
from equity.language import Language
from equity.views import (
    components,
    limits_explained,
    progress_change,
    progress_files,
    progress_log,
    progress_sources,
    progress_state,
    prose,
    text,
)

MONTHS = 12  # in the table; the file has all


def promises(atlas: Atlas, language: Language, reported: pd.DataFrame | None) -> Component:
    """Broadband, devices, skills: what can be said of each."""
    _ = language.gettext
    first = _("The plan speaks of three things. They have different counts, and only some can be followed here.")
    parts = [
        (_("Broadband"), [progress_change.headline(language, atlas, indicators.DEFAULT), *_verdict(language, atlas)]),
        (_("Devices"), _devices(language, atlas)),
        (_("Skills"), _skills(language, reported)),
    ]
    measured = ((_("Broadband"), indicators.DEFAULT), (_("Devices"), "no_computer"))
    cited = {
        name: [progress_sources.paragraph(language, atlas, key, progress_sources.compared(atlas, key))]
        for name, key in measured
    }
    said = [html.Div([html.H3(name), *prose.paragraphs(*lines), *cited.get(name, [])]) for name, lines in parts]
    opening = prose.paragraphs(first) if atlas.city.has_plan else []
    return prose.section("promises", _("Broadband, devices, skills"), [*opening, html.Div(said, className="three")])


def reports(atlas: Atlas, language: Language, reported: pd.DataFrame | None) -> Component:
    """What programs report, by month, program and area; how to add some where there is nothing."""
    _, title = language.gettext, language.gettext("What was done on the ground, as programs report it")
    apart = _(
        "Programs report these numbers themselves. They have no margin of error, they count events and not households as the "
        "survey does, and they are never added to a survey estimate or taken from one."
    )
    if reported is None:
        return prose.section("reported", title, prose.paragraphs(progress_log.unread(language), apart))
    if reported.empty:
        how = _(
            "The program log holds no entry yet, and none is made up. Whoever runs this site adds them from a CSV file: the "
            "command “python -m equity connections template” prints its columns, “… import FILE” checks and writes it."
        )
        return prose.section("reported", title, prose.paragraphs(how, apart))
    tables = html.Div(_tables(atlas, language, reported), className="two")
    return prose.section("reported", title, [*prose.paragraphs(apart), tables])


def limits(atlas: Atlas, language: Language) -> Component:
    """What none of this can tell."""
    _ = language.gettext
    told = [
        *limits_explained.asked(atlas, language),
        (
            _("Who is not counted"),
            _("Occupied homes alone are counted: no dormitories, prisons or nursing homes, nobody without a home."),
        ),
        (_("Releases that overlap"), _overlap(atlas, language)),
        (_("How it was asked"), limits_explained.worded(atlas, language)),
        *limits_explained.pandemic(atlas, language),
        (
            _("What became of a household"),
            _(
                "These are counts of two moments. A lower count does not mean that the households counted before got a "
                "subscription: some moved, some are new, some are not there any more."
            ),
        ),
        (
            _("What made it change"),
            _("Events and reports stand on the same axis of time. That one came after another proves no cause."),
        ),
    ]
    more = html.A(_("All limits, with sources"), href=components.in_language("/methods", language, "limits"))
    return prose.section("limits", _("What this can't tell you"), [prose.words(*told), html.P(more, className="quiet")])


def downloads(atlas: Atlas, language: Language, reported: pd.DataFrame | None) -> Component:
    """The files behind the page."""
    _ = language.gettext
    labels = {
        "points": (_("Points over time (CSV)"), _("About the points")),
        "areas": (_("Change of each area (CSV)"), _("About the areas' change")),
        "log": (_("Reports by month, program and area (CSV)"), _("About the reports")),
    }
    links = []
    for kind, (name, about) in labels.items():
        if kind == "log" and (reported is None or reported.empty):
            continue
        file, text_of = (progress_files.address(atlas, kind, suffix) for suffix in ("csv", "about"))
        links += [
            html.Li(html.A(name, href=file)),
            html.Li(html.A(about, href=f"{text_of}?lang={language.code}", className="about")),
        ]
    opening = _(
        "The points, the areas' change and the reports, with margins, or the reason where one is missing. Of which counts, and "
        "what each column holds, stands in the text beside the file. What is worked out from them above (pace, line, half of "
        "the count, quotes) is not in the files."
    )
    return prose.section("files", _("Take the figures with you"), [html.P(opening), html.Ul(links, className="downloads")])


# --- within ----------------------------------------------------------------------------------------------------------


def _verdict(language: Language, atlas: Atlas) -> list[str]:
    count, _share = progress_change.changes(atlas, indicators.DEFAULT)
    return [] if np.isnan(count["newest"]) else [progress_change.why(language, count)]


def _devices(language: Language, atlas: Atlas) -> list[str]:
    """The households without a computer: the count, and why no change of it can be told where none can."""
    change = gap.devices(atlas, "estimate")
    if not atlas.newest(change["indicator"]):
        return [language.gettext("No release here gives this figure.")]
    why = [] if np.isnan(change["newest"]) else [progress_change.why(language, change)]
    doubts = progress_change.doubts(language, atlas, change["indicator"])
    said = [progress_change.headline(language, atlas, change["indicator"]), doubts, *why]
    printed = gap.printed(atlas, progress_state.told(atlas), change["indicator"], atlas.city.baseline["release"])
    if printed is not None and printed.note:
        said.append(f"{text.local(language, printed.note)} ({printed.source})")
    return [line for line in said if line]


def _skills(language: Language, reported: pd.DataFrame | None) -> list[str]:
    """No survey asks; what programs report of training stands instead."""
    said = [
        language.gettext("No survey asks about digital skills by city or neighborhood, so there is no figure and no margin.")
    ]
    if reported is None:
        return [*said, progress_log.unread(language)]
    trained = reported[reported["kind"] == "person_trained"]
    if trained.empty:
        return [*said, language.gettext("Programs have reported no training here yet.")]
    told = language.gettext("Instead, as programs report: {number} people trained, {span}.")
    number = language.number(totals.totals(trained, "kind")["reported"].sum())
    return [*said, told.format(number=number, span=progress_log.span(language, trained))]


def _tables(atlas: Atlas, language: Language, reported: pd.DataFrame) -> list[Component]:
    """By month, program and area, each with a column a kind."""
    _ = language.gettext
    kinds = [kind for kind in progress_log.KINDS if kind in set(reported["kind"])]
    named = {
        "month": (_("By month"), _("Month"), lambda row: text.month(language, row)),
        "programme": (_("By program"), _("Program"), str),
        "area": (
            text.capital(_("By {area}").format(**text.nouns(language, atlas.city))),
            _("Place"),
            lambda row: row or _("citywide"),
        ),
    }
    made = []
    for by, (caption, head, name) in named.items():
        found = totals.totals(reported, by)
        column = "area_name" if by == "area" else by
        wide = found.pivot_table(index=column, columns="kind", values="reported", aggfunc="sum", sort=False)
        if by == "month":
            wide = wide.sort_index(ascending=False).head(MONTHS)
            caption = (
                _("By month, the newest first")
                if len(wide) == found["month"].nunique()
                else _("The newest {months} months").format(months=MONTHS)
            )
        rows = [(name(place), *prose.counts(language, wide.loc[place].reindex(kinds))) for place in wide.index]
        made.append(prose.table(caption, [head, *(progress_log.kind(language, kind) for kind in kinds)], rows))
    return made


def _overlap(atlas: Atlas, language: Language) -> str:
    start = atlas.city.baseline["release"]
    said = language.gettext(
        "A release is an average of five years, and two that are less than five years apart share some of them: what happened "
        "lately shows late and dampened. The first release that shares no year with {start} is {first}."
    )
    given = gap.points(atlas, indicators.DEFAULT).query("series == 'summed'").dropna(subset=["estimate"])
    newest = given["release"].max()
    apart = given[(given["release"] <= newest - 5) & (given["wording"] != "clean")]["release"]
    told = language.gettext(
        "Releases {old} and {new} share none, but {old} mixes two wordings of the question, so no change is measured there."
    )
    return " ".join([said.format(start=start, first=start + 5), *(told.format(old=old, new=newest) for old in apart.tail(1))])
