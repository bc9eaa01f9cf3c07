"""Byte-pair encoding with ids that a file gives, and with special tokens. Used in notebook 16."""

from collections.abc import Iterable, Sequence
from typing import Any

import regex

from lmteach.checks import check_choice, checked_by
from lmteach.text.tokenizers.bpe import MergingTokenizer
from lmteach.text.tokenizers.byte_alphabet import from_signs
from lmteach.text.tokenizers.cuts import CUTS
from lmteach.text.tokenizers.marked import MarkedTokenizer, check_marked
from lmteach.typed import typed


def _check(
    self: object,
    tokens: Sequence[str],
    merges: Sequence[tuple[str, str]],
    special: Iterable[str] = (),
    unknown: int = 0,
    cut: str = "gpt-2",
    first: int | None = None,
) -> None:
    check_marked(tokens, unknown, first)
    check_choice("cut", cut, CUTS)


class PretrainedBPE(MarkedTokenizer, MergingTokenizer):
    """A byte-level tokenizer whose ids are the places in a list.

    ``tokens`` and ``merges`` are written in GPT-2's signs, as files have them ("Ġthe"); ``special``
    are those of the tokens that stand for themselves, such as "<|im_start|>". A byte that is no
    token becomes ``unknown``. ``cut`` is the name of the way in which texts are cut into pieces
    before merging, one of ``CUTS``; ``first`` is the token that stands before each text, if any.

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
        cut: str = "gpt-2",
        first: int | None = None,
    ) -> None:
        special = list(special)
        self._made_of = (tokens, merges, special, unknown, cut, first)
        self._mark(tokens, special, first)
        self.cut = cut
        self._pattern = regex.compile(CUTS[cut].pattern)
        self.tokens = tuple(
            token.encode() if token in self.special else from_signs(token) for token in tokens
        )
        marks = set(self.special.values())
        whole = {spelled: n for n, spelled in enumerate(self.tokens) if n not in marks}
        self._byte_ids = [whole.get(bytes([byte]), unknown) for byte in range(256)]
        self._whole = whole if CUTS[cut].whole else {}
        ids = {token: number for number, token in enumerate(tokens)}
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

    @typed
    def pieces(self, text: str) -> Iterable[str]:
        """Return what no token may cross; joined, it is the text.

        >>> list(PretrainedBPE(["a"], [], cut="smollm").pieces("in 1984"))
        ['in', ' ', '1', '9', '8', '4']
        """
        pieces: list[str] = self._pattern.findall(text)
        return pieces

    @typed
    def encode_word(self, word: str) -> list[int]:
        """Return the ids of one piece: its own, if the cut asks for that, or those of merging.

        >>> PretrainedBPE(["a", "b", "ab"], [], cut="llama-bpe").encode_word("ab")
        [2]
        >>> PretrainedBPE(["a", "b", "ab"], [], cut="qwen2").encode_word("ab")
        [0, 1]
        """
        number = self._whole.get(word.encode("utf-8", "surrogateescape"))
        return super().encode_word(word) if number is None else [number]

    def _encode_stretch(self, text: str, begin: bool) -> list[int]:
        return MergingTokenizer.encode(self, text)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what it was made of."""
        return type(self), self._made_of

    def __repr__(self) -> str:
        """How many tokens, and the special ones."""
        return f"PretrainedBPE({self.vocab_size} tokens, special: {', '.join(self.special)})"
