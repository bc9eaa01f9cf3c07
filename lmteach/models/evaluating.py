"""A model in evaluation mode for a while: dropout is off, and then as it was."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from torch import nn

from lmteach.interrupts import interrupts_held
from lmteach.typed import typed


@contextmanager
@typed
def in_evaluation(model: nn.Module) -> Iterator[None]:
    """Turn dropout off for a while; each part of a model then has the mode that it had.

    Keep what is done inside short: while a mode is to be put back, an interrupt waits.

    >>> model = nn.Dropout()
    >>> with in_evaluation(model):
    ...     model.training
    False
    >>> model.training
    True
    """
    training = [part for part in model.modules() if part.training]
    with interrupts_held() if training else nullcontext():
        try:
            for part in training:
                part.training = False
            yield
        finally:
            for part in training:
                part.training = True
