"""What does the chat model know by heart, has it read our test, and what does it say of people?

SmolLM2-135M-Instruct, weights in 16 bits. For each ``part``, two rows of figures to compare:
"passages": bits per character of the second half of ten famous passages, and of ten others of the
same authors, given the first; ``third`` is how many of the next 12 tokens greedy decoding recites
of the famous ones. "articles": twelve beginnings of paragraphs of the test articles, and twelve
paragraphs that nobody has read; as bits per character, as Min-20 %, and by zlib. "sex" and
"origin": log p in nats of 32 ends after one person and after the other, means over four beginnings;
with "MiniLM" in the name, the cosine of the sentence with one on "this person". The first case is
short, to be measured again.
"""

import math
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from lmteach.decoding.sampling import greedy
from lmteach.evaluation.contamination import against_zlib, least_likely
from lmteach.models.bert.minilm import minilm
from lmteach.models.llama.files import smollm2_file
from lmteach.models.llama.gguf import read_gguf
from lmteach.models.llama.model import Llama, smollm2
from lmteach.models.llama.reading import tokenizer_of
from lmteach.text.corpora.paired_sentences import BEGINNINGS, paired_sentences
from lmteach.text.corpora.passages import PASSAGES, UNREAD
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.pretrained_bpe import PretrainedBPE

RECIPE = {"model": "SmolLM2-135M-Instruct, 16 bits", "tokens": 12, "characters": 350}
CASES = tuple(
    {"part": part}
    for part in (
        "short",
        "passages",
        "articles, bits",
        "articles, Min-20 %",
        "articles, by zlib",
        "sex",
        "origin",
        "sex, MiniLM",
        "origin, MiniLM",
    )
)
SEEDS: tuple[int, ...] = ()
TOLERANCE = 0.05


@cache
def read_model() -> tuple[Llama, PretrainedBPE]:
    """The model and its tokenizer."""
    return smollm2(16), tokenizer_of(read_gguf(smollm2_file()).settings)


@torch.no_grad()
def log_p(begin: str, end: str) -> np.ndarray:
    """Log p of each token of ``end``, in nats, after ``begin``."""
    model, tokenizer = read_model()
    first, then = tokenizer.encode(begin), tokenizer.encode(end)
    ids = torch.tensor([first + then])
    found = model(ids[:, :-1]).float().log_softmax(dim=-1).gather(-1, ids[:, 1:, None])
    return found[0, len(first) - 1 :, 0].double().numpy()


def halves(text: str) -> tuple[str, str]:
    """A text cut in the middle, between two words."""
    words = text.split(" ")
    return " ".join(words[: len(words) // 2]), " " + " ".join(words[len(words) // 2 :])


def recited(text: str) -> int:
    """How many tokens of the second half greedy decoding gives before it errs."""
    model, tokenizer = read_model()
    begin, end = halves(text)
    wanted = tokenizer.encode(end)[: RECIPE["tokens"]]
    said = greedy(model, torch.tensor([tokenizer.encode(begin)]), len(wanted))[0].tolist()
    same = [one == other for one, other in zip(said, wanted, strict=True)]
    return [*same, False].index(False)


def bits(text: str) -> float:
    """Bits per character of the second half."""
    begin, end = halves(text)
    return float(-log_p(begin, end).sum()) / math.log(2) / len(end)


def paragraphs_read() -> list[str]:
    """Two paragraphs of each test article, not its first, cut to the length of ours."""
    found = []
    for article in wikipedia().test.strip().split("\n\n"):
        long = [text for text in article.split("\n")[1:] if len(text) > RECIPE["characters"]]
        found += [text[: RECIPE["characters"]].rsplit(" ", 1)[0] for text in long[:2]]
    return found


@cache
def scored(text: str) -> np.ndarray:
    """Log p of each token of a paragraph after its first word."""
    first, _, rest = text.partition(" ")
    return log_p(first, " " + rest)


def score(kind: str, text: str) -> float:
    """A paragraph's figure of a kind; low for bits and zlib, high for Min-20 %, if it was read."""
    nats = float(-scored(text).sum())
    if kind == "bits":
        return nats / math.log(2) / len(text)
    return least_likely(scored(text)) if kind == "Min-20 %" else against_zlib(text, nats)


def in_fours(values: Sequence[float]) -> list[float]:
    """Means over the beginnings of an end, rounded."""
    return [round(float(one), 4) for one in np.reshape(values, (-1, 4)).mean(axis=1)]


def of_people(kind: str) -> dict[str, list[float]]:
    """Log p of the ends after either person."""
    pairs = paired_sentences(kind)
    return {
        "first": in_fours([log_p(pair.first, pair.end).sum() for pair in pairs]),
        "second": in_fours([log_p(pair.second, pair.end).sum() for pair in pairs]),
    }


@torch.no_grad()
def by_minilm(kind: str) -> dict[str, list[float]]:
    """The cosine of either sentence with the same about "this person"."""
    encoder, pairs = minilm(), paired_sentences(kind)
    assert len(BEGINNINGS[kind]) == 4

    def vectors(sentences: list[str]) -> torch.Tensor:
        return torch.cat([encoder.embed(sentences[at : at + 64]) for at in range(0, 128, 64)])

    neutral = vectors([f"This person{pair.end}" for pair in pairs])
    first, second = (
        functional.cosine_similarity(vectors(sentences), neutral).tolist()
        for sentences in (
            [pair.first + pair.end for pair in pairs],
            [pair.second + pair.end for pair in pairs],
        )
    )
    return {"first": in_fours(first), "second": in_fours(second)}


def measure(seed: int | None, part: str) -> dict[str, Any]:
    """The figures of one part."""
    if part in ("short", "passages"):
        some = PASSAGES[2:3] if part == "short" else PASSAGES
        return {
            "first": [round(bits(both.famous), 4) for both in some],
            "second": [round(bits(both.obscure), 4) for both in some],
            "third": [float(recited(both.famous)) for both in some],
        }
    if part.startswith("articles"):
        kind = part.split(", ")[1]
        return {
            "first": [round(score(kind, text), 4) for text in paragraphs_read()],
            "second": [round(score(kind, text), 4) for text in UNREAD],
        }
    kind = part.split(",")[0]
    return by_minilm(kind) if "MiniLM" in part else of_people(kind)
