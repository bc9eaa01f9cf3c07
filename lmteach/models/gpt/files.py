"""GPT-2's weights in a folder, in the format of Hugging Face: config.json, model.safetensors.

Read and written for ``GPT.from_pretrained`` and ``GPT.save_pretrained``. Taught in notebook 13.
"""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor

from lmteach.checks import checked_by
from lmteach.files import named_path
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.pretrained_folder import (
    CONFIG,
    WEIGHTS,
    PretrainedFormat,
    check_weight_shapes,
    tensors_of,
)
from lmteach.text.downloads import WebFile, read_download_bytes
from lmteach.typed import typed

PREFIX = "transformer."  # of every name in a GPT2LMHeadModel, but for lm_head
# Hugging Face keeps the matrices of these (inputs, outputs), torch.nn.Linear (outputs, inputs).
TURNED = ("c_attn.weight", "c_proj.weight", "c_fc.weight")
NAMES = {  # ours, theirs
    "self_attn.in_proj_": "attn.c_attn.",
    "self_attn.out_proj.": "attn.c_proj.",
    "linear1.": "mlp.c_fc.",
    "linear2.": "mlp.c_proj.",
    "norm1.": "ln_1.",
    "norm2.": "ln_2.",
}
MASKS = (".attn.bias", ".attn.masked_bias")  # causal masks, which old files hold too
PUBLISHED = {
    "gpt2": (
        GPTConfig(dropout=0.1),
        WebFile(
            name="gpt2.safetensors",
            url="https://huggingface.co/openai-community/gpt2/resolve/main/model.safetensors",
            sha256="248dfc3911869ec493c76e65bf2fcf7f615828b0254c12b473182f0f81d3a707",
        ),
    )
}
FORMAT = PretrainedFormat(
    ours="GPT",
    theirs="GPT2LMHeadModel",
    names={
        "vocab_size": "vocab_size",
        "n_positions": "context",
        "n_embd": "dim",
        "n_head": "heads",
        "n_layer": "layers",
        "n_inner": "feed_forward_dim",
        "resid_pdrop": "dropout",
        "layer_norm_epsilon": "norm_eps",
        "tie_word_embeddings": "tied",
    },
    aliases={
        "max_position_embeddings": "n_positions",
        "hidden_size": "n_embd",
        "num_attention_heads": "n_head",
        "num_hidden_layers": "n_layer",
    },
    fixed={
        "model_type": ("gpt2",),
        "activation_function": ("gelu_new", "gelu_pytorch_tanh"),
        "scale_attn_weights": (True,),
        "scale_attn_by_inverse_layer_idx": (False,),
        "add_cross_attention": (False,),
        "quantization_config": (None,),
    },
)


@typed
def gpt2_shapes(config: GPTConfig) -> dict[str, tuple[int, ...]]:
    """Return the names and shapes of GPT-2's weights, as Hugging Face's files have them.

    >>> shapes = gpt2_shapes(GPTConfig(vocab_size=9, context=5, dim=4, heads=2, layers=1))
    >>> len(shapes), shapes["wpe.weight"], shapes["h.0.mlp.c_fc.weight"]
    (16, (5, 4), (4, 16))
    """
    dim, hidden = config.dim, config.hidden
    maps = {"attn.c_attn": (dim, 3 * dim), "attn.c_proj": (dim, dim)}
    maps |= {"mlp.c_fc": (dim, hidden), "mlp.c_proj": (hidden, dim)}
    shapes: dict[str, tuple[int, ...]] = {
        "wte.weight": (config.vocab_size, dim),
        "wpe.weight": (config.context, dim),
    }
    for layer in range(config.layers):
        for name, (inputs, outputs) in maps.items():
            shapes[f"h.{layer}.{name}.weight"] = (inputs, outputs)
            shapes[f"h.{layer}.{name}.bias"] = (outputs,)
    for name in [f"h.{layer}.ln_{part}" for layer in range(config.layers) for part in (1, 2)]:
        shapes |= {f"{name}.weight": (dim,), f"{name}.bias": (dim,)}
    shapes |= {"ln_f.weight": (dim,), "ln_f.bias": (dim,)}
    return shapes if config.tied else shapes | {"lm_head.weight": (config.vocab_size, dim)}


def _check_weights(weights: Mapping[str, Tensor]) -> None:
    if not weights:
        raise ValueError("weights is empty, expected a model's weights by name: its state_dict().")


