"""What is kept of a training run."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class History:
    """The course of a training run, as ``fit`` returns it.

    ``losses`` and ``gradient_norms`` (before clipping) have one entry for each of ``steps``,
    which are counted from 1. ``validations`` has one for each of ``validation_steps``; lower is
    better. ``best_step`` is the step whose weights were kept: the best validation's, or the last
    step where there was none. ``seconds`` is all the time it took, validations included; two
    runs that differ in nothing else are equal.
    """

    losses: tuple[float, ...] = ()
    gradient_norms: tuple[float, ...] = ()
    validation_steps: tuple[int, ...] = ()
    validations: tuple[float, ...] = ()
    seconds: float = field(default=0.0, compare=False)

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps that were made: 1, 2, 3, …

        >>> History(losses=(2.0, 1.5)).steps
        (1, 2)
        """
        return tuple(range(1, len(self.losses) + 1))

    @property
    def best_step(self) -> int:
        """The step after which the weights were best.

        >>> History((2.0, 1.5, 1.0), (1.0, 1.0, 1.0), (1, 2, 3), (1.9, 1.6, 1.7)).best_step
        2
        """
        if not self.validations:
            return len(self.losses)
        return self.validation_steps[self.validations.index(min(self.validations))]

    @property
    def without_gain(self) -> int:
        """How many validations have passed since the best one.

        >>> History((2.0, 1.5, 1.0), (1.0, 1.0, 1.0), (1, 2, 3), (1.9, 1.6, 1.7)).without_gain
        1
        """
        return sum(step > self.best_step for step in self.validation_steps)
