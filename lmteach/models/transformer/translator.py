"""From tokens to tokens: the Transformer with embeddings before it and a vocabulary after it.

Taught in notebook 11.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from lmteach.checks import check_sizes, checked_by
from lmteach.models.checks import check_ids
from lmteach.models.seq2seq.checks import check_both, check_source
from lmteach.models.transformer.attention import padding_mask
from lmteach.models.transformer.attention_maps import watch_attention
from lmteach.models.transformer.layers import TransformerConfig
from lmteach.models.transformer.model import Transformer
from lmteach.models.transformer.positions import sinusoidal
from lmteach.typed import typed


class TranslatorState(NamedTuple):
    """Where the translator stands: what it has written, and what it has read.

    ``written`` (B, T) are the ids so far, ``memory`` (B, S, D) is what the encoder made of the
    source, and ``mask`` (B, S) is True where a place of it is no padding.

    >>> model = Translator(9, 7, TransformerConfig(dim=8, heads=2, feed_forward_dim=16, layers=1))
    >>> state = model.encode(torch.tensor([[3, 4, 0]]), torch.tensor([2]))
    >>> state.written.shape, state.memory.shape, state.mask
    (torch.Size([1, 0]), torch.Size([1, 3, 8]), tensor([[ True,  True, False]]))
    """

    written: Int[Tensor, "batch time"]
    memory: Float[Tensor, "batch source dim"]
    mask: Bool[Tensor, "batch source"]


def _check_embedded(embedding: nn.Embedding, ids: Tensor) -> None:
    check_ids("ids", ids, embedding.num_embeddings)


def _check_step(self: "Translator", token: Tensor, state: TranslatorState) -> None:
    check_ids("token", token, self.target_vocab, (len(state.written),), "(B,)")


class Translator(nn.Module):
    """A ``Transformer`` that reads and writes ids, with the doors of ``seq2seq.EncoderDecoder``.

    Embeddings are multiplied by √D, sinusoidal positions are added, and a last map gives a logit
    to each entry of the target's vocabulary. It is ``tied``: its matrix is that of the target's
    embedding, and it has no bias. Source: Vaswani et al. (2017), §3.4, which ties the source's
    embedding, too, since there both sides have one vocabulary; and §3.5.

    Raises ``ValueError`` for a vocabulary of less than one entry, or an odd ``config.dim``.

    >>> model = Translator(9, 7, TransformerConfig(dim=8, heads=2, feed_forward_dim=16, layers=1))
    >>> model(torch.tensor([[3, 4]]), torch.tensor([2]), torch.tensor([[1, 5, 6]])).shape
    torch.Size([1, 3, 7])
    """

    @typed
    def __init__(
        self, source_vocab: int, target_vocab: int, config: TransformerConfig, tied: bool = True
    ) -> None:
        """Make the network; embeddings start with variance 1 / D, so that √D makes it 1."""
        check_sizes(source_vocab=source_vocab, target_vocab=target_vocab)
        sinusoidal(1, config.dim)  # says what is wrong with an odd width
        super().__init__()
        self.source_vocab, self.target_vocab = source_vocab, target_vocab
        self.config = config
        self.source_embedding = nn.Embedding(source_vocab, config.dim)
        self.target_embedding = nn.Embedding(target_vocab, config.dim)
        self.transformer = Transformer(config)
        self.output = nn.Linear(config.dim, target_vocab, bias=not tied)
        self.dropout = nn.Dropout(config.dropout)
        for embedding in (self.source_embedding, self.target_embedding):
            nn.init.normal_(embedding.weight, std=config.dim**-0.5)
        if tied:
            self.output.weight = self.target_embedding.weight

    @typed
    @checked_by(_check_embedded)
    def embed(
        self, embedding: nn.Embedding, ids: Int[Tensor, "batch time"]
    ) -> Float[Tensor, "batch time dim"]:
        """Return what enters the Transformer: what stands at each place, and where that is."""
        x = embedding(ids) * math.sqrt(self.config.dim)  # (B, T, D)
        return self.dropout(x + sinusoidal(ids.shape[1], self.config.dim).to(x))

    @typed
    @checked_by(check_source)
    def encode(
        self, source: Int[Tensor, "batch source"], lengths: Int[Tensor, " batch"]
    ) -> TranslatorState:
        """Read the sources (B, S), each up to its length; nothing is written yet.

        Raises ``ValueError`` for ids outside the vocabulary, no places, or lengths that don't fit.
        """
        mask = padding_mask(lengths, source.shape[1])
        memory = self.transformer.encode(self.embed(self.source_embedding, source), mask)
        return TranslatorState(source[:, :0], memory, mask)

    @typed
    def decode(
        self, target: Int[Tensor, "batch time"], state: TranslatorState
    ) -> Float[Tensor, "batch time vocab"]:
        """Return the logits (B, T, V) of what follows each symbol of ``target``, all at once."""
        x = self.embed(self.target_embedding, target)
        return self.output(self.transformer.decode(x, state.memory, source_mask=state.mask))

    @checked_by(check_both)
    def forward(
        self,
        source: Int[Tensor, "batch source"],
        lengths: Int[Tensor, " batch"],
        target: Int[Tensor, "batch time"],
    ) -> Float[Tensor, "batch time vocab"]:
        """Return the logits (B, T, V) of what follows each symbol of ``target``: teacher forcing.

        Raises ``ValueError`` as ``encode`` does.
        """
        return self.decode(target, self.encode(source, lengths))

    @typed
    @checked_by(_check_step)
    def step(
        self, token: Int[Tensor, " batch"], state: TranslatorState
    ) -> tuple[Float[Tensor, "batch vocab"], TranslatorState]:
        """Return log probabilities (B, V) of the next symbol, and the state: for beam search.

        All that is written is read again at every step. A cache spares that (notebook 14).

        >>> config = TransformerConfig(dim=8, heads=2, feed_forward_dim=16, layers=1)
        >>> model = Translator(9, 7, config)
        >>> state = model.encode(torch.tensor([[3, 4]]), torch.tensor([2]))
        >>> scores, state = model.step(torch.tensor([1]), state)
        >>> scores.shape, state.written
        (torch.Size([1, 7]), tensor([[1]]))
        """
        state = state._replace(written=torch.cat([state.written, token[:, None]], dim=1))
        return self.decode(state.written, state)[:, -1].log_softmax(dim=-1), state

    @torch.no_grad()
    @checked_by(check_both)
    @typed
    def alignment(
        self,
        source: Int[Tensor, "batch source"],
        lengths: Int[Tensor, " batch"],
        target: Int[Tensor, "batch time"],
    ) -> Float[Tensor, "batch time source"]:
        """Return where the last layer of the decoder looked (B, T, S), as a mean over its heads.

        Row t belongs to the symbol that is written *after* ``target[:, t]``; rows sum to 1. All
        other maps: ``attention_maps.watch_attention``. Raises ``ValueError`` as ``encode`` does.

        >>> config = TransformerConfig(dim=8, heads=2, feed_forward_dim=16, layers=1)
        >>> model = Translator(9, 7, config)
        >>> model.alignment(torch.tensor([[3]]), torch.tensor([1]), torch.tensor([[1, 5]]))
        tensor([[[1.],
                 [1.]]])
        """
        last = self.transformer.decoder.layers[-1]
        with watch_attention(last) as maps:
            self(source, lengths, target)
        return maps["multihead_attn"].mean(dim=1)
