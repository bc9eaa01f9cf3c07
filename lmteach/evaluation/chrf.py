"""chrF: how many runs of characters a translation shares with the right one.

Taught in notebook 18.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from lmteach.checks import check_number, check_sizes, check_table, checked_by
from lmteach.evaluation.bleu import clipped_matches
from lmteach.typed import typed


def _check_texts(hypotheses: Sequence[str], references: Sequence[str], order: int) -> None:
    for name, texts in (("hypotheses", hypotheses), ("references", references)):
        if isinstance(texts, str):
            raise ValueError(
                f"{name} is the text {texts[:20]!r}, expected a list of them; [text] for one alone."
            )
    if len(hypotheses) != len(references) or len(references) == 0:
        raise ValueError(
            f"got {len(hypotheses)} hypotheses and {len(references)} references, expected one "
            "reference for each hypothesis, and at least one."
        )
    check_sizes(order=order)


@typed
@checked_by(_check_texts)
def character_matches(
    hypotheses: Sequence[str], references: Sequence[str], order: int = 6
) -> Float[np.ndarray, "rows order 3"]:
    """Count the n-grams of characters that are right, that were said, and that should be.

    One row for each translation, one column for each n from 1 to ``order``. Blanks don't count. A
    reference that is too short to have an n-gram asks for none, and then none was said.

    Source: M. Popović (2015), counted as sacreBLEU does.

    Raises ``ValueError`` for different numbers of hypotheses and references, for none at all, and
    an order below 1.

    >>> character_matches(["法国 法郎"], ["法国金法郎"], order=2)[0].tolist()
    [[4.0, 4.0, 5.0], [2.0, 3.0, 4.0]]
    """
    counts = np.zeros((len(references), order, 3))
    for row, (hypothesis, reference) in enumerate(zip(hypotheses, references, strict=True)):
        said, right = ("".join(text.split()) for text in (hypothesis, reference))
        for n in range(1, min(order, len(right)) + 1):
            matches, total = clipped_matches(said, [right], n)
            counts[row, n - 1] = matches, total, len(right) - n + 1
    return counts


def _check_counts(counts: np.ndarray, beta: float) -> None:
    check_table("counts", counts, (None, None, 3), "(R, n, 3)")
    check_number("beta", beta, above=0)


@typed
@checked_by(_check_counts)
def chrf_of_counts(counts: Float[np.ndarray, "rows order 3"], beta: float = 2.0) -> float:
    """Return chrF of the counts of ``character_matches``: from 0, nothing is right, to 1.

    Raises ``ValueError`` for counts of another shape, and a ``beta`` of 0 or less.

    >>> round(chrf_of_counts(np.array([[[4.0, 4.0, 5.0], [2.0, 3.0, 4.0]]])), 3)
    0.68
    """
    matches, said, right = counts.sum(axis=0).T
    asked = (said > 0) & (right > 0)
    if not asked.any():
        return 0.0
    precision = float((matches[asked] / said[asked]).mean())
    recall = float((matches[asked] / right[asked]).mean())
    both = beta**2 * precision + recall
    return (1 + beta**2) * precision * recall / both if both else 0.0


@typed
def chrf(
    hypotheses: Sequence[str], references: Sequence[str], order: int = 6, beta: float = 2.0
) -> float:
    """Return chrF of many translations together: from 0, nothing is right, to 1, all is.

    Precision and recall are means over the n-grams of 1 to ``order`` characters, and recall counts
    ``beta`` times as much. Counts are summed over all translations first. No words have to be cut,
    so it is for every language.

    Source: M. Popović, "chrF: character n-gram F-score for automatic MT evaluation" (2015), §2.
    Times 100, it is what sacreBLEU prints.

    Raises ``ValueError`` as ``character_matches`` does, and for a ``beta`` of 0 or less.

    >>> chrf(["法国法郎"], ["法国法郎"])
    1.0
    >>> round(chrf(["法国 法郎"], ["法国金法郎"], order=2), 3)  # P (1 + 2/3) / 2, R (4/5 + 2/4) / 2
    0.68
    """
    return chrf_of_counts(character_matches(hypotheses, references, order), beta)
