"""Guess, then see: a question, answers to choose from or a number to type, a reply to each.

Asked in every notebook, before the cell that answers it.
"""

import textwrap
from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import traitlets
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lmteach.checks import check_number, checked_by
from lmteach.plots.style import GREY, use_style
from lmteach.typed import typed
from lmteach.widgets.shared.base import TeachingWidget, module, stylesheet

LETTERS = "ABCDEFGH"
NEITHER = "expected either choices={choice: reply, …} and right=, or number="
LINE = 76  # letters in a line of the picture: so many fit into its frame


def check_question(
    text: str,
    choices: Mapping[str, str] | None,
    right: str | None,
    number: float | None,
    tolerance: float,
    reply: str,
    slips: Mapping[int | float, str] | None,
) -> None:
    """Say what is wrong with a question.

    Raises ``ValueError`` for a question that offers both or neither of choices and a number, has
    fewer than two choices or more than eight, a right one that is not among them, a right answer
    or a choice without a reply, or a likely wrong number that would count as right.

    >>> check_question("Heads?", {"heads": "", "tails": "No."}, "heads", None, 0.0, "", None)
    Traceback (most recent call last):
    ValueError: the choice 'heads' has no reply, expected a sentence for whoever takes it.
    """
    if not text.strip():
        raise ValueError("text is empty, expected a question.")
    if (choices is None) == (number is None):
        raise ValueError(
            f"both are there, {NEITHER}." if choices else f"nothing to guess, {NEITHER}."
        )
    if choices is not None:
        if not 2 <= len(choices) <= len(LETTERS):
            raise ValueError(f"there are {len(choices)} choices, expected 2 to {len(LETTERS)}.")
        if right not in choices:
            raise ValueError(
                f"right is {right!r}, expected one of {', '.join(map(repr, choices))}."
            )
        for choice, reply in choices.items():
            if not choice.strip():
                raise ValueError("a choice is empty, expected what can be chosen.")
            if not reply.strip():
                raise ValueError(
                    f"the choice {choice!r} has no reply, expected a sentence for whoever takes it."
                )
    if number is not None:
        if right is not None:
            raise ValueError(f"right is {right!r}, expected none: the right answer is number.")
        if not reply.strip():
            raise ValueError("reply is empty, expected a sentence for whoever finds the number.")
        check_number("number", number)
        check_number("tolerance", tolerance, at_least=0)
        for slip in slips or {}:
            check_number("a key of slips", slip)
            if abs(slip - number) <= tolerance:
                raise ValueError(f"{slip} counts as right, expected only wrong numbers in slips.")


class Question(TeachingWidget):
    """A question with choices, or one whose answer is a number; each guess gets its reply at once.

    ``choices`` has a reply for each choice, and ``right`` is the right one. Or the answer is
    ``number``, give or take ``tolerance``; ``reply`` is for whoever finds it, and ``slips`` has a
    reply for each likely wrong number; other guesses are told *too low* or *too high*. It can be
    guessed again. *Count hands* lets a class vote on the choices. All of it happens in the browser,
    so it works where no kernel runs, and ``guess`` is what was last guessed.

    Raises ``ValueError`` for both or neither of choices and a number, fewer than two choices or
    more than eight, a right one that is not among them, no reply, or a slip that would be right.

    >>> asked = Question("A fair die has six sides. How many bits is one throw?", number=2.585,
    ...                  tolerance=0.01, reply="log₂ 6.", slips={6: "Those are the sides."})
    >>> asked.reply_to(6), asked.reply_to(2.58)
    ('Not so. Those are the sides.', 'Right. log₂ 6.')
    >>> asked = Question("Which is more?", {"a bit": "ln 2 nats.", "a nat": "1.44 bits."}, "a nat")
    >>> asked.reply_to("a bit")
    'Not so. ln 2 nats.'
    """

    _esm = module(__file__)
    _css = stylesheet(__file__)

    text = traitlets.Unicode().tag(sync=True)
    choices = traitlets.List(traitlets.Unicode()).tag(sync=True)
    replies = traitlets.List(traitlets.Unicode()).tag(sync=True)  # of the choices, or the slips
    right = traitlets.Int(-1).tag(sync=True)  # the place of the right choice
    number = traitlets.Float(allow_none=True).tag(sync=True)
    tolerance = traitlets.Float().tag(sync=True)
    slips = traitlets.List(traitlets.Float()).tag(sync=True)
    reply = traitlets.Unicode().tag(sync=True)  # for whoever finds the number
    guess = traitlets.Any(None, allow_none=True).tag(sync=True)

    @typed
    @checked_by(check_question)
    def __init__(
        self,
        text: str,
        choices: Mapping[str, str] | None = None,
        right: str | None = None,
        *,
        number: float | None = None,
        tolerance: float = 0.0,
        reply: str = "",
        slips: Mapping[int | float, str] | None = None,
        **options: Any,
    ) -> None:
        """Set up the question; ``options`` go to ipywidgets (``layout``, for one)."""
        named = [*(choices or {})]
        super().__init__(
            text=text,
            choices=named,
            replies=[*(choices or slips or {}).values()],
            right=named.index(right) if right in named else -1,
            number=None if number is None else float(number),
            tolerance=float(tolerance),
            slips=[float(slip) for slip in slips or {}],
            reply=reply,
            **options,
        )

    @typed
    def reply_to(self, guess: str | int | float) -> str:
        """Return what is said to a guess: one of the choices, or a number.

        Raises ``ValueError`` for what can't be guessed here.
        """
        if isinstance(guess, str):
            if guess not in self.choices:
                expected = ", ".join(map(repr, self.choices)) or "a number"
                raise ValueError(f"the guess is {guess!r}, expected {expected}.")
            place = self.choices.index(guess)
            return f"{'Right' if place == self.right else 'Not so'}. {self.replies[place]}"
        if self.number is None:
            raise ValueError(f"the guess is {guess}, expected one of the choices, as a text.")
        if abs(guess - self.number) <= self.tolerance:
            return f"Right. {self.reply}"
        distances = [abs(guess - slip) for slip in self.slips]
        if distances and min(distances) <= self.tolerance:  # two slips may be near: the nearest
            return f"Not so. {self.replies[distances.index(min(distances))]}"
        return "Too low. Guess again." if guess < self.number else "Too high. Guess again."

    def picture(self) -> Figure:
        """Write the question and its choices."""
        use_style()
        lines = textwrap.wrap(self.text, LINE)
        for letter, choice in zip(LETTERS, self.choices, strict=False):
            lines += textwrap.wrap(f"{letter}  {choice}", LINE, subsequent_indent="     ")
        figure, axes = plt.subplots(figsize=(11.5, 0.35 + 0.33 * len(lines)))
        axes.set_axis_off()
        frame = Rectangle((0, 0), 1, 1, fill=False, edgecolor=GREY, transform=axes.transAxes)
        axes.add_patch(frame).set_clip_on(False)
        axes.text(
            0.015,
            1 - 0.15 / figure.get_figheight(),
            "\n".join(lines),
            transform=axes.transAxes,
            fontsize=15,
            va="top",
            linespacing=1.5,
            parse_math=False,
        )
        return figure

    @property
    def alt(self) -> str:
        """Say in words what the picture shows."""
        choices = "; ".join(self.choices)
        return f"A question: {self.text} {f'Choices: {choices}.' if choices else 'A number.'}"
