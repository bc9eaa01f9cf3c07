"""Tiny Shakespeare: the hand-built GPT beside transformers' GPT-2, in the same time.

Theirs is trained as nanoGPT advises for a CPU: characters, 2,000 batches of 12 windows of 64, width
128, 4 layers and heads, AdamW with a learning rate from 0.001 down to 0.0001 after a warm-up of 100
steps, betas (0.9, 0.99), weight decay 0.1, no dropout. Ours by the recipe of notebook 13 with fewer
steps, by trials that never saw the last tenth of the text. Both learn from the first nine tenths
and are judged on the whole last tenth, windows moved on by half of their context.
Needs the text: name its folder in LMTEACH_DATA.
"""

import time
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional
from transformers import GPT2LMHeadModel

from benchmarks.gpt import by_transformers
from benchmarks.measuring import Row
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.files import from_gpt2
from lmteach.models.gpt.model import GPT, log_probabilities
from lmteach.text.batches import random_windows
from lmteach.text.corpora.published import tiny_shakespeare
from lmteach.text.tokenizers.bpe import BPETokenizer
from lmteach.text.tokenizers.characters import CharTokenizer
from lmteach.training.clipping import clip_by_norm
from lmteach.training.gpt_recipe import WIKIPEDIA
from lmteach.training.schedules import warmup_cosine

THEIR_STEPS, THEIR_BATCH, THEIR_WARMUP = 2000, 12, 100
THEIR_SIZES = {"context": 64, "dim": 128, "heads": 4, "layers": 4}
OURS = replace(WIKIPEDIA, steps=300)
MOST_NATS = 1.60


def nats_per_character(model: GPT, ids: list[int], text: str) -> float:
    """Minus the log probability of a text, for each of its characters."""
    return -log_probabilities(model, ids).sum().item() / len(text)


def train_theirs(theirs: GPT2LMHeadModel, ids: Tensor) -> float:
    """Train by nanoGPT's recipe for a CPU; return the seconds."""
    decayed = [weight for weight in theirs.parameters() if weight.ndim > 1]
    others = [weight for weight in theirs.parameters() if weight.ndim == 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}],
        lr=1e-3,
        betas=(0.9, 0.99),
    )
    generator, began = torch.Generator().manual_seed(0), time.perf_counter()
    for step in range(1, THEIR_STEPS + 1):
        inputs, following = random_windows(ids, THEIR_BATCH, THEIR_SIZES["context"], generator)
        logits = theirs(inputs).logits
        loss = functional.cross_entropy(logits.flatten(0, 1), following.flatten())
        optimizer.zero_grad()
        loss.backward()
        clip_by_norm(theirs.parameters(), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = 1e-3 * warmup_cosine(step, THEIR_WARMUP, THEIR_STEPS, floor=0.1)
        optimizer.step()
    return time.perf_counter() - began


def as_gpt(theirs: GPT2LMHeadModel, model: GPT) -> GPT:
    """The trained weights in a hand-built GPT, so that both are judged by the same code."""
    model.load_state_dict(from_gpt2(theirs.transformer.state_dict()))
    return model.eval()


def measure() -> list[Row]:
    """Train both, one after the other, and judge them."""
    try:
        corpus = tiny_shakespeare()
    except FileNotFoundError as error:
        return [Row(f"left out: {error}", "", "")]
    text = corpus.train + corpus.valid
    torch.manual_seed(0)

    characters = CharTokenizer(text + corpus.test)
    model = GPT(GPTConfig(vocab_size=characters.vocab_size, **THEIR_SIZES))
    theirs = by_transformers(model).train()
    their_seconds = train_theirs(theirs, torch.tensor(characters.encode(text)))
    their_nats = nats_per_character(
        as_gpt(theirs, model), characters.encode(corpus.test), corpus.test
    )

    began = time.perf_counter()
    tokenizer = BPETokenizer.train(text, OURS.config.vocab_size)
    ids = torch.tensor(tokenizer.encode(text))
    own = OURS.model(torch.Generator().manual_seed(0))
    OURS.train(own, ids, torch.Generator().manual_seed(0), progress=False)
    own_seconds = time.perf_counter() - began
    own_nats = nats_per_character(own, tokenizer.encode(corpus.test), corpus.test)
    return [
        Row(
            f"Tiny Shakespeare, nats per character on the last tenth; limit: {MOST_NATS}",
            f"{own_nats:.3f}",
            f"{their_nats:.3f} (transformers, nanoGPT's recipe)",
            their_nats / own_nats,
        ),
        Row(
            "the same, seconds of training, our tokenizer's included; limit: as long",
            f"{own_seconds:.1f} s",
            f"{their_seconds:.1f} s (transformers)",
            their_seconds / own_seconds,
        ),
    ]
