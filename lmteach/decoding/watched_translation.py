"""A translation with all that the Transformer looked at while it wrote. Used in notebook 11."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from lmteach.checks import check_number, check_sizes, check_table, checked_by
from lmteach.decoding.translating import TextTranslator
from lmteach.models.evaluating import in_evaluation
from lmteach.models.transformer.attention_maps import watch_attention
from lmteach.models.transformer.translator import Translator
from lmteach.text.batches import pad
from lmteach.text.tokenizers.vocabulary import END, SPECIAL, START
from lmteach.typed import check_fields, typed

Choices = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class WatchedTranslation:
    """What was read and written, how sure each step was, and the weights of every attention.

    ``source`` are the S symbols that were read, ``target`` the T that were written, the last of
    which is the end mark. ``probabilities`` (T,) are those of the symbols written, ``choices`` the
    likeliest symbols of each step with theirs. ``encoder`` (L, H, S, S), ``decoder`` (L, H, T, T)
    and ``cross`` (L, H, T, S) are the weights; row t of the last two belongs to the step that
    writes symbol t, and has seen the start mark and the t symbols before it.

    Raises ``ValueError`` for shapes that don't fit.

    >>> one = np.ones((1, 1, 1, 1))
    >>> WatchedTranslation(("a",), ("<end>",), (0.9,), ((("<end>", 0.9),),), one, one, one).inputs
    ('<start>',)
    """

    source: tuple[str, ...]
    target: tuple[str, ...]
    probabilities: tuple[float, ...]
    choices: tuple[Choices, ...]
    encoder: Float[np.ndarray, "layers heads source source"]
    decoder: Float[np.ndarray, "layers heads time time"]
    cross: Float[np.ndarray, "layers heads time source"]

    def __post_init__(self) -> None:
        """Check that all parts belong to one translation."""
        check_fields(self)
        read, written = len(self.source), len(self.target)
        if not len(self.probabilities) == len(self.choices) == written:
            raise ValueError(
                f"there are {len(self.probabilities)} probabilities and {len(self.choices)} "
                f"choices for {written} symbols of the target, expected one of each."
            )
        sizes = {"encoder": (read, read), "decoder": (written, written), "cross": (written, read)}
        layers = np.shape(self.cross)[:2]
        for name, size in sizes.items():
            shape = np.shape(getattr(self, name))
            if shape != (*layers, *size) or 0 in shape:
                raise ValueError(
                    f"{name} has shape {shape}, expected (layers, heads, {size[0]}, {size[1]}), "
                    f"with as many layers and heads as cross, {layers}."
                )
            check_table(name, getattr(self, name), (None,) * 4, "(L, H, T, S)")
        for place, probability in enumerate(self.probabilities):
            check_number(f"probabilities[{place}]", probability, at_least=0, at_most=1)

    @property
    def inputs(self) -> tuple[str, ...]:
        """What the decoder had seen last at each step: the target, shifted by one."""
        return (SPECIAL[START], *self.target[:-1])


def _check(width: int, most: int) -> None:
    check_sizes(width=width, most=most)


@torch.no_grad()
@typed
@checked_by(_check)
def watch_translation(
    translator: TextTranslator, text: str, width: int = 1, most: int = 3
) -> WatchedTranslation:
    """Translate a text with a beam of ``width``, and keep the ``most`` likeliest of each step.

    The answer is fed to the model once more, all at once: with its causal mask each step sees what
    it saw when it was written.

    Raises ``ValueError`` for a text that can't be translated, and says why; and for a model that
    is not a ``Translator``.

    >>> from lmteach.models.transformer.layers import TransformerConfig
    >>> from lmteach.text.tokenizers.vocabulary import Vocabulary
    >>> config = TransformerConfig(dim=8, heads=2, feed_forward_dim=16, layers=1)
    >>> letters, digits = Vocabulary("abc"), Vocabulary("01")
    >>> model = Translator(len(letters), len(digits), config)
    >>> watched = watch_translation(TextTranslator(model, letters, digits, longest=5), "cab")
    >>> watched.source, watched.encoder.shape
    (('c', 'a', 'b'), (1, 2, 3, 3))
    """
    model = translator.model
    if not isinstance(model, Translator):
        raise ValueError(
            f"the model is of the type {type(model).__name__}, expected Translator: the maps are "
            "those of a Transformer."
        )
    [answer] = translator.translate([text], width)
    written = [*translator.target.encode(answer), END]
    device = next(model.parameters()).device
    source, lengths = (ids.to(device) for ids in pad([translator.source.encode(text)]))
    with in_evaluation(model), watch_attention(model) as maps:
        logits = model(source, lengths, torch.tensor([[START, *written[:-1]]], device=device))
    probabilities = logits[0].softmax(dim=-1).cpu()  # (T, V)
    names = translator.target.symbols
    best = probabilities.topk(min(most, len(names)))
    return WatchedTranslation(
        source=tuple(text),
        target=tuple(names[number] for number in written),
        probabilities=tuple(probabilities[range(len(written)), written].tolist()),
        choices=tuple(
            tuple((names[number], share) for number, share in zip(*row, strict=True))
            for row in zip(best.indices.tolist(), best.values.tolist(), strict=True)
        ),
        encoder=_stacked(maps, "encoder", "self_attn"),
        decoder=_stacked(maps, "decoder", "self_attn"),
        cross=_stacked(maps, "decoder", "multihead_attn"),
    )


def _stacked(maps: dict[str, Tensor], side: str, name: str) -> Any:
    """The weights of one kind of attention in all layers (L, H, T, S), of a batch of one."""
    found = [
        weights[0].cpu().numpy()
        for key, weights in maps.items()
        if f".{side}." in key and key.endswith(f".{name}")
    ]
    return np.stack(found)
