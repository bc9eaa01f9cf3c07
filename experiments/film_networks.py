"""Praise or blame? Networks trained on 50, 200, 1,000 and all labels, from scratch and pretrained.

The labels, seeds and test sentences are those of ``film_sentences``. Rate and passes of the encoder
from scratch and of our BERT are chosen by cross-validation within the first 1,000 of the labels,
MiniLM's rate within the first 200. MiniLM's lower layers stay as they are, so that they are run
once for all. The first case is short, to be measured again.
"""

import copy
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from experiments.film_sentences import (
    ALL,
    LABELS,
    Judged,
    Places,
    Setting,
    Way,
    figures,
    read,
    row_name,
)
from lmteach.models.bert.minilm import minilm
from lmteach.models.transformer.layers import EncoderLayer, TransformerConfig
from lmteach.text.batches import batches_of_like_length
from lmteach.text.tokenizers.words import WordTokenizer
from lmteach.training.loop import fit
from lmteach.training.schedules import warmup_cosine
from lmteach.training.trained_bert import trained_bert

RECIPE = {
    "text": "train of film_sentences()",
    "encoder from scratch": {
        "dim": 64,
        "heads": 4,
        "layers": 1,
        "dropout": 0.2,
        "min_count": 2,
        "settings": tuple(
            {"rate": rate, "passes": passes} for rate in (1e-3, 3e-3) for passes in (5, 15)
        ),
        "batch": 32,
        "folds": 2,
        "chosen_on": 1000,
    },
    "our BERT, fine-tuned": {
        "settings": tuple(
            {"rate": rate, "passes": passes} for rate in (3e-4, 1e-3) for passes in (3, 10)
        ),
        "batch": 32,
        "folds": 2,
        "chosen_on": 1000,
    },
    "MiniLM, fine-tuned": {
        "layers": 3,  # the upper ones; those below stay as they are, and are run once
        "passes": {"50": 12, "200": 6, "1000": 3, str(ALL): 2},
        "settings": tuple({"rate": rate} for rate in (1e-4, 3e-4)),
        "batch": 16,
        "folds": 2,
        "chosen_on": 200,
    },
    "head": 10,  # times the rate of the layers, for the last map, which starts at 0
    "optimizer": "AdamW, weight decay 0.01",
    "warmup": 0.1,  # of the steps
}
METHODS = ("encoder from scratch", "our BERT, fine-tuned", "MiniLM, fine-tuned")
CASES = tuple({"method": method, "labels": labels} for method in METHODS for labels in LABELS)
BOARD = {
    "thread": "C",
    "value": "accuracy",
    "rows": {row_name(**case): case for case in CASES},
}
SEEDS = (0, 1, 2)
TOLERANCE = 0.03


@cache
@torch.no_grad()
def read_by_minilm() -> tuple[list[Tensor], float]:
    """States (T, D) that enter the upper layers, and seconds for a sentence."""
    started, texts, encoder = time.perf_counter(), read()[0], minilm()
    kept = encoder.config.layers - RECIPE["MiniLM, fine-tuned"]["layers"]
    rows: list[Tensor] = [torch.empty(0)] * len(texts)
    for places in torch.tensor([len(text) for text in texts]).argsort().split(64):
        ids, mask = encoder.read([texts[place] for place in places])
        states = encoder.hidden_states(ids, mask)[kept]
        for place, found, length in zip(places, states, mask.sum(dim=1), strict=True):
            rows[place] = found[:length].clone()
    return rows, (time.perf_counter() - started) / len(texts)


class Judge(nn.Module):
    """Any encoder, the mean of what it says of each place, and a map to one number."""

    def __init__(self, encoder: nn.Module, dim: int) -> None:
        super().__init__()
        self.encoder, self.dropout = encoder, nn.Dropout(0.1)
        self.head = nn.Linear(dim, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, rows: Tensor, mask: Tensor) -> Tensor:
        """How much it is praise, as a log of odds (B,)."""
        states = self.encoder(rows, mask) * mask[..., None]
        return self.head(self.dropout(states.sum(dim=1) / mask.sum(dim=1, keepdim=True)))[:, 0]


class Layers(nn.Module):
    """Some layers over states."""

    def __init__(self, layers: nn.ModuleList) -> None:
        super().__init__()
        self.layers = layers

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """States (B, T, D) after the layers."""
        for layer in self.layers:
            states = layer(states, mask[:, None])
        return states


class SmallEncoder(nn.Module):
    """Words and places, and layers over them, all from scratch."""

    def __init__(self, vocab_size: int, config: TransformerConfig) -> None:
        super().__init__()
        self.words = nn.Embedding(vocab_size, config.dim)
        self.positions = nn.Embedding(128, config.dim)
        self.dropout = nn.Dropout(config.dropout)
        self.layers = Layers(nn.ModuleList(EncoderLayer(config) for _ in range(config.layers)))
        for table in (self.words, self.positions):
            nn.init.normal_(table.weight, std=0.1)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """States (B, T, D) of ids (B, T)."""
        return self.layers(
            self.dropout(self.words(ids) + self.positions.weight[: ids.shape[1]]), mask
        )


def batch_of(rows: list[Tensor], places: Tensor) -> tuple[Tensor, Tensor]:
    """Rows side by side, padded with zeros, and where they are no padding."""
    some = [rows[place] for place in places]
    lengths = torch.tensor([len(row) for row in some])
    padded = pad_sequence(some, batch_first=True)
    return padded, torch.arange(padded.shape[1]) < lengths[:, None]


