"""What may be said of a city's figures: ranks, comparisons, reliability. The statistics applied to an atlas, no more.

Tables come out. Every finding is made by one method on both sides: figures summed from tracts are compared with figures
summed from tracts. Knows nothing of Dash, languages or files to download.
"""

from __future__ import annotations

import pandas as pd

from equity import indicators
from equity.atlas import Atlas
from equity.errors import UsageError
from equity.stats import compare, rank, reliability

# The words a place's reliability can have, best first; thresholds are the city's.
RELIABILITIES = tuple(str(word) for word in reliability.Reliability)


def ranks(atlas: Atlas, release: int, key: str) -> rank.Ranking | None:
    """The areas of a release ranked by share, the worst first; None where neither way is worse or nothing can be ranked.

    ``table``: rank.RANKS, a row an area. The draws are seeded, so a page and a file agree.
    """
    what = indicators.get(key)
    if what.worse is None:
        return None
    found = atlas.keep(("ranks", release, key), lambda: rank.ranking(atlas.table("area", release, key), what.worse))
    return found if found.table["ranked"].notna().any() else None


def reliability_of(atlas: Atlas, level: str, release: int, key: str) -> pd.DataFrame:
    """place_id, reliability, cv, second_opinion of every place of a level; thresholds from city.toml."""
    limits = atlas.city.reliability
    return reliability.classes(atlas.table(level, release, key), limits["good"], limits["care"])


def against_city(atlas: Atlas, release: int, key: str) -> pd.DataFrame:
    """Each area's share against the city's, summed from the same tracts: compare.PLACES, the list controlled at 10 %."""
    return atlas.keep(
        ("against_city", release, key),
        lambda: compare.with_whole(atlas.table("area", release, key), atlas.total(release, key)),
    )


def changes(atlas: Atlas, old: int, new: int, key: str, level: str = "area", measure: str = "share") -> pd.DataFrame:
    """What changed in each place from one release to a later one: compare.CHANGES, the list controlled at 10 %.

    Not comparable, with the reason, where the wording of the question, the outlines or the methods differ, or a margin is
    not in hand. Tracts of two vintages are the same place only where each covers at least 99 % of the other.
    """
    before, after = atlas.release(old), atlas.release(new)
    if level == "tract" and {before.level, after.level} != {"tract"}:
        raise UsageError(f"releases {old} and {new} are not both in hand by tract; compare them with --level area")
    earlier = atlas.table(level, old, key)
    same_boundaries: bool | pd.Series = True
    if level == "tract" and before.tract_vintage != after.tract_vintage:
        same = atlas.same_outline
        names = dict(zip(same[f"geoid_{before.tract_vintage}"], same[f"geoid_{after.tract_vintage}"], strict=True))
        unchanged = earlier["place_id"].isin(list(names))
        # A tract that did change keeps its id only where that id is nobody else's now: it is then named, and not compared.
        kept = earlier[unchanged | ~earlier["place_id"].isin(list(names.values()))]
        earlier = kept.assign(place_id=kept["place_id"].replace(names))
        same_boundaries = pd.Series(True, index=list(names.values()))
    return compare.changes(
        earlier,
        atlas.table(level, new, key),
        old_years=before.survey_years,
        new_years=after.survey_years,
        measure=measure,
        same_wording=before.wording == after.wording == "clean",
        same_boundaries=same_boundaries,
        same_methods=before.level == after.level,
    )


def change_of_city(atlas: Atlas, old: int, new: int, key: str, measure: str = "share") -> pd.Series:
    """One row of compare.CHANGES: the city alone, so without a list."""
    before, after = atlas.release(old), atlas.release(new)
    return compare.changes(
        atlas.table("city", old, key),
        atlas.table("city", new, key),
        old_years=before.survey_years,
        new_years=after.survey_years,
        measure=measure,
        same_wording=before.wording == after.wording == "clean",
        same_methods=before.level == after.level,
        listed=False,
    ).iloc[0]


def since(atlas: Atlas, release: int, key: str) -> int | None:
    """The release a change up to ``release`` is measured from: the plan's baseline, if it is older and gives the key."""
    baseline = atlas.city.baseline["release"]
    return baseline if baseline < release and atlas.gives("area", baseline, key) else None
