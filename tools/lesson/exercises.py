"""An exercise stands in a lesson once, as a solution in which the learner's lines are marked.

The marks are nbgrader's; what follows the first one is the comment that the learner finds:

    def half(x):
        ### BEGIN SOLUTION: one line is enough
        return x / 2
        ### END SOLUTION


    check.half(half)
"""

import re

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
USUAL = "your code here"

_MARKED = re.compile(
    rf"^([ \t]*){BEGIN}(?:: ([^\n]+))?\n(.+?)\n[ \t]*{END}$", re.MULTILINE | re.DOTALL
)
_BLANK = re.compile(r"^([ \t]*)\.\.\.  # (.+)$", re.MULTILINE)


def is_marked(source: str) -> bool:
    """Whether every mark that begins a solution has its end, and there is one at all."""
    return len(_MARKED.findall(source)) == source.count(BEGIN) == source.count(END) > 0


def stub(source: str) -> str:
    """The blank that the learner finds: each marked piece is one line `...`."""
    return _MARKED.sub(lambda piece: f"{piece[1]}...  # {piece[2] or USUAL}", source)


def answer(source: str) -> str:
    """The right answer with its check, as it would stand in the stub's place."""
    return _MARKED.sub(lambda piece: piece[3], source)


def solution(source: str) -> str:
    """The right answer without its check, as it is printed below the exercise."""
    return _without_check(answer(source))


def marked(blank: str, solved: str) -> str | None:
    """The exercise whose stub and solution these are; None if one does not fit the other."""
    body = _without_check(blank)
    frame = [body[a:b] for a, b in _around(body)]
    match = re.fullmatch("(.+?)".join(map(re.escape, frame)), solved, re.DOTALL)
    if not match or len(frame) == 1:
        return None
    pieces = iter(match.groups())

    def mark(place: re.Match[str]) -> str:
        comment = "" if place[2] == USUAL else f": {place[2]}"
        return f"{place[1]}{BEGIN}{comment}\n{next(pieces)}\n{place[1]}{END}"

    return _BLANK.sub(mark, blank)


def _around(body: str) -> list[tuple[int, int]]:
    """Where the pieces of a stub before, between and after its blank lines begin and end."""
    edges = [0, *(edge for blank in _BLANK.finditer(body) for edge in blank.span()), len(body)]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _without_check(source: str) -> str:
    return "\n".join(line for line in source.splitlines() if not line.startswith("check.")).strip()
