"""The feed-forward model against loops, finite differences and a table by hand."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.embedding.feedforward import (
    FeedForwardLM,
    context_windows,
    sample,
)


def make(seed: int = 0, **changes: int) -> FeedForwardLM:
    sizes = {"vocab_size": 7, "window": 3, "dim": 2, "hidden_dim": 4} | changes
    model = FeedForwardLM(**sizes, generator=torch.Generator().manual_seed(seed)).double()
    return model


def by_loop(model: FeedForwardLM, window: list[int]) -> list[float]:
    """Every product and sum on its own, without torch."""
    weights = {name: value.tolist() for name, value in model.state_dict().items()}
    x = [number for token in window for number in weights["embedding.weight"][token]]
    hidden = [
        math.tanh(bias + sum(w * value for w, value in zip(row, x, strict=True)))
        for row, bias in zip(weights["hidden.weight"], weights["hidden.bias"], strict=True)
    ]
    return [
        bias + sum(w * value for w, value in zip(row, hidden, strict=True))
        for row, bias in zip(weights["output.weight"], weights["output.bias"], strict=True)
    ]


@given(window=st.lists(st.integers(0, 6), min_size=3, max_size=3), seed=st.integers(0, 9))
def test_logits_are_those_of_loops(window: list[int], seed: int) -> None:
    model = make(seed)
    logits = model(torch.tensor([window]))[0]
    assert logits.tolist() == pytest.approx(by_loop(model, window), rel=1e-12, abs=1e-14)


def test_by_hand() -> None:
    model = make(vocab_size=2, window=2, dim=1, hidden_dim=1)
    values = {
        "embedding.weight": [[1.0], [-1.0]],
        "hidden.weight": [[2.0, 0.5]],
        "hidden.bias": [0.5],
        "output.weight": [[1.0], [0.0]],
        "output.bias": [0.0, 0.25],
    }
    model.load_state_dict({name: torch.tensor(value) for name, value in values.items()})
    # window 0 1: 2 · 1 + 0.5 · (-1) + 0.5 = 2; window 1 0: -2 + 0.5 + 0.5 = -1
    expected = [[math.tanh(2), 0.25], [math.tanh(-1), 0.25]]
    assert model(torch.tensor([[0, 1], [1, 0]])).tolist() == [
        pytest.approx(row, rel=1e-12) for row in expected
    ]


def test_gradients_are_those_of_finite_differences() -> None:
    model, step = make(), 1e-6
    windows, targets = torch.tensor([[0, 1, 1], [6, 2, 3]]), torch.tensor([4, 0])

    def loss() -> torch.Tensor:
        return torch.nn.functional.cross_entropy(model(windows), targets)

    loss().backward()
    for parameter in model.parameters():
        flat, found = parameter.data.view(-1), []
        for place in range(len(flat)):
            before = flat[place].item()
            heights = []
            for side in (step, -step):
                flat[place] = before + side
                heights.append(loss().item())
            flat[place] = before
            found.append((heights[0] - heights[1]) / (2 * step))
        assert parameter.grad is not None
        assert parameter.grad.view(-1).tolist() == pytest.approx(found, rel=1e-6, abs=1e-9)


def test_one_table_serves_every_place() -> None:
    """A letter that stands twice in the window gets the sum of both places' gradients."""
    model = make()
    model(torch.tensor([[5, 1, 5]]))[0, 0].backward()
    gradient = model.embedding.weight.grad
    assert gradient is not None
    assert torch.flatten(gradient.abs().sum(dim=1) > 0).nonzero().flatten().tolist() == [1, 5]
    inner = model.hidden(model.embedding(torch.tensor([[5, 1, 5]])).flatten(1))
    slope = (1 - torch.tanh(inner) ** 2)[0] * model.output.weight[0]  # of the hidden sums
    by_place = (slope @ model.hidden.weight).view(3, 2)
    assert torch.allclose(gradient[5], by_place[0] + by_place[2], rtol=1e-12)


@given(ids=st.lists(st.integers(0, 6), min_size=1, max_size=12), window=st.integers(1, 5))
def test_windows_are_the_tokens_before(ids: list[int], window: int) -> None:
    padded = [9] * window + ids
    expected = [padded[t : t + window] for t in range(len(ids))]
    assert context_windows(torch.tensor(ids), window, padding=9).tolist() == expected


@pytest.mark.parametrize("batch", [1, 2, 4096])
def test_log_probabilities_are_those_of_each_window(batch: int) -> None:
    model, ids = make(), [3, 0, 6, 6, 2]
    found = model.log_probabilities(torch.tensor(ids), padding=1, batch=batch)
    padded = [1, 1, 1, *ids]
    for t, token in enumerate(ids):
        logits = np.array(by_loop(model, padded[t : t + 3]))
        expected = logits[token] - np.log(np.exp(logits).sum())
        assert found[t].item() == pytest.approx(expected, rel=1e-12)


