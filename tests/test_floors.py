"""Imports inside lmteach go one way, from floor to floor, and `import lmteach` costs nothing."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "lmteach"

# Each floor, and the floors that it may import from. A floor may always import from itself.
# `checks` is the ground below all floors: what comes in at the door of a function.
FLOORS: dict[str, set[str]] = {
    "checks": set(),
    "text": {"checks"},
    "models": {"checks", "text"},
    "training": {"checks", "text", "models"},
    "decoding": {"checks", "text", "models", "training"},
    "evaluation": {"checks", "text", "models", "training"},
    "plots": {"checks"},
    "widgets": {"checks", "text", "models", "training", "decoding", "evaluation", "plots"},
    "exercises": {"checks", "text", "models", "training", "decoding", "evaluation", "plots"},
    "classroom": {
        "checks",
        "text",
        "models",
        "training",
        "decoding",
        "evaluation",
        "plots",
        "widgets",
    },
}
# What a floor may import from outside, besides Python's own library; floors not named: anything.
OUTSIDE: dict[str, set[str]] = {"plots": {"numpy", "matplotlib", "PIL", "jaxtyping"}}
HEAVY = ("torch", "gensim", "matplotlib", "nltk", "numpy", "ipywidgets", "anywidget")

MODULES = sorted(PACKAGE.rglob("*.py"))


def imported(tree: ast.Module, package: str) -> Iterator[tuple[int, str]]:
    """Every module that is imported, anywhere in the file, by its full name, with the line.

    `package` is the package that the file lies in, for relative imports. Of
    `from a import b` both `a` and `a.b` could be meant; `a.b` is given.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield node.lineno, name.name
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")[: len(package.split(".")) - node.level + 1]
            start = [*parts, node.module] if node.level and node.module else parts
            module = ".".join(start) if node.level else node.module or ""
            for name in node.names:
                yield node.lineno, f"{module}.{name.name}"
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            for argument in node.args[:1]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield node.lineno, argument.value


def floor_of(name: str) -> str:
    """The floor of a module of lmteach by its full name; '' for the package itself."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in FLOORS else ""


def wrong_imports(source: str, module: str, is_package: bool = False) -> list[str]:
    """Imports of a module that its floor does not allow."""
    here = floor_of(module)
    package = module if is_package else module.rpartition(".")[0]
    problems = []
    for line, name in imported(ast.parse(source), package):
        top = name.split(".")[0]
        if top == "lmteach":
            there = floor_of(name)
            if there and there != here and there not in FLOORS.get(here, set()):
                may = ", ".join(sorted(FLOORS.get(here, set()))) or "no other floor"
                problems.append(
                    f"{module}, line {line}: imports {name}, but {here or 'lmteach'} may import "
                    f"from {may}; move what is needed down to a floor that both may use"
                )
        elif here in OUTSIDE and top not in OUTSIDE[here] | sys.stdlib_module_names:
            problems.append(
                f"{module}, line {line}: imports {name}, but {here} takes plain arrays and imports "
                f"nothing but {', '.join(sorted(OUTSIDE[here]))}"
            )
    return problems


def full_name(path: Path) -> str:
    """The import name of a file of the package."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("path", MODULES, ids=full_name)
def test_imports_go_one_way(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    problems = wrong_imports(source, full_name(path), path.name == "__init__.py")
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("path", MODULES, ids=full_name)
def test_every_module_is_on_a_floor(path: Path) -> None:
    assert floor_of(full_name(path)) or full_name(path) == "lmteach", (
        f"{full_name(path)} is on no floor; put it on one of {', '.join(FLOORS)}"
    )


def test_there_are_modules_on_the_floors() -> None:
    found = {floor_of(full_name(path)) for path in MODULES}
    assert {"text", "models", "evaluation", "plots", "widgets", "exercises", "classroom"} <= found


def test_the_table_has_no_circle() -> None:
    earlier: set[str] = set()
    for floor, allowed in FLOORS.items():
        assert allowed <= earlier, f"{floor} may import from a floor that comes later"
        earlier.add(floor)


def test_packages_hold_only_a_docstring() -> None:
    for path in MODULES:
        if path.name == "__init__.py" and path.parent != PACKAGE:
            body = ast.parse(path.read_text(encoding="utf-8")).body
            assert len(body) == 1, f"{full_name(path)}: only a docstring belongs in __init__.py"
            assert ast.get_docstring(ast.Module(body=body, type_ignores=[])), full_name(path)


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = f"import sys, lmteach; print([n for n in {HEAVY} if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("source", "module"),
    [
        ("from lmteach.plots.bars import bars", "lmteach.models.ngram"),
        ("import lmteach.plots.bars", "lmteach.text.corpora"),
        ("from lmteach import plots", "lmteach.evaluation.information"),
        ("def f():\n    from ..widgets import base", "lmteach.models.ngram"),
        ("from ..plots.bars import bars", "lmteach.models.ngram"),
        ("from ... import classroom", "lmteach.models.deep.ngram"),
        (
            "import importlib\nimportlib.import_module('lmteach.plots.bars')",
            "lmteach.models.ngram",
        ),
        ("from lmteach.exercises import bigrams", "lmteach.widgets.grid"),
        ("from lmteach.widgets import grid", "lmteach.exercises.bigrams"),
        ("from lmteach.evaluation import information", "lmteach.decoding.beam"),
        ("from lmteach.evaluation import information", "lmteach.plots.bars"),
        ("import torch", "lmteach.plots.bars"),
        ("def f():\n    from pandas import DataFrame", "lmteach.plots.bars"),
        ("from lmteach.text import corpora", "lmteach"),
    ],
)
def test_wrong_imports_turn_red(source: str, module: str) -> None:
    assert len(wrong_imports(source, module)) == 1


def test_relative_imports_of_a_package_itself() -> None:
    assert len(wrong_imports("from ..plots import bars", "lmteach.models", is_package=True)) == 1
    assert wrong_imports("from .ngram import count", "lmteach.models", is_package=True) == []


@pytest.mark.parametrize(
    ("source", "module"),
    [
        ("from lmteach.text.tokenizers import CharTokenizer", "lmteach.models.ngram"),
        ("from .ngram import count", "lmteach.models.ngram.arpa"),
        ("import numpy as np\nfrom collections import abc", "lmteach.plots.bars"),
        ("from lmteach import __version__", "lmteach.text.corpora"),
        ("import torch", "lmteach.models.ngram"),
    ],
)
def test_right_imports_stay_green(source: str, module: str) -> None:
    assert wrong_imports(source, module) == []
