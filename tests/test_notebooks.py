"""The notebooks, executed as Jupyter does it, with every folded answer: what they show is what the page says.

Run as a program, `python -m tests.test_notebooks` takes outputs and traces of a machine out of the notebooks.
"""

import ast
import contextlib
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from equity import language
from equity.atlas import Atlas
from equity.views import browser

ROOT = Path(__file__).parents[1]
PATHS = sorted((ROOT / "notebooks").glob("*.ipynb"))
READ, MARGINS, TRACTS = "1-read-the-map", "2-what-a-margin-means", "3-from-tracts-to-neighborhoods"

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
LIBRARIES = {
    "IPython",
    "equity",
    "geopandas",
    "itertools",
    "numpy",
    "pandas",
    "pathlib",
    "plotly",
    "shapely",
    "sys",
    "textwrap",
}
PLOTLY = "application/vnd.plotly.v1+json"

LIGHT = 200_000  # bytes of all outputs of a notebook together
SHORT = 26  # lines of a cell
# Figures that prose may state, because no code computes them: the level of a margin, its factor, a line of a table.
MAY_BE_TYPED = {"90%", "1.645", "002"}

# Runs in the kernel before the notebook does: no connection is made, and every file that is opened is noted.
WALL = """
import sys

_opened = []


def _wall(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        raise RuntimeError(f"a notebook tried to use the network: {event} {args[1:]}")
    if event == "open" and isinstance(args[0], str):
        _opened.append((args[0], args[2]))


sys.addaudithook(_wall)
"""


def answer(cell: NotebookNode) -> str:
    """The code folded away in a cell of prose; empty where there is none."""
    folded = re.search(r"<details>(.*?)</details>", cell.source, re.DOTALL)
    return "\n".join(re.findall(r"```python\n(.*?)```", folded[1], re.DOTALL)) if folded else ""


def sources(notebook: NotebookNode) -> list[str]:
    """All code of a notebook in its order, each answer where it is folded away."""
    return [cell.source if cell.cell_type == "code" else answer(cell) for cell in notebook.cells]


