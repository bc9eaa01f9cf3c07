"""SentencePiece's way of byte-pair encoding, as Llama, Llama 2 and Mistral have it. Notebook 16.

A text is not cut into pieces first: a blank is a letter like any other, written ▁, and one is put
in front, so that a word is the same token at the beginning and within. Of all neighbours that join
into a token, those with the highest score are joined first. Source: T. Kudo and J. Richardson,
"SentencePiece" (2018), §3; the bytes of what is no token are in the program since version 0.1.9.
"""

from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from typing import Any

import regex

from lmteach.checks import check_finite, checked_by
from lmteach.text.tokenizers.bpe import check_utf8_text
from lmteach.text.tokenizers.marked import MarkedTokenizer, check_marked
from lmteach.typed import typed

BLANK = "▁"  # U+2581, and no low line
_BYTE = regex.compile(r"<0x([0-9A-F]{2})>")


def _check(
    self: object,
    tokens: Sequence[str],
    scores: Sequence[float],
    special: Iterable[str] = (),
    unknown: int = 0,
    first: int | None = None,
    blank_in_front: bool = True,
) -> None:
    check_marked(tokens, unknown, first)
    if len(scores) != len(tokens):
        raise ValueError(
            f"there are {len(scores)} scores and {len(tokens)} tokens, expected a score for each."
        )
    check_finite("scores", scores, (None,))


def _check_text(text: str) -> None:
    check_utf8_text(text)


class SentencePieceBPE(MarkedTokenizer):
    """A tokenizer that joins neighbours by the scores of tokens; its ids are places in a list.

    ``tokens`` are written as files have them ("▁the", "<0x0A>" for a byte); the higher a token's
    score, the earlier it is joined. ``special`` are those of the tokens that stand for themselves,
    such as "</s>", and ``first`` is the one that stands before each text, if any. Characters that
    are no token become their bytes, or, where those are no tokens, ``unknown``. With
    ``blank_in_front``, a blank is put before each text and behind each mark.

    ``decode(encode(text)) == text`` for texts without ▁ if there are all 256 bytes and a ``first``
    token; without that, decoding can't know where a text begins, and the blank in front stays.

    Raises ``ValueError`` for no tokens, not as many scores, a special token that is not among them,
    or a token that is there twice.

    >>> tokens = ["<unk>", "<s>", "<0xC3>", "<0xA9>", "▁", "a", "b", "ab", "▁ab"]
    >>> scores = [0.0, 0.0, 0.0, 0.0, -3.0, -4.0, -5.0, -1.0, -2.0]
    >>> tokenizer = SentencePieceBPE(tokens, scores, special=["<s>"], first=1)
    >>> tokenizer.encode("ab abé"), tokenizer.decode([1, 8, 8, 2, 3])
    ([1, 8, 8, 2, 3], 'ab abé')
    >>> tokenizer.encode("ab<s>c"), tokenizer.encode("ab", begin=False)
    ([1, 8, 1, 4, 0], [7])
    """

    @typed
    @checked_by(_check)
    def __init__(
        self,
        tokens: Sequence[str],
        scores: Sequence[float],
        special: Iterable[str] = (),
        unknown: int = 0,
        first: int | None = None,
        blank_in_front: bool = True,
    ) -> None:
        special = list(special)
        self._made_of = (tokens, scores, special, unknown, first, blank_in_front)
        self._mark(tokens, special, first)
        self.unknown, self.blank_in_front = unknown, blank_in_front
        self._ids: dict[str, int] = {}  # of the tokens of texts
        self._scores: dict[str, float] = {}
        self._byte_ids: dict[int, int] = {}
        spelled = []
        for number, (token, score) in enumerate(zip(tokens, scores, strict=True)):
            byte = _BYTE.fullmatch(token)
            if token in self.special or number == unknown:
                spelled.append(token.encode())
            elif byte:
                spelled.append(bytes.fromhex(byte[1]))
                self._byte_ids[spelled[-1][0]] = number
            else:
                spelled.append(token.replace(BLANK, " ").encode())
                self._ids[token], self._scores[token] = number, score
        self.tokens = tuple(spelled)

    @typed
    @checked_by(_check_text)
    def joined(self, text: str) -> list[str]:
        """Return the parts of a text after all joining, blanks as ▁, and nothing put in front.

        The pair whose token has the highest score is joined first, of equals the leftmost.

        >>> tokens, scores = ["?", "a", "b", "c", "ab", "bc"], [0.0, 0.0, 0.0, 0.0, -2.0, -1.0]
        >>> SentencePieceBPE(tokens, scores).joined("abc ab")
        ['a', 'bc', '▁', 'ab']
        """
        parts = list(text.replace(" ", BLANK))
        end = len(parts)
        before, after = list(range(-1, end - 1)), list(range(1, end + 1))
        queue: list[tuple[float, int, str]] = []  # the best first: what it costs, where, and what

        def offer(left: int, right: int) -> None:
            if left >= 0 and right < end:
                token = parts[left] + parts[right]
                if token in self._scores:
                    heappush(queue, (-self._scores[token], left, token))

        for left in range(end - 1):
            offer(left, left + 1)
        while queue:
            _, left, token = heappop(queue)
            right = after[left]
            if not parts[left] or right == end or parts[left] + parts[right] != token:
                continue  # one of the two was joined with another by now
            parts[left], parts[right] = token, ""
            after[left] = after[right]
            if after[right] < end:
                before[after[right]] = left
            offer(before[left], left)
            offer(left, after[left])
        return [part for part in parts if part]

    def _encode_stretch(self, text: str, begin: bool) -> list[int]:
        ids: list[int] = []
        in_front = " " if text and begin and self.blank_in_front else ""
        for part in self.joined(in_front + text):
            if part in self._ids:
                ids.append(self._ids[part])
                continue
            # What is no token was joined with nothing: it is one character.
            data = part.encode("utf-8", "surrogateescape")
            if all(byte in self._byte_ids for byte in data):
                ids += [self._byte_ids[byte] for byte in data]
            elif ids[-1:] != [self.unknown]:  # several in a row are one
                ids.append(self.unknown)
        return ids

    def _without_front(self, spelled: bytes) -> bytes:
        return spelled.removeprefix(b" ") if self.blank_in_front else spelled

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what it was made of."""
        return type(self), self._made_of

    def __repr__(self) -> str:
        """How many tokens, and the special ones."""
        return f"SentencePieceBPE({self.vocab_size} tokens, special: {', '.join(self.special)})"
