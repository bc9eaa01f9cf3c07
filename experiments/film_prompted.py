"""Praise or blame? A chat model is asked in words, with no example or with four: thread C.

SmolLM2 reads a film sentence and goes on with " positive" or " negative"; the likelier word is its
answer. It leans to one of them whatever it reads, so ``calibrated`` says what is taken for level:
"no": even odds. "by N/A": the odds after texts that say nothing (T. Zhao et al., "Calibrate Before
Use", 2021, §4). "by others": the mean of the odds after 100 training sentences, whose labels nobody
has looked at (H. Zhou et al., "Batch Calibration", 2024, §3.2).

Nothing is trained; of three forms of the question, this one was best on 150 valid sentences. A seed
draws two examples of praise and two of blame, their order, and those 100 sentences; without
examples only these differ. ``clearer`` is the accuracy on sentences that people rated at least 1
away from the middle; ``worst_order`` and ``best_order`` are those of six orders of the same
examples, on the first 300 test sentences. The first case is short, to be measured again.
"""

import time
from functools import cache
from itertools import permutations
from typing import Any

import numpy as np
import torch

from experiments.film_sentences import ALL, drawn, read
from lmteach.decoding.cache import KeyValueCache
from lmteach.evaluation.results import pack_answers
from lmteach.models.llama.files import smollm2_file
from lmteach.models.llama.gguf import read_gguf
from lmteach.models.llama.model import Llama, smollm2
from lmteach.models.llama.reading import tokenizer_of
from lmteach.text.corpora.film_sentences import film_sentences
from lmteach.text.tokenizers.marked import MarkedTokenizer

FORM, ANSWERS = "Review: {text}\nSentiment:", (" negative", " positive")
EMPTY = ("N/A", "[MASK]", "")  # as in the paper
OTHERS = 100
ORDERS = tuple(permutations(range(4)))[::4]  # six of the twenty-four
SHORT, SOME, BATCH = 8, 300, 16
RECIPE = {
    "text": "train and test of film_sentences()",
    "form": FORM,
    "answers": ANSWERS,
    "without content": EMPTY,
    "others": OTHERS,
    "bits": 32,
    "orders": ORDERS,
    "sentences for the orders": SOME,
}
KINDS = ("no", "by N/A", "by others")
CASES = (
    {"examples": 4, "calibrated": "no", "sentences": SHORT},
    *(
        {"examples": examples, "calibrated": kind, "sentences": "all"}
        for examples in (0, 4)
        for kind in KINDS
    ),
)
BOARD = {
    "thread": "C",
    "value": "accuracy",
    "apart": True,  # it has read much of the web, perhaps these reviews
    "rows": {
        f"SmolLM2 asked in words, {shown}{told}, {labels} labels": {
            "examples": examples,
            "calibrated": kind,
            "sentences": "all",
        }
        for examples, shown, labels in ((0, "no example", "no"), (4, "four examples", "4"))
        for kind, told in (("no", ""), ("by others", ", calibrated"))
    },
}
SEEDS = (0, 1, 2)
TOLERANCE = 0.05


@cache
def loaded() -> tuple[Llama, MarkedTokenizer]:
    """The model and its tokenizer."""
    return smollm2(bits=32), tokenizer_of(read_gguf(smollm2_file()).settings)


def shown(seed: int, order: tuple[int, ...] = (0, 1, 2, 3)) -> str:
    """Four sentences with their verdicts, two of each kind."""
    texts, positive = read()
    places = drawn(ALL, seed)
    kinds = [[place for place in places if positive[place] == kind][:2] for kind in (0, 1)]
    four = np.random.default_rng(seed).permutation(np.concatenate(kinds))[list(order)]
    return "".join(
        f"{FORM.format(text=texts[place])}{ANSWERS[int(positive[place])]}\n\n" for place in four
    )


@cache
@torch.no_grad()
def odds(prompt: str, texts: tuple[str, ...]) -> tuple[np.ndarray, float]:
    """Log of the odds (N,) of " positive" against " negative" after each text, and the seconds.

    What all prompts begin with is read once.
    """
    started = time.perf_counter()
    model, tokenizer = loaded()
    ((blame,), (praise,)) = (tokenizer.encode(answer) for answer in ANSWERS)  # one token each
    asked = [tokenizer.encode(FORM.format(text=text)) for text in texts]
    start = KeyValueCache()
    if prompt:
        model(torch.tensor([tokenizer.encode(prompt)]), start, last=1)
    found = np.zeros(len(texts))
    lengths = np.array([len(ids) for ids in asked])
    for length in sorted(set(lengths)):  # side by side, and without padding
        places = np.flatnonzero(lengths == length)
        for some in np.array_split(places, -(-len(places) // BATCH)):
            ids = torch.tensor([asked[place] for place in some])
            logits = model(ids, repeated(start, len(some)), last=1)[:, -1]
            found[some] = (logits[:, praise] - logits[:, blame]).numpy()
    return found, time.perf_counter() - started


def repeated(cache: KeyValueCache, count: int) -> KeyValueCache:
    """What is held, for each row of a batch."""
    if cache.ids is None:
        return KeyValueCache()
    return KeyValueCache(
        cache.ids.expand(count, -1),
        [keys.expand(count, -1, -1, -1) for keys in cache.keys],
        [values.expand(count, -1, -1, -1) for values in cache.values],
    )


def level(prompt: str, calibrated: str, seed: int) -> float:
    """The log of the odds above which an answer is praise."""
    if calibrated == "no":
        return 0.0
    if calibrated == "by N/A":
        return float(odds(prompt, EMPTY)[0].mean())
    texts, _ = read()
    others = tuple(texts[place] for place in drawn(ALL, seed)[-OTHERS:])  # none of the examples
    return float(odds(prompt, others)[0].mean())


def measure(seed: int, examples: int, calibrated: str, sentences: int | str) -> dict[str, Any]:
    """Which sentences are judged right."""
    films = film_sentences().test
    films = films if sentences == "all" else films[: int(sentences)]
    texts, positive = tuple(one.text for one in films), np.array([one.positive for one in films])
    clearer = np.array([abs(one.rating) >= 1 for one in films])
    prompt = shown(seed) if examples else ""
    said, seconds = odds(prompt, texts)
    right = (said > level(prompt, calibrated, seed)) == positive
    figures = {"accuracy": share(right), "clearer": share(right[clearer])}
    if examples:
        orders = []
        for order in ORDERS:
            prompt = shown(seed, order)
            found = odds(prompt, texts[:SOME])[0] > level(prompt, calibrated, seed)
            orders.append(share(found == positive[:SOME]))
        figures |= {"worst_order": min(orders), "best_order": max(orders)}
    return figures | {
        "parameters": loaded()[0].parameter_count,
        "labels": examples,
        "seconds": round(seconds, 1),
        "right": pack_answers(right),
    }


def share(right: np.ndarray) -> float:
    """How many are right."""
    return round(float(right.mean()), 4)
