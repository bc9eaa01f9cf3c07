"""What both sides say of a hidden token: columns, ranks, the picture, what is refused."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.evaluation.blanks import filler
from lmteach.models.ngram.both_sides import between
from lmteach.models.ngram.model import NGramModel
from lmteach.text.tokenizers.characters import CharTokenizer
from lmteach.training.trained_bert import trained_bert
from lmteach.training.trained_gpt import trained_gpt
from lmteach.widgets.fill_in.widget import CHOOSE, INTERRUPTED, FillIn

LETTERS = CharTokenizer("abc $<")


def left(ids, place):
    if ids[0] == LETTERS.encode("c")[0]:
        raise ValueError("A sentence can't begin with c.")
    return np.array([0.3, 0.25, 0.2, 0.15, 0.06, 0.04])


def both(ids, place):
    return np.roll(left(ids, place), place)


def panel(**changes):
    given = {"left": left, "both": both, "tokenizer": LETTERS, "text": "ab<", "place": 1}
    return FillIn(**(given | changes))


def named(probabilities):
    order = np.argsort(-probabilities, kind="stable")[:5]
    return [(LETTERS.decode([i]), probabilities[i]) for i in order]


@given(st.integers(0, 2))
def test_columns_are_what_the_models_say(place):
    made = panel(place=place)
    ids = LETTERS.encode("ab<")
    assert made.answer["tokens"] == ["a", "b", "<"]
    for column, says in zip(made.answer["columns"], (left, both), strict=True):
        said = says(ids, place)
        assert column["likeliest"] == named(said)
        assert column["chance"] == said[ids[place]]
        assert column["rank"] == sorted(said, reverse=True).index(said[ids[place]]) + 1


def test_places_and_texts_are_asked_once_each():
    asked = []

    def watched(ids, place):
        asked.append((ids, place))
        return left(ids, place)

    made = panel(left=watched)
    made.place = 2
    assert made.answer["columns"][0]["chance"] == left([0], 2)[LETTERS.encode("<")[0]]
    with made.hold_trait_notifications():
        made.text, made.place = "ba", None
    assert (made.answer["tokens"], made.answer["columns"]) == (["b", "a"], [])
    made.place = 0
    ids = LETTERS.encode("ab<")
    assert asked == [(ids, 1), (ids, 2), (LETTERS.encode("ba"), 0)]


def test_the_middle_is_hidden_if_no_place_is_given():
    assert panel(place=None).place == 1
    assert panel(place=None, text="a").place == 0


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", None, "The sentence is empty: type at least one word."),
        ("a" * 61, None, "The sentence has 61 tokens, expected at most 60: shorten it."),
        ("caa", 1, "A sentence can't begin with c."),
        ("ab", 2, "place is 2, expected 0 to 1, a token's number."),
    ],
)
def test_what_cannot_be_asked_becomes_a_sentence(text, place, words):
    made = panel()
    with made.hold_trait_notifications():
        made.text, made.place = text, place
    assert made.answer["message"] == words
    assert made.answer["columns"] == []
    assert words in made.alt
    figure = made.picture()
    assert figure.axes[0].texts[0].get_text() == words
    plt.close(figure)
    if place is not None:
        with pytest.raises(ValueError, match=words):
            panel(text=text, place=place)


def test_an_interrupt_leaves_the_sentence_and_the_token_can_be_chosen_again():
    impatient = [KeyboardInterrupt]

    def slow(ids, place):
        if place == 2 and impatient:
            raise impatient.pop()
        return left(ids, place)

    made = panel(both=slow)
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        made.place = 2
    assert (made.place, made.answer["message"]) == (None, INTERRUPTED)
    assert made.answer["tokens"] == ["a", "b", "<"]
    made.place = 2
    assert (made.answer["message"], len(made.answer["columns"])) == ("", 2)


def test_the_picture_and_its_words():
    made = panel(text="a$<", names=("counts", "$both$"))
    figure = made.picture()
    assert figure.get_suptitle() == "a____<   (hidden: $)"
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "counts: rank 2, 25.00%",
        "$both$: rank 1, 30.00%",
    ]
    widths = [bar.get_width() for bar in figure.axes[1].containers[0]]
    assert widths == pytest.approx([0.3, 0.25, 0.2, 0.15, 0.06])
    plt.close(figure)
    assert "“a____<”" in made.alt
    assert "counts: $ has rank 2, 25.00%; likeliest: space 30.0%, $ 25.0%, < 20.0%" in made.alt
    made.place = None
    assert made.alt.endswith(CHOOSE)


def test_tokens_that_are_all_alike_have_no_rank():
    made = panel(left=lambda ids, place: np.full(6, 1 / 6))
    assert made.answer["columns"][0]["rank"] is None
    assert "b has no rank, for all are alike, 16.67%" in made.alt


def test_models_of_the_package_fit():
    """A GPT and a BERT as they come, and counts."""
    (gpt, tokenizer), (bert, _) = trained_gpt(), trained_bert()
    text, place = "The first world war ended in 1918.", 2
    ids = tokenizer.encode(text)
    counts = NGramModel(3, "modified_kneser_ney", vocab_size=tokenizer.vocab_size).fit(ids * 3)

    def counted(ids, place):
        return between(counts, ids[:place], ids[place + 1 :])

    for way in (filler(gpt), filler(bert), counted):
        column = FillIn(way, way, tokenizer, text, place).answer["columns"][0]
        assert column["chance"] == way(ids, place)[ids[place]]
    left, both = FillIn(filler(gpt), filler(bert), tokenizer, text, place).answer["columns"]
    assert both["likeliest"] != left["likeliest"]


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"place": 3}, "place is 3, expected 0 to 2"),
        ({"place": -1}, "place is -1"),
        ({"names": ("one",)}, r"names is \('one',\), expected two"),
        ({"names": "ab"}, "names is 'ab', expected two"),
        ({"examples": "ab"}, "expected a list of at most 8 sentences"),
        ({"examples": ["ab"] * 9}, "there are 9 examples"),
        ({"left": lambda ids, place: np.ones(6)}, "'the left alone' says sums to 6, expected 1"),
        ({"both": lambda ids, place: np.ones(3) / 3}, r"'both sides' says has shape \(3,\)"),
        ({"both": lambda ids, place: None}, "'both sides' says is of type object"),
    ],
)
def test_what_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        panel(**changes)
