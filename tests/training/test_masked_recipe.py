"""The recipe of notebook 15: what it hides, its loss, its steps written out, the same run twice."""

import math
from dataclasses import replace

import pytest
import torch

from lmteach.models.bert.config import BertConfig
from lmteach.models.bert.masking import masked_loss
from lmteach.text.batches import shuffled_windows
from lmteach.training.clipping import clip_by_norm
from lmteach.training.masked_recipe import WIKIPEDIA_MASKED, MaskedRecipe, masked_token_loss
from lmteach.training.muon import Muon, muon_groups
from lmteach.training.schedules import warmup_cosine

CONFIG = BertConfig(
    vocab_size=24,
    context=10,
    dim=16,
    heads=2,
    layers=2,
    dropout=0.0,
    neighbour_order=1,
    neighbour_rows=50,
)
TINY = MaskedRecipe(CONFIG, batch=4, steps=12, warmup=3, rate=1e-2)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def ids() -> torch.Tensor:
    return torch.arange(400) * 7 % 20  # each token says what stands beside it


def test_what_is_hidden() -> None:
    windows = ids()[:80].view(10, 8)
    hidden, whole, chosen = TINY.hidden(windows, seeded())
    assert torch.equal(whole[:, 1:-1], windows)
    assert set(whole[:, 0].tolist()) == {21}
    assert set(whole[:, -1].tolist()) == {22}
    assert set(hidden[chosen].tolist()) == {23}
    assert torch.equal(hidden[~chosen], whole[~chosen])
    drawn = replace(TINY, every=0, share=0.5).hidden(windows, seeded())[2]
    assert not bool(drawn[:, [0, -1]].any())
    assert 25 <= int(drawn.sum()) <= 55


def test_the_loss_is_that_of_all_logits() -> None:
    model = TINY.model(seeded())
    hidden, whole, chosen = TINY.hidden(ids()[:80].view(10, 8), seeded())
    expected = masked_loss(model(hidden), whole, chosen)
    found = masked_token_loss(model, (hidden, whole, chosen))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)


def test_the_first_loss_is_that_of_a_guess() -> None:
    model = WIKIPEDIA_MASKED.model(seeded())
    windows = torch.randint(1024, (8, 126), generator=seeded(1))
    loss = masked_token_loss(model, WIKIPEDIA_MASKED.hidden(windows, seeded(2))).item()
    assert loss == pytest.approx(math.log(1028), rel=0.02)


def test_training_is_the_loop_written_out() -> None:
    ours, theirs = TINY.model(seeded()), TINY.model(seeded())
    history = TINY.train(ours, ids(), seeded(3), progress=False)
    draws = seeded(3)
    optimizer = Muon(
        muon_groups(theirs), TINY.rate, betas=(0.9, TINY.beta2), weight_decay=TINY.weight_decay
    )
    losses = []
    windows = shuffled_windows(ids(), TINY.batch, CONFIG.context - 2, draws)
    for step in range(1, TINY.steps + 1):
        loss = masked_token_loss(theirs, TINY.hidden(next(windows)[0], draws))
        optimizer.zero_grad()
        loss.backward()
        clip_by_norm(theirs.parameters(), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = TINY.rate * warmup_cosine(step, TINY.warmup, TINY.steps, floor=0.0)
        optimizer.step()
        losses.append(loss.item())
    assert history.losses == pytest.approx(losses, abs=1e-5)


def test_it_learns_what_can_be_known_and_twice_the_same() -> None:
    long = replace(TINY, steps=150)
    runs = [
        long.train(long.model(seeded()), ids(), seeded(), progress=False).losses for _ in range(2)
    ]
    assert runs[0] == runs[1]
    assert runs[0][0] > 0.9 * math.log(20)
    assert runs[0][-1] < 0.3


def test_a_text_with_special_tokens_or_too_short_is_refused() -> None:
    with pytest.raises(ValueError, match="ids contains the id 39"):
        TINY.train(TINY.model(seeded()), torch.arange(40), seeded(), progress=False)
    with pytest.raises(ValueError, match="ids holds 8 tokens"):
        TINY.train(TINY.model(seeded()), ids()[:8], seeded(), progress=False)
    with pytest.raises(ValueError, match=r"random is 0\.5"):
        replace(TINY, random=0.5)
