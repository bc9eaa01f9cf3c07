"""Text to numbers and back, one token for each character. Taught in notebook 01."""

from typing import Any

from lmteach.checks import check_text, check_tokens
from lmteach.typed import typed


class CharTokenizer:
    r"""One token per character; the vocabulary is the sorted characters of a text.

    ``decode(encode(text)) == text`` for every text made of these characters.

    Raises:
        ValueError: ``text`` is no str, or empty; later, a character or an id is not in the
            vocabulary.

    >>> tokenizer = CharTokenizer("hello\n")
    >>> tokenizer.characters, tokenizer.vocab_size
    ('\nehlo', 5)
    >>> tokenizer.encode("hole")
    [2, 4, 3, 1]
    >>> tokenizer.decode([2, 4, 3, 1])
    'hole'
    """

    @typed
    def __init__(self, text: str) -> None:
        """Collect the characters of ``text``."""
        check_text(text, empty_allowed=False)
        self.characters = "".join(sorted(set(text)))
        self._ids = {character: number for number, character in enumerate(self.characters)}

    @property
    def vocab_size(self) -> int:
        """How many characters there are."""
        return len(self.characters)

    def encode(self, text: str) -> list[int]:
        """The id of each character.

        Raises:
            ValueError: a character is not in the vocabulary; says which, where, and what to do.
        """
        check_text(text)
        try:
            return list(map(self._ids.__getitem__, text))
        except KeyError:
            at = next(i for i, character in enumerate(text) if character not in self._ids)
        around = text[max(0, at - 15) : at + 16]
        raise ValueError(
            f"character {text[at]!r} at position {at} (in {around!r}) is not among the "
            f"{self.vocab_size} known characters; remove or replace it, or make the tokenizer from "
            f"a text that has it"
        )

    def decode(self, ids: Any) -> str:
        """The text of a sequence of ids."""
        numbers = check_tokens(ids, self.vocab_size, at_least=0, name="ids")
        return "".join([self.characters[number] for number in numbers])

    def __repr__(self) -> str:
        """The vocabulary in short."""
        return f"CharTokenizer({self.vocab_size} characters: {self.characters[:40]!r})"
