"""Our Viterbi with jieba's parameters cuts as jieba.finalseg does, word for word."""

import importlib
import random
import re
import warnings

import numpy as np
import pytest

from lmteach.models.hmm.jieba import NEVER, TAGS, cut_run, jieba_scores, segment
from lmteach.text.corpora.chinese_words import chinese_words
from lmteach.text.corpora.dialogues import dialogues

HAN = re.compile("[\u4e00-\u9fd5]+")


@pytest.fixture(scope="module")
def finalseg():
    """jieba's own, whose import may warn of old escapes and of pkg_resources."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", UserWarning)
        return importlib.import_module("jieba.finalseg")


def test_every_run_of_chinese_in_the_dialogues_is_cut_as_jieba_cuts_it(finalseg):
    lines = [line for talk in dialogues("chinese") for line in talk]
    runs = sorted({run for line in lines for run in HAN.findall(line)})
    assert len(runs) > 300
    assert [cut_run(run, jieba_scores()) for run in runs] == [
        list(finalseg.cut(run)) for run in runs
    ]
    assert [segment(line) for line in lines] == [list(finalseg.cut(line)) for line in lines]


def test_two_thousand_long_entries_of_the_dictionary_are_cut_as_jieba_cuts_them(finalseg):
    long = [word for word in chinese_words() if len(word) >= 4]
    sample = random.Random(0).sample(long, 2000)
    assert [segment(word) for word in sample] == [list(finalseg.cut(word)) for word in sample]


def test_unknown_characters_are_cut_as_jieba_cuts_them(finalseg):
    strange = [
        chr(code) for code in range(0x4E00, 0x9FD5) if chr(code) not in jieba_scores().emission
    ]
    rng = random.Random(1)
    known = list(jieba_scores().emission)
    for _ in range(300):
        text = "".join(rng.choice(strange if rng.random() < 0.4 else known) for _ in range(9))
        assert segment(text) == list(finalseg.cut(text))


def test_the_parameters_are_jiebas_own(finalseg):
    scores = jieba_scores()
    for state, tag in enumerate(TAGS):
        assert scores.initial[state] == finalseg.start_P[tag]
        for character, of_tags in scores.emission.items():
            assert of_tags[state] == finalseg.emit_P[tag].get(character, NEVER)
    allowed = {tag: set(finalseg.PrevStatus[tag]) for tag in TAGS}
    possible = np.isfinite(scores.transition)
    for state, tag in enumerate(TAGS):
        assert {TAGS[before] for before in np.flatnonzero(possible[:, state])} == allowed[tag]


def test_they_are_scores_and_not_probabilities():
    table = np.array(list(jieba_scores().emission.values()))
    sums = np.exp(table).sum(axis=0)
    assert sums.min() > 1.15
    assert sums.max() < 1.36


def test_joined_the_words_are_the_text():
    for talk in dialogues("chinese"):
        for line in talk:
            assert "".join(segment(line)) == line
    assert segment("") == []
    assert segment("Python 3.11。") == ["Python", " ", "3.11", "。"]


def test_an_empty_run_is_refused():
    with pytest.raises(ValueError, match="text is empty, expected at least one character"):
        cut_run("", jieba_scores())
