"""How fast the gap must close to reach a figure in a year, and how fast it does, where that can be told. Sets no target.

Years count from the centre of the newest release. A pace is signed: below 0 the count falls. A pace *needed* takes any two
numbers; a pace *achieved* is that of a fitted line, and needs releases enough: before that there is none, and what is lacking
is told instead.
"""

from __future__ import annotations

import datetime
import enum
import itertools
from collections.abc import Iterable

import numpy as np
import pandas as pd

from equity import due, indicators
from equity.atlas import Atlas
from equity.cities import City
from equity.errors import UsageError
from equity.gap import history
from equity.indicators import Indicator
from equity.stats import progress
from equity.targets import CITY, MEASURES, Kind, Target

# The words of the statistics, for whoever puts them into sentences.
Outlook = progress.Outlook
MISFIT = progress.MISFIT

NEEDED = ["state", "release", "centre", "newest", "newest_moe", "share", "share_moe", "target", "year", "years_left"]
NEEDED += ["pace", "pace_moe", "within_margin", "households", "universe", "growth"]
NEEDED += ["share_then", "share_pace", "share_pace_moe"]
_LACKING = ["published_releases_lacking", "published_years_lacking", "margins_wanted", "enough_with", "published_enough_with"]
_NEXT = ["trend_years", "next_release", "next_due", "year_is_over", "seen_with", "seen"]
OUTLOOK = ["indicator", "place", "measure", "target", "year", *progress.OUTLOOK, "within_margin", *_LACKING, *_NEXT]
_FURTHEST = 20  # releases ahead that are looked at; three and three years are had long before


class Households(enum.StrEnum):
    """What is assumed of all the households in the target's year; the values stand in files and never change."""

    STAY = "stay"  # as many as in the newest release
    GROW = "grow"  # more (or fewer) every year by as many as from the baseline's release to the newest


class State(enum.StrEnum):
    """Whether there is a pace to tell; but for the last one, words of ``Outlook``."""

    MET = "met"
    PERHAPS_MET = "perhaps_met"
    PAST = "past"  # no year is left; ``outlook`` says how its own release stands to the target
    MISSING = "missing"
    NEEDED = "needed"


class Seen(enum.StrEnum):
    """Where the release is whose centre is the target's year."""

    TO_COME = "to_come"
    NOT_HERE = "not_here"  # it is out, and nothing of it is in hand
    WITHOUT = "without_figure"  # it is in hand, and does not give this figure
    HERE = "here"


def needed(atlas: Atlas, key: str, remaining: float, year: int) -> pd.DataFrame:
    """The pace at which the city's count would be ``remaining`` in ``year``: NEEDED, a row for each of ``Households``.

    ``state`` is a ``State``. ``pace`` is in households a year, the same in both rows; ``share_pace`` is in fractions a year of
    all households, who are ``universe`` by then, having grown by ``growth`` a year. Both are 0 once it is met. Margins are
    those of the newest figure alone: what is assumed is taken as given. ``within_margin``: the newest figure's margin holds
    ``remaining``. Without an earlier release to grow from, *grow* has no share. UsageError for a number below 0, or an
    indicator of which neither way is worse.
    """
    worse = _worse(indicators.get(key))
    if not (np.isfinite(remaining) and remaining >= 0 and np.isfinite(year)):
        raise UsageError(f"{remaining!r} in {year!r} cannot be planned for; give a number of households from 0 up and a year")
    points = history.summed(atlas, key)
    found = progress.outlook(points, remaining, year, worse, "estimate")
    word = str(State.PAST) if found["years_left"] <= 0 else found["outlook"]
    state = State(word) if word in set(State) else State.NEEDED
    told = dict.fromkeys(NEEDED, np.nan) | {"state": str(state), "target": remaining, "year": year, "within_margin": False}
    if state is not State.MISSING:
        newest = points[points["release"] == found["release"]].iloc[0]
        told |= newest[["release", "centre", "share", "share_moe"]].to_dict()
        told |= {"newest": newest["estimate"], "newest_moe": newest["moe"], "years_left": found["years_left"]}
        told |= {"pace": found["pace_needed"], "pace_moe": found["pace_needed_moe"], "within_margin": _within(found, remaining)}
    rows = [told | {"households": str(assumed)} | _of_share(atlas, points, told, assumed) for assumed in Households]
    return pd.DataFrame(rows, columns=NEEDED)


