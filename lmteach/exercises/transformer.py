"""The checks of notebook 11: the decoder's two sides, clipped n-grams, the floor of smoothing."""

import math
from collections import Counter
from collections.abc import Callable, Sequence

from lmteach.exercises.feedback import exercise, expect
from lmteach.text.tokenizers.vocabulary import END, START

EXERCISES = ("sides", "clipped_precision", "lowest_loss")

Words = Sequence[str]

_THE = ("the " * 7).split()
_CAT = "the cat is on the mat".split()
_MAT = "the the the the a a cat".split()  # each mistake gives another number


@exercise
def sides(answer: Callable[[list[int]], tuple[Sequence[int], Sequence[int]]]) -> None:
    """Check ``sides(tokens)``: what goes into the decoder, and what must come out of it.

    >>> sides(lambda tokens: (tokens, tokens))  # doctest: +ELLIPSIS
    sides: for ([8, 5, 9]) you gave ([8, 5, 9], [8, 5, 9]), expected ... see what it has to say.
    """

    def right(tokens: list[int]) -> tuple[list[int], list[int]]:
        return [START, *tokens], [*tokens, END]

    same = "Both sides are the same: the decoder can see what it has to say."
    expect(
        answer,
        [([8, 5, 9],), ([7],), ([4, 4, 4, 6],)],
        right,
        slips=[
            (lambda tokens: (tokens, tokens), same),
            (lambda tokens: 2 * ([START, *tokens, END],), same),
            (lambda tokens: 2 * ([START, *tokens],), same),
            (lambda tokens: 2 * ([*tokens, END],), same),
            (
                lambda tokens: right(tokens)[::-1],
                "The sides are swapped: it would have to say the token *before*.",
            ),
            (
                lambda tokens: (tokens[:-1], tokens[1:]),
                "Nobody asks for the first token, nor for the end: it would never stop.",
            ),
            (
                lambda tokens: (tokens, [*tokens[1:], END]),
                "Nobody asks for the first token: START goes in, and the first comes out.",
            ),
            (
                lambda tokens: ([START, *tokens[:-1]], tokens),
                "The end mark never comes out: the decoder would never stop.",
            ),
        ],
    )


def _ngrams(tokens: Words, n: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))


@exercise
def clipped_precision(answer: Callable[[Words, Words, int], float]) -> None:
    """Check ``clipped_precision(said, right, n)``: the share of n-grams that are right, clipped."""

    def clipped(said: Words, right: Words, n: int) -> float:
        found = _ngrams(said, n)
        return (found & _ngrams(right, n)).total() / found.total()

    def unclipped(said: Words, right: Words, n: int) -> float:
        found, known = _ngrams(said, n), _ngrams(right, n)
        return sum(count for ngram, count in found.items() if ngram in known) / found.total()

    def recall(said: Words, right: Words, n: int) -> float:
        return clipped(right, said, n)

    def distinct(said: Words, right: Words, n: int) -> float:
        found = _ngrams(said, n)
        return len(found.keys() & _ngrams(right, n).keys()) / len(found)

    def without_the_last(said: Words, right: Words, n: int) -> float:
        found, known = (_ngrams(tokens[:-1], n) for tokens in (said, right))
        return (found & known).total() / found.total()

    def single(said: Words, right: Words, n: int) -> float:
        return clipped(said, right, 1)

    expect(
        answer,
        [(_MAT, _CAT, 1), (_THE, _CAT, 1), ("2026年1月1日", "2026年11月1日", 3)],
        clipped,
        slips=[
            (unclipped, "Not clipped: each counts at most as often as the right answer has it."),
            (recall, "Divide by the n-grams that were *said*: else it is a recall."),
            (distinct, "Repeated n-grams count as often as they were said: a set forgets that."),
            (without_the_last, "The last n-gram is missing: there are len - n + 1 of them."),
            (single, "Those are single tokens: an n-gram is n of them in a row."),
        ],
    )


@exercise
def lowest_loss(answer: Callable[[int, float], float]) -> None:
    """Check ``lowest_loss(vocab, smoothing)``: the entropy of smoothed targets, in nats."""

    def lowest(vocab: int, smoothing: float, among: int = 0) -> float:
        other = smoothing / (among or vocab)
        right = 1 - (vocab - 1) * other
        return -right * math.log(right) - (vocab - 1) * other * math.log(other)

    def of_the_right_one(vocab: int, smoothing: float) -> float:
        return -math.log(1 - smoothing + smoothing / vocab)

    def of_one_term(vocab: int, smoothing: float) -> float:
        right = 1 - smoothing + smoothing / vocab
        return -right * math.log(right)

    def of_one_other(vocab: int, smoothing: float) -> float:
        other = smoothing / vocab
        return of_one_term(vocab, smoothing) - other * math.log(other)

    forgotten = "The other tokens have terms, too, and there are V - 1 of them."
    expect(
        answer,
        [(29, 0.1), (2, 0.5), (100, 0.01)],
        lowest,
        slips=[
            (lambda vocab, smoothing: 0.0, "Only if all it is asked for were the right token."),
            (of_the_right_one, forgotten),
            (of_one_term, forgotten),
            (of_one_other, forgotten),
            (
                lambda vocab, smoothing: lowest(vocab, smoothing, among=vocab - 1),
                "The smoothing is shared by all V tokens here, the right one included.",
            ),
            (lambda vocab, smoothing: math.log(vocab), "That is a model that knows nothing."),
            (
                lambda vocab, smoothing: lowest(vocab, smoothing) / math.log(2),
                "Bits? Take the natural logarithm.",
            ),
            (
                lambda vocab, smoothing: -lowest(vocab, smoothing),
                "Logarithms of probabilities are negative: a minus sign is missing.",
            ),
        ],
    )
