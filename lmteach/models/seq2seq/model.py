"""Sequence to sequence: one network reads, another writes; with attention it may look back.

Taught in notebook 08.
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from lmteach.checks import check_sizes, checked_by
from lmteach.models.checks import check_ids
from lmteach.models.recurrent.cells import LSTMCell
from lmteach.models.seq2seq.additive_attention import AdditiveAttention
from lmteach.models.seq2seq.checks import check_both, check_even, check_source, check_widths
from lmteach.models.seq2seq.encoder import Encoder
from lmteach.models.transformer.attention import padding_mask
from lmteach.typed import typed


class Memory(NamedTuple):
    """What the encoder hands over, one row for each sequence of the batch.

    ``keys`` (B, S, D) say what stands at each place, ``projected`` (B, S, D) is the attention's
    own view of them, ``mask`` (B, S) is True where a place is no padding, and ``summary`` (B, D)
    is the whole sequence in one vector.

    >>> model = EncoderDecoder(source_vocab=9, target_vocab=7, dim=6, attention=True)
    >>> model.encode(torch.tensor([[3, 4, 0]]), torch.tensor([2])).memory.mask
    tensor([[ True,  True, False]])
    """

    keys: Float[Tensor, "batch source dim"]
    projected: Float[Tensor, "batch source dim"]
    mask: Bool[Tensor, "batch source"]
    summary: Float[Tensor, "batch dim"]


class DecoderState(NamedTuple):
    """Where the decoder stands: its LSTM's two vectors (B, D), its last weights, the memory.

    >>> model = EncoderDecoder(source_vocab=9, target_vocab=7, dim=6, attention=True)
    >>> state = model.encode(torch.tensor([[3, 4, 0]]), torch.tensor([2]))
    >>> state.hidden.shape, state.weights.shape
    (torch.Size([1, 6]), torch.Size([1, 3]))
    """

    hidden: Float[Tensor, "batch dim"]
    cell: Float[Tensor, "batch dim"]
    weights: Float[Tensor, "batch source"]
    memory: Memory


def _check_sizes(vocab_size: int, dim: int, embedding_dim: int, dropout: float) -> None:
    check_sizes(vocab_size=vocab_size)
    check_widths(dim, embedding_dim, dropout)


def _check_step(self: "Decoder", token: Tensor, state: DecoderState) -> None:
    if not isinstance(state, DecoderState):
        raise ValueError(
            f"state is a {type(state).__name__}, expected a DecoderState, as start and the step "
            "before return it."
        )
    rows = len(state.hidden)
    check_ids("token", token, self.embedding.num_embeddings, (rows,), "(B,)")


class Decoder(nn.Module):
    """An LSTM that writes one symbol at a time, from the last symbol and from the memory.

    With ``attention`` the context is a new mean of the encoder's places at each step; without, it
    is the summary of the whole sequence, always the same.

    >>> decoder = Decoder(vocab_size=7, dim=6, attention=False)
    >>> state = decoder.start(torch.ones(1, 2, 6), torch.ones(1, 6), torch.ones(1, 2).bool())
    >>> logits, state = decoder(torch.tensor([1]), state)
    >>> logits.shape
    torch.Size([1, 7])
    """

    @typed
    @checked_by(_check_sizes)
    def __init__(
        self,
        vocab_size: int,
        dim: int,
        attention: bool,
        embedding_dim: int = 64,
        dropout: float = 0.0,
    ) -> None:
        """Make the network; the memory's vectors are as wide as its own, ``dim``."""
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim)
        self.bridge = nn.Linear(dim, dim)
        self.attention = AdditiveAttention(dim) if attention else None
        self.cell = LSTMCell(embedding_dim + dim, dim)
        self.output = nn.Linear(2 * dim, vocab_size)
        self.dropout = nn.Dropout(dropout)

    @typed
    def start(
        self,
        keys: Float[Tensor, "batch source dim"],
        summary: Float[Tensor, "batch dim"],
        mask: Bool[Tensor, "batch source"],
    ) -> DecoderState:
        """Return the state before the first symbol."""
        projected = keys if self.attention is None else self.attention.key(keys)
        hidden = torch.tanh(self.bridge(summary))
        nowhere = torch.zeros_like(keys[..., 0])  # (B, S)
        memory = Memory(keys, projected, mask, summary)
        return DecoderState(hidden, torch.zeros_like(hidden), nowhere, memory)

    @checked_by(_check_step)
    def forward(
        self, token: Int[Tensor, " batch"], state: DecoderState
    ) -> tuple[Float[Tensor, "batch vocab"], DecoderState]:
        """Return the logits (B, V) of the symbol after ``token``, and the state after it."""
        hidden, cell, weights, memory = state
        context = memory.summary
        if self.attention is not None:
            context, weights = self.attention(hidden, memory.keys, memory.mask, memory.projected)
        x = torch.cat([self.dropout(self.embedding(token)), context], dim=-1)
        hidden, cell = self.cell(x, (hidden, cell))
        logits = self.output(torch.cat([self.dropout(hidden), context], dim=-1))
        return logits, DecoderState(hidden, cell, weights, memory)


