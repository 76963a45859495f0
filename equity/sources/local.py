"""The raw tables of the source folder, checked at the door. Knows file layouts; decides nothing about figures.

Every reader returns the figures as the text that was published (``88.3`` stays ``88.3``, ``-999`` stays ``-999``, empty
stays empty) or raises ``SourceInvalid`` with one sentence. What a code means is resolved in ``tidy``, not here.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pandas as pd

from equity.cities import City, Crosswalk, Source
from equity.errors import SourceInvalid
from equity.sources import door

GEOID = re.compile(r"^\d{11}$")  # state (2) + county (3) + tract (6)
_AGAIN = "get the file again from its publisher"


def columns_of(described: tuple[str, ...]) -> list[str]:
    """``("B28002_001..013 E M",)`` -> B28002_001E, B28002_001M, B28002_002E ...; ``("HH E M",)`` -> E_HH, M_HH."""
    names = []
    for text in described:
        words = text.split()
        kinds = [word for word in words if word in ("E", "M", "PE", "PM")]
        for word in words[: len(words) - len(kinds)]:
            run = re.match(r"^([A-Z]+\d+_)(\d+)(?:\.\.(\d+))?$", word)
            if run is None:
                names += [f"{kind}_{word}" for kind in kinds]
                continue
            first, last, width = int(run[2]), int(run[3] or run[2]), len(run[2])
            names += [f"{run[1]}{n:0{width}d}{kind}" for n in range(first, last + 1) for kind in kinds]
    return names


def tracts(folder: Path, source: Source) -> pd.DataFrame:
    """One release -> geoid and the lines as the file names them, in its order, as published text; sorted by geoid."""
    path = folder / source.file
    table = _text(path, source.rows)
    expected = columns_of(source.columns)
    _columns(path, table, ["GEOID", *expected], allowed=("NAME",))
    _geoids(path, table["GEOID"])
    if not table["GEOID"].is_unique:
        twice = table["GEOID"][table["GEOID"].duplicated()].iloc[0]
        raise SourceInvalid(f"{path}: tract {twice} is there twice; {_AGAIN}")
    table = table.drop(columns="NAME", errors="ignore").rename(columns={"GEOID": "geoid"})
    door.figures(str(path), table.set_index("geoid"))
    return table.sort_values("geoid", ignore_index=True)


def area_counts(folder: Path, city: City) -> pd.DataFrame:
    """Counts published for areas -> area_id and the counts under Census names, as published text."""
    told = city.area_counts
    path = folder / told["file"]
    table = _text(path, told["rows"])
    names: dict[str, str] = told["names"]
    _columns(path, table, [told["id_column"], *names], allowed=tuple(table.columns))
    if sorted(table[told["id_column"]]) != sorted(city.area_ids):
        raise SourceInvalid(f"{path}: its {told['id_column']} are not the areas that city.toml lists; {_AGAIN}")
    table = table[[told["id_column"], *names]].rename(columns={told["id_column"]: "area_id"})
    table = table.rename(columns={name: f"{line}" for name, line in names.items()})
    door.figures(str(path), table.set_index("area_id"), within=1.0)  # published sums of shared tracts are off by a household
    return table.sort_values("area_id", key=lambda ids: ids.astype(int), ignore_index=True)


def shares(folder: Path, told: Crosswalk, area_ids: tuple[str, ...]) -> pd.DataFrame:
    """Crosswalk file -> geoid, area_id, weight (share of the tract's households, 0 to 1); every row, sorted."""
    path = folder / told.file
    table = _text(path, told.rows)
    _columns(path, table, ["geoid_tract", "cca_num", "hh_pct"], allowed=tuple(table.columns))
    table = table.rename(columns={"geoid_tract": "geoid", "cca_num": "area_id", "hh_pct": "weight"})
    table = table[["geoid", "area_id", "weight"]]
    _geoids(path, table["geoid"])
    weight = door.numbers(str(path), table["weight"], table["geoid"])
    total = weight.groupby(table["geoid"]).sum()
    wrong = {
        "a tract and area are there twice": table.duplicated(["geoid", "area_id"]).any(),
        "an area is named that city.toml does not list": not table["area_id"].isin(area_ids).all(),
        "a weight is not between 0 and 1": not weight.between(0, 1).all(),
        "a tract's weights sum to more than 1": (total > 1 + 1e-9).any(),
        f"it holds {len(total):,} tracts where {told.tracts:,} are expected": len(total) != told.tracts,
    }
    for problem, present in wrong.items():
        if present:
            raise SourceInvalid(f"{path}: {problem}; {_AGAIN}")
    order = table.assign(weight=weight, area=table["area_id"].astype(int)).sort_values(["geoid", "area"])
    return order.drop(columns="area").reset_index(drop=True)


def overlay(folder: Path, file: str, rows: int) -> pd.DataFrame:
    """Overlaps of two tract vintages -> geoid_2020, geoid_2010, share_2020, share_2010 (of each tract's area)."""
    path = folder / file
    table = _text(path, rows)
    _columns(path, table, ["geoid20", "geoid10", "share20", "share10"], allowed=tuple(table.columns))
    for vintage in ("20", "10"):
        _geoids(path, table[f"geoid{vintage}"])
        share = door.numbers(str(path), table[f"share{vintage}"], table["geoid20"])
        if not share.between(0, 1).all():
            raise SourceInvalid(f"{path}: a share{vintage} is not between 0 and 1; {_AGAIN}")
        table[f"share{vintage}"] = share
    names = {f"{what}{v}": f"{what}_20{v}" for what in ("geoid", "share") for v in ("20", "10")}
    return table.rename(columns=names)[["geoid_2020", "geoid_2010", "share_2020", "share_2010"]]


def present(folder: Path, files: list[str]) -> None:
    """Refuse before any work when the folder or one of the files is missing."""
    if not folder.is_dir():
        raise SourceInvalid(f"no source folder at {folder}; give the folder with the raw files: --from FOLDER")
    for file in files:
        if not (folder / file).is_file():
            raise SourceInvalid(f"{folder / file} is missing; put it there or give another folder: --from FOLDER")


def _text(path: Path, rows: int) -> pd.DataFrame:
    present(path.parent, [path.name])
    content = path.read_bytes()
    if not content.endswith(b"\n"):  # a cut inside the last figure would leave a shorter, plausible number
        raise SourceInvalid(f"{path}: the last line has no end, so the file is cut short; {_AGAIN}")
    try:
        header, *body = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
    except (csv.Error, UnicodeDecodeError, ValueError) as error:
        raise SourceInvalid(f"{path}: cannot be read as CSV ({error}); {_AGAIN}") from error
    uneven = next((n for n, fields in enumerate(body, start=2) if len(fields) != len(header)), None)
    if uneven is not None:  # pandas would fill a short row and shift a long one
        raise SourceInvalid(f"{path}: line {uneven} has not as many fields as the header; {_AGAIN}")
    if len(body) != rows:
        raise SourceInvalid(f"{path}: {len(body):,} rows where {rows:,} are expected; {_AGAIN}")
    return pd.DataFrame(body, columns=header, dtype=str)


def _columns(path: Path, table: pd.DataFrame, expected: list[str], allowed: tuple[str, ...]) -> None:
    lacking = [name for name in expected if name not in table.columns]
    unknown = [name for name in table.columns if name not in expected and name not in allowed]
    if lacking or unknown:
        said = "lacks the column" if lacking else "has a column that is not expected:"
        raise SourceInvalid(f"{path}: {said} {(lacking or unknown)[0]}; {_AGAIN}, or correct `columns` in city.toml")


def _geoids(path: Path, geoids: pd.Series) -> None:
    bad = geoids[~geoids.str.match(GEOID)]
    if len(bad):
        raise SourceInvalid(f"{path}: {bad.iloc[0]!r} is not a tract GEOID of 11 digits; {_AGAIN}")
