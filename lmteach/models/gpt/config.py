"""The sizes and the parts of a GPT: as in 2019, and as they are chosen today. Notebook 13."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

from lmteach.checks import check_choice, check_number, check_sizes, check_whole
from lmteach.models.transformer.attention import check_heads
from lmteach.models.transformer.layers import Norm, TransformerConfig
from lmteach.typed import check_fields

Positions = Literal["learned", "rotary"]
Activation = Literal["gelu", "squared_relu", "swiglu"]


@dataclass(frozen=True)
class GPTConfig:
    """What a GPT is made of. The defaults are the smallest GPT-2's, with dropout off.

    ``context`` is the most tokens that it can look at, n_ctx in A. Radford et al., "Language Models
    are Unsupervised Multitask Learners" (2019). ``feed_forward_dim`` is 4 · dim if it is not
    given; for "swiglu", which has three matrices instead of two, 8/3 · dim, the same number of
    weights. With fewer ``key_heads`` than heads, several share their keys and values (J. Ainslie et
    al., "GQA", 2023); ``rotary_base`` and ``rotary_stretch`` are those of ``Rotary`` positions.
    ``query_key_norm`` gives queries and keys the length √K (A. Henry et al., 2020). With
    ``tied``, one table is both the embedding and the output layer. From an ``ngram_order`` of 2 on,
    tables of ``ngram_rows`` vectors each are added to the embedding, and in training each vector is
    left out with probability ``ngram_dropout``, see ``NGramEmbedding``.

    Raises ``ValueError`` if ``heads`` doesn't divide ``dim``, a size or choice is out of range, or
    rotary positions meet heads of odd width.

    >>> GPTConfig(vocab_size=1024, context=128, dim=64, heads=4, layers=2).hidden
    256
    >>> GPTConfig.modern(vocab_size=1024, context=128, dim=64, heads=4, layers=2).norm
    'rms'
    """

    vocab_size: int = 50257
    context: int = 1024
    dim: int = 768
    heads: int = 12
    layers: int = 12
    dropout: float = 0.0
    norm: Norm = "layer"
    positions: Positions = "learned"
    activation: Activation = "gelu"
    bias: bool = True
    query_key_norm: bool = False
    tied: bool = True
    feed_forward_dim: int | None = None
    norm_eps: float = 1e-5
    ngram_order: int = 1
    ngram_rows: int = 0
    ngram_dropout: float = 0.0
    key_heads: int | None = None
    rotary_base: float = 10000.0
    rotary_stretch: float = 1.0

    @classmethod
    def modern(cls, **given: Any) -> "GPTConfig":
        """Return today's form: RMSNorm, rotary positions, squared ReLU, no biases.

        Everything can be set as in ``GPTConfig(...)``. Sources: B. Zhang and R. Sennrich (2019); J.
        Su et al. (2021); D. So et al., "Primer" (2021), for the squared ReLU.
        """
        parts: dict[str, Any] = {
            "norm": "rms",
            "positions": "rotary",
            "activation": "squared_relu",
            "bias": False,
            "query_key_norm": True,
        }
        return cls(**(parts | given))

    @property
    def layer(self) -> TransformerConfig:
        """What each layer is made of."""
        return TransformerConfig(
            dim=self.dim,
            heads=self.heads,
            feed_forward_dim=self.hidden,
            layers=self.layers,
            dropout=self.dropout,
            pre_norm=True,
            activation="gelu_tanh" if self.activation == "gelu" else self.activation,
            norm=self.norm,
            norm_eps=self.norm_eps,
            bias=self.bias,
            attention_dropout=self.dropout,
            key_heads=self.key_heads,
            query_key_norm=self.query_key_norm,
            positions="rotary" if self.positions == "rotary" else None,
            rotary_base=self.rotary_base,
            rotary_stretch=self.rotary_stretch,
        )

    @property
    def head_dim(self) -> int:
        """The width of one head."""
        return self.dim // self.heads

    @property
    def hidden(self) -> int:
        """The width between the two maps of the feed-forward part."""
        if self.feed_forward_dim is not None:
            return self.feed_forward_dim
        return 8 * self.dim // 3 if self.activation == "swiglu" else 4 * self.dim

    def __post_init__(self) -> None:
        check_fields(self)
        check_sizes(
            vocab_size=self.vocab_size,
            context=self.context,
            layers=self.layers,
            ngram_order=self.ngram_order,
        )
        check_whole("ngram_rows", self.ngram_rows, at_least=1 if self.ngram_order > 1 else 0)
        check_number("ngram_dropout", self.ngram_dropout, at_least=0, below=1)
        check_number("norm_eps", self.norm_eps, above=0, below=1)
        check_choice("positions", self.positions, get_args(Positions))
        check_choice("activation", self.activation, get_args(Activation))
        check_heads(self.dim, self.heads)
        _ = self.layer  # says what is wrong with all else
