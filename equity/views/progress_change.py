"""Sentences about a change: what it was, what it is, whether that is more than noise, and what made it. Knows no Dash.

Two releases are two counts in a changing city, so no sentence here says what became of a household. Verdicts, margins and
parts are those of ``equity.gap``; both sides are added up from tracts.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from equity import gap, indicators
from equity.atlas import Atlas
from equity.findings import Verdict
from equity.flags import NO_MARGIN_REASONS, Flag
from equity.gap import Why
from equity.indicators import N_
from equity.language import Language
from equity.views import standing, text

_HEADLINES: dict[str, str] = {
    Verdict.FELL: N_(
        "Fewer {of} in {where} {predicate} in the survey years {new_years} than in {old_years}: {new} after {old}, which is "
        "{new_share} of all {of} after {old_share}."
    ),
    Verdict.PROBABLY_FELL: N_(
        "Probably fewer {of} in {where} {predicate} in the survey years {new_years} than in {old_years}: {new} after {old}, "
        "which is {new_share} of all {of} after {old_share}."
    ),
    Verdict.ROSE: N_(
        "More {of} in {where} {predicate} in the survey years {new_years} than in {old_years}: {new} after {old}, which is "
        "{new_share} of all {of} after {old_share}."
    ),
    Verdict.PROBABLY_ROSE: N_(
        "Probably more {of} in {where} {predicate} in the survey years {new_years} than in {old_years}: {new} after {old}, "
        "which is {new_share} of all {of} after {old_share}."
    ),
    Verdict.TOO_CLOSE: N_(
        "Whether fewer or more {of} in {where} {predicate} in the survey years {new_years} than in {old_years} cannot be told: "
        "{new} after {old}, which is {new_share} of all {of} after {old_share}."
    ),
    Verdict.NOT_COMPARABLE: N_(
        "{old} {of} in {where} ({old_share}) {predicate} in the survey years {old_years}, and {new} ({new_share}) in "
        "{new_years}; whether that is a change cannot be told."
    ),
}
_NO_LATER = N_(
    "{old} {of} in {where} ({old_share}) {predicate} in the survey years {old_years}; no later release here gives this figure, "
    "so no change can be told."
)
_NO_START = N_("Release {release}, which changes are measured from, does not give this figure, so no change can be told.")
_NOTHING: dict[str, str] = {
    Why.NO_START: N_("The release that changes are measured from does not give this figure."),
    Why.NO_LATER: N_("No later release here gives this figure, so there is nothing to compare."),
}
DOUBTS = int(Flag.MODELLED | Flag.RECOVERED | NO_MARGIN_REASONS)  # what a first look has to say of a figure
_BOTH = {"estimate": N_("Number of {of}"), "share": N_("Share of all {of}")}


def headline(language: Language, atlas: Atlas, key: str) -> str:
    """One true sentence to read aloud: the newest count and the first, as numbers and as shares, and whether they differ."""
    _, what = language.gettext, indicators.get(key)
    count, share = changes(atlas, key)
    if count["reason"] == Why.NO_START:
        return _(_NO_START).format(release=atlas.city.baseline["release"])
    if atlas.city.baseline.get("newest"):
        return text.headline(language, atlas, what, atlas.total(int(count["start"]), key), atlas.city.name)
    words = {"of": _(what.universe), "where": atlas.city.name, "predicate": _(what.predicate)}
    words |= {"old_years": text.years(atlas.release(int(count["start"])))}
    words |= {"old": _number(language, count, "old"), "old_share": share_of(language, share["old"], share["old_moe"])}
    if count["reason"] == Why.NO_LATER:
        return _(_NO_LATER).format(**words)
    words |= {"new": _number(language, count, "new"), "new_share": share_of(language, share["new"], share["new_moe"])}
    words |= {"new_years": text.years(atlas.release(int(count["newest"])))}
    return _(_HEADLINES[count.verdict]).format(**words)


def doubts(language: Language, atlas: Atlas, key: str) -> str:
    """What is to be known of the figures of the ``headline``, by release; empty where nothing is."""
    change, said = since(atlas, key), []
    for release in (change["start"], change["newest"]):
        if np.isnan(release):
            continue
        said.append(doubts_of(language, atlas, key, int(release)))
    return " ".join(filter(None, said))


def doubts_of(language: Language, atlas: Atlas, key: str, release: int) -> str:
    """What is to be known of one release's figure; empty where nothing is."""
    notes = text.notes(language, atlas, int(atlas.total(release, key)["flag"]) & DOUBTS)
    return language.gettext("Release {release}: {notes}.").format(release=release, notes="; ".join(notes)) if notes else ""


