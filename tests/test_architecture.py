"""The drawing of the house (see equity/__init__.py) as a table, checked against every import. Runs no application code,
but for one look at what serving loads.

A room is a module or a folder directly below equity/. Imports inside functions and for type hints count too: whoever
may not know a room may not know its types either.
"""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1] / "equity"

WALL = "errors flags indicators lines cities"  # on the wall of every room: knows only the rest of the wall

# room -> the rooms it may import. One direction: nothing on the right imports what is on its left.
MAY_IMPORT = {
    "errors": "",
    "flags": "",
    "lines": "",
    "indicators": "errors flags lines",
    "cities": "errors",
    "language": "errors",
    # the way in: refresh only
    "sources": "errors lines cities",
    "crosswalk": "errors cities sources",
    "neighbours": "errors",
    "drawing": "errors cities sources snapshots neighbours",
    "durable": "",
    "publish": "errors snapshots durable",
    "rawfiles": f"{WALL} sources snapshots crosswalk modelled",
    "modelled": f"{WALL} snapshots tidy stats",
    "bars": "",
    "fetching": f"{WALL} sources snapshots bars",
    "drift": f"{WALL} atlas",
    "groundwork": f"{WALL} sources snapshots crosswalk rawfiles drawing bars",
    "assembly": f"{WALL} sources snapshots groundwork modelled fetching",
    "refresh": f"{WALL} sources snapshots drawing publish rawfiles groundwork assembly fetching drift atlas standby",
    "newcity": "errors cities sources snapshots publish",
    # the tank
    "snapshots": "errors",
    # the filters
    "tidy": "errors flags lines indicators",
    "stats": "errors flags indicators",
    # the one object
    "places": "errors cities",
    "atlas": f"{WALL} snapshots tidy stats places",
    "findings": f"{WALL} atlas stats",
    "due": "cities",
    "inventory": f"{WALL} snapshots atlas exports due targets gap",
    "standby": "errors cities snapshots atlas",
    "proof": f"{WALL} atlas stats",
    "certainty": f"{WALL} atlas findings stats",
    "targets": "errors indicators cities",
    "gap": f"{WALL} snapshots tidy stats atlas findings due targets",
    # the taps: they talk to the atlas and its findings, and never reach back
    "exports": f"{WALL} atlas findings language",
    "views": f"{WALL} language atlas findings certainty exports due proof targets gap connections",
    # beside the house: the programme log, the only thing that is written while serving
    "connections": "errors indicators cities atlas exports durable",
    # its door for staff who are signed in: only where it is asked for, and no page of the taps knows it
    "staff": f"{WALL} language atlas connections",
    # the front door
    "command_line": "cities connections",
    "serving": "",
    "__main__": (
        f"{WALL} command_line language inventory newcity refresh snapshots atlas exports views standby due connections staff "
        "serving"
    ),
    "__init__": "",
}

# library -> the only rooms with a use for it
ONLY_IN = {
    "census": "sources",
    "requests": "sources",
    "urllib3": "sources",
    "geopandas": "sources crosswalk",
    "pyogrio": "sources",
    "shapely": "sources crosswalk neighbours drawing",
    "dash": "views",
    "dash_leaflet": "views",
    "dash_ag_grid": "views",
    "dash_bootstrap_components": "views",
    "dash_extensions": "views",
    "plotly": "views",
    "flask": "views staff",
    "flask_compress": "views",
    "werkzeug": "views staff",
    "flask_login": "staff",
    "flask_wtf": "staff",
    "waitress": "serving",
    "babel": "language views",
    "sqlalchemy": "connections",
    "alembic": "connections",
    "argon2": "connections",
    "psycopg": "connections",
    "platformdirs": "sources",
    "rich": "refresh assembly rawfiles groundwork fetching drawing bars inventory connections __main__",
}

# room, or module of one -> all it may import beside rooms of the house: tables in, tables out, no file, no clock, no network
PURE = {
    "stats": "__future__ collections dataclasses enum functools itertools math statistics typing numpy pandas",
    "tidy": "__future__ collections dataclasses enum functools itertools math re typing numpy pandas",
    "flags": "__future__ dataclasses enum typing",
    "indicators": "__future__ collections dataclasses enum functools typing",
    "connections.places": "__future__ collections dataclasses difflib functools re typing unicodedata",
    "connections.rules": "__future__ collections dataclasses datetime enum re typing unicodedata",
    "connections.sheet": "__future__ collections contextlib csv dataclasses datetime hashlib io json typing",
    "connections.chain": "__future__ collections hashlib json typing",
    "connections.totals": "__future__ collections pandas",
}

# Slow or needing a network: none of it may be loaded by the process that serves.
NEVER_WHILE_SERVING = "geopandas shapely pyogrio pyproj census esda libpysal tobler pandera matplotlib scipy"

# The modules that print: what a command has to say.
FRONT_DOOR = ("__main__", "connections.verbs")

LONGEST_MODULE = 280


def room_of(module: str) -> str:
    """`stats.moe` lives in `stats`."""
    return module.partition(".")[0]


