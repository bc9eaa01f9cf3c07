"""What the attention widgets ask of arrays: their shapes, their masks, and one softmax.

Seen in notebooks 09 and 11.
"""

from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from lmteach.checks import check_number, check_sizes, checked_by
from lmteach.typed import typed

MOST_TOKENS, MOST_HEADS = 40, 400
SEEN, AHEAD, PADDING, MASKED = range(4)  # why a query may or may not attend to a key


def _check_scores(scores: np.ndarray, temperature: float) -> None:
    check_number("temperature", temperature, above=0)
    if np.isnan(scores).any() or (scores == np.inf).any():
        raise ValueError("scores contains NaN or +∞, expected numbers, or −∞ for what is hidden.")


@typed
@checked_by(_check_scores)
def attention_weights(
    scores: Float[np.ndarray, "*batch time source"],
    allowed: Bool[np.ndarray, "time source"],
    temperature: float = 1.0,
) -> Float[np.ndarray, "*batch time source"]:
    """Return softmax(scores / temperature) over the keys that are allowed; the others get 0.

    A query that may attend to nothing gets zeros only. attention_view/view.js does the same.

    Raises ``ValueError`` for scores that are NaN or +∞, or a temperature that is not above 0.

    >>> attention_weights(np.zeros((2, 2)), np.array([[True, False], [True, True]]))
    array([[1. , 0. ],
           [0.5, 0.5]])
    """
    open_scores = np.where(allowed, scores, -np.inf)
    highest = open_scores.max(axis=-1, keepdims=True)
    shifted = np.subtract(open_scores, highest, where=np.isfinite(highest), out=open_scores)
    powers = np.exp(shifted / temperature)
    total = powers.sum(axis=-1, keepdims=True)
    return np.divide(powers, total, where=total > 0, out=np.zeros_like(powers))


def as_array(values: Any) -> np.ndarray:
    """Return arrays, tensors on any device, or a list of them, as one array of floats.

    Raises ``ValueError`` for what holds something else than numbers.

    >>> as_array([[1, 2]])
    array([[1., 2.]])
    """
    if hasattr(values, "detach"):
        return np.asarray(values.detach().cpu().double())
    if isinstance(values, list | tuple) and any(hasattr(value, "detach") for value in values):
        return np.stack([as_array(value) for value in values])
    try:
        array = np.asarray(values)
    except ValueError:  # rows of several lengths
        array = np.asarray(values, dtype=object)
    if array.dtype.kind not in "iufb":
        raise ValueError(
            f"got {values!r:.50}, expected numbers: an array, a tensor, or rows of one length."
        )
    return array.astype(float)


@typed
def head_scores(
    scores: Float[np.ndarray, "..."], time: int, source: int
) -> Float[np.ndarray, "layers heads time source"]:
    """Return scores as (L, H, T, S), or say what is wrong with them.

    Raises ``ValueError`` for shapes that don't fit, NaN or +∞, and too many tokens or heads.

    >>> head_scores(np.zeros((2, 3)), time=2, source=3).shape
    (1, 1, 2, 3)
    """
    full = scores.reshape((1,) * (4 - scores.ndim) + scores.shape) if scores.ndim < 4 else scores
    if full.ndim != 4 or full.shape[2:] != (time, source) or full.size == 0:
        raise ValueError(
            f"the scores or weights have shape {scores.shape}, but there are {time} queries and "
            f"{source} keys; expected (layers, heads, {time}, {source}), or without the first axes."
        )
    if max(time, source) > MOST_TOKENS or len(full) * full.shape[1] > MOST_HEADS:
        raise ValueError(
            f"there are {time} queries, {source} keys and {len(full) * full.shape[1]} heads, "
            f"expected at most {MOST_TOKENS} tokens and {MOST_HEADS} heads: with more, the picture "
            "would not be readable. Show a part."
        )
    if np.isnan(full).any() or (full == np.inf).any():
        raise ValueError(
            "the scores contain NaN or +∞, expected numbers, or −∞ for what is hidden."
        )
    return full


def _check_size(shape: tuple[int, int]) -> None:
    check_sizes(queries=shape[0], keys=shape[1])


@typed
@checked_by(_check_size)
def mask_kinds(mask: Any, shape: tuple[int, int]) -> Int[np.ndarray, "time source"]:
    """Say for each place why it may or may not be attended to.

    ``mask`` is True where it may: (T, S), or (S,) for all queries alike, or None. A key that nobody
    may attend to is padding; else, in self-attention, a hidden place to the right lies ahead.

    Raises ``ValueError`` for a mask of another shape or type.

    >>> mask_kinds(np.tri(3, dtype=bool) & [True, True, False], (3, 3))
    array([[0, 1, 2],
           [0, 0, 2],
           [0, 0, 2]])
    """
    kinds = np.full(shape, SEEN)
    if mask is None:
        return kinds
    given = np.asarray(mask.detach().cpu() if hasattr(mask, "detach") else mask)
    if given.dtype != bool or given.shape not in (shape, shape[1:]):
        raise ValueError(
            f"mask has shape {given.shape} and type {given.dtype}, expected {shape} or "
            f"({shape[1]},) of True and False: True where a query may attend to a key."
        )
    allowed = np.broadcast_to(given, shape)
    kinds[~allowed] = MASKED
    if shape[0] == shape[1]:
        kinds[~allowed & ~np.tri(*shape, dtype=bool)] = AHEAD
    kinds[:, ~allowed.any(axis=0)] = PADDING
    return kinds
