"""How well does a small Transformer translate names that it has not seen?

Names of countries, languages, currencies and units, from English letters to Chinese characters, by
the Transformer of notebook 11 with the recipe of ``pronouncing``, but for greater batches, fewer
steps, and dropout, as there are few names. It is judged on names of known words and on names with
new ones. Its texts are stored, a line for each name of ``translated_names()``, so that any score
can be taken of them. The first case is short, and translates one name in 16, to be measured again.
"""

from collections.abc import Iterator
from functools import cache, partial

import torch
from torch import Tensor, nn

from experiments.pronouncing import RECIPE as PRONOUNCING
from experiments.pronouncing import Batch, loss_of
from lmteach.decoding.translating import TextTranslator
from lmteach.evaluation.bleu import bleu
from lmteach.evaluation.chrf import chrf
from lmteach.models.transformer.layers import TransformerConfig
from lmteach.models.transformer.translator import Translator
from lmteach.text.batches import batches_of_like_length, pad
from lmteach.text.corpora.translated_names import TranslatedName, translated_names
from lmteach.text.tokenizers.vocabulary import END, START, Vocabulary
from lmteach.training.loop import fit
from lmteach.training.schedules import warmup_cosine

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
def read() -> tuple[Vocabulary, Vocabulary, tuple[Tensor, ...]]:
    """Letters, characters, and rows with their lengths: of the names, and of their translations."""
    names = translated_names()
    letters = Vocabulary("".join(one.english for part in vars(names).values() for one in part))
    characters = Vocabulary("".join(one.chinese for one in names.train))
    source = pad([letters.encode(one.english) for one in names.train])
    target = pad([[START, *characters.encode(one.chinese), END] for one in names.train])
    return letters, characters, (*source, *target)


def drawn(generator: torch.Generator) -> Iterator[Batch]:
    """Batches of names of like length, one pass after the other."""
    source, lengths, target, ends = read()[2]
    while True:
        both = torch.stack([lengths, ends], dim=1)
        for places in batches_of_like_length(both, RECIPE["batch"], generator):
            widest = lengths[places].max(), ends[places].max()
            yield source[places][:, : widest[0]], lengths[places], target[places][:, : widest[1]]


def make() -> nn.Module:
    """A network that is not trained yet."""
    letters, characters, _ = read()
    dim = RECIPE["dim"]
    config = TransformerConfig(
        dim,
        RECIPE["heads"],
        4 * dim,
        RECIPE["layers"],
        dropout=RECIPE["dropout"],
        activation="gelu",
    )
    made = Translator(len(letters), len(characters), config, tied=False)
    for embedding in (made.source_embedding, made.target_embedding):
        nn.init.normal_(embedding.weight, std=RECIPE["embedding_std"])
    return made


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
    made = make()
    optimizer = torch.optim.AdamW(
        made.parameters(), lr=RECIPE["rate"], betas=RECIPE["betas"], fused=RECIPE["fused"]
    )
    warmup = min(RECIPE["warmup"], steps - 1)
    generator = torch.Generator().manual_seed(seed)
    batches = drawn(generator)
    history = fit(
        made,
        partial(loss_of, smoothing=RECIPE["smoothing"]),
        lambda generator: next(batches),
        steps,
        optimizer,
        generator,
        schedule=lambda step: warmup_cosine(step, warmup, steps, floor=0.0),
        validate_every=steps,
        progress=False,
    )
    letters, characters, _ = read()
    translator = TextTranslator(made, letters, characters, LONGEST)
    names, figures = translated_names(), {}
    for part, some in (("known", names.known_words), ("new", names.new_words)):
        some = some[::every]
        symbols = translator.translate([one.english for one in some], RECIPE["beam"])
        texts = ["".join(one) for one in symbols]
        figures |= judged(texts, some, part) | {f"texts_{part}": "\n".join(texts)}
    parameters = sum(weight.numel() for weight in made.parameters())
    return figures | {"parameters": parameters, "seconds": round(history.seconds, 1)}
