"""BERT, asked for a word that is missing, or for the class of a text. Taught in notebook 15."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, TypeVar

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from lmteach.checks import check_known, check_tokens, check_whole, checked_by
from lmteach.models.bert.config import BertConfig
from lmteach.models.bert.encoder import BertEncoder
from lmteach.models.bert.files import Model, read_bert_config, read_bert_weights, write_bert
from lmteach.models.checks import check_context, check_tensor, token_row
from lmteach.models.evaluating import in_evaluation
from lmteach.models.transformer.layers import make_norm
from lmteach.typed import typed

INIT_STD = 0.02  # of all weights at the start
Bert = TypeVar("Bert", bound="PretrainedBert")
TOGETHER = 64  # copies of a text, each with one mask, that are read at once


class PretrainedBert(nn.Module):
    """What BERT's models have in common: the encoder, how it starts, their size, and their files.

    >>> BertForMaskedLM.from_pretrained("nowhere")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    FileNotFoundError: nowhere has no config.json, expected config.json and model.safetensors...
    """

    kind: ClassVar[Model]

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.config = config
        self.bert = BertEncoder(config)

    @torch.no_grad()
    def _start(self, generator: torch.Generator | None) -> None:
        """All matrices normal with a standard deviation of 0.02, all biases 0."""
        for name, parameter in self.named_parameters():
            if "neighbours." in name:
                continue  # they stay at 0
            if parameter.ndim > 1:
                parameter.normal_(std=INIT_STD, generator=generator)
            elif name.endswith("bias"):
                parameter.zero_()

    @property
    def parameter_count(self) -> int:
        """How many numbers are trained."""
        return sum(parameter.numel() for parameter in self.parameters())

    @classmethod
    @typed
    def from_pretrained(cls: type[Bert], folder: str | Path) -> Bert:
        """Return the model in a folder that this or Hugging Face's class of the same name wrote."""
        with torch.device("meta"):  # shapes without numbers: they are in the file
            model = cls(read_bert_config(folder, cls.kind))
        weights = read_bert_weights(folder, cls.kind, model.state_dict())
        model.load_state_dict(weights, assign=True)
        return model.eval()

    @typed
    def save_pretrained(self, folder: str | Path) -> None:
        """Write the model for ``from_pretrained`` and Hugging Face, as ``write_bert`` does."""
        write_bert(folder, self.kind, self.config, self.state_dict())


def _check_vectors(self: "BertForMaskedLM", vectors: Tensor) -> None:
    if not isinstance(vectors, Tensor) or vectors.ndim < 1:
        raise ValueError(f"vectors is {vectors!r:.60}, expected a tensor of vectors (…, D).")
    shape = (*vectors.shape[:-1], self.config.dim)
    check_tensor("vectors", vectors, shape, "(…, D)")


def _check_places(
    self: "BertForMaskedLM",
    ids: Sequence[int] | Tensor,
    places: Sequence[int] | Tensor,
    mask_id: int,
) -> None:
    row = check_tokens(ids, self.config.vocab_size, name="ids")
    check_context(len(row), self.config.context)
    check_tokens(places, len(row), name="places")
    check_whole("mask_id", mask_id, at_least=0)
    check_known("mask_id", mask_id, mask_id, self.config.vocab_size)


