"""Checks at the door of a function, kept apart so that the mechanism inside reads clean."""

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar

import numpy as np

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


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


def check_sizes(**sizes: int) -> None:
    """Say which of some named sizes is no whole number of at least 1, if any.

    >>> check_sizes(input_size=3, hidden_size=0)
    Traceback (most recent call last):
    ValueError: hidden_size is 0, expected a whole number of at least 1.
    """
    for name, size in sizes.items():
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise ValueError(f"{name} is {size!r}, expected a whole number of at least 1.")


def check_choice(name: str, value: object, choices: Sequence[object]) -> None:
    """Say so if a named value is none of some choices.

    >>> check_choice("norm", "batch", ("layer", "rms"))
    Traceback (most recent call last):
    ValueError: norm is 'batch', expected one of 'layer', 'rms'.
    """
    if value not in choices:
        raise ValueError(f"{name} is {value!r}, expected one of {', '.join(map(repr, choices))}.")


def check_dropout(**shares: float) -> None:
    """Say which of some named shares is not at least 0 and below 1, if any.

    >>> check_dropout(dropout=1.0)
    Traceback (most recent call last):
    ValueError: dropout is 1.0, expected at least 0 and below 1.
    """
    for name, share in shares.items():
        if not 0 <= share < 1:
            raise ValueError(f"{name} is {share}, expected at least 0 and below 1.")


def check_tokens(tokens: object, vocab_size: int | None = None, at_least: int = 1) -> np.ndarray:
    """Return ``tokens`` as a row of ids (T,), int64, or say what is wrong with them.

    Raises ``ValueError`` unless they are whole numbers in one row, at least ``at_least`` of
    them, none negative, all below ``vocab_size`` if that is given.

    >>> check_tokens([2, 0, 1], vocab_size=3)
    array([2, 0, 1])
    """
    if isinstance(tokens, str):
        raise ValueError(
            f"tokens is the text {tokens[:20]!r}, expected ids: encode it first, as in "
            "tokenizer.encode(text)."
        )
    ids = np.asarray(tokens)
    if ids.shape == (0,):  # an empty list has no type of its own
        ids = ids.astype(np.int64)
    if ids.ndim != 1 or not np.issubdtype(ids.dtype, np.integer):
        raise ValueError(
            f"tokens has shape {ids.shape} and type {ids.dtype}, expected one row of whole "
            "numbers, such as tokenizer.encode(text)."
        )
    if len(ids) < at_least:
        raise ValueError(f"tokens has {len(ids)} ids, expected at least {at_least}.")
    if len(ids) == 0:
        return ids
    if ids.min() < 0:
        raise ValueError(f"tokens contains the id {ids.min()}, expected ids from 0 up.")
    if vocab_size is not None and ids.max() >= vocab_size:
        raise ValueError(
            f"tokens contains the id {ids.max()}, but the vocabulary has {vocab_size} entries "
            f"(ids 0 to {vocab_size - 1}). Encode with the tokenizer that the model was made for."
        )
    return ids.astype(np.int64)
