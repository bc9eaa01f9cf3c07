"""A figure as a picture that carries its own description."""

import base64
import html
import io

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from PIL import Image

from lmteach.checks import checked_by
from lmteach.typed import typed

COLOURS = 256  # of a picture: a palette takes a third of the room, and the eye sees no difference


def _check_drawing(drawing: object) -> None:
    if not isinstance(drawing, Figure | Axes):
        raise ValueError(
            f"drawing is a {type(drawing).__name__}, expected a matplotlib Figure or Axes. "
            "Pass what the plot function returned."
        )


@checked_by(_check_drawing)
@typed
def picture_bundle(drawing: Figure | Axes, alt: str) -> dict[str, str]:
    """Return a figure as a notebook display bundle whose alt text survives everywhere.

    ``drawing`` is a figure or any of its axes; ``alt`` says in words what is seen. The bundle
    has ``image/png`` (for pages that read nothing else), ``text/html`` (an ``<img>`` with its
    alt text) and ``text/plain`` (the alt text). The figure is closed.

    Raises ``ValueError`` if ``drawing`` is not a figure or ``alt`` is empty.

    >>> figure, axes = plt.subplots()
    >>> bundle = picture_bundle(axes, alt="An empty pair of axes.")
    >>> sorted(bundle)
    ['image/png', 'text/html', 'text/plain']
    """
    figure = drawing.figure if isinstance(drawing, Axes) else drawing
    if isinstance(figure, SubFigure):
        figure = figure.figure
    assert isinstance(figure, Figure)
    if not alt.strip():
        raise ValueError("alt is empty, expected a sentence that says what the figure shows.")
    png = base64.b64encode(_small_png(figure)).decode("ascii")
    plt.close(figure)
    source = f"data:image/png;base64,{png}"
    image = f'<img alt="{html.escape(alt)}" src="{source}" style="max-width: 100%;">'
    return {"image/png": png, "text/html": image, "text/plain": alt}


def _small_png(figure: Figure) -> bytes:
    """Draw a figure with a palette of its own."""
    drawn, small = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", metadata={"Software": None})
    palette = Image.open(drawn).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    palette.save(small, format="png", optimize=True)
    return small.getvalue()
