"""The map page: the headline, the map with its ranking and table, and the files behind them.

The page is laid out here, in the view its address asks for. After that the browser keeps it: every change of indicator,
release, level, measure or place is answered by ``assets/equity_page.js`` from figures it has already, and only a new choice
of neighborhoods asks the server, for the sentences about that choice.
"""

from __future__ import annotations

from collections.abc import Mapping

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from equity import language as languages
from equity.atlas import Atlas
from equity.language import Language
from equity.views import browser, panels, state, table
from equity.views.map import map_component

PATH = "/"


def title(atlas: Atlas, language: Language) -> str:
    """What the browser's tab says."""
    return language.gettext("{city}'s least-connected neighborhoods").format(city=atlas.city.name)


def name(language: Language) -> str:
    """What a link to this page says."""
    return language.gettext("Map")


def layout(atlas: Atlas, language: Language, query: Mapping[str, str], told: Mapping) -> list[Component]:
    """The page as the address asks for it; ``told`` is ``browser.config`` in this language."""
    return body(atlas, language, state.read(atlas, language, query), told)


def body(atlas: Atlas, language: Language, view: state.State, told: Mapping) -> list[Component]:
    """The page showing ``view``."""
    return [
        dcc.Store(id="config", data=told),
        dcc.Store(id="areas", data=list(view.areas)),
        dcc.Store(id="totals", data=_chosen(atlas, language, list(view.areas))),
        dcc.Store(id="selected-place", data={"id": view.place}),
        dcc.Store(id="rows"),
        dcc.Store(id="table-script-loaded"),
        html.Div([html.P(notice) for notice in view.notices], id="notices", role="status", className="notices"),
        panels.headline(atlas, language),
        panels.controls(atlas, language, view),
        html.Div(
            [
                html.Section(
                    [
                        html.Div(id="legend", className="legend"),
                        map_component(
                            tuple(atlas.city.map["centre"]),
                            atlas.city.map["zoom"],
                            tuple(map(tuple, atlas.city.map["bounds"])),
                            told["files"]["outlines"],
                            browser.map_labels(atlas, language),
                        ),
                    ],
                    className="map-panel",
                    **{"aria-labelledby": "map-title"},
                ),
                panels.side_panel(language),
            ],
            className="map-and-ranking",
        ),
        panels.table(language),
        panels.downloads(atlas, language),
        panels.how_to_read(atlas, language),
    ]


def register(app: Dash, atlas: Atlas) -> None:
    """The callbacks of the page: three in the browser, two on the server."""
    app.clientside_callback(
        ClientsideFunction("equity", "addArea"),
        Output("areas", "data"),
        Output("area-search", "value"),
        Output("area-message", "children"),
        Input("area-search", "value"),
        Input("area-search", "n_submit"),
        Input("area-search", "n_blur"),
        State("areas", "data"),
        State("config", "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("equity", "show"),
        Output("headline", "children"),
        Output("release-line", "children"),
        Output("definition", "children"),
        Output("source", "children"),
        Output("rows", "data"),
        # A release that lacks the indicator is replaced here, in the same step: Dash does not call again for its own output.
        Output("release", "options"),
        Output("release", "value"),
        Output("notices", "children"),
        Input("indicator", "value"),
        Input("release", "value"),
        Input("level", "value"),
        Input("measure", "value"),
        Input("areas", "data"),
        Input("totals", "data"),
        Input("selected-place", "data"),
        State("config", "data"),
    )

    # The grid arrives after the map (views/table.py); these rows wait for it.
    app.clientside_callback(ClientsideFunction("equity", "tableRows"), Output("table", "rowData"), Input("rows", "data"))

    @app.callback(
        Output("table-holder", "children"),
        Input("table-script-loaded", "data"),
        State("config", "data"),
        prevent_initial_call=True,
    )
    def the_grid(loaded: bool, config: dict) -> Component:
        """The table, now that its code is there."""
        return table.grid(_spoken(config))

    @app.callback(Output("totals", "data"), Input("areas", "data"), State("config", "data"), prevent_initial_call=True)
    def chosen_places(tokens: list[str], config: dict) -> dict | None:
        """The sentences about a choice of neighborhoods."""
        return _chosen(atlas, _spoken(config), [token for token in tokens or [] if isinstance(token, str)])


def _chosen(atlas: Atlas, language: Language, tokens: list[str]) -> dict | None:
    """Area ids and side keys -> {"tokens", "headlines"}; None for no choice: the page has the city's sentences already."""
    return {"tokens": tokens, "headlines": browser.headlines(atlas, language, tokens)} if atlas.expand(tokens) else None


def _spoken(config: dict | None) -> Language:
    """The language of the page that a callback answers."""
    return languages.load(languages.choose((config or {}).get("lang"), []))
