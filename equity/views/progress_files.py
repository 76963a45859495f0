"""The files of the progress page over HTTP: points, areas' change and reports as CSV, the text that goes with each, the chart.

Shapes tables that ``equity.gap`` and the programme log made; computes no figure.
"""

from __future__ import annotations

import flask
import pandas as pd

from equity import exports, flags, gap
from equity import language as languages
from equity.atlas import Atlas
from equity.connections import totals
from equity.indicators import N_
from equity.language import Language
from equity.views import progress_chart, progress_drawing, progress_log, progress_points, progress_state, standing, text

CHART = "/progress/chart.svg"
FILES = ("points", "areas", "log")

_POINTS = {
    "indicator": N_("what is counted (below)"),
    "release": N_("last survey year of the ACS 5-year release"),
    "series": N_("summed: added up from tracts; published: as published for the city; one_year: a single year of the city"),
    "centre": N_("the year the figure stands for: the middle of its survey years"),
    "first_year": N_("first survey year"),
    "last_year": N_("last survey year"),
    "wording": N_("clean: all years asked in one wording; mixed: some as before 2016, so no change is measured from it"),
    "universe_estimate": N_("all households"),
    "universe_moe": N_("its 90% margin of error"),
    "estimate": N_("the count"),
    "moe": N_("90% margin of error of the count; empty where it is missing, never 0 for missing"),
    "share": N_("estimate divided by universe_estimate, 0 to 1"),
    "share_moe": N_("90% margin of error of the share, 0.01 being one percentage point"),
    "flag": N_("why a figure is missing or what to know about it (below); several are joined by ;"),
    "modelled": N_("1 where the margin is modelled, the published one not in hand; else 0"),
    "drawn": N_("how the chart draws it (below)"),
    "notes": N_("all that is to be known of how it is drawn; several are joined by ;"),
    "reason": N_("why there is no figure (below)"),
    "in_trend": N_("1 where a line through the releases may use it; else 0"),
}
_AREAS = {
    "indicator": N_("what is counted (below)"),
    "level": N_("city, or area"),
    "place_id": N_("number of the {area}; of the city its place code"),
    "place_name": N_("its name"),
    "old": N_("the release a change is measured from"),
    "new": N_("the release it is measured to"),
    "universe": N_("how many households more there are; negative: fewer"),
    "universe_moe": N_("its 90% margin of error"),
    "change": N_("the count in the new release less that in the old"),
    "change_moe": N_("its 90% margin of error, not narrowed for shared years"),
    "growth": N_("what the change in the number of households made of it: the mean of both shares x universe"),
    "growth_moe": N_("its 90% margin of error"),
    "rate": N_("what the change of the share made of it: the mean of both numbers of households x the change of the share"),
    "rate_moe": N_("its 90% margin of error"),
    "part": N_("the place's change as a part of the city's; empty where the city's may be noise"),
    "part_moe": N_("its 90% margin of error, the change of the place being within that of the city"),
    "modelled": N_("1 where the margin is modelled, the published one not in hand; else 0"),
    "reason": N_("why nothing may be said of the city's change (below)"),
    "share_difference": N_("the share in the new release less that in the old"),
    "share_difference_moe": N_("its 90% margin of error, not narrowed for shared years"),
    "shared_years": N_("how many survey years the two releases share"),
    "share_verdict": N_("what may be said of the share's change (below)"),
    "share_reason": N_("why nothing may be said (below)"),
    "tested": N_("how many areas were judged together"),
}
_LOG = {
    "by": N_("what the row adds up by: month, programme or area"),
    "name": N_("the month (YYYY-MM), the programme or the name of the area; citywide reports have no area"),
    "area_id": N_("number of the {area}; empty where the row is of none"),
    "kind": N_("what was counted: household_connected, device_given, person_trained, enrolment or other"),
    "reported": N_("how many the programs report; not a survey estimate, and without a margin of error"),
    "entries": N_("how many entries of the log that is"),
}
_COLUMNS = {"points": _POINTS, "areas": _AREAS, "log": _LOG}
_TITLES = {
    "points": N_("{city}: each count over time"),
    "areas": N_("{city}: change of each area since the baseline"),
    "log": N_("{city}: what programs report"),
}


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
            content = about(atlas, spoken, kind)
        elif (found := table(atlas, kind)) is None:
            flask.abort(503)
        else:
            content = exports.to_csv(found)
        response = _answer(content, "text/csv" if suffix == "csv" else "text/plain")
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


