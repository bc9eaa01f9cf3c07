"""The key–value cache: with it and without it the same logits, and what it holds."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lmteach.decoding.cache import KeyValueCache, cache_of_first
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT
from tests.decoding.twins import talkative

SIZES = {"vocab_size": 23, "context": 24, "dim": 16, "heads": 4, "layers": 3}
CONFIGS = {
    "gpt2": GPTConfig(**SIZES),
    "modern": GPTConfig.modern(**SIZES),
    "swiglu": GPTConfig.modern(**SIZES, activation="swiglu", tied=False),
    "ngrams": GPTConfig.modern(**SIZES, ngram_order=3, ngram_rows=40),
}
MODELS = {name: talkative(config) for name, config in CONFIGS.items()}


@pytest.mark.parametrize("name", MODELS)
@given(st.lists(st.integers(1, 8), min_size=1, max_size=6), st.integers(0, 99))
def test_in_pieces_and_at_once_the_logits_are_the_same(name, pieces, seed):
    model, pieces = MODELS[name], pieces[:3]
    ids = torch.randint(23, (2, sum(pieces)), generator=torch.Generator().manual_seed(seed))
    cache = KeyValueCache()
    with torch.no_grad():
        found = torch.cat([model(piece, cache) for piece in ids.split(pieces, dim=1)], dim=1)
        torch.testing.assert_close(found, model(ids), rtol=0, atol=1e-5)
    assert found.std() > 0.3
    assert cache.length == ids.shape[1]


def test_keys_and_values_by_hand():
    """One layer, one head: the cache holds the two maps of the normed embeddings."""
    model = GPT(GPTConfig(vocab_size=5, context=4, dim=2, heads=1, layers=1))
    cache, ids = KeyValueCache(), torch.tensor([[3, 1]])
    with torch.no_grad():
        for place in range(2):
            model(ids[:, place : place + 1], cache)
        x = model.h[0].norm1(model.wte.weight[ids] + model.wpe.weight[:2])
        attention = model.h[0].self_attn
        mapped = x @ attention.in_proj_weight.T + attention.in_proj_bias
        _, keys, values = mapped.chunk(3, dim=-1)
    torch.testing.assert_close(cache.keys[0][:, 0], keys)
    torch.testing.assert_close(cache.values[0][:, 0], values)


def test_it_grows_layer_by_layer_and_keeps_what_was_there():
    cache = KeyValueCache()
    assert cache.length == 0
    first, second = torch.randn(2, 1, 3, 4), torch.randn(2, 1, 2, 4)
    for layer in range(2):
        keys, values = cache.extend(layer, first + layer, -first)
        assert torch.equal(keys, first + layer)
        assert torch.equal(values, -first)
    keys, values = cache.extend(1, second, 2 * second)
    assert torch.equal(keys, torch.cat([first + 1, second], dim=2))
    assert torch.equal(values, torch.cat([-first, 2 * second], dim=2))
    assert torch.equal(cache.keys[0], first)


def test_another_cache_goes_on_alone():
    model, ids = MODELS["gpt2"], torch.tensor([[1, 2, 3, 4]])
    with torch.no_grad():
        cache = KeyValueCache()
        model(ids[:, :2], cache)
        branch = KeyValueCache(cache.ids, cache.keys, cache.values)
        model(torch.tensor([[9, 9]]), branch)
        torch.testing.assert_close(model(ids[:, 2:], cache), model(ids)[:, 2:], rtol=0, atol=1e-5)
    assert (cache.length, branch.length) == (4, 4)
    assert not torch.equal(cache.keys[0], branch.keys[0])


def test_more_than_the_context_is_refused():
    cache = KeyValueCache()
    MODELS["modern"](torch.zeros(1, 20, dtype=torch.long), cache)
    with pytest.raises(ValueError, match="5 tokens after 20 in the cache"):
        MODELS["modern"](torch.zeros(1, 5, dtype=torch.long), cache)
    assert cache.length == 20


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("layer", "shape", "words"),
    [
        (2, (1, 2, 1, 4), "layer is 2, expected 0 to 1"),
        (-1, (1, 2, 1, 4), "layer is -1, expected 0 to 1"),
        (0, (2, 2, 1, 4), r"keys have shape \(2, 2, 1, 4\) .* after \(1, 2, 3, 4\) in the cache"),
        (0, (1, 3, 1, 4), "differ in T only"),
    ],
)
def test_what_does_not_fit(layer, shape, words):
    cache = KeyValueCache()
    cache.extend(0, torch.zeros(1, 2, 3, 4), torch.zeros(1, 2, 3, 4))
    with pytest.raises(ValueError, match=words):
        cache.extend(layer, torch.zeros(shape), torch.zeros(shape))
    with pytest.raises(ValueError, match=r"values \(1, 2, 2, 4\)"):
        cache.extend(0, torch.zeros(1, 2, 1, 4), torch.zeros(1, 2, 2, 4))


@pytest.mark.usefixtures("without_shape_checks")
def test_tokens_of_another_batch_are_refused_before_they_are_kept():
    cache = KeyValueCache()
    cache.read(torch.tensor([[1, 2]]))
    for wrong in (torch.zeros(2, 1).long(), torch.tensor([[-1]])):
        with pytest.raises(ValueError, match=r"ids has 2 rows, expected 1|contains the id -1"):
            cache.read(wrong)
    assert cache.read(torch.tensor([[3]])).tolist() == [[1, 2, 3]]


@given(st.integers(0, 9), st.integers(0, 99))
def test_what_is_forgotten_can_be_read_anew(length, seed):
    """With the first tokens alone, any others may follow; the whole cache stays as it was."""
    model = MODELS["ngrams"]
    draw = torch.Generator().manual_seed(seed)
    ids, other = (torch.randint(23, (2, 9), generator=draw) for _ in range(2))
    cache = KeyValueCache()
    with torch.no_grad():
        model(ids, cache)
        cut = cache_of_first(cache, length)
        assert (cut.length, cache.length) == (length, 9)
        follow = torch.cat([ids[:, :length], other], dim=1)
        found = model(other, cut)
        torch.testing.assert_close(found, model(follow)[:, length:], rtol=0, atol=1e-5)


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize("length", [-1, 4, 1.0])
def test_no_more_can_be_had_than_is_held(length):
    cache = KeyValueCache()
    with torch.no_grad():
        MODELS["gpt2"](torch.tensor([[1, 2, 3]]), cache)
    with pytest.raises(ValueError, match=f"length is {length}, expected"):
        cache_of_first(cache, length)
