"""Running an experiment: all cases with all seeds, and the commit of the code that was run."""

import math
import subprocess
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from lmteach.evaluation.results import FOLDER, Entry, read_results
from lmteach.evaluation.scoreboard import table
from tools import results

COMMIT = "0123456789" * 4
STORED = sorted(path.stem for path in FOLDER.glob("*.json"))


def named(name: str) -> ModuleType:
    return import_module(f"experiments.{name}")


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


def board(rows: dict[str, dict[str, int]]) -> dict[str, object]:
    return {"thread": "A", "value": "bits", "rows": rows}


FIGURES = {"parameters": 7, "text_read": 100, "passes": 2.5}


@pytest.mark.usefixtures("committed")
def test_rows_of_the_board_are_recorded_with_their_seeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LMTEACH_SCOREBOARD", str(tmp_path / "board.json"))

    def measure(seed: int, dim: int) -> dict[str, float]:
        return {"bits": 2.0 + dim + (seed or 0) / 10, "seconds": float(seed or 4), **FIGURES}

    made = results.measured("sweep", experiment(measure=measure))
    results.put_on_board(made, experiment(BOARD=board({"the wide one": {"dim": 2}})))
    [row] = table("A", ["the wide one"]).yours
    assert (row.value, row.seeds) == (4.55, 2)
    assert row.spread == pytest.approx(0.1 / 2**0.5, abs=1e-4)
    assert (row.seconds, row.parameters, row.text_read, row.passes) == (5.5, 7, 100, 2.5)

    made = results.measured("sweep", experiment(measure=measure, SEEDS=()))
    results.put_on_board(made, experiment(BOARD=board({"the narrow one": {"dim": 1}})))
    [row] = table("A", ["the narrow one"]).yours
    assert (row.value, row.seeds, row.spread, row.seconds) == (3.0, None, None, 4.0)


@pytest.mark.usefixtures("committed")
def test_a_row_has_the_labels_of_its_case_and_nothing_that_was_not_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LMTEACH_SCOREBOARD", str(tmp_path / "board.json"))

    def measure(seed: int, labels: int) -> dict[str, float]:
        return {"accuracy": labels / 400, "seconds": 1.0, "parameters": labels}

    cases = ({"labels": 50}, {"labels": 200})
    rows = {f"{case['labels']} labels": case for case in cases}
    named = {"thread": "C", "value": "accuracy", "rows": rows}
    made = results.measured("sweep", experiment(measure=measure, CASES=cases))
    results.put_on_board(made, experiment(BOARD=named))
    found = [(row.model, row.labels, row.value, row.parameters) for row in table("C").yours]
    assert found == [("200 labels", 200, 0.5, 200), ("50 labels", 50, 0.125, 50)]
    assert {(row.text_read, row.passes) for row in table("C").yours} == {(None, None)}


def test_the_rows_of_all_that_is_stored_are_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LMTEACH_SCOREBOARD", str(tmp_path / "board.json"))
    assert results.main(["--board"]) == 0
    boards = [named(name).BOARD for name in STORED if hasattr(named(name), "BOARD")]
    expected = {(board["thread"], model) for board in boards for model in board["rows"]}
    found = {(thread, row.model) for thread in "ABC" for row in table(thread).yours}
    assert found == expected


@pytest.mark.parametrize("name", [name for name in STORED if hasattr(named(name), "BOARD")])
def test_the_board_shows_what_is_stored(name: str) -> None:
    board, stored = named(name).BOARD, read_results(name)
    rows = {row.model: row for row in table(board["thread"]).committed}
    for model, case in board["rows"].items():
        values = stored.values(board["value"], **case)
        assert rows[model].value == pytest.approx(sum(values) / len(values), abs=1e-4)
        assert rows[model].parameters == stored.values("parameters", **case)[0]


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
    (tmp_path / "lmteach" / "evaluation" / "scoreboard.json").write_text("{}")
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
