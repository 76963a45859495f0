"""What a page says of a release: when it was published, whether a newer one exists, what its margins are, how it was asked.
Knows no Dash."""

from __future__ import annotations

import datetime

import pandas as pd

from equity import due
from equity.atlas import Atlas
from equity.flags import Flag
from equity.language import Language
from equity.views import text


def release_line(language: Language, atlas: Atlas, key: str, release: int, today: datetime.date | None = None) -> str:
    """The quiet line: which release is shown, when it was published, whether a newer one exists or should by now."""
    known = atlas.release(release)
    shown = language.gettext("Shown: ACS 5-year release {release} (survey years {years}).").format(
        release=release, years=text.years(known)
    )
    if known.published:
        day = language.date(datetime.date.fromisoformat(known.published))
        shown = language.gettext("Shown: ACS 5-year release {release} (survey years {years}), published {day}.").format(
            release=release, years=text.years(known), day=day
        )
    newer = [known.release for known in atlas.city.releases if known.release > release]
    giving = [r for r in newer if r in atlas.releases and atlas.gives("city", r, key)]
    without = [r for r in newer if r in atlas.releases and r not in giving]
    unloaded = [r for r in newer if r not in atlas.releases]
    lines = [shown]
    if giving:
        sentence = language.ngettext(
            "A newer release gives this figure: {releases}.", "Newer releases give this figure: {releases}.", len(giving)
        )
        lines.append(sentence.format(releases=text.listed(language, giving)))
    if without:
        lines.append(
            language.gettext("Newer, but without this figure: {releases}.").format(releases=text.listed(language, without))
        )
    if unloaded:
        lines.append(
            language.gettext("Published but not loaded here: {releases}.").format(releases=text.listed(language, unloaded))
        )
    if not newer:
        lines.append(_next(language, atlas, today or datetime.date.today()))
    lines += _margins(language, atlas, key, release)
    return " ".join(lines)


def mixing(atlas: Atlas) -> list[int]:
    """The loaded releases that hold two wordings of the question."""
    return [known.release for known in atlas.city.releases if known.wording == "mixed" and known.release in atlas.releases]


def wording(language: Language, atlas: Atlas) -> str:
    """Which releases mix two wordings of the question: no change may be measured from them without saying so."""
    mixed = mixing(atlas)
    if not mixed:
        return language.gettext(
            "The question about subscriptions was reworded in 2016. All releases here ask everybody in the new wording."
        )
    clean = (known.release for known in atlas.city.releases if known.wording == "clean")
    first = min(clean, default=2020)  # in every city: a release's five years, from the year after the question was reworded
    said = language.gettext(
        "The question about subscriptions was reworded in 2016. Of the releases here, {mixed} mix both wordings; {first} is "
        "the first that asks everybody in the new one."
    )
    return said.format(mixed=text.listed(language, mixed), first=first)


def _next(language: Language, atlas: Atlas, today: datetime.date) -> str:
    """What is known of the release after the newest."""
    told, state = atlas.city.calendar, due.next_release(atlas.city, today)
    said = {
        due.Due.LATER: language.gettext("It is the newest published; the next, release {release}, is expected in {when}."),
        due.Due.NOW: language.gettext("The next, release {release}, may be published by now: it is expected in {when}."),
        due.Due.OVERDUE: language.gettext("The next, release {release}, is overdue here: it was expected in {when}."),
        due.Due.IN_HAND: language.gettext("It is the newest in hand."),
    }[state]
    return said.format(release=told["next_release"], when=text.local(language, told["expected"]))


def _margins(language: Language, atlas: Atlas, key: str, release: int) -> list[str]:
    """Whether the margins shown are published, modelled, or not there, and then which release has published ones."""
    totals = {r: atlas.total(r, key) for r in atlas.releases}
    with_margins = [r for r, row in totals.items() if not pd.isna(row["moe"])]
    published = [r for r in with_margins if not totals[r]["flag"] & Flag.MODELLED]
    if release in published:
        return []
    said = []
    if release in with_margins and atlas.shown_total(release, key)["flag"] & Flag.PUBLISHED_WHOLE:
        said.append(
            language.gettext(
                "The margins of its areas and tracts are modelled here, as the published ones are not in hand: indicative only."
            )
        )
    elif release in with_margins:
        said.append(language.gettext("Its margins are modelled here, as the published ones are not in hand: indicative only."))
    elif release in atlas.modelled and not atlas.modelled[release].meta["proven"]:
        said.append(
            language.gettext("Modelled margins were tried for this release and did not prove themselves: none is given.")
        )
    if published:
        said.append(language.gettext("For published margins, choose release {release}.").format(release=published[0]))
    return said