def tuned(
    encoder: nn.Module,
    rows: list[Tensor],
    dim: int,
    recipe: Setting,
    given: Places,
    asked: Places,
    seed: int,
    on_step: Callable[[int, float], object] | None = None,
) -> np.ndarray:
    """Train any encoder, with a new head, on given labels; whether each asked sentence is praise.

    ``rows`` holds for each sentence what enters the encoder: ids (T,) or states (T, D). This is the
    door for other encoders: ``encoder(rows (B, T, …), mask (B, T))`` returns states (B, T, D), with
    ``dim`` as D. ``recipe`` has batch, rate and passes, and may say how many times that rate the
    head's is. ``on_step`` is ``fit``'s.
    """
    model, lengths = Judge(encoder, dim), torch.tensor([len(rows[place]) for place in given])
    own, target = torch.tensor(given), torch.tensor(read()[1], dtype=torch.float32)
    times = recipe.get("head", RECIPE["head"])
    optimizer = torch.optim.AdamW(
        [
            {"params": model.encoder.parameters(), "lr": recipe["rate"]},
            {"params": model.head.parameters(), "lr": times * recipe["rate"]},
        ],
        weight_decay=0.01,
    )
    steps = recipe["passes"] * -(-len(given) // recipe["batch"])
    generator = torch.Generator().manual_seed(seed)
    batches = (
        own[places]
        for _ in range(recipe["passes"])
        for places in batches_of_like_length(lengths, recipe["batch"], generator)
    )

    def loss_of(model: Judge, places: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(model(*batch_of(rows, places)), target[places])

    warmup = int(RECIPE["warmup"] * steps)
    fit(
        model,
        loss_of,
        lambda generator: next(batches),
        steps,
        optimizer,
        generator,
        schedule=lambda step: warmup_cosine(step, warmup, steps, floor=0.0),
        validate_every=steps,
        progress=False,
        on_step=on_step,
    )
    said = torch.zeros(len(asked), dtype=torch.bool)
    with torch.no_grad():
        for places in torch.tensor([len(rows[place]) for place in asked]).argsort().split(64):
            said[places] = model(*batch_of(rows, torch.tensor(asked)[places])) > 0
    return said.numpy()


def small_encoder(given: Places, seed: int) -> tuple[SmallEncoder, list[Tensor]]:
    """A small encoder of the words of the given sentences, untrained; and the ids of all."""
    recipe, texts = RECIPE["encoder from scratch"], read()[0]
    own = "\n".join(texts[place] for place in given)
    tokenizer = WordTokenizer(own, min_count=recipe["min_count"], lower=True)
    torch.manual_seed(seed)
    dim, layers = recipe["dim"], recipe["layers"]
    config = TransformerConfig(
        dim, recipe["heads"], 2 * dim, layers, dropout=recipe["dropout"], activation="gelu"
    )
    encoder = SmallEncoder(tokenizer.vocab_size, config)
    return encoder, [torch.tensor(tokenizer.encode(text)) for text in texts]


def from_scratch(setting: Setting, given: Places, asked: Places, seed: int) -> Judged:
    """A small encoder that knows nothing but the given labels."""
    recipe = RECIPE["encoder from scratch"] | setting
    encoder, rows = small_encoder(given, seed)
    said = tuned(encoder, rows, recipe["dim"], recipe, given, asked, seed)
    size = sum(weight.numel() for weight in encoder.parameters())
    return Judged(said, size + recipe["dim"] + 1)


@cache
def read_by_our_bert() -> list[Tensor]:
    """The ids (T,) of each sentence; the end of one that is too long is left out."""
    model, tokenizer = trained_bert()
    ids = [tokenizer.encode(text) for text in read()[0]]
    return [torch.tensor([*row[:-1][: model.config.context - 1], row[-1]]) for row in ids]


def our_bert(setting: Setting, given: Places, asked: Places, seed: int) -> Judged:
    """The BERT that was pretrained on notebook 15's two million letters, all of it trained on."""
    model, rows = trained_bert()[0], read_by_our_bert()
    torch.manual_seed(seed)
    dim = model.config.dim
    recipe = RECIPE["our BERT, fine-tuned"] | setting
    said = tuned(model.bert.train(), rows, dim, recipe, given, asked, seed)
    return Judged(said, sum(weight.numel() for weight in model.bert.parameters()) + dim + 1)


def fine_tuned(setting: Setting, given: Places, asked: Places, seed: int) -> Judged:
    """MiniLM's upper layers, trained on; those below give the states that enter."""
    recipe = RECIPE["MiniLM, fine-tuned"] | setting
    wished = min(int(labels) for labels in recipe["passes"] if int(labels) >= len(given))
    recipe["passes"] = recipe["passes"][str(wished)]
    encoder = minilm()
    upper = copy.deepcopy(encoder.layers[-recipe["layers"] :])
    torch.manual_seed(seed)  # what dropout draws from
    dim = encoder.config.dim
    said = tuned(Layers(upper), read_by_minilm()[0], dim, recipe, given, asked, seed)
    return Judged(said, sum(weight.numel() for weight in encoder.parameters()) + dim + 1)


# The door for further encoders: a way here, its recipe above.
WAYS = {
    method: Way(judge, recipe["settings"], recipe["folds"], recipe["chosen_on"], reading)
    for method, judge, reading in (
        ("encoder from scratch", from_scratch, float),
        ("our BERT, fine-tuned", our_bert, float),
        ("MiniLM, fine-tuned", fine_tuned, lambda: read_by_minilm()[1]),
    )
    for recipe in [RECIPE[method]]
}


def measure(seed: int, method: str, labels: int) -> dict[str, Any]:
    """The figures of one case."""
    return figures(WAYS[method], labels, seed)
