"""Llama: the form of today's open models, read from real files. Taught in notebook 16."""

import gc
from collections.abc import Iterable
from os import PathLike
from pathlib import Path

import torch
from torch import Tensor

from lmteach.files import named_path
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT
from lmteach.models.llama.files import smollm2_file
from lmteach.models.llama.gguf import read_gguf
from lmteach.models.llama.packed import kept_in, return_freed_memory
from lmteach.models.llama.weights import (
    FORMAT,
    GGUF_NAMES,
    HUGGING_FACE_NAMES,
    STRETCH,
    assembled,
    config_of_folder,
    config_of_gguf,
    with_stretch,
    write_folder,
)
from lmteach.typed import typed


class Llama(GPT):
    """A GPT of Llama's form, with what reads its files; all else is the GPT's.

    Source: H. Touvron et al., "LLaMA: Open and Efficient Foundation Language Models" (2023).

    >>> from lmteach.models.llama.weights import llama_config
    >>> model = Llama(llama_config(vocab_size=9, dim=8, heads=2, key_heads=1, layers=1, hidden=16))
    >>> model(torch.tensor([[1, 4, 2]])).shape
    torch.Size([1, 3, 9])
    """

    @classmethod
    @typed
    def from_gguf(cls, path: str | PathLike[str], bits: int = 32) -> "Llama":
        """Return the model of a GGUF, its weights kept in as many ``bits``, as ``kept_in`` does.

        Raises ``FileNotFoundError`` if there is none, and ``ValueError`` for a file of another
        kind, or one that lacks a tensor or holds one of another shape.
        """
        file = read_gguf(path)
        config = config_of_gguf(file.settings, list(file.tensors), path)

        def read(name: str) -> Tensor:
            if name not in file.tensors:
                raise ValueError(f"{path} has no tensor {name}, expected one: it is damaged.")
            return torch.from_numpy(file.tensors[name].numbers())

        if STRETCH in file.tensors:
            config = with_stretch(config, read(STRETCH), path)
        return cls._filled(config, assembled(config, GGUF_NAMES, read, True), bits, path)

    @classmethod
    @typed
    def from_pretrained(cls, folder_or_name: str | Path, bits: int = 32) -> "Llama":
        """Return the model of a folder as Hugging Face's ``LlamaForCausalLM`` writes it.

        Its weights are kept in as many ``bits``, as ``kept_in`` does.

        Raises ``FileNotFoundError`` for a missing file, and ``ValueError`` for one that is damaged
        or of another kind of model.
        """
        folder = named_path(folder_or_name)
        config, tensors = config_of_folder(folder), FORMAT.read_weights(folder)

        def read(name: str) -> Tensor:
            if name not in tensors:
                raise ValueError(f"{folder} has no tensor {name}, expected one: it is damaged.")
            return tensors[name]

        return cls._filled(config, assembled(config, HUGGING_FACE_NAMES, read, False), bits, folder)

    @typed
    def save_pretrained(self, folder: str | Path) -> None:
        """Write config.json and model.safetensors, for ``from_pretrained`` and Hugging Face.

        >>> import tempfile
        >>> from lmteach.models.llama.weights import llama_config
        >>> model = Llama(llama_config(9, dim=8, heads=2, key_heads=1, layers=1, hidden=16))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model.save_pretrained(folder)
        ...     Llama.from_pretrained(folder).config == model.config
        True
        """
        write_folder(folder, self.config, self.state_dict())

    @classmethod
    def _filled(
        cls,
        config: GPTConfig,
        weights: Iterable[tuple[str, Tensor]],
        bits: int,
        path: object,
    ) -> "Llama":
        """The model with weights, which are made one after the other, so that memory is spared."""
        with torch.device("meta"):  # shapes without numbers: they are in the file
            model = cls(config)
        shapes = {name: tensor.shape for name, tensor in model.state_dict().items()}
        found = {}
        for name, tensor in weights:
            if tensor.shape != shapes[name]:
                raise ValueError(
                    f"{path} has {name} in shape {tuple(tensor.shape)}, expected "
                    f"{tuple(shapes[name])} by its settings: it is damaged."
                )
            # The table is looked up and multiplied with: 4 bits are too few for it.
            found[name] = kept_in(tensor, 8 if bits == 4 and name == "wte.weight" else bits)
            if name.endswith("linear2.weight"):  # a layer is whole
                return_freed_memory()
        model.load_state_dict(found, assign=True)
        gc.collect()  # PyTorch's first model without numbers leaves things that hang in circles
        return_freed_memory()
        return model.eval().requires_grad_(False)


def smollm2(bits: int = 32) -> Llama:
    """Return SmolLM2-135M-Instruct, a small chat model, from the file that ``make data`` brings.

    Raises ``FileNotFoundError`` and ``ValueError`` as ``smollm2_file`` does.

    >>> smollm2().parameter_count  # doctest: +SKIP
    134515008
    """
    return Llama.from_gguf(smollm2_file(), bits)