def outlook(
    atlas: Atlas,
    key: str,
    target: float,
    year: int,
    measure: str = "estimate",
    place: str = CITY,
    today: datetime.date | None = None,
) -> pd.Series:
    """Whether a figure will be reached in a year: OUTLOOK, which is progress.OUTLOOK and what it takes to know more.

    ``outlook`` is in one word, and supposes that the line goes on as it went for ``trend_years``, its years from first to last.
    There is none, and no ``chance``, while published margins alone are too few: ``published_releases_lacking`` and
    ``published_years_lacking`` say what they lack, and ``slope`` and ``fitted`` of a line with a modelled margin (``modelled``)
    are then indicative. There is no chance either where the releases do not lie on one line (``misfit`` below MISFIT), nor
    where ``fitted`` with its margin reaches what no count can be: the line knows of no limit. ``margins_wanted``: the releases
    that are out, joined by ``;``, of which published figures with their margins would be enough; ``enough_with`` and
    ``published_enough_with``: the releases to come with which there would be, if every one has margins. ``next_release`` and
    ``next_due`` (due.Due) are of the release to come; ``year_is_over``: the target's year is, today; ``seen_with``: the release
    whose centre that year is, and ``seen``, a ``Seen``, where that is. UsageError as for ``needed``.
    """
    worse = _worse(indicators.get(key))
    if measure not in MEASURES:
        raise UsageError(f"no measure {measure!r}; choose one of: {', '.join(MEASURES)}")
    today = today or datetime.date.today()
    points = history.summed(atlas, key, place)
    published, line, coming = points[~points["modelled"]], progress.trend(points, measure), _coming(atlas.city)
    found = progress.outlook(points, target, year, worse, measure).to_dict()
    releases, years = progress.lacking(published, measure)
    found |= {"indicator": key, "place": place, "measure": measure, "target": target, "year": year}
    found |= {"within_margin": _within(found, target), "trend_years": line.releases[-1] - line.releases[0] if line else np.nan}
    found |= {"published_releases_lacking": releases, "published_years_lacking": years}
    found |= _guarded(found, measure) | {"margins_wanted": _margins_wanted(points, measure)}
    found["enough_with"] = _enough_with(points, measure, coming)
    found["published_enough_with"] = _enough_with(published, measure, coming)
    found |= {"next_release": coming, "next_due": str(due.next_release(atlas.city, today))}
    seen_with = year + progress.TO_CENTRE
    found |= {"year_is_over": year < today.year, "seen_with": seen_with, "seen": str(_seen(points, seen_with, measure, coming))}
    return pd.Series(found)[OUTLOOK]


def outlooks(atlas: Atlas, told: Iterable[Target], today: datetime.date | None = None) -> pd.DataFrame:
    """OUTLOOK for every row of ``targets.csv`` that is a TARGET with a year, in their order; empty where no target is set."""
    dated = [row for row in told if row.kind is Kind.TARGET and row.year is not None]
    rows = [outlook(atlas, row.indicator, row.value, row.year, row.measure, row.place, today) for row in dated]
    return pd.DataFrame(rows, columns=OUTLOOK).reset_index(drop=True)


# --- within ----------------------------------------------------------------------------------------------------------


def _worse(what: Indicator) -> str:
    if what.worse is None:
        raise UsageError(f"neither way is worse of {what.key}, so nothing is to be reached; choose another indicator")
    return what.worse


def _within(found: dict | pd.Series, target: float) -> bool:
    """Whether the newest figure's margin holds the target; not where there is no margin."""
    return bool(abs(found["newest"] - target) <= found["newest_moe"])


