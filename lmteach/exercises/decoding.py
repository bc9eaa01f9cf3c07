"""The checks of notebook 14: drawing a token, attention with a cache, another cut, a stop."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lmteach.exercises.attempt import Wrong
from lmteach.exercises.feedback import exercise, expect

EXERCISES = (
    "chances",
    "nucleus",
    "draw",
    "next_token",
    "attend_newest",
    "cached_step",
    "keep_min_p",
    "may_be_shown",
)

Array = np.ndarray[Any, np.dtype[Any]]


def _softmax(logits: Array) -> Array:
    powers = np.exp(logits - logits.max())
    return np.asarray(powers / powers.sum())


@exercise
def chances(answer: Callable[[Array, float], Array]) -> None:
    """Check ``chances(logits, temperature)``: a softmax with a dial, which doesn't overflow.

    Raises ``Wrong`` within, which the verdict shows, where e to the power of large logits is nan.

    >>> from scipy.special import softmax
    >>> chances(lambda logits, temperature: softmax(logits))  # doctest: +ELLIPSIS
    chances: for (...) you gave ..., expected ... The temperature changes nothing here...
    """

    def powers(logits: Array, temperature: float) -> Array:
        return np.asarray(np.exp(logits / temperature))

    small, large = np.array([0.0, 1.0, -1.0]), np.array([800.0, 0.0, 799.0])

    def right(logits: Array, temperature: float) -> Array:
        return _softmax(logits / temperature)

    expect(
        answer,
        [(small, 0.5), (small, 1.0), (np.array([0.3, 0.1, 0.1, 2.0]), 2.0)],
        right,
        slips=[
            (lambda logits, t: _softmax(logits), "The temperature changes nothing here."),
            (
                lambda logits, t: _softmax(logits) / t / (_softmax(logits) / t).sum(),
                "The temperature changes nothing here.",
            ),
            (lambda logits, t: _softmax(logits * t), "Multiplied: divide by the temperature."),
            (lambda logits, t: _softmax(logits) / t, "Divide the *logits*, before the softmax."),
            (powers, "They don't sum to 1 yet: divide by their sum."),
        ],
    )
    given = answer(large, 1.0)
    if np.shape(given) == (3,) and np.isnan(np.asarray(given, dtype=float)).any():
        raise Wrong(
            "for logits of 800 you gave nan: e to the 800 is too large for a number. Take the "
            "largest logit away from all of them first; the shares stay what they are."
        )
    expect(answer, [(large, 1.0)], right)


def _nucleus(
    probabilities: Array, share: float, scale: bool = True, crossing: bool = True
) -> Array:
    """The nucleus; the options are the slips."""
    order = np.argsort(-probabilities, kind="stable")
    held = probabilities[order].cumsum()
    before = held - probabilities[order] if crossing else held
    stays = order[before < share - 1e-12]
    kept = np.zeros_like(probabilities)
    kept[stays] = probabilities[stays]
    return np.asarray(kept / kept.sum() if scale and kept.any() else kept)


@exercise
def nucleus(answer: Callable[[Array, float], Array]) -> None:
    """Check ``nucleus(probabilities, share)``: what top-p leaves, rescaled, each in its place.

    >>> nucleus(lambda probabilities, share: probabilities * (probabilities > share))
    ... # doctest: +ELLIPSIS
    nucleus: for (...) you gave ..., expected ... The share is no threshold for each token...
    """
    mixed, peaked = np.array([0.1, 0.4, 0.2, 0.3]), np.array([0.05, 0.9, 0.03, 0.02])

    def threshold(probabilities: Array, share: float) -> Array:
        return np.where(probabilities > share, probabilities, 0.0)

    def ordered(probabilities: Array, share: float) -> Array:
        return np.sort(_nucleus(probabilities, share))[::-1]

    def in_place(probabilities: Array, share: float) -> Array:
        kept = np.where(probabilities.cumsum() - probabilities < share, probabilities, 0.0)
        return np.asarray(kept / kept.sum())

    def short_row(probabilities: Array, share: float) -> Array:
        kept = ordered(probabilities, share)
        return kept[kept > 0]

    def marks_in_order(probabilities: Array, share: float) -> Array:
        falling = np.sort(probabilities)[::-1]
        kept = np.where(falling.cumsum() - falling < share - 1e-12, probabilities, 0.0)
        return np.asarray(kept / kept.sum())

    def to_the_letter(probabilities: Array, share: float) -> Array:
        order = np.argsort(-probabilities, kind="stable")
        count = int(np.argmax(probabilities[order].cumsum() >= share)) + 1
        kept = probabilities.copy()
        kept[order[count:]] = 0.0
        return np.asarray(kept / kept.sum())

    def least_first(probabilities: Array, share: float) -> Array:
        order = np.argsort(probabilities)
        stays = order[probabilities[order].cumsum() - probabilities[order] < share]
        kept = np.zeros_like(probabilities)
        kept[stays] = probabilities[stays]
        return np.asarray(kept / kept.sum())

    expect(
        answer,
        [(mixed, 0.6), (peaked, 0.7), (mixed, 0.35), (mixed, 0.95), (mixed, 1.0)],
        _nucleus,
        slips=[
            (
                lambda probabilities, share: _nucleus(probabilities, share, scale=False),
                "What is left doesn't sum to 1: divide by its sum.",
            ),
            (
                lambda probabilities, share: _nucleus(probabilities, share, crossing=False),
                "The token that crosses the share stays, too: else a sure model is left with none.",
            ),
            (ordered, "Each token keeps its place: a sorted row forgets whose probabilities."),
            (short_row, "Only those that stay are here: the others keep their places, with 0."),
            (
                marks_in_order,
                "These marks are in the sorted order: take them back to the tokens' places.",
            ),
            (
                to_the_letter,
                "By rounding, no sum reaches the share: compare with `share - 1e-12`.",
            ),
            (in_place, "Sort first: the likeliest tokens go in first, whatever their ids."),
            (least_first, "You began with the least likely token; np.argsort puts it first."),
            (threshold, "The share is no threshold for each token: it is what they hold together."),
        ],
    )


@exercise
def draw(answer: Callable[[Array, float], int]) -> None:
    """Check ``draw(probabilities, u)``: the token in whose stretch a number from 0 to 1 falls.

    >>> draw(lambda probabilities, u: int(probabilities.argmax()))
    draw: for ([0.1 0.4 0.2 0.3], 0.05) you gave 1, expected 0. The likeliest, whatever u is? \
