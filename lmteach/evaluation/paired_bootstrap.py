"""Is the one better than the other, or was it the sentences? Two methods on the same test."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from lmteach.checks import check_finite, check_number, check_sizes, checked_by
from lmteach.evaluation.bootstrap import bootstrap_interval
from lmteach.typed import typed

Rights = Bool[np.ndarray, " batch"] | Float[np.ndarray, " batch"]


@dataclass(frozen=True)
class Gain:
    """How much better one is than the other, and where that lies for most draws of a test."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """In points of a hundred, as accuracies are spoken of.

        >>> print(Gain(0.25, -0.01, 0.5))
        +25.0 points (-1.0 to +50.0)
        """
        return f"{100 * self.value:+.1f} points ({100 * self.low:+.1f} to {100 * self.high:+.1f})"


def _check(ours: Rights, theirs: Rights, rounds: int, level: float) -> None:
    for name, right in (("ours", ours), ("theirs", theirs)):
        if len(right) < 2:
            raise ValueError(
                f"{name} has {len(right)} sentences, expected at least 2: there is nothing to draw "
                "among."
            )
        check_finite(name, right.astype(float), (None,), "(N,)")
    check_sizes(rounds=rounds)
    check_number("level", level, above=0, below=1)


@typed
@checked_by(_check)
def paired_bootstrap(
    ours: Rights,
    theirs: Rights,
    generator: np.random.Generator,
    rounds: int = 2000,
    level: float = 0.95,
) -> Gain:
    """Return the mean of ``ours`` less that of ``theirs``, with an interval, on one test.

    Both have for each test sentence (N,) whether it was judged right, or for several seeds the
    share of them that did, in the same order. The interval is that of ``bootstrap_interval``, with
    ``rounds`` samples of sentences, each sentence with what both made of it. It says what another
    test of this size could have shown. What another draw of the training labels could have shown is
    the spread over seeds.

    Raises ``ValueError`` for rows of different lengths, fewer than two sentences, no rounds, or a
    level that is not between 0 and 1.

    Source: B. Efron and R. Tibshirani, "An Introduction to the Bootstrap" (1993), §13.3; for pairs,
    P. Koehn, "Statistical Significance Tests for Machine Translation Evaluation" (2004), §4.

    >>> ours, theirs = np.array([True] * 80 + [False] * 20), np.array([True, False] * 50)
    >>> print(paired_bootstrap(ours, theirs, np.random.default_rng(0)))
    +30.0 points (+17.0 to +42.0)
    """
    differences = ours.astype(float) - theirs.astype(float)
    low, high = bootstrap_interval(differences, generator, rounds=rounds, level=level)
    return Gain(float(differences.mean()), low, high)
