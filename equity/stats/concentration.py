"""How a gap is spread over places: which few hold much of it, and how far places are apart. Compares nothing over time."""

from __future__ import annotations

import numpy as np
import pandas as pd

from equity.stats import moe


def concentration(table: pd.DataFrame) -> pd.DataFrame:
    """place_id, estimate -> place_id, position, estimate, held: the largest first, ``held`` the part of all held so far.

    Places without an estimate are left out, and the rest is then all there is. No margin: places that share a tract are not
    independent, so the count of the first few together is one to be summed from tracts, as a selection.
    """
    kept = table[table["estimate"].notna()].sort_values(["estimate", "place_id"], ascending=[False, True], kind="stable")
    with np.errstate(invalid="ignore"):
        held = kept["estimate"].cumsum() / kept["estimate"].sum()
    made = kept[["place_id", "estimate"]].assign(position=np.arange(1, len(kept) + 1), held=held)
    return made.reset_index(drop=True)[["place_id", "position", "estimate", "held"]]


def fewest(table: pd.DataFrame, part: float = 0.5) -> int | None:
    """The smallest number of places that together hold at least ``part`` (a fraction) of the count; None if there is none."""
    enough = concentration(table)["held"] >= part - 1e-9  # all of it may fall short by the last digits of a float
    return int(enough.idxmax()) + 1 if enough.any() else None


def disparity(table: pd.DataFrame, reference: float, worse: str = "high") -> pd.Series:
    """share, share_moe of places and a reference share -> absolute, relative, by_chance, places, reference.

    Index of disparity (Pearcy and Keppel 2002), unweighted: ``absolute`` is the mean distance of the places' shares from the
    reference, as a fraction; ``relative`` the same divided by the reference. Both are of the adverse side: shares of which
    low is worse are turned round first, because the relative index of "connected" falls where that of "unconnected" rises.
    Sampling error alone makes places differ: ``by_chance`` is what ``absolute`` would be on average if all had the reference
    (mean of SE x sqrt(2 / pi)), missing when a margin is.
    """
    known = table[table["share"].notna()]
    share, middle = (known["share"], reference) if worse == "high" else (1 - known["share"], 1 - reference)
    absolute = float((share - middle).abs().mean())
    by_chance = float((moe.standard_error(known["share_moe"]) * np.sqrt(2 / np.pi)).mean(skipna=False))
    relative = absolute / middle if middle else np.nan
    return pd.Series(
        {"absolute": absolute, "relative": relative, "by_chance": by_chance, "places": len(known), "reference": middle}
    )
