"""How far apart are three seeds of the networks that turn spelling into sound?

The LSTMs of notebook 08, without attention and with it, and the Transformer of notebook 11, each
with the batches, rate and steps of its notebook. Errors are those on the test words, a word with
several pronunciations against the closest, with a beam of four. The first case is short, to be
measured again.
"""

from collections.abc import Iterator
from functools import cache, partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lmteach.decoding.translating import Pronouncer
from lmteach.evaluation.error_rates import phoneme_error_rate, word_error_rate
from lmteach.models.seq2seq.model import EncoderDecoder
from lmteach.models.transformer.layers import TransformerConfig
from lmteach.models.transformer.translator import Translator
from lmteach.text.batches import batches_of_like_length, pad
from lmteach.text.corpora.pronunciations import pronunciations
from lmteach.text.tokenizers.vocabulary import END, PAD, START, Vocabulary
from lmteach.training.label_smoothing import smoothed_cross_entropy
from lmteach.training.loop import fit
from lmteach.training.schedules import warmup_cosine

RECIPE = {
    "text": "train of pronunciations()",
    "betas": (0.9, 0.98),
    "beam": 4,
    "LSTM": {
        "dim": 160,
        "batch": 128,
        "rate": 4e-3,
        "warmup": 130,
        "smoothing": 0.0,
        "fused": False,
    },
    "Transformer": {
        "dim": 64,
        "heads": 2,
        "layers": 2,
        "embedding_std": 0.05,
        "batch": 64,
        "rate": 3e-3,
        "warmup": 400,
        "smoothing": 0.1,
        "fused": True,
    },
}
CASES = (
    {"model": "Transformer", "steps": 40},
    {"model": "LSTM", "steps": 1300},
    {"model": "LSTM with attention", "steps": 1300},
    {"model": "Transformer", "steps": 3000},
)
BOARD = {"thread": "B", "value": "error_rate", "rows": {case["model"]: case for case in CASES[1:]}}
SEEDS = (0, 1, 2)
TOLERANCE = 0.03

Batch = tuple[Tensor, Tensor, Tensor]
Rows = tuple[Tensor, Tensor, Tensor, Tensor]  # source, its lengths, target, its lengths


@cache
def read() -> tuple[Vocabulary, Vocabulary, Rows]:
    """Letters, phonemes, and rows with their lengths: of the words, and of what is said."""
    train = pronunciations().train
    letters = Vocabulary("".join(train))
    phonemes = Vocabulary(p for variants in train.values() for one in variants for p in one)
    source = pad([letters.encode(word) for word in train])
    target = pad([[START, *phonemes.encode(variants[0]), END] for variants in train.values()])
    return letters, phonemes, (*source, *target)


def drawn(rows: Rows, batch: int, generator: torch.Generator) -> Iterator[Batch]:
    """Batches of rows of like length, one pass after the other."""
    source, lengths, target, ends = rows
    while True:
        both = torch.stack([lengths, ends], dim=1)
        for places in batches_of_like_length(both, batch, generator):
            widest = lengths[places].max(), ends[places].max()
            yield source[places][:, : widest[0]], lengths[places], target[places][:, : widest[1]]


def make(model: str) -> nn.Module:
    """A network that is not trained yet."""
    letters, phonemes, _ = read()
    if model == "Transformer":
        return transformer(len(letters), len(phonemes), RECIPE["Transformer"])
    attention = model == "LSTM with attention"
    return EncoderDecoder(len(letters), len(phonemes), RECIPE["LSTM"]["dim"], attention)


def transformer(
    inputs: int, outputs: int, recipe: dict[str, Any], dropout: float = 0.0
) -> Translator:
    """A Transformer between two alphabets that is not trained yet."""
    dim, heads, layers = recipe["dim"], recipe["heads"], recipe["layers"]
    config = TransformerConfig(dim, heads, 4 * dim, layers, dropout=dropout, activation="gelu")
    made = Translator(inputs, outputs, config, tied=False)
    for embedding in (made.source_embedding, made.target_embedding):
        nn.init.normal_(embedding.weight, std=recipe["embedding_std"])
    return made


def loss_of(model: nn.Module, batch: Batch, smoothing: float) -> Tensor:
    """The cross-entropy of what comes next, with a share for all other symbols."""
    source, lengths, target = batch
    logits = model(source, lengths, target[:, :-1])
    if smoothing:
        return smoothed_cross_entropy(logits, target[:, 1:], smoothing)
    return F.cross_entropy(logits.flatten(0, 1), target[:, 1:].flatten(), ignore_index=PAD)


def train(made: nn.Module, rows: Rows, recipe: dict[str, Any], steps: int, seed: int) -> float:
    """Train a network by a recipe, and return the seconds that it took."""
    optimizer = torch.optim.AdamW(
        made.parameters(), lr=recipe["rate"], betas=RECIPE["betas"], fused=recipe["fused"]
    )
    warmup = min(recipe["warmup"], steps - 1)
    generator = torch.Generator().manual_seed(seed)
    batches = drawn(rows, recipe["batch"], generator)
    history = fit(
        made,
        partial(loss_of, smoothing=recipe["smoothing"]),
        lambda generator: next(batches),
        steps,
        optimizer,
        generator,
        schedule=lambda step: warmup_cosine(step, warmup, steps, floor=0.0),
        validate_every=steps,
        progress=False,
    )
    return round(history.seconds, 1)


def measure(seed: int, model: str, steps: int) -> dict[str, float]:
    """Error rates on the test words, the size, the seconds to train and the words read."""
    letters, phonemes, rows = read()
    recipe = RECIPE["Transformer" if model == "Transformer" else "LSTM"]
    torch.manual_seed(seed)
    made = make(model)
    seconds = train(made, rows, recipe, steps, seed)
    sounds = pronunciations()
    said = Pronouncer(made, letters, phonemes).pronounce(list(sounds.test), RECIPE["beam"])
    answers = list(sounds.test.values())
    return {
        "error_rate": round(phoneme_error_rate(said, answers), 4),
        "word_error_rate": round(word_error_rate(said, answers), 4),
        "parameters": sum(weight.numel() for weight in made.parameters()),
        "seconds": seconds,
        "text_read": sum(map(len, sounds.train)),
        "passes": round(steps * recipe["batch"] / len(sounds.train), 2),
    }
