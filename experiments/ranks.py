"""Ranks 1 to 16, with α divided by the rank and without: which can share one learning rate?

MiniLM's last layer learns to tell praise from blame in film sentences by adapters, from 1,000
labels; what enters it is the same for all. ``RATE`` was chosen beforehand, on valid, at rank 1,
where both scales are one. ``accuracy`` is that on test, ``loss`` the mean of the last pass in nats,
and ``first_change`` how far two steps move what the layer says of 64 sentences, as a share of its
length. (In the very first, the last map is still 0, so that nothing reaches the layer.)
"""

import time
from typing import Any

import numpy as np
import torch
from torch import Tensor

from experiments.film_adapted import DIM, reader
from experiments.film_networks import Layers, batch_of, tuned
from experiments.film_sentences import ALL, drawn, read
from lmteach.models.bert.minilm import minilm
from lmteach.models.lora.adapters import add_adapters

LABELS, LAYERS, WATCHED = 1000, 1, 64
RANKS = (1, 2, 4, 8, 16)
RECIPE = {
    "text": "train of film_sentences()",
    "labels": LABELS,
    "layers": LAYERS,  # the upper ones, which have adapters
    "targets": ("*",),  # all their maps
    "alpha": 16.0,
    "rate": 4e-3,
    "head": 0.75,  # times the rate, for the last map
    "passes": 3,
    "batch": 16,
}
CASES = tuple({"scale": scale, "rank": rank} for scale in ("α/r", "α") for rank in RANKS)
SEEDS = (0, 1, 2)
TOLERANCE = 0.03


@torch.no_grad()
def said_of(layers: Layers, rows: list[Tensor], places: np.ndarray) -> Tensor:
    """The mean (N, D) of what layers say of the places of some sentences."""
    states, mask = batch_of(rows, torch.tensor(places))
    said = layers.eval()(states, mask) * mask[..., None]
    return said.sum(dim=1) / mask.sum(dim=1, keepdim=True)


def measure(seed: int, scale: str, rank: int) -> dict[str, Any]:
    """The figures of one case."""
    given, asked = drawn(LABELS, seed), np.arange(ALL, len(read()[0]))
    below = reader(LAYERS)
    below.read([*given, *asked])
    upper = Layers(minilm().requires_grad_(False).layers[-LAYERS:])
    alpha = RECIPE["alpha"] * (1 if scale == "α/r" else rank)  # add_adapters divides by the rank
    generator = torch.Generator().manual_seed(seed)
    add_adapters(upper, rank, alpha, RECIPE["targets"], generator=generator)
    torch.manual_seed(seed)  # what dropout draws from
    before = said_of(upper, below.rows, given[:WATCHED])
    losses, changes, started = [], [], time.perf_counter()

    def look(step: int, loss: float) -> None:
        losses.append(loss)
        if step == 2:
            after = said_of(upper, below.rows, given[:WATCHED])
            changes.append(((after - before).norm() / before.norm()).item())

    said = tuned(upper, below.rows, DIM, RECIPE, given, asked, seed, look)
    return {
        "accuracy": round(float((said == read()[1][asked]).mean()), 4),
        "loss": round(float(np.mean(losses[-(len(losses) // RECIPE["passes"]) :])), 4),
        "first_change": round(changes[0], 6),
        "seconds": round(time.perf_counter() - started, 2),
    }
