"""The scoreboard: every model of the collection on the same text, in the same unit.

Thread A is "predict the next character" (bits per character on the held-out articles of
``wikipedia()``), thread B "spelling to sound" (phoneme error rate), thread C "judge a sentence"
(accuracy). Started in notebook 00.
"""

import functools
import json
import os
import warnings
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from importlib.resources import files
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from filelock import BaseFileLock, FileLock
from platformdirs import user_data_path

from lmteach.checks import check_number
from lmteach.evaluation.tables import markdown_table, plain_table
from lmteach.files import named_path, why, write_whole
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
LOCK_SECONDS = 10.0  # a file is written in milliseconds: whoever holds it longer hangs


@dataclass(frozen=True)
class Row:
    """One model's result: its value in the thread's unit, its size, and what it took to get there.

    ``value`` is the mean over ``seeds`` runs and ``spread`` their standard deviation;
    ``parameters`` the fitted numbers, ``seconds`` the time to train once. ``text_read`` counts the
    characters of the training text, ``passes`` how often they were read. ``peak_memory`` is the
    most that training held, and ``bytes`` what the model takes when it is kept, both in bytes.
    ``labels`` is the number of labelled examples, in thread C. None is what was not measured, or
    means nothing for this model. ``apart`` is a model that may have read the test text before: its
    value bears a † and can't be held against the others, so it stands below them.
    """

    model: str
    value: float
    parameters: int | None = None
    seconds: float | None = None
    spread: float | None = None
    seeds: int | None = None
    text_read: int | None = None
    passes: int | float | None = None
    peak_memory: int | None = None
    bytes: int | None = None
    labels: int | None = None
    apart: bool = False

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
        return f"{self.value:.3f}{spread}{' †' if self.apart else ''}"


# How each column beyond the value is headed and written.
COLUMNS: dict[str, tuple[str, Callable[[float], str]]] = {
    "parameters": ("parameters", "{:,}".format),
    "seconds": ("seconds", "{:.1f}".format),
    "seeds": ("seeds", "{:,}".format),
    "text_read": ("characters", "{:,}".format),
    "passes": ("times read", "{:,.1f}".format),
    "peak_memory": ("peak MB", lambda number: f"{number / 1e6:,.1f}"),
    "bytes": ("MB", lambda number: f"{number / 1e6:,.1f}"),
    "labels": ("labels", "{:,}".format),
}
USUAL_COLUMNS = ("parameters", "seconds", "passes")


@dataclass(frozen=True)
class Table:
    """The committed rows of a thread beside the learner's own; shows itself as a table.

    ``committed`` and ``yours`` are sorted from best to worst, first those that have not read the
    test text; ``columns`` name the fields of a row that stand right of the values.

    >>> Table("A", committed=(Row("gzip", 2.96, None, 0.1),), yours=())
    model  bits per character  yours  parameters  seconds  times read
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

    @property
    def note(self) -> str:
        """What the † says, if there is one."""
        apart = any(row.apart for row in (*self.committed, *self.yours))
        return "\n\n† may have read the test text before" if apart else ""

    def __repr__(self) -> str:
        return plain_table(self.header(), self.lines()) + self.note

    def _repr_markdown_(self) -> str:
        return markdown_table(self.header(), self.lines()) + self.note


@typed
def record(
    thread: str,
    model: str,
    value: float | Sequence[float],
    parameters: int | None,
    seconds: float | None,
    *,
    text_read: int | None = None,
    passes: int | float | None = None,
    peak_memory: int | None = None,
    bytes: int | None = None,
    labels: int | None = None,
    apart: bool = False,
) -> Row:
    """Write the learner's own result down, so that ``table`` shows it; return the row.

    ``thread`` is "A" (bits per character), "B" (phoneme error rate) or "C" (accuracy); ``value``
    the result, or one result for each seed, of which the number, the mean and the standard
    deviation are kept. The others are the fields of ``Row``; None where nothing was measured or
    the number means nothing, as the parameters of a compressor. A row of the same model replaces
    the one before. Rows are kept in the user's data folder, or in the file that the environment
    variable ``LMTEACH_SCOREBOARD`` names; where that can't be written, a warning says so, and the
    row is there as long as this kernel.

    Raises ``ValueError`` for an unknown thread, an empty name, no value, a number that is
    negative or not finite, or a damaged file, which stays as it is.

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
        None if passes is None else round(float(passes), 2),
        peak_memory,
        bytes,
        labels,
        apart,
    )
    path = _own_path()
    _waiting.setdefault(path, {})[thread, model] = row
    _write_waiting(path)
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
    committed = _rows(_read(Path(str(files("lmteach.evaluation") / "scoreboard.json"))), thread)
    yours = _own_rows(thread)
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
    return sorted(rows, key=lambda row: (row.apart, -row.value if down else row.value))