Then nothing is drawn.
    """
    mixed, cut = np.array([0.1, 0.4, 0.2, 0.3]), np.array([0.0, 0.5, 0.0, 0.5])

    def right(probabilities: Array, u: float) -> int:
        return int((probabilities.cumsum() <= u).sum())

    expect(
        answer,
        [(mixed, 0.05), (mixed, 0.3), (mixed, 0.55), (mixed, 0.72), (cut, 0.0), (cut, 0.5)],
        right,
        slips=[
            (
                lambda probabilities, u: int(probabilities.argmax()),
                "The likeliest, whatever u is? Then nothing is drawn.",
            ),
            (
                lambda probabilities, u: int((probabilities.cumsum() < u).sum()),
                "This token has probability 0: a stretch begins where u is *reached*, so count "
                "the sums up to u, u among them.",
            ),
            (
                lambda probabilities, u: int(np.abs(probabilities - u).argmin()),
                "Lay the probabilities end to end (cumsum), and look where u falls.",
            ),
            (
                lambda probabilities, u: int(u * len(probabilities)),
                "That gives all tokens the same stretch; each has its own probability.",
            ),
            (
                lambda probabilities, u: int((probabilities.cumsum() <= u).sum()) - 1,
                "One too few: it is the first token whose running sum is above u.",
            ),
        ],
    )


@exercise
def next_token(answer: Callable[[Array, float, float, float], int]) -> None:
    """Check ``next_token(logits, temperature, share, u)``: dial, cut, draw.

    >>> next_token(lambda logits, temperature, share, u: int(logits.argmax()))
    ... # doctest: +ELLIPSIS
    next_token: for (...) you gave 0, expected 1...
    """
    logits = np.log(np.array([0.5, 0.25, 0.15, 0.1]))

    def drawn(probabilities: Array, u: float) -> int:
        return int((probabilities.cumsum() <= u).sum())

    def right(logits: Array, temperature: float, share: float, u: float) -> int:
        return drawn(_nucleus(_softmax(logits / temperature), share), u)

    def cut_first(logits: Array, temperature: float, share: float, u: float) -> int:
        kept = _nucleus(_softmax(logits), share) ** (1 / temperature)
        return drawn(kept / kept.sum(), u)

    expect(
        answer,
        [
            (logits, 1.0, 0.8, 0.6),
            (logits, 1.0, 0.8, 0.95),
            (logits, 0.5, 0.99, 0.7),
            (logits, 3.0, 0.6, 0.8),
        ],
        right,
        slips=[
            (cut_first, "Cut first, heated later: the temperature stands before the cut."),
            (
                lambda logits, t, share, u: drawn(_softmax(logits / t), u),
                "Nothing is cut: nucleus is not used, or its result.",
            ),
            (
                lambda logits, t, share, u: drawn(_nucleus(_softmax(logits), share), u),
                "The temperature changes nothing here.",
            ),
        ],
    )


def _attend(query: Array, keys: Array, values: Array, root: bool = True) -> Array:
    scores = keys @ query / (math.sqrt(len(query)) if root else 1.0)
    return np.asarray(_softmax(scores) @ values)


@exercise
def attend_newest(answer: Callable[[Array, Array, Array], Array]) -> None:
    """Check ``attend_newest(query, keys, values)``: what the newest query reads, eq. 14.7.

    >>> attend_newest(lambda query, keys, values: values[-1])  # doctest: +ELLIPSIS
    attend_newest: for (...) you gave ..., expected ... Only the last value...
    """
    rng = np.random.default_rng(14)
    query, keys, values = rng.normal(size=4), rng.normal(size=(5, 4)), rng.normal(size=(5, 3))
    expect(
        answer,
        [(query, keys, values), (query, keys[:1], values[:1])],
        _attend,
        slips=[
            (lambda q, k, v: v[-1], "Only the last value: the query meets all keys that are kept."),
            (lambda q, k, v: _attend(q, k, v, root=False), "Divide the scores by √K."),
            (
                lambda q, k, v: _attend(q / math.sqrt(len(q)), k, v),
                "Divided by K: it is the root of K.",
            ),
            (
                lambda q, k, v: _attend(q * math.sqrt(len(q) / len(k)), k, v),
                "Divided by √T, the number of keys: it is √K, the width of one.",
            ),
            (
                lambda q, k, v: k @ q / math.sqrt(len(q)) @ v,
                "The scores are not weights yet: the softmax is missing.",
            ),
            (lambda q, k, v: v.mean(axis=0), "All weights alike: they come from query and keys."),
            (
                lambda q, k, v: _attend(q, k[:-1], v[:-1]) if len(k) > 1 else v[0],
                "The newest token looks at itself, too: its key is the last row.",
            ),
        ],
    )


@exercise
def cached_step(answer: Callable[..., tuple[Array, Array, Array]]) -> None:
    """Check ``cached_step(x, W_q, W_k, W_v, keys, values)``: a layer's step, and its cache after.

    >>> cached_step(lambda x, W_q, W_k, W_v, keys, values: (x @ W_v, keys, values))
    ... # doctest: +ELLIPSIS
    cached_step: for (...) you gave ..., expected ...
    """
    rng = np.random.default_rng(15)
    x, maps = rng.normal(size=3), rng.normal(size=(3, 3, 2))
    keys, values = rng.normal(size=(4, 2)), rng.normal(size=(4, 2))

    def step(
        given: tuple[Array, ...], sees_itself: bool = True, keeps: bool = True, front: bool = False
    ) -> tuple[Array, Array, Array]:
        x, w_q, w_k, w_v, keys, values = given
        k, v = x @ w_k, x @ w_v
        longer = (
            np.vstack([k, keys] if front else [keys, k]),
            np.vstack([v, values] if front else [values, v]),
        )
        seen = longer if sees_itself or not len(keys) else (keys, values)
        return _attend(x @ w_q, *seen), *(longer if keeps else (keys, values))

    expect(
        answer,
        [(x, *maps, keys, values), (x, *maps, keys[:0], values[:0])],
        lambda *given: step(given),
        slips=[
            (
                lambda *given: step(given, sees_itself=False),
                "The new token's own key and value go in *before* it looks: it sees itself, too.",
            ),
            (
                lambda *given: step(given)[0],
                "That is what was read: return keys and values, too, each longer by a row.",
            ),
            (
                lambda *given: step(given, keeps=False),
                "The cache is returned as it came: the next token would not find this one.",
            ),
            (
                lambda *given: step(given, front=True),
                "The new key stands first: the newest goes to the end, as in the text.",
            ),
            (
                lambda x, w_q, w_k, w_v, keys, values: step((x, w_k, w_q, w_v, keys, values)),
                "Query and key are swapped: W_q makes what asks, W_k what is asked.",
            ),
        ],
    )


def _min_p(probabilities: Array, ratio: float, scale: bool = True) -> Array:
    kept = np.where(probabilities >= ratio * probabilities.max(), probabilities, 0.0)
    return np.asarray(kept / kept.sum() if scale else kept)


@exercise
def keep_min_p(answer: Callable[[Array, float], Array]) -> None:
    """Check ``keep_min_p(probabilities, ratio)``: cut what is far less likely than the likeliest.

    >>> keep_min_p(lambda probabilities, ratio: probabilities * (probabilities >= ratio))
    ... # doctest: +ELLIPSIS
    keep_min_p: for (...) you gave ... The threshold is not ratio itself...
    """
    mixed = np.array([0.1, 0.4, 0.2, 0.3])

    def threshold(probabilities: Array, ratio: float) -> Array:
        kept = np.where(probabilities >= ratio, probabilities, 0.0)
        return np.asarray(kept / kept.sum() if kept.any() else kept)

    def threshold_alone(probabilities: Array, ratio: float) -> Array:
        return np.where(probabilities >= ratio, probabilities, 0.0)

    def strictly(probabilities: Array, ratio: float) -> Array:
        kept = np.where(probabilities > ratio * probabilities.max(), probabilities, 0.0)
        return np.asarray(kept / kept.sum() if kept.any() else kept)

    def softmax_again(probabilities: Array, ratio: float) -> Array:
        powers = np.exp(_min_p(probabilities, ratio, scale=False))
        return np.asarray(powers / powers.sum())

    own = "The threshold is not ratio itself: it is ratio times the *largest* probability."
    expect(
        answer,
        [(mixed, 0.6), (mixed, 0.1), (np.array([0.4, 0.2, 0.2, 0.2]), 0.5), (np.ones(1), 1.0)],
        _min_p,
        slips=[
            (threshold, own),
            (threshold_alone, own),
            (
                lambda probabilities, ratio: _min_p(probabilities, ratio, scale=False),
                "What is left doesn't sum to 1: divide by its sum.",
            ),
            (strictly, "A token that is exactly at the threshold stays: ≥, not >."),
            (
                softmax_again,
                "These are probabilities already, no logits: divide by the sum, without exp.",
            ),
            (
                lambda probabilities, ratio: np.sort(_min_p(probabilities, ratio))[::-1],
                "Each token keeps its place: a sorted row forgets whose probabilities they are.",
            ),
        ],
    )


def _may_be_shown(text: str, stop: str) -> str:
    for length in range(len(stop) - 1, 0, -1):
        if text.endswith(stop[:length]):
            return text[:-length]
    return text


@exercise
def may_be_shown(answer: Callable[[str, str], str]) -> None:
    """Check ``may_be_shown(text, stop)``: hold back what may be the beginning of the stop.

    >>> may_be_shown(lambda text, stop: text)
    may_be_shown: for ('A city.', '. The') you gave 'A city.', expected 'A city'. The end may be \
the beginning of the stop: hold it back.
    """

    def shortest(text: str, stop: str) -> str:
        for length in range(1, len(stop)):
            if text.endswith(stop[:length]):
                return text[:-length]
        return text

    expect(
        answer,
        [
            ("A city.", ". The"),
            ("A city", ". The"),
            ("one. Th", ". The"),
            ("aab", "abab"),
            ("aaa", "aab"),
            (".", "."),
        ],
        _may_be_shown,
        slips=[
            (
                shortest,
                "The longest beginning counts: try the beginnings from the longest down.",
            ),
            (
                lambda text, stop: text[:-1] if text.endswith(stop[0]) else text,
                "Longer beginnings of the stop count, too, not its first letter alone.",
            ),
            (
                lambda text, stop: text,
                "The end may be the beginning of the stop: hold it back.",
            ),
            (
                lambda text, stop: text[: -len(stop) + 1],
                "Always held back: a letter that the stop can't begin with may be shown at once.",
            ),
            (
                lambda text, stop: text.rstrip(stop),
                "rstrip takes letters away in any order: compare with the beginnings of the stop.",
            ),
        ],
    )
