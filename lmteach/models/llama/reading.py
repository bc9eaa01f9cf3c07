"""The tokenizer and the chat template that a GGUF holds in its settings. Notebook 16."""

from collections.abc import Mapping
from typing import Any

from lmteach.text.tokenizers.chat import ChatTemplate
from lmteach.text.tokenizers.pretrained_bpe import PretrainedBPE
from lmteach.typed import typed

# How a text is cut before merging, by the file's name for it, and whether each digit stands alone.
CUTS = {"gpt-2": False, "gpt2": False, "default": False, "smollm": True}
SPECIAL = (3, 4)  # a token's type: marks for control, and those that a user added


def _setting(settings: Mapping[str, Any], name: str) -> Any:
    if name not in settings:
        raise ValueError(
            f"the settings have no {name}, expected those of a GGUF with its tokenizer."
        )
    return settings[name]


@typed
def tokenizer_of(settings: Mapping[str, Any]) -> PretrainedBPE:
    """Return the tokenizer of a GGUF's settings.

    Raises ``ValueError`` for a tokenizer of another kind than byte-level BPE, or one that cuts
    texts in a way that is not known here.

    >>> settings = {"tokenizer.ggml.tokens": ["a", "b", "ab"], "tokenizer.ggml.merges": ["a b"]}
    >>> tokenizer_of(settings | {"tokenizer.ggml.model": "gpt2"}).encode("aab")
    [0, 2]
    >>> tokenizer_of({"tokenizer.ggml.model": "llama"})
    Traceback (most recent call last):
    ValueError: the tokenizer is of the kind 'llama', expected 'gpt2', byte-level BPE.
    """
    kind = _setting(settings, "tokenizer.ggml.model")
    if kind != "gpt2":
        raise ValueError(f"the tokenizer is of the kind {kind!r}, expected 'gpt2', byte-level BPE.")
    cut = settings.get("tokenizer.ggml.pre", "default")
    if cut not in CUTS:
        raise ValueError(
            f"the tokenizer cuts texts as {cut!r} does, expected one of "
            f"{', '.join(map(repr, CUTS))}: the ids would be others than the model's."
        )
    tokens = _setting(settings, "tokenizer.ggml.tokens")
    types = settings.get("tokenizer.ggml.token_type", [1] * len(tokens))
    return PretrainedBPE(
        tokens,
        [tuple(merge.split(" ")) for merge in _setting(settings, "tokenizer.ggml.merges")],
        special=[token for token, kind in zip(tokens, types, strict=True) if kind in SPECIAL],
        unknown=settings.get("tokenizer.ggml.unknown_token_id", 0),
        single_digits=CUTS[cut],
    )


@typed
def chat_template_of(settings: Mapping[str, Any]) -> ChatTemplate:
    """Return the form of a conversation that a GGUF's settings give.

    Raises ``ValueError`` if there is none: then it is no chat model.

    >>> form = "{% for m in messages %}{{ m.content }}{% endfor %}"
    >>> chat_template_of({"tokenizer.chat_template": form})([{"role": "user", "content": "Hi"}])
    'Hi'
    >>> chat_template_of({})
    Traceback (most recent call last):
    ValueError: the settings have no tokenizer.chat_template, expected one: this model was not \
trained on conversations. Let it continue a text instead.
    """
    if "tokenizer.chat_template" not in settings:
        raise ValueError(
            "the settings have no tokenizer.chat_template, expected one: this model was not "
            "trained on conversations. Let it continue a text instead."
        )
    tokens = settings.get("tokenizer.ggml.tokens", [])
    marks = {}
    for mark in ("bos", "eos"):
        number = settings.get(f"tokenizer.ggml.{mark}_token_id")
        if number is not None:
            marks[f"{mark}_token"] = tokens[number]
    return ChatTemplate(settings["tokenizer.chat_template"], marks)
