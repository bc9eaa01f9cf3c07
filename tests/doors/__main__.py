"""What the doors let pass or don't refuse clearly: python -m tests.doors models.hmm"""

import os
import sys
import tempfile
from collections import Counter

import matplotlib

from tests.doors.allowed import ALLOWED, allowed_by, may_pass
from tests.doors.examples import doors, with_examples
from tests.doors.trying import trials


def main(prefixes: list[str]) -> None:
    """Print each bad value that is not refused with a clear sentence, and the sum of all."""
    matplotlib.use("Agg")
    scratch = tempfile.mkdtemp()
    os.environ |= {"LMTEACH_CACHE": scratch, "LMTEACH_SCOREBOARD": f"{scratch}/scoreboard.json"}
    os.chdir(scratch)
    asked = [door for door in doors() if not prefixes or door.name.startswith(tuple(prefixes))]
    found = [door for door in with_examples(asked) if door.parameters]
    count: Counter[str] = Counter(doors=len(found))
    needed = set()
    for door in found:
        if door.arguments is None:
            print(f"{door.name}: no example")
            continue
        for trial in trials(door):
            passes = trial.verdict != "clear" and may_pass(door, trial)
            listed = allowed_by(trial) if passes else []
            needed.update(listed)
            if passes:
                count["listed" if listed else "unread"] += 1
            else:
                count["clear" if trial.verdict == "clear" else "others"] += 1
            if trial.verdict != "clear" and not passes:
                call = f"{trial.door}({trial.parameter} = {trial.bad})"
                print(f"{call}: {trial.verdict} {trial.said}", flush=True)
    if not prefixes:
        print("listed, and needed nowhere:", *sorted(set(ALLOWED) - needed), sep="\n  ")
    print(dict(count))


if __name__ == "__main__":
    main(sys.argv[1:])
