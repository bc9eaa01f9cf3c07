"""Run a long experiment and store its figures: python -m tools.results [NAME]

The experiments are the modules of experiments/; without a name they are listed. The figures go
into lmteach/evaluation/results/, with all that is needed to measure them again. Where a module
names rows of the scoreboard, they are recorded, too: ``BOARD`` is a thread, the figure that is its
value, and the case of each row by the row's name; ``apart`` in it says that the model may have read
the test text.
"""

import argparse
import importlib
import json
import os
import platform
import re
import subprocess
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import mean
from types import ModuleType

import torch

from lmteach.evaluation.results import FOLDER, Entry, Results, read_results
from lmteach.evaluation.scoreboard import record
from lmteach.files import write_whole

EXPERIMENTS = Path("experiments")
TOLD = ("parameters", "text_read", "passes", "labels")  # what is the same for all seeds
WRITTEN = ("lmteach/evaluation/results", "lmteach/evaluation/scoreboard.json")  # no code
RUN_FROM = ("lmteach", "experiments", *(f":!{path}" for path in WRITTEN))


def names() -> list[str]:
    """The experiments that there are."""
    return sorted(path.stem for path in EXPERIMENTS.glob("*.py") if path.stem != "__init__")


def experiment_of(name: str) -> ModuleType:
    """The module of an experiment."""
    return importlib.import_module(f"experiments.{name}")


def commit() -> str:
    """The commit whose code is run; none if the code was changed since."""
    changed = _git("status", "--porcelain", "--", *RUN_FROM)
    if changed:
        raise SystemExit(f"commit these first, so that the figures have a commit:\n{changed}")
    return _git("rev-parse", "HEAD").strip()


def machine() -> dict[str, str | int]:
    """What the figures and above all the seconds depend on, besides the code."""
    return {
        "cores": os.cpu_count() or 1,
        "processor": _processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
    }


def measured(name: str, experiment: ModuleType) -> Results:
    """All cases with all seeds, one after the other."""
    code, started, entries = commit(), time.perf_counter(), []
    for case in experiment.CASES:
        for seed in experiment.SEEDS or (None,):
            entries.append(Entry(case, seed, experiment.measure(seed, **case)))
            print(_json(asdict(entries[-1])), flush=True)  # what can't be kept stops it at once
    return Results(
        name,
        experiment.RECIPE,
        tuple(experiment.SEEDS),
        code,
        machine(),
        datetime.now(UTC).date().isoformat(),
        round(time.perf_counter() - started, 1),
        tuple(entries),
    )


def write(results: Results, folder: Path) -> Path:
    """The file that ``read_results`` reads."""
    path = folder / f"{results.name}.json"
    write_whole(path, _json(asdict(results), indent=1) + "\n")
    return path


def put_on_board(results: Results, experiment: ModuleType) -> None:
    """Record the rows that an experiment names, if any: a value for each seed, the mean seconds."""
    board = getattr(experiment, "BOARD", {"rows": {}})
    for name, case in board["rows"].items():
        values = results.values(board["value"], **case)
        known = next(
            entry.case | entry.figures
            for entry in results.entries
            if case.items() <= entry.case.items()
        )
        record(
            board["thread"],
            name,
            values if results.seeds else values[0],
            seconds=mean(results.values("seconds", **case)),
            apart=board.get("apart", False),
            **{"parameters": None} | {key: known[key] for key in TOLD if key in known},
        )


def main(line: list[str]) -> int:
    """Run one, or list all."""
    parser = argparse.ArgumentParser(prog="python -m tools.results", description=__doc__)
    parser.add_argument("name", nargs="?", choices=names())
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the file goes")
    parser.add_argument(
        "--board", action="store_true", help="only record the rows of what is stored"
    )
    options = parser.parse_args(line)
    if options.board:
        for name in names():
            put_on_board(read_results(name, options.folder), experiment_of(name))
        return 0
    if options.name is None:
        for name in names():
            question = experiment_of(name).__doc__ or ""
            print(f"{name}: {question.splitlines()[0]}")
        return 0
    experiment = experiment_of(options.name)
    results = measured(options.name, experiment)
    print(results)
    print(f"written: {write(results, options.folder)}")
    put_on_board(results, experiment)
    return 0


def _json(content: dict[str, object], indent: int | None = None) -> str:
    return json.dumps(content, indent=indent, ensure_ascii=False, allow_nan=False)


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], check=True, capture_output=True, text=True).stdout


def _processor() -> str:
    """The processor's name; Linux keeps it in a file."""
    listed = Path("/proc/cpuinfo")
    text = listed.read_text(encoding="utf-8") if listed.is_file() else ""
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1] if found else platform.processor() or platform.machine()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
