"""Sentences about a pace: how fast it must go, and how it goes, as far as that can be told. Sets no target. Knows no Dash.

A pace that is needed follows from two numbers. A pace that is achieved is that of a line through releases: it is told only
where there are enough, it says how far it looks back beside how far it looks ahead, and it is never a promise.
"""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd

from equity import gap, indicators
from equity.atlas import Atlas
from equity.flags import Flag
from equity.gap import Households, Outlook, Seen, State
from equity.indicators import HOUSEHOLDS, N_
from equity.language import Language
from equity.views import progress_change, text
from equity.views.progress_state import View

WORDS: dict[str, str] = {
    Outlook.ON_TRACK: N_("on track"),
    Outlook.OFF_TRACK: N_("not on track"),
    Outlook.CANNOT_TELL: N_("cannot tell"),
    Outlook.TOO_FEW_RELEASES: N_("too few releases to tell"),
    Outlook.MET: N_("already met"),
    Outlook.PERHAPS_MET: N_("perhaps met, its margin reaches across or is not known"),
    Outlook.MISSED: N_("not met"),
    Outlook.PAST: N_("no year is left"),
    Outlook.MISSING: N_("no figure to measure it by"),
}
OF_A_LINE = (Outlook.ON_TRACK, Outlook.OFF_TRACK, Outlook.CANNOT_TELL)
# A word that is flat -> the same where the margin is modelled, so that it is no more than indicative.
_PROBABLY = {
    N_("Already met"): N_("Probably met already"),
    N_("Met"): N_("Probably met"),
    N_("Not met"): N_("Probably not met"),
}
# Of a year that is over, how the figure of its own release stands: in short, and what is said of it.
_OWN: dict[str, tuple[str, str]] = {
    Outlook.MET: (N_("Met"), N_("In {year}, the middle of release {release}, it was {own} {of}: no more than {remaining}.")),
    Outlook.PERHAPS_MET: (
        N_("Perhaps met"),
        N_(
            "In {year}, the middle of release {release}, it was {own} {of}: no more than {remaining}, but the margin reaches "
            "across or is not known."
        ),
    ),
    Outlook.CANNOT_TELL: (
        N_("Cannot be told"),
        N_(
            "In {year}, the middle of release {release}, it was {own} {of}: more than {remaining}, but the margin reaches "
            "across or is not known."
        ),
    ),
    Outlook.MISSED: (
        N_("Not met"),
        N_("In {year}, the middle of release {release}, it was {own} {of}: more than {remaining}."),
    ),
}
_OVER: dict[str, str] = {
    Seen.TO_COME: N_("That year is over; release {release}, whose middle it is, is still to come."),
    Seen.NOT_HERE: N_("That year is over; release {release}, whose middle it is, is out and not loaded here."),
    Seen.WITHOUT: N_("That year is over; of release {release}, whose middle it is, this figure is not in hand."),
    Seen.HERE: N_("That year is over; release {release}, whose middle it is, is here."),
}


def needed(language: Language, atlas: Atlas, view: View, today: datetime.date | None = None) -> tuple[str, list[str]]:
    """(The pace needed in a few words, the sentences about it); ("", []) where nothing can be planned for."""
    if not _can(view):
        return "", []
    today = today or datetime.date.today()
    _, found = language.gettext, gap.needed(atlas, view.indicator, view.remaining, view.year).set_index("households")
    row = found.loc[str(Households.STAY)]
    words = {"remaining": language.number(view.remaining), "year": view.year, "of": _(HOUSEHOLDS)}
    words |= {"newest": text.with_margin(language, row["newest"], row["newest_moe"])} if row["state"] != State.MISSING else {}
    if row["state"] == State.MISSING:
        return _("No figure"), [_("No release here gives this figure.")]
    words |= {"release": int(row["release"]), "centre": int(row["centre"])}
    if row["state"] in (State.MET, State.PERHAPS_MET):
        sure = row["state"] == State.MET
        said = _("Release {release} has {newest} {of}: no more than {remaining} already.").format(**words)
        doubt = [] if sure else [_("Its margin reaches across or is not known, so it may not be met.")]
        word = _flat(atlas, view, row, "Already met") if sure else "Perhaps met already"
        return _(word), [said, *doubt, *_doubts(language, atlas, view, row)]
    if row["state"] == State.PAST:
        return _past(language, atlas, view, row, words)
    if view.year < today.year:
        asked = gap.outlook(atlas, view.indicator, view.remaining, view.year, today=today)
        where = _OVER[asked["seen"]]
        return _("That year is over"), [_(where).format(release=int(asked["seen_with"]))]
    words |= {"pace": text.with_margin(language, -row["pace"], row["pace_moe"]), "left": int(row["years_left"])}
    said = language.ngettext(
        "From {newest} in {centre}, the middle of release {release}, to {remaining} in {year}: {pace} fewer {of} a year, for "
        "{left} year.",
        "From {newest} in {centre}, the middle of release {release}, to {remaining} in {year}: {pace} fewer {of} a year, for "
        "{left} years.",
        words["left"],
    )
    short = _("{pace} fewer a year").format(**words)
    near = [_("The margin of the newest figure reaches that far: it may be met already.")] if row["within_margin"] else []
    return short, [said.format(**words), *near, *_doubts(language, atlas, view, row), *_of_share(language, found)]


