"""Every rule turns red on a notebook that breaks it, and stays green on one that doesn't."""

import re
from collections.abc import Callable

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_output

from tests.notebooks import making
from tests.notebooks.making import code, edited, good, notebook, prose, shown, swapped
from tests.notebooks.rules import (
    anatomy,
    cells,
    drift,
    equations,
    exercises,
    figures,
    guesses,
    outputs,
    rerun,
    slides,
    vacuous,
)
from tests.notebooks.rules import prose as prose_rules
from tests.notebooks.rules.order import EVERY, FACTS

Rule = Callable[[NotebookNode], list[str]]
RULES: list[Rule] = [rule for rule in EVERY if rule not in FACTS]
TWICE = notebook(*(code("f()", outputs=[making.picture()]) for _ in range(2)))
LONG_LINES = "\n".join(f"x{n} = {n}" for n in range(40))


def tagged(tag: str, *outputs: NotebookNode) -> NotebookNode:
    """A notebook of one cell with a tag and these outputs."""
    return notebook(code("f()", tag, outputs=outputs))


def showing(**data: str) -> NotebookNode:
    """A notebook of one cell that shows data of these kinds (`image_png` is `image/png`)."""
    kinds = {kind.replace("_", "/", 1).replace("_", "+"): text for kind, text in data.items()}
    return notebook(code("f()", outputs=[new_output("display_data", kinds)]))


def printing(text: str, name: str = "stdout") -> NotebookNode:
    """A notebook of one cell that prints."""
    return notebook(code("f()", outputs=[new_output("stream", text=text, name=name)]))


def without(text: str) -> NotebookNode:
    """The good notebook without its first cell that holds a text."""
    made = good()
    del made.cells[making.find(made, text)]
    return made


def moved_to_end(text: str) -> NotebookNode:
    """The good notebook with its first cell that holds a text put last."""
    made = good()
    made.cells.append(made.cells.pop(making.find(made, text)))
    return made


def with_metadata(**metadata: object) -> NotebookNode:
    """The good notebook with more metadata."""
    made = good()
    made.metadata.update(metadata)
    return made


def uncounted() -> NotebookNode:
    """The good notebook with one cell that was not run."""
    made = good()
    made.cells[6].execution_count = None
    return made


def out_of_order() -> NotebookNode:
    """The good notebook with one cell run twice."""
    made = good()
    made.cells[6].execution_count = 30
    return made


def no_slide() -> NotebookNode:
    """The good notebook with one cell that has no slide type."""
    made = good()
    del made.cells[5].metadata["slideshow"]
    return made


def attempted() -> NotebookNode:
    """The good notebook with an exercise solved in the committed file."""
    made = good()
    cell = made.cells[making.find(made, "check.share(share)")]
    cell.outputs = [shown("share: right")]
    return made


