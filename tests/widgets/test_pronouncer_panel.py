"""The pronouncer panel: answers for words, sentences for what is none, picture and words."""

import matplotlib.pyplot as plt
import pytest
import torch

from lmteach.decoding.translating import Pronouncer
from lmteach.models.seq2seq.model import EncoderDecoder
from lmteach.text.tokenizers.vocabulary import Vocabulary
from lmteach.widgets.pronouncer_panel.widget import EXAMPLES, PronouncerPanel


def pronouncer(attention: bool = True) -> Pronouncer:
    torch.manual_seed(2)
    letters, phonemes = Vocabulary("abcdefghij'"), Vocabulary(["K", "AE", "T", "S"])
    model = EncoderDecoder(len(letters), len(phonemes), 8, attention)
    return Pronouncer(model, letters, phonemes, longest=12)


def test_a_word_from_the_browser_is_answered() -> None:
    own = pronouncer()
    panel = PronouncerPanel(own, "cab", width=2)
    panel.set_state({"word": "  Bead"})  # what a message from the browser does
    answer = panel.answer
    [sounds] = own.pronounce(["bead"], width=2)
    assert (answer["word"], answer["sounds"], answer["message"]) == ("bead", list(sounds), "")
    assert answer["weights"] == own.align("bead", sounds).round(4).tolist()
    assert [len(row) for row in answer["weights"]] == [4] * len(sounds)


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("", "There is no word to pronounce"),
        ("   ", "type at least one letter"),
        ("bé", "No word to learn from had 'é'"),
        ("bad cab", "No word to learn from had ' '"),
        ("<b>", "No word to learn from had '<' or '>'"),
        ("a" * 13, "That word has 13 letters"),
    ],
)
def test_what_is_no_word_gets_a_sentence_and_then_it_goes_on(word: str, sentence: str) -> None:
    panel = PronouncerPanel(pronouncer(), "cab")
    before = panel.answer
    panel.set_state({"word": word})
    assert sentence in panel.answer["message"]
    assert (panel.answer["sounds"], panel.answer["weights"]) == ([], [])
    assert sentence in panel.alt
    figure = panel.picture()
    assert sentence in figure.axes[0].texts[0].get_text()
    plt.close(figure)
    panel.word = "cab"
    assert panel.answer == before


def test_picture_and_words_say_the_same() -> None:
    panel = PronouncerPanel(pronouncer(), "deface")
    figure, sounds = panel.picture(), panel.answer["sounds"]
    assert [text.get_text() for text in figure.axes[0].texts] == [*"deface", *sounds]
    assert f"“deface” above its pronunciation by the model, {' '.join(sounds)}," in panel.alt
    first = panel.answer["weights"][0]
    assert f"{sounds[0]} at {'deface'[first.index(max(first))]}" in panel.alt
    plt.close(figure)


def test_without_attention_there_are_sounds_and_no_lines() -> None:
    panel = PronouncerPanel(pronouncer(attention=False), "cab")
    assert panel.answer["sounds"]
    assert "looked most" not in panel.alt
    figure = panel.picture()
    assert len(figure.axes[0].lines) == 0
    plt.close(figure)


def test_every_phoneme_of_the_dictionary_has_an_example() -> None:
    from lmteach.text.corpora.pronunciations import pronunciations

    found = pronunciations()
    said = {sound for variants in found.train.values() for sounds in variants for sound in sounds}
    assert set(EXAMPLES) == said
    every = found.train | found.valid | found.test
    for sound, word in EXAMPLES.items():
        assert any(sound in sounds for sounds in every[word.lower()])


def test_bad_settings() -> None:
    with pytest.raises(ValueError, match="width is 0"):
        PronouncerPanel(pronouncer(), "cab", width=0)
    with pytest.raises(ValueError, match="No word to learn from"):
        PronouncerPanel(pronouncer(), "zoo")
