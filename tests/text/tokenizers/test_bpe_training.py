"""Learning merges: against a program that counts everything anew, and against tokenizers."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.bpe import PairCounts, learn_merges, merge, pretokens
from lmteach.text.tokenizers.byte_alphabet import BYTE_ORDER

IDS = st.lists(st.integers(0, 2), max_size=8)
WORDS = st.dictionaries(IDS.map(tuple), st.integers(1, 5))


def recounted(words: dict[tuple[int, ...], int]) -> Counter[tuple[int, int]]:
    """The pairs of all words, counted from the beginning."""
    counts: Counter[tuple[int, int]] = Counter()
    for ids, times in words.items():
        for pair in pairwise(ids):
            counts[pair] += times
    return counts


def learned_slowly(words: list[bytes], merges: int) -> list[tuple[bytes, bytes]]:
    """Sennrich's algorithm on lists of bytes, all pairs counted anew before each merge."""
    split = [[bytes([byte]) for byte in word] for word in words]
    ids = {bytes([byte]): number for number, byte in enumerate(BYTE_ORDER)}
    learned: list[tuple[bytes, bytes]] = []
    for _ in range(merges):
        counts = Counter(pair for tokens in split for pair in pairwise(tokens))
        if not counts:
            break
        best = min(counts, key=lambda p: (-counts[p], ids[p[0]], ids[p[1]]))
        ids.setdefault(b"".join(best), len(ids))
        learned.append(best)
        for tokens in split:
            place = 0
            while place < len(tokens) - 1:
                if (tokens[place], tokens[place + 1]) == best:
                    tokens[place : place + 2] = [b"".join(best)]
                place += 1
    return learned


@given(IDS, st.tuples(st.integers(0, 2), st.integers(0, 2)))
def test_merging_replaces_as_text_does(ids: list[int], pair: tuple[int, int]) -> None:
    text = "".join("abc"[number] for number in ids)
    replaced = text.replace("abc"[pair[0]] + "abc"[pair[1]], "X")
    assert "".join("abcX"[number] for number in merge(ids, pair, 3)) == replaced


def test_merging_by_hand() -> None:
    assert merge([1, 1, 1], (1, 1), 5) == [5, 1]
    assert merge([1, 2, 1], (1, 2), 5) == [5, 1]
    assert merge([2, 1], (1, 2), 5) == [2, 1]
    assert merge([], (1, 2), 5) == []


@given(WORDS, st.lists(st.integers(0, 10_000), max_size=6))
def test_counts_stay_right_after_each_merge(
    words: dict[tuple[int, ...], int], choices: list[int]
) -> None:
    pairs = PairCounts(words)
    for new, choice in enumerate(choices, start=3):
        there = sorted(+pairs.counts)
        if not there:
            break
        chosen = there[choice % len(there)]
        made = pairs.merge(chosen, new)
        now = recounted(Counter())
        for ids, times in zip(pairs.words, pairs.times, strict=True):
            now.update({pair: times * n for pair, n in Counter(pairwise(ids)).items()})
        assert +pairs.counts == now
        assert made == {pair for pair in now if new in pair}
        for pair in now:
            holders = {n for n, ids in enumerate(pairs.words) if pair in pairwise(ids)}
            assert holders <= pairs.places[pair]


@given(WORDS)
def test_first_counts(words: dict[tuple[int, ...], int]) -> None:
    assert PairCounts(words).counts == recounted(words)


@given(st.lists(st.text("abc ", max_size=8).map(str.encode), max_size=8), st.integers(0, 12))
def test_merges_are_those_of_counting_anew(words: list[bytes], count: int) -> None:
    expected = learned_slowly(words, count)
    size = 256 + len({left + right for left, right in expected})
    assert learn_merges(words, size)[: len(expected)] == expected[: len(learn_merges(words, size))]
    assert len({left + right for left, right in learn_merges(words, size)}) == size - 256


def test_merges_of_wikipedia_are_those_of_counting_anew() -> None:
    words = [word.encode() for word in pretokens(wikipedia().train[:20_000])]
    assert learn_merges(words, 256 + 60) == learned_slowly(words, 60)


def test_merges_by_hand() -> None:
    # l-o 4, o-w 3, then lo-w 3, w-e and e-r 2 each: "er" has the lower ids
    words = [b"low", b"low", b"lower", b"lo", b"wer"]
    assert learn_merges(words, 259) == [(b"l", b"o"), (b"lo", b"w"), (b"e", b"r")]
    assert learn_merges([b"aaa", b"bb"], 257) == [(b"a", b"a")]  # the pair counts twice
    assert learn_merges([b"ba", b"ab"], 258) == [(b"a", b"b"), (b"b", b"a")]  # a tie
    assert learn_merges([b"a", b"b"], 1000) == []


@pytest.mark.parametrize("size", [255, 0, -1, True])
def test_vocabularies_without_room_for_the_bytes(size: int) -> None:
    with pytest.raises(ValueError, match=rf"vocab_size is {size}, expected a whole number of at l"):
        learn_merges([b"abc"], size)
