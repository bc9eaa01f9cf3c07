"""Write the scoreboard into the README: python -m tools.readme, or --check.

It comes from lmteach/evaluation/scoreboard.json.
"""

import argparse
import re
import sys
from pathlib import Path

from lmteach.evaluation.scoreboard import THREADS, Table, table
from lmteach.evaluation.tables import markdown_table
from lmteach.files import write_whole

README = Path("README.md")
SHOWN = dict.fromkeys("AB", ("parameters", "seconds", "seeds", "text_read", "passes"))
SHOWN["C"] = ("labels", "parameters", "seconds", "seeds")
START, END = "<!-- scoreboard {}: written by tools/readme.py -->\n", "<!-- end of scoreboard {} -->"


def with_scoreboard(readme: str, board: Table) -> str:
    """The README with the committed rows between the two marks of their thread."""
    start, end = (mark.format(board.thread) for mark in (START, END))
    if start not in readme or end not in readme:
        raise SystemExit(f"{README} has lost the marks {start.strip()!r} and {end!r}")
    shown = Table(board.thread, board.committed, (), SHOWN[board.thread])
    header, *lines = [(*line[:2], *line[3:]) for line in (shown.header(), *shown.lines())]
    written = markdown_table(header, lines) + shown.note  # all but the column "yours"
    return re.sub(
        re.escape(start) + ".*?" + re.escape(end),
        lambda _: f"{start}\n{written}\n\n{end}",
        readme,
        flags=re.DOTALL,
    )


def main(line: list[str]) -> int:
    """Write or check; 1 if the README does not show the committed scoreboard."""
    parser = argparse.ArgumentParser(prog="python -m tools.readme", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether it is up to date")
    options = parser.parse_args(line)
    before = README.read_text(encoding="utf-8")
    after = before
    for thread in THREADS:
        if (board := table(thread)).committed:
            after = with_scoreboard(after, board)
    if options.check:
        if before != after:
            print(f"{README} does not show the committed scoreboard: run make scoreboard")
        return int(before != after)
    write_whole(README, after)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
