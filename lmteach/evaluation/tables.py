"""Rows of texts as a table, for the terminal and for a page: names on the left, numbers right.

The scoreboard and stored results show themselves by it.
"""

from collections.abc import Sequence

from lmteach.checks import check_whole, checked_by
from lmteach.typed import typed


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
@checked_by(_check)
def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]], names: int = 1) -> str:
    """Return the same in Markdown.

    >>> print(markdown_table(["model", "bits"], [["gzip", "2.96"]]))
    | model | bits |
    | --- | ---: |
    | gzip | 2.96 |
    """
    rule = ["---" if place < names else "---:" for place in range(len(header))]
    return "\n".join("| " + " | ".join(line) + " |" for line in (header, rule, *rows))
