"""Where the figures of a section come from: a line below it, and every citation once, in a section. Computes no figure.

The chart carries its citations with it, for it is saved without the page.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
from dash import html
from dash.development.base_component import Component

from equity import gap
from equity.atlas import Atlas
from equity.flags import Flag
from equity.language import Language
from equity.views import components, progress_change, prose, text

ANCHOR = "sources"


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


def paragraph(language: Language, atlas: Atlas, key: str, releases: Iterable[int], more: Component | None = None) -> Component:
    """ "Source: … releases 2021 and 2024. Citations" in small print, with a link to what explains it."""
    _, asked = language.gettext, _held(atlas, releases)
    if not asked:
        return html.P(more, className="quiet")
    said = language.ngettext(
        "Source: American Community Survey, 5-year estimates, release {releases}.",
        "Source: American Community Survey, 5-year estimates, releases {releases}.",
        len(asked),
    ).format(releases=text.listed(language, asked))
    if modelled := _modelled(atlas, key, asked):
        told = language.ngettext(
            "Margins of release {releases} are modelled here.",
            "Margins of releases {releases} are modelled here.",
            len(modelled),
        )
        said += " " + told.format(releases=text.listed(language, modelled))
    cited = html.A(_("Citations"), href=f"#{ANCHOR}")
    return html.P([said, " ", cited, *([" · ", more] if more else [])], className="quiet")


def section(atlas: Atlas, language: Language) -> Component:
    """By release, the newest first: the citation of every table in hand, and of the method where margins were modelled."""
    _, cited = language.gettext, []
    for release in atlas.releases:
        tables = [atlas.snapshots[release], *atlas.also.get(release, ())]
        tables += [held[release] for held in (atlas.published, atlas.modelled) if release in held]
        said = dict.fromkeys(table.meta["citation"] for table in tables)
        cited.append((_("Release {release}").format(release=release), " ".join(said)))
    return prose.section(ANCHOR, _("Sources"), [prose.words(*cited)])


def how(language: Language, words: str, anchor: str) -> Component:
    """A link into the methods."""
    return html.A(words, href=components.in_language("/methods", language, anchor))


# --- within ----------------------------------------------------------------------------------------------------------


def _held(atlas: Atlas, releases: Iterable[int]) -> list[int]:
    """Those in hand, the oldest first."""
    return sorted({release for release in releases if release in atlas.releases})


def _modelled(atlas: Atlas, key: str, releases: Iterable[int]) -> list[int]:
    """Those whose margin of this figure is modelled."""
    return [release for release in releases if atlas.total(release, key)["flag"] & Flag.MODELLED]
