"""The configuration of a GPT: the sizes of 2019, the two forms, and what can't be built."""

from dataclasses import FrozenInstanceError

import pytest
import torch

from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT


def test_the_defaults_are_the_small_gpt2():
    with torch.device("meta"):
        model = GPT(GPTConfig())
    assert model.parameter_count == 124_439_808  # as published for the tied model


def test_the_modern_form_and_what_is_given():
    config = GPTConfig.modern(dim=64, heads=4, bias=True)
    assert (config.norm, config.positions, config.activation) == ("rms", "rotary", "squared_relu")
    assert (config.dim, config.heads, config.bias, config.query_key_norm) == (64, 4, True, True)


def test_swiglu_has_as_many_weights_with_its_three_matrices():
    sizes = {"vocab_size": 9, "context": 8, "dim": 48, "heads": 4, "layers": 2}
    counts = [
        GPT(GPTConfig.modern(activation=activation, **sizes)).parameter_count
        for activation in ("squared_relu", "swiglu")
    ]
    assert counts[0] == counts[1]
    assert GPTConfig(dim=8, heads=2, feed_forward_dim=5).hidden == 5


def test_it_is_frozen():
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'dim'"):
        GPTConfig().dim = 3


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"dim": 10, "heads": 4}, "expected heads to divide dim: take dim=8 or dim=12"),
        ({"vocab_size": 0}, "vocab_size is 0, expected a whole number of at least 1"),
        ({"context": 1.5}, "context is 1.5"),
        ({"layers": 0}, "layers is 0"),
        ({"feed_forward_dim": 0}, "feed_forward_dim is 0"),
        ({"dropout": 1.0}, "dropout is 1.0, expected a finite number of at least 0 and below 1"),
        ({"norm_eps": 0.0}, "norm_eps is 0.0, expected a finite number above 0"),
        ({"ngram_order": 0}, "ngram_order is 0, expected a whole number of at least 1"),
        ({"ngram_order": 2}, "ngram_rows is 0, expected a whole number of at least 1"),
        (
            {"ngram_dropout": 1},
            "ngram_dropout is 1, expected a finite number of at least 0 and below",
        ),
        ({"norm": "batch"}, "norm is 'batch', expected one of 'layer', 'rms'"),
        ({"positions": "alibi"}, "positions is 'alibi', expected one of 'learned', 'rotary'"),
        ({"activation": "relu"}, "expected one of 'gelu', 'squared_relu', 'swiglu'"),
        ({"dim": 9, "heads": 3, "positions": "rotary"}, "a head is 3 wide .* an even width"),
    ],
)
def test_bad_arguments(given, message):
    with pytest.raises(ValueError, match=message):
        GPTConfig(**given)
