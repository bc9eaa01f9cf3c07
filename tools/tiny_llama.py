"""Write the tiny Llama that comes with the package, untrained: python -m tools.tiny_llama

It has the form of SmolLM2's file: the same names, grouped queries, 4-bit blocks, a tokenizer and a
chat template. The tokenizer's merges are those of the GPT that comes with the package.
"""

import sys
from pathlib import Path

import gguf
import numpy as np

from lmteach.models.llama.files import TINY_LLAMA
from lmteach.text.tokenizers.byte_alphabet import to_signs
from lmteach.training.trained_gpt import trained_tokenizer

SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
LAYERS, HEADS, KEY_HEADS, WIDTH, HIDDEN, CONTEXT = 2, 3, 1, 32, 192, 8192
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def write(path: Path) -> None:
    """Write the file: settings, then weights drawn with a fixed seed."""
    writer = gguf.GGUFWriter(path, "llama")
    _add_settings(writer)
    rng = np.random.default_rng(0)
    dim, keys = HEADS * WIDTH, KEY_HEADS * WIDTH
    _add(writer, "token_embd", rng.normal(size=(_vocabulary(writer), dim)) / 5, "Q8_0")
    for layer in range(LAYERS):
        shapes = {
            **{"attn_q": (dim, dim), "attn_k": (keys, dim), "attn_v": (keys, dim)},
            **{"attn_output": (dim, dim), "ffn_gate": (HIDDEN, dim), "ffn_up": (HIDDEN, dim)},
            "ffn_down": (dim, HIDDEN),
        }
        for name, shape in shapes.items():
            numbers = rng.normal(size=shape) / shape[1] ** 0.5
            _add(writer, f"blk.{layer}.{name}", numbers, "Q4_1")
        for name in ("attn_norm", "ffn_norm"):
            _add(writer, f"blk.{layer}.{name}", np.ones(dim), "F32")
    _add(writer, "output_norm", np.ones(dim), "F32")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_settings(writer: gguf.GGUFWriter) -> None:
    writer.add_name("Tiny Llama, untrained")
    writer.add_block_count(LAYERS)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(HEADS * WIDTH)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_rope_freq_base(100000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_chat_template(TEMPLATE)


def _vocabulary(writer: gguf.GGUFWriter) -> int:
    """Write the tokenizer; its size."""
    tokenizer = trained_tokenizer()
    signs = [to_signs(token) for token in tokenizer.tokens]
    tokens = [*SPECIAL, *signs]
    writer.add_token_list(tokens)
    writer.add_token_types([3] * len(SPECIAL) + [1] * len(signs))
    writer.add_token_merges([" ".join(map(to_signs, merge)) for merge in tokenizer.merges])
    writer.add_vocab_size(len(tokens))
    return len(tokens)


def _add(writer: gguf.GGUFWriter, name: str, numbers: np.ndarray, kind: str) -> None:
    form = gguf.GGMLQuantizationType[kind]
    stored = gguf.quantize(numbers.astype(np.float32), form)
    writer.add_tensor(f"{name}.weight", stored, raw_dtype=form)


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else TINY_LLAMA)
