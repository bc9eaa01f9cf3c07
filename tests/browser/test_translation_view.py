"""The translation view in a real JupyterLab, without a kernel, and its arithmetic."""

import base64
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from lmteach.decoding.watched_translation import WatchedTranslation
from lmteach.widgets.translation_view.widget import TranslationView
from tests.browser.lab import Lab, milliseconds_a_step

WATCH = """import numpy as np
from lmteach.decoding.watched_translation import WatchedTranslation
from lmteach.widgets.translation_view.widget import TranslationView

def watch(text):
    if not text or "x" in text:
        raise ValueError(f"I can't read {text!r}.")
    generator = np.random.default_rng(len(text))
    written = (*reversed(text.upper()), "<end>")
    read, steps = len(text), len(written)
    def shares(*shape):
        return generator.dirichlet(np.ones(shape[-1]), size=shape[:-1])
    decoder = shares(2, 3, steps, steps) * np.tri(steps)
    decoder /= decoder.sum(axis=-1, keepdims=True)
    likely = np.linspace(0.5, 1.0, steps).tolist()
    choices = tuple(((w, p), ("<b>", 1 - p)) for w, p in zip(written, likely))
    return WatchedTranslation(tuple(text), written, tuple(likely), choices,
        shares(2, 3, read, read), decoder, shares(2, 3, steps, read))
"""
MAKE = WATCH + "view = TranslationView(watch, 'ab c', ['d<b>', 'constructor'])\nview"
scope: dict[str, Any] = {}
exec(WATCH, scope)
watch: Callable[[str], WatchedTranslation] = scope["watch"]

# A page without Python: the model holds what was sent, and nobody answers.
ALONE = """async ([text, css, state]) => {
  const revive = (value) => typeof value?.bytes === "string"
    ? new DataView(Uint8Array.from(atob(value.bytes), (byte) => byte.charCodeAt(0)).buffer)
    : Array.isArray(value) ? value.map(revive) : value && typeof value === "object"
      ? Object.fromEntries(Object.entries(value).map(([name, part]) => [name, revive(part)]))
      : value;
  const [values, heard] = [revive(state), {}];
  const model = {
    get: (name) => values[name],
    set: (name, value) => {
      values[name] = value;
      (heard[`change:${name}`] ?? []).forEach((f) => f());
    },
    on: (name, f) => (heard[name] ??= []).push(f), off: () => {}, save_changes: () => {},
  };
  const style = document.createElement("style");
  style.textContent = css;
  const el = document.createElement("div");
  document.body.replaceChildren(style, el);
  (await load(text)).default.render({ model, el });
}"""


def sent(value: Any) -> Any:
    """A value as ``ALONE`` reads it."""
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {name: sent(part) for name, part in value.items()}
    return value


@pytest.fixture
def view(lab: Lab, page: Page) -> Page:
    return lab.show_widget(page, "translation.ipynb", "Translation", MAKE)


@pytest.fixture
def alone(module_page: Page) -> Page:
    own = TranslationView(watch, "ab c", ["d<b>", "constructor"], step=2, layer=0, head=1)
    names = "prompt text examples recorded answer step layer head shown letter _maps _colours"
    state = {name: sent(getattr(own, name)) for name in names.split()}
    module_page.evaluate(ALONE, [own._esm, own._css, state])
    return module_page


def numbers(page: Page) -> list[str]:
    return page.locator(".heat text.number").all_text_contents()


def written(weights: np.ndarray, step: int) -> list[str]:
    """What stands in the squares: nothing in rows that are not written yet."""
    return [
        "" if row >= step else "1" if weight >= 0.995 else f"{weight:.2f}"[1:]
        for (row, _), weight in np.ndenumerate(weights)
    ]


