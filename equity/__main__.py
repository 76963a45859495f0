"""The verbs: ``python -m equity refresh | check | export | serve``. Reads the words of a command, calls one room, prints.

Exit codes: 0 done; 2 the command asks for something that does not exist; 3 a raw input is missing or damaged; 4 a file of
``data/`` is missing; 5 one is damaged; 6 ``city.toml`` is invalid. Every refusal is one sentence on standard error.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
from pathlib import Path

from equity.errors import EquityError, SnapshotDamaged, UsageError


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
    verb.add_argument("--from", dest="source", type=Path, required=True, metavar="FOLDER", help="folder with the raw files")
    verb.set_defaults(run=_refresh)

    verb = verbs.add_parser("check", help="the totals of every release; fails if any file is missing or damaged")
    verb.add_argument("city", nargs="?", default="chicago")
    verb.set_defaults(run=_check)

    verb = verbs.add_parser("export", help="figures to standard output")
    verb.add_argument("city")
    verb.add_argument("--level", default="area", help="tract, area, side or city (default: %(default)s)")
    verb.add_argument("--release", type=int, help="last survey year (default: the newest that gives the indicator)")
    verb.add_argument("--indicator", default=None, help="key of the indicator, for the long shape (default: no_subscription)")
    verb.add_argument("--areas", default="", help="community area numbers, separated by commas (wide shape)")
    verb.add_argument("--shape", choices=["long", "wide"], default="long", help="default: %(default)s")
    verb.add_argument("--format", choices=["csv"], default="csv", help="default: %(default)s")
    verb.set_defaults(run=_export)

    verb = verbs.add_parser("serve", help="serve the pages at http://HOST:PORT")
    verb.add_argument("--host", metavar="HOST", default=os.environ.get("EQUITY_HOST", "127.0.0.1"))
    verb.add_argument("--port", metavar="PORT", type=int, default=int(os.environ.get("PORT", "8050")))
    verb.set_defaults(run=_serve)
    return parser


def _refresh(asked: argparse.Namespace) -> None:
    from equity import refresh  # geopandas: only this verb waits for it

    refresh.run(asked.city, asked.source)


def _check(asked: argparse.Namespace) -> None:
    """Every file against the manifest, then the totals by release, so that a person can see that they are the known ones."""
    from rich.console import Console
    from rich.table import Table

    from equity import atlas as atlases
    from equity import cities, exports, indicators, snapshots

    city = cities.load(asked.city)
    problems = snapshots.verify(city.folder)
    if problems:
        raise SnapshotDamaged("\nequity: ".join(problems))
    atlas = atlases.load(asked.city)
    shown = ("no_subscription", "no_access", "no_broadband", "no_wired", "no_computer")
    table = Table(title=f"{city.name}: households by release, all {len(snapshots.manifest(city.folder))} files as written")
    table.add_column("release")
    table.add_column("households", justify="right")
    for key in shown:
        table.add_column(indicators.get(key).label, justify="right")
    for release in reversed(atlas.releases):
        rows = {key: atlas.total(release, key) for key in shown}
        universes = [row["universe_estimate"] for row in rows.values() if row["universe_estimate"] == row["universe_estimate"]]
        table.add_row(str(release), f"{universes[0]:,.0f}", *(exports.count_text(row) for row in rows.values()))
    console = Console() if sys.stdout.isatty() else Console(width=160)
    console.print(table)
    console.print("– : the release does not give it; no ± : margin not in hand.")


def _export(asked: argparse.Namespace) -> None:
    from equity import atlas as atlases
    from equity import exports, indicators

    atlas = atlases.load(asked.city)
    key = indicators.get(asked.indicator or indicators.DEFAULT).key
    areas = [area for area in asked.areas.split(",") if area]
    level_in_hand = "area" if asked.level in ("side", "city") else asked.level
    release = (
        asked.release or atlas.newest(key, level_in_hand if level_in_hand in atlases.LEVELS else "city") or atlas.releases[0]
    )
    if asked.shape == "wide":
        table = exports.wide(atlas, release, areas, asked.level)
    else:
        table = exports.long(atlas, asked.level, release, key)
    sys.stdout.write(exports.to_csv(table))


def _serve(asked: argparse.Namespace) -> None:
    """gunicorn with one process and threads: the figures are in memory once, and nothing is computed for long."""
    from gunicorn.app.wsgiapp import WSGIApplication

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
