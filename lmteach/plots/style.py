"""The one style sheet of the collection. Used in every notebook."""

from importlib.resources import files

import matplotlib.pyplot as plt

BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
GREY = "#767676"
MONOSPACE = "DejaVu Sans Mono"


def use_style() -> None:
    """Make every figure drawn from now on look like the collection's.

    The settings stand in ``lmteach.mplstyle`` beside this file: large type, colours that
    colour-blind readers can tell apart (Okabe & Ito 2008), a white ground in both themes.

    >>> use_style()
    >>> plt.rcParams["image.cmap"]
    'cividis'
    """
    plt.style.use(str(files("lmteach.plots") / "lmteach.mplstyle"))
