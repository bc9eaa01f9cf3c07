"""Which learning rate serves each recurrent cell of notebook 07, in its 480 steps?

The networks, batches and schedule are the notebook's; bits per letter on the validation articles.
"""

from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from lmteach.evaluation.information import evaluate
from lmteach.models.recurrent.language_model import RecurrentLM
from lmteach.text.batches import random_windows
from lmteach.text.corpora.wikipedia import Corpus, wikipedia
from lmteach.text.tokenizers.characters import CharTokenizer
from lmteach.training.loop import fit
from lmteach.training.schedules import warmup_cosine

RECIPE = {
    "text": "train of wikipedia()",
    "dim": 128,
    "batch": 64,
    "time": 24,
    "steps": 480,
    "warmup": 30,
    "floor": 0.02,
}
CASES = tuple(
    {"cell": cell, "rate": rate}
    for cell in ("rnn", "gru", "lstm")
    for rate in (0.004, 0.008, 0.01, 0.02, 0.04)
)
SEEDS = (0, 1, 2)
TOLERANCE = 0.005


@cache
def letters_of_text() -> tuple[Corpus, CharTokenizer, Tensor]:
    """The articles, their alphabet, and the ids of the training text."""
    corpus = wikipedia()
    tokenizer = CharTokenizer(corpus.train + corpus.valid + corpus.test)
    return corpus, tokenizer, torch.tensor(tokenizer.encode(corpus.train))


def loss_of(model: RecurrentLM, batch: tuple[Tensor, Tensor]) -> Tensor:
    """Mean negative log-likelihood of the letters that follow, in nats."""
    logits, _ = model(batch[0])
    return F.cross_entropy(logits.flatten(0, 1), batch[1].flatten())


def measure(seed: int, cell: str, rate: float) -> dict[str, float]:
    """Bits per letter on the validation articles."""
    corpus, tokenizer, train = letters_of_text()
    generator = torch.Generator().manual_seed(seed)
    model = RecurrentLM(tokenizer.vocab_size, RECIPE["dim"], cell, generator=generator)
    fit(
        model,
        loss_of,
        lambda generator: random_windows(train, RECIPE["batch"], RECIPE["time"], generator),
        RECIPE["steps"],
        torch.optim.AdamW(model.parameters(), lr=rate),
        torch.Generator().manual_seed(seed),
        schedule=lambda step: warmup_cosine(
            step, RECIPE["warmup"], RECIPE["steps"], floor=RECIPE["floor"]
        ),
        progress=False,
    )
    valid = evaluate(model, tokenizer, corpus.valid, streams=64).bits_per_character
    return {"valid_bits": round(valid, 4)}
