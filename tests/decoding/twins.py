"""A small GPT with opinions, and how Hugging Face's GPT-2 with the same weights is asked."""

import torch

from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT

VOCAB, CONTEXT = 31, 32
SIZES = {"vocab_size": VOCAB, "context": CONTEXT, "dim": 16, "heads": 2, "layers": 2}


def talkative(config=None, seed=0):
    """A model with random weights that are large enough for it to prefer some tokens."""
    model = GPT(config or GPTConfig(**SIZES), torch.Generator().manual_seed(seed))
    for name, parameter in model.named_parameters():
        if name.startswith("ngrams"):  # they start at 0
            parameter.data.normal_(std=0.2, generator=torch.Generator().manual_seed(seed))
        elif parameter.ndim == 2:
            parameter.data *= 10
    return model.eval()


MODEL = talkative()


def prompts(seed, rows=2, time=5):
    return torch.randint(VOCAB, (rows, time), generator=torch.Generator().manual_seed(seed))


def generate(twin, ids, new_tokens, **options):
    """What Hugging Face writes after ``ids``."""
    options = {"top_k": 0, "attention_mask": torch.ones_like(ids)} | options
    return twin.generate(ids, max_new_tokens=new_tokens, **options)[:, ids.shape[1] :]
