"""Accuracy against labels: where means and bars are drawn, what stands beside, what is refused."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lmteach.plots.labels_and_accuracy import labels_and_accuracy

LABELS = [50, 200, 1000]
COUNTING = np.array([[0.5, 0.6, 0.52], [0.6, 0.62, 0.7], [0.7, 0.7, 0.7]])
FROZEN = COUNTING + 0.1


def test_means_and_seeds_by_hand() -> None:
    _, panel = plt.subplots()
    axes = labels_and_accuracy(
        {"counting": COUNTING, "frozen": FROZEN}, LABELS, {"a person": 0.94}, panel, title="C"
    )
    assert axes is panel
    first, second, level = axes.lines
    for line, bars, values in zip(axes.lines, axes.collections, (COUNTING, FROZEN), strict=False):
        np.testing.assert_allclose(line.get_ydata(), values.mean(axis=1), rtol=1e-12)
        np.testing.assert_allclose(line.get_xdata(), LABELS, rtol=0.05)
        ends = np.array([path.vertices for path in bars.get_paths()])
        np.testing.assert_allclose(ends[:, :, 0], np.array([line.get_xdata()] * 2).T)
        np.testing.assert_allclose(ends[:, 0, 1], values.min(axis=1), rtol=1e-12)
        np.testing.assert_allclose(ends[:, 1, 1], values.max(axis=1), rtol=1e-12)
    assert (np.array(first.get_xdata()) < np.array(second.get_xdata())).all()  # side by side
    assert len({line.get_marker() for line in (first, second)}) == 2
    assert len({line.get_color() for line in (first, second)}) == 2
    assert level.get_ydata() == [0.94, 0.94]
    assert len(axes.collections) == 2
    assert axes.get_xscale() == "log"
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["50", "200", "1,000"]
    assert [text.get_text() for text in axes.texts] == ["a person"]
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["counting", "frozen"]
    axes.figure.canvas.draw()
    plt.close(axes.get_figure(root=True))


def test_one_number_of_labels_and_one_seed_are_enough() -> None:
    axes = labels_and_accuracy({"$a$": [[0.5]]}, [50])
    assert np.array(axes.lines[0].get_xydata()).tolist() == [[50, 0.5]]
    plt.close(axes.get_figure(root=True))


@pytest.mark.parametrize(
    ("methods", "labels", "words"),
    [
        ({}, [50], "there are 0 methods"),
        ({str(n): [[0.5]] for n in range(9)}, [50], "there are 9 methods, expected 1 to 8"),
        ({"a": [[0.5]]}, [], "labels is \\[\\]"),
        ({"a": [[0.5]]}, [0], "no 0 on a scale of factors"),
        ({"a": [[0.5]]}, [50, 200], "'a' has shape \\(1, 1\\)"),
        ({"a": [[]]}, [50], "'a' has shape \\(1, 0\\)"),
        ({"a": [[float("nan")]]}, [50], "contains nan"),
    ],
)
def test_what_is_refused(methods: dict[str, object], labels: list[int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        labels_and_accuracy(methods, labels)
