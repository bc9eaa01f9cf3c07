"""The checks of notebook 12: a text encoded by the ranks of its merges, and back to text."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from lmteach.exercises.feedback import exercise, expect
from lmteach.text.tokenizers.bpe import pretokens

EXERCISES = (
    "bytes_of",
    "first_pair",
    "join",
    "encode_piece",
    "encode_text",
    "decode",
    "longest_first",
)

Tokens = Sequence[bytes]
Pair = tuple[bytes, bytes]
Ranks = Mapping[Pair, int]
Ids = Sequence[int]


def _bytes(piece: str) -> list[bytes]:
    return [bytes([byte]) for byte in piece.encode()]


def _known(tokens: Tokens, ranks: Ranks) -> list[Pair]:
    return [pair for pair in pairwise(tokens) if pair in ranks]


def _first(tokens: Tokens, ranks: Ranks) -> Pair | tuple[()]:
    return min(_known(tokens, ranks), key=ranks.__getitem__, default=())


def _joined(tokens: Tokens, pair: Pair) -> list[bytes]:
    found: list[bytes] = []
    place = 0
    while place < len(tokens):
        both = tuple(tokens[place : place + 2]) == pair
        found.append(pair[0] + pair[1] if both else tokens[place])
        place += 2 if both else 1
    return found


def _encoded(piece: str, ranks: Ranks) -> list[bytes]:
    tokens = _bytes(piece)
    while pair := _first(tokens, ranks):
        tokens = _joined(tokens, pair)
    return tokens


@exercise
def bytes_of(answer: Callable[[str], list[bytes]]) -> None:
    """Check ``bytes_of(piece)``: the bytes of a piece, each a token of its own.

    >>> bytes_of(list)  # doctest: +ELLIPSIS
    bytes_of: for (' low') you gave [' ', 'l', 'o', 'w'], expected ... Those are letters...
    """
    expect(
        answer,
        [(" low",), ("狼",), ("né",), ("🐺!",)],
        _bytes,
        slips=[
            (list, "Those are letters, as text: `encode` turns a text into bytes."),
            (
                lambda piece: list(piece.encode()),
                "Those are numbers: `bytes([231])` is the byte with that number.",
            ),
            (
                lambda piece: [letter.encode() for letter in piece],
                "A letter can be several bytes: 狼 is three tokens to begin with.",
            ),
            (lambda piece: piece.encode(), "That is one token; each byte is to be one."),
            (lambda piece: [piece.encode()], "That is one token; each byte is to be one."),
            (
                lambda piece: [bytes(byte) for byte in piece.encode()],
                "`bytes(3)` makes three zeros; the number goes into a list: `bytes([3])`.",
            ),
        ],
    )


_RANKS = {(b"e", b"s"): 0, (b"es", b"t"): 1, (b"l", b"o"): 2, (b"w", b"e"): 3, (b"s", b"t"): 4}


@exercise
def first_pair(answer: Callable[[Tokens, Ranks], Pair | tuple[()]]) -> None:
    """Check ``first_pair(tokens, ranks)``: of all known neighbours, those that were learned first.

    >>> first_pair(lambda tokens, ranks: min(ranks, key=ranks.get))  # doctest: +ELLIPSIS
    first_pair: for ([b'l', b'o', b'w', b'e'], ... you gave (b'e', b's'), expected (b'l', b'o'). ...
    """

    def last(tokens: Tokens, ranks: Ranks) -> Pair | tuple[()]:
        return max(_known(tokens, ranks), key=ranks.__getitem__, default=())

    def leftmost(tokens: Tokens, ranks: Ranks) -> Pair | tuple[()]:
        return next(iter(_known(tokens, ranks)), ())

    def by_letters(tokens: Tokens, ranks: Ranks) -> Pair | tuple[()]:
        return min(_known(tokens, ranks), default=())

    def disjoint(tokens: Tokens, ranks: Ranks) -> Pair | tuple[()]:
        pairs = [pair for pair in zip(tokens[::2], tokens[1::2], strict=False) if pair in ranks]
        return min(pairs, key=ranks.__getitem__, default=())

    expect(
        answer,
        [
            ([b"l", b"o", b"w", b"e"], _RANKS),
            ([b"w", b"e", b"s", b"t", b"l", b"o"], _RANKS),
            ([b"w", b"es", b"t"], _RANKS),
            ([b"w", b"e", b"d", b"s", b"t"], _RANKS),
            ([b"low"], _RANKS),
            ([b"s", b"e"], _RANKS),
        ],
        _first,
        slips=[
            (by_letters, "That comes first in the alphabet: give `min` the ranks as its `key`."),
            (
                lambda tokens, ranks: min(ranks, key=ranks.__getitem__),
                "Only neighbours in `tokens` can be joined: look at these, not at all pairs known.",
            ),
            (last, "That one was learned last: the *lowest* rank goes first."),
            (leftmost, "That is the leftmost; it is the lowest rank that decides."),
            (disjoint, "You went in steps of two: each token but the ends is in two pairs."),
            (
                lambda tokens, ranks: ranks.get(_first(tokens, ranks), ()),
                "That is its rank; asked is the pair.",
            ),
        ],
    )


@exercise
def join(answer: Callable[[Tokens, Pair], list[bytes]]) -> None:
    """Check ``join(tokens, pair)``: the pair becomes one token wherever it is, from the left.

    >>> join(lambda tokens, pair: list(tokens))  # doctest: +ELLIPSIS
    join: for ([b'n', b'e', b's', b't'], (b'e', b's')) you gave ... Nothing was joined.
    """

    def once(tokens: Tokens, pair: Pair) -> list[bytes]:
        for place, found in enumerate(pairwise(tokens)):
            if found == pair:
                return [*tokens[:place], pair[0] + pair[1], *tokens[place + 2 :]]
        return [*tokens]

    def twice(tokens: Tokens, pair: Pair) -> list[bytes]:
        starts = [place for place, found in enumerate(pairwise(tokens)) if found == pair]
        kept = [n for n in range(len(tokens)) if n in starts or n - 1 not in starts]
        return [pair[0] + pair[1] if n in starts else tokens[n] for n in kept]

    def last_lost(tokens: Tokens, pair: Pair) -> list[bytes]:
        found = _joined(tokens, pair)
        return found if tuple(tokens[-2:]) == pair else found[:-1]

    def from_the_right(tokens: Tokens, pair: Pair) -> list[bytes]:
        turned = _joined([token[::-1] for token in tokens[::-1]], (pair[1][::-1], pair[0][::-1]))
        return [token[::-1] for token in turned[::-1]]

    def as_pair(tokens: Tokens, pair: Pair) -> list[bytes | Pair]:
        whole = pair[0] + pair[1]
        return [pair if token == whole else token for token in _joined(tokens, pair)]

    def both_kept(tokens: Tokens, pair: Pair) -> list[bytes]:
        return [pair[0] + pair[1] if found == pair else found[0] for found in pairwise(tokens)] + [
            *tokens[-1:]
        ]

    expect(
        answer,
        [
            ([b"n", b"e", b"s", b"t"], (b"e", b"s")),
            ([b"a", b"b", b"c", b"a", b"b"], (b"a", b"b")),
            ([b"0", b"0", b"0"], (b"0", b"0")),
            ([b"l", b"o", b"w"], (b"e", b"s")),
            ([b"lo", b"w"], (b"lo", b"w")),
        ],
        _joined,
        slips=[
            (lambda tokens, pair: list(tokens), "Nothing was joined."),
            (once, "Only the first is joined: go on to the end of the word."),
            (
                twice,
                "A token went into two pairs: after joining two, go on behind both of them.",
            ),
            (last_lost, "The last token is lost: it has no neighbour on its right."),
            (from_the_right, "That is from right to left; every library goes from the left."),
            (both_kept, "The second token of the pair is still there: skip it, too."),
            (as_pair, "A pair stands where one token should: `pair[0] + pair[1]`."),
        ],
    )


# By rank abcd is a + bcd, from the left ab + cd, with the longest token first abc + d.
_CHAIN = {(b"c", b"d"): 0, (b"b", b"cd"): 1, (b"b", b"c"): 2, (b"a", b"bc"): 3, (b"a", b"b"): 4}
_TWINS = {(b"n", b"a"): 0, (b"na", b"na"): 1}
_ACCENT = {(b"\xc3", b"\xa9"): 0, (b"n", b"\xc3\xa9"): 1}


def _longest(piece: str, vocabulary: set[bytes]) -> list[bytes]:
    rest, found = piece.encode(), []
    while rest:
        size = max(n for n in range(1, len(rest) + 1) if n == 1 or rest[:n] in vocabulary)
        found.append(rest[:size])
        rest = rest[size:]
    return found


@exercise
def encode_piece(answer: Callable[[str, Ranks], list[bytes]]) -> None:
    """Check ``encode_piece(piece, ranks)``: merge the lowest rank, again and again.

    >>> encode_piece(lambda piece, ranks: _bytes(piece))  # doctest: +ELLIPSIS
    encode_piece: for ('abcd', ... you gave ... Nothing was merged at all.
    """

    def one(piece: str, ranks: Ranks) -> list[bytes]:
        tokens = _bytes(piece)
        pair = _first(tokens, ranks)
        return _joined(tokens, pair) if pair else tokens

    def leftmost(piece: str, ranks: Ranks) -> list[bytes]:
        tokens = _bytes(piece)
        while pairs := _known(tokens, ranks):
            tokens = _joined(tokens, pairs[0])
        return tokens

    def longest(piece: str, ranks: Ranks) -> list[bytes]:
        return _longest(piece, {left + right for left, right in ranks})

    def by_letters(piece: str, ranks: Ranks) -> list[bytes]:
        tokens = [letter.encode() for letter in piece]
        while pair := _first(tokens, ranks):
            tokens = _joined(tokens, pair)
        return tokens

    expect(
        answer,
        [
            ("abcd", _CHAIN),
            ("west", _RANKS),
            ("nanana", _TWINS),
            ("nénné", _ACCENT),
            ("狼", _RANKS),
            ("e", _RANKS),
        ],
        _encoded,
        slips=[
            (lambda piece, ranks: _bytes(piece), "Nothing was merged at all."),
            (one, "Go on after the first merge, until no neighbours are known."),
            (leftmost, "You merge what comes first in the word; the lowest rank goes first."),
            (longest, "That takes the longest token first; the merges are made by rank."),
            (by_letters, "It begins with bytes, not with letters: é is two of them."),
        ],
    )


_NUMBERS = {bytes([byte]): byte for byte in range(256)}
_NUMBERS |= {b"es": 256, b"est": 257, b"lo": 258, b"we": 259, b"st": 260}


@exercise
def encode_text(answer: Callable[[str, Ranks, Mapping[bytes, int]], list[int]]) -> None:
    """Check ``encode_text(text, ranks, numbers)``: the ids of a text, piece by piece.

    >>> encode_text(lambda text, ranks, numbers: [numbers[b] for b in _bytes(text)])
    ... # doctest: +ELLIPSIS
    encode_text: for ('lo', ... you gave [108, 111], expected [258]. Nothing was merged...
    """
    across = {(b"o", b" "): 5, (b"s", b"t"): 6, (b"t", b"."): 0, (b" ", b"l"): 7}
    numbers = _NUMBERS | {b"o ": 261, b"t.": 262, b" l": 263}

    def right(text: str, ranks: Ranks, numbers: Mapping[bytes, int]) -> list[int]:
        return [numbers[token] for piece in pretokens(text) for token in _encoded(piece, ranks)]

    def uncut(text: str, ranks: Ranks, numbers: Mapping[bytes, int]) -> list[int]:
        return [numbers[token] for token in _encoded(text, ranks)]

    def split(text: str, ranks: Ranks, numbers: Mapping[bytes, int]) -> list[int]:
        return [numbers[token] for piece in text.split() for token in _encoded(piece, ranks)]

    def nested(text: str, ranks: Ranks, numbers: Mapping[bytes, int]) -> list[list[int]]:
        return [[numbers[token] for token in _encoded(piece, ranks)] for piece in pretokens(text)]

    def tokens(text: str, ranks: Ranks, numbers: Mapping[bytes, int]) -> list[bytes]:
        return [token for piece in pretokens(text) for token in _encoded(piece, ranks)]

    expect(
        answer,
        [
            ("lo", _RANKS, _NUMBERS),
            ("lo lest", _RANKS, _NUMBERS),
            ("lo lost.", across, numbers),
            ("狼  west", _RANKS, _NUMBERS),
        ],
        right,
        slips=[
            (
                lambda text, ranks, numbers: [numbers[token] for token in _bytes(text)],
                "Nothing was merged at all.",
            ),
            (split, "The spaces are lost: `pretokens` keeps them, before the words."),
            (nested, "That is a list for each piece; asked is one list of ids."),
            (tokens, "Those are the tokens; look up the number of each in `numbers`."),
            (
                lambda text, ranks, numbers: [_encoded(piece, ranks) for piece in pretokens(text)],
                "Those are the tokens of each piece; asked is one list of their `numbers`.",
            ),
            (uncut, "A token crosses from piece to piece: cut with `pretokens` first."),
        ],
    )


_WOLF = "狼".encode()
_TOKENS = [b"a", b" ", _WOLF[:1], _WOLF[1:], b"b\xc3", b"\xa9"]


@exercise
def decode(answer: Callable[[Ids, Sequence[bytes]], str]) -> None:
    """Check ``decode(ids, tokens)``: the text of ids, whatever they are.

    >>> decode(lambda ids, tokens: "".join(tokens[n].decode(errors="replace") for n in ids))
    ... # doctest: +ELLIPSIS
    decode: for ([0, 1, 2, 3], ... you gave 'a ���', expected 'a 狼'. A token can be part of...
    """
    expect(
        answer,
        [([0, 1, 0], _TOKENS), ([0, 1, 2, 3], _TOKENS), ([4, 5], _TOKENS), ([3, 0], _TOKENS)],
        lambda ids, tokens: b"".join(tokens[n] for n in ids).decode("utf-8", "replace"),
        slips=[
            (
                lambda ids, tokens: "".join(tokens[n].decode("utf-8", "replace") for n in ids),
                "A token can be part of a character: join all bytes first, then decode once.",
            ),
            (
                lambda ids, tokens: b"".join(tokens[n] for n in ids).decode("utf-8", "ignore"),
                "What is no character becomes �, so that the reader sees that something was there.",
            ),
            (
                lambda ids, tokens: b"".join(tokens[n] for n in ids).decode("latin-1"),
                "The bytes are UTF-8: a Chinese character takes three of them.",
            ),
            (
                lambda ids, tokens: b"".join(tokens[n] for n in ids),
                "Those are the bytes; `.decode` makes a text of them.",
            ),
            (
                lambda ids, tokens: b" ".join(tokens[n] for n in ids).decode("utf-8", "replace"),
                "Nothing goes between tokens: a space is a byte in one of them.",
            ),
        ],
    )


_VOCABULARY = {bytes([byte]) for byte in range(256)} | {b"un", b"able", b"unab", b"le", b"ab"}


@exercise
def longest_first(answer: Callable[[str, set[bytes]], list[bytes]]) -> None:
    """Check ``longest_first(piece, vocabulary)``: from the left, the longest token that fits.

    >>> longest_first(lambda piece, vocabulary: _bytes(piece))  # doctest: +ELLIPSIS
    longest_first: for ('unable', ... expected [b'unab', b'le']. Those are all bytes...
    """

    def anywhere(word: bytes, vocabulary: set[bytes]) -> list[bytes]:
        """The longest token wherever it is, then left and right of it."""
        for size in range(len(word), 0, -1):
            for start in range(len(word) - size + 1):
                if word[start : start + size] in vocabulary:
                    left = anywhere(word[:start], vocabulary)
                    rest = anywhere(word[start + size :], vocabulary)
                    return [*left, word[start : start + size], *rest]
        return []

    def from_the_right(piece: str, vocabulary: set[bytes]) -> list[bytes]:
        rest, found = piece.encode(), list[bytes]()
        while rest:
            size = max(n for n in range(1, len(rest) + 1) if rest[-n:] in vocabulary)
            found.insert(0, rest[-size:])
            rest = rest[:-size]
        return found

    def first_only(piece: str, vocabulary: set[bytes]) -> list[bytes]:
        return _longest(piece, vocabulary)[:1]

    expect(
        answer,
        [
            ("unable", _VOCABULARY),
            ("ununable", _VOCABULARY),
            ("xunabb", _VOCABULARY),
            ("狼", _VOCABULARY),
        ],
        _longest,
        slips=[
            (
                lambda piece, vocabulary: _bytes(piece),
                "Those are all bytes: try the longest beginning first, not the shortest.",
            ),
            (first_only, "That is the first token; go on with what is left of the word."),
            (from_the_right, "You began at the end of the word; begin on the left."),
            (
                lambda piece, vocabulary: anywhere(piece.encode(), vocabulary),
                "That takes the longest token in the whole word; look for the longest that it "
                "*begins* with.",
            ),
        ],
    )
