"""The lattice against every path there is, and the edited row by its two promises."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.hmm.viterbi import viterbi
from lmteach.widgets.lattice import edited_row, lattice


def random_model(seed: int, states: int, steps: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    rows = rng.dirichlet(np.ones(states), size=states + 1)
    return rows[0], rows[1:], rng.random((steps, states))


@given(st.integers(0, 2**32), st.integers(2, 4), st.integers(1, 5))
def test_scores_are_the_best_of_all_paths(seed: int, states: int, steps: int) -> None:
    initial, transition, seen = random_model(seed, states, steps)
    found = lattice(initial, transition, seen)

    def probability(path: tuple[int, ...]) -> float:
        moves = np.prod([transition[a, b] for a, b in pairwise(path)])
        return initial[path[0]] * moves * np.prod([seen[t, j] for t, j in enumerate(path)])

    for length in range(1, steps + 1):
        paths = list(product(range(states), repeat=length))
        for last in range(states):
            best = max(probability(path) for path in paths if path[-1] == last)
            assert found.scores[length - 1, last] == pytest.approx(np.log(best), abs=1e-12)
    assert tuple(found.path) == max(product(range(states), repeat=steps), key=probability)


@given(st.integers(0, 2**32), st.integers(2, 8), st.integers(1, 14))
def test_the_pointers_lead_back_along_the_path(seed: int, states: int, steps: int) -> None:
    model = random_model(seed, states, steps)
    found = lattice(*model)
    path, score = viterbi(*map(np.log, model))
    assert found.path.tolist() == path.tolist()
    assert found.scores[-1].max() == score
    assert [found.back_pointers[t, path[t]] for t in range(1, steps)] == path[:-1].tolist()
    assert (found.back_pointers[0] == -1).all()


def test_by_hand_with_what_is_impossible() -> None:
    initial, transition = np.array([1.0, 0.0]), np.array([[0.5, 0.5], [0.0, 1.0]])
    found = lattice(initial, transition, np.array([[0.5, 0.5], [0.0, 0.5], [0.5, 0.5]]))
    expected = np.array([[0.5, 0.0], [0.0, 0.125], [0.0, 0.0625]])
    assert np.allclose(np.exp(found.scores), expected, rtol=0, atol=1e-12)
    assert found.path.tolist() == [0, 1, 1]
    nothing = lattice(initial, transition, np.array([[0.0, 1.0], [1.0, 1.0]]))
    assert nothing.path.tolist() == []


def test_an_edited_row_by_hand() -> None:
    row = [0.2, 0.6, 0.2]
    assert edited_row(row, 1, 0.2, row) == pytest.approx([0.4, 0.2, 0.4], abs=1e-15)
    assert edited_row([0.0, 1.0, 0.0], 1, 0.5, [0.3, 0.6, 0.1]) == pytest.approx(
        [0.375, 0.5, 0.125]
    )
    assert edited_row([0.0, 1.0, 0.0], 1, 0.5, [0.0, 1.0, 0.0]) == [0.25, 0.5, 0.25]


@given(st.lists(st.integers(1, 9), min_size=2, max_size=8), st.floats(0, 1), st.data())
def test_an_edited_row_sums_to_1_and_keeps_its_ratios(
    counts: list[int], value: float, data: st.DataObject
) -> None:
    row = (np.array(counts) / sum(counts)).tolist()
    place = data.draw(st.integers(0, len(row) - 1))
    edited = edited_row(row, place, value, row)
    assert sum(edited) == pytest.approx(1, abs=1e-12)
    assert edited[place] == value
    others, before = np.delete(edited, place), np.delete(row, place)
    assert np.allclose(others * before.sum(), before * others.sum(), rtol=0, atol=1e-12)
    back = edited_row(edited_row(row, place, 1.0, row), place, row[place], row)
    assert np.allclose(back, row, rtol=0, atol=1e-12)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_bad_values(value: float) -> None:
    with pytest.raises(ValueError, match="expected a probability from 0 to 1"):
        edited_row([0.5, 0.5], 0, value, [0.5, 0.5])


def test_a_row_of_one_has_nothing_to_rescale() -> None:
    with pytest.raises(ValueError, match="in a row of 1"):
        edited_row([1.0], 0, 0.5, [1.0])
