"""The progress page: where the city started, where it is, whether that is a change or noise, and how fast it must go.

The page is laid out here, in the view its address asks for. A change of a control asks the server once, for the sections that
follow it; ``assets/equity_progress.js`` keeps the address in step and fetches the table's code when a reader comes near it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_bootstrap_components as dbc
import pandas as pd
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from equity import gap, indicators
from equity import language as languages
from equity.atlas import Atlas
from equity.language import Language
from equity.views import (
    components,
    progress_areas,
    progress_files,
    progress_grid,
    progress_log,
    progress_promises,
    progress_quotes,
    progress_sections,
    progress_sources,
    progress_state,
)
from equity.views.progress_state import View

PATH = "/progress"


def title(atlas: Atlas, language: Language) -> str:
    """What the browser's tab says."""
    if atlas.city.has_plan:
        return language.gettext("Progress since the {printed}").format(printed=atlas.city.baseline["printed"])
    return language.gettext("Change over time in {city}").format(city=atlas.city.name)


def name(language: Language) -> str:
    """What a link to this page says."""
    return language.gettext("Progress")


def layout(atlas: Atlas, language: Language, query: Mapping[str, str], told: Mapping) -> list[Component]:
    """The page as the address asks for it; ``told`` names the file of the table's code."""
    view = progress_state.read(atlas, language, query)
    return body(atlas, language, view, progress_log.entries(atlas), told["files"]["table"])


def body(atlas: Atlas, language: Language, view: View, reported: pd.DataFrame | None, script: str) -> list[Component]:
    """The page showing ``view``; ``reported`` are the entries of the programme log, ``script`` the table's code."""
    _, rows = language.gettext, progress_areas.rows(language, atlas, view.indicator)
    return [
        dcc.Store(id="progress-told", data={"lang": language.code, "script": script}),
        dcc.Store(id="progress-address", data=progress_state.address(PATH, view)),
        dcc.Store(id="progress-rows", data=rows),
        dcc.Store(id="progress-table-ready"),
        html.Div(_notices(view), id="progress-notices", role="status", className="notices"),
        html.Div(
            [
                html.H1(title(atlas, language)),
                html.Div(
                    progress_sections.opening(atlas, language, view),
                    id="progress-opening",
                    className="opening",
                    **{"aria-live": "polite"},
                ),
            ],
            className="progress-opening",
        ),
        _controls(atlas, language, view),
        html.Div(_following(atlas, language, view, reported), id="progress-view", className="progress-view"),
        html.Section(
            [
                html.H2(_("Which neighborhoods moved?"), id="areas-title"),
                html.Div(progress_sections.areas(atlas, language, view), id="progress-areas"),
                html.P(progress_areas.columns(language, atlas), className="quiet columns-explained"),
                html.Div(
                    html.P(_("Loading…"), className="quiet") if rows else [], id="progress-table", className=_holder(rows)
                ),
            ],
            id="areas",
            className="table-panel",
            **{"aria-labelledby": "areas-title"},
        ),
        progress_promises.promises(atlas, language, reported),
        progress_promises.reports(atlas, language, reported),
        progress_quotes.certification(atlas, language),
        progress_promises.limits(atlas, language),
        progress_sources.section(atlas, language),
        progress_promises.downloads(atlas, language, reported),
    ]


