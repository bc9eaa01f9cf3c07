"""ARPA files: read back, read by KenLM, and what can't be written or read."""

import importlib.util
import itertools
import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmteach.models.ngram.arpa import escape, read_arpa, unescape, write_arpa
from lmteach.models.ngram.model import NGramModel
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.characters import CharTokenizer
from lmteach.text.tokenizers.words import WordTokenizer

HAVE_KENLM = importlib.util.find_spec("kenlm") is not None
needs_kenlm = pytest.mark.skipif(
    not HAVE_KENLM and os.environ.get("LMTEACH_REQUIRE_KENLM") != "1",
    reason="kenlm is not installed, so our ARPA files were not read by it (pip install kenlm)",
)
V = 4
TOKENS = st.lists(st.integers(0, V - 1), min_size=6, max_size=60)
BACKING_OFF = st.sampled_from(
    ["mle", "interpolated", "absolute_discounting", "kneser_ney", "modified_kneser_ney"]
)
same_folder = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@same_folder
@given(TOKENS, st.integers(1, 5), BACKING_OFF)
def test_read_back_gives_the_same_scores(tmp_path: Path, tokens, order, smoothing):
    model = NGramModel(order, smoothing, V).fit(tokens)
    write_arpa(model, tmp_path / "a.arpa")
    back = read_arpa(tmp_path / "a.arpa")
    assert back.symbols == [*map(str, range(V)), "<s>", "</s>", "<unk>"]
    for context in itertools.product(range(V), repeat=min(order, 2)):
        row = back.probabilities(list(context))
        assert row[:V] == pytest.approx(model.probabilities(list(context)), rel=1e-7, abs=1e-15)
        assert row[V:].tolist() == [0, 0, 0]


@same_folder
@given(TOKENS, st.integers(1, 5), BACKING_OFF, st.lists(st.integers(1, V - 1), max_size=12))
def test_sentences_read_back_give_the_same_scores(tmp_path: Path, tokens, order, how, sentence):
    model = NGramModel(order, how, V).fit([*tokens, 0])
    write_arpa(model, tmp_path / "a.arpa", symbols="\nabc", sentence_end=0)
    back = read_arpa(tmp_path / "a.arpa")
    ours = model.log_probabilities([0, *sentence, 0])[1:]
    marked = back.encode(["<s>", *("\nabc"[token] for token in sentence), "</s>"])
    assert back.log_probabilities(marked)[1:] == pytest.approx(ours, rel=1e-7, abs=1e-7)


@same_folder
@given(TOKENS, st.integers(2, 4))
def test_without_weights_the_shorter_context_is_taken_as_it_is(tmp_path: Path, tokens, order):
    model = NGramModel(order, "kneser_ney", V).fit(tokens)
    write_arpa(model, tmp_path / "a.arpa", backoff_weights=False)
    back = read_arpa(tmp_path / "a.arpa")
    runs = {tuple(tokens[i : i + n]) for n in range(order + 1) for i in range(len(tokens) - n + 1)}
    for context in itertools.product(range(V), repeat=order - 1):
        row = back.probabilities(list(context))
        for token in range(V):
            tail = context
            while tail and (*tail, token) not in runs:
                tail = tail[1:]
            expected = model.probabilities(list(tail))[token]
            assert row[token] == pytest.approx(expected, rel=1e-7)


def test_a_file_by_hand(tmp_path: Path):
    model = NGramModel(2, "absolute_discounting", discount=0.5).fit([0, 1, 0])
    write_arpa(model, tmp_path / "a.arpa", symbols=[" ", "b"], sentence_end=1)
    # P( ) = 1.5/3 + 1/3 · 1/2, P(b) = 0.5/3 + 1/3 · 1/2; after b: 1/2 + 1/2 · 2/3
    lines = (tmp_path / "a.arpa").read_text(encoding="utf-8").splitlines()
    assert lines[:6] == [
        "\\data\\",
        "ngram 1=4",
        "ngram 2=2",
        "",
        "\\1-grams:",
        f"{math.log10(2 / 3):.9g}\t▁\t{math.log10(0.5):.9g}",
    ]
    assert float(lines[6].split()[0]) == pytest.approx(math.log10(1 / 3), rel=1e-8)
    assert lines[6].split()[1:] == ["</s>"]
    assert lines[7:] == [
        f"-99\t<s>\t{math.log10(0.5):.9g}",
        "-99\t<unk>",
        "",
        "\\2-grams:",
        f"{math.log10(0.5 + 0.5 / 3):.9g}\t▁ </s>",
        f"{math.log10(0.5 + 0.5 * 2 / 3):.9g}\t<s> ▁",
        "",
        "\\end\\",
    ]


