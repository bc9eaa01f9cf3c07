"""Training with differential privacy: each example's gradient clipped, noise on the sum.

DP-SGD, by M. Abadi et al., "Deep Learning with Differential Privacy" (2016). What the noise buys is
counted in ``lmteach.evaluation.privacy_accountant``. Taught in notebook 21.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmteach.checks import check_number, check_sizes, checked_by
from lmteach.models.checks import check_ids
from lmteach.typed import check_fields, typed

Gradients = dict[str, Tensor]  # a parameter's name, and (B, …): one gradient for each example
Losses = Callable[[nn.Module, Tensor], Tensor]  # of a model and examples (B, T): one loss each (B,)


@typed
def of_linear(
    x: Float[Tensor, "batch time inputs"], delta: Float[Tensor, "batch time dim"]
) -> Gradients:
    """Return a linear map's gradients, example by example, from what went in and what came back.

    ``delta`` is the loss's gradient with respect to the map's output. The gradient of one place is
    an outer product, that of an example the sum over its places. Source: I. Goodfellow, "Efficient
    Per-Example Gradient Computations" (2015).

    >>> x, delta = torch.tensor([[[1.0, 2.0]]]), torch.tensor([[[3.0]]])
    >>> of_linear(x, delta)["weight"]
    tensor([[[3., 6.]]])
    """
    return {"weight": torch.einsum("bto,bti->boi", delta, x), "bias": delta.sum(dim=1)}


def _check_table(ids: Tensor, vocab_size: int) -> None:
    check_sizes(vocab_size=vocab_size)
    check_ids("ids", ids, vocab_size)


@typed
@checked_by(_check_table)
def of_embedding(
    ids: Int[Tensor, "batch time"], delta: Float[Tensor, "batch time dim"], vocab_size: int
) -> Gradients:
    """Return a table's gradients, example by example: each row gets what came back to it.

    >>> of_embedding(torch.tensor([[1, 1]]), torch.tensor([[[3.0], [4.0]]]), 2)["weight"]
    tensor([[[0.],
             [7.]]])
    """
    rows = delta.new_zeros(len(ids), vocab_size, delta.shape[-1])
    return {"weight": rows.scatter_add_(1, ids[..., None].expand_as(delta), delta)}


def _check_layers(model: nn.Module) -> None:
    for name, layer in model.named_modules():
        if any(True for _ in layer.parameters(recurse=False)) and not isinstance(
            layer, nn.Linear | nn.Embedding
        ):
            raise ValueError(
                f"model has the layer {name or 'itself'} of type {type(layer).__name__}, expected "
                "weights in Linear and Embedding alone: only their gradients are known one by one."
            )


def _check_losses(losses: object) -> None:
    if not isinstance(losses, Tensor) or losses.ndim != 1 or not losses.requires_grad:
        shape = f"of shape {tuple(losses.shape)}" if isinstance(losses, Tensor) else repr(losses)
        raise ValueError(
            f"the losses are {shape[:60]}, expected one for each example, (B,), made by the model: "
            "no mean over them."
        )


def _check_examples(examples: Tensor) -> None:
    check_ids("examples", examples)


@typed
@checked_by(_check_layers)
@checked_by(_check_examples)
def per_example_gradients(
    model: nn.Module, losses_of: Losses, examples: Int[Tensor, "batch time"]
) -> dict[str, Float[Tensor, "batch ..."]]:
    """Return each example's own gradient: for every parameter by its name, (B, …).

    ``losses_of(model, examples)`` gives one loss for each example (B,). One pass forward and one
    back are enough: each layer's input, and what comes back to its output, hold all that is needed.
    What enters a layer may have several rows for an example, one after the other.

    Raises ``ValueError`` for weights outside ``nn.Linear`` and ``nn.Embedding``, and for losses
    that are not one for each example.

    >>> model = nn.Sequential(nn.Embedding(3, 2), nn.Flatten(), nn.Linear(4, 1))
    >>> examples = torch.tensor([[0, 1], [2, 2]])
    >>> found = per_example_gradients(model, lambda m, x: m(x)[:, 0], examples)
    >>> {name: tuple(one.shape) for name, one in found.items()}
    {'0.weight': (2, 3, 2), '2.weight': (2, 1, 4), '2.bias': (2, 1)}
    """
    calls: list[tuple[nn.Module, Tensor, Tensor]] = []  # a layer, what went in, what came out
    names = {layer: name for name, layer in model.named_modules()}
    hooks = [
        layer.register_forward_hook(
            lambda layer, inputs, output: calls.append((layer, inputs[0].detach(), output))
        )
        for layer in names
        if isinstance(layer, nn.Linear | nn.Embedding)
    ]
    try:
        losses = losses_of(model, examples)
    except IndexError as error:
        raise ValueError(
            f"examples have ids up to {int(examples.max())}, which the model has not ({error})."
        ) from error
    finally:
        for hook in hooks:
            hook.remove()
    _check_losses(losses)
    came_back = torch.autograd.grad(losses.sum(), [output for *_, output in calls])
    found: Gradients = {}
    for (layer, x, _), delta in zip(calls, came_back, strict=True):
        for part, gradients in _of_layer(layer, x, delta, len(losses)).items():
            name = f"{names[layer]}.{part}".lstrip(".")
            found[name] = found[name] + gradients if name in found else gradients
    return {name: found[name] for name, _ in model.named_parameters() if name in found}


def _of_layer(layer: nn.Module, x: Tensor, delta: Tensor, batch: int) -> Gradients:
    delta = delta.reshape(batch, -1, delta.shape[-1])  # (B, T, O)
    if isinstance(layer, nn.Embedding):
        return of_embedding(x.reshape(batch, -1), delta, layer.num_embeddings)
    both = of_linear(x.reshape(batch, -1, x.shape[-1]), delta)
    return {part: gradients for part, gradients in both.items() if hasattr(layer, part)}


def _check_gradients(gradients: Mapping[str, Tensor]) -> None:
    if not gradients or len({len(one) for one in gradients.values() if one.ndim}) != 1:
        shapes = {name: tuple(one.shape) for name, one in gradients.items()}
        raise ValueError(
            f"gradients have the shapes {str(shapes)[:80]}, expected (B, …) for each parameter, "
            "with as many examples in all."
        )


def _check_clip(gradients: Mapping[str, Tensor], clip: float) -> None:
    check_number("clip", clip, above=0)
    _check_gradients(gradients)


@typed
@checked_by(_check_gradients)
def gradient_norms(
    gradients: Mapping[str, Float[Tensor, "batch ..."]],
) -> Float[Tensor, " batch"]:
    """Return the length of each example's gradient over all parameters together (B,).

    >>> gradient_norms({"w": torch.tensor([[3.0], [1.0]]), "b": torch.tensor([[4.0], [0.0]])})
    tensor([5., 1.])
    """
    squares = [one.flatten(1).square().sum(dim=1) for one in gradients.values()]
    return torch.stack(squares).sum(dim=0).sqrt()


@typed
@checked_by(_check_clip)
def clipped_sum(
    gradients: Mapping[str, Float[Tensor, "batch ..."]], clip: float
) -> dict[str, Float[Tensor, "..."]]:
    """Return the sum over examples, each first shortened to a length of at most ``clip``.

    Whatever one example is, the sum moves by ``clip`` at most when it comes or goes. Source: Abadi
    et al. (2016), algorithm 1.

    Raises ``ValueError`` for a ``clip`` that is not above 0, and gradients that don't fit.

    >>> clipped_sum({"w": torch.tensor([[3.0], [0.5], [-1000.0]])}, clip=1.0)["w"]
    tensor([0.5000])
    """
    shares = (clip / gradient_norms(gradients)).clamp(max=1)  # (B,)
    return {name: torch.einsum("b,b...->...", shares, one) for name, one in gradients.items()}


def _check_noise(noise: float, lot: float) -> None:
    check_number("noise", noise, above=0)
    check_number("lot", lot, above=0)


@typed
@checked_by(_check_noise)
def private_gradient(
    gradients: Mapping[str, Float[Tensor, "batch ..."]],
    clip: float,
    noise: float,
    lot: float,
    generator: torch.Generator,
) -> dict[str, Float[Tensor, "..."]]:
    """Return (clipped sum + noise) / lot, for each parameter: the gradient of a DP-SGD step.

    The noise is normal, its standard deviation ``noise`` · ``clip`` in every entry. ``lot`` is how
    many examples are drawn on average, not how many were: that number is a secret, too. (For real
    secrets, draw the noise by a generator made for cryptography.) Source: Abadi et al. (2016),
    algorithm 1.

    Raises ``ValueError`` for a ``clip``, ``noise`` or ``lot`` that is not above 0.

    >>> gradients = {"w": torch.tensor([[3.0], [0.5]])}
    >>> made = private_gradient(gradients, 1.0, 1e-9, 2.0, torch.Generator().manual_seed(0))
    >>> round(made["w"].item(), 4)
    0.75
    """
    private = {}
    for name, total in clipped_sum(gradients, clip).items():
        drawn = torch.randn(total.shape, generator=generator, dtype=total.dtype)
        private[name] = (total + noise * clip * drawn) / lot
    return private


def _check_sampling(count: int, sample_rate: float) -> None:
    check_sizes(count=count)
    check_number("sample_rate", sample_rate, above=0, at_most=1)


@typed
@checked_by(_check_sampling)
def poisson_sample(
    count: int, sample_rate: float, generator: torch.Generator
) -> Int[Tensor, " batch"]:
    """Return the places of those of ``count`` examples that are drawn, each by a coin of its own.

    The accountant counts on it: everyone is in a step with probability ``sample_rate``, whoever
    else is.

    Raises ``ValueError`` for a rate that is not above 0 and at most 1.

    >>> poisson_sample(10, 0.3, torch.Generator().manual_seed(0))
    tensor([2, 3])
    """
    return (torch.rand(count, generator=generator) < sample_rate).nonzero()[:, 0]


@dataclass(frozen=True)
class PrivateTraining:
    """How a private training runs: its steps, what is drawn for each, clipping and noise.

    Raises ``ValueError`` for ``steps`` below 1, a ``sample_rate`` that is not above 0 and at most
    1, or a ``clip`` or ``noise`` that is not above 0.

    >>> PrivateTraining(steps=100, sample_rate=1.5, noise=1.0)
    Traceback (most recent call last):
    ValueError: sample_rate is 1.5, expected a finite number above 0 and at most 1.
    """

    steps: int
    sample_rate: float
    noise: float
    clip: float = 1.0

    def __post_init__(self) -> None:
        check_fields(self)
        check_sizes(steps=self.steps)
        check_number("sample_rate", self.sample_rate, above=0, at_most=1)
        check_number("noise", self.noise, above=0)
        check_number("clip", self.clip, above=0)

    @typed
    def fit(
        self,
        model: nn.Module,
        losses_of: Losses,
        examples: Int[Tensor, "batch time"],
        optimizer: torch.optim.Optimizer,
        generator: torch.Generator,
    ) -> None:
        """Train a model on ``examples`` (N, T); the optimizer gets private gradients alone.

        >>> model = nn.Sequential(nn.Embedding(3, 2), nn.Flatten(), nn.Linear(4, 1))
        >>> before = model[2].bias.item()
        >>> PrivateTraining(steps=2, sample_rate=0.5, noise=1.0).fit(
        ...     model, lambda m, x: m(x)[:, 0], torch.tensor([[0, 1], [2, 2], [1, 0]]),
        ...     torch.optim.SGD(model.parameters(), lr=0.1), torch.Generator().manual_seed(0))
        >>> model[2].bias.item() != before
        True
        """
        lot = self.sample_rate * len(examples)
        for _ in range(self.steps):
            drawn = examples[poisson_sample(len(examples), self.sample_rate, generator)]
            if len(drawn):
                gradients = per_example_gradients(model, losses_of, drawn)
            else:  # nobody was drawn: noise alone
                gradients = {
                    name: weight.new_zeros(1, *weight.shape)
                    for name, weight in model.named_parameters()
                }
            made = private_gradient(gradients, self.clip, self.noise, lot, generator)
            for name, weight in model.named_parameters():
                weight.grad = made[name]
            optimizer.step()
