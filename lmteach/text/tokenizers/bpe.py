"""Byte-pair encoding: tokens between characters and words, learned from a text.

A text is cut into pieces that no token may cross; inside them the commonest pair of neighbours is
joined, again and again. Taught in notebook 12. Source: R. Sennrich et al., "Neural Machine
Translation of Rare Words with Subword Units" (2016), §3.2, algorithm 1; on bytes as in A. Radford
et al., "Language Models are Unsupervised Multitask Learners" (2019), §2.2.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from heapq import heapify, heappop, heappush
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import regex

from lmteach.checks import check_text, check_tokens, check_whole, checked_by
from lmteach.text.tokenizers.byte_alphabet import BYTE_IDS, BYTE_ORDER, to_signs
from lmteach.text.tokenizers.tokenizer_json import read_merges, write_merges
from lmteach.typed import typed

# GPT-2's pattern, line by line. Python's own re can't say "any letter of Unicode", regex can.
PATTERN = "|".join(
    [
        r"'s|'t|'re|'ve|'m|'ll|'d",  # English endings
        r" ?\p{L}+",  # letters
        r" ?\p{N}+",  # digits
        r" ?[^\s\p{L}\p{N}]+",  # other signs
        r"\s+(?!\S)",  # blanks, but for the one before a word
        r"\s+",
    ]
)
_COMPILED = regex.compile(PATTERN)


@typed
def pretokens(text: str) -> list[str]:
    r"""Return the pieces of a text; joined, they are the text.

    Source: A. Radford et al., "Language Models are Unsupervised Multitask Learners" (2019), §2.2,
    which keeps merges from crossing categories of characters.

    >>> pretokens("They've read 1984,  twice!\n")
    ['They', "'ve", ' read', ' 1984', ',', ' ', ' twice', '!', '\n']
    """
    pieces: list[str] = _COMPILED.findall(text)
    return pieces


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


def _check_pair(self: "PairCounts", pair: Pair, new: int) -> None:
    check_whole("new", new, at_least=0)
    if pair not in self.places:
        raise ValueError(f"the pair {pair} stands in no word, expected one of those in counts.")


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

    @typed
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

    @typed
    @checked_by(_check_pair)
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
    mend = "The bytes themselves are always in the vocabulary."
    check_whole("vocab_size", vocab_size, at_least=256, mend=mend)


@checked_by(_check_vocab_size)
@typed
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


WORDS_REMEMBERED = 1 << 17
_NEVER = (math.inf, 0)


def check_utf8_text(text: Any) -> None:
    r"""Say what is wrong with a text that is to be written as bytes, if anything.

    >>> check_utf8_text("a\ud800")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: text has '\ud800' at position 1, which is half a character and has no bytes; ...
    """
    check_text(text, of_bytes="use encode_bytes")
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise ValueError(
            f"text has {text[error.start]!r} at position {error.start}, which is half a character "
            "and has no bytes; expected text that can be written as UTF-8."
        ) from None


def _check_training_text(text: Any) -> None:
    check_text(text, empty_allowed=False)
    check_utf8_text(text)


class SpelledTokens:
    """What all tokenizers do that know the bytes of each id, ``tokens``: put texts together.

    >>> BPETokenizer([]).decode([64, 65])
    'ab'
    """

    tokens: tuple[bytes, ...]

    @property
    def vocab_size(self) -> int:
        """How many tokens there are, the 256 bytes included."""
        return len(self.tokens)

    def decode_bytes(self, ids: Any) -> bytes:
        """Return the bytes of a sequence of ids: a list, a NumPy array or a tensor.

        Raises ``ValueError`` for an id that is not in the vocabulary.
        """
        numbers = check_tokens(ids, self.vocab_size, at_least=0, name="ids")
        return b"".join([self.tokens[number] for number in numbers])

    def decode(self, ids: Any) -> str:
        """Return the text of a sequence of ids; bytes that are no UTF-8 become �.

        A token may hold part of a character, so decode all tokens of a text together.

        Raises ``ValueError`` for an id that is not in the vocabulary.
        """
        return self.decode_bytes(ids).decode("utf-8", "replace")


class MergingTokenizer(SpelledTokens):
    """What all tokenizers on bytes do once their tokens are numbered: merge.

    ``merges`` are the pairs that were learned, in order.
    """

    merges: list[tuple[bytes, bytes]]
    _merged: dict[Pair, tuple[float, int]]  # a pair's rank, and what it becomes
    _byte_ids: list[int]  # the id of each byte

    @typed
    def merge_steps(self, word: str) -> Iterator[list[int]]:
        """Give the ids of one piece as bytes, and again after each merge, the first learned first.

        >>> tokenizer = BPETokenizer([(b"n", b"a"), (b"na", b"na")])
        >>> for ids in tokenizer.merge_steps("banana"):
        ...     print([tokenizer.tokens[number] for number in ids])
        [b'b', b'a', b'n', b'a', b'n', b'a']
        [b'b', b'a', b'na', b'na']
        [b'b', b'a', b'nana']
        """
        ids = [self._byte_ids[byte] for byte in word.encode("utf-8", "surrogateescape")]
        yield ids
        merged = self._merged
        while len(ids) > 1:
            pair = min(pairwise(ids), key=lambda pair: merged.get(pair, _NEVER))
            if pair not in merged:
                break
            ids = merge(ids, pair, merged[pair][1])
            yield ids

    @typed
    def encode_word(self, word: str) -> list[int]:
        """Return the ids of one piece: of the pairs in it, merge the one that was learned first.

        >>> BPETokenizer([(b"h", b"u")]).encode_word("hug")
        [256, 70]
        """
        for ids in self.merge_steps(word):
            last = ids
        return last

    @typed
    def pieces(self, text: str) -> Iterable[str]:
        """Return what no token may cross; joined, it is the text.

        >>> BPETokenizer([]).pieces("in 1984")
        ['in', ' 1984']
        """
        return pretokens(text)

    @cached_property
    def _encode_word(self) -> Callable[[str], list[int]]:
        return lru_cache(WORDS_REMEMBERED)(self.encode_word)

    @checked_by(check_utf8_text)
    def encode(self, text: str) -> list[int]:
        """Return the ids of a text; pieces that came before are looked up.

        Raises ``ValueError`` if the text has half a character (a lone surrogate).
        """
        return list(chain.from_iterable(map(self._encode_word, self.pieces(text))))

    @typed
    def encode_bytes(self, data: bytes) -> list[int]:
        """Return the ids of any bytes; where they are UTF-8, those of the text.

        >>> BPETokenizer([(b"h", b"u")]).encode_bytes(b"hug")
        [256, 70]
        """
        return self.encode(data.decode("utf-8", "surrogateescape"))


class BPETokenizer(MergingTokenizer):
    r"""Tokens of one byte or more, made by merging pairs; every text can be encoded.

    Ids 0 to 255 are the bytes, in the order of GPT-2's alphabet; each merge adds one. These are the
    ids of Hugging Face's ``tokenizers`` trained on the same text with ``ByteLevel`` pre-tokens.
    ``decode(encode(text)) == text`` for every text, ``decode_bytes(encode_bytes(data)) == data``
    for any bytes.

    Raises ``ValueError`` for a merge of what is no token yet, or one that is there twice.

    >>> tokenizer = BPETokenizer.train("low low lower lowest slow", vocab_size=259)
    >>> tokenizer.merges
    [(b'l', b'o'), (b'lo', b'w'), (b' ', b'low')]
    >>> ids = tokenizer.encode("a lower 狼")
    >>> [tokenizer.tokens[number] for number in ids]
    [b'a', b' low', b'e', b'r', b' ', b'\xe7', b'\x8b', b'\xbc']
    >>> tokenizer.decode(ids)
    'a lower 狼'
    """

    @typed
    def __init__(self, merges: Iterable[tuple[bytes, bytes]]) -> None:
        """Number the tokens that the merges make, in order."""
        self.merges = list(merges)
        ids = {bytes([byte]): number for number, byte in enumerate(BYTE_ORDER)}
        self._merged = {}
        for rank, (left, right) in enumerate(self.merges):
            if left not in ids or right not in ids:
                raise ValueError(
                    f"merge {rank} joins {left!r} and {right!r}, of which one is no token yet; "
                    "expected merges in the order in which they were learned."
                )
            pair = ids[left], ids[right]
            if pair in self._merged:
                raise ValueError(f"merge {rank}, {left!r} and {right!r}, is there twice.")
            self._merged[pair] = rank, ids.setdefault(left + right, len(ids))
        self.tokens = tuple(ids)  # the bytes of each id
        self._byte_ids = list(BYTE_IDS)

    @classmethod
    @checked_by(_check_training_text)
    @typed
    def train(cls, text: str, vocab_size: int) -> "BPETokenizer":
        """Learn the merges of a text until there are ``vocab_size`` tokens.

        There are fewer if every piece of the text is one token before. Source: R. Sennrich et al.
        (2016), §3.2, algorithm 1.

        Raises ``ValueError`` if the text is empty or ``vocab_size`` is below 256.
        """
        words = (word.encode("utf-8", "surrogateescape") for word in pretokens(text))
        return cls(learn_merges(words, vocab_size))

    @typed
    def save(self, path: str | Path) -> None:
        """Write a ``tokenizer.json`` that Hugging Face's ``tokenizers`` reads, too.

        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     BPETokenizer([(b"h", b"u")]).save(f"{folder}/tokenizer.json")
        ...     BPETokenizer.load(f"{folder}/tokenizer.json").merges
        [(b'h', b'u')]
        """
        write_merges(path, self.tokens, self.merges)

    @classmethod
    @typed
    def load(cls, path: str | Path) -> "BPETokenizer":
        """Read a ``tokenizer.json`` of a byte-level tokenizer with GPT-2's pieces.

        Special tokens, such as GPT-2's ``<|endoftext|>``, are left out: they stand for no text.

        Raises ``ValueError`` if the file is damaged, cuts texts otherwise, or has tokens or
        settings of another kind.
        """
        merges, vocabulary = read_merges(path)
        made = cls(merges)
        for number, token in enumerate(made.tokens):
            if vocabulary.get(token) != number:
                raise ValueError(
                    f"{path} gives {to_signs(token)!r} the id {vocabulary.get(token)}, expected "
                    f"{number}: bytes first, in GPT-2's order, then what each merge makes."
                )
        if more := vocabulary.keys() - set(made.tokens):
            raise ValueError(
                f"{path} has the token {to_signs(min(more))!r}, which no merge makes; expected "
                "others than bytes and merged ones among added_tokens, as special."
            )
        return made

    def __reduce__(self) -> tuple[type["BPETokenizer"], tuple[list[tuple[bytes, bytes]]]]:
        """Pickle the merges alone; all else is made of them."""
        return type(self), (self.merges,)

    def __repr__(self) -> str:
        """The last tokens in short."""
        last = ", ".join(map(repr, map(to_signs, self.tokens[-3:])))
        return f"BPETokenizer({self.vocab_size} tokens: …, {last})"
