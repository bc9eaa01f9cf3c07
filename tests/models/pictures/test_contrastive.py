"""The contrastive loss by hand, by its properties, and by cross-entropies one at a time."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from lmteach.models.pictures.contrastive import contrastive_loss, similarities


def test_by_hand() -> None:
    logits = torch.tensor([[math.log(3.0), 0.0], [0.0, 0.0]])
    rows = (-math.log(3 / 4) - math.log(1 / 2)) / 2
    assert contrastive_loss(logits).item() == pytest.approx(
        rows, abs=1e-6
    )  # symmetric: columns, too


@given(st.integers(1, 6), st.integers(0, 1000))
def test_one_cross_entropy_for_each_row_and_column(count: int, seed: int) -> None:
    logits = torch.randn(count, count, generator=torch.Generator().manual_seed(seed)).double()
    rows = [logits[i, i] - logits[i].logsumexp(dim=0) for i in range(count)]
    columns = [logits[i, i] - logits[:, i].logsumexp(dim=0) for i in range(count)]
    expected = -(sum(rows) + sum(columns)) / (2 * count)
    assert_close(contrastive_loss(logits), torch.as_tensor(expected), atol=1e-9, rtol=0)


@given(st.integers(1, 5), st.integers(0, 1000))
def test_order_and_direction_do_not_matter(count: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(count, count, generator=generator)
    order = torch.randperm(count, generator=generator)
    assert_close(contrastive_loss(logits[order][:, order]), contrastive_loss(logits))
    assert_close(contrastive_loss(logits.T), contrastive_loss(logits))


@given(st.floats(0.1, 10), st.integers(0, 1000))
def test_a_length_does_not_matter(length: float, seed: int) -> None:
    pictures, texts = torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(seed))
    found = similarities(pictures, texts)
    assert_close(similarities(length * pictures, texts), found, atol=1e-5, rtol=0)
    assert found.abs().max() <= 1 + 1e-6


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="as many texts as pictures"):
        contrastive_loss(torch.zeros(2, 3))
    with pytest.raises(ValueError, match="texts has shape"):
        similarities(torch.zeros(2, 3), torch.zeros(2, 4))
