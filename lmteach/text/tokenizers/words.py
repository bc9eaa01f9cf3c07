"""Text to numbers and back, one token for each word. Taught in notebook 05."""

import re
from collections import Counter
from typing import Any

from lmteach.checks import check_sizes, check_text, check_tokens
from lmteach.typed import typed

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
        ValueError: ``text`` is no str, or has no word often enough, ``min_count`` or ``unknown``
            is unfit; later, an id is not in the vocabulary.

    >>> tokenizer = WordTokenizer('The cat (a tabby) said: "No, the cat."', lower=True)
    >>> tokenizer.encode("The dog, the cat.")
    [3, 0, 6, 3, 2, 7]
    >>> tokenizer.decode(tokenizer.encode('The cat ( a tabby ) said : " no "'))
    'the cat (a tabby) said: "no"'
    """

    @typed
    def __init__(
        self, text: str, min_count: int = 1, lower: bool = False, unknown: str = "<unk>"
    ) -> None:
        """Count the words of ``text`` and keep those that occur ``min_count`` times or more."""
        check_sizes(min_count=min_count)
        if not isinstance(unknown, str) or not re.fullmatch(r"<\w+>", unknown):
            raise ValueError(f"unknown is {unknown!r}; expected a word in <>, such as '<unk>'")
        check_text(text, empty_allowed=False)
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
        check_text(text)
        return self._pattern.findall(text.lower() if self.lower else text)

    def encode(self, text: str) -> list[int]:
        """The id of each word; 0 for an unknown one."""
        return [self._ids.get(word, 0) for word in self.split(text)]

    def decode(self, ids: Any) -> str:
        """The words of a sequence of ids, joined the way they are printed."""
        pieces: list[str] = []
        glued = True  # no space before the next word
        open_quotes: set[str] = set()
        for number in check_tokens(ids, self.vocab_size, at_least=0, name="ids"):
            word = self.words[number]
            closes = word in _CLOSING or word in open_quotes or word == "\n"
            pieces.append(word if glued or closes else f" {word}")
            glued = word in _OPENING or word == "\n" or (word in _QUOTES and not closes)
            open_quotes ^= {word} & _QUOTES
        return "".join(pieces)

    def __repr__(self) -> str:
        """The vocabulary in short."""
        return f"WordTokenizer({self.vocab_size} words: {', '.join(map(repr, self.words[:6]))}, …)"
