"""The files of the progress page over HTTP: points, areas' change and reports as CSV, and the chart. Explains no column.

Shapes tables that ``equity.gap`` and the programme log made; computes no figure.
"""

from __future__ import annotations

import flask
import numpy as np
import pandas as pd

from equity import exports, flags, gap
from equity import language as languages
from equity.atlas import Atlas
from equity.connections import totals
from equity.views import progress_chart, progress_columns, progress_drawing, progress_log, progress_state

CHART = "/progress/chart.svg"
FILES = ("points", "areas", "log")


def address(atlas: Atlas, kind: str, suffix: str) -> str:
    """Where a file is: ``/progress/files/chicago-progress-points.csv`` and, beside it, ``…-about.txt``."""
    stem = f"/progress/files/{atlas.city.slug}-progress-{kind}"
    return f"{stem}.csv" if suffix == "csv" else f"{stem}-about.txt"


def register(server: flask.Flask, atlas: Atlas) -> None:
    """The chart at ``CHART``, and the files."""
    known = {address(atlas, kind, suffix).rpartition("/")[2]: (kind, suffix) for kind in FILES for suffix in ("csv", "about")}

    @server.get(CHART)
    def progress_picture() -> flask.Response:
        asked = flask.request.args
        spoken = languages.load(languages.choose(asked.get("lang"), []))
        width = asked.get("width", "wide")
        if width not in progress_drawing.WIDTHS:
            flask.abort(404)
        view, reported = progress_state.read(atlas, spoken, asked), progress_log.entries(atlas)
        drawn = progress_chart.chart(spoken, atlas, view, progress_log.none() if reported is None else reported)
        return _answer(progress_drawing.svg(drawn, width), "image/svg+xml")

    @server.get("/progress/files/<name>")
    def progress_file(name: str) -> flask.Response:
        if name not in known:
            flask.abort(404)
        kind, suffix = known[name]
        spoken = languages.load(languages.choose(flask.request.args.get("lang"), []))
        if suffix == "about":
            content = progress_columns.about(atlas, spoken, kind)
        elif (content := written(atlas, kind)) is None:
            flask.abort(503)
        response = _answer(content, "text/csv" if suffix == "csv" else "text/plain")
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


def written(atlas: Atlas, kind: str) -> str | None:
    """A file's content, in the decimals that the text beside it says; None where the log cannot be read."""
    found = table(atlas, kind)
    return None if found is None else exports.to_csv(found, progress_columns.fractions(kind))


def table(atlas: Atlas, kind: str) -> pd.DataFrame | None:
    """A file's rows, its columns those that ``progress_columns`` explains; None where the log cannot be read."""
    if kind == "points":
        return _points(atlas)
    return _areas(atlas) if kind == "areas" else _log(atlas)


# --- within ----------------------------------------------------------------------------------------------------------


def _answer(content: str, mimetype: str) -> flask.Response:
    response = flask.Response(content, mimetype=mimetype)
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    return response.make_conditional(flask.request)


def _points(atlas: Atlas) -> pd.DataFrame:
    """Every count that is offered, in every release."""
    parts = [gap.points(atlas, what.key).assign(indicator=what.key) for what in progress_state.offered(atlas)]
    found = pd.concat(parts, ignore_index=True)
    return found.assign(flag=found["flag"].map(flags.text))[list(progress_columns.COLUMNS["points"])]


def _areas(atlas: Atlas) -> pd.DataFrame:
    """Every count that has a later release to compare: the city, then its areas."""
    columns = progress_columns.COLUMNS["areas"]
    parts = []
    for key in progress_columns.compared(atlas):
        made = gap.split(atlas, key).rename(columns={"universe": "universe_change", "universe_moe": "universe_change_moe"})
        verdicts = gap.judged(atlas, key).drop(columns=["old", "new", "change", "change_moe"])
        found = made.merge(verdicts, on="place_id").assign(indicator=key)
        sure = gap.judged(atlas, key, published=True).set_index("place_id")
        told = found["modelled"].any() and not sure.empty
        for name, of in progress_columns.BY_PUBLISHED.items():
            none = "" if columns[name][0] == progress_columns.WORDS else np.nan
            found[name] = found["place_id"].map(sure[of]) if told else none
        parts.append(found)
    return pd.concat(parts, ignore_index=True)[list(columns)] if parts else pd.DataFrame(columns=list(columns))


def _log(atlas: Atlas) -> pd.DataFrame | None:
    """Totals of each kind by month, by programme and by area, one below the other."""
    reported = progress_log.entries(atlas)
    if reported is None:
        return None
    parts = []
    for by, column in (("month", "month"), ("programme", "programme"), ("area", "area_name")):
        found = totals.totals(reported, by).rename(columns={column: "name"})
        parts.append(found.assign(by=by, area_id=found.get("area_id", "")))
    return pd.concat(parts, ignore_index=True)[list(progress_columns.COLUMNS["log"])]
