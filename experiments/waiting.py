"""Who learns to wait, and why? One letter, fifty signs of noise, and seven cells with other gates.

Each cell has a share that it keeps and a share that it writes. In an LSTM they are two gates, in a
GRU one; here they are also joined in an LSTM and parted in a GRU, and started at other biases. With
answers "drawn", the answer has nothing to do with the letter: what the gates do then, they do for
another reason.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lmteach.models.recurrent.cells import Cell, uniform
from lmteach.training.loop import fit

RECIPE = {"letters": 4, "noise": 2, "lag": 50, "dim": 32, "batch": 64, "steps": 250, "rate": 0.01}
EARLY = 50  # batches, after which the gates are looked at
CASES = (
    {"cell": "LSTM", "keep": 0, "write": 0, "answers": "right"},
    {"cell": "GRU", "keep": 0, "write": 0, "answers": "right"},
    {"cell": "LSTM, gates joined", "keep": 0, "write": 0, "answers": "right"},
    {"cell": "GRU, gates parted", "keep": 0, "write": 0, "answers": "right"},
    {"cell": "LSTM", "keep": 0, "write": 0, "answers": "drawn"},
    {"cell": "GRU", "keep": 0, "write": 0, "answers": "drawn"},
    {"cell": "LSTM", "keep": 1, "write": 0, "answers": "right"},
    {"cell": "LSTM", "keep": 4, "write": 0, "answers": "right"},
    {"cell": "LSTM", "keep": 4, "write": -2, "answers": "right"},
)
SEEDS = (0, 1, 2, 3)
TOLERANCE = 0.05


class Blocks(Cell):
    """Four blocks of sums: keep, write, candidate, and output (LSTM) or reset (GRU)."""

    blocks = 4


class Waiting(nn.Module):
    """Embedding, one cell over the sequence, and scores of the symbols after the last step."""

    def __init__(self, cell: str, keep: float, write: float, seed: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        symbols, dim = RECIPE["letters"] + RECIPE["noise"], RECIPE["dim"]
        self.cell = cell
        self.embedding = nn.Parameter(torch.randn(symbols, dim, generator=generator))
        self.numbers = Blocks(dim, dim, generator)
        self.weight = uniform(symbols, dim, bound=dim**-0.5, generator=generator)
        self.bias = uniform(symbols, bound=dim**-0.5, generator=generator)
        with torch.no_grad():
            for bias in (self.numbers.bias_ih, self.numbers.bias_hh):
                bias[:dim], bias[dim : 2 * dim] = keep / 2, write / 2

    def forward(self, ids: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits (B, V), and all shares kept and written, (T, B, D) each."""
        own, shares = self.numbers, []
        h = c = torch.zeros(len(ids), RECIPE["dim"])
        for step in (self.embedding[ids] @ own.weight_ih.T + own.bias_ih).unbind(dim=1):
            seen = step.chunk(4, dim=-1)
            known = (h @ own.weight_hh.T + own.bias_hh).chunk(4, dim=-1)
            keep = torch.sigmoid(seen[0] + known[0])
            write = torch.sigmoid(seen[1] + known[1])
            last = torch.sigmoid(seen[3] + known[3])  # output or reset
            if self.cell in ("GRU", "LSTM, gates joined"):
                write = 1 - keep
            if self.cell.startswith("LSTM"):
                c = keep * c + write * torch.tanh(seen[2] + known[2])
                h = last * torch.tanh(c)
            else:
                h = keep * h + write * torch.tanh(seen[2] + last * known[2])
            shares.append((keep.detach(), write.detach()))
        kept, written = map(torch.stack, zip(*shares, strict=True))
        return h @ self.weight.T + self.bias, kept, written


def draw(generator: torch.Generator, batch: int = RECIPE["batch"]) -> tuple[Tensor, Tensor]:
    """Sequences of a letter and noise, (B, 1 + lag), and the letters (B,)."""
    first, end = RECIPE["letters"], RECIPE["letters"] + RECIPE["noise"]
    letter = torch.randint(first, (batch, 1), generator=generator)
    noise = torch.randint(first, end, (batch, RECIPE["lag"]), generator=generator)
    return torch.cat([letter, noise], dim=1), letter[:, 0]


@torch.no_grad()
def best_keeper(model: Waiting) -> tuple[float, float]:
    """The largest share that a unit keeps over the wait, and the share it writes at each step."""
    _, kept, written = model(draw(torch.Generator().manual_seed(98))[0])
    over_the_wait = kept[1:].prod(dim=0).mean(dim=0)  # (D,)
    unit = over_the_wait.argmax()
    return over_the_wait[unit].item(), written[1:, :, unit].mean().item()


def measure(seed: int, cell: str, keep: float, write: float, answers: str) -> dict[str, float]:
    """How often it is right after the training, and what its best keeper did early on."""
    model, early = Waiting(cell, keep, write, seed), [0.0, 0.0]
    others = torch.Generator().manual_seed(seed + 77)

    def loss_of(model: Waiting, batch: tuple[Tensor, Tensor]) -> Tensor:
        ids, letters = batch
        if answers == "drawn":
            letters = torch.randint(RECIPE["letters"], letters.shape, generator=others)
        return F.cross_entropy(model(ids)[0], letters)

    def look(step: int, loss: float) -> None:
        if step == EARLY:
            early[:] = best_keeper(model)

    optimizer = torch.optim.AdamW(model.parameters(), lr=RECIPE["rate"])
    generator = torch.Generator().manual_seed(seed)
    fit(model, loss_of, draw, RECIPE["steps"], optimizer, generator, progress=False, on_step=look)
    ids, letters = draw(torch.Generator().manual_seed(99), batch=1000)
    with torch.no_grad():
        right = (model(ids)[0].argmax(dim=-1) == letters).double().mean().item()
    return {
        "right": round(right, 3),
        "kept_over_the_wait": round(early[0], 3),
        "written_at_a_step": round(early[1], 4),
    }