def test_what_comes_later_changes_nothing() -> None:
    model = make()
    short = model.log_probabilities(torch.tensor([1, 2, 3]))
    longer = model.log_probabilities(torch.tensor([1, 2, 3, 0, 5]))
    assert torch.allclose(short, longer[:3], rtol=1e-12)


def test_samples_follow_the_distribution() -> None:
    model = make(vocab_size=3, window=1)
    model.output.bias.data = torch.tensor([0.0, 1.0, 2.0]).double()
    model.output.weight.data.zero_()
    drawn = sample(model, 4000, torch.Generator().manual_seed(1), torch.tensor([0]))
    shares = np.bincount(drawn, minlength=3) / 4000
    expected = np.exp([0, 1, 2]) / np.exp([0, 1, 2]).sum()
    assert shares == pytest.approx(expected, abs=4 * math.sqrt(0.25 / 4000))


def test_samples_see_the_context_and_repeat_with_the_seed() -> None:
    model = make(window=2)
    model.output.weight.data *= 50  # nearly sure of itself, so that the context decides
    drawn = [
        sample(model, 20, torch.Generator().manual_seed(0), torch.tensor(context))
        for context in ([1, 2], [5, 5, 1, 2], [4, 6])
    ]
    assert len(drawn[0]) == 20
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]
    assert sample(model, 0, torch.Generator(), torch.tensor([], dtype=torch.long)) == []


def test_weights_start_small_and_repeat_with_the_seed() -> None:
    models = [FeedForwardLM(50, 4, 8, 32, torch.Generator().manual_seed(s)) for s in (0, 0, 1)]
    tables = [torch.cat([p.detach().flatten() for p in model.parameters()]) for model in models]
    assert torch.equal(tables[0], tables[1])
    assert not torch.equal(tables[0], tables[2])
    torch.manual_seed(0)  # the same ranges as torch.nn's own
    for ours, theirs in (
        (models[0].embedding, torch.nn.Embedding(50, 8)),
        (models[0].hidden, torch.nn.Linear(32, 32)),
        (models[0].output, torch.nn.Linear(32, 50)),
    ):
        assert ours.weight.std().item() == pytest.approx(theirs.weight.std().item(), rel=0.1)
        if isinstance(theirs, torch.nn.Linear):
            bound = theirs.in_features**-0.5
            assert 0.9 * bound < ours.weight.abs().max().item() <= bound


@pytest.mark.parametrize("name", ["vocab_size", "window", "dim", "hidden_dim"])
def test_sizes_below_one_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is 0, expected a whole number of at least 1"):
        make(**{name: 0})


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([[0, 1]], r"shape \(1, 2\), expected \(B, W\) = \(any, 3\)\. Cut a text with"),
        ([[0.0, 1.0, 2.0]], "type torch.float32, expected a tensor of whole numbers"),
        ([[0, 1, 7]], r"ids contains the id 7, but the vocabulary has 7 entries \(ids 0 to 6\)"),
        ([[0, -1, 2]], "ids contains the id -1"),
    ],
)
def test_wrong_windows_are_refused(ids: list[list[float]], message: str) -> None:
    model = make()
    with pytest.raises(ValueError, match=message):
        model(torch.tensor(ids))


def test_wrong_texts_are_refused() -> None:
    model, generator = make(), torch.Generator()
    with pytest.raises(ValueError, match=r"ids has shape \(0,\), expected .* at least one of each"):
        context_windows(torch.tensor([], dtype=torch.long), 2)
    with pytest.raises(ValueError, match="window is 0"):
        context_windows(torch.tensor([1]), 0)
    with pytest.raises(ValueError, match="padding is -1"):
        context_windows(torch.tensor([1]), 1, padding=-1)
    with pytest.raises(ValueError, match="tokens contains the id 9"):
        model.log_probabilities(torch.tensor([9]))
    with pytest.raises(ValueError, match="padding contains the id 8"):
        model.log_probabilities(torch.tensor([1]), padding=8)
    with pytest.raises(ValueError, match="batch is 0"):
        model.log_probabilities(torch.tensor([1]), batch=0)
    with pytest.raises(ValueError, match="length is -1"):
        sample(model, -1, generator, torch.tensor([1]))
    with pytest.raises(ValueError, match="context has shape"):
        sample(model, 1, generator, torch.tensor([[1, 2]]))