def since(atlas: Atlas, key: str, measure: str = "estimate", published: bool = False) -> pd.Series:
    """``gap.since_baseline``, made once: a page asks for it in many places. Nobody may change it."""
    return atlas.keep(("since", key, measure, published), lambda: gap.since_baseline(atlas, key, measure, published=published))


def changes(atlas: Atlas, key: str) -> tuple[pd.Series, pd.Series]:
    """``since`` of the number and of the share."""
    return since(atlas, key), since(atlas, key, "share")


def verdict(language: Language, change: pd.Series) -> str:
    """ "Probably fell": in words, as a heading."""
    return text.capital(language.gettext(standing.VERDICTS[change.verdict][0]))


def difference(language: Language, change: pd.Series) -> str:
    """ "−46,733 ± 4,618" households or "−4.7 ± 0.4 points", in the measure's unit; without a margin where there is none."""
    number, margin, unit = _written(language, change, "difference"), change["difference_moe"], ""
    if change["measure"] == "share":
        margin, unit = margin * 100, " " + language.gettext("points")
    spread = "" if np.isnan(margin) else f" ± {language.number(margin, _decimals(change))}"
    return number + spread + unit


def interval(language: Language, change: pd.Series) -> str:
    """The 90% interval of a difference, and the margin that allows for shared years; empty without a margin."""
    if np.isnan(change["difference_moe"]):
        return ""
    ends = {"low": change["difference"] - change["difference_moe"], "high": change["difference"] + change["difference_moe"]}
    words = {name: _written(language, {**change, "difference": end}, "difference") for name, end in ends.items()}
    if not change["shared_years"]:
        return language.gettext("90% interval: {low} to {high}").format(**words)
    factor = 100 if change["measure"] == "share" else 1
    words["overlap"] = language.number(change["moe_overlap"] * factor, _decimals(change))
    return language.gettext("90% interval: {low} to {high}; ± {overlap} allowing for shared years").format(**words)


def lines(language: Language, atlas: Atlas, key: str) -> list[str]:
    """The number and the share, each with its verdict, difference and interval; empty where there is nothing to compare."""
    _, of = language.gettext, language.gettext(indicators.get(key).universe)
    said = []
    for change in changes(atlas, key):
        if np.isnan(change["newest"]):
            continue
        spread = interval(language, change)
        parts = [difference(language, change), *([f"({spread})"] if spread else [])]
        word = _(standing.VERDICTS[change.verdict][0])
        said.append(f"{_(_BOTH[change['measure']]).format(of=of)}: {word}, {' '.join(parts)}")
    return said


def why(language: Language, change: pd.Series) -> str:
    """Why the verdict is what it is, or why there is none."""
    if change["reason"] in _NOTHING:
        return language.gettext(_NOTHING[change.reason])
    if change["reason"]:
        return language.gettext(standing.REASONS[change.reason])
    return standing.why(language, change["verdict"], bool(change["modelled"]))


def overlap(language: Language, change: pd.Series) -> str:
    """How many survey years the two releases share, and from which release on none is; empty where nothing is compared."""
    if np.isnan(change["newest"]):
        return ""
    named = {"old": int(change["start"]), "new": int(change["newest"]), "shared": int(change["shared_years"])}
    if not named["shared"]:
        return language.gettext("Releases {old} and {new} share no survey year.").format(**named)
    said = language.ngettext(
        "Releases {old} and {new} share {shared} of their five survey years; the first that shares none with {old} will be "
        "release {first}.",
        "Releases {old} and {new} share {shared} of their five survey years; the first that shares none with {old} will be "
        "release {first}.",
        named["shared"],
    )
    return said.format(**named, first=named["old"] + 5)


