"""How a learner's server begins, as that learner: bounds, workbooks, then the server itself.

The environment names the workbooks (LMTEACH_WORKBOOKS) and the bound of memory (MEM_LIMIT, bytes).
"""

import os
import resource
import shutil
import sys
from pathlib import Path


def hand_out(workbooks: Path, home: Path) -> None:
    """Copy the workbooks that are not there. What a learner has is never written over."""
    home.mkdir(exist_ok=True)
    for source in sorted(workbooks.glob("*.ipynb")):
        target = home / source.name
        if not os.path.lexists(target):
            whole = target.with_suffix(".part")
            shutil.copyfile(source, whole)
            whole.rename(target)


def main(command: list[str]) -> None:
    """Make ready, and become the server."""
    os.umask(0o077)  # whatever is written from here on is the learner's alone
    if bound := int(os.environ.get("MEM_LIMIT") or 0):
        resource.setrlimit(resource.RLIMIT_DATA, (bound, bound))
    try:
        hand_out(Path(os.environ["LMTEACH_WORKBOOKS"]), Path.home() / "lmteach")
    except OSError as error:  # a full disk, say: what is there can still be worked on
        print(f"Not all workbooks could be handed out: {error}", file=sys.stderr)
        (Path.home() / "lmteach").mkdir(exist_ok=True)
    os.execv(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
