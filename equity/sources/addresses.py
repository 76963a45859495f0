"""Where the sources are. Every address can be replaced, so that a mirror or a test can stand in. Asks nothing itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace


@dataclass(frozen=True)
class Addresses:
    """Base addresses, without a slash at the end."""

    api: str = "https://api.census.gov/data"
    summary: str = "https://www2.census.gov/programs-surveys/acs/summary_file"
    tiger: str = "https://www2.census.gov/geo/tiger"
    portal: str = "https://data.cityofchicago.org/resource"

    @classmethod
    def of(cls, told: Mapping[str, str], environ: Mapping[str, str]) -> Addresses:
        """``[addresses]`` of city.toml over the defaults, and EQUITY_ADDRESS_API, _SUMMARY, _TIGER, _PORTAL over both."""
        names = [field.name for field in fields(cls)]
        given = {name: told[name] for name in names if name in told}
        given |= {name: environ[key] for name in names if (key := f"EQUITY_ADDRESS_{name.upper()}") in environ}
        return replace(cls(), **{name: address.rstrip("/") for name, address in given.items()})
