"""Made-up histories whose truth is known: a city of a few areas, each of them one tract, over a few releases."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd

from equity import snapshots
from equity.atlas import Atlas
from equity.cities import Release, Side
from equity.snapshots import Snapshot

Figures = tuple[float, float, float]  # households (their margin is 0), those without a subscription, the margin of these


def town(
    like: Atlas, history: dict[int, Figures | list[Figures]], mixed: tuple = (), modelled: tuple = (), **said: object
) -> Atlas:
    """An atlas of {release: Figures, or a list of them by area}, otherwise ``like`` another. The baseline is release 2021.

    ``mixed``: releases that mix wordings. ``modelled``: releases whose margins are modelled. The next release is the one after.
    ``said``: what else the city says.
    """
    held = {release: given if isinstance(given, list) else [given] for release, given in history.items()}
    ids = [str(number + 1) for number in range(max(map(len, held.values())))]
    releases = tuple(
        Release(release, "tract", 2020, (release - 4, release), "mixed" if release in mixed else "clean", None, "made-up")
        for release in sorted(held)
    )
    city = dataclasses.replace(
        like.city,
        releases=releases,
        sides=(Side("all", {"en": "All", "es": "Todo"}, tuple(ids)),),
        modelled=(),
        calendar=like.city.calendar | {"next_release": max(held) + 1},
        **said,
    )
    whole = pd.DataFrame({"geoid": ids, "name": ids, "city_weight": 1.0, "display": "whole"})
    return Atlas(
        city=city,
        areas=pd.DataFrame({"area_id": ids, "name": [f"Area {area}" for area in ids], "side": "all"}),
        tracts={2020: whole},
        crosswalks={2020: pd.DataFrame({"geoid": ids, "area_id": ids, "weight": 1.0})},
        snapshots={release: published(release, ids, given, release in modelled) for release, given in held.items()},
        modelled={release: modelled_margins(release, ids, held[release]) for release in modelled},
    )


def with_place_figures(made: Atlas, folder: Path, single_years: dict[int, float], whole: dict[int, float]) -> Atlas:
    """The same town with figures published for the place: {release: count}, +- 150 of 10,100 for the release's last year alone,
    +- 70 of 10,000 for the release as a whole."""
    row = {"geoid": made.city.state_fips + made.city.place_fips, "B28002_001M": 0, "B28002_012E": 0, "B28002_012M": 0}
    releases = []
    for known in made.city.releases:
        if known.release in single_years:
            count = {"B28002_001E": 10_100, "B28002_013E": single_years[known.release], "B28002_013M": 150}
            snapshots.write(folder / "snapshots", f"acs1-{known.release}", pd.DataFrame([row | count]), {"dataset": "made up"})
            known = dataclasses.replace(known, one_year=f"acs1-{known.release}")
        releases.append(known)
    tables = {r: pd.DataFrame([row | {"B28002_001E": 10_000, "B28002_013E": n, "B28002_013M": 70}]) for r, n in whole.items()}
    said = {"citation": "The place.", "publisher": "Bureau"}
    return dataclasses.replace(
        made,
        city=dataclasses.replace(made.city, releases=tuple(releases), folder=folder),
        published={release: Snapshot(f"place-{release}", table, said) for release, table in tables.items()},
        _kept={},
    )


def published(release: int, ids: list[str], given: list[Figures], without_margins: bool) -> Snapshot:
    """Line 012 is 0, line 013 all of the gap; a margin that is NaN was not published."""
    households, count, margin = (list(column) for column in zip(*given, strict=True))
    table = pd.DataFrame({"geoid": ids, "B28002_001E": households, "B28002_001M": 0})
    if without_margins:
        table["B28002_002E"] = np.subtract(households, count)
    else:
        table = table.assign(B28002_012E=0, B28002_012M=0, B28002_013E=count, B28002_013M=margin)
    return Snapshot("made-up", table, {"citation": "Made up.", "publisher": "Nobody"})


def modelled_margins(release: int, ids: list[str], given: list[Figures]) -> Snapshot:
    """The margins of the gap as a variance function would have made them."""
    _households, count, margin = zip(*given, strict=True)
    return Snapshot(
        "made-up", pd.DataFrame({"geoid": ids, "E_NOSUB": count, "M_NOSUB": margin}), {"proven": True, "citation": "Modelled."}
    )
