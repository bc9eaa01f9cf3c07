"""Words typed into the neighbours widget in a real JupyterLab, its arithmetic beside Python's."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from lmteach.widgets.neighbours.widget import Neighbours
from tests.browser.lab import Lab, milliseconds_a_step

MAKE = """import numpy as np
from lmteach.widgets.neighbours.widget import Neighbours
words = ["king", "queen", "man", "woman", "<b>bold</b>"]
vectors = np.array([[3.0, 3, 0], [3, -3, 0], [0, 2, 0.2], [0, -2, 0.2], [1, 1, 9]])
asked = Neighbours(words, vectors, examples=["king", "king - man + woman"])
asked"""


@pytest.fixture
def asked(lab: Lab, page: Page) -> Page:
    return lab.show_widget(page, "neighbours.ipynb", "Neighbours", MAKE)


def test_typed_words_are_answered(asked: Page) -> None:
    field = asked.get_by_role("textbox", name="A word, or a sum of words")
    says, rows = asked.locator(".lmteach .says"), asked.locator(".near li")
    expect(field).to_have_value("king")
    expect(rows).to_have_count(4)
    field.fill("king − man + woman")
    expect(says).to_have_text("Nearest to king − man + woman: queen.")
    expect(rows.first.get_by_role("button")).to_have_text("queen")
    field.fill("emperor")
    expect(says).to_contain_text("“emperor” is not among the 5 words that have a vector")
    expect(rows).to_have_count(0)
    field.fill("<b>bold</b>")  # a tag is a word like any other
    expect(says).to_have_text("Nearest to <b>bold</b>: man.")
    expect(asked.locator(".lmteach b")).to_have_count(0)


def test_it_is_played_by_keyboard(asked: Page) -> None:
    field = asked.get_by_role("textbox", name="A word, or a sum of words")
    field.focus()
    asked.keyboard.press("Tab")
    asked.keyboard.press("Tab")
    asked.keyboard.press("Enter")  # the second example
    expect(field).to_have_value("king - man + woman")
    asked.keyboard.press("Tab")
    asked.keyboard.press("Enter")  # the first answer
    expect(field).to_have_value("queen")
    first = asked.locator(".near li").first.get_by_role("button")
    expect(first).to_be_focused()


def test_an_answer_among_many_words_takes_under_50_ms(module_page: Page) -> None:
    module_page.evaluate(
        """async (text) => {
          const { answer } = await load(text);
          const words = Array.from({ length: 7000 }, (_, n) => `w${n}`);
          const rows = new Map(words.map((word, row) => [word, row]));
          const table = { dim: 50, rows: Float32Array.from({ length: 350000 }, Math.random) };
          window.ask = (query) => answer(query, rows, table);
        }""",
        Neighbours._esm,
    )
    assert milliseconds_a_step(module_page, "body", "ask(`w${step} - w7 + w99`)") < 50


def test_answers_are_those_of_python(module_page: Page) -> None:
    words = [f"w{n}" for n in range(300)]
    vectors = np.random.default_rng(0).normal(size=(300, 20))
    widget = Neighbours(words, vectors, examples=["w0"])
    queries = ["w0", "w1 - w2 + w3", "− w9", "W8 + w8", "w1 w2", "w1 + - w2", "", "w1 +", "zzz"]
    queries += ["w5 - w5", "w1-w2", "w1 −w2"]
    found = module_page.evaluate(
        """async ([text, words, bytes, queries]) => {
          const { answer, readRows } = await load(text);
          const table = readRows(new DataView(Uint8Array.from(bytes).buffer), words.length);
          const rows = new Map(words.map((word, row) => [word, row]));
          return queries.map((query) => answer(query, rows, table));
        }""",
        [Neighbours._esm, words, list(widget.get_state()["_directions"]), queries],
    )
    assert len(found) == len(queries)
    for query, result in zip(queries, found, strict=True):
        if "problem" in result:
            with pytest.raises(ValueError, match=re.escape(result["problem"])):
                widget.answer(query)
            continue
        expected = widget.answer(query)
        assert [words[row] for row, _ in result["found"]] == [word for word, _ in expected]
        cosines = [cosine for _, cosine in result["found"]]
        assert cosines == pytest.approx([value for _, value in expected], abs=1e-6)
