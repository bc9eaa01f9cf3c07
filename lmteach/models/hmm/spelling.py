"""From spelling to sound with a hidden Markov model: letters are seen, what they say is hidden.

The baseline of the scoreboard's thread B. Used in notebook 04.
"""

from collections import Counter
from collections.abc import Callable, Sequence

from tqdm.auto import tqdm

from lmteach.checks import check_number, check_sizes, checked_by
from lmteach.models.hmm.letter_alignment import Sounds
from lmteach.models.hmm.model import HMM, count_tagged
from lmteach.typed import fits, typed

Aligned = tuple[str, Sequence[Sounds]]  # a word, and what each of its letters says
State = tuple[Sounds, str]  # what is said, and what else the state knows
StatesOf = Callable[[str, Sequence[Sounds]], list[State]]
BATCH = 256  # words that are decoded together; after each such batch the bar moves on
END = "\n"  # stands after the last letter and has a state of its own, so that endings are learned


def _check_chunks(word: str, chunks: Sequence[Sounds]) -> None:
    if not word or len(word) != len(chunks):
        raise ValueError(
            f"{word!r} has {len(chunks)} chunks, expected one for each of its letters, as "
            "Aligner.align returns them."
        )


@typed
@checked_by(_check_chunks)
def plain_states(word: str, chunks: Sequence[Sounds]) -> list[State]:
    """What a letter says is its state, and nothing else.

    >>> plain_states("the", [("DH",), (), ("AH",)])
    [(('DH',), ''), ((), ''), (('AH',), '')]
    """
    return [(chunk, "") for chunk in chunks]


@typed
@checked_by(_check_chunks)
def remembering_states(word: str, chunks: Sequence[Sounds]) -> list[State]:
    """A silent letter's state remembers what was said last, which it would otherwise hide.

    >>> remembering_states("the", [("DH",), (), ("AH",)])
    [(('DH',), ''), ((), 'DH'), (('AH',), '')]
    """
    states, last = [], ""
    for chunk in chunks:
        states.append((chunk, "" if chunk else last))
        last = " ".join(chunk) or last
    return states


@typed
@checked_by(_check_chunks)
def lettered_states(word: str, chunks: Sequence[Sounds]) -> list[State]:
    """The state is the letter with what it says, so that each state emits one letter only.

    Then the model is a bigram over such pairs; only the choice of the pair is hidden.

    >>> lettered_states("the", [("DH",), (), ("AH",)])
    [(('DH',), 't'), ((), 'h'), (('AH',), 'e')]
    """
    return list(zip(chunks, word, strict=True))


def _check_fit(aligned: Sequence[Aligned], min_count: int, pseudocount: float) -> None:
    check_sizes(min_count=min_count)
    check_number("pseudocount", pseudocount, at_least=0)
    for word, chunks in aligned:
        if len(word) != len(chunks) or not word or END in word:
            raise ValueError(
                f"{word!r} has {len(chunks)} chunks, expected one for each of its letters (and no "
                "line break among them), as Aligner.align returns them."
            )


def _states(states_of: StatesOf, word: str, chunks: Sequence[Sounds]) -> list[State]:
    """What ``states_of`` returns for a word, if it can be that."""
    states = states_of(word, chunks)
    if not fits(states, list[State]) or len(states) != len(word):
        raise ValueError(
            f"states_of returned {states!r} for {word!r}, expected a list with a state for each "
            "of its letters, such as (('AH',), ''): what it says, and what else the state knows."
        )
    return states


class SpellingHMM:
    """An HMM whose states are what letters say, counted from aligned words.

    ``states_of`` turns a word and its chunks into states; a state begins with its chunk.
    ``states`` and ``letters`` name the rows of ``model``'s tables, the end mark included.

    >>> aligned = [("at", [("AE",), ("T",)]), ("tax", [("T",), ("AE",), ("K", "S")])]
    >>> SpellingHMM.fit(aligned).pronounce(["tat", "axa"])
    [('T', 'AE', 'T'), ('AE', 'K', 'S', 'AE')]
    """

    @typed
    def __init__(self, model: HMM, states: Sequence[State], letters: Sequence[str]) -> None:
        """Name the states and symbols of ``model``; raises ``ValueError`` if they don't fit."""
        if (len(states), len(letters)) != (model.states, model.vocab_size):
            raise ValueError(
                f"got {len(states)} states and {len(letters)} letters for a model of "
                f"{model.states} states and {model.vocab_size} symbols, expected as many."
            )
        self.model, self.states, self.letters = model, tuple(states), tuple(letters)

    @classmethod
    @typed
    @checked_by(_check_fit)
    def fit(
        cls,
        aligned: Sequence[Aligned],
        states_of: StatesOf = remembering_states,
        min_count: int = 1,
        pseudocount: float = 0.1,
    ) -> "SpellingHMM":
        """Count the model from words and what their letters say.

        Words with a state that occurs less than ``min_count`` times in all words are left out:
        they are mostly abbreviations. ``pseudocount`` is added to first states and transitions;
        emissions are not smoothed, so that a letter says only what it has said.

        Raises ``ValueError`` if a word has not one chunk for each letter, or none is left, or
        ``states_of`` returns something else than a state for each letter.
        """
        rows = [[*_states(states_of, word, chunks), ((), END)] for word, chunks in aligned]
        often = Counter(state for row in rows for state in row)
        kept = [place for place, row in enumerate(rows) if min(often[x] for x in row) >= min_count]
        if not kept:
            raise ValueError(
                f"no word is left of {len(aligned)}, expected some whose states all occur at least "
                f"{min_count} times: lower min_count."
            )
        states = sorted({state for place in kept for state in rows[place]})
        letters = sorted({END}.union(*(aligned[place][0] for place in kept)))
        state_ids = {state: number for number, state in enumerate(states)}
        letter_ids = {letter: number for number, letter in enumerate(letters)}
        tags = [[state_ids[state] for state in rows[place]] for place in kept]
        seen = [[letter_ids[letter] for letter in aligned[place][0] + END] for place in kept]
        initial, transition, emission = count_tagged(tags, seen, len(states), len(letters))
        transition[state_ids[(), END]] += 1  # nothing follows the end: any row will do
        return cls(
            HMM.from_counts(initial + pseudocount, transition + pseudocount, emission),
            states,
            letters,
        )

    @typed
    def pronounce(self, words: Sequence[str], *, progress: bool = False) -> list[Sounds]:
        """Return what the letters of each word say on the most probable path.

        ``progress`` shows a bar.
        Raises ``ValueError`` for no word, an empty one, or a letter that was not in the training
        words.
        """
        ids = {letter: number for number, letter in enumerate(self.letters)}
        if len(words) == 0:
            raise ValueError("words is empty, expected at least one word.")
        for word in words:
            if not word or not set(word) <= set(self.letters) - {END}:
                raise ValueError(
                    f"can't pronounce {word!r}, expected at least one letter, and none but "
                    f"{''.join(self.letters).strip()}: no other was in the training words."
                )
        said: list[Sounds] = []
        for start in tqdm(range(0, len(words), BATCH), disable=not progress, leave=False):
            batch = [[ids[x] for x in word + END] for word in words[start : start + BATCH]]
            paths, _ = self.model.viterbi_batch(batch)
            for path in paths:
                chunks = [self.states[state][0] for state in path]
                said.append(tuple(phoneme for chunk in chunks for phoneme in chunk))
        return said

    @property
    def parameter_count(self) -> int:
        """The number of probabilities that were counted."""
        return self.model.initial.size + self.model.transition.size + self.model.emission.size
