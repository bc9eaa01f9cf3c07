"""Rules on the running text: what is still to write, paragraphs, exclamation marks, filler."""

import re

from nbformat import NotebookNode

from tests.notebooks.rules.reading import markdown_cells, where, without_fences

WORDS_A_PARAGRAPH = 120
FILLER = ("in this section", "in this notebook we will", "in this notebook, we will")

_TODO = re.compile(r"\bTODO\b:?[ \t]*(.*)")
_BLOCK_MATH = re.compile(r"\$\$.*?\$\$", re.DOTALL)
_LINE_MATH = re.compile(r"(?<!\\)\$[^$\n]+\$")
_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z][^>]*>")
_ADDRESS = re.compile(r"\]\([^)]*\)")
_ITEM = re.compile(r"\n(?=[ \t]*(?:[-*+]|\d+[.)])[ \t])")


def plain(markdown: str) -> str:
    """The running text alone: no code, no formulas, no tags, no addresses."""
    text = without_fences(markdown)
    for pattern, stands_in in (
        (_COMMENT, ""),
        (_BLOCK_MATH, "\n\n"),
        (_CODE, "code"),
        (_LINE_MATH, "formula"),
        (_ADDRESS, "]"),
        (_TAG, " "),
    ):
        text = pattern.sub(stands_in, text)
    return text.replace("![", "[").replace("!=", "=")


def paragraphs(markdown: str) -> list[str]:
    """The paragraphs of the running text; an item of a list is one, a table is none."""
    text = _ITEM.sub("\n\n", plain(markdown))
    blocks = (block.strip() for block in re.split(r"\n[ \t]*\n", text))
    return [block for block in blocks if block and not block.startswith(("|", "#"))]


def still_to_write(notebook: NotebookNode) -> list[str]:
    """Places that say what is to be written there."""
    return [
        f"{where(index, cell)}: still to write: {match[1] or 'what TODO stands for'}"
        for index, cell in enumerate(notebook.cells)
        for match in _TODO.finditer(cell.source)
    ]


def long_paragraphs(notebook: NotebookNode) -> list[str]:
    """Paragraphs over 120 words, hints and solutions included."""
    return [
        f"{where(index, cell)}: a paragraph of {len(block.split())} words ({block[:40]!r}…), "
        f"at most {WORDS_A_PARAGRAPH} wanted; split it or shorten it"
        for index, cell in markdown_cells(notebook)
        for block in paragraphs(cell.source)
        if len(block.split()) > WORDS_A_PARAGRAPH
    ]


def exclamations(notebook: NotebookNode) -> list[str]:
    """Exclamation marks in running text."""
    problems = []
    for index, cell in markdown_cells(notebook):
        text = plain(cell.source)
        for match in re.finditer("!", text):
            around = text[max(0, match.start() - 30) : match.end()].replace("\n", " ")
            problems.append(
                f"{where(index, cell)}: an exclamation mark after {around!r}; end with a full stop"
            )
    return problems


def filler(notebook: NotebookNode) -> list[str]:
    """Announcements of what is about to come, instead of the thing."""
    return [
        f"{where(index, cell)}: {phrase!r} is filler; say the thing itself"
        for index, cell in markdown_cells(notebook)
        for phrase in FILLER
        if phrase in " ".join(plain(cell.source).lower().split())
    ]
