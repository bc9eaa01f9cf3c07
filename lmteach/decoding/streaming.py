"""Text while it is written. Notebooks 13 and 14."""

from collections.abc import Callable, Iterable, Iterator

from torch import Tensor

HALF = "\ufffd"  # what a decoder writes for bytes that are no whole character


def text_pieces(
    tokens: Iterable[int] | Iterable[Tensor], decode: Callable[[list[int]], str]
) -> Iterator[str]:
    """Yield the text of one row of tokens piece by piece, to be printed one after the other.

    ``tokens`` may come from ``sampling.stream``, ``decode`` from a tokenizer. A byte-level token
    can be half a character: it is held back until the other half is there, or nothing follows.
    Joined, the pieces are ``decode`` of all tokens.

    >>> write = lambda ids: bytes(ids).decode(errors="replace")
    >>> list(text_pieces([72, 195, 164, 104], write))  # ä is two bytes
    ['H', 'ä', 'h']
    """
    ids: list[int] = []
    text, shown = "", 0
    for token in tokens:
        ids.append(int(token))
        text = decode(ids)
        if not text.endswith(HALF) and len(text) > shown:
            yield text[shown:]
            shown = len(text)
    if len(text) > shown:
        yield text[shown:]
