"""What every notebook starts with: the device, the seeds, and ways to show things.

Used by the toggle cell of every notebook.
"""

import inspect
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from IPython.core.getipython import get_ipython
from IPython.display import Code, display
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lmteach.checks import check_seed
from lmteach.plots.picture import picture_bundle
from lmteach.plots.style import use_style
from lmteach.typed import typed

CUDA_SCALE = 8  # how much larger models and runs are made on a GPU
# Accelerators that PyTorch may find instead, and why no notebook computes there.
OTHERS = {
    "Apple's mps": (torch.backends.mps, "it has no double precision"),
    "Intel's xpu": (torch.xpu, "no notebook was tried on it"),
}


@dataclass(frozen=True)
class Session:
    """Where a notebook computes, and its sources of randomness.

    ``device`` is where tensors go; ``generator`` (on that device) and ``rng`` are the random
    numbers of PyTorch and of NumPy; ``scale`` is 1 on the CPU and larger on a GPU: multiply the
    size of a model or the number of steps by it.
    """

    device: torch.device
    generator: torch.Generator
    rng: np.random.Generator
    scale: int


@typed
def start(seed: int = 0, use_cuda: bool = False) -> Session:
    """Choose the device, seed all randomness and say in one line what will be used.

    From then on the notebook shows numbers with four digits, which is as far as they agree from
    one processor to the next, and figures in the collection's style.
    With ``use_cuda`` and no GPU to be had, the line says why, and the CPU is used. AMD's GPUs are
    CUDA to PyTorch, and are used, too.
    Raises ``ValueError`` if ``seed`` is not a whole number from 0 to 2⁶⁴ − 1.

    >>> session = start(seed=0)
    Computing on the CPU, seed 0.
    >>> session.scale
    1
    """
    seed = check_seed(seed)
    use_style()
    if (shell := get_ipython()) is not None:
        shell.run_line_magic("precision", "%.4g")
    torch.manual_seed(seed)
    obstacle = _obstacle_to_cuda() if use_cuda else ""
    on_gpu = use_cuda and not obstacle
    device = torch.device("cuda" if on_gpu else "cpu")
    if on_gpu:
        print(
            f"Computing on the GPU ({torch.cuda.get_device_name(device)}), "
            f"seed {seed}, {CUDA_SCALE} times the scale."
        )
    elif use_cuda:
        print(f"{obstacle}: computing on the CPU, seed {seed}. Everything still runs.")
    else:
        print(f"Computing on the CPU, seed {seed}.")
    return Session(
        device=device,
        generator=torch.Generator(device).manual_seed(seed),
        rng=np.random.default_rng(seed),
        scale=CUDA_SCALE if on_gpu else 1,
    )


def _obstacle_to_cuda() -> str:
    """Why nothing can be computed on a CUDA GPU; empty if it can."""
    with warnings.catch_warnings(record=True) as warned:  # by a driver that is too old, say
        warnings.simplefilter("always")
        there = torch.cuda.is_available()
    if there:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                torch.rand(1, generator=torch.Generator("cuda"), device="cuda").tolist()
        except RuntimeError as error:
            return f"The CUDA GPU can't be used ({_first_line(error)})"
        return ""
    unused = [
        f"{name} is not used: {reason}"
        for name, (backend, reason) in OTHERS.items()
        if backend.is_available()
    ]
    reasons = "; ".join([*(_first_line(warning.message) for warning in warned), *unused])
    return f"No CUDA GPU was found ({reasons})" if reasons else "No CUDA GPU was found"


def _first_line(message: object) -> str:
    return str(message).strip().partition("\n")[0].rstrip(".")


@typed
def show_source(helper: Callable[..., Any]) -> None:
    """Print the source of an imported helper in place, in colour.

    Raises ``ValueError`` for something that has no Python source, such as a built-in.

    >>> from contextlib import redirect_stdout
    >>> with redirect_stdout(None):  # here it would be a line of text, in a notebook it is code
    ...     show_source(start)
    >>> show_source(len)
    Traceback (most recent call last):
    ValueError: len has no Python source to show, expected a function or class of lmteach.
    """
    try:
        source = inspect.getsource(inspect.unwrap(helper))
    except (TypeError, OSError) as error:
        name = getattr(helper, "__name__", repr(helper))
        raise ValueError(
            f"{name} has no Python source to show, expected a function or class of lmteach."
        ) from error
    display(Code(source, language="python"))


@typed
def display_figure(drawing: Figure | Axes, alt: str) -> None:
    """Show a figure with its alt text, on every page that can show a notebook.

    ``drawing`` is what a plot function returned; ``alt`` says in words what is seen, for those
    who can't see it. Raises ``ValueError`` if ``drawing`` is not a figure or ``alt`` is empty.

    >>> from lmteach.plots.bars import bars
    >>> display_figure(bars([2, 1], ["a", "b"]), alt="Two bars, a twice as high as b.")
    ... # in a notebook: the picture; here: its bundle
    {'image/png': ...Two bars, a twice as high as b.'}
    """
    display(picture_bundle(drawing, alt), raw=True)
