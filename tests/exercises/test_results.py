"""Results of learners: made plain, compared, written in a few words."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch
from scipy import sparse

from lmteach.exercises.results import Other, almost, equal, in_brackets, parting, plain, same, short


class Hostile:
    """Whoever looks at it is sorry."""

    __hash__ = None

    def __repr__(self):
        raise SystemExit

    __str__ = __eq__ = __len__ = __iter__ = __bool__ = __float__ = __repr__


@pytest.mark.parametrize(
    ("given", "expected", "agree"),
    [
        (1, 1.0, True),
        (1 / 3, 0.333333333333333, True),
        (1 / 3, 0.333, False),
        ([1, 2], np.array([1, 2]), True),
        ([1, 2], [[1, 2]], False),
        (None, 1, False),
        ("1", 1.0, False),
        (float("nan"), 1.0, False),
        ("a", "a", True),
        ("a", "b", False),
        # where NaN and infinities stand
        ([math.nan, 1.0], [math.nan, 1.0], True),
        ([1.0, math.nan], [math.nan, 1.0], False),
        ([-math.inf, 1.0], [-math.inf, 1.0], True),
        ([math.inf, 1.0], [-math.inf, 1.0], False),
        ([0.0, 1.0], [-math.inf, 1.0], False),
        ([-1e300, 1.0], [-math.inf, 1.0], False),
        ([-math.inf, 1.0], [0.0, 1.0], False),
        (math.nan, -math.inf, False),
        # shapes
        (np.array(1.0), 1.0, True),
        ([1.0], 1.0, False),
        (1.0, [1.0], False),
        ([], [], True),
        ([[]], [], False),
        # kinds of numbers
        (True, 1, False),
        ([True, False], [True, False], True),
        ([1, 0], [True, False], True),
        ([2, 0], [True, False], False),
        (1 + 0j, 1.0, False),
        (1 + 2j, 1 + 2j, True),
        (2, 2 + 0j, True),
        (Fraction(1, 2), 0.5, True),
        (Decimal("0.5"), 0.5, True),
        (2**70, 2.0**70, True),
        (np.float32(1 / 3), 1 / 3, True),
        (np.float32(0.3333), 1 / 3, False),
        (np.float16(1 / 3), 1 / 3, False),
        # texts, and rows of different lengths
        (b"a", "a", False),
        (1, "1", False),
        (["a", "b"], ["a", "b"], True),
        (["a", "c"], ["a", "b"], False),
        ([[1], [1, 2]], 2, False),
        ([[1], [1, 2]], [[1], [1, 2]], True),
        ([[1], [1, 3]], [[1], [1, 2]], False),
        ([[1]], [[1], [1, 2]], False),
        (3.0, [[1], [1, 2]], False),
    ],
)
def test_equal(given, expected, agree):
    assert equal(given, expected) is agree


@pytest.mark.parametrize(
    "value",
    [
        torch.tensor([1.0, 2.0], requires_grad=True),
        torch.tensor([1.0, 2.0], dtype=torch.bfloat16),
        torch.tensor([1.0, 2.0]).to_sparse(),
        [torch.tensor(1.0, requires_grad=True), torch.tensor(2.0)],
        np.ma.array([1.0, 2.0]),
        np.array([1, 2], dtype=object),
        range(1, 3),
    ],
)
def test_tensors_and_such_are_plain_numbers(value):
    assert equal(plain(value), [1.0, 2.0])


def test_a_sparse_matrix_is_an_array():
    assert equal(plain(sparse.csr_array(np.eye(2))), np.eye(2))


def test_what_is_masked_is_no_number():
    assert plain(np.ma.array([1.0, 2.0], mask=[False, True])) == [1.0, None]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Hostile(), "a Hostile"),
        ([Hostile()], "[a Hostile]"),
        (np.array([Hostile(), 1], dtype=object), "[a Hostile, 1]"),
        (Hostile, "a type (are its brackets missing?)"),
        (iter([1]), "a list_iterator (make a list of it)"),
        ({1, 2}, "a set"),
        (..., "a ellipsis"),
    ],
)
def test_of_other_things_only_the_kind_is_known(value, words):
    assert short(plain(value)) == words
    assert not equal(plain(value), 1.0)


@pytest.mark.parametrize(
    ("given", "expected", "words"),
    [
        ([[1.0, 2.0]], [1.0, 2.0], "in the shape (1, 2) instead of (2,)"),
        ([[2.0, 1.0]], [1.0, 2.0], ""),
        (0.33333, 1 / 3, "Nearly"),
        (0.33, 1 / 3, ""),
        ("0.5", 0.5, ""),
        ([1.0], [1.0, 2.0], ""),
    ],
)
def test_what_is_almost_right_is_told_why_not(given, expected, words):
    said = almost(given, expected)
    assert words in said
    assert bool(words) is bool(said)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ([1, "a", 2.5], [1, "a", 2.5], True),
        ([1, 2], [1, 3], False),
        ([1, 2], (1, 2), False),
        ([math.nan], [math.nan], True),
        (np.array([math.nan, 1.0]), np.array([math.nan, 1.0]), True),
        (np.zeros(2), np.zeros(2, dtype=np.float32), False),
        (np.zeros((2, 1)), np.zeros((1, 2)), False),
        (torch.zeros(2), torch.zeros(2), True),
        (torch.zeros(2), torch.ones(2), False),
        ({"a": np.zeros(1)}, {"a": np.zeros(1)}, True),
        ({"a": np.zeros(1)}, {"a": np.ones(1)}, False),
        ([np.float64(1.0)], [np.float64(2.0)], False),
        ([0], [Hostile()], False),
        (np.random.default_rng(0), np.random.default_rng(0), True),
    ],
)
def test_same_sees_what_was_changed(one, other, alike):
    assert same(one, other) is alike


@pytest.mark.parametrize(
    "value",
    ["x" * 10**6, list(range(10**5)), np.zeros((99, 99)), torch.zeros(2, 50, 3), 10**3000],
)
def test_short_is_short(value):
    assert len(short(value)) <= 60


def test_the_parts_of_a_pair_are_seen():
    scores, pointers = np.array([-8.38629436, -10.68887945]), np.array([1, 0])
    assert short((scores, pointers)) == "([-8.3863, -10.6889], [1, 0])"
    assert short([np.int64(1), [np.float64(2 / 3), True]]) == "[1, [0.6667, True]]"


def test_arguments_are_written_short():
    assert in_brackets((np.array([1.0]), 1 / 3, "a")) == "([1.], 0.333333, 'a')"
    assert in_brackets((torch.tensor([[True, False]]), math.log)) == "([[1 0]], log)"


def test_a_long_array_is_told_by_its_shape():
    text = short(torch.linspace(0, 1, 40).reshape(2, 4, 5))
    assert text.startswith("[[[0.")
    assert text.endswith("... of shape (2, 4, 5)")
    assert short(short) == "short"


LONG = np.arange(40.0).reshape(8, 5)


@pytest.mark.parametrize(
    ("given", "expected", "words"),
    [
        (LONG + np.eye(8, 5)[::-1], LONG, ", which part at [3, 4]: 20 and 19"),
        (LONG.T, LONG, ", which part in shape: (5, 8) and (8, 5)"),
        ((LONG, 2 * LONG), (LONG, LONG), ", which part at [1, 0, 1]: 2 and 1"),
        ((LONG, LONG[:2]), (LONG, LONG), ", which part at [1] in shape: (2, 5) and (8, 5)"),
        (LONG.astype(bool), LONG > 1, ", which part at [0, 1]: True and False"),
        (np.where(LONG == 7, np.nan, LONG), LONG, ", which part at [1, 2]: nan and 7"),
        (["a" * 70, "b"], ["a" * 70, "c"], ""),
        ([LONG], [LONG, LONG], ", which part in shape: (1, 8, 5) and (2, 8, 5)"),
        ([LONG, "a"], [LONG, "a", "b"], ""),
        (LONG > 1, (LONG > 1).astype(float), ""),
        (Other(None), LONG, ""),
    ],
)
def test_long_results_are_told_where_they_part(given, expected, words):
    assert not equal(given, expected)
    assert parting(given, expected) == words
