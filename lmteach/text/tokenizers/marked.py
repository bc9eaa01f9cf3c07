"""What tokenizers of files have beside the tokens of texts: marks, and one that begins a text.

A tokenizer that was trained elsewhere has tokens that stand for no text: where a message begins,
where it ends. Used in notebook 16.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import regex

from lmteach.checks import check_flag, check_tokens, check_whole
from lmteach.text.tokenizers.bpe import SpelledTokens, check_utf8_text


def check_marked(tokens: Sequence[str], unknown: int, first: int | None) -> None:
    """Say what is wrong with a vocabulary and the ids of two tokens in it, if anything.

    >>> check_marked(["a", "b"], unknown=0, first=2)
    Traceback (most recent call last):
    ValueError: first is 2, expected an id below 2.
    """
    if len(tokens) == 0:
        raise ValueError("tokens is empty, expected the vocabulary of a tokenizer.")
    for name, number in {"unknown": unknown, "first": first}.items():
        if number is not None:
            check_whole(name, number, at_least=0)
            if number >= len(tokens):
                raise ValueError(f"{name} is {number}, expected an id below {len(tokens)}.")


class MarkedTokenizer(SpelledTokens):
    """A tokenizer with marks: tokens, ``special``, that stand for themselves, as "<|im_start|>".

    ``first`` is the one that stands before each text, if there is one.

    >>> from lmteach.text.tokenizers.pretrained_bpe import PretrainedBPE
    >>> tokenizer = PretrainedBPE(["<s>", "a"], [], special=["<s>"], first=0)
    >>> isinstance(tokenizer, MarkedTokenizer), tokenizer.encode("aa"), tokenizer.decode([0, 1, 1])
    (True, [0, 1, 1], 'aa')
    """

    special: dict[str, int]
    first: int | None

    def _mark(self, tokens: Sequence[str], special: Iterable[str], first: int | None) -> None:
        """Find the marks among the tokens."""
        ids = {token: number for number, token in enumerate(tokens)}
        if len(ids) < len(tokens):
            raise ValueError("tokens has one that is there twice, expected each one once.")
        listed = list(special)
        if strange := [token for token in listed if token not in ids]:
            raise ValueError(f"special has {strange[0]!r}, expected some of the tokens.")
        self.special, self.first = {token: ids[token] for token in listed}, first
        longest_first = sorted(self.special, key=len, reverse=True)
        self._marks = regex.compile("|".join(map(regex.escape, longest_first)) or r"(?!)")

    def _encode_stretch(self, text: str, begin: bool) -> list[int]:
        """The ids of a text without marks; ``begin`` says that it begins here, or after a mark."""
        raise NotImplementedError

    def encode(self, text: str, special: bool = True, begin: bool = True) -> list[int]:
        """Return the ids of a text.

        With ``special``, "<|im_start|>" and its like are one token; without, they are text as any
        other, which is what a stranger's words should be. Without ``begin``, it is the middle of a
        text: nothing is put in front. (The first token is not doubled if the text has it.)

        Raises ``ValueError`` if ``text`` is no text.

        >>> from lmteach.text.tokenizers.pretrained_bpe import PretrainedBPE
        >>> tokenizer = PretrainedBPE(["<s>", "a"], [], special=["<s>"], first=0)
        >>> tokenizer.encode("a<s>a"), tokenizer.encode("<s>a"), tokenizer.encode("a", begin=False)
        ([0, 1, 0, 1], [0, 1], [1])
        """
        check_utf8_text(text)
        check_flag("special", special)
        check_flag("begin", begin)
        ids: list[int] = []
        end, begins = 0, begin
        for found in self._marks.finditer(text) if special else ():
            ids += self._encode_stretch(text[end : found.start()], begins)
            ids.append(self.special[found[0]])
            end, begins = found.end(), True
        ids += self._encode_stretch(text[end:], begins)
        if begin and self.first is not None and ids[:1] != [self.first]:
            ids.insert(0, self.first)
        return ids

    def decode_bytes(self, ids: Any) -> bytes:
        """Return the bytes of a sequence of ids, without the one that begins a text.

        Raises ``ValueError`` for an id that is not in the vocabulary.

        >>> from lmteach.text.tokenizers.pretrained_bpe import PretrainedBPE
        >>> PretrainedBPE(["<s>", "a"], [], special=["<s>"], first=0).decode_bytes([0, 1, 0])
        b'a<s>'
        """
        numbers = check_tokens(ids, self.vocab_size, at_least=0, name="ids").tolist()
        begins = self.first is not None and numbers[:1] == [self.first]
        spelled = b"".join([self.tokens[number] for number in numbers[begins:]])
        return self._without_front(spelled) if begins else spelled

    def _without_front(self, spelled: bytes) -> bytes:
        """A text as it was before ``encode`` put something in front of it."""
        return spelled
