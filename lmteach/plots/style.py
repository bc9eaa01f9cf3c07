"""The one style sheet of the collection. Used in every notebook."""

import dataclasses
import functools
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.font_manager import fontManager

BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
GREY = "#767676"
MONOSPACE = "DejaVu Sans Mono"
EAST_ASIAN = "IPAexGothic"


def use_style() -> None:
    """Make every figure drawn from now on look like the collection's.

    The settings stand in ``lmteach.mplstyle`` beside this file: large type, colours that
    colour-blind readers can tell apart (Okabe & Ito 2008), a white ground in both themes. Letters
    that Matplotlib's own font lacks, such as 年月日, come from ``east_asian_font``.

    >>> use_style()
    >>> plt.rcParams["image.cmap"]
    'cividis'
    """
    plt.style.use(str(files("lmteach.plots") / "lmteach.mplstyle"))
    family = east_asian_font()
    if family is not None and family not in plt.rcParams["font.family"]:
        plt.rcParams["font.family"] = [*plt.rcParams["font.family"], family]


@functools.cache
def east_asian_font() -> str | None:
    """Tell Matplotlib of the font in the package matplotlib-fontja, once, and return its name.

    It is IPAex Gothic, by Japan's Information-technology Promotion Agency, under the IPA Font
    License; the package itself is not imported, as it would change all figures. None where it is
    not installed: then Matplotlib draws boxes for such letters, and warns.

    >>> east_asian_font()
    'IPAexGothic'
    """
    package = find_spec("matplotlib_fontja")
    if package is None or package.origin is None:
        return None
    fontManager.addfont(Path(package.origin).parent / "fonts" / "ipaexg.ttf")
    bold = dataclasses.replace(fontManager.ttflist[-1], weight=700)  # it has one weight: enough
    fontManager.ttflist.append(bold)
    return EAST_ASIAN
