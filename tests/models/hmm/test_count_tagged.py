"""Counts from tagged sequences against a recount."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.hmm.model import count_tagged

TAGGED = st.lists(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 4)), min_size=1, max_size=9),
    min_size=1,
    max_size=6,
)


@given(TAGGED, st.booleans(), st.integers(0, 2**32 - 1))
def test_equals_a_recount(tagged, weighted, seed):
    weights = np.random.default_rng(seed).integers(0, 5, len(tagged))
    tags = [[tag for tag, _ in row] for row in tagged]
    symbols = [[symbol for _, symbol in row] for row in tagged]
    counts = count_tagged(tags, symbols, 3, 5, weights=weights if weighted else None)
    first, steps, emitted = Counter(), Counter(), Counter()
    for row, weight in zip(tagged, weights if weighted else [1] * len(tagged), strict=True):
        first[row[0][0],] += weight
        for (one, _), (other, _) in pairwise(row):
            steps[one, other] += weight
        for pair in row:
            emitted[pair] += weight
    for table, expected in zip(counts, (first, steps, emitted), strict=True):
        for place, count in np.ndenumerate(table):
            assert count == expected[place]


def test_by_hand():
    initial, transition, emission = count_tagged([[0, 1], [1]], [[1, 0], [1]], 2, 2)
    assert initial.tolist() == [1, 1]
    assert transition.tolist() == [[0, 1], [0, 0]]
    assert emission.tolist() == [[0, 1], [1, 1]]


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (lambda: count_tagged([[0]], [[0]], 0, 1), "states is 0, expected a whole number"),
        (lambda: count_tagged([[0]], [[0]], 1, 0), "vocab_size is 0, expected a whole number"),
        (lambda: count_tagged([[2]], [[0]], 2, 1), "tags: sequence 0: .* the id 2"),
        (lambda: count_tagged([[0]], [[1]], 1, 1), "observations: sequence 0: .* the id 1"),
        (lambda: count_tagged([], [], 1, 1), "tags: sequences is empty"),
        (lambda: count_tagged([[0], [0]], [[0]], 1, 1), "expected a tag for every observation"),
        (lambda: count_tagged([[0, 0]], [[0]], 1, 1), "has 1 sequences of 2 ids in all"),
        (lambda: count_tagged([[0]], [[0]], 1, 1, weights=[1, 2]), r"weights has shape \(2,\)"),
        (
            lambda: count_tagged([[0]], [[0]], 1, 1, weights=[-1]),
            "weights contains -1",
        ),
        (
            lambda: count_tagged([[0]], [[0]], 1, 1, weights=[np.nan]),
            "weights contains nan",
        ),
    ],
)
def test_bad_input_is_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        bad()
