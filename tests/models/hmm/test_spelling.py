"""The spelling HMM against every path by brute force, counts by hand, and what must hold."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.hmm.letter_alignment import Aligner
from lmteach.models.hmm.model import HMM
from lmteach.models.hmm.spelling import (
    END,
    SpellingHMM,
    lettered_states,
    plain_states,
    remembering_states,
)

WAYS = (plain_states, remembering_states, lettered_states)
CHUNKS = st.sampled_from([(), ("A",), ("B",), ("K", "S")])
ALIGNED = st.lists(
    st.lists(st.tuples(st.sampled_from("abx"), CHUNKS), min_size=1, max_size=4).map(
        lambda pairs: ("".join(letter for letter, _ in pairs), [chunk for _, chunk in pairs])
    ),
    min_size=1,
    max_size=6,
)
TINY = [
    ("at", [("AE",), ("T",)]),
    ("ate", [("EY",), ("T",), ()]),
    ("tax", [("T",), ("AE",), ("K", "S")]),
]


def best_by_brute_force(spelling, word):
    """The highest probability of any path, and everything that paths of this probability say."""
    model = spelling.model
    seen = [spelling.letters.index(letter) for letter in word + END]
    scored = []
    for path in product(range(model.states), repeat=len(seen)):
        chance = model.initial[path[0]] * model.emission[path[0], seen[0]]
        for before, after, symbol in zip(path, path[1:], seen[1:], strict=False):
            chance *= model.transition[before, after] * model.emission[after, symbol]
        scored.append((chance, sum((spelling.states[state][0] for state in path), ())))
    best = max(chance for chance, _ in scored)
    return {sounds for chance, sounds in scored if chance >= best * (1 - 1e-9)}


@given(ALIGNED, st.sampled_from(WAYS))
def test_pronouncing_equals_brute_force(aligned, way):
    spelling = SpellingHMM.fit(aligned, way)
    word = aligned[0][0][:3]
    assert spelling.pronounce([word])[0] in best_by_brute_force(spelling, word)


@given(ALIGNED, st.sampled_from(WAYS))
def test_words_together_sound_as_words_alone(aligned, way):
    spelling = SpellingHMM.fit(aligned, way)
    words = [word for word, _ in aligned]
    assert spelling.pronounce(words) == [spelling.pronounce([word])[0] for word in words]


@given(ALIGNED, st.sampled_from(WAYS))
def test_a_letter_says_only_what_it_has_said(aligned, way):
    spelling = SpellingHMM.fit(aligned, way)
    heard = {
        (c, letter) for word, chunks in aligned for c, letter in zip(chunks, word, strict=True)
    }
    for row, (chunk, _) in enumerate(spelling.states):
        for column in np.flatnonzero(spelling.model.emission[row]):
            letter = spelling.letters[column]
            assert (chunk, letter) in heard or (chunk, letter) == ((), END)


def test_states_by_hand():
    chunks = [("K",), ("EH", "L"), (), (), ("S",)]
    assert plain_states("kless", chunks) == [(chunk, "") for chunk in chunks]
    memory = ["", "", "EH L", "EH L", ""]
    assert remembering_states("kless", chunks) == list(zip(chunks, memory, strict=True))
    assert remembering_states("h", [()]) == [((), "")]
    assert lettered_states("kless", chunks) == list(zip(chunks, "kless", strict=True))


def test_counts_by_hand():
    spelling = SpellingHMM.fit(TINY, plain_states, pseudocount=0.0)
    assert spelling.letters == (END, "a", "e", "t", "x")
    state = {chunk: row for row, (chunk, known) in enumerate(spelling.states) if known != END}
    end = spelling.states.index(((), END))
    model = spelling.model
    assert model.initial[state["AE",]] == model.initial[state["EY",]] == 1 / 3
    # T is followed by the end (at), by silence (ate), by AE (tax)
    assert model.transition[state["T",], [end, state[()], state["AE",]]].tolist() == [1 / 3] * 3
    assert model.emission[state["K", "S"]].tolist() == [0, 0, 0, 0, 1]
    assert spelling.pronounce(["ate", "tax"]) == [("EY", "T"), ("T", "AE", "K", "S")]
    assert spelling.parameter_count == 6 + 6 * 6 + 6 * 5


def test_a_silent_state_that_forgets_is_worse_than_one_that_remembers():
    # after a silent h, only memory tells whether P (to F) or T (to TH) was said
    aligned = [("phs", [("P",), (), ("S",)]), ("thz", [("T",), (), ("Z",)])]
    aligned += [("pho", [("P",), (), ("O",)]), ("thu", [("T",), (), ("U",)])]
    plain, remembering = (
        SpellingHMM.fit(aligned, way) for way in (plain_states, remembering_states)
    )
    assert len(remembering.states) == len(plain.states) + 1
    silent = plain.states.index(((), ""))
    assert np.count_nonzero(plain.model.transition[silent] > 0.1) == 4
    after_p = remembering.states.index(((), "P"))
    assert np.count_nonzero(remembering.model.transition[after_p] > 0.1) == 2


def test_rare_states_take_their_words_with_them():
    aligned = [*TINY, ("tax", [("T",), ("AE",), ("G", "Z")]), *TINY]
    spelling = SpellingHMM.fit(aligned, plain_states, min_count=2)
    assert (("G", "Z"), "") not in spelling.states
    assert (("K", "S"), "") in spelling.states


def test_from_the_aligner_to_the_sound():
    examples = [("at", ("AE", "T")), ("tax", ("T", "AE", "K", "S")), ("ate", ("EY", "T"))]
    aligner, _ = Aligner.fit(examples)
    words = [word for word, _ in examples]
    aligned = list(zip(words, aligner.align(examples), strict=True))
    assert SpellingHMM.fit(aligned).pronounce(["taxt"]) == [("T", "AE", "K", "S", "T")]


@pytest.mark.parametrize("word", ["", "cat", "a\n"])
def test_words_of_other_letters_are_refused(word):
    with pytest.raises(ValueError, match="can't pronounce"):
        SpellingHMM.fit(TINY).pronounce(["at", word])


@pytest.mark.parametrize(
    ("aligned", "arguments", "message"),
    [
        ([("at", [("AE",)])], {}, "expected one for each"),
        ([("", [])], {}, "expected one for each"),
        ([("a\n", [("AE",), ()])], {}, "no line break"),
        ([], {}, "no word is left of 0"),
        (TINY, {"min_count": 9}, "no word is left of 3"),
        (TINY, {"min_count": 0}, "min_count is 0"),
        (TINY, {"pseudocount": -1.0}, "pseudocount is -1.0, expected a finite number"),
    ],
)
def test_bad_training_words_are_refused(aligned, arguments, message):
    with pytest.raises(ValueError, match=message):
        SpellingHMM.fit(aligned, **arguments)


def test_names_must_fit_the_model():
    model = HMM.random(2, 3, np.random.default_rng(0))
    with pytest.raises(ValueError, match="expected as many"):
        SpellingHMM(model, [((), "")], "abc")


@pytest.mark.parametrize("answer", [None, "abc", [], [((), "")], [("AE", ""), ("T", "")]])
def test_ways_that_return_something_else_are_named(answer):
    with pytest.raises(ValueError, match=r"states_of returned .* for 'at', expected a list"):
        SpellingHMM.fit([("at", [("AE",), ("T",)])], lambda *_: answer)


def test_a_word_needs_a_chunk_for_each_letter():
    for way in WAYS:
        with pytest.raises(ValueError, match="'at' has 1 chunks, expected one for each"):
            way("at", [("AE",)])
    with pytest.raises(ValueError, match="words is empty"):
        SpellingHMM.fit(TINY).pronounce([])


def test_names_of_a_table_are_there_once():
    with pytest.raises(ValueError, match="letters is 'aa', expected at least one, and each once"):
        Aligner("aa", ["A"])
    with pytest.raises(ValueError, match="phonemes is"):
        Aligner("a", [])
