"""The panel's grid, what it shows first, its picture and words, and what is refused."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lmteach.widgets.ngram_panel.widget import NGramPanel

HELD_OUT = np.array([[4.5, 4.5], [3.6, 3.7], [3.4, 3.2]])
TRAIN = HELD_OUT - 0.5
SAMPLES = [[[f"{n} {d} {k}" for k in "xy"] for d in "ab"] for n in "123"]


def panel(**changes: object) -> NGramPanel:
    given = {"held_out": HELD_OUT, "train": TRAIN, "samples": SAMPLES}
    given |= {"orders": [1, 2, 3], "discounts": [0.25, 0.75]}
    return NGramPanel(**(given | changes))


def test_it_starts_at_the_best_model() -> None:
    shown = panel()
    assert (shown.order, shown.discount) == (3, 0.75)
    assert shown.text == "3 b x"
    shown.draw = 1
    assert shown.text == "3 b y"
    shown.draw = 2
    assert shown.text == "3 b x"


def test_the_browser_gets_the_grid_once() -> None:
    state = panel().get_state()
    assert state["held_out"] == HELD_OUT.tolist()
    assert state["train"] == TRAIN.tolist()
    assert state["samples"] == SAMPLES


def test_picture_has_the_curves_and_the_samples() -> None:
    figure = panel().picture()
    above, below = figure.axes
    lines = {line.get_label(): line.get_ydata().tolist() for line in above.lines}
    assert lines == {
        "held out, discount 0.25": HELD_OUT[:, 0].tolist(),
        "held out, discount 0.75": HELD_OUT[:, 1].tolist(),
        "training text, discount 0.75": TRAIN[:, 1].tolist(),
    }
    assert all(f"{n} b x" in below.texts[0].get_text() for n in "123")
    plt.close(figure)


def test_words_name_the_figures() -> None:
    said = panel().alt
    assert "4.50, 3.70, 3.20 on held-out text and 4.00, 3.20, 2.70 on training text" in said
    assert "Below, samples of orders 1, 2, 3; at order 3 it begins: '3 b x'" in said


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"held_out": HELD_OUT.T}, r"held_out has shape \(2, 3\), expected \(3, 2\)"),
        ({"train": -TRAIN}, "train contains -4.0, expected finite bits"),
        ({"held_out": HELD_OUT * np.inf}, "held_out contains inf"),
        ({"orders": []}, r"orders is \[\], expected rising numbers"),
        ({"discounts": [0.75, 0.25]}, r"discounts is \[0.75, 0.25\], expected rising"),
        ({"samples": SAMPLES[:2]}, r"rows of \[2, 2\] cells, expected 3 rows of 2"),
        ({"samples": [[[], []]] * 3}, "each with at least one text"),
    ],
)
def test_bad_grids(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        panel(**changes)