def counted(language: Language, atlas: Atlas, view: View) -> list[str]:
    """What a pace in a few words has to say beside it: from when it counts, and the doubts of the figure it begins with."""
    if not _can(view):
        return []
    row = gap.needed(atlas, view.indicator, view.remaining, view.year).iloc[0]
    if row["state"] in (State.MET, State.PERHAPS_MET):
        return _doubts(language, atlas, view, row)
    if row["state"] != State.NEEDED or view.year < datetime.date.today().year:
        return []
    said = language.gettext("Counted from {centre}, the middle of release {release}, not from today.")
    return [said.format(centre=int(row["centre"]), release=int(row["release"])), *_doubts(language, atlas, view, row)]


def achieved(language: Language, atlas: Atlas, view: View, today: datetime.date | None = None) -> list[str]:
    """How it goes, as far as published margins allow; of a line with modelled ones no more than its slope.

    Empty without a plan, and when its year is over.
    """
    if not _can(view):
        return []
    found = gap.outlook(atlas, view.indicator, view.remaining, view.year, today=today)
    if found["outlook"] in (Outlook.MISSING, Outlook.MET, Outlook.PERHAPS_MET) or found["year_is_over"]:
        return []
    if found["years_left"] <= 0:
        return []
    _, said = language.gettext, []
    lacking = found["published_releases_lacking"] or found["published_years_lacking"]
    if lacking:
        said.append(_too_few(language, atlas, found))
    if not np.isnan(found["slope"]):
        said += _line(language, found)
    shown = _("How it was in {year} will show in release {release}, the five years around it.")
    return [*said, shown.format(year=view.year, release=int(found["seen_with"]))]


# --- within ----------------------------------------------------------------------------------------------------------


def _can(view: View) -> bool:
    whole = view.remaining is not None and view.year is not None
    return whole and indicators.get(view.indicator).worse is not None


def _doubts(language: Language, atlas: Atlas, view: View, row: pd.Series) -> list[str]:
    """What is to be known of the figure of a release, as a paragraph or none."""
    said = progress_change.doubts_of(language, atlas, view.indicator, int(row["release"]))
    return [said] if said else []


def _past(language: Language, atlas: Atlas, view: View, row: pd.Series, words: dict) -> tuple[str, list[str]]:
    """A plan for a year of which no later release is in hand: how its own release stands, where that is."""
    _, found = language.gettext, gap.outlook(atlas, view.indicator, view.remaining, view.year)
    if found["outlook"] == Outlook.PAST:
        said = _(
            "Release {release} stands for {centre}, the middle of its years, so by {year} no year is left. Choose a later year."
        )
        return _("In the past"), [said.format(**words)]
    short, said = _OWN[found["outlook"]]
    words |= {"own": text.with_margin(language, found["own"], found["own_moe"]), "release": int(found["seen_with"])}
    flagged = _doubts(language, atlas, view, pd.Series({"release": found["seen_with"]}))
    word = _flat(atlas, view, pd.Series({"release": found["seen_with"]}), short)
    return _(word), [_(said).format(**words), *flagged, _("Choose a later year to see a pace.")]


def _flat(atlas: Atlas, view: View, row: pd.Series, word: str) -> str:
    """A word on the figure of a release, no flatter than its margin allows."""
    modelled = atlas.total(int(row["release"]), view.indicator)["flag"] & Flag.MODELLED
    return _PROBABLY.get(word, word) if modelled else word


