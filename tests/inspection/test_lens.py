"""The lens: its last layer is the output, each other one what a model cut there would say."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lmteach.inspection.lens import logit_lens
from lmteach.models.bert.minilm import minilm
from lmteach.models.llama.files import SMOLLM2
from lmteach.models.llama.model import smollm2
from tests.inspection.models import IDS, small
from tests.real_files import needs


@torch.no_grad()
@pytest.mark.parametrize("family", ["gpt", "llama", "bert"])
def test_a_model_without_its_last_layers_says_the_same(family):
    model = small(family)
    lens, whole = logit_lens(model, IDS), model(IDS)
    assert lens.shape == (3, 2, 5, 9)
    assert torch.equal(lens[-1], whole)
    layers = model.bert.layers if family == "bert" else model.h
    for count in (1, 0):
        del layers[count:]
        assert torch.equal(model(IDS), lens[count])


@torch.no_grad()
def test_the_first_by_hand():
    model = small("llama")
    x = model.wte.weight[IDS]
    normed = x / (x.square().mean(-1, keepdim=True) + model.config.norm_eps).sqrt()
    expected = normed * model.ln_f.weight @ model.wte.weight.T
    torch.testing.assert_close(logit_lens(model, IDS)[0], expected, rtol=0, atol=1e-10)


@settings(max_examples=15)
@given(st.lists(st.integers(0, 8), min_size=1, max_size=8))
def test_the_last_is_the_output_for_any_ids(ids):
    model, row = small("gpt"), torch.tensor([ids])
    with torch.no_grad():
        assert torch.equal(logit_lens(model, row)[-1], model(row))


@needs(SMOLLM2)
@torch.no_grad()
def test_smollm2s_last_is_its_output_exactly():
    model, ids = smollm2(16), torch.tensor([[1, 504, 3575, 282, 4649]])
    assert torch.equal(logit_lens(model, ids)[-1], model(ids))


def test_what_has_no_output_layer_is_refused():
    for model in (minilm(), small("attention_only")):
        with pytest.raises(ValueError, match="expected a GPT, a Llama or a BertForMaskedLM"):
            logit_lens(model, IDS)
    with pytest.raises(ValueError, match="ids"):
        logit_lens(small("gpt"), IDS[0])
