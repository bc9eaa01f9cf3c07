"""Ninety minutes with a lesson: its parts by the clock, the guesses to vote on, the exercises.

The minutes are counted as for a reader (``tools/lesson/minutes.py``), with ``MINUTES_A_VOTE`` more
for each guess: to think, to vote, to argue, to vote again. What does not fit is for home, from the
parts that can best be read alone on; what is left of the time is for "Build it".
"""

import re
from dataclasses import dataclass

from nbformat import NotebookNode

from tools.lecture.quizzes import Asked, questions
from tools.lesson import minutes

LECTURE = 90
MINUTES_A_VOTE = 3
HOME = ("Your turn", "Recap", "In practice", "The scoreboard")  # what is read at home first

_PART = re.compile(r"^## (.+)$", re.MULTILINE)
_EXERCISE = re.compile(r"^### ((?:Build it|Exercise)[^\n]*)$", re.MULTILINE)


@dataclass(frozen=True)
class Part:
    """A part of a lesson: what stands below one heading."""

    title: str
    cells: tuple[NotebookNode, ...]

    @property
    def guesses(self) -> list[Asked]:
        """The questions that are asked in it."""
        return questions(self.title, list(self.cells))

    @property
    def minutes(self) -> float:
        """How long it takes in class, votes and all, without exercises."""
        return minutes.unrounded(self.cells) + MINUTES_A_VOTE * len(self.guesses)


def parts(lesson: list[NotebookNode]) -> list[Part]:
    """The parts of a lesson; the first is what stands above all headings."""
    found: list[tuple[str, list[NotebookNode]]] = [("The opening", [])]
    for cell in lesson:
        if cell.cell_type == "markdown" and (heading := _PART.search(cell.source)):
            found.append((heading[1], []))
        found[-1][1].append(cell)
    return [Part(title, tuple(cells)) for title, cells in found]


def in_class(lesson: list[Part], lecture: float = LECTURE) -> list[Part]:
    """The parts that are taught, in their order: all that fits into a lecture."""
    taught = [part for part in lesson if part.title not in HOME[:2]]
    for title in HOME[2:]:
        if sum(part.minutes for part in taught) > lecture:
            taught = [part for part in taught if part.title != title]
    while sum(part.minutes for part in taught) > lecture:
        taught.pop()
    return taught


def plan(title: str, lesson: list[NotebookNode], lecture: float = LECTURE) -> str:
    """The plan of a lecture in Markdown."""
    whole = parts(lesson)
    taught = in_class(whole, lecture)
    lines, clock = [f"# {title}: {lecture:g} minutes", "", "| from | part | to vote on |"], 0.0
    lines.append("|---:|---|---|")
    for part in taught:
        asked = "<br>".join(one.text.replace("|", "\\|") for one in part.guesses)
        lines.append(f"| {clock:.0f} | {part.title} | {asked} |")
        clock += part.minutes
    lines.append(f"| {clock:.0f} | Build it, as far as it goes | |")
    home = [part.title for part in whole if part not in taught]
    exercises = [head for part in whole for cell in part.cells for head in _headings(cell)]
    lines += ["", f"**At home.** {'; '.join(home)}.", "", "**Exercises.**", ""]
    lines += [f"- {head}" for head in exercises]
    lines += ["", "**What they will say.**", ""]
    lines += [said for part in taught for one in part.guesses for said in _wrong(one)]
    return "\n".join(lines) + "\n"


def _headings(cell: NotebookNode) -> list[str]:
    return _EXERCISE.findall(cell.source) if cell.cell_type == "markdown" else []


def _wrong(asked: Asked) -> list[str]:
    """The likely wrong answers to a guess, each with what to say to it."""
    if asked.choices is None:
        return [f"- *{slip:g}* {reply}" for slip, reply in asked.slips.items()]
    return [f"- *{say}* {reply}" for say, reply in asked.choices.items() if say != asked.right]
