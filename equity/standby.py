"""Which set of figures a server opens: the newest, or the last good one when the newest is damaged. Reads, never mends."""

from __future__ import annotations

import dataclasses
import datetime
import json
import logging
from pathlib import Path

from equity import atlas, cities, snapshots
from equity.atlas import Atlas
from equity.errors import EquityError, SnapshotDamaged

_log = logging.getLogger(__name__)


def newest_whole(slug: str, root: Path | None = None) -> Atlas:
    """A city whose every file is the one that was written.

    ``Atlas.standby`` is then None, or the day of the last good set when that had to be opened. Raises what is wrong with the
    newest set when there is no other.
    """
    root = root or cities.DATA
    try:
        return opened(slug, root)
    except EquityError as error:
        last = snapshots.beside(root / slug, "last")
        try:
            found = opened(slug, last)
        except EquityError:
            raise error from None
        _log.warning("the last good set of %s is served in place of the newest: %s", slug, error)
        return dataclasses.replace(found, standby=made(last / slug))


def made(folder: Path) -> datetime.date:
    """The day a set was made: of its figures as its manifest says or, for a set made from files, of its writing."""
    path = folder / snapshots.MANIFEST
    said = json.loads(path.read_text(encoding="utf-8")).get("made")
    return datetime.date.fromisoformat(said) if said else datetime.date.fromtimestamp(path.stat().st_mtime)


def opened(slug: str, root: Path) -> Atlas:
    """The set of figures in ``<root>/<slug>``, every file of it verified and every figure read.

    EquityError with one sentence for a file that is not the one that was written, and for a figure that nobody can read: a
    file may be sealed whole and still hold what no page can show.
    """
    city = cities.load(slug, root)
    if problems := snapshots.verify(city.folder, city.needs):
        raise SnapshotDamaged(problems[0])
    found = atlas.load(slug, root)
    for release in found.releases:
        found.recipe(release, city.baseline["indicator"])  # reads the release's figures, and what cannot be read is told
        if release in found.published:
            found.shown_total(release, city.baseline["indicator"])
    return found
