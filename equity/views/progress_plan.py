"""Sentences about what is planned for, and whose plan that is: the city's targets, a reader's plan, an example. Sets none."""

from __future__ import annotations

import datetime
from typing import Any

from equity import gap, indicators
from equity.atlas import Atlas
from equity.indicators import HOUSEHOLDS
from equity.language import Language
from equity.targets import CITY, Kind, Target
from equity.views import progress_pace, progress_state, text
from equity.views.progress_state import View


def plan(language: Language, atlas: Atlas, view: View) -> str:
    """What is planned for, and whose plan that is."""
    _ = language.gettext
    if indicators.get(view.indicator).worse is None:
        return _("Of this count neither more nor fewer is better, so there is nothing to plan for. Choose another count.")
    if view.remaining is None or view.year is None:
        return _("Correct the fields above to see the pace.") if view.problems else _("No figure of this is in hand.")
    words = {"remaining": language.number(view.remaining), "year": view.year, "of": _(HOUSEHOLDS)}
    if view.target:
        return _of_city(language, atlas, view)
    whose = [_whose(language, atlas, view.indicator)]
    if view.chosen:
        whose.append(_("Your plan: {remaining} {of} left by {year}.").format(**words))
    else:
        said = _("An example, not a target: {remaining} {of} left by {year}, about half. Choose your own above.")
        whose.append(said.format(**words))
    return " ".join(filter(None, whose))


def targets_set(language: Language, atlas: Atlas, view: View, today: datetime.date | None = None) -> list[str]:
    """Every other target that ``targets.csv`` holds: one with a year with how it stands in one word, one without as it is."""
    _, said = language.gettext, []
    others = [row for row in progress_state.told(atlas) if row.kind is Kind.TARGET and row != view.target]
    dated = [row for row in others if row.year]
    for target, found in zip(dated, gap.outlooks(atlas, dated, today).itertuples(index=False), strict=True):
        words = _named(language, atlas, target) | {"year": target.year, "outlook": _(progress_pace.WORDS[found.outlook])}
        told = _("Target: {indicator}, {where}, {value} by {year} ({source}): {outlook}.").format(**words)
        indicative = found.modelled if found.outlook in progress_pace.OF_A_LINE else _rests_on_modelled(atlas, target, found)
        said.append(told + (" " + _("Indicative: a modelled margin is behind it.") if indicative else ""))
    asked = [row for row in others if not row.year and not _quoted(row)]
    told = _("Target without a year: {indicator}, {where}, {value} ({source}).")
    return [*said, *(told.format(**_named(language, atlas, row)) for row in asked)]


# --- within ----------------------------------------------------------------------------------------------------------


def _of_city(language: Language, atlas: Atlas, view: View) -> str:
    """The city's own target, as it was set: a number, or a share and what that comes to."""
    _, target = language.gettext, view.target
    words = {"remaining": language.number(view.remaining), "year": view.year, "of": _(HOUSEHOLDS)}
    words |= {"source": "; ".join(filter(None, [target.printed, target.source]))}
    if target.measure == "estimate":
        return _("The target: {remaining} {of} left by {year} ({source}).").format(**words)
    said = _(
        "The target: {share} of all {of} by {year} ({source}). Of the {all} {of} of release {release} that is {remaining}."
    )
    words |= {
        "share": text.percent(language, target.value),
        "all": language.number(progress_state.households(atlas, view.indicator)),
    }
    return said.format(**words, release=progress_state.newest(atlas, view.indicator))


def _whose(language: Language, atlas: Atlas, key: str) -> str:
    """That no target is set; empty where one of this count is, for it stands in the list."""
    _, dated = language.gettext, [row for row in progress_state.told(atlas) if row.kind is Kind.TARGET and row.year]
    if any(row.indicator == key for row in dated):
        return ""
    if dated:
        return _("No target of this count is set.")
    return _("The City's plan gives no public target date.") if atlas.city.has_plan else _("No target is set here.")


def _named(language: Language, atlas: Atlas, target: Target) -> dict:
    """What a target is of, where, how much, and who set it."""
    value = language.number(target.value) if target.measure == "estimate" else text.percent(language, target.value)
    where = atlas.city.name if target.place == CITY else atlas.area_names[target.place]
    label = language.gettext(indicators.get(target.indicator).label)
    return {"indicator": label, "where": where, "value": value, "source": target.source}


def _rests_on_modelled(atlas: Atlas, target: Target, found: Any) -> bool:
    """Whether the figure that a target is held against has a modelled margin: that of its own year, else the newest."""
    release = found.seen_with if found.years_left <= 0 else found.release
    points = gap.points(atlas, target.indicator, target.place)
    return bool(points.loc[points["release"] == release, "modelled"].any())


def _quoted(target: Target) -> bool:
    """Whether it stands as a threshold beside a figure to quote."""
    return target.place == CITY and target.measure == "share" and target.indicator in gap.OUTCOMES.values()
