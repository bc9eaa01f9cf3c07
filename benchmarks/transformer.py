"""The hand-built Transformer beside torch.nn.Transformer; attention against length."""

import torch
from torch import Tensor, nn

from benchmarks.measuring import Row, seconds
from lmteach.models.transformer.attention import (
    causal_mask,
    fused_attention,
    padding_mask,
    scaled_dot_product_attention,
)
from lmteach.models.transformer.layers import TransformerConfig
from lmteach.models.transformer.model import Transformer

BATCH, SOURCE, TIME = 64, 24, 12  # a batch of dates, as in notebook 11
CONFIG = TransformerConfig(dim=64, heads=4, feed_forward_dim=256, layers=2, dropout=0.0)
MOST_TIMES = 1.1  # how many times as long as torch.nn.Transformer ours may take
ROUNDS = 20
LENGTHS = (256, 512, 1024, 2048)
HEADS, HEAD_DIM = 4, 32


def pair() -> tuple[Transformer, nn.Transformer]:
    """A Transformer of each kind with the same numbers."""
    model = Transformer(CONFIG)
    twin = nn.Transformer(
        CONFIG.dim,
        CONFIG.heads,
        CONFIG.layers,
        CONFIG.layers,
        CONFIG.feed_forward_dim,
        CONFIG.dropout,
        batch_first=True,
    )
    twin.load_state_dict(model.state_dict())
    return model, twin


def training_step() -> Row:
    """Forward, backward and one step of AdamW, with a padded source and a causal target."""
    model, twin = pair()
    source, target = torch.randn(BATCH, SOURCE, CONFIG.dim), torch.randn(BATCH, TIME, CONFIG.dim)
    lengths = torch.randint(SOURCE // 2, SOURCE + 1, (BATCH,))
    real, past = padding_mask(lengths, SOURCE), causal_mask(TIME)
    optimizers = [torch.optim.AdamW(m.parameters(), fused=True) for m in (model, twin)]

    def learn(outputs: Tensor, optimizer: torch.optim.Optimizer) -> None:
        optimizer.zero_grad()
        outputs.square().mean().backward()
        optimizer.step()

    ours, theirs = seconds(
        lambda: learn(model(source, target, real), optimizers[0]),
        lambda: learn(
            twin(
                source,
                target,
                tgt_mask=~past,
                src_key_padding_mask=~real,
                memory_key_padding_mask=~real,
            ),
            optimizers[1],
        ),
        rounds=ROUNDS,
    )
    return Row(
        f"training step, {CONFIG.layers} + {CONFIG.layers} layers, width {CONFIG.dim}, {BATCH} "
        f"pairs of {SOURCE} and {TIME} places; limit: {MOST_TIMES} times as long",
        f"{ours * 1000:.0f} ms",
        f"{theirs * 1000:.0f} ms (torch.nn)",
        theirs / ours,
    )


def peak_mebibytes(function: object, *args: Tensor) -> float:
    """The most memory that the tensors made by a call hold at one moment."""
    with torch.profiler.profile(profile_memory=True) as profile:
        function(*args)  # type: ignore[operator]
    held = peak = 0
    for event in profile.profiler.kineto_results.events():  # type: ignore[union-attr]
        if event.name() == "[memory]":
            held += event.nbytes()
            peak = max(peak, held)
    return peak / 2**20


def against_length(time: int) -> Row:
    """One attention call, with its gradients: written out, and fused."""
    x = torch.randn(1, HEADS, time, HEAD_DIM, requires_grad=True)

    def plain(x: Tensor) -> None:
        torch.autograd.grad(scaled_dot_product_attention(x, x, x)[0].sum(), x)

    def fused(x: Tensor) -> None:
        torch.autograd.grad(fused_attention(x, x, x).sum(), x)

    ours, theirs = seconds(lambda: plain(x), lambda: fused(x))
    return Row(
        f"attention over {time} places, {HEADS} heads, forward and backward: written out, and "
        "fused (time, most memory)",
        f"{ours * 1000:.0f} ms, {peak_mebibytes(plain, x):.1f} MiB",
        f"{theirs * 1000:.0f} ms, {peak_mebibytes(fused, x):.1f} MiB",
        theirs / ours,
    )


def measure() -> list[Row]:
    """The training step at the notebook's size, and attention against length."""
    torch.manual_seed(0)
    return [training_step(), *(against_length(time) for time in LENGTHS)]
