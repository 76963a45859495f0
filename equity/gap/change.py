"""What changed in the city and its areas since the plan's baseline, and what that change is made of. Projects nothing.

Verdicts are those of ``stats.compare`` by way of ``findings``; both sides of a change are summed from tracts.
"""

from __future__ import annotations

import enum

import numpy as np
import pandas as pd

from equity import findings
from equity.atlas import Atlas
from equity.errors import UsageError
from equity.findings import Reason, Verdict
from equity.flags import Flag
from equity.gap import history
from equity.stats import compare, progress

DEVICES = "no_computer"
_JUDGED = ["old", "old_moe", "new", "new_moe", "difference", "difference_moe", "z", "z_overlap", "shared_years"]
_JUDGED += ["verdict", "reason"]
SINCE = ["indicator", "measure", "start", "newest", *_JUDGED, "moe_overlap", "modelled"]
SINCE += [f"latest_{name}" for name in ("release", "figure", "difference", "reason")]
_PARTS = ["change", "change_moe", "growth", "growth_moe", "rate", "rate_moe"]
SPLIT = ["level", "place_id", "place_name", "old", "new", "universe", "universe_moe", *_PARTS]
SPLIT += ["part", "part_moe", "modelled", "reason"]
MOVERS = ["place_id", "place_name", "moved", "direction", *_JUDGED, "modelled", "without_overlap", "tested"]

_SURE = (Verdict.FELL, Verdict.ROSE)
_INDICATIVE = (Verdict.PROBABLY_FELL, Verdict.PROBABLY_ROSE)
_DOWN = (Verdict.FELL, Verdict.PROBABLY_FELL)


class Why(enum.StrEnum):
    """Why there is no change to tell, beside the reasons of ``compare.Reason``."""

    NO_START = "no_start"  # the baseline's release is not in hand, or does not give the indicator
    NO_LATER = "no_later_release"  # none after it does


class Moved(enum.StrEnum):
    """What can be said of an area's change, the surest first; the values stand in files and never change."""

    SURELY = "surely"
    PROBABLY = "probably"  # indicative: only with the overlap factor, or with a modelled margin
    CANNOT_TELL = "cannot_tell"  # too close to call
    NOT_COMPARABLE = "not_comparable"  # see the reason


def since_baseline(
    atlas: Atlas, key: str, measure: str = "share", start: int | None = None, published: bool = False
) -> pd.Series:
    """The city's change since the release of the plan's baseline, or since ``start``: SINCE.

    ``newest`` is the newest later release that can be compared (with a margin, of one wording and method); where none can, the
    newest that gives an estimate, with the ``reason`` (compare.Reason or ``Why``). If a newer one gives an estimate and cannot
    be compared, ``latest_release`` is that, with its figure, its difference and the reason. Differences are new - old, in the
    measure's unit; ``difference_moe`` is without the overlap of the releases, ``moe_overlap`` with it; ``modelled``: a margin
    is, so the verdict is no more than *probably*; with ``published`` releases of modelled margins are passed over, to say what
    is sure without them. Missing is NaN, words are then empty.
    """
    if measure not in findings.MEASURES:
        raise UsageError(f"no measure {measure!r}; choose one of: {', '.join(findings.MEASURES)}")
    begin = atlas.city.baseline["release"] if start is None else start
    given = _given(atlas, key)
    told: dict = dict.fromkeys(SINCE, np.nan) | {"indicator": key, "measure": measure, "verdict": "", "latest_reason": ""}
    told |= {"modelled": False, "reason": str(Why.NO_START)}
    if begin not in given:
        return pd.Series(told)
    known = atlas.total(begin, key)
    told |= {"start": begin, "old": known[measure], "old_moe": known["moe" if measure == "estimate" else f"{measure}_moe"]}
    modelled = {release for release in given if atlas.total(release, key)["flag"] & Flag.MODELLED}
    later = [release for release in given if release > begin and not (published and release in modelled)]
    if not later:
        return pd.Series(told | {"reason": str(Why.NO_LATER)})
    changes = {release: findings.change_of_city(atlas, begin, release, key, measure) for release in later}
    comparable = [release for release in later if changes[release]["verdict"] != Verdict.NOT_COMPARABLE]
    newest, latest = (comparable or later)[0], later[0]
    told |= {"newest": newest} | changes[newest][_JUDGED].to_dict()
    told["moe_overlap"] = told["difference_moe"] * compare.overlap_factor(int(told["shared_years"]))
    told["modelled"] = bool(modelled & {begin, newest})
    if latest != newest:
        row = changes[latest]
        told |= {"latest_release": latest, "latest_figure": row["new"], "latest_reason": row["reason"]}
        told["latest_difference"] = row["difference"]
    return pd.Series(told)


def devices(atlas: Atlas, measure: str = "share") -> pd.Series:
    """``since_baseline`` of the households without a computer of any kind."""
    return since_baseline(atlas, DEVICES, measure)


