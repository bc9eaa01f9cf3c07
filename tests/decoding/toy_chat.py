"""A tiny Llama that talks nonsense, its tokenizer of bytes, and the form of its conversations."""

import torch

from lmteach.models.llama.model import Llama
from lmteach.models.llama.weights import llama_config
from lmteach.text.tokenizers.byte_alphabet import to_signs
from lmteach.text.tokenizers.chat import ChatTemplate
from lmteach.text.tokenizers.pretrained_bpe import PretrainedBPE

MARKS = ("<end>", "<system>", "<user>", "<assistant>")
END, CONTEXT = 0, 64
TOKENIZER = PretrainedBPE(
    [*MARKS, *(to_signs(bytes([byte])) for byte in range(256))], [], special=MARKS
)
TEMPLATE = ChatTemplate(
    "{% for m in messages %}<{{ m.role }}>{{ m.content }}<end>{% endfor %}<assistant>",
    {"eos_token": "<end>"},
)


def talker(seed: int = 0) -> Llama:
    """A model with random weights that are large enough for it to prefer some tokens."""
    sizes = {"dim": 16, "heads": 2, "key_heads": 1, "layers": 2, "hidden": 32, "context": CONTEXT}
    torch.manual_seed(seed)
    model = Llama(llama_config(vocab_size=TOKENIZER.vocab_size, **sizes))
    for parameter in model.parameters():
        if parameter.ndim == 2:
            parameter.data *= 10
    return model.eval().requires_grad_(False)
