"""The logit lens: what would the model say if it had to answer after each layer? Notebook 20."""

from typing import cast

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmteach.checks import checked_by
from lmteach.inspection.activations import attentions, watched
from lmteach.models.bert.model import BertForMaskedLM
from lmteach.models.gpt.model import GPT
from lmteach.typed import typed


def _check(model: nn.Module) -> None:
    if not isinstance(model, GPT | BertForMaskedLM):
        raise ValueError(
            f"model is a {type(model).__name__}, expected a GPT, a Llama or a BertForMaskedLM: a "
            "lens needs an output layer."
        )


@typed
@checked_by(_check)
def logit_lens(
    model: nn.Module, ids: Int[Tensor, "batch time"]
) -> Float[Tensor, "layers batch time vocab"]:
    """Return the logits (L + 1, B, T, V) of the model's output layer after each of its layers.

    The first are those of the embedding, the last are the model's own, exactly. A GPT's last norm
    comes before its output layer, so it does here. Source: nostalgebraist, "interpreting GPT: the
    logit lens" (2020).

    Raises ``ValueError`` for a model without an output layer, and ids that the model refuses.

    >>> from lmteach.models.gpt.config import GPTConfig
    >>> model, ids = GPT(GPTConfig(9, 8, dim=8, heads=2, layers=2)), torch.tensor([[1, 4, 2]])
    >>> lens = logit_lens(model, ids)
    >>> lens.shape, bool((lens[-1] == model(ids)).all())
    (torch.Size([3, 1, 3, 9]), True)
    """
    layers = range(len(attentions(model)))
    if isinstance(model, BertForMaskedLM):
        names = ["bert.dropout.output", *(f"bert.layers.{n}.output" for n in layers)]
    else:
        names = ["drop.output", *(f"h.{n}.output" for n in layers)]
    with torch.no_grad(), watched(model, names) as seen:
        model(ids)
        if isinstance(model, BertForMaskedLM):
            return torch.stack([model.scores(seen[name]) for name in names])
        gpt = cast(GPT, model)
        return torch.stack([gpt.scores(gpt.ln_f(seen[name])) for name in names])
