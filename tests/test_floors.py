"""What the contracts of floors in pyproject.toml can't say, and that they bite."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.imports import imported, sources

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "lmteach"
HEAVY = ("torch", "gensim", "matplotlib", "nltk", "numpy", "ipywidgets", "anywidget")
FLOORS = ["checks", "typed", "interrupts", "files", "text", "models", "training", "decoding"]
FLOORS += ["evaluation", "inspection", "plots", "widgets", "exercises", "classroom"]
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def test_plots_take_plain_arrays() -> None:
    assert imported(sources("lmteach/plots")) == {"numpy", "matplotlib", "pillow", "jaxtyping"}


def test_packages_hold_only_a_docstring() -> None:
    for path in PACKAGE.rglob("*/__init__.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        assert len(body) == 1, f"{path}: only a docstring belongs in __init__.py"
        assert ast.get_docstring(ast.Module(body=body, type_ignores=[])), path


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = f"import sys, lmteach; print([n for n in {HEAVY} if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


@pytest.fixture
def floors(tmp_path: Path) -> Path:
    """A small package with every floor, each with one module, under our contracts."""
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    for floor in FLOORS:
        (tmp_path / "lmteach" / floor).mkdir(parents=True)
        (tmp_path / "lmteach" / floor / "__init__.py").touch()
        (tmp_path / "lmteach" / floor / "one.py").touch()
    (tmp_path / "lmteach" / "__init__.py").touch()
    return tmp_path


def lint(folder: Path) -> str:
    """What import-linter says of a package; nothing if it has no complaint."""
    done = subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout + done.stderr if done.returncode else ""


def test_wrong_imports_turn_red(floors: Path) -> None:
    """All at once, as each pair that is not allowed must be named by itself."""
    wrong = [(low, high) for place, low in enumerate(FLOORS) for high in FLOORS[place + 1 :]]
    wrong += [
        ("evaluation", "decoding"),
        ("inspection", "evaluation"),
        ("exercises", "widgets"),
        ("classroom", "exercises"),
    ]
    wrong += [("plots", floor) for floor in FLOORS if floor not in ("checks", "typed", "plots")]
    for here, there in wrong:
        text = f"def later():\n    from ..{there} import one\n"
        (floors / "lmteach" / here / f"to_{there}.py").write_text(text)
    said = lint(floors)
    for here, there in wrong:
        assert f"lmteach.{here}.to_{there} -> lmteach.{there}.one" in said


def test_right_imports_stay_green(floors: Path) -> None:
    for place, here in enumerate(FLOORS):
        allowed = {"plots": ["checks", "typed"], "exercises": FLOORS[:10]}
        allowed |= {"evaluation": FLOORS[:7], "inspection": FLOORS[:7]}
        below = allowed.get(here, [floor for floor in FLOORS[:place] if floor != "exercises"])
        text = "\n".join(f"from lmteach.{floor} import one" for floor in [here, *below])
        (floors / "lmteach" / here / "all.py").write_text(text)
    assert lint(floors) == ""


def test_a_module_on_no_floor_turns_red(floors: Path) -> None:
    (floors / "lmteach" / "helpers.py").touch()
    assert "lmteach.helpers" in lint(floors)
