"""Questions as a quiz file, read back by a program that is not ours."""

import json
import subprocess
from pathlib import Path

from nbformat.v4 import new_code_cell

from tools import scripts
from tools.lecture.__main__ import main
from tools.lecture.quizzes import gift, page, questions
from tools.lesson import cells
from tools.lesson.builds import Lesson, names
from tools.lesson.filling import ROOT

CHOICE = """# @title Guess
Question(
    "Is {a} = b: ~1 #2?",
    {"yes = no": "Not so: {really}.", "no": "So it is."},
    right="no",
)"""
NUMBER = """# @title Guess
Question("How many?", number=2.5, tolerance=0.1, reply="So.", slips={-3: "The sign."})"""
CELLS = [
    new_code_cell(CHOICE, metadata={"tags": ["question"]}),
    new_code_cell("p = 1"),
    new_code_cell(NUMBER, metadata={"tags": ["question"]}),
]


def read(node: str, path: Path) -> list[dict]:
    line = [node, "read_gift.mjs", str(path.absolute())]
    done = subprocess.run(line, cwd=scripts.ESLINT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_by_hand() -> None:
    asked = questions("lesson", CELLS)
    assert [one.name for one in asked] == ["lesson 1", "lesson 2"]
    assert gift(asked, "here") == (
        "$CATEGORY: here\n\n"
        "::lesson 1::[markdown]Is \\{a\\} \\= b\\: \\~1 \\#2? {\n"
        "~yes \\= no#Not so\\: \\{really\\}.\n"
        "=no#So it is.\n}\n\n"
        "::lesson 2::[markdown]How many? {\n#=2.5:0.1#So.\n=%0%-3:0#The sign.\n}\n"
    )
    text = page("Title", asked)
    assert (
        text.index("1. yes = no") < text.index("<summary>Answer") < text.index("**no** So it is.")
    )
    assert "**2.5** (± 0.1). So.\n\n- *-3* The sign." in text


def test_another_reader_finds_what_was_written(node: str, tmp_path: Path) -> None:
    path = tmp_path / "quiz.gift"
    path.write_text(gift(questions("lesson", CELLS), "here"), encoding="utf-8")
    _, choice, number = read(node, path)
    assert choice["stem"]["text"] == "Is {a} = b: ~1 #2?"
    assert [c["text"]["text"] for c in choice["choices"]] == ["yes = no", "no"]
    assert [c["isCorrect"] for c in choice["choices"]] == [False, True]
    assert choice["choices"][0]["feedback"]["text"] == "Not so: {really}."
    first, slip = number["choices"]
    assert (first["text"]["number"], first["text"]["range"]) == (2.5, 0.1)
    assert (slip["text"]["number"], slip["weight"]) == (-3, 0)


def test_every_lesson_can_be_imported(node: str, tmp_path: Path) -> None:
    assert main(["quizzes", "--folder", str(tmp_path)]) == 0
    for name in names(ROOT):
        asked = questions(name, cells.read(Lesson(ROOT, name).text()))
        _, *found = read(node, tmp_path / "quizzes" / f"{name}.gift")
        assert len(asked) == len(found) >= 2
        for mine, theirs in zip(asked, found, strict=True):
            assert theirs["title"] == mine.name
            assert theirs["stem"]["text"] == " ".join(mine.text.split())
            if mine.choices is not None:
                right = [c["text"]["text"] for c in theirs["choices"] if c["isCorrect"]]
                assert right == [mine.right]
