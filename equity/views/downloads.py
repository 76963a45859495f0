"""Files to take away, over HTTP. Chooses the file a link asks for; shapes and figures are made in ``exports``."""

from __future__ import annotations

import flask

from equity import exports
from equity import language as languages
from equity.atlas import Atlas
from equity.errors import UsageError
from equity.language import Language
from equity.views import companion


def register(server: flask.Flask, atlas: Atlas) -> None:
    """``/download/<file>``: tracts, areas (both wide) and comparisons of a release as CSV, and the text that goes with each."""

    @server.get("/download/<name>")
    def download(name: str):
        known = {file_name(atlas, level, release, kind): (level, release, kind) for level, release, kind in files(atlas)}
        if name not in known:
            flask.abort(404)
        level, release, kind = known[name]
        tokens = tuple(dict.fromkeys(filter(None, flask.request.args.get("areas", "").split(","))))
        spoken = languages.load(languages.choose(flask.request.args.get("lang"), []))
        try:
            if not all(atlas.expand([token]) for token in tokens):
                raise UsageError(
                    spoken.gettext("The link asks for areas that do not exist here: open the map and choose again.")
                )
            text = _text(atlas, spoken, level, release, kind, list(tokens))
        except UsageError as error:
            return flask.Response(f"{error}\n", 400, mimetype="text/plain")
        response = flask.Response(text, mimetype="text/csv" if kind == "csv" else "text/plain")
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        response.headers["Cache-Control"] = "no-cache"
        return response


def file_name(atlas: Atlas, level: str, release: int, kind: str) -> str:
    """``chicago-tracts-2021.csv`` and, beside it, ``chicago-tracts-2021-about.txt``."""
    stem = f"{atlas.city.slug}-{level}s-{release}"  # comparisons are a level of their own here: no two files have one name
    return f"{stem}.csv" if kind == "csv" else f"{stem}-about.txt"


def files(atlas: Atlas) -> list[tuple[str, int, str]]:
    """Every file there is: tracts where the release has them; areas, and what may be said of them, always."""
    levels = [(release, level) for release in atlas.releases for level in ("tract", "area", exports.COMPARED)]
    return [
        (level, release, kind)
        for release, level in levels
        if level != "tract" or atlas.release(release).level == "tract"
        for kind in ("csv", "about")
    ]


def _text(atlas: Atlas, language: Language, level: str, release: int, kind: str, tokens: list[str]) -> str:
    if kind == "about":
        return companion.text(atlas, language, level, release, tokens)
    if level == exports.COMPARED:
        return exports.to_csv(exports.comparisons(atlas, release, atlas.expand(tokens)))
    return exports.to_csv(exports.wide(atlas, release, atlas.expand(tokens), level))
