"""Units of information against SciPy, hand-worked cases and properties."""

import math
from collections import Counter
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy

from lmteach.evaluation.information import (
    LanguageModel,
    bits_per_character,
    evaluate,
    perplexity,
    shannon_bounds,
)
from lmteach.models.embedding.feedforward import FeedForwardLM
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT
from lmteach.models.hmm.model import HMM
from lmteach.models.ngram.arpa import read_arpa, write_arpa
from lmteach.models.ngram.model import NGramModel
from lmteach.models.recurrent.language_model import RecurrentLM
from lmteach.models.transformer.layers import TransformerConfig
from lmteach.models.transformer.positioned_lm import PositionedLM
from lmteach.text.tokenizers.bpe import BPETokenizer
from lmteach.text.tokenizers.characters import CharTokenizer
from lmteach.training.trained_gpt import trained_gpt

GAMES = st.lists(st.integers(1, 27), min_size=1, max_size=200)


def test_bits_per_character_by_hand():
    assert bits_per_character(math.log(2), tokens=10, characters=10) == pytest.approx(1)
    assert bits_per_character(math.log(8), tokens=10, characters=30) == pytest.approx(1)
    assert bits_per_character(0.0, tokens=1, characters=1) == 0


@given(st.floats(0, 20), st.integers(1, 10**6), st.integers(1, 5))
def test_bits_per_character_does_not_depend_on_how_the_text_is_cut(loss, tokens, length):
    whole = bits_per_character(loss, tokens, tokens * length)
    cut_into_characters = bits_per_character(loss / length, tokens * length, tokens * length)
    assert whole == pytest.approx(cut_into_characters, rel=1e-12)


@given(st.integers(1, 1000))
def test_perplexity_of_a_fair_die_is_its_number_of_sides(sides):
    assert perplexity(math.log(sides)) == pytest.approx(sides)


def test_perplexity_of_the_impossible_is_infinite():
    assert perplexity(math.inf) == math.inf
    assert perplexity(1000.0) == math.inf


V = 4  # tokens that the models below know
TEXT = [0, 1, 2, 3, 0, 1, 1, 2, 0, 3, 3, 1]


def counted(tmp_path) -> NGramModel:
    return NGramModel(3, "interpolated", V).fit(TEXT)


def listed(tmp_path) -> LanguageModel:
    path = tmp_path / "three.arpa"
    write_arpa(NGramModel(3, "kneser_ney", V, discount=0.5).fit(TEXT), path, "abcd")
    return read_arpa(path)


SMALL = TransformerConfig(dim=8, heads=2, feed_forward_dim=16, layers=1, dropout=0.5)
MODELS = {
    "n-gram": counted,
    "ARPA file": listed,
    "HMM": lambda _: HMM.random(3, V, np.random.default_rng(0)),
    "feed-forward": lambda _: FeedForwardLM(V, window=2, dim=3, hidden_dim=5),
    "told of places": lambda _: PositionedLM(V, SMALL, "rotary"),
    "RNN": lambda _: RecurrentLM(V, dim=6, cell="rnn"),
    "LSTM": lambda _: RecurrentLM(V, dim=6),
    "GPT": lambda _: GPT(GPTConfig(vocab_size=V, context=4, dim=8, heads=2, layers=1)),
    "GPT, modern": lambda _: GPT(
        GPTConfig.modern(vocab_size=V, context=4, dim=8, heads=2, layers=1)
    ),
}


@pytest.fixture(params=MODELS)
def model(request, tmp_path) -> LanguageModel:
    torch.manual_seed(0)
    made = MODELS[request.param](tmp_path)
    if isinstance(made, torch.nn.Module):
        with torch.no_grad():
            for parameter in made.parameters():  # far enough from telling nothing
                parameter += 0.5 * torch.randn_like(parameter)
    return made


def test_every_model_spreads_a_probability_of_1_over_all_texts(model):
    assert isinstance(model, LanguageModel)
    texts = [
        math.fsum(model.log_probabilities(ids).tolist()) for ids in product(range(V), repeat=3)
    ]
    assert math.fsum(map(math.exp, texts)) == pytest.approx(1, abs=1e-6)
    assert max(texts) - min(texts) > 0.1


def test_every_model_scores_each_token_from_those_before_it(model):
    whole = model.log_probabilities(TEXT).tolist()
    assert len(whole) == len(TEXT)
    for length in range(1, len(TEXT)):
        part = model.log_probabilities(TEXT[:length]).tolist()
        assert part == pytest.approx(whole[:length], abs=1e-5)
    assert type(model.log_probabilities(TEXT)) is (
        torch.Tensor if isinstance(model, torch.nn.Module) else np.ndarray
    )


