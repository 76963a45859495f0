"""A copy of Chicago that may be refreshed from the fake Bureau, and what a refresh did to it. Runs nothing itself.

In the copy, ``[acs] columns`` of city.toml are those of the repository's own release 2021, so that what comes can be held
against it byte for byte.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

from equity import cities
from tests.bureau.server import Bureau

REPOSITORY = Path(__file__).parents[2]
CHICAGO = REPOSITORY / "data" / "cities" / "chicago"
RELEASE = 2021  # the release of the repository that has every line with its margins


def copy(root: Path) -> Path:
    """Chicago as the repository has it, below ``root``; nothing lies beside it."""
    folder = Path(shutil.copytree(CHICAGO, root / "chicago"))
    held = next(source.columns for source in cities.load("chicago", root).sources if source.snapshot == f"acs5-{RELEASE}")
    path = folder / "city.toml"
    said, count = re.subn(r"(\n\[acs\]\ncolumns = )\[.*\]", rf"\g<1>{json.dumps(list(held))}", path.read_text())
    assert count == 1, "city.toml has one [acs] that begins with its columns"
    path.write_text(said)
    return folder


def content(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too, and every folder: relative path -> bytes, none for a folder."""
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*"))}
    return {name: b"" if path.is_dir() else path.read_bytes() for name, path in found.items()}


def addresses(bureau: Bureau) -> dict[str, str]:
    """What turns the program to the fake Bureau."""
    return {"EQUITY_ADDRESS_API": f"{bureau.url}/data", "EQUITY_ADDRESS_SUMMARY": f"{bureau.url}/summary_file"}


def environment(bureau: Bureau, root: Path, home: Path, **more: str) -> dict[str, str]:
    """For a process of its own: the fake Bureau, the copy, and a home in which nobody keeps a key or a file."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("EQUITY_", "CENSUS_", "XDG_"))}
    return mine | addresses(bureau) | {"EQUITY_DATA": str(root), "HOME": str(home), "NO_PROXY": "*"} | more
