"""Batches: every target is one step ahead, nothing is lost, nothing is drawn more than its due."""

from itertools import chain

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import BatchSampler, SequentialSampler

from lmteach.text.batches import (
    consecutive_windows,
    pad,
    random_windows,
    shuffled,
    shuffled_windows,
)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@given(length=st.integers(2, 60), batch=st.integers(1, 5), time=st.integers(1, 12))
def test_random_windows_are_pieces_of_the_text(length: int, batch: int, time: int) -> None:
    time = min(time, length - 1)
    text = torch.arange(100, 100 + length)
    inputs, targets = random_windows(text, batch, time, seeded(length))
    assert inputs.shape == targets.shape == (batch, time)
    assert torch.equal(targets, inputs + 1)  # the text counts upwards, so one ahead is one more
    assert torch.equal(inputs, inputs[:, :1] + torch.arange(time))
    assert inputs.min() >= 100
    assert targets.max() < 100 + length


def test_random_windows_start_everywhere_alike() -> None:
    inputs, _ = random_windows(torch.arange(8), 20_000, 3, seeded())
    counts = torch.bincount(inputs[:, 0], minlength=8)
    assert counts[5:].tolist() == [0, 0, 0]  # a target would lie behind the end
    assert (counts[:5] - 4000).abs().max() < 5 * (20_000 * 0.2 * 0.8) ** 0.5  # five sigma


def test_random_windows_by_hand() -> None:
    inputs, targets = random_windows(torch.tensor([7, 8, 9]), 3, 2, seeded())
    assert inputs.tolist() == [[7, 8]] * 3  # there is only one place
    assert targets.tolist() == [[8, 9]] * 3


def test_random_windows_come_from_the_generator_alone() -> None:
    text = torch.arange(1000)
    first, again, other = (random_windows(text, 4, 5, seeded(n))[0] for n in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@given(length=st.integers(2, 80), batch=st.integers(1, 6), time=st.integers(1, 9))
def test_consecutive_windows_go_on_where_they_stopped(length: int, batch: int, time: int) -> None:
    batch = min(batch, length - 1)
    text = torch.arange(length)
    windows = list(consecutive_windows(text, batch, time))
    inputs = torch.cat([inputs for inputs, _ in windows], dim=1)
    targets = torch.cat([targets for _, targets in windows], dim=1)
    each = (length - 1) // batch
    assert torch.equal(inputs.flatten(), torch.arange(batch * each))  # stream after stream
    assert torch.equal(targets, inputs + 1)
    assert length - 1 - batch * each < batch
    sizes = [inputs.shape[1] for inputs, _ in windows]
    expected = [len(places) for places in BatchSampler(SequentialSampler(range(each)), time, False)]
    assert sizes == expected


@given(st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=7), min_size=1, max_size=6))
def test_pad_is_that_of_torch(sequences: list[list[int]]) -> None:
    rows, lengths = pad(sequences, padding=0)
    tensors = [torch.tensor(sequence) for sequence in sequences]
    assert torch.equal(rows, pad_sequence(tensors, batch_first=True))
    assert lengths.tolist() == [len(sequence) for sequence in sequences]
    again, _ = pad(tensors, padding=-1)
    assert [row[:n].tolist() for row, n in zip(again, lengths, strict=True)] == sequences
    assert (again == -1).sum() == again.numel() - lengths.sum()


@given(count=st.integers(1, 40), batch=st.integers(1, 12))
def test_shuffled_shows_each_once(count: int, batch: int) -> None:
    batches = [places.tolist() for places in shuffled(count, batch, seeded())]
    assert sorted(chain.from_iterable(batches)) == list(range(count))
    assert [len(places) for places in batches[:-1]] == [batch] * (len(batches) - 1)
    assert batches == [places.tolist() for places in shuffled(count, batch, seeded())]


def test_shuffled_differs_from_pass_to_pass() -> None:
    generator = seeded()
    passes = [torch.cat(list(shuffled(50, 7, generator))).tolist() for _ in range(2)]
    assert passes[0] != passes[1] != sorted(passes[1])


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("ids", "batch", "time", "words"),
    [
        (torch.arange(5), 1, 5, "holds 5 tokens, expected at least 6"),
        (torch.tensor([], dtype=torch.long), 1, 1, "holds 0 tokens"),
        (torch.arange(6).view(2, 3), 1, 1, r"shape \(2, 3\)"),
        (torch.zeros(6), 1, 1, "type torch.float32"),
        ([1, 2, 3], 1, 1, "ids is a list"),
        (torch.arange(6), 0, 1, "batch is 0"),
        (torch.arange(6), 1, 0, "time is 0"),
        (torch.arange(6), 1.5, 1, "batch is 1.5"),
    ],
)
def test_what_random_windows_refuse(ids: object, batch: int, time: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        random_windows(ids, batch, time, seeded())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ids", "batch", "time", "words"),
    [
        (torch.arange(3), 3, 1, "holds 3 tokens, expected at least 4: each of 3 streams"),
        (torch.arange(3), 1, -1, "time is -1"),
    ],
)
def test_what_consecutive_windows_refuse(
    ids: torch.Tensor, batch: int, time: int, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        consecutive_windows(ids, batch, time)  # at once, not at the first window


def test_empty_sequences_are_refused() -> None:
    with pytest.raises(ValueError, match="sequences is empty"):
        pad([])
    with pytest.raises(ValueError, match="sequence 1 is empty"):
        pad([[1], [], [2]])
    with pytest.raises(ValueError, match="count is 0"):
        next(shuffled(0, 1, seeded()))


@given(st.integers(1, 4), st.integers(1, 6), st.integers(0, 30), st.integers(0, 9))
def test_shuffled_windows_come_once_in_a_pass(batch, time, more, seed):
    ids = torch.arange(batch * time + 1 + more)
    windows = shuffled_windows(ids, batch, time, torch.Generator().manual_seed(seed))
    batches = [next(windows)]
    first = int(batches[0][0][0, 0]) % time  # where this pass cuts
    count = (len(ids) - 1 - first) // time // batch
    batches += [next(windows) for _ in range(count - 1)]
    seen = torch.cat([inputs.flatten() for inputs, _ in batches])
    assert len(seen.unique()) == len(seen) == count * batch * time
    for inputs, targets in batches:
        assert inputs.shape == targets.shape == (batch, time)
        assert torch.equal(targets, inputs + 1)  # the ids are their places
        assert torch.equal(inputs, inputs[:, :1] + torch.arange(time))
        assert bool((inputs[:, 0] % time == first).all())


def test_shuffled_windows_cover_the_text_in_another_order_each_pass():
    ids = torch.arange(1 + 4 * 25)
    windows = shuffled_windows(ids, 2, 4, torch.Generator().manual_seed(0))
    passes = [[int(next(windows)[0][0, 0]) for _ in range(12)] for _ in range(3)]
    assert len({tuple(one) for one in passes}) == 3
    assert len({one[0] % 4 for one in passes}) > 1  # cut elsewhere, too
    again = shuffled_windows(ids, 2, 4, torch.Generator().manual_seed(0))
    assert [int(next(again)[0][0, 0]) for _ in range(12)] == passes[0]


def test_shuffled_windows_need_a_batch():
    generator = torch.Generator().manual_seed(0)
    inputs, _ = next(shuffled_windows(torch.arange(9), 2, 4, generator))
    assert sorted(inputs.flatten().tolist()) == list(range(8))
    with pytest.raises(ValueError, match="ids holds 8 tokens, expected at least 9"):
        shuffled_windows(torch.arange(8), 2, 4, generator)
