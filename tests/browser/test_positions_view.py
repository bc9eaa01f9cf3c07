"""The view of positions, its sliders moved by keyboard, and its arithmetic."""

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from lmteach.models.transformer.positions import frequencies, sinusoidal
from lmteach.widgets.base import module
from lmteach.widgets.positions_view import PositionsView
from tests.browser.lab import Lab, milliseconds_a_step

MAKE = """from lmteach.widgets.positions_view import PositionsView
PositionsView()"""


@pytest.fixture
def view(lab: Lab, page: Page) -> Page:
    lab.show(page, "positions.ipynb", MAKE)
    page.get_by_role("region", name="Positions view").wait_for()
    return page


def hands(page: Page, name: str = "query") -> np.ndarray:
    """The angles of the hands that are drawn, each from 0 to 2π."""
    ends = page.locator(f".clocks line.{name}").evaluate_all(
        "all => all.map((line) => [line.x2.baseVal.value - 50, 50 - line.y2.baseVal.value])"
    )
    return np.array([np.arctan2(y, x) for x, y in ends]) % (2 * np.pi)


def assert_same_angles(found: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_allclose(np.exp(1j * found), np.exp(1j * expected), rtol=0, atol=1e-5)


def test_sinusoids_by_keyboard(view: Page) -> None:
    slider = view.get_by_role("slider", name="position")
    slider.focus()
    view.keyboard.press("ArrowRight")
    said = view.locator(".said")
    expect(said).to_contain_text(
        "Position 11. Pair 0, sine and cosine, turns once in 6.3 positions"
    )
    expect(said).to_contain_text(f"with its neighbour {PositionsView().products()[1]:.1f}.")
    turns = frequencies(32).numpy()[[0, 2, 4, 6, 9, 11, 13, 15]]
    assert_same_angles(hands(view), 11 * turns)
    view.get_by_role("slider", name="dimension").press("Home")
    view.get_by_role("slider", name="base").press("Home")
    view.get_by_role("slider", name="length").press("Home")
    assert_same_angles(hands(view), 11 * frequencies(4, 10.0).numpy())
    canvas = view.locator(".map canvas")
    shape = canvas.evaluate("(canvas) => [canvas.height, canvas.width]")
    assert shape == [16, 4]
    slider.press("End")
    expect(said).to_contain_text("Position 15.")
    expect(view.get_by_role("slider", name="query at")).to_have_count(0)


def test_pixels_are_the_table(view: Page) -> None:
    pixels = view.locator(".map canvas").evaluate(
        "(canvas) => [...canvas.getContext('2d').getImageData(0, 0, 32, 64).data]"
    )
    found = np.array(pixels).reshape(64, 32, 4)[..., :3]
    scale = np.frombuffer(PositionsView()._colours, np.uint8).reshape(256, 3)
    steps = np.clip(np.floor(128 * (sinusoidal(64, 32).double().numpy() + 1)), 0, 255).astype(int)
    assert (np.abs(found - scale[steps].astype(int)).max(axis=-1) <= 3).all()


def test_query_and_key_rotate_together(view: Page) -> None:
    view.get_by_role("button", name="Rotary").press("Enter")
    expect(view.get_by_role("button", name="Rotary")).to_have_attribute("aria-pressed", "true")
    said = view.locator(".said")
    score = f"{PositionsView().score:.3f}".replace("-", "−")
    expect(said).to_contain_text(
        f"Query at 12 (solid), key at 4 (dashed): distance 8, score {score}."
    )
    before = hands(view), hands(view, "key")
    both = view.get_by_role("slider", name="move both")
    both.focus()
    for _ in range(5):
        view.keyboard.press("ArrowRight")
    expect(said).to_contain_text(
        f"Query at 17 (solid), key at 9 (dashed): distance 8, score {score}."
    )
    turns = frequencies(32).numpy()[[0, 2, 4, 6, 9, 11, 13, 15]]
    assert_same_angles(hands(view), before[0] + 5 * turns)
    assert_same_angles(hands(view, "key"), before[1] + 5 * turns)
    view.get_by_role("slider", name="key at").press("ArrowRight")
    expect(said).to_contain_text("distance 7")
    other = f"{PositionsView().scores(7):.3f}".replace("-", "−")
    expect(said).to_contain_text(f"score {other}.")
    both.press("End")
    expect(said).to_contain_text("Query at 63 (solid), key at 56 (dashed)")
    view.get_by_role("slider", name="length").press("Home")
    expect(said).to_contain_text("Query at 15 (solid), key at 15 (dashed)")


@pytest.mark.parametrize("kind", ["sinusoids", "rotary"])
def test_a_step_of_the_slider_is_drawn_in_under_50_ms(lab: Lab, page: Page, kind: str) -> None:
    lab.show(page, "large.ipynb", MAKE.replace("()", f"(dim=64, length=256, view={kind!r})"))
    page.get_by_role("region", name="Positions view").wait_for()
    assert milliseconds_a_step(page, ".positions", "enter('input[type=range]', 1 + step / 5)") < 50


def test_the_arithmetic_is_that_of_python(module_page: Page) -> None:
    for dim, base in ((4, 10.0), (32, 10000.0), (64, 1e6)):
        view = PositionsView(dim=dim, base=base, length=40, seed=dim)
        table, products, scores = module_page.evaluate(
            """async ([text, dim, base, query, key]) => {
              const { frequencies, product, rotaryScore, sinusoid } = await load(text);
              const turns = frequencies(dim, base);
              const places = Array.from({ length: 40 }, (_, p) => p);
              return [places.map((p) => sinusoid(p, turns)), places.map((p) => product(p, turns)),
                places.map((p) => rotaryScore(query, key, p - 20, turns))];
            }""",
            [module("positions_view.js"), dim, base, view._query, view._key],
        )
        np.testing.assert_allclose(table, view.table, rtol=0, atol=1e-5)
        np.testing.assert_allclose(products, view.products(), rtol=0, atol=1e-4)
        expected = [view.scores(distance) for distance in range(-20, 20)]
        np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-9)


def test_eight_clocks_at_most_from_the_first_to_the_last_pair(module_page: Page) -> None:
    found = module_page.evaluate(
        "async (text) => [2, 8, 32].map((await load(text)).chosenPairs)",
        module("positions_view.js"),
    )
    assert found[:2] == [[0, 1], list(range(8))]
    assert len(found[2]) == 8
    assert (found[2][0], found[2][-1]) == (0, 31)
