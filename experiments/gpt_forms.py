"""What does each part of notebook 13's GPT gain? GPT-2's form, today's, Muon, n-gram vectors, time.

The same tokens, batches and sizes as ``gpt_recipe.WIKIPEDIA``, three seeds each, in bits per
character on both held-out texts. AdamW is given two rates; quote the one that is better on valid.
The recipe's zeros at the start and its weight decay are those of every case. The first case is
short, to be measured again.
"""

from functools import cache
from typing import Any

import torch
from torch.optim import Optimizer

from lmteach.evaluation.information import evaluate
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT
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
    "warmup": WIKIPEDIA.warmup,
    "weight_decay": WIKIPEDIA.weight_decay,
    "beta2": WIKIPEDIA.beta2,
}
FULL = WIKIPEDIA.steps
MUON, ADAMW = WIKIPEDIA.rate, 3e-3
CASES = (
    {"form": "gpt2", "ngrams": 1, "optimizer": "adamw", "rate": ADAMW, "steps": 60},
    {"form": "gpt2", "ngrams": 1, "optimizer": "adamw", "rate": ADAMW, "steps": FULL},
    {"form": "gpt2", "ngrams": 1, "optimizer": "muon", "rate": MUON, "steps": FULL},
    {"form": "modern", "ngrams": 1, "optimizer": "adamw", "rate": ADAMW, "steps": FULL},
    {"form": "modern", "ngrams": 1, "optimizer": "adamw", "rate": MUON, "steps": FULL},
    {"form": "modern", "ngrams": 1, "optimizer": "muon", "rate": MUON, "steps": FULL},
    {"form": "modern", "ngrams": 3, "optimizer": "muon", "rate": MUON, "steps": FULL},
    {"form": "modern", "ngrams": 3, "optimizer": "muon", "rate": MUON, "steps": 2 * FULL},
)
SEEDS = (0, 1, 2)
TOLERANCE = 0.03


@cache
def read() -> tuple[Corpus, BPETokenizer, torch.Tensor]:
    """The articles, the tokenizer of the training text, and its ids."""
    corpus = wikipedia()
    tokenizer = BPETokenizer.train(corpus.train, RECIPE["tokens"])
    return corpus, tokenizer, torch.tensor(tokenizer.encode(corpus.train))


def make(form: str, ngrams: int, generator: torch.Generator) -> GPT:
    """A model that is not trained yet; what ends in the residual path starts at 0."""
    sizes: dict[str, Any] = {"vocab_size": RECIPE["tokens"]}
    sizes |= {name: RECIPE[name] for name in ("context", "dim", "heads", "layers")}
    if ngrams > 1:
        sizes |= {"ngram_order": ngrams, "ngram_rows": WIKIPEDIA.config.ngram_rows}
    config = GPTConfig(**sizes) if form == "gpt2" else GPTConfig.modern(**sizes)
    model = GPT(config, generator)
    for block in model.blocks:
        torch.nn.init.zeros_(block.self_attn.out_proj.weight)
        torch.nn.init.zeros_(block.linear2.weight)
    return model


def stepper(name: str, model: GPT, rate: float) -> Optimizer:
    """The optimizer, with the recipe's betas and weight decay."""
    betas, decay = (0.9, WIKIPEDIA.beta2), WIKIPEDIA.weight_decay
    if name == "muon":
        return Muon(muon_groups(model), rate, betas, weight_decay=decay)
    return AdamW(model.parameters(), rate, betas, weight_decay=decay)


def measure(
    seed: int, form: str, ngrams: int, optimizer: str, rate: float, steps: int
) -> dict[str, float]:
    """Bits per character on both held-out texts, the size, and the time to train."""
    corpus, tokenizer, ids = read()
    generator = torch.Generator().manual_seed(seed)
    model = make(form, ngrams, generator)
    windows = shuffled_windows(ids, RECIPE["batch"], RECIPE["context"], generator)
    history = fit(
        model,
        next_token_loss,
        lambda generator: next(windows),
        steps,
        stepper(optimizer, model, rate),
        generator,
        schedule=lambda step: warmup_cosine(step, RECIPE["warmup"], steps, floor=0.0),
        validate_every=steps,
        progress=False,
    )
    valid, test = (
        round(evaluate(model, tokenizer, text).bits_per_character, 4)
        for text in (corpus.valid, corpus.test)
    )
    return {
        "valid_bits": valid,
        "test_bits": test,
        "parameters": model.parameter_count,
        "seconds": round(history.seconds, 1),
    }
