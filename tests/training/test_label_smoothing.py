"""Label smoothing: against PyTorch, by hand, and what it asks for."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from lmteach.text.tokenizers.vocabulary import PAD
from lmteach.training.label_smoothing import smoothed_cross_entropy


@given(st.integers(2, 9), st.integers(1, 6), st.floats(0, 1), st.integers(0, 99))
def test_it_equals_pytorch_values_and_gradients(
    vocab: int, time: int, smoothing: float, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    logits = 3 * torch.randn(2, time, vocab, generator=generator, dtype=torch.float64)
    targets = torch.randint(vocab, (2, time), generator=generator)
    targets[0, 0] = 1  # so that one at least is no padding
    results = []
    for loss_of in (
        lambda x: smoothed_cross_entropy(x, targets, smoothing),
        lambda x: functional.cross_entropy(
            x.flatten(0, 1), targets.flatten(), ignore_index=PAD, label_smoothing=smoothing
        ),
    ):
        x = logits.clone().requires_grad_()
        loss = loss_of(x)
        loss.backward()
        results.append((loss.detach(), x.grad))
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-10)


def test_by_hand() -> None:
    logits = torch.tensor([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]]).double().log()
    targets = torch.tensor([1, 2])
    first = 0.9 * math.log(4) + 0.1 / 3 * (math.log(2) + 2 * math.log(4))
    second = 0.9 * -math.log(0.8) + 0.1 / 3 * (2 * math.log(10) - math.log(0.8))
    ours = smoothed_cross_entropy(logits, targets, smoothing=0.1).item()
    assert abs(ours - (first + second) / 2) < 1e-12


def test_padding_is_left_out() -> None:
    logits = torch.randn(1, 3, 5, generator=torch.Generator().manual_seed(0))
    alone = smoothed_cross_entropy(logits[:, :2], torch.tensor([[3, 4]]))
    padded = smoothed_cross_entropy(logits, torch.tensor([[3, 4, PAD]]))
    torch.testing.assert_close(alone, padded, rtol=0, atol=0)
    other = smoothed_cross_entropy(logits, torch.tensor([[3, 4, -1]]), ignore_index=-1)
    torch.testing.assert_close(alone, other, rtol=0, atol=0)


@given(st.integers(2, 12), st.floats(0.01, 0.9))
def test_the_least_loss_is_the_entropy_of_what_is_asked(vocab: int, smoothing: float) -> None:
    asked = torch.full((vocab,), smoothing / vocab, dtype=torch.float64)
    asked[1] += 1 - smoothing
    least = smoothed_cross_entropy(asked.log(), torch.tensor(1), smoothing).item()
    assert abs(least - -(asked * asked.log()).sum().item()) < 1e-9
    surer = torch.where(asked == asked.max(), asked.log() + 0.5, asked.log())
    assert smoothed_cross_entropy(surer, torch.tensor(1), smoothing).item() > least


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("targets", "smoothing", "message"),
    [
        ([1, 2, 3], 0.1, r"logits has shape \(2, 5\) and targets \(3,\)"),
        ([1, 2], -0.1, "smoothing is -0.1, expected a finite number of at"),
        ([1, 2], 1.1, "smoothing is 1.1, expected .* at most 1"),
        ([0, 0], 0.1, "all targets are 0, which is ignored"),
        ([1, 5], 0.1, r"targets contains the id 5, .* \(ids 0 to 4\)"),
        ([1.0, 2.0], 0.1, "expected logits .* and one id"),
    ],
)
def test_bad_input(targets: list[int], smoothing: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        smoothed_cross_entropy(torch.zeros(2, 5), torch.tensor(targets), smoothing)
