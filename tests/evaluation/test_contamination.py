"""Has it been read? The least likely tokens, zlib's bits, and the area under the curve."""

import math
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from lmteach.evaluation.contamination import against_zlib, least_likely, told_apart

scores = st.lists(st.integers(-5, 5).map(float), min_size=1, max_size=20)


@given(scores, scores)
def test_told_apart_is_the_area_under_the_curve_of_scikit_learn(read, unread) -> None:
    labels = [1] * len(read) + [0] * len(unread)
    found = told_apart(np.array(read), np.array(unread))
    assert found == pytest.approx(roc_auc_score(labels, read + unread))
    assert found + told_apart(np.array(unread), np.array(read)) == pytest.approx(1)


@given(scores, st.floats(0.01, 1.0))
def test_the_least_likely_are_no_likelier_than_all(log_p, share) -> None:
    found = least_likely(np.array(log_p), share)
    assert min(log_p) - 1e-9 <= found <= np.mean(log_p) + 1e-9
    assert least_likely(np.array(log_p), 1.0) == pytest.approx(np.mean(log_p))


def test_by_hand() -> None:
    assert least_likely(np.array([-1.0, -9.0, -3.0, -0.5, -2.0]), share=0.2) == -9.0
    assert least_likely(np.array([-1.0, -9.0]), share=0.1) == -9.0  # at least one
    assert told_apart(np.array([2.0, 1.0]), np.array([1.0, 0.0])) == 0.875
    text = "the same again, " * 9
    packed = 8 * len(zlib.compress(text.encode(), 9))
    assert against_zlib(text, packed * math.log(2)) == pytest.approx(1)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: least_likely(np.array([np.nan])), "log_p"),
        (lambda: least_likely(np.array([-1.0]), 0.0), "share is 0.0"),
        (lambda: least_likely(np.array([-1.0]), 1.5), "share is 1.5"),
        (lambda: against_zlib("", 1.0), "text is empty"),
        (lambda: against_zlib("a", -1.0), "nats is -1.0"),
        (lambda: told_apart(np.array([]), np.array([1.0])), "read"),
        (lambda: told_apart(np.array([1.0]), np.array([np.inf])), "unread"),
    ],
)
def test_what_has_no_figure_is_refused(call, words) -> None:
    with pytest.raises(ValueError, match=words):
        call()