def imports(source: str) -> list[tuple[int, str]]:
    """Every import of a module's source as (line, dotted name); `from equity import moe` is `equity.moe`."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [(node.lineno, name.name) for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            parts = [f"equity.{name.name}" for name in node.names] if origin == "equity" else [origin]
            found += [(node.lineno, part) for part in parts]
    return found


def forbidden_imports(module: str, source: str) -> list[str]:
    """Breaches of the three tables in one module (named below equity, e.g. `stats.moe`), one sentence each."""
    room = room_of(module)
    if room not in MAY_IMPORT:
        return [f"equity/{room} is a room the table does not know: give it a line in MAY_IMPORT"]
    breaches, pure = [], PURE.get(module, PURE.get(room))
    for line, name in imports(source):
        where = f"equity/{module.replace('.', '/')}.py line {line}"
        top, _, rest = name.partition(".")
        if name.startswith("."):
            breaches.append(f"{where}: relative import of {name}; write it in full")
        elif top == "equity":
            target = room_of(rest)
            if target and not target.startswith("__version") and target != room and target not in MAY_IMPORT[room].split():
                breaches.append(f"{where}: {room} may not import {target}")
        elif top in ONLY_IN and room not in ONLY_IN[top].split():
            breaches.append(f"{where}: {top} belongs to {ONLY_IN[top]}, not to {room}")
        elif pure is not None and top not in pure.split():
            breaches.append(f"{where}: {module if module in PURE else room} is pure and may not import {top}")
    return breaches


def forbidden_habits(module: str, source: str) -> list[str]:
    """Silent `except`s, prints outside the front door, and modules too long to read in one go."""
    path = f"equity/{module.replace('.', '/')}.py"
    breaches = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ExceptHandler):
            says_nothing = all(isinstance(step, ast.Pass) for step in node.body)
            wide = isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")
            if node.type is None or (wide and says_nothing):
                breaches.append(f"{path} line {node.lineno}: an except that hides what went wrong")
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print" and module not in FRONT_DOOR:
            breaches.append(f"{path} line {node.lineno}: only the front door prints")
    lines = source.count("\n")
    if lines > LONGEST_MODULE:
        breaches.append(f"{path}: {lines} lines; {LONGEST_MODULE} is the most, split it")
    return breaches


def modules() -> dict[str, str]:
    """Every module below equity/ as name -> source; a folder's __init__ carries the folder's name."""
    found = {}
    for path in sorted(HOUSE.rglob("*.py")):
        parts = path.relative_to(HOUSE).with_suffix("").parts
        if parts[-1] == "__init__" and len(parts) > 1:
            parts = parts[:-1]
        found[".".join(parts)] = path.read_text(encoding="utf-8")
    return found


@pytest.mark.parametrize("module", modules())
def test_a_module_imports_only_what_its_room_may_know(module: str) -> None:
    assert not forbidden_imports(module, modules()[module])


@pytest.mark.parametrize("module", modules())
def test_a_module_keeps_the_house_rules(module: str) -> None:
    assert not forbidden_habits(module, modules()[module])


def test_the_drawing_has_one_direction() -> None:
    """No room can be reached from itself by following the table."""

    def reached(room: str) -> set[str]:
        near = set(MAY_IMPORT[room].split())
        return near.union(*(reached(other) for other in near))

    assert not [room for room in MAY_IMPORT if room in reached(room)]


@pytest.mark.parametrize(
    ("module", "source", "complaint"),
    [
        ("stats.moe", "from equity.atlas import Atlas\n", "stats may not import atlas"),
        ("stats.moe", "from equity import sources\n", "stats may not import sources"),
        ("stats.moe", "def f():\n    import equity.snapshots as s\n", "stats may not import snapshots"),
        ("stats.moe", "import requests\n", "requests belongs to sources"),
        ("connections.rules", "import sqlalchemy\n", "connections.rules is pure and may not import sqlalchemy"),
        ("views.pages.map", "import sqlalchemy as sa\n", "sqlalchemy belongs to connections"),
        ("stats.moe", "from pathlib import Path\n", "stats is pure and may not import pathlib"),
        ("views.pages.map", "from census import Census\n", "census belongs to sources"),
        ("views.map", "from . import text\n", "relative import"),
        ("views.map", "if TYPE_CHECKING:\n    from equity.refresh import run\n", "views may not import refresh"),
        ("atlas", "import geopandas as gpd\n", "geopandas belongs to sources crosswalk"),
        ("exports", "import dash_leaflet as dl\n", "dash_leaflet belongs to views"),
        ("attic.boxes", "import os\n", "a room the table does not know"),
    ],
)
def test_a_forbidden_import_is_caught(module: str, source: str, complaint: str) -> None:
    assert [breach for breach in forbidden_imports(module, source) if complaint in breach]


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("try:\n    x\nexcept:\n    y\n", "hides"),
        ("try:\n    x\nexcept Exception:\n    pass\n", "hides"),
        ("print('done')\n", "only the front door prints"),
        ("x = 1\n" * (LONGEST_MODULE + 1), "split it"),
    ],
)
def test_a_bad_habit_is_caught(source: str, complaint: str) -> None:
    assert [breach for breach in forbidden_habits("atlas", source) if complaint in breach]


def test_an_honest_module_passes() -> None:
    source = "from equity import errors\nfrom equity.stats import moe\nimport numpy as np\n"
    assert not forbidden_imports("stats.aggregate", source)
    assert not forbidden_habits("__main__", "print('172K')\ntry:\n    x\nexcept ValueError:\n    y\n")


def test_serving_loads_nothing_that_only_refresh_needs() -> None:
    """The whole application is made in a process of its own; what it loaded is compared with the list."""
    code = (
        "import json, sys; from equity import atlas, views; views.create_app(atlas.load('chicago'));"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=HOUSE.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not set(NEVER_WHILE_SERVING.split()) & set(json.loads(done.stdout))


def test_no_test_can_reach_another_machine() -> None:
    """The wall of conftest.py stands: neither a connection nor a look-up gets out."""
    import socket

    with socket.socket() as outside, pytest.raises(RuntimeError, match="tests use no network"):
        outside.connect(("192.0.2.1", 80))
    with pytest.raises(RuntimeError, match="tests use no network"):
        socket.getaddrinfo("www.census.gov", 443)
