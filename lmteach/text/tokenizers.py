"""Tokenizers: text to numbers and back, by character or by word. Taught in notebook 01."""

import operator
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any


def _require_text(text: object, empty_allowed: bool) -> str:
    if not isinstance(text, str):
        hint = " (decode it first: .decode('utf-8'))" if isinstance(text, bytes) else ""
        raise TypeError(f"text is a {type(text).__name__}; expected a str{hint}")
    if not text and not empty_allowed:
        raise ValueError("text is empty; expected at least one character to make a vocabulary of")
    return text


def _require_ids(ids: Any, vocab_size: int) -> list[int]:
    """Ids as a list of ints in range; takes lists, NumPy arrays and torch tensors."""
    if hasattr(ids, "tolist"):
        ids = ids.tolist()
    if isinstance(ids, str | bytes) or not isinstance(ids, Iterable):
        raise ValueError(f"ids is {ids!r}; expected a sequence of integers, such as [0, 1]")
    checked = []
    for position, value in enumerate(ids):
        try:
            if isinstance(value, bool):
                raise TypeError
            number = operator.index(value)
        except TypeError:
            shape = " (one sequence at a time: ids[0])" if isinstance(value, list | tuple) else ""
            raise ValueError(
                f"id {value!r} at position {position} is no integer{shape}; expected integers from "
                f"0 to {vocab_size - 1}"
            ) from None
        if not 0 <= number < vocab_size:
            raise ValueError(
                f"id {number} at position {position} is not in the vocabulary; expected 0 to "
                f"{vocab_size - 1}. Was it made with another tokenizer?"
            )
        checked.append(number)
    return checked


class CharTokenizer:
    r"""One token per character; the vocabulary is the sorted characters of a text.

    ``decode(encode(text)) == text`` for every text made of these characters.

    Raises:
        TypeError: ``text`` is no str.
        ValueError: ``text`` is empty; later, a character or an id is not in the vocabulary.

    >>> tokenizer = CharTokenizer("hello\n")
    >>> tokenizer.characters, tokenizer.vocab_size
    ('\nehlo', 5)
    >>> tokenizer.encode("hole")
    [2, 4, 3, 1]
    >>> tokenizer.decode([2, 4, 3, 1])
    'hole'
    """

    def __init__(self, text: str) -> None:
        """Collect the characters of ``text``."""
        self.characters = "".join(sorted(set(_require_text(text, empty_allowed=False))))
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
        _require_text(text, empty_allowed=True)
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
        return "".join([self.characters[number] for number in _require_ids(ids, self.vocab_size)])

    def __repr__(self) -> str:
        """The vocabulary in short."""
        return f"CharTokenizer({self.vocab_size} characters: {self.characters[:40]!r})"


_CLOSING = set(",.;:!?)]}%…")  # no space before these
_OPENING = set("([{$")  # no space after these
_QUOTES = set("\"'")  # by turns opening and closing


class WordTokenizer:
    r"""One token per word, punctuation mark or line end; rare words become ``unknown``.

    Words keep inner apostrophes and hyphens (*don't*, *well-known*). Id 0 is ``unknown``; the
    others follow by falling count, then alphabetically. Spaces are not kept, so
    ``decode(encode(text))`` is readable English rather than the same characters; but
    ``encode(decode(ids)) == ids`` for any ids.

    Args:
        text: the text whose words make the vocabulary.
        min_count: words that occur less often are unknown.
        lower: fold everything to lower case.
        unknown: how an unknown word is written; something in angle brackets.

    Raises:
        TypeError: ``text`` is no str.
        ValueError: ``text`` has no word often enough, ``min_count`` or ``unknown`` is unfit; later,
            an id is not in the vocabulary.

    >>> tokenizer = WordTokenizer('The cat (a tabby) said: "No, the cat."', lower=True)
    >>> tokenizer.encode("The dog, the cat.")
    [3, 0, 6, 3, 2, 7]
    >>> tokenizer.decode(tokenizer.encode('The cat ( a tabby ) said : " no "'))
    'the cat (a tabby) said: "no"'
    """

    def __init__(
        self, text: str, min_count: int = 1, lower: bool = False, unknown: str = "<unk>"
    ) -> None:
        """Count the words of ``text`` and keep those that occur ``min_count`` times or more."""
        if isinstance(min_count, bool) or not isinstance(min_count, int) or min_count < 1:
            raise ValueError(f"min_count is {min_count!r}; expected a whole number, 1 or more")
        if not isinstance(unknown, str) or not re.fullmatch(r"<\w+>", unknown):
            raise ValueError(f"unknown is {unknown!r}; expected a word in <>, such as '<unk>'")
        _require_text(text, empty_allowed=False)
        self.lower = lower
        self.unknown = unknown.lower() if lower else unknown
        self._pattern = re.compile(rf"{re.escape(self.unknown)}|\n|\w+(?:['’-]\w+)*|[^\w\s]")
        counts = Counter(self.split(text))
        del counts[self.unknown]
        kept = [word for word, count in counts.items() if count >= min_count]
        if not kept:
            raise ValueError(
                f"no word of the text (it begins {text[:30]!r}) occurs {min_count} times or more; "
                f"lower min_count or take a longer text"
            )
        self.words = (self.unknown, *sorted(kept, key=lambda word: (-counts[word], word)))
        self._ids = {word: number for number, word in enumerate(self.words)}

    @property
    def vocab_size(self) -> int:
        """How many words there are, ``unknown`` included."""
        return len(self.words)

    def split(self, text: str) -> list[str]:
        """The words of a text as strings, known or not."""
        _require_text(text, empty_allowed=True)
        return self._pattern.findall(text.lower() if self.lower else text)

    def encode(self, text: str) -> list[int]:
        """The id of each word; 0 for an unknown one."""
        return [self._ids.get(word, 0) for word in self.split(text)]

    def decode(self, ids: Any) -> str:
        """The words of a sequence of ids, joined the way they are printed."""
        pieces: list[str] = []
        glued = True  # no space before the next word
        open_quotes: set[str] = set()
        for word in (self.words[number] for number in _require_ids(ids, self.vocab_size)):
            closes = word in _CLOSING or word in open_quotes or word == "\n"
            pieces.append(word if glued or closes else f" {word}")
            glued = word in _OPENING or word == "\n" or (word in _QUOTES and not closes)
            open_quotes ^= {word} & _QUOTES
        return "".join(pieces)

    def __repr__(self) -> str:
        """The vocabulary in short."""
        return f"WordTokenizer({self.vocab_size} words: {', '.join(map(repr, self.words[:6]))}, …)"
