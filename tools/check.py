"""Everything that must hold: python -m tools.check, or some of it: python -m tools.check lint types

The one list of these commands; the Makefile and the workflow call it.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

STEPS = {
    "data": ["python -m tools.data --optional"],  # tests of what is not there are skipped
    "lint": [
        "ruff check",
        "ruff format --check conftest.py benchmarks experiments lmteach tests tools",
        "lint-imports --no-logo",
        "python -m tools.scripts",
        "python -m tools.dependencies --check",
        "python -m tools.lessons check",
        "python -m tools.notebooks normalise --check",
        "python -m tools.publish --check",
        "python -m tools.readme --check",
    ],
    "types": ["mypy"],
    "unit": ["python -m pytest -n 2 tests lmteach --ignore=tests/browser"],
    "notebooks": ["python -m pytest -n 2 --nbval notebooks"],
    "browser": ["python -m pytest -n 2 tests/browser"],
    # All tests in one, the longest first, so that both processes are busy to the end.
    "tests": ["python -m pytest -n 2 --nbval notebooks tests lmteach"],
}
ALL = ("data", "lint", "types", "tests")


def run(command: str) -> int:
    """Run a command line with the programs of this environment; its exit status."""
    name, *arguments = shlex.split(command)
    program = shutil.which(name, path=str(Path(sys.executable).parent)) or name
    # Two processes with one thread each: small models gain little from the second thread.
    environment = {"OMP_NUM_THREADS": "1", "PYTHONUTF8": "1", **os.environ}
    return subprocess.run([program, *arguments], env=environment).returncode


def main(line: list[str]) -> int:
    """Run the steps, up to the first command that fails; 1 if one did."""
    parser = argparse.ArgumentParser(prog="python -m tools.check", description=__doc__)
    parser.add_argument("steps", nargs="*", help=f"of {', '.join(STEPS)}; else {' '.join(ALL)}")
    steps = parser.parse_args(line).steps or ALL
    if unknown := [step for step in steps if step not in STEPS]:
        parser.error(f"there is no step {' or '.join(unknown)}; there are {', '.join(STEPS)}")
    for command in (command for step in steps for command in STEPS[step]):
        print(command, flush=True)
        if run(command):
            print(f"failed: {command}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
