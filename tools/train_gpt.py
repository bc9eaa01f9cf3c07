"""Make the GPT that comes with the package: python -m tools.train_gpt

Trains by the recipe of notebook 13, some two minutes on two CPU cores. Its row of the scoreboard,
with three seeds, is measured by ``experiments/gpt_forms.py``.
"""

import argparse
import sys
from dataclasses import asdict

import torch

from lmteach.evaluation.information import evaluate
from lmteach.models.gpt.model import GPT
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.bpe import BPETokenizer
from lmteach.training.gpt_recipe import WIKIPEDIA
from lmteach.training.trained_gpt import FOLDER, write_trained_gpt

SEED = 0


def main(line: list[str]) -> int:
    """Train it and write it."""
    parser = argparse.ArgumentParser(prog="python -m tools.train_gpt", description=__doc__)
    parser.add_argument("--folder", default=FOLDER, help="where it goes")
    options = parser.parse_args(line)
    corpus, recipe = wikipedia(), WIKIPEDIA
    tokenizer = BPETokenizer.train(corpus.train, recipe.config.vocab_size)
    ids = torch.tensor(tokenizer.encode(corpus.train))
    model = recipe.model(torch.Generator().manual_seed(SEED))
    generator = torch.Generator().manual_seed(SEED)
    history = recipe.train(model, ids, generator, progress=sys.stderr.isatty())
    valid = evaluate(model, tokenizer, corpus.valid).bits_per_character
    print(f"trained for {history.seconds:.1f} s: {valid:.4f} bits per character on valid")
    notes = {
        "recipe": asdict(recipe),
        "seed": SEED,
        "text": f"train of wikipedia(): {corpus.source}",
        "seconds": round(history.seconds, 1),
        "torch": torch.__version__,
    }
    _ship(model, tokenizer, notes, corpus.test, options.folder)
    return 0


@torch.no_grad()
def _ship(
    model: GPT, tokenizer: BPETokenizer, notes: dict[str, object], test: str, folder: str
) -> None:
    """Write the model, with the bits that it has in half precision."""
    for parameter in model.parameters():
        parameter.copy_(parameter.half())
    measured = round(evaluate(model, tokenizer, test).bits_per_character, 4)
    write_trained_gpt(model, tokenizer, notes | {"bits_per_character": measured}, folder)
    print(f"shipped: {measured:.4f} bits per character on test")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
