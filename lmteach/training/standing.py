"""How far a run of training has come, to be said where it is broken off."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lmteach.training.history import History


@dataclass
class Standing:
    """What whoever breaks a run off finds: kept up to date by ``fit``, step by step.

    ``made`` of ``steps`` steps are made, ``stepping`` is True while the weights change, and
    ``saved`` is the step that the file ``checkpoint`` holds, if there is one yet.
    """

    steps: int
    checkpoint: str | Path | None = None
    made: int = 0
    stepping: bool = False
    saved: int | None = None
    history: History = field(default_factory=History)

    def __str__(self) -> str:
        """Say what is left, and how to go on.

        >>> print(Standing(steps=500, made=37))
        The run was broken off after step 37 of 500: the model has the weights of that step, in \
evaluation mode. Called again with the same model, fit begins at step 1 with these weights; for \
the run as it would have been, make model, optimizer and generator anew. With \
checkpoint="run.safetensors", fit goes on where it was.
        """
        if self.stepping:
            left = (
                f"in the middle of step {self.made + 1} of {self.steps}: some of the model's "
                "weights may be changed by it, and others not yet."
            )
        else:
            left = (
                f"after step {self.made} of {self.steps}: the model has the weights of that step, "
                "in evaluation mode."
            )
        if self.history.validations:
            left += (
                f" The best so far were those of step {self.history.best_step}, with a validation "
                f"of {min(self.history.validations):.4g}."
            )
        anew = "make model, optimizer and generator anew"
        if self.saved is not None:
            mend = f"{self.checkpoint} holds step {self.saved}: call fit again to go on from there."
        elif self.checkpoint is not None:
            mend = f"{self.checkpoint} holds nothing yet: {anew}, and call fit again."
        else:
            mend = (
                "Called again with the same model, fit begins at step 1 with these weights; for "
                f"the run as it would have been, {anew}. With "
                'checkpoint="run.safetensors", fit goes on where it was.'
            )
        return f"The run was broken off {left} {mend}"

    @contextmanager
    def said(self) -> Iterator[None]:
        """Say it in an interrupt that ends what is done inside, and in a note to any error.

        >>> try:
        ...     with Standing(steps=2).said():
        ...         raise OSError("no room")
        ... except OSError as error:
        ...     print(*error.__notes__)
        The run was broken off after step 0 of 2: ...
        """
        try:
            yield
        except KeyboardInterrupt:
            raise KeyboardInterrupt(str(self)) from None
        except Exception as error:
            error.add_note(str(self))
            raise
