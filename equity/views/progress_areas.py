"""Who moved: the areas' changes in words and as rows of a table, and how the gap is spread over them. Computes no figure.

The list is judged together (false discoveries at 10 %), by the share; beside it stands what each area made of the change of the
city's number.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from equity import gap, indicators
from equity.atlas import Atlas
from equity.gap import Moved
from equity.indicators import N_
from equity.language import Language
from equity.views import payload, progress_change, standing, text

# (What can be said of an area, which way it went) -> in words, of how many.
_MOVED: dict[tuple[str, str], str] = {
    (Moved.SURELY, "down"): N_("surely fell: {places}"),
    (Moved.SURELY, "up"): N_("surely rose: {places}"),
    (Moved.PROBABLY, "down"): N_("probably fell: {places}"),
    (Moved.PROBABLY, "up"): N_("probably rose: {places}"),
    (Moved.CANNOT_TELL, ""): N_("cannot be told from noise: {places}"),
    (Moved.NOT_COMPARABLE, ""): N_("not comparable: {places}"),
}
_ALWAYS = {(Moved.SURELY, "down"), (Moved.CANNOT_TELL, "")}


def found(atlas: Atlas, key: str) -> pd.DataFrame | None:
    """gap.movers of the newest release that is compared; None where none is."""
    newest = progress_change.since(atlas, key)["newest"]
    return None if np.isnan(newest) else _movers(atlas, key, int(newest))


def tally(language: Language, atlas: Atlas, moved: pd.DataFrame) -> str:
    """ "Of 77 community areas: surely fell: 0; probably fell: 54; cannot be told from noise: 23." """
    counted = gap.tally(moved).itertuples(index=False)
    parts = [
        language.gettext(_MOVED[one.moved, one.direction]).format(places=one.places)
        for one in counted
        if one.places or (one.moved, one.direction) in _ALWAYS
    ]
    said = language.gettext("Of {number} {areas}: {parts}.")
    return said.format(number=len(moved), parts="; ".join(parts), **text.nouns(language, atlas.city))


def short(language: Language, moved: pd.DataFrame) -> str:
    """ "54 of 77 probably fell, none surely", for a first look."""
    counted = gap.tally(moved).set_index(["moved", "direction"])["places"]
    fell, rose = (counted[Moved.SURELY, way] + counted[Moved.PROBABLY, way] for way in ("down", "up"))
    if counted[Moved.NOT_COMPARABLE, ""] == len(moved):
        return language.gettext("Cannot be compared")
    words = {"fell": fell, "all": len(moved), "surely": counted[Moved.SURELY, "down"], "rose": rose}
    if not fell and not rose:
        return language.gettext("None of {all} can be told from noise").format(**words)
    if not words["surely"]:
        said = language.gettext("{fell} of {all} probably fell, none surely")
    elif words["surely"] == fell:
        said = language.gettext("{fell} of {all} surely fell")
    else:
        said = language.gettext("{fell} of {all} fell, {surely} of them surely")
    if not rose:
        return said.format(**words)
    words["surely_rose"] = counted[Moved.SURELY, "up"]
    risen = (
        language.gettext("; {rose} rose, {surely_rose} of them surely")
        if words["surely_rose"]
        else language.gettext("; {rose} probably rose")
    )
    return (said + risen).format(**words)


def judged(language: Language, atlas: Atlas, key: str, moved: pd.DataFrame) -> list[str]:
    """Between which releases, how many were tested, and what that guards against; then what published margins alone say."""
    _, change = language.gettext, progress_change.since(atlas, key)
    named = {"old": int(change["start"]), "new": int(change["newest"]), "tested": int(moved["tested"].max())}
    named |= text.nouns(language, atlas.city)
    if not named["tested"]:
        why = _(standing.REASONS[moved.reason.iloc[0]])
        return [_("From release {old} to {new} no change of {one} can be told: {reason}").format(**named, reason=why)]
    said = [
        _(
            "Shares of release {new} against release {old}, {tested} {areas} judged together, so that of those said to have "
            "surely moved at most one in ten did not, on average."
        ).format(**named)
    ]
    probable = moved["moved"] == Moved.PROBABLY
    cancel = {"assumed": int((probable & ~moved["without_overlap"]).sum()), "probable": int(probable.sum())}
    if moved["modelled"].any():
        said.append(
            _(
                "Margins of one release are modelled, so nothing here is more than probable: of the {probable} that probably "
                "moved at most one in ten did not, on average, if those margins are right."
            ).format(**cancel)
            if cancel["probable"]
            else _("Margins of one release are modelled, so nothing here is more than probable.")
        )
    if cancel["assumed"]:
        said.append(
            _("For {assumed} of the {probable} that also takes that the survey years that are shared cancel.").format(**cancel)
            if moved["modelled"].any()
            else _("Of those that probably moved this holds only if the survey years that are shared cancel, as assumed.")
        )
    if moved["modelled"].any():
        newest = progress_change.since(atlas, key, published=True)["newest"]
        if not np.isnan(newest) and _movers(atlas, key, int(newest))["tested"].max():
            sure = short(language, _movers(atlas, key, int(newest)))
            told = _("With published margins alone, from release {old} to {newest}: {sure}.")
            said.append(told.format(**named, newest=int(newest), sure=sure))
    return said


def spread(language: Language, atlas: Atlas, key: str) -> list[str]:
    """The fewest areas that hold half of the newest count, by name, and what the ten with most of it hold."""
    newest = atlas.newest(key, "area")
    if newest is None:
        return []
    _, held = language.gettext, gap.held(atlas, key, newest)
    if not held["areas"] or not held["half_areas"] or np.isnan(held["half_part"]):
        return []
    words = text.nouns(language, atlas.city) | {"of": _(indicators.get(key).universe), "release": newest}
    said = []
    for name in ("half", "few"):
        chosen = held[f"{name}_areas"].split(";")
        words |= {
            "number": len(chosen),
            "all": held["areas"],
            "names": language.list_of([atlas.area_names[one] for one in chosen]),
        }
        words |= {"part": _part(language, held[f"{name}_part"], held[f"{name}_part_moe"])}
        words |= {"universe": text.percent(language, held[f"{name}_universe_part"], 0)}
        half = _(
            "The fewest {areas} that hold half of the count in release {release}: {number} of {all} ({part} of it, and "
            "{universe} of all {of}): {names}."
        )
        few = _("The {number} with most of it hold {part}, and have {universe} of all {of}.")
        if name == "half" or len(chosen) < held["areas"]:
            said.append((half if name == "half" else few).format(**words))
    said.append(_("Large areas hold much of any count; the map shows where the share is high."))
    return said


def columns(language: Language, atlas: Atlas) -> str:
    """What the columns of the table mean that do not say it themselves."""
    return language.gettext(
        "By growth: what more or fewer households alone would have made of the number, at the mean of the two shares. By the "
        "share: what the change of the share made of it. Part of the city's: the change of {one} as a part of the city's "
        "change. Changes add up to the city's; growth and share do not, because households also move between {areas}."
    ).format(**text.nouns(language, atlas.city))


def rows(language: Language, atlas: Atlas, key: str) -> list[dict]:
    """One row an area for the table, numbers as numbers; in the order of ``gap.movers``: the surest first, then the largest."""
    moved = found(atlas, key)
    if moved is None:
        return []
    made = gap.split(atlas, key).query("level == 'area'").set_index("place_id").reindex(moved["place_id"])
    columns = {
        "points": moved["difference"] * 100,
        "points_moe": moved["difference_moe"] * 100,
        **{name: made[name] for name in ("change", "change_moe", "growth", "growth_moe", "rate", "rate_moe")},
        "part": made["part"] * 100,
        "part_moe": made["part_moe"] * 100,
    }
    numbers = {name: payload.numbers(column.astype(float).round(4)) for name, column in columns.items()}
    words = [
        language.gettext(standing.REASONS[one.reason])
        if one.reason
        else text.capital(language.gettext(standing.VERDICTS[one.verdict][0]))
        for one in moved.itertuples()
    ]
    indicative = language.gettext("modelled: indicative")
    margins = [indicative if modelled else "" for modelled in moved["modelled"]]
    return [
        {"id": area, "name": name, "verdict": word, "margins": margin, **{column: numbers[column][at] for column in numbers}}
        for at, (area, name, word, margin) in enumerate(
            zip(moved["place_id"], moved["place_name"], words, margins, strict=True)
        )
    ]


def _movers(atlas: Atlas, key: str, release: int) -> pd.DataFrame:
    """``gap.movers``, made once."""
    return atlas.keep(("movers", key, release), lambda: gap.movers(atlas, key, release))


def _part(language: Language, part: float, moe: float) -> str:
    """ "51.4% ± 1.4 points"."""
    if np.isnan(moe):
        return text.percent(language, part)
    return language.gettext("{share} ± {moe} points").format(share=text.percent(language, part), moe=text.points(language, moe))
