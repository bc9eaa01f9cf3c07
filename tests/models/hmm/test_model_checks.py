"""The checks of sequences; what they say about a whole model is in test_model.py."""

import numpy as np
import pytest

from lmteach.models.hmm.model import check_sequences


def test_what_is_fine_comes_back_as_arrays():
    rows = check_sequences([[1], np.array([0, 1])], vocab_size=2)
    assert [row.tolist() for row in rows] == [[1], [0, 1]]
    assert {row.dtype for row in rows} == {np.dtype(np.int64)}


def test_small_integers_are_read_as_ids_too():
    rows = check_sequences([np.array([1, 2], dtype=np.uint8)], vocab_size=3)
    assert rows[0].dtype == np.int64
    with pytest.raises(ValueError, match=r"sequence 0: .* the id 9"):
        check_sequences([np.array([9], dtype=np.uint8)], vocab_size=3)
