"""Where the figures of a section come from: the citation of every release that is spoken of or drawn. Computes no figure."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
from dash import html
from dash.development.base_component import Component

from equity import gap
from equity.atlas import Atlas
from equity.flags import Flag
from equity.gap import Series
from equity.language import Language
from equity.views import components, progress_change


def citations(atlas: Atlas, key: str, releases: Iterable[int]) -> list[str]:
    """The citation of each release, the oldest first, and of the method by which a margin of one of them was modelled."""
    asked = sorted({release for release in releases if release in atlas.releases})
    modelled = [release for release in asked if atlas.total(release, key)["flag"] & Flag.MODELLED]
    cited = [atlas.snapshots[release].meta["citation"] for release in asked]
    return list(dict.fromkeys(cited + [atlas.modelled[release].meta["citation"] for release in modelled]))


def drawn(atlas: Atlas, key: str) -> list[str]:
    """``citations`` of every release that gives a figure, with what was published for the city as a whole."""
    given = gap.points(atlas, key).dropna(subset=["estimate"])
    whole = given.loc[given["series"] == Series.PUBLISHED, "release"]
    cited = citations(atlas, key, given.loc[given["series"] == Series.SUMMED, "release"])
    return list(dict.fromkeys([*cited, *(atlas.published[release].meta["citation"] for release in whole)]))


def compared(atlas: Atlas, key: str) -> list[int]:
    """The releases between which a change is told: those compared, the newest with a published margin, one left out."""
    change = progress_change.since(atlas, key)
    told = [change["start"], change["newest"], change["latest_release"]]
    if change["modelled"]:
        told.append(progress_change.since(atlas, key, published=True)["newest"])
    return [int(release) for release in told if not pd.isna(release)]


def fitted(atlas: Atlas, key: str) -> list[int]:
    """The newest release, from which a pace is counted, and those that a line through releases leans on."""
    given = gap.points(atlas, key).query("series == 'summed'").dropna(subset=["estimate"])
    leaned = given[given["in_trend"]] if not gap.line(atlas, key, "estimate").empty else given.iloc[:0]
    return sorted({*given["release"].tail(1), *leaned["release"]})


def paragraph(language: Language, cited: list[str], more: Component | None = None) -> Component:
    """ "Source: …" in small print, with a link to what explains it."""
    said = [language.gettext("Source: {citation}").format(citation=" ".join(cited))] if cited else []
    return html.P([*said, *([" ", more] if more else [])], className="quiet")


def how(language: Language, words: str, anchor: str) -> Component:
    """A link into the methods."""
    return html.A(words, href=components.in_language("/methods", language, anchor))