BAD: list[tuple[Rule, NotebookNode, str]] = [
    (anatomy.opening, edited(0, "**Aims.**", "Aims:"), r"\*\*Aims"),
    (anatomy.opening, edited(0, "**Time.** One minute.", "**Time.**"), r"\*\*Time"),
    (anatomy.opening, edited(0, "**Before.** Nothing.", ""), r"\*\*Before"),
    (anatomy.opening, edited(0, "What follows a q?", "A q."), "picture nor a question"),
    (
        anatomy.opening,
        edited(0, "**Time.** One minute.\n\n**Before.** Nothing.", "**Before.** -\n\n**Time.** 1"),
        "out of order",
    ),
    (anatomy.section_order, without("## In practice"), "no section '## In practice'"),
    (anatomy.section_order, moved_to_end("## The scoreboard"), "the order is"),
    (anatomy.section_order, edited(5, "## Count", "Count"), "ladder"),
    (anatomy.section_order, swapped("## Spot", "\n\nA joint probability.", ""), "is empty"),
    (anatomy.shows_and_plays, notebook(code("1", "widget")), "figure"),
    (anatomy.shows_and_plays, notebook(code("1", outputs=[making.picture()])), "widget"),
    (anatomy.recap, swapped("## Recap", "5. Five.\n", ""), "has 4 list items"),
    (anatomy.recap, swapped("## Recap", "**Further reading.**", "Read"), "Further reading"),
    (anatomy.recap, swapped("## Recap", " (1951)", ""), "names no year"),
    (anatomy.recap, without("## Recap"), "says nothing"),
    (cells.long_cells, notebook(code(LONG_LINES)), "40 lines"),
    (cells.spread_of_lengths, notebook(code("a = 1\n" * 7)), "median"),
    (cells.spread_of_lengths, notebook(code("1"), code("1"), code("a = 1\n" * 16)), "1 of 3"),
    (cells.spread_of_lengths, notebook(prose("Words.")), "no code cell"),
    (cells.code_without_prose, notebook(*(code("1") for _ in range(4))), "number 4 in a row"),
    (cells.empty_cells, notebook(code(" ")), "is empty"),
    (cells.star_imports, notebook(code("def f():\n    1\nfrom os import *")), "from os import"),
    (cells.magics, notebook(code("%time f()")), "%time"),
    (cells.magics, notebook(code("x = 1\n!ls")), "!ls"),
    (cells.magics, notebook(code("print?")), r"print\?"),
    (cells.magics, notebook(code("def f(:")), "not valid Python"),
    (drift.unknown_keys, notebook(code("1", lmteach={"define": "a.b"})), "define"),
    (drift.unknown_keys, notebook(prose("1", lmteach={"defines": "a.b"})), "holds no code"),
    (equations.unresolved_equations, edited(6, "  # eq. 1.1", ""), "no code"),
    (equations.unresolved_equations, edited(6, "eq. 1.1", "eq. 1.2"), "'# eq. 1.2' points at no"),
    (
        equations.unresolved_equations,
        notebook(prose(r"$$ a \tag{1.1} $$"), code("text = '# eq. 1.1'")),
        "no code",
    ),
    (equations.doubled_backslashes, notebook(prose(r"$N^{\\alpha}$")), "shown as a word"),
    (exercises.how_many, without(making.STUB), "1 stubs, 2 headings"),
    (exercises.how_many, swapped("### Exercise 1", "(5 minutes, ●○○)", ""), "1 of them in the"),
    (exercises.how_many, swapped("### Exercise 1", "Exercise 1", "Exercise 3"), "count from 1"),
    (exercises.build_it, without("### Build it"), "0 headings '### Build it"),
    (exercises.build_it, swapped("### Build it", "20 minutes", "some time"), "0 headings"),
    (exercises.build_it, without("#### Step 3"), r"numbered \['1', '2'\]"),
    (exercises.build_it, swapped("#### Step 2", "Step 2", "Step 4"), r"\['1', '4', '3'\]"),
    (exercises.build_it, without("def share3"), "2 steps with a stub"),
    (guesses.answered_at_once, without("# @title What follows"), "not tagged 'answer'"),
    (guesses.answered_at_once, swapped("**Guess first", "next?", "next?\n\nu."), "more paragraphs"),
    (
        guesses.answers_a_guess,
        notebook(prose("A u."), code("p", "answer")),
        "nothing above it asks",
    ),
    (guesses.alt_before_the_figure, notebook(code("f(alt='q')", "answer")), "says what will be"),
    (guesses.titles, swapped("# @title What", "# @title What follows a q\n", ""), "its first line"),
    (guesses.titles, swapped("# @title Guess", "# @title Guess\n", ""), "its first line"),
    (guesses.how_many_questions, without("# @title Guess"), "1 cells tagged 'question'"),
    (rerun.changed_names, notebook(code("a = 1"), code("print(a)"), code("a = 2")), "changes 'a'"),
    (rerun.changed_names, notebook(code("b = [c for _ in d]"), code("c = 2")), "changes 'c'"),
    (rerun.changed_names, notebook(code("def f():\n    return a"), code("a += 2")), "changes 'a'"),
    (rerun.changed_names, notebook(code("f(x)"), code("for x in y:\n    pass")), "changes 'x'"),
    (rerun.changed_names, notebook(code("rms()"), code("def rms(): ...")), "changes 'rms'"),
    (
        rerun.changed_names,
        notebook(code("from a import f"), code("f()"), code("from b import f")),
        "changes 'f'",
    ),
    (
        rerun.changed_names,
        notebook(code("def g(): ..."), code("g()"), code("from b import g")),
        "changes 'g'",
    ),
    (exercises.check_import, without("from lmteach.exercises"), "before the first exercise"),
    (exercises.check_import, moved_to_end("from lmteach.exercises"), "before the first exercise"),
    (exercises.stub_shape, swapped(making.STUB, "...  # your", "return count  #"), "not one funct"),
    (exercises.stub_shape, swapped(making.STUB, "check.share(share)", "share(1, 2)"), "not one"),
    (exercises.hints_and_solutions, swapped(making.ANSWER, "Divide.", ""), "hints"),
    (exercises.hints_and_solutions, without(making.ANSWER), "0 solutions"),
    (exercises.hints_and_solutions, swapped(making.ANSWER, "```python", "```"), "0 python"),
    (exercises.hints_and_solutions, swapped(making.ANSWER, "def share", "def part"), "not define"),
    (exercises.blank_says_so, attempted(), "share: right"),
    (figures.missing_alt, showing(image_png=making.PIXEL), "without alt text"),
    (figures.missing_alt, notebook(code("f()", outputs=[making.picture("A bar.")])), "6 char"),
    (figures.missing_alt, showing(text_html="<p><img src='a.png'></p>"), "0 characters"),
    (figures.missing_alt, notebook(prose("![map](attachment:map.png)")), "'map'"),
    (figures.repeated_alt, TWICE, "same alt"),
    (figures.vector_graphics, showing(image_svg_xml="<svg/>"), "SVG"),
    (figures.vector_graphics, showing(text_html="<div><svg></svg></div>"), "SVG"),
    (figures.bare_show, notebook(code("bars(p)\nplt.show()")), r"plt\.show\(\)"),
    (figures.widgets_without_picture, tagged("widget", shown("Panel()")), "image/png"),
    (outputs.not_executed, uncounted(), "count None"),
    (outputs.not_executed, out_of_order(), "count 30"),
    (
        outputs.errors,
        tagged("x", new_output("error", ename="NameError", evalue="f", traceback=[])),
        "NameError",
    ),
    (outputs.complaints, printing("UserWarning: old", name="stderr"), "UserWarning"),
    (outputs.machine_paths, printing("saved to /home/ann/counts.npz"), "/home/ann"),
    (outputs.machine_paths, printing(r"saved to C:\Users\ann\counts.npz"), "ann"),
    (outputs.machine_paths, notebook(code("open('/tmp/counts')")), "source .* '/tmp/counts'"),
    (outputs.machine_paths, showing(text_plain="PosixPath('/root/x')"), "/root/x"),
    (outputs.memory_addresses, showing(text_plain="<Axes at 0x7f9c5d3e>"), "0x7f9c5d3e"),
    (outputs.notebook_metadata, with_metadata(widgets={}), "widgets"),
    (outputs.notebook_metadata, with_metadata(kernelspec={"name": "mine"}), "kernelspec"),
    (outputs.notebook_metadata, with_metadata(language_info={"version": "3.12"}), "language_info"),
    (prose_rules.still_to_write, notebook(prose("# TODO: a title")), "still to write: a title"),
    (prose_rules.still_to_write, notebook(code("1  # TODO")), "what TODO stands for"),
    (prose_rules.long_paragraphs, notebook(prose("word " * 121)), "121 words"),
    (prose_rules.long_paragraphs, notebook(prose("- one\n- " + "word\n  " * 121)), "122 words"),
    (prose_rules.exclamations, notebook(prose("It works! And `a!`")), "It works!"),
    (prose_rules.filler, notebook(prose("In this\nsection, counts.")), "filler"),
    (slides.slide_types, no_slide(), "slide_type is None"),
    (vacuous.comparisons_in_cells, notebook(code("p == q\nr = 1")), "thrown away"),
    (vacuous.comparisons_in_cells, notebook(code("for a in b:\n    a == 1")), "thrown away"),
    (vacuous.discarded_in_cells, notebook(code("torch.equal(p, q)")), "torch.equal"),
    (vacuous.discarded_in_cells, notebook(code("np.allclose(p, q)\n1")), "np.allclose"),
    (vacuous.empty_assertions_in_cells, notebook(code("assert True")), "always true"),
    (vacuous.empty_assertions_in_cells, notebook(code("assert (p == q, 'no')")), "tuple"),
    (
        vacuous.swallowed_errors_in_cells,
        notebook(code("try:\n    f()\nexcept ValueError:\n    pass")),
        "swallows",
    ),
]

