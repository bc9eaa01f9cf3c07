"""What does it cost to take the mean over padding, too, and who notices?

MiniLM's vector of a text is the mean over its tokens. In a batch, shorter texts are padded; whoever
takes the mean over all places gets a vector that depends on the neighbours. The paragraphs and made
queries are those of ``experiments/search.py``; each query is read alone, paragraphs 16 at a time,
as they stand or those of like length together. ``cosine_alone_and_beside`` is that of a query with
itself, read alone and beside the longest paragraph: 1 where neighbours mean nothing. The first
case is short, to be measured again.
"""

import time
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from experiments.search import asked, encoder
from lmteach.evaluation.bootstrap import bootstrap_interval
from lmteach.evaluation.retrieval import mean_reciprocal_rank, ranks_of, recall_at
from lmteach.models.search.sentence_vectors import SentenceVectors

RECIPE = {"text": "as experiments/search.py", "batch": 16}
STAND, LENGTH, ALL = "as they stand", "by length", 548
CASES = (
    {"mean_over": "padding, too", "batches": STAND, "paragraphs": 40, "queries": 8},
    {"mean_over": "its tokens", "batches": STAND, "paragraphs": ALL, "queries": 200},
    {"mean_over": "padding, too", "batches": STAND, "paragraphs": ALL, "queries": 200},
    {"mean_over": "padding, too", "batches": LENGTH, "paragraphs": ALL, "queries": 200},
)
SEEDS = ()
TOLERANCE = 1e-3


class OverPadding:
    """MiniLM with the mistake."""

    def embed(self, sentences: Sequence[str]) -> Tensor:
        """The direction of the mean over all places (B, D), whatever stands there."""
        ids, mask = encoder().read(sentences)
        return functional.normalize(encoder()(ids, mask).mean(dim=1), dim=-1)


@torch.no_grad()
def measure(
    seed: None, mean_over: str, batches: str, paragraphs: int, queries: int
) -> dict[str, float | list[float]]:
    """How alike a query is to itself, how many paragraphs are found, and the seconds to read."""
    made = asked(queries, first=paragraphs)
    reader = encoder() if mean_over == "its tokens" else OverPadding()
    longest = max(made.documents, key=len)
    cosines = [
        float(reader.embed([query])[0] @ reader.embed([query, longest])[0])
        for query in made.queries[:50]
    ]
    started = time.perf_counter()
    by_length = batches == LENGTH
    found = SentenceVectors(made.documents, reader, RECIPE["batch"], by_length)
    seconds = time.perf_counter() - started
    ranks = ranks_of(found, made)
    return {
        "cosine_alone_and_beside": float(np.mean(cosines)),
        "recall_at_1": recall_at(ranks, 1),
        "mrr": mean_reciprocal_rank(ranks),
        "seconds": seconds,
        "recall_at_1_interval": list(bootstrap_interval(ranks == 1, np.random.default_rng(0))),
        "mrr_interval": list(bootstrap_interval(1 / ranks, np.random.default_rng(0))),
    }
