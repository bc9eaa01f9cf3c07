"""The one style sheet of the collection. Used in every notebook."""

import dataclasses
import functools
import warnings
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.font_manager import fontManager

BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
GREY = "#767676"
MONOSPACE = "DejaVu Sans Mono"
# How Matplotlib's warnings begin when no font has a letter.
NO_GLYPH = r"Glyph \d+ |Matplotlib currently does not support \w+ natively"
EAST_ASIAN = "WenQuanYi Micro Hei"


def use_style() -> None:
    """Make every figure drawn from now on look like the collection's.

    The settings stand in ``lmteach.mplstyle`` beside this file: large type, colours that
    colour-blind readers can tell apart (Okabe & Ito 2008), a white ground in both themes. Letters
    that Matplotlib's own font lacks, such as 年月日, come from ``east_asian_font``. What no font
    has is a box that shows the script it is from, and no warning: data are in any language.

    >>> use_style()
    >>> plt.rcParams["image.cmap"]
    'cividis'
    """
    plt.style.use(str(files("lmteach.plots") / "lmteach.mplstyle"))
    family = east_asian_font()
    if family is not None and family not in plt.rcParams["font.family"]:
        plt.rcParams["font.family"] = [*plt.rcParams["font.family"], family]
    warnings.filterwarnings("ignore", NO_GLYPH, UserWarning)


def monospace() -> list[str]:
    """Return the families of text in columns; the second draws what the first has no letter for.

    >>> monospace()[0]
    'DejaVu Sans Mono'
    """
    return [MONOSPACE, *plt.rcParams["font.family"]]


@functools.cache
def east_asian_font() -> str | None:
    """Tell Matplotlib of the font in the package paperang-p2-fonts-cjk, once, and return its name.

    It is WenQuanYi Micro Hei, under the Apache License 2.0: every letter of simplified and
    traditional Chinese, of Japanese and of Korean that people type. None where the package is not
    installed: then Matplotlib draws boxes for such letters.

    >>> east_asian_font()
    'WenQuanYi Micro Hei'
    """
    package = find_spec("paperang_p2_fonts_cjk")
    if package is None or package.origin is None:
        return None
    path = Path(package.origin).parent / "fonts" / "wqy-microhei.ttc"
    fontManager.addfont(path)
    regular = next(font for font in fontManager.ttflist if font.name == EAST_ASIAN)
    bold = dataclasses.replace(regular, weight=700)  # it has one weight: enough
    fontManager.ttflist.append(bold)
    return EAST_ASIAN
