"""A small Llama of Hugging Face's, and how llama.cpp's converter writes it into a GGUF."""

import gguf
import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from lmteach.models.llama.weights import GGUF_NAMES, HUGGING_FACE_NAMES

TINY = {
    "vocab_size": 50,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 32,
    "rope_theta": 500.0,
    "rms_norm_eps": 1e-3,
}


def theirs_of(given):
    """A model of Hugging Face with lively weights."""
    torch.manual_seed(0)
    model = LlamaForCausalLM(LlamaConfig(**TINY | given)).eval()
    for parameter in model.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    return model


def ids_of(vocab_size, *shape):
    """Some ids, the same each time."""
    return torch.randint(vocab_size, shape, generator=torch.Generator().manual_seed(1))


def write_gguf(path, model, kind=gguf.GGMLQuantizationType.F32, add=None):
    """Write a model of Hugging Face as llama.cpp's converter does, with its rows interleaved.

    ``add`` gets the writer, and adds what else is to be in the file.
    """
    config, weights = model.config, model.state_dict()
    writer = gguf.GGUFWriter(path, "llama")
    if add:
        add(writer)
    writer.add_vocab_size(config.vocab_size)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    heads = {"q": config.num_attention_heads, "k": config.num_key_value_heads}
    for part, name in HUGGING_FACE_NAMES.items():
        if part == "head" and config.tie_word_embeddings:
            continue
        for layer in range(config.num_hidden_layers if "{layer}" in name else 1):
            numbers = weights[name.format(layer=layer)].numpy()
            if part in heads:
                rows = numbers.reshape(heads[part], 2, -1, numbers.shape[1])
                numbers = rows.swapaxes(1, 2).reshape(numbers.shape)
            form = kind if numbers.ndim == 2 else gguf.GGMLQuantizationType.F32
            stored = gguf.quantize(np.ascontiguousarray(numbers), form)
            writer.add_tensor(GGUF_NAMES[part].format(layer=layer), stored, raw_dtype=form)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
