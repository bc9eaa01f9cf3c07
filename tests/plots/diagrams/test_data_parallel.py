"""The diagram of notebook 22: what is written, what leads where, what is lit, what is refused."""

import pytest
from matplotlib.colors import to_hex

from lmteach.plots.diagrams.data_parallel import data_parallel
from lmteach.plots.diagrams.drawing import INK


def texts(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def black_arrows(axes):
    arrows = [getattr(text, "arrow_patch", None) for text in axes.texts]
    return sum(one is not None and to_hex(one.get_edgecolor()) == INK for one in arrows)


def test_each_process_has_its_rows_and_all_share_one_exchange():
    found = texts(data_parallel(2))
    assert [text for text in found if text.startswith("rows")] == ["rows 0, 2, …", "rows 1, 3, …"]
    assert (found.count("all-\nreduce"), found.count("mean"), found.count("step")) == (1, 2, 2)
    assert "all rows" in texts(data_parallel(1))


@pytest.mark.parametrize("count", [1, 2, 4])
def test_all_is_joined(count):
    assert black_arrows(data_parallel(count)) == 6 * count


def test_parts_can_be_lit():
    axes = data_parallel(2, lit=["gradient0", "gradient1", "exchange"])
    assert sum(patch.get_linewidth() == 2.6 for patch in axes.patches) == 3


@pytest.mark.parametrize(
    ("processes", "lit", "message"),
    [(0, (), "processes is 0"), (5, (), "at most 4"), (1, ["rows1"], "no part is called 'rows1'")],
)
def test_what_cant_be_drawn_is_refused(processes, lit, message):
    with pytest.raises(ValueError, match=message):
        data_parallel(processes, lit)
