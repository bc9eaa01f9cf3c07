"""Tokens in the browser: the same as Python's, merge by merge, by keyboard and for any text."""

import pytest
from playwright.sync_api import Page, expect

from lmteach.text.corpora.dialogues import dialogues
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.bpe import BPETokenizer
from lmteach.widgets.base import module
from lmteach.widgets.token_view import legible
from tests.browser.lab import Lab, expect_in_python, milliseconds_a_step

MAKE = """from lmteach.text.tokenizers.bpe import BPETokenizer
from lmteach.widgets.token_view import TokenView
tokenizer = BPETokenizer.train("low lower lowest slow 狼狼\\n" * 3, 264)
view = TokenView(tokenizer, "a <b>low lower", step=2)
view"""
TOKENIZER = BPETokenizer.train("low lower lowest slow 狼狼\n" * 3, 264)


def tokens(text: str, step: int) -> list[str]:
    made = BPETokenizer(TOKENIZER.merges[:step])
    return [legible(made.tokens[number]) for number in made.encode(text)]


@pytest.fixture
def view(lab: Lab, page: Page) -> Page:
    lab.show(page, "tokens.ipynb", MAKE)
    page.get_by_role("region", name="Token view").wait_for()
    return page


def test_every_merge_by_keyboard(view: Page) -> None:
    boxes, said = view.locator(".token"), view.locator(".said")
    expect(boxes).to_have_text(tokens("a <b>low lower", 2))
    onward, back = (view.get_by_role("button", name=name) for name in ("Merge one", "Undo one"))
    onward.focus()
    for step in range(3, 9):
        view.keyboard.press("Enter")
        expect(boxes).to_have_text(tokens("a <b>low lower", step))
        left, right = map(legible, TOKENIZER.merges[step - 1])
        expect(said).to_contain_text(f"Merge {step} joined “{left}” and “{right}”.")
        expect_in_python(view, "len(view.tokens)", len(tokens("a <b>low lower", step)))
    expect(said).to_contain_text("No merge is left.")
    expect(onward).to_have_attribute("aria-disabled", "true")
    back.press("Enter")
    expect(boxes).to_have_text(tokens("a <b>low lower", 7))
    slider = view.get_by_role("slider", name="Merges")
    slider.press("Home")
    expect(boxes).to_have_text([*"a␣<b>low␣lower"])
    expect(said).to_contain_text("14 tokens, 1.00 characters each. Next: “l” and “o”, here 2 times")


def test_any_text_is_typed_and_a_token_looked_at(view: Page) -> None:
    field, boxes = view.get_by_label("Type a text"), view.locator(".token")
    view.get_by_role("slider", name="Merges").press("End")
    field.fill("lowest 狼虎 bb")
    expect(boxes).to_have_text(tokens("lowest 狼虎 bb", 8))
    assert view.locator(".jp-Notebook .jp-CodeCell").count() == 1  # b is no shortcut here
    stage, about = view.get_by_role("group", name="Tokens"), view.locator(".about")
    stage.focus()
    view.keyboard.press("ArrowRight")
    token = TOKENIZER.tokens[TOKENIZER.encode("lowest")[0]]
    number = TOKENIZER.tokens.index(token)
    expect(about).to_contain_text(f"“{legible(token)}”, id {number}, learned as “")
    view.keyboard.press("End")
    expect(about).to_contain_text("“b”, id 65, one byte, 62.")
    boxes.first.click()
    expect(about).to_contain_text("Token 1 of")
    field.fill("")
    expect(boxes).to_have_count(0)
    expect(view.locator(".said")).to_contain_text("0 tokens")


def test_a_step_is_drawn_in_under_50_ms(lab: Lab, page: Page) -> None:
    lab.show(
        page,
        "large.ipynb",
        """from lmteach.text.tokenizers.bpe import BPETokenizer
from lmteach.text.corpora import wikipedia
from lmteach.widgets.token_view import TokenView
text = wikipedia().valid
TokenView(BPETokenizer.train(text[:50_000], 1024), text[:1000])""",
    )
    page.get_by_role("region", name="Token view").wait_for()
    spent = milliseconds_a_step(page, ".token-view", "enter('input[type=range]', 30 * step)")
    assert spent < 50


def test_tokens_are_those_of_python(module_page: Page) -> None:
    tokenizer = BPETokenizer.train(wikipedia().valid[:50_000], 700)
    texts = [
        wikipedia().test[:20_000],
        "\n".join(map(str, dialogues("chinese")))[:3000],
        "naïve 👩‍🚀  don't\u3000x\u00a0y\u0085z ½²٣ aaaaaaa\n\n\n b \ufeffq",
        "",
    ]
    merges = [[left.decode("latin-1"), right.decode("latin-1")] for left, right in tokenizer.merges]
    for step in (0, 1, 100, len(merges)):
        found = module_page.evaluate(
            """async ([text, merges, texts, step]) => {
              const { encode, ranksOf } = await load(text);
              return texts.map((text) => encode(text, ranksOf(merges), step));
            }""",
            [module("token_view.js"), merges, texts, step],
        )
        made = BPETokenizer(tokenizer.merges[:step])
        expected = [[made.tokens[n].decode("latin-1") for n in made.encode(text)] for text in texts]
        assert found == expected
