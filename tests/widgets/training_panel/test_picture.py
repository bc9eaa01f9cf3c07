"""The still picture of a run: the arrays behind it, and the same in words."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lmteach.widgets.training_panel.loss_curve import LossCurve
from lmteach.widgets.training_panel.picture import (
    SAMPLES,
    WIDTH,
    chosen,
    draw_training,
    training_in_words,
)

MARKS = {"ln V": 6.9, "$bigram": 4.5, "trigram": 4.4}
WRITTEN = [{"step": step, "text": f"$x <b>\n{step} " + 60 * "word "} for step in (0, 30, 60, 90)]


def a_curve() -> LossCurve:
    curve = LossCurve()
    for step in range(1, 91):
        curve.add(step, 3 + 4 / step)
    return curve


def test_the_lines_are_the_losses_the_smoothed_ones_and_the_marks() -> None:
    curve = a_curve()
    figure = draw_training(curve, 120, MARKS, "nats", WRITTEN)
    figure.canvas.draw()  # a "$" is no formula
    raw, smooth, *levels, here = figure.axes[0].lines
    assert raw.get_xdata().tolist() == curve.steps
    assert raw.get_ydata().tolist() == curve.losses
    assert smooth.get_ydata().tolist() == curve.smooth
    assert [level.get_ydata()[0] for level in levels] == [6.9, 4.5, 4.4]
    assert (here.get_xdata()[0], here.get_ydata()[0]) == (90, curve.smooth[-1])
    assert figure.axes[0].get_xlim() == (0, 120)
    assert figure.axes[0].get_ylabel() == "nats"
    title = f"After 90 of 120 steps: {curve.smooth[-1]:.2f} nats"
    assert figure.axes[0].get_title(loc="left") == title


def test_names_of_levels_that_are_close_do_not_overlap() -> None:
    figure = draw_training(a_curve(), 120, MARKS, "nats", [])
    figure.canvas.draw()
    names = [text for text in figure.axes[0].texts if text.get_text()]
    assert [text.get_text() for text in names] == ["ln V 6.90", "$bigram 4.50", "trigram 4.40"]
    boxes = sorted((text.get_window_extent() for text in names), key=lambda box: box.y0)
    assert all(low.y1 <= high.y0 + 1 for low, high in pairwise(boxes))


def test_samples_stand_below_within_the_picture() -> None:
    figure = draw_training(a_curve(), 120, MARKS, "nats", WRITTEN)
    figure.canvas.draw()
    (text,) = figure.axes[1].texts
    lines = text.get_text().splitlines()
    assert [line for line in lines if line.startswith("Written")] == [
        "Written before the first step:",
        *(f"Written after step {step}:" for step in (30, 60, 90)),
    ]
    assert "  $x <b> ⏎ 30 word" in text.get_text()
    assert max(map(len, lines)) <= WIDTH + 2
    box, page = text.get_window_extent(), figure.bbox
    assert page.x0 <= box.x0 < box.x1 <= page.x1
    last_line = box.y0 + box.height / (len(lines) + 1)  # below it, only air
    assert page.y0 <= last_line


def test_words() -> None:
    words = training_in_words(a_curve(), 120, MARKS, "nats", WRITTEN[:2])
    assert words.startswith(
        "The loss against the steps, 90 of 120 made, in nats, with levels at 6.90 (ln V), 4.50 "
        "($bigram), 4.40 (trigram). It begins at 7.00; the smoothed line ends at 3.05, with single "
        "steps between 3.04 and 7.00. Written before the first step: '$x <b> ⏎ 0 word"
    )
    assert "Written after step 30: '$x <b> ⏎ 30 word" in words
    assert ", with" not in training_in_words(LossCurve(), 5, {}, "nats", [])


def test_a_run_that_has_not_begun() -> None:
    figure = draw_training(LossCurve(), 120, {}, "nats", [])
    assert figure.axes[0].get_xlim() == (0, 120)
    assert figure.axes[0].get_title(loc="left") == ""


@given(st.integers(0, 60))
def test_few_samples_the_first_and_the_last_among_them(count: int) -> None:
    samples = [{"step": step} for step in range(count)]
    steps = [sample["step"] for sample in chosen(samples)]
    assert len(steps) == min(count, SAMPLES)
    assert steps == sorted(set(steps))
    assert not count or (steps[0], steps[-1]) == (0, count - 1)
