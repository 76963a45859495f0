"""How the gap is spread over the areas, and the figures that programmes ask a city for. Compares nothing over time."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from equity import indicators
from equity.atlas import Atlas
from equity.flags import Flag
from equity.gap import history
from equity.stats import concentration, moe
from equity.targets import Target, thresholds

HALF = 0.5  # of the gap
FEW = 10
_SELECTED = ["areas", "estimate", "moe", "part", "part_moe", "universe_part"]
HELD = ["release", "areas", *(f"half_{name}" for name in _SELECTED), *(f"few_{name}" for name in _SELECTED)]
HELD += ["absolute", "relative", "by_chance", "reference", "modelled"]
CERTIFIED = ["outcome", "indicator", "release", "first_year", "last_year", "share", "share_moe", "low", "high"]
CERTIFIED += [
    "universe_estimate",
    "universe_moe",
    "flag",
    "modelled",
    "published_whole",
    "reason",
    "citation",
    "publisher",
    "margin_citation",
]
CERTIFIED += ["threshold", "threshold_printed", "threshold_source"]

# What certification programmes ask for -> the indicator it is the other side of.
OUTCOMES = {"broadband_any": "no_broadband", "broadband_wired": "no_wired"}

# The third part of the plan's promise, digital skills, is asked by no survey at this level: there is a reason, and no figure.
NO_SURVEY = "no_survey"


def held(atlas: Atlas, key: str, release: int) -> pd.Series:
    """The fewest areas that hold half of the gap, the part of the FEW with most of it, and how unequal the areas are: HELD.

    ``half_`` and ``few_``: areas, their ids joined by ``;``, the largest count first; ``estimate`` and its margin for them
    taken together, a tract's weights added first; ``part`` of the city's count, with its margin; ``universe_part``, their part
    of all the households. They are chosen by the same figures, so the part is a little too large on average. ``areas``: how
    many have a figure. ``absolute``, ``relative``, ``by_chance`` and ``reference`` as concentration.disparity has them, on the
    adverse side; missing where neither way is worse. Missing is NaN; the release gives nothing: ``areas`` is 0.
    """
    return atlas.keep(("gap.held", key, release), lambda: _held(atlas, key, release))


def certification(
    atlas: Atlas, release: int | None = None, told: Iterable[Target] = (), published: bool = False
) -> pd.DataFrame:
    """The share of the city's households with a broadband subscription, ready to quote: CERTIFIED, a row for each of OUTCOMES.

    ``broadband_any``: of any type; ``broadband_wired``: cable, fiber or DSL. Of ``release``, or each of the newest that gives
    it, with ``published`` the newest whose margin is published; ``reason`` (``Missing``) where it does not. The share is 1 -
    the share without, and has its margin; ``low`` and ``high`` are its interval. As published for the city as a whole where
    that is in hand. ``margin_citation``: the method, of a margin that is modelled; else empty. ``threshold`` is that of
    ``targets.csv`` on the same side, with its words and its source; missing where none is set there, for none is known here.
    """
    told, rows = tuple(told), []
    for outcome, key in OUTCOMES.items():
        chosen = release or (_published(atlas, key) if published else None) or atlas.newest(key) or atlas.releases[0]
        row, known = atlas.shown_total(chosen, key), atlas.release(chosen)
        low, high = moe.interval(1 - row["share"], row["share_moe"], 0, 1)
        points = history.summed(atlas, key).set_index("release")
        whole = bool(row["flag"] & Flag.PUBLISHED_WHOLE)
        meta = (atlas.published if whole else atlas.snapshots)[chosen].meta
        found = {"outcome": outcome, "indicator": key, "share": 1 - row["share"], "low": low, "high": high}
        found |= row[["share_moe", "universe_estimate", "universe_moe", "flag"]].to_dict()
        found |= {"release": chosen, "first_year": known.survey_years[0], "last_year": known.survey_years[1]}
        found |= {"modelled": bool(row["flag"] & Flag.MODELLED), "published_whole": whole}
        found |= {"reason": points.loc[chosen, "reason"], "citation": meta["citation"], "publisher": meta["publisher"]}
        found |= {"margin_citation": atlas.modelled[chosen].meta["citation"] if found["modelled"] else ""}
        found |= {"threshold": np.nan, "threshold_printed": "", "threshold_source": ""}
        asked = thresholds(told, key) or (None,)
        rows += [found if one is None else found | _threshold(one) for one in asked]
    return pd.DataFrame(rows)[CERTIFIED]


# --- within ----------------------------------------------------------------------------------------------------------


def _held(atlas: Atlas, key: str, release: int) -> pd.Series:
    """``held`` without the memory."""
    table, city, worse = atlas.table("area", release, key), atlas.total(release, key), indicators.get(key).worse
    order = concentration.concentration(table)
    found: dict = dict.fromkeys(HELD, np.nan) | {"release": release, "areas": len(order), "half_areas": "", "few_areas": ""}
    found["modelled"] = bool(city["flag"] & Flag.MODELLED)
    for name, places in (("half", concentration.fewest(table, HALF)), ("few", min(FEW, len(order)))):
        if places:
            chosen = order["place_id"].head(places)
            found |= {f"{name}_{column}": value for column, value in _together(atlas, city, chosen, release, key).items()}
    if worse is not None and table["share"].notna().any():
        apart = concentration.disparity(table, city["share"], worse)
        found |= apart[["absolute", "relative", "by_chance", "reference"]].to_dict()
    return pd.Series(found)


def _together(atlas: Atlas, city: pd.Series, chosen: pd.Series, release: int, key: str) -> dict:
    """_SELECTED: what these areas hold together of the city's count and of its households."""
    row = atlas.selection(chosen, release, key)
    return {
        "areas": ";".join(chosen),
        "estimate": row["estimate"],
        "moe": row["moe"],
        "part": row["estimate"] / city["estimate"] if city["estimate"] else np.nan,
        "part_moe": moe.of_share(row["estimate"], row["moe"], city["estimate"], city["moe"]),
        "universe_part": row["universe_estimate"] / city["universe_estimate"],
    }


def _published(atlas: Atlas, key: str) -> int | None:
    """The newest release that publishes the city's margin."""
    rows = {release: atlas.shown_total(release, key) for release in atlas.releases}
    given = [release for release, row in rows.items() if row["share_moe"] > 0 and not row["flag"] & Flag.MODELLED]
    return max(given, default=None)


def _threshold(one: Target) -> dict:
    """A threshold on the share without, told on the share with."""
    return {"threshold": 1 - one.value, "threshold_printed": one.printed, "threshold_source": one.source}
