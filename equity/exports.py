"""An atlas table -> a file. Knows the shapes and formats of files; computes no figure.

Three shapes. *long*: one row a place and indicator, for one indicator. *wide*: the download of tracts, one row a tract, every
indicator in its own columns, the same columns for every release. *comparisons*: one row an area and indicator, with what may be
said of it: rank range, chances, verdicts. All are byte for byte the same for the same figures.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable

import numpy as np
import pandas as pd

from equity import findings, flags, indicators
from equity.atlas import Atlas
from equity.errors import UsageError

COMPARED = "comparison"  # the level of the file that says what may be said of the areas
# In that file a place is an area, and its figure a share.
_COMPARED_NAMES = {"place_id": "area_id", "place_name": "area_name", "figure": "share", "figure_moe": "share_moe"}

_COUNTS = ("universe_estimate", "universe_moe", "estimate", "moe")
_SHARES = ("share", "share_moe")
# What the columns of the shapes below that hold fractions end with; the table of another file says which of its columns do.
_FRACTIONS = ("share", "share_moe", "weight", "difference", "difference_moe", "moe_overlap", "_top10", "_top20")
_WIDE_FIGURES = (*_COUNTS, *_SHARES, "reliability", "flag")
_PLACE_COLUMNS = {
    "tract": (
        "geoid", "name", "area_id", "area_name", "area_weight", "area2_id", "area2_name", "area2_weight", "city_weight",
    ),
    "area": ("area_id", "area_name", "side"),
}  # fmt: skip


def long(atlas: Atlas, level: str, release: int, key: str, area_ids: Iterable[str] = ()) -> pd.DataFrame:
    """The columns of ``TABLE``, ``flag`` as text, one row a place: all, or the areas (their tracts) of ``area_ids``."""
    figures = atlas.shown_total(release, key).to_frame().T if level == "city" else atlas.table(level, release, key)
    table, chosen = _flags_as_text(figures.infer_objects()), set(area_ids)
    if not chosen or level not in _PLACE_COLUMNS:
        return table
    if level == "tract":
        chosen = set(atlas.tracts_of(atlas.release(release).tract_vintage, chosen)["geoid"])
    return table[table["place_id"].isin(chosen)]


def wide(atlas: Atlas, release: int, area_ids: Iterable[str] = (), level: str = "tract") -> pd.DataFrame:
    """One row a tract (or area) of the release, all or those in ``area_ids``: the columns of ``wide_columns(level)``.

    A tract is in an area when households of it are, so a split tract comes with both; its figures are the whole tract's.
    To reproduce an area's count from tracts, add ``area_weight * estimate`` over the rows whose ``area_id`` is the area and
    ``area2_weight * estimate`` over those whose ``area2_id`` is. UsageError for tracts of a release published for areas only.
    """
    known = atlas.release(release)
    if level not in _PLACE_COLUMNS:
        raise UsageError(f"no wide shape of level {level!r}; choose one of: {', '.join(_PLACE_COLUMNS)}, or use --shape long")
    if level == "tract" and known.level != "tract":
        areas = atlas.city.area_nouns["en"]
        raise UsageError(f"release {release} is in hand for {areas} only; export it with --level area")
    columns = list(_PLACE_COLUMNS[level])
    if level == "tract":
        places = atlas.tracts_of(known.tract_vintage, area_ids)
    else:
        chosen = set(area_ids) or set(atlas.area_names)
        places = atlas.areas[atlas.areas["area_id"].isin(chosen)].rename(columns={"name": "area_name"})
    parts = [places[columns].assign(release=release)]
    for what in indicators.REGISTRY:
        judged = findings.reliability_of(atlas, level, release, what.key)["reliability"].to_numpy()
        figures = _flags_as_text(atlas.table(level, release, what.key)).assign(reliability=judged)
        figures = figures.set_index("place_id").reindex(places[columns[0]])
        parts.append(figures[list(_WIDE_FIGURES)].add_prefix(f"{what.key}_").set_index(places.index))
    return pd.concat(parts, axis=1)


def comparisons(atlas: Atlas, release: int, area_ids: Iterable[str] = ()) -> pd.DataFrame:
    """One row an area and indicator that the release gives: rank with its range and chances, verdicts, reasons.

    The columns of ``wide_columns("comparison")``; the same figures as on the page, the lists controlled over all areas also
    where ``area_ids`` leaves some out. The draws behind the ranks take a second or two the first time.
    """
    chosen = set(area_ids) or set(atlas.area_names)
    given = [what.key for what in indicators.REGISTRY if atlas.gives("area", release, what.key)]
    table = _flags_as_text(pd.concat([findings.of_areas(atlas, release, key) for key in given], ignore_index=True))
    return table[table["place_id"].isin(chosen)].rename(columns=_COMPARED_NAMES)


def wide_columns(level: str = "tract") -> list[str]:
    """The header of the wide shape: it depends on the registry alone, never on the release."""
    if level == COMPARED:
        return [_COMPARED_NAMES.get(name, name) for name in findings.AREAS]
    figures = [f"{what.key}_{figure}" for what in indicators.REGISTRY for figure in _WIDE_FIGURES]
    return [*_PLACE_COLUMNS[level], "release", *figures]


def to_csv(table: pd.DataFrame, fractions: Collection[str] | None = None) -> str:
    """Comma-separated text, UTF-8, ``\\n``: counts to two decimals, fractions and their margins to six, missing as empty.

    ``fractions`` names the columns that hold some; without it they are those of the shapes of this room, known by their names.
    A text cell that a spreadsheet would run as a formula gets a leading apostrophe.
    """
    known = [name for name in table.columns if name.endswith(_FRACTIONS)] if fractions is None else fractions
    columns = [_cells(table[name], 6 if name in known else 2) for name in table.columns]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(zip(*columns, strict=True))
    return out.getvalue()


def count_text(row: pd.Series) -> str:
    """ "171,879 ± 3,435" for a terminal, "125,146 ± 3,086*" where the margin is modelled; a dash where there is no estimate."""
    if np.isnan(row["estimate"]):
        return "–"
    modelled = "*" if row.get("flag", 0) & flags.Flag.MODELLED else ""
    return f"{row['estimate']:,.0f}" + ("" if np.isnan(row["moe"]) else f" ± {row['moe']:,.0f}{modelled}")


def _flags_as_text(table: pd.DataFrame) -> pd.DataFrame:
    """The same rows with the notes of each figure by name."""
    return table.assign(flag=table["flag"].map(flags.text))


def _cells(column: pd.Series, decimals: int) -> list[str]:
    """One column as the text of its cells, numbers with so many decimals at most."""
    if not pd.api.types.is_numeric_dtype(column):
        return [_safe(str(cell)) for cell in column]
    return [_number(cell, decimals) for cell in column.to_numpy()]


def _number(value: float, decimals: int) -> str:
    """No trailing zeros, so that a count of households reads as one; empty where missing."""
    if np.isnan(value):
        return ""
    return f"{value:.{decimals}f}".rstrip("0").rstrip(".") if value % 1 else f"{value:.0f}"


def _safe(cell: str) -> str:
    """Spreadsheets run cells that begin so (OWASP, CSV injection)."""
    cell = cell.replace("\r\n", "\n").replace("\r", "\n")  # csv quotes "\n", not a lone "\r", which would begin a row
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else cell
