"""BERT's weights in a folder, in the format of Hugging Face: config.json, model.safetensors.

Read and written for ``from_pretrained`` and ``save_pretrained`` of the two models of notebook 15
and the one of notebook 18.
"""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from lmteach.checks import check_sizes, checked_by
from lmteach.files import named_path
from lmteach.models.bert.config import BertConfig
from lmteach.models.pretrained_folder import WEIGHTS, PretrainedFormat, check_weight_shapes
from lmteach.typed import typed

Model = Literal["BertForMaskedLM", "BertForSequenceClassification", "BertForQuestionAnswering"]
OUTSIDE = {  # the layers: theirs, ours
    "bert.embeddings.word_embeddings.": "bert.words.",
    "bert.embeddings.position_embeddings.": "bert.positions.",
    "bert.embeddings.token_type_embeddings.": "bert.segments.",
    "bert.embeddings.LayerNorm.": "bert.norm.",
    "bert.pooler.dense.": "pooler.",
    "cls.predictions.transform.dense.": "dense.",
    "cls.predictions.transform.LayerNorm.": "norm.",
    "cls.predictions.bias": "bias",
}
LAYER = "bert.encoder.layer."
INSIDE = {
    "attention.output.dense.": "self_attn.out_proj.",
    "attention.output.LayerNorm.": "norm1.",
    "intermediate.dense.": "linear1.",
    "output.dense.": "linear2.",
    "output.LayerNorm.": "norm2.",
}
LOOKING = ("query", "key", "value")  # go into one matrix
SEPARATE, JOINT = "attention.self.", "self_attn.in_proj_"
TIED = {  # their copies of what stands elsewhere
    "cls.predictions.decoder.weight": "bert.embeddings.word_embeddings.weight",
    "cls.predictions.decoder.bias": "cls.predictions.bias",
}
UNUSED = ("cls.seq_relationship.", "bert.pooler.", "bert.embeddings.position_ids")
NAMES = {  # of settings: theirs, ours
    "vocab_size": "vocab_size",
    "max_position_embeddings": "context",
    "hidden_size": "dim",
    "num_attention_heads": "heads",
    "num_hidden_layers": "layers",
    "intermediate_size": "feed_forward_dim",
    "type_vocab_size": "segments",
    "hidden_dropout_prob": "dropout",
    "layer_norm_eps": "norm_eps",
    "pad_token_id": "pad_id",
    "id2label": "labels",
}
FIXED = {  # what else can be chosen there, and what a BERT can do
    "model_type": ("bert",),
    "hidden_act": ("gelu",),
    "position_embedding_type": ("absolute",),
    "is_decoder": (False,),
    "add_cross_attention": (False,),
    "tie_word_embeddings": (True,),
    "quantization_config": (None,),
}


@typed
def bert_format(model: Model) -> PretrainedFormat:
    """Return the format of a model's folder; it is called here as in ``transformers``.

    >>> bert_format("BertForMaskedLM").theirs
    'BertForMaskedLM'
    """
    return PretrainedFormat(model, model, NAMES, fixed=FIXED)


def _check_weights(weights: Mapping[str, Tensor]) -> None:
    if not weights:
        raise ValueError("weights is empty, expected a model's weights by name: its state_dict().")


def _check_theirs(weights: Mapping[str, Tensor]) -> None:
    _check_weights(weights)
    for name in weights:
        for part in LOOKING:
            other = name.replace(f".{SEPARATE}query.", f".{SEPARATE}{part}.")
            if other not in weights:
                raise ValueError(f"weights has no {other!r}, expected it beside {name!r}.")


