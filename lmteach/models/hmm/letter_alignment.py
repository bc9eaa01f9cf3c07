"""Which sounds does each letter make? An alignment of spellings and pronunciations, learned by EM.

Every letter says a chunk of no, one or two phonemes; nobody tells which. Used in notebook 04.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from tqdm.auto import tqdm

from lmteach.checks import check_distribution, check_sizes, checked_by
from lmteach.typed import typed

Sounds = tuple[str, ...]
Example = tuple[str, Sequence[str]]  # a word and its phonemes
LONGEST = 2  # phonemes that a letter may say, as the x of "tax" does


@dataclass(frozen=True)
class _Group:
    """Words of one length with pronunciations of one length: tables without gaps."""

    places: list[int]  # which of the examples these are
    letters: Int[np.ndarray, "batch time"]  # ids of letters
    singles: Int[np.ndarray, "batch source"]  # ids of the chunks of one phoneme
    doubles: Int[np.ndarray, "batch source-1"]  # ids of the chunks of two, by their first


Step = tuple[np.ndarray, np.ndarray, np.ndarray]  # silence (B, 1), one (B, S), two (B, S - 1)


def _check_examples(examples: Sequence[Example], iterations: int) -> None:
    if len(examples) == 0:
        raise ValueError("examples is empty, expected pairs such as ('cat', ('K', 'AE', 'T')).")
    check_sizes(iterations=iterations)
    for word, sounds in examples:
        if isinstance(sounds, str) or not word or not 0 < len(sounds) <= LONGEST * len(word):
            raise ValueError(
                f"the example {(word, sounds)!r} can't be aligned: expected a word and a tuple of "
                f"1 phoneme or more, at most {LONGEST} a letter. Leave it out (see alignable)."
            )


@typed
def alignable(word: str, sounds: Sounds) -> bool:
    """Say whether a pronunciation is short enough for the word's letters to say it.

    >>> alignable("tax", ("T", "AE", "K", "S")), alignable("w", ("D", "AH", "B", "Y", "UW"))
    (True, False)
    """
    return 0 < len(sounds) <= LONGEST * len(word)


def _check_names(letters: Sequence[str], phonemes: Sequence[str]) -> None:
    for name, given in (("letters", letters), ("phonemes", phonemes)):
        if len(given) == 0 or len(set(given)) < len(given):
            raise ValueError(f"{name} is {given!r}, expected at least one, and each once.")


class Aligner:
    """A table P(chunk | letter), from which a word's letters say their chunks one after another.

    The probability of a pronunciation is the sum over all ways to cut it into one chunk for each
    letter. ``letters`` and ``chunks`` name the rows and columns of ``probabilities`` (V, N).

    >>> aligner, log_likelihoods = Aligner.fit([("at", ("AE", "T")), ("t", ("T",))], iterations=9)
    >>> aligner.align([("at", ("AE", "T"))])
    [(('AE',), ('T',))]
    """

    @typed
    @checked_by(_check_names)
    def __init__(
        self,
        letters: Sequence[str],
        phonemes: Sequence[str],
        probabilities: Float[np.ndarray, "vocab states"] | None = None,
    ) -> None:
        """Rows are ``letters``; columns are silence, each phoneme, each pair. Uniform if not given.

        Raises ``ValueError`` for names that are missing or there twice, a table of another shape
        or rows that do not sum to 1.
        """
        singles, doubles = [(p,) for p in phonemes], [(p, q) for p in phonemes for q in phonemes]
        self.letters, self.phonemes = tuple(letters), tuple(phonemes)
        self.chunks: tuple[Sounds, ...] = ((), *singles, *doubles)
        shape = (len(self.letters), len(self.chunks))
        uniform = np.full(shape, 1 / shape[1])
        table = uniform if probabilities is None else probabilities
        self.probabilities = check_distribution("probabilities", table, shape, "(letters, chunks)")

    @classmethod
    @typed
    @checked_by(_check_examples)
    def fit(
        cls, examples: Sequence[Example], iterations: int = 12, *, progress: bool = False
    ) -> tuple["Aligner", Float[np.ndarray, " time"]]:
        """Learn the table from pairs (word, sounds) by expectation–maximisation, from uniform.

        Returns the aligner, and the log likelihood of all examples in nats before each iteration
        and after the last; it never falls. ``progress`` shows a bar. Raises ``ValueError`` if
        there is no example or one has more than two phonemes a letter.
        """
        words, pronunciations = zip(*examples, strict=True)
        aligner = cls(sorted(set("".join(words))), sorted(set().union(*pronunciations)))
        groups = aligner._groups(examples)
        log_likelihoods = []
        for _ in tqdm(range(iterations), disable=not progress, leave=False):
            counts, log_likelihood = aligner._expected_counts(groups)
            log_likelihoods.append(log_likelihood)
            aligner.probabilities = counts / counts.sum(axis=1, keepdims=True)
        log_likelihoods.append(aligner._expected_counts(groups)[1])
        return aligner, np.array(log_likelihoods)

    @typed
    def align(self, examples: Sequence[Example]) -> list[tuple[Sounds, ...]]:
        """Return the likeliest chunks of each example, one for each letter.

        Between equals (which t of "butter" speaks?) the earlier letter has the sound. Raises
        ``ValueError`` for a letter or phoneme that is not in the table, or an example too long.
        """
        _check_examples(examples, iterations=1)
        found: list[tuple[Sounds, ...]] = [()] * len(examples)
        for group in self._groups(examples):
            sizes = self._best_sizes(group)
            for place, row in zip(group.places, sizes, strict=True):
                sounds, ends = tuple(examples[place][1]), np.cumsum(row).tolist()
                starts = [0, *ends[:-1]]
                found[place] = tuple(
                    sounds[start:end] for start, end in zip(starts, ends, strict=True)
                )
        return found

    def _groups(self, examples: Sequence[Example]) -> list[_Group]:
        """Turn letters and chunks to ids, words of the same two lengths together."""
        groups = []
        shapes: dict[tuple[int, int], list[int]] = defaultdict(list)
        for place, (word, sounds) in enumerate(examples):
            shapes[len(word), len(sounds)].append(place)
        letter_ids = {letter: number for number, letter in enumerate(self.letters)}
        phoneme_ids = {phoneme: number for number, phoneme in enumerate(self.phonemes)}
        try:
            for places in shapes.values():
                letters = np.array([[letter_ids[x] for x in examples[i][0]] for i in places])
                heard = np.array([[phoneme_ids[x] for x in examples[i][1]] for i in places])
                pairs = heard[:, :-1] * len(phoneme_ids) + heard[:, 1:]
                doubles = 1 + len(phoneme_ids) + pairs
                groups.append(_Group(places, letters, 1 + heard, doubles))
        except KeyError as error:
            raise ValueError(
                f"{error.args[0]!r} is not in the aligner's table, expected letters of "
                f"{''.join(self.letters)!r} and phonemes of {' '.join(self.phonemes)}."
            ) from error
        return groups

    def _expected_counts(self, groups: Sequence[_Group]) -> tuple[np.ndarray, float]:
        """How often each letter says each chunk, over all alignments by their probability."""
        counts, log_likelihood = np.zeros_like(self.probabilities), 0.0
        for group in groups:
            steps = self._steps(group)
            alphas, logs = _forward(steps)
            betas = _backward(steps)
            log_likelihood += float(logs.sum())
            for t, (silent, single, double) in enumerate(steps):
                before, after, letter = alphas[t], betas[t + 1], group.letters[:, t, None]
                shares = [
                    (before * silent * after).sum(axis=1, keepdims=True),
                    before[:, :-1] * single * after[:, 1:],
                    before[:, :-2] * double * after[:, 2:],
                ]
                whole = sum(share.sum(axis=1, keepdims=True) for share in shares)
                for ids, share in zip(self._ids(group), shares, strict=True):
                    np.add.at(counts, (letter, ids), share / whole)
        return counts, log_likelihood

    def _best_sizes(self, group: _Group) -> Int[np.ndarray, "batch time"]:
        """Return how many phonemes each letter says in the likeliest alignment."""
        batch, time = group.letters.shape
        scores = np.full((batch, group.singles.shape[1] + 1), -np.inf)
        scores[:, 0] = 0
        sizes = np.empty((time, *scores.shape), dtype=np.int64)
        for t, step in enumerate(self._steps(group)):
            candidates = np.full((LONGEST + 1, *scores.shape), -np.inf)
            for size, probabilities in enumerate(step):
                with np.errstate(divide="ignore"):
                    arrived = scores[:, : scores.shape[1] - size] + np.log(probabilities)
                candidates[size, :, size:] = arrived
            sizes[t] = candidates.round(9).argmax(axis=0)  # sums of the same terms are equal
            scores = candidates.max(axis=0)
        found, end = np.empty((batch, time), dtype=np.int64), np.full(batch, scores.shape[1] - 1)
        for t in range(time - 1, -1, -1):
            found[:, t] = sizes[t, np.arange(batch), end]
            end = end - found[:, t]
        return found

    def _ids(self, group: _Group) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The chunks that a letter may say: none, one from each place, two from each place."""
        return np.zeros((len(group.letters), 1), dtype=np.int64), group.singles, group.doubles

    def _steps(self, group: _Group) -> list[Step]:
        """For each letter the probabilities of its chunks."""
        none, single, double = self._ids(group)
        table = self.probabilities
        return [
            (table[letter, none], table[letter, single], table[letter, double])
            for letter in group.letters.T[:, :, None]
        ]


