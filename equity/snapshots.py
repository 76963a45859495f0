"""One frozen table with its provenance: a CSV and a JSON sidecar, and the manifest over all of them.

Writes what it is given and reads back exactly that, or refuses. Knows nothing of what the figures mean, of sources, or
of geometry; importing it never imports geopandas.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from equity import __version__
from equity.errors import SnapshotDamaged, SnapshotMissing

#: Columns that are identifiers in every table: text, never numbers (a GEOID may begin with 0).
IDENTIFIERS = ("geoid", "area_id", "place_id", "neighbour_id", "geoid_2020", "geoid_2010")
MANIFEST = "manifest.json"
#: The order of a sidecar's keys; others follow in the order given.
ORDER = (
    "dataset", "release", "survey_years", "level", "tract_vintage", "publisher", "citation", "licence", "source",
    "margins", "margins_note", "notes", "labels", "absent", "rows", "sha256",
)  # fmt: skip
_AGAIN = "put it back as the repository has it, or write the set anew: python -m equity refresh {city}"
_FIRST = "{city} has no figures yet; fetch them: python -m equity refresh {city}"


@dataclass(frozen=True)
class Snapshot:
    """A table as it was frozen. ``table``: identifiers as text, figures as numbers. ``meta``: its sidecar."""

    name: str
    table: pd.DataFrame
    meta: dict[str, Any]


def write(folder: Path, name: str, table: pd.DataFrame, meta: dict[str, Any]) -> None:
    """Freeze ``table`` as ``<name>.csv`` and ``meta``, with ``rows`` and ``sha256`` added, as ``<name>.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    body = table.to_csv(index=False, lineterminator="\n").encode("utf-8")
    known = meta | {"rows": len(table), "sha256": hashlib.sha256(body).hexdigest()}
    ordered = {key: known[key] for key in ORDER if key in known} | {k: v for k, v in known.items() if k not in ORDER}
    (folder / f"{name}.csv").write_bytes(body)
    write_json(folder / f"{name}.json", ordered)


def write_json(path: Path, content: dict[str, Any], *, compact: bool = False) -> None:
    """Write JSON as UTF-8 with one way of spacing, so that twice gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    layout: dict[str, Any] = {"separators": (",", ":")} if compact else {"indent": 2}
    path.write_text(json.dumps(content, ensure_ascii=False, allow_nan=False, **layout) + "\n", encoding="utf-8")


def read(folder: Path, name: str) -> Snapshot:
    """Read a frozen table back. Raises ``SnapshotMissing`` or ``SnapshotDamaged`` with one sentence."""
    path, sidecar = folder / f"{name}.csv", folder / f"{name}.json"
    for file in (path, sidecar):
        if not file.is_file():
            raise SnapshotMissing(f"{file} is missing; {again(folder)}")
    body = path.read_bytes()
    try:
        meta = json.loads(sidecar.read_text(encoding="utf-8"))
        rows, digest = meta["rows"], meta["sha256"]
    except (ValueError, KeyError, TypeError) as error:
        raise SnapshotDamaged(f"{sidecar} cannot be read as a sidecar ({error}); {again(folder)}") from error
    if hashlib.sha256(body).hexdigest() != digest:
        raise SnapshotDamaged(f"{path} is not the file that was written (its sha256 differs); {again(folder)}")
    header = body[: body.find(b"\n")].decode("utf-8").split(",")
    table = pd.read_csv(io.BytesIO(body), dtype={column: str for column in IDENTIFIERS if column in header}, engine="c")
    if len(table) != rows:
        raise SnapshotDamaged(f"{path} has {len(table)} rows where its sidecar says {rows}; {again(folder)}")
    return Snapshot(name, table, meta)


def write_manifest(folder: Path, written: list[Path], made: str | None = None) -> None:
    """Seal ``written`` (files below ``folder``) in ``manifest.json``: path -> sha256, bytes and, of tables, rows and source.

    ``made`` is the day on which figures were fetched; a set made from files that lay there has none, so that it can be made
    again byte for byte.
    """
    files = {str(path.relative_to(folder).as_posix()): _seal(path) | _told(path) for path in sorted(written)}
    said = {"tool": f"equity {__version__}"} | ({"made": made} if made else {}) | {"files": files}
    write_json(folder / MANIFEST, said | {"sha256": _digest(said)})


def _told(path: Path) -> dict[str, Any]:
    """What the sidecar of a table says of its rows and its source."""
    sidecar = path.with_suffix(".json")
    if path.suffix != ".csv" or not sidecar.is_file():
        return {}
    meta = json.loads(sidecar.read_text(encoding="utf-8"))
    return {name: meta[name] for name in ("rows", "source") if name in meta}


def manifest(folder: Path) -> dict[str, dict[str, Any]]:
    """The sealed files of a city folder: relative path -> {sha256, bytes}. Raises when it is missing or unreadable."""
    path = folder / MANIFEST
    if not path.is_file():
        if _never_filled(folder):
            raise SnapshotMissing(f"{folder} has no figures yet; fetch them: python -m equity refresh {folder.name}")
        raise SnapshotMissing(f"{path} is missing; {again(folder)}")
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        digest, files = said.pop("sha256"), dict(said["files"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SnapshotDamaged(f"{path} cannot be read ({error}); {again(folder)}") from error
    if digest != _digest(said):
        raise SnapshotDamaged(f"{path} is not the file that was written (its sha256 differs); {again(folder)}")
    return files


def _digest(said: dict[str, Any]) -> str:
    """The manifest seals itself, too."""
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def verify(folder: Path, needed: Iterable[str] = ()) -> list[str]:
    """Every sealed file against the manifest: a list of problems, one sentence each; empty when all is well.

    ``needed``: files (relative paths) that the manifest has to list, so that a shortened manifest does not pass.
    """
    try:
        sealed = manifest(folder)
    except (SnapshotMissing, SnapshotDamaged) as error:
        return [str(error)]
    problems = [f"{folder / MANIFEST} does not list {name}; {again(folder)}" for name in needed if name not in sealed]
    for relative, seal in sealed.items():
        path = folder / relative
        if not path.is_file():
            problems.append(f"{path} is missing; {again(folder)}")
        elif not isinstance(seal, dict) or _seal(path) != {name: seal.get(name) for name in ("sha256", "bytes")}:
            problems.append(f"{path} is not the file that was written (its sha256 differs); {again(folder)}")
    return problems


def beside(folder: Path, what: str) -> Path:
    """The hidden neighbour of a city's folder: its lock, the set being written (new), the set before (last)."""
    return folder.parent / f".{folder.name}.{what}"


def again(folder: Path) -> str:
    """What to type to have the files of this folder written anew, or for the first time."""
    home = folder.parent if folder.name in ("snapshots", "outlines") else folder
    return (_FIRST if _never_filled(home) else _AGAIN).format(city=home.name)


def _never_filled(folder: Path) -> bool:
    """Whether no refresh has written into the folder of a city."""
    return not any((folder / name).exists() for name in (MANIFEST, "areas.csv", "snapshots"))


def _seal(path: Path) -> dict[str, Any]:
    body = path.read_bytes()
    return {"sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body)}
