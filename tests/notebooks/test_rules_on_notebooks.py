"""Every rule on every notebook of the collection."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from nbformat import NotebookNode

from tests.notebooks.rules import (
    anatomy,
    cells,
    drift,
    equations,
    exercises,
    figures,
    outputs,
    prose,
    slides,
    vacuous,
)
from tests.notebooks.rules.reading import FOLDER, ROOT, load, notebook_paths, number_of
from tools.notebook.cells import setup_cell, toggle_cell
from tools.publish import current

NOTEBOOKS = notebook_paths()
NAMES = [path.name for path in NOTEBOOKS]
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)


# Rules that need nothing but the notebook.
RULES: list[Callable[[NotebookNode], list[str]]] = [
    anatomy.opening,
    anatomy.section_order,
    anatomy.shows_and_plays,
    anatomy.recap,
    cells.long_cells,
    cells.spread_of_lengths,
    cells.code_without_prose,
    cells.empty_cells,
    cells.star_imports,
    cells.magics,
    drift.unknown_keys,
    equations.unresolved_equations,
    exercises.how_many,
    exercises.check_import,
    exercises.stub_shape,
    exercises.hints_and_solutions,
    exercises.blank_says_so,
    figures.missing_alt,
    figures.repeated_alt,
    figures.vector_graphics,
    figures.bare_show,
    figures.widgets_without_picture,
    outputs.not_executed,
    outputs.errors,
    outputs.complaints,
    outputs.machine_paths,
    outputs.memory_addresses,
    outputs.notebook_metadata,
    prose.long_paragraphs,
    prose.exclamations,
    prose.filler,
    slides.slide_types,
    vacuous.comparisons_in_cells,
    vacuous.discarded_in_cells,
    vacuous.empty_assertions_in_cells,
    vacuous.swallowed_errors_in_cells,
]


def expect_none(path: Path, problems: list[str]) -> None:
    """Fails with the problems, one a line."""
    assert not problems, "\n".join([f"{path.name}:", *(f"- {line}" for line in problems)])


def test_there_are_notebooks_and_they_are_numbered() -> None:
    assert NOTEBOOKS, f"no notebook in {FOLDER.name}/: nothing would be checked"
    numbers = [number_of(name) for name in NAMES]
    assert numbers == [f"{n:02}" for n in range(len(numbers))], "numbers have gaps or repeats"


@each_notebook
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule(path: Path, rule: Callable[[NotebookNode], list[str]]) -> None:
    expect_none(path, rule(load(path)))


@each_notebook
def test_title_and_badges(path: Path) -> None:
    notebook = load(path)
    expect_none(path, anatomy.title(notebook, path.name))
    expect_none(path, anatomy.badges(notebook, path.name, current(ROOT)))


@each_notebook
def test_setup_and_toggle_cells_are_the_templates(path: Path) -> None:
    expect_none(path, anatomy.plumbing(load(path), setup_cell(), toggle_cell()))


@each_notebook
def test_doors_to_other_notebooks(path: Path) -> None:
    notebook = load(path)
    expect_none(path, anatomy.next_door(notebook, path.name, NAMES))
    expect_none(path, anatomy.links_to_notebooks(notebook, NAMES))


@each_notebook
def test_shown_code_equals_the_package(path: Path) -> None:
    expect_none(path, drift.drifted(load(path), ROOT / "lmteach"))


def test_some_cell_is_compared_with_the_package() -> None:
    compared = [
        name
        for path in NOTEBOOKS
        for cell in load(path).cells
        for name in drift.defined_names(cell)
    ]
    assert compared, "no cell bears metadata lmteach.defines, so nothing guards against drift"


@each_notebook
def test_equation_numbers(path: Path) -> None:
    expect_none(path, equations.equation_numbers(load(path), number_of(path.name)))


@each_notebook
def test_file_size(path: Path) -> None:
    expect_none(path, outputs.too_large(path.stat().st_size))


def test_normalised() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.notebooks", "normalise", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
