"""The room with the window: everything that comes from outside comes through here, checked at the door.

``local`` reads files that were fetched before; ``census_api`` and ``summary_file`` ask the Census Bureau; ``households`` reads
blocks, ``boundaries`` outlines. Two ways to the same figures are one to whoever asks: an ``Acs`` gives a ``Fetched``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from equity.cities import City
from equity.errors import UsageError

#: What figures may be asked of: see ``Acs.fetch``.
LEVELS = ("tract", "county", "place")


@dataclass(frozen=True)
class Fetched:
    """One table as a source gave it, and where from.

    ``table``: geoid (text: tract 11 digits, county 5, place 7), then the lines under the API's names, ``B28002_001E``,
    ``B28002_001M`` and so on in the order asked, as published text (empty for none), one row a place, sorted by geoid.
    ``address`` never holds a key.
    """

    table: pd.DataFrame
    address: str
    dataset: str
    citation: str


class Acs(Protocol):
    """A way to the American Community Survey."""

    name: str

    def gives(self, release: int, span: int = 5) -> bool:
        """Whether this source has the release; of ``span`` 1, the single year of that name."""
        ...

    def fetch(self, city: City, level: str, release: int, lines: Sequence[str], span: int = 5) -> Fetched:
        """``level``: tract (all of the city's counties), county or place; ``lines``: B28002_001 and so on; ``span``: 5 or 1.

        SourceUnavailable, KeyRefused or SourceInvalid with one sentence.
        """
        ...


def askable(level: str, release: int, span: int) -> None:
    """UsageError for what the survey never has."""
    if level not in LEVELS:
        raise UsageError(f"no level {level!r}; there are: {', '.join(LEVELS)}")
    if span not in (1, 5) or (span == 1 and level == "tract"):
        raise UsageError(f"there are no {span}-year estimates by {level}; ask for 5 years, or for 1 year of a place or county")
    if (release, span) == (2020, 1):
        raise UsageError("there is no standard 1-year release of 2020; ask for its 5-year estimates or for another year")


def named(release: int, span: int, lines: Sequence[str], by: str) -> dict[str, str]:
    """``dataset`` and ``citation`` of the tables of these lines; ``by``: the way they came, as the citation says it."""
    tables = list(dict.fromkeys(line.partition("_")[0] for line in lines))
    survey, noun = f"American Community Survey {span}-year estimates", "tables" if len(tables) > 1 else "table"
    years = f"{release - span + 1}-{release}" if span > 1 else str(release)
    listed = " and ".join(filter(None, (", ".join(tables[:-1]), tables[-1])))
    return {
        "dataset": f"{survey}, {noun} {', '.join(tables)}",
        "citation": f"US Census Bureau, {survey} {years}, {noun} {listed}; from the {by}.",
    }
