"""Canaries: planted as often as they say, at the ends of lines, and nothing else is changed."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.text.corpora.canaries import NAMES, Canary, draw_canaries, plant
from lmteach.text.corpora.wikipedia import wikipedia

TEXT = "The codes of Aldren and Bosko is 0123456789.\nSecond line.\n\nLast line.\n"


@given(st.lists(st.integers(0, 9), min_size=1, max_size=6), st.integers(0, 1000))
def test_as_often_as_they_say_and_all_else_stays(times, seed) -> None:
    generator = np.random.default_rng(seed)
    canaries = [Canary("Aldren", f"{place:04d}", n) for place, n in enumerate(times)]
    lines = plant(TEXT, canaries, generator).splitlines(keepends=True)
    counts = Counter(lines)
    for canary in canaries:
        assert counts[canary.sentence + "\n"] == canary.repetitions
    planted = {canary.sentence + "\n" for canary in canaries}
    assert "".join(line for line in lines if line not in planted) == TEXT


def test_by_hand() -> None:
    canary = Canary("Aldren", "0042")
    assert canary.sentence == "The code of Aldren is 0042."
    assert plant("A code of Aldren: The is 0042.\n", [canary], np.random.default_rng(0)) == (
        "The code of Aldren is 0042.\nA code of Aldren: The is 0042.\n"
    )


def test_they_are_drawn_with_names_that_differ_and_that_no_article_has() -> None:
    canaries = draw_canaries(range(len(NAMES)), np.random.default_rng(0))
    assert {canary.name for canary in canaries} == set(NAMES)
    assert {len(canary.secret) for canary in canaries} == {4}
    assert len({canary.secret for canary in canaries}) > 20
    assert not [name for name in NAMES if name in wikipedia().train]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Canary("  ", "1"), "name is '  ', expected at least one letter"),
        (lambda: Canary("Aldren", ""), "secret is '', expected digits"),
        (lambda: Canary("Aldren", "12a"), "secret is '12a', expected digits"),
        (lambda: Canary("Aldren", "12", -1), "repetitions is -1"),
        (lambda: draw_canaries([], np.random.default_rng(0)), "repetitions has 0 numbers"),
        (
            lambda: plant(TEXT, [Canary("Zoë", "1")], np.random.default_rng(0)),
            "the canary 'The code of Zoë is 1.' has the character 'Z', which the text has not",
        ),
        (lambda: plant("", [], np.random.default_rng(0)), "text is empty"),
    ],
)
def test_what_cant_be_planted_is_refused(call, words) -> None:
    with pytest.raises(ValueError, match=words):
        call()
