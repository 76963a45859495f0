"""How far weights by land are off, tract by tract, against CMAP's weights by households. Judges nobody's drawing of a border.

The real blocks cannot be had where this was written, but CMAP's weights were counted from them; land is what is left to a city
without blocks. Needs the raw files; without them the section says so.

    python -m benchmarks.weights --sources FOLDER
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks import results
from equity import cities, crosswalk
from equity.cities import City
from equity.sources import boundaries, local

HEADING = "## Weights by households, and by land where no blocks are to be had"
FEW, MANY, HALF = 0.01, 0.05, 0.5  # of a tract: how much of it is given to another area than its households
TOTAL, WITHOUT = "B28002_001E", "B28002_013E"  # households; those without internet access
RELEASES = {2020: 2021, 2010: 2019}  # tract vintage -> the release whose households are given to areas

Way = Callable[[gpd.GeoDataFrame, gpd.GeoDataFrame], pd.DataFrame]


@dataclass(frozen=True)
class Layers:
    """One vintage. ``tracts``: id, geometry, land; ``truth``: CMAP's weights; ``count``: the two lines of each tract."""

    tracts: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    truth: pd.DataFrame
    count: pd.DataFrame


def layers(city: City, sources: Path, vintage: int) -> Layers:
    """Everything about one vintage, from the raw files."""
    told, projection = {layer["name"]: layer for layer in city.layers}, city.map["projection"]
    file = city.boundaries["file"]
    tracts = boundaries.places(sources, file, told[f"tract-{vintage}"], projection)
    published = boundaries.layer(sources / file, told[f"tract-{vintage}"]["layer"], projection).set_index(
        told["tract-2020"]["id"]
    )
    if "ALAND" in published:
        tracts["land"] = tracts["id"].map(published["ALAND"].astype(float))
    else:  # the file of this vintage does not say it: what is not lake is land
        dry = shapely.difference(tracts.geometry.to_numpy(), boundaries.lake(sources, city.boundaries, projection))
        tracts["land"] = shapely.area(dry)
    source = next(s for s in city.sources if s.snapshot == city.release(RELEASES[vintage]).snapshot)
    count = local.tracts(sources, source).set_index("geoid")[[TOTAL, WITHOUT]].astype(float)
    areas = boundaries.places(sources, file, told["area"], projection)
    return Layers(tracts, areas, crosswalk.from_file(sources, city, vintage), count)


# --- the ways ----------------------------------------------------------------------------------------------------------


