"""What figures stand on, for a city that has no raw files: weights counted from blocks, and outlines, from the network.

Fetches no figures. Weights that a publisher gives (``[[crosswalk.files]]``) are not counted anew but stay as they are in hand.
A further layer, such as wards, gets weights where city.toml says ``weights = true`` of it; no page reads them.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from rich.progress import Progress

from equity import crosswalk, drawing, rawfiles, snapshots
from equity.bars import Bars
from equity.cities import City
from equity.errors import KeyRefused, SnapshotDamaged, SnapshotMissing, SourceInvalid
from equity.sources import Fetched, boundaries, credentials, households, summary_file, whereabouts
from equity.sources.addresses import Addresses
from equity.sources.layers import Layer, Online
from equity.sources.web import Web

OUTSIDE = 0.05  # of an area: more of it than this beyond the tracts of the listed counties, and households would be lost
_PUBLISHER, _LICENCE = "US Census Bureau", "Public domain (work of the US government)"
_DATASET = "Share of each tract's {} in each {}"


@dataclass(frozen=True)
class Ground:
    """Where weights and outlines come from. ``weights``: by ``crosswalk.HOUSEHOLDS`` or ``LAND``; None: by households where
    there is a key of the Census API, whose blocks need one, and else by land. ``key`` is asked when blocks are wanted, and
    nobody else hears of what it says."""

    web: Web
    addresses: Addresses
    key: Callable[[], str | None] = field(default=lambda: None, repr=False)
    weights: str | None = None
    cache: Path = summary_file.CACHE
    again: bool = False


def lacking(city: City, vintages: Iterable[int], weights: str | None = None) -> list[int]:
    """The tract vintages whose weights or outlines are not in hand, or are of other areas than city.toml or its own
    file of areas tells of now, or are counted from something else than ``weights`` (None: from whatever)."""
    asked, names = sorted(set(vintages)), ("crosswalk-{}.csv", "tracts-{}.csv", "outlines/tract-{}.json")
    found = [v for v in asked if not all((city.folder / name.format(v)).is_file() for name in names)]
    if found or not asked:
        return found
    if weights and any(_in_hand(city, _named(v)) != weights for v in asked if not _published(city, v)):
        return asked
    areas = snapshots.read(city.folder, "areas")
    known = dict(zip(areas.table["area_id"], areas.table["side"], strict=True))
    same = known == {area: city.side_of(area) for area in city.area_ids}
    redrawn = areas.meta.get(drawing.FILE) not in (None, drawing.area_file(city))
    return asked if redrawn or not same else []


def plan(city: City, ground: Ground, vintages: Iterable[int]) -> list[str]:
    """What would be fetched, a sentence each."""
    said = []
    for vintage in sorted(set(vintages)):
        basis = "as published" if _published(city, vintage) else f"by {_basis(city, ground, _named(vintage))}"
        said.append(f"outlines of areas and tracts of the {vintage} Census, weights {basis}")
    return said + [f"weights of the layer {layer['name']}" for layer in _further(city) if said]


def build(city: City, ground: Ground, vintages: Iterable[int], stage: Path, progress: Progress) -> list[Path]:
    """Write weights, areas, neighbours and outlines below ``stage``: the files written.

    SourceUnavailable, SourceInvalid, KeyRefused or CityInvalid with one sentence.
    """
    vintages = sorted(set(vintages))
    tell = Bars(progress)
    layers = Online(city, ground.web, ground.addresses, ground.cache, ground.again, tell)
    found = layers.read(_entry(city, "area"))
    areas = boundaries.as_places(found.frame, found.where, found.told)
    if sorted(areas["id"]) != sorted(city.area_ids):
        raise SourceInvalid(f"{found.where}: its areas are not those of [[sides]] in city.toml; correct one of them")
    _believable(city, found, areas)
    written: list[Path] = []
    task = progress.add_task("weights", total=len(vintages))
    for vintage in vintages:
        layer = layers.read(_entry(city, f"tract-{vintage}"))
        tracts = boundaries.as_places(layer.frame, layer.where, layer.told)
        if _published(city, vintage):
            written += _as_in_hand(city, vintage, stage)
            weights = snapshots.read(stage, f"crosswalk-{vintage}").table
            whereabouts.tracts_in_areas(layer.where, tracts, areas, weights)
        else:
            weights, about, shares = _weights(city, ground, vintage, layer, tracts, areas, "area", tell)
            written += rawfiles.freeze_weights(city, vintage, weights, about, shares, stage)
        for entry in _further(city):
            told, name = layers.read(entry), _named(vintage, entry["name"])
            places = boundaries.as_places(told.frame, told.where, told.told)
            weights, about, shares = _weights(city, ground, vintage, layer, tracts, places, entry["name"], tell)
            snapshots.write(stage, name, weights, {"tract_vintage": vintage} | about | shares)
            written += [stage / f"{name}.csv", stage / f"{name}.json"]
        progress.advance(task)
    return written + drawing.draw(city, layers, stage, progress)


def _believable(city: City, layer: Layer, areas: Any) -> None:
    """SourceInvalid where areas do not lie on the map, or are not those in hand; a damaged set in hand is no measure.

    Areas that lie in the city's own folder were drawn anew by whoever put them there: nothing in hand is held against them.
    """
    whereabouts.within_map(layer.where, areas, city.map["bounds"])
    if "file" in layer.told or snapshots.verify(city.folder):
        return
    kept = city.folder / "outlines" / "area.json"
    names = snapshots.read(city.folder, "areas").table.set_index("area_id")["name"].to_dict()
    ids = boundaries.numbers(layer.frame[layer.told["id"]])
    whereabouts.named_as_before(layer.where, layer.frame, ids, names, kept, layer.told.get("label"))
    whereabouts.as_before(layer.where, areas, boundaries.opened(kept, str(kept), city.map["projection"]), kept)


def _weights(
    city: City, ground: Ground, vintage: int, layer: Layer, tracts: Any, areas: Any, noun: str, tell: Callable[..., object]
) -> tuple[pd.DataFrame, dict[str, object], dict[str, object]]:
    """The weights of one vintage, what is said of their source, and what of themselves; ``noun``: what an area is called."""
    _covered(city, layer, tracts, areas, noun)
    basis = _basis(city, ground, _named(vintage, noun))
    more: dict[str, Any] = {}
    if basis == crosswalk.HOUSEHOLDS:
        blocks = _blocks(city, ground, vintage, tell)
        whereabouts.blocks_in_tracts(blocks.address, blocks.table, tracts)
        weights = crosswalk.from_blocks(blocks.table, areas)
        about = {"source": blocks.address, "publisher": _PUBLISHER, "citation": blocks.citation, "licence": _LICENCE}
        split = crosswalk.split_part(weights, crosswalk.by_tract(blocks.table))
        more["split_part"] = {
            area: round(part, 4) for area, part in zip(split["area_id"], split["part"], strict=True) if part > 0
        }
    else:
        dry = tracts
        if "land" in tracts:
            whereabouts.land_fits(layer.where, tracts)
            dry = tracts[tracts["land"] > 0]  # nobody lives in a tract of water alone
            more["water_alone"] = tracts["id"][tracts["land"] == 0].tolist()
        weights = crosswalk.from_land(dry, areas)
        about = {"source": layer.source} | {key: layer.told[key] for key in rawfiles.PROVENANCE}
    empty = sorted(set(areas["id"]) - set(weights["area_id"]), key=int)
    if empty:
        raise SourceInvalid(f"no household and no tract is in {noun} {empty[0]}; look at its outline, and at [[counties]]")
    return weights, about, {"dataset": _DATASET.format(basis, noun)} | crosswalk.sidecar(basis) | more


def _further(city: City) -> list[dict[str, Any]]:
    """The ``[[layers]]`` entries beside areas and tracts that are to have weights."""
    named = [layer for layer in city.layers if layer.get("weights")]
    return [layer for layer in named if layer["name"] != "area" and not layer["name"].startswith("tract-")]


def _named(vintage: int, layer: str = "area") -> str:
    """The snapshot that holds the weights of a layer."""
    return f"crosswalk-{vintage}" if layer == "area" else f"crosswalk-{vintage}-{layer}"


def _basis(city: City, ground: Ground, name: str) -> str:
    """What the weights are counted from. KeyRefused where that needs a key and there is none."""
    if ground.weights == crosswalk.LAND:
        return crosswalk.LAND
    if ground.key():
        return crosswalk.HOUSEHOLDS
    if crosswalk.HOUSEHOLDS in (ground.weights, _in_hand(city, name)):  # never worse than before without being told
        raise KeyRefused(
            f"weights by households come from the Census API, which needs a key, and none is given; get one free at "
            f"{credentials.SIGN_UP} and set {credentials.VARIABLE}, or take the tracts' land: --weights land"
        )
    return crosswalk.LAND


def _in_hand(city: City, name: str) -> str | None:
    """What the weights in hand are counted from, where there are any."""
    try:
        return snapshots.read(city.folder, name).meta.get("weights")
    except (SnapshotMissing, SnapshotDamaged):
        return None


def _blocks(city: City, ground: Ground, vintage: int, tell: Callable[..., object]) -> Fetched:
    return households.fetch(
        city, vintage, ground.web, ground.key() or "", ground.cache, ground.addresses,
        city.households.get(str(vintage)), lambda done, total: tell(f"blocks of {vintage}", done, total), ground.again,
    )  # fmt: skip


def _covered(city: City, layer: Layer, tracts: pd.DataFrame, areas: Any, noun: str) -> None:
    """SourceInvalid when an area, called ``noun``, reaches beyond the tracts of the counties that city.toml lists."""
    outside = boundaries.outside(areas, tracts)
    worst = outside.argmax()
    if outside[worst] > OUTSIDE:
        raise SourceInvalid(
            f"{layer.where}: {outside[worst]:.0%} of {noun} {areas['id'].iloc[worst]} lies outside the tracts of "
            f"{' and '.join(county.name for county in city.counties)}; add the county it reaches into to [[counties]] of "
            "city.toml, or correct the outline"
        )


def _published(city: City, vintage: int) -> bool:
    return vintage in {told.vintage for told in city.crosswalks}


def _as_in_hand(city: City, vintage: int, stage: Path) -> list[Path]:
    """Published weights, copied from the set in hand."""
    written = []
    for name in (f"crosswalk-{vintage}", f"tracts-{vintage}"):
        snapshots.read(city.folder, name)
        written += [Path(shutil.copy2(city.folder / f"{name}.{kind}", stage)) for kind in ("csv", "json")]
    return written


def _entry(city: City, name: str) -> dict[str, Any]:
    """The ``[[layers]]`` entry of that name. SourceInvalid where city.toml has none."""
    for layer in city.layers:
        if layer["name"] == name:
            return layer
    raise SourceInvalid(f"city.toml of {city.slug} has no [[layers]] entry {name!r}; add it, as in another city")
