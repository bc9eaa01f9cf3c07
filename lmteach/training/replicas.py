"""Several processes that train one model, each on its part of every batch. Taught in notebook 22.

``torchrun`` starts them, and tells each by its environment which one it is.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous

from lmteach.checks import check_number, checked_by
from lmteach.typed import check_fields, typed

NAMED = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


@dataclass(frozen=True)
class Team:
    """Which process this is, counted from 0, and how many there are.

    ``start`` says how often they have been started anew, after one of them was gone.

    >>> Team(rank=1, size=2).rows(batch=6)
    slice(1, None, 2)
    """

    rank: int
    size: int
    start: int = 0

    def __post_init__(self) -> None:
        check_fields(self)
        check_number("size", self.size, at_least=1)
        check_number("rank", self.rank, at_least=0, below=self.size)
        check_number("start", self.start, at_least=0)

    @typed
    def rows(self, batch: int) -> slice:
        """Return which rows of a batch are this process's: every ``size``-th.

        Raises ``ValueError`` if there are fewer rows than processes.
        """
        check_number("batch", batch, at_least=self.size, mend="Each process needs a row.")
        return slice(self.rank, None, self.size)


def _check_seconds(seconds: float) -> None:
    check_number("seconds", seconds, above=0)


@contextmanager
@typed
@checked_by(_check_seconds)
def joined(seconds: float = 60.0) -> Iterator[Team]:
    """Join the processes that ``torchrun`` has started; leave them at the end.

    They speak by NCCL where there are GPUs, by Gloo where there are none. Nobody is waited for
    longer than ``seconds``: not at the start, and not in any exchange. Without ``torchrun``'s
    environment, this process is a team of one.

    Raises ``ConnectionError`` if the meeting place can't be had: the port is in use, or a process
    did not come; ``ValueError`` if the environment names one half of what is needed.

    >>> with joined() as team:
    ...     team
    Team(rank=0, size=1, start=0)
    """
    start = int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"))
    given = [name for name in NAMED if name in os.environ]
    waiting = timedelta(seconds=seconds)
    backend = "nccl" if torch.cuda.is_available() else "gloo"
    if not given:
        store = dist.HashStore()  # type: ignore[attr-defined]
        dist.init_process_group(backend, store=store, rank=0, world_size=1, timeout=waiting)
    elif len(given) < len(NAMED):
        missing = ", ".join(sorted({*NAMED} - {*given}))
        raise ValueError(
            f"{missing} is not set, and {', '.join(given)} is: start all processes with torchrun, "
            "which sets them, or unset what is there to be alone."
        )
    else:
        _meet(backend, waiting, start)
    try:
        yield Team(dist.get_rank(), dist.get_world_size(), start)
    finally:
        dist.destroy_process_group()


def _meet(backend: str, waiting: timedelta, start: int) -> None:
    """Find the others where ``torchrun`` says; each start has names of its own in what is shared.

    After a start anew, the addresses of the processes that are gone still stand there.
    """
    place = f"{os.environ['MASTER_ADDR']}:{os.environ['MASTER_PORT']}"
    who = f"process {os.environ['RANK']} of {os.environ['WORLD_SIZE']}"
    try:
        store, rank, size = next(rendezvous("env://", timeout=waiting))
        store.set_timeout(waiting)
        store = PrefixStore(f"start {start}", store)
        dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=waiting)
    except RuntimeError as error:
        if "EADDRINUSE" in str(error):
            raise ConnectionError(
                f"{who} can't open {place}: the port is in use, perhaps by a run that goes on. End "
                "that, or take another port (torchrun --standalone finds a free one)."
            ) from error
        raise ConnectionError(
            f"{who} has waited {waiting.total_seconds():g} s at {place}, and not all of the "
            "others came. Was one of them not started, or with another address, port or number of "
            "processes?"
        ) from error


@typed
def average_gradients(model: nn.Module) -> None:
    """Replace each gradient by its mean over all processes: the one exchange of a step.

    Every process gets the same numbers, so that models which were equal stay equal. To be called
    once, after the last part of a batch. Source: S. Li et al., "PyTorch Distributed" (2020), §3.2.

    Raises ``ValueError`` outside of ``joined``, and for a model without gradients.

    >>> model = nn.Linear(2, 1)
    >>> model(torch.ones(1, 2)).sum().backward()
    >>> with joined():
    ...     average_gradients(model)  # alone, the mean is one's own
    >>> model.weight.grad
    tensor([[1., 1.]])
    """
    if not dist.is_initialized():
        raise ValueError("there is no team to average with: call it within `with joined():`.")
    gradients = [weight.grad for weight in model.parameters() if weight.grad is not None]
    if not gradients:
        raise ValueError("the model has no gradients to average: call loss.backward() before.")
    for gradient in gradients:
        dist.all_reduce(gradient)  # the sum
        gradient /= dist.get_world_size()
