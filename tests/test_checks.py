"""The checks at the door."""

import numpy as np
import pytest

from lmteach.checks import check_tokens, checked_by


def test_the_check_sees_the_arguments_and_the_function_runs_after_it():
    seen = []

    @checked_by(lambda number, factor=2: seen.append((number, factor)))
    def times(number, factor=2):
        """Multiply."""
        return number * factor

    assert times(3, factor=5) == 15
    assert seen == [(3, 5)]
    assert (times.__name__, times.__doc__) == ("times", "Multiply.")


@pytest.mark.parametrize(
    "tokens", [[0, 2], (0, 2), np.array([0, 2], dtype=np.uint8), range(0, 3, 2)]
)
def test_ids_in_any_container_become_an_array(tokens):
    ids = check_tokens(tokens)
    assert ids.dtype == np.int64
    assert ids.tolist() == [0, 2]


def test_nothing_is_fine_where_nothing_is_allowed():
    assert check_tokens([], at_least=0).shape == (0,)
    with pytest.raises(ValueError, match="expected at least 1"):
        check_tokens(np.array([], dtype=int))
