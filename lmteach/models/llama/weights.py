"""What the files of a Llama call its weights, and what its settings mean. Taught in notebook 16.

Two kinds of files are read: a folder as Hugging Face writes it, and one file in GGUF. Both keep
queries, keys and values apart, and the two maps that enter the feed-forward part; here they are one
matrix each.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from lmteach.checks import check_whole, checked_by
from lmteach.files import named_path
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.pretrained_folder import PretrainedFormat
from lmteach.models.transformer.positions import (
    FEW_TURNS,
    LLAMA3_CONTEXT,
    MANY_TURNS,
    Rotary,
)
from lmteach.typed import typed

# Our name for each weight of a layer, and what it is made of: the rows of several, one below the
# other.
LAYER_PARTS = {
    "norm1.weight": ("norm1",),
    "self_attn.in_proj_weight": ("q", "k", "v"),
    "self_attn.out_proj.weight": ("o",),
    "norm2.weight": ("norm2",),
    "linear1.weight": ("gate", "up"),
    "linear2.weight": ("down",),
}
OUTSIDE_PARTS = {"wte.weight": "embedding", "ln_f.weight": "norm", "lm_head.weight": "head"}

GGUF_NAMES = {
    "embedding": "token_embd.weight",
    "norm": "output_norm.weight",
    "head": "output.weight",
    "norm1": "blk.{layer}.attn_norm.weight",
    "q": "blk.{layer}.attn_q.weight",
    "k": "blk.{layer}.attn_k.weight",
    "v": "blk.{layer}.attn_v.weight",
    "o": "blk.{layer}.attn_output.weight",
    "norm2": "blk.{layer}.ffn_norm.weight",
    "gate": "blk.{layer}.ffn_gate.weight",
    "up": "blk.{layer}.ffn_up.weight",
    "down": "blk.{layer}.ffn_down.weight",
}
HUGGING_FACE_NAMES = {
    "embedding": "model.embed_tokens.weight",
    "norm": "model.norm.weight",
    "head": "lm_head.weight",
    "norm1": "model.layers.{layer}.input_layernorm.weight",
    "q": "model.layers.{layer}.self_attn.q_proj.weight",
    "k": "model.layers.{layer}.self_attn.k_proj.weight",
    "v": "model.layers.{layer}.self_attn.v_proj.weight",
    "o": "model.layers.{layer}.self_attn.o_proj.weight",
    "norm2": "model.layers.{layer}.post_attention_layernorm.weight",
    "gate": "model.layers.{layer}.mlp.gate_proj.weight",
    "up": "model.layers.{layer}.mlp.up_proj.weight",
    "down": "model.layers.{layer}.mlp.down_proj.weight",
}

Read = Callable[[str], Tensor]


@typed
def assembled(
    config: GPTConfig, names: Mapping[str, str], read: Read, interleaved: bool
) -> Iterable[tuple[str, Tensor]]:
    """Yield our name and tensor of each weight, put together from those that ``read`` finds.

    ``interleaved`` says that the rows of queries and keys stand so that a rotary pair is two
    neighbours, as in GGUF; ours are half a head apart, as Hugging Face's.

    Raises ``ValueError`` for a part without a name, or if ``read`` returns no tensor.

    >>> config = llama_config(vocab_size=3, dim=4, heads=2, key_heads=1, layers=1, hidden=6)
    >>> sizes = {"blk.0.attn_q.weight": 4, "blk.0.attn_k.weight": 2, "blk.0.attn_v.weight": 2}
    >>> read = lambda name: torch.ones(sizes.get(name, 6), 4)
    >>> dict(assembled(config, GGUF_NAMES, read, True))["h.0.self_attn.in_proj_weight"].shape
    torch.Size([8, 4])
    """
    if missing := [part for part in GGUF_NAMES if part not in names]:
        raise ValueError(f"names has no {missing[0]!r}, expected a name for each part of a Llama.")
    for ours, part in OUTSIDE_PARTS.items():
        if part != "head" or not config.tied:
            yield ours, _read(read, names[part])
    heads = {"q": config.heads, "k": config.key_heads or config.heads}
    for layer in range(config.layers):
        for ours, parts in LAYER_PARTS.items():
            found = [_read(read, names[part].format(layer=layer)) for part in parts]
            if interleaved:
                found = [
                    halves_apart(rows, heads[part]) if part in heads else rows
                    for part, rows in zip(parts, found, strict=True)
                ]
            yield f"h.{layer}.{ours}", found[0] if len(found) == 1 else torch.cat(found)


def _read(read: Read, name: str) -> Tensor:
    tensor = read(name)
    if not isinstance(tensor, Tensor):
        raise ValueError(f"read returned {tensor!r:.60} for {name!r}, expected a tensor.")
    return tensor


@typed
def parted(config: GPTConfig, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return Hugging Face's name and tensor of each weight: what ``assembled`` puts together.

    Raises ``ValueError`` if ``state`` lacks one.

    >>> config = llama_config(vocab_size=3, dim=4, heads=2, key_heads=1, layers=1, hidden=6)
    >>> inner = {"self_attn.in_proj_weight": torch.ones(8, 4), "linear1.weight": torch.ones(12, 4)}
    >>> state = {f"h.0.{name}": inner.get(name, torch.ones(4)) for name in LAYER_PARTS}
    >>> state |= {name: torch.ones(4) for name in OUTSIDE_PARTS}
    >>> parted(config, state)["model.layers.0.self_attn.k_proj.weight"].shape
    torch.Size([2, 4])
    """
    width, keys = config.head_dim, config.key_heads or config.heads
    rows = {
        ("q", "k", "v"): [config.heads * width, keys * width, keys * width],
        ("gate", "up"): [config.hidden] * 2,
    }
    outside = [name for name in OUTSIDE_PARTS if name != "lm_head.weight" or not config.tied]
    inside = [f"h.{layer}.{name}" for layer in range(config.layers) for name in LAYER_PARTS]
    if missing := [name for name in (*outside, *inside) if name not in state]:
        raise ValueError(f"state has no {missing[0]!r}, expected the weights of a Llama.")
    found = {
        HUGGING_FACE_NAMES[part]: state[ours]
        for ours, part in OUTSIDE_PARTS.items()
        if ours in outside
    }
    for layer in range(config.layers):
        for ours, parts in LAYER_PARTS.items():
            whole = state[f"h.{layer}.{ours}"]
            pieces = whole.split(rows[parts]) if parts in rows else [whole]
            for part, piece in zip(parts, pieces, strict=True):
                found[HUGGING_FACE_NAMES[part].format(layer=layer)] = piece.contiguous()
    return found


