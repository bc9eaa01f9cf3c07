"""A plot that is refused leaves no empty figure, which a notebook would show below the error."""

from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt
import pytest

from lmteach.plots.bars import bars
from lmteach.plots.cost_and_quality import cost_and_quality
from lmteach.plots.curves import curves
from lmteach.plots.gradient_lag import gradient_lag
from lmteach.plots.heatmap import heatmap
from lmteach.plots.ranking import ranking
from lmteach.plots.scatter import scatter
from lmteach.plots.training_runs import training_runs
from lmteach.plots.zipf import rank_frequency


@pytest.mark.parametrize(
    ("plot", "words"),
    [
        (lambda: curves({"a": [1, 2]}, x=[1, 2, 3]), "expected one value for each place"),
        (lambda: gradient_lag({"a": [1, 2], "b": [1]}), "expected norms of at least 0"),
        (lambda: ranking({"a": 1.0}, band=("b", 2.0, 1.0)), "expected lower < upper"),
        (lambda: training_runs({"a": ([1, 0], [1, 2])}), "times above 0"),
        (lambda: cost_and_quality({"a": {"b": (0.0, 1.0)}}), "expected seconds above 0"),
        (lambda: bars([1, 2], ["a"]), "one row of values with one label each"),
        (lambda: heatmap([[1.0]], rows=["a", "b"], columns=["a"]), "there are 2 row names"),
        (lambda: scatter([[1.0, 2.0]], ["a", "b"]), "expected a point"),
        (lambda: rank_frequency({"a": [0]}), "count below 1"),
    ],
)
@pytest.mark.usefixtures("without_shape_checks")
def test_no_figure_is_left_open(plot: Callable[[], Any], words: str) -> None:
    open_before = plt.get_fignums()
    with pytest.raises(ValueError, match=words):
        plot()
    assert plt.get_fignums() == open_before
