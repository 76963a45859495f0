"""A folder of raw files -> crosswalks and figures, frozen. Draws nothing; measures and decides nothing itself."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from rich.progress import Progress

from equity import crosswalk, lines, modelled, snapshots
from equity.cities import City, Crosswalk, Release, Source
from equity.errors import SourceInvalid
from equity.sources import local

PROVENANCE = ("publisher", "citation", "licence")


def needed(city: City) -> list[str]:
    """The raw files that city.toml names."""
    files = [s.file for s in city.sources] + [c.file for c in city.crosswalks]
    files += [city.overlay["file"]] if city.overlay else []
    files += [city.boundaries[name] for name in ("file", "context") if name in city.boundaries]
    return files + ([city.area_counts["file"]] if city.area_counts else [])


def tables(city: City, source: Path, stage: Path, progress: Progress) -> list[Path]:
    """Write every table below ``stage``; the files written. SourceInvalid with one sentence."""
    written: list[Path] = []
    tracts: dict[int, set[str]] = {}
    with _step(progress, "crosswalks", len(city.crosswalks) + 1) as done:
        for told in city.crosswalks:
            weights = crosswalk.from_file(source, city, told.vintage)
            tracts[told.vintage] = set(weights["geoid"])
            written += _crosswalk(city, told, weights, stage)
            done()
        if city.overlay:
            written += _same_outline(city, source, stage, tracts[2020])
        done()
    with _step(progress, "ACS releases", len(city.loaded) + len(city.modelled)) as done:
        for told in city.sources:
            written += _release(city, told, source, stage, tracts)
            done()
        if city.area_counts:
            written += _areas(city, source, stage)
            done()
        for told in city.modelled:
            written += modelled.freeze(city, told, stage)
            done()
    return written


def _crosswalk(city: City, told: Crosswalk, weights: pd.DataFrame, stage: Path) -> list[Path]:
    weighed = f"weight is the published hh_pct, counted from {told.vintage} census blocks; rows of weight 0 are kept."
    about = {"source": told.file} | {key: city.crosswalk[key] for key in PROVENANCE}
    return freeze_weights(city, told.vintage, weights, about, {"dataset": city.crosswalk["dataset"], "notes": [weighed]}, stage)


def freeze_weights(
    city: City, vintage: int, weights: pd.DataFrame, about: dict[str, object], shares: dict[str, object], stage: Path
) -> list[Path]:
    """Weights, and the tracts they name, with their sidecars: the files written.

    ``about`` is said of both tables (source and provenance), ``shares`` of the weights alone (dataset and notes).
    """
    about = {"tract_vintage": vintage} | about
    listed = {
        "dataset": "Tracts of the crosswalk, and how much of each lies in the city",
        "notes": [
            "city_weight is the sum of a tract's weights: the share of its households inside the city.",
            "display: whole; cut (less than half of its households in the city: drawn only inside the city limit, "
            "not ranked); no_households (none of its households in the city: drawn only inside the city limit).",
        ],
    }
    return [
        *_freeze(stage, f"crosswalk-{vintage}", weights, about | shares),
        *_freeze(stage, f"tracts-{vintage}", crosswalk.tracts(weights, city), about | listed),
    ]


def _same_outline(city: City, source: Path, stage: Path, tracts: set[str]) -> list[Path]:
    overlay = local.overlay(source, city.overlay["file"], city.overlay["rows"])
    same = crosswalk.same_outline(overlay, tracts)
    shared = len(tracts & set(overlay["geoid_2010"]))
    meta = {
        "dataset": "2020 and 2010 tracts that each cover at least 99 % of the other",
        "source": city.overlay["file"],
        "notes": [f"{len(same)} pairs; the crosswalk's 2020 tracts share {shared} ids with tracts of 2010."],
    }
    return _freeze(stage, "same-outline", same, meta | {key: city.overlay[key] for key in PROVENANCE})


def _release(city: City, told: Source, source: Path, stage: Path, tracts: dict[int, set[str]]) -> list[Path]:
    release = next(r for r in city.releases if r.snapshot == told.snapshot)
    table = local.tracts(source, told)
    ours = tracts[release.tract_vintage]
    table = table[table["geoid"].isin(ours)]
    meta = _about(release, "tract", told.file) | {
        "tract_vintage": release.tract_vintage,
        **{key: getattr(told, key) for key in ("dataset", "margins", "margins_note", *PROVENANCE)},
        "notes": list(told.notes),
        "labels": _labels(table, release, told.file),
        "absent": sorted(ours - set(table["geoid"])),
    }
    return _freeze(stage / "snapshots", told.snapshot, table, meta)


def _areas(city: City, source: Path, stage: Path) -> list[Path]:
    told = city.area_counts
    release = next(r for r in city.releases if r.snapshot == told["snapshot"])
    table = local.area_counts(source, city)
    meta = _about(release, "area", told["file"]) | {
        "tract_vintage": release.tract_vintage,
        **{key: told[key] for key in ("dataset", "margins", "margins_note", "notes", *PROVENANCE)},
        "labels": _labels(table, release, told["file"]),
        "published_names": {line: name for name, line in told["names"].items()},
        "absent": [],
    }
    return _freeze(stage / "snapshots", told["snapshot"], table, meta)


def _labels(table: pd.DataFrame, release: Release, file: str) -> dict[str, str]:
    labels = {}
    for column in table.columns[1:]:
        try:
            labels[column] = lines.label(column, release.release)
        except KeyError as error:
            unknown = f"{column} in release {release.release}"
            raise SourceInvalid(f"{file}: no label is known for {unknown}; add it to equity/lines.py") from error
    return labels


def _about(release: Release, level: str, file: str) -> dict[str, object]:
    years = list(release.survey_years)
    return {"release": release.release, "survey_years": years, "level": level, "source": file}


def _freeze(folder: Path, name: str, table: pd.DataFrame, meta: dict[str, object]) -> list[Path]:
    """Write, read back as a reader would, and say what was written."""
    snapshots.write(folder, name, table, meta)
    snapshots.read(folder, name)
    return [folder / f"{name}.csv", folder / f"{name}.json"]


@contextlib.contextmanager
def _step(progress: Progress, what: str, total: int) -> Iterator:
    task = progress.add_task(what, total=total)
    yield lambda: progress.advance(task)