def _check_pairs(rows: Tensor, heads: int) -> None:
    check_whole("heads", heads)
    if len(rows) == 0 or len(rows) % (2 * heads):
        raise ValueError(
            f"rows has shape {tuple(rows.shape)}, expected an even number of rows for each of "
            f"{heads} heads."
        )


@typed
@checked_by(_check_pairs)
def halves_apart(rows: Float[Tensor, "rows dim"], heads: int) -> Float[Tensor, "rows dim"]:
    """Return the rows (H · K, D) of a map, those of each head in another order: evens, then odds.

    Rotary positions turn pairs. J. Su et al. (2021) pair neighbours, 2j and 2j + 1, and so do GGUF
    files; ``positions.rotate`` pairs j with j + K / 2. With the rows in the other order it is the
    same model.

    >>> halves_apart(torch.arange(8.0)[:, None], heads=2)[:, 0].tolist()
    [0.0, 2.0, 1.0, 3.0, 4.0, 6.0, 5.0, 7.0]
    """
    return rows.view(heads, -1, 2, rows.shape[-1]).transpose(1, 2).reshape(rows.shape)


@typed
def llama_config(
    vocab_size: int,
    dim: int,
    heads: int,
    key_heads: int,
    layers: int,
    hidden: int,
    context: int = 2048,
    rotary_base: float = 10000.0,
    norm_eps: float = 1e-5,
    tied: bool = True,
    rotary_stretch: float = 1.0,
) -> GPTConfig:
    """Return the form of a Llama: what is new since GPT-2, and sizes.

    RMSNorm, rotary positions, SwiGLU, no biases, and fewer key heads than heads. Source: H. Touvron
    et al., "LLaMA" (2023), §2.2, and "Llama 2" (2023), §2.2, for the key heads.

    >>> llama_config(vocab_size=99, dim=8, heads=4, key_heads=2, layers=1, hidden=16).activation
    'swiglu'
    """
    return GPTConfig(
        vocab_size=vocab_size,
        context=context,
        dim=dim,
        heads=heads,
        key_heads=key_heads,
        layers=layers,
        feed_forward_dim=hidden,
        rotary_base=rotary_base,
        rotary_stretch=rotary_stretch,
        norm_eps=norm_eps,
        tied=tied,
        norm="rms",
        positions="rotary",
        activation="swiglu",
        bias=False,
    )


