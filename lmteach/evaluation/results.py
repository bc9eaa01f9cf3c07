"""Stored figures: what experiments that take too long for a notebook have measured.

``make results NAME=…`` runs one of ``experiments/`` and writes a file into ``results/``, beside
this module. A notebook reads it, and calls what it shows stored.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
from jaxtyping import Bool

from lmteach.checks import check_sizes, checked_by
from lmteach.evaluation.tables import literal, markdown_table, plain_table
from lmteach.files import named_path
from lmteach.typed import typed

FOLDER = Path(__file__).parent / "results"
Figure = int | float | list[float] | str


@dataclass(frozen=True)
class Entry:
    """The figures of one case and seed, by name."""

    case: dict[str, str | int | float]
    seed: int | None
    figures: dict[str, Figure]


@dataclass(frozen=True)
class Results:
    """What an experiment measured, by which recipe, with which code, on which machine.

    ``commit`` is that of the code that was run, ``seconds`` the time that all took together.

    >>> machine = {"cores": 2, "processor": "a processor", "threads": 2}
    >>> entries = [Entry({"order": 2}, seed, {"bits": 2.0 + seed}) for seed in (0, 1, 2)]
    >>> Results("sweep", {}, (0, 1, 2), "0" * 40, machine, "2026-01-31", 5.0, tuple(entries))
    Stored figures of "sweep", 2026-01-31, commit 0000000: 5 s on a processor, 2 cores, 2 threads
    order         bits
    2      3.000 ± 1.0
    """

    name: str
    recipe: dict[str, Any]
    seeds: tuple[int, ...]
    commit: str
    machine: dict[str, Any]
    date: str
    seconds: float
    entries: tuple[Entry, ...]

    @typed
    def values(self, figure: str, **case: str | int | float) -> list[Figure]:
        """Return one figure of every entry whose case agrees, in the order of cases and seeds.

        Raises ``ValueError`` if no entry has such a case or figure.

        >>> read_results("token_ngrams").values("parameters", unit="tokens", order=3)
        [483330]
        """
        found = [
            entry.figures[figure]
            for entry in self.entries
            if case.items() <= entry.case.items() and figure in entry.figures
        ]
        if not found:
            some = self.entries[0]
            raise ValueError(
                f"{self.name} has no {figure!r} of {case}, expected one of "
                f"{', '.join(some.figures)}, and a case such as {some.case}."
            )
        return found

    def _heading(self) -> str:
        machine = "{processor}, {cores} cores, {threads} threads".format(**self.machine)
        return (
            f'Stored figures of "{self.name}", {self.date}, commit {self.commit[:7]}: '
            f"{self.seconds:,.0f} s on {machine}"
        )

    def _table(self) -> tuple[list[str], list[list[str]], int]:
        """A line for each case, with the mean of its seeds and their spread; no curves or texts.

        What a case has no figure of stays empty.
        """
        first = self.entries[0]
        shown = [name for name, value in first.figures.items() if not isinstance(value, list | str)]
        cases = {tuple(entry.case.items()): entry.case for entry in self.entries}.values()
        lines = []
        for case in cases:
            own = [entry.figures for entry in self.entries if entry.case == case]
            values = ([found[name] for found in own if name in found] for name in shown)
            lines.append([*map(str, case.values()), *map(_written, values)])
        header = [name.replace("_", " ") for name in (*first.case, *shown)]
        return header, lines, len(first.case)

    def __repr__(self) -> str:
        return f"{self._heading()}\n{plain_table(*self._table())}"

    def _repr_markdown_(self) -> str:
        return f"{literal(self._heading())}\n\n{markdown_table(*self._table())}"


def _written(values: Sequence[Any]) -> str:
    if not values:
        return ""
    if len(set(values)) > 1:
        spread = stdev(values)
        digits = "#.2g" if spread < 9.95 else ",.0f"  # no exponent, no bare point
        return f"{mean(values):#,.4g} ± {spread:{digits}}"
    return f"{values[0]:,}" if isinstance(values[0], int) else f"{values[0]:#,.4g}"


@typed
def read_results(name: str, folder: str | Path = FOLDER) -> Results:
    """Return the stored figures of an experiment.

    Raises ``ValueError`` if there are none of that name, or their file is damaged.

    >>> read_results("token_ngrams").seeds
    ()
    """
    path = named_path(folder) / f"{name}.json"
    if not path.is_file():
        known = sorted(file.stem for file in path.parent.glob("*.json"))
        raise ValueError(
            f"no experiment called {name!r} has stored figures, expected one of "
            f"{', '.join(known) or 'none'}. Run it: make results NAME={name}"
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        entries = tuple(Entry(**entry) for entry in content.pop("entries"))
        return Results(seeds=tuple(content.pop("seeds")), entries=entries, **content)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(
            f"the stored figures in {path} can't be read ({error}). Take the file from the "
            f"package again, or measure anew: make results NAME={name}"
        ) from error


def _check_answers(right: np.ndarray) -> None:
    if len(right) == 0:
        raise ValueError("right is empty, expected at least one answer.")


@typed
@checked_by(_check_answers)
def pack_answers(right: Bool[np.ndarray, " batch"]) -> str:
    """Write which answers were right as one short text: four answers to a digit.

    ``unpack_answers`` reads it. Kept so for each sentence of a test, two methods can be compared
    later, pair by pair. Raises ``ValueError`` for what is no row of true and false, or an
    empty one.

    >>> pack_answers(np.array([True, False, True, False, True]))  # 1010 1000
    'a8'
    """
    return np.packbits(right).tobytes().hex()


def _check_packed(packed: str, count: int) -> None:
    check_sizes(count=count)
    length = 2 * -(-count // 8)
    if not re.fullmatch(rf"[0-9a-f]{{{length}}}", packed):
        raise ValueError(
            f"packed is {packed[:20]!r}, {len(packed)} signs, expected {length} hexadecimal digits "
            f"for {count} answers, such as pack_answers writes."
        )


@typed
@checked_by(_check_packed)
def unpack_answers(packed: str, count: int) -> Bool[np.ndarray, " batch"]:
    """Read which of ``count`` answers were right from what ``pack_answers`` wrote.

    Raises ``ValueError`` for a text of another length, or other signs.

    >>> unpack_answers("a8", count=5)
    array([ True, False,  True, False,  True])
    """
    digits = np.frombuffer(bytes.fromhex(packed), dtype=np.uint8)
    return np.unpackbits(digits, count=count).astype(bool)
