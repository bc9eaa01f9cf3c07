"""Diagrams of attention: the numbers given stand there, and what does not fit is named."""

import numpy as np
import pytest

from lmteach.plots.diagrams.attention import many_heads, one_query

KEYS = np.array([[0.0, 1.0], [2.0, 0.0], [0.5, -1.0]])
GIVEN = {
    "tokens": ["the", "cat", "sat"],
    "asking": 1,
    "query": [2.0, 0.0],
    "keys": KEYS,
    "scores": [0.0, 4.0, -np.inf],
    "weights": [0.018, 0.982, 0.0],
    "values": 3 * KEYS,
    "mixture": [5.892, 0.054],
}


def texts(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def test_every_number_of_a_query_is_written():
    said = texts(one_query(**GIVEN, formula="q · k / √2"))
    for expected in ("the query of cat", "2  0", "0.5  −1", "−∞", "0.98", "6  0", "5.89  0.05"):
        assert expected in said
    for expected in ("the", "cat", "sat", "softmax", "q · k / √2", "weights", "values"):
        assert expected in said


@pytest.mark.parametrize(
    "lit", ["query", "keys", "scores", "softmax", "weights", "values", "mixture", "score2"]
)
def test_each_part_of_a_query_can_be_lit(lit):
    plain, lighted = one_query(**GIVEN), one_query(**GIVEN, lit=[lit])
    assert texts(plain) == texts(lighted)
    strong = [patch for patch in lighted.patches if patch.get_linewidth() > 2]
    assert len(strong) == (3 if lit in {"keys", "scores", "weights", "values"} else 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"asking": 3}, "asking is 3, expected a place among 3 tokens"),
        ({"keys": KEYS[:2]}, r"keys has shape \(2, 2\), expected a row for each of 3"),
        ({"weights": [1.0]}, r"weights has shape \(1,\)"),
        ({"mixture": [1.0]}, r"mixture has shape \(1,\), expected one vector as long as a row of"),
        ({"query": [np.nan, 1.0]}, "query has an entry that is not finite"),
        ({"scores": [0.0, np.nan, 1.0]}, "scores has NaN or infinity"),
        ({"weights": [-1.0, 1.0, 1.0]}, "weights has an entry outside 0 to 1"),
        ({"formula": ""}, "empty"),
        ({"lit": ["valve"]}, "no part is called 'valve'"),
    ],
)
def test_what_does_not_fit_a_query_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        one_query(**(GIVEN | change))


def test_heads_share_the_width():
    said = texts(many_heads(dim=12, heads=3))
    assert [text for text in said if text.startswith("attend")] == [
        "attend · head 1",
        "attend · head 2",
        "attend · head 3",
    ]
    for expected in ("x", "split", "join", "W_O", "y", "(T, 12)", "in each head (T, 4)"):
        assert expected in said


def test_all_heads_are_lit_by_one_name():
    strong = [
        patch for patch in many_heads(8, 2, lit=["heads"]).patches if patch.get_linewidth() > 2
    ]
    assert len(strong) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"heads": 5}, "dim is 12, which 5 heads can't share"),
        ({"dim": 16, "heads": 8}, "heads is 8, expected 6 at most"),
        ({"dim": 0}, "dim is 0"),
        ({"lit": ["head4"]}, "no part is called 'head4'"),
    ],
)
def test_what_does_not_fit_many_heads_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        many_heads(**({"dim": 12, "heads": 3} | change))
