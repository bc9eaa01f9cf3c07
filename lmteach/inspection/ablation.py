"""Switching heads off, to see what a model does without them. Taught in notebook 20."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from lmteach.checks import check_whole, checked_by
from lmteach.inspection.activations import Change, attentions, changed
from lmteach.models.checks import check_kind
from lmteach.typed import typed

Head = tuple[int, int]  # the layer and the number of a head in it, both from 0


def _check_ablated(
    model: nn.Module, heads: Sequence[Head], instead: Mapping[str, Tensor] | None
) -> None:
    paths = attentions(model)
    for layer, head in heads:
        check_whole("the layer of a head", layer, at_least=0)
        check_whole("the number of a head", head, at_least=0)
        if layer >= len(paths):
            raise ValueError(
                f"there is no layer {layer}, expected 0 to {len(paths) - 1}: the "
                f"{type(model).__name__} has {len(paths)} attentions."
            )
        count = int(model.get_submodule(paths[layer]).heads)  # type: ignore[arg-type]
        if head >= count:
            raise ValueError(
                f"layer {layer} has no head {head}, expected 0 to {count - 1}: it has {count}."
            )
        name = f"{paths[layer]}.heads"
        if instead is not None and name not in instead:
            raise ValueError(
                f"instead has no {name!r}, expected what is put in the place of its heads: watch "
                "it first."
            )


@contextmanager
@typed
@checked_by(_check_ablated)
def ablated(
    model: nn.Module, heads: Sequence[Head], instead: Mapping[str, Tensor] | None = None
) -> Iterator[None]:
    """Switch heads (layer, number) of a model off that runs inside.

    What they found is replaced by 0, or by what ``instead`` has for them: it maps the attention's
    name with ``.heads`` to a tensor that broadcasts to (B, H, T, K). So it can be their
    ``mean_heads`` over some text, or what was ``watched`` while the model read another one.

    Raises ``ValueError`` for a layer or head that is not there, or not in ``instead``; when the
    model runs, for what doesn't broadcast.

    >>> from lmteach.models.gpt.config import GPTConfig
    >>> from lmteach.models.gpt.model import GPT
    >>> model, ids = GPT(GPTConfig(9, 8, dim=8, heads=2, layers=2)), torch.tensor([[1, 4, 2]])
    >>> with ablated(model, [(0, 0), (0, 1)]):
    ...     without = model.h[0].self_attn(*3 * [torch.ones(1, 3, 8)])[0]
    >>> bool((without == model.h[0].self_attn.out_proj.bias).all())
    True
    >>> with ablated(model, [(2, 0)]):
    ...     model(ids)
    Traceback (most recent call last):
    ValueError: there is no layer 2, expected 0 to 1: the GPT has 2 attentions.
    """
    paths, changes = attentions(model), {}
    for layer in {layer for layer, _ in heads}:
        name = f"{paths[layer]}.heads"
        own = sorted({head for other, head in heads if other == layer})
        changes[name] = _without(own, name, None if instead is None else instead[name])
    with changed(model, changes):
        yield


def _without(own: list[int], name: str, instead: Tensor | None) -> Change:
    def change(found: Tensor) -> Tensor:
        kept = torch.ones(found.shape[1], 1, 1, dtype=torch.bool, device=found.device)
        kept[own] = False
        if instead is None:
            return found.masked_fill(~kept, 0.0)
        try:
            return torch.where(kept, found, instead.to(found))
        except RuntimeError:
            raise ValueError(
                f"instead has {name!r} in shape {tuple(instead.shape)}, expected one that "
                f"broadcasts to (B, H, T, K) = {tuple(found.shape)}."
            ) from None

    return change


def _check_found(found: Mapping[str, Tensor]) -> None:
    for name, value in found.items():
        check_kind(f"found[{name!r}]", value)
        if value.ndim != 4 or value.numel() == 0 or not value.is_floating_point():
            raise ValueError(
                f"found has {name!r} in shape {tuple(value.shape)} and type {value.dtype}, "
                "expected what heads found, (B, H, T, K)."
            )


@typed
@checked_by(_check_found)
def mean_heads(found: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the mean (1, H, 1, K) over texts and places of what heads found (B, H, T, K).

    ``found`` is what ``watched`` saw of some ``.heads``; the result is an ``instead``.

    >>> mean_heads({"0.heads": torch.arange(6.0).reshape(1, 1, 3, 2)})
    {'0.heads': tensor([[[[2., 3.]]]])}
    """
    return {name: value.mean(dim=(0, 2), keepdim=True) for name, value in found.items()}
