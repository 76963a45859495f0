"""Would a test notice? Changes the rules of margins, comparisons and ranks, one place at a time, and lists what no test tells.

`make mutation`, twenty minutes on one core; not part of `make test`. Works in a copy under build/, so that no changed rule ever
reaches the source. Every survivor has to be judged in benchmarks/RESULTS.md ("Mutation run"): one that is not ends this with an
error. mutmut makes and runs the changes. It leaves alone what stands under a decorator, and all that runs at import; so in the
copy `@name` becomes `f = name(f)` below the function, and what runs at import is changed here and tested in a new process.
It also leaves max and min, the calls of abs and sqrt, and the turning of < into > alone: `OPERATORS` adds these.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import libcst as cst

ROOT = Path(__file__).resolve().parent.parent
COPY = ROOT / "build" / "mutation"
JUDGED = ROOT / "benchmarks" / "RESULTS.md"
COPIED = ("equity", "tests", "data", "assets")

MODULES = ("moe", "compare", "rank")
TESTS = [
    f"tests/test_{name}.py" for name in ("moe_rules", "moe", "oracles", "compare", "rank", "moe_properties")
]  # the fastest first: a change is told by the first test that fails
PATIENCE = 120  # seconds for the tests of a change made at import; without a change they take ten

SETTINGS = f"""
[tool.mutmut]
source_paths = ["equity"]
only_mutate = {[f"equity/stats/{module}.py" for module in MODULES]}
also_copy = ["data", "assets"]
pytest_add_cli_args = ["-p", "no:cacheprovider"]
pytest_add_cli_args_test_selection = {TESTS}
use_git_change_detection = false
"""

# --- changes that mutmut does not make ---------------------------------------------------------------------------------

_OPPOSITES = (("maximum", "minimum"), ("max", "min"), ("any", "all"), ("zeros", "ones"))
OPPOSITE = {one: other for pair in _OPPOSITES for one, other in (pair, pair[::-1])}
DISPENSABLE = ("abs", "sqrt", "sign", "sort", "argsort")
TURNED = {
    cst.LessThan: cst.GreaterThan,
    cst.LessThanEqual: cst.GreaterThanEqual,
    cst.GreaterThan: cst.LessThan,
    cst.GreaterThanEqual: cst.LessThanEqual,
}


def opposite(node: cst.Name) -> Iterator[cst.Name]:
    """max -> min."""
    if node.value in OPPOSITE:
        yield node.with_changes(value=OPPOSITE[node.value])


def without_call(node: cst.Call) -> Iterator[cst.BaseExpression]:
    """abs(x) -> (x)."""
    called = node.func.attr if isinstance(node.func, cst.Attribute) else node.func
    if isinstance(called, cst.Name) and called.value in DISPENSABLE and node.args:
        yield node.args[0].value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def turned(node: cst.ComparisonTarget) -> Iterator[cst.ComparisonTarget]:
    """a < b -> a > b."""
    if type(node.operator) in TURNED:
        yield node.with_changes(operator=TURNED[type(node.operator)]())


def nudged(node: cst.BaseNumber) -> Iterator[cst.BaseExpression]:
    """1.645 -> 1.661, a hundredth more, and 2 -> 1; mutmut itself makes them 2.645 and 3."""
    if isinstance(node, cst.Float) and node.evaluated_value:
        yield cst.Float(repr(node.evaluated_value * 1.01))
    elif isinstance(node, cst.Integer):
        yield cst.parse_expression(f"({node.evaluated_value - 1})")


OPERATORS = ((cst.Name, opposite), (cst.Call, without_call), (cst.ComparisonTarget, turned), (cst.BaseNumber, nudged))

BY_HAND = (  # slips that a person might make and no rule above makes: module, what stands there, what might
    ("moe", "Z90 = 1.645", "Z90 = 1.96"),
    ("moe", "Z90 = 1.645", "Z90 = 1.64"),
    ("moe", "Z90 = 1.645", "Z90 = 1.644854"),
    ("moe", "(1 - 2 * part / whole)", "(1 - part / whole) ** 2"),
    ("moe", "widest_zero = np.maximum.reduceat", "widest_zero = np.add.reduceat"),
    ("compare", "FALSE_DISCOVERIES = 0.10", "FALSE_DISCOVERIES = 0.05"),
    ("compare", "float(np.sqrt(1 - shared / span))", "1 - shared / span"),
    ("compare", "sqrt(1 - shared / span)", "sqrt(shared / span)"),
    ("compare", "rate * np.arange(1, len(ordered) + 1)", "rate * np.arange(len(ordered))"),
    ("compare", "rate * np.arange(1, len(ordered) + 1)", "rate"),
    ("compare", "moe.p_value(moe.normal_deviate(z, REPLICATES))", "moe.p_value(moe.normal_deviate(z, REPLICATES)) / 2"),
    ("compare", "moe.normal_deviate(z, REPLICATES)", "z"),
    ("compare", "REPLICATES = 80", "REPLICATES = 40"),
    ("rank", "SEED = 2021", "SEED = 2024"),
    ("rank", "SEED = 2021", "SEED = None"),
    ("rank", "DRAWS = 10_000", "DRAWS = 1_000"),
    ("rank", "CONFIDENCE = 0.90", "CONFIDENCE = 0.95"),
    ("rank", "AMONG = (10, 20)", "AMONG = (10, 25)"),
    ("rank", "@dataclass(frozen=True)", "@dataclass"),
)


# --- the copy ------------------------------------------------------------------------------------------------------------


def undecorated(code: str, *, inner: bool) -> str:
    """``@name`` above a function -> ``f = name(f)`` below it: the same at run time. ``inner``: in functions as well."""
    tree = ast.parse(code)
    outer = [tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))]
    nodes = ast.walk(tree) if inner else (node for holder in outer for node in holder.body)
    found = [node for node in nodes if isinstance(node, ast.FunctionDef) and len(node.decorator_list) == 1]
    lines = code.splitlines()
    for node in sorted(found, key=lambda node: node.lineno, reverse=True):
        decorator = node.decorator_list[0]
        below = f"{' ' * node.col_offset}{node.name} = {ast.get_source_segment(code, decorator)}({node.name})"
        lines.insert(node.end_lineno, below)
        del lines[decorator.lineno - 1]
    return "\n".join(lines) + "\n"


def source(module: str, root: Path = COPY) -> Path:
    return root / "equity" / "stats" / f"{module}.py"


def prepare() -> None:
    """A fresh copy of what the tests need."""
    shutil.rmtree(COPY, ignore_errors=True)
    for folder in COPIED:
        shutil.copytree(ROOT / folder, COPY / folder, ignore=shutil.ignore_patterns("__pycache__"))
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (COPY / "pyproject.toml").write_text(settings + SETTINGS, encoding="utf-8")
    for module in MODULES:
        source(module).write_text(undecorated(source(module).read_text(encoding="utf-8"), inner=False), encoding="utf-8")


# --- the changes, made and tested ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """One change: where, the lines that it makes different, whether a test told."""

    where: str
    before: str
    after: str
    told: bool

    @property
    def row(self) -> str:
        """The first two cells of its row in the table of the judged."""
        return f"| {self.where} | `{self.after.replace('|', chr(92) + '|')}` |"


def difference(before: list[str], after: list[str]) -> tuple[str, str]:
    """The lines that differ, each side on one line."""
    compared = list(difflib.ndiff(before, after))
    return tuple(" ".join(line[2:].strip() for line in compared if line.startswith(sign)) for sign in ("- ", "+ "))


def by_mutmut() -> list[Change]:
    """The changes inside functions, which mutmut makes and tests in the copy, one at a time."""
    command = [sys.executable, __file__, "--within", "run", "--max-children", "1"]
    subprocess.run(command, cwd=COPY, check=True)
    return [change for module in MODULES for change in results(module)]


def results(module: str) -> Iterator[Change]:
    """What mutmut found, from its own files."""
    from mutmut.stats import status_by_exit_code

    changed = source(module, COPY / "mutants")
    exits = json.loads(Path(f"{changed}.meta").read_text(encoding="utf-8"))["exit_code_by_key"]
    code = changed.read_text(encoding="utf-8")
    lines = code.splitlines()
    functions = {
        node.name: lines[node.lineno - 1 : node.end_lineno]
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.FunctionDef)
    }
    for key, exit_code in exits.items():
        name = key.rpartition(".")[2]
        plain = name.partition("__mutmut_")[0]
        where = re.sub(r"^x_?", "", plain).strip("ǁ").replace("ǁ", ".")
        before, after = (
            [line.replace(made, where.rpartition(".")[2]) for line in functions[made]]
            for made in (f"{plain}__mutmut_orig", name)
        )
        told = status_by_exit_code[exit_code] in ("killed", "timeout")
        yield Change(f"{module}.{where}", *difference(before, after), told)


def at_import() -> Iterator[Change]:
    """The slips, and the changes of what runs when a module is imported (constants, words, the decorator).

    Each is tested in a new process.
    """
    from mutmut.mutation.file_mutation import create_mutations, deep_replace

    for module in MODULES:
        original = source(module, ROOT).read_text(encoding="utf-8")
        for before, after in (slip[1:] for slip in BY_HAND if slip[0] == module):
            if before not in original:
                raise SystemExit(f"{module}.py no longer holds {before!r}, of which a slip is made; mend BY_HAND")
            source(module).write_text(original.replace(before, after), encoding="utf-8")
            yield Change(module, before, after, told=not passes())
        code = undecorated(original, inner=True)
        tree, changes, *_ = create_mutations(f"{module}.py", code)
        for change in changes:
            function = change.contained_by_top_level_function
            if isinstance(function, cst.FunctionDef) and function.name.value != "_elementwise":
                continue
            changed = deep_replace(tree, change.original_node, change.mutated_node).code
            source(module).write_text(changed, encoding="utf-8")
            before, after = difference(code.splitlines(), changed.splitlines())
            where = f"{module}.{function.name.value}" if isinstance(function, cst.FunctionDef) else module
            yield Change(where, before, after, told=not passes())
        source(module).write_text(code, encoding="utf-8")
    if not passes():
        raise SystemExit("the tests fail without any change; run: make test")


def passes() -> bool:
    """Whether all tests pass in the copy."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *TESTS]
    try:
        # Without compiled files: two changes within a second and of one length would look like one to Python.
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(command, cwd=COPY, capture_output=True, timeout=PATIENCE, env=environment).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def within(arguments: list[str]) -> None:
    """mutmut's own command line, with the further changes."""
    from mutmut.__main__ import cli
    from mutmut.mutation import mutators

    mutators.mutation_operators.extend(OPERATORS)
    cli(arguments)


def main() -> None:
    if sys.argv[1:2] == ["--within"]:
        return within(sys.argv[2:])
    argparse.ArgumentParser(prog="make mutation", description=__doc__.splitlines()[0]).parse_args()
    prepare()
    os.chdir(COPY)  # mutmut reads its settings where it is loaded
    from mutmut.mutation import mutators

    found = by_mutmut()
    mutators.mutation_operators.extend(OPERATORS)
    for change in at_import():
        found.append(change)
        print(f"\rat import: {len(found)} changes", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    survivors = [change for change in found if not change.told]
    judged = JUDGED.read_text(encoding="utf-8")
    strangers = [change for change in survivors if change.row not in judged]
    for module in MODULES:
        mine = [change for change in found if change.where.partition(".")[0] == module]
        print(f"{module}: {len(mine)} changes, {sum(not change.told for change in mine)} that no test tells")
    for change in strangers:
        print(f"{change.row} |  <- {change.before}")
    if strangers:
        raise SystemExit(f"{len(strangers)} not judged: write the test that tells, or the row and its reason in {JUDGED.name}")


if __name__ == "__main__":
    main()
