"""Which positions can say "the letter before", and does that depend on heads, width or training?

The errand of notebook 10: random letters of four kinds, one layer, the answer at each place is the
letter before. Trained on 8 letters, tested on 32: bits on what is as in training, and beyond. What
was trained is measured twice, early and late, and a head of K entries has K / 2 rotary pairs.
"""

import copy
import math

import torch
import torch.nn.functional as F
from torch import Tensor

from lmteach.models.transformer.layers import TransformerConfig
from lmteach.models.transformer.positioned_lm import POSITIONS, PositionedLM
from lmteach.models.transformer.positions import LearnedPositions
from lmteach.training.loop import fit

EARLY, LATE, SHORT, LONG, RATE = 150, 600, 8, 32, 0.02
RECIPE = {
    "letters": 4,
    "layers": 1,
    "trained_on": SHORT,
    "tested_on": LONG,
    "batch": 32,
    "rate": RATE,
    "steps": [EARLY, LATE],
}
CASES = (
    *({"dim": 16, "heads": heads, "positions": kind} for heads in (2, 8) for kind in POSITIONS),
    *({"dim": 64, "heads": 8, "positions": kind} for kind in ("rotary", "alibi")),
)
SEEDS = (0, 1, 2)
TOLERANCE = 1e-3


def draw(generator: torch.Generator, batch: int = 32, time: int = SHORT) -> Tensor:
    """Random letters (B, T)."""
    return torch.randint(4, (batch, time), generator=generator)


def nats(model: PositionedLM, ids: Tensor) -> Tensor:
    """The loss at each place but the first, (B, T − 1)."""
    logits = model(ids)[:, 1:].transpose(1, 2)
    return F.cross_entropy(logits, ids[:, :-1], reduction="none")


def loss(model: PositionedLM, ids: Tensor) -> Tensor:
    """What training makes small."""
    return nats(model, ids).mean()


@torch.no_grad()
def bits(model: PositionedLM) -> tuple[float, float]:
    """Bits a letter as in training, and from the seventeenth on; a table gets random new rows."""
    tested = copy.deepcopy(model)
    if tested.positions == "learned":
        table = LearnedPositions(LONG, tested.config.dim, torch.Generator().manual_seed(5))
        table.weight[:SHORT] = tested.learned.weight
        tested.learned = table
    ids = draw(torch.Generator().manual_seed(99), 500, LONG)
    found = nats(tested, ids) / math.log(2)
    seen, far = found[:, : SHORT - 1].mean().item(), found[:, 15:].mean().item()
    return round(seen, 4), round(far, 4)


def measure(seed: int, dim: int, heads: int, positions: str) -> dict[str, float]:
    """Bits early and late, on what is as in training (``seen``) and beyond (``far``)."""
    torch.manual_seed(seed)
    config = TransformerConfig(
        dim, heads, feed_forward_dim=2 * dim, layers=1, dropout=0.0, pre_norm=True
    )
    model = PositionedLM(4, config, positions, SHORT if positions == "learned" else None)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE)
    generator = torch.Generator().manual_seed(seed)
    fit(model, loss, draw, EARLY, optimizer, generator, progress=False)
    seen_early, far_early = bits(model)
    fit(model, loss, draw, LATE - EARLY, optimizer, generator, progress=False)
    seen, far = bits(model)
    return {"seen_early": seen_early, "far_early": far_early, "seen": seen, "far": far}
