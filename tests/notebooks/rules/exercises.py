"""Rules on "Your turn": what an exercise is made of, and putting the solution in its place."""

import ast
import re
from copy import deepcopy
from dataclasses import dataclass

from nbformat import NotebookNode

from tests.notebooks.rules.reading import code_cells, markdown_cells, parse, tags, where
from tools.lesson.exercises import answer, marked

FEWEST, MOST = 1, 4
FEWEST_STEPS, MOST_STEPS = 3, 6
IMPORTS = (ast.Import, ast.ImportFrom)

_HEADING = re.compile(r"^### Exercise (\d+) · (.+) \((\d+) minutes?, (●○○|●●○|●●●)\)$", re.M)
_ANY_HEADING = re.compile(r"^### Exercise.*$", re.MULTILINE)
_BUILD_IT = re.compile(r"^### Build it · (.+) \((\d+) minutes, (●○○|●●○|●●●)\)$", re.M)
_STEP = re.compile(r"^#### Step (\d+) · (.+)$", re.MULTILINE)
_ANY_TITLE = re.compile(r"^#{2,4} .*$", re.MULTILINE)
_HINT = re.compile(r"<details>\s*<summary>Hint</summary>(.*?)</details>", re.DOTALL)
_SOLUTION = re.compile(r"<details>\s*<summary>Solution</summary>(.*?)</details>", re.DOTALL)
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Exercise:
    """A stub and its solution: the function's name, the stub's cell, the solution's code."""

    name: str
    cell: int
    solution: str


def _is_blank(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and (node.value.value is ... or isinstance(node.value.value, str))
    )


def _stub_name(source: str) -> str | None:
    """The name of the function in a stub of the right shape; None if the shape is wrong."""
    tree = parse(source)
    if tree is None:
        return None
    statements = [node for node in tree.body if not isinstance(node, IMPORTS)]
    if len(statements) != 2:
        return None
    function, call = statements
    if not isinstance(function, ast.FunctionDef) or not all(map(_is_blank, function.body)):
        return None
    if not any(ast.unparse(line) == "..." for line in function.body):
        return None
    wanted = f"check.{function.name}({function.name})"
    return function.name if ast.unparse(call) == wanted else None


def stubs(notebook: NotebookNode) -> list[tuple[int, NotebookNode]]:
    """The cells tagged `exercise`, with their places."""
    return [(i, c) for i, c in code_cells(notebook) if "exercise" in tags(c)]


def _markdown_after(notebook: NotebookNode, index: int) -> str:
    """The markdown from a cell down to the next code cell."""
    texts = []
    for cell in notebook.cells[index + 1 :]:
        if cell.cell_type != "markdown":
            break
        texts.append(cell.source)
    return "\n\n".join(texts)


def exercises(notebook: NotebookNode) -> list[Exercise]:
    """The exercises that have the right shape."""
    found = []
    for index, cell in stubs(notebook):
        name = _stub_name(cell.source)
        blocks = [
            block
            for solution in _SOLUTION.findall(_markdown_after(notebook, index))
            for block in _BLOCK.findall(solution)
        ]
        if name and len(blocks) == 1:
            found.append(Exercise(name, index, blocks[0]))
    return found


def steps(notebook: NotebookNode) -> list[tuple[int, NotebookNode]]:
    """The stubs whose nearest title above is a step of "Build it"."""
    title, found = "", []
    places = dict(stubs(notebook))
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            title = (_ANY_TITLE.findall(cell.source) or [title])[-1]
        elif index in places and _STEP.fullmatch(title):
            found.append((index, cell))
    return found


def _headings(notebook: NotebookNode, pattern: re.Pattern[str]) -> list[tuple[str, ...]]:
    return [found for _, cell in markdown_cells(notebook) for found in pattern.findall(cell.source)]


def how_many(notebook: NotebookNode) -> list[str]:
    """One to four exercises besides the steps of "Build it", with minutes and difficulty."""
    count = len(stubs(notebook)) - len(steps(notebook))
    problems = []
    if not FEWEST <= count <= MOST:
        problems.append(f"{count} cells tagged 'exercise', {FEWEST} to {MOST} wanted besides steps")
    headings, rough = _headings(notebook, _HEADING), len(_headings(notebook, _ANY_HEADING))
    if len(headings) != rough or rough != count:
        problems.append(
            f"{count} stubs, {rough} headings '### Exercise', {len(headings)} of them in the form "
            "'### Exercise 1 · name (5 minutes, ●○○)'; one each wanted"
        )
    numbers = [int(number) for number, *_ in headings]
    if numbers != list(range(1, len(numbers) + 1)):
        problems.append(f"the exercises are numbered {numbers}; count from 1")
    return problems


