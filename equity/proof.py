"""Modelled margins held against published ones, live: what the methods page tells of their proof. Knows nothing of Dash."""

from __future__ import annotations

import pandas as pd

from equity.atlas import Atlas
from equity.flags import NOT_RANKED
from equity.stats import moe, reliability, variance

PROOF = ["fitted_on", "held_against", "decides", "level", "places", "median", "lowest", "highest", "within_25"]
TESTED = variance.FITTED_ON  # the count whose modelled margins were held against published ones
MODELLED = tuple(variance.LINES.values())  # the only indicators with modelled margins


def proof(atlas: Atlas, release: int) -> pd.DataFrame:
    """Modelled margins held against published ones: PROOF, a row for each level and direction.

    ``decides`` marks what the refresh wrote: fitted on the older release, held against the newer. The other direction decides
    nothing and is told beside it. Figures are ratios modelled / published; ``within_25`` is the part of the places whose ratio
    is as close to 1 as the rule asks of areas.
    """
    return atlas.keep(("proof", release), lambda: _proof(atlas, release))


def holds_backwards(atlas: Atlas, release: int) -> bool:
    """Whether the rule would be met the other way round as well."""
    table = proof(atlas, release)
    return variance.proven(table[~table["decides"]])


def other_count(atlas: Atlas, release: int) -> pd.DataFrame | None:
    """The modelled count that the proof is not about: the function of the older release against that release's own margins.

    ``held_against``, and key; None where that release publishes none. It tells less than the proof: it is one release.
    """
    older = atlas.modelled[release].meta["validation"]["fitted_on"]
    others = [key for key in MODELLED if key != variance.FITTED_ON and pd.notna(atlas.total(older, key)["moe"])]
    return held_against(atlas, older, older, others[0]).assign(key=others[0]) if others else None


def misjudged(atlas: Atlas, release: int) -> dict[str, int]:
    """Tracts of the release held against, in the city, that a modelled margin would class otherwise than the published one.

    lost: too uncertain to rank by the published margin alone; gained: by the modelled one alone.
    """
    return atlas.keep(("misjudged", release), lambda: _misjudged(atlas, release))


def held_against(atlas: Atlas, fitted_on: int, release: int, key: str = variance.FITTED_ON) -> pd.DataFrame:
    """``variance.held_against``: fitted on one release's count without a subscription, against what another publishes of
    ``key``."""
    function = variance.fit(atlas.table("tract", fitted_on, variance.FITTED_ON))
    crosswalk = atlas.crosswalks[atlas.release(release).tract_vintage]
    return variance.held_against(function, atlas.table("tract", release, key), crosswalk)


def _proof(atlas: Atlas, release: int) -> pd.DataFrame:
    """``proof`` without the memory."""
    told = atlas.modelled[release].meta["validation"]
    older, newer = told["fitted_on"], told["held_against"]
    written = pd.DataFrame(told["levels"])
    there = written.assign(fitted_on=older, held_against=newer, decides=True)
    back = held_against(atlas, newer, older).assign(fitted_on=newer, held_against=older, decides=False)
    return pd.concat([there, back], ignore_index=True)[PROOF]


def _misjudged(atlas: Atlas, release: int) -> dict[str, int]:
    """``misjudged`` without the memory."""
    told, limits = atlas.modelled[release].meta["validation"], atlas.city.reliability
    published = atlas.table("tract", told["held_against"], TESTED)
    published = published[(published["flag"] & int(NOT_RANKED)) == 0]
    function = variance.fit(atlas.table("tract", told["fitted_on"], TESTED))
    moes = variance.predict(variance.adapted(function, published), published)
    shares = moe.of_share(published["estimate"], moes, published["universe_estimate"], published["universe_moe"])
    by = [
        reliability.by_margin(published["share"], made, limits["good"], limits["care"])
        for made in (published["share_moe"], shares)
    ]
    too_wide, modelled_too_wide = (words == reliability.Reliability.TOO_UNCERTAIN for words in by)
    return {"lost": int((too_wide & ~modelled_too_wide).sum()), "gained": int((~too_wide & modelled_too_wide).sum())}