def test_the_end_of_a_sentence_is_no_context(tmp_path: Path):
    model = NGramModel(3, vocab_size=3).fit([0, 1, 2, 0, 2, 1, 0, 1, 0])
    write_arpa(model, tmp_path / "a.arpa", symbols="\nab", sentence_end=0)
    rows = [line.split("\t") for line in (tmp_path / "a.arpa").read_text().splitlines()]
    ending = [row for row in rows if len(row) > 1 and row[1].endswith("</s>")]
    assert len(ending) == 6
    assert all(len(row) == 2 for row in ending)


def test_a_file_of_another_program(tmp_path: Path):
    path = tmp_path / "theirs.arpa"
    path.write_text(
        "made by hand\n\n\\data\\\nngram 1=4\nngram 2=2\n\n\\1-grams:\n-1.0 <unk>\n-99 <s> -0.25\n"
        "-0.5 </s>\n-0.3 hello -0.125\n\n\\2-grams:\n-0.1 <s> hello\n-0.2\thello </s>\n\\end\\\n"
    )
    model = read_arpa(path)
    scores = model.log_probabilities(model.encode(["<s>", "hello", "what", "</s>"]))
    expected = [-math.inf, -0.1, -0.125 - 1.0, -0.5]  # the log of <s> itself is minus infinity
    assert scores / math.log(10) == pytest.approx(expected)


@given(st.text(alphabet=" \n\tabc.", max_size=8))
def test_escaping_is_undone(symbol):
    assert not set(escape(symbol)) & {" ", "\n", "\t"}
    assert unescape(escape(symbol)) == symbol


@pytest.fixture(scope="module")
def texts() -> dict[str, tuple]:
    """Characters and words: tokens to count, 1,000 held-out sentences, symbols, sentence end."""
    wiki = wikipedia()
    train = wiki.train[:200_000]
    held_out = wiki.valid + wiki.test
    sentences = [part for part in held_out.replace("\n", " ").split(". ") if part][:1000]
    assert len(sentences) == 1000
    words = WordTokenizer(train, min_count=2)
    characters = CharTokenizer(wiki.train + held_out)
    found = {}
    for name, tokenizer, symbols in (
        ("characters", characters, list(characters.characters)),
        ("words", words, list(words.words)),
    ):
        coded = [tokenizer.encode(sentence) for sentence in sentences]
        found[name] = (
            np.array(tokenizer.encode(train)),
            [ids for ids in coded if ids],
            symbols,
            tokenizer.encode("\n")[0],
        )
    return found


@needs_kenlm
@pytest.mark.parametrize(
    ("order", "smoothing"),
    [
        (2, "kneser_ney"),
        (3, "interpolated"),
        (4, "kneser_ney"),
        (5, "modified_kneser_ney"),
    ],
)
@pytest.mark.parametrize("kind", ["characters", "words"])
def test_kenlm_gives_the_same_scores(tmp_path: Path, texts, kind, order, smoothing):
    import kenlm

    tokens, sentences, symbols, end = texts[kind]
    assert len(sentences) == 1000
    model = NGramModel(order, smoothing, len(symbols)).fit(tokens)
    for marked in (False, True):
        write_arpa(model, tmp_path / "a.arpa", symbols, sentence_end=end if marked else None)
        theirs = kenlm.Model(str(tmp_path / "a.arpa"))
        for ids in sentences:
            line = " ".join(escape(symbols[token]) for token in ids)
            rows = list(theirs.full_scores(line, bos=marked, eos=marked))
            ours = model.log_probabilities([end, *ids, end])[1:] if marked else None
            ours = model.log_probabilities(ids) if ours is None else ours
            assert len(rows) == len(ours)
            scores = np.array([row[0] for row in rows]) * math.log(10)
            assert np.abs(scores - ours).max() < 1e-4
            assert abs(scores.sum() - ours.sum()) < 1e-4


