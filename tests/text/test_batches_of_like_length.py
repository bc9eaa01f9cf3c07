"""Batches of like length: everything once, little padding, another order each time."""

from itertools import chain, pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lmteach.text.batches import batches_of_like_length

LENGTHS = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=40)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@given(LENGTHS, st.integers(1, 7))
def test_every_place_once_and_batches_are_stretches_of_the_sorted_order(pairs, batch):
    batches = [
        places.tolist()
        for places in batches_of_like_length(torch.tensor(pairs), batch, generator())
    ]
    assert sorted(chain.from_iterable(batches)) == list(range(len(pairs)))
    assert sorted(map(len, batches))[1:] == [batch] * (len(batches) - 1)
    sizes = sorted([pairs[place] for place in places] for places in batches)
    assert [*chain.from_iterable(sizes)] == sorted(pairs)


def test_one_number_for_each_will_do():
    lengths = torch.tensor([5, 1, 5, 1])
    batches = {frozenset(b.tolist()) for b in batches_of_like_length(lengths, 2, generator())}
    assert batches == {frozenset({0, 2}), frozenset({1, 3})}


def test_the_generator_decides_and_moves_on():
    lengths, own = torch.ones(30, dtype=torch.long), generator(3)
    first, second = (torch.cat([*batches_of_like_length(lengths, 4, own)]) for _ in range(2))
    again = torch.cat([*batches_of_like_length(lengths, 4, generator(3))])
    assert torch.equal(first, again)
    assert not torch.equal(first, second)


def test_short_ones_do_not_come_first():
    """Batch by batch the lengths jump, as they do not where batches keep the sorted order."""
    lengths = torch.arange(40)
    starts = [int(places.min()) for places in batches_of_like_length(lengths, 2, generator())]
    assert sorted(starts) == list(range(0, 40, 2))
    rises = sum(after > before for before, after in pairwise(starts))
    assert 4 <= rises <= 15  # of 19


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("lengths", "batch", "message"),
    [
        (torch.ones(0, dtype=torch.long), 2, "at least one sequence"),
        (torch.tensor(3), 2, r"lengths has shape \(\)"),
        (torch.ones(3, dtype=torch.long), 0, "batch is 0, expected a whole number"),
    ],
)
def test_bad_arguments(lengths, batch, message):
    with pytest.raises(ValueError, match=message):
        list(batches_of_like_length(lengths, batch, generator()))
