"""The panel of the next token in a real JupyterLab, by keyboard, and its arithmetic."""

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect

from lmteach.decoding.filters import next_token_filters
from lmteach.widgets.next_token_panel.widget import NextTokenPanel
from lmteach.widgets.shared.random_numbers import draw, uniform
from tests.browser.lab import Lab, expect_in_python, milliseconds_a_step

MAKE = """import numpy as np
from lmteach.widgets.next_token_panel.widget import NextTokenPanel
class Letters:
    vocab_size = {0}
    def encode(self, text): return ["ab<".index(letter) for letter in text if letter in "ab<"]
    def decode(self, ids): return "".join("ab<"[i] if i < 3 else chr(192 + i) for i in ids)
def predict(ids):
    logits = np.log([0.6, 0.3] + [0.1 / ({0} - 2)] * ({0} - 2))
    return np.roll(logits, len(ids) - 1)
panel = NextTokenPanel(predict, Letters(), "a", examples=["ab", "<"], seed=3)
panel"""


@pytest.fixture
def panel(lab: Lab, page: Page) -> Page:
    return lab.show_widget(page, "panel.ipynb", "Next token panel", MAKE.format(3))


def bars(page: Page) -> list[str]:
    return page.locator(".bar").evaluate_all("all => all.map(bar => bar.ariaLabel)")


def test_sliders_cut_by_keyboard(panel: Page) -> None:
    says = panel.locator(".says")
    expect(says).to_contain_text("All 3 tokens stay.")
    assert bars(panel) == ["a: 60 %, then 60 %", "b: 30 %, then 30 %", "<: 10 %, then 10 %"]
    top_k = panel.get_by_role("slider", name="Top-k")
    expect(top_k).to_have_attribute("aria-valuetext", "off")
    top_k.focus()
    panel.keyboard.press("ArrowLeft")
    expect(says).to_contain_text("2 of 3 tokens stay (top-k cuts 1); the model gave them 90 %.")
    assert bars(panel)[1:] == ["b: 30 %, then 33 %", "<: 10 %, then cut by top-k"]
    top_p = panel.get_by_role("slider", name="Top-p")
    top_p.focus()
    panel.keyboard.press("Home")
    expect(says).to_contain_text("1 of 3 tokens stay (top-k cuts 1, top-p cuts 1)")
    assert bars(panel)[0] == "a: 60 %, then 100 %"
    panel.get_by_role("button", name="Temperature 1, top-k and top-p off").press("Enter")
    temperature = panel.get_by_role("slider", name="Temperature")
    temperature.focus()
    panel.keyboard.press("End")
    expect(temperature).to_have_attribute("aria-valuetext", "10.00")
    warm = np.array([0.6, 0.3, 0.1]) ** 0.1
    shares = [f"{100 * share:.0f} %" for share in warm / warm.sum()]
    assert [bar.split("then ")[1] for bar in bars(panel)] == shares
    expect_in_python(panel, "[panel.temperature, panel.top_k, panel.top_p]", [10, 0, 1])


def test_drawing_goes_on_from_what_was_drawn(panel: Page) -> None:
    page, add = panel.locator(".page"), panel.get_by_role("button", name="Draw a token")
    first = draw([0.6, 0.3, 0.1], uniform(3, 0))
    add.focus()
    panel.keyboard.press("Enter")
    expect(page).to_have_text("a" + "ab<"[first])
    expect_in_python(panel, "panel.added", [first])
    expect(panel.locator(".bar").first).to_have_attribute("aria-label", "b: 60 %, then 60 %")
    panel.get_by_role("button", name="Take the likeliest").press("Enter")
    expect(page).to_have_text("a" + "ab<"[first] + "b")
    panel.get_by_role("button", name="Take one back").press("Enter")
    expect(page).to_have_text("a" + "ab<"[first])
    panel.get_by_role("button", name="Example: ab").press("Enter")
    expect(page).to_have_text("ab")
    expect(panel.get_by_role("button", name="Take one back")).to_be_disabled()
    beginning = panel.get_by_role("textbox", name="Beginning")
    beginning.fill("")
    beginning.press("Enter")
    expect(panel.locator(".says")).to_contain_text("There is nothing to continue")
    expect(add).to_be_disabled()
    beginning.fill("<<")
    beginning.press("Enter")
    expect(panel.locator(".says")).to_contain_text("All 3 tokens stay.")
    expect(add).to_be_enabled()


@pytest.mark.parametrize("vocab_size", [8192, 49152])
def test_a_step_is_drawn_in_under_50_ms(lab: Lab, page: Page, vocab_size: int) -> None:
    """Vocabularies of our GPT's size and of a chat model's."""
    lab.show_widget(page, "large.ipynb", "Next token panel", MAKE.format(vocab_size))
    action = "enter('input[aria-label=\"Top-p\"]', 0.1 + step / 30)"
    assert milliseconds_a_step(page, ".nexttoken", action) < 50


@pytest.mark.parametrize("seed", range(5))
def test_chances_are_those_of_python(module_page: Page, seed: int) -> None:
    logits = 3 * np.random.default_rng(seed).normal(size=200).astype("<f4").astype(float)
    logits[10] = logits[20] = np.sort(logits)[-5]  # equals at the edge of top-k
    cases = [(1.0, 0, 1.0), (0.1, 0, 0.9), (2.5, 5, 1.0), (0.7, 50, 0.6), (10.0, 300, 0.01)]
    found = module_page.evaluate(
        """async ([text, logits, cases]) => {
          const { filtered, ranked } = await load(text);
          return cases.map((case_) => [...filtered(logits, ranked(logits), ...case_).chances]);
        }""",
        [NextTokenPanel._esm, logits.tolist(), cases],
    )
    row, seen = torch.tensor(logits)[None], torch.zeros(1, 1, dtype=torch.long)
    for chances, (temperature, top_k, top_p) in zip(found, cases, strict=True):
        kept = next_token_filters(row, seen, temperature, top_k or None, top_p)
        np.testing.assert_allclose(chances, kept.softmax(-1)[0].numpy(), rtol=0, atol=1e-12)


def test_draws_are_those_of_python(module_page: Page) -> None:
    rows = np.random.default_rng(0).dirichlet(np.full(9, 0.3), size=50)
    numbers = [uniform(7, place) for place in range(50)]
    found = module_page.evaluate(
        """async ([text, rows, numbers]) => {
          const { drawnToken, ranked } = await load(text);
          return rows.map((row, i) => drawnToken(row, ranked(row), numbers[i]));
        }""",
        [NextTokenPanel._esm, rows.tolist(), numbers],
    )
    orders = [np.argsort(-row, kind="stable") for row in rows]
    expected = [
        int(order[draw(row[order].tolist(), number)])
        for row, order, number in zip(rows, orders, numbers, strict=True)
    ]
    assert found == expected
