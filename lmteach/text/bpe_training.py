"""Learn byte-pair merges: join the commonest pair of neighbours, again and again.

Taught in notebook 12. Source: R. Sennrich et al., "Neural Machine Translation of Rare Words with
Subword Units" (2016), §3.2, algorithm 1; on bytes as in A. Radford et al. (2019), §2.2.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from heapq import heapify, heappop, heappush
from itertools import pairwise

from lmteach.checks import checked_by
from lmteach.text.byte_alphabet import BYTE_IDS, BYTE_ORDER

Pair = tuple[int, int]


def merge(ids: list[int], pair: Pair, new: int) -> list[int]:
    """Return ``ids`` with ``new`` in the place of each ``pair``, from left to right.

    >>> merge([7, 7, 7, 8, 7, 7], (7, 7), 9)
    [9, 7, 8, 9]
    """
    merged, place = [], 0
    while place < len(ids):
        if ids[place] == pair[0] and tuple(ids[place : place + 2]) == pair:
            merged.append(new)
            place += 2
        else:
            merged.append(ids[place])
            place += 1
    return merged


class PairCounts:
    """How often each pair of ids stands side by side in some words, kept right after each merge.

    ``words`` says how often each word occurs. Neighbours are counted as they stand: in a run of
    three equal ids the pair counts twice, as in Sennrich's program and in ``tokenizers``.

    >>> pairs = PairCounts({(1, 2, 3): 10, (2, 3): 1})
    >>> pairs.counts[2, 3]
    11
    >>> pairs.merge((2, 3), new=4)
    {(1, 4)}
    >>> pairs.counts[1, 4], pairs.counts[2, 3]
    (10, 0)
    """

    def __init__(self, words: Mapping[tuple[int, ...], int]) -> None:
        """Count the pairs of all words once."""
        self.words = [list(ids) for ids in words]
        self.times = list(words.values())
        self.counts: Counter[Pair] = Counter()
        self.places: defaultdict[Pair, set[int]] = defaultdict(set)  # the words that hold a pair
        for place in range(len(self.words)):
            for pair in pairwise(self.words[place]):
                self.counts[pair] += self.times[place]
                self.places[pair].add(place)

    def merge(self, pair: Pair, new: int) -> set[Pair]:
        """Merge a pair in all words that hold it, and return the pairs that this made."""
        made = set()
        for place in self.places.pop(pair):
            ids, times = self.words[place], self.times[place]
            for lost in pairwise(ids):
                self.counts[lost] -= times
            ids = self.words[place] = merge(ids, pair, new)
            for found in pairwise(ids):
                self.counts[found] += times
                if new in found:
                    self.places[found].add(place)
                    made.add(found)
        return made


def _check_vocab_size(vocab_size: int) -> None:
    if isinstance(vocab_size, bool) or not isinstance(vocab_size, int) or vocab_size < 256:
        raise ValueError(
            f"vocab_size is {vocab_size!r}, expected a whole number of at least 256: the bytes "
            "themselves are always in the vocabulary."
        )


@checked_by(_check_vocab_size)
def learn_merges(words: Iterable[bytes], vocab_size: int) -> list[tuple[bytes, bytes]]:
    """Return the merges that make a vocabulary of ``vocab_size`` tokens, in order.

    Each joins the pair of tokens that is counted most often inside the words, as they stand after
    the merges before it; between pairs of the same count, the one with the lower ids. A merge
    whose token is there already (as "ab" + "c" after "a" + "bc") makes no new one. There
    are fewer merges if the words run out of pairs.

    Raises ``ValueError`` for a ``vocab_size`` below 256.

    >>> learn_merges([b"hug", b"hug", b"hugs", b"bun", b"pun"], vocab_size=259)
    [(b'h', b'u'), (b'hu', b'g'), (b'u', b'n')]
    """
    tokens = {bytes([byte]): number for number, byte in enumerate(BYTE_ORDER)}
    spelled = list(tokens)  # the bytes of each id
    counted = Counter(words)
    pairs = PairCounts({tuple(word.translate(BYTE_IDS)): n for word, n in counted.items()})
    queue = [(-count, pair) for pair, count in pairs.counts.items()]
    heapify(queue)
    merges = []
    while len(tokens) < vocab_size and queue:
        count, pair = heappop(queue)
        if -count != pairs.counts[pair]:  # out of date: back with what it counts now
            if pairs.counts[pair]:
                heappush(queue, (-pairs.counts[pair], pair))
            continue
        left, right = spelled[pair[0]], spelled[pair[1]]
        new = tokens.setdefault(left + right, len(tokens))
        if new == len(spelled):
            spelled.append(left + right)
        merges.append((left, right))
        for made in pairs.merge(pair, new):
            heappush(queue, (-pairs.counts[made], made))
    return merges
