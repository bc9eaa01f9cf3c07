"""The training panel in a real JupyterLab, by keyboard: also while a cell waits for the run."""

import pytest
from playwright.sync_api import Page, expect

from lmteach.plots.levels import apart
from lmteach.widgets.training_panel.loss_curve import MOST, LossCurve
from lmteach.widgets.training_panel.widget import TrainingPanel
from tests.browser.lab import IDLE, Lab, expect_in_python, in_python

MAKE = """import time
from lmteach.widgets.training_panel.widget import TrainingPanel
def train(on_step):
    for step in range(1, 100_001):
        time.sleep(0.005)
        if on_step(step, 2 + 5 / step):
            break
    return step
def write():
    return f"<b>{len(panel.losses)}</b>"
panel = TrainingPanel(100_000, write, tokens_per_step=10, marks={"bigram": 4.5, "ln V": 6.9})
panel.run(train)"""

RUN_BOTH = '() => { window.jupyterapp.commands.execute("notebook:run-all-cells"); }'
SAVE = '() => window.jupyterapp.commands.execute("docmanager:save")'
INTERRUPT = '() => window.jupyterapp.commands.execute("notebook:interrupt-kernel")'
BUSY = IDLE.replace("'idle'", "'busy'")

# A model as the panel's script sees it, without Python: values, listeners, and what was sent.
FAKE = """async ([text, values]) => {
  const listeners = [];
  window.values = values;
  window.sent = [];
  window.change = (changed) => { Object.assign(values, changed); listeners.forEach((f) => f()); };
  const model = { get: (name) => values[name], send: (message) => window.sent.push(message),
    on: (_, listener) => listeners.push(listener), off: () => listeners.pop() };
  const { default: widget } = await load(text);
  window.silence = widget.render({ model, el: document.body });
  window.listeners = listeners;
}"""
NOTHING_YET = {
    **{"steps": 900, "unit": "nats per token", "marks": {"ln V": 6.9, "bigram": 4.5}},
    **{"can_sample": True, "state": "ready", "message": "", "points": [], "clock": {}},
    "samples": [],
}


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).press("Enter")


def status(page: Page, words: str) -> None:
    expect(page.locator(".trainingpanel .says")).to_contain_text(words, timeout=30_000)


@pytest.fixture
def alone(module_page: Page) -> Page:
    """The panel on an empty page, without Python."""
    module_page.evaluate(FAKE, [TrainingPanel._esm, NOTHING_YET])
    return module_page


def test_a_run_is_steered_by_keyboard(lab: Lab, page: Page) -> None:
    lab.show(page, "training.ipynb", MAKE)
    status(page, "Training.")
    expect(page.locator(".trainingpanel .number")).to_contain_text("left")
    press(page, "Pause")
    status(page, "Paused after step")
    made = in_python(page, "len(panel.losses)")
    press(page, "Sample now")
    first = page.locator(".trainingpanel .samples li").first
    expect(first).to_contain_text(f"After step {made}")
    expect(first).to_contain_text(f"<b>{made}</b>")  # as text, not as HTML
    expect_in_python(page, "len(panel.losses)", made)
    press(page, "Go on")
    status(page, "Training.")
    press(page, "Stop")
    status(page, "Stopped after step")
    expect(page.get_by_role("button", name="Pause")).to_be_disabled()
    assert made < in_python(page, "panel.result()") < 100_000
    press(page, "Sample now")
    expect(page.locator(".trainingpanel .samples li")).to_have_count(4)


def test_buttons_work_while_a_cell_waits_for_the_run(lab: Lab, page: Page) -> None:
    """Run All: the kernel hears of buttons while a cell awaits (ipykernel 7.4)."""
    lab.write(
        "waiting.ipynb", MAKE, "print('waits')\nmade = await panel.finished(); print('made', made)"
    )
    lab.open(page, "waiting.ipynb")
    page.evaluate(RUN_BOTH)
    expect(page.locator(".jp-OutputArea-output", has_text="waits")).to_be_visible(timeout=30_000)
    page.wait_for_timeout(500)
    assert page.evaluate(BUSY)
    status(page, "Training.")
    press(page, "Pause")
    status(page, "Paused after step")
    press(page, "Stop")
    expect(page.locator(".jp-OutputArea-output", has_text="made ")).to_be_visible(timeout=30_000)
    status(page, "Stopped after step")  # the view that took the place of the first one
    expect(page.locator(".trainingpanel")).to_have_count(1)


def test_a_cell_that_waits_hears_no_button_but_an_interrupt(lab: Lab, page: Page) -> None:
    lab.write("deaf.ipynb", MAKE, "print('waits')\nmade = panel.result()")
    lab.open(page, "deaf.ipynb")
    page.evaluate(RUN_BOTH)
    expect(page.locator(".jp-OutputArea-output", has_text="waits")).to_be_visible(timeout=30_000)
    press(page, "Pause")
    expect(page.get_by_text("Python is busy with a cell")).to_be_visible(timeout=30_000)
    page.evaluate(INTERRUPT)
    status(page, "Stopped after step")
    expect(page.get_by_text("Python is busy with a cell")).to_have_count(0)
    expect(page.get_by_text("KeyboardInterrupt").first).to_be_visible()
    page.wait_for_function(IDLE)
    page.wait_for_timeout(500)  # after an error the kernel refuses what is asked for a moment
    assert in_python(page, "panel.result() == len(panel.losses) < 100_000")


