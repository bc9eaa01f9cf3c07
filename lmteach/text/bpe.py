"""Byte-pair encoding: tokens between characters and words, learned from a text.

Taught in notebook 12.
"""

import math
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

from lmteach.checks import check_tokens, checked_by
from lmteach.text.bpe_files import read_merges, write_merges
from lmteach.text.bpe_training import Pair, learn_merges, merge
from lmteach.text.byte_alphabet import BYTE_IDS, BYTE_ORDER, to_signs
from lmteach.text.pretokens import pretokens

WORDS_REMEMBERED = 1 << 17
_NEVER = (math.inf, 0)


def _check_text(text: object) -> None:
    if not isinstance(text, str):
        hint = ": use encode_bytes" if isinstance(text, bytes) else ""
        raise TypeError(f"text is a {type(text).__name__}, expected a str{hint}.")
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise ValueError(
            f"text has {text[error.start]!r} at position {error.start}, which is half a character "
            "and has no bytes; expected text that can be written as UTF-8."
        ) from None


def _check_training_text(text: object) -> None:
    _check_text(text)
    if not text:
        raise ValueError("text is empty, expected at least one character to learn from.")


class BPETokenizer:
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

    def __init__(self, merges: Iterable[tuple[bytes, bytes]]) -> None:
        """Number the tokens that the merges make, in order."""
        self.merges = list(merges)
        ids = {bytes([byte]): number for number, byte in enumerate(BYTE_ORDER)}
        self._merged: dict[Pair, tuple[float, int]] = {}  # a pair's rank, and what it becomes
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
        self._encode_word = lru_cache(WORDS_REMEMBERED)(self.encode_word)

    @classmethod
    @checked_by(_check_training_text)
    def train(cls, text: str, vocab_size: int) -> "BPETokenizer":
        """Learn the merges of a text until there are ``vocab_size`` tokens.

        There are fewer if every piece of the text is one token before. Source: R. Sennrich et al.
        (2016), §3.2, algorithm 1.

        Raises ``ValueError`` if the text is empty or ``vocab_size`` is below 256.
        """
        words = (word.encode("utf-8", "surrogateescape") for word in pretokens(text))
        return cls(learn_merges(words, vocab_size))

    @property
    def vocab_size(self) -> int:
        """How many tokens there are, the 256 bytes included."""
        return len(self.tokens)

    def merge_steps(self, word: str) -> Iterator[list[int]]:
        """Give the ids of one piece as bytes, and again after each merge, the first learned first.

        >>> tokenizer = BPETokenizer([(b"n", b"a"), (b"na", b"na")])
        >>> for ids in tokenizer.merge_steps("banana"):
        ...     print([tokenizer.tokens[number] for number in ids])
        [b'b', b'a', b'n', b'a', b'n', b'a']
        [b'b', b'a', b'na', b'na']
        [b'b', b'a', b'nana']
        """
        ids = list(word.encode("utf-8", "surrogateescape").translate(BYTE_IDS))
        yield ids
        merged = self._merged
        while len(ids) > 1:
            pair = min(pairwise(ids), key=lambda pair: merged.get(pair, _NEVER))
            if pair not in merged:
                break
            ids = merge(ids, pair, merged[pair][1])
            yield ids

    def encode_word(self, word: str) -> list[int]:
        """Return the ids of one piece: of the pairs in it, merge the one that was learned first.

        >>> BPETokenizer([(b"h", b"u")]).encode_word("hug")
        [256, 70]
        """
        *_, ids = self.merge_steps(word)
        return ids

    @checked_by(_check_text)
    def encode(self, text: str) -> list[int]:
        """Return the ids of a text; pieces that came before are looked up.

        Raises ``ValueError`` if the text has half a character (a lone surrogate).
        """
        return list(chain.from_iterable(map(self._encode_word, pretokens(text))))

    def encode_bytes(self, data: bytes) -> list[int]:
        """Return the ids of any bytes; where they are UTF-8, those of the text."""
        return self.encode(data.decode("utf-8", "surrogateescape"))

    def decode_bytes(self, ids: Any) -> bytes:
        """Return the bytes of a sequence of ids: a list, a NumPy array or a tensor.

        Raises ``ValueError`` for an id that is not in the vocabulary.
        """
        numbers = ids.tolist() if hasattr(ids, "tolist") else ids
        checked = check_tokens(numbers, self.vocab_size, at_least=0)
        return b"".join([self.tokens[number] for number in checked.tolist()])

    def decode(self, ids: Any) -> str:
        """Return the text of a sequence of ids; bytes that are no UTF-8 become �.

        A token may hold part of a character, so decode all tokens of a text together.

        Raises ``ValueError`` for an id that is not in the vocabulary.
        """
        return self.decode_bytes(ids).decode("utf-8", "replace")

    def save(self, path: str | Path) -> None:
        """Write a ``tokenizer.json`` that Hugging Face's ``tokenizers`` reads, too."""
        write_merges(path, self.tokens, self.merges)

    @classmethod
    def load(cls, path: str | Path) -> "BPETokenizer":
        """Read a ``tokenizer.json`` of a byte-level tokenizer with GPT-2's pieces.

        Special tokens, such as GPT-2's ``<|endoftext|>``, are left out: they stand for no text.

        Raises ``ValueError`` if the file is damaged, or cuts texts otherwise.
        """
        merges, vocabulary = read_merges(path)
        made = cls(merges)
        for number, token in enumerate(made.tokens):
            if vocabulary.get(token) != number:
                raise ValueError(
                    f"{path} gives {to_signs(token)!r} the id {vocabulary.get(token)}, expected "
                    f"{number}: bytes first, in GPT-2's order, then what each merge makes."
                )
        return made

    def __reduce__(self) -> tuple[type["BPETokenizer"], tuple[list[tuple[bytes, bytes]]]]:
        """Pickle the merges alone; all else is made of them."""
        return type(self), (self.merges,)

    def __repr__(self) -> str:
        """The last tokens in short."""
        last = ", ".join(map(repr, map(to_signs, self.tokens[-3:])))
        return f"BPETokenizer({self.vocab_size} tokens: …, {last})"
