"""BERT's four special tokens, above the vocabulary of any tokenizer of texts.

Taught in notebook 15. Source: J. Devlin et al., "BERT" (2019), §3.
"""

from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor

from lmteach.checks import check_text, check_tokens, check_whole, checked_by
from lmteach.text.tokenizers.bpe import BPETokenizer
from lmteach.typed import typed

NAMES = ("[PAD]", "[CLS]", "[SEP]", "[MASK]")


class SpecialTokens:
    """The ids of [PAD], [CLS], [SEP] and [MASK]: the four above those of ``plain`` tokens.

    Raises ``ValueError`` if ``plain`` is no whole number of at least 1.

    >>> special = SpecialTokens(plain=1024)
    >>> special.pad, special.cls, special.sep, special.mask, special.vocab_size
    (1024, 1025, 1026, 1027, 1028)
    """

    @typed
    def __init__(self, plain: int) -> None:
        check_whole("plain", plain)
        self.plain, self.vocab_size = plain, plain + len(NAMES)
        self.ids = tuple(range(plain, plain + len(NAMES)))
        self.pad, self.cls, self.sep, self.mask = self.ids

    @typed
    def framed(self, rows: Int[Tensor, "batch window"]) -> Int[Tensor, "batch time"]:
        """Return rows of tokens between [CLS] and [SEP].

        >>> SpecialTokens(plain=10).framed(torch.tensor([[7, 8]]))
        tensor([[11,  7,  8, 12]])
        """
        column = torch.ones_like(rows[:, :1])
        return torch.cat([column * self.cls, rows, column * self.sep], dim=1)


def _check_text(text: str) -> None:
    check_text(text)


class SentenceTokenizer:
    """A tokenizer whose texts stand between [CLS] and [SEP], as BERT reads them.

    >>> tokenizer = SentenceTokenizer(BPETokenizer([]))
    >>> tokenizer.encode("ab")
    [257, 64, 65, 258]
    >>> tokenizer.names([257, 64, 259, 258])
    ['[CLS]', 'a', '[MASK]', '[SEP]']
    """

    @typed
    def __init__(self, tokenizer: BPETokenizer) -> None:
        self.tokenizer, self.special = tokenizer, SpecialTokens(tokenizer.vocab_size)

    @property
    def vocab_size(self) -> int:
        """How many tokens there are, the special ones included."""
        return self.special.vocab_size

    @checked_by(_check_text)
    def encode(self, text: str) -> list[int]:
        """Return the ids of a text, [CLS] before it and [SEP] after it."""
        return [self.special.cls, *self.tokenizer.encode(text), self.special.sep]

    def names(self, ids: Any) -> list[str]:
        """Return the text of each of some ids, a special one by its name.

        Raises ``ValueError`` for an id that is not in the vocabulary.
        """
        numbers = check_tokens(ids, self.vocab_size, at_least=0, name="ids").tolist()
        plain = self.special.plain
        return [
            NAMES[number - plain] if number >= plain else self.tokenizer.decode([number])
            for number in numbers
        ]
