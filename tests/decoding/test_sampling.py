"""Writing token by token: the same tokens as Hugging Face's generate, and what is refused."""

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lmteach.decoding.cache import KeyValueCache
from lmteach.decoding.sampling import (
    drawn,
    greedy,
    likeliest,
    next_logits,
    sample,
    stream,
)
from lmteach.models.evaluating import in_evaluation
from lmteach.models.gpt.config import GPTConfig
from tests.decoding.twins import CONTEXT, MODEL, SIZES, VOCAB, generate, prompts, talkative


@pytest.mark.parametrize("penalty", [1.0, 1.5])
@pytest.mark.parametrize("cached", [True, False])
def test_greedy_writes_what_hugging_face_writes(twin, penalty, cached):
    ids = prompts(0)
    expected = generate(twin, ids, 25, do_sample=False, repetition_penalty=penalty)
    found = greedy(MODEL, ids, 25, repetition_penalty=penalty, cached=cached)
    assert torch.equal(found, expected)
    assert len(set(found[0].tolist())) > 3


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"temperature": 0.7},
        {"temperature": 1.4, "top_k": 5},
        {"top_p": 0.8},
        {"temperature": 0.9, "top_k": 12, "top_p": 0.9, "repetition_penalty": 1.2},
    ],
    ids=str,
)
@pytest.mark.parametrize("cached", [True, False])
def test_the_same_draws_are_the_same_tokens_as_hugging_face(twin, options, cached):
    ids = prompts(1)
    torch.manual_seed(7)
    expected = generate(twin, ids, 25, do_sample=True, **options)
    generator = torch.Generator().manual_seed(7)
    found = sample(MODEL, ids, 25, **options, generator=generator, cached=cached)
    assert torch.equal(found, expected)
    torch.manual_seed(7)
    assert torch.equal(sample(MODEL, ids, 25, **options, cached=cached), expected)


def test_ends_as_hugging_face_does(twin):
    ids = prompts(2, rows=4)
    free = greedy(MODEL, ids, 25)
    end = int(free[0, 6])
    found = greedy(MODEL, ids, 25, end=end)
    twin.generation_config.eos_token_id, twin.generation_config.pad_token_id = end, end
    expected = generate(twin, ids, 25, do_sample=False)
    twin.generation_config.eos_token_id, twin.generation_config.pad_token_id = None, 0
    assert torch.equal(found, expected)
    one = greedy(MODEL, ids[:1], 25, end=end)
    first = free[0].tolist().index(end)
    assert one[0].tolist() == free[0, : first + 1].tolist()


@given(st.integers(0, 999), st.integers(1, 3), st.integers(1, 12), st.integers(1, 20))
@settings(max_examples=25)
def test_greedy_takes_the_likeliest_each_time(seed, rows, time, new_tokens):
    ids = prompts(seed, rows, time)
    found = greedy(MODEL, ids, new_tokens)
    assert found.shape == (rows, new_tokens)
    with torch.no_grad():
        logits = MODEL(torch.cat([ids, found], dim=1)[:, :-1])[:, time - 1 :]
    chosen = logits.gather(-1, found[..., None])[..., 0]
    torch.testing.assert_close(chosen, logits.amax(dim=-1), rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    "config", [GPTConfig(**SIZES), GPTConfig.modern(**SIZES)], ids=["gpt2", "modern"]
)
@given(seed=st.integers(0, 999), time=st.integers(1, 12))
@settings(max_examples=10)
def test_cached_or_not_the_logits_are_the_same(config, seed, time):
    model, ids = talkative(config), prompts(seed, time=time)
    logits = {True: [], False: []}
    for cached, kept in logits.items():

        def choose(found, seen, kept=kept):
            kept.append(found)
            return found.argmax(dim=-1)

        assert len(list(stream(model, ids, 15, choose, cached=cached))) == 15
    torch.testing.assert_close(
        torch.stack(logits[True]), torch.stack(logits[False]), rtol=0, atol=1e-5
    )


def test_tokens_come_as_soon_as_they_are_there():
    asked = []

    def choose(logits, seen):
        asked.append(seen.tolist())
        return torch.tensor([len(asked)])

    tokens = stream(MODEL, torch.tensor([[7]]), 3, choose)
    assert asked == []
    assert next(tokens).tolist() == [1]
    assert asked == [[[7]]]
    assert [token.tolist() for token in tokens] == [[2], [3]]
    assert asked[-1] == [[7, 1, 2]]


def test_draws_follow_the_probabilities():
    """A thousand rows of one beginning: shares of what is drawn against the softmax."""
    ids = prompts(3, rows=1).expand(4000, -1)
    chances = (next_logits(MODEL, ids[:1]) / 2).softmax(dim=-1)[0]
    found = sample(MODEL, ids, 1, temperature=2.0, generator=torch.Generator().manual_seed(0))
    shares = found[:, 0].bincount(minlength=VOCAB) / len(ids)
    assert (shares - chances).abs().max() < 4 * (0.25 / len(ids)) ** 0.5
    few = sample(MODEL, ids, 1, top_k=3, generator=torch.Generator().manual_seed(0))
    assert set(few[:, 0].tolist()) == set(chances.topk(3).indices.tolist())


