"""tools/lessons.py on a small collection: built, edited on either side, lifted, checked, begun."""

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import nbformat
import pytest
from nbformat import NotebookNode, v4
from PIL import Image, PngImagePlugin

import lmteach.exercises
from tests.notebooks.rules import prose
from tests.notebooks.rules.order import FACTS, RUN, SHOWN, WRITTEN
from tests.notebooks.rules.reading import load
from tools import lessons
from tools.lesson import begin, builds, cells, filling
from tools.lesson.builds import Lesson, State
from tools.notebook import files

ROOT = Path(__file__).resolve().parents[2]
REAL = [Lesson(ROOT, name) for name in builds.names(ROOT)]
NAME = "01_bigrams"
TEXT = '''# %% [markdown] slideshow={"slide_type": "slide"}
"""
# 01 · Bigrams

{{badges}}

What follows a q?
"""

# %%
{{setup}}

# %%
{{toggle}}

# %%
{{start}}

# %% [markdown]
r"""
A formula, $\\frac{1}{2}$, and `"quotes"`.
"""


# %% lmteach={"defines": "models.ngram.count"}
def count(pairs):
    return len(pairs)


count("ab")

# %% tags=["nbval-ignore-output"]
count("abc")


# %% tags=["exercise"]
def share(count, total):
    ### BEGIN SOLUTION: a number
    return count / total
    ### END SOLUTION


check.share(share)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Divide.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
**Next.** {{next}}: look back further.
"""
'''


def lab_saves(path: Path, edit: Callable[[list[NotebookNode]], None]) -> None:
    """Edits a notebook and writes it as JupyterLab does: with more metadata, in another layout."""
    notebook = nbformat.read(path, as_version=4)
    edit(notebook.cells)
    notebook.metadata["kernelspec"]["display_name"] = "Python 3 (ipykernel)"
    notebook.metadata["language_info"] |= {"version": "3.12.1", "pygments_lexer": "ipython3"}
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {}}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.metadata["execution"] = {"iopub.execute_input": "2026-01-01T00:00:00Z"}
    path.write_text(json.dumps(notebook, indent=1), encoding="utf-8")


def place(made: list[NotebookNode], text: str) -> int:
    """Where the first cell with a text stands."""
    return next(index for index, cell in enumerate(made) if text in cell.source)


def replaced(text: str, old: str, new: str) -> Callable[[list[NotebookNode]], None]:
    """An edit of the first cell that holds `text`."""

    def edit(made: list[NotebookNode]) -> None:
        cell = made[place(made, text)]
        assert old in cell.source
        cell.source = cell.source.replace(old, new)

    return edit