def _of_share(language: Language, found: pd.DataFrame) -> list[str]:
    """The same pace as a share, under each assumption about how many households there will be."""
    _, said = language.gettext, []
    sentences = {
        Households.STAY: _("If the city keeps its {universe} {of}: {pace} points a year, to {share}."),
        Households.GROW: _(
            "If their number goes on moving by {growth} a year, to {universe} {of}: {pace} points a year, to {share}."
        ),
    }
    for assumed, sentence in sentences.items():
        row = found.loc[str(assumed)]
        if np.isnan(row["share_pace"]):
            continue
        margin = row["share_pace_moe"]
        words = {
            "universe": language.number(row["universe"]),
            "growth": text.signed(language, row["growth"]),
            "of": _(HOUSEHOLDS),
        }
        words["pace"] = text.signed(language, row["share_pace"] * 100, 2)
        words["pace"] += "" if np.isnan(margin) else f" ± {language.number(margin * 100, 2)}"
        said.append(sentence.format(**words, share=text.percent(language, row["share_then"])))
        if assumed == Households.GROW:
            said.append(
                _("That carries on what changed between two releases, the Census Bureau's new estimates of all people too.")
                + " "
                + _("It has no margin.")
            )
    return said


def _too_few(language: Language, atlas: Atlas, found: pd.Series) -> str:
    """What is missing before published margins can tell a pace, and when it will come."""
    _ = language.gettext
    releases, years = int(found["published_releases_lacking"]), int(found["published_years_lacking"])
    more = language.ngettext("{number} more release", "{number} more releases", releases).format(number=releases)
    longer = language.ngettext(
        "{number} more year from the first to the last", "{number} more years from the first to the last", years
    ).format(number=years)
    needs = language.list_of([part for number, part in ((releases, more), (years, longer)) if number])
    said = [_("Too few releases with published margins to say whether that is on track: it takes {needs}.").format(needs=needs)]
    enough, wanted = found["published_enough_with"], [int(release) for release in found["margins_wanted"].split(";") if release]
    if wanted:
        held = language.ngettext(
            "What the Census Bureau publishes of release {releases}, margins too, would be enough; it is not in hand here.",
            "What the Census Bureau publishes of releases {releases}, margins too, would be enough; it is not in hand here.",
            len(wanted),
        )
        said.append(held.format(releases=text.listed(language, wanted)))
    if not np.isnan(enough):
        expected = text.local(language, atlas.city.calendar["expected"])
        when = _("With release {release} there will be enough; it is expected in {when}.")
        if wanted:
            when = _("Without it there will be enough with release {release}; that is expected in {when}.")
        later = _("With release {release} there will be enough; the next is release {next}, expected in {when}.")
        sentence = when if enough == found["next_release"] else later
        said.append(sentence.format(release=int(enough), next=int(found["next_release"]), when=expected))
    return " ".join(said)


def _line(language: Language, found: pd.Series) -> list[str]:
    """The line through releases: its pace, how far it looks back; where a word may be said, what it comes to if it went on."""
    _ = language.gettext
    words = {"slope": text.signed(language, found["slope"]), "moe": language.number(found["slope_moe"]), "of": _(HOUSEHOLDS)}
    words |= {"back": int(found["trend_years"]), "ahead": int(found["years_left"]), "year": int(found["year"])}
    words |= {"outlook": _(WORDS[found.outlook])}
    start = (
        _("Indicative, as a modelled margin is behind it: a line through the releases moves by {slope} ± {moe} {of} a year.")
        if found["modelled"]
        else _("A line through the releases moves by {slope} ± {moe} {of} a year.")
    )
    if found["misfit"] < gap.MISFIT:
        off = _(
            "The releases lie further from that line than their margins explain (probability {misfit}), so its own margin says "
            "too little."
        )
        start += " " + off
        words["misfit"] = text.percent(language, found["misfit"], 0)
    if found["outlook"] not in OF_A_LINE:
        back = _("It looks back {back} years. Whether the plan is met cannot be told from it.")
        return [start.format(**words), back.format(**words)]
    reach = _("It looks back {back} years and would have to go on unchanged for {ahead}; it knows of no event and of no limit.")
    fitted, margin = found["fitted"], found["fitted_moe"]
    if fitted + margin < 0:
        end = _(
            "By {year} it would have passed below zero, which no count can: it cannot go on like that. As it stands: {outlook}."
        )
    elif fitted - margin <= 0:
        end = _("By {year} it may be anywhere from 0 to {most}, so it cannot be told whether the plan is met.")
    else:
        end = _("By {year} it would come to {fitted} ± {fitted_moe}. As it stands: {outlook}.")
    words |= {"fitted": language.number(max(fitted, 0)), "fitted_moe": language.number(margin)}
    words |= {"most": language.number(fitted + margin)}
    return [start.format(**words), reach.format(**words), end.format(**words)]
