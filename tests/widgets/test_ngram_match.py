"""A candidate against a reference: what is counted, the picture, and what is refused."""

import html

import matplotlib.pyplot as plt
import pytest
import sacrebleu
from rouge_score.rouge_scorer import RougeScorer

from lmteach.widgets.ngram_match.widget import Matches, NGramMatch
from tests.evaluation.pairs import random_pairs

SAT, MAT = "the cat sat on the mat", "the cat is on the mat"


def test_counts_by_hand() -> None:
    widget = NGramMatch(SAT, MAT)
    assert widget.matches == [
        Matches(5, 6, 6),
        Matches(3, 5, 5),
        Matches(1, 4, 4),
        Matches(0, 3, 3),
    ]
    assert widget.scores["BLEU"] == 0
    assert widget.scores["BP"] == 1
    clipped = NGramMatch("the the the the the the the", MAT)
    assert clipped.matches[0] == Matches(2, 7, 6)
    widget.set_state({"unit": "characters", "candidate": "猫喜欢我", "reference": "我喜欢猫"})
    assert widget.matches[1] == Matches(1, 3, 3)
    assert widget.scores["ROUGE-L"] == 0.5


def test_scores_are_those_of_the_standard_tools() -> None:
    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"])
    some = 0
    for pair in random_pairs(count=200):
        candidate, reference = (text.rstrip() for text in pair)  # as sacreBLEU does by itself
        scores = NGramMatch(candidate, reference).scores
        theirs = scorer.score(target=reference, prediction=candidate)
        names = {"ROUGE-1": "rouge1", "ROUGE-2": "rouge2", "ROUGE-L": "rougeL"}
        for name, other in names.items():
            assert scores[name] == pytest.approx(theirs[other].fmeasure, abs=1e-9)
        standard = sacrebleu.corpus_bleu([candidate], [[reference]], smooth_method="none").score
        assert 100 * scores["BLEU"] == pytest.approx(standard, abs=1e-9)
        some += scores["BLEU"] > 0
    assert some > 20


def test_a_precision_is_a_share() -> None:
    assert Matches(3, 4, 9).precision == 0.75
    assert Matches(0, 0, 9).precision == 0


def test_picture_and_words_show_the_same() -> None:
    widget = NGramMatch("the $cat$ sat on the mat today " + "x " * 40, MAT)
    figure = widget.picture()
    heights = [bar.get_height() for bar in figure.axes[0].patches]
    precisions = [one.precision for one in widget.matches]
    assert heights == pytest.approx([*precisions, *widget.scores.values()])
    assert "candidate: the $cat$ sat" in figure.axes[0].get_title("left")
    figure.canvas.draw()
    plt.close(figure)
    first = widget.matches[0]
    assert f"{first.right} of {first.said}" in widget.alt
    assert f"ROUGE-L {widget.scores['ROUGE-L']:.2f}" in widget.alt
    assert "…" in widget.alt
    data, _ = widget._repr_mimebundle_()
    assert f'alt="{html.escape(widget.alt)}"' in data["text/html"]


def test_nothing_at_all() -> None:
    widget = NGramMatch("", "")
    plt.close(widget.picture())
    assert widget.matches == [Matches(0, 0, 0)] * 4
    assert set(widget.scores.values()) == {0.0}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"candidate": "a" * 401}, "candidate has 401 characters, expected at most 400"),
        ({"reference": "a" * 401}, "reference has 401 characters, expected at most 400"),
        ({"unit": "letters"}, "unit is 'letters', expected one of 'words', 'characters'"),
        ({"n": 0}, "n is 0, expected 1 to 4"),
        ({"n": 5}, "n is 5, expected 1 to 4"),
    ],
)
def test_what_can_not_be_shown(changed: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        NGramMatch(**{"candidate": SAT, "reference": MAT, **changed})  # type: ignore[arg-type]
