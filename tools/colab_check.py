"""Run every notebook in an environment like Colab's: old ipywidgets, IPython and numpy.

    python -m tools.colab_check [notebook …]

Installs the package there as a notebook's setup cell would, checks that this leaves the versions of
torch, numpy and ipywidgets alone, and runs the notebooks. Errors fail; outputs are not compared.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from tools.environments import make, pip

FOLDER = Path("build/colab")
REQUIREMENTS = Path("tools/colab-requirements.txt")
KEPT = ("torch", "numpy", "ipywidgets", "ipython", "ipykernel")


def requirements(text: str) -> list[str]:
    """The lines of a requirements file without its comments."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


def versions(python: Path) -> dict[str, str]:
    """What is installed of the packages that must stay as they are."""
    code = (
        "import json, importlib.metadata as m; "
        f"print(json.dumps({{name: m.version(name) for name in {KEPT!r}}}))"
    )
    done = subprocess.run([str(python), "-c", code], check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def main(notebooks: list[str]) -> int:
    """0 if every notebook ran and no version moved."""
    python = make(FOLDER, requirements(REQUIREMENTS.read_text(encoding="utf-8")))
    before = versions(python)
    pip(python, ".", *(f"{name}=={before[name]}" for name in KEPT[:3]))
    # The copy that pip made goes: the setup cell must find the package beside the notebook.
    subprocess.run([str(python), "-m", "pip", "uninstall", "-q", "-y", "lmteach"], check=True)
    after = versions(python)
    if after != before:
        print(f"installing lmteach changed {before} into {after}", file=sys.stderr)
        return 1
    print("versions kept: " + ", ".join(f"{name} {version}" for name, version in after.items()))
    line = [str(python), "-m", "tools.notebooks", "run", "--output", "build/colab-pages"]
    line += ["--jobs", str(os.cpu_count() or 1)]
    return subprocess.run([*line, *notebooks]).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
