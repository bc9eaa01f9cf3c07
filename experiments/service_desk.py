"""A small service desk, by retrieval and by generation: how well, and what repeats make of it.

Pairs of ``service_pairs`` are split in three ways. "By question": distinct pairs, all answers to a
question in one part. "By pair": distinct pairs, each on its own, so that a question with several
answers may stand on both sides. "By line": the lines of the corpus as they come, with repeats.

BM25 and MiniLM give the answer of the most alike question of training; "one answer" always gives
that of training which is best against all others. The small GPT comes with the package and is
trained, all its weights, with the loss on the answers alone; its number of steps was chosen on
valid of seed 0, by question.

``f1`` is that of the words given against the right answer, the nearest if there are several;
``f1_each`` has it for each held-out line. ``known`` is the share of lines whose question stands in
training, ``f1_new`` the mean over the others. ``recall_at_1`` says how often the right answer of a
pair comes first among 50: by its likeness to the question, or by how much the question raises its
log probability (Li et al. 2016), for by itself that is highest for what is short and frequent.
``bits`` are those of the right answer per character. Of the given answers, ``copied`` is the share
that stands in training word for word, ``invented`` of those with a word that stands neither there
nor in the question, ``repeating`` of those that say two words in a row twice. ``texts`` has a
question and what was said to it on each line.
"""

import math
import time
from collections.abc import Sequence
from functools import cache, cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from lmteach.decoding.sampling import greedy
from lmteach.evaluation.answers import token_f1
from lmteach.evaluation.retrieval import rank_of, recall_at
from lmteach.models.search.bm25 import BM25
from lmteach.models.search.ranking import Ranking
from lmteach.models.search.sentence_vectors import SentenceVectors
from lmteach.text.corpora.service_desk import ServicePair, question_key, service_pairs
from lmteach.text.splits import split_by_hash
from lmteach.training.answers import IGNORED, answer_batch, answer_loss
from lmteach.training.loop import fit
from lmteach.training.trained_gpt import trained_gpt

RECIPE = {
    "split": "70/10/20 by the hash of seed and key",
    "optimizer": "AdamW, rate 0.001, decay 0.1",
    "steps": 60,
    "batch": 16,
    "candidates": 50,
    "pairs ranked": 30,
    "tokens written at most": 40,
}
SPLITS = ("by question", "by pair", "by line")
CASES = (
    {"method": "small GPT, before", "split": "by question"},
    {"method": "one answer", "split": "by question"},
    *({"method": method, "split": split} for method in ("BM25", "MiniLM") for split in SPLITS),
    *({"method": "small GPT", "split": split} for split in ("by question", "by line")),
)
SEEDS = (0, 1, 2)
TOLERANCE = 0.05
Pairs = Sequence[ServicePair]


def parts(split: str, seed: int) -> tuple[list[ServicePair], list[ServicePair]]:
    """The pairs of training, and those held out."""
    lines = list(enumerate(service_pairs(repeats=split == "by line")))

    def key(line: tuple[int, ServicePair]) -> str:
        place, pair = line
        return f"{seed} {pair.key if split == 'by question' else place}"

    train, _, test = split_by_hash(lines, key, buckets=10, test_buckets=2)
    return [pair for _, pair in train], [pair for _, pair in test]


@cache
def right_answers() -> dict[str, list[str]]:
    """All answers to a question."""
    found: dict[str, list[str]] = {}
    for pair in service_pairs():
        found.setdefault(pair.key, []).append(pair.answer)
    return found


@cache
def all_answers() -> tuple[str, ...]:
    """Each answer once."""
    return tuple(dict.fromkeys(pair.answer for pair in service_pairs()))


def candidates(pair: ServicePair, generator: np.random.Generator) -> list[str]:
    """The right answer, and others that are not."""
    others = [answer for answer in all_answers() if answer not in right_answers()[pair.key]]
    drawn = generator.choice(len(others), RECIPE["candidates"] - 1, replace=False)
    return [pair.answer, *(others[place] for place in drawn)]


class OneAnswer:
    """Always says the same."""

    def __init__(self, train: Pairs) -> None:
        answers = [pair.answer for pair in train]
        self.answer = max(
            dict.fromkeys(answers),
            key=lambda said: sum(token_f1(said, right) for right in answers),
        )

    def say(self, questions: Sequence[str]) -> list[str]:
        """An answer to each."""
        return [self.answer] * len(questions)


@cache
def vectors() -> dict[str, Tensor]:
    """MiniLM's vector of each question and answer, read once."""
    texts = [*{text for pair in service_pairs() for text in pair}]
    return dict(zip(texts, torch.from_numpy(SentenceVectors(texts).vectors), strict=True))


class Read:
    """MiniLM for texts that were read before."""

    def embed(self, sentences: Sequence[str], /) -> Tensor:
        """A vector of each."""
        return torch.stack([vectors()[sentence] for sentence in sentences])


def search(name: str, texts: Sequence[str]) -> Ranking:
    """BM25 or MiniLM, having read some texts."""
    return BM25(texts) if name == "BM25" else SentenceVectors(texts, Read())


@cache
def among_answers(name: str) -> Ranking:
    """The same, having read all answers."""
    return search(name, all_answers())


class Retriever:
    """Gives the answer of the most alike question; likens answers to the question themselves."""

    def __init__(self, name: str, train: Pairs) -> None:
        self.name = name
        self.answers = {pair.question: pair.answer for pair in reversed(train)}  # the first one
        self.known = search(name, [*self.answers])

    def say(self, questions: Sequence[str]) -> list[str]:
        """The answer of the known question that is most alike, for each."""
        found = [self.known.search(question, top=1)[0][0] for question in questions]
        return [self.answers[self.known.documents[place]] for place in found]

    def scores(self, question: str, answers: Sequence[str]) -> np.ndarray:
        """How alike a question and some answers are."""
        row = among_answers(self.name).scores(question)
        return row[[all_answers().index(answer) for answer in answers]]


