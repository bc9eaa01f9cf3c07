"""Checks at the door of a function, kept apart so that the mechanism inside reads clean."""

import functools
import inspect
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, ParamSpec, TypeVar

import numpy as np

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
Bound = int | float | None

ROUNDING = 1e-6  # how far a sum may be from 1: what single precision leaves of it


def checked_by(
    check: Callable[..., None],
) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Call ``check`` before the decorated function runs, with those arguments that it names.

    ``check`` raises ``ValueError`` if one of them can't be used; the function need not ask again.
    An argument that was left out reaches ``check`` as the default of the function.

    Raises ``TypeError`` if ``check`` names an argument that the function doesn't have.

    >>> def positive(number: float) -> None:
    ...     if number <= 0:
    ...         raise ValueError(f"number is {number}, expected more than 0.")
    >>> @checked_by(positive)
    ... def root(number: float, degree: int = 2) -> float:
    ...     return number ** (1 / degree)
    >>> root(8, degree=3)
    2.0
    >>> root(-1)
    Traceback (most recent call last):
    ValueError: number is -1, expected more than 0.
    """
    asked = inspect.signature(check).parameters.keys()

    def decorate(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        parameters = inspect.signature(function).parameters
        unknown = sorted(asked - parameters.keys())
        if unknown:
            raise TypeError(
                f"the check asks for {', '.join(unknown)}, which {function.__qualname__} has not: "
                f"expected some of {', '.join(parameters)}."
            )
        defaults = {name: p.default for name, p in parameters.items() if p.default is not p.empty}

        @functools.wraps(function)
        def checked(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            given = {**defaults, **dict(zip(parameters, args, strict=False)), **kwargs}
            if asked <= given.keys():  # if not, the function itself says what is missing
                check(**{name: given[name] for name in asked})
            return function(*args, **kwargs)

        return checked

    return decorate


def plain(value: Any) -> Any:
    """Return a number of NumPy as Python's, and all else as it is.

    >>> plain(np.int64(8)), plain("8")
    (8, '8')
    """
    return value.item() if isinstance(value, (np.number, np.bool_)) else value


def for_json(value: Any) -> Any:
    """Return a number of NumPy as ``json.dumps(…, default=for_json)`` can write it.

    Raises ``TypeError`` for what is no number of NumPy's.

    >>> import json
    >>> json.dumps({"loss": [np.float32(0.5)]}, default=for_json)
    '{"loss": [0.5]}'
    """
    if (number := plain(value)) is value:
        raise TypeError(
            f"a {type(value).__name__} can't be kept as JSON, expected numbers, texts, lists and "
            "dictionaries of them, True, False or None."
        )
    return number


def check_sizes(**sizes: object) -> None:
    """Say which of some named sizes is no whole number of at least 1, if any.

    >>> check_sizes(input_size=3, hidden_size=0)
    Traceback (most recent call last):
    ValueError: hidden_size is 0, expected a whole number of at least 1.
    """
    for name, size in sizes.items():
        check_whole(name, size)


def check_whole(name: str, number: Any, at_least: int = 1, mend: str = "") -> None:
    """Say what is wrong with a whole number (Python's or NumPy's), if anything, and how to mend it.

    >>> check_whole("order", 1, at_least=2, mend="Single tokens have a table.")
    Traceback (most recent call last):
    ValueError: order is 1, expected a whole number of at least 2. Single tokens have a table.
    """
    if isinstance(number, bool) or not isinstance(number, int | np.integer) or number < at_least:
        expected = f"expected a whole number of at least {at_least}."
        raise ValueError(f"{name} is {plain(number)!r}, {expected} {mend}".rstrip())


def check_seed(seed: Any, most: int = 2**64 - 1) -> int:
    """Return a seed as Python's int, or say what is wrong with it; PyTorch takes 64 bits.

    >>> check_seed(np.int64(3))
    3
    >>> check_seed(2**70)
    Traceback (most recent call last):
    ValueError: seed is 1180591620717411303424, expected a whole number of at most \
