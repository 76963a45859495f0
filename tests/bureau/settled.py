"""Testville as it lies in ``data/`` when a person is done: made by ``new-city`` and ``refresh``, against the fake Bureau."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.bureau import api, stage, testville, tiger
from tests.bureau.server import Bureau
from tests.bureau.testville import Testville


def settle(folder: Path, change: Callable[[Testville], object] = lambda sources: None) -> Path:
    """Make Testville in ``<folder>/cities``, which is returned; ``change`` what the Bureau says of it first.

    Households are counted block by block. Every command runs in a process of its own, as it is typed.
    """
    root, home = folder / "cities", folder / "home"
    home.mkdir(parents=True)
    drawn = testville.areas(folder / "quarters.geojson")
    told = ("--name", "Testville", "--state", "17", "--place", "99999", "--counties", "031 Test County")
    columns = (
        "--areas",
        str(drawn),
        "--id",
        "nr",
        "--label",
        "title",
        "--sides",
        "bank",
        "--publisher",
        "Surveyor of Testville",
    )
    with Bureau() as bureau:
        change(testville.register(bureau))
        keys = {"EQUITY_ADDRESS_TIGER": f"{bureau.url}{tiger.ROOT}", "CENSUS_API_KEY": api.KEY}
        environment = stage.environment(bureau, root, home, **keys)
        for words in (("new-city", "testville", *told, *columns), ("refresh", "testville", "--source", "api")):
            command = [sys.executable, "-m", "equity", *words]
            done = subprocess.run(command, cwd=stage.REPOSITORY, env=environment, capture_output=True, text=True, timeout=120)
            assert done.returncode == 0, done.stderr
    return root


def with_every_margin(sources: Testville) -> None:
    """The one margin that is suppressed is published after all: +-6 for the households of the second tract without access."""
    for release in testville.RELEASES:
        told = sources.api.datasets[f"{release}/acs/acs5"]
        sources.feed(release, told.replace(testville.SUPPRESSED, "6"))


def edited(root: Path, *changes: tuple[str, str]) -> Path:
    """Testville with another city.toml: each text, which is there once, replaced. ``root`` again."""
    path = root / "testville" / "city.toml"
    text = path.read_text(encoding="utf-8")
    for before, after in changes:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    path.write_text(text, encoding="utf-8")
    return root
