"""What is in hand of a city, release by release, for a person at a terminal. Changes nothing and mends nothing."""

from __future__ import annotations

import datetime
import textwrap

from rich.console import Console
from rich.table import Table

from equity import atlas as atlases
from equity import cities, due, exports, gap, indicators, snapshots, targets
from equity.atlas import Atlas
from equity.cities import City
from equity.errors import CityInvalid, SnapshotDamaged, SnapshotMissing
from equity.targets import CITY, Kind, Target

SHOWN = ("no_subscription", "no_access", "no_broadband", "no_wired", "no_computer")
_WIDE = 144  # columns of a terminal that the whole table needs; a narrower one has a paragraph for each release


def verified(city: City) -> None:
    """Every file against the manifest: SnapshotMissing or SnapshotDamaged, a sentence for each file."""
    sealed = snapshots.manifest(city.folder)
    if problems := snapshots.verify(city.folder, city.needs):
        lost = [name for name in sealed if not (city.folder / name).is_file()]
        raise (SnapshotMissing if len(lost) == len(problems) else SnapshotDamaged)("\nequity: ".join(problems))


def written(atlas: Atlas, today: datetime.date) -> list[str]:
    """What targets.csv and events.csv hold, a sentence each, of a city that has them.

    CityInvalid with a sentence for each row that cannot be meant, for each printed figure that is not the computed one, and
    where the count that the city's plan starts from is no row.
    """
    city = atlas.city
    if wrong := targets.problems(city, today):
        raise CityInvalid("\nequity: ".join(wrong))
    told, path = targets.targets(city), city.folder / targets.TARGETS
    printed = [row for row in told if row.kind is Kind.ACTUAL]
    held = list(zip(printed, gap.actuals(atlas, printed).itertuples(), strict=True))
    wrong = [
        f"{path}: {_figure(row)}, and {found.computed:,.{row.decimals}f} is computed; correct the row, or find out why"
        for row, found in held
        if not (found.agrees or found.reason)
    ]
    if city.has_plan and targets.baseline(city, told) is None:
        said = city.baseline
        row = f"{said['indicator']}, {CITY}, {said['release']}, estimate, printed {said['printed']}"
        wrong.append(f"{path} has no {Kind.ACTUAL} of what [baseline] of city.toml speaks of; add the row: {row}")
    if wrong:
        raise CityInvalid("\nequity: ".join(wrong))
    said = []
    if path.is_file():
        agreed = sum(found.agrees for _row, found in held)
        said.append(f"{targets.TARGETS}: printed figures, as computed: {agreed}; targets: {len(told) - len(printed)}.")
        lacking = [(found.reason.replace("_", " "), row) for row, found in held if found.reason]
        said += [f"Not held against a figure ({why}): {_figure(row)}." for why, row in lacking]
    if (city.folder / targets.EVENTS).is_file():
        said.append(f"{targets.EVENTS}: events: {len(targets.events(city, today))}.")
    return said


def tell(city: City, console: Console, today: datetime.date) -> None:
    """The totals of every release, so that a person can see that they are the known ones, what people wrote, what is due."""
    atlas = atlases.load(city.slug, city.folder.parent)
    by_hand = " ".join(written(atlas, today))
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
    for said in (by_hand, calendar(city, today)):
        for line in textwrap.wrap(said, console.width):
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


def _figure(row: Target) -> str:
    """A figure that was printed, so that its row can be found."""
    return f"{row.indicator}, {row.place}, {row.year}: {row.measure} {row.value:,.{row.decimals}f} is printed"


def _row(atlas: Atlas, release: int) -> list[str]:
    """How a release is in hand, its households, and the counts."""
    rows = {key: atlas.shown_total(release, key) for key in SHOWN}
    universes = [row["universe_estimate"] for row in rows.values() if row["universe_estimate"] == row["universe_estimate"]]
    known = atlas.release(release)
    in_hand = f"by {known.level}" + ("" if known.wording == "clean" else " ~")
    return [in_hand, f"{universes[0]:,.0f}" if universes else "–", *(exports.count_text(row) for row in rows.values())]
