"""The chat box in a real JupyterLab: said and answered, stopped, by keyboard, chances, dark."""

import pytest
from playwright.sync_api import Page, expect

from lmteach.widgets.chat_box.widget import ChatBox
from tests.browser.lab import Lab, expect_in_python, in_python

MAKE = """import time
from lmteach.widgets.chat_box.widget import ChatBox
from tests.decoding.toy_chat import TEMPLATE, TOKENIZER, talker
import torch
model, pause = talker(), [{0}]
model.h[0].register_forward_pre_hook(lambda *_: time.sleep(pause[0]))
box = ChatBox(model, TOKENIZER, TEMPLATE, examples=["Hi", "<b>"], most={1})
def say(logits, seen):
    return torch.tensor([4 + ord(" <b>$"[len(box.chat.turns[-1].tokens) % 5])])
box._choose = say
box"""


def shown(lab: Lab, page: Page, pause: float = 0.0, most: int = 5) -> Page:
    return lab.show_widget(page, "chat.ipynb", "Chat box", MAKE.format(pause, most))


@pytest.fixture
def box(lab: Lab, page: Page) -> Page:
    return shown(lab, page)


def test_it_answers_token_by_token_and_each_shows_its_chances(box: Page) -> None:
    says, tokens = box.locator(".chat-box .says"), box.locator(".chat-box .token")
    expect(says).to_have_text("Nothing is said yet: type a message.")
    field = box.get_by_role("textbox", name="Message")
    field.fill("Who are <you>?")
    box.get_by_role("button", name="Send").click()
    expect(says).to_have_text("The answer was cut after 5 tokens, the most that it may have.")
    expect(field).to_have_value("")
    expect(box.locator(".chat-box .question")).to_have_text("You Who are <you>?")
    assert box.locator(".chat-box .answer").text_content() == " <b>$"
    expect(box.locator(".chat-box .answer b")).to_have_count(0)
    tokens.nth(4).click()
    lines = box.locator(".chat-box .chance")
    expect(lines).to_have_count(6)
    expect(box.locator(".chat-box .chance.lit .name")).to_have_text("$")
    names = lines.evaluate_all("all => all.map(line => line.ariaLabel)")
    chance, rivals = in_python(
        box, "[box.chat.turns[0].tokens[4][2], box.chat.turns[0].tokens[4][3]]"
    )
    assert len(rivals) == 5
    assert len([name for name in names if name.startswith("$: ")]) == 1
    assert chance < rivals[-1][1]  # it was not among the likeliest, and stands last
    assert names[-1].startswith("$: ")
    expect_in_python(box, "box.chosen", [0, 4])


def test_stop_is_heard_while_it_writes_and_so_are_cells(lab: Lab, page: Page) -> None:
    box = shown(lab, page, pause=0.08, most=50)
    says, tokens = box.locator(".chat-box .says"), box.locator(".chat-box .token")
    box.get_by_role("button", name="Hi", exact=True).click()
    expect(tokens).not_to_have_count(0)
    stop = box.get_by_role("button", name="Stop")
    expect(stop).to_be_enabled()
    expect(box.get_by_role("button", name="Send")).to_be_disabled()
    assert in_python(box, "box.state") == "writing"
    stop.click()
    expect(says).to_contain_text("Stopped after", timeout=2000)
    count = in_python(box, "len(box.chat.turns[0].tokens)")
    assert 0 < count < 50
    expect(tokens).to_have_count(count)
    expect(box.locator(".chat-box .turn")).to_contain_text("(ends here)")
    assert in_python(box, "pause.__setitem__(0, 0.0)") is None
    box.get_by_role("button", name="<b>", exact=True).click()
    expect(says).to_contain_text("The context of 64 tokens is full: begin a new conversation.")
    expect(tokens).to_have_count(in_python(box, "sum(len(t.tokens) for t in box.chat.turns)"))
    box.get_by_role("button", name="New conversation").click()
    expect(says).to_have_text("Nothing is said yet: type a message.")
    expect(tokens).to_have_count(0)
    expect_in_python(box, "[box.chat.turns, box.chosen]", [[], []])


