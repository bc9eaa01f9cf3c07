"""From ids to batches: windows of a long text, rows of equal length, shuffled examples.

Taught in notebook 06; used by all notebooks that train a network.
"""

from collections.abc import Iterator, Sequence

import torch
from jaxtyping import Int
from torch import Tensor

from lmteach.checks import check_sizes, checked_by
from lmteach.typed import typed

Windows = tuple[Int[Tensor, "batch time"], Int[Tensor, "batch time"]]


def _check_random(ids: Tensor, batch: int, time: int) -> None:
    check_sizes(batch=batch, time=time)
    _check_row(ids, time + 1, f"a window needs {time} inputs and one more target")


def _check_shuffled(ids: Tensor, batch: int, time: int) -> None:
    check_sizes(batch=batch, time=time)
    _check_row(ids, batch * time + 1, f"{batch} windows of {time} side by side, and one target")


def _check_consecutive(ids: Tensor, batch: int, time: int) -> None:
    check_sizes(batch=batch, time=time)
    _check_row(ids, batch + 1, f"each of {batch} streams needs an input and a target")


def _check_row(ids: Tensor, at_least: int, why: str) -> None:
    if not isinstance(ids, Tensor) or ids.ndim != 1 or ids.is_floating_point():
        came = (
            f"has shape {tuple(ids.shape)} and type {ids.dtype}"
            if isinstance(ids, Tensor)
            else f"is a {type(ids).__name__}"
        )
        raise ValueError(
            f"ids {came}, expected a tensor with one row of whole numbers (T,), such as "
            "torch.tensor(tokenizer.encode(text))."
        )
    if len(ids) < at_least:
        raise ValueError(
            f"ids holds {len(ids)} tokens, expected at least {at_least}: {why}. "
            "Take a longer text, or smaller windows."
        )


@checked_by(_check_random)
@typed
def random_windows(
    ids: Int[Tensor, " _"], batch: int, time: int, generator: torch.Generator
) -> Windows:
    """Return windows from random places of a text: inputs (B, T) and targets (B, T).

    The target of each place is the token that comes after it. Every window is as likely as any
    other; they may overlap. Both are on the device of ``ids``.

    Raises ``ValueError`` if ``ids`` is no row of whole numbers, or shorter than one window.

    >>> random_windows(torch.arange(10), 2, 4, torch.Generator().manual_seed(0))
    (tensor([[2, 3, 4, 5],
            [3, 4, 5, 6]]), tensor([[3, 4, 5, 6],
            [4, 5, 6, 7]]))
    """
    starts = torch.randint(
        len(ids) - time, (batch, 1), generator=generator, device=generator.device
    )
    places = starts.to(ids.device) + torch.arange(time, device=ids.device)  # (B, T)
    return ids[places], ids[places + 1]


@checked_by(_check_shuffled)
@typed
def shuffled_windows(
    ids: Int[Tensor, " _"], batch: int, time: int, generator: torch.Generator
) -> Iterator[Windows]:
    """Yield windows (B, T) without end, pass after pass: no token is a target twice in a pass.

    Each pass cuts the text anew, from a random place before the first window's end, and shuffles
    the windows. What doesn't fill a batch waits for another pass. Inputs, targets and errors are as
    in ``random_windows``.

    >>> windows = shuffled_windows(torch.arange(9), 2, 4, torch.Generator().manual_seed(0))
    >>> inputs, targets = next(windows)
    >>> sorted(inputs.flatten().tolist())
    [0, 1, 2, 3, 4, 5, 6, 7]
    """
    return _passes(ids, batch, time, generator)


def _passes(ids: Tensor, batch: int, time: int, generator: torch.Generator) -> Iterator[Windows]:
    device = generator.device
    most = min(time, len(ids) - batch * time)  # so that every pass has a batch
    while True:
        first = int(torch.randint(most, (1,), generator=generator, device=device))
        windows = ids[first:].unfold(0, time + 1, time)  # (windows, T + 1)
        for some in shuffled(len(windows), batch, generator):
            if len(some) == batch:
                rows = windows[some.to(ids.device)]
                yield rows[:, :-1], rows[:, 1:]


