"""The sizes of a BERT. Notebook 15."""

from dataclasses import dataclass

from lmteach.checks import check_number, check_sizes, check_whole
from lmteach.models.transformer.layers import TransformerConfig
from lmteach.typed import check_fields


@dataclass(frozen=True)
class BertConfig:
    """What a BERT is made of. The defaults are those of BERT's base model, uncased.

    ``context`` is the most tokens that it can look at, ``segments`` the number of texts that it can
    tell apart, ``pad_id`` the id of what fills rows up, ``labels`` the number of classes of
    ``BertForSequenceClassification``. ``feed_forward_dim`` is 4 · dim if it is not given. From a
    ``neighbour_order`` of 1 on, tables of the tokens around each place, ``neighbour_rows`` vectors
    each, are added to the embedding, see ``NeighbourEmbedding``. Source: J. Devlin et al., "BERT"
    (2019), §3 and appendix A.2.

    Raises ``ValueError`` if ``heads`` doesn't divide ``dim``, or a number is out of range.

    >>> BertConfig(vocab_size=1028, context=128, dim=64, heads=4, layers=2).hidden
    256
    >>> BertConfig().layer.pre_norm
    False
    """

    vocab_size: int = 30522
    context: int = 512
    dim: int = 768
    heads: int = 12
    layers: int = 12
    feed_forward_dim: int | None = None
    segments: int = 2
    dropout: float = 0.1
    norm_eps: float = 1e-12
    pad_id: int = 0
    labels: int = 2
    neighbour_order: int = 0
    neighbour_rows: int = 0

    @property
    def layer(self) -> TransformerConfig:
        """What each layer is made of: that of 2017, with GELU."""
        return TransformerConfig(
            dim=self.dim,
            heads=self.heads,
            feed_forward_dim=self.hidden,
            layers=self.layers,
            dropout=self.dropout,
            activation="gelu",
            norm_eps=self.norm_eps,
            attention_dropout=self.dropout,
        )

    @property
    def hidden(self) -> int:
        """The width between the two maps of the feed-forward part."""
        return 4 * self.dim if self.feed_forward_dim is None else self.feed_forward_dim

    def __post_init__(self) -> None:
        check_fields(self)
        check_sizes(
            vocab_size=self.vocab_size,
            context=self.context,
            segments=self.segments,
            labels=self.labels,
        )
        check_whole("pad_id", self.pad_id, at_least=0)
        if self.pad_id >= self.vocab_size:
            raise ValueError(
                f"pad_id is {self.pad_id}, expected one of the ids 0 to {self.vocab_size - 1}."
            )
        check_whole("neighbour_order", self.neighbour_order, at_least=0)
        check_whole("neighbour_rows", self.neighbour_rows, min(1, self.neighbour_order))
        check_number("norm_eps", self.norm_eps, above=0, below=1)
        _ = self.layer  # says what is wrong with all else
