"""Running an experiment: all cases with all seeds, and the commit of the code that was run."""

import math
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from lmteach.evaluation.results import Entry, read_results
from tools import results

COMMIT = "0123456789" * 4


def experiment(**changes: object) -> SimpleNamespace:
    """One with two cases, whose figure tells by which case and seed it was made."""
    parts = {
        "RECIPE": {"steps": 3},
        "CASES": ({"dim": 1}, {"dim": 2}),
        "SEEDS": (5, 6),
        "measure": lambda seed, dim: {"bits": float(10 * dim + (seed or 0))},
    }
    return SimpleNamespace(**parts | changes)


@pytest.fixture
def committed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "commit", lambda: COMMIT)


@pytest.mark.usefixtures("committed")
def test_all_cases_with_all_seeds_are_written_and_read(tmp_path: Path) -> None:
    made = results.measured("sweep", experiment())
    assert made.entries == (
        Entry({"dim": 1}, 5, {"bits": 15.0}),
        Entry({"dim": 1}, 6, {"bits": 16.0}),
        Entry({"dim": 2}, 5, {"bits": 25.0}),
        Entry({"dim": 2}, 6, {"bits": 26.0}),
    )
    assert (made.commit, made.seeds, made.recipe) == (COMMIT, (5, 6), {"steps": 3})
    assert results.write(made, tmp_path / "new") == tmp_path / "new" / "sweep.json"
    assert read_results("sweep", tmp_path / "new") == made


@pytest.mark.usefixtures("committed")
def test_without_seeds_each_case_is_run_once() -> None:
    made = results.measured("sweep", experiment(SEEDS=()))
    assert [(entry.seed, entry.figures["bits"]) for entry in made.entries] == [
        (None, 10.0),
        (None, 20.0),
    ]


@pytest.mark.usefixtures("committed")
def test_a_figure_that_can_not_be_kept_stops_it_at_once() -> None:
    calls = []

    def measure(seed: int, dim: int) -> dict[str, float]:
        calls.append((seed, dim))
        return {"bits": math.nan}

    with pytest.raises(ValueError, match="not JSON compliant"):
        results.measured("sweep", experiment(measure=measure))
    assert calls == [(5, 1)]


def test_the_commit_is_that_of_the_code_and_changes_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("lmteach/evaluation/results", "experiments"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "experiments" / "sweep.py").write_text("CASES = ()")
    author = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for words in (["init", "-q"], ["add", "."], [*author, "commit", "-qm", "All"]):
        subprocess.run(["git", *words], check=True)
    head = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True).stdout
    (tmp_path / "lmteach" / "evaluation" / "results" / "old.json").write_text("{}")
    assert results.commit() == head.strip()
    (tmp_path / "experiments" / "sweep.py").write_text("CASES = ({},)")
    with pytest.raises(SystemExit, match=r"commit these first(.|\n)*experiments/sweep\.py"):
        results.commit()


def test_the_list_of_experiments(capsys: pytest.CaptureFixture[str]) -> None:
    assert results.main([]) == 0
    assert "token_ngrams: How far do counts get on tokens?" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="2"):
        results.main(["no_such_experiment"])
    assert "invalid choice: 'no_such_experiment'" in capsys.readouterr().err


def test_the_machine_is_described_whole() -> None:
    found = results.machine()
    assert found["cores"] >= 1
    assert found["threads"] >= 1
    assert all(found.values())
