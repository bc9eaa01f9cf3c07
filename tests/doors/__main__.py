"""What the doors let pass or don't refuse clearly: python -m tests.doors models.hmm"""

import os
import sys
import tempfile
from collections import Counter

import matplotlib

from tests.doors.examples import doors, with_examples
from tests.doors.trying import trials


def main(prefixes: list[str]) -> None:
    """Print one line for each bad value that is not refused with a clear sentence."""
    matplotlib.use("Agg")
    scratch = tempfile.mkdtemp()
    os.environ |= {"LMTEACH_CACHE": scratch, "LMTEACH_SCOREBOARD": f"{scratch}/scoreboard.json"}
    os.chdir(scratch)
    found = with_examples(doors())
    count: Counter[str] = Counter()
    for door in found:
        if prefixes and not door.name.startswith(tuple(prefixes)):
            continue
        if door.arguments is None:
            print(
                f"{door.name}: no example" if door.parameters else "",
                end="\n" * bool(door.parameters),
            )
            continue
        for trial in trials(door):
            count[trial.verdict if trial.verdict in ("clear", "accepted") else "others"] += 1
            if trial.verdict != "clear":
                print(
                    f"{trial.door}({trial.parameter} = {trial.bad}): {trial.verdict} {trial.said}",
                    flush=True,
                )
    print(dict(count))


if __name__ == "__main__":
    main(sys.argv[1:])
