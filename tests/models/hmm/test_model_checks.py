"""The checks at the door; what they say about a whole model is in test_hmm.py."""

import numpy as np
import pytest

from lmteach.models.hmm.model import check_distribution, check_observations, check_sequences


def test_what_is_fine_comes_back_as_arrays():
    assert check_distribution("initial", np.array([0.25, 0.75]), (None,)).tolist() == [0.25, 0.75]
    assert check_observations([2, 0], vocab_size=3).tolist() == [2, 0]
    rows = check_sequences([[1], np.array([0, 1])], vocab_size=2)
    assert [row.tolist() for row in rows] == [[1], [0, 1]]
    assert {row.dtype for row in rows} == {np.dtype(np.int64)}


def test_small_integers_are_read_as_ids_too():
    rows = check_sequences([np.array([1, 2], dtype=np.uint8)], vocab_size=3)
    assert rows[0].dtype == np.int64
    with pytest.raises(ValueError, match=r"sequence 0: .* the id 9"):
        check_sequences([np.array([9], dtype=np.uint8)], vocab_size=3)


def test_single_precision_is_close_enough_to_one_and_a_slip_is_not():
    thirds = np.full(3, 1 / 3, dtype=np.float32)
    assert check_distribution("initial", thirds, (3,)) is thirds
    with pytest.raises(ValueError, match=r"initial sums to 1\.0001, expected 1"):
        check_distribution("initial", np.array([0.5, 0.5001]), (2,))
