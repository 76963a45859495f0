"""The change since the baseline of the city and of every area, by number and by share, each with its verdict. One wide table.

The verdicts are those of ``findings``: the city's is made alone, the areas' as a list. ``change`` tells what made it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from equity import findings
from equity.atlas import Atlas
from equity.findings import Verdict
from equity.gap import change
from equity.stats import compare

_MEASURES = {"estimate": ("change", "change"), "share": ("share_difference", "share")}  # measure -> its difference, its words
_SPREAD = ("_moe", "_moe_overlap")
_WORDS = ("_verdict", "_reason", "_without_overlap")
_COLUMNS = {
    measure: [difference, *(difference + end for end in _SPREAD), *(words + end for end in _WORDS)]
    for measure, (difference, words) in _MEASURES.items()
}
JUDGED = ["place_id", "old", "new", "shared_years", "tested", *_COLUMNS["estimate"], *_COLUMNS["share"]]


def judged(atlas: Atlas, key: str, published: bool = False) -> pd.DataFrame:
    """JUDGED: the city first, then its areas; empty where no later release gives the indicator.

    ``old`` and ``new`` are the releases of ``since_baseline``, with ``published`` those without a modelled margin. ``change``
    is in the indicator's unit, ``share_difference`` a fraction, both new - old; ``_moe`` is without the overlap of the
    releases, ``_moe_overlap`` with it. ``_without_overlap``: 1 where the change stands without that factor, so that what is
    no more than probable then is so because a margin is modelled; 0 where it does not. ``tested``: how many shares were judged
    together. Missing is NaN, words are then empty.
    """
    city = change.since_baseline(atlas, key, "estimate", published=published)
    if np.isnan(city["newest"]):
        return pd.DataFrame(columns=JUDGED)
    old, new = int(city["start"]), int(city["newest"])
    parts = []
    for measure, columns in _COLUMNS.items():
        alone = findings.change_of_city(atlas, old, new, key, measure).to_frame().T
        listed = findings.changes(atlas, old, new, key, measure=measure)
        found = pd.concat([alone.astype(listed.dtypes), listed]).set_index("place_id")
        found["moe_overlap"] = found["difference_moe"] * compare.overlap_factor(int(found["shared_years"].iloc[0]))
        z = found["z"].to_numpy(dtype=float)
        stands = np.concatenate([compare.stands(z[:1], listed=False), compare.stands(z[1:])])
        found["stands"] = np.where(found["verdict"] == Verdict.NOT_COMPARABLE, np.nan, stands)
        told = found[["difference", "difference_moe", "moe_overlap", "verdict", "reason", "stands"]]
        parts.append(told.set_axis(columns, axis=1))
    both = pd.concat([*parts, found[["shared_years", "tested"]]], axis=1)  # the share's, which stands last
    return both.assign(old=old, new=new).reset_index()[JUDGED]
