"""The rules that need a fact besides the notebook: its name, the address, the package."""

import copy
import inspect
from pathlib import Path

import pytest
from nbformat import NotebookNode

from tests.notebooks import making
from tests.notebooks.making import (
    NAME,
    REPOSITORY,
    SETUP,
    START,
    TOGGLE,
    code,
    edited,
    good,
    notebook,
    prose,
    swapped,
)
from tests.notebooks.rules import anatomy, drift, equations, exercises, outputs
from tests.notebooks.rules.order import EVERY, FACTS

LATER = "02_ngrams.ipynb"

PACKAGE = '''
import math

@jaxtyped(typechecker=beartype)
@checked_by(check_ids)
def count(ids: Int[Array, "time"], size: int = 27) -> Int[Array, "vocab vocab"]:
    """Counts pairs."""
    table: list[int] = [0] * size
    for one in ids:
        table[one] += 1
    return table

class Model:
    """A model."""

    order: int
    smoothing: str = "mle"

    def fit(self, ids: list[int]) -> "Model":
        """Fits."""
        return self
'''
SHOWN = """def count(ids, size=27):
    table = [0] * size
    for one in ids:
        table[one] += 1
    return table"""
SHOWN_CLASS = """class Model:
    order: str
    smoothing = "mle"

    def fit(self, ids):
        return self"""


def teaching(source: str, defines: object = "models.ngram.model.count") -> NotebookNode:
    """A notebook of one teaching cell."""
    return notebook(code(source, lmteach={"defines": defines}))


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """A package with two modules that hold the same."""
    return making.package(tmp_path / "lmteach", models_ngram_model=PACKAGE, training_loop=PACKAGE)


def test_the_good_notebook_keeps_them() -> None:
    assert anatomy.title(good(), NAME) == []
    assert anatomy.badges(good(), NAME, REPOSITORY) == []
    assert anatomy.plumbing(good(), SETUP, TOGGLE + "\n", START) == []
    assert anatomy.next_door(good(), NAME, [NAME]) == []
    assert anatomy.links_to_notebooks(good(), [NAME]) == []
    assert equations.equation_numbers(good(), "01") == []
    assert outputs.too_large(1_000_000) == []


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (edited(0, "# 01 · Bigrams", "# 02 · Bigrams"), "'# 01 · Title'"),
        (edited(0, "# 01 · Bigrams", "# Bigrams"), "'# 01 · Title'"),
        (edited(5, "## Count", "# Count"), "second title 'Count'"),
        (notebook(code("1")), "'# 01 · Title'"),
    ],
)
def test_title(bad: NotebookNode, words: str) -> None:
    assert words in "\n".join(anatomy.title(bad, NAME))


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (edited(0, "[![Open in Colab]", "[![Colab]"), "0 lines"),
        (edited(0, f"colab.research.google.com/github/{REPOSITORY}", "example.org"), "Colab badge"),
        (edited(0, f"main/notebooks/{NAME}", "main/notebooks/00.ipynb"), "Colab badge"),
        (edited(0, "mybinder.org", "example.org"), "Binder badge"),
        (edited(0, "notebooks%2F01", "notebooks%2F02"), "Binder badge"),
    ],
)
def test_badges(bad: NotebookNode, words: str) -> None:
    assert words in "\n".join(anatomy.badges(bad, NAME, REPOSITORY))


def test_badges_of_another_repository() -> None:
    assert len(anatomy.badges(good(), NAME, "someone/else")) == 2


def test_setup_and_toggle_cells() -> None:
    other = anatomy.plumbing(good(), SETUP + "\nprint()", TOGGLE, START)
    assert "not the text of tools/cells/setup.py" in other[0]
    other = anatomy.plumbing(edited(3, "False", "True"), SETUP, TOGGLE, START)
    assert "not the text of tools/cells/toggle.py" in other[0]
    other = anatomy.plumbing(edited(4, "seed=0", "seed=1"), SETUP, TOGGLE, START)
    assert "not the text of tools/cells/start.py" in other[0]
    untagged = good()
    untagged.cells[3].metadata.tags.remove("parameters")
    (only,) = anatomy.plumbing(untagged, SETUP, TOGGLE, START)
    assert "papermill can't set it" in only


def test_setup_and_toggle_cells_missing_or_displaced() -> None:
    missing = good()
    del missing.cells[1]
    assert "0 code cells tagged 'setup'" in anatomy.plumbing(missing, SETUP, TOGGLE, START)[0]
    late = good()
    late.cells.insert(5, late.cells.pop(3))
    late.cells.insert(3, code("1"))
    assert "it must be number 2" in anatomy.plumbing(late, SETUP, TOGGLE, START)[0]
    sectioned = edited(2, "On a GPU", "## On a GPU")
    assert "put it after" in anatomy.plumbing(sectioned, SETUP, TOGGLE, START)[0]
    wordy = good()
    wordy.cells.insert(2, prose("More."))
    assert "at most one wanted" in anatomy.plumbing(wordy, SETUP, TOGGLE, START)[0]


