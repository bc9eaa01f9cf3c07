"""What does privacy cost, and does it protect? Bits per character and exposure against epsilon.

A feed-forward character model reads the first 150,000 characters of ``wikipedia().train`` with four
canaries in them, 64 repetitions each, in windows of 16 letters: an example is one window. Trained
plainly, with clipping alone, and by DP-SGD at three epsilons (delta 1e-5) for the same number of
steps; three seeds. ``valid_bits`` are on valid, ``exposure`` is the mean of the four canaries,
``extracted`` the share at rank 1, ``noise`` the accountant's. Epsilon is that of one window, not of
a canary with 64 of them. The first case is short, to be measured again.
"""

import math
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from lmteach.evaluation.exposure import candidate_log_probabilities, exposure, rank_of
from lmteach.evaluation.privacy_accountant import noise_for
from lmteach.models.embedding.feedforward import FeedForwardLM
from lmteach.text.corpora.canaries import DIGITS, Canary, draw_canaries, plant
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.characters import CharTokenizer
from lmteach.training.private import (
    PrivateTraining,
    clipped_sum,
    per_example_gradients,
    poisson_sample,
)

RECIPE = {
    "text": "the first 150,000 characters of train of wikipedia()",
    "characters": 150_000,
    "valid": 20_000,
    "window": 12,
    "dim": 12,
    "hidden_dim": 48,
    "example": 16,
    "drawn": 256,
    "clip": 0.3,
    "optimizer": "Adam, rate 0.01 falling to 0.001",
    "delta": 1e-5,
    "canaries": 4,
    "repetitions": 64,
}
FULL = 300
PLAIN, CLIPPED = "none", "clipping alone"
CASES = (
    {"epsilon": "8", "steps": 5},
    *({"epsilon": kind, "steps": FULL} for kind in (PLAIN, CLIPPED, "8", "2", "0.5")),
)
SEEDS = (0, 1, 2)
TOLERANCE = 0.05


@cache
def read(seed: int) -> tuple[Tensor, CharTokenizer, list[Canary]]:
    """The examples (N, W + T), each with what its first letters look back at; and the canaries."""
    text = wikipedia().train
    tokenizer, generator = CharTokenizer(text), np.random.default_rng(seed)
    canaries = draw_canaries([RECIPE["repetitions"]] * RECIPE["canaries"], generator)
    planted = plant(text[: RECIPE["characters"]], canaries, generator)
    ids = torch.tensor(tokenizer.encode(planted))
    return (
        ids.unfold(0, RECIPE["window"] + RECIPE["example"], RECIPE["example"]),
        tokenizer,
        canaries,
    )


def losses_of(model: nn.Module, examples: Tensor) -> Tensor:
    """The loss of each example (B,), in nats per letter."""
    windows = examples.unfold(1, RECIPE["window"] + 1, 1)  # (B, T, W + 1)
    each = windows.reshape(-1, RECIPE["window"] + 1)
    losses = functional.cross_entropy(model(each[:, :-1]), each[:, -1], reduction="none")
    return losses.view(len(examples), -1).mean(dim=1)


def measure(seed: int, epsilon: str, steps: int) -> dict[str, Any]:
    """The figures of one case."""
    examples, tokenizer, canaries = read(seed)
    model = FeedForwardLM(
        tokenizer.vocab_size,
        RECIPE["window"],
        RECIPE["dim"],
        RECIPE["hidden_dim"],
        torch.Generator().manual_seed(seed),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    falling = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.1, steps)
    generator, noise = torch.Generator().manual_seed(seed), 0.0
    rate, clip = RECIPE["drawn"] / len(examples), RECIPE["clip"]
    if epsilon in (PLAIN, CLIPPED):
        for _ in range(steps):
            drawn = examples[poisson_sample(len(examples), rate, generator)]
            if epsilon == PLAIN:
                optimizer.zero_grad()
                losses_of(model, drawn).mean().backward()
            else:
                total = clipped_sum(per_example_gradients(model, losses_of, drawn), clip)
                for name, weight in model.named_parameters():
                    weight.grad = total[name] / RECIPE["drawn"]
            optimizer.step()
            falling.step()
    else:
        noise = noise_for(float(epsilon), rate, FULL, RECIPE["delta"])
        private = PrivateTraining(1, rate, noise, clip)
        for _ in range(steps):
            private.fit(model, losses_of, examples, optimizer, generator)
            falling.step()
    exposures, found = [], []
    for canary in canaries:
        scores = candidate_log_probabilities(
            lambda ids: model(ids[:, -model.window :]),
            torch.tensor(tokenizer.encode(canary.prefix)),
            tokenizer.encode(DIGITS),
            len(canary.secret),
        )
        exposures.append(exposure(scores, int(canary.secret)))
        found.append(rank_of(scores, int(canary.secret)) == 1)
    ids = tokenizer.encode(wikipedia().valid[: RECIPE["valid"]])
    bits = float(-model.log_probabilities(ids).mean()) / math.log(2)
    return {
        "valid_bits": round(bits, 3),
        "exposure": round(float(np.mean(exposures)), 3),
        "extracted": float(np.mean(found)),
        "noise": round(noise, 3),
    }
