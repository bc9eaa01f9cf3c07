"""Folding text to printable ASCII, by an explicit table and for Latin letters only.

A small alphabet keeps character models small. Python's Unicode tables grow from version to
version, so only what can't change is taken from them: the decomposition of Latin letters.
"""

import re
import unicodedata

HOLE = "\x00"  # stands where something was that has no plain reading

_TABLE = {
    **dict.fromkeys("\u2018\u2019\u201b\u02bc\u02bb\u02bf\u02be\u2032\u00b4\u2035", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2212", "-"),
    **dict.fromkeys("\u00a0\u2002\u2003\u2009\u200a\u202f\u2007\u3000\t", " "),
    **dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\ufeff\u0301\u0300\u0302\u0308", ""),
    **{"…": "...", "½": "1/2", "¼": "1/4", "¾": "3/4", "×": "x", "⁄": "/", "·": HOLE},
    **{"ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "ł": "l"},
    **{"Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i"},
    **{"ə": "e", "Ə": "E", "ħ": "h"},
}
_NOT_ASCII = re.compile(r"[^\n -~]")


def _fold(match: re.Match[str]) -> str:
    character = match[0]
    if character in _TABLE:
        return _TABLE[character]
    if character <= "\u024f" or "\u1e00" <= character <= "\u1eff":
        letters = unicodedata.normalize("NFKD", character)
        base = "".join(letter for letter in letters if not "\u0300" <= letter <= "\u036f")
        if base.isascii() and base.isalpha():
            return base
    return HOLE


def fold_to_ascii(text: str) -> str:
    r"""Printable ASCII and newline; what has no ASCII spelling becomes ``HOLE``.

    Accents go, typographic quotes and spaces become plain. The short dash of ranges and pairs
    becomes a hyphen, the dash that breaks a thought a hyphen between spaces.

    >>> fold_to_ascii("\u201cÉtienne\u2019s\u201d café, 1914–18 — a façade")
    '"Etienne\'s" cafe, 1914-18 - a facade'
    >>> fold_to_ascii("λόγος")
    '\x00\x00\x00\x00\x00'
    """
    text = re.sub(r"\s*°\s*(?=[CFNSEW]\b)", " degrees ", text)
    text = re.sub(r"(?<=\d)\s*°(?=[\s,.;)]|$)", " degrees", text)
    text = re.sub(r"(?<=\S)\u2013(?=\S)", "-", text)  # 1914-18, Franco-Prussian
    text = re.sub(r"\s*[\u2013\u2014\u2015]\s*", " - ", text)
    return _NOT_ASCII.sub(_fold, text)