def split(atlas: Atlas, key: str) -> pd.DataFrame:
    """The change since the baseline as growth and rate, for the city and below it every area: SPLIT, in households.

    ``old`` and ``new`` are the two releases, those of ``since_baseline``; ``universe`` is how many households more there are.
    ``growth`` is what their number made, ``rate`` what the share made; margins are without the overlap of the releases, so
    rather too wide. The areas' changes add up to the city's; their growth and rate do not, because households also shift
    between areas of different shares. ``part``: an area's change as a part of the city's, with its margin, negative where it
    went the other way; only where the city's change is more than noise. Empty where there is no later release; where two
    releases are not comparable but for a margin, ``growth`` and ``rate`` are missing, with the ``reason``.
    """
    city = since_baseline(atlas, key, "estimate")
    if np.isnan(city["newest"]):
        return pd.DataFrame(columns=SPLIT)
    return atlas.keep(("gap.split", key), lambda: _split(atlas, key, city))


def movers(atlas: Atlas, key: str, release: int, measure: str = "share") -> pd.DataFrame:
    """Every area's change from the baseline to a release: MOVERS, the surest first, then the largest.

    ``moved`` is a ``Moved``; ``direction`` is "down" or "up" where it moved, else empty. The list is controlled at 10 % over
    the ``tested``. ``without_overlap``: the change stands without the overlap factor; where it is no more than probable then,
    that is because a margin is ``modelled``. Where the baseline is no earlier release that gives the indicator, every row says
    ``no_earlier_release``.
    """
    start = findings.since(atlas, release, key)
    if start is None:
        nothing = dict.fromkeys(_JUDGED, np.nan) | {"verdict": str(Verdict.NOT_COMPARABLE), "reason": findings.NO_EARLIER}
        found = pd.DataFrame([{"place_id": area, **nothing, "tested": 0} for area in atlas.area_names])
    else:
        found = findings.changes(atlas, start, release, key, measure=measure)
    verdict = found["verdict"]
    sure, probable = verdict.isin(_SURE), verdict.isin(_INDICATIVE)
    noise, order = verdict == Verdict.TOO_CLOSE, {str(word): position for position, word in enumerate(Moved)}
    found["moved"] = np.select(
        [sure, probable, noise], [str(Moved.SURELY), str(Moved.PROBABLY), str(Moved.CANNOT_TELL)], str(Moved.NOT_COMPARABLE)
    )
    found["direction"] = np.select([verdict.isin(_DOWN), sure | probable], ["down", "up"], "")
    releases = [release] if start is None else [start, release]
    flag = pd.concat([atlas.table("area", r, key).set_index("place_id")["flag"] & int(Flag.MODELLED) for r in releases], axis=1)
    found["modelled"] = flag.any(axis=1).reindex(found["place_id"]).to_numpy()
    found["without_overlap"] = compare.stands(found["z"].to_numpy(dtype=float))
    found["place_name"] = found["place_id"].map(atlas.area_names)
    found = found.assign(_order=found["moved"].map(order), _size=-found["difference"].abs())
    return found.sort_values(["_order", "_size"], kind="stable").reset_index(drop=True)[MOVERS]


def tally(found: pd.DataFrame) -> pd.DataFrame:
    """MOVERS -> moved, direction, places: how many areas are of each kind, none left out."""
    kinds = [(word, way) for word in Moved for way in (("down", "up") if word in (Moved.SURELY, Moved.PROBABLY) else ("",))]
    counted = [((found["moved"] == word) & (found["direction"] == way)).sum() for word, way in kinds]
    told = [(str(word), way, int(places)) for (word, way), places in zip(kinds, counted, strict=True)]
    return pd.DataFrame(told, columns=["moved", "direction", "places"])


# --- within ----------------------------------------------------------------------------------------------------------


def _given(atlas: Atlas, key: str) -> list[int]:
    """The releases that give the city an estimate, the newest first."""
    known = history.summed(atlas, key)
    return sorted(known.loc[known["estimate"].notna(), "release"].tolist(), reverse=True)


def _split(atlas: Atlas, key: str, city: pd.Series) -> pd.DataFrame:
    """``split`` without the memory."""
    old, new = int(city["start"]), int(city["newest"])
    parts = []
    for level in ("city", "area"):
        before, after = atlas.table(level, old, key), atlas.table(level, new, key)
        made = progress.contributions(before, after)
        names = after.set_index("place_id")["place_name"].reindex(made["place_id"]).to_numpy()
        flag = (before.set_index("place_id")["flag"] | after.set_index("place_id")["flag"]) & int(Flag.MODELLED)
        grown = _difference(before, after).reindex(made["place_id"]).reset_index(drop=True)
        parts.append(pd.concat([made, grown], axis=1).assign(level=level, place_name=names))
        parts[-1]["modelled"] = flag.reindex(made["place_id"]).to_numpy(dtype=bool)
    found = pd.concat(parts, ignore_index=True).assign(old=old, new=new, reason=city["reason"])
    if city["reason"] not in ("", Reason.NO_MARGIN):  # then the share changed its meaning, and what it "made" means nothing
        found[["change_moe", *_PARTS[2:]]] = np.nan
    part = progress.part_of(found["change"], found["change_moe"], city["difference"], city["difference_moe"])
    if city["verdict"] not in _SURE + _INDICATIVE:
        part[:] = np.nan
    return found.assign(**part)[SPLIT]


def _difference(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """place_id -> universe, universe_moe: how many households more there are, and the margin of that."""
    old, new = (table.set_index("place_id")[["universe_estimate", "universe_moe"]] for table in (before, after))
    grown = new["universe_estimate"] - old["universe_estimate"]
    return pd.DataFrame({"universe": grown, "universe_moe": np.hypot(old["universe_moe"], new["universe_moe"])})
