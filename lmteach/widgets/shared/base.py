"""What all widgets have in common: a script, the theme, and a picture for still pages.

Every widget has a folder beside ``shared``: its Python in ``widget.py``, what the browser runs in
``view.js``, and its look in ``style.css``. Seen first in notebook 00.
"""

import secrets
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import traitlets
from anywidget import AnyWidget
from IPython.display import display, update_display
from matplotlib.figure import Figure

from lmteach.checks import checked_by
from lmteach.plots.picture import picture_bundle
from lmteach.plots.style import use_style
from lmteach.typed import typed

WIDGETS = Path(__file__).parents[1]

_WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

# The picture says why nothing moves, in place of JupyterLab's message in the output above it.
STILL = """<figure data-still="{still}" style="margin: 0;"><style>
.jp-OutputArea-child:has(> .jupyter-widgets, .jupyter-widgets-error-widget):has(+ * [data-still]) {{
  display: none;
}}
</style>{image}<figcaption>This is a picture of the widget. It lives where a kernel runs and
anywidget is installed beside JupyterLab: run the cell.</figcaption></figure>"""


def _check_widget(widget: str) -> None:
    if Path(widget).name != "widget.py":
        raise ValueError(f"widget is {widget!r}, expected the file of a widget: __file__ there.")


def _check_render(render: str) -> None:
    if not render.isidentifier():
        raise ValueError(f"render is {render!r}, expected the name of a function in view.js.")


@typed
@checked_by(_check_widget)
@checked_by(_check_render)
def module(widget: str, *parts: str, render: str = "render") -> str:
    """Return a widget's ES module as text: the helpers that all of them share, and its view.js.

    ``widget`` is its Python file, ``__file__`` there; ``parts`` are what it takes from elsewhere
    below ``lmteach/widgets``, and ``render`` is the function that draws it. The text goes to the
    browser with the widget, so nothing is loaded from elsewhere.

    >>> module(str(WIDGETS / "trellis" / "widget.py"))[-45:]
    'export default { render: withStill(render) };'
    """
    script = _joined("shared/elements.js", *parts, Path(widget).with_name("view.js"))
    return f"{script}\nexport default {{ render: withStill({render}) }};"


@typed
@checked_by(_check_widget)
def stylesheet(widget: str, *parts: str) -> str:
    """Return a widget's CSS as text: the theme that all of them share, ``parts``, its style.css.

    >>> ".viterbi" in stylesheet(str(WIDGETS / "trellis" / "widget.py"))
    True
    """
    return _joined("shared/theme.css", *parts, Path(widget).with_name("style.css"))


@typed
def sentence_picture(sentence: str) -> Figure:
    """Write a sentence where a widget has nothing to draw.

    >>> [text.get_text() for text in sentence_picture("Type a word.").axes[0].texts]
    ['Type a word.']
    """
    use_style()
    figure, axes = plt.subplots(figsize=(9, 1.2))
    axes.set_axis_off()
    axes.text(0, 0.5, sentence, fontsize=14, va="center", parse_math=False)
    return figure


def _joined(*files: str | Path) -> str:
    """Read files below the folder of all widgets, one after another."""
    return "\n".join((WIDGETS / file).read_text(encoding="utf-8") for file in files)


class TeachingWidget(AnyWidget):
    """A widget that is a picture with alt text wherever widgets can't run.

    A subclass sets ``_esm`` (from ``module``) and ``_css`` (from ``stylesheet``) and defines
    ``picture`` and ``alt``. Its output is the live widget and a picture: JupyterLab and Colab hide
    the picture while the widget lives; all else, GitHub for one, shows the picture.

    >>> TeachingWidget().picture()
    Traceback (most recent call last):
    NotImplementedError: TeachingWidget has no picture yet: define picture() to return a Figure.
    """

    _still = traitlets.Unicode().tag(sync=True)  # ties a live view to the picture below it

    @traitlets.default("_still")
    def _new_still(self) -> str:
        return secrets.token_hex(8)

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

    def _ipython_display_(self) -> None:
        """Show the live view and, in an output of its own, the picture.

        Of the kinds within one output JupyterLab takes the live view and looks at no other, though
        it has nothing to show where the kernel is gone or the server has no anywidget. So the
        picture stands below the view, which hides it while it lives.
        """
        bundle = super()._repr_mimebundle_()
        if bundle is not None:
            data, metadata = bundle
            view = {_WIDGET_VIEW: data[_WIDGET_VIEW], "text/html": ""}  # elsewhere, nothing
            display(view, metadata=metadata, raw=True)
        display(self._still_bundle(), raw=True, display_id=self._still)

    def renew_picture(self) -> None:
        """Draw the picture anew wherever the widget was shown, for pages where nothing runs."""
        update_display(self._still_bundle(), raw=True, display_id=self._still)

    def _still_bundle(self) -> dict[str, str]:
        """Return the picture in the form in which it stands below the live view."""
        bundle = picture_bundle(self.picture(), self.alt)
        still = STILL.format(still=self._still, image=bundle["text/html"])
        return {**bundle, "text/html": still}
