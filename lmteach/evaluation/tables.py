"""Rows of texts as a table, for the terminal and for a page: names on the left, numbers right.

The scoreboard and stored results show themselves by it.
"""

from collections.abc import Sequence

from lmteach.typed import typed


@typed
def plain_table(header: Sequence[str], rows: Sequence[Sequence[str]], names: int = 1) -> str:
    """Return columns that stand below each other; the first ``names`` are not numbers.

    >>> print(plain_table(["model", "bits"], [["gzip", "2.96"], ["a coin", "8.00"]]))
    model   bits
    gzip    2.96
    a coin  8.00
    """
    lines = [header, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            text.ljust(width) if place < names else text.rjust(width)
            for place, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


@typed
def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]], names: int = 1) -> str:
    """Return the same in Markdown.

    >>> print(markdown_table(["model", "bits"], [["gzip", "2.96"]]))
    | model | bits |
    | --- | ---: |
    | gzip | 2.96 |
    """
    rule = ["---" if place < names else "---:" for place in range(len(header))]
    return "\n".join("| " + " | ".join(line) + " |" for line in (header, rule, *rows))
