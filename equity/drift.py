"""Whether a new set of figures is too unlike the last one to be believed without a person's word. Compares, never mends."""

from __future__ import annotations

import numpy as np
import pandas as pd

from equity import indicators
from equity.atlas import Atlas
from equity.flags import Flag

CITY, AREA = 0.03, 0.15  # how far a share may move, as fractions of the universe: the city's, and an area's
WHOLE = 0.8, 1.25  # of the sum of its areas: how many households the city may have as published


def drift(old: Atlas, new: Atlas, key: str = indicators.DEFAULT) -> list[str]:
    """What moved too far, a sentence each, the furthest first; empty when nothing did.

    A release is held against itself in the last set; one that is new, against the newest older release of the last set that
    asked the same question, and then what the margins of the two explain is allowed for. A figure that is gone has moved.
    """
    moved: list[tuple[float, str]] = []
    for release in sorted(new.releases):
        before = _before(old, new, release, key)
        if before is None:
            continue
        against = "" if before == release else f" (release {before})"
        for level, limit in (("city", CITY), ("area", AREA)):
            was, now = (atlas.table(level, at, key).set_index("place_id") for atlas, at in ((old, before), (new, release)))
            told = was[was["share"].notna()].join(now.add_suffix("_now"))
            gap = (told["share_now"] - told["share"]).abs().fillna(1.0)
            if before != release:
                gap -= np.hypot(told["share_moe"].fillna(0), told["share_moe_now"].fillna(0))
            for place, row in told[gap > limit].iterrows():
                said = f"{row['place_name']}, release {release}: {row['share']:.1%} before{against}, "
                moved.append((gap[place], said + (f"{row['share_now']:.1%} now" if pd.notna(row["share_now"]) else "none now")))
    return [sentence for _size, sentence in sorted(moved, key=lambda pair: -pair[0])]


def apart(new: Atlas, key: str = indicators.DEFAULT) -> list[str]:
    """Where the city as published is not what its areas add up to, a sentence each: tracts at its edge explain little."""
    found = []
    for release in new.releases:
        summed, shown = new.total(release, key), new.shown_total(release, key)
        if not shown["flag"] & Flag.PUBLISHED_WHOLE:
            continue
        part = shown["universe_estimate"] / summed["universe_estimate"]
        if not WHOLE[0] <= part <= WHOLE[1] or abs(shown["share"] - summed["share"]) > CITY:
            found.append(
                f"{shown['place_name']}, release {release}: {shown['universe_estimate']:,.0f} households as published, "
                f"{shown['share']:.1%} of them counted, where its areas add up to {summed['universe_estimate']:,.0f} and "
                f"{summed['share']:.1%}"
            )
    return found


def _before(old: Atlas, new: Atlas, release: int, key: str) -> int | None:
    """The release of the last set to hold this one against; None for none."""
    if release in old.releases and old.gives("area", release, key):
        return release
    wording = new.release(release).wording
    older = (at for at in old.releases if at < release and old.release(at).wording == wording)
    given = (at for at in older if new.gives("area", release, key) and old.gives("area", at, key))
    return max(given, default=None)
