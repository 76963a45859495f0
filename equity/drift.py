"""Whether a new set of figures is too unlike the last one to be believed without a person's word. Compares, never mends."""

from __future__ import annotations

from equity import indicators
from equity.atlas import Atlas

CITY, AREA = 0.03, 0.15  # how far a share may move, as fractions of the universe: the city's, and an area's


def drift(old: Atlas, new: Atlas, key: str = indicators.DEFAULT) -> list[str]:
    """What moved too far, a sentence each, the furthest first; empty when nothing did.

    A release is held against itself in the last set; one that is new, against the newest older release of the last set.
    """
    given = [release for release in sorted(old.releases) if old.gives("area", release, key)]
    moved: list[tuple[float, str]] = []
    for release in sorted(new.releases):
        before = max((known for known in given if known <= release), default=None)
        if before is None or not new.gives("area", release, key):
            continue
        for level, limit in (("city", CITY), ("area", AREA)):
            was, now = (atlas.table(level, at, key).set_index("place_id") for atlas, at in ((old, before), (new, release)))
            gap = (now["share"] - was["share"]).dropna()
            for place, size in gap[gap.abs() > limit].items():
                told = f"{now.loc[place, 'place_name']}, release {release}: {was.loc[place, 'share']:.1%} before"
                against = "" if before == release else f" (release {before})"
                moved.append((abs(size), f"{told}{against}, {now.loc[place, 'share']:.1%} now"))
    return [sentence for _size, sentence in sorted(moved, key=lambda pair: -pair[0])]
