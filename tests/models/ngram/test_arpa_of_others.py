"""ARPA files as other programs have them, and symbols that are odd: read as KenLM reads them."""

import gzip
import importlib.util
import math
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from lmteach.models.ngram.arpa import escape, read_arpa, write_arpa
from lmteach.models.ngram.model import NGramModel

HAVE_KENLM = importlib.util.find_spec("kenlm") is not None
needs_kenlm = pytest.mark.skipif(
    not HAVE_KENLM and os.environ.get("LMTEACH_REQUIRE_KENLM") != "1",
    reason="kenlm is not installed, so it was not asked (pip install kenlm)",
)
PLAIN = (
    "\\data\\\nngram 1=5\nngram 2=3\n\n\\1-grams:\n-1\t<unk>\n-99\t<s>\t-0.25\n-0.5\t</s>\n"
    "-0.3\ta\t-0.125\n-0.4\tb\t-0.2\n\n"
    "\\2-grams:\n-0.1\t<s> a\n-0.2\ta b\n-0.3\tb </s>\n\n\\end\\\n"
)
SENTENCES = ("a b", "b a zz", "b b", "a a a")
EMPTY_3 = ("ngram 2=3", "ngram 2=3\nngram 3=0")


def changed(*pairs: tuple[str, str]) -> bytes:
    """The plain file with some texts replaced, each of which must be there."""
    text = PLAIN
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text.encode()


def with_word(word: str) -> bytes:
    return changed(("\ta", f"\t{word}"), (" a\n", f" {word}\n"))


def ours(path: Path, sentences: Sequence[str] = SENTENCES) -> list[np.ndarray]:
    """In base 10, as the file has them."""
    model = read_arpa(path, escaped=False)
    marked = [model.encode(["<s>", *sentence.split(" "), "</s>"]) for sentence in sentences]
    return [model.log_probabilities(ids)[1:] / math.log(10) for ids in marked]


def theirs(path: Path, sentences: Sequence[str] = SENTENCES) -> list[np.ndarray]:
    import kenlm

    model = kenlm.Model(str(path))
    return [np.array([row[0] for row in model.full_scores(text)]) for text in sentences]


