"""When do heads learn to copy? The induction score of small models of attention, step by step.

Rows of 64 tokens that begin again after a period of their own, 8 to 40: random tokens, or, among
rows of plain text, stretches of Wikipedia. ``induction`` is the score of the best head on fresh
random tokens, whose periods go from 24 to 56, so that no distance is a good guess; ``previous``
that of the best head of the first layer that looks at the token before; ``loss`` what is paid where
all has come before: every 25 steps, from 0 on.
"""

import time
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from lmteach.inspection.activations import attentions, watched
from lmteach.inspection.induction import induction_score, previous_token_score, repeated_tokens
from lmteach.models.transformer.attention_only import AttentionOnly
from lmteach.text.batches import random_windows
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.bpe import BPETokenizer
from lmteach.training.trained_gpt import trained_tokenizer

EVERY, TIME = 25, 64
TAUGHT, ASKED = (8, 40), (24, 56)  # the shortest and the longest period
RECIPE: dict[str, Any] = {
    "dim": 64,
    "heads": 4,
    "batch": 24,
    "time": TIME,
    "periods": list(TAUGHT),
    "periods_asked": list(ASKED),
    "optimizer": "AdamW, rate 0.01, decay 0.01",
    "every": EVERY,
    "steps": {"random": 400, "wikipedia": 1500},
    "vocab_size": {"random": 64, "wikipedia": 512},
    "repeated_rows": {"random": "all", "wikipedia": "two of three"},
    "asked_tokens": {"random": "all", "wikipedia": "the 128 commonest"},
}
CASES = (
    {"text": "random", "layers": 1},
    {"text": "random", "layers": 2},
    {"text": "wikipedia", "layers": 2},
)
SEEDS = (0, 1, 2)
TOLERANCE = 0.1


@cache
def articles() -> Tensor:
    """The ids of some of Wikipedia, by the first merges of notebook 13's tokenizer."""
    tokenizer = BPETokenizer(trained_tokenizer().merges[: RECIPE["vocab_size"]["wikipedia"] - 256])
    return torch.tensor(tokenizer.encode(wikipedia().train[:200_000]))


def questions(kind: str, seed: int) -> Tensor:
    """Fresh rows (B, T) of repeated random tokens; of text, of tokens that it often has."""
    fresh = torch.Generator().manual_seed(1000 + seed)
    if kind == "random":
        return repeated_tokens(RECIPE["vocab_size"][kind], 32, TIME, *ASKED, fresh)
    common = articles().bincount().argsort(descending=True)[:128]
    return common[repeated_tokens(128, 32, TIME, *ASKED, fresh)]


def batch(kind: str, generator: torch.Generator) -> Tensor:
    """Rows (B, T + 1); of Wikipedia, two of three begin again after its period."""
    vocab_size, rows = RECIPE["vocab_size"][kind], RECIPE["batch"]
    if kind == "random":
        return repeated_tokens(vocab_size, rows, TIME + 1, *TAUGHT, generator)
    ids, _ = random_windows(articles(), rows, TIME + 1, generator)
    for row in (row for place, row in enumerate(ids) if place % 3):
        period = int(torch.randint(TAUGHT[0], TAUGHT[1] + 1, (1,), generator=generator))
        row[:] = row[:period].repeat(9)[: TIME + 1]
    return ids


@torch.no_grad()
def looked_at(model: AttentionOnly, ids: Tensor) -> tuple[float, float, float]:
    """Both scores, and the loss of tokens that come again."""
    names = [f"{path}.weights" for path in attentions(model)]
    with watched(model, names) as seen:
        logits = model(ids)
    induction = max(float(induction_score(seen[name], ids).max()) for name in names)
    previous = float(previous_token_score(seen[names[0]]).max())
    nats = functional.cross_entropy(
        logits[:, ASKED[1] : -1].transpose(1, 2), ids[:, ASKED[1] + 1 :]
    )
    return round(induction, 4), round(previous, 4), round(float(nats), 4)


def measure(seed: int, text: str, layers: int) -> dict[str, Any]:
    """The curves of one run."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    vocab_size = RECIPE["vocab_size"][text]
    model = AttentionOnly(vocab_size, RECIPE["dim"], RECIPE["heads"], layers)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.01)
    asked = questions(text, seed)
    curves, seconds = [looked_at(model, asked)], 0.0
    for step in range(1, RECIPE["steps"][text] + 1):
        started = time.perf_counter()
        ids = batch(text, generator)
        logits = model(ids[:, :-1])
        loss = functional.cross_entropy(logits.transpose(1, 2), ids[:, 1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seconds += time.perf_counter() - started
        if step % EVERY == 0:
            curves.append(looked_at(model, asked))
    induction, previous, nats = (list(curve) for curve in zip(*curves, strict=True))
    return {
        "last": induction[-1],
        "seconds": round(seconds, 1),
        "induction": induction,
        "previous": previous,
        "loss": nats,
    }
