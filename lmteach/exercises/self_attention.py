"""The checks of notebook 09: a mask with a short memory, cutting into heads, attention itself."""

import math
from collections.abc import Callable

import numpy as np

from lmteach.exercises.feedback import exercise, expect

EXERCISES = ("window_mask", "split_heads", "attention")

Matrix = np.ndarray


def _seen(low: int, high: int) -> Callable[[int, int], Matrix]:
    """Masks in which place t sees from t - width + low to t + high."""

    def mask(time: int, width: int) -> Matrix:
        ahead = np.arange(time) - np.arange(time)[:, None]
        return (ahead > low - width - 1) & (ahead <= high)

    return mask


_right_window = _seen(1, 0)


def _window_slips() -> list[tuple[Callable[[int, int], Matrix], str]]:
    return [
        (lambda time, width: ~_right_window(time, width), "True where it may look: turn it."),
        (lambda time, width: _right_window(time, width).T, "Rows look, columns are looked at."),
        (lambda time, width: _seen(1, 0)(time, time), "That is all of the past: forget some."),
        (_seen(0, 0), "One too many: the width counts the place itself."),
        (_seen(0, -1), "A place may look at itself, and the width counts it."),
        (
            lambda time, width: _seen(1, width - 1)(time, width),
            "It looks ahead: nothing to the right of the diagonal may be seen.",
        ),
    ]


@exercise
def window_mask(answer: Callable[[int, int], Matrix]) -> None:
    """Check ``window_mask(time, width)``: True for each place's last ``width``, itself included.

    >>> window_mask(lambda time, width: np.tri(time, dtype=bool))  # doctest: +ELLIPSIS
    window_mask: for (5, 2) you gave ... That is all of the past: forget some.
    """
    expect(answer, [(5, 2), (4, 1), (3, 5)], _right_window, slips=_window_slips())


def _cut(x: Matrix, heads: int) -> Matrix:
    return np.stack(np.split(x, heads, axis=-1))


@exercise
def split_heads(answer: Callable[[Matrix, int], Matrix]) -> None:
    """Check ``split_heads(x, heads)``: (T, D) cut into (H, T, K), side by side along the width.

    >>> split_heads(lambda x, heads: x.reshape(heads, len(x), -1))  # doctest: +ELLIPSIS
    split_heads: for (...) you gave ... The shape is right, and the places are mixed up...
    """
    x = np.arange(24.0).reshape(4, 6)
    expect(
        answer,
        [(x, 2), (x, 3), (x[:1], 6)],
        _cut,
        slips=[
            (
                lambda x, heads: x.reshape(heads, len(x), -1),
                "The shape is right, and the places are mixed up: a head must get a piece of "
                "*each* row. First (T, H, K), then swap the first two axes.",
            ),
            (
                lambda x, heads: x.reshape(len(x), heads, -1),
                "That is (T, H, K): swap the first two axes, so that each head has its matrix.",
            ),
            (
                lambda x, heads: x.reshape(len(x), -1, heads).transpose(2, 0, 1),
                "A head takes entries that lie side by side, not every third: (T, H, K) first.",
            ),
            (
                lambda x, heads: np.stack([x] * heads),
                "Each head got all of the width: it gets D / H entries of its own.",
            ),
        ],
    )


def _softmax(scores: Matrix, axis: int = -1) -> Matrix:
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return np.asarray(powers / powers.sum(axis=axis, keepdims=True))


def _attend(
    query: Matrix, key: Matrix, value: Matrix, root: float | None = None, axis: int = -1
) -> Matrix:
    """Attention; the options are the slips."""
    root = math.sqrt(query.shape[-1]) if root is None else root
    return np.asarray(_softmax(query @ key.T / root, axis) @ value)


@exercise
def attention(answer: Callable[[Matrix, Matrix, Matrix], Matrix]) -> None:
    """Check ``attention(query, key, value)``: a mean of the values for each query, (T, any).

    >>> attention(lambda query, key, value: query @ key.T @ value)  # doctest: +ELLIPSIS
    attention: for (...) you gave ... The scores are not weights yet: ...
    """
    rng = np.random.default_rng(9)
    query, key, value = (rng.normal(size=size).round(1) for size in ((2, 4), (3, 4), (3, 2)))
    expect(
        answer,
        [(query, key, value), (query[:1], key[:2], value[:2])],
        _attend,
        slips=[
            (
                lambda q, k, v: q @ k.T / math.sqrt(q.shape[-1]) @ v,
                "The scores are not weights yet: the softmax of each row is missing.",
            ),
            (
                lambda q, k, v: q @ k.T @ v,
                "The scores are not weights yet: divide them, and take the softmax of each row.",
            ),
            (lambda q, k, v: _attend(q, k, v, root=1.0), "Divide the scores by √K first."),
            (
                lambda q, k, v: _attend(q, k, v, root=float(q.shape[-1])),
                "You divided by K, and not by its root.",
            ),
            (
                lambda q, k, v: _attend(q, k, v, root=math.sqrt(len(k))),
                "The root is of the *width* of query and key, not of the number of keys.",
            ),
            (
                lambda q, k, v: _attend(q, k, v, axis=0),
                "Each query's weights sum to 1: the softmax goes along the keys, axis -1.",
            ),
            (
                lambda q, k, v: _softmax(q @ k.T / math.sqrt(q.shape[-1])),
                "Those are the weights: the mean of the values is still to be taken.",
            ),
        ],
    )
