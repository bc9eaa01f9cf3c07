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


@typed
def spoken_token(name: str) -> str:
    """Return a token as it is said aloud: what can't be heard gets a word of its own.

    >>> spoken_token(" the"), spoken_token("a b"), spoken_token("")
    ('space the', 'a space b', 'nothing')
    """
    words = "".join(s if (word := spoken(s)) == s else f" {word} " for s in name)
    return " ".join(words.split()) or "nothing"