def test_nothing_is_lost_when_the_page_is_loaded_again(lab: Lab, page: Page) -> None:
    lab.show(page, "again.ipynb", MAKE)
    status(page, "Training.")
    page.evaluate(SAVE)
    page.wait_for_timeout(300)
    page.reload()
    status(page, "Training.")
    expect(page.locator(".trainingpanel .samples li")).to_contain_text("Before the first step")
    number = page.locator(".trainingpanel .number")
    # The saved panel is shown first, and stands still; the kernel's takes its place, and goes on.
    expect(number).not_to_have_text(number.inner_text(), timeout=60_000)
    made = in_python(page, "len(panel.losses)")
    press(page, "Stop")
    status(page, "Stopped after step")
    assert made < in_python(page, "panel.result()") < 100_000


def test_what_is_shown_at_each_state(alone: Page) -> None:
    now, samples = alone.locator(".number"), alone.locator(".samples li")
    buttons = {name: alone.get_by_role("button", name=name) for name in ("Sample now", "Stop")}
    hold = alone.locator("button").first
    status(alone, "Not started.")
    expect(now).to_have_text("0 of 900 steps")
    for each in (hold, *buttons.values()):
        expect(each).to_be_disabled()
    points = [[1, 6.93, 6.93], [300, 3.5, 3.6125]]
    clock = {"seconds": 41.26, "left": 125.0, "tokens": 12345.6}
    alone.evaluate("change", {"state": "training", "points": points, "clock": clock})
    status(alone, "Training.")
    expect(now).to_have_text(
        "Step 300 of 900 · loss 3.500, smoothed 3.612 · 41 s, about 2 min 5 s left "
        "· 12,346 tokens/s"
    )
    chart = alone.get_by_role("img")
    expect(chart).to_have_attribute(
        "aria-label", "The loss against the steps: 6.93 at first, now about 3.61"
    )
    expect(chart.locator(".name")).to_have_text(["ln V 6.90", "bigram 4.50"])
    hold.press("Enter")
    expect(alone.get_by_text("pausing …")).to_be_visible()
    alone.evaluate("change", {"state": "paused", "samples": [{"step": 0, "text": "<i>x\ny"}]})
    expect(hold).to_have_text("Go on")
    expect(alone.get_by_text("pausing …")).to_have_count(0)
    expect(samples).to_have_text(["Before the first step<i>x\ny"])
    hold.press("Enter")
    buttons["Sample now"].press("Enter")
    buttons["Stop"].press("Enter")
    assert alone.evaluate("sent.map((message) => message.command)") == [
        *("pause", "go on", "sample", "stop")
    ]
    alone.evaluate("change", {"state": "failed", "message": "FloatingPointError: <nan>"})
    status(alone, "FloatingPointError: <nan>")
    expect(buttons["Stop"]).to_be_disabled()
    expect(buttons["Sample now"]).to_be_enabled()
    expect(now).not_to_contain_text("left")


def test_a_button_that_python_does_not_hear_is_explained(alone: Page) -> None:
    alone.evaluate("change", {"state": "training"})
    alone.locator("button").first.press("Enter")
    expect(alone.get_by_text("Python is busy with a cell")).to_be_visible(timeout=30_000)
    alone.evaluate("change", {"state": "paused"})
    expect(alone.get_by_text("Python is busy with a cell")).to_have_count(0)


def test_a_view_that_is_gone_listens_no_more(alone: Page) -> None:
    assert alone.evaluate("listeners.length") > 0
    alone.evaluate("silence()")
    assert alone.evaluate("listeners.length") == 0


def test_a_step_is_drawn_in_under_50_ms(alone: Page) -> None:
    """As many points, samples and marks as there ever are."""
    curve = LossCurve()
    for step in range(1, 10_001):
        curve.add(step, 2 + 5 / step + step % 7 / 20)
    points = [[*point] for point in curve.points()]
    assert MOST / 2 < len(points) <= MOST
    samples = [{"step": step, "text": 20 * "some words "} for step in range(50)]
    times = alone.evaluate(
        """async ([points, samples]) => {
          const times = [];
          for (let step = 0; step < 21; step++) {
            const begin = performance.now();
            change({ state: "training", points: points.slice(0, points.length - step),
              samples: samples.slice(0, 50 - step), clock: { seconds: step, left: 1, tokens: 1 } });
            await Promise.resolve();
            document.body.getBoundingClientRect();
            times.push(performance.now() - begin);
          }
          return times.sort((a, b) => a - b);
        }""",
        [points, samples],
    )
    assert alone.locator("path.raw").get_attribute("d").count("L") > MOST / 2 - 30
    assert times[10] < 50


def test_round_places_cover_the_axis(module_page: Page) -> None:
    cases = [(0, 900, 6), (2.71, 7.03, 5), (0, 1, 5), (1e-4, 3e-4, 5), (0, 7200, 6), (0, 1, 6)]
    found = module_page.evaluate(
        "async ([text, cases]) => { const { roundPlaces } = await load(text);"
        " return cases.map((one) => roundPlaces(...one)); }",
        [TrainingPanel._esm, cases],
    )
    assert found[0] == [0, 200, 400, 600, 800]
    assert found[1] == [3, 4, 5, 6, 7]
    for (low, high, _), places in zip(cases, found, strict=True):
        assert 2 <= len(places) <= 8
        assert all(low - 1e-9 <= place <= high + 1e-9 for place in places)


def test_labels_are_kept_apart_as_in_the_picture(module_page: Page) -> None:
    cases = [[10.0, 12.0, 80.0], [5.0], [], [30.0, 30.0, 30.0], [40.0, 0.0, 39.0, 20.0]]
    found = module_page.evaluate(
        "async ([text, cases]) => { const { keptApart } = await load(text);"
        " return cases.map((one) => keptApart(one, 20)); }",
        [TrainingPanel._esm, cases],
    )
    for heights, moved in zip(cases, found, strict=True):
        assert moved == [-height for height in apart([-height for height in heights], 20.0)]
