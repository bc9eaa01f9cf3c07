"""Optimizers written out: Adam, AdamW, and Muon. Taught in notebook 13.

Each is a ``torch.optim.Optimizer``, so that groups, schedules and checkpoints work as usual.
"""

import functools
from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, cast

import torch
from jaxtyping import Float
from torch import Tensor
from torch.optim import Optimizer

from lmteach.checks import check_number, checked_by
from lmteach.typed import typed

Groups = Iterable[Any]
Parameters = ParamSpec("Parameters")


def _check_rates(lr: float, betas: tuple[float, float], eps: float, weight_decay: float) -> None:
    for name, number in (("lr", lr), ("weight_decay", weight_decay)):
        check_number(name, number, at_least=0)
    check_number("eps", eps, at_least=0, at_most=1)
    for place, beta in enumerate(betas):
        check_number(f"betas[{place}]", beta, at_least=0, below=1)


def _check_weight(name: str, weight: object, seen: set[int]) -> None:
    if not isinstance(weight, Tensor):
        raise ValueError(
            f"{name} has {weight!r:.60} in it, expected weights, as in model.parameters()."
        )
    if id(weight) in seen:
        raise ValueError(
            f"{name} has a weight of shape {tuple(weight.shape)} twice, expected each once."
        )
    seen.add(id(weight))


def _groups(params: Any) -> list[Any]:
    """The weights or groups of weights as a list, or what is wrong with them."""
    if isinstance(params, Tensor | str) or not isinstance(params, Iterable):
        raise ValueError(f"params is {params!r:.60}, expected weights, as in model.parameters().")
    groups, seen = list(params), set[int]()
    if not groups:
        raise ValueError("params is empty, expected at least one weight to train.")
    for place, group in enumerate(groups):
        if not isinstance(group, dict):
            _check_weight("params", group[1] if _is_named(group) else group, seen)
            continue
        name, own = f"params[{place}]", group.get("params", ())
        weights = [own] if isinstance(own, Tensor) else list(own)
        if "params" not in group:
            raise ValueError(f"{name} is {group!r:.60}, expected a group with 'params'.")
        for weight in weights:
            _check_weight(name, weight[1] if _is_named(weight) else weight, seen)
        groups[place] = {**group, "params": weights}
    return groups


def _is_named(weight: object) -> bool:
    """Whether a weight comes with its name, as from ``model.named_parameters()``."""
    return isinstance(weight, tuple) and len(weight) == 2 and isinstance(weight[0], str)


def _with_groups(init: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """Read the weights once, since they may end when they are read, and ask what they are."""
    plain: Callable[..., None] = init

    @functools.wraps(init)
    def made(self: Any, params: Any, *args: Any, **kwargs: Any) -> None:
        plain(self, _groups(params), *args, **kwargs)

    return cast(Callable[Parameters, None], made)


def check_update(
    parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
) -> None:
    """Say what is wrong with a weight, its gradient, and what an optimizer knows of both.

    >>> check_update(torch.zeros(2), torch.zeros(3), {}, Adam([torch.zeros(2)]).param_groups[0])
    Traceback (most recent call last):
    ValueError: the gradient has shape (3,) and the weight (2,), expected the same.
    """
    for name, tensor in (("parameter", parameter), ("gradient", gradient)):
        if not isinstance(tensor, Tensor) or not tensor.is_floating_point():
            raise ValueError(
                f"{name} is {tensor!r:.60}, expected a tensor of floating point numbers."
            )
    if parameter.shape != gradient.shape:
        raise ValueError(
            f"the gradient has shape {tuple(gradient.shape)} and the weight "
            f"{tuple(parameter.shape)}, expected the same."
        )
    if not isinstance(state, dict) or not isinstance(group, dict):
        raise ValueError(
            f"state is {state!r:.60} and group {group!r:.60}, expected two dictionaries, as the "
            "optimizer has them."
        )
    for name in ("lr", "betas", "eps", "weight_decay"):
        if name not in group:
            raise ValueError(f"group has no {name!r}, expected a group of the optimizer.")


def _check_direction(
    gradient: Tensor, state: dict[str, Any], betas: tuple[float, float], eps: float
) -> None:
    if gradient.numel() == 0:
        raise ValueError(f"gradient has shape {tuple(gradient.shape)}, expected some numbers.")
    missing = [name for name in ("step", "exp_avg", "exp_avg_sq") if name not in state]
    if state and missing:
        raise ValueError(
            f"state has no {missing[0]!r}, expected what the step before left, or nothing: {{}}."
        )
    if state and state["exp_avg"].shape != gradient.shape:
        raise ValueError(
            f"gradient has shape {tuple(gradient.shape)} after {tuple(state['exp_avg'].shape)}, "
            "expected the same. Each weight has a state of its own."
        )
    _check_rates(0.0, betas, eps, 0.0)


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
    @_with_groups
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

    @checked_by(check_update)
    def update(
        self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        """Change one parameter in place, and what is remembered about it."""
        gradient = gradient + group["weight_decay"] * parameter
        parameter -= group["lr"] * adam_direction(gradient, state, group["betas"], group["eps"])


@typed
@checked_by(_check_direction)
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

    @checked_by(check_update)
    def update(
        self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        """Change one parameter in place, and what is remembered about it."""
        parameter *= 1 - group["lr"] * group["weight_decay"]
        parameter -= group["lr"] * adam_direction(gradient, state, group["betas"], group["eps"])