def register(app: Dash, atlas: Atlas) -> None:
    """The files of the page, one callback on the server for a change of a control, one for the table, two in the browser."""
    for read in (progress_state.told, progress_state.events):
        read(atlas)  # a bad row is told at the start, not to a visitor
    for what in progress_state.offered(atlas):
        gap.points(atlas, what.key)  # kept: single years are read from disk here, and no file while serving
    progress_files.register(app.server, atlas)

    @app.callback(
        Output("progress-opening", "children"),
        Output("progress-view", "children"),
        Output("progress-areas", "children"),
        Output("progress-rows", "data"),
        Output("progress-notices", "children"),
        Output("progress-remaining-problem", "children"),
        Output("progress-by-problem", "children"),
        Output("progress-remaining", "placeholder"),
        Output("progress-by", "placeholder"),
        Output("progress-status", "children"),
        Output("progress-address", "data"),
        Input("progress-indicator", "value"),
        Input("progress-remaining", "value"),
        Input("progress-by", "value"),
        State("progress-told", "data"),
        prevent_initial_call=True,
    )
    def follow(indicator: Any, remaining: Any, by: Any, told: Any) -> tuple:
        """The sections that a change of a control changes."""
        language = _spoken(told)
        asked = {"indicator": indicator, "remaining": remaining, "by": by}
        view = progress_state.read(atlas, language, {name: value for name, value in asked.items() if isinstance(value, str)})
        return (
            progress_sections.opening(atlas, language, view),
            _following(atlas, language, view, progress_log.entries(atlas)),
            progress_sections.areas(atlas, language, view),
            progress_areas.rows(language, atlas, view.indicator),
            _notices(view),
            view.problems.get("remaining", ""),
            view.problems.get("by", ""),
            *_placeholders(atlas, language, view),
            _status(atlas, language, view),
            progress_state.address(PATH, view),
        )

    @app.callback(
        Output("progress-table", "children"),
        Output("progress-table", "className"),
        Input("progress-table-ready", "data"),
        Input("progress-rows", "data"),
        State("progress-told", "data"),
        prevent_initial_call=True,
    )
    def the_table(ready: Any, rows: Any, told: Any) -> Any:
        """The grid, once its code is there; none where there is no row."""
        rows = rows if isinstance(rows, list) else []
        return (progress_grid.grid(_spoken(told), rows) if ready and rows else no_update if rows else []), _holder(rows)

    app.clientside_callback(
        ClientsideFunction("equity_progress", "writeAddress"),
        Output("progress-view", "data-address"),
        Input("progress-address", "data"),
    )
    app.clientside_callback(
        ClientsideFunction("equity_progress", "begin"), Output("progress-table-ready", "data"), Input("progress-told", "data")
    )


# --- within ----------------------------------------------------------------------------------------------------------


def _controls(atlas: Atlas, language: Language, view: View) -> Component:
    """What is counted, and a plan to try out."""
    _ = language.gettext
    options = [{"value": what.key, "label": _(what.label)} for what in progress_state.offered(atlas)]
    what = dbc.Select(id="progress-indicator", options=options, value=view.indicator)
    hints = dict(zip(progress_state.FIELDS, _placeholders(atlas, language, view), strict=True))
    fields = []
    for field, label in progress_state.FIELDS.items():
        box, problem = f"progress-{field}", f"progress-{field}-problem"
        entry = dbc.Input(
            id=box,
            type="text",
            inputMode="numeric",
            autoComplete="off",
            debounce=True,
            placeholder=hints[field],
            value=view.typed[field],
        )
        said = html.P(view.problems.get(field, ""), id=problem, className="problem", role="status", **{"data-describes": box})
        fields.append(html.Div([html.Label(_(label), htmlFor=box), entry, said], className="field"))
    return html.Section(
        [
            components.field(_("What is counted"), what, "progress-indicator"),
            *fields,
            html.P(_status(atlas, language, view), id="progress-status", className="quiet", role="status"),
        ],
        className="controls",
        **{"aria-label": _("What to show, and a plan to try out")},
    )


def _status(atlas: Atlas, language: Language, view: View) -> str:
    """What a change of a control changed, in a line to be read out."""
    label = language.gettext(indicators.get(view.indicator).label)
    return f"{label}: {progress_sections.pace_in_short(atlas, language, view)}"


def _following(atlas: Atlas, language: Language, view: View, reported: pd.DataFrame | None) -> list[Component]:
    noted = progress_log.none() if reported is None else reported
    beside = [progress_sections.over_time(atlas, language, view, noted), progress_sections.change(atlas, language, view)]
    return [
        progress_sections.answers(atlas, language, view, reported),
        html.Div(beside, className="chart-and-change"),
        progress_sections.pace(atlas, language, view),
    ]


def _placeholders(atlas: Atlas, language: Language, view: View) -> list[str]:
    """What stands in an empty field: what is planned for as long as nothing else is asked."""
    _target, count, year = progress_state.planned(atlas, view.indicator)
    return ["" if count is None else language.number(count), str(year)]


def _holder(rows: list[dict]) -> str:
    """The class of the table's place: as high as its rows where they are few."""
    return "table-holder" + (" of-few" if len(rows) <= progress_grid.FEW_ROWS else "")


def _notices(view: View) -> list[Component]:
    return [html.P(notice) for notice in view.notices]


def _spoken(told: Any) -> Language:
    """The language of the page that a callback answers."""
    asked = told.get("lang") if isinstance(told, dict) else None
    return languages.load(languages.choose(asked, []))
