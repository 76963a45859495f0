"""The Bureau's table-based summary files: one table of the whole nation in a file, as public programs of 2020-2026 read them.

Fed with the same figures as ``api``, in another spelling, among places that are not asked for. A file can be changed by lines.
"""

from __future__ import annotations

import functools
import hashlib
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd

from tests.bureau import server
from tests.bureau.api import frozen, total
from tests.bureau.server import Answer, Bureau, Request

ROOT = "/summary_file"
#: digits of a GEOID -> what the Bureau's long id puts before it.
LONG = {5: "0500000US", 7: "1600000US", 11: "1400000US"}


@dataclass
class Files:
    """What the fake keeps. ``held``: path below the root -> the file's bytes; ``packed``: send them with gzip around them."""

    held: dict[str, bytes] = field(default_factory=dict)
    packed: bool = False

    def answer(self, request: Request) -> Answer:
        """A file, or the rest of it, named after its content; 404 where there is none."""
        body = self.held.get(request.path.removeprefix(f"{ROOT}/"))
        if body is None:
            return Answer.text("<html><body>Not Found</body></html>", 404, server.HTML)
        answer = server.file(body, f'"{hashlib.sha256(body).hexdigest()[:12]}"')(request)
        return answer.gzipped() if self.packed else answer

    def feed(self, release: int, tracts: pd.DataFrame) -> None:
        """Give a release these tracts, as ``Api.feed`` does."""
        self._keep(release, _tables(tracts))

    def change(self, table: str, change: Callable[[list[str]], list[str]]) -> None:
        """Put other lines (with their ends) in the place of those of every file of a table; ``\\udcff`` is the byte FF."""
        for path, body in self.held.items():
            if path.endswith(f"-{table.lower()}.dat"):
                lines = change(body.decode().splitlines(keepends=True))
                self.held[path] = "".join(lines).encode(errors="surrogateescape")

    def _keep(self, release: int, tables: Mapping[tuple[str, int], bytes]) -> None:
        self.held |= {path(release, table, span): body for (table, span), body in tables.items()}


def path(release: int, table: str, span: int = 5) -> str:
    """Where the Bureau has a table of a release, below the root."""
    name = f"acsdt{span}y{release}-{table.lower()}.dat"
    return (
        f"{release}/prototype/{span}YRData/{name}" if release < 2021 else f"{release}/table-based-SF/data/{span}YRData/{name}"
    )


def register(bureau: Bureau, releases: Mapping[int, str] | None = None) -> Files:
    """Answer below ``/summary_file`` with every table of the snapshots of Chicago (release -> name; 2021 by default).

    The city's and its counties' figures are the sums of the tracts in hand, as ``api`` has them; margins that are not in hand
    are empty. The 1-year files hold the county and the city.
    """
    files = Files()
    for release, name in (releases or {2021: "acs5-2021"}).items():
        files._keep(release, _tables_frozen(name))
    bureau.route(f"{ROOT}/", files.answer)
    return files


@functools.cache
def _tables_frozen(snapshot: str) -> dict[tuple[str, int], bytes]:
    return _tables(frozen(snapshot))


def _tables(tracts: pd.DataFrame) -> dict[tuple[str, int], bytes]:
    """The files of these tracts, by table and span."""
    counties = [total(tracts[tracts["geoid"].str.startswith(c)], c) for c in tracts["geoid"].str[:5].unique()]
    city = total(tracts, "1714000")
    tables = sorted({column.partition("_")[0] for column in tracts if "_" in column})
    whole = {(table, 5): content(table, pd.concat([*counties, tracts, city])) for table in tables}
    return whole | {(table, 1): content(table, pd.concat([*counties, city])) for table in tables}


def content(table: str, figures: pd.DataFrame) -> bytes:
    """geoid and lines under the API's names -> a file, by kind of place: counties, tracts, places, each among others."""
    lines = sorted({column[:-1] for column in figures if column.startswith(f"{table}_")})
    lines = [f"{table}_{number:03d}" for number in range(1, int(lines[-1][-3:]) + 1)]
    header = ["GEO_ID", *(f"{table}_{kind}{line[-3:]}" for line in lines for kind in "EM")]
    rows = [["0100000US", *["127544730", "-555555555"] * len(lines)], ["0400000US17", *["4930255", "9876"] * len(lines)]]
    for digits in (5, 11, 7):
        own = figures[figures["geoid"].str.len() == digits]
        for record in own.to_dict("records"):
            rows.append([LONG[digits] + record["geoid"], *(record.get(f"{line}{kind}", "") for line in lines for kind in "EM")])
        if len(own):
            like = own["geoid"].iloc[0]
            rows += [[LONG[digits] + other, *["1", "-222222222"] * len(lines)] for other in ("18" + like[2:], "72" + like[2:])]
        if digits == 11:  # block groups begin as their tract does
            rows += [[f"1500000US{geoid}1", *["-666666666", "-222222222"] * len(lines)] for geoid in own["geoid"].head(20)]
    return "".join(f"{'|'.join(row)}\n" for row in [header, *rows]).encode()


def large(small: bytes, rows: int) -> Iterator[bytes]:
    """A small file made as long as a national one, piece by piece: block groups of all states behind what it has."""
    yield small
    dice = random.Random(rows)
    figures = small.partition(b"\n")[0].count(b"|")
    tails = ["|".join(str(dice.randrange(3000)) for _ in range(figures)) for _ in range(997)]
    for number in range(rows - small.count(b"\n") + 1):
        state, county, tract = number % 56 + 1, number // 56 % 199 + 1, number // 11144 + 1
        yield f"1500000US{state:02d}{county:03d}{tract:06d}1|{tails[number % len(tails)]}\n".encode()
