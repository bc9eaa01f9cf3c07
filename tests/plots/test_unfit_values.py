"""What can't be drawn is refused in one sentence, and no figure is left behind."""

from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lmteach.plots.bars import bars
from lmteach.plots.curves import curves
from lmteach.plots.descent_paths import descent_paths
from lmteach.plots.gates import coloured_text, gate_strips
from lmteach.plots.levels import apart, draw_levels
from lmteach.plots.merge_tree import merge_tree
from lmteach.plots.names import write_names
from lmteach.plots.next_token_bars import next_token_bars
from lmteach.plots.ranking import ranking
from lmteach.plots.scatter import principal_components, scatter
from lmteach.plots.training_runs import training_runs
from lmteach.plots.zipf import rank_frequency

NAN, INF = float("nan"), float("inf")
PATH = {"down": [[2.0, 1.0], [1.0, 0.5]]}


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: bars([1.0, NAN], ["a", "b"]), "values contains nan"),
        (lambda: bars([1, INF], ["a", "b"]), "values contains inf"),
        (lambda: curves({"loss": 1.0}), "'loss' has shape \\(\\), expected one row"),
        (lambda: curves({"loss": [1.0]}, xscale="logarithmic"), "xscale is 'logarithmic'"),
        (lambda: descent_paths(PATH, lambda x, y: None), "height returned NoneType of shape"),  # type: ignore[arg-type,return-value]
        (lambda: descent_paths(PATH, lambda x, y: x[0]), "height returned ndarray of shape"),
        (lambda: descent_paths(PATH, lambda x, y: x / 0 * 0), "height returned contains nan"),
        (lambda: descent_paths(PATH, lambda x, y: 0 * x), "same height everywhere"),
        (lambda: descent_paths(PATH, lambda x, y: x, lowest=(0.0, INF)), "lowest contains inf"),
        (lambda: gate_strips({"f": [1.0, NAN]}, "ab"), "f contains nan"),
        (lambda: gate_strips({"f": [1.0]}, "a", lowest=1.0), "highest is 1.0, expected"),
        (lambda: coloured_text([INF], "a"), "values contains inf"),
        (lambda: coloured_text([0.5], "a", highest=-2.0), "highest is -2.0, expected"),
        (lambda: apart([1.0, INF], gap=1.0), "heights contains inf"),
        (lambda: apart([1.0], gap=-1.0), "gap is -1.0"),
        (lambda: merge_tree([["lo", "w"], ["l", "ow"]]), r"\['l', 'ow'\] is no merge of"),
        (lambda: merge_tree([["low"], ["l", "o", "w"]]), "is no merge of the one before"),
        (lambda: next_token_bars([0.5, NAN], ["a", "b"]), "own has entries outside 0 to 1"),
        (lambda: next_token_bars([1, 0], ["a", "b"], drawn=[2, -1]), "drawn has entries outside"),
        (lambda: ranking({"gzip": INF}), "the value of 'gzip' contains inf"),
        (lambda: principal_components([[0, 1], [NAN, 2]]), "vectors contains nan"),
        (lambda: scatter([[0, 1], [NAN, 2]], ["a", "b"]), "points contains nan"),
        (lambda: training_runs({"GPT": ([1.0, INF], [3.0, 2.0])}), "seconds of 'GPT' contains inf"),
        (lambda: training_runs({"GPT": ([1.0], [2.0])}, marks={"gzip": INF}), "'gzip' contains"),
        (lambda: rank_frequency({"words": 1}), "counts of 'words' has shape"),
        (lambda: rank_frequency({"words": [1, NAN]}), "counts of 'words' contains nan"),
    ],
)
def test_what_cannot_be_drawn(draw: Callable[[], Any], message: str) -> None:
    plt.close("all")
    with np.errstate(all="ignore"), pytest.raises(ValueError, match=message):
        draw()


def test_levels_and_names_that_have_no_place() -> None:
    _, axes = plt.subplots()
    with pytest.raises(ValueError, match="the mark 'gzip' contains inf"):
        draw_levels(axes, {"gzip": INF})
    with pytest.raises(ValueError, match=r"\(1.0, inf\), expected two finite numbers .* 'hot'"):
        write_names(axes, [("hot", (1.0, INF))])
    assert not axes.lines
    assert not axes.texts
