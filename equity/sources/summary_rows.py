"""One table-based summary file, read line by line: a city's rows of it, held against the documented form. Fetches nothing.

The first line is ``GEO_ID|B28002_E001|B28002_M001|B28002_E002|...``; each other is a place of any kind, from the nation to a
block group. A file says nothing of what its lines mean, so name and place of every column have to be those that are expected.
"""

from __future__ import annotations

import functools
import gzip
import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import pandas as pd

from equity.errors import SourceInvalid

#: level -> how the Bureau's long id of such a place begins, and the digits of its GEOID, which end it.
LEVELS = {"tract": ("1400000US", 11), "county": ("0500000US", 5), "place": ("1600000US", 7)}

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_LONGEST = 2**16  # bytes of a line; a table of 500 lines needs 12,000
_MOST = 8 * 2**30  # bytes of a file, unpacked; the largest has some hundred million
_AGAIN = "run the same command again, which fetches it anew, and tell the Bureau if it stays so"


def read(path: Path, table: str, level: str, wanted: Sequence[str]) -> pd.DataFrame:
    """Rows of one level whose GEOID begins as one of ``wanted`` -> geoid as index, the table's columns as the API names them.

    Of counties and places the GEOID is the whole of it. Figures as published text, empty for none, in the order of the file.
    Nothing but these rows stays in memory. SourceInvalid for a file that is damaged, cut short or of another form, wherever
    in it that shows.
    """
    begin, digits = LEVELS[level]
    begins = tuple(f"{begin}{geoid}".encode() for geoid in wanted)
    found: dict[str, list[str]] = {}
    try:
        with _opened(path) as file:
            columns, taken = _columns(path, table, file.readline(_LONGEST)), 0
            for number, line in enumerate(iter(functools.partial(file.readline, _LONGEST), b""), start=2):
                if len(line) == _LONGEST or (taken := taken + len(line)) > _MOST:
                    said = f"line {number:,} is longer than" if len(line) == _LONGEST else "unpacks to more than"
                    raise SourceInvalid(f"{path}: {said} any table of the Bureau; {_AGAIN}")
                if (bars := line.count(b"|")) != len(columns):
                    if not line.strip():
                        continue
                    said = f"{bars + 1} fields in line {number} where {len(columns) + 1} are"
                    raise SourceInvalid(f"{path}: {said} expected; {_AGAIN}")
                if not line.startswith(begins):
                    continue
                if not line.endswith(b"\n"):  # what is cut off may leave a shorter, plausible figure
                    raise SourceInvalid(f"{path}: the last line has no end, so the file is cut short; {_AGAIN}")
                place, *figures = [field.strip() for field in line.decode("utf-8", errors="replace").split("|")]
                geoid = place.removeprefix(begin)
                if not re.fullmatch(rf"[0-9]{{{digits}}}", geoid):
                    raise SourceInvalid(f"{path}: {place!r} in line {number} is no {level} of {digits} digits; {_AGAIN}")
                if level != "tract" and geoid not in wanted:  # a code of too few digits begins many
                    continue
                if geoid in found:
                    raise SourceInvalid(f"{path}: {level} {geoid} is there twice, again in line {number}; {_AGAIN}")
                for column, figure in zip(columns, figures, strict=True):
                    if figure and not _NUMBER.fullmatch(figure):
                        raise SourceInvalid(f"{path}: {column} of {geoid} is {figure!r}, which is no number; {_AGAIN}")
                found[geoid] = figures
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise SourceInvalid(f"{path}: is packed, and cannot be unpacked to its end; {_AGAIN}") from None
    return pd.DataFrame(list(found.values()), index=pd.Index(list(found), dtype=str), columns=columns, dtype=str)


def _columns(path: Path, table: str, header: bytes) -> list[str]:
    """The header's columns behind GEO_ID, under the API's names (B28002_E001 -> B28002_001E): E and M by turns, from 001 on."""
    names = [name.strip() for name in header.decode("utf-8-sig", errors="replace").split("|")]
    if names[0].startswith("<"):
        raise SourceInvalid(f"{path}: is a web page and no table; {_AGAIN}")
    lines = range(1, max(1, len(names) // 2) + 1)
    expected = ["GEO_ID", *(f"{table}_{kind}{number:03d}" for number in lines for kind in ("E", "M"))]
    for name, right in zip([*names, ""], expected, strict=False):
        if name != right:
            said = f"the column {name[:40]!r}" if name else "no column"
            raise SourceInvalid(f"{path}: has {said} where {right} is expected; {_AGAIN}")
    return [f"{table}_{number:03d}{kind}" for number in lines for kind in ("E", "M")]


def _opened(path: Path) -> BinaryIO:
    """The file for reading, unpacked where a mirror keeps it packed."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if packed else path.open("rb")  # type: ignore[return-value]
