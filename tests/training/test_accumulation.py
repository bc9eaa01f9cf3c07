"""Accumulation: the whole batch's gradient by autograd, by hand, for any cut, what is refused."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional
from torch.testing import assert_close

from lmteach.training.accumulation import accumulate


def summed_loss(model, part):
    x, y = part
    return functional.cross_entropy(model(x), y, reduction="sum"), len(y)


def a_batch():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(10, 4, generator=generator).double()
    return x, torch.randint(3, (10,), generator=generator)


def a_model():
    torch.manual_seed(0)
    return nn.Linear(4, 3).double()


@given(st.lists(st.integers(1, 9), max_size=4, unique=True))
def test_however_the_batch_is_cut_it_is_the_gradient_of_the_whole(cuts) -> None:
    (x, y), model, other = a_batch(), a_model(), a_model()
    parts = list(zip(x.tensor_split(sorted(cuts)), y.tensor_split(sorted(cuts)), strict=True))
    loss = accumulate(model, parts, summed_loss)
    whole = functional.cross_entropy(other(x), y)
    whole.backward()
    assert loss == pytest.approx(whole.item(), abs=1e-12)
    assert_close(model.weight.grad, other.weight.grad, atol=1e-12, rtol=0)


def test_by_hand() -> None:
    line = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(line.weight)
    parts = [torch.tensor([[1.0], [2.0]]), torch.tensor([[3.0]])]
    loss = accumulate(line, parts, lambda m, x: ((m(x) - x).square().sum(), len(x)))
    assert loss == pytest.approx(14 / 3)
    assert line.weight.grad.item() == pytest.approx(-28 / 3)


def test_what_was_there_before_is_dropped() -> None:
    model = a_model()
    first = accumulate(model, [a_batch()], summed_loss)
    kept = model.weight.grad.clone()
    assert accumulate(model, [a_batch()], summed_loss) == first
    assert_close(model.weight.grad, kept)


def test_what_is_no_sum_is_refused() -> None:
    model = a_model()
    with pytest.raises(ValueError, match="nothing to predict"):
        accumulate(model, [], summed_loss)
    for loss in (1.0, torch.ones(()), torch.ones(2, requires_grad=True)):
        with pytest.raises(ValueError, match="expected a tensor with one number"):
            accumulate(model, [a_batch()], lambda m, part, loss=loss: (loss, 1))
    with pytest.raises(ValueError, match="number of predictions"):
        accumulate(model, [a_batch()], lambda m, p: (m(p[0]).sum(), -1))
