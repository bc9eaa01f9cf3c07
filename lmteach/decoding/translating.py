"""From one text to another with a trained model. Used in notebooks 08 and 11."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from tqdm.auto import tqdm

from lmteach.checks import check_sizes, checked_by
from lmteach.decoding.beam import beam_search
from lmteach.models.evaluating import in_evaluation
from lmteach.models.seq2seq.model import EncoderDecoder
from lmteach.models.transformer.translator import Translator
from lmteach.text.batches import pad
from lmteach.text.tokenizers.vocabulary import END, START, Vocabulary
from lmteach.typed import typed

Symbols = tuple[str, ...]


def _check_texts(texts: Sequence[str], width: int, batch: int) -> None:
    check_sizes(width=width, batch=batch)
    if isinstance(texts, str):
        raise ValueError(
            f"texts is the text {texts[:20]!r}, expected a list of them; [text] for one alone."
        )
    if len(texts) == 0:
        raise ValueError("texts is empty, expected at least one text.")


def _check_words(words: Sequence[str], width: int, batch: int) -> None:
    _check_texts(words, width, batch)


class TextTranslator:
    """A trained model with its two vocabularies: texts in, symbols out.

    ``longest`` is the greatest number of letters that it takes: a model has not learned to read
    texts much longer than those it was trained on. Its answers have at most twice as many symbols.

    Raises ``ValueError`` if the vocabularies are not those of the model.

    >>> letters, digits = Vocabulary("abc"), Vocabulary("01")
    >>> model = EncoderDecoder(len(letters), len(digits), dim=4, attention=True)
    >>> translator = TextTranslator(model, letters, digits, longest=5)
    >>> translator.check("cab")  # can be read
    >>> [answer] = translator.translate(["cab"], width=2)
    >>> translator.align("cab", ("1", "0")).shape
    (2, 3)
    """

    kinds = ("source", "target")  # what the symbols of the two vocabularies are called
    noun, verb, readable = "text", "translate", "take other letters"

    @typed
    def __init__(
        self,
        model: EncoderDecoder | Translator,
        source: Vocabulary,
        target: Vocabulary,
        longest: int = 40,
    ) -> None:
        """Keep the model as it is; its dropout is off while it is asked."""
        check_sizes(longest=longest)
        if (len(source), len(target)) != (model.source_vocab, model.target_vocab):
            raise ValueError(
                f"got vocabularies of {len(source)} {self.kinds[0]} and {len(target)} "
                f"{self.kinds[1]} for a model of {model.source_vocab} and {model.target_vocab}, "
                "expected as many."
            )
        self.model, self.source, self.target = model, source, target
        self.longest = longest

    @typed
    def check(self, text: str) -> None:
        """Raise ``ValueError`` with a sentence for people if a text can't be read."""
        if not text:
            raise ValueError(f"There is no {self.noun} to {self.verb}: type at least one letter.")
        if strange := self.source.unknown(text):
            raise ValueError(
                f"No {self.noun} to learn from had {' or '.join(map(repr, strange))}: "
                f"{self.readable}."
            )
        if len(text) > self.longest:
            raise ValueError(
                f"That {self.noun} has {len(text)} letters. The longest to learn from had fewer "
                f"than {self.longest}: type at most {self.longest}."
            )

    @typed
    @checked_by(_check_texts)
    def translate(
        self, texts: Sequence[str], width: int = 1, batch: int = 256, progress: bool = False
    ) -> list[Symbols]:
        """Return the likeliest answer to each text that a beam of ``width`` finds.

        Texts of like length are done together, ``batch`` at a time; the answers are the same as
        one by one. Raises ``ValueError`` for a text that can't be translated, and says why.
        """
        for text in texts:
            self.check(text)
        said: list[Symbols] = [()] * len(texts)
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for first in tqdm(range(0, len(texts), batch), disable=not progress, leave=False):
            places = order[first : first + batch]
            source, lengths = self._sources([texts[place] for place in places])
            start = torch.full_like(lengths, START)
            with torch.no_grad(), in_evaluation(self.model):
                state = self.model.encode(source, lengths)
                found = beam_search(self.model.step, state, start, END, width, 2 * self.longest)
            for place, hypotheses in zip(places, found, strict=True):
                said[place] = self.target.decode(hypotheses[0].tokens)
        return said

    @typed
    def align(self, text: str, answer: Symbols) -> Float[np.ndarray, "time source"]:
        """Return where the model looks as it writes: a row for each symbol, a column a letter.

        Rows sum to 1; all is 0 for a model without attention. The step that writes the end mark
        is left out. Raises ``ValueError`` for a text or symbols that the model doesn't know.
        """
        self.check(text)
        source, lengths = self._sources([text])
        target = torch.tensor([[START, *self.target.encode(answer)]], device=source.device)
        with in_evaluation(self.model):
            return self.model.alignment(source, lengths, target)[0, :-1].cpu().numpy()

    def _sources(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        device = next(self.model.parameters()).device
        source, lengths = pad([self.source.encode(text) for text in texts])
        return source.to(device), lengths.to(device)


class Pronouncer(TextTranslator):
    """A trained encoder–decoder with its two vocabularies: words in, phonemes out.

    ``longest`` is the greatest number of letters that it takes: a model has not learned to read
    words much longer than those it was trained on.

    Raises ``ValueError`` if the vocabularies are not those of the model.

    >>> letters, phonemes = Vocabulary("act"), Vocabulary(["AE", "K", "T"])
    >>> model = EncoderDecoder(len(letters), len(phonemes), dim=4, attention=True)
    >>> len(Pronouncer(model, letters, phonemes).pronounce(["cat", "act"]))
    2
    """

    kinds = ("letters", "phonemes")
    noun, verb = "word", "pronounce"
    readable = "use the letters a to z, the apostrophe, hyphen and full stop"

    @typed
    def __init__(
        self,
        model: EncoderDecoder | Translator,
        letters: Vocabulary,
        phonemes: Vocabulary,
        longest: int = 28,
    ) -> None:
        """Keep the model as it is; its dropout is off while it is asked."""
        super().__init__(model, letters, phonemes, longest)

    @typed
    @checked_by(_check_words)
    def pronounce(
        self, words: Sequence[str], width: int = 1, batch: int = 256, progress: bool = False
    ) -> list[Symbols]:
        """Return the likeliest sounds of each word, as ``translate`` does.

        Raises ``ValueError`` for a word that can't be pronounced, and says why.
        """
        return self.translate(words, width, batch, progress)
