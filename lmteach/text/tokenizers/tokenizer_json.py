"""Merges in a file of Hugging Face's format, ``tokenizer.json``. Used in notebook 12."""

import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from lmteach.checks import checked_by
from lmteach.files import named_path, write_whole
from lmteach.text.tokenizers.byte_alphabet import from_signs, to_signs
from lmteach.typed import typed

Merges = list[tuple[bytes, bytes]]

# What the pieces are and how bytes become signs, in the words of that format.
_BYTE_LEVEL = {
    "type": "ByteLevel",
    "add_prefix_space": False,
    "trim_offsets": True,
    "use_regex": True,
}
_KNOWN = {"version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer"}
_KNOWN |= {"post_processor", "decoder", "model"}


def _check(path: str | Path, tokens: Iterable[bytes], merges: Merges) -> None:
    named_path(path)
    if isinstance(tokens, Collection):
        _check_once("tokens", list(tokens))
        if not tokens:
            raise ValueError("tokens is empty, expected at least one.")
    _check_once("merges", merges)


def _check_once(name: str, entries: list[Any]) -> None:
    if len(set(entries)) < len(entries):
        twice = next(entry for place, entry in enumerate(entries) if entry in entries[:place])
        raise ValueError(f"{name} contains {twice!r} twice, expected each one once.")


@typed
@checked_by(_check)
def write_merges(path: str | Path, tokens: Iterable[bytes], merges: Merges) -> None:
    """Write the tokens (their place is their id) and the merges of a tokenizer.

    Raises ``ValueError`` for an empty path, no tokens, and a token or a merge that is there twice.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "tokenizer.json"
    ...     write_merges(path, [b" ", b"a", b" a"], [(b" ", b"a")])
    ...     json.loads(path.read_text("utf-8"))["model"]["vocab"]
    {'Ġ': 0, 'a': 1, 'Ġa': 2}
    """
    model = {
        "type": "BPE",
        "vocab": {to_signs(token): number for number, token in enumerate(tokens)},
        "merges": [[to_signs(left), to_signs(right)] for left, right in merges],
    }
    whole: dict[str, Any] = {
        "version": "1.0",
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": _BYTE_LEVEL,
        "post_processor": None,
        "decoder": _BYTE_LEVEL,
        "model": model,
    }
    write_whole(path, json.dumps(whole, ensure_ascii=False, indent=1) + "\n")


@typed
def read_merges(path: str | Path) -> tuple[Merges, dict[bytes, int]]:
    """Return the merges of such a file, in order, and the id of each token, special ones left out.

    Raises ``ValueError`` if the file is damaged, if its tokenizer is no byte-level one that cuts
    texts as GPT-2 does, or if it has a setting with which its ids would be others.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_merges(f"{folder}/tokenizer.json", [b" ", b"a", b" a"], [(b" ", b"a")])
    ...     read_merges(f"{folder}/tokenizer.json")
    ([(b' ', b'a')], {b' ': 0, b'a': 1, b' a': 2})
    """
    named_path(path)  # an empty one is no damaged file
    try:
        whole = json.loads(named_path(path).read_text(encoding="utf-8"))
        model, before = whole["model"], whole["pre_tokenizer"]
        special = {token["content"] for token in whole["added_tokens"]}
        listed = [pair for pair in model["merges"] if not str(pair).startswith("#version")]
        pairs = [pair.split(" ") if isinstance(pair, str) else pair for pair in listed]
        merges = [(from_signs(left), from_signs(right)) for left, right in pairs]
        tokens = {from_signs(t): n for t, n in model["vocab"].items() if t not in special}
        same = _cuts_alike(whole, before)
        settings = _settings(whole)
    except FileNotFoundError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{path} can't be read as a byte-level tokenizer ({type(error).__name__}: {error}). "
            "Expected a whole tokenizer.json of the type BPE, such as BPETokenizer.save writes."
        ) from error
    if not same:
        raise ValueError(
            f"{path} cuts texts with {json.dumps(before)}, expected ByteLevel without "
            "add_prefix_space and without a normalizer, as in GPT-2: its ids would be others."
        )
    for name, (value, choices) in settings.items():
        if value not in choices:
            raise ValueError(
                f"{path} has {name} = {json.dumps(value, ensure_ascii=False)}, expected "
                f"{' or '.join(map(json.dumps, choices))}: with it, the ids or texts of Hugging "
                "Face's tokenizers are others than ours."
            )
    return merges, tokens


def _settings(whole: Any) -> dict[str, tuple[Any, tuple[Any, ...]]]:
    """What else decides about ids and texts: what a file says, and what we do."""
    model = whole["model"]
    kinds = {
        part: whole[part]["type"] if whole.get(part) else None
        for part in ("post_processor", "decoder")
    }
    plain = [token["content"] for token in whole["added_tokens"] if not token["special"]]
    return {
        "version": (whole.get("version"), ("1.0", None)),
        "truncation": (whole.get("truncation"), (None,)),
        "padding": (whole.get("padding"), (None,)),
        "post_processor": (kinds["post_processor"], (None, "ByteLevel")),
        "decoder": (kinds["decoder"], ("ByteLevel",)),
        "dropout": (model.get("dropout"), (None, 0)),
        "continuing_subword_prefix": (model.get("continuing_subword_prefix"), (None, "")),
        "end_of_word_suffix": (model.get("end_of_word_suffix"), (None, "")),
        "ignore_merges": (model.get("ignore_merges"), (None, False)),
        "added_tokens that are not special": (plain, ([],)),
        "unknown entries": (sorted(whole.keys() - _KNOWN), ([],)),
    }


def _cuts_alike(whole: Any, before: Any) -> bool:
    return bool(
        whole.get("normalizer") is None
        and before["type"] == "ByteLevel"
        and not before["add_prefix_space"]
        and before.get("use_regex", True)
        and whole["model"].get("type", "BPE") == "BPE"
    )
