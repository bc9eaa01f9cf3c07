"""Which cure of overfitting helps a small network with few labels, how strong, and what it costs?

500 sentences of film reviews, praise or blame, an averaging network, 20 passes: each cure alone, at
several strengths, five seeds (draws of the labels and of the first weights). ``train`` and
``valid`` are the losses after each pass, ``loss`` and ``accuracy`` those on test after the last
one, ``stopped_loss`` and ``stopped_accuracy`` with the weights of the pass that was best on valid.
"More data" has as many labels as its strength says, ``"together"`` the two strongest cures at once.
"""

import time
from functools import cache
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from lmteach.models.embedding.averaging import AveragingNetwork
from lmteach.text.augmentation import drop_words, replace_words, swap_words
from lmteach.text.batches import pad, shuffled
from lmteach.text.corpora.film_sentences import film_sentences
from lmteach.text.tokenizers.words import WordTokenizer
from lmteach.training.penalties import l1_penalty, l2_penalty

RECIPE = {
    "text": "film_sentences()",
    "labels": 500,
    "dim": 32,
    "hidden_dim": 32,
    "passes": 20,
    "batch": 50,
    "optimizer": "AdamW, rate 0.01, no decay unless that is the cure",
    "together": {"decoupled decay": 3.0, "words dropped": 0.4},
}
STRENGTHS = {
    "none": (0.0,),
    "dropout": (0.2, 0.4, 0.6, 0.8),
    "L1": (1e-5, 3e-5, 1e-4, 3e-4),
    "L2": (1e-4, 3e-4, 1e-3, 3e-3),
    "decoupled decay": (0.3, 1.0, 3.0, 10.0),
    "words swapped": (1.0,),
    "words dropped": (0.2, 0.4, 0.6, 0.8),
    "words replaced": (0.2, 0.4, 0.6, 0.8),
    "more data": (1000.0, 2000.0, 4000.0, 7049.0),
    "together": (1.0,),
}
CASES = tuple(
    {"cure": cure, "strength": strength}
    for cure, strengths in STRENGTHS.items()
    for strength in strengths
)
SEEDS = (0, 1, 2, 3, 4)
TOLERANCE = 0.03

Labelled = tuple[Tensor, Tensor]  # ids (N, T) and whether each is praise (N,)


@cache
def read(labels: int, seed: int) -> tuple[Labelled, Labelled, Labelled, int]:
    """The labels that are given, valid, test, and how many words are known."""
    films = film_sentences()
    order = np.random.default_rng(seed).permutation(len(films.train))[:labels]
    given = [films.train[place] for place in order]
    tokenizer = WordTokenizer("\n".join(film.text for film in given), lower=True)
    parts = [
        (
            pad([tokenizer.encode(film.text) for film in part])[0],
            torch.tensor([float(film.positive) for film in part]),
        )
        for part in (given, films.valid, films.test)
    ]
    return parts[0], parts[1], parts[2], tokenizer.vocab_size


def changed(ids: Tensor, cures: dict[str, float], vocab_size: int, dice: Any) -> Tensor:
    """A batch as the network reads it in this pass."""
    if "words swapped" in cures:
        ids = swap_words(ids, dice)
    if "words dropped" in cures:
        ids = drop_words(ids, cures["words dropped"], dice)
    if "words replaced" in cures:
        ids = replace_words(ids, cures["words replaced"], vocab_size, dice)
    return ids


@torch.no_grad()
def judged(model: AveragingNetwork, part: Labelled) -> tuple[float, float]:
    """The loss in nats per sentence, and the share judged right."""
    said = model.eval()(part[0])
    right = (said > 0) == part[1].bool()
    return F.binary_cross_entropy_with_logits(said, part[1]).item(), right.float().mean().item()


def measure(seed: int, cure: str, strength: float) -> dict[str, Any]:
    """The figures of one case."""
    cures = RECIPE["together"] if cure == "together" else {cure: strength}
    labels = int(cures.get("more data", RECIPE["labels"]))
    (ids, praise), valid, test, vocab_size = read(labels, seed)
    torch.manual_seed(seed)
    order, dice = (torch.Generator().manual_seed(number) for number in (seed, seed + 100))
    model = AveragingNetwork(
        vocab_size, RECIPE["dim"], RECIPE["hidden_dim"], cures.get("dropout", 0.0)
    )
    decay = cures.get("decoupled decay", 0.0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=decay)
    l1, l2 = cures.get("L1", 0.0), cures.get("L2", 0.0)
    on_train, on_valid, stopped, seconds = [], [], (0.0, 0.0), 0.0
    for _ in range(RECIPE["passes"]):
        started = time.perf_counter()
        model.train()
        for places in shuffled(len(ids), RECIPE["batch"], order):
            said = model(changed(ids[places], cures, vocab_size, dice))
            loss = F.binary_cross_entropy_with_logits(said, praise[places])
            if l1:
                loss = loss + l1 * l1_penalty(model.parameters())
            if l2:
                loss = loss + l2 * l2_penalty(model.parameters())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        seconds += time.perf_counter() - started
        on_train.append(round(judged(model, (ids, praise))[0], 4))
        on_valid.append(round(judged(model, valid)[0], 4))
        if on_valid[-1] == min(on_valid):
            stopped = judged(model, test)
    loss_at_end, accuracy = judged(model, test)
    return {
        "loss": round(loss_at_end, 4),
        "accuracy": round(accuracy, 4),
        "stopped_loss": round(stopped[0], 4),
        "stopped_accuracy": round(stopped[1], 4),
        "stopped_at": 1 + on_valid.index(min(on_valid)),
        "seconds": round(seconds, 2),
        "train": on_train,
        "valid": on_valid,
    }
