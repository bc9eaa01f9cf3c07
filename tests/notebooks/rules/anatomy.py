"""Rules on the parts of a notebook and their order."""

import re
from urllib.parse import quote

from nbformat import NotebookNode

from tests.notebooks.rules.figures import has_figure
from tests.notebooks.rules.prose import plain
from tests.notebooks.rules.reading import (
    Section,
    code_cells,
    markdown_cells,
    number_of,
    sections,
    tags,
    where,
)

TAIL = (
    "The equal sign",
    "The scoreboard",
    "Spot the bug",
    "In practice",
    "Your turn",
    "Recap",
)
OPENING = ("**Aims.**", "**Time.**", "**Before.**")
RECAP_ITEMS = 5

_ITEM = re.compile(r"^(?:[-*+]|\d+[.)])[ \t]+\S", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)")
_YEAR = re.compile(r"\b(?:1[6-9]|20)\d\d\b")


def _first(notebook: NotebookNode) -> str:
    cells = notebook.cells
    return cells[0].source if cells and cells[0].cell_type == "markdown" else ""


def title(notebook: NotebookNode, name: str) -> list[str]:
    """The first line, `# 01 · Title`; `name` is the file's."""
    line = (_first(notebook).strip().splitlines() or [""])[0]
    wanted = rf"# {re.escape(number_of(name))} · \S.*"
    problems = []
    if not re.fullmatch(wanted, line):
        problems.append(
            f"the first cell starts {line!r}; it is markdown that starts with "
            f"'# {number_of(name)} · Title'"
        )
    others = [s for s in sections(notebook) if s.level == 1][1:]
    problems += [f"cell {s.cell}: a second title {s.title!r}; use ## for sections" for s in others]
    return problems


def badges(notebook: NotebookNode, name: str, repository: str) -> list[str]:
    """The line of badges, each pointing at this very notebook."""
    lines = [line for line in _first(notebook).splitlines() if line.startswith("[![Open in Colab]")]
    if len(lines) != 1:
        return [
            f"the first cell has {len(lines)} lines that start with '[![Open in Colab]'; "
            "one wanted, below the title: write {{badges}} there in the lesson"
        ]
    colab = rf"https://colab\.research\.google\.com/github/{re.escape(repository)}/blob/[\w.-]+/"
    binder = rf"https://mybinder\.org/v2/gh/{re.escape(repository)}/[\w.-]+\?(?:labpath|urlpath)="
    path = f"notebooks/{name}"
    problems = []
    if not re.search(rf"\]\({colab}{re.escape(path)}\)", lines[0]):
        problems.append(f"the Colab badge does not open {path} of {repository}; run make build")
    either = f"(?:lab/tree/)?(?:{re.escape(path)}|{re.escape(quote(path, safe=''))})"
    if not re.search(rf"\]\({binder}{either}\)", lines[0]):
        problems.append(f"the Binder badge does not open {path} of {repository}; run make build")
    return problems


def opening(notebook: NotebookNode) -> list[str]:
    """Below the badges: a picture or a question, then aims, time, and what to know before."""
    head = _opening_text(notebook)
    problems, place = [], -1
    for part in OPENING:
        match = re.search(rf"^{re.escape(part)}[ \t]*\S", head, re.MULTILINE)
        if not match:
            problems.append(f"no paragraph before the setup cell starts with '{part}' and says it")
            continue
        if match.start() < place:
            problems.append(f"'{part}' is out of order; {' '.join(OPENING)} is the order")
        place = match.start()
    before_aims = head.split(OPENING[0])[0]
    without_badges = "\n".join(ln for ln in before_aims.splitlines() if not ln.startswith("[!["))
    if "?" not in plain(without_badges) and "![" not in without_badges:
        problems.append(
            "between the badges and the aims there is neither a picture nor a question; "
            "open with the one that this notebook answers"
        )
    return problems


def _opening_text(notebook: NotebookNode) -> str:
    texts = []
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            break
        texts.append(cell.source)
    return "\n\n".join(texts)


def plumbing(notebook: NotebookNode, setup: str, toggle: str, start: str) -> list[str]:
    """The setup, the toggle and the start cell: the first three, and the same everywhere.

    `setup`, `toggle` and `start` are the texts that they must have. The toggle stands alone, and
    is tagged for papermill, which puts a cell with its values after it.
    """
    problems = []
    code = list(code_cells(notebook))
    texts = {"setup": setup, "toggle": toggle, "start": start}
    for place, (tag, text) in enumerate(texts.items()):
        tagged = [(order, i, c) for order, (i, c) in enumerate(code) if tag in tags(c)]
        if len(tagged) != 1:
            problems.append(
                f"{len(tagged)} code cells tagged {tag!r}, one wanted: "
                f"a code cell of the lesson that holds {{{{{tag}}}}} alone"
            )
            continue
        order, index, cell = tagged[0]
        if order != place:
            problems.append(
                f"{where(index, cell)}: tagged {tag!r}, and code cell number {order + 1}; "
                f"it must be number {place + 1}"
            )
        if cell.source.strip() != text.strip():
            problems.append(
                f"{where(index, cell)}: not the text of tools/cells/{tag}.py; "
                f"write {{{{{tag}}}}} alone in that cell of the lesson"
            )
        if tag == "toggle" and "parameters" not in tags(cell):
            problems.append(
                f"{where(index, cell)}: not tagged 'parameters', so that papermill can't set it; "
                "run make build"
            )
    if not problems:
        problems += _prose_between(notebook)
    return problems


