"""Beam search with a GPT: the same continuations as Hugging Face, and the best there is."""

import itertools

import pytest
import torch

from lmteach.decoding.beam import beam_continuations
from lmteach.decoding.sampling import greedy
from lmteach.models.gpt.config import GPTConfig
from tests.decoding.twins import MODEL, SIZES, VOCAB, generate, prompts, talkative


def tokens(found):
    return [[list(one.tokens) for one in each] for each in found]


@pytest.mark.parametrize("width", [1, 2, 5])
@pytest.mark.parametrize("time", [1, 6])
def test_the_same_as_hugging_face(twin, width, time):
    ids = prompts(0, rows=3, time=time)
    options = {"do_sample": False, "num_beams": width, "num_return_sequences": width}
    expected = generate(twin, ids, 20, **options)
    found = beam_continuations(MODEL, ids, 20, width)
    assert tokens(found) == expected.view(3, width, 20).tolist()
    assert not any(one.ended for each in found for one in each)


def log_probability(model, ids, written):
    """What the model gives to a continuation, read at once."""
    with torch.no_grad():
        logits = model(torch.cat([ids, written], dim=1)[:, :-1])[:, ids.shape[1] - 1 :]
    return logits.log_softmax(-1).gather(-1, written[..., None]).sum().item()


def test_totals_are_the_models_own():
    ids = prompts(1, rows=2)
    for row, found in enumerate(beam_continuations(MODEL, ids, 8, 3)):
        for one in found:
            own = log_probability(MODEL, ids[row : row + 1], torch.tensor([one.tokens]))
            assert one.log_probability == pytest.approx(own, abs=1e-4)


def test_wide_enough_it_finds_the_best_of_all():
    model = talkative(GPTConfig(vocab_size=4, context=8, dim=8, heads=2, layers=2), seed=3)
    ids, end = torch.tensor([[2, 1]]), 0
    every = {}
    for written in itertools.product(range(4), repeat=3):
        cut = written[: written.index(end) + 1] if end in written else written
        every[cut] = log_probability(model, ids, torch.tensor([cut]))
    best = sorted(every, key=every.__getitem__, reverse=True)[:10]
    [found] = beam_continuations(model, ids, 3, 4**3, end=end)
    assert [(*one.tokens, *[end] * one.ended) for one in found[:10]] == best
    assert len(found) == len(every)


def test_width_one_is_greedy_also_where_it_ends():
    ids = prompts(2, rows=3)
    free = greedy(MODEL, ids, 12)
    end = int(free[1, 4])
    for [found], written in zip(
        beam_continuations(MODEL, ids, 12, 1, end=end), free.tolist(), strict=True
    ):
        cut = written.index(end) if end in written else 12
        assert list(found.tokens) == written[:cut]
        assert found.ended == (end in written)


def test_dropout_is_off():
    config = GPTConfig(**SIZES, dropout=0.5)
    expected = beam_continuations(talkative(config), prompts(3), 6, 2)
    model = talkative(config).train()
    assert tokens(beam_continuations(model, prompts(3), 6, 2)) == tokens(expected)
    assert model.training


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"new_tokens": 40}, "fit into the context"),
        ({"ids": torch.zeros(3).long()}, "batch of one"),
        ({"width": 0}, "width is 0, expected at least 1"),
        ({"end": VOCAB}, "end 31, expected a row of log probabilities"),
    ],
)
def test_impossible_wishes(change, words):
    good = {"ids": prompts(0), "new_tokens": 3, "width": 2}
    with pytest.raises(ValueError, match=words):
        beam_continuations(MODEL, **(good | change))