def test_evaluation_by_hand():
    """a, b and d were seen in equal shares, c never: each costs log2 3 bits."""
    letters = CharTokenizer("abcd")
    model = NGramModel(1, "mle", vocab_size=4).fit(letters.encode("abd"))
    found = evaluate(model, letters, "adbba")
    assert found.bits_per_character == pytest.approx(math.log2(3), rel=1e-12)
    assert found.nats == pytest.approx(5 * math.log(3), rel=1e-12)
    assert (found.tokens, found.characters) == (5, 5)
    assert found.nats_per_token == pytest.approx(math.log(3), rel=1e-12)
    assert evaluate(model, letters, "ac").bits_per_character == math.inf


def test_bits_are_minus_log2_p_for_each_character():
    model, tokenizer = trained_gpt()
    text = "So it is."
    ids = tokenizer.encode(text)
    chances = model(torch.tensor([ids]))[0].detach().double().softmax(dim=-1)
    by_hand = math.log2(model.config.vocab_size)
    by_hand -= sum(math.log2(chances[place, ids[place + 1]]) for place in range(len(ids) - 1))
    found = evaluate(model, tokenizer, text)
    assert found.bits_per_character == pytest.approx(by_hand / len(text), abs=1e-5)
    assert (found.tokens, found.characters) == (len(ids), len(text))


def test_bytes_and_characters_are_told_apart():
    """Three bytes for one character, each held equally likely among 256."""
    tokenizer = BPETokenizer([])
    model = NGramModel(1, "add_k", vocab_size=256, k=1e12).fit([0, 1])
    found = evaluate(model, tokenizer, "狼")
    assert (found.tokens, found.characters) == (3, 1)
    assert found.bits_per_character == pytest.approx(3 * 8)


def test_options_reach_the_model():
    letters = CharTokenizer("abcd")
    model = GPT(GPTConfig(vocab_size=4, context=4, dim=8, heads=2, layers=1))
    text = "abcdabbacddc"
    by_stride = [evaluate(model, letters, text, stride=stride).nats for stride in (1, 4)]
    expected = [-model.log_probabilities(letters.encode(text), stride).sum() for stride in (1, 4)]
    assert by_stride == pytest.approx([one.item() for one in expected], rel=1e-6)
    assert by_stride[0] != pytest.approx(by_stride[1], rel=1e-6)


def test_what_can_not_be_evaluated_is_refused():
    class Forgetful(NGramModel):
        def log_probabilities(self, ids):
            return super().log_probabilities(ids)[1:]

    letters = CharTokenizer("ab")
    model = Forgetful(1, "add_k", vocab_size=2).fit([0, 1])
    with pytest.raises(ValueError, match="text is empty"):
        evaluate(model, letters, "")
    with pytest.raises(ValueError, match=r"Forgetful gave 1 log probabilities for 2 tokens"):
        evaluate(model, letters, "ab")


@given(GAMES)
def test_upper_bound_is_the_entropy_of_the_guess_numbers(guesses):
    _, upper = shannon_bounds(guesses)
    assert upper == pytest.approx(entropy(list(Counter(guesses).values()), base=2), abs=1e-12)


@given(GAMES)
def test_lower_bound_never_exceeds_the_upper(guesses):
    lower, upper = shannon_bounds(guesses)
    assert -1e-12 <= lower <= upper + 1e-12
    assert upper <= math.log2(27) + 1e-12


def test_shannon_bounds_by_hand():
    # half of the letters at once, a quarter each at the second and third guess:
    # lower = 1 (1/2 - 1/4) log2 1 + 2 (1/4 - 1/4) log2 2 + 3 (1/4) log2 3, upper = 1.5
    lower, upper = shannon_bounds([1, 1, 2, 3])
    assert lower == pytest.approx(0.75 * math.log2(3))
    assert upper == pytest.approx(1.5)


def test_level_guesses_leave_no_gap():
    assert shannon_bounds(list(range(1, 28))) == pytest.approx((math.log2(27), math.log2(27)))


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (lambda: bits_per_character(-0.1, 1, 1), "nats_per_token is -0.1, expected a number"),
        (lambda: bits_per_character(math.nan, 1, 1), "nats_per_token is nan"),
        (lambda: bits_per_character(1.0, 0, 1), "got 0 tokens and 1 characters"),
        (lambda: bits_per_character(1.0, 1, 0), "got 1 tokens and 0 characters"),
        (lambda: perplexity(-1.0), "turn its sign first"),
        (lambda: shannon_bounds([]), "guesses is empty"),
        (lambda: shannon_bounds([1, 0]), "contains 0, expected whole numbers from 1 up"),
        (lambda: shannon_bounds([1, -3]), "contains -3"),
    ],
)
def test_bad_input_is_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        bad()
