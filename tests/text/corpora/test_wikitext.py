"""Folding to ASCII, marking holes, and what is kept as prose."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.text.corpora.wikitext import HOLE, fold_to_ascii, is_prose, mark_holes, paragraphs


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Curaçao, Łódź, Nguyễn, Straße, Ærø", "Curacao, Lodz, Nguyen, Strasse, Aero"),
        ("‘a’ “b” «c» d…", '\'a\' "b" "c" d...'),
        ("1914–18 — Franco–Prussian – done", "1914-18 - Franco-Prussian - done"),
        ("20 °C at 57°N, turned 90°.", "20 degrees C at 57 degrees N, turned 90 degrees."),
        ("5 × 3 ≈ 15, 東京", f"5 x 3 {HOLE} 15, {HOLE}{HOLE}"),
    ],
)
def test_folding(text: str, expected: str) -> None:
    assert fold_to_ascii(text) == expected


@given(st.text(max_size=50))
def test_folding_gives_printable_ascii_newline_or_hole(text: str) -> None:
    folded = fold_to_ascii(text)
    assert all(" " <= character <= "~" or character in f"\n{HOLE}" for character in folded)
    assert fold_to_ascii(folded.replace(HOLE, "")) == folded.replace(HOLE, "")


@given(st.text(alphabet="àâäçéèêëîïôöùûüÿñÀÉÖÜŠž", max_size=20))
def test_latin_letters_lose_their_accents_only(text: str) -> None:
    expected = "".join(
        c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)
    )
    assert fold_to_ascii(text) == expected


@pytest.mark.parametrize(
    ("source", "marked"),
    [
        ("It is {{convert|5|km}} long.", f"It is {HOLE} long."),
        (
            "Said so.{{citation needed|date={{today}}}} Then",
            "Said so. Then",
        ),
        (
            "Said so.<ref name=a>p. 5</ref><ref name=b /> Then<!-- hidden --> more.",
            "Said so. Then more.",
        ),
        ("10<sup>3</sup> and <math>x^2</math>", f"10{HOLE} and {HOLE}"),
        ("{{Infobox|{{flag|x}}|y}}", HOLE),
    ],
)
def test_holes_are_marked_where_words_would_be_missing(source: str, marked: str) -> None:
    assert mark_holes(source) == marked


LONG = " and they have lived in the colonies of the forest for a very long time already"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("'''Ants''' work [[hard labour|hard]]" + LONG + ".", "Ants work hard" + LONG + "."),
        ("Ants ({{lang|el|x}}; born here) work" + LONG + ".", "Ants work" + LONG + "."),
        ("Ants (from Greek λόγος) work , too" + LONG + ".", "Ants work, too" + LONG + "."),
        ("The ants are {{age|1}} years old" + LONG + ".", None),
        ("* The ants in a list" + LONG + ".", None),
        ("== The ants as a heading" + LONG + ". ==", None),
        ("{| \n| The ants in a table" + LONG + ".\n|}", None),
        (
            "The ants [[File:ant.jpg|thumb|in a [[big]] picture]] work" + LONG + ".",
            "The ants work" + LONG + ".",
        ),
        ("The ants are short.", None),
    ],
)
def test_paragraphs(source: str, expected: str | None) -> None:
    assert paragraphs("Before.\n" + source + "\nAfter.") == ([expected] if expected else [])


@given(st.text(alphabet=f"aB., ()[]{{}}<>|=*\"'{HOLE}\n", max_size=300))
def test_paragraphs_have_no_holes_no_leftovers_and_no_double_spaces(source: str) -> None:
    for paragraph in paragraphs(source + "It was so" + LONG + "." + source):
        assert not set(paragraph) & set(f"{HOLE}<>{{}}|=\n")
        assert "  " not in paragraph
        assert paragraph == paragraph.strip()


@pytest.mark.parametrize(
    "text",
    [
        "Too short.",
        "no capital at the start of this sentence, which is otherwise quite long enough.",
        "This sentence leads to a list which does not follow it here, as lists are dropped always:",
        "An open (bracket stays open in this long sentence, which is a sign of damage to the text.",
        'A lone " quotation mark in this long sentence is a sign of damage to the paragraph, too.',
        "In 1990 12,345; in 2000 23,456; in 2010 34,567; in 2020 45,678 and in 2030 56,789 people.",
    ],
)
def test_what_is_no_prose(text: str) -> None:
    assert not is_prose(text)


def test_what_is_prose() -> None:
    assert is_prose(
        '"The ants," wrote Smith (1901), "are a nation of twelve states, and each of them has a '
        'queen of its own."'
    )
