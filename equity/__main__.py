"""The verbs: ``python -m equity refresh | new-city | check | export | connections | serve``. Calls one room, prints.

Exit codes: 0 done; 1 another refresh is running, or what was made cannot be written; 2 the command asks for something that does
not exist; 3 a raw input is missing or damaged, or what came is not what was asked for; 4 a file of ``data/`` is missing; 5 one
is damaged; 6 ``city.toml`` or what is written beside it is invalid; 7 a source cannot be reached; 8 the Census API's key is
missing or refused; 9 what the programme log is given is not right; 10 its database cannot be used, or there is none yet; 11 it
or a backup is not what was written; 12 whoever asks may not; 130 and 143 stopped by Ctrl+C or SIGTERM. Every refusal is one
sentence on standard error.
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import os
import signal
import socket
import sys
from typing import TYPE_CHECKING, NoReturn

from equity import cities, command_line
from equity.errors import EquityError, UsageError

if TYPE_CHECKING:
    from equity.atlas import Atlas


def main(words: list[str] | None = None) -> int:
    """Run one command; the exit code."""
    asked = command_line.parser(__doc__.splitlines()[0]).parse_args(words)
    try:
        run = asked.run if asked.verb == "connections" else VERBS[asked.verb]  # that room brings its own verbs
        return run(asked) or 0
    except EquityError as error:
        print(f"equity: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        kept = "; data/ holds the figures it held before" if asked.verb == "refresh" else ""
        print(f"equity: stopped{kept}", file=sys.stderr)
        return 130  # 128 + SIGINT, as a shell says it
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _refresh(asked: argparse.Namespace) -> None:
    from rich.console import Console

    from equity import refresh  # geopandas: only this verb waits for it

    signal.signal(signal.SIGTERM, _told_to_stop)
    if asked.verbose:
        import logging

        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    if not asked.dry_run:
        refresh.mend(asked.city)
    source = asked.source or ("local" if asked.folder else None)
    if source == "local" and asked.folder is None:
        raise UsageError("raw files lie in a folder; say which: --from FOLDER, or fetch them: --source summary")
    if asked.folder is not None and source != "local":
        raise UsageError(f"--from is for raw files and --source {source} fetches its own; leave one of them out")
    online = {"--key": asked.key, "--release": asked.release, "--refresh": asked.refresh, "--weights": asked.weights}
    if source == "local" and (given := [name for name, said in (online | {"--outlines": asked.outlines}).items() if said]):
        raise UsageError(f"{given[0]} is for what is fetched, and raw files are taken whole; leave it out, or --from")
    city = refresh.city_of(asked.city, asked.folder)
    if source == "local":
        wish = refresh.Wish(folder=asked.folder, accept_drift=asked.accept_drift)
    else:
        if asked.weights and city.crosswalks:
            raise UsageError(f"the weights of {city.slug} are published ones, and stay as they are; leave --weights out")
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
        refresh.run(asked.city, wish, console=Console(stderr=True, quiet=asked.verbose))  # lines and bars spoil each other
        print(f"{city.folder} is written; look at it: python -m equity check {city.slug}", file=sys.stderr)
        print("A server that is running shows the figures it began with: start it again.", file=sys.stderr)


def _told_to_stop(*_: object) -> NoReturn:
    """As Ctrl+C: what is half written is cleared away."""
    print("equity: told to stop; data/ holds the figures it held before", file=sys.stderr)
    raise SystemExit(143)  # 128 + SIGTERM


def _new_city(asked: argparse.Namespace) -> None:
    from equity import newcity  # geopandas: only this verb and refresh wait for it

    said = {name: getattr(asked, name) for name in ("slug", "name", "state", "place", "areas", "number", "label", "sides")}
    said |= {"projection": asked.projection, "publisher": asked.publisher, "counties": newcity.counties(asked.counties)}
    wish = newcity.Asked(**said)
    city = newcity.create(wish)
    print(f"{city.folder / 'city.toml'} is written, with {len(city.area_ids)} areas; read it, and correct what is not right.")
    for remark in newcity.remarks(wish):
        print(remark)
    print(f"Then fetch the figures: python -m equity refresh {city.slug}")


def _today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()


def _check(asked: argparse.Namespace) -> None:
    """Every file of a city against the manifest, then the totals by release."""
    from rich.console import Console

    from equity import inventory

    console = Console() if sys.stdout.isatty() else Console(width=176)
    for position, slug in enumerate(inventory.slugs(asked.city)):
        city = cities.load(slug)
        inventory.verified(city)
        if position:
            console.print()
        inventory.tell(city, console, _today())


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
            raise UsageError("comparisons are of areas; leave --level out or ask for --level area")
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


def _serve(asked: argparse.Namespace) -> None:
    from equity import serving, standby

    standby.newest_whole(asked.city)  # what is wrong is said here in one sentence, before a port is taken
    largest = serving.LARGEST
    if os.environ.get("EQUITY_STAFF") == "1":
        from equity import staff

        staff.ready(host=asked.host)
        largest = serving.LARGEST_FILE
    address = f"[{asked.host}]:{asked.port}" if ":" in asked.host else f"{asked.host}:{asked.port}"
    try:
        family, *_rest, where = socket.getaddrinfo(asked.host, asked.port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise UsageError(f"no host {asked.host!r} ({error.strerror}); serve at --host 127.0.0.1, or 0.0.0.0 for all") from None
    with socket.socket(family) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(where)
        except OSError as error:
            raise UsageError(f"cannot serve at {address} ({error.strerror}); choose another port: --port or PORT=") from None
        os.environ["EQUITY_CITY"] = asked.city  # app.py looks there
        application = importlib.import_module("app").server
        door.listen()  # who comes from now on is answered as soon as the server is there
        print(f"Serving http://{address} (Ctrl+C ends it)", flush=True)
        serving.serve(application, door, largest)


VERBS = {"refresh": _refresh, "new-city": _new_city, "check": _check, "export": _export, "serve": _serve}


if __name__ == "__main__":
    sys.exit(main())
