"""The checks of notebook 12: the pair to merge, encoding one word, and back to text."""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

from lmteach.exercises.feedback import exercise, expect
from lmteach.text.tokenizers.bpe import Pair, merge

EXERCISES = ("most_common_pair", "decode", "encode_word")

Ids = Sequence[int]
Merges = Sequence[tuple[Pair, int]]


def _skipping(ids: Ids) -> Counter[Pair]:
    """Pairs, none of which shares an id with the one before."""
    counts: Counter[Pair] = Counter()
    place, taken = 0, -1
    for place, pair in enumerate(pairwise(ids)):
        if taken == place and pair == (ids[place - 1], ids[place]):
            continue
        counts[pair] += 1
        taken = place + 1
    return counts


@exercise
def most_common_pair(answer: Callable[[Ids], Pair]) -> None:
    """Check ``most_common_pair(ids)``: the pair of neighbours found most often.

    >>> most_common_pair(lambda ids: Counter(pairwise(ids)).most_common()[0][0])
    ... # doctest: +ELLIPSIS
    most_common_pair: for ([3, 4, 1, 2]) you gave (3, 4), expected (1, 2). Of pairs found...
    """

    def best(counts: Counter[Pair]) -> Pair:
        return min(counts, key=lambda pair: (-counts[pair], pair))

    def unordered(ids: Ids) -> Pair:
        return best(Counter((min(pair), max(pair)) for pair in pairwise(ids)))

    expect(
        answer,
        [
            ([1, 2, 3, 1, 2],),
            ([3, 4, 1, 2],),
            ([5, 6, 1, 3, 4, 1, 2],),
            ([2, 1, 2, 1, 3, 2, 1],),
            ([7, 7, 7, 7, 1, 2, 3, 1, 2],),
        ],
        lambda ids: best(Counter(pairwise(ids))),
        slips=[
            (
                lambda ids: Counter(pairwise(ids)).most_common()[0][0],
                "Of pairs found equally often, take the one with the lower ids, not the one seen "
                "first.",
            ),
            (
                lambda ids: max(Counter(pairwise(ids)).items(), key=lambda item: item[::-1])[0],
                "Of pairs found equally often, take the one with the *lower* ids.",
            ),
            (
                lambda ids: min(
                    Counter(pairwise(ids)).items(), key=lambda item: (-item[1], item[0][0])
                )[0],
                "Where the first ids are equal, too, the second ones decide.",
            ),
            (unordered, "The order counts: (1, 2) and (2, 1) are two pairs."),
            (
                lambda ids: best(Counter(zip(ids[::2], ids[1::2], strict=False))),
                "You went in steps of two: every id but the first and the last is in two pairs.",
            ),
            (
                lambda ids: best(_skipping(ids)),
                "Count the pairs as they stand: in four equal ids there are three, as the "
                "libraries count them.",
            ),
            (
                lambda ids: max(Counter(pairwise(ids)).values()),
                "That is how often it is found; asked is the pair.",
            ),
        ],
    )


_WOLF = "狼".encode()
_TOKENS = [b"a", b" ", _WOLF[:1], _WOLF[1:], b"b\xc3", b"\xa9"]


@exercise
def decode(answer: Callable[[Ids, Sequence[bytes]], str]) -> None:
    """Check ``decode(ids, tokens)``: the text of ids, whatever they are.

    >>> decode(lambda ids, tokens: "".join(tokens[n].decode(errors="replace") for n in ids))
    ... # doctest: +ELLIPSIS
    decode: for ([0, 1, 2, 3], ... you gave 'a ���', expected 'a 狼'. A token can be part of...
    """
    expect(
        answer,
        [([0, 1, 0], _TOKENS), ([0, 1, 2, 3], _TOKENS), ([4, 5], _TOKENS), ([3, 0], _TOKENS)],
        lambda ids, tokens: b"".join(tokens[n] for n in ids).decode("utf-8", "replace"),
        slips=[
            (
                lambda ids, tokens: "".join(tokens[n].decode("utf-8", "replace") for n in ids),
                "A token can be part of a character: join all bytes first, then decode once.",
            ),
            (
                lambda ids, tokens: b"".join(tokens[n] for n in ids).decode("utf-8", "ignore"),
                "What is no character becomes �, so that the reader sees that something was there.",
            ),
            (
                lambda ids, tokens: b"".join(tokens[n] for n in ids).decode("latin-1"),
                "The bytes are UTF-8: a Chinese sign takes three of them.",
            ),
            (
                lambda ids, tokens: b" ".join(tokens[n] for n in ids).decode("utf-8", "replace"),
                "Nothing goes between tokens: a space is a byte in one of them.",
            ),
        ],
    )


@exercise
def encode_word(answer: Callable[[Ids, Merges], Ids]) -> None:
    """Check ``encode_word(ids, merges)``: the merges of a word, in the order they were learned.

    >>> encode_word(lambda ids, merges: list(ids))  # doctest: +ELLIPSIS
    encode_word: for ([0, 1], [((0, 1), 9)]) you gave [0, 1], expected [9]. Nothing was merged...
    """

    def ranked(ids: Ids, merges: Merges) -> Ids:
        for pair, new in merges:
            ids = merge(list(ids), pair, new)
        return ids

    def from_the_left(ids: Ids, merges: Merges) -> Ids:
        known, merged = dict(merges), list(ids)
        place = 0
        while place < len(merged) - 1:
            pair = (merged[place], merged[place + 1])
            if pair in known:
                merged[place : place + 2] = [known[pair]]
                place = max(place - 1, 0)
            else:
                place += 1
        return merged

    def once(ids: Ids, merges: Merges) -> Ids:
        return next((merge(list(ids), p, n) for p, n in merges if p in set(pairwise(ids))), ids)

    chain = [((1, 2), 10), ((0, 1), 11), ((11, 2), 12), ((0, 10), 13)]
    expect(
        answer,
        [
            ([0, 1], [((0, 1), 9)]),
            ([0, 1, 2, 0, 1], chain),
            ([1, 2, 1, 2, 3], [((1, 2), 8), ((8, 8), 9)]),
            ([5], chain),
            ([4, 4, 4], [((4, 4), 9), ((4, 9), 10)]),
        ],
        ranked,
        slips=[
            (lambda ids, merges: list(ids), "Nothing was merged at all."),
            (
                from_the_left,
                "You merge what comes first in the word; what was *learned* first goes first.",
            ),
            (
                lambda ids, merges: ranked(ids, merges[::-1]),
                "You begin with the merge that was learned last; begin with the first.",
            ),
            (once, "Go on after the first merge, until no pair is known."),
        ],
    )
