"""The scoreboard: every model of the collection on the same text, in the same unit.

Thread A is "predict the next character" (bits per character on the held-out articles of
``wikipedia()``); thread B is "spelling to sound" (phoneme error rate). Started in notebook 00.
"""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from statistics import mean, stdev

from platformdirs import user_data_path

from lmteach.checks import check_number

THREADS = {"A": "bits per character", "B": "phoneme error rate"}


@dataclass(frozen=True)
class Row:
    """One model's result: its value in the thread's unit (lower is better), size and cost.

    ``spread`` is the standard deviation of the value over seeds, None where there was one run.
    """

    model: str
    value: float
    parameters: int | None
    seconds: float
    spread: float | None = None

    @property
    def shown(self) -> str:
        """The value with three digits, and its spread beside it if there is one.

        >>> Row("LSTM", 2.25, 1000, 60.0, spread=0.01).shown
        '2.250 ± 0.010'
        """
        spread = "" if self.spread is None else f" ± {self.spread:.3f}"
        return f"{self.value:.3f}{spread}"


@dataclass(frozen=True)
class Table:
    """The committed rows of a thread beside the learner's own; shows itself as a table.

    ``committed`` and ``yours`` are sorted from best to worst.

    >>> Table("A", committed=(Row("gzip", 2.96, None, 0.1),), yours=())
    model  bits per character  yours  parameters  seconds
    gzip                2.960                         0.1
    """

    thread: str
    committed: tuple[Row, ...]
    yours: tuple[Row, ...]

    def lines(self) -> list[tuple[str, str, str, str, str]]:
        """Return a row of five texts for each model: name, value, yours, parameters, seconds."""
        yours = {row.model: row for row in self.yours}
        both = {row.model: row for row in (*self.yours, *self.committed)}
        committed = {row.model: row for row in self.committed}
        texts = []
        for row in sorted(both.values(), key=lambda row: row.value):
            own = yours.get(row.model)
            texts.append(
                (
                    row.model,
                    committed[row.model].shown if row.model in committed else "",
                    own.shown if own else "",
                    "" if row.parameters is None else f"{row.parameters:,}",
                    f"{row.seconds:.1f}",
                )
            )
        return texts

    def _header(self) -> tuple[str, str, str, str, str]:
        return ("model", THREADS[self.thread], "yours", "parameters", "seconds")

    def __repr__(self) -> str:
        rows = [self._header(), *self.lines()]
        widths = [max(len(row[column]) for row in rows) for column in range(5)]
        return "\n".join(
            "  ".join(
                text.ljust(width) if column == 0 else text.rjust(width)
                for column, (text, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        )

    def _repr_markdown_(self) -> str:
        rows = [self._header(), ("---", "---:", "---:", "---:", "---:"), *self.lines()]
        return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def record(
    thread: str,
    model: str,
    value: float | Sequence[float],
    parameters: int | None,
    seconds: float,
) -> Row:
    """Write the learner's own result down, so that ``table`` shows it; return the row.

    ``thread`` is "A" (bits per character) or "B" (phoneme error rate); ``value`` the result, or
    one result for each seed, of which the mean and the standard deviation are kept;
    ``parameters`` the number of fitted numbers (None where that means nothing, as for a
    compressor); ``seconds`` the time to train once. A row of the same model replaces the one
    before. Rows are kept in the user's data folder, or in the file that the environment variable
    ``LMTEACH_SCOREBOARD`` names.

    Raises ``ValueError`` for an unknown thread, an empty name, no value, or a value, size or
    time that is negative or not finite.

    >>> record("A", "a fair coin for each bit", 8.0, parameters=0, seconds=0.0).value
    8.0
    >>> record("A", "three seeds", [1.9, 2.0, 2.1], parameters=5, seconds=0.0).shown
    '2.000 ± 0.100'
    """
    values = [float(one) for one in value] if isinstance(value, Sequence) else [float(value)]
    _check_thread(thread)
    if not model.strip():
        raise ValueError("model is empty, expected a name to show in the table.")
    if not values:
        raise ValueError("value holds no number, expected one result, or one for each seed.")
    numbers = [
        *(("value", one) for one in values),
        ("parameters", parameters),
        ("seconds", seconds),
    ]
    for name, number in numbers:
        if number is not None:
            check_number(name, number, at_least=0)
    spread = round(stdev(values), 4) if len(values) > 1 else None
    row = Row(model, round(mean(values), 4), parameters, round(float(seconds), 2), spread)
    path = _own_path()
    rows = _read(path)
    rows.setdefault(thread, {})[model] = row
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(f".{os.getpid()}")
    content = {
        name: [asdict(row) for row in sorted(kept.values(), key=lambda row: row.model)]
        for name, kept in sorted(rows.items())
    }
    scratch.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    scratch.replace(path)
    return row


def table(thread: str, models: Sequence[str] | None = None) -> Table:
    """Return the scoreboard of a thread: the committed rows and the learner's own.

    ``models`` are the names of the rows to show, all of them if not given.

    Raises ``ValueError`` for an unknown thread, or a model that has no row.

    >>> table("A").thread
    'A'
    """
    _check_thread(thread)
    committed = _read(Path(str(files("lmteach.evaluation") / "scoreboard.json"))).get(thread, {})
    yours = _read(_own_path()).get(thread, {})
    known = {**committed, **yours}
    shown = known if models is None else models
    if unknown := [model for model in shown if model not in known]:
        raise ValueError(
            f"no row is called {unknown[0]!r}, expected one of {', '.join(map(repr, known))}. "
            "Run the notebook that records it, or mind the spelling."
        )
    return Table(thread, _sorted(committed, shown), _sorted(yours, shown))


def _check_thread(thread: str) -> None:
    if thread not in THREADS:
        names = ", ".join(f"{name!r} ({unit})" for name, unit in THREADS.items())
        raise ValueError(f"thread is {thread!r}, expected one of {names}.")


def _sorted(rows: dict[str, Row], shown: Iterable[str]) -> tuple[Row, ...]:
    """The rows that are to be shown, the best first."""
    chosen = [rows[model] for model in shown if model in rows]
    return tuple(sorted(chosen, key=lambda row: row.value))


def _own_path() -> Path:
    named = os.environ.get("LMTEACH_SCOREBOARD")
    return Path(named) if named else user_data_path("lmteach") / "scoreboard.json"


def _read(path: Path) -> dict[str, dict[str, Row]]:
    """Return the rows of each thread by model; a file that isn't there has none."""
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {
            thread: {row["model"]: Row(**row) for row in rows} for thread, rows in content.items()
        }
    except (json.JSONDecodeError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(
            f"the scoreboard file {path} can't be read ({error}). "
            "Delete or mend it; your rows come back when the notebooks are run again."
        ) from error
