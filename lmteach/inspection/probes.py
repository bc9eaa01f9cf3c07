"""Linear probes: can a property be read off a model's vectors, and who knows it? Notebook 20."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from lmteach.checks import check_number, check_sizes, check_whole, checked_by
from lmteach.models.checks import check_ids, check_tensor
from lmteach.typed import typed


def _check_probe(x: Tensor, labels: Tensor, decay: float, steps: int) -> None:
    check_tensor("x", x, (None, None), "(rows, D)")
    check_ids("labels", labels, None, (len(x),), "(rows,)")
    check_number("decay", decay, at_least=0)
    check_whole("steps", steps)
    if x.numel() == 0 or not bool(x.isfinite().all()):
        raise ValueError("x has no rows, or numbers that are not finite, expected finite vectors.")
    if int(labels.max()) >= len(x):
        raise ValueError(
            f"labels go up to {int(labels.max())}, expected kinds counted from 0, fewer than the "
            f"{len(x)} rows."
        )


def _check_maker(mean: Tensor, scale: Tensor, labels: int) -> None:
    check_tensor("mean", mean, (None,), "(D,)")
    check_tensor("scale", scale, (len(mean),), "(D,)")
    check_sizes(labels=labels)
    if len(mean) == 0 or not bool((mean.isfinite() & scale.isfinite() & (scale > 0)).all()):
        raise ValueError("mean or scale is not finite, or a scale not above 0, expected numbers.")


def _check_vectors(self: "LinearProbe", x: Tensor) -> None:
    if not isinstance(x, Tensor) or x.ndim < 1:
        raise ValueError(f"x is {x!r:.60}, expected a tensor of vectors (…, D).")
    check_tensor("x", x, (*x.shape[:-1], len(self.mean)), "(…, D)")


class LinearProbe(nn.Module):
    """One linear map from vectors (…, D) to logits (…, labels); it scales each entry first.

    >>> x = torch.tensor([[0.0, 1.0], [0.2, 9.0], [1.0, 3.0], [1.2, 8.0]])
    >>> probe = fit_probe(x, torch.tensor([0, 0, 1, 1]))
    >>> probe(x).argmax(dim=-1)
    tensor([0, 0, 1, 1])
    """

    mean: Tensor
    scale: Tensor

    @typed
    @checked_by(_check_maker)
    def __init__(
        self, mean: Float[Tensor, " dim"], scale: Float[Tensor, " dim"], labels: int
    ) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("scale", scale)
        self.map = nn.Linear(len(mean), labels)
        nn.init.zeros_(self.map.weight)
        nn.init.zeros_(self.map.bias)

    @checked_by(_check_vectors)
    def forward(self, x: Float[Tensor, "*batch dim"]) -> Float[Tensor, "*batch _"]:
        """Return the logits of each label."""
        return self.map((x - self.mean) / self.scale)


@typed
@checked_by(_check_probe)
def fit_probe(
    x: Float[Tensor, "rows dim"], labels: Int[Tensor, " rows"], decay: float = 1e-3, steps: int = 60
) -> LinearProbe:
    """Return the linear map that reads ``labels`` (rows,) off vectors ``x`` (rows, D) best.

    It makes cross-entropy, plus ``decay`` / 2 times the squared weights, small by L-BFGS: there is
    one best map, and no seed. Source: G. Alain and Y. Bengio, "Understanding intermediate layers
    using linear classifier probes" (2016).

    Raises ``ValueError`` for shapes that don't fit, or numbers that are not finite.
    """
    x = x.float()
    scale = x.std(dim=0, correction=0).clamp(min=1e-6)
    probe = LinearProbe(x.mean(dim=0), scale, int(labels.max()) + 1).to(x.device)
    optimizer = torch.optim.LBFGS(
        probe.map.parameters(), max_iter=steps, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        optimizer.zero_grad()
        found = functional.cross_entropy(probe(x), labels)
        found = found + decay / 2 * probe.map.weight.square().sum()
        found.backward()
        return found

    with torch.enable_grad():
        optimizer.step(loss)
    return probe.requires_grad_(False)


def _check_accuracy(probe: LinearProbe, x: Tensor, labels: Tensor) -> None:
    check_tensor("x", x, (None, len(probe.mean)), "(rows, D)")
    check_ids("labels", labels, None, (len(x),), "(rows,)")


@typed
@checked_by(_check_accuracy)
def probe_accuracy(
    probe: LinearProbe, x: Float[Tensor, "rows dim"], labels: Int[Tensor, " rows"]
) -> float:
    """Return the share of rows that a probe gives the right label.

    Raises ``ValueError`` for shapes that don't fit.

    >>> probe = fit_probe(torch.tensor([[0.0], [1.0]]), torch.tensor([0, 1]))
    >>> probe_accuracy(probe, torch.tensor([[0.1], [0.2], [0.9]]), torch.tensor([0, 1, 1]))
    0.6666666865348816
    """
    return float((probe(x.float()).argmax(dim=-1) == labels).float().mean())


def _check_control(words: Tensor, labels: Tensor) -> None:
    check_ids("labels", labels, None, (None,), "(rows,)")
    check_ids("words", words, None, (len(labels),), "(rows,)")


@typed
@checked_by(_check_control)
def control_labels(
    words: Int[Tensor, " rows"], labels: Int[Tensor, " rows"], generator: torch.Generator
) -> Int[Tensor, " rows"]:
    """Return labels (rows,) without sense: each kind of word has one, drawn from ``labels``.

    ``words`` says which rows hold the same word. Whoever can read these labels off has learned
    words by heart. Source: J. Hewitt and P. Liang, "Designing and Interpreting Probes with Control
    Tasks" (2019), §2.

    Raises ``ValueError`` for rows of different lengths.

    >>> words, labels = torch.tensor([7, 3, 7, 7]), torch.tensor([0, 1, 0, 0])
    >>> control_labels(words, labels, torch.Generator().manual_seed(1))
    tensor([0, 1, 0, 0])
    """
    kinds, which = words.unique(return_inverse=True)
    drawn = torch.randint(len(labels), (len(kinds),), generator=generator)
    return labels[drawn][which]
