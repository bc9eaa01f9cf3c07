"""What does a model make of the letters it has read? Bits per character against letters read.

The LSTM of notebook 07, the feed-forward network of notebook 05, two counts of letters and one of
the tokens of notebook 12. A network reads in windows drawn at random and comes back to the same
letters; counts take the first letters of the text, once. Each length is a run of its own, with a
schedule of its own.
"""

import time
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lmteach.evaluation.information import evaluate
from lmteach.models.embedding.feedforward import FeedForwardLM, context_windows
from lmteach.models.ngram.model import NGramModel
from lmteach.models.recurrent.language_model import RecurrentLM
from lmteach.text.batches import random_windows
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.bpe import BPETokenizer
from lmteach.text.tokenizers.characters import CharTokenizer
from lmteach.training.loop import fit
from lmteach.training.schedules import warmup_cosine

RECIPE = {
    "text": "train of wikipedia()",
    "LSTM": {"dim": 128, "batch": 64, "time": 24, "rate": 0.01, "warmup": 30},
    "feed-forward": {"window": 6, "dim": 24, "hidden_dim": 256, "batch": 1024, "rate": 0.01},
    "8-gram": {"order": 8, "smoothing": "modified_kneser_ney"},
    "5-gram": {"order": 5, "smoothing": "add_k"},
    "6-gram of tokens": {"order": 6, "smoothing": "modified_kneser_ney", "tokens": 1024},
}
SHORT, LONG = 46_080, 737_280  # letters; LONG are 480 steps of the LSTM, as in the notebook
COUNTS = ("5-gram", "8-gram", "6-gram of tokens")
COUNTED = (*(SHORT * 2**k for k in range(6)), 1_876_350)  # the last is all there is
CASES = (
    *({"model": model, "letters": n} for model in COUNTS for n in COUNTED),
    *(
        {"model": model, "letters": LONG * times}
        for times in (1, 3, 8)
        for model in ("feed-forward", "LSTM")
    ),
)
BOARD = {
    "thread": "A",
    "value": "test_bits",
    "rows": {
        "feed-forward, 5,760 steps": {"model": "feed-forward", "letters": LONG * 8},
        "LSTM, 3,840 steps": {"model": "LSTM", "letters": LONG * 8},
    },
}
SEEDS = (0, 1, 2)
TOLERANCE = 0.0001

Model = NGramModel | RecurrentLM | FeedForwardLM


@cache
def letters_of_text() -> tuple[CharTokenizer, Tensor]:
    """The alphabet, and the ids of the training text."""
    corpus = wikipedia()
    tokenizer = CharTokenizer(corpus.train + corpus.valid + corpus.test)
    return tokenizer, torch.tensor(tokenizer.encode(corpus.train))


@cache
def tokens_of_text() -> BPETokenizer:
    """The tokens of notebook 12."""
    return BPETokenizer.train(wikipedia().train, RECIPE["6-gram of tokens"]["tokens"])


def counted(model: str, letters: int) -> tuple[NGramModel, float]:
    """A table of the first letters of the text, and the seconds that counting took."""
    recipe, tokenizer = RECIPE[model], tokenizer_of(model)
    ids = tokenizer.encode(wikipedia().train[:letters])
    started = time.perf_counter()
    options = {"k": 0.01} if recipe["smoothing"] == "add_k" else {}
    made = NGramModel(recipe["order"], recipe["smoothing"], tokenizer.vocab_size, **options)
    return made.fit(ids), time.perf_counter() - started


def tokenizer_of(model: str) -> CharTokenizer | BPETokenizer:
    """What cuts a text for a model."""
    return tokens_of_text() if "tokens" in model else letters_of_text()[0]


def lstm(letters: int, seed: int) -> tuple[RecurrentLM, float]:
    """A network that has read so many letters, in windows of 24, and the seconds it took."""
    tokenizer, train = letters_of_text()
    recipe = RECIPE["LSTM"]
    generator = torch.Generator().manual_seed(seed)
    model = RecurrentLM(tokenizer.vocab_size, recipe["dim"], "lstm", generator=generator)
    steps = letters // (recipe["batch"] * recipe["time"])

    def loss_of(model: RecurrentLM, batch: tuple[Tensor, Tensor]) -> Tensor:
        logits, _ = model(batch[0])
        return F.cross_entropy(logits.flatten(0, 1), batch[1].flatten())

    history = fit(
        model,
        loss_of,
        lambda generator: random_windows(train, recipe["batch"], recipe["time"], generator),
        steps,
        torch.optim.AdamW(model.parameters(), lr=recipe["rate"]),
        torch.Generator().manual_seed(seed),
        schedule=lambda step: warmup_cosine(step, recipe["warmup"], steps, floor=0.02),
        progress=False,
    )
    return model, history.seconds


def feed_forward(letters: int, seed: int) -> tuple[FeedForwardLM, float]:
    """A network asked for so many letters, each with the six before it, and the seconds."""
    tokenizer, train = letters_of_text()
    recipe = RECIPE["feed-forward"]
    generator = torch.Generator().manual_seed(seed)
    sizes = (recipe["window"], recipe["dim"], recipe["hidden_dim"])
    model = FeedForwardLM(tokenizer.vocab_size, *sizes, generator)
    contexts = context_windows(train, recipe["window"])
    steps = letters // recipe["batch"]

    def draw(generator: torch.Generator) -> tuple[Tensor, Tensor]:
        places = torch.randint(len(train), (recipe["batch"],), generator=generator)
        return contexts[places], train[places]

    history = fit(
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
    return model, history.seconds


def measure(seed: int, model: str, letters: int) -> dict[str, float]:
    """Bits per character on both held-out texts, the size, the seconds and the text read."""
    corpus, tokenizer = wikipedia(), tokenizer_of(model)
    made: Model
    if model == "LSTM":
        made, seconds = lstm(letters, seed)
    elif model == "feed-forward":
        made, seconds = feed_forward(letters, seed)
    else:
        made, seconds = counted(model, letters)
    sizes = (weight.numel() for weight in made.parameters()) if isinstance(made, nn.Module) else ()
    options = {"streams": 64} if model == "LSTM" else {}
    valid, test = (
        round(evaluate(made, tokenizer, text, **options).bits_per_character, 4)
        for text in (corpus.valid, corpus.test)
    )
    return {
        "valid_bits": valid,
        "test_bits": test,
        "parameters": sum(sizes) or made.parameter_count,
        "seconds": round(seconds, 2),
        "text_read": len(corpus.train),
        "passes": round(letters / len(corpus.train), 2),
    }