def sure(language: Language, atlas: Atlas, key: str) -> str:
    """What published margins alone say, where the change above rests on a modelled one; else empty."""
    if not since(atlas, key)["modelled"]:
        return ""
    _, count = language.gettext, since(atlas, key, published=True)
    if np.isnan(count["newest"]) or count["verdict"] == Verdict.NOT_COMPARABLE:
        return _("With published margins alone no change can be told yet.")
    said = {"old": int(count["start"]), "new": int(count["newest"]), "difference": difference(language, count)}
    words = {"verdict": _(standing.VERDICTS[count.verdict][0]), "of": _(indicators.get(key).universe)}
    if count["verdict"] == Verdict.TOO_CLOSE:
        told_so = _("With published margins alone, from release {old} to {new}: {verdict}, {difference} {of}.")
    else:
        told_so = _("With published margins alone, from release {old} to {new} the number {verdict}: {difference} {of}.")
    return told_so.format(**said, **words) + " " + standing.why(language, count["verdict"])


def left_out(language: Language, atlas: Atlas, key: str) -> str:
    """A newer release that gives a figure and cannot be compared, with the reason; empty where there is none."""
    change = since(atlas, key)
    if np.isnan(change["latest_release"]):
        return ""
    said = language.gettext("Release {release} is newer and gives {figure} ({difference}), but it is not compared: {reason}")
    return said.format(
        release=int(change["latest_release"]),
        figure=language.number(change["latest_figure"]),
        difference=_written(language, change, "latest_difference"),
        reason=language.gettext(standing.REASONS[change.latest_reason]),
    )


def made_of(language: Language, atlas: Atlas, key: str) -> str:
    """What growth and what the share made of the change, in one sentence with margins; empty where it cannot be split."""
    found = gap.split(atlas, key)
    if found.empty or np.isnan(found.iloc[0]["growth"]) or np.isnan(found.iloc[0]["rate"]):
        return ""
    row, _ = found.iloc[0], language.gettext
    parts = {name: text.signed(language, row[name]) + _spread(language, row[f"{name}_moe"]) for name in ("growth", "rate")}
    parts["universe"] = text.signed(language, row["universe"]) + _spread(language, row["universe_moe"])
    parts["change"] = text.signed(language, row["change"]) + _spread(language, row["change_moe"])
    said = _(
        "The city's {of} changed by {universe} between the two releases. At the mean of the two shares that alone would have "
        "moved the count by {growth}; the change of the share, at the mean of the two numbers of {of}, moved it by {rate}; "
        "together {change}."
    )
    said = said.format(of=_(indicators.get(key).universe), **parts)
    if np.isnan(row["change_moe"]):
        return said + " " + _("Their margins are not known, so none of this is tested.")
    return said + (" " + _("A modelled margin is among them: indicative.") if row["modelled"] else "")


def share_of(language: Language, share: float, moe: float) -> str:
    """ "10.8% ± 0.3 points", "10.8%" without a margin, a dash without a share."""
    if np.isnan(share):
        return "–"
    if np.isnan(moe):
        return text.percent(language, share)
    said = language.gettext("{share} ± {moe} points")
    return said.format(share=text.percent(language, share), moe=text.points(language, moe))


# --- within ----------------------------------------------------------------------------------------------------------


def _number(language: Language, change: pd.Series, which: str) -> str:
    return text.with_margin(language, change[which], change[f"{which}_moe"])


def _written(language: Language, change: pd.Series | dict, name: str) -> str:
    """A difference with its sign, in the measure's unit as it is written."""
    factor = 100 if change["measure"] == "share" else 1
    return text.signed(language, change[name] * factor, _decimals(change))


def _decimals(change: pd.Series | dict) -> int:
    return 1 if change["measure"] == "share" else 0


def _spread(language: Language, moe: float) -> str:
    return "" if np.isnan(moe) else f" ± {language.number(moe)}"
