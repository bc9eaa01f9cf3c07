"""How long a lesson takes to read and to try: a sum over its words, its cells and its exercises.

Words are read at ``WORDS_A_MINUTE``, the pace of a text that is studied; each code cell that is not
folded takes ``MINUTES_A_CELL`` to read, run and look at; exercises take the minutes that their
headings give. What is folded away, hints and solutions among it, isn't counted.
"""

import re
from collections.abc import Sequence

from nbformat import NotebookNode

WORDS_A_MINUTE = 150
MINUTES_A_CELL = 0.5
ROUND = 5

_FOLDED = re.compile(r"<details>.*?</details>", re.DOTALL)
_FORMULA = re.compile(r"\$\$.*?\$\$", re.DOTALL)
_EXERCISE = re.compile(r"^### (?:Exercise|Build it)[^\n]*\((\d+) minutes?", re.MULTILINE)
_WORD = re.compile(r"[^\W\d_][\w’'-]*")


def words(cells: Sequence[NotebookNode]) -> int:
    """The words of the running text; a formula set apart counts as ten."""
    texts = (_FOLDED.sub("", cell.source) for cell in cells if cell.cell_type == "markdown")
    return sum(len(_WORD.findall(_FORMULA.sub(" formula " * 10, text))) for text in texts)


def unrounded(cells: Sequence[NotebookNode]) -> float:
    """Minutes to read some cells and run them."""
    read = [
        cell
        for cell in cells
        if cell.cell_type == "code" and not {"setup", "folded"} & set(cell.metadata.get("tags", []))
    ]
    return words(cells) / WORDS_A_MINUTE + MINUTES_A_CELL * len(read)


def reading(cells: Sequence[NotebookNode]) -> int:
    """Minutes to read a lesson and run its cells, in steps of five."""
    return max(ROUND, ROUND * round(unrounded(cells) / ROUND))


def trying(cells: Sequence[NotebookNode]) -> int:
    """The minutes that the exercises' headings give, together."""
    return sum(
        int(minutes)
        for cell in cells
        if cell.cell_type == "markdown"
        for minutes in _EXERCISE.findall(cell.source)
    )


def in_words(cells: Sequence[NotebookNode]) -> str:
    """The sentence that stands for {{time}}.

    >>> in_words([])
    'About 5 minutes to read and run, by a count of its words and cells.'
    """
    exercises = f", and {minutes} for the exercises" if (minutes := trying(cells)) else ""
    return (
        f"About {reading(cells)} minutes to read and run, by a count of its words and cells"
        f"{exercises}."
    )
