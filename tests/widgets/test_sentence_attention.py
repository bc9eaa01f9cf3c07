"""Attention over a typed sentence: what is sent to the browser, and what can't be looked at."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lmteach.models.bert.minilm import minilm
from lmteach.models.transformer.attention_maps import watch_attention
from lmteach.widgets.attention_view.widget import AttentionView
from lmteach.widgets.sentence_attention.widget import SentenceAttention


def look(sentence):
    """Two layers of three heads, whose weights are known for each number of words."""
    words = sentence.split()
    if "unreadable" in words:
        raise ValueError("I can't read “unreadable”.")
    scores = np.arange(6 * len(words) ** 2, dtype=float).reshape(2, 3, len(words), -1) % 7
    powers = np.exp(scores)
    return words, powers / powers.sum(axis=-1, keepdims=True)


def floats(view):
    return np.frombuffer(view._scores, dtype="<f4").reshape(view.scores.shape)


@pytest.mark.parametrize("sentence", ["we are three", "and here we have five"])
def test_a_typed_sentence_takes_the_place_of_the_first(sentence):
    view = SentenceAttention(look, "it is so", layer=1, head=2, token=2, temperature=2.0)
    view.set_state({"sentence": sentence})  # what a message from the browser does
    words, weights = look(sentence)
    assert view.answer == {"typed": sentence, "message": ""}
    assert view.query_tokens == view.key_tokens == words
    assert (view.layer, view.head, view.token, view.temperature) == (1, 2, -1, 2.0)
    np.testing.assert_allclose(np.exp(floats(view)), weights, rtol=1e-6)
    expected = weights[1, 2] ** 0.5 / (weights[1, 2] ** 0.5).sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(view.weights, expected, rtol=1e-12)
    assert len(view._kinds) == len(words) ** 2


def test_it_shows_what_an_attention_view_of_the_same_weights_shows():
    words, weights = look("the same for both")
    plain = AttentionView.of_weights(weights, words).get_state()
    state = SentenceAttention(look, "the same for both").get_state()
    own = {"sentence", "answer"}
    texts = {"_esm", "_css", "layout", "_anywidget_id", "_view_count", "_still"}
    assert {name: state[name] for name in plain.keys() - texts} == {
        name: plain[name] for name in plain.keys() - texts
    }
    assert own <= state.keys()


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        ("", "There is nothing to look at"),
        ("   ", "type a sentence"),
        ("this is unreadable", "I can't read “unreadable”"),
        ("word " * 41, "expected at most 40 tokens"),
    ],
)
def test_what_cant_be_shown_gets_a_sentence_and_then_it_goes_on(sentence, message):
    view = SentenceAttention(look, "it is so")
    before = floats(view).copy()
    view.set_state({"sentence": sentence})
    assert message in view.answer["message"]
    assert view.answer["typed"] == sentence
    assert view.query_tokens == ["it", "is", "so"]
    np.testing.assert_array_equal(floats(view), before)
    view.sentence = "now it works"
    assert view.answer["message"] == ""
    assert view.query_tokens == ["now", "it", "works"]
    with pytest.raises(ValueError, match=message):
        SentenceAttention(look, sentence)


def test_picture_and_words_are_those_of_the_last_sentence():
    view = SentenceAttention(look, "it is so")
    view.sentence = "two words"
    figure = view.picture()
    [axes, _] = figure.axes  # the head, and its scale of colours
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["two", "words"]
    np.testing.assert_allclose(axes.images[0].get_array(), view.weights)
    assert "two at " in view.alt
    plt.close(figure)


def test_every_head_of_a_real_model():
    encoder = minilm()

    def heads(sentence):
        ids, mask = encoder.read([sentence])
        with watch_attention(encoder) as maps:
            encoder(ids, mask)
        return encoder.tokens(ids[0]), [weights[0] for weights in maps.values()]

    view = SentenceAttention(heads, "A cat sleeps.")
    view.sentence = "Cats purr"
    assert view.query_tokens == ["[CLS]", "cats", "pu", "##rr", "[SEP]"]
    assert view.scores.shape == (6, 12, 5, 5)
    np.testing.assert_allclose(view.weights.sum(axis=-1), 1, atol=1e-6)


def test_it_brings_the_attention_view_along() -> None:
    state = SentenceAttention(look, "it is so").get_state()
    assert "function showAttention(" in state["_esm"]
    assert ".attention .stage" in state["_css"]