_waiting: dict[Path, dict[tuple[str, str], Row]] = {}  # rows that are not in their file yet
_warned: set[Path] = set()


def _own_path() -> Path:
    named = os.environ.get("LMTEACH_SCOREBOARD")
    path = named_path(named) if named else user_data_path("lmteach") / "scoreboard.json"
    return path.absolute()


def _own_rows(thread: str) -> dict[str, Row]:
    """Return the learner's rows by model: those in the file, and those that are not there yet."""
    path, content = _own_path(), {}
    try:
        content = _read(path)
    except OSError as error:
        _warn_once(path, f"can't be read ({why(error)}), so your rows in it are not shown.")
    waiting = _waiting.get(path, {})
    return _rows(content, thread) | {
        row.model: row for (at, _), row in waiting.items() if at == thread
    }


@functools.cache
def _lock(path: Path) -> BaseFileLock:
    """One lock for each file, so that a kernel takes again what an interrupt left locked."""
    return FileLock(path)


def _write_waiting(path: Path) -> None:
    """Write the rows that wait for it into a file, while no other process does the same."""
    lock = _lock(path.with_suffix(".lock"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=LOCK_SECONDS)
        _write(path, _read(path), _waiting[path])
        _waiting[path].clear()
    except OSError as error:
        _warn_once(
            path, f"can't be written ({why(error)}), so your rows last as long as this kernel."
        )
    finally:
        try:
            if lock.is_locked:
                with suppress(OSError):  # Windows doesn't remove what is open, the library does
                    os.unlink(lock.lock_file)
        finally:
            lock.release(force=True)


def _warn_once(path: Path, what: str) -> None:
    """Warn the caller of ``record`` or ``table``, unless there was a warning about this file."""
    if path not in _warned:
        _warned.add(path)
        mend = "Set LMTEACH_SCOREBOARD to a file in a folder that you can write to."
        warnings.warn(f"The scoreboard {path} {what} {mend}", stacklevel=4)


def _read(path: Path) -> dict[str, Any]:
    """Return what a file holds: lists of rows by thread. One that isn't there holds nothing."""
    if not path.exists():
        return {}
    data = path.read_bytes()
    try:
        content: dict[str, Any] = json.loads(data)
        for thread in THREADS:
            _rows(content, thread)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(
            f"the scoreboard file {path} can't be read ({error}). "
            "Delete or mend it; your rows come back when the notebooks are run again."
        ) from error
    return content


def _rows(content: dict[str, Any], thread: str) -> dict[str, Row]:
    """Return the rows of a thread by model, without what a newer version has noted besides."""
    names = [field.name for field in fields(Row)]
    rows = {}
    for noted in content.get(thread, []):
        row = Row(**{name: noted[name] for name in names if name in noted})
        for name in ("value", "spread", *COLUMNS):
            if (number := getattr(row, name)) is not None or name == "value":
                check_number(name, number, at_least=0)
        rows[noted["model"]] = row
    return rows


def _write(path: Path, content: dict[str, Any], new: dict[tuple[str, str], Row]) -> None:
    """Put rows in the place of those of the same model; all else in the file stays as it is."""
    for (thread, model), row in new.items():
        others = [noted for noted in content.get(thread, []) if noted["model"] != model]
        noted = {key: value for key, value in asdict(row).items() if value is not None}
        if not row.apart:
            del noted["apart"]
        content[thread] = sorted([*others, noted], key=lambda noted: noted["model"])
    write_whole(
        path, json.dumps(dict(sorted(content.items())), indent=1, ensure_ascii=False) + "\n"
    )