class BertForMaskedLM(PretrainedBert):
    """BERT's encoder, and for each place the scores of every token that may stand there.

    ``forward(ids (B, T), attention_mask (B, T), token_type_ids (B, T))`` returns logits (B, T, V)
    of what stands at each place itself; they are worth asking where ``ids`` hold a mask. A map with
    GELU and a norm stand before the output layer, which is the embedding of words once more, with a
    bias. Weights start normal with standard deviation 0.02, biases at 0; they come from
    ``generator`` if there is one. Source: J. Devlin et al., "BERT" (2019), §3.1, task 1.

    Raises ``ValueError`` as ``BertEncoder`` does.

    >>> model = BertForMaskedLM(BertConfig(vocab_size=9, context=8, dim=16, heads=2, layers=2))
    >>> model(torch.tensor([[1, 4, 2]])).shape
    torch.Size([1, 3, 9])
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model.save_pretrained(folder)
    ...     BertForMaskedLM.from_pretrained(folder).config == model.config
    True
    """

    kind = "BertForMaskedLM"

    @typed
    def __init__(self, config: BertConfig, generator: torch.Generator | None = None) -> None:
        super().__init__(config)
        self.dense = nn.Linear(config.dim, config.dim)
        self.norm = make_norm(config.layer)
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))
        self._start(generator)

    @checked_by(_check_vectors)
    @typed
    def scores(self, vectors: Float[Tensor, "*batch dim"]) -> Float[Tensor, "*batch vocab"]:
        """Return the logits (…, V) that vectors (…, D) of the encoder lead to.

        Where few places count, ask for theirs alone: ``model.scores(model.bert(ids)[chosen])``.

        >>> model = BertForMaskedLM(BertConfig(vocab_size=9, context=8, dim=16, heads=2, layers=2))
        >>> model.scores(torch.zeros(5, 16)).shape
        torch.Size([5, 9])
        """
        x = self.norm(functional.gelu(self.dense(vectors)))
        return functional.linear(x, self.bert.words.weight, self.bias)

    def forward(
        self,
        ids: Int[Tensor, "batch time"],
        attention_mask: Bool[Tensor, "batch time"] | None = None,
        token_type_ids: Int[Tensor, "batch time"] | None = None,
    ) -> Float[Tensor, "batch time vocab"]:
        """Return the logits (B, T, V) of the token at each place."""
        return self.scores(self.bert(ids, attention_mask, token_type_ids))

    @typed
    @checked_by(_check_places)
    @torch.no_grad()
    def masked_log_probabilities(
        self,
        ids: Sequence[int] | Int[Tensor, " time"],
        places: Sequence[int] | Int[Tensor, " targets"],
        mask_id: int,
    ) -> Float[Tensor, " targets"]:
        """Return log p of the token at each of ``places`` (M,), in nats, given all others.

        Each place is masked alone, in a copy of ``ids`` (T,) of its own, which brings their special
        tokens along. Summed over all places it is the pseudo-log-likelihood of J. Salazar et al.,
        "Masked Language Model Scoring" (2020), eq. 1; it is no probability of the text.

        Raises ``ValueError`` for ids outside the vocabulary, more of them than the context, or a
        place outside the text.

        >>> model = BertForMaskedLM(BertConfig(vocab_size=9, context=8, dim=16, heads=2, layers=1))
        >>> model.masked_log_probabilities([1, 4, 2], [0, 2], mask_id=8).shape
        torch.Size([2])
        """
        device = self.bias.device
        row = token_row(ids, self.config.vocab_size, device)
        asked = torch.from_numpy(check_tokens(places, len(row), name="places")).to(device)
        found = []
        with in_evaluation(self):
            for some in asked.split(TOGETHER):
                copies, each = row.repeat(len(some), 1), torch.arange(len(some), device=device)
                copies[each, some] = mask_id
                logits = self.scores(self.bert(copies)[each, some])
                found.append(logits.log_softmax(dim=-1)[each, row[some]])
        return torch.cat(found)


class BertForSequenceClassification(PretrainedBert):
    """BERT's encoder, and the scores of each class that a text may belong to.

    ``forward(ids (B, T), attention_mask (B, T), token_type_ids (B, T))`` returns logits (B,
    labels). They are asked of the first token, [CLS], alone: a map and tanh (the ``pooler``), then
    dropout and the ``classifier``. To fine-tune a trained encoder, take its weights over:
    ``model.bert.load_state_dict(trained.bert.state_dict())``. Weights start as in
    ``BertForMaskedLM``. Source: J. Devlin et al., "BERT" (2019), §4.1 and fig. 4.

    Raises ``ValueError`` as ``BertEncoder`` does.

    >>> config = BertConfig(vocab_size=9, context=8, dim=16, heads=2, layers=2, labels=3)
    >>> model = BertForSequenceClassification(config)
    >>> model(torch.tensor([[1, 4, 2]])).shape
    torch.Size([1, 3])
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model.save_pretrained(folder)
    ...     BertForSequenceClassification.from_pretrained(folder).config == model.config
    True
    """

    kind = "BertForSequenceClassification"

    @typed
    def __init__(self, config: BertConfig, generator: torch.Generator | None = None) -> None:
        super().__init__(config)
        self.pooler = nn.Linear(config.dim, config.dim)
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(config.dim, config.labels)
        self._start(generator)

    def forward(
        self,
        ids: Int[Tensor, "batch time"],
        attention_mask: Bool[Tensor, "batch time"] | None = None,
        token_type_ids: Int[Tensor, "batch time"] | None = None,
    ) -> Float[Tensor, "batch _"]:
        """Return the logits (B, labels) of each text's class."""
        first = self.bert(ids, attention_mask, token_type_ids)[:, 0]  # (B, D)
        return self.classifier(self.dropout(self.pooler(first).tanh()))
