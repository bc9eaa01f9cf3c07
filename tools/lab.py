"""Open JupyterLab on the first notebook; arguments are passed on to `jupyter lab`."""

import os
import sys
from pathlib import Path

FIRST = "notebooks/00_start_here.ipynb"


def arguments(extra: list[str], root: bool) -> list[str]:
    """The command line of `jupyter lab`; `root` allows the administrator, as in a container."""
    folder = Path(__file__).resolve().parents[1]
    flags = [f"--ServerApp.root_dir={folder}", f"--LabApp.default_url=/lab/tree/{FIRST}"]
    return [*flags, *(["--allow-root"] if root else []), *extra]


def main() -> None:
    from jupyterlab.labapp import main as lab

    root = hasattr(os, "geteuid") and os.geteuid() == 0
    sys.argv = ["jupyter-lab", *arguments(sys.argv[1:], root)]
    lab()


if __name__ == "__main__":
    main()