18446744073709551615.
    """
    check_whole("seed", seed, at_least=0)
    if seed > most:
        raise ValueError(f"seed is {seed}, expected a whole number of at most {most}.")
    return int(seed)


def check_number(
    name: str,
    number: Any,
    *,
    above: Bound = None,
    at_least: Bound = None,
    below: Bound = None,
    at_most: Bound = None,
    mend: str = "",
) -> None:
    """Say what is wrong with a number that is to lie in a range, if anything. NaN lies in none.

    >>> check_number("dropout", 1.0, at_least=0, below=1)
    Traceback (most recent call last):
    ValueError: dropout is 1.0, expected a finite number of at least 0 and below 1.
    """
    fits = (
        isinstance(number, int | float | np.integer | np.floating)
        and not isinstance(number, bool)
        and math.isfinite(number)
        and (above is None or number > above)
        and (at_least is None or number >= at_least)
        and (below is None or number < below)
        and (at_most is None or number <= at_most)
    )
    if not fits:
        bounds = {"above": above, "of at least": at_least, "below": below, "at most": at_most}
        asked = [f"{words} {bound:g}" for words, bound in bounds.items() if bound is not None]
        expected = " ".join(["expected a finite number", " and ".join(asked)]).rstrip() + "."
        raise ValueError(f"{name} is {plain(number)!r}, {expected} {mend}".rstrip())


def check_flag(name: str, flag: object) -> None:
    """Say that something is neither True nor False, if so.

    >>> check_flag("causal", None)
    Traceback (most recent call last):
    ValueError: causal is None, expected True or False.
    """
    if not isinstance(flag, bool):
        raise ValueError(f"{name} is {flag!r}, expected True or False.")


def check_choice(name: str, value: object, choices: Iterable[str]) -> None:
    """Say that a value is none of some names, if so.

    >>> check_choice("cell", "rns", ("rnn", "gru", "lstm"))
    Traceback (most recent call last):
    ValueError: cell is 'rns', expected one of 'rnn', 'gru', 'lstm'.
    """
    known = list(choices)
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{name} is {value!r}, expected one of {', '.join(map(repr, known))}.")


def check_text(
    text: object, empty_allowed: bool = True, of_bytes: str = "decode it first, text.decode()"
) -> None:
    """Say what is wrong with a text, if anything; ``of_bytes`` is what to do with bytes.

    Raises ``ValueError`` for what is no str, and for an empty text that may not be.

    >>> check_text("", empty_allowed=False)
    Traceback (most recent call last):
    ValueError: text is empty, expected at least one character.
    """
    if not isinstance(text, str):
        mend = f": {of_bytes}" if isinstance(text, bytes) else ""
        raise ValueError(f"text is a {type(text).__name__}, expected a str{mend}.")
    if not text and not empty_allowed:
        raise ValueError("text is empty, expected at least one character.")


def check_shape(
    name: str, found: Sequence[int], wanted: Sequence[int | None], letters: str = "", mend: str = ""
) -> None:
    """Say what is wrong with a shape, if anything; None stands for any length of at least 1.

    >>> check_shape("x", (2, 3), (None, 4), "(B, inputs)")
    Traceback (most recent call last):
    ValueError: x has shape (2, 3), expected (B, inputs) = (any, 4).
    """
    fits = len(found) == len(wanted) and all(
        own == asked if asked is not None else own > 0
        for own, asked in zip(found, wanted, strict=True)
    )
    if not fits:
        lengths = ", ".join("any" if asked is None else str(asked) for asked in wanted)
        shape = f"({lengths},)" if len(wanted) == 1 else f"({lengths})"
        expected = f"{letters} = {shape}" if letters else shape
        some = ", with at least one of each" if 0 in found else ""
        raise ValueError(
            f"{name} has shape {tuple(found)}, expected {expected}{some}. {mend}".rstrip()
        )


def check_table(
    name: str, values: Any, shape: Sequence[int | None], letters: str = ""
) -> np.ndarray:
    """Return ``values`` as finite numbers of at least 0 in the given shape, or say why not.

    >>> check_table("emission", [[1, -1]], (1, None), "(N, V)")
    Traceback (most recent call last):
    ValueError: emission contains -1, expected finite numbers of at least 0.
    """
    table = np.asarray(values)
    if not np.issubdtype(table.dtype, np.number):
        raise ValueError(f"{name} is of type {table.dtype}, expected numbers {letters}.")
    check_shape(name, table.shape, shape, letters)
    wrong = ~((table >= 0) & (table < np.inf))
    if np.any(wrong):
        raise ValueError(
            f"{name} contains {table[wrong][0]}, expected finite numbers of at least 0."
        )
    return table


def check_finite(
    name: str, values: Any, shape: Sequence[int | None], letters: str = ""
) -> np.ndarray:
    """Return ``values`` as finite numbers, of either sign, in the given shape, or say why not.

    >>> check_finite("inputs", [[1, float("nan")]], (1, None), "(T, N)")
    Traceback (most recent call last):
    ValueError: inputs contains nan, expected finite numbers.
    """
    table = np.asarray(values)
    if table.dtype.kind not in "iuf":
        raise ValueError(f"{name} is of type {table.dtype}, expected numbers {letters}.")
    check_shape(name, table.shape, shape, letters)
    wrong = ~np.isfinite(table)
    if np.any(wrong):
        raise ValueError(f"{name} contains {table[wrong][0]}, expected finite numbers.")
    return table


def check_distribution(
    name: str, values: Any, shape: Sequence[int | None], letters: str = ""
) -> np.ndarray:
    """Return ``values`` as probabilities of the given shape whose rows sum to 1, or say why not.

    >>> check_distribution("initial", [0.5, 0.4], (2,), "(N,)")
    Traceback (most recent call last):
    ValueError: initial sums to 0.9, expected 1. Divide it by its sum.
    """
    table = check_table(name, values, shape, letters)
    sums = np.atleast_1d(table.sum(axis=-1))
    row = int(np.argmax(np.abs(sums - 1)))
    where = name if table.ndim == 1 else f"row {row} of {name}"
    if sums[row] == 0:
        raise ValueError(
            f"{where} is all zeros, expected probabilities that sum to 1. What was never seen "
            "needs a pseudocount, or should be left out."
        )
    if np.abs(sums[row] - 1) > ROUNDING:
        raise ValueError(f"{where} sums to {sums[row]:.6g}, expected 1. Divide it by its sum.")
    return table


def check_known(name: str, low: int, high: int, vocab_size: int | None) -> None:
    """Say that ids from ``low`` to ``high`` are not all in a vocabulary, if so.

    >>> check_known("tokens", 0, 7, vocab_size=5)
    Traceback (most recent call last):
    ValueError: tokens contains the id 7, but the vocabulary has 5 entries (ids 0 to 4). Encode \
