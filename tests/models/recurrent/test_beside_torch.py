"""The whole model beside one made of torch.nn's layers."""

import pytest
import torch
from torch import nn

from lmteach.models.recurrent.language_model import RecurrentLM

THEIRS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


@pytest.mark.parametrize("cell", THEIRS)
def test_a_model_with_torchs_layer_inside_gives_the_same_logits_and_gradients(cell):
    model = RecurrentLM(5, 8, cell, 2, torch.Generator().manual_seed(0)).double()
    twin = RecurrentLM(5, 8, cell, 2)
    twin.recurrent = THEIRS[cell](8, 8, 2, batch_first=True)
    twin = twin.double()
    twin.load_state_dict(model.state_dict())
    ids = torch.randint(5, (3, 7), generator=torch.Generator().manual_seed(1))
    found = []
    for network in (model, twin):
        logits, _ = network(ids)
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), ids.flatten())
        found.append((logits, *torch.autograd.grad(loss, list(network.parameters()))))
    torch.testing.assert_close(found[0], found[1], rtol=1e-9, atol=1e-12)
