"""The view of attention, driven by keyboard and mouse, and its arithmetic."""

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from lmteach.widgets.attention_view.widget import AttentionView
from lmteach.widgets.shared.attention import attention_weights
from tests.browser.lab import Lab, milliseconds_a_step

MAKE = """import numpy as np
from lmteach.widgets.attention_view.widget import AttentionView
scores = np.random.default_rng(0).normal(size=(2, 3, 4, 4))
view = AttentionView(scores, ["the", "<b>cat", "sat", " "], mask=np.tri(4, dtype=bool))
view"""
SCORES = np.random.default_rng(0).normal(size=(2, 3, 4, 4))
CAUSAL = np.tri(4, dtype=bool)
LARGE = """import numpy as np, string
from lmteach.widgets.attention_view.widget import AttentionView
AttentionView(np.random.default_rng(0).normal(size=(6, 12, {0}, {0})), string.printable[:{0}])"""


@pytest.fixture
def view(lab: Lab, page: Page) -> Page:
    return lab.show_widget(page, "attention.ipynb", "Attention view", MAKE)


def numbers(page: Page) -> list[str]:
    return page.locator(".heat text.number").all_text_contents()


def written(weights: np.ndarray, allowed: np.ndarray = CAUSAL) -> list[str]:
    """What stands in the squares: nothing where the mask hides."""
    return [
        "" if not open_ else "1" if weight >= 0.995 else f"{weight:.2f}"[1:]
        for weight, open_ in zip(weights.ravel(), allowed.ravel(), strict=True)
    ]


def test_layer_head_and_token_by_keyboard(view: Page) -> None:
    said = view.locator(".said")
    expect(said).to_contain_text("All tokens: each spreads its attention")
    assert numbers(view) == written(attention_weights(SCORES[0, 0], CAUSAL))
    view.get_by_role("combobox", name="Layer").select_option("layer 1")
    view.get_by_role("combobox", name="Head").select_option("head 2")
    weights = attention_weights(SCORES[1, 2], CAUSAL)
    expect(view.locator(".heat")).to_have_attribute(
        "aria-label", "Heat map of layer 1, head 2. " + (said.text_content() or "")
    )
    assert numbers(view) == written(weights)
    arcs = view.get_by_role("group", name="Arcs")
    arcs.focus()
    view.keyboard.press("ArrowDown")
    view.keyboard.press("ArrowDown")
    best = weights[1].argmax()
    name = ["the", "<b>cat", "sat", "space"][best]
    expect(said).to_contain_text(
        f"<b>cat (1) looks most at {name} ({best}) {100 * weights[1, best]:.0f} %"
    )
    expect(said).to_contain_text("Hidden: 2 ahead.")
    drawn = view.locator(".arcs path.arc:not([style*=none])")
    expect(drawn).to_have_count(int((weights[1] >= 0.02).sum()))
    widths = drawn.evaluate_all("all => all.map((arc) => parseFloat(arc.style.strokeWidth))")
    assert widths == pytest.approx([1 + 9 * weight for weight in weights[1, :2]], abs=0.023)
    expect(view.locator(".arcs text.key.gone")).to_have_count(2)
    view.keyboard.press("Escape")
    expect(said).to_contain_text("All tokens")
    view.keyboard.press("End")
    expect(view.get_by_role("combobox", name="Token that looks")).to_have_value("3")


def test_all_heads_are_there_and_chosen_by_arrow_keys(view: Page) -> None:
    heads = view.get_by_role("radio")
    expect(heads).to_have_count(6)
    heads.first.focus()
    view.keyboard.press("ArrowLeft")
    view.keyboard.press("ArrowDown")
    chosen = view.get_by_role("radio", name="Layer 1, head 2")
    expect(chosen).to_be_focused()
    expect(chosen).to_be_checked()
    assert numbers(view) == written(attention_weights(SCORES[1, 2], CAUSAL))
    pixel = chosen.locator("canvas").evaluate(
        "(canvas) => [...canvas.getContext('2d').getImageData(0, 0, 4, 4).data]"
    )
    opaque = np.array(pixel).reshape(4, 4, 4)[..., 3] == 255
    assert (opaque == CAUSAL).all()


