"""The three tasks that every model of the collection is measured by. Drawn in notebook 00."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from lmteach.plots.diagrams.drawing import Drawing
from lmteach.typed import typed

# For each thread: what goes in, what is asked, what comes out, and the unit that it is judged in.
THREADS = {
    "A": ("Its capital is Tiran█", "which character comes next?", "a", "bits per character"),
    "B": ("t h r o u g h", "how does it sound?", "TH R UW", "phoneme error rate"),
    "C": ("Effective but too tepid.", "praise or blame?", "blame", "accuracy"),
}


@typed
def threads(lit: Sequence[str] = ()) -> Axes:
    """Draw the three threads: a text goes in, a question is asked, an answer is judged.

    The parts that can be lit are, for each thread of "A", "B" and "C": "text A", "question A",
    "answer A" and so on, and the thread's own name for all of it.

    Raises ``ValueError`` for an unknown name in ``lit``.

    >>> drawn = [text.get_text() for text in threads().texts]
    >>> "TH R UW" in drawn, "bits per character" in drawn
    (True, True)
    """
    whole = [name for name in lit if name in THREADS]
    parts = [f"{part} {name}" for name in whole for part in ("text", "question", "answer")]
    drawing = Drawing(16.4, 4.6, [*lit, *parts])
    for place, (name, (text, question, answer, unit)) in enumerate(THREADS.items()):
        y = 3.8 - 1.45 * place
        drawing.group(name, (0.2, y - 0.55), 16.0, 1.1)
        drawing.label((0.6, y), name, name, small=False)
        drawing.box(f"text {name}", (2.7, y), text, 3.3, kind="value")
        drawing.box(f"question {name}", (7.3, y), question, 4.3)
        drawing.box(f"answer {name}", (11.5, y), answer, 1.7, kind="value")
        drawing.arrow(f"text {name}", f"question {name}")
        drawing.arrow(f"question {name}", f"answer {name}")
        drawing.label((12.7, y), unit, name, left=True)
    return drawing.finish()
