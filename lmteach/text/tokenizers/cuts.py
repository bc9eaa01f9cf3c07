r"""How a text is cut into pieces that no token may cross, by the names that files have for it.

GPT-2's cut is taught in notebook 12; the others are used in notebook 16, for the files of other
models. Each is one pattern, read from left to right; joined, the pieces are the text.
"""

from typing import NamedTuple

from lmteach.text.tokenizers.bpe import PATTERN


class Cut(NamedTuple):
    """A pattern, and what is done with a piece that is a token as it stands.

    If ``whole``, it is that token; if not, it is what the merges make of it.

    >>> CUTS["llama-bpe"].whole, CUTS["gpt-2"] == Cut(PATTERN)
    (True, True)
    """

    pattern: str
    whole: bool = False


# SmolLM's: GPT-2's with each digit alone. Its own files say it in two steps, first the digits, then
# the rest; so blanks before a digit stay together, as at the end of a text.
_SMOLLM = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?![^\s\p{N}])|\s+"


def _llama(digits: str) -> str:
    """GPT-4's pattern, with as many digits together as are said."""
    return "|".join(
        [
            r"(?i:'s|'t|'re|'ve|'m|'ll|'d)",  # English endings, in capitals, too
            r"[^\r\n\p{L}\p{N}]?\p{L}+",  # letters, and one sign or blank before them
            digits,
            r" ?[^\s\p{L}\p{N}]+[\r\n]*",  # other signs, and the ends of lines behind them
            r"\s*[\r\n]+",  # ends of lines, and blanks before them
            r"\s+(?!\S)",  # blanks, but for the one before a word
            r"\s+",
        ]
    )


_CAPITAL, _SMALL = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
_TEKKEN = "|".join(
    [
        rf"[^\r\n\p{{L}}\p{{N}}]?{_CAPITAL}*{_SMALL}+",  # a word, which may begin with capitals
        rf"[^\r\n\p{{L}}\p{{N}}]?{_CAPITAL}+{_SMALL}*",
        r"\p{N}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    ]
)

CUTS = {
    "gpt-2": Cut(PATTERN),
    "smollm": Cut(_SMOLLM),
    "llama-bpe": Cut(_llama(r"\p{N}{1,3}"), whole=True),
    "qwen2": Cut(_llama(r"\p{N}")),
    "tekken": Cut(_TEKKEN, whole=True),  # Mistral's since 2024
}