def test_next_door_is_a_link_once_it_exists() -> None:
    assert "does not link to 02_" in anatomy.next_door(good(), NAME, [NAME, LATER])[0]
    linked = swapped("## Recap", "n-grams and smoothing", f"[n-grams]({LATER})")
    assert anatomy.next_door(linked, NAME, [NAME, LATER]) == []
    assert "leads nowhere" in anatomy.links_to_notebooks(linked, [NAME])[0]
    silent = swapped("## Recap", "**Next.** n-grams and smoothing.", "")
    assert "does not end with" in anatomy.next_door(silent, NAME, [NAME])[0]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (prose(r"$$ a \tag{2.1} $$"), "in this notebook tags are 1.1"),
        (prose(r"$$ a \tag{a} $$"), "in this notebook tags are 1.1"),
        (prose(r"$$ a \tag{1.1} $$ $$ b \tag{1.1} $$"), "stands 2 times"),
    ],
)
def test_equation_numbers(bad: NotebookNode, words: str) -> None:
    assert words in "\n".join(equations.equation_numbers(notebook(bad), "01"))


def test_file_size() -> None:
    assert "1,000,001 bytes" in outputs.too_large(1_000_001)[0]


def test_same_code_without_docstring_annotations_and_decorators(shipped: Path) -> None:
    assert drift.drifted(teaching(SHOWN), shipped) == []
    assert drift.drifted(teaching(SHOWN_CLASS, "training.loop.Model"), shipped) == []
    both = teaching(
        f"{SHOWN}\n\n{SHOWN_CLASS}", ["models.ngram.model.count", "training.loop.Model"]
    )
    assert drift.drifted(both, shipped) == []


def test_annotated_fields_are_compared_by_name_and_value(shipped: Path) -> None:
    renamed = SHOWN_CLASS.replace("order: str", "orders: str")
    assert "+    order" in drift.drifted(teaching(renamed, "training.loop.Model"), shipped)[0]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("+= 1", "+= 2", "+        table[one] += 1"),
        ("size=27", "size=26", "+def count(ids, size=27)"),
        ("def count", "@cache\ndef count", "-@cache"),
        ("def count", "def counted", "does not at its top level"),
        ("def count(", "def count(:", "is not Python"),
    ],
)
def test_changed_code_is_drift(shipped: Path, old: str, new: str, words: str) -> None:
    assert words in drift.drifted(teaching(SHOWN.replace(old, new)), shipped)[0]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("models.bigram.count", "there is no module 'models.bigram'"),
        ("training.loop.Model.fit", "top-level function or class"),
        ("count", "there is no module ''"),
        ("models.ngram.model.total", "but does not at its top level"),
    ],
)
def test_definitions_that_lead_nowhere(shipped: Path, path: str, words: str) -> None:
    assert words in drift.drifted(teaching(SHOWN, path), shipped)[0]


def test_definition_missing_in_the_package(shipped: Path) -> None:
    cell = teaching("def total():\n    return 1", "models.ngram.model.total")
    assert "has no top-level function or class total" in drift.drifted(cell, shipped)[0]


def test_solutions_take_the_place_of_stubs() -> None:
    blank = good()
    before = copy.deepcopy(blank)
    solved = exercises.solved(blank)
    assert blank == before, "the notebook itself was changed"
    changed = [i for i, cell in enumerate(solved.cells) if cell.source != blank.cells[i].source]
    assert changed == [exercise.cell for exercise in exercises.exercises(blank)]
    assert len(changed) == 5
    assert "return count / total" in solved.cells[changed[-1]].source
    assert solved.cells[changed[-1]].source.endswith("check.share(share)")
    assert len(exercises.not_right(blank, solved)) == 5
    for exercise in exercises.exercises(blank):
        right = f"{exercise.name}: right"
        solved.cells[exercise.cell].outputs = [making.shown(right)]
    assert exercises.not_right(blank, solved) == []


def test_a_blank_that_its_solution_does_not_fit_stays_blank() -> None:
    blank = swapped(making.STUB, "def share", "import math\n\n\ndef share")
    *_, first, second = (exercise.cell for exercise in exercises.exercises(blank))
    solved = exercises.solved(blank)
    assert solved.cells[first].source == blank.cells[first].source
    assert "return count / total" in solved.cells[second].source


def test_every_rule_that_needs_a_fact_is_named_here() -> None:
    here = Path(__file__).read_text(encoding="utf-8")
    assert FACTS
    unnamed = [rule.__name__ for rule in FACTS if f".{rule.__name__}(" not in here]
    assert unnamed == []


def test_every_public_rule_of_these_modules_is_in_the_order() -> None:
    for module in (anatomy, equations, exercises, outputs, drift):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            is_rule = str(inspect.signature(function).return_annotation) == "list[str]"
            if function.__module__ == module.__name__ and is_rule and not name.startswith("_"):
                helper = name in (
                    "results",
                    "not_right",
                    "defined_names",
                    "plain_names",
                    "too_large",
                )
                assert helper or function in EVERY, f"{module.__name__}.{name}"
