"""Skip-gram's loss and gradients against loops, autograd and finite differences; a whole run."""

import math

import numpy as np
import pytest
import torch
from gensim.models import Word2Vec
from hypothesis import given, settings
from hypothesis import strategies as st

from lmteach.models.embedding import skipgram
from lmteach.models.embedding.skipgram import (
    LEAST_RATE,
    SkipGramConfig,
    draw_targets,
    negative_probability,
    negative_sampling_gradients,
    negative_sampling_loss,
    skipgram_step,
    train_skipgram,
)
from lmteach.models.embedding.word_pairs import word_text
from lmteach.models.embedding.word_vectors import WordVectors

Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def batch(seed: int = 0, size: int = 4, targets: int = 3, dim: int = 5) -> Batch:
    generator = torch.Generator().manual_seed(seed)
    centre = torch.randn(size, dim, generator=generator, dtype=torch.float64)
    target = torch.randn(size, targets, dim, generator=generator, dtype=torch.float64)
    counted = torch.rand(size, targets, generator=generator) < 0.7
    counted[:, 0] = True
    return centre, target, counted


def loss_by_loop(centre: np.ndarray, target: np.ndarray, counted: np.ndarray) -> float:
    total = 0.0
    for v, row, counts in zip(centre, target, counted, strict=True):
        for place, (u, one) in enumerate(zip(row, counts, strict=True)):
            score = sum(a * b for a, b in zip(u, v, strict=True))
            sign = 1 if place == 0 else -1
            if one:
                total -= math.log(1 / (1 + math.exp(-sign * score)))
    return total


@given(seed=st.integers(0, 99))
def test_loss_is_that_of_a_loop(seed: int) -> None:
    found = negative_sampling_loss(*batch(seed)).sum().item()
    assert found == pytest.approx(loss_by_loop(*(one.numpy() for one in batch(seed))), rel=1e-12)


def test_loss_and_gradients_by_hand() -> None:
    v = torch.tensor([[math.log(3)]], dtype=torch.float64)  # scores log 3 and -log 3
    u = torch.tensor([[[1.0], [-1.0]]], dtype=torch.float64)
    counted = torch.tensor([[True, True]])
    # both are told apart with probability 3/4
    assert negative_sampling_loss(v, u, counted).item() == pytest.approx(2 * math.log(4 / 3))
    of_centre, of_target = negative_sampling_gradients(v, u, counted)
    assert of_centre.item() == pytest.approx(-1 / 4 * 1 + 1 / 4 * -1)
    assert of_target.flatten().tolist() == pytest.approx([-math.log(3) / 4, math.log(3) / 4])


@given(seed=st.integers(0, 99))
def test_gradients_are_those_of_autograd(seed: int) -> None:
    centre, target, counted = batch(seed)
    inputs = centre.requires_grad_(), target.requires_grad_()
    expected = torch.autograd.grad(negative_sampling_loss(*inputs, counted).sum(), inputs)
    found = negative_sampling_gradients(centre.detach(), target.detach(), counted)
    for ours, theirs in zip(found, expected, strict=True):
        assert torch.allclose(ours, theirs, rtol=1e-12, atol=1e-14)


def test_gradients_are_those_of_finite_differences() -> None:
    centre, target, counted = batch()
    step = 1e-6
    gradients = negative_sampling_gradients(centre, target, counted)
    for values, gradient in zip((centre, target), gradients, strict=True):
        flat = values.view(-1)
        for place, expected in enumerate(gradient.flatten().tolist()):
            heights = []
            for side in (step, -2 * step):
                flat[place] += side
                heights.append(negative_sampling_loss(centre, target, counted).sum().item())
            flat[place] += step
            difference = (heights[0] - heights[1]) / (2 * step)
            assert difference == pytest.approx(expected, rel=1e-6, abs=1e-8)


def test_what_is_not_counted_asks_for_nothing() -> None:
    centre, target, _ = batch(targets=2)
    counted = torch.tensor([[True, False]] * 4)
    of_centre, of_target = negative_sampling_gradients(centre, target, counted)
    alone = negative_sampling_gradients(centre, target[:, :1], counted[:, :1])
    assert torch.equal(of_target[:, 1], torch.zeros(4, 5, dtype=torch.float64))
    assert torch.allclose(of_centre, alone[0], rtol=1e-12)


