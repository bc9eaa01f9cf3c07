"""Scaling laws: from the losses of small models, that of a larger one. Taught in notebook 22.

The law is L(N) = E + A / N^α: a floor that no size gets below, and what size takes away.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar

from lmteach.checks import check_finite, check_number, checked_by
from lmteach.typed import check_fields, typed

STEEPEST = 3.0  # the largest exponent that is tried


@dataclass(frozen=True)
class ScalingLaw:
    """L(N) = ``floor`` + ``scale`` / N^``exponent``, in the unit of the losses it was fitted to.

    Source: J. Hoffmann et al., "Training Compute-Optimal Large Language Models" (2022), eq. 2,
    with the text held fixed: their E + B / D^β is our ``floor``. With a floor of 0 it is the law of
    J. Kaplan et al., "Scaling Laws for Neural Language Models" (2020), eq. 1.1.

    Raises ``ValueError`` for a negative floor, or a scale or exponent that is not above 0.

    >>> law = ScalingLaw(floor=2.0, scale=10.0, exponent=0.5)
    >>> law.loss(100.0)
    3.0
    """

    floor: float
    scale: float
    exponent: float

    def __post_init__(self) -> None:
        check_fields(self)
        check_number("floor", self.floor, at_least=0)
        check_number("scale", self.scale, above=0)
        check_number("exponent", self.exponent, above=0)

    @typed
    def loss(self, size: float) -> float:
        """Return the loss that the law gives a model of ``size`` parameters.

        Raises ``ValueError`` for a size that is not above 0.
        """
        check_number("size", size, above=0)
        return self.floor + self.scale / size**self.exponent


def _check(sizes: ArrayLike, losses: ArrayLike) -> None:
    _check_rows(sizes, losses, at_least=3)


def _check_two(sizes: ArrayLike, losses: ArrayLike) -> None:
    _check_rows(sizes, losses, at_least=2)


def _check_rows(sizes: ArrayLike, losses: ArrayLike, at_least: int) -> None:
    rows = [
        check_finite(name, values, (None,), "(N,)")
        for name, values in (("sizes", sizes), ("losses", losses))
    ]
    if len(rows[0]) != len(rows[1]):
        raise ValueError(
            f"there are {len(rows[0])} sizes and {len(rows[1])} losses, expected as many of each."
        )
    for name, values in zip(("sizes", "losses"), rows, strict=True):
        if not (values > 0).all():
            raise ValueError(f"{name} contains {values.min():g}, expected numbers above 0.")
    if len(set(rows[0].tolist())) < at_least:
        raise ValueError(
            f"sizes has {len(set(rows[0].tolist()))} that differ, expected at least {at_least}: "
            "through fewer, many laws go."
        )


@checked_by(_check)
@typed
def fit_scaling_law(sizes: ArrayLike, losses: ArrayLike) -> ScalingLaw:
    """Return the law that is nearest to the losses (N,) of models of those sizes (N,).

    For a given exponent the law is a straight line in N^-α, and least squares give its floor and
    its scale; the exponent is the one, up to 3, whose line is nearest. A size may come several
    times, once for each seed.

    Raises ``ValueError`` for rows of different length, fewer than three sizes, what is not above 0,
    and losses that do not fall with size.

    >>> sizes = [1e4, 1e5, 1e6]
    >>> law = fit_scaling_law(sizes, [ScalingLaw(2.0, 50.0, 0.4).loss(size) for size in sizes])
    >>> round(law.floor, 3), round(law.scale, 1), round(law.exponent, 3)
    (2.0, 50.0, 0.4)
    """
    n, told = np.asarray(sizes, dtype=float), np.asarray(losses, dtype=float)

    def error(exponent: float) -> float:
        floor, scale = _line(n, told, exponent)
        return float(np.square(floor + scale / n**exponent - told).sum())

    found = minimize_scalar(
        error, bounds=(1e-3, STEEPEST), method="bounded", options={"xatol": 1e-9}
    )
    floor, scale = _line(n, told, found.x)
    if not scale > 0:
        raise ValueError(
            "the losses do not fall as the sizes grow, so no law of this form fits: were the "
            "larger models trained long enough?"
        )
    return ScalingLaw(float(floor), float(scale), float(found.x))


def _line(
    n: npt.NDArray[np.float64], losses: npt.NDArray[np.float64], exponent: float
) -> tuple[float, float]:
    """The floor, not below 0, and the scale of the nearest law with this exponent."""
    x = n**-exponent
    scale, floor = np.polyfit(x, losses, 1)
    if floor < 0:
        return 0.0, float((x @ losses) / (x @ x))
    return float(floor), float(scale)


@checked_by(_check_two)
@typed
def power_through(sizes: ArrayLike, losses: ArrayLike) -> ScalingLaw:
    """Return the law without a floor that is nearest: a straight line where both axes are logs.

    Given two points, it goes through both.

    Raises ``ValueError`` as ``fit_scaling_law`` does, but two sizes will do.

    >>> law = power_through([100, 400], [4.0, 2.0])  # four times the size, half the loss
    >>> law.floor, round(law.exponent, 6), round(law.loss(1600.0), 6)
    (0.0, 0.5, 1.0)
    """
    slope, height = np.polyfit(np.log(sizes), np.log(losses), 1)
    if not slope < 0:
        raise ValueError(
            "the losses do not fall as the sizes grow, so no law of this form fits: were the "
            "larger models trained long enough?"
        )
    return ScalingLaw(0.0, float(np.exp(height)), float(-slope))
