"""Runs against the clock: each with times of its own."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lmteach.plots.training_runs import training_runs


def test_each_run_has_its_own_times_on_a_scale_of_factors() -> None:
    gpt = np.array([1.0, 10.0, 100.0]), np.array([4.0, 3.0, 2.0])
    axes = training_runs({"GPT": gpt, "RNN": ([0.5, 5.0], [3.5, 2.7])}, title="all")
    first, second = axes.lines
    np.testing.assert_array_equal(first.get_xydata(), np.stack(gpt, axis=1))
    np.testing.assert_array_equal(second.get_xydata(), [[0.5, 3.5], [5.0, 2.7]])
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "linear")
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["GPT", "RNN"]
    assert axes.get_ylabel() == "bits per character"


def test_marks_are_levels_with_their_names_beside_them() -> None:
    axes = training_runs({"GPT": ([1.0, 2.0], [3.0, 2.0])}, marks={"gzip": 2.96, "xz": 2.7})
    assert [line.get_ydata() for line in axes.lines[1:]] == [[2.96, 2.96], [2.7, 2.7]]
    assert {text.get_text(): text.get_position()[1] for text in axes.texts} == {
        "gzip": 2.96,
        "xz": 2.7,
    }
    assert all(text.get_position()[0] > 1 for text in axes.texts)  # right of the axes


def test_it_draws_into_the_axes_it_is_given() -> None:
    _, axes = plt.subplots()
    assert training_runs({"GPT": ([1.0], [2.0])}, axes=axes) is axes


@pytest.mark.parametrize(
    ("runs", "words"),
    [
        ({}, "runs is empty"),
        ({"GPT": ([1.0, 2.0], [2.0])}, r"'GPT' has seconds of shape \(2,\)"),
        ({"GPT": ([0.0, 2.0], [2.0, 1.0])}, "times above 0"),
        ({"GPT": ([[1.0]], [[2.0]])}, r"shape \(1, 1\)"),
    ],
)
def test_what_it_refuses(runs: dict[str, tuple[list[float], list[float]]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        training_runs(runs)
