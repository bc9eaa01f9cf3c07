"""Optimizers written out: Adam, AdamW, and Muon. Taught in notebook 13.

Each is a ``torch.optim.Optimizer``, so that groups, schedules and checkpoints work as usual.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.optim import Optimizer

from lmteach.checks import check_number, checked_by
from lmteach.typed import typed

Groups = Iterable[Any]


def _check_rates(lr: float, betas: tuple[float, float], eps: float, weight_decay: float) -> None:
    for name, number in (("lr", lr), ("eps", eps), ("weight_decay", weight_decay)):
        check_number(name, number, at_least=0)
    for place, beta in enumerate(betas):
        check_number(f"betas[{place}]", beta, at_least=0, below=1)


class Adam(Optimizer):
    """A step along the mean gradient, divided by its usual size, weight by weight.

    m ← β₁ m + (1 − β₁) g and v ← β₂ v + (1 − β₂) g² are running means of the gradient and of its
    square. Both start at 0, which 1 − βᵗ corrects; then θ ← θ − lr · m̂ / (√v̂ + eps).
    ``weight_decay`` adds weight_decay · θ to the gradient. Its state has the names of
    ``torch.optim.Adam``'s. Source: D. Kingma and J. Ba, "Adam" (2015), algorithm 1; our ``lr`` is
    α, θ are the parameters.

    Raises ``ValueError`` for a negative rate, or betas out of range.

    >>> weight = torch.nn.Parameter(torch.tensor([1.0, 1.0]))
    >>> optimizer = Adam([weight], lr=0.1)
    >>> (weight * torch.tensor([5.0, -0.01])).sum().backward()
    >>> optimizer.step()  # the first step is lr long, whatever the size of the gradient
    >>> weight.data
    tensor([0.9000, 1.1000])
    """

    @typed
    @checked_by(_check_rates)
    def __init__(
        self,
        params: Groups,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        **more: Any,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, defaults | more)

    @torch.no_grad()
    @typed
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Change the parameters by one step; those without a gradient stay."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self.update(parameter, parameter.grad, self.state[parameter], group)
        return loss

    @typed
    def update(
        self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        """Change one parameter in place, and what is remembered about it."""
        gradient = gradient + group["weight_decay"] * parameter
        parameter -= group["lr"] * adam_direction(gradient, state, group["betas"], group["eps"])


@typed
def adam_direction(
    gradient: Float[Tensor, "*batch"],
    state: dict[str, Any],
    betas: tuple[float, float],
    eps: float,
) -> Float[Tensor, "*batch"]:
    """Return m̂ / (√v̂ + eps) and keep the step, m and v in ``state``.

    >>> state = {}
    >>> adam_direction(torch.tensor([3.0]), state, betas=(0.9, 0.99), eps=0.0)
    tensor([1.])
    >>> adam_direction(torch.tensor([-3.0]), state, betas=(0.9, 0.99), eps=0.0)
    tensor([-0.0526])
    """
    if not state:
        state["step"] = torch.zeros(())
        state["exp_avg"] = torch.zeros_like(gradient)
        state["exp_avg_sq"] = torch.zeros_like(gradient)
    beta1, beta2 = betas
    state["step"] += 1
    step, m, v = state["step"].item(), state["exp_avg"], state["exp_avg_sq"]
    m *= beta1
    m += (1 - beta1) * gradient
    v *= beta2
    v += (1 - beta2) * gradient.square()
    m_hat = m / (1 - beta1**step)
    v_hat = v / (1 - beta2**step)
    return m_hat / (v_hat.sqrt() + eps)


class AdamW(Adam):
    """Adam that shrinks the weights by themselves, and not by way of the gradient.

    θ ← θ − lr · weight_decay · θ, then Adam's step. Source: I. Loshchilov and F. Hutter, "Decoupled
    Weight Decay Regularization" (2019), algorithm 2.

    Raises ``ValueError`` as ``Adam`` does.

    >>> weight = torch.nn.Parameter(torch.tensor([1.0]))
    >>> optimizer = AdamW([weight], lr=0.1, weight_decay=0.5)
    >>> weight.sum().backward()
    >>> optimizer.step()
    >>> weight.data
    tensor([0.8500])
    """

    @typed
    def __init__(
        self,
        params: Groups,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
        **more: Any,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, **more)

    @typed
    def update(
        self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        """Change one parameter in place, and what is remembered about it."""
        parameter *= 1 - group["lr"] * group["weight_decay"]
        parameter -= group["lr"] * adam_direction(gradient, state, group["betas"], group["eps"])
