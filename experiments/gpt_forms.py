"""What does each part of notebook 13's GPT gain? GPT-2's form, today's, Muon, n-gram vectors, time.

The same tokens, batches and sizes as ``gpt_recipe.WIKIPEDIA``, three seeds each, in bits per
character on both held-out texts; and with ``counts``, what half of the model's probabilities and
half of those of an n-gram of the same tokens come to. AdamW has the start of GPT-2, and the best on
valid of eight settings of rate, schedule, decay and start; Muon has all that is the recipe's, and
the matrices that end in the residual path start at 0. The first case is short, to be measured
again.
"""

import math
import time
from functools import cache, lru_cache
from typing import Any

import numpy as np
import torch
from torch.optim import Optimizer

from lmteach.evaluation.information import bits_per_character
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT
from lmteach.models.ngram.model import NGramModel
from lmteach.text.batches import shuffled_windows
from lmteach.text.corpora.wikipedia import Corpus, wikipedia
from lmteach.text.tokenizers.bpe import BPETokenizer
from lmteach.training.gpt_recipe import WIKIPEDIA, next_token_loss
from lmteach.training.loop import fit
from lmteach.training.muon import Muon, muon_groups
from lmteach.training.optimizers import AdamW
from lmteach.training.schedules import warmup_cosine

RECIPE = {
    "text": "train of wikipedia()",
    "tokens": 1024,
    "context": WIKIPEDIA.config.context,
    "dim": WIKIPEDIA.config.dim,
    "heads": WIKIPEDIA.config.heads,
    "layers": WIKIPEDIA.config.layers,
    "batch": WIKIPEDIA.batch,
    "beta2": WIKIPEDIA.beta2,
    "AdamW": {"rate": 2e-3, "warmup": 100, "weight_decay": 0.01, "zeros": False},
    "Muon": {
        "rate": WIKIPEDIA.rate,
        "warmup": WIKIPEDIA.warmup,
        "weight_decay": WIKIPEDIA.weight_decay,
        "zeros": True,
    },
    "smoothing": "modified_kneser_ney",
}
FULL = WIKIPEDIA.steps  # two minutes on two cores
PLAIN, TODAY = {"form": "GPT-2's", "ngrams": 1}, {"form": "today's", "ngrams": 1}
NGRAMS = {"form": "today's", "ngrams": 3}
CASES = (
    {**PLAIN, "optimizer": "AdamW", "steps": 60, "counts": 0},
    {**PLAIN, "optimizer": "AdamW", "steps": FULL, "counts": 0},
    {**PLAIN, "optimizer": "Muon", "steps": FULL, "counts": 0},
    {**TODAY, "optimizer": "Muon", "steps": FULL, "counts": 0},
    *(
        {**NGRAMS, "optimizer": "Muon", "steps": steps, "counts": counts}
        for steps in (FULL // 4, FULL // 2, FULL)
        for counts in (0, 6)  # of the order that is best on valid
    ),
)
BOARD = {
    "thread": "A",
    "value": "test_bits",
    "rows": {
        "plain GPT": CASES[1],
        "plain GPT, Muon": CASES[2],
        "GPT in today's form, Muon": CASES[3],
        "GPT with n-gram vectors, Muon": CASES[8],
        "half GPT, half 6-gram of tokens": CASES[9],
    },
}
SEEDS = (0, 1, 2)
TOLERANCE = 0.03


@cache
def read() -> tuple[Corpus, BPETokenizer, list[int]]:
    """The articles, the tokenizer of the training text, and its ids."""
    corpus = wikipedia()
    tokenizer = BPETokenizer.train(corpus.train, RECIPE["tokens"])
    return corpus, tokenizer, tokenizer.encode(corpus.train)


@cache
def counted(order: int) -> tuple[NGramModel, float]:
    """A count of the same tokens, and the seconds that it took."""
    _, tokenizer, ids = read()
    started = time.perf_counter()
    model = NGramModel(order, RECIPE["smoothing"], tokenizer.vocab_size).fit(ids)
    return model, time.perf_counter() - started


def make(form: str, ngrams: int, zeros: bool, generator: torch.Generator) -> GPT:
    """A model that is not trained yet; with ``zeros``, what ends in the residual path is 0."""
    sizes: dict[str, Any] = {"vocab_size": RECIPE["tokens"]}
    sizes |= {name: RECIPE[name] for name in ("context", "dim", "heads", "layers")}
    if ngrams > 1:
        sizes |= {"ngram_order": ngrams, "ngram_rows": WIKIPEDIA.config.ngram_rows}
    model = GPT(GPTConfig(**sizes) if form == "GPT-2's" else GPTConfig.modern(**sizes), generator)
    for block in model.blocks if zeros else ():
        torch.nn.init.zeros_(block.self_attn.out_proj.weight)
        torch.nn.init.zeros_(block.linear2.weight)
    return model


def stepper(name: str, model: GPT) -> Optimizer:
    """The optimizer, with what is its own."""
    recipe, betas = RECIPE[name], (0.9, RECIPE["beta2"])
    if name == "Muon":
        groups = muon_groups(model)
        return Muon(groups, recipe["rate"], betas, weight_decay=recipe["weight_decay"])
    return AdamW(model.parameters(), recipe["rate"], betas, weight_decay=recipe["weight_decay"])


@lru_cache(maxsize=len(SEEDS))
def trained(seed: int, form: str, ngrams: int, optimizer: str, steps: int) -> tuple[GPT, float]:
    """The model, and the seconds that training took."""
    ids, recipe = torch.tensor(read()[2]), RECIPE[optimizer]
    model = make(form, ngrams, recipe["zeros"], torch.Generator().manual_seed(seed))
    warmup = min(recipe["warmup"], steps - 1)
    generator = torch.Generator().manual_seed(seed)
    windows = shuffled_windows(ids, RECIPE["batch"], RECIPE["context"], generator)
    history = fit(
        model,
        next_token_loss,
        lambda generator: next(windows),
        steps,
        stepper(optimizer, model),
        generator,
        schedule=lambda step: warmup_cosine(step, warmup, steps, floor=0.0),
        validate_every=steps,
        progress=False,
    )
    return model, history.seconds


def bits_of(model: GPT, counts: NGramModel | None, text: str) -> float:
    """Bits per character of the model, or of half its probabilities and half those counted."""
    ids = read()[1].encode(text)
    found = model.log_probabilities(ids).numpy()
    if counts is not None:
        found = np.logaddexp(found, counts.log_probabilities(ids)) - math.log(2)
    return round(bits_per_character(float(-found.mean()), len(ids), len(text)), 4)


def measure(
    seed: int, form: str, ngrams: int, optimizer: str, steps: int, counts: int
) -> dict[str, float]:
    """Bits per character on both held-out texts, the size, the seconds and the text read."""
    return figures_of(*trained(seed, form, ngrams, optimizer, steps), steps, counts)


def figures_of(model: GPT, seconds: float, steps: int, counts: int) -> dict[str, float]:
    """What is measured of a model that was trained, beside a count of that order if it is not 0."""
    corpus, _, ids = read()
    table, more = counted(counts) if counts else (None, 0.0)
    return {
        "valid_bits": bits_of(model, table, corpus.valid),
        "test_bits": bits_of(model, table, corpus.test),
        "parameters": model.parameter_count + (0 if table is None else table.parameter_count),
        "seconds": round(seconds + more, 1),
        "text_read": len(corpus.train),
        "passes": round(steps * RECIPE["batch"] * RECIPE["context"] / len(ids), 2),
    }
