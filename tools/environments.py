"""Environments under build/ for checks that need other versions than `.venv` has."""

import hashlib
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from lmteach.files import write_whole


def make(
    folder: Path, requirements: Sequence[str], fresh: bool = False, on_top: bool = False
) -> Path:
    """A virtual environment with these requirements; its Python.

    One that was made of the same requirements is kept, unless a fresh one is asked for. One that
    is made on top of this environment sees all that is installed here.
    """
    windows = sys.platform == "win32"
    python = (folder / ("Scripts/python.exe" if windows else "bin/python")).absolute()
    wanted = hashlib.sha256("\n".join([sys.version, *requirements]).encode()).hexdigest()
    stamp = folder / "ready"
    if fresh or not (stamp.is_file() and stamp.read_text() == wanted):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        if on_top:
            site = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder.absolute())}))
            write_whole(site / "below.pth", f"{sysconfig.get_path('purelib')}\n")
        pip(python, *requirements)
        write_whole(stamp, wanted)
    return python


def pip(python: Path, *requirements: str) -> None:
    """Install into an environment; ends the program when pip fails."""
    line = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.run([*line, *requirements]).returncode:
        sys.exit(f"pip could not install {' '.join(requirements)}")
