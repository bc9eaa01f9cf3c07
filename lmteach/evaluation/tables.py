"""Rows of texts as a table, for the terminal and for a page: names on the left, numbers right.

The scoreboard and stored results show themselves by it. Texts are shown as they are, whatever
their signs mean to Markdown, HTML or TeX.
"""

import re
from collections.abc import Sequence

from lmteach.checks import check_whole, checked_by
from lmteach.typed import typed

# An underscore within a word, as in add_k, means nothing.
MARKUP = re.compile(r"[\\`*\[\]{}<>&|~$#!^]|(?<!\w)_|_(?!\w)")
LINE_END = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
FORMULA = "\\$"  # what begins one for MathJax, which reads the finished page: not across a tag


@typed
def literal(text: str) -> str:
    """Return Markdown that shows a text in one line as it is.

    >>> literal("a*b for $5")
    'a&#42;b for <span>&#36;</span>5'
    """

    def written(sign: re.Match[str]) -> str:
        entity = f"&#{ord(sign[0])};"
        return f"<span>{entity}</span>" if sign[0] in FORMULA else entity

    return MARKUP.sub(written, _one_line(text))


def _one_line(text: str) -> str:
    return LINE_END.sub("⏎", text)


def _check(header: Sequence[str], rows: Sequence[Sequence[str]], names: int) -> None:
    check_whole("names", names, at_least=0)
    if len(header) == 0:
        raise ValueError("header is empty, expected a title for each column.")
    for place, row in enumerate(rows):
        if len(row) != len(header):
            raise ValueError(
                f"rows[{place}] has {len(row)} entries, expected {len(header)}: one below each "
                "title."
            )


@typed
@checked_by(_check)
def plain_table(header: Sequence[str], rows: Sequence[Sequence[str]], names: int = 1) -> str:
    """Return columns that stand below each other; the first ``names`` are not numbers.

    >>> print(plain_table(["model", "bits"], [["gzip", "2.96"], ["a coin", "8.00"]]))
    model   bits
    gzip    2.96
    a coin  8.00
    """
    lines = [[_one_line(text) for text in line] for line in (header, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            text.ljust(width) if place < names else text.rjust(width)
            for place, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


@typed
@checked_by(_check)
def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]], names: int = 1) -> str:
    """Return the same in Markdown.

    >>> print(markdown_table(["model", "bits"], [["gzip", "2.96"]]))
    | model | bits |
    | --- | ---: |
    | gzip | 2.96 |
    """
    rule = ["---" if place < names else "---:" for place in range(len(header))]
    written = [[literal(text) for text in line] for line in (header, *rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in (written[0], rule, *written[1:]))
