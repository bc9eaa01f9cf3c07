"""Every rule on every notebook of the collection."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.notebooks.rules import drift, outputs
from tests.notebooks.rules.order import EVERY, Rule, broken
from tests.notebooks.rules.reading import FOLDER, ROOT, load, notebook_paths, number_of

NOTEBOOKS = notebook_paths()
NAMES = [path.name for path in NOTEBOOKS]

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)


def expect_none(path: Path, problems: list[str]) -> None:
    """Fails with the problems, one a line."""
    assert not problems, "\n".join([f"{path.name}:", *(f"- {line}" for line in problems)])


def test_there_are_notebooks_and_they_are_numbered() -> None:
    assert NOTEBOOKS, f"no notebook in {FOLDER.name}/: nothing would be checked"
    numbers = [number_of(name) for name in NAMES]
    assert numbers == [f"{n:02}" for n in range(len(numbers))], "numbers have gaps or repeats"


@each_notebook
@pytest.mark.parametrize("rule", EVERY, ids=lambda rule: rule.__name__)
def test_rule(path: Path, rule: Rule) -> None:
    expect_none(path, broken(rule, load(path), path))


def test_some_cell_is_compared_with_the_package() -> None:
    compared = [
        name
        for path in NOTEBOOKS
        for cell in load(path).cells
        for name in drift.defined_names(cell)
    ]
    assert compared, "no cell bears metadata lmteach.defines, so nothing guards against drift"


@each_notebook
def test_file_size(path: Path) -> None:
    expect_none(path, outputs.too_large(path.stat().st_size))


@pytest.mark.parametrize("check", ["tools.lessons check", "tools.notebooks normalise --check"])
def test_nothing_is_stale_edited_or_left_over(check: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *check.split()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
