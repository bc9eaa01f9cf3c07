"""The 256 bytes in the order of their ids, and a visible sign for each. Taught in notebook 12."""

from lmteach.typed import typed

# Bytes that are visible signs in Latin-1 come first and stand for themselves. The other 68 (blanks,
# control characters) follow, and borrow the signs from U+0100 on: a space is written Ġ.
_VISIBLE = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
_HIDDEN = [byte for byte in range(256) if byte not in _VISIBLE]

BYTE_ORDER = bytes(_VISIBLE + _HIDDEN)  # the byte of each id, 0 to 255
BYTE_IDS = bytes(BYTE_ORDER.index(byte) for byte in range(256))  # the id of each byte
_SIGNS = dict(
    zip(BYTE_ORDER, map(chr, [*_VISIBLE, *range(0x100, 0x100 + len(_HIDDEN))]), strict=True)
)
_BYTES = {sign: byte for byte, sign in _SIGNS.items()}


@typed
def to_signs(token: bytes) -> str:
    """Write bytes with one visible sign each, as GPT-2's files do.

    Source: the function ``bytes_to_unicode`` of A. Radford et al., "Language Models are
    Unsupervised Multitask Learners" (2019), §2.2, in the code that came with it.

    >>> to_signs(b" the"), to_signs("é".encode())
    ('Ġthe', 'Ã©')
    """
    return "".join([_SIGNS[byte] for byte in token])


@typed
def from_signs(signs: str) -> bytes:
    """Return the bytes that are written with these signs.

    Raises ``ValueError`` for a character that stands for no byte.

    >>> from_signs("Ġthe")
    b' the'
    """
    try:
        return bytes([_BYTES[sign] for sign in signs])
    except KeyError as error:
        raise ValueError(
            f"{error.args[0]!r} in {signs!r} stands for no byte, expected the signs of a "
            "byte-level tokenizer, such as 'Ġthe'."
        ) from None
