"""What do both sides bring? A token is hidden in held-out text: bits of it by counts and networks.

A 4-gram of notebook 12's tokens from the left and, by Bayes, from both sides; the GPT of notebook
13, left to right, and the BERT of notebook 15, each with tables of neighbouring tokens and without,
of the same width, depth, batches and steps; three seeds. ``blank_bits`` are those of one hidden
token, the same 1,000 for all, on test; ``whole_words``, ``first_pieces`` and ``later_pieces`` are
those of tokens that are a word, begin one or go on with one; ``hidden_15`` are those of BERT where
15 % of the tokens are hidden at once. The first case is short, to be measured again.
"""

import time
from dataclasses import replace
from functools import cache

import numpy as np
import torch
from torch import Tensor

from experiments.gpt_forms import counted, read
from lmteach.evaluation.blanks import (
    Blanks,
    bits_per_blank,
    draw_blanks,
    fill_with_bert,
    fill_with_counts,
    fill_with_gpt,
)
from lmteach.models.bert.masking import choose_places
from lmteach.models.bert.model import BertForMaskedLM
from lmteach.models.gpt.model import GPT
from lmteach.training.gpt_recipe import WIKIPEDIA
from lmteach.training.masked_recipe import WIKIPEDIA_MASKED, masked_token_loss

FULL, ORDER, BLANKS, WINDOW = WIKIPEDIA_MASKED.steps, 4, 1000, WIKIPEDIA_MASKED.config.context - 2
RECIPE = {
    "text": "train of wikipedia()",
    "tokens": 1024,
    "order": ORDER,
    "blanks": BLANKS,
    "window": WINDOW,
    "every": WIKIPEDIA_MASKED.every,
    "neighbour_order": WIKIPEDIA_MASKED.config.neighbour_order,
    "neighbour_rows": WIKIPEDIA_MASKED.config.neighbour_rows,
    "ngram_rows": WIKIPEDIA.config.ngram_rows,
}
CASES = (
    {"model": "BERT", "tables": True, "steps": 60},
    {"model": "counts, left", "tables": True, "steps": 0},
    {"model": "counts, both", "tables": True, "steps": 0},
    *(
        {"model": model, "tables": tables, "steps": FULL}
        for model in ("GPT", "BERT")
        for tables in (False, True)
    ),
)
SEEDS = (0, 1, 2)
TOLERANCE = 0.1


@cache
def blanks_of(part: str) -> Blanks:
    """The blanks of a held-out text."""
    corpus, tokenizer, _ = read()
    ids = torch.tensor(tokenizer.encode(getattr(corpus, part)))
    return draw_blanks(ids, BLANKS, WINDOW, torch.Generator().manual_seed(0))


def kinds_of(blanks: Blanks) -> dict[str, Tensor]:
    """Which blanks (N,) are whole words, first pieces of one, and later pieces."""
    tokens = read()[1].tokens
    letters = np.array([token.lstrip(b" ").isalpha() for token in tokens])
    begins = np.array([token.startswith(b" ") for token in tokens])
    after = blanks.windows[torch.arange(BLANKS), (blanks.places + 1).clamp(max=WINDOW - 1)]
    inside = torch.from_numpy(letters & ~begins)
    last = (blanks.places == WINDOW - 1) | ~inside[after]
    word, first = (torch.from_numpy(x)[blanks.answers] for x in (letters, begins))
    return {
        "whole_words": word & first & last,
        "first_pieces": word & first & ~last,
        "later_pieces": word & ~first,
    }


def trained(seed: int, model: str, tables: bool, steps: int) -> tuple[GPT | BertForMaskedLM, float]:
    """The network, and the seconds that training took."""
    ids = torch.tensor(read()[2])
    if model == "GPT":
        config = WIKIPEDIA.config if tables else replace(WIKIPEDIA.config, ngram_order=1)
        gpt = replace(WIKIPEDIA, config=config, steps=steps)
        network = gpt.model(torch.Generator().manual_seed(seed))
        generator = torch.Generator().manual_seed(seed)
        return network, gpt.train(network, ids, generator, progress=False).seconds
    sizes = (
        WIKIPEDIA_MASKED.config if tables else replace(WIKIPEDIA_MASKED.config, neighbour_order=0)
    )
    bert = replace(WIKIPEDIA_MASKED, config=sizes, steps=steps)
    masked = bert.model(torch.Generator().manual_seed(seed))
    generator = torch.Generator().manual_seed(seed)
    return masked, bert.train(masked, ids, generator, progress=False).seconds


@torch.no_grad()
def hidden_15(model: BertForMaskedLM, blanks: Blanks) -> float:
    """Bits of a hidden token where 15 % are."""
    special, generator = WIKIPEDIA_MASKED.special, torch.Generator().manual_seed(0)
    nats, count = 0.0, 0
    for windows in blanks.windows.split(50):
        ids = special.framed(windows)
        chosen = choose_places(ids, special.ids, 0.15, generator)
        loss = masked_token_loss(model, (ids.masked_fill(chosen, special.mask), ids, chosen))
        nats, count = nats + loss.item() * int(chosen.sum()), count + int(chosen.sum())
    return nats / count / float(np.log(2))


def said_of(
    seed: int, model: str, tables: bool, steps: int
) -> tuple[dict[str, Tensor], dict[str, float]]:
    """Log p of every token at the blanks of valid and test, and other figures."""
    parts = {part: blanks_of(part) for part in ("valid", "test")}
    if model.startswith("counts"):
        started = time.perf_counter()
        table = counted(ORDER)[0]
        seconds = time.perf_counter() - started
        said = {p: fill_with_counts(table, b, model.endswith("both")) for p, b in parts.items()}
        return said, {"parameters": table.parameter_count, "seconds": round(seconds, 1)}
    network, seconds = trained(seed, model, tables, steps)
    more: dict[str, float] = {"parameters": network.parameter_count, "seconds": round(seconds, 1)}
    if isinstance(network, GPT):
        return {part: fill_with_gpt(network, blanks) for part, blanks in parts.items()}, more
    more["hidden_15"] = round(hidden_15(network, parts["test"]), 4)
    return {part: fill_with_bert(network, blanks) for part, blanks in parts.items()}, more


def measure(seed: int, model: str, tables: bool, steps: int) -> dict[str, float]:
    """Bits of one hidden token, of all and of each kind; the size and the seconds."""
    said, more = said_of(seed, model, tables, steps)
    test = blanks_of("test")
    figures = {
        "valid_blank_bits": round(bits_per_blank(said["valid"], blanks_of("valid")), 4),
        "blank_bits": round(bits_per_blank(said["test"], test), 4),
    }
    for kind, where in kinds_of(test).items():
        some = Blanks(test.windows[where], test.places[where])
        figures[kind] = round(bits_per_blank(said["test"][where], some), 4)
    return figures | more
