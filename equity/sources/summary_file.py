"""The American Community Survey from the Bureau's table-based summary files, which need no key. Leaves figures as published.

One file is one table of the whole nation, tens of megabytes. It is fetched once, to a cache where its sha256 stands beside it,
and read line by line (``summary_rows``). The forms of 2018 and 2019 are those that other programs use, not documented ones:
``paths`` corrects them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd
import platformdirs

from equity.cities import City
from equity.errors import CityInvalid, SourceInvalid
from equity.sources import Fetched, askable, census_answers, download, named, session, summary_rows
from equity.sources.addresses import Addresses
from equity.sources.web import Web

CACHE = Path(platformdirs.user_cache_dir("equity"))
#: Release -> where its tables are, from that release on until the next that is listed.
PATHS: Mapping[int, str] = {
    2018: "{release}/prototype/{span}YRData/acsdt{span}y{release}-{table}.dat",
    2021: "{release}/table-based-SF/data/{span}YRData/acsdt{span}y{release}-{table}.dat",
}

_LINE = re.compile(r"([BC]\d{5}[A-Z]*)_\d{3}")
_ANEW = "fetch it anew: --refresh"


class SummaryFile:
    """An ``Acs``: the summary files at ``base``, kept below ``cache``.

    ``again`` fetches each file once more, whatever is kept. ``tell`` hears the name of a file that is on its way, the bytes in
    hand and the bytes in all (None where the source does not say).
    """

    name = "summary"

    def __init__(
        self,
        web: Web | None = None,
        base: str = Addresses.summary,
        cache: Path = CACHE,
        again: bool = False,
        paths: Mapping[int, str] = PATHS,
        tell: Callable[[str, int, int | None], object] = lambda name, done, total: None,
    ) -> None:
        self._web, self._base, self._cache = web or Web(), base.rstrip("/"), cache
        self._again, self._paths, self.tell = again, paths, tell
        self._whole: set[Path] = set()  # what this run has fetched, or has held against its sha256

    def gives(self, release: int, span: int = 5) -> bool:
        """Every release from the first that has such files; of single years all but the pandemic's."""
        return release >= min(self._paths) and (release, span) != (2020, 1)

    def fetch(self, city: City, level: str, release: int, lines: Sequence[str], span: int = 5) -> Fetched:
        """See ``Acs.fetch``. Tracts are all that the file has of each county; whether one lacks is for the caller to see.

        UsageError for a level or a span that there is not; SourceUnavailable or SourceInvalid else.
        """
        askable(level, release, span)
        asked: dict[str, list[str]] = {}
        for line in lines:
            asked.setdefault(_table(line), []).extend((f"{line}E", f"{line}M"))
        parts: dict[str, pd.DataFrame] = {}
        for table, columns in asked.items():
            address = self._address(table, release, span)
            part = self._rows(address, table, city, level)
            if lacking := [column for column in columns if column not in part]:
                where = session.place(address)
                raise SourceInvalid(f"{where} has no {lacking[0]}; look up what release {release} has in its place")
            for column in columns:
                census_answers.known(column, release)
            parts[address] = part[columns]
        _compare(parts)
        joined = pd.concat(parts.values(), axis=1).rename_axis("geoid").sort_index().reset_index()
        return Fetched(
            table=joined[["geoid", *(f"{line}{kind}" for line in lines for kind in ("E", "M"))]],
            address=", ".join(map(session.place, parts)),
            **named(release, span, lines, "table-based summary file, which names its lines by number alone"),
        )

    def _address(self, table: str, release: int, span: int) -> str:
        since = max((first for first in self._paths if first <= release), default=None)
        if since is None:
            earliest = f"the first is of {min(self._paths)}"
            raise SourceInvalid(f"release {release} has no table-based summary file ({earliest}); ask the API: --source api")
        return f"{self._base}/{self._paths[since].format(release=release, span=span, table=table.lower())}"

    def _rows(self, address: str, table: str, city: City, level: str) -> pd.DataFrame:
        """The city's rows of one file -> geoid as index, every column of the table."""
        path = self._file(address)
        wanted = _wanted(city, level)
        try:
            rows = summary_rows.read(path, table, level, wanted)
        except SourceInvalid:  # nobody can use the file: without its sha256, the next run does not take it for whole
            _seal(path).unlink(missing_ok=True)
            self._whole.discard(path)
            raise
        for geoid in wanted:
            if not rows.index.str.startswith(geoid).any():
                where, what = session.place(address), "tract of county" if level == "tract" else level
                raise SourceInvalid(f"{where} has no {what} {geoid}; look whether city.toml is right, or {_ANEW}")
        return rows

    def _file(self, address: str) -> Path:
        """The file in the cache, fetched where it is not there or not whole."""
        path = download.place(self._cache, address)
        with download.alone(path):
            if path not in self._whole and (self._again or not _is_whole(path)):
                digest = self._web.stream(
                    address, path, resume=not self._again, tell=lambda done, total: self.tell(path.name, done, total)
                )
                with download.writing(path):
                    _seal(path).write_text(f"{digest}  {path.name}\n", encoding="utf-8")  # as `sha256sum --check` reads it
            self._whole.add(path)
        return path


def paths(told: Mapping[str, str]) -> dict[int, str]:
    """``PATHS`` with what ``told`` says over it, e.g. ``{"2018": "{release}/data/{table}.dat"}``. CityInvalid for nonsense."""
    for since, path in told.items():
        try:
            filled = path.format(release=2018, span=5, table="b28002")
        except (KeyError, IndexError, ValueError, AttributeError):
            filled = ""
        if not re.fullmatch(r"[0-9]{4}", since) or "b28002" not in filled:
            names = "{table} in it, and {release} and {span} where they belong"
            raise CityInvalid(
                f"{since} = {path!r} in city.toml is no path of summary files; write a release and a path with {names}"
            )
    return {**PATHS, **{int(since): path.lstrip("/") for since, path in told.items()}}


# --- the cache --------------------------------------------------------------------------------------------------------


def _seal(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _is_whole(path: Path) -> bool:
    """Whether the file is there, and is the one that was fetched."""
    try:
        told = _seal(path).read_text(encoding="utf-8", errors="replace").partition(" ")[0]
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == told
    except OSError:
        return False


# --- what is asked ----------------------------------------------------------------------------------------------------


def _table(line: str) -> str:
    """B28002_001 -> B28002. SourceInvalid for a line that no summary file has."""
    if found := _LINE.fullmatch(line):
        return found[1]
    raise SourceInvalid(f"{line} is in no summary file, for these have the tables B and C alone; ask the API: --source api")


def _wanted(city: City, level: str) -> list[str]:
    """How the GEOIDs of a city's places of one level begin."""
    if level == "place":
        return [city.state_fips + city.place_fips]
    return [city.state_fips + county.fips for county in city.counties]


def _compare(parts: Mapping[str, pd.DataFrame]) -> None:
    """SourceInvalid unless every table has the same places."""
    (first, whole), *others = parts.items()
    for address, part in others:
        if apart := sorted(set(whole.index) ^ set(part.index)):
            has, lacks = (first, address) if apart[0] in whole.index else (address, first)
            raise SourceInvalid(f"{session.place(lacks)} lacks {apart[0]}, which {session.place(has)} has; {_ANEW}")
