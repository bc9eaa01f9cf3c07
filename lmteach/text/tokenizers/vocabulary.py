"""Symbols of any kind to numbers and back: letters, phonemes; with padding, start and end.

Taught in notebook 08.
"""

from collections.abc import Iterable, Sequence

from lmteach.checks import check_tokens
from lmteach.typed import typed

PAD, START, END = 0, 1, 2  # no symbol at all, the first of a sequence, the last
SPECIAL = ("<pad>", "<start>", "<end>")


class Vocabulary:
    """One id for each of some symbols, which are texts of one or more letters.

    Ids 0, 1 and 2 are padding, start and end; the symbols follow in alphabetical order.

    Raises ``ValueError`` if there is no symbol, or one has the name of a special one.

    >>> phonemes = Vocabulary(["T", "K", "AE"])
    >>> phonemes.encode(["K", "AE", "T"])
    [4, 3, 5]
    >>> phonemes.decode([4, 3, 5, 2, 0, 0])
    ('K', 'AE', 'T')
    """

    @typed
    def __init__(self, symbols: Iterable[str]) -> None:
        """Number the symbols; how often one occurs among them does not matter."""
        found = sorted(set(symbols))
        if not found or set(found) & set(SPECIAL):
            raise ValueError(
                f"symbols is {found}, expected at least one, and none of "
                f"{', '.join(SPECIAL)}: these three are always there."
            )
        self.symbols = (*SPECIAL, *found)
        self._ids = {symbol: number for number, symbol in enumerate(self.symbols)}

    def __len__(self) -> int:
        """How many there are, the three special ones included."""
        return len(self.symbols)

    def __contains__(self, symbol: object) -> bool:
        """Say whether a symbol is known."""
        return symbol in self._ids and symbol not in SPECIAL

    @typed
    def unknown(self, sequence: Sequence[str]) -> list[str]:
        """Return the symbols of a sequence that have no id, each once, in order.

        >>> Vocabulary("abc").unknown("a1b1!")
        ['1', '!']
        """
        return list(dict.fromkeys(symbol for symbol in sequence if symbol not in self))

    @typed
    def encode(self, sequence: Sequence[str]) -> list[int]:
        """Return the id of each symbol.

        Raises ``ValueError`` if one of them is unknown, and says which are known.
        """
        if strange := self.unknown(sequence):
            raise ValueError(
                f"{strange[0]!r} is not among the {len(self) - len(SPECIAL)} known symbols, "
                f"expected {' '.join(self.symbols[len(SPECIAL) :])}."
            )
        return [self._ids[symbol] for symbol in sequence]

    @typed
    def decode(self, ids: Iterable[int]) -> tuple[str, ...]:
        """Return the symbols of ids up to the first end; padding and start are left out.

        Raises ``ValueError`` for an id that is not in the vocabulary.
        """
        decoded = []
        for number in check_tokens(ids, len(self), at_least=0, name="ids"):
            if number == END:
                break
            if number not in (PAD, START):
                decoded.append(self.symbols[number])
        return tuple(decoded)

    def __repr__(self) -> str:
        """The vocabulary in short."""
        return f"Vocabulary({len(self)} entries: {' '.join(self.symbols)[:50]} …)"
