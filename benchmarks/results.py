"""RESULTS.md is a page of sections, each written by the benchmark that measured it. Measures nothing."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).with_name("RESULTS.md")

_HEADING = re.compile(r"^(?=##? )", re.MULTILINE)  # before a first- or second-level heading


def put(section: str, page: Path = PAGE) -> None:
    """Write a section, its heading in the first line, over the one with that heading, or at the end; the rest stays."""
    written = section.strip() + "\n\n"
    held = [part for part in _HEADING.split(page.read_text(encoding="utf-8")) if part] if page.exists() else []
    headings = [_heading(part) for part in held]
    if _heading(written) in headings:
        held[headings.index(_heading(written))] = written
    else:
        held = [part.rstrip() + "\n\n" for part in held] + [written]
    page.write_text("".join(held).rstrip() + "\n", encoding="utf-8")


def _heading(section: str) -> str:
    """The first line of a section."""
    return section.partition("\n")[0].strip()
