"""The points of the chart as a table: every release with its figure, its margin, and what to know of it. Computes no figure."""

from __future__ import annotations

from dash.development.base_component import Component

from equity import gap, indicators
from equity.atlas import Atlas
from equity.gap import Missing, Series
from equity.indicators import N_
from equity.language import Language
from equity.views import progress_change, progress_chart, prose, text

# Why a release has no figure.
MISSING: dict[str, str] = {
    Missing.NOT_LOADED: N_("not loaded here"),
    Missing.NOT_IN_RELEASE: N_("not in hand of this release"),
    Missing.NOT_AT_LEVEL: N_("in hand for {areas} only, not for tracts"),
    Missing.NO_ESTIMATE: N_("no estimate was published"),
}


def table(atlas: Atlas, language: Language, key: str) -> Component:
    """A row a point, releases without a figure too, with the reason."""
    _ = language.gettext
    rows = []
    fit = gap.line(atlas, key, "estimate").set_index("year")
    line, on_line = not fit.empty, _("On the line")
    indicative = " " + _("(indicative)") if fit["modelled"].any() else ""
    for point in gap.points(atlas, key).itertuples():
        years = str(point.last_year) if point.first_year == point.last_year else f"{point.first_year}–{point.last_year}"
        name = str(point.release) if point.series == Series.SUMMED else _("{release} ({series})").format(
            release=point.release, series=_(progress_chart.SERIES[point.series])
        )  # fmt: skip
        if point.reason:
            why = _(MISSING.get(point.reason, MISSING[Missing.NO_ESTIMATE])).format(**text.nouns(language, atlas.city))
            rows.append((name, years, str(int(point.centre)), "–", "–", *(["–"] if line else []), why))
            continue
        notes = [progress_chart.drawn_as(language, atlas, note) for note in point.notes.split(";")]
        used = [_("in the line")] if point.in_trend and line else []
        count = text.with_margin(language, point.estimate, point.moe)
        share = progress_change.share_of(language, point.share, point.share_moe)
        told = []
        if line:
            drawn = point.in_trend and point.centre in fit.index
            told = [text.with_margin(language, *fit.loc[point.centre, ["fitted", "fitted_moe"]]) + indicative if drawn else "–"]
        rows.append((name, years, str(int(point.centre)), count, share, *told, "; ".join([*notes, *used])))
    head = [_("Release"), _("Survey years"), _("Drawn at"), text.capital(_("households")), _("Share")]
    head += [*([on_line] if line else []), _("What to know")]
    caption = _("{indicator}, {city}").format(indicator=_(indicators.get(key).label), city=atlas.city.name)
    return prose.table(caption, head, rows)


def missing(language: Language, atlas: Atlas, key: str) -> str:
    """Of which releases no figure is in hand; empty where one is of all."""
    found = gap.points(atlas, key)
    without = [int(release) for release in found.loc[found["reason"] != "", "release"].unique()]
    if not without:
        return ""
    said = language.ngettext(
        "Of release {releases} this figure is not in hand; the table says why.",
        "Of releases {releases} this figure is not in hand; the table says why.",
        len(without),
    )
    return said.format(releases=text.listed(language, without))
