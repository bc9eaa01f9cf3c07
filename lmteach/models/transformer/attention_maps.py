"""Looking over a model's shoulder: the weights of all its attentions. Taught in notebook 09."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jaxtyping import Float
from torch import Tensor, nn

from lmteach.interrupts import interrupts_held
from lmteach.models.transformer.attention import MultiHeadAttention
from lmteach.typed import typed

Weights = Float[Tensor, "batch heads time source"]


@contextmanager
@typed
def watch_attention(model: nn.Module) -> Iterator[dict[str, Weights]]:
    """Collect the weights (B, H, T, S) of every ``MultiHeadAttention`` of a model that runs inside.

    The keys are the modules' names, in the model's order, such as ``layers.0.self_attn``; of an
    attention that runs again, the last weights are kept. Outside of it the model computes its
    outputs without writing weights down, as before.

    Raises ``ValueError`` for a model without such an attention.

    >>> import torch
    >>> attention = MultiHeadAttention(dim=4, heads=2)
    >>> x = torch.randn(1, 3, 4)
    >>> with watch_attention(nn.Sequential(attention)) as maps:
    ...     _ = attention(x, x, x, need_weights=False)
    >>> maps["0"].shape
    torch.Size([1, 2, 3, 3])
    """
    found = [(n, m) for n, m in model.named_modules() if isinstance(m, MultiHeadAttention)]
    if not found:
        raise ValueError(
            f"the {type(model).__name__} has no MultiHeadAttention, expected a model built of it."
        )
    seen: dict[str, Weights] = {}

    def ask(module: nn.Module, args: Any, named: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        return args[:6], {**named, "need_weights": True}

    handles = []
    try:
        with interrupts_held():
            for name, module in found:

                def keep(module: nn.Module, args: Any, result: Any, name: str = name) -> None:
                    seen[name] = result[1].detach()

                handles.append(module.register_forward_pre_hook(ask, with_kwargs=True))
                handles.append(module.register_forward_hook(keep))
        yield seen
    finally:
        with interrupts_held():
            for handle in handles:
                handle.remove()
