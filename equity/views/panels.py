"""The panels of the map page, one function each: what is on the page before the browser fills it in. Computes no figure.

The ids are what ``assets/equity_page.js`` writes into, and what the callbacks in ``pages/map.py`` listen to.
"""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from equity import indicators
from equity.atlas import Atlas
from equity.language import Language
from equity.views import browser, components, releases, state, text


def headline(atlas: Atlas, language: Language) -> Component:
    """One true sentence, the baseline beside it, and quietly: definition, release, source."""
    _ = language.gettext
    return html.Section(
        [
            html.H1(_("Which {city} neighborhoods are least connected?").format(city=atlas.city.name), id="map-title"),
            html.P(id="headline", className="headline", **{"aria-live": "polite"}),
            html.P(
                [
                    text.baseline(language, atlas),
                    " ",
                    html.Span(id="city-change"),
                    " ",
                    html.A(_("How far, how fast, where"), href=components.in_language("/progress", language)),
                ],
                className="baseline",
            ),
            html.P(
                [
                    html.Span(id="release-line"),
                    " ",
                    html.Span(_methods(language, "modelled", _("How margins are modelled")), id="modelled-link", hidden=True),
                ],
                className="quiet release-line",
            ),
            *_by_land(atlas, language),
        ],
        className="headline-panel",
    )


def _by_land(atlas: Atlas, language: Language) -> list[Component]:
    """Said where the figures are read, not only below them: weights that stand in for households nobody counted."""
    if not any(told.get("weights") == "land" for told in atlas.weights.values()):
        return []
    return [html.P(text.by_land(language, atlas.city), className="by-land")]


def controls(atlas: Atlas, language: Language, view: state.State) -> Component:
    """What to show: five native controls."""
    _ = language.gettext
    given = [what for what in indicators.REGISTRY if atlas.newest(what.key)]
    options = [{"value": what.key, "label": _(what.label)} for what in given]
    offered = [
        {"value": str(release), "label": browser.release_label(language, atlas, release), "disabled": not given}
        for release in atlas.releases
        for given in [atlas.gives(view.level, release, view.indicator)]
    ]
    levels = [{"value": key, "label": label} for key, label in state.levels(atlas, language).items()]
    typed = _("Type a name or a side of the city") if len(atlas.city.sides) > 1 else _("Type a name")
    measures = [{"value": key, "label": _(label)} for key, label in state.MEASURES.items()]
    return html.Section(
        [
            components.field(
                _("What is counted"), dbc.Select(id="indicator", options=options, value=view.indicator), "indicator"
            ),
            components.field(_("Release"), dbc.Select(id="release", options=offered, value=str(view.release)), "release"),
            components.field(_("Places"), dbc.Select(id="level", options=levels, value=view.level), "level"),
            components.field(_("Show as"), dbc.Select(id="measure", options=measures, value=view.measure), "measure"),
            html.Div(
                [
                    html.Label(_("Filter by neighborhood"), htmlFor="area-search"),
                    dbc.Input(
                        id="area-search",
                        type="text",
                        list="area-names",
                        autoComplete="off",
                        placeholder=typed,
                        value="",
                    ),
                    html.Datalist([html.Option(value=name) for name in browser.choices(atlas, language)], id="area-names"),
                ],
                className="field field-wide",
            ),
            html.P(id="area-message", className="area-message", role="status"),
            html.Ul(id="chips", className="chips", **{"aria-label": _("Chosen neighborhoods")}),
        ],
        className="controls",
        **{"aria-label": _("What to show")},
    )


def side_panel(language: Language) -> Component:
    """Details of the chosen place, and the ranking."""
    _ = language.gettext
    return html.Div(
        [
            html.Section(id="place-card", className="place-card", hidden=True, **{"aria-live": "polite"}),
            html.Section(
                [
                    html.H2(id="ranking-title"),
                    html.P(id="ranking-note", className="quiet"),
                    html.P(_methods(language, "ranks", _("How sure is the order?")), className="quiet"),
                    html.P(_("Chance of the ten"), id="ranking-head", className="quiet ranking-head", hidden=True),
                    html.Ol(id="ranking", className="ranking"),
                    html.P(id="ranking-rest", className="quiet"),
                ],
                className="ranking-panel",
                **{"aria-labelledby": "ranking-title"},
            ),
        ],
        className="side-panel",
    )


def _methods(language: Language, section: str, said: str) -> Component:
    """A link to a section of the page about methods."""
    return html.A(said, href=components.in_language("/methods", language, section))


def table(language: Language) -> Component:
    """The place of the table; the grid itself comes when the map is painted (views/table.py)."""
    _ = language.gettext
    loading = html.P(_("Loading…"), className="quiet")
    return html.Section(
        [
            html.H2(_("The same view as a table"), id="table-title"),
            html.P(id="table-caption", className="quiet"),
            html.Div(loading, id="table-holder", className="table-holder"),
        ],
        className="table-panel",
        **{"aria-labelledby": "table-title"},
    )


def downloads(atlas: Atlas, language: Language) -> Component:
    """Links to the files of this view; the page's script keeps their addresses up to date."""
    _, nouns = language.gettext, text.nouns(language, atlas.city)
    pairs = (
        ("download-tracts", _("Census tracts (CSV)"), _("About the tract file")),
        (
            "download-areas",
            text.capital(_("{areas} (CSV)").format(**nouns)),
            _("About the file of {areas}").format(**nouns),
        ),
        ("download-comparisons", _("Ranks and changes (CSV)"), _("About the ranks and changes")),
    )
    return html.Section(
        [
            html.H2(_("Take the figures with you")),
            html.P(
                _(
                    "All indicators of the release and places shown, with margins and flags; every column is explained in the "
                    "text beside it."
                )
            ),
            html.Ul(
                [
                    html.Li([html.A(file, id=link, href="#"), html.A(about, id=f"{link}-about", href="#")])
                    for link, file, about in pairs
                ],
                className="downloads",
            ),
            html.P(id="download-note", className="quiet"),
        ],
        className="download-panel",
    )


def how_to_read(atlas: Atlas, language: Language) -> Component:
    """What the count is, and what it cannot tell."""
    _ = language.gettext
    return html.Section(
        [
            html.H2(_("What these numbers mean")),
            html.P(id="definition"),
            html.P(_methods(language, "margins", _("How margins, ranks and verdicts are made"))),
            html.Ul(
                [
                    *map(html.Li, _answered(atlas, language)),
                    html.Li(_("Of households, occupied homes alone are counted: no dormitories, prisons or nursing homes.")),
                    html.Li(
                        _(
                            "These are counts of two moments in a changing city: a lower count does not mean that the "
                            "households counted before were connected."
                        )
                    ),
                    html.Li(releases.wording(language, atlas)),
                ]
            ),
            html.P(id="source", className="quiet"),
        ],
        className="reading-panel",
    )


def _answered(atlas: Atlas, language: Language) -> list[str]:
    """Two answers that the count takes in or leaves out, with how many gave them; each where its count is in hand."""
    _, said = language.gettext, atlas.city.baseline
    unpaid, cellular = (
        text.count_or_reason(language, atlas, atlas.total(said["release"], key)) for key in ("unpaid_access", "cellular_only")
    )
    if atlas.city.has_plan:
        paid = _("{count} households of the {printed} answered that they have access without paying for it.")
    else:
        paid = _("In release {release} {count} households answered that they have access without paying for it.")
    only = _("In release {release} {count} connected households had only a cellular data plan.")
    told = ((paid, unpaid), (only, cellular))
    return [
        sentence.format(count=count, release=said["release"], printed=said.get("printed")) for sentence, count in told if count
    ]
