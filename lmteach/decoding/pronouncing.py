"""From a word to its sounds with a trained model. Used in notebook 08."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from tqdm.auto import tqdm

from lmteach.decoding.beam import beam_search
from lmteach.models.seq2seq import EncoderDecoder
from lmteach.text.batches import pad
from lmteach.text.vocabulary import END, START, Vocabulary

Sounds = tuple[str, ...]


class Pronouncer:
    """A trained encoder–decoder with its two vocabularies: words in, phonemes out.

    ``longest`` is the greatest number of letters that it takes: a model has not learned to read
    words much longer than those it was trained on.

    Raises ``ValueError`` if the vocabularies are not those of the model.
    """

    def __init__(
        self, model: EncoderDecoder, letters: Vocabulary, phonemes: Vocabulary, longest: int = 28
    ) -> None:
        """Keep the model as it is; it is put into evaluation mode when it is asked."""
        if (len(letters), len(phonemes)) != (model.source_vocab, model.target_vocab):
            raise ValueError(
                f"got vocabularies of {len(letters)} letters and {len(phonemes)} phonemes for a "
                f"model of {model.source_vocab} and {model.target_vocab}, expected as many."
            )
        self.model, self.letters, self.phonemes = model, letters, phonemes
        self.longest = longest

    def check(self, word: str) -> None:
        """Raise ``ValueError`` with a sentence for people if a word can't be pronounced."""
        if not word:
            raise ValueError("There is no word to pronounce: type at least one letter.")
        if strange := self.letters.unknown(word):
            raise ValueError(
                f"No word to learn from had {' or '.join(map(repr, strange))}: "
                "use the letters a to z, the apostrophe, hyphen and full stop."
            )
        if len(word) > self.longest:
            raise ValueError(
                f"That word has {len(word)} letters. The longest to learn from had fewer than "
                f"{self.longest}: type at most {self.longest}."
            )

    def pronounce(
        self, words: Sequence[str], width: int = 1, batch: int = 256, progress: bool = False
    ) -> list[Sounds]:
        """Return the likeliest sounds of each word that a beam of ``width`` finds.

        Words of like length are done together, ``batch`` at a time; the answers are the same as
        one by one. Raises ``ValueError`` for a word that can't be pronounced, and says why.
        """
        for word in words:
            self.check(word)
        said: list[Sounds] = [()] * len(words)
        order = sorted(range(len(words)), key=lambda place: len(words[place]))
        self.model.eval()
        for first in tqdm(range(0, len(words), batch), disable=not progress, leave=False):
            places = order[first : first + batch]
            source, lengths = self._sources([words[place] for place in places])
            start = torch.full_like(lengths, START)
            with torch.no_grad():
                state = self.model.encode(source, lengths)
            found = beam_search(self.model.step, state, start, END, width, 2 * self.longest)
            for place, hypotheses in zip(places, found, strict=True):
                said[place] = self.phonemes.decode(hypotheses[0].tokens)
        return said

    def align(self, word: str, sounds: Sounds) -> Float[np.ndarray, "time source"]:
        """Return where the model looks while it says ``sounds``: a row for each, a column a letter.

        Rows sum to 1; all is 0 for a model without attention. The step that writes the end mark
        is left out. Raises ``ValueError`` for a word or sounds that the model doesn't know.
        """
        self.check(word)
        source, lengths = self._sources([word])
        target = torch.tensor([[START, *self.phonemes.encode(sounds)]], device=source.device)
        self.model.eval()
        return self.model.alignment(source, lengths, target)[0, :-1].cpu().numpy()

    def _sources(self, words: Sequence[str]) -> tuple[Tensor, Tensor]:
        device = next(self.model.parameters()).device
        source, lengths = pad([self.letters.encode(word) for word in words])
        return source.to(device), lengths.to(device)
