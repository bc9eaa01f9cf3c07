"""The questions of a lesson as a quiz: for learning platforms (GIFT), and as a page to print.

GIFT is the text format of Moodle's that Canvas, Blackboard and ILIAS read, too, directly or by a
converter: https://docs.moodle.org/en/GIFT_format
"""

import ast
import re
from dataclasses import dataclass, field

from nbformat import NotebookNode

from tools.notebook.files import tags

_SPECIAL = re.compile(r"([~=#{}:])")


@dataclass(frozen=True)
class Asked:
    """One question as the lesson asks it: what is chosen from, or the number, and the replies."""

    name: str
    text: str
    choices: dict[str, str] | None = None
    right: str | None = None
    number: float | None = None
    tolerance: float = 0.0
    reply: str = ""
    slips: dict[float, str] = field(default_factory=dict)


def questions(lesson: str, cells: list[NotebookNode]) -> list[Asked]:
    """The questions of a lesson, named `01_bigrams 1`, `01_bigrams 2`, …"""
    calls = [
        node
        for cell in cells
        if cell.cell_type == "code" and "question" in tags(cell)
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Question"
    ]
    return [_read(f"{lesson} {place}", call) for place, call in enumerate(calls, start=1)]


def _read(name: str, call: ast.Call) -> Asked:
    given = [ast.literal_eval(argument) for argument in call.args]
    named = {word.arg: ast.literal_eval(word.value) for word in call.keywords if word.arg}
    return Asked(name, **dict(zip(("text", "choices", "right"), given, strict=False)), **named)


def gift(asked: list[Asked], category: str) -> str:
    """The file that a platform imports; a category keeps a notebook's questions together."""
    return "\n\n".join([f"$CATEGORY: {category}", *map(_entry, asked)]) + "\n"


def _entry(asked: Asked) -> str:
    return f"::{_plain(asked.name)}::[markdown]{_plain(asked.text)} {{\n{_answers(asked)}\n}}"


def _answers(asked: Asked) -> str:
    if asked.choices is None:
        lines = [f"#={asked.number}:{asked.tolerance}#{_plain(asked.reply)}"]
        lines += [f"=%0%{slip}:0#{_plain(reply)}" for slip, reply in asked.slips.items()]
        return "\n".join(lines)
    return "\n".join(
        f"{'=' if choice == asked.right else '~'}{_plain(choice)}#{_plain(reply)}"
        for choice, reply in asked.choices.items()
    )


def _plain(text: str) -> str:
    """A text on one line, the signs of the format escaped."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def page(title: str, asked: list[Asked]) -> str:
    """The questions and their answers in Markdown, the answers folded."""
    return "\n\n".join([f"# {title}", *map(_paragraph, asked)]) + "\n"


def _paragraph(asked: Asked) -> str:
    if asked.choices is None:
        offered, answer = (
            "A number.",
            f"**{asked.number:g}** (± {asked.tolerance:g}). {asked.reply}",
        )
        others = {f"{slip:g}": reply for slip, reply in asked.slips.items()}
    else:
        offered = "\n".join(f"{place}. {c}" for place, c in enumerate(asked.choices, start=1))
        answer = f"**{asked.right}** {asked.choices[asked.right or '']}"
        others = {c: reply for c, reply in asked.choices.items() if c != asked.right}
    lines = "\n".join(f"- *{choice}* {reply}" for choice, reply in others.items())
    return (
        f"## {asked.text}\n\n{offered}\n\n<details><summary>Answer</summary>\n\n{answer}\n\n"
        f"{lines}\n\n</details>"
    )
