"""The averaging network: each sentence by hand, nothing at id 0, no order, dropout as torch's."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional
from torch.testing import assert_close

from lmteach.models.embedding.averaging import AveragingNetwork

IDS = torch.tensor([[3, 1, 2, 0], [4, 0, 0, 0], [0, 0, 0, 0]])


def network(dropout: float = 0.0) -> AveragingNetwork:
    torch.manual_seed(0)
    return AveragingNetwork(vocab_size=6, dim=3, hidden_dim=5, dropout=dropout)


def from_means(model: AveragingNetwork, means: torch.Tensor) -> torch.Tensor:
    return model.output(torch.relu(model.hidden(means)))[:, 0]


def test_it_is_the_mean_of_the_words_and_two_maps() -> None:
    model = network()
    table = model.words.weight
    means = torch.stack([table[[3, 1, 2]].mean(dim=0), table[4], torch.zeros(3)])
    assert_close(model(IDS), from_means(model, means))


def test_by_hand() -> None:
    model = AveragingNetwork(vocab_size=3, dim=1, hidden_dim=1)
    with torch.no_grad():
        model.words.weight.copy_(torch.tensor([[9.0], [1.0], [4.0]]))
        for layer, weight, bias in ((model.hidden, 2.0, -1.0), (model.output, 3.0, 0.5)):
            layer.weight.fill_(weight)
            layer.bias.fill_(bias)
    ids = torch.tensor([[1, 2, 0], [1, 1, 1], [0, 0, 0]])
    expected = [3 * (2 * 2.5 - 1) + 0.5, 3 * (2 * 1 - 1) + 0.5, 0.5]  # the last: relu(-1) is 0
    assert model(ids).tolist() == pytest.approx(expected)


@given(st.permutations([3, 1, 2, 5]), st.integers(0, 4))
def test_neither_order_nor_padding_counts(words: list[int], padding: int) -> None:
    model = network()
    plain = model(torch.tensor([[1, 2, 3, 5]]))
    assert_close(model(torch.tensor([words + [0] * padding])), plain, atol=1e-6, rtol=0)


def test_id_0_is_never_trained() -> None:
    model = network()
    model(IDS).sum().backward()
    assert model.words.weight.grad is not None
    assert model.words.weight.grad[0].abs().sum() == 0
    assert model.words.weight.grad[1:5].abs().sum() > 0


def test_dropout_falls_on_the_mean_and_on_the_hidden_layer() -> None:
    model = network(dropout=0.5)
    assert_close(model.eval()(IDS), network()(IDS))
    torch.manual_seed(3)
    found = model.train()(IDS)
    torch.manual_seed(3)
    mean = functional.dropout(model.words(IDS), 0.5)
    hidden = functional.dropout(torch.relu(model.hidden(mean)), 0.5)
    assert_close(found, model.output(hidden)[:, 0])


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((0, 2, 2), "vocab_size is 0"),
        ((2, 0, 2), "dim is 0"),
        ((2, 2, 0), "hidden_dim is 0"),
        ((2, 2, 2, 1.0), "dropout is 1.0"),
    ],
)
def test_impossible_sizes_are_refused(sizes: tuple[int, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AveragingNetwork(*sizes)


@pytest.mark.parametrize("ids", [torch.tensor([[6]]), torch.tensor([1, 2]), torch.zeros(1, 2)])
def test_unfit_ids_are_refused(ids: torch.Tensor) -> None:
    with pytest.raises(ValueError, match="ids"):
        network()(ids)
