"""What the views of attention ask of arrays: one softmax, shapes and masks."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from lmteach.widgets.shared.attention import (
    AHEAD,
    MASKED,
    PADDING,
    SEEN,
    as_array,
    attention_weights,
    head_scores,
    mask_kinds,
)


@given(st.integers(1, 6), st.integers(1, 6), st.sampled_from([0.1, 1.0, 2.5]), st.integers(0, 9))
def test_weights_are_those_of_torch(time: int, source: int, temperature: float, seed: int) -> None:
    generator = np.random.default_rng(seed)
    query, key = generator.normal(size=(3, time, 4)), generator.normal(size=(3, source, 4))
    allowed = generator.random((time, source)) < 0.7
    allowed[:, 0] = True  # torch gives NaN for a query that may attend to nothing
    scores = query @ key.transpose(0, 2, 1) / 2
    found = attention_weights(scores, allowed, temperature)
    expected = functional.scaled_dot_product_attention(
        *(
            torch.tensor(values)
            for values in (query, key, np.broadcast_to(np.eye(source), (3, source, source)))
        ),
        attn_mask=torch.tensor(allowed),
        scale=0.5 / temperature,
    )
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    assert found.sum(axis=-1) == pytest.approx(np.ones((3, time)))
    assert not found[:, ~allowed].any()


def test_a_row_without_anything_to_see_is_zero() -> None:
    weights = attention_weights(
        np.array([[5.0, 5.0], [0.0, -np.inf]]), np.array([[False] * 2, [True] * 2])
    )
    assert weights.tolist() == [[0, 0], [1, 0]]


def test_a_temperature_by_hand() -> None:
    """Scores ln 4 and 0: 4 to 1, and 2 to 1 at temperature 2."""
    scores, allowed = np.log([[4.0, 1.0]]), np.ones((1, 2), dtype=bool)
    assert attention_weights(scores, allowed)[0] == pytest.approx([0.8, 0.2])
    assert attention_weights(scores, allowed, 2.0)[0] == pytest.approx([2 / 3, 1 / 3])


def test_tensors_and_lists_of_them_become_arrays() -> None:
    tensor = torch.tensor([[1.0, 2.0]], requires_grad=True)
    assert as_array(tensor).tolist() == [[1, 2]]
    assert as_array([tensor, tensor]).shape == (2, 1, 2)
    assert as_array((np.zeros((2, 2)),)).shape == (1, 2, 2)


@pytest.mark.parametrize("shape", [(2, 3), (4, 2, 3), (5, 4, 2, 3)])
def test_scores_get_four_axes(shape: tuple[int, ...]) -> None:
    scores = np.random.default_rng(0).normal(size=shape)
    full = head_scores(scores, 2, 3)
    assert full.shape == (1, 1, 1, *shape)[-4:]
    np.testing.assert_array_equal(full.reshape(shape), scores)


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        (np.zeros((3, 2)), r"shape \(3, 2\), but there are 2 queries and 3 keys"),
        (np.zeros((1, 1, 1, 2, 3)), r"expected \(layers, heads, 2, 3\)"),
        (np.zeros((0, 2, 3)), "expected"),
        (np.full((2, 3), np.nan), "contain NaN"),
        (np.full((2, 3), np.inf), r"NaN or \+∞"),
        (np.zeros((21, 20, 2, 3)), "420 heads, expected at most 40 tokens and 400 heads"),
    ],
)
def test_bad_scores(scores: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        head_scores(scores, 2, 3)


def test_too_many_tokens() -> None:
    with pytest.raises(ValueError, match="41 queries, 2 keys"):
        head_scores(np.zeros((41, 2)), 41, 2)


def test_why_a_place_is_hidden() -> None:
    causal = torch.ones(3, 3).tril().bool()
    assert mask_kinds(causal, (3, 3)).tolist() == [
        [SEEN, AHEAD, AHEAD],
        [SEEN, SEEN, AHEAD],
        [SEEN, SEEN, SEEN],
    ]
    assert mask_kinds([True, False], (1, 2)).tolist() == [[SEEN, PADDING]]
    assert mask_kinds([[True, False], [True, True], [False, True]], (3, 2)).tolist() == [
        [SEEN, MASKED],
        [SEEN, SEEN],
        [MASKED, SEEN],
    ]
    assert mask_kinds(None, (1, 1)).tolist() == [[SEEN]]


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (np.ones((3, 2), dtype=bool), r"mask has shape \(3, 2\)"),
        (np.ones((2, 3)), "type float64, expected"),
    ],
)
def test_bad_masks(mask: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        mask_kinds(mask, (2, 3))
