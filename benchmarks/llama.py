"""A chat model in the hand-built layers beside Hugging Face's, with the same weights and threads.

Hugging Face's is measured in single precision, as it is loaded without a word, and in bfloat16.
"""

import tempfile
from functools import partial

import torch
from transformers import LlamaForCausalLM
from transformers.utils import logging

from benchmarks.measuring import Row, seconds
from lmteach.decoding.cache import KeyValueCache
from lmteach.decoding.sampling import greedy, next_logits
from lmteach.models.llama.model import Llama, smollm2

PROMPT, NEW, ROUNDS = 256, 32, 3
LEAST_WRITING, LEAST_READING = 2.5, 1.5  # how many times as many tokens a second as Hugging Face
KEPT = {32: "in 32 bits", 16: "in bfloat16", 8: "in 8 bits", 4: "in 4 bits"}


def twins(model: Llama) -> dict[str, LlamaForCausalLM]:
    """Hugging Face's model with the weights of ours, which never ends by itself."""
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        made = {
            name: LlamaForCausalLM.from_pretrained(folder, dtype=dtype).eval()
            for name, dtype in (("in 32 bits", torch.float32), ("in bfloat16", torch.bfloat16))
        }
    for twin in made.values():
        twin.generation_config.eos_token_id = None
        twin.generation_config.pad_token_id = 0
    return made


@torch.no_grad()
def measure() -> list[Row]:
    """Tokens a second written and read, in each precision."""
    torch.manual_seed(0)
    ours = {name: smollm2(bits) for bits, name in KEPT.items()}
    theirs = twins(ours["in 32 bits"])
    prompt = torch.randint(17, 40000, (1, PROMPT))
    begin = prompt[:, :16]
    options = {"max_new_tokens": NEW, "do_sample": False}
    options |= {"attention_mask": torch.ones_like(begin)}
    writing = [partial(greedy, model, begin, NEW) for model in ours.values()]
    writing += [partial(twin.generate, begin, **options) for twin in theirs.values()]
    reading = [
        lambda model=model: next_logits(model, prompt, KeyValueCache()) for model in ours.values()
    ]
    reading += [
        lambda twin=twin: twin(prompt, use_cache=True, logits_to_keep=1) for twin in theirs.values()
    ]
    rows = []
    for what, functions, tokens, least in (
        (f"{NEW} tokens written after 16", writing, NEW, LEAST_WRITING),
        (f"a prompt of {PROMPT} tokens read", reading, PROMPT, LEAST_READING),
    ):
        speeds = [tokens / taken for taken in seconds(*functions, rounds=ROUNDS)]
        others = dict(zip(theirs, speeds[len(ours) :], strict=True))
        for (name, twin), (own, speed) in (
            (other, mine) for other in others.items() for mine in zip(ours, speeds, strict=False)
        ):
            rows.append(
                Row(
                    f"SmolLM2, {what}, ours {own}; limit for the best: {least:g} times as many "
                    "a second",
                    f"{speed:,.0f} tokens/s",
                    f"{twin:,.0f} tokens/s (transformers, {name})",
                    speed / twin,
                )
            )
    return rows