def run_all(path: Path) -> None:
    """Gives every code cell an output, as an execution would."""
    notebook = files.read(path)
    for number, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), start=1):
        cell.execution_count = number
        cell.outputs = [v4.new_output("stream", text=f"of {cell.source.splitlines()[-1]}")]
    files.write(notebook, path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A collection of two lessons, built."""
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "lmteach"\n[project.urls]\nRepository = "https://github.com/ada/teach"\n'
    )
    (tmp_path / "README.md").write_text(
        "| [00 · Start here](notebooks/00_start_here.ipynb) | a | b |\n"
        "| [01 · Bigrams](notebooks/01_bigrams.ipynb) | c | d |\n"
    )
    (tmp_path / "lessons").mkdir()
    (tmp_path / "docs").mkdir()
    shows = PngImagePlugin.PngInfo()
    shows.add_text("Ready", "2")
    Image.new("L", (1, 1)).save(tmp_path / "docs" / "journey.png", pnginfo=shows)
    first = '# %%\njourney(ready={{ready}}), "Boxes 00 to {{last}} are filled."\n'
    (tmp_path / "lessons" / "00_start_here.py").write_text(first, encoding="utf-8")
    (tmp_path / "lessons" / f"{NAME}.py").write_text(TEXT, encoding="utf-8")
    assert lessons.main(["build"], tmp_path) == 0
    return tmp_path


@pytest.fixture
def lesson(root: Path) -> Lesson:
    run_all(Lesson(root, NAME).notebook)
    return Lesson(root, NAME)


def edit_lesson(lesson: Lesson, old: str, new: str) -> None:
    text = lesson.text()
    assert old in text
    lesson.source.write_text(text.replace(old, new), encoding="utf-8")


def sources(lesson: Lesson) -> str:
    return "\n\n".join(cell.source for cell in files.read(lesson.notebook).cells)


def test_what_is_filled_in(root: Path) -> None:
    (first,) = files.read(Lesson(root, "00_start_here").notebook).cells
    assert first.source == 'journey(ready=2), "Boxes 00 to 01 are filled."'
    title, setup, toggle, start, *_ = files.read(Lesson(root, NAME).notebook).cells
    badges = title.source.splitlines()[2]
    assert "github.com/github/ada/teach" not in badges
    assert "google.com/github/ada/teach/blob/main/notebooks/01_bigrams.ipynb)" in badges
    assert "gh/ada/teach/main?labpath=notebooks%2F01_bigrams.ipynb)" in badges
    assert badges.endswith(" ← [00 · Start here](00_start_here.ipynb)")
    assert setup.source == filling.setup_cell("ada/teach")
    assert "git+https://github.com/ada/teach" in setup.source
    assert setup.metadata.tags == ["setup"]
    assert setup.metadata.jupyter.source_hidden
    assert toggle.source == filling.toggle_cell()
    assert toggle.metadata.tags == ["toggle", "parameters"]
    assert start.source == filling.start_cell()
    assert start.metadata.tags == ["start"]
    made = sources(Lesson(root, NAME))
    assert "def share(count, total):\n    ...  # a number\n\n\ncheck.share(share)" in made
    assert "```python\ndef share(count, total):\n    return count / total\n```" in made
    assert made.endswith("**Next.** 02 · n-grams and smoothing: look back further.")
    assert "{{" not in made


def test_a_door_is_a_link_once_the_lesson_is_there(root: Path) -> None:
    (root / "lessons" / "02_ngrams.py").write_text("# %%\n1\n", encoding="utf-8")
    lessons.main(["build"], root)
    made = sources(Lesson(root, NAME))
    assert "**Next.** [02 · n-grams and smoothing](02_ngrams.ipynb): look" in made
    assert "· [02 · n-grams and smoothing](02_ngrams.ipynb) →\n" in made
    assert 'ready=3), "Boxes 00 to 02' in sources(Lesson(root, "00_start_here"))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("{{next}}", "{{nxet}}", r"\*\*Next"),
        ("**Next.** {{next}}", "{{next}}", r"nothing is filled in for \{\{next\}\} here"),
        ("{{toggle}}", "x = {{toggel}}", "toggel"),
        ("    ### END SOLUTION\n", "", "does not mark its solution"),
        ("    ### BEGIN SOLUTION: a number\n", "", "does not mark its solution"),
        ('tags=["exercise"]', "", r"nothing is filled in for \{\{solution\}\}"),
    ],
)
def test_slips_in_a_lesson_are_named(lesson: Lesson, old: str, new: str, words: str) -> None:
    edit_lesson(lesson, old, new)
    before = lesson.notebook.read_bytes()
    with pytest.raises(cells.LessonError, match=rf"^lessons/01_bigrams.py: cell \d+ .*{words}"):
        builds.build(lesson)
    assert lesson.notebook.read_bytes() == before


def test_building_again_changes_nothing(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in root.rglob("*.*") if path.is_file()}
    assert lessons.main(["build"], root) == 0
    assert lessons.main(["lift"], root) == 0
    assert lessons.main(["check"], root) == 0
    assert {path: path.read_bytes() for path in root.rglob("*.*") if path.is_file()} == before
    assert capsys.readouterr().err == ""


def test_outputs_are_kept_where_the_source_is(
    lesson: Lesson, capsys: pytest.CaptureFixture[str]
) -> None:
    edit_lesson(lesson, 'count("abc")', 'count("abcd")')
    edit_lesson(lesson, "What follows a q?", "What follows a u?")
    assert lesson.state() is State.STALE
    assert lessons.main(["build", "1"], lesson.root) == 0
    assert "written; cells to run: 1; make execute" in capsys.readouterr().out
    code = [cell for cell in files.read(lesson.notebook).cells if cell.cell_type == "code"]
    assert [bool(cell.outputs) for cell in code] == [True, True, True, True, False, True]
    assert [cell.execution_count for cell in code] == [1, 2, 3, 4, None, 6]
    assert lesson.state() is State.BUILT


@pytest.mark.parametrize(("silent", "count"), [(True, 1), (False, None)])
def test_a_new_setup_cell_needs_no_run_where_the_old_one_was_silent(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch, silent: bool, count: int | None
) -> None:
    notebook = files.read(lesson.notebook)
    if silent:
        notebook.cells[1].outputs = []
    files.write(notebook, lesson.notebook)
    monkeypatch.setattr(filling, "setup_cell", lambda repository: "import teach")
    assert builds.build(lesson) == (0 if silent else 1)
    setup = files.read(lesson.notebook).cells[1]
    assert (setup.source, setup.execution_count) == ("import teach", count)


def test_a_save_in_jupyterlab_is_no_edit(lesson: Lesson) -> None:
    def touch(made: list[NotebookNode]) -> None:
        made[5].outputs = []
        made[6].metadata.update(editable=True, tags=["nbval-ignore-output"])
        made[4].metadata.update(tags=[], slideshow={"slide_type": ""})

    lab_saves(lesson.notebook, touch)
    assert lesson.state() is State.BUILT
    assert builds.lift(lesson) is False
    assert lesson.text() == TEXT


def test_edits_are_lifted_and_outputs_stay(lesson: Lesson) -> None:
    def edit(made: list[NotebookNode]) -> None:
        replaced("A formula", "A formula", "Half")(made)
        replaced("def count", "len(pairs)", "len(set(pairs))")(made)
        replaced("```python", "count / total", "count * (1 / total)")(made)
        replaced("...  # a number", "a number", "your code here")(made)
        new = v4.new_code_cell("1 + 1", outputs=[v4.new_output("stream", text="2")])
        made.insert(place(made, "Half"), new)
        made.insert(0, made.pop(place(made, 'count("abc")')))
        made[0].metadata["slideshow"]["slide_type"] = "fragment"
        made[0].metadata["tags"] = ["nbval-skip"]

    lab_saves(lesson.notebook, edit)
    before = lesson.notebook.read_bytes()
    assert lesson.state() is State.EDITED
    with pytest.raises(cells.LessonError, match="was edited since it was built: make lift; to"):
        builds.build(lesson)
    assert lesson.notebook.read_bytes() == before
    assert builds.lift(lesson) is True
    text = lesson.text()
    assert text.startswith('# %% slideshow={"slide_type": "fragment"} tags=["nbval-skip"]\ncount(')
    assert "# %%\n1 + 1\n" in text
    assert "Half, $\\frac{1}{2}$" in text
    assert "    ### BEGIN SOLUTION\n    return count * (1 / total)\n    ### END SOLUTION" in text
    assert text.count("{{") == TEXT.count("{{")
    assert lesson.state() is State.BUILT
    kept = {cell.source: cell.get("outputs") for cell in files.read(lesson.notebook).cells}
    assert kept["1 + 1"][0].text == "2"
    assert kept['count("abc")'][0].text == 'of count("abc")'
    assert builds.lift(lesson) is False
    assert builds.build(lesson) is None


def test_a_deleted_cell_and_a_whole_exercise_are_lifted(lesson: Lesson) -> None:
    def edit(made: list[NotebookNode]) -> None:
        del made[place(made, "check.share") : place(made, "**Next.**")]

    lab_saves(lesson.notebook, edit)
    builds.lift(lesson)
    before, after = TEXT.split('\n# %% tags=["exercise"]')[0], TEXT[TEXT.rindex("# %%") :]
    assert lesson.text() == before + after


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (replaced("USE_CUDA", "False", "True"), "{{toggle}} was edited: undo it here"),
        (replaced("importlib", "import re\n", ""), "it comes from tools/cells/setup.py"),
        (replaced("# 01", "mybinder", "binder"), "make publish"),
        (replaced("**Next.**", "n-grams and", "ngrams and"), "lmteach/plots/journey.py"),
        (replaced("...  # a", "...  # a number", "return 1"), "blank and the solution below it"),
        (replaced("```python", "def share", "def part"), "blank and the solution below it"),
        (replaced("```python", "```python", "```"), "blank and the solution below it"),
        (lambda made: made[4].update(attachments={"a": {"image/png": "AA"}}), "cell 4 (markdown"),
        (replaced('count("abc")', "count", "1\n# %%\ncount"), "can't be written in a lesson"),
    ],
)
def test_edits_without_a_place_are_refused(
    lesson: Lesson,
    edit: Callable[[list[NotebookNode]], None],
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lab_saves(lesson.notebook, edit)
    before = lesson.notebook.read_bytes()
    assert lessons.main(["lift"], lesson.root) == 1
    said = capsys.readouterr().err
    assert words in said
    assert "build/lift/01_bigrams.py. Take from there into lessons/01_bigrams.py" in said
    assert lesson.text() == TEXT
    assert lesson.notebook.read_bytes() == before


def test_both_changed_is_refused_both_ways_and_says_how_to_go_on(
    lesson: Lesson, capsys: pytest.CaptureFixture[str]
) -> None:
    lab_saves(lesson.notebook, replaced("A formula", "A formula", "From the notebook"))
    edit_lesson(lesson, "Divide.", "From the lesson.")
    notebook, text = lesson.notebook.read_bytes(), lesson.text()
    assert lesson.state() is State.BOTH
    for command in ("check", "build", "lift"):
        assert lessons.main([command], lesson.root) == 1
    assert (lesson.notebook.read_bytes(), lesson.text()) == (notebook, text)
    said = capsys.readouterr().err
    assert "lessons/01_bigrams.py changed, too: make lift says how to go on" in said
    assert "tools.lessons build --overwrite 01_bigrams" in said
    aside = lesson.aside.with_suffix(".py").read_text(encoding="utf-8")
    assert aside == TEXT.replace("A formula", "From the notebook")

    assert lessons.main(["build", "--overwrite", "01_bigrams"], lesson.root) == 0
    assert "From the lesson." in sources(lesson)
    assert "From the notebook" not in sources(lesson)
    assert lesson.aside.with_suffix(".ipynb").read_bytes() == notebook
    assert lesson.state() is State.BUILT


def test_what_is_filled_in_changed_and_the_notebook_was_edited(root: Path) -> None:
    lesson = Lesson(root, NAME)
    lab_saves(lesson.notebook, replaced("A formula", "A formula", "Edited"))
    (root / "lessons" / "02_ngrams.py").write_text("# %%\n1\n", encoding="utf-8")
    assert lesson.state() is State.BOTH


def test_a_notebook_that_is_no_notebook(lesson: Lesson) -> None:
    lesson.notebook.write_text("<<<<<<< ours\n{}\n", encoding="utf-8")
    for work in (builds.build, builds.lift, Lesson.state):
        with pytest.raises(cells.LessonError, match=r"can't be read as a notebook; .*--overwrite"):
            work(lesson)
    assert builds.build(lesson, overwrite=True) == 6
    assert lesson.aside.with_suffix(".ipynb").read_text(encoding="utf-8").startswith("<<<")


def test_a_notebook_written_in_jupyterlab_becomes_a_lesson(root: Path) -> None:
    lesson = Lesson(root, "02_ngrams")
    made = v4.new_notebook(cells=[v4.new_markdown_cell("# 02"), v4.new_code_cell("1 + 1")])
    files.write(made, lesson.notebook)
    assert lesson.state() is State.ALONE
    with pytest.raises(cells.LessonError, match="has no lesson: make lift writes one"):
        builds.build(lesson)
    assert builds.lift(lesson)
    assert lesson.text() == '# %% [markdown]\n"""\n# 02\n"""\n\n# %%\n1 + 1\n'
    assert lesson.state() is State.BUILT
    lesson.source.unlink()
    for work in (builds.build, builds.lift):
        with pytest.raises(cells.LessonError, match="which is gone: delete the notebook"):
            work(lesson)


def test_check_says_what_is_stale_and_how_to_mend_it(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit_lesson(Lesson(root, NAME), "Divide.", "Divide it.")
    (root / "lessons" / "02_ngrams.py").write_text("# %%\n1\n", encoding="utf-8")
    assert lessons.main(["check"], root) == 1
    said = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in said] == [
        "notebooks/00_start_here.ipynb",
        "notebooks/01_bigrams.ipynb",
        "notebooks/02_ngrams.ipynb",
        "docs/journey.png",
        "README.md",
    ]
    assert all(line.endswith("make build") for line in said[:4])
    assert "| [02 · n-grams and smoothing](notebooks/02_ngrams.ipynb) |" in said[4]
    assert lessons.main(["build"], root) == 0
    assert lessons.main(["check"], root) == 1
    assert capsys.readouterr().err.splitlines() == said[4:]


@pytest.mark.parametrize("lesson", REAL, ids=lambda lesson: lesson.name)
def test_every_lesson_comes_back_out_of_its_notebook(lesson: Lesson) -> None:
    fillings = lesson.fillings()
    made = cells.filled(cells.read(lesson.text()), fillings)
    back, problems = cells.unfilled(made, fillings)
    assert problems == []
    again = cells.read(cells.write(back))
    assert [cell.source for cell in again] == [cell.source for cell in cells.read(lesson.text())]
    assert builds.digest(cells.filled(again, fillings)) == builds.digest(made)


def test_lessons_are_found_by_number_name_and_path(root: Path) -> None:
    for word in ("1", "01", NAME, f"lessons/{NAME}.py", f"notebooks/{NAME}.ipynb"):
        assert builds.find(root, [word]) == [Lesson(root, NAME)]
    with pytest.raises(cells.LessonError, match=r"^7: no such lesson"):
        builds.find(root, ["7"])


def test_a_lesson_that_was_begun_says_what_to_write(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lessons.main(["new", "2", "toy"], root) == 0
    assert "make rules NOTEBOOK=02" in capsys.readouterr().out
    lesson = Lesson(root, "02_toy")
    assert lesson.state() is State.BUILT
    notebook = load(lesson.notebook)
    for rule in WRITTEN:
        if rule is not prose.still_to_write and rule not in FACTS:
            assert rule(notebook) == [], rule.__name__
    asked = lesson.text().count("TODO")
    wanted = prose.still_to_write(notebook)
    assert len(wanted) == asked
    assert lessons.main(["rules", "2"], root) == 1
    assert capsys.readouterr().err.splitlines()[:2] == ["notebooks/02_toy.ipynb:", f"- {wanted[0]}"]
    assert wanted[0].endswith("one picture, or one question: what does this notebook answer?")
    assert all(RUN[0](notebook))
    assert any(rule(notebook) for rule in SHOWN)
    beside = begin.still_to_write(root, "02_toy")
    assert {line.split(",")[0] for line in beside} == {
        "lmteach/exercises/toy.py",
        "tests/exercises/test_toy.py",
    }


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["3", "toy"], "the next lesson has the number 2"),
        (["two", "toy"], "the next lesson has the number 2"),
        (["2", "My-toy"], "small letters"),
    ],
)
def test_a_lesson_that_can_not_be_begun(
    root: Path, line: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lessons.main(["new", *line], root) == 1
    assert words in capsys.readouterr().err
    assert builds.names(root) == ["00_start_here", NAME]


def test_no_lesson_is_begun_over_other_files_or_beside_edited_notebooks(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = root / "lmteach" / "exercises" / "toy.py"
    files.write_text("x = 1\n", there)
    assert lessons.main(["new", "2", "toy"], root) == 1
    assert "lmteach/exercises/toy.py: already there" in capsys.readouterr().err
    lab_saves(Lesson(root, NAME).notebook, replaced("A formula", "A", "The"))
    assert lessons.main(["new", "2", "other"], root) == 1
    assert "make lift" in capsys.readouterr().err
    assert there.read_text(encoding="utf-8") == "x = 1\n"
    assert builds.names(root) == ["00_start_here", NAME]


def imported(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_checks_of_a_new_lesson_pass_their_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    check = imported(begin.TEMPLATES / "exercises.py", "lmteach.exercises.NAME")
    monkeypatch.setitem(sys.modules, "lmteach.exercises.NAME", check)
    monkeypatch.setattr(lmteach.exercises, "NAME", check, raising=False)
    tests = imported(begin.TEMPLATES / "tests.py", "template_tests")
    for name in check.EXERCISES:
        tests.test_right_and_blank(name)
    told = tests.test_wrong_answers_are_told_the_likely_mistake
    (wrong,) = (mark.args[1] for mark in told.pytestmark)
    assert {name for name, *_ in wrong} == set(check.EXERCISES)
    for case in wrong:
        told(*case)
