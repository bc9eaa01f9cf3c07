"""Matrices in 8 and 4 bits: what is kept, what products give, and models that are made of them."""

import copy
import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.nn import functional

from lmteach.decoding.fused_step import can_be_fused
from lmteach.decoding.sampling import greedy
from lmteach.models.llama.files import SMOLLM2
from lmteach.models.llama.model import Llama, smollm2
from lmteach.models.llama.packed import EightBits, FourBits, kept_in
from lmteach.models.llama.weights import llama_config
from tests.real_files import needs

SIZES = {"vocab_size": 64, "dim": 64, "heads": 4, "key_heads": 2, "layers": 2, "hidden": 96}
BFLOAT = 2**-8  # the relative error of a rounding to bfloat16


def drawn(*shape, seed=0):
    """Some numbers, the same each time."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def tiny(folder, bits):
    """The same small model in a number of bits."""
    made = Llama(llama_config(**SIZES), torch.Generator().manual_seed(0))
    for parameter in made.parameters():
        parameter.data += 0.1 * drawn(*parameter.shape, seed=1)
    made.save_pretrained(folder)
    return Llama.from_pretrained(folder, bits)


@pytest.mark.parametrize("kind", [EightBits, FourBits])
def test_no_number_moves_by_more_than_half_a_step(kind) -> None:
    weight = drawn(32, 64)
    moved = (kind.of(weight).numbers().float() - weight).abs()
    if kind is EightBits:
        step = weight.abs().amax(1, keepdim=True) / 127
    else:
        blocks = weight.view(32, 2, 32)
        step = ((blocks.amax(-1) - blocks.amin(-1)) / 15).repeat_interleave(32, dim=1)
    rounding = 2 * BFLOAT * weight.abs().amax(1, keepdim=True)
    assert (moved <= step / 2 + rounding).all()
    assert moved.max() > step.max() / 4  # it does round


def test_what_was_in_blocks_of_four_bits_keeps_its_numbers() -> None:
    whole = torch.randint(16, (16, 64), generator=torch.Generator().manual_seed(0)).float()
    whole[:, ::32], whole[:, 1::32] = 0, 15
    weight = whole * 0.25 - 2
    assert torch.equal(FourBits.of(weight).numbers().float(), weight)


@pytest.mark.parametrize("kind", [EightBits, FourBits])
@pytest.mark.parametrize("rows", [1, 8, 9, 40])
def test_products_are_those_with_the_numbers(kind, rows) -> None:
    packed, x = kind.of(drawn(48, 64)), drawn(2, rows, 64, seed=1).bfloat16()
    bias = drawn(48, seed=2).bfloat16()
    expected = functional.linear(x.float(), packed.numbers().float(), bias.float())
    found = functional.linear(x, packed, bias)
    assert found.dtype == torch.bfloat16
    torch.testing.assert_close(found.float(), expected, atol=0.25, rtol=2 * BFLOAT)
    assert (found.float() - expected).abs().mean() < 0.05


@pytest.mark.parametrize("dim", [1, 5, 8, 24, 40])
def test_rows_of_any_length_are_multiplied(dim) -> None:
    packed, x = EightBits.of(drawn(17, dim)), drawn(3, dim, seed=1).bfloat16()
    expected = x.float() @ packed.numbers().float().T
    torch.testing.assert_close(functional.linear(x, packed).float(), expected, atol=0.1, rtol=0.02)


def test_rows_are_looked_up() -> None:
    packed, ids = EightBits.of(drawn(10, 32)), torch.tensor([[3, 9], [0, 3]])
    assert torch.equal(functional.embedding(ids, packed), packed.numbers()[ids])


@pytest.mark.parametrize("kind", [EightBits, FourBits])
def test_all_else_is_done_with_the_numbers(kind) -> None:
    packed = kind.of(drawn(16, 32))
    assert torch.equal(packed + 0, packed.numbers())
    assert packed.shape == (16, 32)
    for again in (copy.deepcopy(packed), pickle.loads(pickle.dumps(packed))):
        assert type(again) is kind
        assert torch.equal(again.numbers(), packed.numbers())


@pytest.mark.parametrize("bits", [16, 8, 4])
def test_a_model_in_fewer_bits_says_nearly_the_same(tmp_path, bits) -> None:
    whole, model = tiny(tmp_path, 32), tiny(tmp_path, bits)
    ids = torch.randint(64, (2, 20), generator=torch.Generator().manual_seed(1))
    expected, found = whole(ids).log_softmax(-1), model(ids).float().log_softmax(-1)
    divergence = (expected.exp() * (expected - found)).sum(-1).mean()
    assert 0 < divergence < {16: 1e-3, 8: 1e-3, 4: 0.05}[bits]
    assert model.parameter_count == whole.parameter_count
    assert can_be_fused(model)
    assert greedy(model, ids, 4).shape == (2, 4)


@pytest.mark.parametrize("bits", [8, 4])
def test_a_copied_model_says_the_same(tmp_path, bits) -> None:
    model = tiny(tmp_path, bits)
    ids = torch.tensor([[1, 2, 3]])
    assert torch.equal(copy.deepcopy(model)(ids), model(ids))


def test_vectors_are_not_packed() -> None:
    assert kept_in(torch.ones(4), 4).dtype == torch.bfloat16
    assert kept_in(torch.ones(4, 4), 32).dtype == torch.float32
    with pytest.raises(ValueError, match="bits is 3, expected one of 32, 16, 8, 4"):
        kept_in(torch.ones(4, 4), 3)
    with pytest.raises(ValueError, match="multiple of 32 numbers"):
        FourBits.of(torch.ones(16, 33))


@needs(SMOLLM2)
@pytest.mark.parametrize(("bits", "most"), [(16, 0.01), (8, 0.05), (4, 0.03)])
def test_the_real_model_in_fewer_bits(bits, most) -> None:
    ids = torch.tensor([[504, 3575, 282, 4649, 314, 7042, 30, 378, 3575, 282, 14231]])
    expected = smollm2()(ids).log_softmax(-1)
    found = smollm2(bits)(ids).float().log_softmax(-1)
    divergence = (expected.exp() * (expected - found)).sum(-1).mean()
    assert 0 < divergence < most


LOADED = """
import json
from pathlib import Path
import psutil
from lmteach.models.llama.model import smollm2
before = psutil.Process().memory_info().rss
model = smollm2(4)
held = psutil.Process().memory_info().rss
lines = Path("/proc/self/status").read_text().splitlines()
peak = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
print(json.dumps({"more": held - before, "held": held, "peak": peak}))
"""


@needs(SMOLLM2)
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux counts a peak so")
def test_loading_takes_less_than_a_gigabyte_and_is_given_back() -> None:
    said = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )
    memory = json.loads(said.stdout)
    # 0.31 GB of weights, 0.09 GB of the file, and what else the libraries take
    assert memory["more"] < 0.5e9
    assert memory["held"] < memory["peak"] < 1.0e9
