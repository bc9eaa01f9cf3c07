"""What a hidden Markov model asks of its numbers, said at the door."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lmteach.checks import check_tokens

ROUNDING = 1e-6  # how far a sum may be from 1: what single precision leaves of it


def check_distribution(name: str, values: Any, shape: tuple[int | None, ...]) -> np.ndarray:
    """Return ``values`` as probabilities of the given shape whose rows sum to 1, or say why not.

    ``None`` in ``shape`` stands for any length of at least 1. Raises ``ValueError`` for another
    shape, NaN, a negative entry, a row of zeros or a row with another sum.

    >>> check_distribution("initial", np.array([0.5, 0.4]), (2,))
    Traceback (most recent call last):
    ValueError: initial sums to 0.9, expected 1. Divide it by its sum...
    """
    table = check_numbers(name, values, shape)
    sums = table.sum(axis=-1)
    if np.all(np.abs(sums - 1) <= ROUNDING):
        return table
    row = int(np.argmax(np.abs(np.atleast_1d(sums) - 1)))
    found = np.atleast_1d(sums)[row]
    where = name if table.ndim == 1 else f"row {row} of {name}"
    if found == 0:
        raise ValueError(
            f"{where} is all zeros, expected probabilities that sum to 1. A state that was never "
            "seen needs a pseudocount (HMM.from_counts), or should be left out."
        )
    raise ValueError(
        f"{where} sums to {found:.6g}, expected 1. Divide it by its sum, or make the model with "
        "HMM.from_counts."
    )


def check_numbers(name: str, values: Any, shape: tuple[int | None, ...]) -> np.ndarray:
    """Return ``values`` as finite numbers of at least 0 in the given shape, or say why not.

    >>> check_numbers("emission", np.array([[1, -1]]), (1, None))
    Traceback (most recent call last):
    ValueError: emission contains -1, expected finite numbers of at least 0.
    """
    table = np.asarray(values)
    fits = len(table.shape) == len(shape) and all(
        found > 0 and wanted in (None, found)
        for found, wanted in zip(table.shape, shape, strict=True)
    )
    if not fits or not np.issubdtype(table.dtype, np.number):
        letters = ("N", "V") if len(shape) == 2 else ("N",)
        wanted = ", ".join(str(n or letter) for n, letter in zip(shape, letters, strict=True))
        raise ValueError(
            f"{name} has shape {table.shape} and type {table.dtype}, expected numbers of shape "
            f"({wanted}{',' if len(shape) == 1 else ''}): initial (N,), transition (N, N) and "
            "emission (N, V), for N states and V symbols."
        )
    if not np.all(np.isfinite(table)) or table.min() < 0:
        bad = table[~np.isfinite(table) | (table < 0)][0]
        raise ValueError(f"{name} contains {bad}, expected finite numbers of at least 0.")
    return table


def check_counts(initial: Any, transition: Any, emission: Any, pseudocount: float) -> None:
    """Say what is wrong with the three tables of counts, or with what is added to them.

    >>> check_counts(np.ones(2), np.ones((2, 2)), np.ones((2, 3)), pseudocount=-1.0)
    Traceback (most recent call last):
    ValueError: pseudocount is -1.0, expected a finite number of at least 0.
    """
    states = len(check_numbers("initial", initial, (None,)))
    check_numbers("transition", transition, (states, states))
    check_numbers("emission", emission, (states, None))
    if not (np.isfinite(pseudocount) and pseudocount >= 0):
        raise ValueError(f"pseudocount is {pseudocount}, expected a finite number of at least 0.")


def check_at_least_one(**numbers: int) -> None:
    """Say which of some named numbers is below 1, if any.

    >>> check_at_least_one(states=2, iterations=0)
    Traceback (most recent call last):
    ValueError: iterations is 0, expected at least 1.
    """
    for name, number in numbers.items():
        if number < 1:
            raise ValueError(f"{name} is {number}, expected at least 1.")


def check_observations(observations: Any, vocab_size: int) -> np.ndarray:
    """Return ``observations`` as a row of ids (T,), or say what is wrong with them.

    >>> check_observations([0, 3], vocab_size=3)
    Traceback (most recent call last):
    ValueError: observations contains the id 3, but the vocabulary has 3 entries...
    """
    try:
        return check_tokens(observations, vocab_size)
    except ValueError as error:
        raise ValueError(str(error).replace("tokens", "observations", 1)) from None


def check_sequences(sequences: Any, vocab_size: int) -> list[np.ndarray]:
    """Return ``sequences`` as a list of rows of ids, or say which one is wrong and why.

    >>> check_sequences([[0, 1], []], vocab_size=2)
    Traceback (most recent call last):
    ValueError: sequence 1: observations has 0 ids, expected at least 1.
    """
    if isinstance(sequences, str) or not isinstance(sequences, Sequence | np.ndarray):
        raise ValueError(
            f"sequences is a {type(sequences).__name__}, expected a list of sequences of ids."
        )
    if len(sequences) == 0:
        raise ValueError("sequences is empty, expected at least one sequence of ids.")
    if np.ndim(sequences[0]) == 0 and not isinstance(sequences[0], str):
        raise ValueError(
            "sequences is one row of ids, expected a list of such rows: for a single one, "
            "write [observations]."
        )
    rows = [np.asarray(observations) for observations in sequences]
    if all(row.ndim == 1 and len(row) and row.dtype == np.int64 for row in rows):
        together = np.concatenate(rows)  # all at once: a hundred times faster than one by one
        if together.min() >= 0 and together.max() < vocab_size:
            return rows
    for place, observations in enumerate(sequences):
        try:
            rows[place] = check_observations(observations, vocab_size)
        except ValueError as error:
            raise ValueError(f"sequence {place}: {error}") from None
    return rows
