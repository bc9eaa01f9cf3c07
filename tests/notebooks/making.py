"""Small notebooks made in code: one that keeps every rule, and the means to break one at a time."""

import copy
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

NAME = "01_bigrams.ipynb"
REPOSITORY = "someone/lmteach"
SETUP = "import sys\n\nassert sys.version_info >= (3, 11)"
TOGGLE = 'USE_CUDA = False  # @param {type:"boolean"}'
START = "session = start(seed=0, use_cuda=USE_CUDA)"
PANEL = "A panel with the letter q and one bar, on u."
ALT = "Bars of the letters that follow q: nearly all the weight is on u."
PIXEL = "iVBORw0KGgo="

QUESTION = '# @title Guess\nQuestion("What comes next?", {"u": "Yes.", "a": "No."}, "u")'
QUESTION_ALT = "A question: What comes next? Choices: u; a."
FIGURE = f'# @title What follows a q\ndisplay_figure(bars(p), alt="{ALT}")'
HIDDEN_SOURCE = {"cellView": "form", "jupyter": {"source_hidden": True}}
HIDDEN_WHOLE = {
    "cellView": "form",
    "jupyter": {"source_hidden": True, "outputs_hidden": True},
}

_COLAB = f"https://colab.research.google.com/github/{REPOSITORY}/blob/main/notebooks/{NAME}"
_BINDER = f"https://mybinder.org/v2/gh/{REPOSITORY}/main?labpath=notebooks%2F{NAME}"
OPENING = f"""# 01 · Bigrams

[![Open in Colab](badge.svg)]({_COLAB}) [![Open in Binder](badge.svg)]({_BINDER})

What follows a q?

**Aims.** Count pairs of letters.

**Time.** One minute.

**Before.** Nothing."""

RECAP = """## Recap

1. One.
2. Two.
3. Three.
4. Four.
5. Five.

**Further reading.** Shannon (1951).

**Next.** n-grams and smoothing."""

STUB = "def share(count, total):\n    ...  # your code here\n\n\ncheck.share(share)"
ANSWER = """<details><summary>Hint</summary>

Divide.

</details>

<details><summary>Solution</summary>

```python
def share(count, total):
    return count / total
```

</details>"""


def code(source: str, *tags: str, outputs: Any = (), **metadata: Any) -> NotebookNode:
    """An executed code cell."""
    meta = {"slideshow": {"slide_type": "-"}, **metadata}
    if tags:
        meta["tags"] = list(tags)
    return new_code_cell(source, metadata=meta, outputs=list(outputs), execution_count=1)


def prose(source: str, **metadata: Any) -> NotebookNode:
    """A markdown cell."""
    return new_markdown_cell(source, metadata={"slideshow": {"slide_type": "slide"}, **metadata})


def shown(text: str) -> NotebookNode:
    """The output of a cell that ends on an object."""
    return new_output("execute_result", {"text/plain": text}, execution_count=1)


def picture(alt: str = ALT) -> NotebookNode:
    """The output of a cell that shows a figure."""
    html = f'<img alt="{alt}" src="data:image/png;base64,{PIXEL}">'
    return new_output("display_data", {"image/png": PIXEL, "text/html": html, "text/plain": alt})


def said(step: int) -> NotebookNode:
    """The output of a blank step."""
    return shown(f"share{step}: not attempted yet")


def notebook(*cells: NotebookNode) -> NotebookNode:
    """A notebook of these cells, numbered as after a run."""
    made = new_notebook(
        cells=list(cells),
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
    )
    count = 0
    for cell in made.cells:
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
    return made


def good() -> NotebookNode:
    """A notebook that keeps every rule."""
    blank = [shown("share: not attempted yet")]
    return notebook(
        prose(OPENING),
        code(SETUP, "setup"),
        prose("On a GPU the same cells run at a larger scale."),
        code(TOGGLE, "toggle", "parameters"),
        code(START, "start"),
        prose("## Count\n\nThe share of a pair is\n\n$$ p = c / n! \\tag{1.1} $$\n\nas in `a!`."),
        code("p = 3 / 4  # eq. 1.1\np", outputs=[shown("0.75")]),
        prose("A q is read.\n\n**Guess first.** What comes next?"),
        code(QUESTION, "question", outputs=[picture(QUESTION_ALT)], **HIDDEN_SOURCE),
        code(FIGURE, "answer", "folded", outputs=[picture()], **HIDDEN_WHOLE),
        prose("A u. And after a u?"),
        code(QUESTION, "question", outputs=[picture(QUESTION_ALT + "?")], **HIDDEN_SOURCE),
        code("p", "answer", outputs=[shown("0.75")], jupyter={"outputs_hidden": True}),
        prose("## The equal sign\n\nBoth agree."),
        code("assert p == 0.75"),
        prose("## The scoreboard\n\nOne row."),
        prose("## Spot the bug\n\nA joint probability."),
        prose("## In practice\n\nA library."),
        code("panel()", "widget", outputs=[picture(PANEL)]),
        prose("## Your turn"),
        code("from lmteach.exercises import bigrams as check"),
        prose("### Build it · shares (20 minutes, ●●○)\n\nIn three steps."),
        *(
            cell
            for step in (1, 2, 3)
            for cell in (
                prose(f"#### Step {step} · share\n\nWrite it."),
                code(STUB.replace("share", f"share{step}"), "exercise", outputs=[said(step)]),
                prose(ANSWER.replace("share", f"share{step}")),
            )
        ),
        prose("### Exercise 1 · share (5 minutes, ●○○)\n\nWrite it."),
        code(STUB, "exercise", outputs=blank),
        prose(ANSWER),
        prose("### Exercise 2 · share again (5 minutes, ●●○)\n\nWrite it."),
        code(STUB, "exercise", outputs=blank),
        prose(ANSWER),
        prose(RECAP),
    )


def edited(index: int, old: str, new: str) -> NotebookNode:
    """The good notebook with one text in one cell replaced."""
    made = copy.deepcopy(good())
    assert old in made.cells[index].source, f"{old!r} is not in cell {index}; mend the test"
    made.cells[index].source = made.cells[index].source.replace(old, new)
    return made


def find(made: NotebookNode, text: str) -> int:
    """The place of the first cell that holds a text."""
    return next(i for i, cell in enumerate(made.cells) if text in cell.source)


def swapped(text: str, old: str, new: str) -> NotebookNode:
    """The good notebook with a text replaced in the first cell that holds `text`."""
    return edited(find(good(), text), old, new)


def package(folder: Path, **modules: str) -> Path:
    """A package on disk: `models_ngram="…"` becomes `models/ngram.py`."""
    for name, source in modules.items():
        file = folder.joinpath(*name.split("_")).with_suffix(".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source, encoding="utf-8")
    return folder