class Writer:
    """A small GPT that writes the answer, token by token; question and answer have a line each."""

    def __init__(self) -> None:
        self.model, self.tokenizer = trained_gpt()
        (self.end,) = self.tokenizer.encode("\n")

    def question(self, text: str) -> list[int]:
        """What it reads, up to where the answer begins."""
        return self.tokenizer.encode(f"Q: {text}\nA:")

    def batch(self, pairs: Pairs) -> tuple[Tensor, Tensor]:
        """Ids and targets; the mark of the end belongs to the answer."""
        return answer_batch(
            [self.question(pair.question) for pair in pairs],
            [[*self.tokenizer.encode(f" {pair.answer}"), self.end] for pair in pairs],
        )

    def train(self, pairs: Pairs, seed: int) -> None:
        """Train all weights."""

        def draw(generator: torch.Generator) -> tuple[Tensor, Tensor]:
            places = torch.randint(len(pairs), (RECIPE["batch"],), generator=generator)
            return self.batch([pairs[place] for place in places])

        optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-3, weight_decay=0.1)
        generator = torch.Generator().manual_seed(seed)
        fit(self.model, answer_loss, draw, RECIPE["steps"], optimizer, generator, progress=False)

    def say(self, questions: Sequence[str]) -> list[str]:
        """What it writes to each; prompts of one length side by side."""
        prompts = [self.question(question) for question in questions]
        said = [""] * len(prompts)
        for length in {len(ids) for ids in prompts}:
            places = [place for place, ids in enumerate(prompts) if len(ids) == length]
            ids = torch.tensor([prompts[place] for place in places])
            rows = greedy(self.model, ids, RECIPE["tokens written at most"], end=self.end)
            for place, row in zip(places, rows, strict=True):
                said[place] = self.tokenizer.decode(row).split("\n")[0].strip()
        return said

    @torch.no_grad()
    def nats(self, pairs: Pairs) -> np.ndarray:
        """The nats of each answer."""
        ids, targets = self.batch(pairs)
        asked = targets != IGNORED
        logits = self.model.scores(self.model.hidden_states(ids)[asked])
        each = functional.cross_entropy(logits, targets[asked], reduction="none")
        return torch.zeros(len(pairs)).index_add_(0, asked.nonzero()[:, 0], each).numpy()

    @cached_property
    def unasked(self) -> dict[str, float]:
        """The nats of each answer to an empty question."""
        pairs = [ServicePair("", answer) for answer in all_answers()]
        return dict(zip(all_answers(), self.nats(pairs), strict=True))

    def scores(self, question: str, answers: Sequence[str]) -> np.ndarray:
        """By how many nats a question raises the log probability of some answers."""
        unasked = np.array([self.unasked[answer] for answer in answers])
        return unasked - self.nats([ServicePair(question, answer) for answer in answers])


def made(method: str, train: Pairs, seed: int) -> OneAnswer | Retriever | Writer:
    """What answers, having read or been trained."""
    if method == "one answer":
        return OneAnswer(train)
    if not method.startswith("small GPT"):
        return Retriever(method, train)
    writer = Writer()
    if method == "small GPT":
        writer.train(train, seed)
    return writer


def repeats(words: list[str]) -> bool:
    """Whether two words in a row are said twice."""
    twos = [*pairwise(words)]
    return len({*twos}) < len(twos)


def measure(seed: int, method: str, split: str) -> dict[str, Any]:
    """All figures of a method."""
    train, held_out = parts(split, seed)
    started = time.perf_counter()
    desk = made(method, train, seed)
    seconds = time.perf_counter() - started
    asked = {pair.key: pair.question for pair in held_out}
    said = dict(zip(asked, desk.say([*asked.values()]), strict=True))
    f1_of = {key: token_f1(text, right_answers()[key]) for key, text in said.items()}
    f1 = np.array([f1_of[pair.key] for pair in held_out])
    keys, answers = {pair.key for pair in train}, {pair.answer for pair in train}
    known = np.array([pair.key in keys for pair in held_out])
    words = {word for pair in train for word in question_key(" ".join(pair)).split()}
    said_words = {key: question_key(text).split() for key, text in said.items()}
    figures = {
        "f1": f1.mean(),
        "f1_new": f1[~known].mean(),
        "known": known.mean(),
        "copied": np.mean([text in answers for text in said.values()]),
        "invented": np.mean([bool({*w} - words - {*key.split()}) for key, w in said_words.items()]),
        "repeating": np.mean([repeats(w) for w in said_words.values()]),
    }
    distinct = [*dict.fromkeys(held_out)]
    if not isinstance(desk, OneAnswer):
        dice, ranked = np.random.default_rng(seed), distinct[: RECIPE["pairs ranked"]]
        scored = [desk.scores(pair.question, candidates(pair, dice)) for pair in ranked]
        figures["recall_at_1"] = recall_at([rank_of(scores, right=0) for scores in scored], 1)
    if isinstance(desk, Writer):
        counts = np.array([held_out.count(pair) for pair in distinct])
        characters = sum(len(pair.answer) + 1 for pair in held_out)  # and the end
        figures["bits"] = float(desk.nats(distinct) @ counts) / characters / math.log(2)
    return {
        **{name: round(float(value), 4) for name, value in figures.items()},
        "seconds": round(seconds, 2),
        "f1_each": " ".join(f"{number:.3f}" for number in f1),
        "texts": "\n".join(f"{asked[key]}\t{text}" for key, text in said.items()),
    }
