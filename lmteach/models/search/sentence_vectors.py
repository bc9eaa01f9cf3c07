"""Search by what an encoder makes of whole texts, MiniLM for one. Taught in notebook 16."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from tqdm.auto import tqdm

from lmteach.checks import check_shape, check_sizes
from lmteach.models.bert.minilm import minilm
from lmteach.models.search.ranking import Ranking, direction
from lmteach.typed import typed


@runtime_checkable
class Embeds(Protocol):
    """What is asked of an encoder; ``minilm()`` has it.

    >>> isinstance(minilm(), Embeds)
    True
    """

    def embed(self, sentences: Sequence[str], /) -> Float[Tensor, "batch dim"]:
        """Return a vector for each sentence."""


class SentenceVectors(Ranking):
    """Scores by the cosine of the vectors that an encoder gives query and document.

    ``encoder`` is MiniLM if not given. Documents are read ``batch`` at a time, those of like length
    together, for a short text beside a long one is mostly padding; with ``by_length=False`` they
    are read in their order, which gives the same and takes longer. ``progress`` shows a bar.

    Source: N. Reimers and I. Gurevych, "Sentence-BERT" (2019), §3.

    Raises ``ValueError`` if no document has a word, one is longer than the encoder can read, or
    ``batch`` is below 1.

    >>> found = SentenceVectors(["A dog barks.", "Shares fell in London.", "A cat sleeps."])
    >>> [place for place, score in found.search("the kitten naps")]
    [2, 0, 1]
    """

    @typed
    def __init__(
        self,
        documents: Sequence[str],
        encoder: Embeds | None = None,
        batch: int = 16,
        by_length: bool = True,
        progress: bool = False,
    ) -> None:
        """Read all documents, once."""
        check_sizes(batch=batch)
        super().__init__(documents)
        self.encoder = minilm() if encoder is None else encoder
        places = np.arange(len(self.documents))
        if by_length:
            places = np.argsort([len(document) for document in self.documents], kind="stable")
        batches = np.split(places, range(batch, len(places), batch))
        read = [
            self._vectors([self.documents[place] for place in some])
            for some in tqdm(batches, disable=not progress, leave=False)
        ]
        self.vectors = np.concatenate(read)[np.argsort(places)]  # back in their order

    def _scores(self, query: str) -> Float[np.ndarray, " documents"]:
        """Return the cosine of each document with the query, from -1 to 1."""
        return self.vectors @ self._vectors([query])[0]

    @torch.no_grad()
    def _vectors(self, texts: list[str]) -> Float[np.ndarray, "batch dim"]:
        """Return the directions of some texts."""
        vectors = self.encoder.embed(texts)
        if not isinstance(vectors, Tensor):
            raise ValueError(
                f"{type(self.encoder).__name__} embeds {len(texts)} texts as {vectors!r}, expected "
                "a tensor with a row for each."
            )
        check_shape("what the encoder returns", vectors.shape, (len(texts), None), "(B, D)")
        return direction(vectors.cpu().numpy().astype(float))