def by_overlay(tracts: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """As a newcomer would: each overlap as a part of the tract's outline, lake, threads and all."""
    outlines, layer = tracts.geometry.to_numpy(), areas.geometry.to_numpy()
    tract, area = shapely.STRtree(layer).query(outlines, predicate="intersects")
    part = shapely.area(shapely.intersection(outlines[tract], layer[area])) / shapely.area(outlines)[tract]
    return pd.DataFrame({"geoid": tracts["id"].to_numpy()[tract], "area_id": areas["id"].to_numpy()[area], "weight": part})


def by_point(tracts: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """Each tract whole to the area that holds a point of it."""
    points = shapely.point_on_surface(tracts.geometry.to_numpy())
    tract, area = shapely.STRtree(areas.geometry.to_numpy()).query(points, predicate="intersects")
    found = {"geoid": tracts["id"].to_numpy()[tract], "area_id": areas["id"].to_numpy()[area], "weight": 1.0}
    return pd.DataFrame(found).drop_duplicates("geoid")


WAYS: dict[str, Way] = {
    "**land, this tool**": crosswalk.from_land,
    "land, a plain overlay": by_overlay,
    "a point in the tract": by_point,
}


# --- how far off they are ----------------------------------------------------------------------------------------------


def compared(truth: pd.DataFrame, other: pd.DataFrame, count: pd.DataFrame) -> pd.DataFrame:
    """Both weights of every tract and area that either has, and the tract's counts: geoid, area_id, truth, weight, lines."""
    both = truth.rename(columns={"weight": "truth"}).merge(other, on=["geoid", "area_id"], how="outer")
    both[["truth", "weight"]] = both[["truth", "weight"]].fillna(0.0)  # no row is no share
    return both.join(count, on="geoid")


def off_by(both: pd.DataFrame) -> pd.Series:
    """geoid -> the largest difference in any area."""
    return (both["weight"] - both["truth"]).abs().groupby(both["geoid"]).max()


def misplaced(both: pd.DataFrame) -> pd.Series:
    """geoid -> households given to an area they do not live in, or to none, or to the city from outside."""
    more = ((both["weight"] - both["truth"]).clip(lower=0) * both[TOTAL]).groupby(both["geoid"]).sum()
    fewer = ((both["truth"] - both["weight"]).clip(lower=0) * both[TOTAL]).groupby(both["geoid"]).sum()
    return np.maximum(more, fewer)


def sums(both: pd.DataFrame, by: str) -> pd.DataFrame:
    """area_id -> the two lines, weighted by one of the two columns of weights."""
    return both[[TOTAL, WITHOUT]].mul(both[by], axis=0).groupby(both["area_id"]).sum()


def row(name: str, both: pd.DataFrame) -> str:
    """One way in the table of ways."""
    truth, found = sums(both, "truth"), sums(both, "weight")
    rates = 100 * (found[WITHOUT] / found[TOTAL] - truth[WITHOUT] / truth[TOTAL]).abs()
    off, wrong = off_by(both), misplaced(both).sum()
    homes = found[TOTAL] / truth[TOTAL] - 1
    worst = homes.abs().idxmax()
    cells = (
        f"{found[TOTAL].sum() - truth[TOTAL].sum():+,.0f}",
        f"{wrong:,.0f}",
        f"{homes[worst]:+.1%}",
        f"{rates.max():.2f} points",
        *(f"{(off > limit).sum():,}" for limit in (FEW, MANY, HALF)),
    )
    return f"| {name} | {' | '.join(cells)} |"


def of_vintage(vintage: int, held: Layers) -> str:
    """The table of ways for one vintage of tracts."""
    found = {name: compared(held.truth, way(held.tracts, held.areas), held.count) for name, way in WAYS.items()}
    rows = [row(name, both) for name, both in found.items()]
    land = found[next(iter(WAYS))]
    off, wrong, city = off_by(land), misplaced(land), sums(land, "truth")[TOTAL].sum()
    turned = ", ".join(f"{geoid} ({wrong[geoid]:,.0f} households)" for geoid in off.index[off > HALF])
    return f"""### Tracts of {vintage} to {len(held.areas)} community areas, release {RELEASES[vintage]}

|  | households in the city | households misplaced | the worst area's households | the worst area's rate \
| tracts off by > {FEW:.0%} | > {MANY:.0%} | > {HALF:.0%} |
|---|--:|--:|--:|--:|--:|--:|--:|
{chr(10).join(rows)}

By CMAP's weights {city:,.0f} households are in the city. *Rate*: households without internet access.
This tool's land is off by more than half in {turned}.
"""


def wrong_tracts(city: City, held: Layers) -> str:
    """Every tract that land gets wrong by more than MANY, the worst first, and what is known of it."""
    both = compared(held.truth, crosswalk.from_land(held.tracts, held.areas), held.count)
    names = dict(zip(held.areas["id"], held.areas["name"], strict=True))
    off, wrong = off_by(both), misplaced(both)
    rows = []
    for geoid in wrong[off[off > MANY].index].sort_values(ascending=False).index:
        parts = both[(both["geoid"] == geoid) & ((both["truth"] > 0.0005) | (both["weight"] > 0.0005))].sort_values("truth")
        told = [" · ".join(f"{share:.1%}" for share in parts[column].iloc[::-1]) for column in ("truth", "weight")]
        places = " · ".join(names[area] for area in parts["area_id"].iloc[::-1])
        outside = ", partly outside the city" if max(parts["truth"].sum(), parts["weight"].sum()) < 0.995 else ""
        rows.append(f"| {geoid} | {places}{outside} | {told[0]} | {told[1]} | {wrong[geoid]:,.0f} |")
    return f"""### Tracts of 2020 that land gets wrong by more than {MANY:.0%}

| tract | lies in | households, by CMAP | by land | households misplaced |
|---|---|--:|--:|--:|
{chr(10).join(rows)}
"""


def resting(held: Layers) -> str:
    """The areas that rest most on split tracts, by CMAP's weights."""
    count = held.count[TOTAL].rename_axis("geoid").reset_index(name="households")
    part = crosswalk.split_part(held.truth, count).set_index("area_id")["part"].sort_values(ascending=False)
    names = dict(zip(held.areas["id"], held.areas["name"], strict=True))
    most = ", ".join(f"{names[area]} {share:.0%}" for area, share in part[part > 0.05].items())
    return f"""{(part == 0).sum()} of {len(part)} community areas rest on no split tract at all. Those with more than 5 % of
their households in split tracts, where an area's part is taken to be like the whole tract:
{most}.
"""


def section(sources: Path | None) -> str:
    """The part of benchmarks/RESULTS.md about weights; ``sources`` is the folder of raw files, where there is one."""
    city = cities.load("chicago")
    if sources is None or not (sources / city.boundaries["file"]).is_file():
        return f"{HEADING}\n\nNot measured: the outlines and CMAP's weights are raw files, which `EQUITY_SOURCES` names.\n"
    held = {vintage: layers(city, sources, vintage) for vintage in RELEASES}
    tables = [of_vintage(vintage, one) for vintage, one in held.items()]
    return f"""{HEADING}

Written by `make bench`, or alone by `python -m benchmarks.weights`. Against CMAP's published weights, counted from census
blocks. Land stands in where block counts are not to be had; the page then says so.

{tables[0]}
A plain overlay loses the lakefront: a tract's published outline reaches into Lake Michigan, and what is water counts as
outside the city. This tool measures by the land that the Census Bureau publishes for each tract, and takes overlaps and gaps
nowhere wider than {crosswalk.THREAD:.0f} m for two drawings of one border.

{tables[1]}
{wrong_tracts(city, held[2020])}
{resting(held[2020])}"""


def measured(sources: Path | None, page: Path = results.PAGE) -> str:
    """Measure everything and write the section; what was written."""
    text = section(sources)
    results.put(text, page)
    return text


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.weights", description=__doc__.splitlines()[0])
    folder = os.environ.get("EQUITY_SOURCES")
    parser.add_argument("--sources", type=Path, default=Path(folder) if folder else None, help="the folder of raw files")
    parser.add_argument("--out", type=Path, default=results.PAGE, help="where the section goes")
    asked = parser.parse_args()
    print(measured(asked.sources, asked.out))
