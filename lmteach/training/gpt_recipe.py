"""How the GPT of notebook 13 is made and trained; the shipped one is made by the same recipe."""

from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor, nn
from torch.nn import functional

from lmteach.models.gpt import GPT, GPTConfig
from lmteach.text.batches import shuffled_windows
from lmteach.training.history import History
from lmteach.training.loop import fit
from lmteach.training.muon import Muon, muon_groups
from lmteach.training.schedules import warmup_cosine

SIZES = ("vocab_size", "context", "dim", "heads", "layers")
NGRAMS = ("ngram_order", "ngram_rows", "ngram_dropout")
Windows = tuple[Int[Tensor, "batch time"], Int[Tensor, "batch time"]]


def next_token_loss(model: GPT, windows: Windows) -> Tensor:
    """Return the mean cross-entropy () of the next token, in nats, over all places at once.

    ``windows`` are inputs (B, T), and the same moved by one (B, T): what comes next.

    >>> model = GPT(GPTConfig(vocab_size=5, context=8, dim=16, heads=2, layers=1))
    >>> next_token_loss(model, (torch.tensor([[1, 4, 2]]), torch.tensor([[4, 2, 0]]))).shape
    torch.Size([])
    """
    inputs, following = windows
    return functional.cross_entropy(model(inputs).flatten(0, 1), following.flatten())


@dataclass(frozen=True)
class GPTRecipe:
    """All numbers of a training run: the model's sizes, the batches, the rates.

    Each of ``steps`` batches holds ``batch`` windows of ``context`` tokens; every window comes once
    before any comes again. N-grams up to ``ngram_order`` have vectors of their own, see
    ``NGramEmbedding``. The learning rate rises for ``warmup`` steps to ``rate`` and falls to 0
    along a cosine.

    >>> sizes = {"vocab_size": 300, "context": 8, "dim": 16, "heads": 2, "layers": 1, "batch": 2}
    >>> tiny = GPTRecipe(**sizes, steps=3, warmup=1)
    >>> model = tiny.model(torch.Generator().manual_seed(0))
    >>> ids = torch.randint(300, (100,))
    >>> history = tiny.train(model, ids, torch.Generator().manual_seed(0), progress=False)
    >>> len(history.losses)
    3
    """

    vocab_size: int = 1024
    context: int = 128
    dim: int = 128
    heads: int = 4
    layers: int = 3
    batch: int = 16
    ngram_order: int = 3
    ngram_rows: int = 8800
    ngram_dropout: float = 0.1
    steps: int = 700
    warmup: int = 40
    rate: float = 5e-3
    weight_decay: float = 0.1
    beta2: float = 0.98

    def scaled(self, factor: int) -> "GPTRecipe":
        """Return the recipe of a model that is ``factor`` times as wide, with as many more heads.

        >>> GPTRecipe(dim=128, heads=4).scaled(8).dim
        1024
        """
        return replace(self, dim=factor * self.dim, heads=factor * self.heads)

    def model(self, generator: torch.Generator | None = None) -> GPT:
        """Return the model before training, in the modern form.

        The maps that end in the residual path start at 0: at first, every layer passes on what it
        gets.
        """
        sizes = {name: getattr(self, name) for name in (*SIZES, *NGRAMS)}
        model = GPT(GPTConfig.modern(**sizes), generator)
        for name, weight in model.named_parameters():
            if name.endswith("c_proj.weight"):
                nn.init.zeros_(weight)
        return model

    def train(
        self,
        model: GPT,
        ids: Int[Tensor, " time"],
        generator: torch.Generator,
        **options: Any,
    ) -> History:
        """Train the model on a text's ids (T,); ``options`` are those of ``fit``.

        Dropout draws from torch's global generator. A run that goes on from a ``checkpoint`` begins
        a new pass through the text. Raises ``ValueError`` if the text is shorter than a batch, and
        as ``fit`` does.
        """
        windows = shuffled_windows(ids, self.batch, self.context, generator)
        return fit(
            model,
            next_token_loss,
            lambda generator: next(windows),
            self.steps,
            Muon(muon_groups(model), self.rate, (0.9, self.beta2), weight_decay=self.weight_decay),
            generator,
            schedule=lambda step: warmup_cosine(step, self.warmup, self.steps, floor=0.0),
            validate_every=self.steps,
            **options,
        )


WIKIPEDIA = GPTRecipe()  # notebook 13's, two minutes on two CPU cores; found by trials on valid
