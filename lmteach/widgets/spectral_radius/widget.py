"""Turn one number, the spectral radius, and see a gradient vanish, hold or explode.

Played in notebook 06.
"""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import traitlets
from jaxtyping import Float
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from lmteach.checks import check_finite, check_number, check_seed, checked_by
from lmteach.plots.gradient_lag import gradient_lag
from lmteach.plots.style import use_style
from lmteach.typed import typed
from lmteach.widgets.shared.base import TeachingWidget, module, stylesheet

LAGS = 100
MOST_STATES = 64  # more would make the slider lag behind the hand
RANGE = (0.5, 1.5)
STILLS = (0.9, 1.0, 1.1)


def _check_growth(matrix: np.ndarray, inputs: np.ndarray, radius: float) -> None:
    check_finite("matrix", matrix, (None, None), "(N, N)")
    check_finite("inputs", inputs, (None, None), "(T, N)")
    check_number("radius", radius, at_least=0)


@typed
@checked_by(_check_growth)
def growth_by_lag(
    matrix: Float[np.ndarray, "states states"],
    inputs: Float[np.ndarray, "time states"],
    radius: float,
    squash: bool,
) -> Float[np.ndarray, " _"]:
    """Return how much a gradient has grown, lag by lag, 0 to T, on its way back through a network.

    The states are h_t = f(``radius`` · ``matrix`` h_{t-1} + x_t) from h_0 = 0, with f = tanh if
    ``squash``, else f(z) = z. Entry k is the root mean square, over all directions that the
    gradient may have at the end, of its length k steps before: ‖∂h_T / ∂h_{T-k}‖ / √N (Frobenius).

    Raises ``ValueError`` for numbers that are not finite, no inputs, or a negative radius.

    >>> growth_by_lag(np.eye(2), np.zeros((3, 2)), radius=0.5, squash=False)
    array([1.   , 0.5  , 0.25 , 0.125])
    """
    scaled, states = radius * matrix, [np.zeros(len(matrix))]
    for x in inputs:
        z = scaled @ states[-1] + x
        states.append(np.tanh(z) if squash else z)
    jacobian, norms = np.eye(len(matrix)), []
    for state in reversed(states):
        norms.append(np.linalg.norm(jacobian) / np.sqrt(len(matrix)))
        slopes = 1 - state**2 if squash else np.ones(len(matrix))
        jacobian = jacobian * slopes @ scaled
    return np.array(norms)


class SpectralRadius(TeachingWidget):
    """A slider for the spectral radius of a recurrent matrix, and the gradient against the lag.

    ``matrix`` (N, N) is scaled so that its spectral radius, the largest size of an eigenvalue,
    is what the slider says; if not given, it is a random one with 16 states. ``seed`` fixes it and
    the inputs that keep the states moving. ``radius`` is the slider, from 0.5 to 1.5; ``squash``
    says whether the states go through tanh. The arithmetic runs in the browser.

    Raises ``ValueError`` for a matrix that is not square, is too large for the browser, holds
    something else than finite numbers, or has spectral radius 0.

    >>> widget = SpectralRadius()
    >>> [f"{widget.growth(radius)[100]:.0e}" for radius in (0.9, 1.0, 1.1)]
    ['8e-06', '3e-01', '4e+03']
    """

    _esm = module(__file__)
    _css = stylesheet(__file__)

    radius = traitlets.Float(0.9).tag(sync=True)
    squash = traitlets.Bool(False).tag(sync=True)
    size = traitlets.Int().tag(sync=True)
    lags = traitlets.Int(LAGS).tag(sync=True)
    _matrix = traitlets.Bytes().tag(sync=True)  # little-endian doubles
    _inputs = traitlets.Bytes().tag(sync=True)

    @typed
    def __init__(self, matrix: ArrayLike | None = None, seed: int = 0, **options: Any) -> None:
        """Set up the slider; ``options`` go to ipywidgets (``layout``, for one)."""
        generator = np.random.default_rng(check_seed(seed))
        given = generator.standard_normal((16, 16)) if matrix is None else matrix
        self.matrix = _with_radius_one(np.asarray(given, dtype=float))
        self.inputs = 0.5 * generator.standard_normal((LAGS, len(self.matrix)))
        super().__init__(
            size=len(self.matrix),
            _matrix=self.matrix.astype("<f8").tobytes(),
            _inputs=self.inputs.astype("<f8").tobytes(),
            **options,
        )

    @traitlets.validate("radius")
    def _check_radius(self, proposal: dict[str, Any]) -> float:
        """Let in only what the slider can show."""
        value, (low, high) = float(proposal["value"]), RANGE
        if not low <= value <= high:
            raise ValueError(f"radius is {value}, expected {low} to {high}.")
        return value

    @typed
    def growth(self, radius: float, squash: bool = False) -> Float[np.ndarray, " _"]:
        """Return what the curve shows: ``growth_by_lag`` from lag 0 to 100."""
        return growth_by_lag(self.matrix, self.inputs, radius, squash)

    def picture(self) -> Figure:
        """Draw the curves of three radii, without tanh and with it."""
        use_style()
        figure, panels = plt.subplots(1, 2, figsize=(12, 5), sharey=True)
        for axes, squash in zip(panels, (False, True), strict=True):
            gradient_lag(
                {f"radius {radius}": self.growth(radius, squash) for radius in STILLS},
                axes=axes,
                title="with tanh" if squash else "without tanh",
                ylabel="" if squash else "growth of the gradient",
            )
        return figure

    @property
    def alt(self) -> str:
        """Say in words what the picture shows."""
        ends = "; ".join(
            f"{'with' if squash else 'without'} tanh, "
            + ", ".join(f"{self.growth(radius, squash)[-1]:.1e} at {radius}" for radius in STILLS)
            for squash in (False, True)
        )
        return (
            "How much a gradient has grown after 1 to 100 steps back, on a scale of factors, for "
            f"three spectral radii. Straight lines without tanh, lower ones with it. At lag 100: "
            f"{ends}."
        )


def _with_radius_one(matrix: np.ndarray) -> Float[np.ndarray, "states states"]:
    """Scale a matrix to spectral radius 1, or say why that can't be done."""
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or len(matrix) == 0:
        raise ValueError(
            f"matrix has shape {matrix.shape}, expected a square one (N, N), such as the weights "
            "from state to state."
        )
    if len(matrix) > MOST_STATES:
        raise ValueError(
            f"matrix has {len(matrix)} states, expected at most {MOST_STATES}: more would make the "
            "slider slow. Take a corner of it, as in matrix[:64, :64]."
        )
    if not np.isfinite(matrix).all():
        raise ValueError("matrix holds something else than finite numbers.")
    radius = np.abs(np.linalg.eigvals(matrix)).max()
    if radius < 1e-9 * max(1.0, np.abs(matrix).max()):
        raise ValueError(
            "matrix has spectral radius 0, so that no factor brings it to 1: after a few steps "
            "nothing is left of any state. Take another one."
        )
    return matrix / radius
