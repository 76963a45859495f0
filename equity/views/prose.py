"""The parts of a page that explains: sections, formulas, sources, tables by release. Knows no figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd
from dash import html
from dash.development.base_component import Component

from equity.language import Language


def section(anchor: str, title: str, content: Iterable[Component]) -> Component:
    """A part of the page that a link can name: ``/methods#ranks``."""
    heading = f"{anchor}-title"
    return html.Section([html.H2(title, id=heading), *content], id=anchor, **{"aria-labelledby": heading})


def paragraphs(*texts: str) -> list[Component]:
    """Texts, each in its own paragraph; an empty one is left out."""
    return [html.P(text) for text in texts if text]


def items(*texts: str) -> Component:
    """A list of texts; an empty one is left out."""
    return html.Ul([html.Li(text) for text in texts if text])


def words(*pairs: tuple[str, str | Component]) -> Component:
    """Words and what each means."""
    return html.Dl([part for word, meaning in pairs for part in (html.Dt(word), html.Dd(meaning))])


def rule(text: str, formula: str) -> Component:
    """A rule in words and below them its formula, within a cell."""
    return html.Div([text, html.Code(formula)])


def formula(text: str) -> Component:
    """A formula on a line of its own."""
    return html.P(html.Code(text), className="formula")


def source(text: str) -> Component:
    """Where a rule comes from, below it."""
    return html.P(text, className="source")


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str | Component]], figures: bool = True) -> Component:
    """A table under its caption, in a box that scrolls where the page is narrower; a row's first cell names the row.

    ``figures``: the other cells are numbers, set to the right. The box takes the keyboard, or nobody could scroll it with one;
    the caption stands outside, so that it stays in sight.
    """
    named = {"aria-label": caption}
    made = html.Table(
        [
            html.Thead(html.Tr([html.Th(cell, scope="col") if cell else html.Td() for cell in head])),
            html.Tbody([html.Tr([html.Th(row[0], scope="row"), *map(html.Td, row[1:])]) for row in rows]),
        ],
        className="figures" if figures else None,
        **named,
    )
    box = html.Div(made, className="table-box", role="region", tabIndex="0", **named)
    return html.Figure([html.Figcaption(caption), box], className="table-figure")


def releases(language: Language, found: pd.DataFrame) -> list[str]:
    """release, modelled -> the heads of a table with a column a release; that margins are modelled stands there."""
    modelled = language.gettext("{release} (modelled)")
    return [modelled.format(release=r) if m else str(r) for r, m in zip(found["release"], found["modelled"], strict=True)]


def counts(language: Language, numbers: Iterable[float], decimals: int = 0) -> list[str]:
    """The cells of a row of numbers; a dash where there is none."""
    return ["–" if pd.isna(number) else language.number(number, decimals) for number in numbers]
