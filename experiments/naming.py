"""How well does a small Transformer translate names that it has not seen?

Names of countries, languages, currencies and units, from English letters to Chinese characters, by
the Transformer of notebook 11 with the recipe of ``pronouncing``, but for greater batches, fewer
steps, and dropout, as there are few names. It is judged on names of known words and on names with
new ones. Its texts are stored, a line for each name of ``translated_names()``, so that any score
can be taken of them. The first case is short, and translates one name in 16, to be measured again.
"""

from functools import cache

import torch

from experiments.pronouncing import RECIPE as PRONOUNCING
from experiments.pronouncing import Rows, train, transformer
from lmteach.decoding.translating import TextTranslator
from lmteach.evaluation.bleu import bleu
from lmteach.evaluation.chrf import chrf
from lmteach.text.batches import pad
from lmteach.text.corpora.translated_names import TranslatedName, translated_names
from lmteach.text.tokenizers.vocabulary import END, START, Vocabulary

RECIPE = {
    "text": "train of translated_names()",
    "betas": PRONOUNCING["betas"],
    "beam": 1,
    **PRONOUNCING["Transformer"],
    "batch": 128,
    "warmup": 200,
    "dropout": 0.1,
}
CASES = ({"steps": 40, "every": 16}, {"steps": 900, "every": 1})
SEEDS = (0, 1, 2)
TOLERANCE = 0.03
LONGEST = 50  # letters of a name


@cache
def read() -> tuple[Vocabulary, Vocabulary, Rows]:
    """Letters, characters, and rows with their lengths: of the names, and of their translations."""
    names = translated_names()
    letters = Vocabulary("".join(one.english for part in vars(names).values() for one in part))
    characters = Vocabulary("".join(one.chinese for one in names.train))
    source = pad([letters.encode(one.english) for one in names.train])
    target = pad([[START, *characters.encode(one.chinese), END] for one in names.train])
    return letters, characters, (*source, *target)


def judged(said: list[str], names: tuple[TranslatedName, ...], part: str) -> dict[str, float]:
    """The share that is exactly right, BLEU and chrF of the characters."""
    right = [one.chinese for one in names]
    pairs = list(zip(said, right, strict=True))
    return {
        f"exact_{part}": round(sum(a == b for a, b in pairs) / len(pairs), 4),
        f"bleu_{part}": round(bleu(said, [(one,) for one in right]), 4),
        f"chrf_{part}": round(chrf(said, right), 4),
    }


def measure(seed: int, steps: int, every: int) -> dict[str, float | str]:
    """Scores of both test parts, the texts, the size and the seconds to train."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    letters, characters, rows = read()
    made = transformer(len(letters), len(characters), RECIPE, RECIPE["dropout"])
    seconds = train(made, rows, RECIPE, steps, seed)
    translator = TextTranslator(made, letters, characters, LONGEST)
    names, figures = translated_names(), {}
    for part, some in (("known", names.known_words), ("new", names.new_words)):
        some = some[::every]
        symbols = translator.translate([one.english for one in some], RECIPE["beam"])
        texts = ["".join(one) for one in symbols]
        figures |= judged(texts, some, part) | {f"texts_{part}": "\n".join(texts)}
    parameters = sum(weight.numel() for weight in made.parameters())
    return figures | {"parameters": parameters, "seconds": seconds}
