"""The ways of adding tracts up to community areas that `peers.py` compares. Measures nothing.

census-data-aggregator (Los Angeles Times) adds pairs of estimate and margin, one place at a time; how they are brought
together is left to the caller, so that is done here in three ways. tobler (PySAL) gives tracts' figures to areas by the land
their outlines share; it is heavy, and imported only where it is used.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import census_data_aggregator
import geopandas
import numpy as np
import pandas as pd

from equity.atlas import Atlas
from equity.stats import moe

METRES = "EPSG:26916"

Place = tuple[str, str]  # area, line
Pair = tuple[float, float]  # estimate, margin


# --- census-data-aggregator: the ways in which its pairs can be brought together ---------------------------------------------


def looked_up(figures: pd.DataFrame, weights: pd.DataFrame) -> dict[Place, Pair]:
    """Each figure looked up in a table by tract and line, as a script would."""
    wide = figures.pivot(index="variable", columns="place_id", values=["estimate", "moe"])
    sums = {}
    for area, part in weights.groupby("place_id"):
        for line in wide.index:
            estimates, moes = wide.loc[line, "estimate"], wide.loc[line, "moe"]
            pairs = [
                (estimates[geoid] * weight, moes[geoid] * weight)
                for geoid, weight in zip(part["geoid"], part["weight"], strict=True)
            ]
            sums[area, line] = census_data_aggregator.approximate_sum(*pairs)
    return sums


def grouped(figures: pd.DataFrame, weights: pd.DataFrame) -> dict[Place, Pair]:
    """One merge, then pandas' groups."""
    terms = figures.merge(weights, left_on="place_id", right_on="geoid", suffixes=("", "_of_area"))
    terms[["estimate", "moe"]] = terms[["estimate", "moe"]].mul(terms["weight"], axis=0)
    return {
        (area, line): census_data_aggregator.approximate_sum(*zip(part["estimate"], part["moe"], strict=True))
        for (area, line), part in terms.groupby(["place_id_of_area", "variable"])
    }


def pairs_of(figures: pd.DataFrame, weights: pd.DataFrame) -> dict[Place, list[Pair]]:
    """The same without pandas: (area, line) -> weighted pairs, from plain dictionaries."""
    columns = (figures[name].tolist() for name in ("place_id", "variable", "estimate", "moe"))
    figure = {(tract, line): (estimate, margin) for tract, line, estimate, margin in zip(*columns, strict=True)}
    lines = list(figures["variable"].unique())
    pairs = defaultdict(list)
    for tract, area, weight in weights[["geoid", "place_id", "weight"]].itertuples(index=False):
        for line in lines:
            estimate, margin = figure[tract, line]
            pairs[area, line].append((estimate * weight, margin * weight))
    return pairs


def summed(pairs: dict[Place, list[Pair]]) -> dict[Place, Pair]:
    """The library's own work and nothing else."""
    return {place: census_data_aggregator.approximate_sum(*terms) for place, terms in pairs.items()}


def must_agree(ours: pd.DataFrame, theirs: dict[Place, Pair], way: str) -> None:
    """RuntimeError unless both give every area's every line the same estimate and margin."""
    ours = ours.set_index(["place_id", "variable"])[["estimate", "moe"]]
    if len(theirs) != len(ours) or not np.allclose(ours.to_numpy(), [theirs[place] for place in ours.index], rtol=1e-12):
        raise RuntimeError(f"{way} and this tool do not give the same sums: nothing to compare")


# --- tobler -------------------------------------------------------------------------------------------------------------------


def outlines(atlas: Atlas, vintage: int, sources: Path | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tracts and community areas in metres, each with its ``id``: as drawn here, or as published where the raw files are."""
    if sources is None:
        tracts, areas = (geopandas.read_file(atlas.outline(name)) for name in (f"tract-{vintage}", "area"))
    else:
        tracts, areas = (
            geopandas.read_file(sources / "boundaries.gpkg", layer=layer).rename(columns={column: "id"})
            for layer, column in ((f"tract_{vintage}", "geoid_tract"), ("community_area", "cca_num"))
        )
        areas["id"] = areas["id"].astype(int).astype(str)
    tracts = tracts[tracts["id"].isin(atlas.tracts[vintage]["geoid"])]
    return tracts[["id", "geometry"]].to_crs(METRES), areas[["id", "geometry"]].to_crs(METRES)


def with_counts(tracts: pd.DataFrame, figures: pd.DataFrame) -> pd.DataFrame:
    """Tracts' outlines with a column of estimates for each line, as tobler takes them."""
    counts = figures.pivot(index="place_id", columns="variable", values="estimate").astype(float)
    return tracts.merge(counts, left_on="id", right_index=True)


def overlaps(tracts: pd.DataFrame, areas: pd.DataFrame) -> object:
    """tobler's table of common land, tracts by areas; it has no public name, but its own `table=` asks for one."""
    from tobler.area_weighted import _area_tables_binning

    return _area_tables_binning(tracts, areas, "auto")


def interpolated(tracts: pd.DataFrame, areas: pd.DataFrame, **options: object) -> pd.DataFrame:
    """Tracts' counts given to areas by common land, with tobler's own options: area -> line."""
    from tobler.area_weighted import area_interpolate

    lines = list(tracts.columns.difference(["id", "geometry"]))
    return area_interpolate(tracts, areas, extensive_variables=lines, **options)[lines].set_axis(areas["id"])


# --- this tool --------------------------------------------------------------------------------------------------------


def arrays(tables: list[pd.DataFrame], weights: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What `add_up` takes: estimates and margins with a column for each line of each table, weights, where areas start."""
    weights = weights.sort_values("place_id", kind="stable")
    wide = [table.pivot(index="place_id", columns="variable").loc[weights["geoid"]] for table in tables]
    estimates, moes = (np.hstack([one[figure].to_numpy() for one in wide]) for figure in ("estimate", "moe"))
    starts = np.unique(weights["place_id"].to_numpy(dtype=object), return_index=True)[1]
    return estimates, moes, weights["weight"].to_numpy(), starts


def add_up(estimates: np.ndarray, moes: np.ndarray, weights: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The arithmetic alone: sums and their margins, a row for each area."""
    return np.add.reduceat(estimates * weights[:, None], starts, axis=0), moe.of_grouped_sum(estimates, moes, weights, starts)
