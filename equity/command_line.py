"""The words of the command line: what a verb may be told, and what it is told where nobody says. Does nothing by itself."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import NoReturn

from equity import cities
from equity.connections import commands as connections


class _Parser(argparse.ArgumentParser):
    """A parser that repeats no word it does not know: it may be the key behind a name that was mistyped."""

    def error(self, message: str) -> NoReturn:
        if message.startswith("unrecognized arguments:"):
            names = [word.partition("=")[0] for word in message.split()[2:] if word.startswith("--")]
            message = f"no option {names[0]}" if names else "there are more words than the command takes"
        super().error(message)


def parser(about: str) -> argparse.ArgumentParser:
    """The words of every verb; ``verb`` of what it reads is the verb's name."""
    parser = _Parser(prog="python -m equity", description=about)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)

    verb = verbs.add_parser("refresh", help="write data/cities/CITY anew, from the Census Bureau or from raw files")
    verb.add_argument("city")
    verb.add_argument(
        "--source", choices=["local", "api", "summary"],
        help="local: raw files (--from); api: the Census API, which needs a key; summary: the Bureau's files, which need none "
        "(default: local with --from, else api where there is a key, else summary)",
    )  # fmt: skip
    verb.add_argument("--from", dest="folder", type=Path, metavar="FOLDER", help="folder with the raw files")
    verb.add_argument(
        "--key", help="of the Census API; a process list shows it: CENSUS_API_KEY or a file of mode 600 are quieter"
    )
    verb.add_argument(
        "--release", type=int, action="append", default=[],
        help="only this release, by its last survey year; may be given several times",
    )  # fmt: skip
    verb.add_argument("--accept-drift", action="store_true", help="believe figures that moved further than figures do")
    verb.add_argument("--refresh", action="store_true", help="fetch summary files anew that an earlier run has kept")
    verb.add_argument(
        "--weights", choices=["households", "land"],
        help="what tells how areas share a tract, where no weights are in hand: households, block by block, which needs a key "
        "of the Census API, or land (default: households where there is a key)",
    )  # fmt: skip
    verb.add_argument("--outlines", action="store_true", help="make weights and outlines anew, though there are some in hand")
    verb.add_argument("--dry-run", action="store_true", help="say what would be fetched, and fetch nothing")
    verb.add_argument("--verbose", action="store_true", help="a line a request, without the key")

    verb = verbs.add_parser("new-city", help="write the folder of another city: city.toml, and its areas from a GeoJSON file")
    verb.add_argument("slug", help="the folder's name: small letters, digits and hyphens")
    verb.add_argument("--name", required=True, help="as people call the city")
    verb.add_argument("--state", required=True, metavar="FIPS", help="two digits: 17 is Illinois")
    verb.add_argument("--place", required=True, metavar="FIPS", help="the city's five digits: 14000 is Chicago")
    verb.add_argument(
        "--counties", required=True, metavar="FIPS", help='three digits each, with names if you like: "031 Cook County, 043"'
    )
    verb.add_argument("--areas", required=True, type=Path, metavar="FILE", help="GeoJSON, a feature for each area")
    verb.add_argument("--id", dest="number", required=True, metavar="COLUMN", help="its column of numbers, 1 to the last")
    verb.add_argument("--label", required=True, metavar="COLUMN", help="its column of names")
    verb.add_argument("--sides", metavar="COLUMN", help="its column of sides of the city (default: one side for all)")
    verb.add_argument("--projection", metavar="EPSG:CODE", help="in metres (default: the UTM zone of the areas' centre)")
    verb.add_argument("--publisher", metavar="TEXT", help="who published the areas")

    verb = verbs.add_parser("check", help="the totals of every release; fails if any file is missing or damaged")
    verb.add_argument("city", nargs="?", help="default: every city there is")

    verb = verbs.add_parser("export", help="figures to standard output")
    verb.add_argument("city")
    verb.add_argument("--level", default="area", help="tract, area, side or city (default: %(default)s)")
    verb.add_argument("--release", type=int, help="last survey year (default: the newest that gives the indicator)")
    verb.add_argument("--indicator", default=None, help="key of the indicator, for the long shape (default: no_subscription)")
    verb.add_argument("--areas", default="", help="numbers of areas, or sides of the city, separated by commas")
    verb.add_argument("--shape", choices=["long", "wide", "comparisons"], default="long", help="default: %(default)s")
    verb.add_argument("--format", choices=["csv"], default="csv", help="default: %(default)s")

    connections.add_to(verbs)

    verb = verbs.add_parser("serve", help="serve the pages at http://HOST:PORT")
    verb.add_argument("city", nargs="?", default=cities.meant())
    verb.add_argument("--host", metavar="HOST", default=os.environ.get("EQUITY_HOST", "127.0.0.1"))
    verb.add_argument("--port", metavar="PORT", type=_port, default=os.environ.get("PORT", "8050"))
    return parser


def _port(text: str) -> int:
    """A port as the command line gives it."""
    if not (text.isdigit() and 1 <= int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is no port; choose a number from 1 to 65535, for example PORT=8060")
    return int(text)
