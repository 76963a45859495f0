"""A CSV file as programmes send it -> reports, or what is wrong with it by row and column. Pure: bytes in, nothing written.

As spreadsheets write it, in English and in Spanish: with or without a byte order mark, lines that end in one way or the other,
commas, semicolons or tabs, empty lines, cells that hold a line end. Rows are counted as a spreadsheet counts them: the header
is row 1, and an empty line is a row. Text that looks like a formula is kept as it is; it is the files we write that make it
harmless.
"""

from __future__ import annotations

import contextlib
import csv
import datetime
import hashlib
import io
import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import astuple, dataclass, field
from typing import Any

from equity.connections import places as where
from equity.connections import rules
from equity.connections.places import Places
from equity.connections.rules import Report, Unfit
from equity.indicators import N_

MOST_BYTES = 8_000_000  # so that neither a mistaken upload nor a hostile one fills the memory
MOST_ROWS = 20_000
MOST_PROBLEMS = 200  # who has more than that has mistaken the file
_SEPARATORS = ",;\t"


@dataclass(frozen=True)
class Problem:
    """What is wrong in one cell, or in a whole row ("" for the column). ``sentence`` has holes that ``holes`` fill."""

    row: int
    column: str
    sentence: str
    holes: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"row {self.row}{self.column and f', {self.column}'}: {self.sentence.format(**self.holes)}"


@dataclass(frozen=True)
class Sheet:
    """A file that was read: ``lines`` are its rows that are right, with their numbers, ``problems`` all that is not.

    ``sha256`` is that of its bytes; ``content`` is that of its reports in any order, so that a file that was only saved anew
    is known again.
    """

    lines: tuple[tuple[int, Report], ...]
    problems: tuple[Problem, ...]
    sha256: str
    size: int

    @property
    def content(self) -> str:
        rows = sorted(json.dumps(astuple(report), ensure_ascii=False) for _, report in self.lines)
        return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def read(body: bytes, places: Places, today: datetime.date) -> Sheet:
    """Check every row against the rules and the city's places. Raises nothing: what is wrong is in ``problems``."""
    lines: list[tuple[int, Report]] = []
    problems: list[Problem] = []
    try:
        for row, cells in _rows(_text(body), problems.append):
            report, wrong = rules.report(cells, places, today)
            problems += [Problem(row, column, unfit.sentence, unfit.holes) for column, unfit in wrong]
            lines += [(row, report)] if report else []
            if len(problems) >= MOST_PROBLEMS:
                raise _Unreadable(
                    row, N_("reading ends here, after {many} problems; is it the right file?"), many=len(problems)
                )
            if len(lines) > MOST_ROWS:
                raise _Unreadable(row, N_("the file has more than {most:,} rows; divide it"), most=MOST_ROWS)
    except _Unreadable as error:
        problems.append(Problem(error.row, "", error.sentence, error.holes))
    if not lines and not problems:
        problems.append(Problem(1, "", N_("the file has a header and no row below it")))
    return Sheet(tuple(lines), tuple(problems), hashlib.sha256(body).hexdigest(), len(body))


def as_it_stands(body: bytes, rows: Collection[int]) -> dict[int, str]:
    """The rows with these numbers as the file has them, to be shown beside what is wrong with them; those it can be read to."""
    text = body.decode("utf-8-sig", errors="replace")
    separator = _separator(text)
    found: dict[int, str] = {}
    with contextlib.suppress(csv.Error):
        for row, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator), start=1):
            if row in rows:
                found[row] = f"{separator} ".join(cells).replace("\t", " ")
    return found


def template() -> str:
    """The header of a file to fill in, as a spreadsheet opens it."""
    return ",".join(rules.COLUMNS) + "\n"


class _Unreadable(Unfit):
    """From this row on nothing can be read."""

    def __init__(self, row: int, sentence: str, **holes: Any) -> None:
        super().__init__(sentence, **holes)
        self.row = row


def _text(body: bytes) -> str:
    if len(body) > MOST_BYTES:
        raise _Unreadable(1, N_("the file is larger than {most} million bytes; divide it"), most=MOST_BYTES // 1_000_000)
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = body[: error.start].count(b"\n") + 1
        raise _Unreadable(row, N_("the file is not in UTF-8; save it anew as “CSV UTF-8 (comma delimited)”")) from None


def _rows(text: str, complain: Callable[[Problem], None]) -> Iterator[tuple[int, dict[str, str]]]:
    """The number of each filled row with its cells by column; rows with cells too many are complained of and left out."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    columns: list[str] | None = None
    row = 0
    while True:
        row += 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            raise _Unreadable(row, N_("cannot be read as CSV ({why}); look at its quotation marks"), why=str(error)) from None
        if not any(cell.strip() for cell in cells):
            continue
        if columns is None:
            columns = _header(row, cells)
        elif any(cell.strip() for cell in cells[len(columns) :]):
            holes = {"cells": len(cells), "columns": len(columns)}
            complain(Problem(row, "", N_("has {cells} cells below {columns} columns; put text with commas in quotes"), holes))
        else:
            yield row, dict(zip(columns, cells, strict=False))
    if columns is None:
        raise _Unreadable(1, N_("the file is empty; begin with: python -m equity connections template"))


def _separator(text: str) -> str:
    """What stands between the names of the columns."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(_SEPARATORS, key=first.count)


def _header(row: int, cells: list[str]) -> list[str]:
    """The columns as this program names them. Blank ones at the end are a spreadsheet's."""
    while not cells[-1].strip():
        cells = cells[:-1]
    known = {where.folded(name): column for column, others in rules.COLUMNS.items() for name in (column, *others)}
    columns = []
    for cell in cells:
        column = known.get(where.folded(cell.replace("_", " ")))
        if column is None:
            raise _Unreadable(
                row,
                N_("“{name}” is no column; the columns are: {known}"),
                name=rules.shown(cell),
                known=", ".join(rules.COLUMNS),
            )
        if column in columns:
            raise _Unreadable(row, N_("the column {name} is there twice; remove one"), name=column)
        columns.append(column)
    lacking = [column for column in rules.REQUIRED if column not in columns]
    if lacking:
        raise _Unreadable(row, N_("the column {name} is missing; add it"), name=lacking[0])
    return columns
