r"""Rules on equations: `\tag{1.2}` in prose and `# eq. 1.2` in code point at each other."""

import re
from collections import defaultdict

from nbformat import NotebookNode

from tests.notebooks.rules.reading import code_cells, comments, markdown_cells, where

_TAG = re.compile(r"\\tag\*?\{([^}]*)\}")
_NUMBER = re.compile(r"(\d+)\.(\d+)")
_DOUBLED = re.compile(r"\\\\[a-zA-Z]+")
_POINTER = re.compile(r"\beqs?\.[ \t]*((?:\d+\.\d+(?:[ \t]*(?:,|and|–|-)[ \t]*)*)+)")


def tags_in_prose(notebook: NotebookNode) -> dict[str, list[str]]:
    r"""Where each `\tag` stands: the number, and the cells."""
    found = defaultdict(list)
    for index, cell in markdown_cells(notebook):
        for tag in _TAG.findall(cell.source):
            found[tag.strip()].append(where(index, cell))
    return dict(found)


def pointers_in_code(notebook: NotebookNode) -> dict[str, list[str]]:
    """Where each `# eq.` stands: the number, and the cells."""
    found = defaultdict(list)
    for index, cell in code_cells(notebook):
        for comment in comments(cell.source):
            for numbers in _POINTER.findall(comment):
                for match in _NUMBER.finditer(numbers):
                    found[match[0]].append(where(index, cell))
    return dict(found)


def unresolved_equations(notebook: NotebookNode) -> list[str]:
    """Tags that no code points at, and pointers to tags that there are not."""
    tags, pointers = tags_in_prose(notebook), pointers_in_code(notebook)
    return [
        f"{tags[number][0]}: no code of this notebook bears '# eq. {number}'; "
        "put it on the line that computes the equation"
        for number in tags
        if number not in pointers
    ] + [
        f"{pointers[number][0]}: '# eq. {number}' points at no \\tag{{{number}}} in this notebook; "
        "tag the equation, or mend the number"
        for number in pointers
        if number not in tags
    ]


def equation_numbers(notebook: NotebookNode, number: str) -> list[str]:
    """Tags that are used twice, or are not `notebook.equation`; `number` is the notebook's."""
    problems = []
    chapter = str(int(number))
    for tag, places in tags_in_prose(notebook).items():
        match = _NUMBER.fullmatch(tag)
        if not match or match[1] != chapter:
            problems.append(
                f"{places[0]}: \\tag{{{tag}}}; in this notebook tags are {chapter}.1, {chapter}.2 …"
            )
        if len(places) > 1:
            problems.append(
                f"\\tag{{{tag}}} stands {len(places)} times, in {' and '.join(places)}; "
                "give each equation its own number"
            )
    return problems


def doubled_backslashes(notebook: NotebookNode) -> list[str]:
    r"""Commands with two backslashes, which MathJax takes for a new line and a plain word."""
    return [
        f"{where(index, cell)}: {found[0]} is shown as a word; in prose one backslash will do, "
        "also where the lesson has no r before its quotation marks"
        for index, cell in markdown_cells(notebook)
        if (found := _DOUBLED.search(cell.source))
    ]
