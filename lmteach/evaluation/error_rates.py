"""How far apart two sequences are: edit distance, phoneme error rate, word error rate.

Used from notebook 04 on, taught in notebook 08.
"""

from collections.abc import Hashable, Sequence, Sized

from lmteach.checks import checked_by
from lmteach.typed import typed

Symbols = Sequence[Hashable]  # phonemes, letters of a text, words, ids


def _check_sequences(a: Symbols, b: Symbols) -> None:
    for name, value in (("a", a), ("b", b)):
        if not isinstance(value, Sequence):
            raise ValueError(
                f"{name} is a {type(value).__name__}, expected a sequence: a text, a list or a "
                "tuple of phonemes; an array or tensor becomes one by .tolist()."
            )
        check_symbols(name, value)


def check_symbols(name: str, value: Symbols) -> None:
    """Say that a sequence of symbols has None in it, which is no symbol, if so.

    >>> check_symbols("said", ["K", None])
    Traceback (most recent call last):
    ValueError: said has None at place 1, expected a symbol: a phoneme, a word, or an id.
    """
    if not isinstance(value, str | bytes) and None in value:
        raise ValueError(
            f"{name} has None at place {list(value).index(None)}, expected a symbol: a phoneme, a "
            "word, or an id."
        )


@checked_by(_check_sequences)
@typed
def edit_distance(a: Symbols, b: Symbols) -> int:
    """Count the fewest edits that turn ``a`` into ``b``.

    An edit inserts, deletes or replaces one symbol (Levenshtein 1966). One row is kept at a
    time: entry j holds the distance from the symbols of ``a`` read so far to the first j of ``b``.

    Raises ``ValueError`` for what is not a sequence.

    >>> edit_distance("kitten", "sitting")
    3
    >>> edit_distance(("K", "AE", "T"), ("K", "AE", "T", "S"))
    1
    """
    above = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        row = [i]
        for j, y in enumerate(b, start=1):
            row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y)))
        above = row
    return above[-1]


def check_tuples(references: object) -> None:
    """Say that a right answer stands in no tuple of right answers, if so.

    >>> check_tuples(["cat"])
    Traceback (most recent call last):
    ValueError: references[0] is 'cat', expected a tuple of right answers, also where there is \
only one: (answer,).
    """
    for place, acceptable in enumerate(references if isinstance(references, Sequence) else ()):
        if isinstance(acceptable, str) or (isinstance(acceptable, Sized) and not len(acceptable)):
            raise ValueError(
                f"references[{place}] is {acceptable!r}, expected a tuple of right answers, also "
                "where there is only one: (answer,)."
            )


def check_answers(hypotheses: Sequence[Symbols], references: Sequence[Sequence[Symbols]]) -> None:
    """Say what is wrong with what was said and, for each, the tuple of what would be right.

    >>> check_answers([("K", "AE", "T")], ["cat"])
    Traceback (most recent call last):
    ValueError: references[0] is 'cat', expected a tuple of right answers, also where there is \
only one: (answer,).
    """
    if len(hypotheses) != len(references) or len(references) == 0:
        raise ValueError(
            f"got {len(hypotheses)} hypotheses and {len(references)} references, expected one "
            "tuple of right answers for each hypothesis, and at least one."
        )
    check_tuples(references)
    for place, (hypothesis, acceptable) in enumerate(zip(hypotheses, references, strict=True)):
        check_symbols(f"hypotheses[{place}]", hypothesis)
        for reference in acceptable:
            check_symbols(f"references[{place}]", reference)
            if isinstance(reference, str) != isinstance(hypothesis, str):
                raise ValueError(
                    f"hypotheses[{place}] is {hypothesis!r}, but it is compared with "
                    f"{reference!r}. Expected both as texts, whose symbols are characters, or both "
                    "as sequences of words or phonemes; each reference stands in a tuple of its "
                    "own, (('K', 'AE', 'T'),)."
                )


def _check_phonemes(hypotheses: Sequence[Symbols], references: Sequence[Sequence[Symbols]]) -> None:
    check_answers(hypotheses, references)
    for place, acceptable in enumerate(references):
        if not all(acceptable):
            raise ValueError(
                f"references[{place}] holds a pronunciation without phonemes, "
                "expected at least one: an error rate divides by their number."
            )


@checked_by(check_tuples)
@typed
@checked_by(_check_phonemes)
def phoneme_error_rate(
    hypotheses: Sequence[Symbols], references: Sequence[Sequence[Symbols]]
) -> float:
    """Divide all edits by the length of all references: a share of phonemes, 0 if all is right.

    Each hypothesis is a sequence of phonemes; each reference a tuple of pronunciations that are
    all acceptable. Of these the closest counts, by edits, and of equally close ones the first;
    its length goes into the sum. The rate is above 1 where more is wrong than there was to say.

    Raises ``ValueError`` for different numbers of hypotheses and references, for none at all,
    for a word without pronunciation or a pronunciation without phonemes.

    >>> said = [("L", "AY", "V"), ("K", "AE", "T", "S")]
    >>> phoneme_error_rate(said, [(("L", "IH", "V"), ("L", "AY", "V")), (("K", "AE", "T"),)])
    0.16666666666666666
    """
    edits = symbols = 0
    for hypothesis, acceptable in zip(hypotheses, references, strict=True):
        distances = [edit_distance(hypothesis, reference) for reference in acceptable]
        closest = distances.index(min(distances))
        edits += distances[closest]
        symbols += len(acceptable[closest])
    return edits / symbols


@checked_by(check_tuples)
@typed
@checked_by(check_answers)
def word_error_rate(
    hypotheses: Sequence[Symbols], references: Sequence[Sequence[Symbols]]
) -> float:
    """Divide the words that equal none of their references by all words: 0 if all is right.

    Arguments as in ``phoneme_error_rate``; there is no credit for nearly. (In speech recognition
    the same name means the edits between two *sentences* of words, by their length: that is
    ``phoneme_error_rate`` with words for phonemes.)

    Raises ``ValueError`` as ``phoneme_error_rate`` does.

    >>> said = [("L", "AY", "V"), ("K", "AE", "T", "S")]
    >>> word_error_rate(said, [(("L", "IH", "V"), ("L", "AY", "V")), (("K", "AE", "T"),)])
    0.5
    """
    wrong = sum(
        all(tuple(hypothesis) != tuple(reference) for reference in acceptable)
        for hypothesis, acceptable in zip(hypotheses, references, strict=True)
    )
    return wrong / len(references)