def test_temperature_and_mask(view: Page) -> None:
    slider = view.get_by_role("slider", name="Temperature")
    slider.focus()
    view.keyboard.press("End")
    expect(view.locator("output.number")).to_have_text("10.00")
    assert numbers(view) == written(attention_weights(SCORES[0, 0], CAUSAL, 10.0))
    view.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "0.10")
    assert numbers(view) == written(attention_weights(SCORES[0, 0], CAUSAL, 0.1))
    view.get_by_role("button", name="Temperature back to 1").press("Enter")
    expect(view.locator(".marks")).not_to_have_attribute("d", "")
    view.get_by_role("button", name="Lift the mask").press("Enter")
    every = np.ones((4, 4), dtype=bool)
    expect(view.get_by_role("button", name="Put the mask on")).to_be_focused()
    assert numbers(view) == written(attention_weights(SCORES[0, 0], every), every)
    expect(view.locator(".marks")).to_have_attribute("d", "")


def test_a_square_and_a_token_can_be_clicked(view: Page) -> None:
    view.locator(".heat rect.square").nth(9).click()
    expect(view.locator(".said")).to_contain_text("sat (2) looks most at")
    view.locator(".arcs rect.ground").nth(2).click()
    expect(view.locator(".said")).to_contain_text("All tokens")
    view.locator(".heat rect.square").nth(1).hover()
    expect(view.locator(".heat > title")).to_have_text("the → <b>cat: hidden")


def step_of_the_slider(page: Page) -> float:
    """Milliseconds for one of 21 steps from one end to the other."""
    return milliseconds_a_step(page, ".attention", "enter('input[type=range]', step / 10 - 1)", 21)


def test_a_step_of_the_slider_is_drawn_in_under_50_ms(lab: Lab, page: Page) -> None:
    """A sentence of 16 tokens, and 72 heads."""
    lab.show_widget(page, "sentence.ipynb", "Attention view", LARGE.format(16))
    assert step_of_the_slider(page) < 50


WATCH = """() => {
  window.made = window.changed = 0;
  const watcher = new MutationObserver((all) => all.forEach((one) => {
    if (one.type === "attributes") changed += 1;
    else one.addedNodes.forEach((node) => { made += node.nodeType === Node.ELEMENT_NODE; });
  }));
  const root = document.querySelector(".attention");
  watcher.observe(root, { childList: true, attributes: true, subtree: true });
}"""


def test_a_step_of_the_slider_makes_nothing_new(lab: Lab, page: Page) -> None:
    """40 tokens, the most there may be: work is counted. Squares and arcs change in place."""
    lab.show_widget(page, "large.ipynb", "Attention view", LARGE.format(40))
    page.evaluate(WATCH)
    step_of_the_slider(page)
    made, changed = page.evaluate("() => [made, changed]")
    assert made == 0
    assert 0 < changed < 21 * (2 * 40 * 40 + 5 * 40)  # once an arc and square, a few a token


def test_weights_are_those_of_python(module_page: Page) -> None:
    generator = np.random.default_rng(1)
    scores = generator.normal(scale=3, size=(2, 5, 7))
    scores[0, 2, 3] = -np.inf
    kinds = generator.integers(0, 4, size=(5, 7))
    kinds[1] = 2  # a query that may attend to nothing
    for temperature in (0.1, 1.0, 10.0):
        for given in (kinds, np.zeros_like(kinds)):
            found = module_page.evaluate(
                """async ([text, scores, kinds, temperature]) => {
                  const { headWeights } = await load(text);
                  const flat = scores.map((score) => (score === null ? -Infinity : score));
                  return [0, 1].map((head) => headWeights(flat, kinds, [5, 7], head, temperature)
                    .map((row) => [...row]));
                }""",
                [
                    AttentionView._esm,
                    [None if score == -np.inf else score for score in scores.ravel().tolist()],
                    given.ravel().tolist() if given.any() else None,
                    temperature,
                ],
            )
            expected = attention_weights(scores, given == 0, temperature)
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_spread_is_the_exponential_of_the_entropy(module_page: Page) -> None:
    found = module_page.evaluate(
        """async (text) => {
          const { spread } = await load(text);
          return [[1, 0], [0.5, 0.5], [0.25, 0.25, 0.25, 0.25], [0.5, 0.25, 0.25]].map(spread);
        }""",
        AttentionView._esm,
    )
    assert found == pytest.approx([1, 2, 4, 2**1.5])