def bare(notebook: NotebookNode) -> NotebookNode:
    """The notebook as it is committed: without outputs, counts, or anything a machine has left in it."""
    cells = []
    for cell in notebook.cells:
        kept = {"cell_type": cell.cell_type, "id": cell.id, "metadata": {}, "source": cell.source}
        cells.append(kept | ({"execution_count": None, "outputs": []} if cell.cell_type == "code" else {}))
    return nbformat.from_dict({"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5})


def load(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


class Session:
    """A notebook with its kernel: executed from top to bottom, and open to questions afterwards."""

    def __init__(self, path: Path, client: NotebookClient) -> None:
        self.name = path.stem
        self.notebook = load(path)
        self.client = client
        self.run(WALL)
        self.outputs = [self.run(source) for source in sources(self.notebook) if source]

    def run(self, source: str) -> list[NotebookNode]:
        """Execute code as one more cell; its outputs. CellExecutionError where it fails."""
        cell = nbformat.v4.new_code_cell(source)
        self.client.nb.cells.append(cell)
        return self.client.execute_cell(cell, len(self.client.nb.cells) - 1).outputs

    def ask(self, expression: str) -> Any:
        """The value of an expression in the notebook; what JSON does not know comes as text."""
        outputs = self.run(f"import json as _json; print(_json.dumps({expression}, default=str))")
        assert {output.name for output in outputs} == {"stdout"}, outputs
        return json.loads("".join(output.text for output in outputs))  # a busy kernel may send a line in two pieces

    def again(self, this: str, that: str) -> None:
        """Execute the notebook's own cells once more with one line changed."""
        cells = [cell.source for cell in self.notebook.cells if cell.cell_type == "code"]
        assert sum(this in source for source in cells) == 1
        for source in cells:
            self.run(source.replace(this, that))


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Session]]:
    """Every notebook executed, by name. Nothing of the user's own Jupyter settings is read, nothing is left behind."""
    home = tmp_path_factory.mktemp("jupyter")
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
            patch.setenv(variable, str(home / variable.lower()))
        patch.setenv("PLOTLY_RENDERER", "plotly_mimetype")
        patch.setenv("PYTHONDONTWRITEBYTECODE", "1")
        with contextlib.ExitStack() as stack:
            clients = {}
            for path in PATHS:
                where = {"metadata": {"path": str(path.parent)}}
                client = NotebookClient(nbformat.v4.new_notebook(), timeout=120, kernel_name="python3", resources=where)
                client.shutdown_kernel = "immediate"
                stack.enter_context(client.setup_kernel())
                clients[path] = client
            yield {path.stem: Session(path, client) for path, client in clients.items()}


@pytest.fixture(params=[path.stem for path in PATHS])
def session(request: pytest.FixtureRequest, sessions: dict[str, Session]) -> Session:
    return sessions[request.param]


each_notebook = pytest.mark.parametrize("path", PATHS, ids=[path.stem for path in PATHS])


# --- as they are committed ---------------------------------------------------------------------------------------------------


def test_the_three_notebooks_are_there() -> None:
    assert [path.stem for path in PATHS] == [READ, MARGINS, TRACTS]


@each_notebook
def test_a_notebook_is_committed_without_outputs_or_traces_of_a_machine(path: Path) -> None:
    assert load(path) == bare(load(path)), "run: .venv/bin/python -m tests.test_notebooks"


@each_notebook
def test_a_cell_has_a_name_that_says_what_it_does(path: Path) -> None:
    """An id made by an editor, such as 3f2a91bc, is new each time a cell is copied, and says nothing in a diff."""
    ids = [cell.id for cell in load(path).cells]
    assert len(set(ids)) == len(ids)
    assert not [name for name in ids if not re.fullmatch(r"[a-z]+(-[a-z]+)*(-\d)?", name)]


@each_notebook
def test_a_notebook_opens_with_a_question(path: Path) -> None:
    first = load(path).cells[0]
    assert first.cell_type == "markdown"
    title, _, rest = first.source.partition("\n")
    assert title.startswith(f"# {path.stem[0]}. ")
    bold = re.search(r"\*\*(.+?)\*\*", rest, re.DOTALL)
    assert bold is not None
    assert bold[1].endswith("?")


@each_notebook
def test_every_exercise_has_its_answer_folded_away_and_room_to_try(path: Path) -> None:
    cells = load(path).cells
    exercises = [number for number, cell in enumerate(cells) if cell.source.startswith("**Exercise ")]
    assert 3 <= len(exercises) <= 5
    for number, place in enumerate(exercises, start=1):
        shown, folded, hidden = cells[place].source.partition("<details>\n<summary>Answer</summary>\n\n")
        assert shown.startswith(f"**Exercise {number}.** ")
        assert folded
        assert "```" not in shown
        assert hidden.endswith("\n\n</details>")
        words, code, _ = hidden.partition("```python\n")
        assert len(words.split()) > 20, "an answer says why"
        assert code
        assert cells[place + 1].source == "# your turn"


@each_notebook
def test_cells_are_short_enough_to_be_read_at_once(path: Path) -> None:
    long = {cell.id: cell.source.count("\n") + 1 for cell in load(path).cells if cell.source.count("\n") >= SHORT}
    assert not [name for name in long if not name.startswith("exercise")]


@each_notebook
def test_no_figure_is_typed_where_code_computes_it(path: Path) -> None:
    """Prose may count its steps and name a line of a table; every other figure comes out of a cell."""
    typed = []
    for cell in load(path).cells:
        if cell.cell_type == "markdown":
            prose = re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)", "", cell.source, flags=re.DOTALL)
            typed += [found for found in re.findall(r"\d[\d,.]*\d%?|\d%?", prose) if len(found) > 1]
    assert not set(typed) - MAY_BE_TYPED


