"""Symbols that can't be seen: how figures write them, and how their descriptions say them."""

from lmteach.typed import typed

_VISIBLE = {" ": "␣", "\n": "⏎", "\t": "⇥"}
_SPOKEN = {" ": "space", "\n": "line end", "\t": "tab"}


@typed
def visible(symbol: str) -> str:
    """Return a symbol so that it can be seen.

    >>> visible(" "), visible("a")
    ('␣', 'a')
    """
    return _VISIBLE.get(symbol, symbol)


@typed
def spoken(symbol: str) -> str:
    """Return a symbol as it is said aloud.

    >>> spoken(" "), spoken("a")
    ('space', 'a')
    """
    return _SPOKEN.get(symbol, symbol)
