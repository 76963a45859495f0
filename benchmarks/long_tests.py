"""The last result of the tests that take minutes, as a section of RESULTS.md. Runs none: it reads what pytest wrote.

make test-long        # runs them, and then this: python -m benchmarks.long_tests build/long.xml
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from benchmarks import results

HEADING = "## The long tests"


@dataclass(frozen=True)
class Ran:
    """One test that is marked ``long``: how it ended, its seconds, and what it measured."""

    name: str
    ended: str
    seconds: float
    measured: str


def read(report: Path) -> tuple[list[Ran], dict[str, int]]:
    """A JUnit report of pytest -> its long tests in their order, and how many of all tests passed, failed and were skipped."""
    found, counts = [], {"passed": 0, "failed": 0, "skipped": 0}
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        ended = "passed"
        if case.find("failure") is not None or case.find("error") is not None:
            ended = "failed"
        elif case.find("skipped") is not None:
            ended = "skipped"
        counts[ended] += 1
        told = {each.get("name"): each.get("value") for each in case.iter("property")}
        if told.pop("long", None):
            measured = "; ".join(f"{name} {value}" for name, value in told.items())
            found.append(Ran(case.get("name", ""), ended, float(case.get("time", 0)), measured))
    return found, counts


def section(found: list[Ran], counts: dict[str, int], day: datetime.date) -> str:
    """The section, heading first. ValueError where no long test ran, for that would be no result."""
    if not found:
        raise ValueError("no long test in this report; run them: make test-long")
    machine = f"{os.cpu_count()} processors, Python {platform.python_version()}, {platform.system()}"
    rows = [f"| `{ran.name}` | {ran.ended} | {ran.seconds:,.0f} | {ran.measured} |" for ran in found]
    return "\n".join(
        [
            HEADING,
            "",
            f"Written by `make test-long` on {day.isoformat()} ({machine}): of the tests that ran {counts['passed']:,} passed, "
            f"{counts['failed']:,} failed and {counts['skipped']:,} were skipped. The tests below take minutes, so they are "
            "not part of `make test`.",
            "",
            "| test | ended | seconds | measured |",
            "|---|---|--:|---|",
            *rows,
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("report", type=Path)
    found, counts = read(parser.parse_args().report)
    results.put(section(found, counts, datetime.datetime.now(datetime.UTC).date()))


if __name__ == "__main__":
    main()