def test_it_is_played_by_keyboard_and_the_notebook_gets_no_key(box: Page) -> None:
    says, field = box.locator(".chat-box .says"), box.get_by_role("textbox", name="Message")
    field.focus()
    box.keyboard.press("Enter")
    expect(says).to_have_text("The message is empty: type at least one word.")
    box.keyboard.press("Enter")  # again, and the sentence is there again
    expect(says).to_have_text("The message is empty: type at least one word.")
    box.keyboard.type("abdd")  # JupyterLab's keys for new cells, and to delete one
    box.keyboard.press("Enter")
    expect(says).to_contain_text("The answer was cut")
    box.keyboard.press("Shift+Tab")
    tokens = box.locator(".chat-box .token")
    expect(tokens.first).to_be_focused()
    box.keyboard.press("End")
    expect(tokens.last).to_be_focused()
    box.keyboard.press("ArrowLeft")
    expect(tokens.nth(3)).to_have_attribute("aria-pressed", "true")
    expect_in_python(box, "box.chosen", [0, 3])
    expect(box.locator('.chat-box .token[tabindex="0"]')).to_have_count(1)
    box.keyboard.press("Tab")
    expect(field).to_be_focused()
    assert box.locator(".jp-Notebook .jp-CodeCell").count() == 1


def test_what_is_said_from_a_cell_is_shown_and_sliders_reach_python(box: Page) -> None:
    assert in_python(box, "box.say('From a cell')") == " <b>$"
    expect(box.locator(".chat-box .question")).to_have_text("You From a cell")
    expect(box.locator(".chat-box .token")).to_have_count(5)
    box.get_by_role("slider", name="Temperature").focus()
    box.keyboard.press("ArrowRight")
    box.get_by_role("slider", name="Top-p").focus()
    box.keyboard.press("ArrowLeft")
    expect_in_python(box, "[round(box.temperature, 6), round(box.top_p, 6)]", [0.1, 0.95])


def test_a_page_that_is_loaded_again_goes_on_where_it_was(lab: Lab, page: Page) -> None:
    box = shown(lab, page, pause=0.05, most=40)
    box.get_by_role("button", name="Hi", exact=True).click()
    expect(box.locator(".chat-box .token")).not_to_have_count(0)
    box.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    lab.open(box, "chat.ipynb")
    expect(box.locator(".chat-box .token")).to_have_count(40, timeout=15_000)
    expect(box.locator(".chat-box .says")).to_contain_text("The answer was cut after 40 tokens")


def test_it_can_be_read_in_the_dark(box: Page) -> None:
    box.get_by_role("button", name="Hi", exact=True).click()
    expect(box.locator(".chat-box .token")).to_have_count(5)
    box.locator(".chat-box .token").nth(1).click()
    box.evaluate(
        "window.jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' })"
    )
    expect(box.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    for part in (".token", ".question", ".chance.lit .name"):
        ink, ground = box.locator(f".chat-box {part}").first.evaluate(
            """part => [getComputedStyle(part).color, getComputedStyle(
              part.closest(".log") ?? part.closest("section.lmteach")).backgroundColor].map(
              colour => colour.match(/[0-9.]+/g).slice(0, 3).reduce((a, b) => a + +b, 0) / 765)"""
        )
        assert abs(ink - ground) > 0.5


def test_what_is_read_of_a_token_by_hand(module_page: Page) -> None:
    said = module_page.evaluate(
        """async (text) => { const { certainty, tokenInWords } = await load(text);
          return [[" a", 0.95], ["", 0.5], ["\\n", 0.1], ["$", 0.02]].map(([name, chance]) =>
            [certainty(chance), tokenInWords([name, chance, [["b", 0.04], [" c", 0.01]]])]); }""",
        ChatBox._esm,
    )
    assert [kind for kind, _ in said] == ["sure", "likely", "open", "unlikely"]
    rest = "Else: b 4.0 %, space c 1.0 %."
    names = ("space a: 95 %.", "part of a character: 50 %.", "line end: 10 %.", "$: 2.0 %.")
    assert [words for _, words in said] == [f"{name} {rest}" for name in names]
