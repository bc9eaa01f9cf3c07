"""Checks at the door of a function, kept apart so that the mechanism inside reads clean."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import numpy as np

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def checked_by(
    check: Callable[Parameters, None],
) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Call ``check`` with the same arguments before the decorated function runs.

    ``check`` raises ``ValueError`` if an argument can't be used; the function need not ask again.

    >>> def positive(number: int) -> None:
    ...     if number <= 0:
    ...         raise ValueError(f"number is {number}, expected more than 0.")
    >>> @checked_by(positive)
    ... def root(number: int) -> float:
    ...     return number**0.5
    >>> root(-1)
    Traceback (most recent call last):
    ValueError: number is -1, expected more than 0.
    """

    def decorate(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        @functools.wraps(function)
        def checked(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            check(*args, **kwargs)
            return function(*args, **kwargs)

        return checked

    return decorate


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