def test_a_cold_model_is_greedy_and_a_nucleus_of_one_too():
    ids = prompts(4)
    expected = greedy(MODEL, ids, 10)
    assert torch.equal(sample(MODEL, ids, 10, temperature=1e-4), expected)
    assert torch.equal(sample(MODEL, ids, 10, top_p=1e-6), expected)
    assert torch.equal(sample(MODEL, ids, 10, top_k=1), expected)


def test_choosers_by_hand():
    logits, seen = torch.tensor([[0.6, 0.5, -1.0]]), torch.tensor([[0]])
    assert likeliest()(logits, seen).tolist() == [0]
    assert likeliest(2.0)(logits, seen).tolist() == [1]
    assert drawn(top_k=1, repetition_penalty=2.0)(logits, seen).tolist() == [1]


def test_dropout_is_off_while_writing_and_on_again_between_tokens():
    config = GPTConfig(**SIZES, dropout=0.5)
    model = talkative(config).train()
    expected = greedy(talkative(config), prompts(5), 10)
    for token, wanted in zip(stream(model, prompts(5), 10, likeliest()), expected.T, strict=True):
        assert token.tolist() == wanted.tolist()
        assert model.training
        assert torch.is_grad_enabled()
    with pytest.raises(KeyError, match="stop"), in_evaluation(model):  # noqa: PT012
        assert not model.training
        raise KeyError("stop")
    assert model.training


def test_the_whole_context_can_be_used():
    ids = prompts(6, time=CONTEXT)
    assert greedy(MODEL, ids, 1).shape == (2, 1)
    assert greedy(MODEL, ids[:, :1], CONTEXT).shape == (2, CONTEXT)
    for time, new in itertools.product((1, 5, CONTEXT), (1, CONTEXT)):
        if time + new - 1 > CONTEXT:
            with pytest.raises(ValueError, match="fit into the context of 32"):
                greedy(MODEL, ids[:, :time], new)


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ids": torch.zeros(1, 40).long()}, "40 tokens and 5 new .* begin with the last 28"),
        ({"ids": torch.zeros(1, 30).long()}, "ask for at most 3, or begin with the last 28"),
        ({"new_tokens": 40}, r"3 tokens and 40 new .* 32: ask for at most 30\."),
        ({"ids": torch.zeros(1, 99).long(), "new_tokens": 40}, "both are longer"),
        ({"new_tokens": 0}, "new_tokens is 0, expected a whole number"),
        ({"new_tokens": 2.0}, "new_tokens is 2.0"),
        ({"ids": [1, 2]}, r"ids is of type list, expected a tensor"),
        ({"ids": torch.zeros(3).long()}, r"ids has shape \(3,\), .* batch of one"),
        ({"ids": torch.zeros(1, 0).long()}, r"ids has shape \(1, 0\)"),
        ({"ids": torch.zeros(1, 3)}, "whole numbers"),
        ({"ids": torch.full((1, 3), VOCAB)}, r"ids contains the id 31, but .* \(ids 0 to 30\)"),
        ({"temperature": 0.0}, "temperature is 0.0.* use greedy"),
        ({"temperature": -2.0}, "temperature is -2.0"),
        ({"top_p": 0.0}, "top-p is 0.0"),
        ({"top_p": 1.01}, "top-p is 1.01"),
        ({"top_k": 0}, "top-k is 0"),
        ({"repetition_penalty": 0.0}, "repetition penalty is 0.0"),
    ],
)
def test_impossible_wishes(change, words):
    good = {"ids": torch.zeros(1, 3).long(), "new_tokens": 5}
    with pytest.raises(ValueError, match=words):
        sample(MODEL, **(good | change))
    if not change.keys() & {"temperature", "top_p", "top_k"}:
        with pytest.raises(ValueError, match=words):
            greedy(MODEL, **(good | change))


def test_a_cache_is_gone_on_with_and_only_the_rest_is_read():
    ids, cache, read = prompts(3), KeyValueCache(), []
    first = torch.stack([*stream(MODEL, ids, 4, likeliest(), cache=cache)], dim=1)
    assert cache.length == ids.shape[1] + 3
    longer = torch.cat([ids, first, prompts(4)], dim=1)
    hook = MODEL.h[0].register_forward_pre_hook(lambda _, given: read.append(given[0].shape[1]))
    try:
        found = torch.stack([*stream(MODEL, longer, 5, likeliest(), cache=cache)], dim=1)
    finally:
        hook.remove()
    assert torch.equal(found, greedy(MODEL, longer, 5, cached=False))
    assert read == [1 + prompts(4).shape[1], 1, 1, 1, 1]


def test_a_cache_of_other_tokens_is_refused():
    ids, cache = prompts(3), KeyValueCache()
    list(stream(MODEL, ids, 4, likeliest(), cache=cache))
    for other in (prompts(5), ids, prompts(3, rows=1)):
        with pytest.raises(ValueError, match="cache holds 8 tokens, expected some of the first 4"):
            stream(MODEL, other, 4, likeliest(), cache=cache)
