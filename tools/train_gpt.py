"""Make the GPT that comes with the package, and its row: python -m tools.train_gpt

Trains by the recipe of notebook 13 with three seeds, some two minutes each on two CPU cores. The
first one's weights go into the package, and the bits of all three into a row of thread A.
"""

import argparse
import sys
from dataclasses import asdict

import torch

from lmteach.evaluation.information import bits_per_character
from lmteach.evaluation.scoreboard import record
from lmteach.models.gpt.model import GPT, log_probabilities
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.bpe import BPETokenizer
from lmteach.training.gpt_recipe import WIKIPEDIA
from lmteach.training.trained_gpt import FOLDER, write_trained_gpt

SEEDS = (0, 1, 2)


def bits(model: GPT, tokenizer: BPETokenizer, text: str) -> float:
    """Bits per character of a text."""
    ids = tokenizer.encode(text)
    nats = -log_probabilities(model, ids).mean().item()
    return bits_per_character(nats, tokens=len(ids), characters=len(text))


def main(line: list[str]) -> int:
    """Train, ship the first, record all."""
    parser = argparse.ArgumentParser(prog="python -m tools.train_gpt", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS, help="0 is the shipped one")
    parser.add_argument("--folder", default=FOLDER, help="where the shipped one goes")
    options = parser.parse_args(line)
    corpus, recipe = wikipedia(), WIKIPEDIA
    tokenizer = BPETokenizer.train(corpus.train, recipe.config.vocab_size)
    ids = torch.tensor(tokenizer.encode(corpus.train))
    results, times = [], []
    for seed in options.seeds:
        model = recipe.model(torch.Generator().manual_seed(seed))
        generator = torch.Generator().manual_seed(seed)
        history = recipe.train(model, ids, generator, progress=sys.stderr.isatty())
        valid, test = (bits(model, tokenizer, text) for text in (corpus.valid, corpus.test))
        results.append(test)
        times.append(history.seconds)
        print(f"seed {seed}: {history.seconds:.1f} s, valid {valid:.4f}, test {test:.4f} bits")
        if seed == SEEDS[0]:
            notes = {
                "recipe": asdict(recipe),
                "seed": seed,
                "text": f"train of wikipedia(): {corpus.source}",
                "seconds": round(history.seconds, 1),
                "torch": torch.__version__,
            }
            _ship(model, tokenizer, notes, corpus.test, options.folder)
    if len(results) > 1:
        seconds = sum(times) / len(times)
        print(record("A", "GPT", results, model.parameter_count, seconds))
    return 0


@torch.no_grad()
def _ship(
    model: GPT, tokenizer: BPETokenizer, notes: dict[str, object], test: str, folder: str
) -> None:
    """Write the model, with the bits that it has in half precision."""
    for parameter in model.parameters():
        parameter.copy_(parameter.half())
    measured = round(bits(model, tokenizer, test), 4)
    write_trained_gpt(model, tokenizer, notes | {"bits_per_character": measured}, folder)
    print(f"shipped: {measured:.4f} bits per character on test")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
