"""From a word to its sounds with a trained model. Used in notebooks 08 and 11."""

from collections.abc import Sequence

from lmteach.decoding.translating import Symbols, TextTranslator
from lmteach.models.seq2seq import EncoderDecoder
from lmteach.models.translator import Translator
from lmteach.text.vocabulary import Vocabulary


class Pronouncer(TextTranslator):
    """A trained encoder–decoder with its two vocabularies: words in, phonemes out.

    ``longest`` is the greatest number of letters that it takes: a model has not learned to read
    words much longer than those it was trained on.

    Raises ``ValueError`` if the vocabularies are not those of the model.
    """

    kinds = ("letters", "phonemes")
    noun, verb = "word", "pronounce"
    readable = "use the letters a to z, the apostrophe, hyphen and full stop"

    def __init__(
        self,
        model: EncoderDecoder | Translator,
        letters: Vocabulary,
        phonemes: Vocabulary,
        longest: int = 28,
    ) -> None:
        """Keep the model as it is; it is put into evaluation mode when it is asked."""
        super().__init__(model, letters, phonemes, longest)

    def pronounce(
        self, words: Sequence[str], width: int = 1, batch: int = 256, progress: bool = False
    ) -> list[Symbols]:
        """Return the likeliest sounds of each word, as ``translate`` does.

        Raises ``ValueError`` for a word that can't be pronounced, and says why.
        """
        return self.translate(words, width, batch, progress)
