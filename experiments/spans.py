"""Who or what is X? A span head on MiniLM that points at the answer, by exact match and F1.

The questions are those of ``answering``, and so is the sentence that MiniLM finds for each among
those of all leads. Question and sentence are read as one sequence; two maps of each token's vector
say how well an answer starts there, and how well it ends. The heads are trained on the questions of
other articles with their own sentences, in four folds: each of the 52 questions is asked once, of a
head that was trained on the other 39. "frozen": the two maps alone; "two layers": MiniLM's upper
two layers, too. The layers below stay as they are, and are run once for all. No setting was chosen
by what comes out.

What the heads learn is what the rule that made the answers calls an answer, by 39 examples;
SmolLM2 was shown two. ``exact``, ``f1``, ``found`` and ``texts`` are as in ``answering``;
``exact_given`` and ``f1_given`` are of the right sentence in the place of the one that was found.
"""

import time
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from experiments.answering import best, questions
from experiments.summaries import encoder
from lmteach.evaluation.answers import exact_match, token_f1
from lmteach.models.bert.minilm import MINILM
from lmteach.models.bert.spans import (
    LONGEST,
    BertForQuestionAnswering,
    best_span,
    read_pairs,
    span_loss,
    tokens_of,
)
from lmteach.text.batches import batches_of_like_length
from lmteach.text.corpora.wikipedia_leads import MadeQuestion
from lmteach.training.loop import fit
from lmteach.training.schedules import warmup_cosine

FROZEN, TUNED = "span head, MiniLM frozen", "span head, two layers trained"
RECIPE = {
    "text": "wikipedia_leads(), sentences of all leads, brackets left out",
    "folds": 4,
    "longest": LONGEST,  # tokens of an answer
    FROZEN: {"layers": 0, "passes": 60, "rate": 1e-3},
    TUNED: {"layers": 2, "passes": 10, "rate": 1e-4},
    "head": 10,  # times the rate, for the two maps
    "batch": 8,
    "optimizer": "AdamW, weight decay 0.01",
    "warmup": 0.1,  # of the steps
}
CASES = ({"method": FROZEN}, {"method": TUNED})
SEEDS = (0, 1, 2)
TOLERANCE = 2e-4  # F1 is rounded


class Pair(NamedTuple):
    """A sentence with its question as they enter the upper layers, and where its letters stand."""

    sentence: str
    states: Tensor
    inside: Tensor
    letters: Tensor

    def text(self, first: int, last: int) -> str:
        """What stands from one token to another."""
        return self.sentence[int(self.letters[first, 0]) : int(self.letters[last, 1])]


@cache
@torch.no_grad()
def pair_of(question: str, sentence: str, layers: int) -> Pair:
    """A pair, run through all but the upper ``layers``."""
    read = read_pairs(encoder().tokenizer, [question], [sentence])
    states = encoder().hidden_states(*read[:3])[MINILM.layers - layers]
    return Pair(sentence, states[0], read.inside[0], read.letters[0])


def new_head(seed: int) -> BertForQuestionAnswering:
    """MiniLM, and two maps that know nothing."""
    torch.manual_seed(seed)  # what dropout draws from, too
    model = BertForQuestionAnswering(MINILM, torch.Generator().manual_seed(seed))
    model.bert.load_state_dict(encoder().state_dict())
    return model


def logits_of(
    model: BertForQuestionAnswering, pairs: Sequence[Pair], layers: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Logits of start and end (B, T), and where the sentence stands (B, T)."""
    x = pad_sequence([pair.states for pair in pairs], batch_first=True)
    inside = pad_sequence([pair.inside for pair in pairs], batch_first=True)
    lengths = torch.tensor([len(pair.states) for pair in pairs])
    mask = torch.arange(x.shape[1]) < lengths[:, None]
    for number in range(MINILM.layers - layers, MINILM.layers):
        x = model.bert.layers[number](x, mask[:, None])
    start, end = model.qa_outputs(x).unbind(-1)
    return start, end, inside


def trained(
    method: str, given: Sequence[MadeQuestion], seed: int
) -> tuple[BertForQuestionAnswering, int]:
    """A head that was taught the answers of some questions, and the layers trained with it."""
    recipe, model = RECIPE[method], new_head(seed)
    layers = recipe["layers"]
    pairs = [pair_of(one.question, one.sentence, layers) for one in given]
    begins = [one.sentence.index(one.answer) for one in given]
    right = torch.tensor(
        [
            tokens_of(pair.letters, pair.inside, begin, begin + len(one.answer))
            for pair, one, begin in zip(pairs, given, begins, strict=True)
        ]
    )
    upper = model.bert.layers[MINILM.layers - layers :]
    optimizer = torch.optim.AdamW(
        [
            {"params": model.qa_outputs.parameters(), "lr": RECIPE["head"] * recipe["rate"]},
            {"params": [*upper.parameters()], "lr": recipe["rate"]},
        ],
        weight_decay=0.01,
    )
    steps = recipe["passes"] * -(-len(given) // RECIPE["batch"])
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.tensor([len(pair.states) for pair in pairs])
    batches = (
        places
        for _ in range(recipe["passes"])
        for places in batches_of_like_length(lengths, RECIPE["batch"], generator)
    )

    def loss_of(model: BertForQuestionAnswering, places: Tensor) -> Tensor:
        found = logits_of(model, [pairs[place] for place in places], layers)
        return span_loss(*found, *right[places].unbind(-1))

    fit(
        model,
        loss_of,
        lambda generator: next(batches),
        steps,
        optimizer,
        generator,
        schedule=lambda step: warmup_cosine(step, int(RECIPE["warmup"] * steps), steps, floor=0.0),
        validate_every=steps,
        progress=False,
    )
    return model.eval(), layers


@torch.no_grad()
def said_by(
    model: BertForQuestionAnswering, layers: int, asked: Sequence[tuple[str, str]]
) -> list[str]:
    """What a head points at, for pairs of a question and a sentence."""
    answers = []
    for question, sentence in asked:
        pair = pair_of(question, sentence, layers)
        start, end, inside = logits_of(model, [pair], layers)
        answers.append(pair.text(*best_span(start[0], end[0], inside[0], LONGEST)))
    return answers


def measure(seed: int, method: str) -> dict[str, float | int | list[float] | str]:
    """Every question's figures, and the seconds that training and answers took."""
    asked, folds = questions(), RECIPE["folds"]
    looked_at = [best("MiniLM", one.question) for one in asked]
    said, given = [""] * len(asked), [""] * len(asked)
    started = time.perf_counter()
    for fold in range(folds):
        own = [one for place, one in enumerate(asked) if place % folds != fold]
        model, layers = trained(method, own, seed)
        for place in range(fold, len(asked), folds):
            one = asked[place]
            pairs = [(one.question, looked_at[place]), (one.question, one.sentence)]
            said[place], given[place] = said_by(model, layers, pairs)
    seconds = time.perf_counter() - started
    rights = [one.answer for one in asked]
    return {
        "exact": [exact_match(*pair) for pair in zip(said, rights, strict=True)],
        "f1": [round(token_f1(*pair), 6) for pair in zip(said, rights, strict=True)],
        "found": [float(one.sentence == x) for x, one in zip(looked_at, asked, strict=True)],
        "exact_given": [exact_match(*pair) for pair in zip(given, rights, strict=True)],
        "f1_given": [round(token_f1(*pair), 6) for pair in zip(given, rights, strict=True)],
        "parameters": sum(p.numel() for p in model.parameters()),
        "seconds": round(seconds, 2),
        "texts": "\n".join(said),
        "texts_given": "\n".join(given),
    }