def test_a_text_is_typed_answered_by_python_and_played(view: Page) -> None:
    says, place = view.locator(".says"), view.locator(".place")
    expect(says).to_have_text("ab c → C BA■")
    expect(place).to_have_text("Step 5 of 5")
    line = view.get_by_label("Type a text")
    line.fill("two")
    line.press("Enter")
    expect(says).to_have_text("two → OW")  # on the way
    expect(view.get_by_role("button", name="Pause")).to_be_visible()
    expect(view.get_by_role("button", name="Play again")).to_be_visible()
    expect(says).to_have_text("two → OWT■")
    expected = watch("two")
    assert numbers(view) == written(expected.cross[1].mean(axis=0), 4)
    expect(view.locator(".told")).to_contain_text("Step 4: it writes the end (100 %).")


def test_what_cannot_be_read_gets_a_sentence_and_then_it_goes_on(view: Page) -> None:
    line, alert = view.get_by_label("Type a text"), view.get_by_role("alert")
    for typed in ("<i>x</i>", ""):
        line.fill(typed)
        view.get_by_role("button", name="Translate").press("Enter")
        expect(alert).to_have_text(f"I can't read {typed!r}.")
        expect(view.locator(".journey")).to_be_hidden()
    assert view.locator(".lmteach i:not(.bar i)").count() == 0
    view.get_by_role("button", name="d<b>").press("Enter")
    expect(view.locator(".says")).to_have_text("d<b> → >B<D■", timeout=10_000)
    expect(alert).to_be_hidden()
    line.focus()
    view.keyboard.type("aabb")  # a and b are JupyterLab's keys for new cells
    assert view.locator(".jp-Notebook .jp-CodeCell").count() == 1


def test_steps_layers_heads_and_maps_by_keyboard_without_python(alone: Page) -> None:
    expected = watch("ab c")
    says, told = alone.locator(".says"), alone.locator(".told")
    expect(says).to_have_text("ab c → C␣")
    assert numbers(alone) == written(expected.cross[0, 1], 2)
    names = alone.locator(".heat text.query").all_text_contents()
    assert names == ["C", "␣", "", "", ""]
    journey = alone.get_by_role("group", name="left and right arrow step")
    journey.focus()
    alone.keyboard.press("ArrowRight")
    expect(says).to_have_text("ab c → C B")
    expect(told).to_contain_text("Step 3: it writes B (75.0 %).")
    best = expected.cross[0, 1, 2].argmax()
    expect(told).to_contain_text(f"looks most at {'ab c'[best]} ({best})")
    expect(alone.locator(".choices li").first).to_have_text("B75.0 %")
    expect(alone.locator(".journey text.symbol")).to_have_text(["▸", "C", "␣", "B", "·", "·"])
    expect(alone.locator(".journey text.chosen")).to_have_text("ab c"[best])
    straight = alone.locator(".journey .look.across")
    expect(straight).to_have_count(int((expected.cross[0, 1, 2] >= 0.03).sum()))
    within = (expected.encoder[0, 1, best] >= 0.03).sum() + (
        expected.decoder[0, 1, 2] >= 0.03
    ).sum()
    expect(alone.locator(".journey .look.within")).to_have_count(int(within))
    past = alone.locator(".journey .look.past")
    expect(past).to_have_count(int((expected.cross[0, 1, :2] >= 0.1).sum()))
    alone.keyboard.press("Home")
    expect(says).to_have_text("ab c →")
    expect(told).to_have_text(
        "The encoder has read 4 letters, all at once. Nothing is written yet."
    )
    alone.keyboard.press("End")
    alone.keyboard.press("ArrowUp")
    expect(alone.locator(".journey text.chosen")).to_have_text("c")
    alone.get_by_label("Layer", exact=True).select_option("layer 1")
    alone.get_by_label("Head", exact=True).select_option("mean of the heads")
    alone.get_by_label("Map", exact=True).select_option("Encoder: letters look at letters")
    assert numbers(alone) == written(expected.encoder[1].mean(axis=0), 4)
    expect(alone.locator(".heat text.chosen")).to_have_text("c")
    alone.get_by_label("Map", exact=True).select_option("Decoder: at what is written so far")
    ahead = np.triu(np.ones((5, 5), dtype=bool), k=1)
    mean = expected.decoder[1].mean(axis=0)
    wanted = ["" if ahead.flat[i] else text for i, text in enumerate(written(mean, 5))]
    assert numbers(alone) == wanted
    assert alone.locator(".heat text.column").all_text_contents() == [
        "▸",
        *"C BA".replace(" ", "␣"),
    ]


