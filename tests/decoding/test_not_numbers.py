"""NaN is never passed over: neither by who chooses a token, nor by who scores a text."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from lmteach.decoding.beam import beam_continuations, beam_search
from lmteach.decoding.sampling import greedy, sample
from lmteach.decoding.translating import TextTranslator
from lmteach.evaluation.information import bits_per_character, evaluate, shannon_bounds
from lmteach.models.embedding.feedforward import FeedForwardLM
from lmteach.models.embedding.feedforward import sample as sample_feedforward
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT
from lmteach.models.recurrent.language_model import RecurrentLM
from lmteach.models.seq2seq.model import EncoderDecoder
from lmteach.plots.zipf import rank_frequency
from lmteach.text.tokenizers.characters import CharTokenizer
from lmteach.text.tokenizers.vocabulary import Vocabulary
from lmteach.widgets.guessing_game.recorded_game import check_guesses

IDS = torch.tensor([[1, 4]])
GENERATOR = torch.Generator()


def broken(model: nn.Module, value: float = math.nan) -> nn.Module:
    """The model with one weight that is no number."""
    with torch.no_grad():
        next(model.parameters())[2] = value
    return model


def gpt(value: float = math.nan) -> GPT:
    """One whose logits of token 2 are not numbers."""
    model = GPT(GPTConfig(vocab_size=5, context=8, dim=8, heads=2, layers=1))
    broken(model, value)
    return model


CHOOSERS = {
    "greedy": lambda: greedy(gpt(), IDS, 4),
    "greedy, not cached": lambda: greedy(gpt(), IDS, 4, cached=False),
    "sample": lambda: sample(gpt(), IDS, 4, generator=GENERATOR),
    "beam": lambda: beam_continuations(gpt(), IDS, 3, width=2),
    "recurrent": lambda: broken(RecurrentLM(vocab_size=5, dim=8)).sample(3, GENERATOR, [2]),
    "feedforward": lambda: sample_feedforward(
        broken(FeedForwardLM(vocab_size=5, window=2, dim=2, hidden_dim=3)),
        3,
        GENERATOR,
        torch.tensor([2]),
    ),
}


@pytest.mark.parametrize("chooser", CHOOSERS)
def test_no_token_is_chosen_by_logits_that_are_none(chooser: str) -> None:
    with pytest.raises(ValueError, match=r"logits at step 1 contain nan, so no token can be chos"):
        CHOOSERS[chooser]()


def test_it_says_at_which_step() -> None:
    def step(tokens: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        scores = torch.full((len(tokens), 4), 0.25).log()
        return torch.where(state[:, None] == 2, torch.nan, scores), state + 1

    with pytest.raises(ValueError, match="at step 3 contain nan"):
        beam_search(step, torch.tensor([0]), torch.tensor([1]), end=0, width=2, max_length=5)


@pytest.mark.parametrize(("value", "words"), [(math.inf, "inf"), (-math.inf, "nan")])
def test_infinite_weights_are_found_too(value: float, words: str) -> None:
    with pytest.raises(ValueError, match=f"contain ({words}|nan|inf), so no token"):
        greedy(gpt(value), IDS, 4)


def test_a_text_is_not_translated_by_a_broken_model() -> None:
    letters = Vocabulary("abc")
    model = EncoderDecoder(len(letters), len(letters), dim=4, attention=False)
    with torch.no_grad():
        for weight in model.parameters():
            weight.fill_(math.nan)
    with pytest.raises(ValueError, match="at step 1 contain nan"):
        TextTranslator(model, letters, letters).translate(["ab"])


def test_a_score_that_is_no_number_is_named() -> None:
    with pytest.raises(ValueError, match="GPT gave nan as the log probability of token 1"):
        evaluate(gpt(), CharTokenizer("abcde"), "bec")


@pytest.mark.usefixtures("without_shape_checks")
def test_numbers_that_are_none_are_in_no_range() -> None:
    with pytest.raises(ValueError, match="nan"):
        bits_per_character(1.0, math.nan, 3)
    with pytest.raises(ValueError, match="nan"):
        bits_per_character(1.0, 3, math.nan)
    for guess in (math.nan, math.inf):
        with pytest.raises(ValueError, match=f"guesses .*{guess}.*whole numbers"):
            shannon_bounds([1, guess])
        with pytest.raises(ValueError, match=f"guesses .*{guess}.*whole numbers"):
            check_guesses([1, guess])
    with pytest.raises(ValueError, match="contains nan"):
        rank_frequency({"words": np.array([3.0, math.nan])})
    for width, length in ((math.nan, 2), (2, math.nan)):
        with pytest.raises(ValueError, match=r"(width|max_length) is nan, expected"):
            beam_search(lambda *_: (), (), torch.tensor([0]), 0, width, length)
