"""Margins that a release lacks, written with their proof. Applies the variance function to frozen releases, no more."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from equity import lines, snapshots, tidy
from equity.cities import City, Modelled
from equity.stats import variance


def freeze(city: City, told: Modelled, stage: Path, names: Mapping[int, str] | None = None) -> list[Path]:
    """Margins for a release that has none, if the variance function proves itself; else no row, and the proof that failed.

    ``names``: the snapshot of each release, where it is not the one that ``city`` has loaded. The files written.
    """
    releases = [city.release(release) for release in (*told.fitted_on, told.release)]
    names = {release.release: release.snapshot for release in releases} | dict(names or {})
    frozen = [snapshots.read(stage / "snapshots", names[release.release]) for release in releases]
    older, newer, wanted = (tidy.long(s.table, r.release) for s, r in zip(frozen, releases, strict=True))
    release, sources = releases[-1], ", ".join(snapshot.meta["source"] for snapshot in frozen)
    weights = snapshots.read(stage, f"crosswalk-{release.tract_vintage}").table
    proof = variance.validation(older, newer, weights)
    table = variance.wide(variance.modelled_margins(older, newer, wanted))
    meta = {
        "release": release.release,
        "survey_years": list(release.survey_years),
        "level": "tract",
        "source": sources,
        "tract_vintage": release.tract_vintage,
        "dataset": f"Two counts of release {told.release} with modelled margins of error",
        "publisher": "This project, from US Census Bureau figures",
        "licence": "Public domain, as the figures it is made of",
        "citation": variance.CITATION,
        "margins": "modelled",
        "margins_note": "Not published: these margins follow from a variance function and are indicative only.",
        "notes": list(variance.LIMITS),
        "labels": {column: lines.label(column, release.release) for column in table.columns[1:]},
        "absent": [],
        "proven": variance.proven(proof),
        "rule": variance.RULE,
        "validation": {"fitted_on": told.fitted_on[0], "held_against": told.fitted_on[1], "levels": _records(proof)},
        "model": variance.described(variance.model_for(older, newer, wanted)),
    }
    folder = stage / "snapshots"
    snapshots.write(folder, told.snapshot, table if meta["proven"] else table.iloc[:0], meta)
    snapshots.read(folder, told.snapshot)
    return [folder / f"{told.snapshot}.csv", folder / f"{told.snapshot}.json"]


def _records(table: pd.DataFrame) -> list[dict[str, object]]:
    """Rows as JSON has them, ratios to four decimals."""
    return [{name: round(v, 4) if isinstance(v, float) else v for name, v in row.items()} for row in table.to_dict("records")]
