"""The small tools: versions of Python, JupyterLab's arguments, the Colab and Binder checks."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools import binder_check, lab

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("version", "accepted"), [((3, 10), False), ((3, 11), True), ((3, 14), False)]
)
def test_python_version_is_one_clear_line(version: tuple[int, int], accepted: bool) -> None:
    script = (ROOT / "tools" / "check_python.py").read_text(encoding="utf-8")
    code = f"import sys; sys.version_info = {version!r}\n" + script
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode == 0) == accepted
    assert len(done.stderr.splitlines()) == (0 if accepted else 1)


def test_lab_opens_the_first_notebook() -> None:
    line = lab.arguments(["--port=9"], root=False)
    assert "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb" in line
    assert line[-1] == "--port=9"
    assert "--allow-root" not in line
    assert "--allow-root" in lab.arguments([], root=True)


def test_binder_check_wants_every_sign() -> None:
    recipe = "\n".join(binder_check.SIGNS)
    assert binder_check.problems(recipe) == []
    for sign in binder_check.SIGNS:
        assert len(binder_check.problems(recipe.replace(sign, ""))) == 1


def test_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (block,) = re.findall(r"\.PHONY:((?:.*\\\n)*.*)", makefile)
    phony = set(block.replace("\\", " ").split())
    assert phony == set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
