"""Refuse what is newer than the lower bounds in pyproject.toml: python -m tools.lowest

The packages that ship types are laid out at their lower bounds, and mypy reads lmteach against
them. Nothing of them is run, so it doesn't matter for which machine they are: those for macOS bring
a small PyTorch. What ships no types is tried by running it: tools/colab_check.py.
"""

import subprocess
import sys
import sysconfig
from importlib.metadata import files
from pathlib import Path

from tools.dependencies import declared, lowest
from tools.environments import make

FOLDER = Path("build/lowest")
TO_READ = ["--no-deps", "--only-binary=:all:"]
TO_READ += ["--platform=macosx_12_0_arm64", "--python-version=3.11"]


def typed() -> list[str]:
    """The dependencies of the package that ship their types, held at their lower bounds."""
    return lowest(
        requirement
        for requirement in declared()
        if any(file.name == "py.typed" for file in files(requirement.name) or ())
    )


def main() -> int:
    """0 if the package uses nothing that the oldest versions lack."""
    site = sysconfig.get_path("purelib", "venv", {"base": str(FOLDER)})
    python = make(FOLDER, [*TO_READ, f"--target={site}", *typed()])
    # Not the strict settings of pyproject.toml: old packages have fewer types.
    line = ["--config-file=", f"--python-executable={python}", f"--cache-dir={FOLDER / 'mypy'}"]
    line += ["--ignore-missing-imports", "--check-untyped-defs", "lmteach"]
    return subprocess.run([sys.executable, "-m", "mypy", *line]).returncode


if __name__ == "__main__":
    sys.exit(main())
