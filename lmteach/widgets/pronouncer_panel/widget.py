"""Type any word, hear in phonemes how a trained model says it, and see where it looks.

Played in notebook 08. The word goes to Python, where the model is; the answer comes back.
"""

from typing import Any

import matplotlib.pyplot as plt
import traitlets
from matplotlib.figure import Figure

from lmteach.decoding.translating import Pronouncer
from lmteach.plots.alignment import alignment
from lmteach.typed import typed
from lmteach.widgets.shared.base import TeachingWidget, module, sentence_picture, stylesheet

# A word in which the dictionary has the sound, for each sound that a model may say.
EXAMPLES = dict(
    pair.split(":")
    for pair in (
        "AA:odd AE:at AH:hut AO:ought AW:cow AY:hide B:be CH:cheese D:dee DH:thee EH:Ed ER:hurt "
        "EY:ate F:fee G:green HH:he IH:it IY:eat JH:gee K:key L:lee M:me N:knee NG:ping OW:oat "
        "OY:toy P:pee R:read S:sea SH:she T:tea TH:theta UH:hood UW:two V:vee W:we Y:yield Z:zee "
        "ZH:seizure"
    ).split()
)


class PronouncerPanel(TeachingWidget):
    """A line to type a word into, its phonemes, and lines from each to the letters it came from.

    ``pronouncer`` is a trained model with its vocabularies, ``word`` what is shown first, and
    ``width`` that of the beam. ``answer`` holds what is shown: the word as it was read, its
    ``sounds``, the ``weights`` (a row for each sound, a column for each letter), and a
    ``message`` instead of these where the word can't be pronounced.

    Raises ``ValueError`` if the first word can't be pronounced, or ``width`` is below 1.

    >>> import torch
    >>> from lmteach.models.seq2seq.model import EncoderDecoder
    >>> from lmteach.text.tokenizers.vocabulary import Vocabulary
    >>> letters, sounds = Vocabulary("abc"), Vocabulary(["AE", "B", "K"])
    >>> _ = torch.manual_seed(0)
    >>> model = EncoderDecoder(len(letters), len(sounds), dim=8, attention=True)
    >>> PronouncerPanel(Pronouncer(model, letters, sounds), " Cab").answer["word"]
    'cab'
    """

    _esm = module(__file__)
    _css = stylesheet(__file__)

    word = traitlets.Unicode().tag(sync=True)
    longest = traitlets.Int().tag(sync=True)
    examples = traitlets.Dict().tag(sync=True)
    answer = traitlets.Dict().tag(sync=True)

    @typed
    def __init__(
        self, pronouncer: Pronouncer, word: str = "through", width: int = 4, **options: Any
    ) -> None:
        """Set up the panel; ``options`` go to ipywidgets (``layout``, for one)."""
        if width < 1:
            raise ValueError(f"width is {width}, expected a beam of at least 1.")
        pronouncer.check(read(word))
        self.pronouncer, self.width = pronouncer, width
        super().__init__(
            word=word,
            longest=pronouncer.longest,
            examples=EXAMPLES,
            answer=self._answer(word),
            **options,
        )

    @traitlets.observe("word")
    def _say(self, change: dict[str, Any]) -> None:
        """Answer the word that was typed in the browser, or set in Python."""
        if self.answer["typed"] != change["new"]:  # equal while the panel is set up
            self.answer = self._answer(change["new"])

    def _answer(self, typed: str) -> dict[str, Any]:
        word = read(typed)
        try:
            [sounds] = self.pronouncer.pronounce([word], self.width)
            weights = self.pronouncer.align(word, sounds).round(4).tolist()
            message = "" if sounds else f"The model finds nothing to say for “{word}”."
        except ValueError as error:
            sounds, weights, message = (), [], str(error)
        return {
            "typed": typed,
            "word": word,
            "sounds": list(sounds),
            "weights": weights,
            "message": message,
        }

    def picture(self) -> Figure:
        """Draw letters, sounds and lines, or write the sentence that stands in their place."""
        found = self.answer
        if found["message"]:
            return sentence_picture(found["message"])
        span = max(len(found["word"]), len(found["sounds"]))
        figure, axes = plt.subplots(figsize=(max(5, 0.95 * span), 3.2))
        alignment(found["weights"], source=found["word"], target=found["sounds"], axes=axes)
        return figure

    @property
    def alt(self) -> str:
        """Say in words what the picture shows."""
        found = self.answer
        if found["message"]:
            return f"A line to type a word into, to see it pronounced. {found['message']}"
        looks = [
            f"{sound} at {found['word'][max(range(len(row)), key=row.__getitem__)]}"
            for sound, row in zip(found["sounds"], found["weights"], strict=True)
        ]
        looked = any(map(any, found["weights"]))
        where = f" It looked most, for each: {', '.join(looks)}." if looked else ""
        return (
            f"The word “{found['word']}” above its pronunciation by the model, "
            f"{' '.join(found['sounds'])}, with lines from each sound to the letters that the "
            f"model looked at, the thicker the more.{where}"
        )


@typed
def read(typed: str) -> str:
    """Return a typed word as the models read it: small letters, no blanks around it.

    >>> read("  Knight ")
    'knight'
    """
    return typed.strip().lower()
