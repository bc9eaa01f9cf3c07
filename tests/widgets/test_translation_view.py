"""The translation view: answers for texts, sentences for what can't be read, picture and words."""

import functools

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from lmteach.decoding.translating import TextTranslator
from lmteach.decoding.watched_translation import WatchedTranslation, watch_translation
from lmteach.models.transformer.layers import TransformerConfig
from lmteach.models.transformer.translator import Translator
from lmteach.text.tokenizers.vocabulary import Vocabulary
from lmteach.widgets.translation_view import MAPS, TranslationView

torch.manual_seed(3)
LETTERS, DIGITS = Vocabulary("12 Maybe"), Vocabulary("12年月日")
MODEL = Translator(len(LETTERS), len(DIGITS), TransformerConfig(8, 2, 16, 3))
TRANSLATOR = TextTranslator(MODEL, LETTERS, DIGITS, longest=9)
EXAMPLES = ["1 May 2", "May 12"]


@functools.cache
def watch(text: str) -> WatchedTranslation:
    return watch_translation(TRANSLATOR, text)


def view(text: str = "May 1", **options: int) -> TranslationView:
    return TranslationView(watch, text, EXAMPLES, prompt="Type a date", **options)


def unpacked(answer: dict, name: str, watched: WatchedTranslation) -> np.ndarray:
    return np.frombuffer(answer[name], "<u2").reshape(getattr(watched, name).shape) / 65535


def test_a_text_from_the_browser_is_answered() -> None:
    own = view()
    own.set_state({"text": " 2 May ", "step": 0, "letter": -1})  # what the browser sends
    expected = watch("2 May")
    assert own.answer["typed"] == " 2 May "
    assert (own.answer["message"], own.step) == ("", 0)
    assert own.answer["source"] == list("2 May")
    assert own.answer["target"] == list(expected.target)
    assert own.answer["inputs"] == ["<start>", *expected.target[:-1]]
    assert own.answer["probabilities"] == list(expected.probabilities)
    assert own.answer["choices"][0] == [list(choice) for choice in expected.choices[0]]
    for name in MAPS:
        found = unpacked(own.answer, name, expected)
        np.testing.assert_allclose(found, getattr(expected, name), rtol=0, atol=0.51 / 65535)
    np.testing.assert_array_equal(own.watched.cross, expected.cross)


def test_examples_and_the_first_text_are_recorded_and_not_translated_again() -> None:
    asked = []

    def counting(text: str) -> WatchedTranslation:
        asked.append(text)
        return watch(text)

    own = TranslationView(counting, "May 1", EXAMPLES)
    assert asked == ["May 1", *EXAMPLES]
    assert list(own.recorded) == asked
    for text in EXAMPLES:
        own.set_state({"text": text, "step": 0})
        assert own.watched.source == tuple(text)
    assert len(asked) == 3
    assert own.answer == {}
    own.text = "May 2"
    assert asked[3:] == ["May 2"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "type at least one letter"),
        ("5 May", "No text to learn from had '5'"),
        ("<b>", "No text to learn from had '<' or '>'"),
        ("May " * 3, "That text has 11 letters"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence_and_then_it_goes_on(text: str, sentence: str) -> None:
    own = view()
    before = own.weights("cross")
    own.set_state({"text": text, "step": 0, "letter": -1})
    assert sentence in own.answer["message"]
    assert own.watched is None
    assert sentence in own.alt
    figure = own.picture()
    assert sentence in figure.axes[0].texts[0].get_text()
    plt.close(figure)
    with pytest.raises(ValueError, match="there is no map 'cross'"):
        own.weights("cross")
    own.set_state({"text": "May 1"})
    np.testing.assert_array_equal(own.weights("cross"), before)


def test_heads_and_their_mean() -> None:
    own, expected = view(), watch("May 1")
    assert (own.layer, own.head, own.step) == (2, -1, len(expected.target))
    for name in MAPS:
        np.testing.assert_allclose(own.weights(name), getattr(expected, name)[2].mean(axis=0))
    own.layer, own.head = 0, 1
    np.testing.assert_array_equal(own.weights("decoder"), expected.decoder[0, 1])
    with pytest.raises(ValueError, match="there is no map 'memory'"):
        own.weights("memory")


def test_picture_and_words_say_the_same() -> None:
    own, expected = view(layer=1, head=0), watch("May 1")
    answer = "".join(expected.target[:-1])
    figure = own.picture()
    assert figure.get_suptitle() == f"May 1 → {answer}   (layer 1, head 0)"
    maps = {axes.get_title(loc="left") or axes.get_title(): axes for axes in figure.axes}
    for name, title in MAPS.items():
        np.testing.assert_array_equal(maps[title].images[0].get_array(), own.weights(name))
    written = [label.get_text() for label in maps[MAPS["decoder"]].get_yticklabels()]
    went_in = [label.get_text() for label in maps[MAPS["decoder"]].get_xticklabels()]
    assert written == [*answer, "■"]
    assert went_in == ["▸", *answer]
    figure.canvas.draw()
    plt.close(figure)
    assert f"“May 1” becomes “{answer}”" in own.alt
    row = expected.cross[1, 0, 0]
    place = row.argmax()
    letter = "space" if place == 3 else "May 1"[place]
    assert f"{expected.target[0]} at {letter} ({place}, {row.max():.0%})" in own.alt
    assert "end at" in own.alt


def test_symbols_of_several_letters_stay_apart() -> None:
    one = np.full((1, 1, 3, 3), 1 / 3)
    sounds = ("K", "AE", "<end>")
    own = TranslationView(
        lambda text: WatchedTranslation(tuple(text), sounds, (1.0,) * 3, ((),) * 3, one, one, one),
        "cat",
    )
    assert "“cat” becomes “K AE”" in own.alt


def test_script_and_style_come_with_it() -> None:
    state = view().get_state()
    assert state["_esm"].count("export default { render };") == 1
    assert ".translation" in state["_css"]
    assert ".attention" in state["_css"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"layer": 3}, "layer is 3, expected 0 to 2"),
        ({"head": -2}, "head is -2, expected -1 to 1"),
        ({"step": -1}, "step is -1, expected 0 to"),
        ({"step": 99}, "step is 99, expected 0 to"),
        ({"letter": 5}, "letter is 5, expected -1 to 4"),
    ],
)
def test_what_is_not_there_cannot_be_chosen(change: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        view(**change)
    own = view()
    [(name, value)] = change.items()
    with pytest.raises(ValueError, match=message):
        setattr(own, name, value)


def test_bad_texts_at_the_start() -> None:
    with pytest.raises(ValueError, match="No text to learn from had '5'"):
        TranslationView(watch, "5 May")
    with pytest.raises(ValueError, match="No text to learn from had 'J'"):
        TranslationView(watch, "May 1", ["1 Jay"])
    long = np.full((1, 1, 41, 41), 1 / 41)
    with pytest.raises(
        ValueError, match="There are 41 letters and 41 symbols, expected at most 40"
    ):
        TranslationView(
            lambda text: WatchedTranslation(
                tuple(41 * "a"), tuple(41 * "b"), (1.0,) * 41, ((),) * 41, long, long, long
            ),
            "a",
        )
