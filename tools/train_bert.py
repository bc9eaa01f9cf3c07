"""Make the BERT that comes with the package: python -m tools.train_bert

Trains by the recipe of notebook 15, some two minutes on two CPU cores, and measures the bits of
one hidden token.
"""

import argparse
import sys
from dataclasses import asdict

import torch

from lmteach.evaluation.blanks import bits_per_blank, draw_blanks, fill_with_bert
from lmteach.models.bert.model import BertForMaskedLM
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.training.masked_recipe import WIKIPEDIA_MASKED
from lmteach.training.trained_bert import FOLDER, write_trained_bert
from lmteach.training.trained_gpt import trained_tokenizer

SEED = 0
BLANKS = 1000  # on which the bits are measured


def bits_of(model: BertForMaskedLM, text: str, count: int = BLANKS) -> float:
    """The bits of one hidden token, on blanks that are the same at each call."""
    ids = torch.tensor(trained_tokenizer().encode(text))
    generator = torch.Generator().manual_seed(SEED)
    blanks = draw_blanks(ids, count, model.config.context - 2, generator)
    return bits_per_blank(fill_with_bert(model, blanks), blanks)


def main(line: list[str]) -> int:
    """Train it and write it."""
    parser = argparse.ArgumentParser(prog="python -m tools.train_bert", description=__doc__)
    parser.add_argument("--folder", default=FOLDER, help="where it goes")
    options = parser.parse_args(line)
    corpus, recipe = wikipedia(), WIKIPEDIA_MASKED
    ids = torch.tensor(trained_tokenizer().encode(corpus.train))
    model = recipe.model(torch.Generator().manual_seed(SEED))
    generator = torch.Generator().manual_seed(SEED)
    history = recipe.train(model, ids, generator, progress=sys.stderr.isatty())
    valid = bits_of(model, corpus.valid)
    print(f"trained for {history.seconds:.1f} s: {valid:.4f} bits per blank on valid")
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.half())
    measured = round(bits_of(model, corpus.test), 4)
    notes = {
        "recipe": asdict(recipe),
        "seed": SEED,
        "text": f"train of wikipedia(): {corpus.source}",
        "seconds": round(history.seconds, 1),
        "torch": torch.__version__,
        "bits_per_blank": measured,
    }
    write_trained_bert(model, notes, options.folder)
    print(f"shipped: {measured:.4f} bits per blank on test")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
