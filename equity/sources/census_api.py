"""The American Community Survey from the Bureau's API. Decides nothing about figures: they stay as they were published.

The requests are made by the ``census`` package (0.8.27), through a session of ours that looks at an answer before the package
does. Left as they are, its clients ask for the type of every returned column in a request of its own and turn the figures into
floats; zip calls of more than 49 columns together row by row and drop what has no partner; cut rows that are too long; take
a 204 for an empty city; know one base address, and no release later than they are; and try three times without a pause. So it
is given at most 49 columns a call, the release, one try and ``_Client``, and what it returns is joined here, by place.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

import pandas as pd
from census.core import ACS5Client

from equity.cities import City
from equity.errors import SourceInvalid
from equity.sources import Fetched, askable, census_answers, named, session
from equity.sources.addresses import Addresses
from equity.sources.census_answers import AGAIN, Rows
from equity.sources.web import Web

#: level -> the geography columns of an answer, which make its GEOID.
LEVELS = {"tract": ("state", "county", "tract"), "county": ("state", "county"), "place": ("state", "place")}
FIRST = 2017  # the first release with tract tables of internet subscriptions
LINES_A_CALL = 24  # 48 columns with their margins; the API takes 50, the package 49 without zipping


class CensusApi:
    """An ``Acs``: the Census Bureau's API, asked with a key that nobody hears of."""

    name = "api"

    def __init__(self, key: str, web: Web | None = None, base: str = Addresses.api) -> None:
        self._key, self._web, self._base = key, web or Web(), base.rstrip("/")
        self._told: dict[str, dict] = {}  # address of a table -> what it says about its lines

    def gives(self, release: int, span: int = 5) -> bool:
        """Every release since tracts have these tables; of single years all but the pandemic's."""
        return release >= FIRST and (release, span) != (2020, 1)

    def fetch(self, city: City, level: str, release: int, lines: Sequence[str], span: int = 5) -> Fetched:
        """See ``Acs.fetch``. What the lines mean is compared first: one that means something else is never fetched.

        UsageError for a level or a span that there is not; KeyRefused, SourceUnavailable or SourceInvalid else.
        """
        askable(level, release, span)
        lines = tuple(dict.fromkeys(lines))
        self._compare(release, lines, span)
        parts = [self._table(release, lines, span, level, where) for where in _questions(city, level)]
        return Fetched(
            table=pd.concat(parts).sort_values("geoid", ignore_index=True),
            address=f"{session.place(self._base)}/{release}/acs/acs{span}?{_place(city, level)}",
            **named(release, span, lines, "Census Data API"),
        )

    def _table(self, release: int, lines: Sequence[str], span: int, level: str, where: Mapping[str, str]) -> pd.DataFrame:
        """One county's or one place's rows -> geoid and the columns of every line, from as many calls as it takes."""
        client = _Client(self._key, self._web, self._base, release, span)
        parts: list[pd.DataFrame] = []
        for start in range(0, len(lines), LINES_A_CALL):
            columns = [f"{line}{kind}" for line in lines[start : start + LINES_A_CALL] for kind in ("E", "M")]
            rows = client.get(columns, dict(where), year=release)
            ids = ["".join(row[name] for name in LEVELS[level]) for row in rows]
            part = pd.DataFrame([[row[column] or "" for column in columns] for row in rows], ids, columns, dtype=str)
            if parts and (apart := sorted(set(parts[0].index) ^ set(ids))):
                raise SourceInvalid(f"{client.place} gives {apart[0]} in one part of its lines and not in the next; {AGAIN}")
            parts.append(part)
        return pd.concat(parts, axis=1).rename_axis("geoid").reset_index()  # by geoid, whatever the order of the rows

    def _compare(self, release: int, lines: Sequence[str], span: int) -> None:
        """What the API says each line means, against what we take it to mean. These questions need no key, and get none."""
        for line in lines:
            address = f"{self._base}/{release}/acs/acs{span}/groups/{line.partition('_')[0]}.json"
            where = session.place(address)
            if address not in self._told:
                answer = self._web.get(address, flaw=functools.partial(census_answers.flaw, keyed=False))
                self._told[address] = census_answers.variables(where, answer)
            census_answers.compare(where, line, self._told[address], release)


class _Client(ACS5Client):
    """The package's client for one release, less what it does unasked."""

    def __init__(self, key: str, web: Web, base: str, release: int, span: int) -> None:
        # One try, for the pauses between tries are Web's; the release, for the package's own default moves with the package.
        super().__init__(key, year=release, session=_Door(web), retries=1)
        self.dataset = f"acs{span}"
        self.endpoint_url = f"{base.replace('%', '%%')}/%s/acs/%s"
        self.place = session.place(self.endpoint_url % (release, self.dataset))

    def _switch_endpoints(self, year: int) -> None:
        """Stay at our address; the package would go back to its own."""

    def _field_type(self, field: str, year: int) -> type[str]:
        """Text, as published; the package would ask for the type of every column, and make floats."""
        return str


class _Door:
    """What the package takes for its session: asks through ``Web``, and lets in only an answer to the question."""

    def __init__(self, web: Web) -> None:
        self._web = web

    def get(self, url: str, params: Mapping[str, str]) -> _Seen:
        answer = self._web.get(url, params, flaw=census_answers.flaw)
        return _Seen(census_answers.rows(session.place(url), params, answer))


class _Seen:
    """An answer that passed, with the little of a response that the package looks at."""

    status_code = 200

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def json(self) -> Rows:
        return list(self._rows)  # the package takes the header out of it


def _questions(city: City, level: str) -> list[dict[str, str]]:
    """What to ask for, a county or a place at a time, in the words of the API."""
    state = f"state:{city.state_fips}"
    if level == "place":
        return [{"for": f"place:{city.place_fips}", "in": state}]
    if level == "county":
        return [{"for": f"county:{county.fips}", "in": state} for county in city.counties]
    return [{"for": "tract:*", "in": f"{state} county:{county.fips}"} for county in city.counties]


def _place(city: City, level: str) -> str:
    """The whole of what was asked for, as one query."""
    counties, state = ",".join(county.fips for county in city.counties), f"in=state:{city.state_fips}"
    return {
        "tract": f"for=tract:*&{state}&in=county:{counties}",
        "county": f"for=county:{counties}&{state}",
        "place": f"for=place:{city.place_fips}&{state}",
    }[level]
