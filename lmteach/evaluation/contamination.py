"""Has a model read a text? What its likelihood can tell of that, and how well. Notebook 21."""

import math
import zlib

import numpy as np
from jaxtyping import Float

from lmteach.checks import check_finite, check_number, check_text, checked_by
from lmteach.typed import typed


def _check(log_p: np.ndarray, share: float) -> None:
    check_finite("log_p", log_p, (None,), "(T,)")
    check_number("share", share, above=0, at_most=1)


@typed
@checked_by(_check)
def least_likely(log_p: Float[np.ndarray, " time"], share: float = 0.2) -> float:
    """Return the mean log p, in nats, of the ``share`` of tokens that are least likely.

    A text that was read has few tokens that surprise. Known as Min-K% Prob; W. Shi et al.,
    "Detecting Pretraining Data from Large Language Models" (2024), eq. 1. At least one token
    counts.

    Raises ``ValueError`` for no tokens, or a share that is not above 0 and at most 1.

    >>> least_likely(np.array([-1.0, -9.0, -3.0, -0.5, -2.0]), share=0.4)
    -6.0
    """
    count = max(1, int(len(log_p) * share))
    return float(np.sort(log_p)[:count].mean())


def _check_packed(text: str, nats: float) -> None:
    check_text(text, empty_allowed=False)
    check_number("nats", nats, at_least=0)


@typed
@checked_by(_check_packed)
def against_zlib(text: str, nats: float) -> float:
    """Return a model's bits for a text by those that zlib needs, which has read nothing.

    So a text that is easy for everyone is not taken for one that was read. Source: N. Carlini et
    al., "Extracting Training Data from Large Language Models" (2021), §5.2.

    Raises ``ValueError`` for an empty text, or a loss below 0.

    >>> round(against_zlib("abracadabra " * 20, nats=10.0), 3)
    0.082
    """
    return nats / math.log(2) / (8 * len(zlib.compress(text.encode(), 9)))


def _check_scores(read: np.ndarray, unread: np.ndarray) -> None:
    check_finite("read", read, (None,), "(N,)")
    check_finite("unread", unread, (None,), "(M,)")


@typed
@checked_by(_check_scores)
def told_apart(read: Float[np.ndarray, " batch"], unread: Float[np.ndarray, " documents"]) -> float:
    """Return how often a text of ``read`` scores above one of ``unread``; ties count one half.

    The area under the ROC curve: 1/2 is a coin, 1 is perfect. Source: J. Hanley and B. McNeil, "The
    Meaning and Use of the Area under a Receiver Operating Characteristic (ROC) Curve" (1982).

    Raises ``ValueError`` for no scores, or ones that are not finite.

    >>> told_apart(np.array([3.0, 1.0]), np.array([2.0, 0.0]))
    0.75
    """
    above = (read[:, None] > unread[None]).mean()
    return float(above + (read[:, None] == unread[None]).mean() / 2)
