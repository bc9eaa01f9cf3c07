"""The checks of notebook 09: multi-head attention in five steps, and a mask with a short memory."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lmteach.exercises.feedback import exercise, expect

EXERCISES = (
    "project",
    "split_heads",
    "attend_in_heads",
    "join_heads",
    "multi_head",
    "window_mask",
)

Matrix = np.ndarray
Three = tuple[Matrix, Matrix, Matrix]


def _some(*sizes: tuple[int, ...], seed: int = 9) -> list[Matrix]:
    rng = np.random.default_rng(seed)
    return [rng.normal(size=size).round(1) for size in sizes]


def _projected(x: Matrix, weight: Matrix, bias: Matrix) -> Three:
    first, second, third = np.split(x @ weight.T + bias, 3, axis=-1)
    return first, second, third


def _every_third(x: Matrix, weight: Matrix, bias: Matrix) -> Three:
    made = x @ weight.T + bias
    return made[:, 0::3], made[:, 1::3], made[:, 2::3]


def _one_of_three(x: Matrix, weight: Matrix, bias: Matrix) -> Three:
    return (_projected(x, weight, bias)[0],) * 3


def _columns(x: Matrix, weight: Matrix, bias: Matrix) -> Three:
    """The parts of the weights are right, and each stands the wrong way round."""
    first, second, third = (
        x @ part + shift for part, shift in zip(np.split(weight, 3), np.split(bias, 3), strict=True)
    )
    return first, second, third


@exercise
def project(answer: Callable[[Matrix, Matrix, Matrix], Three]) -> None:
    """Check ``project(x, weight, bias)``: queries, keys and values (T, D) of all heads at once.

    >>> project(lambda x, weight, bias: x @ weight.T + bias)  # doctest: +ELLIPSIS
    project: for (...) you gave ... The product is right: now cut it into three, each (T, D).
    """
    first = tuple(_some((2, 2), (6, 2), (6,)))
    second = tuple(_some((3, 4), (12, 4), (12,), seed=8))
    expect(
        answer,
        [first, second],
        _projected,
        slips=[
            (
                lambda x, weight, bias: x @ weight.T + bias,
                "The product is right: now cut it into three, each (T, D).",
            ),
            (
                lambda x, weight, bias: _projected(x, weight, 0 * bias),
                "The bias is missing: 3D numbers, one for each row of the weights.",
            ),
            (_columns, "The weights stand the wrong way round: x @ weight.T, as eq. 9.6 has W x."),
            (_every_third, "The first third is the queries', not every third column."),
            (
                lambda x, weight, bias: (x @ weight.T + bias).reshape(3, *x.shape),
                "The three shapes are right, and the places are mixed up: cut along the width, "
                "the last axis.",
            ),
            (_one_of_three, "All three are the queries: keys and values have rows of their own."),
            (
                lambda x, weight, bias: _projected(x, weight, bias)[::-1],
                "The order is query, key, value.",
            ),
        ],
    )


def _cut(x: Matrix, heads: int) -> Matrix:
    return np.stack(np.split(x, heads, axis=-1))


def _cut_places(x: Matrix, heads: int) -> Matrix:
    return np.stack(np.split(x, heads)) if len(x) % heads == 0 else _cut(x, heads)


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
            (
                lambda x, heads: _cut(x, heads).swapaxes(1, 2),
                "That is (H, K, T): a row of a head's matrix is a place, (T, K).",
            ),
            (
                lambda x, heads: x.reshape(len(x), heads, -1).swapaxes(1, 2),
                "That is (T, K, H): swap the first two axes of (T, H, K), not the last two.",
            ),
            (
                _cut_places,
                "You cut between places: every head sees all of them, and a piece of the width.",
            ),
        ],
    )


def _softmax(scores: Matrix, axis: int = -1) -> Matrix:
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return np.asarray(powers / powers.sum(axis=axis, keepdims=True))


def _attend(
    query: Matrix,
    key: Matrix,
    value: Matrix,
    mask: Matrix,
    root: float | None = None,
    axis: int = -1,
    hidden: float = -np.inf,
) -> Matrix:
    """Attention in every head; the options are the slips."""
    root = math.sqrt(query.shape[-1]) if root is None else root
    scores = np.where(mask, query @ key.swapaxes(-2, -1) / root, hidden)
    with np.errstate(invalid="ignore"):
        return np.asarray(_softmax(scores, axis) @ value)


def _weights(query: Matrix, key: Matrix, mask: Matrix) -> Matrix:
    return _attend(query, key, np.eye(key.shape[-2]), mask)


def _masked_after(query: Matrix, key: Matrix, value: Matrix, mask: Matrix) -> Matrix:
    return np.asarray((_weights(query, key, np.ones_like(mask)) * mask) @ value)


@exercise
def attend_in_heads(answer: Callable[[Matrix, Matrix, Matrix, Matrix], Matrix]) -> None:
    """Check ``attend_in_heads(query, key, value, mask)``: a mixture per head and place, (H, T, K).

    >>> attend_in_heads(lambda query, key, value, mask: value)  # doctest: +ELLIPSIS
    attend_in_heads: for (...) you gave ...
    """
    causal = np.tri(3, dtype=bool)
    first = (*_some((2, 3, 3), (2, 3, 3), (2, 3, 3)), causal)
    second = (*_some((3, 2, 4), (3, 2, 4), (3, 2, 4), seed=8), np.ones((2, 2), dtype=bool))
    large = (100 * first[0], 100 * first[1], first[2], causal)
    expect(
        answer,
        [first, second, large],
        _attend,
        slips=[
            (
                lambda q, k, v, mask: _attend(q, k, v, np.ones_like(mask)),
                "The mask does nothing: where it is False, the score must be −∞.",
            ),
            (
                lambda q, k, v, mask: _attend(q, k, v, ~mask | np.eye(len(mask), dtype=bool)),
                "The mask is True where one *may* look.",
            ),
            (lambda q, k, v, mask: _attend(q, k, v, ~mask), "It is True where one *may* look."),
            (
                lambda q, k, v, mask: _attend(q, k, v, mask, hidden=0.0),
                "A hidden score of 0 still gets a weight, for e⁰ is 1: it must be −∞.",
            ),
            (
                _masked_after,
                "You hid weights after the softmax: the rows don't sum to 1. Hide the scores.",
            ),
            (
                lambda q, k, v, mask: _attend(q, k, v, mask, root=1.0),
                "Divide the scores by √K first.",
            ),
            (
                lambda q, k, v, mask: _attend(q, k, v, mask, root=float(q.shape[-1])),
                "You divided by K, and not by its root.",
            ),
            (
                lambda q, k, v, mask: _attend(
                    q, k, v, mask, root=math.sqrt(q.shape[0] * q.shape[-1])
                ),
                "The root is of the width of *one head*, K, not of D.",
            ),
            (
                lambda q, k, v, mask: _attend(q, k, v, mask, root=math.sqrt(q.shape[1])),
                "You divided by the root of how many places there are, and not of the width K.",
            ),
            (
                lambda q, k, v, mask: _attend(q, k, v, mask, root=math.sqrt(q.shape[0])),
                "You divided by the root of how many heads there are, and not of their width K.",
            ),
            (
                lambda q, k, v, mask: _attend(q, k, v, mask, axis=-2),
                "Each query's weights sum to 1: the softmax goes along the keys, axis -1.",
            ),
            (
                lambda q, k, v, mask: _weights(q, k, mask),
                "Those are the weights: the mean of the values is still to be taken.",
            ),
            (
                _overflowing,
                "Large scores overflow: take each row's maximum off before the exponential.",
            ),
            (
                _one_maximum,
                "You took one maximum off all scores, and in rows far below it every power is 0: "
                "take off each row's own, along axis -1.",
            ),
            (
                _maximum_too_early,
                "Your maximum is of hidden scores, too, and what a row may see can lie far below: "
                "hide first, then take the maximum.",
            ),
        ],
    )


def _overflowing(query: Matrix, key: Matrix, value: Matrix, mask: Matrix) -> Matrix:
    scores = query @ key.swapaxes(-2, -1) / math.sqrt(query.shape[-1])
    with np.errstate(all="ignore"):
        powers = np.exp(np.where(mask, scores, -np.inf))
        return np.asarray(powers / powers.sum(axis=-1, keepdims=True) @ value)


def _one_maximum(query: Matrix, key: Matrix, value: Matrix, mask: Matrix) -> Matrix:
    scores = np.where(mask, query @ key.swapaxes(-2, -1) / math.sqrt(query.shape[-1]), -np.inf)
    with np.errstate(all="ignore"):
        powers = np.exp(scores - scores.max())
        return np.asarray(powers / powers.sum(axis=-1, keepdims=True) @ value)


def _maximum_too_early(query: Matrix, key: Matrix, value: Matrix, mask: Matrix) -> Matrix:
    scores = query @ key.swapaxes(-2, -1) / math.sqrt(query.shape[-1])
    with np.errstate(all="ignore"):
        powers = np.exp(np.where(mask, scores - scores.max(axis=-1, keepdims=True), -np.inf))
        return np.asarray(powers / powers.sum(axis=-1, keepdims=True) @ value)


def _joined(x: Matrix) -> Matrix:
    return np.concatenate(list(x), axis=-1)


@exercise
def join_heads(answer: Callable[[Matrix], Matrix]) -> None:
    """Check ``join_heads(x)``: (H, T, K) laid side by side, (T, D).

    >>> join_heads(lambda x: x.reshape(x.shape[1], -1))  # doctest: +ELLIPSIS
    join_heads: for (...) you gave ... The shape is right, and the places are mixed up...
    """
    x = np.arange(24.0).reshape(2, 4, 3)
    expect(
        answer,
        [(x,), (x.reshape(3, 2, 4),), (x[:1],)],
        _joined,
        slips=[
            (
                lambda x: x.reshape(x.shape[1], -1),
                "The shape is right, and the places are mixed up: swap the first two axes back "
                "before you reshape.",
            ),
            (lambda x: x.swapaxes(0, 1), "That is (T, H, K): lay the last two axes end to end."),
            (
                lambda x: x.transpose(1, 2, 0).reshape(x.shape[1], -1),
                "The heads' entries are shuffled like cards: each head's K lie side by side.",
            ),
            (
                lambda x: x.swapaxes(1, 2).reshape(x.shape[1], -1),
                "You swapped places and entries: it is heads and places, the first two axes.",
            ),
            (lambda x: x.sum(axis=0), "You added the heads: they are laid side by side."),
            (lambda x: x.mean(axis=0), "A mean of the heads: they are laid side by side."),
            (
                lambda x: np.concatenate(list(x), axis=0),
                "The heads lie one below the other: they belong side by side, along the width.",
            ),
        ],
    )


def _multi_head(
    x: Matrix,
    in_weight: Matrix,
    in_bias: Matrix,
    out_weight: Matrix,
    out_bias: Matrix,
    heads: int,
    mask: Matrix,
) -> Matrix:
    return np.asarray(_before_mixing(x, in_weight, in_bias, heads, mask) @ out_weight.T + out_bias)


def _before_mixing(
    x: Matrix, in_weight: Matrix, in_bias: Matrix, heads: int, mask: Matrix
) -> Matrix:
    query, key, value = (_cut(part, heads) for part in _projected(x, in_weight, in_bias))
    return _joined(_attend(query, key, value, mask))


def _in_order(order: list[int]) -> Callable[..., Matrix]:
    """The slip that takes query, key and value in another order."""

    def wrong(x: Matrix, weight: Matrix, bias: Matrix, *rest: Any) -> Matrix:
        weight, bias = (np.concatenate([np.split(a, 3)[i] for i in order]) for a in (weight, bias))
        return _multi_head(x, weight, bias, *rest)

    return wrong


def _joined_by_reshape(
    x: Matrix,
    in_weight: Matrix,
    in_bias: Matrix,
    out_weight: Matrix,
    out_bias: Matrix,
    heads: int,
    mask: Matrix,
) -> Matrix:
    query, key, value = (_cut(part, heads) for part in _projected(x, in_weight, in_bias))
    joined = _attend(query, key, value, mask).reshape(x.shape)
    return np.asarray(joined @ out_weight.T + out_bias)


@exercise
def multi_head(answer: Callable[..., Matrix]) -> None:
    """Check ``multi_head(x, in_weight, in_bias, out_weight, out_bias, heads, mask)``, (T, D).

    >>> multi_head(lambda x, *rest: x)  # doctest: +ELLIPSIS
    multi_head: for (...) you gave ... That is x itself.
    """
    cases = []
    for heads, seed in ((2, 9), (4, 8), (1, 7)):
        made = _some((3, 4), (12, 4), (12,), (4, 4), (4,), seed=seed)
        cases.append((*made, heads, np.tri(3, dtype=bool)))
    expect(
        answer,
        cases,
        _multi_head,
        slips=[
            (lambda x, *rest: x, "That is x itself."),
            (
                lambda x, w, b, out, shift, heads, mask: _before_mixing(x, w, b, heads, mask),
                "The heads are joined and not mixed: W_O and its bias come last.",
            ),
            (
                lambda x, w, b, out, shift, heads, mask: _multi_head(
                    x, w, b, out, 0 * shift, heads, mask
                ),
                "The bias of W_O is missing.",
            ),
            (
                lambda x, w, b, out, shift, heads, mask: _multi_head(
                    x, w, b, out.T, shift, heads, mask
                ),
                "W_O stands the wrong way round: y @ out_weight.T.",
            ),
            (
                lambda x, w, b, out, shift, heads, mask: _multi_head(x, w, b, out, shift, 1, mask),
                "That is one head of the whole width: split into heads first.",
            ),
            (
                lambda x, w, b, out, shift, heads, mask: _multi_head(
                    x, w, b, out, shift, heads, np.ones_like(mask)
                ),
                "The mask doesn't reach the attention: hand it on.",
            ),
            (_in_order([1, 0, 2]), "Queries and keys have changed places."),
            (_in_order([0, 2, 1]), "Keys and values have changed places."),
            (_joined_by_reshape, "The heads are joined by a reshape alone: see step 4."),
        ],
    )


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
        (_seen(2, 0), "One too few: the width counts the place itself, and width - 1 before it."),
        (_seen(0, -1), "A place may look at itself, and the width counts it."),
        (
            lambda time, width: _seen(1, width - 1)(time, width),
            "It looks ahead: nothing to the right of the diagonal may be seen.",
        ),
        (
            lambda time, width: _seen(1, time)(time, width),
            "It looks ahead: nothing to the right of the diagonal may be seen.",
        ),
        (
            lambda time, width: np.tri(time, k=-width, dtype=bool),
            "Those are the places to be forgotten: the rest of the past may be seen.",
        ),
    ]


@exercise
def window_mask(answer: Callable[[int, int], Matrix]) -> None:
    """Check ``window_mask(time, width)``: True for each place's last ``width``, itself included.

    >>> window_mask(lambda time, width: np.tri(time, dtype=bool))  # doctest: +ELLIPSIS
    window_mask: for (5, 2) you gave ... That is all of the past: forget some.
    """
    expect(answer, [(5, 2), (4, 1), (3, 5)], _right_window, slips=_window_slips())