def _prose_between(notebook: NotebookNode) -> list[str]:
    """At most one markdown cell before the toggle cell, after the setup cell."""
    places = [i for i, c in code_cells(notebook)][:2]
    if places[1] - places[0] > 2:
        return [f"{places[1] - places[0] - 1} cells between setup and toggle; at most one wanted"]
    first_section = next((s.cell for s in sections(notebook) if s.level == 2), None)
    if first_section is not None and first_section < places[1]:
        return [f"cell {first_section}: a section starts before the toggle cell; put it after"]
    return []


def section_order(notebook: NotebookNode) -> list[str]:
    """The sections: the ladder first, then the fixed ones in their order."""
    titles = [s.title for s in sections(notebook) if s.level == 2]
    problems = [
        f"no section '## {wanted}'" if titles.count(wanted) == 0 else f"'## {wanted}' stands twice"
        for wanted in TAIL
        if titles.count(wanted) != 1
    ]
    if not problems and tuple(titles[-len(TAIL) :]) != TAIL:
        problems.append(
            f"the sections end with {titles[-len(TAIL) :]}; the order is {list(TAIL)}, "
            "with nothing after it and the ladder before it"
        )
    if not any(t not in TAIL for t in titles):
        problems.append("no section of the ladder before '## The equal sign'")
    problems += [
        f"cell {s.cell}: the section '## {s.title}' is empty"
        for s in sections(notebook)
        if s.level == 2 and s.title in TAIL and not _holds_something(notebook, s)
    ]
    return problems


def _holds_something(notebook: NotebookNode, section: Section) -> bool:
    if section.body.strip():
        return True
    following = notebook.cells[section.cell + 1 : section.cell + 2]
    return any(not cell.source.lstrip().startswith("## ") for cell in following)


def shows_and_plays(notebook: NotebookNode) -> list[str]:
    """At least one figure and one interactive part."""
    problems = []
    if not has_figure(notebook):
        problems.append("no cell shows a figure; show one with display_figure(figure, alt)")
    if not any("widget" in tags(cell) for _, cell in code_cells(notebook)):
        problems.append("no cell is tagged 'widget'; tag the interactive part")
    return problems


def recap(notebook: NotebookNode) -> list[str]:
    """The recap: five lines, then further reading with years."""
    body = _recap_text(notebook)
    if not body:
        return ["'## Recap' says nothing; five list items wanted"]
    items = len(_ITEM.findall(body.split("**Further reading.**")[0]))
    problems = []
    if items != RECAP_ITEMS:
        problems.append(f"the recap has {items} list items, exactly {RECAP_ITEMS} wanted")
    _, marker, reading = body.partition("**Further reading.**")
    reading = reading.split("**Next.**")[0]
    if not marker:
        problems.append("the recap has no '**Further reading.**' after its list")
    elif not _YEAR.search(reading):
        problems.append("the further reading names no year; name papers by author and year")
    return problems


def _recap_text(notebook: NotebookNode) -> str:
    found = sections(notebook)
    start = next((i for i, s in enumerate(found) if s.level == 2 and s.title == "Recap"), None)
    if start is None:
        return ""
    return "\n\n".join(s.body for s in found[start:]).strip()


def next_door(notebook: NotebookNode, name: str, existing: list[str]) -> list[str]:
    """`**Next.**`: a link if the next notebook is there, else its title.

    `name` is this file's name, `existing` holds those of all notebooks, in order.
    """
    _, marker, door = _recap_text(notebook).partition("**Next.**")
    if not marker or not door.strip(" .\n"):
        return ["the recap does not end with '**Next.** {{next}}' and why one goes on"]
    later = [other for other in existing if number_of(other) > number_of(name)]
    wanted = str(int(number_of(name)) + 1).zfill(len(number_of(name)))
    if later and number_of(later[0]) == wanted and later[0] not in _LINK.findall(door):
        return [f"'**Next.**' does not link to {later[0]}; write '**Next.** {{{{next}}}}'"]
    return []


def links_to_notebooks(notebook: NotebookNode, existing: list[str]) -> list[str]:
    """Links to notebooks beside this one that are not there."""
    return [
        f"{where(index, cell)}: the link to {link} leads nowhere; name the notebook without a "
        "link until it exists"
        for index, cell in markdown_cells(notebook)
        for link in _LINK.findall(cell.source)
        if ".ipynb" in link and "://" not in link and link.split("#")[0] not in existing
    ]
