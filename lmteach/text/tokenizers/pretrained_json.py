"""A trained tokenizer out of a file of Hugging Face's format, ``tokenizer.json``. Notebook 16."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lmteach.files import named_path
from lmteach.text.tokenizers.cuts import CUTS
from lmteach.text.tokenizers.pretrained_bpe import PretrainedBPE
from lmteach.typed import typed

_OTHERWISE = (
    "Ours would give other ids: use the library tokenizers, Tokenizer.from_file({path!r}).encode("
    "text).ids."
)
# What a token's entry may say beside its text and number: marks as ours are found everywhere.
_PLAIN = {"single_word": False, "lstrip": False, "rstrip": False}


class _Strange(Exception):
    """What stands in a file that our tokenizer doesn't do."""


@typed
def read_pretrained(path: str | Path) -> PretrainedBPE:
    """Return the tokenizer of a ``tokenizer.json`` that is byte-level BPE with one of our ``CUTS``.

    Raises ``FileNotFoundError`` if there is none, and ``ValueError`` if it is damaged, or asks for
    what ours doesn't do; then the library ``tokenizers`` is named, which does.

    >>> from tempfile import TemporaryDirectory
    >>> from lmteach.text.tokenizers.bpe import BPETokenizer
    >>> with TemporaryDirectory() as folder:
    ...     BPETokenizer([(b"h", b"u")]).save(f"{folder}/tokenizer.json")
    ...     read_pretrained(f"{folder}/tokenizer.json").encode("hug")
    [256, 70]
    """
    found = named_path(path)
    try:
        return _made_of(json.loads(found.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no file {found}, expected a tokenizer.json.") from None
    except _Strange as error:
        raise ValueError(f"{found} has {error}. {_OTHERWISE.format(path=str(found))}") from None
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{found} can't be read as a tokenizer ({type(error).__name__}: {error}). Expected a "
            "whole tokenizer.json, as Hugging Face's tokenizers writes it."
        ) from error


def _made_of(whole: Mapping[str, Any]) -> PretrainedBPE:
    model = whole["model"]
    _refuse_others(whole, model)
    ids: dict[str, int] = dict(model["vocab"])
    special = []
    for entry in whole["added_tokens"]:
        if strange := [name for name, usual in _PLAIN.items() if entry.get(name, usual) != usual]:
            raise _Strange(f"the token {entry['content']!r} with {strange[0]}")
        ids[entry["content"]] = entry["id"]
        special.append(entry["content"])
    tokens = sorted(ids, key=ids.__getitem__)
    if [ids[token] for token in tokens] != list(range(len(tokens))):
        raise _Strange(f"{len(tokens)} tokens with other ids than 0 to {len(tokens) - 1}")
    pairs = [pair.split(" ") if isinstance(pair, str) else pair for pair in model["merges"]]
    return PretrainedBPE(
        tokens,
        [(left, right) for left, right in pairs],
        special=special,
        cut=_cut(whole["pre_tokenizer"], bool(model.get("ignore_merges"))),
        first=_first(whole.get("post_processor"), ids),
    )


def _refuse_others(whole: Mapping[str, Any], model: Mapping[str, Any]) -> None:
    """Say what a file asks for that changes ids, and that ours doesn't do."""
    if model.get("type", "BPE") != "BPE" or model.get("byte_fallback"):
        kind = "BPE with byte_fallback" if model.get("byte_fallback") else model["type"]
        raise _Strange(f"a model of the type {kind}, expected byte-level BPE")
    for name in ("normalizer", "truncation", "padding"):
        if whole.get(name) is not None:
            raise _Strange(f"the {name} {json.dumps(whole[name]):.60}")
    for name in ("dropout", "continuing_subword_prefix", "end_of_word_suffix"):
        if model.get(name):
            raise _Strange(f"{name} = {model[name]!r}")


def _cut(before: Mapping[str, Any], whole: bool) -> str:
    """The name of the cut that a pre-tokenizer makes."""
    steps = before["pretokenizers"] if before["type"] == "Sequence" else [before]
    kinds = [step["type"] for step in steps]
    level = steps[-1]
    patterns = {(cut.pattern, cut.whole): name for name, cut in CUTS.items()}
    name = None
    if kinds[-1] == "ByteLevel" and not level["add_prefix_space"]:
        own = level.get("use_regex", True)
        if kinds == ["ByteLevel"] and own:
            name = patterns.get((CUTS["gpt-2"].pattern, whole))
        elif kinds == ["Digits", "ByteLevel"] and own and steps[0]["individual_digits"]:
            name = patterns.get((CUTS["smollm"].pattern, whole))
        elif kinds == ["Split", "ByteLevel"] and not own and _isolates(steps[0]):
            name = patterns.get((steps[0]["pattern"].get("Regex"), whole))
    if name is None:
        raise _Strange(f"the pieces of {json.dumps(before):.200} with ignore_merges = {whole}")
    return name


def _isolates(step: Mapping[str, Any]) -> bool:
    return step["behavior"] == "Isolated" and not step["invert"]


def _first(after: Mapping[str, Any] | None, ids: Mapping[str, int]) -> int | None:
    """The token that a post-processor puts before each text."""
    steps = [] if after is None else after.get("processors", [after])
    templates = [step for step in steps if step["type"] != "ByteLevel"]
    if not templates:
        return None
    parts = [next(iter(part.items())) for part in templates[0].get("single", [])]
    kinds = [kind for kind, _ in parts]
    if kinds == ["Sequence"] and len(templates) == 1:
        return None
    if len(templates) > 1 or kinds != ["SpecialToken", "Sequence"]:
        raise _Strange(f"the post_processor {json.dumps(after):.200}")
    return ids[parts[0][1]["id"]]
