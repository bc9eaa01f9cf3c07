"""Byte-pair encoding with ids that a file gives, and with special tokens. Used in notebook 16.

A tokenizer that was trained elsewhere numbers its tokens as it likes, and has some that stand for
no text: where a message begins, where it ends.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import regex

from lmteach.checks import check_flag, check_text, check_whole, checked_by
from lmteach.text.tokenizers.bpe import MergingTokenizer, pretokens
from lmteach.text.tokenizers.byte_alphabet import from_signs
from lmteach.typed import typed

_DIGITS = regex.compile(r"(\p{N})")


def _check(
    self: object,
    tokens: Sequence[str],
    merges: Sequence[tuple[str, str]],
    special: Iterable[str] = (),
    unknown: int = 0,
    single_digits: bool = False,
) -> None:
    if len(tokens) == 0:
        raise ValueError("tokens is empty, expected the vocabulary of a tokenizer.")
    check_whole("unknown", unknown, at_least=0)
    if unknown >= len(tokens):
        raise ValueError(f"unknown is {unknown}, expected an id below {len(tokens)}.")


class PretrainedBPE(MergingTokenizer):
    """A byte-level tokenizer whose ids are the places in a list.

    ``tokens`` and ``merges`` are written in GPT-2's signs, as files have them ("Ġthe"); ``special``
    are those of the tokens that stand for themselves, such as "<|im_start|>". A byte that is no
    token becomes ``unknown``. With ``single_digits``, each digit is a piece of its own, so that
    numbers are read digit by digit.

    Raises ``ValueError`` for no tokens, a special one that is not among them, a token that is there
    twice, or a merge of what is no token.

    >>> tokenizer = PretrainedBPE(["<end>", "h", "u", "hu"], [("h", "u")], special=["<end>"])
    >>> tokenizer.encode("huh<end>"), tokenizer.decode([3, 1, 0])
    ([3, 1, 0], 'huh<end>')
    >>> tokenizer.encode("<end>", special=False)
    [0, 0, 0, 0, 0]
    """

    @typed
    @checked_by(_check)
    def __init__(
        self,
        tokens: Sequence[str],
        merges: Sequence[tuple[str, str]],
        special: Iterable[str] = (),
        unknown: int = 0,
        single_digits: bool = False,
    ) -> None:
        special = list(special)
        self._made_of = (tokens, merges, special, unknown, single_digits)
        ids = {token: number for number, token in enumerate(tokens)}
        if len(ids) < len(tokens):
            raise ValueError("tokens has one that is there twice, expected each one once.")
        if strange := [token for token in special if token not in ids]:
            raise ValueError(f"special has {strange[0]!r}, expected some of the tokens.")
        self.special = {token: ids[token] for token in special}
        self.single_digits = single_digits
        self.tokens = tuple(
            token.encode() if token in self.special else from_signs(token) for token in tokens
        )
        whole = {spelled: number for number, spelled in enumerate(self.tokens)}
        self._byte_ids = [whole.get(bytes([byte]), unknown) for byte in range(256)]
        self._merged = {}
        self.merges = []
        for rank, (left, right) in enumerate(merges):
            for token in (left, right, left + right):
                if token not in ids:
                    raise ValueError(
                        f"merge {rank} joins {left!r} and {right!r}, but {token!r} is no token."
                    )
            if (ids[left], ids[right]) in self._merged:
                raise ValueError(f"merge {rank}, {left!r} and {right!r}, is there twice.")
            self._merged[ids[left], ids[right]] = rank, ids[left + right]
            self.merges.append((from_signs(left), from_signs(right)))
        longest_first = sorted(self.special, key=len, reverse=True)
        self._special = regex.compile("|".join(map(regex.escape, longest_first)) or r"(?!)")

    @typed
    def pieces(self, text: str) -> Iterable[str]:
        """Return what no token may cross; joined, it is the text.

        >>> list(PretrainedBPE(["a"], [], single_digits=True).pieces("in 1984"))
        ['in', ' ', '1', '9', '8', '4']
        """
        parts = filter(None, _DIGITS.split(text)) if self.single_digits else [text]
        return chain.from_iterable(map(pretokens, parts))

    def encode(self, text: str, special: bool = True) -> list[int]:
        """Return the ids of a text.

        With ``special``, "<|im_start|>" and its like are one token; without, they are text as any
        other, which is what a stranger's words should be.

        Raises ``ValueError`` if ``text`` is no text.
        """
        check_text(text)
        check_flag("special", special)
        ids: list[int] = []
        end = 0
        for found in self._special.finditer(text) if special else ():
            ids += [*super().encode(text[end : found.start()]), self.special[found[0]]]
            end = found.end()
        return ids + super().encode(text[end:])

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what it was made of."""
        return type(self), self._made_of

    def __repr__(self) -> str:
        """How many tokens, and the special ones."""
        return f"PretrainedBPE({self.vocab_size} tokens, special: {', '.join(self.special)})"
