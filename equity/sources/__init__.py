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