@each_notebook
def test_only_the_public_part_of_the_project_is_used(path: Path) -> None:
    """Whoever learns here may do everything at home: no name of ours that starts with an underscore, no stray library."""
    for source in sources(load(path)):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Attribute):
                assert not node.attr.startswith("_"), node.attr
            if isinstance(node, ast.ImportFrom):
                assert not [name.name for name in node.names if name.name.startswith("_")]
                assert (node.module or "").partition(".")[0] in LIBRARIES
            if isinstance(node, ast.Import):
                assert {name.name.partition(".")[0] for name in node.names} <= LIBRARIES


# --- as they run -------------------------------------------------------------------------------------------------------------


def test_a_notebook_runs_with_its_answers_and_without_a_warning(session: Session) -> None:
    said = [output for outputs in session.outputs for output in outputs if output.output_type == "stream"]
    assert not [output.text for output in said if output.name == "stderr"]


def test_a_notebook_reads_the_citys_data_and_nothing_else_of_the_repository(session: Session) -> None:
    """What is imported and the translations are read as well; nothing is written anywhere in the repository."""
    ours = [(Path(name), flags) for name, flags in session.ask("_opened") if Path(name).is_relative_to(ROOT)]
    read = {str(name.relative_to(ROOT).parts[0]) for name, _ in ours} - {".venv"}
    assert "data" in read
    assert read <= {"data", "equity"}
    writes = 0b11 | 0o100  # O_WRONLY, O_RDWR, O_CREAT
    assert not [name for name, flags in ours if flags & writes]


def test_a_notebook_could_not_reach_another_machine(session: Session) -> None:
    with pytest.raises(CellExecutionError, match="a notebook tried to use the network"):
        session.run("import socket; socket.create_connection(('192.0.2.1', 80))")


def test_outputs_are_light(session: Session) -> None:
    assert len(json.dumps(session.outputs)) < LIGHT


def test_every_picture_says_its_release_and_its_source(session: Session) -> None:
    pictures = [output.data[PLOTLY] for outputs in session.outputs for output in outputs if PLOTLY in output.get("data", {})]
    assert pictures
    for picture in pictures:
        written = " ".join(note["text"] for note in picture["layout"]["annotations"]).replace("<br>", " ")
        assert re.search(r"[Rr]elease 2021", written)
        assert "Source: US Census Bureau, American Community Survey" in written


# --- 1. Read the map ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def read_the_map(sessions: dict[str, Session]) -> Session:
    return sessions[READ]


def pages_sentence(atlas: Atlas, area_id: str) -> str:
    """What the page shows for a neighborhood, as it is sent to the browser."""
    return browser.headlines(atlas, language.load("en"), [area_id])["no_subscription"]["2021"]


def test_the_sentence_made_by_hand_is_the_one_on_the_page(read_the_map: Session, atlas: Atlas) -> None:
    """West Englewood, then Woodlawn (ten tracts and a part of one) and Fuller Park (a margin of ten points)."""
    before = 'AREA = "67"'
    for area_id in ("67", "42", "37"):
        if area_id != "67":
            read_the_map.again(before, f'AREA = "{area_id}"')
        assert read_the_map.ask("sentence") == pages_sentence(atlas, area_id)
        assert read_the_map.ask("verdict") == "the same, to the letter"


def test_margins_by_hand_are_those_of_the_kernel(read_the_map: Session) -> None:
    assert read_the_map.ask("float((compared['margin by hand'] - compared['margin by equity.stats.moe']).abs().max())") < 1e-9


# --- 2. What a margin means --------------------------------------------------------------------------------------------------


@pytest.fixture
def margins(sessions: dict[str, Session]) -> Session:
    return sessions[MARGINS]


def test_one_interval_in_ten_misses_the_truth(margins: Session) -> None:
    """1,000 surveys at 10 %: 100, give or take 2.6 standard deviations of sqrt(1000 x 0.1 x 0.9) = 9.5."""
    assert margins.ask("int(missed.sum())") == pytest.approx(100, abs=25)


def test_the_readers_draws_agree_with_the_maps_own(margins: Session) -> None:
    """4,000 and 10,000 draws: SE at most 0.5 x sqrt(1 / 4000 + 1 / 10000) = 0.9 points; 3.5 of them, the most of 77."""
    assert margins.ask("float(apart)") < 0.033


