"""The sentences whose vectors are nearest to the mean of all. Taught in notebook 18."""

import numpy as np
from jaxtyping import Float

from lmteach.checks import check_finite, check_sizes, checked_by
from lmteach.models.search.ranking import direction
from lmteach.typed import typed


def _check_vectors(vectors: Float[np.ndarray, "documents dim"], count: int) -> None:
    check_finite("vectors", vectors, (None, None), "(J, D)")
    check_sizes(count=count)


@typed
@checked_by(_check_vectors)
def nearest_to_mean(vectors: Float[np.ndarray, "documents dim"], count: int = 3) -> list[int]:
    """Return the places of the ``count`` vectors (J, D) with the greatest cosine to their mean.

    They come in their order in the text, not by rank.

    Source: D. Radev et al., "Centroid-based summarization of multiple documents" (2004), §2, with
    vectors of an encoder in the place of counted words (G. Rossiello et al., 2017).

    Raises ``ValueError`` for no vectors, numbers that are not finite, or ``count`` below 1.

    >>> nearest_to_mean(np.array([[0.0, 1], [1, 1], [2, 1], [-1, 0]]), 2)
    [1, 2]
    """
    cosines = direction(vectors) @ vectors.mean(axis=0)
    best = np.argsort(-cosines.round(12), kind="stable")[:count]
    return sorted(best.tolist())
