"""How the GPT of notebook 13 is made and trained; the shipped one is made by the same recipe."""

from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor, nn
from torch.nn import functional

from lmteach.checks import check_number, check_sizes, check_tokens, check_whole, checked_by
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT
from lmteach.text.batches import shuffled_windows
from lmteach.training.history import History
from lmteach.training.loop import fit
from lmteach.training.muon import Muon, muon_groups
from lmteach.training.schedules import warmup_cosine
from lmteach.typed import check_fields, typed

Windows = tuple[Int[Tensor, "batch time"], Int[Tensor, "batch time"]]


@typed
def next_token_loss(model: GPT, windows: Windows) -> Tensor:
    """Return the mean cross-entropy () of the next token, in nats, over all places at once.

    ``windows`` are inputs (B, T), and the same moved by one (B, T): what comes next.

    >>> model = GPT(GPTConfig(vocab_size=5, context=8, dim=16, heads=2, layers=1))
    >>> next_token_loss(model, (torch.tensor([[1, 4, 2]]), torch.tensor([[4, 2, 0]]))).shape
    torch.Size([])
    """
    inputs, following = windows
    return functional.cross_entropy(model(inputs).flatten(0, 1), following.flatten())


def _check_factor(factor: int) -> None:
    check_sizes(factor=factor)


def _check_text(model: GPT, ids: Tensor) -> None:
    check_tokens(ids, model.config.vocab_size, name="ids")


@dataclass(frozen=True)
class GPTRecipe:
    """All numbers of a training run: the model's sizes, the batches, the rates.

    Each of ``steps`` batches holds ``batch`` windows as long as the context; every window comes
    once before any comes again. The learning rate rises for ``warmup`` steps to ``rate`` and falls
    to 0 along a cosine.

    >>> config = GPTConfig.modern(vocab_size=300, context=8, dim=16, heads=2, layers=1)
    >>> tiny = GPTRecipe(config, batch=2, steps=3, warmup=1)
    >>> model = tiny.model(torch.Generator().manual_seed(0))
    >>> ids = torch.randint(300, (100,))
    >>> history = tiny.train(model, ids, torch.Generator().manual_seed(0), progress=False)
    >>> len(history.losses)
    3
    """

    config: GPTConfig
    batch: int = 16
    steps: int = 700
    warmup: int = 40
    rate: float = 5e-3
    weight_decay: float = 0.2
    beta2: float = 0.98

    def __post_init__(self) -> None:
        check_fields(self)
        check_sizes(batch=self.batch, steps=self.steps)
        check_whole("warmup", self.warmup, at_least=0)
        check_whole("steps", self.steps, self.warmup + 1, "The warm-up ends before the last step.")
        check_number("rate", self.rate, above=0)
        check_number("weight_decay", self.weight_decay, at_least=0)
        check_number("beta2", self.beta2, at_least=0, below=1)

    @typed
    @checked_by(_check_factor)
    def scaled(self, factor: int) -> "GPTRecipe":
        """Return the recipe of a model that is ``factor`` times as wide, with as many more heads.

        >>> GPTRecipe(GPTConfig(dim=128, heads=4)).scaled(8).config.dim
        1024
        """
        config = self.config
        wider = replace(config, dim=factor * config.dim, heads=factor * config.heads)
        return replace(self, config=wider)

    @typed
    def model(self, generator: torch.Generator | None = None) -> GPT:
        """Return the model before training.

        The maps that end in the residual path start at 0: at first, every layer passes on what it
        gets.
        """
        model = GPT(self.config, generator)
        for block in model.blocks:
            nn.init.zeros_(block.self_attn.out_proj.weight)
            nn.init.zeros_(block.linear2.weight)
        return model

    @typed
    @checked_by(_check_text)
    def train(
        self,
        model: GPT,
        ids: Int[Tensor, " time"],
        generator: torch.Generator,
        **options: Any,
    ) -> History:
        """Train the model on a text's ids (T,); ``options`` are those of ``fit``.

        A run that goes on from a ``checkpoint`` begins a new pass through the text. Raises
        ``ValueError`` if the text is shorter than a batch, and as ``fit`` does.
        """
        windows = shuffled_windows(ids, self.batch, self.config.context, generator)
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


WIKIPEDIA = GPTRecipe(  # notebook 13's, two minutes on two CPU cores; found by trials on valid
    GPTConfig.modern(
        vocab_size=1024,
        context=128,
        dim=128,
        heads=4,
        layers=3,
        ngram_order=3,
        ngram_rows=8800,
    )
)
