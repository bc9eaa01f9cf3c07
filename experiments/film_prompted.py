"""Praise or blame? A chat model is asked in words, with no example or with four: thread C.

SmolLM2 reads film sentences with their verdicts and goes on with " positive" or " negative";
whichever is likelier is its answer. ``accuracy`` takes the answers as they come. ``calibrated``
first subtracts what it says of a sentence without content, "N/A" (T. Zhao et al., "Calibrate Before
Use", 2021, §4): it leans to one word whatever it reads. Nothing is trained. A seed draws two
examples of praise and two of blame and their order; the cases with ``order`` show the same four,
those of seed 0, in other orders, to the first 400 test sentences. ``clearer`` are those of
sentences that people rated at least 1 away from the middle. The first case is short, to be measured
again.
"""

import time
from functools import cache
from itertools import permutations
from typing import Any

import numpy as np
import torch
from torch import Tensor

from experiments.film_sentences import ALL, drawn, read
from lmteach.decoding.cache import KeyValueCache
from lmteach.evaluation.results import pack_answers
from lmteach.models.llama.files import smollm2_file
from lmteach.models.llama.gguf import read_gguf
from lmteach.models.llama.model import Llama, smollm2
from lmteach.models.llama.reading import tokenizer_of
from lmteach.text.corpora.film_sentences import film_sentences
from lmteach.text.tokenizers.pretrained_bpe import PretrainedBPE

FORM, ANSWERS, EMPTY = "Review: {text}\nVerdict:", (" negative", " positive"), "N/A"
ORDERS = tuple(permutations(range(4)))[::4]  # six of the twenty-four
SHORT, SOME = 40, 400
RECIPE = {
    "text": "train and test of film_sentences()",
    "form": FORM,
    "answers": ANSWERS,
    "without content": EMPTY,
    "bits": 16,
    "orders": ORDERS,
}
CASES = (
    {"examples": 0, "sentences": SHORT, "order": None},
    {"examples": 0, "sentences": None, "order": None},
    {"examples": 4, "sentences": None, "order": None},
    *({"examples": 4, "sentences": SOME, "order": order} for order in range(len(ORDERS))),
)
BOARD = {
    "thread": "C",
    "value": "accuracy",
    "rows": {
        "SmolLM2 asked in words, no labels": CASES[1],
        "SmolLM2 asked with examples, 4 labels": CASES[2],
    },
}
SEEDS = (0, 1, 2)
TOLERANCE = 0.05


@cache
def loaded() -> tuple[Llama, PretrainedBPE]:
    """The model and its tokenizer."""
    return smollm2(bits=16), tokenizer_of(read_gguf(smollm2_file()).settings)


def shown(seed: int, order: int | None) -> str:
    """Four sentences with their verdicts, two of each kind."""
    texts, positive = read()
    places = drawn(ALL, seed)
    kinds = [[place for place in places if positive[place] == kind][:2] for kind in (0, 1)]
    four = np.random.default_rng(seed).permutation(np.concatenate(kinds))
    if order is not None:
        four = four[list(ORDERS[order])]
    return "".join(
        f"{FORM.format(text=texts[place])}{ANSWERS[int(positive[place])]}\n\n" for place in four
    )


@torch.no_grad()
def odds(prompt: str, texts: list[str]) -> np.ndarray:
    """Log of the odds (N,) of " positive" against " negative" after each text.

    What all prompts begin with is read once.
    """
    model, tokenizer = loaded()
    answers = [tokenizer.encode(answer) for answer in ANSWERS]
    assert all(len(ids) == 1 for ids in answers), "each answer is one token"
    before = tokenizer.encode(prompt)
    start = KeyValueCache()
    if before:
        model(torch.tensor([before]), start, last=1)
    found = []
    for text in texts:
        ids = torch.tensor([tokenizer.encode(FORM.format(text=text))])
        logits: Tensor = model(ids, KeyValueCache(start.ids, start.keys, start.values), last=1)
        blame, praise = (logits[0, -1, ids[0]].item() for ids in answers)
        found.append(praise - blame)
    return np.array(found)


def measure(seed: int, examples: int, sentences: int | None, order: int | None) -> dict[str, Any]:
    """Which sentences are judged right, as it comes and calibrated."""
    films = film_sentences().test[:sentences]
    texts, positive = [one.text for one in films], np.array([one.positive for one in films])
    clearer = np.array([abs(one.rating) >= 1 for one in films])
    prompt = shown(0 if order is not None else seed, order) if examples else ""
    started = time.perf_counter()
    said = odds(prompt, texts)
    seconds = time.perf_counter() - started
    right = (said > 0) == positive
    calibrated = (said - odds(prompt, [EMPTY])[0] > 0) == positive
    return {
        "accuracy": round(float(right.mean()), 4),
        "calibrated": round(float(calibrated.mean()), 4),
        "clearer": round(float(right[clearer].mean()), 4),
        "clearer_calibrated": round(float(calibrated[clearer].mean()), 4),
        "parameters": loaded()[0].parameter_count,
        "seconds": round(seconds, 1),
        "right": pack_answers(right),
        "right_calibrated": pack_answers(calibrated),
    }