@checked_by(_check_consecutive)
@typed
def consecutive_windows(ids: Int[Tensor, " _"], batch: int, time: int) -> Iterator[Windows]:
    """Yield windows in reading order: inputs (B, T) and targets (B, T), B streams side by side.

    The text is cut into ``batch`` streams of equal length. Row b of a window goes on where row b
    of the window before stopped, so that a state can be carried over. The last window may be
    shorter; fewer than ``batch`` tokens at the very end of the text are never a target.

    Raises ``ValueError`` if ``ids`` is no row of whole numbers, or too short for the streams.

    >>> [inputs.tolist() for inputs, targets in consecutive_windows(torch.arange(9), 2, 3)]
    [[[0, 1, 2], [4, 5, 6]], [[3], [7]]]
    """
    length = (len(ids) - 1) // batch
    inputs = ids[: batch * length].view(batch, length)
    targets = ids[1 : batch * length + 1].view(batch, length)
    yield from zip(inputs.split(time, dim=1), targets.split(time, dim=1), strict=True)


@typed
def pad(
    sequences: Sequence[Sequence[int] | Int[Tensor, " _"]], padding: int = 0
) -> tuple[Int[Tensor, "batch time"], Int[Tensor, " batch"]]:
    """Return sequences as rows of one length, filled up with ``padding``, and their own lengths.

    Raises ``ValueError`` if there is no sequence, or one of them is empty: a network can't end
    where it never began.

    >>> pad([[5, 6, 7], [8]])
    (tensor([[5, 6, 7],
            [8, 0, 0]]), tensor([3, 1]))
    """
    if len(sequences) == 0:
        raise ValueError("sequences is empty, expected at least one to make a batch of.")
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    if lengths.min() == 0:
        raise ValueError(
            f"sequence {int(lengths.argmin())} is empty, expected at least one token in each: "
            "leave it out, or mark its end with a token of its own."
        )
    rows = torch.full((len(sequences), int(lengths.max())), padding)
    for row, sequence in zip(rows, sequences, strict=True):
        row[: len(sequence)] = torch.as_tensor(sequence)
    return rows, lengths


def _check_passes(count: int, batch: int) -> None:
    check_sizes(count=count, batch=batch)


@checked_by(_check_passes)
@typed
def shuffled(count: int, batch: int, generator: torch.Generator) -> Iterator[Int[Tensor, " batch"]]:
    """Yield the places 0 … ``count`` - 1 once each, in random order, ``batch`` at a time.

    This is one pass (an *epoch*); the last batch may be smaller. Raises ``ValueError`` if
    ``count`` or ``batch`` is not a whole number of at least 1.

    >>> [places.tolist() for places in shuffled(5, 2, torch.Generator().manual_seed(0))]
    [[4, 0], [1, 3], [2]]
    """
    yield from torch.randperm(count, generator=generator, device=generator.device).split(batch)


def _check_axes(lengths: object) -> None:
    if isinstance(lengths, Tensor) and (lengths.ndim not in (1, 2) or len(lengths) == 0):
        raise ValueError(
            f"lengths has shape {tuple(lengths.shape)}, expected one number for each sequence, or "
            "a row of numbers for each, and at least one sequence."
        )


def _check(lengths: Tensor, batch: int) -> None:
    if int(lengths.min()) < 0:
        raise ValueError(f"lengths contains {int(lengths.min())}, expected numbers from 0 up.")
    check_sizes(batch=batch)


@checked_by(_check_axes)
@typed
@checked_by(_check)
def batches_of_like_length(
    lengths: Int[Tensor, "batch ..."], batch: int, generator: torch.Generator
) -> Iterator[Int[Tensor, " _"]]:
    """Yield the places of all sequences once, ``batch`` at a time, neighbours in length together.

    ``lengths`` has one number for each sequence, or several (source, target), the first of which
    counts most. Sequences of equal length meet in a new order on each call, and the batches come
    in random order; the batch of the very longest may be smaller than the others.

    Raises ``ValueError`` for no sequences, a length below 0 or a batch of less than 1.

    >>> lengths = torch.tensor([3, 1, 3, 1, 2])
    >>> generator = torch.Generator().manual_seed(0)
    >>> [places.tolist() for places in batches_of_like_length(lengths, 2, generator)]
    [[4, 0], [2], [1, 3]]
    """
    order = torch.randperm(len(lengths), generator=generator)
    for column in reversed(lengths.reshape(len(lengths), -1).unbind(dim=1)):
        order = order[column[order].argsort(stable=True)]
    batches = order.split(batch)
    for number in torch.randperm(len(batches), generator=generator).tolist():
        yield batches[number]
