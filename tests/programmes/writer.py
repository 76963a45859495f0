"""Processes that import, file after file, and say of each when it is acknowledged. They can be killed at any moment; what they
have said must hold.

The file number N of writer W holds rows of programme "W N", which count 1, 2, 3 and so on.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from equity.connections import database, log, schema, sheet
from equity.connections.database import Log
from equity.connections.log import Receipt
from equity.connections.rights import COMMAND_LINE, Actor, Right
from tests.programmes import town


def imports(book: Log, name: str, files: int, rows: int) -> Iterator[tuple[int, Receipt]]:
    """Import ``files`` files of ``rows`` rows; the number and the receipt of each, as soon as it is acknowledged."""
    for number in range(files):
        lines = [town.row(programme=f"{name} {number}", count=str(row + 1)) for row in range(rows)]
        read = sheet.read(town.file(lines), town.PLACES, town.TODAY)
        yield number, log.add(book, Actor(name, Right.EDITOR, COMMAND_LINE), read, city="chicago", file=f"{name}-{number}.csv")


def with_others(address: str, name: str, files: int, rows: int, together: Any, said: Any) -> None:
    """One of many that begin at once, at the barrier ``together``; what is acknowledged goes into the queue ``said``."""
    together.wait()
    for number, receipt in imports(schema.upgrade(database.open_to_write(address)), name, files, rows):
        said.put((name, number, receipt.number, receipt.seal))


def main(address: str, name: str, files: int, rows: int) -> None:
    """``python -m tests.programmes.writer ADDRESS NAME FILES ROWS``: prints "ready", then "N SEAL" after each file."""
    book = schema.upgrade(database.open_to_write(address))
    print("ready", flush=True)
    sys.stdin.readline()
    for number, receipt in imports(book, name, files, rows):
        print(number, receipt.seal, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
