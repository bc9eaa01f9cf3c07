"""Praise or blame? Ways to adapt MiniLM to 50, 200, 1,000 and all labels, and what each takes.

The labels, seeds and test sentences are those of ``film_sentences``. "head": MiniLM reads, and one
new map of its vectors is trained. "LoRA": its upper layers learn by adapters of low rank as well.
"fine-tuned": their own weights are trained. "scratch": an encoder that has read nothing before. The
last two were trained by ``film_networks``, whose figures stand here again. Rates are chosen by
cross-validation within the labels that are given; all else was fixed beforehand.

``taken`` measures the rest in a process of its own, once for each number of labels: ``trained`` of
the ``parameters``; ``memory``, the bytes of all weights, of the gradients and of what the optimizer
remembers; ``peak_memory``, the most bytes that the process held, Python and all else included; and
``step_seconds`` of one core for a step of 16 sentences. ``seconds`` are those of the clock, on
machines with other work. The first case is short, to be measured again.
"""

import multiprocessing
import re
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from experiments.film_networks import RECIPE as NETWORKS
from experiments.film_networks import Layers, small_encoder, tuned
from experiments.film_sentences import (
    ALL,
    LABELS,
    Judged,
    Places,
    Setting,
    Way,
    drawn,
    figures,
    read,
    row_name,
)
from lmteach.evaluation.results import read_results
from lmteach.models.bert.minilm import MINILM, minilm
from lmteach.models.lora.adapters import add_adapters
from lmteach.training.memory import training_memory

RECIPE = {
    "text": "train of film_sentences()",
    "MiniLM, head": {
        "layers": 0,  # the upper ones, which learn; those below are run once for each sentence
        "passes": {"50": 60, "200": 30, "1000": 20, str(ALL): 10},
        "settings": tuple({"rate": rate} for rate in (1e-3, 3e-3, 1e-2)),
        "head": 1,  # times the rate
        "batch": 16,
        "folds": 3,
        "chosen_on": 1000,
    },
    "MiniLM, LoRA": {
        "layers": 3,
        "rank": 8,
        "alpha": 16.0,
        "targets": ("*",),  # all maps of these layers
        "passes": {"50": 16, "200": 8, "1000": 4, str(ALL): 2},
        "settings": tuple({"rate": rate} for rate in (5e-4, 1e-3)),
        "head": 3,
        "batch": 16,
        "folds": 2,
        "chosen_on": 200,
    },
}
SCRATCH, TUNED = "encoder from scratch", "MiniLM, fine-tuned"  # of film_networks
METHODS = (*(name for name in RECIPE if name != "text"), TUNED, SCRATCH)
CASES = tuple({"method": method, "labels": labels} for method in METHODS for labels in LABELS)
BOARD = {
    "thread": "C",
    "value": "accuracy",
    "rows": {row_name(**case): case for case in CASES if case["method"] in RECIPE},
}
SEEDS = (0, 1, 2)
TOLERANCE = 0.03
BATCH = 16
DIM = MINILM.dim


class Reader:
    """MiniLM's lowest layers, which stay as they are: what they make of each sentence is kept.

    ``rows`` are the states (T, D) that leave them; after the last layer, their mean (1, D) will do.
    """

    def __init__(self, layers: int) -> None:
        self.encoder, self.seconds = minilm(), 0.0
        self.encoder.layers = self.encoder.layers[:layers]
        self.pooled = layers == MINILM.layers
        self.rows: list[Tensor] = [torch.empty(0)] * len(read()[0])

    @torch.no_grad()
    def read(self, places: Iterable[int]) -> None:
        """Read those that were not read before."""
        started, texts = time.perf_counter(), read()[0]
        new = [place for place in places if not len(self.rows[place])]
        for some in torch.tensor(sorted(new, key=lambda place: len(texts[place]))).long().split(32):
            if len(some):
                ids, mask = self.encoder.read([texts[place] for place in some])
                for place, states, real in zip(some, self.encoder(ids, mask), mask, strict=True):
                    own = states[real]
                    self.rows[place] = own.mean(dim=0, keepdim=True) if self.pooled else own
        self.seconds += time.perf_counter() - started

    def seconds_each(self) -> float:
        """What a sentence took."""
        return self.seconds / sum(len(row) > 0 for row in self.rows)


@cache
def reader(layers: int) -> Reader:
    """The reader below some upper layers."""
    return Reader(MINILM.layers - layers)