def test_a_step_is_gradient_descent_on_both_tables() -> None:
    """The same step by autograd on whole tables, where a repeated word adds up by itself."""
    generator = torch.Generator().manual_seed(3)
    tables = [torch.randn(6, 4, generator=generator, dtype=torch.float64) for _ in range(2)]
    centres, targets = torch.tensor([1, 1, 5]), torch.tensor([[2, 3], [2, 2], [0, 2]])
    counted = torch.tensor([[True, True], [True, False], [True, True]])
    leaves = [table.clone().requires_grad_() for table in tables]
    loss = negative_sampling_loss(leaves[0][centres], leaves[1][targets], counted).sum()
    gradients = torch.autograd.grad(loss, leaves)
    expected = [table - 0.05 * gradient for table, gradient in zip(tables, gradients, strict=True)]
    skipgram_step(tables[0], tables[1], centres, targets, counted, rate=0.05)
    for ours, theirs in zip(tables, expected, strict=True):
        assert torch.allclose(ours, theirs, rtol=1e-12, atol=1e-14)


def test_negatives_come_as_often_as_in_gensim() -> None:
    sentences = [["a"] * 50 + ["b"] * 20 + ["c"] * 3 + ["d"]] * 7
    text = word_text(sentences, min_count=1)
    theirs = Word2Vec(min_count=1)
    theirs.build_vocab(sentences)
    shares = np.diff(np.array(theirs.cum_table, dtype=float), prepend=0) / theirs.cum_table[-1]
    expected = [shares[theirs.wv.key_to_index[word]] for word in text.words]
    assert negative_probability(text.counts).tolist() == pytest.approx(expected, abs=1e-6)


def test_words_are_drawn_by_weight() -> None:
    weights = torch.tensor([2.0, 0.0, 1.0, 3.0])
    contexts = torch.full((20_000,), 2)
    targets, counted = draw_targets(contexts, weights, 2, torch.Generator().manual_seed(0))
    assert torch.equal(targets[:, 0], contexts)
    shares = torch.bincount(targets[:, 1:].flatten(), minlength=4) / 40_000
    assert shares.tolist() == pytest.approx([2 / 6, 0, 1 / 6, 3 / 6], abs=0.01)
    assert torch.equal(counted[:, 1:], targets[:, 1:] != 2)
    assert counted[:, 0].all()


def pairs_of_a_kind() -> list[list[str]]:
    """Two subjects that never meet: four words of land, four of sea."""
    rng = np.random.default_rng(0)
    land, sea = ["hill", "road", "tree", "field"], ["wave", "tide", "fish", "ship"]
    return [rng.permutation(kind).tolist() for _ in range(150) for kind in (land, sea)]


def test_words_that_keep_company_become_alike() -> None:
    text = word_text(pairs_of_a_kind())
    config = SkipGramConfig(dim=8, subsample=1.0, batch=64)
    vectors = train_skipgram(text, config, torch.Generator().manual_seed(0))
    learned = WordVectors(text.words, vectors.numpy())
    for kind in pairs_of_a_kind()[:2]:
        for word in kind:
            nearest = {other for other, _ in learned.nearest([word], count=3)}
            assert nearest == set(kind) - {word}


def test_a_run_repeats_with_its_seed() -> None:
    text = word_text(pairs_of_a_kind()[:20], min_count=1)
    runs = [
        train_skipgram(text, SkipGramConfig(dim=3), torch.Generator().manual_seed(seed))
        for seed in (1, 1, 2)
    ]
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])


def steps_of(config: SkipGramConfig, monkeypatch: pytest.MonkeyPatch) -> list[tuple]:
    """The tables as they are before each step of a run, and its rate."""
    seen: list[tuple] = []

    def noted(inputs: torch.Tensor, outputs: torch.Tensor, *rest: object) -> None:
        seen.append((inputs.clone(), outputs.clone(), rest[-1]))
        skipgram_step(inputs, outputs, *rest)

    monkeypatch.setattr(skipgram, "skipgram_step", noted)
    text = word_text(pairs_of_a_kind()[:20], min_count=1)
    train_skipgram(text, config, torch.Generator().manual_seed(0))
    return seen


def test_the_rate_falls_in_a_straight_line_over_the_whole_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One sentence's pairs in a window of 1 are always as many: so are the batches."""
    config = SkipGramConfig(dim=3, window=1, subsample=1.0, epochs=3, batch=8, rate=0.5)
    rates = [rate for _, _, rate in steps_of(config, monkeypatch)]
    assert len(rates) > 3 * 10
    line = np.linspace(0.5, 0.0, len(rates), endpoint=False)
    assert rates == pytest.approx(line.tolist(), rel=1e-9)


