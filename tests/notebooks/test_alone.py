"""A notebook opened alone finds `lmteach`, gets it, or says in one line what to do.

The first cells run as plain Python in processes that see no installed packages
(`-S`), only stand-ins: a small `lmteach`, empty modules in place of the large libraries, and a
`pip` that writes down what it was asked and then succeeds or fails.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.notebooks.rules.reading import ROOT
from tools.dependencies import declared
from tools.lesson.filling import setup_cell, start_cell, toggle_cell

SHOW = "\nimport lmteach.classroom\nprint('found', lmteach.classroom.__file__)\n"
PIP = """import json, os, sys
from pathlib import Path

here = Path(__file__).parent
(here / "asked.json").write_text(json.dumps(sys.argv[1:]))
if (here / "fails").exists():
    print("one line of much talk", file=sys.stderr)
    print("ERROR: no route to the index", file=sys.stderr)
    sys.exit(1)
(here / "lmteach").mkdir(exist_ok=True)
(here / "lmteach" / "__init__.py").touch()
(here / "lmteach" / "classroom.py").write_text("start = print")
"""
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
NEEDED = [requirement.name for requirement in declared()]


class Machine:
    """A folder that stands for the packages of a machine, and a way to run cells on it."""

    def __init__(self, folder: Path) -> None:
        self.site = folder / "site"
        self.site.mkdir()
        (self.site / "pip.py").write_text(PIP)

    def has(self, *names: str, version: str = "9.9") -> None:
        """Makes packages of these names importable, with a version."""
        for name in names:
            file = name.replace("-", "_").lower()  # as pip does it
            (self.site / f"{file}.py").touch()
            info = self.site / f"{file}-{version}.dist-info"
            info.mkdir()
            (info / "METADATA").write_text(
                f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"
            )

    def has_lmteach(self, folder: Path) -> None:
        """Puts a small `lmteach` into a folder, and beside it what it needs."""
        (folder / "lmteach").mkdir()
        (folder / "lmteach" / "__init__.py").touch()
        (folder / "lmteach" / "classroom.py").write_text("start = print")
        (folder / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")

    def run(self, code: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs code in a folder, with nothing but this machine's packages."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "JPY_"))}
        environment |= {"PYTHONPATH": str(self.site), **variables}
        return subprocess.run(
            [sys.executable, "-S", "-c", code],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    @property
    def asked(self) -> list[str] | None:
        """What pip was asked for; None if it was not called."""
        file = self.site / "asked.json"
        return json.loads(file.read_text()) if file.exists() else None


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def setup() -> str:
    return setup_cell("owner/name")


def test_the_cells_with_the_real_package_from_an_empty_folder(tmp_path: Path, setup: str) -> None:
    code = f"{setup}\n{toggle_cell()}\n{start_cell()}\nprint(session.device)"
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "cpu"


@pytest.mark.parametrize("below", [".", "notebooks", "notebooks/deeper/still"])
def test_package_in_the_folder_or_above_it(
    machine: Machine, setup: str, tmp_path: Path, below: str
) -> None:
    machine.has(*NEEDED)
    project = tmp_path / "project"
    folder = project / below
    folder.mkdir(parents=True)
    machine.has_lmteach(project)
    done = machine.run(setup + SHOW, folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["found", str(project / "lmteach" / "classroom.py")]
    assert machine.asked is None, "nothing was missing, and yet pip was called"


def test_kernel_started_elsewhere_looks_beside_the_notebook(
    machine: Machine, setup: str, tmp_path: Path
) -> None:
    machine.has(*NEEDED)
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    (project / "notebooks").mkdir(parents=True)
    elsewhere.mkdir()
    machine.has_lmteach(project)
    opened = str(project / "notebooks" / "01_bigrams.ipynb")
    done = machine.run(setup + SHOW, elsewhere, JPY_SESSION_NAME=opened)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["found", str(project / "lmteach" / "classroom.py")]
    assert machine.asked is None, "nothing was missing, and yet pip was called"


def test_as_in_colab_it_is_installed_and_large_libraries_are_kept(
    machine: Machine, setup: str, tmp_path: Path
) -> None:
    machine.has("torch", "numpy", "ipywidgets", version="2.11")
    done = machine.run(setup + SHOW, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["found", str(machine.site / "lmteach" / "classroom.py")]
    asked = machine.asked or []
    assert asked[0] == "install"
    assert any("github.com/owner/name" in word for word in asked), asked
    assert {"torch==2.11", "numpy==2.11", "ipywidgets==2.11"} <= set(asked)
    assert "--upgrade" not in asked


def test_a_second_run_installs_nothing(machine: Machine, setup: str, tmp_path: Path) -> None:
    machine.has(*NEEDED, "lmteach")
    machine.has_lmteach(machine.site)
    done = machine.run(setup + SHOW, tmp_path)
    assert done.returncode == 0, done.stderr
    assert machine.asked is None, "all was there, and yet pip was called"


def test_pip_failing_is_one_line_that_says_what_to_try(
    machine: Machine, setup: str, tmp_path: Path
) -> None:
    (machine.site / "fails").touch()
    done = machine.run(setup + SHOW, tmp_path)
    assert done.returncode != 0
    assert machine.asked is not None
    assert done.stdout == ""
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert "no route to the index" in lines[0], "the reason that pip gave is missing"
    assert "pip install" in lines[0], "what to try is missing"
