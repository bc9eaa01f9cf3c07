"""Muon: a step that moves a matrix in all of its directions alike. Taught in notebook 13."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lmteach.checks import check_number, check_shape, check_whole, checked_by
from lmteach.training.optimizers import AdamW, Groups, check_update
from lmteach.typed import typed

QUINTIC = (3.4445, -4.7750, 2.0315)  # of K. Jordan: a steep rise at 0, and about 1 up to 1
ROUNDS = 5
LENGTH = 0.2  # about the root mean square of a step of Adam


def _check_matrix(matrix: Tensor, rounds: int) -> None:
    check_shape("matrix", matrix.shape, (None, None))
    check_whole("rounds", rounds, at_least=0)


@typed
@checked_by(_check_matrix)
def orthogonalised(
    matrix: Float[Tensor, "inputs dim"], rounds: int = ROUNDS
) -> Float[Tensor, "inputs dim"]:
    """Return U Vᵀ of a matrix U S Vᵀ, nearly: its singular values become about 1 (0.7 to 1.2).

    X ← a X + b X Xᵀ X + c (X Xᵀ)² X moves each singular value s to a s + b s³ + c s⁵ and leaves U
    and V alone: matrix products only, no decomposition. Source: K. Jordan et al., "Muon" (2024),
    with its coefficients.

    >>> values = torch.linalg.svdvals(orthogonalised(torch.tensor([[3.0, 0.0], [0.0, 0.5]])))
    >>> bool(((values > 0.6) & (values < 1.3)).all())
    True
    """
    a, b, c = QUINTIC
    x = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(rounds):
        gram = x @ x.T
        x = a * x + torch.addmm(gram, gram, gram, beta=b, alpha=c) @ x
    return x.T if matrix.shape[0] > matrix.shape[1] else x


def _check_momentum(state: dict[str, Any], group: dict[str, Any]) -> None:
    for name in ("orthogonal", "momentum"):
        if name not in group:
            raise ValueError(f"group has no {name!r}, expected a group of Muon: muon_groups.")
    if group["orthogonal"] and state and "momentum_buffer" not in state:
        raise ValueError(
            "state has no 'momentum_buffer', expected what the step before left, or nothing: {}."
        )


class Muon(AdamW):
    """Orthogonalised momentum for matrices, AdamW for all else.

    With the gradient G, M ← μ M + (1 − μ) G, and the step is
    lr · 0.2 √max(rows, columns) · ``orthogonalised``((1 − μ) G + μ M), about as long as one of
    Adam, so that one ``lr`` does for both. A group that says ``orthogonal`` is stepped so, any
    other by AdamW; make it with ``Muon(muon_groups(model), lr)``. Sources: K. Jordan et al., "Muon"
    (2024); J. Liu et al., "Muon is Scalable for LLM Training" (2025), eq. 4, for the length.

    Raises ``ValueError`` as ``Adam`` does.

    >>> model = nn.Linear(3, 2)
    >>> optimizer = Muon(muon_groups(model), lr=0.1)
    >>> model(torch.ones(1, 3)).sum().backward()
    >>> optimizer.step()
    """

    @typed
    def __init__(
        self,
        params: Groups,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.95),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
        momentum: float = 0.95,
    ) -> None:
        check_number("momentum", momentum, at_least=0, below=1)
        super().__init__(params, lr, betas, eps, weight_decay, momentum=momentum, orthogonal=False)

    @torch.no_grad()
    @checked_by(check_update)
    @checked_by(_check_momentum)
    def update(
        self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        """Change one parameter in place, and what is remembered about it."""
        if not group["orthogonal"]:
            return super().update(parameter, gradient, state, group)
        if not state:
            state["momentum_buffer"] = torch.zeros_like(gradient)
        mean = state["momentum_buffer"].lerp_(gradient, 1 - group["momentum"])
        ahead = gradient.lerp(mean, group["momentum"])  # Nesterov's: as if one step on
        length = LENGTH * max(parameter.shape) ** 0.5
        parameter *= 1 - group["lr"] * group["weight_decay"]
        parameter -= group["lr"] * length * orthogonalised(ahead)


@typed
def muon_groups(model: nn.Module) -> list[dict[str, Any]]:
    """Return the parameters in two groups: matrices of the layers, and all else.

    Embeddings are no maps between directions, and output layers have a row for each token: both
    stay with AdamW, as the authors advise.
    """
    outside = {id(m.weight) for m in model.modules() if isinstance(m, nn.Embedding)}
    matrices: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        inner = parameter.ndim == 2 and id(parameter) not in outside
        inner = inner and not name.startswith(("wpe", "lm_head"))
        (matrices if inner else others).append(parameter)
    return [{"params": matrices, "orthogonal": True}, {"params": others, "orthogonal": False}]