def test_the_rate_ends_at_the_least(monkeypatch: pytest.MonkeyPatch) -> None:
    config = SkipGramConfig(dim=3, window=1, subsample=1.0, epochs=2, rate=1.5 * LEAST_RATE)
    rates = [rate for _, _, rate in steps_of(config, monkeypatch)]
    assert rates == pytest.approx([1.5 * LEAST_RATE, LEAST_RATE], rel=1e-9)


def test_inputs_start_small_on_both_sides_of_zero_and_outputs_at_zero(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inputs, outputs, _ = steps_of(SkipGramConfig(dim=50, epochs=1), monkeypatch)[0]
    assert not outputs.any()
    assert inputs.abs().max().item() == pytest.approx(0.5 / 50, rel=0.05)
    assert abs(inputs.mean().item()) < 0.1 * 0.5 / 50


@settings(max_examples=20)
@given(size=st.sampled_from([1, 7, 64, 10_000]))
def test_any_batch_size_goes_through_all_pairs(size: int) -> None:
    text = word_text(pairs_of_a_kind()[:8], min_count=1)
    config = SkipGramConfig(dim=3, batch=size, epochs=1, subsample=1.0)
    vectors = train_skipgram(text, config, torch.Generator().manual_seed(0))
    assert vectors.shape == (8, 3)
    assert torch.isfinite(vectors).all()


def test_what_is_refused() -> None:
    centre, target, counted = batch()
    with pytest.raises(ValueError, match=r"target \(4, 3, 5\) and counted \(4, 2\), expected"):
        negative_sampling_loss(centre, target, counted[:, :2])
    with pytest.raises(ValueError, match=r"centre has shape \(3, 5\)"):
        negative_sampling_gradients(centre[:3], target, counted)
    with pytest.raises(ValueError, match="two tables of one shape"):
        skipgram_step(centre, centre[:2], torch.tensor([0]), torch.tensor([[0]]), counted, 0.1)
    with pytest.raises(ValueError, match=r"targets \(2, 1\), expected \(B,\)"):
        skipgram_step(centre, centre, torch.tensor([0]), torch.tensor([[0], [1]]), counted, 0.1)
    with pytest.raises(ValueError, match="negatives is 0"):
        draw_targets(torch.tensor([0]), torch.ones(2), 0, torch.Generator())
    with pytest.raises(ValueError, match="not all of them 0"):
        draw_targets(torch.tensor([0]), torch.zeros(2), 1, torch.Generator())
    with pytest.raises(ValueError, match="counts of at least 1"):
        negative_probability(torch.tensor([2, 0]))
    for name, zero in {"dim": 0, "rate": 0.0, "subsample": 0.0, "epochs": 0}.items():
        with pytest.raises(ValueError, match=f"{name} is {zero}, expected a .* number"):
            SkipGramConfig(**{name: zero})


def test_words_of_another_vocabulary_are_refused() -> None:
    table, counted, source = torch.zeros(3, 2), torch.ones(1, 1).bool(), torch.Generator()
    zero, far = torch.tensor([0]), torch.tensor([3])
    with pytest.raises(ValueError, match="centres contains the id 3"):
        skipgram_step(table, table, far, zero[None], counted, 0.1)
    with pytest.raises(ValueError, match="targets contains the id 3"):
        skipgram_step(table, table, zero, far[None], counted, 0.1)
    with pytest.raises(ValueError, match=r"rate is 0\.0"):
        skipgram_step(table, table, zero, zero[None], counted, 0.0)
    with pytest.raises(ValueError, match="contexts contains the id 3"):
        draw_targets(far, torch.ones(3), 1, source)
    with pytest.raises(ValueError, match="finite numbers from 0 up"):
        draw_targets(zero, torch.tensor([math.inf, 1.0]), 1, source)
    with pytest.raises(ValueError, match=r"subsample is 2\.0"):
        SkipGramConfig(subsample=2.0)


def test_an_epoch_without_pairs_moves_nothing() -> None:
    none, table = torch.zeros(0, dtype=torch.long), torch.ones(3, 2)
    targets, counted = draw_targets(none, torch.ones(3), 2, torch.Generator())
    skipgram_step(table, table, none, targets, counted, 0.1)
    assert (table == 1).all()
