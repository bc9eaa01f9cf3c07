"""The ledger of one attention call, stepped through by keyboard, and its sums in words."""

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from lmteach.widgets.attention_ledger.widget import AttentionLedger
from tests.browser.lab import Lab, milliseconds_a_step

MAKE = """import numpy as np
from lmteach.widgets.attention_ledger.widget import AttentionLedger
rng = np.random.default_rng(0)
x, *weights = (rng.normal(size=shape) for shape in ((3, 4), (2, 4), (2, 4), (2, 4)))
AttentionLedger(x, *weights, tokens=["the", "<b>cat", " "], mask=np.tri(3, dtype=bool))"""


def ledger() -> AttentionLedger:
    """The same one as in the notebook."""
    rng = np.random.default_rng(0)
    x, *weights = (rng.normal(size=shape) for shape in ((3, 4), (2, 4), (2, 4), (2, 4)))
    return AttentionLedger(x, *weights, tokens=["the", "<b>cat", " "], mask=np.tri(3, dtype=bool))


def written(values: np.ndarray) -> list[str]:
    return [
        "−∞" if value == -np.inf else f"{value:.2f}".replace("-", "−") for value in values.ravel()
    ]


@pytest.fixture
def view(lab: Lab, page: Page) -> Page:
    return lab.show_widget(page, "ledger.ipynb", "Attention ledger", MAKE)


def test_all_steps_by_keyboard(view: Page) -> None:
    onward, said = view.get_by_role("button", name="Forward"), view.locator(".said")
    onward.focus()
    for place, step in enumerate(ledger().steps):
        expect(said).to_contain_text(f"Step {place + 1} of 8, {step['name']}: ")
        expect(said).to_contain_text(f"→ ({' × '.join(map(str, step['result']['shape']))}).")
        result = view.locator("table.result td.entry")
        expect(result).to_have_text(written(ledger().result(step["name"])))
        expect(view.locator("[aria-current=step] .what")).to_have_text(
            f"{place + 1} {step['name']}"
        )
        view.keyboard.press("Enter")
    expect(onward).to_be_focused()
    expect(onward).to_have_attribute("aria-disabled", "true")
    matrices = view.get_by_role("group", name="Matrices")
    matrices.focus()
    view.keyboard.press("PageUp")
    expect(said).to_contain_text("Step 7 of 8, weights")


def test_an_entry_and_the_sum_behind_it(view: Page) -> None:
    view.locator(".ledger button").nth(3).press("Enter")
    matrices = view.get_by_role("group", name="Matrices")
    matrices.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight"):  # the last row is the third
        view.keyboard.press(key)
    made = ledger()
    q, k = made.result("queries")[2], made.result("keys")[1]
    terms = [
        "·".join(f"({n:.2f})".replace("-", "−") if n < 0 else f"{n:.2f}" for n in pair)
        for pair in zip(q, k, strict=True)
    ]
    total = written(made.result("scores")[2:, 1])[0]
    said = view.locator(".said")
    expect(said).to_contain_text(f"␣, <b>cat: {' + '.join(terms)} = {total}")
    marked = view.locator("td.used")
    expect(marked).to_have_count(2 + 2 + 1)
    expect(marked).to_have_text([*written(q), *written(k), total])
    view.locator(".ledger button").nth(5).press("Enter")
    view.locator("table.result td.entry").nth(1).click()
    expect(said).to_contain_text("the, <b>cat: hidden: the score becomes −∞")
    view.locator(".ledger button").nth(6).press("Enter")
    expect(said).to_contain_text("the, <b>cat: exp(−∞) is 0: the weight is exactly 0")


def test_a_step_is_drawn_in_under_50_ms(lab: Lab, page: Page) -> None:
    lab.show_widget(
        page,
        "large.ipynb",
        "Attention ledger",
        """import numpy as np
from lmteach.widgets.attention_ledger.widget import AttentionLedger
rng = np.random.default_rng(0)
weights = rng.normal(size=(3, 16, 16))
AttentionLedger(rng.normal(size=(8, 16)), *weights, tokens=list("abcdefgh"))""",
    )
    spent = milliseconds_a_step(
        page, ".attention-ledger", "root.querySelectorAll('.ledger button')[step % 8].click()"
    )
    assert spent < 50


def test_sums_in_words(module_page: Page) -> None:
    matrix = {"values": [[1, None], [None, None]]}
    cases = [
        (
            {
                "kind": "scale",
                "operands": [{"values": [[3]]}],
                "result": {"values": [[1.5]]},
                "root": 4,
            },
            0,
            0,
        ),
        ({"kind": "mask", "operands": [matrix, {"values": [[1, 0]]}], "result": matrix}, 0, 0),
        ({"kind": "softmax", "operands": [matrix], "result": {"values": [[1, 0], [0, 0]]}}, 0, 0),
        ({"kind": "softmax", "operands": [matrix], "result": {"values": [[1, 0], [0, 0]]}}, 1, 0),
    ]
    found = module_page.evaluate(
        """async ([text, cases]) => {
          const { arithmetic } = await load(text);
          return cases.map(([step, i, j]) => arithmetic(step, i, j));
        }""",
        [AttentionLedger._esm, cases],
    )
    assert found == [
        "3.00 / √4 = 1.50",
        "may be seen: 1.00 stays",
        "exp(1.00) / (exp(1.00)) = 1.00",
        "nothing may be seen: all weights of this row are 0",
    ]