class EncoderDecoder(nn.Module):
    """A sequence goes in, another comes out, of another length and in another alphabet.

    ``dim`` (even) is the width of both networks. Without ``attention``, all that the decoder knows
    of the source is one vector of it (Sutskever et al. 2014; fed at each step, as in Cho et al.
    2014). With it, the decoder looks at the source anew at each step (Bahdanau et al. 2015).

    Raises ``ValueError`` if ``dim`` is odd or a number is below 1.

    >>> model = EncoderDecoder(source_vocab=9, target_vocab=7, dim=6, attention=True)
    >>> model(torch.tensor([[3, 4]]), torch.tensor([2]), torch.tensor([[1, 5, 6]])).shape
    torch.Size([1, 3, 7])
    >>> sources, lengths = torch.tensor([[3, 4]]), torch.tensor([2])
    >>> log_probabilities, state = model.step(torch.tensor([1]), model.encode(sources, lengths))
    >>> log_probabilities.shape
    torch.Size([1, 7])
    >>> model.alignment(sources, lengths, torch.tensor([[1, 5, 6]])).shape
    torch.Size([1, 3, 2])
    """

    @typed
    def __init__(
        self,
        source_vocab: int,
        target_vocab: int,
        dim: int,
        attention: bool,
        embedding_dim: int = 64,
        dropout: float = 0.0,
    ) -> None:
        """Make encoder and decoder."""
        check_sizes(source_vocab=source_vocab, target_vocab=target_vocab)
        check_widths(dim, embedding_dim, dropout)
        check_even(dim)
        super().__init__()
        self.source_vocab, self.target_vocab = source_vocab, target_vocab
        self.encoder = Encoder(source_vocab, dim, embedding_dim, dropout)
        self.decoder = Decoder(target_vocab, dim, attention, embedding_dim, dropout)

    @typed
    @checked_by(check_source)
    def encode(
        self, source: Int[Tensor, "batch source"], lengths: Int[Tensor, " batch"]
    ) -> DecoderState:
        """Read the sources (B, S), each up to its length; return the decoder's first state.

        Raises ``ValueError`` for ids outside the vocabulary, no places, or lengths that don't fit.
        """
        mask = padding_mask(lengths, source.shape[1])
        keys, summary = self.encoder(source, lengths)
        return self.decoder.start(keys, summary, mask)

    @checked_by(check_both)
    def forward(
        self,
        source: Int[Tensor, "batch source"],
        lengths: Int[Tensor, " batch"],
        target: Int[Tensor, "batch time"],
    ) -> Float[Tensor, "batch time vocab"]:
        """Return the logits (B, T, V) of what follows each symbol of ``target``.

        This is teacher forcing: whatever the model would have written, it is given the right
        symbol as the last one. Raises ``ValueError`` as ``encode`` does.
        """
        state, logits = self.encode(source, lengths), []
        for token in target.unbind(dim=1):
            now, state = self.decoder(token, state)
            logits.append(now)
        return torch.stack(logits, dim=1)

    @typed
    def step(
        self, token: Int[Tensor, " batch"], state: DecoderState
    ) -> tuple[Float[Tensor, "batch vocab"], DecoderState]:
        """Return log probabilities (B, V) of the next symbol, and the state: for beam search."""
        logits, state = self.decoder(token, state)
        return logits.log_softmax(dim=-1), state

    @torch.no_grad()
    @checked_by(check_both)
    @typed
    def alignment(
        self,
        source: Int[Tensor, "batch source"],
        lengths: Int[Tensor, " batch"],
        target: Int[Tensor, "batch time"],
    ) -> Float[Tensor, "batch time source"]:
        """Return where the decoder looked (B, T, S) when it was given ``target`` (B, T).

        Row t belongs to the symbol that is written *after* ``target[:, t]``. Rows sum to 1 with
        attention, and are 0 without. Raises ``ValueError`` as ``encode`` does.
        """
        state, weights = self.encode(source, lengths), []
        for token in target.unbind(dim=1):
            _, state = self.decoder(token, state)
            weights.append(state.weights)
        return torch.stack(weights, dim=1)
