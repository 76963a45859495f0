"""Pages, from an atlas. The only room that imports Dash; it computes no figure and reads no file of figures.

``create_app(atlas)`` makes one independent application: pages are registered in it, never at import, so two can live in
one process and a test can make its own. Every page is a module of ``views/pages`` with ``PATH``, ``name(language)``,
``title(atlas, language)``, ``layout(atlas, language, query, told)`` and ``register(app, atlas)``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import parse_qsl

import dash
import flask
from dash import Input, Output, State, dcc, html

from equity import language as languages
from equity.atlas import Atlas
from equity.language import Language
from equity.views import browser, components, downloads, payload, security, standing, state, table
from equity.views.delivery import Delivery
from equity.views.pages import map as map_page
from equity.views.pages import methods, progress

PAGES = (map_page, progress, methods)
ASSETS = Path(__file__).resolve().parents[2] / "assets"


class EquityDash(dash.Dash):
    """Dash with a page that says its language, its title and the files it will need from the first byte."""

    preload: Callable[[Language, Mapping[str, str]], list[str]] = staticmethod(lambda language, query: [])
    titled: Callable[[str, Language], str] = staticmethod(lambda path, language: "")

    def interpolate_index(self, **parts: str) -> str:
        """The index page of Dash, in the language of this request."""
        spoken = request_language(flask.request.args.get("lang"))
        parts["title"] = self.titled(flask.request.path, spoken)
        files = self.preload(spoken, flask.request.args) if flask.request.path == map_page.PATH else []
        parts["css"] += "".join(f'<link rel="preload" as="fetch" crossorigin href="{url}">' for url in files)
        if files:  # the part of dash-leaflet that it would ask for only once the map is on the page
            url = f"{self.config.requests_pathname_prefix}_dash-component-suites/dash_leaflet/async-GeoJSON.js"
            parts["css"] += f'<link rel="preload" as="script" href="{url}">'
        page = super().interpolate_index(**parts)
        return page.replace("{lang}", spoken.code).replace("{noscript}", spoken.gettext("This page needs JavaScript."))


def create_app(atlas: Atlas) -> dash.Dash:
    """The application over one atlas; ``app.server`` is what a WSGI server runs."""
    app = EquityDash(
        "equity",
        assets_folder=str(ASSETS),
        title=atlas.city.name,
        update_title=None,
        suppress_callback_exceptions=True,  # the ids of a page exist only while it is shown
        enable_mcp=False,
        health_endpoint="health",
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
        index_string=components.INDEX,
    )
    delivery = Delivery(app.server)
    files = publish_files(delivery, atlas)
    # The same for every visitor of a language, and not quick to make.
    files["table"] = table.script(app)
    told = functools.cache(lambda code: browser.config(atlas, languages.load(code), files))
    told(languages.DEFAULT)
    by_path = {page.PATH: page for page in PAGES}
    app.preload = lambda language, query: first_files(files, state.read(atlas, language, query), atlas)
    app.titled = functools.partial(page_title, atlas)
    app.layout = html.Div([dcc.Location(id="url", refresh=False), html.Div(id="page")])

    @app.callback(Output("page", "children"), Input("url", "pathname"), State("url", "search"))
    def show_page(pathname: str, search: str):
        """The page an address asks for, as the address asks for it.

        The search is a State: the page's script rewrites it at every choice, and that must not build the page anew.
        """
        query = dict(parse_qsl((search or "").removeprefix("?")))
        spoken = request_language(query.get("lang"))
        page = by_path.get(pathname)
        content = components.not_found(spoken) if page is None else page.layout(atlas, spoken, query, told(spoken.code))
        return components.frame(atlas, spoken, content, pathname, query, PAGES)

    for page in PAGES:
        page.register(app, atlas)
    downloads.register(app.server, atlas)
    standing.register(app.server, atlas)
    _refuse_unknown_paths(app.server, set(by_path))
    security.protect(app)
    return app


def publish_files(delivery: Delivery, atlas: Atlas) -> dict:
    """Everything the browser fetches for itself: {"figures": {"area" or "tract-<release>": URL}, "outlines": {name: URL}}."""
    figures = {
        name: delivery.publish(f"figures-{name}", payload.as_json(content), "application/json")
        for name, content in payload.files(atlas).items()
    }
    outlines = {
        path.stem: delivery.publish(f"outline-{path.stem}", path, "application/json")
        for path in sorted((atlas.city.folder / "outlines").glob("*.json"))
    }
    return {"figures": figures, "outlines": outlines}


def first_files(files: Mapping, view: state.State, atlas: Atlas) -> list[str]:
    """The figures and the outlines a view begins with: the browser fetches them while the scripts are still on their way."""
    vintage = atlas.release(view.release).tract_vintage
    figures, outline = ("area", "area") if view.level == "area" else (f"tract-{view.release}", f"tract-{vintage}")
    return [files["figures"][figures], files["outlines"][outline]]


def request_language(asked: str | None) -> Language:
    """The language of this request: what the link asks for, else what the browser prefers."""
    accepted = [tag for tag, _quality in flask.request.accept_languages]
    return languages.load(languages.choose(asked, accepted))


def page_title(atlas: Atlas, path: str, language: Language) -> str:
    """What the browser's tab says."""
    page = next((page for page in PAGES if path == page.PATH), None)
    return language.gettext("Page not found") if page is None else page.title(atlas, language)


def _refuse_unknown_paths(server: flask.Flask, known: set[str]) -> None:
    """An address that is no page answers 404, with the page that says so; Dash alone would answer 200."""

    @server.after_request
    def by_language(response: flask.Response) -> flask.Response:
        """The page is written in the language the browser asks for: a shared cache must keep one for each."""
        if response.mimetype == "text/html":
            response.vary.add("Accept-Language")
        return response

    @server.after_request
    def not_found(response: flask.Response) -> flask.Response:
        rule = flask.request.url_rule
        if response.status_code == 200 and rule is not None and rule.rule == "/<path:path>" and flask.request.path not in known:
            response.status_code = 404
        return response
