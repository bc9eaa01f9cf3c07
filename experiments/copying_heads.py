"""Which heads of a chat model copy, what does it lose without them, and on whom do they depend?

SmolLM2 reads four rows of 24 random tokens, each twice; the figures are of the second time.
``scores`` has the induction score and the previous-token score of each head; ``alone`` what the
loss rises by without one head (mean), for those that look like copying or one back. ``COPYING`` are
three with high scores whose absence alone costs most, chosen on a draw of their own. ``triples``
has the rise without them, without 20 random triples, and without 10 of the same layers. ``circuit``
has their scores with and without another head. ``together`` has what two heads cost that have high
scores and are not missed alone, alone and after the three, beside ten pairs of the same two layers.
``low`` has one head far below, whose zero costs much: on copying and on 400 letters of prose, by
zero and by mean, with the three and the head before them beside it. ``off`` of a head: what it
found is 0, or its mean.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from lmteach.inspection.ablation import Head, ablated, mean_heads
from lmteach.inspection.activations import attentions, watched
from lmteach.inspection.induction import induction_score, previous_token_score
from lmteach.models.llama.files import chat_model_file
from lmteach.models.llama.gguf import read_gguf
from lmteach.models.llama.model import Llama, smollm2
from lmteach.models.llama.reading import tokenizer_of
from lmteach.text.corpora.wikipedia import wikipedia

PERIOD, ROWS, LAYERS, HEADS = 24, 4, 30, 9
COPYING = ((18, 6), (18, 7), (17, 3))
BEFORE, SPARE, LOW = (16, 0), ((17, 4), (17, 5)), (1, 4)
LETTERS = 400
RECIPE: dict[str, Any] = {
    "model": "smollm2(16)",
    "rows": ROWS,
    "period": PERIOD,
    "copying": [list(head) for head in COPYING],
    "random_triples": 20,
    "triples_of_the_same_layers": 10,
    "spare": [list(head) for head in SPARE],
    "pairs_of_the_same_layers": 10,
    "letters_of_prose": LETTERS,
}
CASES = tuple(
    {"part": part} for part in ("scores", "circuit", "triples", "alone", "together", "low")
)
SEEDS = (0, 1, 2)
OTHERS = (  # the figures of the other parts: the first entry of a store has the names of all
    "whole_loss",
    "whole_scores",
    "without_16_0_loss",
    "without_16_0_scores",
    "without_17_4_loss",
    "without_17_4_scores",
    "whole",
    "copying_mean",
    "copying_zero",
    "random_mean",
    "random_zero",
    "same_layers_mean",
    "has_16_0",
    "heads",
    "rises",
    "spare",
    "copying",
    "copying_and_spare",
    "copying_and_others",
    *(
        f"{name}_{how}_on_{text}"
        for name in ("copying", "before", "low")
        for how in ("mean", "zero")
        for text in ("copies", "prose")
    ),
)
TOLERANCE = 0.05


@cache
def model() -> Llama:
    """The chat model."""
    return smollm2(16)


def drawn(seed: int) -> Tensor:
    """Random tokens twice, (B, 2 · period)."""
    generator = torch.Generator().manual_seed(seed)
    rows = torch.randint(100, 40_000, (ROWS, PERIOD), generator=generator)
    return torch.cat([rows, rows], dim=1)


@torch.no_grad()
def loss(ids: Tensor) -> float:
    """Nats a token, from the second of the second time on."""
    vectors = model().hidden_states(ids)[:, PERIOD:-1]
    logits = model().scores(vectors).float()
    return float(functional.cross_entropy(logits.transpose(1, 2), ids[:, PERIOD + 1 :]))


@torch.no_grad()
def scores(ids: Tensor) -> tuple[Tensor, Tensor]:
    """Both scores (layers, heads)."""
    names = [f"{path}.weights" for path in attentions(model())]
    with watched(model(), names) as seen:
        model().hidden_states(ids)
    both = [
        (induction_score(seen[n].float(), ids), previous_token_score(seen[n].float()))
        for n in names
    ]
    return torch.stack([one for one, _ in both]), torch.stack([other for _, other in both])


@torch.no_grad()
def means(ids: Tensor) -> dict[str, Tensor]:
    """The mean of what each head found, over rows and places."""
    with watched(model(), [f"{path}.heads" for path in attentions(model())]) as seen:
        model().hidden_states(ids)
    return mean_heads(seen)


def rise(ids: Tensor, heads: Sequence[Head], off: dict[str, Tensor] | None, whole: float) -> float:
    """How much more is paid without some heads."""
    with ablated(model(), heads, off):
        return round(loss(ids) - whole, 4)


@cache
def article() -> str:
    """Text that the models of this project have not read."""
    return wikipedia().test


def prose(seed: int) -> Tensor:
    """A stretch of an article, another one for each seed, (1, T)."""
    tokenizer = tokenizer_of(read_gguf(chat_model_file()).settings)
    begin = 20_000 * seed
    return torch.tensor([tokenizer.encode(article()[begin : begin + LETTERS])])


@torch.no_grad()
def loss_of_prose(ids: Tensor) -> float:
    """Nats a token."""
    return float(functional.cross_entropy(model()(ids[:, :-1]).float()[0], ids[0, 1:]))


def pairs(seed: int, count: int) -> list[list[Head]]:
    """Two heads each of the layers of the copying heads, none of them among those or the spare."""
    generator = torch.Generator().manual_seed(200 + seed)
    layers, taken = sorted({layer for layer, _ in COPYING}), (*COPYING, *SPARE)
    free = [(layer, h) for layer in layers for h in range(HEADS) if (layer, h) not in taken]
    orders = (torch.randperm(len(free), generator=generator)[:2].tolist() for _ in range(count))
    return [[free[place] for place in order] for order in orders]


def low(seed: int) -> dict[str, float]:
    """What heads cost, on copying and on prose, by their mean over that text and by zero."""
    found = {}
    for text, ids, paid in (("copies", drawn(seed), loss), ("prose", prose(seed), loss_of_prose)):
        whole, average = paid(ids), means(ids)
        for name, heads in (("copying", COPYING), ("before", [BEFORE]), ("low", [LOW])):
            for how, instead in (("mean", average), ("zero", None)):
                with ablated(model(), heads, instead):
                    found[f"{name}_{how}_on_{text}"] = round(paid(ids) - whole, 4)
    return found


def triples(seed: int, same_layers: bool, count: int) -> list[list[Head]]:
    """Three heads each, none of those that copy."""
    generator = torch.Generator().manual_seed(100 + seed)
    layers = sorted({layer for layer, _ in COPYING}) if same_layers else range(LAYERS)
    free = [(layer, h) for layer in layers for h in range(HEADS) if (layer, h) not in COPYING]
    orders = (torch.randperm(len(free), generator=generator)[:3].tolist() for _ in range(count))
    return [[free[place] for place in order] for order in orders]


def measure(seed: int, part: str) -> dict[str, Any]:
    """The figures of one part, on a draw of this seed."""
    ids = drawn(seed)
    if part == "scores":
        induction, previous = scores(ids)
        return {
            "induction": [round(one, 3) for one in induction.flatten().tolist()],
            "previous": [round(one, 3) for one in previous.flatten().tolist()],
            **{name: [] for name in OTHERS},
        }
    if part == "circuit":
        found: dict[str, Any] = {}
        off = {"whole": [], "without_16_0": [BEFORE], "without_17_4": [SPARE[0]]}
        for name, heads in off.items():
            with ablated(model(), heads, means(ids) if heads else None):
                copied, _ = scores(ids)
                found[f"{name}_loss"] = round(loss(ids), 4)
            found[f"{name}_scores"] = [round(float(copied[head]), 3) for head in COPYING]
        return found
    if part == "low":
        return dict(low(seed))
    whole, average = loss(ids), means(ids)
    if part == "together":
        others = pairs(seed, RECIPE["pairs_of_the_same_layers"])
        return {
            "spare": rise(ids, SPARE, average, whole),
            "copying": rise(ids, COPYING, average, whole),
            "copying_and_spare": rise(ids, [*COPYING, *SPARE], average, whole),
            "copying_and_others": [rise(ids, [*COPYING, *one], average, whole) for one in others],
        }
    if part == "alone":
        induction, previous = scores(ids)
        best = [*induction.flatten().topk(12).indices, *previous.flatten().topk(6).indices]
        heads = [divmod(int(place), HEADS) for place in best]
        return {
            "heads": [float(HEADS * layer + head) for layer, head in heads],
            "rises": [rise(ids, [head], average, whole) for head in heads],
        }
    others = triples(seed, False, RECIPE["random_triples"])
    near = triples(seed, True, RECIPE["triples_of_the_same_layers"])
    return {
        "whole": round(whole, 4),
        "copying_mean": rise(ids, COPYING, average, whole),
        "copying_zero": rise(ids, COPYING, None, whole),
        "random_mean": [rise(ids, one, average, whole) for one in others],
        "random_zero": [rise(ids, one, None, whole) for one in others],
        "same_layers_mean": [rise(ids, one, average, whole) for one in near],
        "has_16_0": [float(BEFORE in one) for one in others],
    }
