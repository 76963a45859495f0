"""The verbs: ``python -m equity refresh | new-city | check | export | connections | serve``. Calls one room, prints.

Exit codes: 0 done; 2 the command asks for something that does not exist; 3 a raw input is missing or damaged; 4 a file of
``data/`` is missing; 5 one is damaged; 6 ``city.toml`` is invalid; 7 a source cannot be reached; 8 the Census API's key is
missing or refused; 9 what the programme log is given is not right; 10 its database cannot be used, or there is none yet; 11 it
or a backup is not what was written; 12 whoever asks may not. Every refusal is one sentence on standard error.
"""

from __future__ import annotations

import argparse
import datetime
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from equity.connections import commands as connections
from equity.errors import EquityError, SnapshotDamaged, UsageError

if TYPE_CHECKING:
    from equity.atlas import Atlas
    from equity.cities import City


def main(words: list[str] | None = None) -> int:
    """Run one command; the exit code."""
    parser = _parser()
    asked = parser.parse_args(words)
    try:
        return asked.run(asked) or 0
    except EquityError as error:
        print(f"equity: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m equity", description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(metavar="VERB", required=True)

    verb = verbs.add_parser("refresh", help="write data/cities/CITY anew from raw files")
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
    verb.add_argument("--release", type=int, action="append", default=[], help="only this release, by its last survey year")
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
    verb.set_defaults(run=_refresh)

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
    verb.set_defaults(run=_new_city)

    verb = verbs.add_parser("check", help="the totals of every release; fails if any file is missing or damaged")
    verb.add_argument("city", nargs="?", default="chicago")
    verb.set_defaults(run=_check)

    verb = verbs.add_parser("export", help="figures to standard output")
    verb.add_argument("city")
    verb.add_argument("--level", default="area", help="tract, area, side or city (default: %(default)s)")
    verb.add_argument("--release", type=int, help="last survey year (default: the newest that gives the indicator)")
    verb.add_argument("--indicator", default=None, help="key of the indicator, for the long shape (default: no_subscription)")
    verb.add_argument("--areas", default="", help="community area numbers or sides of the city, separated by commas")
    verb.add_argument("--shape", choices=["long", "wide", "comparisons"], default="long", help="default: %(default)s")
    verb.add_argument("--format", choices=["csv"], default="csv", help="default: %(default)s")
    verb.set_defaults(run=_export)

    connections.add_to(verbs)

    verb = verbs.add_parser("serve", help="serve the pages at http://HOST:PORT")
    verb.add_argument("--host", metavar="HOST", default=os.environ.get("EQUITY_HOST", "127.0.0.1"))
    verb.add_argument("--port", metavar="PORT", type=_port, default=os.environ.get("PORT", "8050"))
    verb.set_defaults(run=_serve)
    return parser


def _refresh(asked: argparse.Namespace) -> None:
    from equity import cities, refresh  # geopandas: only this verb waits for it

    if asked.verbose:
        import logging

        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    source = asked.source or ("local" if asked.folder else None)
    if source == "local" and asked.folder is None:
        raise UsageError("raw files lie in a folder; say which: --from FOLDER, or fetch them: --source summary")
    if asked.folder is not None and source != "local":
        raise UsageError(f"--from is for raw files and --source {source} fetches its own; leave one of them out")
    if source == "local":
        wish = refresh.Wish(folder=asked.folder, accept_drift=asked.accept_drift)
    else:
        city = cities.load(asked.city)
        wish = refresh.Wish(
            acs=refresh.source(city, source, asked.key, asked.refresh),
            releases=tuple(asked.release),
            accept_drift=asked.accept_drift,
            today=_today(),
            ground=refresh.ground(city, asked.key, asked.weights, asked.refresh),
            outlines=asked.outlines,
        )
    if asked.dry_run:
        print("\n".join(refresh.plan(asked.city, wish)))
    else:
        refresh.run(asked.city, wish)


def _new_city(asked: argparse.Namespace) -> None:
    from equity import newcity  # geopandas: only this verb and refresh wait for it

    said = {name: getattr(asked, name) for name in ("slug", "name", "state", "place", "areas", "number", "label", "sides")}
    said |= {"projection": asked.projection, "publisher": asked.publisher, "counties": newcity.counties(asked.counties)}
    city = newcity.create(newcity.Asked(**said))
    print(f"{city.folder / 'city.toml'} is written, with {len(city.area_ids)} areas; read it, and correct what is not right.")
    print(f"Then fetch the figures: python -m equity refresh {city.slug}")


def _today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()


def _check(asked: argparse.Namespace) -> None:
    """Every file against the manifest, then the totals by release, so that a person can see that they are the known ones."""
    from rich.console import Console
    from rich.table import Table

    from equity import atlas as atlases
    from equity import cities, exports, indicators, snapshots

    city = cities.load(asked.city)
    problems = snapshots.verify(city.folder, city.needs)
    if problems:
        raise SnapshotDamaged("\nequity: ".join(problems))
    atlas = atlases.load(asked.city)
    shown = ("no_subscription", "no_access", "no_broadband", "no_wired", "no_computer")
    table = Table(title=f"{city.name}: households by release, all {len(snapshots.manifest(city.folder))} files as written")
    for heading in ("release", "in hand", "households"):
        table.add_column(heading, justify="right" if heading == "households" else "left", no_wrap=True)
    for key in shown:
        table.add_column(indicators.get(key).label, justify="right")
    for release in reversed(atlas.releases):
        rows = {key: atlas.shown_total(release, key) for key in shown}
        universes = [row["universe_estimate"] for row in rows.values() if row["universe_estimate"] == row["universe_estimate"]]
        known = atlas.release(release)
        in_hand = f"by {known.level}" + ("" if known.wording == "clean" else " ~")
        households = f"{universes[0]:,.0f}" if universes else "–"
        table.add_row(str(release), in_hand, households, *(exports.count_text(row) for row in rows.values()))
    console = Console() if sys.stdout.isatty() else Console(width=176)
    console.print(table)
    console.print("– : the release does not give it; no ± : margin not in hand; * : margin modelled, not published.")
    console.print("~ : years with two wordings of the question.")
    console.print(_calendar(city), highlight=False)


def _calendar(city: City) -> str:
    """What is not loaded though it is published, and how the next release stands today."""
    from equity import due

    lacking = [str(known.release) for known in city.releases if known.snapshot is None]
    said = [f"Published and not loaded: {', '.join(lacking)}."] if lacking else []
    told, state = city.calendar, due.next_release(city, _today())
    when = f"expected {told['expected']['en'] if isinstance(told['expected'], dict) else told['expected']}"
    following, again = f"The next release, {told['next_release']},", f"run: python -m equity refresh {city.slug}"
    words = {
        due.Due.LATER: f"{following} is {when}.",
        due.Due.NOW: f"{following} is due ({when}); {again}",
        due.Due.OVERDUE: f"{following} is overdue ({when}); {again}",
        due.Due.IN_HAND: f"{following} is in hand; write into [calendar] of city.toml when another is expected.",
    }
    return " ".join([*said, words[state]])


def _export(asked: argparse.Namespace) -> None:
    from equity import atlas as atlases
    from equity import exports, indicators

    atlas = atlases.load(asked.city)
    key = indicators.get(asked.indicator or indicators.DEFAULT).key
    if asked.level not in atlases.LEVELS:
        raise UsageError(f"no level {asked.level!r}; choose one of: {', '.join(atlases.LEVELS)}")
    areas = _areas(atlas, asked)
    release = asked.release
    if release is None:
        release = atlas.newest(key, "tract" if asked.level == "tract" else "area") or atlas.releases[0]
    if asked.shape == "comparisons":
        if asked.level != "area":
            raise UsageError("comparisons are of community areas; leave --level out or ask for --level area")
        table = exports.comparisons(atlas, release, areas)
    elif asked.shape == "wide":
        table = exports.wide(atlas, release, areas, asked.level)
    else:
        table = exports.long(atlas, asked.level, release, key, areas)
    sys.stdout.write(exports.to_csv(table))


def _areas(atlas: Atlas, asked: argparse.Namespace) -> list[str]:
    """The areas a command names, by number or side; none for the whole city."""
    tokens = [token.strip() for token in asked.areas.split(",") if token.strip()]
    unknown = [token for token in tokens if not atlas.expand([token])]
    if unknown:
        sides = ", ".join(side.key for side in atlas.city.sides)
        raise UsageError(f"no area {unknown[0]!r} in {asked.city}; give numbers 1 to {len(atlas.areas)} or sides: {sides}")
    if tokens and asked.level not in ("tract", "area"):
        raise UsageError(
            f"--areas chooses tracts or areas, not the level {asked.level!r}; leave it out or ask for --level area"
        )
    return atlas.expand(tokens)


def _port(text: str) -> int:
    """A port as the command line gives it."""
    if not (text.isdigit() and 1 <= int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is no port; choose a number from 1 to 65535, for example PORT=8060")
    return int(text)


def _serve(asked: argparse.Namespace) -> None:
    """gunicorn with one process and threads: the figures are in memory once, and nothing is computed for long."""
    from gunicorn.app.wsgiapp import WSGIApplication

    from equity import standby

    standby.newest_whole("chicago")  # what is wrong is said here in one sentence, not by a server that fails to boot
    address = f"{asked.host}:{asked.port}"
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((asked.host, asked.port))
        except OSError as error:
            raise UsageError(f"cannot serve at {address} ({error.strerror}); choose another port: --port or PORT=") from None
    words = ["--bind", address, "--workers", "1", "--threads", "8", "--log-level", "warning", "--no-control-socket"]
    sys.argv = ["gunicorn", *words, "app:server"]
    server = WSGIApplication("%(prog)s [OPTIONS] [APP_MODULE]")
    server.cfg.set("when_ready", lambda _: print(f"Serving http://{address} (Ctrl+C ends it)", flush=True))
    server.run()


if __name__ == "__main__":
    sys.exit(main())
