"""The methods page: each rule in plain language, with its formula, its source, and the figures it leads to, computed live.

The texts are in ``sources_explained`` (what is counted, and by whom), ``figures_explained`` (how a figure and its margin are
made), ``findings_explained`` and ``ranks_explained`` (what may be said of it) and ``limits_explained`` (what may not); here
they become one page with a list of contents. Every section has an address of its own, such as /methods#ranks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dash import Dash, Input, Output, html
from dash.development.base_component import Component

from equity.atlas import Atlas
from equity.indicators import N_
from equity.language import Language
from equity.views import figures_explained, findings_explained, limits_explained, prose, ranks_explained, sources_explained

PATH = "/methods"

# Part of the addresses that other pages and other people link to; a section without content is left out.
SECTIONS: dict[str, tuple[str, Callable[[Atlas, Language], list[Component]]]] = {
    "counted": (N_("What is counted, and where it comes from"), sources_explained.counted),
    "margins": (N_("Margins of error"), figures_explained.margins),
    "reliability": (N_("How reliable a figure is"), figures_explained.reliability),
    "comparing": (N_("Comparing: what differs, and what is too close to call"), findings_explained.comparing),
    "ranks": (N_("Ranks and chances"), ranks_explained.ranks),
    "modelled": (N_("Modelled margins"), limits_explained.modelled),
    "trend": (N_("Trend and pace"), findings_explained.trend),
    "limits": (N_("What these figures cannot tell"), limits_explained.limits),
}

# The browser looks for the section of an address before the page is there; once it is, it is asked again. Replacing the
# address by itself moves the keyboard along, and adds nothing to the history.
_ARRIVE = """() => {
    const asked = window.location.hash;
    if (asked.length > 1) window.location.replace(asked);
    return asked;
}"""


def name(language: Language) -> str:
    """What the link in the header says."""
    return language.gettext("Methods")


def title(atlas: Atlas, language: Language) -> str:
    """What the browser's tab says."""
    return language.gettext("How the figures are made")


def layout(atlas: Atlas, language: Language, query: Mapping[str, str], told: Mapping) -> list[Component]:
    """The page; the same at every address."""
    return body(atlas, language)


def body(atlas: Atlas, language: Language) -> list[Component]:
    """Title, contents, sections."""
    _ = language.gettext
    made = {anchor: (_(heading), content(atlas, language)) for anchor, (heading, content) in SECTIONS.items()}
    made = {anchor: (heading, content) for anchor, (heading, content) in made.items() if content}
    links = [html.Li(html.A(heading, href=f"#{anchor}")) for anchor, (heading, _content) in made.items()]
    opening = html.Div(
        [
            html.H1(_("How the figures are made, and how far to trust them")),
            html.P(
                _(
                    "Every figure here is an estimate from a survey. This page says by which rules it is made, where each rule "
                    "comes from, and how certain the figures in hand are. The numbers below are computed from those figures, "
                    "with the same code as the map."
                ),
                className="lead",
            ),
        ],
        className="methods-opening",
    )
    contents = html.Nav(
        [html.H2(_("On this page")), html.Ol(links)], className="methods-contents", **{"aria-label": _("On this page")}
    )
    sections = [prose.section(anchor, heading, content) for anchor, (heading, content) in made.items()]
    return [html.Div([opening, contents, html.Div(sections, className="methods-sections")], id="methods", className="methods")]


def register(app: Dash, atlas: Atlas) -> None:
    """One callback, in the browser: to the section that the address names. Dash calls it at first only if it has an output."""
    app.clientside_callback(_ARRIVE, Output("methods", "data-section"), Input("methods", "id"))
