"""What a GPT asks of the ids that it is given, before it begins."""

from typing import Any

from torch import Tensor


def check_ids(self: Any, ids: Tensor, cache: Any = None) -> None:
    """Raise ``ValueError`` unless a model knows the ids (B, T), and its context holds them.

    ``self`` has a ``config``; a ``cache`` says in ``length`` how many tokens went before.

    >>> import torch
    >>> from types import SimpleNamespace
    >>> model = SimpleNamespace(config=SimpleNamespace(vocab_size=5, context=2))
    >>> check_ids(model, torch.tensor([[1, 2, 4]]))
    Traceback (most recent call last):
    ValueError: there are 3 tokens, but the model looks at 2 at most, its context: give it the \
last of them only.
    """
    if not isinstance(ids, Tensor) or ids.ndim != 2 or ids.is_floating_point() or 0 in ids.shape:
        came = (
            f"has shape {tuple(ids.shape)} and type {ids.dtype}"
            if isinstance(ids, Tensor)
            else f"is a {type(ids).__name__}"
        )
        raise ValueError(
            f"ids {came}, expected a tensor of whole numbers (B, T), with T of at least 1. One "
            "text alone is a batch of one: ids[None]."
        )
    low, high = (int(end) for end in ids.aminmax())
    if low < 0 or high >= self.config.vocab_size:
        raise ValueError(
            f"ids holds {low if low < 0 else high}, expected ids from 0 to "
            f"{self.config.vocab_size - 1}. Encode with the tokenizer that the model was made for."
        )
    held = 0 if cache is None else cache.length
    if held + ids.shape[1] > self.config.context:
        before = f" after {held} in the cache" if held else ""
        raise ValueError(
            f"there are {ids.shape[1]} tokens{before}, but the model looks at "
            f"{self.config.context} at most, its context: give it the last of them only."
        )
