"""The hand-built GPT beside transformers' GPT-2 and torch.nn's encoder; optimizers beside torch's.

All three have the same numbers, and give the same logits before anything is timed.
"""

import threading

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import GPT2Config, GPT2LMHeadModel

from benchmarks.measuring import Row, seconds
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.files import to_gpt2
from lmteach.models.gpt.model import GPT
from lmteach.models.transformer.attention import causal_mask
from lmteach.training.gpt_recipe import WIKIPEDIA
from lmteach.training.muon import Muon, muon_groups
from lmteach.training.openmp import release_threads
from lmteach.training.optimizers import AdamW

BATCH = 16
SIZES = {"vocab_size": 1024, "context": 128, "dim": 192, "heads": 4, "layers": 4}
MOST_OF_TRANSFORMERS = 0.9  # how many times as long as transformers' step ours may take
MOST_OF_TORCH = 1.0  # and as torch.nn's
ROUNDS = 15
STEPS_IN_A_THREAD, THREADS = 20, 4


class Encoder(nn.Module):
    """The same model out of ``torch.nn``: what one would write without GPT-2's own code."""

    def __init__(self, model: GPT) -> None:
        super().__init__()
        config = model.config
        self.wte = nn.Embedding(config.vocab_size, config.dim)
        self.wpe = nn.Embedding(config.context, config.dim)
        layer = nn.TransformerEncoderLayer(
            config.dim,
            config.heads,
            config.hidden,
            dropout=0.0,
            activation=lambda x: functional.gelu(x, approximate="tanh"),
            batch_first=True,
            norm_first=True,
        )
        self.encoder = nn.TransformerEncoder(
            layer, config.layers, nn.LayerNorm(config.dim), enable_nested_tensor=False
        )
        own = model.state_dict()
        state = {
            name.replace("h.", "encoder.layers.", 1): tensor
            for name, tensor in own.items()
            if name.startswith("h.")
        }
        state |= {f"encoder.norm.{part}": own[f"ln_f.{part}"] for part in ("weight", "bias")}
        state |= {f"{name}.weight": own[f"{name}.weight"] for name in ("wte", "wpe")}
        self.load_state_dict(state)

    def forward(self, ids: Tensor) -> Tensor:
        """Return the logits (B, T, V)."""
        time = ids.shape[1]
        x = self.wte(ids) + self.wpe(torch.arange(time))
        x = self.encoder(x, mask=~causal_mask(time), is_causal=True)
        return functional.linear(x, self.wte.weight)


def by_transformers(model: GPT) -> GPT2LMHeadModel:
    """GPT-2 with the same numbers, and its dropout off."""
    c = model.config
    theirs = GPT2LMHeadModel(
        GPT2Config(
            vocab_size=c.vocab_size,
            n_positions=c.context,
            n_embd=c.dim,
            n_layer=c.layers,
            n_head=c.heads,
            resid_pdrop=0,
            embd_pdrop=0,
            attn_pdrop=0,
            use_cache=False,
        )
    )
    theirs.load_state_dict(to_gpt2(model.state_dict()), strict=False)
    return theirs


def training_steps() -> list[Row]:
    """Forward, loss, backward and one step of AdamW, for the three."""
    model = GPT(GPTConfig(**SIZES))
    encoder, theirs = Encoder(model), by_transformers(model)
    modern = GPT(GPTConfig.modern(**SIZES))
    ids = torch.randint(SIZES["vocab_size"], (BATCH, SIZES["context"] + 1))
    calls = [model, encoder, lambda ids: theirs(ids).logits, modern]
    for call in calls[1:3]:
        torch.testing.assert_close(call(ids[:, :-1]), model(ids[:, :-1]), rtol=0, atol=1e-4)
    optimizers = [
        torch.optim.AdamW(m.parameters(), fused=True) for m in (model, encoder, theirs, modern)
    ]

    def learn(place: int) -> None:
        logits = calls[place](ids[:, :-1])
        loss = functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
        optimizers[place].zero_grad()
        loss.backward()
        optimizers[place].step()

    ours, by_torch, by_hf, newer = seconds(
        *(lambda place=place: learn(place) for place in range(4)), rounds=ROUNDS
    )
    sizes = f"{SIZES['layers']} layers, width {SIZES['dim']}, {BATCH} windows of {SIZES['context']}"
    return [
        Row(
            f"GPT, training step in GPT-2's form, {sizes}; limit: {MOST_OF_TRANSFORMERS} times as "
            "long",
            f"{ours * 1000:.0f} ms",
            f"{by_hf * 1000:.0f} ms (transformers)",
            by_hf / ours,
        ),
        Row(
            f"GPT, the same beside nn.TransformerEncoder; limit: {MOST_OF_TORCH} times as long",
            f"{ours * 1000:.0f} ms",
            f"{by_torch * 1000:.0f} ms (torch.nn)",
            by_torch / ours,
        ),
        Row(
            "GPT, training step in the modern form, beside GPT-2's form",
            f"{newer * 1000:.0f} ms",
            f"{ours * 1000:.0f} ms (GPT-2's form)",
            ours / newer,
        ),
    ]


def optimizer_steps() -> list[Row]:
    """One step over the same gradients: ours, written out, and torch's fused kernel."""
    rows, config = [], GPTConfig(**SIZES)
    for name, make in [
        ("AdamW", lambda model: AdamW(model.parameters())),
        ("Muon", lambda model: Muon(muon_groups(model))),
    ]:
        models = GPT(config), GPT(config)
        for model in models:
            for parameter in model.parameters():
                parameter.grad = torch.randn_like(parameter)
        own, fused = make(models[0]), torch.optim.AdamW(models[1].parameters(), fused=True)
        ours, theirs = seconds(own.step, fused.step, rounds=ROUNDS)
        rows.append(
            Row(
                f"{name}, one step over {models[0].parameter_count:,} numbers",
                f"{ours * 1000:.1f} ms",
                f"{theirs * 1000:.1f} ms (torch's AdamW, fused)",
                theirs / ours,
            )
        )
    return rows


def steps_in_a_thread() -> list[Row]:
    """Training steps in a thread of their own, as the training panel makes them."""
    model = GPT(WIKIPEDIA.config)
    optimizer = Muon(muon_groups(model))
    ids = torch.randint(
        WIKIPEDIA.config.vocab_size, (WIKIPEDIA.batch, WIKIPEDIA.config.context + 1)
    )

    def learn() -> None:
        for _ in range(STEPS_IN_A_THREAD):
            logits = model(ids[:, :-1])
            loss = functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    def in_a_thread(release: bool) -> None:
        torch.ones(1000, 1000).exp()  # the main thread has computed, and has helpers
        if release:
            release_threads()
        thread = threading.Thread(target=learn)
        thread.start()
        thread.join()

    released, kept = seconds(lambda: in_a_thread(True), lambda: in_a_thread(False), rounds=THREADS)
    return [
        Row(
            "GPT of notebook 13, training step in a thread of its own, the main thread's OpenMP "
            "helpers let go",
            f"{released / STEPS_IN_A_THREAD * 1000:.0f} ms",
            f"{kept / STEPS_IN_A_THREAD * 1000:.0f} ms (helpers kept)",
            kept / released,
        )
    ]


def measure() -> list[Row]:
    """The training step of three equal models, in a thread of its own too, and the optimizers."""
    torch.manual_seed(0)
    return [*training_steps(), *steps_in_a_thread(), *optimizer_steps()]