GOOD_TOO: list[tuple[Rule, NotebookNode]] = [
    (cells.magics, notebook(code("%matplotlib inline\nx = 10\nx % 3"))),
    (cells.magics, notebook(code("await f()"))),
    (
        equations.unresolved_equations,
        notebook(prose("$$ a \\tag{1.1} $$"), code("# eq. 1.1, left")),
    ),
    (
        equations.unresolved_equations,
        notebook(prose(r"\tag{1.1} \tag{1.2}"), code("f()  # eqs. 1.1 and 1.2")),
    ),
    (equations.doubled_backslashes, notebook(prose("$$ a \\\\\n\\beta \\\\[2pt] $$"))),
    (outputs.notebook_metadata, with_metadata(lmteach={"lesson": "a", "cells": "b"})),
    (prose_rules.still_to_write, notebook(prose("What todo lists hold."))),
    (exercises.stub_shape, swapped(making.STUB, "def share", "import math\n\n\ndef share")),
    (figures.missing_alt, notebook(prose("[![Open in Colab](a.svg)](https://example.org)"))),
    (outputs.machine_paths, printing("see https://example.org/home/ann and /homework")),
    (outputs.machine_paths, showing(image_png="abc/home/ann", text_plain="a figure")),
    (prose_rules.exclamations, notebook(prose("`a!` $n!$ a != b ![b](c)\n\n```\nd!\n```"))),
    (prose_rules.long_paragraphs, notebook(prose("word " * 100 + "\n\n" + "word " * 100))),
    (vacuous.comparisons_in_cells, notebook(code("r = 1\np == q"))),
    (vacuous.swallowed_errors_in_cells, notebook(code("try:\n    f()\nexcept OSError:\n    g()"))),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_good_notebook_keeps_every_rule(rule: Rule) -> None:
    assert rule(good()) == []


@pytest.mark.parametrize(("rule", "bad", "words"), BAD, ids=lambda v: getattr(v, "__name__", ""))
def test_the_rule_turns_red(rule: Rule, bad: NotebookNode, words: str) -> None:
    problems = "\n".join(rule(bad))
    assert re.search(words, problems), problems or "the rule saw nothing wrong"


@pytest.mark.parametrize(("rule", "fine"), GOOD_TOO, ids=lambda v: getattr(v, "__name__", ""))
def test_the_rule_stays_green(rule: Rule, fine: NotebookNode) -> None:
    assert rule(fine) == []


def test_every_rule_is_shown_to_bite() -> None:
    assert {rule for rule, *_ in BAD} == set(RULES)
