"""Try what Colab's older versions could break: python -m tools.colab_check

In an environment like Colab's, the setup cell installs the package and must leave torch, numpy and
ipywidgets alone, with all else at the lower bounds of pyproject.toml. Then the first cells and the
imports of every notebook are run, and the tests of widgets, plots and the classroom. What trains is
the same anywhere.

With --whole, every notebook from top to bottom, and torch at its lower bound, too: that takes long,
and gigabytes where the index has no build for the CPU.
"""

import argparse
import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from nbformat import NotebookNode

from lmteach.files import write_whole
from tools.dependencies import CONSTRAINTS, declared, lowest, pins
from tools.environments import make
from tools.lesson.filling import ROOT, repository, setup_cell
from tools.notebook import files

FOLDER = Path("build/colab")
CONSTRAINT = Path("build/colab-lowest.txt")
NOTEBOOKS = Path("build/colab-notebooks")
KEPT = ("torch", "numpy", "ipywidgets", "ipython", "ipykernel")  # what Colab has of its own
FIRST = {"setup", "toggle", "start"}  # the tags of the cells that run as they are
NOTEBOOK_TOOLS = ("nbclient", "nbconvert", "nbformat")  # at their lower bounds, too
TEST_TOOLS = ("beartype", "hypothesis", "nbval", "packaging", "pytest", "pytest-xdist")
OLD_WARN = ("-W", "ignore::DeprecationWarning")  # ipywidgets 7 uses what traitlets 5 deprecates
TESTS = "tests/widgets tests/plots tests/test_classroom.py".split()
TESTS += "lmteach/widgets lmteach/plots lmteach/classroom.py".split()


def versions(python: Path) -> dict[str, str]:
    """What is installed of the packages that must stay as they are."""
    code = (
        "import json, importlib.metadata as m; "
        f"print(json.dumps({{name: m.version(name) for name in {KEPT!r}}}))"
    )
    done = subprocess.run([str(python), "-c", code], check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def imports(statements: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The import statements that run when these do, whatever an `if` among them finds."""
    for statement in statements:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            yield statement
        elif isinstance(statement, ast.If | ast.With):
            yield from imports(statement.body)


def beginning(notebook: NotebookNode) -> NotebookNode:
    """The notebook with its first three cells, and of all others the imports alone."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and not FIRST & {*cell.metadata.get("tags", [])}:
            cell.source = "\n".join(map(ast.unparse, imports(ast.parse(cell.source).body)))
    return notebook


def main(line: list[str]) -> int:
    """0 if all went well and no version moved."""
    parser = argparse.ArgumentParser(prog="python -m tools.colab_check", description=__doc__)
    parser.add_argument("--whole", action="store_true", help="whole notebooks, torch as in Colab")
    whole = parser.parse_args(line).whole

    pinned = pins(CONSTRAINTS.read_text(encoding="utf-8"))
    named = declared() + declared("lab")
    oldest = lowest(requirement for requirement in named if whole or requirement.name != "torch")
    oldest += [] if whole else [f"torch=={pinned['torch']}"]
    write_whole(CONSTRAINT, "\n".join(oldest))
    os.environ["PIP_CONSTRAINT"] = str(CONSTRAINT.absolute())
    tests = [f"{name}=={pinned[name]}" for name in TEST_TOOLS]
    python = make(FOLDER, [*KEPT, *NOTEBOOK_TOOLS, *tests], fresh=True)

    before = versions(python)
    setup = [str(python), "-c", setup_cell(repository(ROOT))]
    if subprocess.run(setup, cwd="notebooks").returncode:
        return 1
    after = versions(python)
    if after != before:
        print(f"the setup cell changed {before} into {after}", file=sys.stderr)
        return 1
    print("versions kept: " + ", ".join(f"{name} {version}" for name, version in after.items()))

    paths = files.find([])
    if not whole:
        paths = [NOTEBOOKS / path.name for path in paths]
        for path in paths:
            files.write(beginning(files.read(Path("notebooks") / path.name)), path)
    run = ["tools.notebooks", "run", "--no-pages", "--jobs", str(os.cpu_count() or 1)]
    for command in ([*run, *map(str, paths)], ["pytest", "-n", "2", *OLD_WARN, *TESTS]):
        if subprocess.run([str(python), "-m", *command]).returncode:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