def _forward(steps: Sequence[Step]) -> tuple[list[np.ndarray], np.ndarray]:
    """Sums over all ways to say the first j sounds with the letters so far, rescaled each step.

    Returns a table (B, S + 1) before each letter and after the last, and log likelihoods (B,).
    """
    alpha = np.zeros((len(steps[0][1]), steps[0][1].shape[1] + 1))
    alpha[:, 0] = 1
    alphas, logs = [alpha], np.zeros(len(alpha))
    for silent, single, double in steps:
        before = alphas[-1]
        alpha = before * silent
        alpha[:, 1:] += before[:, :-1] * single
        alpha[:, 2:] += before[:, :-2] * double
        scale = alpha.sum(axis=1, keepdims=True)
        alphas.append(alpha / scale)
        logs += np.log(scale[:, 0])
    return alphas, logs + np.log(alphas[-1][:, -1])


def _backward(steps: Sequence[Step]) -> list[np.ndarray]:
    """Sums over all ways to say the sounds from j on with the letters to come, rescaled."""
    beta = np.zeros((len(steps[0][1]), steps[0][1].shape[1] + 1))
    beta[:, -1] = 1
    betas = [beta]
    for silent, single, double in reversed(steps):
        after = betas[-1]
        beta = after * silent
        beta[:, :-1] += after[:, 1:] * single
        beta[:, :-2] += after[:, 2:] * double
        betas.append(beta / beta.sum(axis=1, keepdims=True))
    return betas[::-1]
