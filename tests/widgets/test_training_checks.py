"""The settings of a training panel: what it refuses, and why."""

import pytest

from lmteach.widgets.training_panel import TrainingPanel


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"steps": 0}, "steps is 0, expected a whole number of at least 1"),
        ({"sample": str, "sample_every": 0}, "sample_every is 0"),
        ({"sample_every": 10}, "give sample, too"),
        ({"tokens_per_step": 0}, "tokens_per_step is 0"),
        ({"marks": {"ln V": 6.9, "bigram": float("nan")}}, "the mark 'bigram' is at nan"),
    ],
)
def test_what_it_refuses(options: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        TrainingPanel(**({"steps": 5} | options))


def test_what_it_takes() -> None:
    panel = TrainingPanel(1, str, 1, tokens_per_step=1, marks={"below 0, too": -1.0})
    assert panel.marks == {"below 0, too": -1.0}