def table(atlas: Atlas, kind: str) -> pd.DataFrame | None:
    """A file's rows, its columns those that ``about`` explains; None where the log cannot be read."""
    if kind == "points":
        return _points(atlas)
    return _areas(atlas) if kind == "areas" else _log(atlas)


def about(atlas: Atlas, language: Language, kind: str) -> str:
    """The text that goes with a file: every column, and every word that stands in it."""
    _, nouns = language.gettext, text.nouns(language, atlas.city)
    columns = [f"{name}: {_(meaning).format(**nouns)}" for name, meaning in _COLUMNS[kind].items()]
    blocks = [_(_TITLES[kind]).format(city=atlas.city.name), "\n".join([_("COLUMNS"), *columns])]
    if kind == "log":
        apart = _(
            "Reported by programs: never added to a survey estimate or taken from one. Kinds are never added to each other."
        )
        return "\n\n".join([*blocks, apart]) + "\n"
    blocks.append("\n".join([_("SOURCE"), *_citations(atlas)]))
    if kind == "points":
        drawn = [f"{name}: {progress_chart.drawn_as(language, atlas, name)}" for name in progress_chart.DRAWN]
        reasons = [f"{name}: {_(said).format(**nouns)}" for name, said in progress_points.MISSING.items()]
        noted = [f"{note.name.lower()}: {text.note(language, atlas, note)}" for note in text.NOTES]
        blocks += [
            "\n".join([title, *lines]) for title, lines in ((_("DRAWN"), drawn), (_("REASONS"), reasons), (_("FLAGS"), noted))
        ]
    else:
        verdicts = [f"{word}: {_(said)}. {_(why)}".strip() for word, (said, why) in standing.VERDICTS.items()]
        reasons = [f"{reason}: {_(said)}" for reason, said in standing.REASONS.items()]
        blocks += ["\n".join([title, *lines]) for title, lines in ((_("VERDICTS"), verdicts), (_("REASONS"), reasons))]
    counted = [f"{what.key}: {_(what.label)}. {_(what.sentence)}" for what in progress_state.offered(atlas)]
    return "\n\n".join([*blocks, "\n".join([_("INDICATORS"), *counted])]) + "\n"


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
    return found.assign(flag=found["flag"].map(flags.text))[list(_POINTS)]


def _areas(atlas: Atlas) -> pd.DataFrame:
    """Every count that is offered and has a later release: the city, then its areas."""
    parts = []
    for what in progress_state.offered(atlas):
        made = gap.split(atlas, what.key)
        if made.empty:
            continue
        newest, share = int(made["new"].iloc[0]), gap.since_baseline(atlas, what.key, "share")
        moved = gap.movers(atlas, what.key, newest).set_index("place_id")
        moved.loc[made["place_id"].iloc[0]] = share.reindex(moved.columns)  # the city's own row, judged alone
        moved = moved.reindex(made["place_id"]).reset_index(drop=True)
        named = {"difference": "share_difference", "difference_moe": "share_difference_moe"}
        named |= {"verdict": "share_verdict", "reason": "share_reason", "shared_years": "shared_years", "tested": "tested"}
        parts.append(pd.concat([made.assign(indicator=what.key), moved[list(named)].rename(columns=named)], axis=1))
    if not parts:
        return pd.DataFrame(columns=list(_AREAS))
    return pd.concat(parts, ignore_index=True).astype({"tested": float, "shared_years": float})[list(_AREAS)]


def _log(atlas: Atlas) -> pd.DataFrame | None:
    """Totals of each kind by month, by programme and by area, one below the other."""
    reported = progress_log.entries(atlas)
    if reported is None:
        return None
    parts = []
    for by, column in (("month", "month"), ("programme", "programme"), ("area", "area_name")):
        found = totals.totals(reported, by).rename(columns={column: "name"})
        parts.append(found.assign(by=by, area_id=found.get("area_id", "")))
    return pd.concat(parts, ignore_index=True)[list(_LOG)]


def _citations(atlas: Atlas) -> list[str]:
    return list(dict.fromkeys(atlas.snapshots[release].meta["citation"] for release in atlas.releases))
