"""One network reads, another writes: encoder, summary, decoder. Drawn in notebook 08."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from lmteach.checks import check_whole, checked_by
from lmteach.plots.diagrams.drawing import Drawing
from lmteach.typed import typed

APART = 1.7  # from one letter or sound to the next
ASKING = 2.3  # the same where a step asks the keys
READ = 2.4  # the height of the two rows of cells


def _check_sequences(
    letters: Sequence[str], sounds: Sequence[str], attention: bool, step: int
) -> None:
    if not letters or not sounds:
        raise ValueError(
            f"there are {len(letters)} letters and {len(sounds)} sounds, expected at least one of "
            "each."
        )
    check_whole("step", step, at_least=2, mend="A state that asks comes before it.")
    if attention and step > len(sounds):
        raise ValueError(f"step is {step}, expected at most {len(sounds)}: so many sounds.")


@typed
@checked_by(_check_sequences)
def encoder_decoder(
    letters: Sequence[str],
    sounds: Sequence[str],
    attention: bool = False,
    step: int = 2,
    lit: Sequence[str] = (),
) -> Axes:
    """Draw a network that reads ``letters`` and writes ``sounds``, through one vector or many.

    Without ``attention`` every step of the decoder is given the summary of the word; with it, the
    ``step``-th, counted from 1 and at least the second, asks the keys of all letters. The parts
    that can be lit are "x1", "k1" on (letters and their keys), "summary", "y1", "h1", "said1" on
    (what the decoder is given, its states, what it says), "given2" on (the summary on its way) and,
    with attention, "query", "weights" and "context".

    Raises ``ValueError`` for no letters or sounds, a step that is not there, or an unknown name in
    ``lit``.

    >>> drawn = encoder_decoder("ox", ["AA", "K", "S"])
    >>> [text.get_text() for text in drawn.texts if text.get_text()][:4]
    ['o', 'k₁', 'x', 'k₂']
    """
    across, apart = APART * len(letters), ASKING if attention else APART
    right = across + 3.3
    drawing = Drawing(right + apart * (len(sounds) - 1) + 0.9, 7.2 if attention else 4.7, lit)
    for j, letter in enumerate(letters, start=1):
        x = APART * j - 0.7
        drawing.box(f"x{j}", (x, 0.7), letter, 1.0, 0.7, kind="value")
        drawing.box(f"k{j}", (x, READ), "k" + _below(j), 1.0, 0.9)
        drawing.arrow(f"x{j}", f"k{j}")
        if j > 1:
            left = x - APART + 0.5
            drawing.arrow((left, READ + 0.2), (x - 0.5, READ + 0.2), name=f"rightward{j}")
            drawing.arrow((x - 0.5, READ - 0.2), (left, READ - 0.2), name=f"leftward{j}")
    drawing.box("summary", (across + 1.1, READ), "summary", 1.7, 0.9, kind="value")
    drawing.arrow(f"k{len(letters)}", "summary")
    given = ["start", *sounds[:-1]]
    for t, (before, sound) in enumerate(zip(given, sounds, strict=True), start=1):
        x = right + apart * (t - 1)
        drawing.box(f"y{t}", (x, 0.7), before, 1.1, 0.7, kind="value")
        drawing.box(f"h{t}", (x, READ), "h" + _below(t), 1.0, 0.9)
        drawing.box(f"said{t}", (x, 4.0), sound, 1.1, 0.7, kind="value")
        drawing.arrow(f"y{t}", f"h{t}")
        drawing.arrow(f"h{t}", f"said{t}")
        drawing.arrow("summary" if t == 1 else f"h{t - 1}", f"h{t}")
    if attention:
        _ask(drawing, len(letters), right + ASKING * (step - 1), step, across)
    else:
        _hand_on(drawing, len(sounds), right, across)
    return drawing.finish()


def _hand_on(drawing: Drawing, steps: int, right: float, across: float) -> None:
    """The summary, given to every step after the first once more."""
    low = 1.45
    for t in range(2, steps + 1):
        x = right + APART * (t - 1) - 0.35
        via = [(across + 1.1, low), (x, low)]
        drawing.arrow("summary", (x, READ - 0.45), via=via, name=f"given{t}")


def _ask(drawing: Drawing, keys: int, x: float, step: int, across: float) -> None:
    """One query, the weights of all keys, and their mixture, which goes to the step."""
    up, down, middle = x - 1.35, x - 0.9, across / 2 + 0.15
    drawing.box("query", (up, 6.6), "query", 1.4, 0.6, kind="step")
    drawing.group("weights", (0.2, 4.9), across - 0.1, 0.9)
    for j in range(1, keys + 1):
        drawing.label((APART * j - 0.7, 5.35), "α" + _below(j), "weights", small=False)
        drawing.arrow(f"k{j}", (APART * j - 0.7, 4.9), name="weights")
    drawing.box("context", (across + 1.6, 5.35), "Σ αⱼ kⱼ", 1.7, 0.8, kind="step")
    drawing.arrow("weights", "context")
    drawing.arrow(f"h{step - 1}", "query", via=[(up, READ)], name="query")
    drawing.arrow("query", (middle, 5.8), via=[(middle, 6.6)], name="query")
    via = [(down, 5.35), (down, READ + 0.25)]
    drawing.arrow("context", (x - 0.5, READ + 0.25), via=via, name="context")


def _below(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
