"""Cost and quality: every model at its place, every name legible."""

import itertools
import json
from importlib.resources import files

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.text import Text

from lmteach.plots.cost_and_quality import cost_and_quality


def names_of(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def boxes(axes: Axes) -> list:
    axes.figure.draw_without_rendering()  # moves annotations to their places
    return [Text.get_window_extent(text) for text in axes.texts]


def clashes(axes: Axes, marks: int = 0) -> int:
    """How many pairs of names lie on each other, and how many names on the point of another."""
    found = boxes(axes)
    pairs = sum(a.overlaps(b) for a, b in itertools.combinations(found, 2))
    points = np.concatenate([line.get_xydata() for line in axes.lines[: len(axes.lines) - marks]])
    middles = axes.transData.transform(points)
    return pairs + sum(box.contains(*middle) for box in found for middle in middles)


def test_points_marks_and_band_stand_where_they_belong() -> None:
    groups = {"counted": {"unigram": (0.2, 4.5), "bigram": (0.3, 3.6)}, "GPT": {"GPT": (90.0, 2.0)}}
    axes = cost_and_quality(groups, marks={"gzip": 2.96}, band=("people", 0.6, 1.3))
    counted, gpt, gzip = axes.lines
    np.testing.assert_array_equal(counted.get_xydata(), [[0.2, 4.5], [0.3, 3.6]])
    np.testing.assert_array_equal(gpt.get_xydata(), [[90.0, 2.0]])
    assert counted.get_color() != gpt.get_color()
    assert gzip.get_ydata() == [2.96, 2.96]
    assert axes.get_xscale() == "log"
    assert sorted(names_of(axes)) == ["GPT", "bigram", "gzip", "unigram"]
    [band] = axes.patches
    assert (band.get_y(), band.get_y() + band.get_height()) == (0.6, 1.3)
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert sorted(labels) == ["GPT", "counted", "people"]


def test_names_stand_nearest_to_their_own_points() -> None:
    axes = cost_and_quality({"all": {"left": (1.0, 2.0), "right": (100.0, 4.0)}})
    middles = axes.transData.transform([(1.0, 2.0), (100.0, 4.0)])
    for place, box in enumerate(boxes(axes)):
        near = [np.hypot(*(np.clip(m, box.min, box.max) - m)) for m in middles]
        assert near[place] < 15
        assert near[1 - place] > 100


def test_no_name_lies_on_another_on_the_committed_scoreboard() -> None:
    rows = json.loads((files("lmteach.evaluation") / "scoreboard.json").read_text("utf-8"))["A"]
    named = {row["model"]: (row["seconds"], row["value"]) for row in rows}
    marks = {name: named.pop(name)[1] for name in list(named) if name.split()[0] in ("gzip", "xz")}
    axes = cost_and_quality({"all": named}, marks, ("people", 0.6, 1.3))
    assert sorted(names_of(axes)) == sorted([*named, *marks])
    assert clashes(axes, marks=len(marks)) == 0


@pytest.mark.parametrize("seed", range(6))
def test_no_name_lies_on_another_wherever_the_points_are(seed: int) -> None:
    draw = np.random.default_rng(seed)
    places = zip(10 ** draw.uniform(-1, 2, 12), draw.uniform(1, 5, 12), strict=True)
    axes = cost_and_quality({"all": {f"model {i}": at for i, at in enumerate(places)}})
    assert clashes(axes) == 0


def test_a_name_that_went_far_has_a_line_to_its_point() -> None:
    axes = cost_and_quality({"all": {f"the same place {i}": (1.0, 2.0) for i in range(10)}})
    arrows = [text.arrow_patch is not None for text in axes.texts]
    assert not arrows[0]
    assert arrows[-1]


def test_it_draws_into_the_axes_it_is_given() -> None:
    _, axes = plt.subplots()
    assert cost_and_quality({"all": {"one": (1.0, 2.0)}}, axes=axes, ylabel="PER") is axes
    assert axes.get_ylabel() == "PER"


@pytest.mark.parametrize(
    ("points", "band", "words"),
    [
        ({}, None, "points is empty"),
        ({"all": {}}, None, "points is empty"),
        ({"all": {"one": (0.0, 2.0)}}, None, "'one' has"),
        ({"all": {"one": (1.0, np.nan)}}, None, "finite"),
        ({"all": {"one": (1.0, 2.0)}}, ("people", 1.3, 0.6), "lower < upper"),
    ],
)
def test_what_it_refuses(points: dict, band: tuple | None, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        cost_and_quality(points, band=band)
