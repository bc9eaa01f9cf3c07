"""The exercises of the lessons as a course of nbgrader: release, autograde, feedback.

An assignment holds what its exercises need and no more: imports and functions of the notebook, and
for each exercise its words, the marked solution, and a hidden test. The test imports the checks
anew, so that what a submission put in their place is gone, and reads ``Verdict.right``.
"""

import ast
import re

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools.notebook.files import cell_ids, code_cells, tags
from tools.notebook.normalise import METADATA
from tools.notebook.slicing import needed

SCHEMA = 3  # of the metadata that nbgrader reads
NEEDED = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "language-models"
c.ClearSolutions.code_stub = {"python": "...  # your code here"}
c.ClearSolutions.enforce_metadata = True
c.ExecutePreprocessor.timeout = 120  # seconds a cell
"""

TEST = """\
### BEGIN HIDDEN TESTS
import importlib
import sys

for module in [name for name in sys.modules if name.partition(".")[0] == "lmteach"]:
    del sys.modules[module]
verdict = importlib.import_module("{module}").{name}({name})
assert verdict.right, str(verdict)
### END HIDDEN TESTS"""

_CHECKS = re.compile(r"^from (lmteach\.exercises) import (\w+) as check$", re.MULTILINE)
_SOLUTION = re.compile(r"<details>\s*<summary>Solution</summary>.*?</details>", re.DOTALL)
_NAME = re.compile(r"^check\.(\w+)\(\1\)$", re.MULTILINE)


def assignment(title: str, lesson: list[NotebookNode]) -> NotebookNode:
    """The instructor's version, from which nbgrader makes the students'.

    ``lesson`` are the cells of a lesson, exercises marked.
    """
    whole = new_notebook(cells=lesson)
    places = [i for i, cell in code_cells(whole) if "exercise" in tags(cell)]
    found = (_CHECKS.search(cell.source) for _, cell in code_cells(whole))
    module = next(f"{match[1]}.{match[2]}" for match in found if match)
    cells = [
        _locked(new_markdown_cell(f"# {title}: exercises\n\nEach is worth a point."), "title"),
        _locked(new_code_cell(_prelude(whole, places)), "needed"),
    ]
    for place in places:
        source = lesson[place].source
        named = _NAME.search(source)
        assert named is not None, f"no check in {source!r}"
        cells += [
            _locked(new_markdown_cell(_words(lesson, place)), f"words-{named[1]}"),
            _solution(new_code_cell(source), f"exercise-{named[1]}"),
            _test(new_code_cell(TEST.format(module=module, name=named[1])), f"test-{named[1]}"),
        ]
    for cell, identity in zip(cells, cell_ids(cells), strict=True):
        cell.id = identity
    return new_notebook(cells=cells, metadata=METADATA)


def _prelude(whole: NotebookNode, places: list[int]) -> str:
    """The imports and the functions that the exercises need, from the cells above them."""
    pieces: dict[str, None] = {}
    for place in sorted(needed(whole, places) - {*places}):
        source = whole.cells[place].source
        if {"setup", "toggle", "start"} & {*tags(whole.cells[place])}:
            continue
        for node in ast.parse(source).body:
            if isinstance(node, NEEDED):
                pieces[_segment(source, node)] = None
    imports = [piece for piece in pieces if piece.startswith(("import ", "from "))]
    others = [piece for piece in pieces if piece not in imports]
    return "\n\n\n".join(["\n".join(imports), *others])


def _segment(source: str, node: ast.stmt) -> str:
    first = min([node.lineno, *(mark.lineno for mark in getattr(node, "decorator_list", []))])
    return "\n".join(source.splitlines()[first - 1 : node.end_lineno])


def _words(lesson: list[NotebookNode], place: int) -> str:
    """The prose between the code cell before an exercise and its own, without a solution in it."""
    above: list[str] = []
    for cell in reversed(lesson[:place]):
        if cell.cell_type != "markdown":
            break
        above.insert(0, _SOLUTION.sub("", cell.source).strip())
    return "\n\n".join(filter(None, above))


def _locked(cell: NotebookNode, identity: str) -> NotebookNode:
    return _marked(cell, identity, locked=True, solution=False)


def _solution(cell: NotebookNode, identity: str) -> NotebookNode:
    return _marked(cell, identity, locked=False, solution=True)


def _test(cell: NotebookNode, identity: str) -> NotebookNode:
    return _marked(cell, identity, locked=True, solution=False, grade=True, points=1)


def _marked(
    cell: NotebookNode, identity: str, grade: bool = False, **marks: bool | int
) -> NotebookNode:
    kind = {"schema_version": SCHEMA, "grade_id": identity, "grade": grade, "task": False}
    cell.metadata["nbgrader"] = kind | marks
    return cell
