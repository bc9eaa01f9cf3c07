"""Writing with the hand-built GPT beside Hugging Face's generate; time per token against length."""

import tempfile

import torch
from transformers import GPT2LMHeadModel
from transformers.utils import logging

from benchmarks.measuring import Row, seconds
from lmteach.decoding.cache import KeyValueCache
from lmteach.decoding.sampling import greedy, next_logits, sample
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT

SIZES = {"vocab_size": 1024, "context": 256, "dim": 128, "heads": 4, "layers": 4}  # notebook 14
PROMPT, NEW = 16, 200
LEAST_TIMES = 2.0  # how many times as many tokens a second as Hugging Face ours are to write
LENGTHS = (16, 64, 128, 255)  # tokens before the one that is timed
REPEATS = 20


def pair() -> tuple[GPT, GPT2LMHeadModel]:
    """A GPT-2 of each kind with the same numbers, which never ends by itself."""
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    model = GPT(GPTConfig(**SIZES)).eval()
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        twin = GPT2LMHeadModel.from_pretrained(folder).eval()
    twin.generation_config.eos_token_id = None
    twin.generation_config.pad_token_id = 0
    return model, twin


def writing(model: GPT, twin: GPT2LMHeadModel) -> list[Row]:
    """Tokens a second, greedy and drawn, each with its cache."""
    ids = torch.randint(SIZES["vocab_size"], (1, PROMPT))
    options = {"max_new_tokens": NEW, "attention_mask": torch.ones_like(ids)}
    drawing = {"temperature": 0.8, "top_k": 50, "top_p": 0.9}
    pairs = {
        "greedy": (
            lambda: greedy(model, ids, NEW),
            lambda: twin.generate(ids, do_sample=False, **options),
        ),
        "temperature 0.8, top-k 50, top-p 0.9": (
            lambda: sample(model, ids, NEW, **drawing),
            lambda: twin.generate(ids, do_sample=True, **drawing, **options),
        ),
    }
    rows = []
    for name, functions in pairs.items():
        ours, theirs = seconds(*functions)
        rows.append(
            Row(
                f"{NEW} tokens after {PROMPT}, {name}, width {SIZES['dim']}, {SIZES['layers']} "
                f"layers; limit: {LEAST_TIMES:g} times as many a second",
                f"{NEW / ours:,.0f} tokens/s",
                f"{NEW / theirs:,.0f} tokens/s (transformers)",
                theirs / ours,
            )
        )
    return rows


def against_length(model: GPT, time: int) -> Row:
    """The time of one more token after ``time`` others, with and without the cache."""
    ids = torch.randint(SIZES["vocab_size"], (1, time + 1))
    cache = KeyValueCache()
    next_logits(model, ids[:, :-1], cache)

    def cached() -> None:
        for _ in range(REPEATS):
            next_logits(model, ids, KeyValueCache(cache.ids, cache.keys, cache.values))

    def again() -> None:
        for _ in range(REPEATS):
            next_logits(model, ids)

    ours, theirs = seconds(cached, again)
    return Row(
        f"one token after {time} others: with the cache, and without",
        f"{ours / REPEATS * 1000:.2f} ms",
        f"{theirs / REPEATS * 1000:.2f} ms (all read again)",
        theirs / ours,
    )


def measure() -> list[Row]:
    """Tokens a second beside Hugging Face, and time per token against length."""
    torch.manual_seed(0)
    model, twin = pair()
    return [*writing(model, twin), *(against_length(model, time) for time in LENGTHS)]
