"""A city is a folder: what ``data/cities/<slug>/city.toml`` says, checked once. Knows no figures, no geometry.

Imports nothing but the standard library, so that a command can name a city without waiting for pandas.
"""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path

from equity.cities import reading
from equity.cities.city import City, County, Crosswalk, Modelled, Release, Side, Source
from equity.errors import CityInvalid

__all__ = [
    "DATA", "City", "CityInvalid", "County", "Crosswalk", "Modelled", "Release", "Side", "Source", "available", "load", "meant",
]  # fmt: skip

#: Where the cities live; ``EQUITY_DATA`` points elsewhere (tests, a second city kept outside the repository).
DATA = Path(os.environ.get("EQUITY_DATA") or Path(__file__).resolve().parents[2] / "data" / "cities")

#: What a refresh from the Bureau's own sources has loaded, in place of what city.toml says; sealed with the figures.
IN_HAND = "in_hand.json"
_MEND = {"city.toml": "correct it by hand, as in data/cities/chicago", IN_HAND: "refresh the city again"}


def available(root: Path | None = None) -> list[str]:
    """The slugs of the cities in ``root``, sorted."""
    return sorted(path.parent.name for path in (root or DATA).glob("*/city.toml"))


def meant() -> str:
    """The slug of the city that is meant where none is named: ``EQUITY_CITY``, else Chicago."""
    return os.environ.get("EQUITY_CITY") or "chicago"


def load(slug: str, root: Path | None = None, *, in_hand: bool = True) -> City:
    """Read and check ``<root>/<slug>/city.toml`` and, unless told not to, what a refresh has put in hand beside it.

    CityInvalid with one sentence.
    """
    folder = (root or DATA) / slug
    path = folder / "city.toml"
    if not path.is_file():
        raise CityInvalid(f"no city {slug!r}: {path} is missing; cities here: {', '.join(available(root)) or 'none'}")
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CityInvalid(f"{path} is not valid TOML ({error}); correct it by hand") from error
    told = path
    try:
        city = reading.read(said, folder)
        reading.check(city, path)
        told = folder / IN_HAND
        if in_hand and told.is_file():
            city = reading.with_in_hand(city, json.loads(told.read_text(encoding="utf-8")))
    except KeyError as error:
        raise CityInvalid(f"{told} lacks {error.args[0]!r}; {_MEND[told.name]}") from error
    except (TypeError, ValueError, AttributeError) as error:
        if told.name == IN_HAND:
            raise CityInvalid(f"{told} is not as a refresh writes it; {_MEND[IN_HAND]}") from error
        raise CityInvalid(f"{told} has a value of the wrong kind ({error}); {_MEND[told.name]}") from error
    return city
