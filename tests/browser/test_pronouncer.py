"""The pronouncer in a real JupyterLab: words typed, answered by Python, drawn; and no words."""

import pytest
from playwright.sync_api import Page, expect

from lmteach.widgets.base import module
from tests.browser.lab import Lab

MAKE = """import torch
from lmteach.decoding.translating import Pronouncer
from lmteach.models.seq2seq.model import EncoderDecoder
from lmteach.text.tokenizers.vocabulary import Vocabulary
from lmteach.widgets.pronouncer import PronouncerPanel

letters, phonemes = Vocabulary("abcdefghij'"), Vocabulary(["K", "AE", "T", "S"])
torch.manual_seed(2)
model = EncoderDecoder(len(letters), len(phonemes), 8, attention=True)
PronouncerPanel(Pronouncer(model, letters, phonemes, longest=12), "cab")"""


@pytest.fixture
def panel(lab: Lab, page: Page) -> Page:
    lab.show(page, "pronouncer.ipynb", MAKE)
    page.get_by_role("region", name="pronouncer").wait_for()
    return page


def test_words_are_typed_and_answered(panel: Page) -> None:
    says, line = panel.locator(".says"), panel.get_by_label("Type a word")
    expect(says).to_contain_text("cab:")
    line.fill("Deface")
    line.press("Enter")
    expect(says).to_contain_text("deface:")
    letters = panel.locator(".pronounced text:not(.sound)")
    expect(letters).to_have_text(list("deface"))
    sounds = panel.locator(".pronounced text.sound").all_text_contents()
    expect(says).to_have_text(f"deface: {' '.join(sounds)}")
    assert panel.locator(".pronounced line").count() >= len(sounds)
    name = panel.locator(".pronounced").get_attribute("aria-label") or ""
    assert name.startswith("Where the model looked: ")
    assert name.count(" from ") == len(sounds)
    line.fill("bee")
    panel.get_by_role("button", name="Pronounce").press("Enter")
    expect(says).to_contain_text("bee:")


def test_what_is_no_word_gets_a_sentence(panel: Page) -> None:
    says, line = panel.locator(".says"), panel.get_by_label("Type a word")
    for typed, sentence in (
        ("b<b>zoo</b>", "No word to learn from had '<' or '>'"),
        ("", "There is no word to pronounce: type at least one letter."),
        ("a" * 13, "That word has 13 letters."),
    ):
        line.fill(typed)
        line.press("Enter")
        expect(says).to_contain_text(sentence)
        expect(panel.locator(".pronounced")).to_be_hidden()
    assert panel.locator(".lmteach b").count() == 0
    line.fill("cab")
    line.press("Enter")
    expect(says).to_contain_text("cab:")
    expect(panel.locator(".pronounced")).to_be_visible()


def test_letters_reach_the_line_and_not_the_notebook(panel: Page) -> None:
    line = panel.get_by_label("Type a word")
    line.focus()
    panel.keyboard.press("End")
    panel.keyboard.type("aabb")  # a and b are JupyterLab's keys for new cells
    expect(line).to_have_value("cabaabb")
    assert panel.locator(".jp-Notebook .jp-CodeCell").count() == 1


def test_lines_and_words_by_hand(module_page: Page) -> None:
    found = module_page.evaluate(
        """async (text) => { const { inWords, lines, middles } = await load(text);
          const weights = [[0.97, 0.03, 0], [0, 0.02, 0.98]];
          return [inWords({ word: "abc", sounds: ["K", "AE"], weights }), lines(weights),
            middles(2, 3)]; }""",
        module("pronouncer.js"),
    )
    assert found[0] == "K from a, AE from c"
    assert found[1] == [[0, 0, 0.97], [0, 1, 0.03], [1, 2, 0.98]]
    assert found[2] == [84, 148]