def _guarded(found: dict, measure: str) -> dict:
    """{} where a word may be said; else the word that may, and no chance."""
    if found["outlook"] not in (Outlook.ON_TRACK, Outlook.OFF_TRACK, Outlook.CANNOT_TELL) or found["years_left"] <= 0:
        return {}
    if found["published_releases_lacking"] or found["published_years_lacking"]:
        return {"outlook": str(Outlook.TOO_FEW_RELEASES), "chance": np.nan}
    low, high = found["fitted"] - found["fitted_moe"], found["fitted"] + found["fitted_moe"]
    impossible = low <= 0 or (measure == "share" and high >= 1)
    return {"outlook": str(Outlook.CANNOT_TELL), "chance": np.nan} if impossible else {}


def _margins_wanted(points: pd.DataFrame, measure: str) -> str:
    """The fewest releases that are out, the newest first, of which published figures would make a line; "" where none need."""
    published = points[~points["modelled"]]
    if not any(progress.lacking(published, measure)):
        return ""
    margin = "moe" if measure == "estimate" else f"{measure}_moe"
    without = points["modelled"] | ~(points[margin] > 0)
    held = points[without & (points["wording"] == progress.ONE_WORDING)].sort_values("release")
    for number in range(1, len(held) + 1):
        for chosen in itertools.combinations(held["release"].tolist()[::-1], number):
            with_them = points[~points["modelled"] | points["release"].isin(chosen)].copy()
            with_them.loc[with_them["release"].isin(chosen), [measure, margin]] = 0.01  # any figure and any margin will do
            if not any(progress.lacking(with_them, measure)):
                return ";".join(str(release) for release in sorted(chosen))
    return ""


def _seen(points: pd.DataFrame, release: int, measure: str, coming: int) -> Seen:
    """Where a release is."""
    row = points[points["release"] == release]
    if row.empty or (row["reason"] == history.Missing.NOT_LOADED).all():
        return Seen.TO_COME if release >= coming else Seen.NOT_HERE
    return Seen.HERE if row[measure].notna().any() else Seen.WITHOUT


def _of_share(atlas: Atlas, points: pd.DataFrame, told: dict, assumed: Households) -> dict:
    """What becomes of the share on the way: universe, growth, share_then, share_pace, share_pace_moe."""
    growth, left = _growth(atlas, points, told["release"]) if assumed is Households.GROW else 0.0, told["years_left"]
    newest = points.loc[points["release"] == told["release"], "universe_estimate"]
    universe = float(newest.iloc[0]) + growth * left if len(newest) and left > 0 else np.nan
    found = {"universe": universe, "growth": growth}
    if not universe > 0 or np.isnan(told["pace"]):
        return found
    if told["state"] in (State.MET, State.PERHAPS_MET):
        return found | {"share_pace": 0.0}
    then = told["target"] / universe
    return found | {"share_then": then, "share_pace": (then - told["share"]) / left, "share_pace_moe": told["share_moe"] / left}


def _growth(atlas: Atlas, points: pd.DataFrame, newest: float) -> float:
    """Households more a year, from the baseline's release to the newest; NaN where there are no two."""
    held = points.set_index("release")["universe_estimate"].dropna()
    start = atlas.city.baseline["release"]
    return float((held[newest] - held[start]) / (newest - start)) if start in held.index and start < newest else np.nan


def _coming(city: City) -> int:
    """The release to come: as city.toml expects it, or the one after the newest in hand where that is here already."""
    return max([city.calendar["next_release"], *(known.release + 1 for known in city.loaded)])


def _enough_with(points: pd.DataFrame, measure: str, coming: int) -> float:
    """The first release with which a line could be fitted; NaN where one can be already."""
    if not any(progress.lacking(points, measure)):
        return np.nan
    sampled = {measure: 0.5, "moe": 0.01, "share_moe": 0.01, "wording": progress.ONE_WORDING}
    kept = points[["release", measure, "moe", "share_moe", "wording"]]
    for release in range(coming, coming + _FURTHEST):
        kept = pd.concat([kept, pd.DataFrame([{"release": release, **sampled}])], ignore_index=True)
        if not any(progress.lacking(kept, measure)):
            return float(release)
    return np.nan