def test_two_tracts_that_are_alike_come_out_eight_points_apart_as_often_as_said(margins: Session) -> None:
    """The difference of two margins M has the standard error sqrt(2) M / 1.645; P(|d| >= 0.08) = erfc(0.08 / (2 M / 1.645))."""
    margin = margins.ask("float(typical)")
    assert margins.ask("float(by_chance)") == pytest.approx(math.erfc(0.08 / (2 * margin / 1.645)), abs=0.005)


def test_eight_points_are_mostly_nothing_between_tracts_and_mostly_something_between_areas(margins: Session) -> None:
    assert margins.ask("float(tract_pairs['differ'].mean())") < 0.5 < 0.8 < margins.ask("float(area_pairs['differ'].mean())")
    widest, narrowest = margins.ask("[verdict(by_margin.iloc[i]) for i in (-1, 0)]")
    assert "too close to call" in widest
    assert "too close to call" not in narrowest


def test_a_list_of_no_changes_is_told_from_a_list_of_single_tests(margins: Session) -> None:
    """77 areas x 10 % = 7.7 changed by chance. Under no change a list controlled at 10 % is empty nine times in ten."""
    assert margins.ask("float(alone.mean())") == pytest.approx(7.7, abs=0.6)
    assert margins.ask("float((listed == 0).mean())") == pytest.approx(0.9, abs=0.06)


def test_from_2021_to_2022_the_city_fell_and_no_single_area_did(margins: Session) -> None:
    assert margins.ask("str(whole['verdict'])") == "fell"
    assert margins.ask("sorted(changes['verdict'].unique())") == ["probably_fell", "too_close"]
    assert margins.ask("int(shared)") == 4


# --- 3. From tracts to neighborhoods -----------------------------------------------------------------------------------------


@pytest.fixture
def tracts(sessions: dict[str, Session]) -> Session:
    return sessions[TRACTS]


def test_the_two_tracts_that_matter_are_found(tracts: Session) -> None:
    """Woodlawn and South Shore share the first, Logan Square and West Town the second; the next misplaces a twentieth of it."""
    assert tracts.ask("list(two)") == ["17031843900", "17031831000"]
    first, second, third = tracts.ask("moved['misplaced'].head(3).tolist()")
    assert first == pytest.approx(2073 * 0.687098, abs=0.01), "households of the tract x the part that lives in South Shore"
    assert second == pytest.approx(1037 * 0.526779, abs=0.01), "... x the part that lives in Logan Square"
    assert third < second / 20


def test_whatever_touches_counts_the_city_twice(tracts: Session) -> None:
    counted = tracts.ask("{way: float(row['universe_estimate']) for way, row in by_city.items()}")
    assert counted["a point"] == pytest.approx(counted["households"], abs=0.01)
    assert counted["every one it touches"] > 2 * counted["households"]
    assert counted["land"] < counted["households"]


def test_the_tracts_at_the_edge_complete_the_city(tracts: Session, atlas: Atlas) -> None:
    """Tracts inside + the part of the edge that lives in the city = all of the city's households."""
    inside = tracts.ask("float(by_city['households']['universe_estimate'])")
    here = tracts.ask("float((edge['city_weight'] * edge['estimate']).sum())")
    assert inside + here == pytest.approx(atlas.total(2021, "no_subscription")["universe_estimate"], abs=0.01)


def test_a_shared_tract_is_added_once_before_anything_is_squared(tracts: Session, atlas: Atlas) -> None:
    """Woodlawn + South Shore: root-sum-of-squares of the two areas is 4 % too small."""
    right = atlas.selection(["42", "43"], 2021, "no_subscription")["moe"]
    assert tracts.ask("sorted(pair)") == ["42", "43"]
    assert tracts.ask("float(by_hand)") == pytest.approx(right)
    assert tracts.ask("float(strangers)") / right - 1 == pytest.approx(-0.041, abs=0.002)


if __name__ == "__main__":
    for committed in PATHS:
        nbformat.write(bare(load(committed)), committed)
