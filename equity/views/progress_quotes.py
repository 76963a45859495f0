"""Sentences of the progress page that are made to be quoted: the change, and what cities are asked for. Makes no figure."""

from __future__ import annotations

import numpy as np
import pandas as pd
from dash import html
from dash.development.base_component import Component

from equity import gap
from equity.atlas import Atlas
from equity.language import Language
from equity.views import progress_change, progress_sources, progress_state, prose, text

_OUTCOMES = {"broadband_any": 0, "broadband_wired": 1}


def certification(atlas: Atlas, language: Language) -> Component:
    """Two outcomes as sentences to quote, each with a button that copies it."""
    _ = language.gettext
    found = gap.certification(atlas, told=progress_state.told(atlas))
    sure = gap.certification(atlas, published=True).drop_duplicates("outcome").set_index("outcome", drop=False)
    parts: list[Component] = [
        html.H3(_("The change")),
        *_copied(language, _of_change(language, atlas), "quote-change"),
        html.H3(_("Households with a broadband subscription")),
    ]
    for outcome, rows in found.groupby("outcome", sort=False):
        row = rows.iloc[0]
        parts += _quoted(language, atlas, row, f"quote-{outcome}")
        if row["modelled"]:
            parts.append(_modelled(language))
        beside = sure.loc[outcome]
        if row["modelled"] and not beside["modelled"] and not np.isnan(beside["share_moe"]):
            parts += prose.paragraphs(_("The newest figure whose margin is published:"))
            parts += _quoted(language, atlas, beside, f"quote-{outcome}-published")
        parts += prose.paragraphs(*(_threshold(language, one) for _position, one in rows.iterrows() if one["threshold_source"]))
    opening = _(
        "Sentences to be quoted as they stand, each with its margin and its source. Where a margin is modelled, the newest "
        "figure with a published one stands below it."
    )
    return prose.section("quote", _("The figure to quote"), [*prose.paragraphs(opening), *parts])


# --- within ----------------------------------------------------------------------------------------------------------


def _quoted(language: Language, atlas: Atlas, row: pd.Series, quote: str) -> list[Component]:
    """A figure as a sentence, with the button that copies it; where there is none, without."""
    if np.isnan(row["share"]):
        return [html.P(_quote(language, atlas, row), id=quote, className="quote")]
    return _copied(language, _quote(language, atlas, row), quote)


def _of_change(language: Language, atlas: Atlas) -> str:
    """The sentence of the page's head with its doubts and its source, of the baseline's count whatever is chosen above."""
    key = atlas.city.baseline["indicator"]
    releases = {int(release) for release in progress_change.since(atlas, key)[["start", "newest"]].dropna()}
    cited = " ".join(gap.cited(atlas, key, releases))
    said = [progress_change.headline(language, atlas, key), progress_change.doubts(language, atlas, key)]
    return " ".join(filter(None, [*said, language.gettext("90% margins of error."), cited]))


def _copied(language: Language, sentence: str, quote: str) -> list[Component]:
    """A sentence with the button that copies it."""
    said = html.P(sentence, id=quote, className="quote")
    words = {"data-copy": quote, "data-copied": language.gettext("Copied")}
    copy = html.Button(language.gettext("Copy this sentence"), type="button", className="copy", **words)
    return [said, html.P([copy, " ", html.Span(role="status", className="quiet", **{"data-copy-status": quote})])]


def _quote(language: Language, atlas: Atlas, row: pd.Series) -> str:
    """ "89.1% (± 0.3 percentage points) of households in Chicago had …, with its citation." """
    _ = language.gettext
    if np.isnan(row["share"]):
        return _("No release here gives this figure.")
    wired = _("{share} of households in {city} had a cable, fiber or DSL subscription in {years}")
    of_any = _("{share} of households in {city} had a broadband subscription of any type in {years}")
    share = text.percent(language, row["share"])
    if not np.isnan(row["share_moe"]):
        share += " " + _("(± {moe} percentage points)").format(moe=text.points(language, row["share_moe"]))
    said = (wired if _OUTCOMES[row["outcome"]] else of_any).format(
        share=share, city=atlas.city.name, years=f"{row['first_year']}–{row['last_year']}"
    )
    if np.isnan(row["share_moe"]):
        margin = _("Its margin of error is not in hand.")
    elif row["modelled"]:
        margin = _("Estimate: {citation} Its 90% margin of error is not the Census Bureau's: it is modelled here, indicative.")
        return f"{said}. {margin.format(citation=row['citation'])} {row['margin_citation']}"
    else:
        margin = _("90% margin of error.")
    return f"{said}. {margin} {row['citation']}"


def _modelled(language: Language) -> Component:
    """What is to be known of a margin that is quoted though nobody published it."""
    said = language.gettext(
        "That margin is made by a method that has proved itself on another count, the households without a subscription."
    )
    how = progress_sources.how(language, language.gettext("How margins are modelled"), "modelled")
    return html.P([said, " ", how], className="quiet")


def _threshold(language: Language, row: pd.Series) -> str:
    """What somebody asks for, and where the figure stands to it."""
    _, words = language.gettext, {"printed": row["threshold_printed"] or text.percent(language, row["threshold"])}
    words |= {"source": row["threshold_source"]}
    if np.isnan(row["share_moe"]):
        return _("Asked for: {printed} ({source}).").format(**words)
    if row["low"] >= row["threshold"]:
        return _("Asked for: {printed} ({source}). The figure is above it, its margin too.").format(**words)
    if row["high"] < row["threshold"]:
        return _("Asked for: {printed} ({source}). The figure is below it, its margin too.").format(**words)
    return _("Asked for: {printed} ({source}). Its margin reaches across, so it cannot be told.").format(**words)