@needs_kenlm
@pytest.mark.parametrize("order", [2, 3, 4, 5])
@pytest.mark.parametrize("kind", ["characters", "words"])
def test_kenlm_agrees_on_a_file_without_backoff_weights(tmp_path: Path, texts, kind, order):
    import kenlm

    tokens, sentences, symbols, end = texts[kind]
    model = NGramModel(order, "kneser_ney", len(symbols)).fit(tokens)
    write_arpa(model, tmp_path / "a.arpa", symbols, sentence_end=end, backoff_weights=False)
    theirs, ours = kenlm.Model(str(tmp_path / "a.arpa")), read_arpa(tmp_path / "a.arpa")
    for ids in sentences:
        line = [symbols[token] for token in ids]
        rows = theirs.full_scores(" ".join(map(escape, line)))
        scores = np.array([row[0] for row in rows]) * math.log(10)
        marked = ours.log_probabilities(ours.encode(["<s>", *line, "</s>"]))[1:]
        assert np.abs(scores - marked).max() < 1e-4


FITTED = NGramModel(2, vocab_size=3).fit([0, 1, 2, 0])


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        (NGramModel(2), {}, "not fitted"),
        (NGramModel(2, "add_k").fit([0, 1]), {}, "an ARPA file can't say that"),
        (FITTED, {"symbols": "ab"}, "symbols has 2 entries, expected 3"),
        (FITTED, {"symbols": ["a", "b", "c\v"]}, r"symbol 'c\\x0b' can't be written"),
        (FITTED, {"symbols": ["a", "b", ""]}, "symbol '' can't be written"),
        (FITTED, {"symbols": ["a", "b", "▁"]}, "symbol '▁' can't be written"),
        (FITTED, {"symbols": ["a", "b", "a"]}, "contains the same text twice"),
        (FITTED, {"symbols": ["a", "b", "</s>"]}, "contains </s>, which has a meaning of its own"),
        (FITTED, {"sentence_end": 3}, "contains the id 3"),
    ],
)
def test_what_cannot_be_written(tmp_path: Path, model, options, message):
    with pytest.raises(ValueError, match=message):
        write_arpa(model, tmp_path / "a.arpa", **options)


WHOLE = (
    "\\data\\\nngram 1=2\nngram 2=1\n\n\\1-grams:\n-1 a\n-1 b\n\n\\2-grams:\n-0.5 a b\n\n\\end\\\n"
)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\\end\\\n", "", "may have been cut off"),
        ("ngram 1=2", "ngram 1=3", "announces 3 n-grams of order 1 and does not list them"),
        ("ngram 2=1", "ngram 2=2", "announces 2 n-grams of order 2 and does not list them"),
        ("\\2-grams:", "\\3-grams:", "announces 1 n-grams of order 2 and does not list them"),
        ("-0.5 a b", "-0.5 a", "the line '-0.5 a' among the 2-grams"),
        ("-0.5 a b", "-0.5 a c", "'c' in an 2-gram and not among the unigrams"),
        ("-1 b", "-1 a", "listed twice"),
        ("ngram 1=2", "ngram 1=1", "more 1-grams than the 1 that it announces: '-1 b'"),
    ],
)
def test_damaged_files_are_refused(tmp_path: Path, old, new, message):
    (tmp_path / "whole.arpa").write_text(WHOLE)
    assert read_arpa(tmp_path / "whole.arpa").order == 2
    (tmp_path / "damaged.arpa").write_text(WHOLE.replace(old, new))
    with pytest.raises(ValueError, match=message):
        read_arpa(tmp_path / "damaged.arpa")
