"""The cost of a GPT: against the weights that there are, and the operations that are counted."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.cost import operations_by_part, parameters_by_part
from lmteach.models.gpt.model import GPT

sizes = st.fixed_dictionaries(
    {
        "vocab_size": st.integers(2, 40),
        "context": st.integers(1, 9),
        "dim": st.sampled_from((8, 16)),
        "heads": st.sampled_from((2, 4)),
        "key_heads": st.sampled_from((None, 1, 2)),
        "layers": st.integers(1, 3),
        "norm": st.sampled_from(("layer", "rms")),
        "positions": st.sampled_from(("learned", "rotary")),
        "activation": st.sampled_from(("gelu", "squared_relu", "swiglu")),
        "bias": st.booleans(),
        "query_key_norm": st.booleans(),
        "tied": st.booleans(),
        "ngram_order": st.sampled_from((1, 3)),
        "ngram_rows": st.just(5),
    }
)


@settings(max_examples=40, deadline=None)
@given(sizes)
def test_all_parts_together_are_all_weights_and_all_operations(given_sizes) -> None:
    config = GPTConfig(**given_sizes)
    model = GPT(config)
    assert sum(parameters_by_part(config).values()) == model.parameter_count
    ids = torch.zeros(1, config.context, dtype=torch.long)
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        model(ids)
    counted = counter.get_total_flops() / config.context
    assert counted == sum(operations_by_part(config).values())


def test_by_hand() -> None:
    config = GPTConfig(vocab_size=10, context=4, dim=2, heads=1, layers=1)
    assert parameters_by_part(config) == {
        "tokens": 20,
        "positions": 8,
        "n-grams": 0,
        "attention": 24,  # 3 x 6 into queries, keys, values; 3 x 2 out
        "feed-forward": 42,  # 3 x 8, 9 x 2
        "norms": 12,
    }
    assert operations_by_part(config, context=1) == {
        "attention": 32,
        "feed-forward": 64,
        "scores": 8,
        "output": 40,
    }


def test_a_context_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="context is 0"):
        operations_by_part(GPTConfig(), context=0)