@typed
@checked_by(_check_weights)
def to_gpt2(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return a GPT's weights as Hugging Face's GPT2LMHeadModel names and lays them.

    >>> import torch
    >>> to_gpt2({"h.0.linear1.weight": torch.ones(8, 2)})["transformer.h.0.mlp.c_fc.weight"].shape
    torch.Size([2, 8])
    """
    return {
        name if name.startswith("lm_head") else PREFIX + name: _turned(name, tensor)
        for name, tensor in _renamed(weights, NAMES).items()
    }


@typed
@checked_by(_check_weights)
def from_gpt2(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return GPT-2's weights as ``GPT`` names and lays them.

    >>> import torch
    >>> from_gpt2({"transformer.h.0.mlp.c_fc.weight": torch.ones(2, 8)})["h.0.linear1.weight"].shape
    torch.Size([8, 2])
    """
    plain = {name.removeprefix(PREFIX): _turned(name, w) for name, w in weights.items()}
    return _renamed(plain, {theirs: ours for ours, theirs in NAMES.items()})


def _renamed(weights: Mapping[str, Tensor], names: Mapping[str, str]) -> dict[str, Tensor]:
    renamed = {}
    for name, tensor in weights.items():
        for old, new in names.items():
            name = name.replace(f".{old}", f".{new}")
        renamed[name] = tensor
    return renamed


@typed
def read_gpt2(folder_or_name: str | Path) -> tuple[GPTConfig, dict[str, Tensor]]:
    """Return the configuration and the weights of a GPT-2, under the names of ``GPT``.

    A folder holds config.json and model.safetensors; its ``resid_pdrop`` counts for all dropout.
    A name, "gpt2", is downloaded once (548 MB), see ``read_download_bytes``.

    Raises ``ValueError`` for a name that is neither, a model of another kind, and a file that is
    cut short or doesn't fit; ``FileNotFoundError`` for a missing file, or without a network.

    >>> read_gpt2("no such model")
    Traceback (most recent call last):
    ValueError: no such model is no folder and no known name, expected a folder with config.json \
and model.safetensors, or one of: gpt2.
    """
    folder = named_path(folder_or_name)
    if folder.is_dir():
        path = folder / WEIGHTS
        config, found = FORMAT.read_config(folder, GPTConfig), FORMAT.read_weights(folder)
    elif str(folder_or_name) in PUBLISHED:
        config, file = PUBLISHED[str(folder_or_name)]
        path = Path(file.name)
        found = tensors_of(read_download_bytes(file), path)
    else:
        raise ValueError(
            f"{folder_or_name} is no folder and no known name, expected a folder with {CONFIG} and "
            f"{WEIGHTS}, or one of: {', '.join(PUBLISHED)}."
        )
    weights = {name.removeprefix(PREFIX): tensor for name, tensor in found.items()}
    weights = {name: tensor for name, tensor in weights.items() if not name.endswith(MASKS)}
    if config.tied and "lm_head.weight" in weights:
        _check_tied(weights.pop("lm_head.weight"), weights.get("wte.weight"), path)
    check_weight_shapes(weights, gpt2_shapes(config), path)
    return config, {name: tensor.float() for name, tensor in from_gpt2(weights).items()}


@typed
def write_gpt2(folder: str | Path, config: GPTConfig, weights: Mapping[str, Tensor]) -> None:
    """Write a GPT's weights as Hugging Face's ``GPT2LMHeadModel`` keeps them.

    Raises ``ValueError`` for a GPT that is not of GPT-2's form: that format has no place for it.

    >>> write_gpt2("anywhere", GPTConfig.modern(), {})
    Traceback (most recent call last):
    ValueError: norm is 'rms', expected 'layer': only GPT-2's form can be written in its format. \
Save others with training.checkpoints.save.
    """
    form = GPTConfig()
    parts = ("norm", "positions", "activation", "bias", "query_key_norm", "ngram_order")
    for part in (*parts, "key_heads"):
        if getattr(config, part) != getattr(form, part):
            raise ValueError(
                f"{part} is {getattr(config, part)!r}, expected {getattr(form, part)!r}: only "
                "GPT-2's form can be written in its format. Save others with "
                "training.checkpoints.save."
            )
    given = FORMAT.settings(asdict(config))
    given |= {"attn_pdrop": config.dropout, "embd_pdrop": config.dropout}
    FORMAT.write(folder, given, to_gpt2(weights))


def _turned(name: str, tensor: Tensor) -> Tensor:
    return tensor.T.contiguous() if name.endswith(TURNED) else tensor


def _check_tied(head: Tensor, embedding: Tensor | None, path: Path) -> None:
    """Files may hold the embedding over again, as the output layer that it is, too."""
    if embedding is None or not torch.equal(head, embedding):
        raise ValueError(
            f"{path} has an lm_head.weight that is not its wte.weight, and {CONFIG} ties the two. "
            "Write tie_word_embeddings = false there if it is to count, or leave it out."
        )
