"""From the source of a Wikipedia page to paragraphs of plain prose in printable ASCII.

gensim takes the markup away. What it can only drop (templates, formulas, raised digits) would leave
holes in sentences, so those places are marked beforehand, and a paragraph with a hole is left out.

A small alphabet keeps character models small. Python's Unicode tables grow from version to
version, so only what can't change is taken from them: the decomposition of Latin letters.
"""

import re
import unicodedata
from string import ascii_uppercase, digits

from lmteach.typed import typed

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


@typed
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


_REMARK = re.compile(
    r"<!--.*?-->|<ref[^>]*/>|<ref.*?</ref>|\[\[(?:File|Image):(?:[^\[\]]|\[\[[^\[\]]*\]\])*\]\]",
    re.DOTALL,
)
# The innermost {{template}}. One that clings to a word is a note; one that stands free is words.
_TEMPLATE = re.compile(r"(?<=[^\s(])\{\{[^{}]*\}\}|(\{\{[^{}]*\}\})")
_UNREADABLE = re.compile(r"<(math|su[bp]|code|source|gallery)\b.*?</\1>", re.DOTALL)
_NO_PARAGRAPH = tuple("=*#:;|!{ ")  # headings, lists, tables and indented lines begin so
_TIDY = (
    (re.compile("'{2,5}"), ""),  # ''italic'' and '''bold'''
    (re.compile(rf"\s*\([^()]*{HOLE}[^()]*\)"), ""),  # brackets with a hole go with the hole
    (re.compile(r"\s*[(\[][\s,;:]*[)\]]"), ""),  # ( ; ) is an empty shell
    (re.compile(r"(?<=\() +| +(?=\))"), ""),
    (re.compile(r"\s+"), " "),
    (re.compile(r" (?=[,;:.!?](\s|$))"), ""),
)
_LEFTOVER = re.compile(
    rf"[<>{{}}|\\^_~@#{HOLE}]|\[\[|\]\]|https?:|www\.|[a-z]{{2}}[.,][A-Z][a-z]|\$[ ,)]"
)
_STARTS = (*ascii_uppercase, *digits, '"', "'", "(")
SHORTEST = 80  # characters


@typed
def mark_holes(source: str) -> str:
    r"""Put ``HOLE`` where words would be missing, and take notes and pictures away.

    >>> mark_holes("It is {{convert|5|km}} long.{{citation needed}}<ref>p. 5</ref>").count(HOLE)
    1
    """
    text = _UNREADABLE.sub(HOLE, _REMARK.sub("", source))
    count = 1
    while count:  # templates hold templates
        text, count = _TEMPLATE.subn(lambda match: HOLE if match[1] else "", text)
    return text


@typed
def is_prose(paragraph: str) -> bool:
    """Long enough, from a capital to a stop, mostly letters, without leftovers of markup.

    >>> is_prose("The aardvark is a medium-sized, burrowing mammal that eats ants by night (only).")
    True
    >>> is_prose("Population: 12,345 (2010); 11,987 (2000); 10,002 (1990); 9,876 (1980); 8 (1970).")
    False
    """
    letters = sum(character.isalpha() or character == " " for character in paragraph)
    return (
        len(paragraph) >= SHORTEST
        and paragraph.startswith(_STARTS)
        and paragraph.endswith((".", "!", "?", '."', ".)"))
        and letters >= 0.86 * len(paragraph)
        and _LEFTOVER.search(paragraph) is None
        and paragraph.count("(") == paragraph.count(")")
        and paragraph.count('"') % 2 == 0
    )


@typed
def paragraphs(source: str) -> list[str]:
    r"""The paragraphs of a page's source that are whole, in printable ASCII.

    >>> page = "'''Ants''' live in [[colony|colonies]] (''Formicidae'') and work" + " hard" * 9
    >>> paragraphs("== Life ==\n* food\n" + page + ".\n" + page + " for {{age|5}} years.")[0][:34]
    'Ants live in colonies (Formicidae)'
    """
    from gensim.corpora.wikicorpus import filter_wiki  # takes over a second, once

    kept = []
    for line in filter_wiki(mark_holes(source)).split("\n"):
        if len(line) < SHORTEST or line.startswith(_NO_PARAGRAPH):
            continue
        line = fold_to_ascii(line)
        for pattern, replacement in _TIDY:
            line = pattern.sub(replacement, line)
        if is_prose(line.strip()):
            kept.append(line.strip())
    return kept
