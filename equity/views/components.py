"""The frame around every page, and the small parts pages share. Knows no figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import ModuleType
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from equity import language as languages
from equity.atlas import Atlas
from equity.language import Language
from equity.views import credits, text

# Part of the page: an icon that is a file is asked for again whenever the page's script changes the address.
ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='6' "
    "fill='%23541f5c'/%3E%3Cpath d='M7 24v-5M13 24v-9M19 24V11M25 24V7' stroke='%23fff' stroke-width='3.4' "
    "stroke-linecap='round'/%3E%3C/svg%3E"
)

# {%...%} is Dash's, {lang} and {noscript} are filled for each request.
INDEX = """<!DOCTYPE html>
<html lang="{lang}">
<head>
{%metas%}
<title>{%title%}</title>
<link rel="icon" href="{icon}">
{%css%}
</head>
<body>
<noscript>{noscript}</noscript>
{%app_entry%}
{%config%}
{%scripts%}
{%renderer%}
</body>
</html>""".replace("{icon}", ICON)


def frame(
    atlas: Atlas,
    language: Language,
    content: list[Component],
    path: str,
    query: Mapping[str, str],
    pages: Iterable[ModuleType] = (),
) -> list[Component]:
    """Skip link, header with a link to each of ``pages``, the page in its ``main``, footer."""
    _ = language.gettext
    links = _page_links(language, path, query, pages)
    return [
        html.A(_("Skip to the content"), href="#content", className="skip-link"),
        html.Header(
            [
                html.A(_("{city}, connected?").format(city=atlas.city.name), href=_address("/", query), className="site-name"),
                html.Nav(html.Ul(links), className="page-links", **{"aria-label": _("Pages")}),
                html.Nav(_language_links(language, path, query), **{"aria-label": _("Language")}),
            ],
            className="site-header",
        ),
        *_standby(atlas, language),
        html.Main(content, id="content", tabIndex="-1"),
        html.Footer(footer(atlas, language), className="site-footer"),
    ]


def _standby(atlas: Atlas, language: Language) -> list[Component]:
    """Said on every page when the newest set of figures is damaged and the last good one stands in."""
    if atlas.standby is None:
        return []
    said = language.gettext(
        "The newest figures on this server are damaged. These are the last good ones, of {day}; whoever runs this site should "
        "refresh them."
    )
    return [html.P(said.format(day=language.date(atlas.standby)), className="standby", role="alert")]


def footer(atlas: Atlas, language: Language) -> list[Component]:
    """Where everything comes from, and where to say that it is wrong."""
    _ = language.gettext
    return [
        html.P(credits.of_everything(language, atlas)),
        html.P(_report(_("Margins are 90% margins of error. Found an error? {report}"), atlas, language)),
    ]


def _report(sentence: str, atlas: Atlas, language: Language) -> str | list[Component | str]:
    """What city.toml says of reporting an error, in its sentence; as a link where it gives an address."""
    contact = atlas.city.contact
    said = text.capital(text.local(language, contact["report"]))
    if "address" not in contact:
        return sentence.format(report=f"{said}.")
    before, after = sentence.split("{report}")
    return [before, html.A(said, href=contact["address"]), f".{after}"]


def not_found(language: Language) -> list[Component]:
    """What an address that is no page shows."""
    _ = language.gettext
    return [
        html.H1(_("Page not found")),
        html.P([_("There is no page at this address."), " ", html.A(_("Go to the map"), href=_home(language))]),
    ]


def field(label: str, control: Component, control_id: str) -> Component:
    """A control under its label."""
    return html.Div([html.Label(label, htmlFor=control_id), control], className="field")


def _home(language: Language) -> str:
    return in_language("/", language)


def in_language(path: str, language: Language, anchor: str = "") -> str:
    """A link inside the site for a reader of this language, to a section of a page if asked."""
    return path + ("" if language.code == languages.DEFAULT else f"?lang={language.code}") + (f"#{anchor}" if anchor else "")


def _address(path: str, query: Mapping[str, str]) -> str:
    """A page as a link: the language that the reader asked for goes along; what the browser prefers needs no asking."""
    asked = query.get("lang")
    return f"{path}?lang={asked}" if asked in languages.NAMES else path


def _page_links(language: Language, path: str, query: Mapping[str, str], pages: Iterable[ModuleType]) -> list[Component]:
    """A plain link to each page: a new page comes with its own title, and Back works as on any site."""
    here = {"aria-current": "page"}
    return [
        html.Li(html.A(page.name(language), href=_address(page.PATH, query), **(here if path == page.PATH else {})))
        for page in pages
    ]


def _language_links(language: Language, path: str, query: Mapping[str, str]) -> list[Component]:
    """A link to this very view in each other language; the page's script keeps its address up to date."""
    return [
        html.A(
            name,
            href=f"{path or '/'}?{urlencode({**query, 'lang': code})}",
            lang=code,
            hrefLang=code,
            className="language-link",
            **{"data-lang": code},
        )
        for code, name in languages.NAMES.items()
        if code != language.code
    ]
