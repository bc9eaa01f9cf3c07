"""The recipe of notebook 13: its loss by hand, its steps as written out, the same run twice."""

import math
from dataclasses import replace

import pytest
import torch
from torch.nn import functional

from lmteach.models.gpt.config import GPTConfig
from lmteach.text.batches import random_windows, shuffled_windows
from lmteach.training.clipping import clip_by_norm
from lmteach.training.gpt_recipe import WIKIPEDIA, GPTRecipe, next_token_loss
from lmteach.training.muon import Muon, muon_groups
from lmteach.training.schedules import warmup_cosine

CONFIG = GPTConfig.modern(
    vocab_size=20, context=8, dim=16, heads=2, layers=2, ngram_order=3, ngram_rows=100
)
TINY = GPTRecipe(CONFIG, batch=4, steps=12, warmup=3, rate=1e-2)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def ids() -> torch.Tensor:
    return torch.arange(400) * 7 % 20  # each token says what comes next


def test_loss_is_the_mean_of_minus_log_p_of_what_comes_next() -> None:
    model, row = TINY.model(seeded()), ids()[:9]
    chances = model(row[None, :-1]).softmax(dim=-1)[0].detach()
    by_hand = -sum(math.log(chances[place, row[place + 1]]) for place in range(8)) / 8
    loss = next_token_loss(model, (row[None, :-1], row[None, 1:]))
    assert loss.item() == pytest.approx(by_hand, abs=1e-6)


def test_the_first_loss_is_that_of_a_guess() -> None:
    model = WIKIPEDIA.model(seeded())
    places = torch.randint(WIKIPEDIA.config.vocab_size, (5000,), generator=seeded(1))
    windows = random_windows(places, 8, WIKIPEDIA.config.context, seeded(2))
    loss = next_token_loss(model, windows).item()
    assert loss == pytest.approx(math.log(WIKIPEDIA.config.vocab_size), rel=0.02)


def test_training_is_the_loop_written_out() -> None:
    ours, theirs = TINY.model(seeded()), TINY.model(seeded())
    history = TINY.train(ours, ids(), seeded(3), progress=False)
    draws = seeded(3)
    optimizer = Muon(
        muon_groups(theirs), TINY.rate, betas=(0.9, TINY.beta2), weight_decay=TINY.weight_decay
    )
    losses = []
    windows = shuffled_windows(ids(), TINY.batch, CONFIG.context, draws)
    for step in range(1, TINY.steps + 1):
        inputs, following = next(windows)
        logits = theirs(inputs).transpose(1, 2)
        loss = functional.cross_entropy(logits, following)
        optimizer.zero_grad()
        loss.backward()
        clip_by_norm(theirs.parameters(), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = TINY.rate * warmup_cosine(step, TINY.warmup, TINY.steps, floor=0.0)
        optimizer.step()
        losses.append(loss.item())
    assert history.losses == pytest.approx(losses, abs=1e-5)
    for own, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(own, other, rtol=0, atol=1e-4)


def test_it_learns_what_can_be_known() -> None:
    model = TINY.model(seeded())
    long = replace(TINY, steps=200)
    history = long.train(model, ids(), seeded(), progress=False)
    assert history.losses[0] > 0.9 * math.log(20)
    assert history.losses[-1] < 0.2


def test_the_same_seed_gives_the_same_run() -> None:
    runs = []
    for _ in range(2):
        runs.append(TINY.train(TINY.model(seeded(5)), ids(), seeded(6), progress=False))
    assert runs[0] == runs[1]


def test_the_model_is_the_one_asked_for_and_its_layers_begin_by_passing_on() -> None:
    model = TINY.model(seeded())
    assert model.config == CONFIG
    x = torch.randn(2, 5, CONFIG.dim)
    assert all(torch.equal(block(x), x) for block in model.h)
    wide = TINY.scaled(8)
    assert (wide.config.dim, wide.config.heads, wide.config.layers, wide.steps) == (128, 16, 2, 12)


def test_a_text_shorter_than_a_window_is_a_clear_error() -> None:
    with pytest.raises(ValueError, match="ids holds 8 tokens, expected at least 33"):
        TINY.train(TINY.model(seeded()), ids()[:8], seeded(), progress=False)


def test_it_is_judged_once_at_its_end() -> None:
    judged = []

    def judge(model: torch.nn.Module) -> float:
        judged.append(model)
        return 1.0

    model = TINY.model(seeded())
    TINY.train(model, ids(), seeded(), validate=judge, progress=False)
    assert judged == [model]
