"""Open JupyterLab on the first notebook; arguments are passed on to `jupyter lab`."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FIRST = "notebooks/00_start_here.ipynb"


def arguments(extra: list[str], root: bool) -> list[str]:
    """The command line of `jupyter lab`; `root` allows the administrator, as in a container."""
    flags = [f"--ServerApp.root_dir={ROOT}", f"--LabApp.default_url=/lab/tree/{FIRST}"]
    return [*flags, *(["--allow-root"] if root else []), *extra]


def main() -> None:
    from jupyterlab.labapp import main as lab

    subprocess.run([sys.executable, "-m", "tools.data", "--optional"], cwd=ROOT)
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    sys.argv = ["jupyter-lab", *arguments(sys.argv[1:], root)]
    lab()


if __name__ == "__main__":
    main()
