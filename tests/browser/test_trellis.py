"""The trellis stepped through and bent by keyboard, and its arithmetic held against Python's."""

from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from lmteach.models.hmm.viterbi import viterbi
from lmteach.widgets.trellis.widget import Trellis, edited_row, viterbi_table
from tests.browser.lab import Lab, expect_in_python, milliseconds_a_step

MAKE = """from lmteach.widgets.trellis.widget import Trellis
weather = Trellis([0.5, 0.5], [[0.7, 0.3], [0.3, 0.7]], [[0.9, 0.1], [0.2, 0.8]],
                  [0, 0, 1, 0, 0], states=["rainy", "<b>sunny"], symbols=["umbrella", " "])
weather"""
INITIAL, TRANSITION = np.array([0.5, 0.5]), np.array([[0.7, 0.3], [0.3, 0.7]])
SEEN = np.array([[0.9, 0.2], [0.9, 0.2], [0.1, 0.8], [0.9, 0.2], [0.9, 0.2]])


@pytest.fixture
def weather(lab: Lab, page: Page) -> Page:
    return lab.show_widget(page, "weather.ipynb", "Viterbi trellis", MAKE)


def scores(page: Page) -> list[str]:
    return page.locator(".grid text.score").all_text_contents()


def arrows(page: Page, kind: str) -> list[tuple[int, int]]:
    """From which state to which the arrows of a kind lead, in the order of the steps."""
    lines = page.locator(f"line.arrow.{kind}")
    return [
        tuple(pair)
        for pair in lines.evaluate_all(
            "all => all.map(line => [Number(line.dataset.from), Number(line.dataset.to)])"
        )
    ]


def test_stepping_through_by_keyboard(weather: Page) -> None:
    trellis = weather.get_by_role("group", name="Trellis:")
    found = viterbi_table(INITIAL, TRANSITION, SEEN)
    written = [f"{score:.2f}".replace("-", "−") for score in found.scores.ravel()]
    assert scores(weather) == written[:2]
    before = trellis.screenshot()
    trellis.focus()
    weather.keyboard.press("ArrowRight")
    weather.keyboard.press("ArrowRight")
    expect(weather.get_by_role("status").first).to_contain_text("Step 3 of 5, observed: ␣.")
    assert scores(weather) == written[:6]
    assert trellis.screenshot() != before
    pointers = found.back_pointers
    won = [(pointers[t, state], state) for t in (1, 2) for state in (0, 1)]
    assert arrows(weather, "won") == won
    weather.keyboard.press("ArrowDown")
    rows = weather.locator(".sums tbody tr")
    for state in (0, 1):
        move = np.log(TRANSITION[state, 1])
        sums = [found.scores[1, state], move, found.scores[1, state] + move]
        expect(rows.nth(state).locator("td")).to_have_text(
            [f"{number:.3f}".replace("-", "−") for number in sums]
        )
    assert arrows(weather, "best") == [(0, 1)]
    assert arrows(weather, "lost") == [(1, 1)]
    expect(weather.locator(".sums tr.won th")).to_have_text(["rainy"])
    total = f"{found.scores[2, 1]:.3f}".replace("-", "−")
    expect(weather.locator(".sums b")).to_have_text(total)
    weather.keyboard.press("ArrowLeft")
    assert scores(weather) == written[:4]
    weather.keyboard.press("End")
    assert arrows(weather, "path") == [(0, 0), (0, 1), (1, 0), (0, 0)]
    expect_in_python(weather, "[weather.step, weather.cell]", [6, [4, 1]])
    weather.keyboard.press("Home")
    expect(weather.locator("line.arrow")).to_have_count(0)


def test_probabilities_instead_of_logarithms(weather: Page) -> None:
    weather.get_by_role("button", name="Show probabilities").press("Enter")
    assert scores(weather) == ["0.450", "0.100"]
    expect(weather.locator(".sums b")).to_have_text("0.4500")
    weather.get_by_role("button", name="Show logarithms").press("Enter")
    assert scores(weather) == ["−0.80", "−2.30"]


def test_the_path_flips_when_a_transition_is_changed(weather: Page) -> None:
    grid = weather.locator("svg.grid")
    slider = weather.get_by_label("Probability to go from rainy to <b>sunny")
    verdict = weather.locator(".flip")
    slider.focus()
    weather.keyboard.press("ArrowLeft")
    expect(verdict).to_have_text("The best path is still the original one.")
    same = grid.screenshot()
    for _ in range(23):
        weather.keyboard.press("ArrowLeft")
    words = "The path flipped at step 3: <b>sunny became rainy."
    expect(verdict).to_contain_text(words)
    assert arrows(weather, "path") == [(0, 0)] * 4
    expect(weather.locator("line.arrow.before")).to_have_count(2)
    assert grid.screenshot() != same
    edited = [edited_row([0.7, 0.3], 1, 0.06, [0.7, 0.3]), [0.3, 0.7]]
    path, _ = viterbi(np.log(INITIAL), np.log(edited), np.log(SEEN))
    assert path.tolist() == [0] * 5
    expect_in_python(weather, "weather.path", ["rainy"] * 5)
    expect_in_python(weather, "[round(p, 12) for p in weather.transition[0]]", [0.94, 0.06])
    weather.get_by_role("button", name="Reset").press("Enter")
    expect(verdict).to_have_text("")
    expect(weather.get_by_role("button", name="Reset")).to_be_focused()
    assert arrows(weather, "path") == [(0, 0), (0, 1), (1, 0), (0, 0)]
    expect_in_python(weather, "weather.transition", TRANSITION.tolist())


