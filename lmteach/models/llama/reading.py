"""The tokenizer and the chat template of a GGUF, in its settings, or of a folder. Notebook 16."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lmteach.files import named_path
from lmteach.text.tokenizers.chat import ChatTemplate
from lmteach.text.tokenizers.cuts import CUTS
from lmteach.text.tokenizers.marked import MarkedTokenizer
from lmteach.text.tokenizers.pretrained_bpe import PretrainedBPE
from lmteach.text.tokenizers.pretrained_json import read_pretrained
from lmteach.text.tokenizers.sentencepiece_bpe import SentencePieceBPE
from lmteach.typed import typed

# Other names that files have for a cut of ours.
SAME_CUTS = {
    **{"gpt2": "gpt-2", "default": "gpt-2"},
    **{"llama3": "llama-bpe", "llama-v3": "llama-bpe", "deepseek-r1-qwen": "qwen2"},
}
NO_CHAT = "this model was not trained on conversations. Let it continue a text instead."
SPECIAL = (3, 4)  # a token's type: marks for control, and those that a user added


def _setting(settings: Mapping[str, Any], name: str) -> Any:
    if name not in settings:
        raise ValueError(
            f"the settings have no {name}, expected those of a GGUF with its tokenizer."
        )
    return settings[name]


@typed
def tokenizer_of(settings: Mapping[str, Any]) -> MarkedTokenizer:
    """Return the tokenizer of a GGUF's settings: byte-level BPE, or SentencePiece's.

    Raises ``ValueError`` for a tokenizer of another kind, or one that cuts texts in a way that is
    not known here.

    >>> settings = {"tokenizer.ggml.tokens": ["a", "b", "ab"], "tokenizer.ggml.merges": ["a b"]}
    >>> tokenizer_of(settings | {"tokenizer.ggml.model": "gpt2"}).encode("aab")
    [0, 2]
    >>> tokenizer_of({"tokenizer.ggml.model": "bert"})
    Traceback (most recent call last):
    ValueError: the tokenizer is of the kind 'bert', expected 'gpt2' (byte-level BPE) or 'llama' \
(SentencePiece).
    """
    kind = _setting(settings, "tokenizer.ggml.model")
    if kind not in ("gpt2", "llama"):
        raise ValueError(
            f"the tokenizer is of the kind {kind!r}, expected 'gpt2' (byte-level BPE) or 'llama' "
            "(SentencePiece)."
        )
    return _byte_level(settings) if kind == "gpt2" else _sentencepiece(settings)


def _byte_level(settings: Mapping[str, Any]) -> PretrainedBPE:
    named = settings.get("tokenizer.ggml.pre", "default")
    cut = SAME_CUTS.get(named, named)
    if cut not in CUTS:
        raise ValueError(
            f"the tokenizer cuts texts as {named!r} does, expected one of "
            f"{', '.join(map(repr, [*CUTS, *SAME_CUTS]))}: the ids would be others than the "
            "model's."
        )
    return PretrainedBPE(
        _setting(settings, "tokenizer.ggml.tokens"),
        [tuple(merge.split(" ")) for merge in _setting(settings, "tokenizer.ggml.merges")],
        special=_special(settings),
        unknown=settings.get("tokenizer.ggml.unknown_token_id", 0),
        cut=cut,
        # Files of those that take pieces whole may be silent, and mean that there is one.
        first=_first(settings, CUTS[cut].whole, None),
    )


def _sentencepiece(settings: Mapping[str, Any]) -> SentencePieceBPE:
    return SentencePieceBPE(
        _setting(settings, "tokenizer.ggml.tokens"),
        _setting(settings, "tokenizer.ggml.scores"),
        special=_special(settings),
        unknown=settings.get("tokenizer.ggml.unknown_token_id", 0),
        first=_first(settings, True, 1),
        blank_in_front=settings.get("tokenizer.ggml.add_space_prefix", True),
    )


def _special(settings: Mapping[str, Any]) -> list[str]:
    tokens = settings["tokenizer.ggml.tokens"]
    types = settings.get("tokenizer.ggml.token_type", [1] * len(tokens))
    return [token for token, kind in zip(tokens, types, strict=True) if kind in SPECIAL]


def _first(settings: Mapping[str, Any], usual: bool, usual_id: int | None) -> int | None:
    """The token that stands before each text, if the file or, where it is silent, its kind says."""
    wanted = settings.get("tokenizer.ggml.add_bos_token", usual)
    return settings.get("tokenizer.ggml.bos_token_id", usual_id) if wanted else None


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
        raise ValueError(f"the settings have no tokenizer.chat_template, expected one: {NO_CHAT}")
    tokens = settings.get("tokenizer.ggml.tokens", [])
    marks = {}
    for mark in ("bos", "eos"):
        number = settings.get(f"tokenizer.ggml.{mark}_token_id")
        if number is not None:
            marks[f"{mark}_token"] = tokens[number]
    return ChatTemplate(settings["tokenizer.chat_template"], marks)


@typed
def tokenizer_in(folder: str | Path) -> PretrainedBPE:
    """Return the tokenizer in a folder of Hugging Face: its tokenizer.json, if byte-level BPE.

    Raises ``FileNotFoundError`` if there is none, and ``ValueError`` for one of another kind, which
    the library ``tokenizers`` reads, see ``read_pretrained``.

    >>> from tempfile import TemporaryDirectory
    >>> from lmteach.text.tokenizers.bpe import BPETokenizer
    >>> with TemporaryDirectory() as folder:
    ...     BPETokenizer([(b"h", b"u")]).save(f"{folder}/tokenizer.json")
    ...     tokenizer_in(folder).encode("hug")
    [256, 70]
    """
    return read_pretrained(named_path(folder) / "tokenizer.json")


@typed
def chat_template_in(folder: str | Path) -> ChatTemplate:
    """Return the form of a conversation in a folder of Hugging Face.

    It stands in chat_template.jinja, or in tokenizer_config.json, where the marks are.

    Raises ``FileNotFoundError`` if there is no tokenizer_config.json, and ``ValueError`` if it is
    damaged or has no template: then it is no chat model.

    >>> from tempfile import TemporaryDirectory
    >>> form = {"chat_template": "{{ messages[0].content }}{{ eos_token }}", "eos_token": "<end>"}
    >>> with TemporaryDirectory() as folder:
    ...     size = Path(f"{folder}/tokenizer_config.json").write_text(json.dumps(form))
    ...     chat_template_in(folder)([{"role": "user", "content": "Hi"}])
    'Hi<end>'
    """
    place = named_path(folder)
    path = place / "tokenizer_config.json"
    try:
        config = dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise FileNotFoundError(
            f"there is no file {path}, expected one with the marks of a chat template."
        ) from None
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path} is damaged ({error}). Take a copy that is whole.") from None
    own, template = place / "chat_template.jinja", config.get("chat_template")
    if own.is_file():
        template = own.read_text(encoding="utf-8")
    elif isinstance(template, list):  # several, by name
        template = {entry["name"]: entry["template"] for entry in template}.get("default")
    if template is None:
        raise ValueError(f"{place} has no chat template, expected one: {NO_CHAT}")
    marks = {name: config[name] for name in ("bos_token", "eos_token") if config.get(name)}
    return ChatTemplate(
        template,
        {name: mark if isinstance(mark, str) else mark["content"] for name, mark in marks.items()},
    )
