"""The scoreboard: every model of the collection on the same text, in the same unit.

Thread A is "predict the next character" (bits per character on the held-out articles of
``wikipedia()``), thread B "spelling to sound" (phoneme error rate), thread C "judge a sentence"
(accuracy). Started in notebook 00.
"""

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from statistics import mean, stdev

from platformdirs import user_data_path

from lmteach.checks import check_number
from lmteach.evaluation.tables import markdown_table, plain_table
from lmteach.typed import check_fields, typed


@dataclass(frozen=True)
class Thread:
    """A task that many models do: its name, the unit of its values, and which end is good."""

    name: str
    unit: str
    lower_is_better: bool = True


THREADS = {
    "A": Thread("predict the next character", "bits per character"),
    "B": Thread("spelling to sound", "phoneme error rate"),
    "C": Thread("judge a sentence", "accuracy", lower_is_better=False),
}
LOCK_SECONDS = 10.0  # a file is written in milliseconds: a lock this old was left by a crash


@dataclass(frozen=True)
class Row:
    """One model's result: its value in the thread's unit, its size, and what it took to get there.

    ``value`` is the mean over ``seeds`` runs and ``spread`` their standard deviation;
    ``parameters`` the fitted numbers, ``seconds`` the time to train once. ``text_read`` counts the
    characters of the training text, ``passes`` how often they were read. ``peak_memory`` is the
    most that training held, and ``bytes`` what the model takes when it is kept, both in bytes.
    ``labels`` is the number of labelled examples, in thread C. None is what was not measured, or
    means nothing for this model.
    """

    model: str
    value: float
    parameters: int | None = None
    seconds: float | None = None
    spread: float | None = None
    seeds: int | None = None
    text_read: int | None = None
    passes: float | None = None
    peak_memory: int | None = None
    bytes: int | None = None
    labels: int | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.model.strip():
            raise ValueError("model is empty, expected a name to show in the table.")
        for name in ("value", "spread", *COLUMNS):
            if getattr(self, name) is not None:
                check_number(name, getattr(self, name), at_least=1 if name == "seeds" else 0)

    @property
    def shown(self) -> str:
        """The value with three digits, and its spread beside it if there is one.

        >>> Row("LSTM", 2.25, 1000, 60.0, spread=0.01).shown
        '2.250 ± 0.010'
        """
        spread = "" if self.spread is None else f" ± {self.spread:.3f}"
        return f"{self.value:.3f}{spread}"


# How each column beyond the value is headed and written.
COLUMNS: dict[str, tuple[str, Callable[[float], str]]] = {
    "parameters": ("parameters", "{:,}".format),
    "seconds": ("seconds", "{:.1f}".format),
    "seeds": ("seeds", "{:,}".format),
    "text_read": ("characters read", "{:,}".format),
    "passes": ("passes", "{:,.1f}".format),
    "peak_memory": ("peak MB", lambda number: f"{number / 1e6:,.1f}"),
    "bytes": ("MB", lambda number: f"{number / 1e6:,.1f}"),
    "labels": ("labels", "{:,}".format),
}
USUAL_COLUMNS = ("parameters", "seconds")


@dataclass(frozen=True)
class Table:
    """The committed rows of a thread beside the learner's own; shows itself as a table.

    ``committed`` and ``yours`` are sorted from best to worst; ``columns`` name the fields of a
    row that stand right of the values.

    >>> Table("A", committed=(Row("gzip", 2.96, None, 0.1),), yours=())
    model  bits per character  yours  parameters  seconds
    gzip                2.960                         0.1
    """

    thread: str
    committed: tuple[Row, ...]
    yours: tuple[Row, ...]
    columns: tuple[str, ...] = USUAL_COLUMNS

    def header(self) -> tuple[str, ...]:
        """Return what stands above ``lines``: model, the unit, yours, and the columns."""
        heads = (COLUMNS[name][0] for name in self.columns)
        return ("model", THREADS[self.thread].unit, "yours", *heads)

    def lines(self) -> list[tuple[str, ...]]:
        """Return the texts of each model: its name, value, the learner's, and the columns."""
        yours = {row.model: row for row in self.yours}
        committed = {row.model: row for row in self.committed}
        lines = []
        for row in _best_first(self.thread, (yours | committed).values()):
            values = [
                found[row.model].shown if row.model in found else "" for found in (committed, yours)
            ]
            numbers = [(getattr(row, name), COLUMNS[name][1]) for name in self.columns]
            texts = ["" if number is None else write(number) for number, write in numbers]
            lines.append((row.model, *values, *texts))
        return lines

    def __repr__(self) -> str:
        return plain_table(self.header(), self.lines())

    def _repr_markdown_(self) -> str:
        return markdown_table(self.header(), self.lines())