with the tokenizer that the model was made for.
    """
    if vocab_size is None and low < 0:
        raise ValueError(f"{name} contains the id {low}, expected ids from 0 up.")
    if vocab_size is not None and not 0 <= low <= high < vocab_size:
        raise ValueError(
            f"{name} contains the id {low if low < 0 else high}, but the vocabulary has "
            f"{vocab_size} entries (ids 0 to {vocab_size - 1}). Encode with the tokenizer that the "
            "model was made for."
        )


def check_tokens(
    tokens: Any, vocab_size: int | None = None, at_least: int = 1, name: str = "tokens"
) -> np.ndarray:
    """Return ``tokens`` as a row of ids (T,), int64, or say what is wrong with them.

    Raises ``ValueError`` unless they are whole numbers in one row, at least ``at_least`` of
    them, none negative, all below ``vocab_size`` if that is given.

    >>> check_tokens([2, 0, 1], vocab_size=3)
    array([2, 0, 1])
    """
    if isinstance(tokens, str | bytes):
        raise ValueError(
            f"{name} is the text {tokens[:20]!r}, expected ids: encode it first, as in "
            "tokenizer.encode(text)."
        )
    if hasattr(tokens, "detach"):  # a tensor, perhaps on a GPU
        tokens = tokens.detach().cpu()
    elif isinstance(tokens, Iterator):
        tokens = list(tokens)
    try:
        ids = np.asarray(tokens)
    except ValueError:  # rows of several lengths
        ids = np.asarray(tokens, dtype=object)
    if ids.shape == (0,):  # an empty list has no type of its own
        ids = ids.astype(np.int64)
    if ids.ndim != 1 or not np.issubdtype(ids.dtype, np.integer):
        mend = f" One sequence at a time: {name}[0]." if ids.ndim == 2 else ""
        raise ValueError(
            f"{name} has shape {ids.shape} and type {ids.dtype}, expected one row of whole "
            f"numbers, such as tokenizer.encode(text).{mend}"
        )
    if len(ids) < at_least:
        raise ValueError(f"{name} has {len(ids)} ids, expected at least {at_least}.")
    if len(ids):
        check_known(name, int(ids.min()), int(ids.max()), vocab_size)
    return ids.astype(np.int64)
