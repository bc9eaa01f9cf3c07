"""The solutions printed in a notebook pass its checks, and the notebook runs far from home.

The blank way is `exercises.blank_says_so` among the rules. Here the cells that the exercises need
are executed, with every solution in its stub's place, in an empty folder that is not the notebook's
own.
"""

import os
import re
from pathlib import Path

import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from tests.notebooks.making import code, good, notebook, prose
from tests.notebooks.rules import exercises
from tests.notebooks.rules.reading import ROOT, load, notebook_paths
from tools.notebook.slicing import only

NOTEBOOKS = notebook_paths()
SECONDS_A_CELL = 600

PRELUDE = """from types import SimpleNamespace


def said(function):
    answer = function(1, 4)
    return "right" if answer == 0.25 else "not attempted yet" if answer is None else "wrong"


class Verdict(str):
    __repr__ = str.__str__


check = SimpleNamespace(share=lambda function: Verdict(f"share: {said(function)}"))"""
SMALL = notebook(
    code(PRELUDE),
    *(cell for cell in good().cells if "share(" in cell.source),
)


def execute(made: NotebookNode, folder: Path, monkeypatch: pytest.MonkeyPatch) -> NotebookNode:
    """Runs a notebook in a folder, with a scoreboard of its own; the setup cell finds lmteach."""
    monkeypatch.setenv("LMTEACH_SCOREBOARD", str(folder / "scoreboard.json"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
    client = NotebookClient(
        made,
        timeout=SECONDS_A_CELL,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        client.execute()
    except CellExecutionError as error:
        pytest.fail(re.sub(r"\x1b\[[0-9;]*m", "", str(error)))
    return made


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_solutions_pass_their_checks(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blank = load(path)
    places = [exercise.cell for exercise in exercises.exercises(blank)]
    assert places, f"{path.name} has no exercise of the right shape"
    solved = execute(only(exercises.solved(blank), places), tmp_path, monkeypatch)
    problems = exercises.not_right(blank, solved)
    assert not problems, "\n".join([f"{path.name}:", *problems])


def test_a_right_solution_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    solved = exercises.solved(SMALL)
    assert len(exercises.exercises(SMALL)) == 2
    assert exercises.not_right(SMALL, execute(solved, tmp_path, monkeypatch)) == []


def test_a_wrong_solution_and_a_blank_turn_red(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = [
        prose(cell.source.replace("count / total", "total / count"))
        if index == len(SMALL.cells) - 1
        else cell
        for index, cell in enumerate(SMALL.cells)
    ]
    solved = exercises.solved(notebook(*cells))
    first, second = (exercise.cell for exercise in exercises.exercises(SMALL))
    solved.cells[first].source = SMALL.cells[first].source
    problems = exercises.not_right(SMALL, execute(solved, tmp_path, monkeypatch))
    assert [problem.split(" wanted")[0] for problem in problems] == [
        f"cell {first}: with the notebook's own solution the check shows "
        "['share: not attempted yet'], ['share: right']",
        f"cell {second}: with the notebook's own solution the check shows "
        "['share: wrong'], ['share: right']",
    ]