SAME = {
    "as it is": changed(),
    "CRLF": changed(("\n", "\r\n")),
    "blank lines among the n-grams": changed(("-0.3\ta", "\n-0.3\ta")),
    "no blank line between orders": changed(("\n\n\\2", "\n\\2")),
    "blank lines at the top": b"\n \n" + changed(),
    "no final newline": changed()[:-1],
    "<UNK>": changed(("<unk>", "<UNK>")),
    "minus infinity": changed(("-99", "-inf")),
    "exponents": changed(("-0.3\ta", "-3.0E-01\ta"), ("-0.125", "-125e-3")),
    "no digit before the point": changed(("-0.3\ta", "-.3\ta")),
    "plus": changed(("-0.125", "+0.125")),
    "spaces before a word": changed(("-0.3\ta", "-0.3\t  a")),
    "spaces between words": changed(("a b", "a  b"), ("b </s>", "b\t</s>")),
    "blanks in counts": changed(("ngram 2=3", "ngram  2= 3")),
    "weights left out": changed(("\t-0.125", ""), ("\t-0.2\n", "\n")),
    "weights of 0": changed(("-0.125", "0"), ("\t-0.2\n", "\t-0\n")),
    "an empty order": changed(EMPTY_3, ("\\end", "\\3-grams:\n\n\\end")),
    "nothing but words": changed(("2=3", "2=0"), ("-0.1\t<s> a\n-0.2\ta b\n-0.3\tb </s>\n", "")),
    "a third order": changed(
        ("ngram 2=3", "ngram 2=3\nngram 3=1"), ("\\end", "\\3-grams:\n-0.01\ta b </s>\n\n\\end")
    ),
    "a weight of the unknown word": changed(("-1\t<unk>", "-1\t<unk>\t-0.5")),
}
WORDS = [
    "a\u00a0x",
    "a\u2028x",
    "a\x85x",
    "a\x1cx",
    "\u3000",
    "👩‍🚀",
    "a▁x",
    "▁",
    "\\2-grams:",
    "\\end\\",
]
REFUSED = {
    "no end": (changed(("\\end\\\n", "")), "may have been cut off"),
    "a byte order mark": (b"\xef\xbb\xbf" + changed(), "no .data. or no .end. line"),
    "lines that end in CR": (changed(("\n", "\r")), "no .data. or no .end. line"),
    "more announced": (changed(("2=3", "2=4")), "announces 4 n-grams of order 2"),
    "fewer announced": (changed(("2=3", "2=2")), "more 2-grams than the 2"),
    "an order not announced": (changed(("ngram 1=5\n", "")), "line 'ngram 2=3' below"),
    "an order announced twice": (
        changed(("ngram 2=3", "ngram 2=3\nngram 2=3")),
        "line 'ngram 2=3' below .data., expected 'ngram 3='",
    ),
    "another line in the header": (changed(("ngram 2=3", "ngram 2=3\nx 1")), "line 'x 1' below"),
    "no section": (changed(EMPTY_3), "announces 0 n-grams of order 3"),
    "no n-grams at all": (b"\\data\\\n\n\\end\\\n", "lists no words"),
    "something after the end": (changed() + b"hello\n", "line 'hello' where .end. is expected"),
    "a number with a comma": (changed(("-0.3\ta", "-0,3\ta")), "the line '-0,3 a -0.125' among"),
    "an underscore": (changed(("-0.3\ta", "-0_3\ta")), "the line '-0_3 a -0.125' among"),
    "no number": (changed(("-0.3\ta", "#\ta")), "the line '# a -0.125' among the 1-grams"),
    "not a number": (changed(("-0.3\ta", "nan\ta")), "the line 'nan a -0.125' among"),
    "above 1": (changed(("-0.3\ta", "0.3\ta")), "a probability above 1"),
    "an endless weight": (changed(("-0.125", "-inf")), "a weight that is not finite"),
    "a weight at the top": (changed(("a b", "a b\t-0.5")), "a weight, and no longer n-grams"),
    "a word not in the list": (changed(("a b", "a zz")), "'zz' in an 2-gram and not among"),
    "a context not in the list": (
        changed(
            ("ngram 2=3", "ngram 2=3\nngram 3=1"), ("\\end", "\\3-grams:\n-0.01\tb a b\n\n\\end")
        ),
        "its context .* is not",
    ),
}
OURS_ALONE = {  # what KenLM reads, and we refuse rather than guess
    "twice": (changed(("2=3", "2=4"), ("-0.2\ta b", "-0.2\ta b\n-0.7\ta b")), "is listed twice"),
    "Latin-1": (with_word("é").decode().encode("latin-1"), "which is not UTF-8"),
    "compressed": (gzip.compress(changed()), "is compressed, expected plain text"),
    "a byte 0": (with_word("a\0x"), "has a byte 0"),
    "a vertical tab": (with_word("a\vx"), "has the line '-0.3 a x -0.125'"),
}


