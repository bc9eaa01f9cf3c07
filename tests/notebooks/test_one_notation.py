"""The same letter means the same thing in every notebook: what stands at a step t."""

import re

import pytest

from tools.lesson.builds import Lesson, names
from tools.lesson.filling import ROOT

LESSONS = names(ROOT)
# Letters that a lesson needs for itself, and what they are there.
OWN = {
    "03": {
        r"\alpha": "forward",
        r"\beta": "backward",
        r"\delta": "Viterbi",
        r"\psi": "back-pointers",
    },
    "04": {r"\alpha": "forward", r"\beta": "backward", r"\gamma": "posterior", r"\xi": "moves"},
    "06": {r"\delta": "the gradient that comes back to a state"},
    "07": {
        **dict.fromkeys("figocrn", "gates and memory, as PyTorch names them"),
        "z": "the update gate of the GRU, as PyTorch names it",
    },
    "08": {"y": "what the decoder writes"},
    "09": {"y": "an output"},
    "14": {"y": "what a model writes", "q": "a query"},
    "20": {"a": "a weight of attention", "x": "a token"},
}

_FORMULA = re.compile(r"\$\$(.*?)\$\$|(?<!\\)\$([^$\n]+)\$", re.DOTALL)
_AT_STEP = re.compile(r"(?<![a-zA-Z\\])([a-zA-Z]|\\(?!sum|prod|max|min)[a-z]+)_(?:\{)?t(?![a-z])")
_ROW = re.compile(r"\$(.+?)\$ \| ([^|]+)")


def formulas(text: str) -> list[str]:
    return [block or inline for block, inline in _FORMULA.findall(text)]


def at_step_t(text: str) -> set[str]:
    """The letters that stand in formulas with the index t."""
    return {letter for formula in formulas(text) for letter in _AT_STEP.findall(formula)}


def table() -> dict[str, str]:
    """The table of letters in notebook 00."""
    text = Lesson(ROOT, LESSONS[0]).text()
    return {
        letter.removesuffix("_t"): meaning.strip()
        for line in text.splitlines()
        if line.startswith("| $")
        for letter, meaning in _ROW.findall(line)
    }


def test_the_table_is_there() -> None:
    found = table()
    assert {"x", "z", "h", "T", "V", "N", "D", "L", "W", "n"} <= set(found)
    assert "seen" in found["x"]
    assert "hidden" in found["z"]


@pytest.mark.parametrize("name", LESSONS[1:])
def test_what_stands_at_step_t_is_in_the_table_or_said_to_be_the_lessons_own(name: str) -> None:
    used, own = at_step_t(Lesson(ROOT, name).text()), set(OWN.get(name[:2], {}))
    assert used - own <= set(table())
    assert own <= used, "what is not used needs no entry"


@pytest.mark.parametrize("name", LESSONS[1:])
def test_what_is_seen_has_one_letter(name: str) -> None:
    """No o_t for an observation, no s_t for a state."""
    used = at_step_t(Lesson(ROOT, name).text())
    assert "s" not in used
    assert "o" not in used or "o" in OWN.get(name[:2], {})


def test_letters_are_found() -> None:
    assert at_step_t(
        r"$$ h_t = \tanh(W x_{t-1}) + \alpha_t(j) \sum_t c $$ and $z_{t}$, not p_t"
    ) == {
        "h",
        "x",
        r"\alpha",
        "z",
    }
