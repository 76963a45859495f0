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

# The words of the statistics, for whoever puts them into sentences.
Verdict, Reason, NoRank = compare.Verdict, compare.Reason, rank.Reason
MEASURES = ("share", "estimate")

# One row a community area: its figure, its rank, how it stands to the city, what changed since the plan's baseline.
_FIGURES = ["place_name", "release", "indicator", "figure", "figure_moe", "flag", "reliability"]
_RANKS = [column for column in rank.RANKS if column not in ("place_id", "reason")]
_JUDGED = ["difference", "difference_moe", "verdict", "reason", "tested"]
AREAS = [
    "place_id", *_FIGURES, *_RANKS, "rank_reason", *(f"city_{column}" for column in _JUDGED),
    "since", "shared_years", *(f"change_{column}" for column in _JUDGED), "change_moe_overlap",
]  # fmt: skip

_WORDS = ("place_id", "place_name", "indicator", "reliability")

# Reasons of this room, beside those of ``rank`` and ``compare``.
NO_WORSE_END = "no_worse_end"  # nothing is ranked: neither way is worse
SHARES_ONLY = "shares_only"  # a count is not held against the city's: of course it is smaller
ALONE = "alone"  # no rank: it alone has a margin, and nothing can be ranked against it
NO_EARLIER = "no_earlier_release"  # no change: this is the plan's baseline or older, or the baseline lacks the figure

# The words a place's reliability can have, best first; thresholds are the city's.
RELIABILITIES = tuple(str(word) for word in reliability.Reliability)


def ranks(atlas: Atlas, release: int, key: str, measure: str = "share") -> rank.Ranking | None:
    """The areas of a release ranked, the worst first; None where neither way is worse or nothing can be ranked.

    ``table``: rank.RANKS, a row an area. The draws are seeded, so a page and a file agree.
    """
    found = _ranking(atlas, release, key, measure)
    return found if found is not None and found.table["ranked"].notna().any() else None


def of_areas(atlas: Atlas, release: int, key: str, measure: str = "share") -> pd.DataFrame:
    """Everything that may be said of the community areas of a release: AREAS, a row an area, in the city's order.

    Numbers are floats, NaN where missing (top_group 1 or 0), words are text, empty where missing.

    ``figure`` is the measure, a share (fraction) or an estimate; differences are in its unit. What cannot be said is missing
    with its reason: of a rank (rank.Reason, ALONE or NO_WORSE_END), of the city (compare.Reason, or SHARES_ONLY for
    estimates), of the change since the release ``since`` (compare.Reason or NO_EARLIER). Lists are controlled over the areas
    tested.
    """
    if measure not in MEASURES:
        raise UsageError(f"no measure {measure!r}; choose one of: {', '.join(MEASURES)}")
    return atlas.keep(("of_areas", release, key, measure), lambda: _of_areas(atlas, release, key, measure))


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


def _ranking(atlas: Atlas, release: int, key: str, measure: str) -> rank.Ranking | None:
    """``ranks``, also where no place could be ranked and each says why; None where neither way is worse."""
    worse, table = indicators.get(key).worse, atlas.table("area", release, key)
    if worse is None:
        return None
    return atlas.keep(("ranks", release, key, measure), lambda: _of_several(rank.ranking(table, worse, measure=measure)))


def _of_several(found: rank.Ranking) -> rank.Ranking:
    """A ranking as it is made; where one place alone could be ranked, nobody is: first of one would claim what nobody knows."""
    if len(found.order) != 1:
        return found
    table, alone = found.table.copy(), found.table["ranked"].notna()
    table.loc[alone, "reason"], table.loc[alone, "top_group"] = ALONE, False
    nothing = [column for column in _RANKS if column != "top_group"]
    table[nothing] = table[nothing].mask(alone)
    return rank.Ranking(table, found.order.iloc[:0, :0])


def _of_areas(atlas: Atlas, release: int, key: str, measure: str) -> pd.DataFrame:
    """``of_areas`` without the memory."""
    table = atlas.table("area", release, key)
    names = {measure: "figure", "moe" if measure == "estimate" else "share_moe": "figure_moe"}
    figures = table.drop(columns={"estimate", "moe", "share", "share_moe"} - set(names)).rename(columns=names)
    figures["reliability"] = reliability_of(atlas, "area", release, key)["reliability"].to_numpy()
    ranking, start = _ranking(atlas, release, key, measure), since(atlas, release, key)
    city = against_city(atlas, release, key) if measure == "share" else None
    change = changes(atlas, start, release, key, measure=measure) if start else None

    def part(found: pd.DataFrame | None, why: str) -> pd.DataFrame:
        """A finding by place; where there is none, the reason alone."""
        return pd.DataFrame({"reason": why}, index=places) if found is None else found.set_index("place_id").reindex(places)

    places = pd.Index(figures["place_id"], name="place_id")
    parts = [
        figures.set_index("place_id")[_FIGURES],
        part(ranking and ranking.table, NO_WORSE_END).rename(columns={"reason": "rank_reason"}),
        part(city, SHARES_ONLY).add_prefix("city_"),
        part(change, NO_EARLIER).add_prefix("change_").rename(columns={"change_shared_years": "shared_years"}),
    ]
    found = pd.concat(parts, axis=1).assign(since=start).reset_index().reindex(columns=AREAS)
    words = {column: "" for column in (*_WORDS, *(name for name in AREAS if name.endswith(("verdict", "reason"))))}
    numbers = {column: float for column in AREAS if column not in words} | {"release": int, "flag": int}
    factor = [compare.overlap_factor(int(shared)) if shared == shared else float("nan") for shared in found["shared_years"]]
    found["change_moe_overlap"] = found["change_difference_moe"] * factor
    found["top_group"] = found["top_group"].where(found["ranked"].notna())
    return found.astype(numbers | dict.fromkeys(words, object)).fillna(words).astype(dict.fromkeys(words, str))
