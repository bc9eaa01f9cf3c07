"""Gradients by lag: against Jacobians multiplied out, by hand, and for every layer there is."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from lmteach.evaluation.gradient_lag import gradient_by_lag


def a_layer(kind: type[nn.Module], inputs: int = 3, dim: int = 4) -> nn.Module:
    torch.manual_seed(0)
    return kind(inputs, dim, batch_first=True).double()


def test_as_jacobians_multiplied_out() -> None:
    layer, x = a_layer(nn.RNN), torch.randn(5, 9, 3).double()
    towards = torch.randn(4).double()
    found = gradient_by_lag(layer, x, lambda last: (last @ towards).sum())
    w_ih, w_hh = layer.weight_ih_l0.detach().numpy(), layer.weight_hh_l0.detach().numpy()
    states = layer(x)[0].detach().numpy()  # (B, T, D)
    expected = np.zeros((5, 9))
    for b in range(5):
        jacobian = np.eye(4)
        for lag in range(9):
            through_tanh = np.diag(1 - states[b, 8 - lag] ** 2)
            expected[b, lag] = np.linalg.norm(towards.numpy() @ jacobian @ through_tanh @ w_ih)
            jacobian = jacobian @ through_tanh @ w_hh
    assert found == pytest.approx(expected.mean(axis=0), rel=1e-9, abs=0)


@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
def test_as_finite_differences(kind: type[nn.Module]) -> None:
    layer, x = a_layer(kind), torch.randn(1, 6, 3).double()

    def loss_of_last(last: Tensor) -> Tensor:
        return last.pow(2).sum()

    expected = np.zeros((6, 3))
    for place in range(6):
        for entry in range(3):
            step = torch.zeros_like(x)
            step[0, place, entry] = 1e-6
            up, down = (loss_of_last(layer(x + s)[0][:, -1]).item() for s in (step, -step))
            expected[place, entry] = (up - down) / 2e-6
    found = gradient_by_lag(layer, x, loss_of_last)
    assert found == pytest.approx(np.linalg.norm(expected, axis=1)[::-1], rel=1e-5)


@pytest.mark.parametrize("radius", [0.5, 1.0, 1.25])
def test_a_silent_network_multiplies_by_its_radius(radius: float) -> None:
    layer = nn.RNN(4, 4, bias=False, batch_first=True).double()
    random = torch.randn(4, 4, generator=torch.Generator().manual_seed(1)).double()
    turn = torch.linalg.qr(random)[0]
    layer.load_state_dict({"weight_hh_l0": radius * turn, "weight_ih_l0": torch.eye(4)})
    norms = gradient_by_lag(layer, torch.zeros(2, 101, 4).double(), lambda last: last[:, 0].sum())
    assert norms == pytest.approx(radius ** np.arange(101), rel=1e-6, abs=0)


def test_what_is_too_small_for_single_precision_squared_is_measured() -> None:
    layer = nn.RNN(2, 1, nonlinearity="relu", bias=False, batch_first=True)
    numbers = {"weight_hh_l0": torch.tensor([[0.5]]), "weight_ih_l0": torch.tensor([[3.0, 4.0]])}
    layer.load_state_dict(numbers)
    norms = gradient_by_lag(layer, torch.ones(1, 101, 2), lambda last: last.sum())
    assert norms[100] == pytest.approx(5 * 0.5**100, rel=1e-6, abs=0)


def test_it_leaves_no_traces() -> None:
    layer, x = a_layer(nn.GRU), torch.randn(2, 5, 3).double()
    gradient_by_lag(layer, x, lambda last: last.sum())
    assert all(weight.grad is None for weight in layer.parameters())
    assert not x.requires_grad


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("inputs", "words"),
    [(torch.zeros(2, 3), r"shape \(2, 3\)"), (torch.zeros(1, 2, 3).long(), "no gradient with")],
)
def test_what_it_refuses(inputs: Tensor, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        gradient_by_lag(a_layer(nn.RNN), inputs, lambda last: last.sum())


def test_a_loss_of_something_else_is_refused() -> None:
    weight = torch.ones(1, requires_grad=True)
    with pytest.raises(ValueError, match="does not depend on the inputs"):
        gradient_by_lag(a_layer(nn.RNN), torch.zeros(1, 2, 3).double(), lambda last: weight.sum())