@typed
@checked_by(_check_weights)
def to_bert(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return a BERT's weights as Hugging Face names and cuts them.

    >>> cut = to_bert({"bert.layers.0.self_attn.in_proj_bias": torch.arange(6)})
    >>> cut["bert.encoder.layer.0.attention.self.key.bias"]
    tensor([2, 3])
    """
    renamed = _renamed(weights, {ours: theirs for theirs, ours in OUTSIDE.items()}, "bert.layers.")
    for name in [name for name in renamed if JOINT in name]:
        for part, tensor in zip(LOOKING, renamed.pop(name).chunk(3), strict=True):
            renamed[name.replace(JOINT, f"{SEPARATE}{part}.")] = tensor
    return renamed


@typed
@checked_by(_check_theirs)
def from_bert(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return BERT's weights as our models name and join them.

    >>> layer = "bert.encoder.layer.0.attention.self."
    >>> given = {f"{layer}{part}.bias": torch.ones(2) for part in ("query", "key", "value")}
    >>> from_bert(given)
    {'bert.layers.0.self_attn.in_proj_bias': tensor([1., 1., 1., 1., 1., 1.])}
    """
    renamed = _renamed(weights, OUTSIDE, LAYER)
    for name in [name for name in renamed if f"{SEPARATE}query." in name]:
        parts = [renamed.pop(name.replace("query", part)) for part in LOOKING]
        renamed[name.replace(f"{SEPARATE}query.", JOINT)] = torch.cat(parts)
    return renamed


def _renamed(
    weights: Mapping[str, Tensor], outside: Mapping[str, str], layer: str
) -> dict[str, Tensor]:
    """Change the beginning of names outside the layers, and what follows the number within."""
    to_theirs = layer != LAYER
    inside = {ours: theirs for theirs, ours in INSIDE.items()} if to_theirs else INSIDE
    renamed = {}
    for name, tensor in weights.items():
        if name.startswith(layer):
            number, _, rest = name.removeprefix(layer).partition(".")
            for old, new in inside.items():
                if rest.startswith(old):
                    rest = new + rest.removeprefix(old)
                    break
            name = f"{LAYER if to_theirs else 'bert.layers.'}{number}.{rest}"
        else:
            for old, new in outside.items():
                if name.startswith(old):
                    name = new + name.removeprefix(old)
                    break
        renamed[name] = tensor
    return renamed


def _check_encoder(weights: Mapping[str, Tensor], layers: int) -> None:
    check_sizes(layers=layers)
    plain = [name for name in OUTSIDE if name.startswith("bert.embeddings.")]
    wanted = [f"{name.removeprefix('bert.')}weight" for name in plain]
    wanted.append("embeddings.LayerNorm.bias")
    parts = [*(f"{SEPARATE}{part}." for part in LOOKING), *INSIDE]
    for number in range(layers):
        wanted += [f"encoder.layer.{number}.{p}{x}" for p in parts for x in ("weight", "bias")]
    if missing := [name for name in wanted if name not in weights]:
        raise ValueError(
            f"weights has no {missing[0]!r}, {len(missing)} missing in all, expected those of a "
            f"BERT of {layers} layers."
        )


@typed
@checked_by(_check_encoder)
def rename(weights: dict[str, Tensor], layers: int) -> dict[str, Tensor]:
    """Return the weights of an encoder that stands alone under the names of ``BertEncoder``.

    What else there is, such as a pooler, is left out. Raises ``ValueError`` if one is missing.

    >>> parts = [f"{SEPARATE}{part}." for part in LOOKING] + list(INSIDE)
    >>> names = [f"encoder.layer.0.{part}" for part in parts]
    >>> names += [name.removeprefix("bert.") for name in OUTSIDE if "embeddings" in name]
    >>> given = {name + kind: torch.ones(1) for name in names for kind in ("weight", "bias")}
    >>> renamed = rename(given, layers=1)
    >>> renamed["layers.0.self_attn.in_proj_bias"]
    tensor([1., 1., 1.])
    """
    named = {f"bert.{name}": tensor for name, tensor in weights.items()}
    kept = {name: tensor for name, tensor in named.items() if not name.startswith(UNUSED)}
    return {name.removeprefix("bert."): tensor for name, tensor in from_bert(kept).items()}


@typed
def read_bert_config(folder: str | Path, model: Model) -> BertConfig:
    """Return the configuration in a folder; ``hidden_dropout_prob`` counts for all dropout.

    Raises ``ValueError`` for a model of another kind, ``FileNotFoundError`` for a missing file.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_bert(folder, "BertForMaskedLM", BertConfig(), {"bias": torch.zeros(2)})
    ...     read_bert_config(folder, "BertForMaskedLM") == BertConfig()
    True
    """

    def make(
        labels: Mapping[str, str] | None = None, feed_forward_dim: int = 3072, **given: Any
    ) -> BertConfig:
        plain = BertConfig(**given)
        hidden = None if feed_forward_dim == plain.hidden else feed_forward_dim
        count = plain.labels if labels is None else len(labels)
        return BertConfig(**given, feed_forward_dim=hidden, labels=count)

    return bert_format(model).read_config(folder, make)


@typed
def read_bert_weights(
    folder: str | Path, model: Model, like: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Return the weights in a folder by our names; ``like`` are those of a model of its kind.

    Parts that the model doesn't have (next-sentence prediction, a pooler that nobody asks) are left
    out.

    Raises ``ValueError`` for a file that is cut short or doesn't fit ``like``,
    ``FileNotFoundError`` for a missing file.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_bert(folder, "BertForMaskedLM", BertConfig(), {"bias": torch.zeros(2)})
    ...     read_bert_weights(folder, "BertForMaskedLM", {"bias": torch.ones(2)})
    {'bias': tensor([0., 0.])}
    """
    path = named_path(folder) / WEIGHTS
    found = bert_format(model).read_weights(folder)
    expected = {name: tuple(tensor.shape) for name, tensor in to_bert(like).items()}
    for name, other in TIED.items():
        if name in found and name not in expected:
            _check_tied(name, found.pop(name), other, found.get(other), path)
    kept = {n: w for n, w in found.items() if n in expected or not n.startswith(UNUSED)}
    check_weight_shapes(kept, expected, path)
    return {name: tensor.float() for name, tensor in from_bert(kept).items()}


@typed
def write_bert(
    folder: str | Path, model: Model, config: BertConfig, weights: Mapping[str, Tensor]
) -> None:
    """Write a BERT's weights as Hugging Face's ``model`` keeps them.

    Raises ``ValueError`` for a BERT with tables of neighbours: that format has no place for them.

    >>> config = BertConfig(neighbour_order=1, neighbour_rows=10)
    >>> write_bert("anywhere", "BertForMaskedLM", config, {})
    Traceback (most recent call last):
    ValueError: neighbour_order is 1, expected 0: only BERT's own form can be written in its \
format. Save others with training.checkpoints.save.
    """
    if config.neighbour_order:
        raise ValueError(
            f"neighbour_order is {config.neighbour_order}, expected 0: only BERT's own form can be "
            "written in its format. Save others with training.checkpoints.save."
        )
    labels = {str(number): f"LABEL_{number}" for number in range(config.labels)}
    own = asdict(config) | {"feed_forward_dim": config.hidden, "labels": labels}
    given = bert_format(model).settings(own)
    given |= {"attention_probs_dropout_prob": config.dropout}
    given |= {"label2id": {label: int(number) for number, label in labels.items()}}
    bert_format(model).write(folder, given, to_bert(weights))


def _check_tied(name: str, copy: Tensor, other: str, tensor: Tensor | None, path: Path) -> None:
    """Files may hold the embedding over again, as the output layer that it is, too."""
    if tensor is None or not torch.equal(copy, tensor):
        raise ValueError(
            f"{path} has a {name} that is not its {other}, expected the same: a BERT's output "
            "layer is its embedding."
        )