@typed
def config_of_gguf(
    settings: Mapping[str, Any], names: Collection[str], path: str | PathLike[str]
) -> GPTConfig:
    """Return the sizes that a GGUF's settings say, its tensors being called ``names``.

    >>> sizes = {"embedding_length": 8, "attention.head_count": 2, "block_count": 1}
    >>> sizes |= {"feed_forward_length": 16, "context_length": 32, "vocab_size": 9}
    >>> settings = {f"llama.{name}": size for name, size in sizes.items()}
    >>> settings |= {"llama.attention.layer_norm_rms_epsilon": 1e-5}
    >>> settings |= {"general.architecture": "llama"}
    >>> config_of_gguf(settings, ["output.weight"], "a.gguf").tied
    False
    >>> config_of_gguf({"general.architecture": "mamba"}, ["a"], "a.gguf")
    Traceback (most recent call last):
    ValueError: a.gguf holds a model of the kind 'mamba', expected 'llama'.
    """
    named_path(path)
    if isinstance(names, str) or not names:
        raise ValueError(f"names is {names!r}, expected those of all tensors of {path}.")
    kind = settings.get("general.architecture")
    if kind != "llama":
        raise ValueError(f"{path} holds a model of the kind {kind!r}, expected 'llama'.")

    def setting(name: str, *otherwise: Any) -> Any:
        if f"llama.{name}" not in settings and not otherwise:
            raise ValueError(
                f"{path} has no setting llama.{name}, expected one: it is damaged, or was written "
                "by a program that leaves it out."
            )
        return settings.get(f"llama.{name}", *otherwise)

    if "llama.rope.scaling.type" in settings and setting("rope.scaling.type") != "none":
        raise ValueError(
            f"{path} stretches its rotary positions ({setting('rope.scaling.type')!r}), which this "
            "Llama does only as Llama 3.1 to 3.3: take another model."
        )
    heads, dim = setting("attention.head_count"), setting("embedding_length")
    width = setting("rope.dimension_count", dim // heads)
    if width * heads != dim:
        raise ValueError(
            f"{path} turns {width} entries of a head, expected all {dim // heads} of them."
        )
    tokens = settings.get("tokenizer.ggml.tokens", ())
    return llama_config(
        vocab_size=setting("vocab_size", len(tokens)),
        dim=dim,
        heads=heads,
        key_heads=setting("attention.head_count_kv", heads),
        layers=setting("block_count"),
        hidden=setting("feed_forward_length"),
        context=setting("context_length"),
        rotary_base=setting("rope.freq_base", 10000.0),
        norm_eps=setting("attention.layer_norm_rms_epsilon"),
        tied=GGUF_NAMES["head"] not in names,
    )


STRETCH = "rope_freqs.weight"  # what Llama 3.1's GGUF has beside the weights


@typed
def with_stretch(
    config: GPTConfig, slower: Float[Tensor, " pairs"], path: str | PathLike[str]
) -> GPTConfig:
    """Return a configuration whose rotary pairs turn as many times ``slower`` as a GGUF says.

    Raises ``ValueError`` if that is not what ``positions.stretched`` does.

    >>> config = llama_config(vocab_size=3, dim=4, heads=1, key_heads=1, layers=1, hidden=6)
    >>> with_stretch(config, torch.tensor([1.0, 1.0]), "a.gguf").rotary_stretch
    1.0
    """
    named_path(path)
    most = float(slower.max()) if len(slower) else 0.0
    if len(slower) == config.head_dim // 2 and most >= 1:
        plain = Rotary(config.rotary_base).turns(config.head_dim)
        ours = plain / Rotary(config.rotary_base, most).turns(config.head_dim)
        if torch.allclose(ours.float(), slower, rtol=1e-4):
            return replace(config, rotary_stretch=most)
    raise ValueError(
        f"{path} stretches its rotary positions ({STRETCH}) in another way than Llama 3.1 to 3.3: "
        "take another model."
    )


FORMAT = PretrainedFormat(
    "Llama",
    "LlamaForCausalLM",
    names={
        "vocab_size": "vocab_size",
        "hidden_size": "dim",
        "intermediate_size": "hidden",
        "num_hidden_layers": "layers",
        "num_attention_heads": "heads",
        "num_key_value_heads": "key_heads",
        "max_position_embeddings": "context",
        "rms_norm_eps": "norm_eps",
        "rope_theta": "rotary_base",
        "tie_word_embeddings": "tied",
        "rope_parameters": "rope",
        "rope_scaling": "older_rope",
        "head_dim": "head_dim",
    },
    fixed={
        "model_type": ("llama",),
        "hidden_act": ("silu",),
        "attention_bias": (False,),
        "mlp_bias": (False,),
    },
)
NEEDED = ("vocab_size", "dim", "hidden", "layers", "heads", "context", "norm_eps")


@typed
def config_of_folder(folder: str | Path) -> GPTConfig:
    """Return the sizes that the config.json in a folder of Hugging Face says.

    >>> config_of_folder("nowhere")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    FileNotFoundError: nowhere has no config.json, expected config.json and model.safetensors...
    """
    return FORMAT.read_config(folder, _config)


def _config(**given: Any) -> GPTConfig:
    if missing := [name for name in NEEDED if name not in given]:
        theirs = next(name for name, ours in FORMAT.names.items() if ours == missing[0])
        raise ValueError(f"it has no {theirs!r}, expected the configuration of a Llama.")
    older = given.pop("older_rope", None) or {}
    rope = older | (given.pop("rope", None) or {})
    given["rotary_stretch"] = _stretch(rope)
    heads, width = given["heads"], given.pop("head_dim", None)
    if width is not None and width * heads != given["dim"]:
        raise ValueError(
            f"it has heads of width {width}, expected hidden_size / num_attention_heads = "
            f"{given['dim'] // heads}."
        )
    base = rope.get("rope_theta", given.get("rotary_base", 10000.0))
    keys = given.get("key_heads") or heads
    tied = given.get("tied", False)
    return llama_config(**given | {"rotary_base": float(base), "key_heads": keys, "tied": tied})


# What Hugging Face calls the constants of ``positions.stretched``.
LLAMA3_ROPE = {
    "low_freq_factor": FEW_TURNS,
    "high_freq_factor": MANY_TURNS,
    "original_max_position_embeddings": LLAMA3_CONTEXT,
}


def _stretch(rope: Mapping[str, Any]) -> float:
    kind = rope.get("rope_type", rope.get("type", "default"))
    if kind == "default":
        return 1.0
    if kind != "llama3":
        raise ValueError(
            f"it stretches its rotary positions in the way {kind!r}, expected 'llama3' or none: "
            "take another model."
        )
    for name, usual in LLAMA3_ROPE.items():
        if rope.get(name) != usual:
            raise ValueError(
                f"it stretches its rotary positions with {name} = {rope.get(name)!r}, expected "
                f"{usual}, as in Llama 3.1 to 3.3: take another model."
            )
    if "factor" not in rope:
        raise ValueError("it has no 'factor' by which it stretches its rotary positions.")
    return float(rope["factor"])


@typed
def write_folder(folder: str | Path, config: GPTConfig, state: Mapping[str, Tensor]) -> None:
    """Write a Llama's settings and weights as Hugging Face's ``LlamaForCausalLM`` keeps them.

    >>> write_folder("anywhere", GPTConfig(), {})
    Traceback (most recent call last):
    ValueError: norm is 'layer', expected 'rms': only Llama's form can be written in its format.
    """
    form = llama_config(vocab_size=1, dim=2, heads=1, key_heads=1, layers=1, hidden=1)
    for part in ("norm", "positions", "activation", "bias", "query_key_norm", "ngram_order"):
        if getattr(config, part) != getattr(form, part):
            raise ValueError(
                f"{part} is {getattr(config, part)!r}, expected {getattr(form, part)!r}: only "
                "Llama's form can be written in its format."
            )
    own = {name: getattr(config, name) for name in ("vocab_size", "dim", "hidden", "layers")}
    own |= {name: getattr(config, name) for name in ("heads", "context", "norm_eps", "tied")}
    own |= {"rotary_base": config.rotary_base, "head_dim": config.head_dim}
    own |= {"key_heads": config.key_heads or config.heads, "rope": None, "older_rope": None}
    if config.rotary_stretch != 1:
        own["older_rope"] = {"rope_type": "llama3", "factor": config.rotary_stretch, **LLAMA3_ROPE}
    settings = {name: value for name, value in FORMAT.settings(own).items() if value is not None}
    FORMAT.write(folder, settings | {"eos_token_id": None}, parted(config, state))
