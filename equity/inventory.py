"""What is in hand of a city, release by release, for a person at a terminal. Changes nothing and mends nothing."""

from __future__ import annotations

import datetime
import textwrap

from rich.console import Console
from rich.table import Table

from equity import atlas as atlases
from equity import cities, due, exports, indicators, snapshots
from equity.atlas import Atlas
from equity.cities import City
from equity.errors import SnapshotDamaged, SnapshotMissing

SHOWN = ("no_subscription", "no_access", "no_broadband", "no_wired", "no_computer")
_WIDE = 144  # columns of a terminal that the whole table needs; a narrower one has a paragraph for each release


def verified(city: City) -> None:
    """Every file against the manifest: SnapshotMissing or SnapshotDamaged, a sentence for each file."""
    sealed = snapshots.manifest(city.folder)
    if problems := snapshots.verify(city.folder, city.needs):
        lost = [name for name in sealed if not (city.folder / name).is_file()]
        raise (SnapshotMissing if len(lost) == len(problems) else SnapshotDamaged)("\nequity: ".join(problems))


def tell(city: City, console: Console, today: datetime.date) -> None:
    """The totals of every release, so that a person can see that they are the known ones, and what is due."""
    atlas = atlases.load(city.slug, city.folder.parent)
    title = f"{city.name}: households by release, all {len(snapshots.manifest(city.folder))} files as written"
    labels = [indicators.get(key).label for key in SHOWN]
    rows = {release: _row(atlas, release) for release in reversed(atlas.releases)}
    if console.width >= _WIDE:
        table = Table(title=title)
        for heading in ("release", "in hand", "households"):
            table.add_column(heading, justify="right" if heading == "households" else "left", no_wrap=True)
        for label in labels:
            table.add_column(label, justify="right")
        for release, row in rows.items():
            table.add_row(str(release), *row)
        console.print(table)
    else:
        console.print(title, highlight=False)
        for release, (in_hand, households, *counts) in rows.items():
            console.print(f"\n{release}  {in_hand}, households {households}", highlight=False)
            for label, count in zip(labels, counts, strict=True):
                if count != "–":
                    console.print(f"{count:>20}  {label}", highlight=False, soft_wrap=True)
    told = "".join(cell for row in rows.values() for cell in row)
    console.print("– : the release does not give it; no ± : margin not in hand.", highlight=False)
    meanings = {"*": "margin modelled here, the published one is not in hand", "~": "years with two wordings of the question"}
    for sign, meaning in meanings.items():
        if sign in told:
            console.print(f"{sign} : {meaning}.", highlight=False)
    for line in textwrap.wrap(calendar(city, today), console.width):
        console.print(line, highlight=False, soft_wrap=True)


def calendar(city: City, today: datetime.date) -> str:
    """What is not loaded though it is published, and how the next release stands on that day."""
    lacking = [str(known.release) for known in city.releases if known.snapshot is None]
    said = [f"Published and not loaded: {', '.join(lacking)}."] if lacking else []
    told, state = city.calendar, due.next_release(city, today)
    when = f"expected {told['expected']['en'] if isinstance(told['expected'], dict) else told['expected']}"
    following, again = f"The next release, {told['next_release']},", f"run: python -m equity refresh {city.slug}"
    words = {
        due.Due.LATER: f"{following} is {when}.",
        due.Due.NOW: f"{following} is due ({when}); {again}",
        due.Due.OVERDUE: f"{following} is overdue ({when}); {again}",
        due.Due.IN_HAND: f"{following} is in hand; write into [calendar] of city.toml when another is expected.",
    }
    return " ".join([*said, words[state]])


def slugs(asked: str | None) -> list[str]:
    """The cities that are meant: the one named, or all there are."""
    return [asked] if asked else cities.available()


def _row(atlas: Atlas, release: int) -> list[str]:
    """How a release is in hand, its households, and the counts."""
    rows = {key: atlas.shown_total(release, key) for key in SHOWN}
    universes = [row["universe_estimate"] for row in rows.values() if row["universe_estimate"] == row["universe_estimate"]]
    known = atlas.release(release)
    in_hand = f"by {known.level}" + ("" if known.wording == "clean" else " ~")
    return [in_hand, f"{universes[0]:,.0f}" if universes else "–", *(exports.count_text(row) for row in rows.values())]
