"""What all widgets have in common: a script, the theme, and a picture for still pages.

Seen first in notebook 00.
"""

from importlib.resources import files
from typing import Any

from anywidget import AnyWidget
from matplotlib.figure import Figure

from lmteach.plots.picture import picture_bundle

_FOLDER = files("lmteach.widgets")
_WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def module(name: str) -> str:
    """Return a widget's ES module as text, joined with the helpers that all of them share.

    ``name`` is a file beside this one. The text goes to the browser with the widget, so nothing
    is loaded from elsewhere.

    >>> "export default { render }" in module("guessing_game.js")
    True
    """
    return "\n".join(_read(part) for part in ("shared.js", name))


def stylesheet(name: str) -> str:
    """Return a widget's CSS as text, joined with the theme that all of them share.

    >>> ".lmteach" in stylesheet("guessing_game.css")
    True
    """
    return "\n".join(_read(part) for part in ("theme.css", name))


def _read(name: str) -> str:
    """Read a file that lies beside this module."""
    return (_FOLDER / name).read_text(encoding="utf-8")


class TeachingWidget(AnyWidget):
    """A widget that is a picture with alt text wherever widgets can't run.

    A subclass sets ``_esm`` (from ``module``) and ``_css`` (from ``stylesheet``) and defines
    ``picture`` and ``alt``. JupyterLab and Colab prefer the live widget; GitHub, nbviewer and
    nbconvert find no running widget and take the picture.

    >>> TeachingWidget().picture()
    Traceback (most recent call last):
    NotImplementedError: TeachingWidget has no picture yet: define picture() to return a Figure.
    """

    # ipywidgets 7 (Colab) would display by this method and leave the picture out. With None
    # there, IPython goes on to _repr_mimebundle_, as it does with ipywidgets 8.
    _ipython_display_ = None

    def picture(self) -> Figure:
        """Return the still picture of the widget. Each widget defines its own."""
        raise NotImplementedError(
            f"{type(self).__name__} has no picture yet: define picture() to return a Figure."
        )

    @property
    def alt(self) -> str:
        """What is seen in the picture, in words. Each widget defines its own."""
        raise NotImplementedError(
            f"{type(self).__name__} has no alt text yet: define alt to say what is in the picture."
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Return the live view and, under the other keys, the picture."""
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        view = {_WIDGET_VIEW: data[_WIDGET_VIEW]}
        return {**view, **picture_bundle(self.picture(), self.alt)}, metadata
