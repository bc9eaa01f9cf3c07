"""How the BERT of notebook 15 is made and trained; the shipped one is made by the same recipe."""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Bool, Int
from torch import Tensor, nn
from torch.nn import functional

from lmteach.checks import check_number, check_sizes, check_tokens, check_whole, checked_by
from lmteach.models.bert.config import BertConfig
from lmteach.models.bert.masking import choose_places, hide, spaced_places
from lmteach.models.bert.model import BertForMaskedLM
from lmteach.text.batches import shuffled_windows
from lmteach.text.tokenizers.special_tokens import NAMES, SpecialTokens
from lmteach.training.history import History
from lmteach.training.loop import fit
from lmteach.training.muon import Muon, muon_groups
from lmteach.training.schedules import warmup_cosine
from lmteach.typed import check_fields, typed

Hidden = tuple[Int[Tensor, "batch time"], Int[Tensor, "batch time"], Bool[Tensor, "batch time"]]


@typed
def masked_token_loss(model: BertForMaskedLM, windows: Hidden) -> Tensor:
    """Return the mean cross-entropy () of the hidden tokens, in nats.

    ``windows`` are what the model reads (B, T), what stood there (B, T), and where it is asked (B,
    T). It is ``masked_loss``, with logits of the places that count alone.

    >>> model = BertForMaskedLM(BertConfig(vocab_size=9, context=8, dim=16, heads=2, layers=1))
    >>> ids, chosen = torch.tensor([[1, 4, 2]]), torch.tensor([[False, True, False]])
    >>> masked_token_loss(model, (ids.masked_fill(chosen, 8), ids, chosen)).shape
    torch.Size([])
    """
    hidden, targets, chosen = windows
    return functional.cross_entropy(model.scores(model.bert(hidden)[chosen]), targets[chosen])


def _check_text(model: BertForMaskedLM, ids: Tensor) -> None:
    check_tokens(ids, model.config.vocab_size - len(NAMES), name="ids")


@dataclass(frozen=True)
class MaskedRecipe:
    """All numbers of a training run: the model's sizes, the batches, what is hidden, the rates.

    The four highest ids of the vocabulary are [PAD], [CLS], [SEP] and [MASK]. Each of ``steps``
    batches holds ``batch`` windows as long as the context, [CLS] and [SEP] included; every window
    comes once before any comes again. Every ``every``-th token is hidden, or with 0, each with
    probability ``share``; of these a share ``replaced`` becomes [MASK] and a share ``random`` any
    token. The learning rate rises for ``warmup`` steps to ``rate`` and falls to 0 along a cosine.

    >>> config = BertConfig(vocab_size=304, context=8, dim=16, heads=2, layers=1)
    >>> tiny = MaskedRecipe(config, batch=2, steps=3, warmup=1)
    >>> model = tiny.model(torch.Generator().manual_seed(0))
    >>> ids = torch.randint(300, (100,))
    >>> history = tiny.train(model, ids, torch.Generator().manual_seed(0), progress=False)
    >>> len(history.losses)
    3
    """

    config: BertConfig
    batch: int = 16
    steps: int = 700
    warmup: int = 40
    rate: float = 5e-3
    weight_decay: float = 0.2
    beta2: float = 0.98
    every: int = 3
    share: float = 0.15
    replaced: float = 1.0
    random: float = 0.0

    def __post_init__(self) -> None:
        check_fields(self)
        check_sizes(batch=self.batch, steps=self.steps)
        check_whole("warmup", self.warmup, at_least=0)
        check_whole("steps", self.steps, self.warmup + 1, "The warm-up ends before the last step.")
        check_number("rate", self.rate, above=0)
        check_number("weight_decay", self.weight_decay, at_least=0)
        check_number("beta2", self.beta2, at_least=0, below=1)
        check_whole("every", self.every, at_least=0)
        check_number("share", self.share, above=0, at_most=1)
        check_number("replaced", self.replaced, at_least=0, at_most=1)
        check_number("random", self.random, at_least=0, at_most=1 - self.replaced)
        check_whole("context", self.config.context, 3, "[CLS] and [SEP] take two places.")
        check_whole("vocab_size", self.config.vocab_size, 5, "Four of the tokens are special.")

    @property
    def special(self) -> SpecialTokens:
        """The ids of the special tokens."""
        return SpecialTokens(self.config.vocab_size - len(NAMES))

    @typed
    def model(self, generator: torch.Generator | None = None) -> BertForMaskedLM:
        """Return the model before training.

        The maps that end in the residual path start at 0: at first, every layer passes on what it
        gets.
        """
        model = BertForMaskedLM(self.config, generator)
        for name, parameter in model.bert.layers.named_parameters():
            if name.endswith(("out_proj.weight", "linear2.weight")):
                nn.init.zeros_(parameter)
        return model

    @typed
    def hidden(self, windows: Int[Tensor, "batch window"], generator: torch.Generator) -> Hidden:
        """Return windows between [CLS] and [SEP] with tokens hidden, as they were, and where.

        >>> tiny = MaskedRecipe(BertConfig(vocab_size=304, context=8, dim=16, heads=2, layers=1))
        >>> hidden, ids, chosen = tiny.hidden(torch.tensor([[5, 6, 7]]), torch.Generator())
        >>> ids
        tensor([[301,   5,   6,   7, 302]])
        """
        special = self.special
        ids = special.framed(windows)
        if self.every:
            chosen = spaced_places(ids, special.ids, self.every, generator)
        else:
            chosen = choose_places(ids, special.ids, self.share, generator)
        plain = special.plain
        hidden = hide(ids, chosen, special.mask, plain, generator, self.replaced, self.random)
        return hidden, ids, chosen

    @typed
    @checked_by(_check_text)
    def train(
        self,
        model: BertForMaskedLM,
        ids: Int[Tensor, " time"],
        generator: torch.Generator,
        **options: Any,
    ) -> History:
        """Train the model on a text's ids (T,); ``options`` are those of ``fit``.

        A run that goes on from a ``checkpoint`` begins a new pass through the text. Raises
        ``ValueError`` if the text is shorter than a batch, and as ``fit`` does.
        """
        windows = shuffled_windows(ids, self.batch, self.config.context - 2, generator)
        return fit(
            model,
            masked_token_loss,
            lambda generator: self.hidden(next(windows)[0], generator),
            self.steps,
            Muon(muon_groups(model), self.rate, (0.9, self.beta2), weight_decay=self.weight_decay),
            generator,
            schedule=lambda step: warmup_cosine(step, self.warmup, self.steps, floor=0.0),
            validate_every=self.steps,
            **options,
        )


WIKIPEDIA_MASKED = MaskedRecipe(  # minutes on two CPU cores; found by trials on valid
    BertConfig(
        vocab_size=1028,
        context=128,
        dim=128,
        heads=4,
        layers=3,
        dropout=0.0,
        pad_id=1024,
        neighbour_order=2,
        neighbour_rows=3200,
    )
)