def build_it(notebook: NotebookNode) -> list[str]:
    """The notebook's own mechanism, built in three to six steps, each checked.

    Notebook 00 has no mechanism yet.
    """
    if notebook.cells and notebook.cells[0].source.startswith("# 00 "):
        return []
    titles, numbers = _headings(notebook, _BUILD_IT), _headings(notebook, _STEP)
    problems = []
    if len(titles) != 1:
        problems.append(
            f"{len(titles)} headings '### Build it · what (25 minutes, ●●○)' below '## Your turn', "
            "one wanted: the mechanism itself, in steps that are checked"
        )
    count = len(steps(notebook))
    if not FEWEST_STEPS <= count <= MOST_STEPS:
        problems.append(f"{count} steps with a stub, {FEWEST_STEPS} to {MOST_STEPS} wanted")
    counted = [str(number) for number in range(1, count + 1)]
    if [number for number, _ in numbers] != counted:
        problems.append(
            f"the steps are numbered {[number for number, _ in numbers]}; head each stub with "
            "'#### Step 1 · name', counted from 1"
        )
    return problems


def check_import(notebook: NotebookNode) -> list[str]:
    """The import of the checks, as `check`, before the first stub."""
    places = stubs(notebook)
    first = places[0][0] if places else len(notebook.cells)
    pattern = re.compile(r"^from lmteach\.exercises import \w+ as check$", re.MULTILINE)
    if any(pattern.search(cell.source) for index, cell in code_cells(notebook) if index < first):
        return []
    return ["no 'from lmteach.exercises import … as check' before the first exercise"]


def stub_shape(notebook: NotebookNode) -> list[str]:
    """Stubs: imports if need be, one function whose body is `...`, then `check.name(name)`."""
    return [
        f"{where(index, cell)}: tagged 'exercise', but not one function whose body is '...' "
        "followed by the line check.name(name)"
        for index, cell in stubs(notebook)
        if _stub_name(cell.source) is None
    ]


def hints_and_solutions(notebook: NotebookNode) -> list[str]:
    """After each stub a hint and a solution, both folded, the solution in one block."""
    problems = []
    for index, cell in stubs(notebook):
        text = _markdown_after(notebook, index)
        hint, solutions = _HINT.findall(text), _SOLUTION.findall(text)
        if len(hint) != 1 or not hint[0].strip():
            problems.append(
                f"{where(index, cell)}: {len(hint)} hints follow it; one "
                "<details><summary>Hint</summary> with text in it wanted"
            )
        blocks = [block for solution in solutions for block in _BLOCK.findall(solution)]
        if len(solutions) != 1 or len(blocks) != 1:
            problems.append(
                f"{where(index, cell)}: {len(solutions)} solutions with {len(blocks)} python "
                "blocks follow it; one <details><summary>Solution</summary> with one ```python "
                "block wanted: {{solution}} in the lesson, with an empty line before it, "
                "so that it is rendered"
            )
            continue
        name = _stub_name(cell.source)
        tree = parse(blocks[0])
        defined = [n.name for n in tree.body if isinstance(n, ast.FunctionDef)] if tree else []
        if name and name not in defined:
            problems.append(f"{where(index, cell)}: its solution does not define {name}")
        if not re.search(r"</summary>\s*?\n\s*\n", text):
            problems.append(
                f"{where(index, cell)}: an empty line is missing after </summary>; without it "
                "the block is shown as raw text"
            )
    return problems


def blank_says_so(notebook: NotebookNode) -> list[str]:
    """The committed output of a stub: `name: not attempted yet`."""
    problems = []
    for index, cell in stubs(notebook):
        name = _stub_name(cell.source) or "name"
        shown = results(cell)
        if shown != [f"{name}: not attempted yet"]:
            problems.append(
                f"{where(index, cell)}: the blank shows {shown}, "
                f"['{name}: not attempted yet'] wanted"
            )
    return problems


def results(cell: NotebookNode) -> list[str]:
    """What a cell shows as text, one entry an output."""
    shown = []
    for output in cell.get("outputs", []):
        text = output.get("data", {}).get("text/plain", output.get("text", ""))
        shown.append("".join(text).strip())
    return shown


def solved(notebook: NotebookNode) -> NotebookNode:
    """A copy of the notebook with every right answer in its stub's place."""
    copy = deepcopy(notebook)
    for exercise in exercises(notebook):
        cell = copy.cells[exercise.cell]
        cell.source = answer(marked(cell.source, exercise.solution.strip()) or cell.source)
    return copy


def not_right(blank: NotebookNode, run: NotebookNode) -> list[str]:
    """Exercises of the blank notebook that are not `right` in a run of the solved one."""
    problems = []
    for exercise in exercises(blank):
        shown = results(run.cells[exercise.cell])
        if shown != [f"{exercise.name}: right"]:
            problems.append(
                f"cell {exercise.cell}: with the notebook's own solution the check shows {shown}, "
                f"['{exercise.name}: right'] wanted; mend the solution or the check"
            )
    return problems