def test_another_transition_is_chosen_by_name(weather: Page) -> None:
    weather.get_by_label("Transition from").select_option(label="<b>sunny")
    weather.get_by_label("Transition to").select_option(label="rainy")
    slider = weather.get_by_label("Probability to go from <b>sunny to rainy")
    slider.press("End")
    expect_in_python(weather, "weather.transition", [[0.7, 0.3], [1.0, 0.0]])
    slider.press("Home")
    expect_in_python(weather, "weather.transition", [[0.7, 0.3], [0.0, 1.0]])
    expect(weather.locator(".value")).to_have_text("0.000 (was 0.300)")


def test_a_circle_can_be_clicked(weather: Page) -> None:
    weather.locator("circle.state").nth(7).click()  # step 4, second state
    expect(weather.get_by_role("status").first).to_contain_text("Step 4 of 5")
    expect(weather.locator(".sums .title")).to_have_text("Who comes before <b>sunny at step 4?")


def test_a_step_is_drawn_in_under_50_ms(lab: Lab, page: Page) -> None:
    lab.show_widget(
        page,
        "large.ipynb",
        "Viterbi trellis",
        """import numpy as np
from lmteach.widgets.trellis.widget import Trellis
rng = np.random.default_rng(0)
Trellis(rng.dirichlet(np.ones(8)), rng.dirichlet(np.ones(8), size=8),
        rng.dirichlet(np.ones(5), size=8), rng.integers(5, size=14), "ABCDEFGH", "abcde")""",
    )
    assert milliseconds_a_step(page, ".viterbi", "enter('input[type=range]', step / 21)") < 50


def models() -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """A tie, and random models, some with impossible moves or observations that nobody emits."""
    rng = np.random.default_rng(0)
    tie = np.full((3, 3), 1 / 3)  # every path is as good as every other: the first is taken
    drawn = [(tie[0], tie, tie)]
    for _ in range(60):
        states, steps = int(rng.integers(2, 9)), int(rng.integers(1, 15))
        transition = rng.dirichlet(np.full(states, 0.5), size=states)
        if rng.random() < 0.5:
            transition = np.where(transition < 0.05, 0, transition)
            transition /= transition.sum(axis=1, keepdims=True)
        seen = rng.random((steps, states))
        seen[rng.random((steps, states)) < 0.2] = 0
        drawn.append((rng.dirichlet(np.ones(states)), transition, seen))
    return drawn


def test_scores_and_paths_are_those_of_python(module_page: Page) -> None:
    drawn = models()
    answers = module_page.evaluate(
        """async ([text, models]) => {
          const { viterbi } = await load(text);
          return models.map((model) => {
            const { scores, back, path } = viterbi(...model);
            return { back, path, scores: scores.map((row) => row.map(String)) };
          });
        }""",
        [Trellis._esm, [[part.tolist() for part in model] for model in drawn]],
    )
    possible = 0
    for model, answer in zip(drawn, answers, strict=True):
        found = viterbi_table(*model)
        scores = np.array([[float(score) for score in row] for row in answer["scores"]])
        finite = np.isfinite(found.scores)
        assert (np.isfinite(scores) == finite).all()
        assert np.allclose(scores[finite], found.scores[finite], rtol=0, atol=1e-12)
        assert (np.array(answer["back"]) == found.back_pointers)[finite].all()
        assert answer["path"] == found.path.tolist()
        with np.errstate(divide="ignore"):
            path, score = viterbi(*map(np.log, model))
        if score > -np.inf:
            assert answer["path"] == path.tolist()
            possible += 1
    assert 10 < possible < len(drawn)


def test_edited_rows_are_those_of_python(module_page: Page) -> None:
    rng = np.random.default_rng(1)
    cases: list[list[Any]] = [[[0.0, 1.0, 0.0], 1, 0.5, [0.0, 1.0, 0.0]]]
    cases.append([[0.0, 1.0, 0.0], 1, 0.25, [0.3, 0.6, 0.1]])
    for size in range(2, 9):
        row = rng.dirichlet(np.ones(size)).tolist()
        cases += [[row, int(rng.integers(size)), value, row] for value in (0.0, 0.37, 1.0)]
    found = module_page.evaluate(
        """async ([text, cases]) => {
          const { editedRow } = await load(text);
          return cases.map((each) => editedRow(...each));
        }""",
        [Trellis._esm, cases],
    )
    for each, row in zip(cases, found, strict=True):
        assert np.allclose(row, edited_row(*each), rtol=0, atol=1e-15)


def test_flips_in_words(module_page: Page) -> None:
    cases = [
        ([0, 1, 0], [0, 1, 0], "The best path is still the original one."),
        ([0, 1, 0], [0, 0, 0], "The path flipped at step 2: B became A."),
        (
            [0, 0, 0, 0],
            [1, 1, 0, 1],
            "The path flipped at steps 1, 2 and 4: A became B (at step 1).",
        ),
        ([0, 1], [], "Now no path is possible: each meets a probability of 0."),
        ([], [0, 1], "Now there is a possible path."),
    ]
    found = module_page.evaluate(
        """async ([text, cases]) => {
          const { comparison } = await load(text);
          return cases.map(([before, after]) => comparison(before, after, ["A", "B"]));
        }""",
        [Trellis._esm, [list(case[:2]) for case in cases]],
    )
    assert found == [words for _, _, words in cases]
