"""The checks of notebook 15: hiding tokens and judging them, a gap by Bayes, guessing."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lmteach.exercises.feedback import exercise, expect

EXERCISES = (
    "may_be_hidden",
    "places_to_hide",
    "hidden_text",
    "labels_of",
    "loss_of_labels",
    "between_by_bayes",
    "better_than_guessing",
)

Array = np.ndarray[Any, np.dtype[Any]]
_IDS = np.array([7, 2, 3, 5, 3, 8])  # 7 and 8 stand at both ends
_CHOSEN = np.array([False, True, False, True, True, False])
_NOWHERE = -100


@exercise
def may_be_hidden(answer: Callable[[Array, Sequence[int]], Array]) -> None:
    """Check ``may_be_hidden(ids, special)``: True wherever no special token stands.

    >>> may_be_hidden(lambda ids, special: ids < 7)  # doctest: +ELLIPSIS
    may_be_hidden: for (...) you gave ..., expected ...
    """
    expect(
        answer,
        [(_IDS, [7, 8]), (np.array([0, 4, 1, 9, 1]), [0, 1]), (np.array([3, 3]), [5])],
        lambda ids, special: np.array([one not in special for one in ids.tolist()]),
        slips=[
            (
                lambda ids, special: np.isin(ids, special),
                "True where a special token stands: turn it round with ~.",
            ),
            (
                lambda ids, special: ids != special[0],
                "That leaves out the first of the special tokens only.",
            ),
            (
                lambda ids, special: ids != special[-1],
                "That leaves out the last of the special tokens only.",
            ),
            (
                lambda ids, special: ~np.isin(np.arange(len(ids)), [0, len(ids) - 1]),
                "The ends? Look at which ids stand there: special ones may be anywhere.",
            ),
            (
                lambda ids, special: ids < min(special),
                "Special ids need not be the highest: ask which are in the list.",
            ),
            (
                lambda ids, special: ids[~np.isin(ids, special)],
                "Those are the tokens themselves: True or False for each place.",
            ),
            (
                lambda ids, special: np.flatnonzero(~np.isin(ids, special)),
                "Those are the numbers of the places: True or False for each of them.",
            ),
            (
                lambda ids, special: ~np.isin(special, ids),
                "np.isin(special, ids) asks for each special one: exchange the two.",
            ),
        ],
    )


def _places(allowed: Array, drawn: Array, share: float) -> Array:
    return np.asarray(np.array(allowed) & (np.array(drawn) < share))


@exercise
def places_to_hide(answer: Callable[[Array, Array, float], Array]) -> None:
    """Check ``places_to_hide(allowed, drawn, share)``: allowed, and the number below the share.

    >>> places_to_hide(lambda allowed, drawn, share: drawn < share)  # doctest: +ELLIPSIS
    places_to_hide: for (...) you gave ..., expected ... A special token is chosen: ...
    """
    allowed = np.array([False, True, True, True, True, False])
    drawn = np.array([0.05, 0.1, 0.6, 0.15, 0.149, 0.9])

    def counted(allowed: Array, drawn: Array, share: float) -> Array:
        order = np.argsort(np.where(allowed, drawn, 2.0), kind="stable")
        found = np.zeros(len(drawn), dtype=bool)
        found[order[: round(share * len(drawn))]] = True
        return found

    expect(
        answer,
        [(allowed, drawn, 0.15), (np.array([True, True, False]), np.array([0.4, 0.6, 0.1]), 0.5)],
        _places,
        slips=[
            (
                lambda allowed, drawn, share: drawn < share,
                "A special token is chosen: only where `allowed` is True.",
            ),
            (
                lambda allowed, drawn, share: allowed & (drawn > share),
                "Above the share? So nearly all are chosen: below it.",
            ),
            (
                lambda allowed, drawn, share: allowed & (drawn <= share),
                "Below the share, not equal to it.",
            ),
            (
                lambda allowed, drawn, share: allowed | (drawn < share),
                "Both conditions must hold: & in the place of |.",
            ),
            (lambda allowed, drawn, share: allowed, "All that may be hidden? Only a share of it."),
            (
                lambda allowed, drawn, share: allowed * drawn < share,
                "Where hiding is not allowed, allowed * drawn is 0, which is below the share.",
            ),
            (
                lambda allowed, drawn, share: drawn[allowed] < share,
                "As long as the text: False where hiding is not allowed.",
            ),
            (
                lambda allowed, drawn, share: np.flatnonzero(_places(allowed, drawn, share)),
                "Those are the numbers of the places: True or False for each of them.",
            ),
            (
                counted,
                "That takes a fixed number of places; here each is chosen by its own number.",
            ),
        ],
    )


def _hidden(
    ids: Array,
    chosen: Array,
    dice: Array,
    others: Array,
    mask_id: int,
    replaced: float = 0.8,
    random: float = 0.1,
) -> Array:
    found = ids.copy()
    found[chosen & (dice < replaced)] = mask_id
    by_another = chosen & (dice >= replaced) & (dice < replaced + random)
    found[by_another] = others[by_another]
    return found


@exercise
def hidden_text(answer: Callable[[Array, Array, Array, Array, int], Array]) -> None:
    """Check ``hidden_text(ids, chosen, dice, others, mask_id)``: 80 % masked, 10 % another token.

    >>> hidden_text(lambda ids, chosen, dice, others, mask_id: np.where(chosen, mask_id, ids))
    ... # doctest: +ELLIPSIS
    hidden_text: for (...) you gave ..., expected ... All chosen ones are masked...
    """
    ids, chosen = np.arange(10, 18), np.array([True] * 6 + [False] * 2)
    dice = np.array([0.1, 0.8, 0.85, 0.9, 0.95, 0.79, 0.5, 0.85])
    others = np.array([31, 32, 33, 34, 35, 36, 37, 38])

    def everywhere(ids: Array, chosen: Array, dice: Array, others: Array, mask_id: int) -> Array:
        return _hidden(ids, np.ones_like(chosen), dice, others, mask_id)

    def others_everywhere(
        ids: Array, chosen: Array, dice: Array, others: Array, mask_id: int
    ) -> Array:
        found = _hidden(ids, chosen, dice, others, mask_id)
        return np.where((dice >= 0.8) & (dice < 0.9), others, found)

    def from_the_start(
        ids: Array, chosen: Array, dice: Array, others: Array, mask_id: int
    ) -> Array:
        found = _hidden(ids, chosen, dice, others, mask_id, random=0.0)
        by_another = chosen & (dice >= 0.8) & (dice < 0.9)
        found[by_another] = others[: by_another.sum()]
        return found

    def turned(ids: Array, chosen: Array, dice: Array, others: Array, mask_id: int) -> Array:
        return np.asarray(np.where(chosen & (dice >= 0.2), mask_id, ids))

    expect(
        answer,
        [(ids, chosen, dice, others, 99), (ids[:3], chosen[3:6], dice[2:5], others[:3], 50)],
        _hidden,
        slips=[
            (
                lambda i, c, d, o, m: np.where(c, m, i),
                "All chosen ones are masked: from 0.8 on stands another token, or the same.",
            ),
            (everywhere, "Only at chosen places: begin each condition with `chosen`."),
            (others_everywhere, "Other tokens, too, stand at chosen places only."),
            (
                lambda i, c, d, o, m: _hidden(i, c, d, o, m, random=0.2),
                "From 0.9 on the token stays as it is.",
            ),
            (
                lambda i, c, d, o, m: _hidden(i, c, d, o, m, random=0.0),
                "Where is the other token, from 0.8 to below 0.9?",
            ),
            (
                lambda i, c, d, o, m: _hidden(i, ~c, d, o, m),
                "Hidden is what was chosen, not what wasn't.",
            ),
            (turned, "Below 0.8, not above it, stands the mask."),
            (
                lambda i, c, d, o, m: np.where(c & (d == 0.8), m, _hidden(i, c, d, o, m)),
                "At 0.8 itself another token stands: the mask only below it.",
            ),
            (
                lambda i, c, d, o, m: _hidden(i, c, d, o, m, replaced=0.0, random=0.9),
                "The masks are overwritten: another token stands only from 0.8 on.",
            ),
            (
                lambda i, c, d, o, m: np.where(c & (d >= 0.8) & (d < 0.9), o, i),
                "Where is the mask, below 0.8? A second np.where goes on from the first.",
            ),
            (
                lambda i, c, d, o, m: np.where(
                    c & (d >= 0.9), o, _hidden(i, c, d, o, m, random=0.0)
                ),
                "Another token from 0.8 to below 0.9; from 0.9 on it stays as it is.",
            ),
            (
                lambda i, c, d, o, m: _hidden(i, c, d, np.full_like(o, o[0]), m),
                "Each place has another token of its own: others at that place.",
            ),
            (from_the_start, "Taken from the start of `others`: take them at the same places."),
            (
                lambda i, c, d, o, m: np.where(c & (d == 0.9), o, _hidden(i, c, d, o, m)),
                "At 0.9 itself the token stays as it is: another stands only below it.",
            ),
            (
                lambda i, c, d, o, m: _hidden(i, c, d, o, m, replaced=0.9, random=0.0),
                "The mask only below 0.8: from there to below 0.9 stands another token.",
            ),
            (
                lambda i, c, d, o, m: _hidden(i, c, d, o, m)[c],
                "As long as the text: where none was chosen, its own token stands.",
            ),
            (
                lambda i, c, d, o, m: np.where(c & (d < 0.9), _hidden(i, c, d, o, m), 0),
                "What is neither masked nor replaced keeps its own token: begin with `ids`.",
            ),
        ],
    )


@exercise
def labels_of(answer: Callable[[Array, Array], Array]) -> None:
    """Check ``labels_of(ids, chosen)``: the ids at the chosen places, -100 at all others.

    >>> labels_of(lambda ids, chosen: ids * chosen)  # doctest: +ELLIPSIS
    labels_of: for (...) you gave ..., expected ... 0 is an id, too...
    """
    expect(
        answer,
        [(_IDS, _CHOSEN), (np.array([4, 0, 1]), np.array([True, True, False]))],
        lambda ids, chosen: np.where(chosen, ids, _NOWHERE),
        slips=[
            (
                lambda ids, chosen: np.where(chosen, _NOWHERE, ids),
                "−100 stands where nothing is asked: you have turned it round.",
            ),
            (lambda ids, chosen: ids * chosen, "0 is an id, too: −100 where nothing is asked."),
            (lambda ids, chosen: ids, "Every place is asked for: −100 where none was chosen."),
            (lambda ids, chosen: ids[chosen], "As long as the text: −100 fills the other places."),
            (lambda ids, chosen: np.where(chosen, ids, -1), "−100, not −1."),
            (lambda ids, chosen: np.where(chosen, ids, 100), "−100: the minus is missing."),
            (
                lambda ids, chosen: ids + _NOWHERE * ~chosen,
                "100 is taken from the ids there: put −100 in their place.",
            ),
            (
                lambda ids, chosen: np.flatnonzero(chosen),
                "Those are the numbers of the places: the token of each, and −100 elsewhere.",
            ),
        ],
    )


def _surprises(logits: Array, labels: Array) -> Array:
    """Of each place that is asked for."""
    asked = labels != _NOWHERE
    rows = logits[asked]
    chances = np.exp(rows) / np.exp(rows).sum(axis=1, keepdims=True)
    return np.asarray(-np.log(chances[np.arange(len(rows)), labels[asked]]))


@exercise
def loss_of_labels(answer: Callable[[Array, Array], float]) -> None:
    """Check ``loss_of_labels(logits, labels)``: mean surprise where the label is not -100, nats.

    >>> loss_of_labels(lambda logits, labels: 0.0)  # doctest: +ELLIPSIS
    loss_of_labels: for (...) you gave 0, expected ...
    """
    logits = np.random.default_rng(15).normal(size=(5, 4))

    def over_all(logits: Array, labels: Array) -> float:
        return float(_surprises(logits, labels).sum() / len(labels))

    def mask_too_late(logits: Array, labels: Array) -> float:
        return float(_surprises(logits, np.where(labels == _NOWHERE, 0, labels)).mean())

    def wrapped(logits: Array, labels: Array) -> float:
        return float(_surprises(logits, labels % logits.shape[1]).mean())

    def without_softmax(logits: Array, labels: Array) -> float:
        asked = labels != _NOWHERE
        return -float(logits[asked, labels[asked]].mean())

    def one_softmax(logits: Array, labels: Array) -> float:
        asked = labels != _NOWHERE
        return without_softmax(logits, labels) + float(np.log(np.exp(logits[asked]).sum()))

    def mean_first(logits: Array, labels: Array) -> float:
        return -float(np.log(np.exp(-_surprises(logits, labels)).mean()))

    def without_id_0(logits: Array, labels: Array) -> float:
        return float(_surprises(logits, np.where(labels == 0, _NOWHERE, labels)).mean())

    def without_logarithm(logits: Array, labels: Array) -> float:
        asked = labels != _NOWHERE
        return without_softmax(logits, labels) + float(np.exp(logits[asked]).sum(axis=1).mean())

    def every_pair(logits: Array, labels: Array) -> float:
        wanted = labels[labels != _NOWHERE]
        rows = logits[labels != _NOWHERE]
        logs = rows - np.log(np.exp(rows).sum(axis=1, keepdims=True))
        return -float(logs[:, wanted].mean())

    expect(
        answer,
        [
            (logits, np.array([_NOWHERE, 2, _NOWHERE, 0, 3])),
            (np.zeros((3, 50)), np.array([7, _NOWHERE, 9])),
            (2 * logits[:2], np.array([_NOWHERE, 1])),
        ],
        lambda logits, labels: float(_surprises(logits, labels).mean()),
        slips=[
            (
                over_all,
                "Divided by all places: by the number of those that are asked for.",
            ),
            (
                mask_too_late,
                "The mean is over all places: those labelled −100 must go first.",
            ),
            (wrapped, "The mean is over all places: those labelled −100 must go first."),
            (
                lambda logits, labels: _surprises(logits, labels).sum(),
                "The sum over the places? Take the mean.",
            ),
            (
                lambda logits, labels: -_surprises(logits, labels).mean(),
                "A minus sign is missing, or there is one too many.",
            ),
            (
                lambda logits, labels: _surprises(logits, labels).mean() / np.log(2),
                "Bits? Take nats.",
            ),
            (without_softmax, "Logits are no logarithms yet: the softmax is missing."),
            (one_softmax, "Each place has a softmax of its own: sum over axis 1 alone."),
            (mean_first, "The logarithm at each place first, then the mean."),
            (
                every_pair,
                "Each place has one token to say; [:, wanted] takes every token at every place.",
            ),
            (without_id_0, "0 is an id, too: left out is −100 alone."),
            (without_logarithm, "The logarithm of the sum is missing: log Σ exp, less the logit."),
            (_surprises, "That is one loss for each place: take their mean."),
            (
                lambda logits, labels: np.exp(_surprises(logits, labels).mean()),
                "That is the perplexity: leave out the last exp.",
            ),
            (
                lambda logits, labels: np.exp(-_surprises(logits, labels)).mean(),
                "That is the mean probability: the surprise is minus its logarithm.",
            ),
            (
                lambda logits, labels: -np.exp(-_surprises(logits, labels)).mean(),
                "That is the mean probability: the surprise is minus its logarithm.",
            ),
        ],
    )


@exercise
def between_by_bayes(answer: Callable[[Array, Array], Array]) -> None:
    """Check ``between_by_bayes(before, after)``: the product, brought to the sum 1.

    >>> between_by_bayes(lambda before, after: before * after)  # doctest: +ELLIPSIS
    between_by_bayes: for (...) you gave ..., expected ... That doesn't sum to 1...
    """
    before, after = np.array([0.5, 0.3, 0.2]), np.array([0.01, 0.4, 0.1])

    def both(before: Array, after: Array) -> Array:
        return np.asarray(before * after / (before * after).sum())

    def mean(before: Array, after: Array) -> Array:
        return np.asarray((before + after / after.sum()) / 2)

    def softmax(before: Array, after: Array) -> Array:
        return np.asarray(np.exp(before * after) / np.exp(before * after).sum())

    expect(
        answer,
        [(before, after), (np.array([0.9, 0.1]), np.array([0.0, 0.2]))],
        both,
        slips=[
            (
                lambda before, after: before * after,
                "That doesn't sum to 1: divide by the sum over all tokens.",
            ),
            (
                lambda before, after: (before + after) / (before + after).sum(),
                "Both must be true of a token: multiply, don't add.",
            ),
            (mean, "Both must be true of a token: multiply, don't take the mean."),
            (lambda before, after: after / after.sum(), "And what the left says, `before`?"),
            (lambda before, after: before, "And what follows the gap, `after`?"),
            (
                lambda before, after: before * after / after.sum(),
                "Divided by the sum of `after`: it is the products that must sum to 1.",
            ),
            (softmax, "These are probabilities, no logits: divide by the sum, without exp."),
            (
                lambda before, after: before * after / (before * after).max(),
                "Divided by the largest: divide by the sum, so that all sum to 1.",
            ),
            (
                lambda before, after: np.sqrt(before * after) / np.sqrt(before * after).sum(),
                "The product itself, without a root.",
            ),
            (
                lambda before, after: np.log(before) + np.log(after),
                "Those are logarithms: exp of them, divided by its sum.",
            ),
            (
                lambda before, after: np.dot(before, after),
                "That is the sum of the products, one number: divide each product by it.",
            ),
            (
                lambda before, after: (before * after).argmax(),
                "That is the likeliest token: all their probabilities are asked for.",
            ),
        ],
    )


def _entropy(shares: Sequence[float]) -> float:
    present = np.array([share for share in shares if share > 0])
    return float(-(present * np.log(present)).sum())


@exercise
def better_than_guessing(answer: Callable[[float, Sequence[float]], float]) -> None:
    """Check ``better_than_guessing(loss, shares)``: entropy of the shares less the loss, nats.

    >>> better_than_guessing(lambda loss, shares: 0.693 - loss)  # doctest: +ELLIPSIS
    better_than_guessing: for (...) you gave ..., expected ...
    """
    expect(
        answer,
        [(0.6, [0.9, 0.1]), (0.74, [0.5, 0.5]), (0.2, [0.25, 0.75, 0.0])],
        lambda loss, shares: _entropy(shares) - loss,
        slips=[
            (
                lambda loss, shares: loss - _entropy(shares),
                "The other way round: what guessing pays, less what the classifier pays.",
            ),
            (
                lambda loss, shares: np.log(len(shares)) - loss,
                "That is a guess that takes all classes for alike: it knows their shares.",
            ),
            (
                lambda loss, shares: np.log(2) - loss,
                "A coin is the guess for two equal classes only.",
            ),
            (
                lambda loss, shares: _entropy(shares) / np.log(2) - loss,
                "The entropy is in bits and the loss in nats.",
            ),
            (
                lambda loss, shares: -np.log(max(shares)) - loss,
                "That is the surprise at the most frequent class: the others come, too.",
            ),
            (
                lambda loss, shares: _entropy(shares) + loss,
                "Less what the classifier pays, not more.",
            ),
            (lambda loss, shares: _entropy(shares), "And less what the classifier pays?"),
            (
                lambda loss, shares: 1 - loss / _entropy(shares),
                "That is a share of the entropy: the difference itself, in nats.",
            ),
            (
                lambda loss, shares: (_entropy(shares) - loss) / np.log(2),
                "Bits? Both are in nats: leave the difference as it is.",
            ),
            (
                lambda loss, shares: max(_entropy(shares) - loss, 0),
                "Worse than guessing is a negative number, not 0.",
            ),
            (
                lambda loss, shares: -np.mean(np.log([p for p in shares if p > 0])) - loss,
                "Each class's surprise counts as often as the class comes: Σ p · (−ln p).",
            ),
            (
                lambda loss, shares: _entropy(shares) / len(shares) - loss,
                "The entropy is the sum of −p ln p, not their mean.",
            ),
            (
                lambda loss, shares: -_entropy(shares) - loss,
                "The entropy is positive: a minus sign is missing.",
            ),
            (
                lambda loss, shares: -np.sum(np.array(shares) * np.log(np.array(shares))) - loss,
                "0 · ln 0 is 0, and not what NumPy makes of it: leave out what never comes.",
            ),
        ],
    )