def begun(recipe: Setting, seed: int) -> tuple[nn.Module, Layers]:
    """MiniLM before it is adapted, all that is to learn in it thawed; and its upper layers."""
    encoder = minilm().requires_grad_(False)
    upper = Layers(encoder.layers[MINILM.layers - recipe["layers"] :])
    if "rank" in recipe:
        generator = torch.Generator().manual_seed(seed)
        add_adapters(upper, recipe["rank"], recipe["alpha"], recipe["targets"], generator=generator)
    else:
        upper.requires_grad_()
    return encoder, upper


def adapted(method: str, setting: Setting, given: Places, asked: Places, seed: int) -> Judged:
    """MiniLM, adapted by a method."""
    recipe = RECIPE[method] | setting
    wished = min(int(labels) for labels in recipe["passes"] if int(labels) >= len(given))
    recipe["passes"] = recipe["passes"][str(wished)]
    below = reader(recipe["layers"])
    below.read([*given, *asked])
    encoder, upper = begun(recipe, seed)
    torch.manual_seed(seed)  # what dropout draws from
    said = tuned(upper, below.rows, DIM, recipe, given, asked, seed)
    return Judged(said, sum(weight.numel() for weight in encoder.parameters()) + DIM + 1)


WAYS = {
    method: Way(
        partial(adapted, method),
        recipe["settings"],
        recipe["folds"],
        recipe["chosen_on"],
        partial(lambda layers: reader(layers).seconds_each(), recipe["layers"]),
    )
    for method, recipe in RECIPE.items()
    if method != "text"
}


def forget_peak() -> None:
    """Let Linux count the most memory of this process anew, from what it holds now."""
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")


def peak() -> int:
    """The most memory that this process has held since, in bytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="utf-8"))
    assert found
    return 1024 * int(found[1])


def in_train(method: str, labels: int) -> tuple[nn.Module, nn.Module, list[Tensor], Setting]:
    """A whole model, the part of it that is run in training, what enters there; and the recipe.

    The longest 64 sentences are read. The others are kept as random states of their length: memory
    doesn't ask what is in them.
    """
    given, recipe = drawn(labels, SEEDS[0]), (RECIPE | NETWORKS)[method]
    if method == SCRATCH:
        encoder, rows = small_encoder(given, SEEDS[0])
        return encoder, encoder, rows, recipe
    whole, upper = begun(recipe, SEEDS[0])
    below = Reader(MINILM.layers - recipe["layers"])
    below.read(longest(given))
    for place in given:
        if not len(below.rows[place]):
            length = 1 if below.pooled else len(whole.tokenizer.encode(read()[0][place]).ids)
            below.rows[place] = torch.rand(length, DIM)
    return whole, upper, below.rows, recipe


def longest(given: Places, count: int = 64) -> Places:
    """Those of most letters."""
    return np.array(sorted(given, key=lambda place: len(read()[0][place]))[-count:])


def take(method: str, labels: int) -> dict[str, int | float]:
    """Train a little, and say what that takes: for a process of its own."""
    torch.set_num_threads(1)
    whole, part, rows, recipe = in_train(method, labels)
    recipe, dim = recipe | {"rate": 1e-4, "passes": 1, "batch": BATCH}, recipe.get("dim", DIM)
    judge = nn.ModuleList([whole, nn.Linear(dim, 1)])
    trained = [weight for weight in judge.parameters() if weight.requires_grad]
    memory = training_memory(judge, torch.optim.AdamW(trained)).total
    given, steps, took = drawn(labels, SEEDS[0]), 3, []
    forget_peak()
    tuned(part, rows, dim, recipe, longest(given), given[:1], SEEDS[0])
    held = peak()
    for _ in range(3):
        started = time.process_time()
        tuned(part, rows, dim, recipe, given[: steps * BATCH], given[:1], SEEDS[0])
        took.append((time.process_time() - started) / steps)
    return {
        "trained": sum(weight.numel() for weight in trained),
        "memory": memory,
        "peak_memory": held,
        "step_seconds": round(min(took), 4),
    }


@cache
def taken(method: str, labels: int) -> dict[str, int | float]:
    """What ``take`` says."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, fresh) as process:
        return process.submit(take, method, labels).result()


def stored(seed: int, method: str, labels: int) -> dict[str, Any]:
    """The figures that ``film_networks`` has of a case."""
    [found] = (
        entry.figures
        for entry in read_results("film_networks").entries
        if (entry.seed, entry.case) == (seed, {"method": method, "labels": labels})
    )
    return found


def measure(seed: int, method: str, labels: int) -> dict[str, Any]:
    """The figures of one case."""
    if method not in RECIPE:
        return stored(seed, method, labels) | taken(method, labels)
    tested = range(ALL, len(read()[0]))
    reader(RECIPE[method]["layers"]).read([*drawn(labels, seed), *tested])
    return figures(WAYS[method], labels, seed) | taken(method, labels)