@typed
def record(
    thread: str,
    model: str,
    value: float | Sequence[float],
    parameters: int | None,
    seconds: float | None,
    *,
    text_read: int | None = None,
    passes: float | None = None,
    peak_memory: int | None = None,
    bytes: int | None = None,
    labels: int | None = None,
) -> Row:
    """Write the learner's own result down, so that ``table`` shows it; return the row.

    ``thread`` is "A" (bits per character), "B" (phoneme error rate) or "C" (accuracy); ``value``
    the result, or one result for each seed, of which the number, the mean and the standard
    deviation are kept. The others are the fields of ``Row``; None where nothing was measured or
    the number means nothing, as the parameters of a compressor. A row of the same model replaces
    the one before. Rows are kept in the user's data folder, or in the file that the environment
    variable ``LMTEACH_SCOREBOARD`` names.

    Raises ``ValueError`` for an unknown thread, an empty name, no value, or a number that is
    negative or not finite.

    >>> record("A", "a fair coin for each bit", 8.0, parameters=0, seconds=0.0).value
    8.0
    >>> record("A", "three seeds", [1.9, 2.0, 2.1], parameters=5, seconds=0.0).shown
    '2.000 ± 0.100'
    """
    seeds = len(value) if isinstance(value, Sequence) else None
    values = [float(one) for one in value] if isinstance(value, Sequence) else [float(value)]
    _check_thread(thread)
    if not model.strip():
        raise ValueError("model is empty, expected a name to show in the table.")
    if not values:
        raise ValueError("value holds no number, expected one result, or one for each seed.")
    for one in values:
        check_number("value", one, at_least=0)
    row = Row(
        model,
        round(mean(values), 4),
        parameters,
        None if seconds is None else round(float(seconds), 2),
        round(stdev(values), 4) if len(values) > 1 else None,
        seeds,
        text_read,
        passes,
        peak_memory,
        bytes,
        labels,
    )
    path = _own_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path):
        rows = _read(path)
        rows.setdefault(thread, {})[model] = row
        _write(path, rows)
    return row


@typed
def table(
    thread: str, models: Sequence[str] | None = None, columns: Sequence[str] = USUAL_COLUMNS
) -> Table:
    """Return the scoreboard of a thread: the committed rows and the learner's own.

    ``models`` are the names of the rows to show, all of them if not given; ``columns`` the fields
    of ``Row`` that stand beside the values, such as ``["seeds", "text_read", "seconds"]``.

    Raises ``ValueError`` for an unknown thread or column, or a model that has no row.

    >>> table("A").thread
    'A'
    """
    _check_thread(thread)
    for argument, names in (("models", models), ("columns", columns)):
        if isinstance(names, str):
            raise ValueError(f"{argument} is {names!r}, expected a list of names: [{names!r}].")
    if models is not None and len(models) == 0:
        raise ValueError("models is empty, expected at least one name, or None for all rows.")
    if unknown := [name for name in columns if name not in COLUMNS]:
        raise ValueError(f"no column is called {unknown[0]!r}, expected {', '.join(COLUMNS)}.")
    committed = _read(Path(str(files("lmteach.evaluation") / "scoreboard.json"))).get(thread, {})
    yours = _read(_own_path()).get(thread, {})
    known = {**committed, **yours}
    shown = known if models is None else models
    if unknown := [model for model in shown if model not in known]:
        raise ValueError(
            f"no row is called {unknown[0]!r}, expected one of {', '.join(map(repr, known))}. "
            "Run the notebook that records it, or mind the spelling."
        )
    ours, own = (
        tuple(_best_first(thread, [rows[model] for model in shown if model in rows]))
        for rows in (committed, yours)
    )
    return Table(thread, ours, own, tuple(columns))


def _check_thread(thread: str) -> None:
    if thread not in THREADS:
        names = ", ".join(f"{name!r} ({known.unit})" for name, known in THREADS.items())
        raise ValueError(f"thread is {thread!r}, expected one of {names}.")


def _best_first(thread: str, rows: Iterable[Row]) -> list[Row]:
    down = not THREADS[thread].lower_is_better
    return sorted(rows, key=lambda row: row.value, reverse=down)


def _own_path() -> Path:
    named = os.environ.get("LMTEACH_SCOREBOARD")
    return Path(named) if named else user_data_path("lmteach") / "scoreboard.json"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Keep other processes from a file between reading and writing, so that no row gets lost."""
    lock, started = path.with_suffix(".lock"), time.monotonic()
    while True:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL))
            break
        except FileExistsError:
            if time.monotonic() - started > LOCK_SECONDS:
                break
            time.sleep(0.01)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, dict[str, Row]]:
    """Return the rows of each thread by model; a file that isn't there has none."""
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {
            thread: {row["model"]: Row(**row) for row in rows} for thread, rows in content.items()
        }
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(
            f"the scoreboard file {path} can't be read ({error}). "
            "Delete or mend it; your rows come back when the notebooks are run again."
        ) from error


def _write(path: Path, rows: dict[str, dict[str, Row]]) -> None:
    """Write the rows, whole or not at all; what was not measured is left out."""
    content = {
        thread: [
            {name: field for name, field in asdict(row).items() if field is not None}
            for row in sorted(kept.values(), key=lambda row: row.model)
        ]
        for thread, kept in sorted(rows.items())
    }
    scratch = path.with_suffix(f".{os.getpid()}")
    scratch.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    scratch.replace(path)
