"""From the source of a Wikipedia page to paragraphs of plain prose.

gensim takes the markup away. What it can only drop (templates, formulas, raised digits) would leave
holes in sentences, so those places are marked beforehand, and a paragraph with a hole is left out.
"""

import re
from string import ascii_uppercase, digits

from lmteach.text.ascii_folding import HOLE, fold_to_ascii

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
