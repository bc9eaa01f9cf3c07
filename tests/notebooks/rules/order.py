"""Every rule, in the order in which one writes: what is written, then a run, then its outputs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from tests.notebooks.rules import (
    anatomy,
    cells,
    drift,
    equations,
    exercises,
    figures,
    guesses,
    outputs,
    prose,
    rerun,
    slides,
    vacuous,
)
from tests.notebooks.rules.reading import ROOT, load, notebook_paths, number_of
from tools.lesson.filling import repository, setup_cell, start_cell, toggle_cell

Rule = Callable[..., list[str]]

WRITTEN: list[Rule] = [
    prose.still_to_write,
    anatomy.title,
    anatomy.badges,
    anatomy.opening,
    anatomy.plumbing,
    anatomy.section_order,
    drift.unknown_keys,
    drift.drifted,
    cells.magics,
    cells.star_imports,
    cells.empty_cells,
    cells.code_without_prose,
    cells.long_cells,
    cells.spread_of_lengths,
    equations.equation_numbers,
    equations.unresolved_equations,
    equations.doubled_backslashes,
    vacuous.comparisons_in_cells,
    vacuous.discarded_in_cells,
    vacuous.empty_assertions_in_cells,
    vacuous.swallowed_errors_in_cells,
    figures.bare_show,
    exercises.check_import,
    exercises.how_many,
    exercises.stub_shape,
    exercises.hints_and_solutions,
    exercises.build_it,
    guesses.answered_at_once,
    guesses.answers_a_guess,
    guesses.alt_before_the_figure,
    guesses.titles,
    guesses.how_many_questions,
    rerun.changed_names,
    anatomy.recap,
    anatomy.next_door,
    anatomy.links_to_notebooks,
    prose.long_paragraphs,
    prose.exclamations,
    prose.filler,
    slides.slide_types,
]
RUN: list[Rule] = [outputs.not_executed, outputs.errors]
SHOWN: list[Rule] = [
    anatomy.shows_and_plays,
    figures.missing_alt,
    figures.repeated_alt,
    figures.vector_graphics,
    figures.widgets_without_picture,
    exercises.blank_says_so,
    outputs.complaints,
    outputs.machine_paths,
    outputs.memory_addresses,
    outputs.notebook_metadata,
]
# What a rule needs to know besides the notebook.
FACTS: dict[Rule, Callable[[Path], tuple[Any, ...]]] = {
    anatomy.title: lambda path: (path.name,),
    anatomy.badges: lambda path: (path.name, repository(ROOT)),
    anatomy.plumbing: lambda path: (setup_cell(repository(ROOT)), toggle_cell(), start_cell()),
    anatomy.next_door: lambda path: (path.name, [other.name for other in notebook_paths()]),
    anatomy.links_to_notebooks: lambda path: ([other.name for other in notebook_paths()],),
    drift.drifted: lambda path: (ROOT / "lmteach",),
    equations.equation_numbers: lambda path: (number_of(path.name),),
}
EVERY = [*WRITTEN, *RUN, *SHOWN]


def broken(rule: Rule, notebook: NotebookNode, path: Path) -> list[str]:
    """How the notebook in `path` breaks a rule, a sentence each."""
    facts = FACTS[rule](path) if rule in FACTS else ()
    return rule(notebook, *facts)


def all_broken(rules: list[Rule], path: Path) -> list[str]:
    """How the notebook in `path` breaks some rules."""
    notebook = load(path)
    return [problem for rule in rules for problem in broken(rule, notebook, path)]
