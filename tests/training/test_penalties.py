"""Penalties: torch's norms, by hand, and L2 as torch's weight_decay under SGD, not under Adam."""

import copy

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from lmteach.training.penalties import l1_penalty, l2_penalty


def weights() -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(shape, generator=generator) for shape in ((3, 4), (5,), ())]


def test_they_are_torchs_norms() -> None:
    together = torch.cat([weight.flatten() for weight in weights()])
    assert_close(l1_penalty(weights()), torch.linalg.vector_norm(together, 1))
    assert_close(l2_penalty(weights()), torch.linalg.vector_norm(together) ** 2 / 2)


def test_by_hand() -> None:
    some = [torch.tensor([1.0, -2.0]), torch.tensor([[3.0]])]
    assert (l1_penalty(some).item(), l2_penalty(some).item()) == (6.0, 7.0)


def test_their_gradients_are_the_sign_and_the_weight() -> None:
    weight = torch.tensor([0.5, -2.0, 3.0], requires_grad=True)
    (of_l1,) = torch.autograd.grad(l1_penalty([weight]), weight)
    (of_l2,) = torch.autograd.grad(l2_penalty([weight]), weight)
    assert of_l1.tolist() == [1.0, -1.0, 1.0]
    assert of_l2.tolist() == weight.tolist()


def trained(kind: type, penalty: float, decay: float) -> torch.Tensor:
    torch.manual_seed(0)
    model = nn.Linear(4, 1).double()
    x, y = torch.randn(32, 4).double(), torch.randn(32, 1).double()
    optimizer = kind(copy.copy(list(model.parameters())), lr=0.05, weight_decay=decay)
    for _ in range(20):
        loss = (model(x) - y).square().mean()
        if penalty:
            loss = loss + penalty * l2_penalty(model.parameters())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.weight.detach()


@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.Adam])
def test_l2_is_the_weight_decay_of_torchs_sgd_and_adam(kind: type) -> None:
    assert_close(trained(kind, 0.3, 0.0), trained(kind, 0.0, 0.3), atol=1e-12, rtol=0)


def test_l2_is_not_the_weight_decay_of_adamw() -> None:
    far = trained(torch.optim.AdamW, 0.3, 0.0) - trained(torch.optim.AdamW, 0.0, 0.3)
    assert far.abs().max() > 0.01


@pytest.mark.parametrize("penalty", [l1_penalty, l2_penalty])
@pytest.mark.parametrize("unfit", [[], torch.ones(2), [1.0, 2.0], "weights"])
def test_what_is_no_weight_is_refused(penalty, unfit) -> None:
    with pytest.raises(ValueError, match="weights is"):
        penalty(unfit)