def test_examples_play_and_other_texts_are_missed_without_python(alone: Page) -> None:
    alone.clock.install()
    alone.get_by_role("button", name="constructor").press("Enter")
    alone.clock.run_for(800)
    expect(alone.locator(".place")).to_have_text("Step 1 of 12")
    alone.get_by_role("button", name="Pause").press("Enter")
    alone.clock.run_for(3000)
    expect(alone.locator(".says")).to_have_text("constructor → R")
    line = alone.get_by_label("Type a text")
    line.fill("to")
    alone.get_by_role("button", name="Forward").press("Enter")
    expect(alone.locator(".place")).to_have_text("Step 2 of 12")
    expect(line).to_have_value("to")  # a step leaves alone what is being typed
    line.fill("toString")  # a name that every JavaScript object has
    line.press("Enter")
    expect(alone.locator(".lmteach")).to_contain_text("asking the model …")
    alone.clock.run_for(11_000)
    expect(alone.locator(".lmteach")).to_contain_text("No answer from Python yet")
    alone.get_by_role("button", name="d<b>").press("Enter")
    alone.clock.run_for(5000)
    expect(alone.locator(".says")).to_have_text("d<b> → >B<D■")
    expect(alone.locator(".lmteach")).not_to_contain_text("No answer from Python yet")


def test_a_letter_and_a_symbol_can_be_clicked(alone: Page) -> None:
    grounds = alone.locator(".journey .ground")
    grounds.nth(3).click()
    expect(alone.locator(".journey text.chosen")).to_have_text("c")
    grounds.nth(4 + 4).click()
    expect(alone.locator(".says")).to_have_text("ab c → C BA")
    alone.locator(".heat rect.square").first.click()
    expect(alone.locator(".place")).to_have_text("Step 1 of 5")


def test_a_step_is_drawn_in_under_50_ms(lab: Lab, page: Page) -> None:
    lab.show_widget(
        page,
        "long.ipynb",
        "Translation",
        WATCH + "TranslationView(watch, 'Wednesday, September 23, 2026')",
    )
    action = "enter('input[type=range]', step)"
    spent = milliseconds_a_step(page, ".translation", action)
    print(f"translation view: {spent:.1f} ms a step")
    assert spent < 50
    page.get_by_label("Map", exact=True).select_option("encoder")
    spent = milliseconds_a_step(page, ".translation", action)
    print(f"translation view: {spent:.1f} ms a step")
    assert spent < 50


def test_arithmetic_and_words_by_hand(module_page: Page) -> None:
    own = TranslationView(watch, "ab c")
    packed = own.recorded["ab c"]["cross"]
    rows, mean, hidden, texts = module_page.evaluate(
        """async ([text, bytes]) => {
          const { hiddenPlaces, joined, percents, readShares, rowsOf } = await load(text);
          const shares = readShares(new DataView(new Uint8Array(bytes).buffer));
          const plain = (rows) => rows.map((row) => [...row]);
          return [plain(rowsOf(shares, [3, 5, 4], 1, 2)), plain(rowsOf(shares, [3, 5, 4], 1, -1)),
            [...hiddenPlaces("decoder", 3, 3, 2)],
            [joined(["年", "1", "<end>"]), joined(["K", "AE"]), percents(0.99961), percents(0.5)]];
        }""",
        [own._esm, list(packed)],
    )
    cross = watch("ab c").cross[1]
    np.testing.assert_allclose(rows, cross[2], rtol=0, atol=1e-5)
    np.testing.assert_allclose(mean, cross.mean(axis=0), rtol=0, atol=1e-5)
    assert hidden == [0, 1, 1, 0, 0, 1, 3, 3, 3]
    assert texts == ["年1", "K AE", "100 %", "50.0 %"]
