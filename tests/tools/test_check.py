"""The one list of checks, and those who call it: the Makefile, the workflow, the README."""

import re
import shlex
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from tools import check
from tools.dependencies import declared

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
JOBS = WORKFLOW["jobs"]


def unknown(line: str) -> list[str]:
    """What a command line of this project names and the project doesn't have."""
    words = shlex.split(line.strip())
    if words[:3] == ["python", "-m", "pip"]:
        named = [b for a, b in pairwise(words) if a in ("-r", "-c")]
        wrong = [name for name in named if not (ROOT / name).is_file()]
        extras = re.findall(r"\.\[(\w+)\]", line)
        wrong += [name for name in extras if not any(declared(name))]
        return wrong
    if words[:2] == ["python", "-m"] and words[2].startswith("tools."):
        path = ROOT.joinpath(*words[2].split(".")).with_suffix(".py")
        steps = words[3:] if words[2] == "tools.check" else []
        return [step for step in steps if step not in check.STEPS] + [words[2]] * (
            not path.is_file()
        )
    return [line]


def runs(job: str) -> list[str]:
    """The command lines of a job."""
    return [line for step in JOBS[job]["steps"] for line in step.get("run", "").splitlines()]


def test_the_workflow_calls_only_what_is_there() -> None:
    lines = [line for job in JOBS for line in runs(job)]
    assert len(lines) > 10
    assert [wrong for line in lines for wrong in unknown(line)] == []


@pytest.mark.parametrize(
    "line",
    [
        "python -m tools.check lint type",
        "python -m tools.checks",
        "python -m pip install -r requirement.txt",
        "python -m pip install -c constraint.txt kenlm",
        "make test",
    ],
)
def test_what_is_not_there_turns_red(line: str) -> None:
    assert len(unknown(line)) == 1


def test_between_them_the_jobs_run_every_check_once() -> None:
    steps = [
        step
        for job in ("test", "browser")
        for line in runs(job)
        if line.startswith("python -m tools.check")
        for step in shlex.split(line)[3:]
    ]
    assert sorted(steps) == sorted(check.STEPS.keys() - {"tests"})
    assert JOBS["test"]["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]


def test_all_tests_are_the_parts_together() -> None:
    """`tests` is one call, so that both processes are busy to the end."""

    def folders(step: str) -> set[str]:
        (line,) = check.STEPS[step]
        return {word for word in shlex.split(line)[3:] if (ROOT / word).is_dir()}

    assert folders("tests") == folders("unit") | folders("notebooks")
    assert "--ignore=tests/browser" in check.STEPS["unit"][0]
    assert folders("browser") == {"tests/browser"}
    assert "--nbval" in check.STEPS["notebooks"][0]
    assert "--nbval" in check.STEPS["tests"][0]


def test_the_makefile_calls_steps_of_the_list() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    called = re.findall(r"-m tools\.check ?(.*)", makefile)
    alone = {"tests", "data"}  # `make data` calls the tool itself, so that a failure is one
    assert {step for line in called for step in line.split()} == check.STEPS.keys() - alone
    assert re.search(r"-m tools\.data$", makefile, re.MULTILINE)
    assert check.ALL[0] == "data"


def test_the_first_failure_ends_it_and_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = (f'python -c "import sys; sys.exit({status})"' for status in (0, 3))
    monkeypatch.setattr(check, "STEPS", {"good": [one], "bad": [one, two], "next": [one]})
    assert check.main(["good"]) == 0
    assert check.main(["bad", "next"]) == 1
    said = capsys.readouterr()
    assert said.out.splitlines() == [one, one, two]
    assert said.err == f"failed: {two}\n"


def test_programs_are_those_of_this_environment(capfd: pytest.CaptureFixture[str]) -> None:
    assert check.run('python -c "import sys; print(sys.prefix, sys.flags.utf8_mode)"') == 0
    assert capfd.readouterr().out.split() == [sys.prefix, "1"]


def test_an_unknown_step_is_refused() -> None:
    line = [sys.executable, "-m", "tools.check", "lint", "tpyes"]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert "no step tpyes" in done.stderr
