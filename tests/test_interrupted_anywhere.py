"""An interrupt at any moment of scoring, writing and counting: the next run is as if it were not.

Training has its own tests of this, in ``training/test_standing.py``.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from lmteach.decoding.beam import beam_continuations
from lmteach.decoding.sampling import greedy, sample
from lmteach.decoding.translating import TextTranslator
from lmteach.decoding.watched_translation import watch_translation
from lmteach.evaluation.information import evaluate
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT
from lmteach.models.hmm.model import HMM
from lmteach.models.ngram.model import NGramModel
from lmteach.models.recurrent.language_model import RecurrentLM
from lmteach.models.transformer.layers import TransformerConfig
from lmteach.models.transformer.translator import Translator
from lmteach.text.tokenizers.characters import CharTokenizer
from lmteach.text.tokenizers.vocabulary import Vocabulary
from lmteach.training import checkpoints
from tests.interrupting import interrupted_at, moments, numbers_of, state_of, world

# They draw from Python's random numbers to choose what they look at.
pytestmark = pytest.mark.usefixtures("without_shape_checks")

LETTERS, TEXT = CharTokenizer("abcde"), "abacadabecab" * 3
IDS = torch.tensor([[1, 4, 2], [0, 0, 3]])


def generator() -> torch.Generator:
    """The same numbers each time."""
    return torch.Generator().manual_seed(5)


def gpt() -> GPT:
    """A GPT that trains, with much dropout, all but its first layer, which is frozen."""
    config = GPTConfig(vocab_size=5, context=8, dim=8, heads=2, layers=2, dropout=0.5)
    model = GPT(config, generator()).train()
    model.h[0].eval()
    return model


def translator() -> TextTranslator:
    """A translator with dropout, which trains."""
    torch.manual_seed(2)
    names, digits = Vocabulary("abcdef "), Vocabulary("0123")
    model = Translator(len(names), len(digits), TransformerConfig(8, 2, 16, 1, dropout=0.5))
    return TextTranslator(model, names, digits, longest=6)


def recurrent() -> RecurrentLM:
    """A recurrent network."""
    return RecurrentLM(5, 8, generator=generator())


def expect_the_same(
    call: Callable[[], Any], models: list[nn.Module], count: int, seed: int = 0
) -> None:
    """Interrupt a call at random moments: all is then as before, and so is what it returns."""
    expected = call()
    states, numbers = [*map(state_of, models)], [*map(numbers_of, models)]
    for event in moments(call, count, seed):
        before = world()
        interrupted_at(event, call)
        assert world() == before
        assert [*map(state_of, models)] == states
        assert call() == expected
        assert [*map(numbers_of, models)] == numbers


@pytest.mark.parametrize("made", [gpt, recurrent])
def test_scoring(made: Callable[[], Any]) -> None:
    model = made()
    expect_the_same(lambda: evaluate(model, LETTERS, TEXT), [model], count=8)


def test_scoring_by_counts() -> None:
    model = NGramModel(3, "modified_kneser_ney").fit(LETTERS.encode(TEXT))
    expect_the_same(lambda: evaluate(model, LETTERS, TEXT), [], count=4)


@pytest.mark.parametrize("cached", [True, False])
def test_writing(cached: bool) -> None:
    model = gpt()
    expect_the_same(lambda: greedy(model, IDS, 5, cached=cached).tolist(), [model], count=4)
    options = {"top_p": 0.9, "cached": cached}
    expect_the_same(
        lambda: sample(model, IDS, 5, generator=generator(), **options).tolist(), [model], count=4
    )


def test_writing_with_a_recurrent_network() -> None:
    model = recurrent()
    expect_the_same(lambda: model.sample(5, generator(), [1, 2]).tolist(), [model], count=2)


def test_searching() -> None:
    model = gpt()
    expect_the_same(lambda: beam_continuations(model, IDS, 5, width=3), [model], count=6)


def test_translating() -> None:
    asked = translator()
    expect_the_same(lambda: asked.translate(["fed ab", "cab"], width=2), [asked.model], count=6)


def test_watching_a_translation() -> None:
    asked = translator()

    def watch() -> tuple[Any, ...]:
        watched = watch_translation(asked, "fed ab")
        return watched.target, watched.probabilities, watched.cross.tolist()

    expect_the_same(watch, [asked.model], count=10)


def test_baum_welch() -> None:
    rng = np.random.default_rng(0)
    model = HMM.random(3, 4, rng)
    sequences = [rng.integers(0, 4, size=length) for length in (9, 5, 12)]

    def learn() -> tuple[Any, ...]:
        new, log_likelihoods = model.baum_welch(sequences, iterations=4, tolerance=0)
        tables = [new.initial, new.transition, new.emission, model.transition, model.emission]
        return log_likelihoods, [table.tolist() for table in tables], [*map(list, sequences)]

    expect_the_same(learn, [], count=12)


def test_baum_welch_with_restarts() -> None:
    sequences = [[0, 1, 2, 1], [2, 2, 0]]

    def learn() -> tuple[Any, ...]:
        best, runs = HMM.fit_restarts(sequences, 2, 3, np.random.default_rng(1), 2, 3)
        return best.emission.tolist(), runs

    expect_the_same(learn, [], count=4)


def test_a_checkpoint_over_another_is_the_old_one_or_the_new(tmp_path: Path) -> None:
    path, model, found = tmp_path / "model.safetensors", nn.Linear(2, 2), set()
    checkpoints.save(path, model, step=1)
    save = moments(lambda: checkpoints.save(path, model, step=1), 12)
    for event in save:
        checkpoints.save(path, model, step=1)
        interrupted_at(event, lambda: checkpoints.save(path, model, step=2))
        found.add(checkpoints.load(path, nn.Linear(2, 2))["step"])
        assert [file.name for file in tmp_path.iterdir()] == [path.name]
    assert 1 in found
    assert found <= {1, 2}
