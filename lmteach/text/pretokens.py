"""Cut a text into pieces that no token may cross: words with their space, numbers, signs.

Taught in notebook 12.
"""

import regex

# GPT-2's pattern, line by line. Python's own re can't say "any letter of Unicode", regex can.
PATTERN = "|".join(
    [
        r"'s|'t|'re|'ve|'m|'ll|'d",  # English endings
        r" ?\p{L}+",  # letters
        r" ?\p{N}+",  # digits
        r" ?[^\s\p{L}\p{N}]+",  # other signs
        r"\s+(?!\S)",  # blanks, but for the one before a word
        r"\s+",
    ]
)
_COMPILED = regex.compile(PATTERN)


def pretokens(text: str) -> list[str]:
    r"""Return the pieces of a text; joined, they are the text.

    Source: A. Radford et al., "Language Models are Unsupervised Multitask Learners" (2019), §2.2,
    which keeps merges from crossing categories of characters.

    >>> pretokens("They've read 1984,  twice!\n")
    ['They', "'ve", ' read', ' 1984', ',', ' ', ' twice', '!', '\n']
    """
    pieces: list[str] = _COMPILED.findall(text)
    return pieces
