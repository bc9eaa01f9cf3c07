"""The panel of the next token: what the browser gets, what Python can read, the picture."""

import html

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from lmteach.decoding.filters import next_token_filters
from lmteach.widgets.next_token_panel.widget import NextTokenPanel
from lmteach.widgets.shared.random_numbers import uniform

NAMES = ["a", " b", "<b>", "$x$", "\n", *"cdefghijklmnopqrst"]


class Words:
    """A tokenizer of single letters: only those that are tokens by themselves."""

    vocab_size = len(NAMES)

    def encode(self, text):
        return [NAMES.index(letter) for letter in text if letter in NAMES]

    def decode(self, ids):
        return "".join(NAMES[i] for i in ids)


def predict(ids):
    """Logits that depend on all ids."""
    if 5 in ids:
        raise ValueError("This model has never seen a c.")
    generator = torch.Generator().manual_seed(hash(tuple(ids)) % 2**31)
    return 2 * torch.randn(len(NAMES), generator=generator)


def panel(**options):
    return NextTokenPanel(predict, Words(), "aa", **({"examples": ["ad", "e"]} | options))


def expected(ids, temperature=1.0, top_k=None, top_p=None):
    logits = predict(ids)[None].double()
    kept = next_token_filters(logits, torch.tensor([ids]), temperature, top_k, top_p)
    return kept.softmax(-1)[0].numpy()


def test_the_browser_gets_names_numbers_and_the_logits_of_every_example():
    made = panel(seed=3)
    state = made.get_state()
    assert state["tokens"] == NAMES
    assert state["numbers"][:3] == [uniform(3, place) for place in range(3)]
    assert set(state["recorded"]) == {"aa", "ad", "e"}
    for text, ids in {"aa": [0, 0], "ad": [0, 6], "e": [7]}.items():
        sent = np.frombuffer(made.recorded[text]["logits"], "<f4")
        assert np.array_equal(sent, predict(ids).numpy())


def test_chances_follow_the_sliders():
    made = panel()
    np.testing.assert_allclose(made.chances, expected([0, 0]), rtol=0, atol=1e-12)
    made.temperature, made.top_k, made.top_p = 0.7, 6, 0.8
    np.testing.assert_allclose(made.chances, expected([0, 0], 0.7, 6, 0.8), rtol=0, atol=1e-12)
    assert 1 < (made.chances > 0).sum() < 6
    made.text = "ad"
    np.testing.assert_allclose(made.chances, expected([0, 6], 0.7, 6, 0.8), rtol=0, atol=1e-12)


def test_python_answers_what_was_not_asked_before():
    asked = []

    def watched(ids):
        asked.append(ids)
        return predict(ids)

    made = NextTokenPanel(watched, Words(), "aa")
    made.added = [1, 6]
    np.testing.assert_allclose(made.chances, expected([0, 0, 1, 6]), rtol=0, atol=1e-12)
    assert (made.answer["text"], made.answer["added"]) == ("aa", [1, 6])
    with made.hold_trait_notifications():
        made.text, made.added = "d", []
    assert asked == [[0, 0], [0, 0, 1, 6], [6]]
    made.text = "aa"
    assert len(asked) == 3  # it is recorded
    np.testing.assert_allclose(made.chances, expected([0, 0]), rtol=0, atol=1e-12)


@pytest.mark.parametrize(("text", "words"), [("c", "never seen a c"), ("", "nothing to continue")])
def test_what_the_model_cannot_read_becomes_a_sentence(text, words):
    made = panel()
    made.text = text
    assert words in made.answer["message"]
    assert made.logits is None
    assert made.chances is None
    assert words in made.alt
    figure = made.picture()
    assert words in figure.axes[0].texts[0].get_text()
    plt.close(figure)
    with pytest.raises(ValueError, match=words):
        NextTokenPanel(predict, Words(), text)


def test_the_picture_has_both_bars_of_the_likeliest():
    made = panel(top_k=3)
    figure = made.picture()
    own, now = (
        [bar.get_width() for bar in container] for container in figure.axes[0].containers[:2]
    )
    order = np.argsort(-expected([0, 0]))[:16]
    np.testing.assert_allclose(own, expected([0, 0])[order], rtol=1e-5)
    np.testing.assert_allclose(now, expected([0, 0], top_k=3)[order], rtol=0, atol=1e-12)
    labels = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert labels == [NAMES[i].replace(" ", "␣").replace("\n", "⏎") for i in order]
    figure.canvas.draw()  # a "$" in a token is no formula
    plt.close(figure)


def test_words_say_what_stays():
    made = NextTokenPanel(lambda ids: np.log([0.5, 0.3, 0.2] + [1e-9] * 20), Words(), "a", top_k=2)
    assert ": a 50.0%, then 62.5%, space b 30.0%, then 37.5%, <b> 20.0%, then cut" in made.alt
    assert "temperature 1.00, top-k 2, top-p off" in made.alt
    assert "2 of 23 tokens stay, to which the model gave 80.0%" in made.alt
    assert "as if evenly among 1.9." in made.alt
    data, _ = made._repr_mimebundle_()
    assert f'alt="{html.escape(made.alt)}"' in data["text/html"]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("temperature", 0.0, r"temperature is 0.0, expected 0\.1 to 10"),
        ("temperature", float("nan"), "temperature is nan"),
        ("top_k", -1, "top-k is -1"),
        ("top_p", 0.0, "top-p is 0.0"),
        ("top_p", 1.2, "top-p is 1.2"),
    ],
)
def test_sliders_stay_where_they_are(name, value, words):
    with pytest.raises(ValueError, match=words):
        setattr(panel(), name, value)


@pytest.mark.parametrize("answer", [[1.0, 2.0], [[0.0] * len(NAMES)], [float("nan")] * len(NAMES)])
def test_answers_that_are_no_logits(answer):
    with pytest.raises(ValueError, match="expected a row of finite logits, one for each of the 23"):
        NextTokenPanel(lambda ids: answer, Words(), "a")