@needs_kenlm
@pytest.mark.parametrize("name", SAME)
def test_odd_files_score_as_kenlm_says(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.arpa").write_bytes(SAME[name])
    for own, other in zip(ours(tmp_path / "a.arpa"), theirs(tmp_path / "a.arpa"), strict=True):
        assert own == pytest.approx(other, abs=1e-5)


@needs_kenlm
@pytest.mark.parametrize("word", WORDS)
def test_odd_words_stay_as_they_are(tmp_path: Path, word: str) -> None:
    (tmp_path / "a.arpa").write_bytes(with_word(word))
    assert read_arpa(tmp_path / "a.arpa", escaped=False).symbols[3] == word
    sentences = [f"{word} b", f"b {word} zz"]
    for own, other in zip(
        ours(tmp_path / "a.arpa", sentences), theirs(tmp_path / "a.arpa", sentences), strict=True
    ):
        assert own == pytest.approx(other, abs=1e-5)


@pytest.mark.parametrize("name", REFUSED | OURS_ALONE)
def test_what_does_not_fit_is_refused_by_name(tmp_path: Path, name: str) -> None:
    data, message = (REFUSED | OURS_ALONE)[name]
    (tmp_path / "a.arpa").write_bytes(data)
    with pytest.raises(ValueError, match=message):
        read_arpa(tmp_path / "a.arpa")


@needs_kenlm
@pytest.mark.parametrize("name", REFUSED)
def test_kenlm_refuses_it_too(tmp_path: Path, name: str) -> None:
    import kenlm

    (tmp_path / "a.arpa").write_bytes(REFUSED[name][0])
    with pytest.raises(OSError, match="Cannot read model"):
        kenlm.Model(str(tmp_path / "a.arpa"))


def test_a_file_without_unknown_word_names_what_it_does_not_know(tmp_path: Path) -> None:
    (tmp_path / "a.arpa").write_bytes(changed(("-1\t<unk>\n", ""), ("1=5", "1=4")))
    with pytest.raises(ValueError, match="'zz' is not among the symbols"):
        ours(tmp_path / "a.arpa")


# Symbols that are texts, blanks of all kinds among them; those that can't be written are refused.
SYMBOLS = st.lists(
    st.text(
        st.sampled_from("ab \n\t\u00a0\u2028\x85\x1c\u3000\\#-1:é👩<>"), min_size=1, max_size=4
    ),
    min_size=2,
    max_size=5,
    unique=True,
)
BACKING_OFF = st.sampled_from(
    ["mle", "interpolated", "absolute_discounting", "kneser_ney", "modified_kneser_ney"]
)
small = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@needs_kenlm
@small
@given(st.data(), SYMBOLS, st.integers(2, 5), BACKING_OFF, st.booleans())
def test_what_is_written_is_read_back_by_us_and_by_kenlm(
    tmp_path: Path, data: st.DataObject, symbols: list[str], order: int, how: str, marked: bool
) -> None:
    import kenlm

    assume(not {"<s>", "</s>", "<UNK>"} & set(symbols))
    ids = st.integers(0, len(symbols) - 1)
    tokens = data.draw(st.lists(ids, min_size=order, max_size=12))
    end = 0 if marked else None
    model = NGramModel(order, how, len(symbols)).fit([*tokens, 0])
    path = tmp_path / "a.arpa"
    write_arpa(model, path, symbols, sentence_end=end)
    back, other = read_arpa(path), kenlm.Model(str(path))
    inside = st.integers(int(marked), len(symbols) - 1)
    sentence = data.draw(st.lists(inside, max_size=8))
    expected = model.log_probabilities([0, *sentence, 0])[1:] if marked else None
    if expected is None:
        assume(sentence)
        expected = model.log_probabilities(sentence)
    texts = [symbols[token] for token in sentence]
    asked = ["<s>", *texts, "</s>"] if marked else texts
    read = back.log_probabilities(back.encode(asked))[int(marked) :]
    assert read == pytest.approx(expected, rel=1e-7, abs=1e-7)
    line = " ".join(map(escape, texts))
    scores = [row[0] * math.log(10) for row in other.full_scores(line, bos=marked, eos=marked)]
    assert len(scores) == len(expected)
    possible = np.isfinite(expected)  # to KenLM, nothing is quite impossible
    assert np.array(scores)[possible] == pytest.approx(expected[possible], abs=1e-4)
    assert (np.array(scores)[~possible] < -90 * math.log(10)).all()


@pytest.mark.parametrize(
    "symbol", ["", "a\0", "a\v", "a\f", "a\r", "a\ud800", "▁", "<UNK>", "</s>"]
)
def test_symbols_that_another_program_would_misread_are_refused(
    tmp_path: Path, symbol: str
) -> None:
    model = NGramModel(2, vocab_size=2).fit([0, 1])
    with pytest.raises(ValueError, match=r"can't be written|has a meaning of its own"):
        write_arpa(model, tmp_path / "a.arpa", ["a", symbol])
    assert not (tmp_path / "a.arpa").exists()


def test_an_order_of_which_nothing_is_left_is_read_back(tmp_path: Path) -> None:
    """Every pair stands across the end of a sentence, so no longer n-gram can be written."""
    model = NGramModel(3, "interpolated", 2).fit([0, 0, 0, 0])
    write_arpa(model, tmp_path / "a.arpa", "\na", sentence_end=0)
    assert "ngram 3=0" in (tmp_path / "a.arpa").read_text()
    back = read_arpa(tmp_path / "a.arpa")
    ids = back.encode(["<s>", "a", "</s>"])
    expected = model.log_probabilities([0, 1, 0])[1:]
    assert back.log_probabilities(ids)[1:] == pytest.approx(expected, rel=1e-7)
