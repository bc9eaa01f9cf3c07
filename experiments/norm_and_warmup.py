"""Does a Transformer with its norms after the sums need a warm-up? At which rates?

Notebook 11's translator of dates, deeper and narrower, for sixty steps: the norm after the sum
or before the part, with a warm-up or at the full rate from the first step, at two rates.
"""

from functools import cache

import numpy as np
import torch

from lmteach.models.transformer.layers import TransformerConfig
from lmteach.models.transformer.translator import Translator
from lmteach.text.batches import pad
from lmteach.text.corpora.dates import dates
from lmteach.text.tokenizers.vocabulary import END, PAD, START, Vocabulary
from lmteach.training.label_smoothing import smoothed_cross_entropy
from lmteach.training.loop import fit

RECIPE = {
    "text": "10,000 of dates(), 64 at a time",
    "layers": 6,
    "dim": 32,
    "heads": 4,
    "steps": 60,
    "warmup": 30,
    "optimizer": "AdamW, betas 0.9 and 0.98",
    "loss": "mean of the last 10 steps, with smoothing 0.1",
}
CASES = tuple(
    {"norm": norm, "warmup": warmup, "rate": rate}
    for rate in (2e-3, 1e-2)
    for norm in ("post", "pre")
    for warmup in ("with", "without")
)
SEEDS = (0, 1, 2)
TOLERANCE = 0.05


@cache
def read() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, int, int]:
    """The sources, their lengths, the targets, and how many symbols there are on either side."""
    pairs = dates(10_000, np.random.default_rng(0))
    letters = Vocabulary("".join(pair.english for pair in pairs))
    characters = Vocabulary("".join(pair.chinese for pair in pairs))
    source, lengths = pad([letters.encode(pair.english) for pair in pairs])
    targets = [[START, *characters.encode(pair.chinese), END] for pair in pairs]
    return source, lengths, pad(targets)[0], len(letters), len(characters)


def measure(seed: int, norm: str, warmup: str, rate: float) -> dict[str, float]:
    """The loss, in nats per symbol, at the end of a short run."""
    source, lengths, target, letters, characters = read()
    torch.manual_seed(seed)
    dim, layers = RECIPE["dim"], RECIPE["layers"]
    config = TransformerConfig(dim, 4, 4 * dim, layers, dropout=0.0, pre_norm=norm == "pre")
    model = Translator(letters, characters, config)

    def loss_of(model: Translator, places: torch.Tensor) -> torch.Tensor:
        logits = model(source[places], lengths[places], target[places, :-1])
        return smoothed_cross_entropy(logits, target[places, 1:], 0.1, PAD)

    losses = fit(
        model,
        loss_of,
        lambda generator: torch.randint(len(source), (64,), generator=generator),
        RECIPE["steps"],
        torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.98)),
        torch.Generator().manual_seed(seed),
        schedule=lambda step: min(1.0, step / RECIPE["warmup"]) if warmup == "with" else 1.0,
    ).losses
    return {"loss": round(float(np.mean(losses[-10:])), 4)}
