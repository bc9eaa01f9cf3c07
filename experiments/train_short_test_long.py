"""Five ways to tell positions, trained on 32 letters and tested on 128: does longer training help?

The model of notebook 10, trained four times as long as there, with the same schedule drawn out.
Bits per letter on letters 9 to 32 of a window, which are as in training, and on 65 to 128. A
learned table gets new random rows beyond its 32.
"""

import copy
import math
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from lmteach.models.transformer.layers import TransformerConfig
from lmteach.models.transformer.positioned_lm import POSITIONS, PositionedLM
from lmteach.models.transformer.positions import LearnedPositions
from lmteach.text.batches import random_windows
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.characters import CharTokenizer
from lmteach.training.loop import fit
from lmteach.training.schedules import warmup_cosine

SHORT, LONG, BATCH, RATE = 32, 128, 16, 0.008
RECIPE = {
    "text": "wikipedia()",
    "dim": 64,
    "heads": 4,
    "layers": 2,
    "trained_on": SHORT,
    "tested_on": LONG,
    "batch": BATCH,
    "rate": RATE,
}
CASES = tuple({"steps": 1400, "positions": kind} for kind in POSITIONS)
SEEDS = (0, 1)
TOLERANCE = 0.02


@cache
def read() -> tuple[int, Tensor, Tensor]:
    """The size of the vocabulary, the ids to train on, and those to test on."""
    corpus = wikipedia()
    tokenizer = CharTokenizer(corpus.train + corpus.valid + corpus.test)
    train, test = (torch.tensor(tokenizer.encode(text)) for text in (corpus.train, corpus.test))
    return tokenizer.vocab_size, train, test


def draw(generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Windows of the training text, and what follows each letter."""
    return random_windows(read()[1], BATCH, SHORT, generator)


def loss(model: PositionedLM, batch: tuple[Tensor, Tensor]) -> Tensor:
    """Nats per letter."""
    return F.cross_entropy(model(batch[0]).flatten(0, 1), batch[1].flatten())


@torch.no_grad()
def bits_by_place(model: PositionedLM) -> Tensor:
    """Bits at each place of a long window (T,), over 256 windows of the test text."""
    if model.positions == "learned":
        table = LearnedPositions(LONG, model.config.dim, torch.Generator().manual_seed(5))
        table.weight[:SHORT] = model.learned.weight
        model = copy.deepcopy(model)
        model.learned = table
    windows, following = random_windows(read()[2], 256, LONG, torch.Generator().manual_seed(0))
    logits = model(windows).transpose(1, 2)  # (B, V, T)
    return F.cross_entropy(logits, following, reduction="none").mean(dim=0) / math.log(2)


def measure(seed: int, steps: int, positions: str) -> dict[str, float]:
    """Bits per letter ``within`` what was trained, and ``beyond`` it."""
    torch.manual_seed(seed)
    config = TransformerConfig(
        dim=64, heads=4, feed_forward_dim=128, layers=2, dropout=0.0, pre_norm=True
    )
    longest = SHORT if positions == "learned" else None
    model = PositionedLM(read()[0], config, positions, longest)
    fit(
        model,
        loss,
        draw,
        steps,
        torch.optim.AdamW(model.parameters(), lr=RATE),
        torch.Generator().manual_seed(seed),
        schedule=lambda step: warmup_cosine(step, warmup=50, steps=steps, floor=0.02),
        progress=False,
    )
    found = bits_by_place(model)
    return {
        "within": round(found[8:SHORT].mean().item(), 4),
        "beyond": round(found[64:].mean().item(), 4),
    }
