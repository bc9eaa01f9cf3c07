"""What every notebook starts with: the device, the seeds, and ways to show things.

Used by the toggle cell of every notebook.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from IPython.core.getipython import get_ipython
from IPython.display import Code, display
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lmteach.checks import check_whole
from lmteach.plots.picture import picture_bundle
from lmteach.plots.style import use_style
from lmteach.typed import typed

CUDA_SCALE = 8  # how much larger models and runs are made on a GPU


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
    With ``use_cuda`` and no GPU to be had, one line says so and the CPU is used.
    Raises ``ValueError`` if ``seed`` is not a whole number of at least 0.

    >>> session = start(seed=0)
    Computing on the CPU, seed 0.
    >>> session.scale
    1
    """
    check_whole("seed", seed, at_least=0)
    use_style()
    if (shell := get_ipython()) is not None:
        shell.run_line_magic("precision", "%.4g")
    torch.manual_seed(seed)
    on_gpu = use_cuda and torch.cuda.is_available()
    device = torch.device("cuda" if on_gpu else "cpu")
    if on_gpu:
        print(
            f"Computing on the GPU ({torch.cuda.get_device_name(device)}), "
            f"seed {seed}, {CUDA_SCALE} times the scale."
        )
    elif use_cuda:
        print(f"No CUDA GPU was found: computing on the CPU, seed {seed}. Everything still runs.")
    else:
        print(f"Computing on the CPU, seed {seed}.")
    return Session(
        device=device,
        generator=torch.Generator(device).manual_seed(seed),
        rng=np.random.default_rng(seed),
        scale=CUDA_SCALE if on_gpu else 1,
    )


@typed
def show_source(helper: Callable[..., Any]) -> None:
    """Print the source of an imported helper in place, in colour.

    Raises ``ValueError`` for something that has no Python source, such as a built-in.

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
