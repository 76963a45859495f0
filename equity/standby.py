"""Which set of figures a server opens: the newest, or the last good one when the newest is damaged. Reads, never mends."""

from __future__ import annotations

import dataclasses
import datetime
import json
from pathlib import Path

from equity import atlas, cities, snapshots
from equity.atlas import Atlas
from equity.errors import CityInvalid, EquityError, SnapshotDamaged, SnapshotMissing


def newest_whole(slug: str, root: Path | None = None) -> Atlas:
    """A city whose every file is the one that was written.

    ``Atlas.standby`` is then None, or the day of the last good set when that had to be opened. Raises what is wrong with the
    newest set when there is no other.
    """
    root = root or cities.DATA
    try:
        return _whole(slug, root)
    except (SnapshotMissing, SnapshotDamaged, CityInvalid) as error:
        last = snapshots.beside(root / slug, "last")
        try:
            found = _whole(slug, last)
        except EquityError:
            raise error from None
        return dataclasses.replace(found, standby=made(last / slug))


def made(folder: Path) -> datetime.date:
    """The day a set was made: of its figures as its manifest says or, for a set made from files, of its writing."""
    path = folder / snapshots.MANIFEST
    said = json.loads(path.read_text(encoding="utf-8")).get("made")
    return datetime.date.fromisoformat(said) if said else datetime.date.fromtimestamp(path.stat().st_mtime)


def _whole(slug: str, root: Path) -> Atlas:
    city = cities.load(slug, root)
    problems = snapshots.verify(city.folder, city.needs)
    if problems:
        raise SnapshotDamaged(problems[0])
    return atlas.load(slug, root)
