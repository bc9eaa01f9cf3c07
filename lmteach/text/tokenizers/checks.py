"""What tokenizers ask of the texts and ids that they are given."""

import operator
from collections.abc import Iterable
from typing import Any


def check_text(text: object, empty_allowed: bool = True) -> None:
    """Say what is wrong with a text, if anything.

    Raises ``TypeError`` for what is no str, ``ValueError`` for an empty text that may not be.

    >>> check_text("", empty_allowed=False)
    Traceback (most recent call last):
    ValueError: text is empty; expected at least one character to make a vocabulary of
    """
    if not isinstance(text, str):
        hint = " (decode it first: .decode('utf-8'))" if isinstance(text, bytes) else ""
        raise TypeError(f"text is a {type(text).__name__}; expected a str{hint}")
    if not text and not empty_allowed:
        raise ValueError("text is empty; expected at least one character to make a vocabulary of")


def checked_ids(ids: Any, vocab_size: int) -> list[int]:
    """Return ids (a list, a NumPy array or a tensor) as a list of ints, all in the vocabulary.

    Raises ``ValueError`` for what is no sequence of whole numbers from 0 to ``vocab_size`` - 1.

    >>> checked_ids([1, 7], vocab_size=5)
    Traceback (most recent call last):
    ValueError: id 7 at position 1 is not in the vocabulary; expected 0 to 4. Was it made with...
    """
    if hasattr(ids, "tolist"):
        ids = ids.tolist()
    if isinstance(ids, str | bytes) or not isinstance(ids, Iterable):
        raise ValueError(f"ids is {ids!r}; expected a sequence of integers, such as [0, 1]")
    checked = []
    for position, value in enumerate(ids):
        try:
            if isinstance(value, bool):
                raise TypeError
            number = operator.index(value)
        except TypeError:
            shape = " (one sequence at a time: ids[0])" if isinstance(value, list | tuple) else ""
            raise ValueError(
                f"id {value!r} at position {position} is no integer{shape}; expected integers from "
                f"0 to {vocab_size - 1}"
            ) from None
        if not 0 <= number < vocab_size:
            raise ValueError(
                f"id {number} at position {position} is not in the vocabulary; expected 0 to "
                f"{vocab_size - 1}. Was it made with another tokenizer?"
            )
        checked.append(number)
    return checked
