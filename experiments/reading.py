"""What does a model make of the letters it has read? Bits per character against letters read.

The LSTM of notebook 07, the feed-forward network of notebook 05 and two tables of counts. A
network reads in windows drawn at random and comes back to the same letters; counts take the
first letters of the text, once. Each length is a run of its own, with a schedule of its own.
"""

import time
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from lmteach.evaluation.information import bits_per_character
from lmteach.models.embedding.feedforward import FeedForwardLM, context_windows
from lmteach.models.ngram.model import NGramModel
from lmteach.models.recurrent.language_model import RecurrentLM
from lmteach.text.batches import random_windows
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.characters import CharTokenizer
from lmteach.training.loop import fit
from lmteach.training.schedules import warmup_cosine

RECIPE = {
    "text": "train of wikipedia()",
    "LSTM": {"dim": 128, "batch": 64, "time": 24, "rate": 0.01, "warmup": 30},
    "feed-forward": {"window": 6, "dim": 24, "hidden_dim": 256, "batch": 1024, "rate": 0.01},
    "8-gram": {"order": 8, "smoothing": "modified_kneser_ney"},
    "5-gram": {"order": 5, "smoothing": "add_k"},
}
SHORT, LONG = 46_080, 737_280  # letters; LONG are 480 steps of the LSTM, as in the notebook
COUNTED = (*(SHORT * 2**k for k in range(6)), 1_876_350)  # the last is all there is
CASES = (
    *({"model": model, "letters": n} for model in ("5-gram", "8-gram") for n in COUNTED),
    *(
        {"model": model, "letters": LONG * times}
        for times in (1, 3, 8)
        for model in ("feed-forward", "LSTM")
    ),
)
SEEDS = (0, 1)
TOLERANCE = 0.0001


@cache
def texts() -> tuple[Tensor, Tensor, Tensor, int]:
    """The ids of the three texts, and the size of their alphabet."""
    corpus = wikipedia()
    tokenizer = CharTokenizer(corpus.train + corpus.valid + corpus.test)
    train, valid, test = (
        torch.tensor(tokenizer.encode(text)) for text in (corpus.train, corpus.valid, corpus.test)
    )
    return train, valid, test, tokenizer.vocab_size


def counted(model: str, letters: int) -> NGramModel:
    """A table of the first letters of the text."""
    train, _, _, vocab_size = texts()
    recipe = RECIPE[model]
    options = {"k": 0.01} if recipe["smoothing"] == "add_k" else {}
    made = NGramModel(recipe["order"], recipe["smoothing"], vocab_size, **options)
    return made.fit(train[:letters].tolist())


def lstm(letters: int, seed: int) -> RecurrentLM:
    """A network that has read so many letters, in windows of 24."""
    train, _, _, vocab_size = texts()
    recipe = RECIPE["LSTM"]
    generator = torch.Generator().manual_seed(seed)
    model = RecurrentLM(vocab_size, recipe["dim"], "lstm", generator=generator)
    steps = letters // (recipe["batch"] * recipe["time"])

    def loss_of(model: RecurrentLM, batch: tuple[Tensor, Tensor]) -> Tensor:
        logits, _ = model(batch[0])
        return F.cross_entropy(logits.flatten(0, 1), batch[1].flatten())

    fit(
        model,
        loss_of,
        lambda generator: random_windows(train, recipe["batch"], recipe["time"], generator),
        steps,
        torch.optim.AdamW(model.parameters(), lr=recipe["rate"]),
        torch.Generator().manual_seed(seed),
        schedule=lambda step: warmup_cosine(step, recipe["warmup"], steps, floor=0.02),
        progress=False,
    )
    return model


def feed_forward(letters: int, seed: int) -> FeedForwardLM:
    """A network that has been asked for so many letters, each with the six before it."""
    train, _, _, vocab_size = texts()
    recipe = RECIPE["feed-forward"]
    generator = torch.Generator().manual_seed(seed)
    sizes = (recipe["window"], recipe["dim"], recipe["hidden_dim"])
    model = FeedForwardLM(vocab_size, *sizes, generator)
    contexts = context_windows(train, recipe["window"])
    steps = letters // recipe["batch"]

    def draw(generator: torch.Generator) -> tuple[Tensor, Tensor]:
        places = torch.randint(len(train), (recipe["batch"],), generator=generator)
        return contexts[places], train[places]

    fit(
        model,
        lambda model, batch: F.cross_entropy(model(batch[0]), batch[1]),
        draw,
        steps,
        torch.optim.AdamW(model.parameters(), lr=recipe["rate"]),
        generator,
        schedule=lambda step: 1 - 0.99 * (step - 1) / steps,
        clip=None,
        progress=False,
    )
    return model


def bits(model: NGramModel | RecurrentLM | FeedForwardLM, ids: Tensor) -> float:
    """Bits per character of a whole text, each letter given those before it."""
    if isinstance(model, NGramModel):
        found = torch.as_tensor(model.log_probabilities(ids.tolist()))
    elif isinstance(model, RecurrentLM):
        found = model.log_probabilities(ids, streams=64)
    else:
        with torch.no_grad():
            parts = zip(
                context_windows(ids, model.window).split(4096), ids.split(4096), strict=True
            )
            found = torch.cat([-F.cross_entropy(model(a), b, reduction="none") for a, b in parts])
    return bits_per_character(-found.mean().item(), tokens=len(ids), characters=len(ids))


def measure(seed: int, model: str, letters: int) -> dict[str, float]:
    """Bits per character on both held-out texts, and the seconds that reading took."""
    _, valid, test, _ = texts()
    started = time.perf_counter()
    if model == "LSTM":
        made = lstm(letters, seed)
    else:
        made = feed_forward(letters, seed) if "forward" in model else counted(model, letters)
    seconds = time.perf_counter() - started
    return {
        "valid_bits": round(bits(made, valid), 4),
        "test_bits": round(bits(made, test), 4),
        "seconds": round(seconds, 2),
    }
