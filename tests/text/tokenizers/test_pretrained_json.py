"""Tokenizers out of a tokenizer.json: what ours can do is in test_reading; here, what it can't."""

import json
import re

import pytest

from lmteach.text.tokenizers.bpe import BPETokenizer
from lmteach.text.tokenizers.pretrained_json import read_pretrained
from tests.text.tokenizers.test_pretrained_bpe import of_tokenizers, trained


def written(path, change=None, model=None):
    """Write a tokenizer of Hugging Face's with a change in its file."""
    tokens, merges, marks = trained()
    whole = json.loads(of_tokenizers(tokens, merges, marks, "llama-bpe").to_str())
    whole |= change or {}
    whole["model"] |= model or {}
    path.write_text(json.dumps(whole))
    return path


def test_what_our_own_tokenizer_saves_is_read(tmp_path) -> None:
    learned = BPETokenizer.train("low lower lowest slow", 264)
    learned.save(tmp_path / "tokenizer.json")
    ours = read_pretrained(tmp_path / "tokenizer.json")
    assert ours.encode("lowest slow") == learned.encode("lowest slow")
    assert ours.merges == learned.merges


def test_merges_in_the_older_form(tmp_path) -> None:
    tokens, merges, marks = trained()
    older = written(tmp_path / "a.json", model={"merges": [" ".join(pair) for pair in merges]})
    assert read_pretrained(older).encode("the wolf") == (
        of_tokenizers(tokens, merges, marks, "llama-bpe").encode("the wolf").ids
    )


LEVEL = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}
MARK = {"id": 0, "content": "<|im_start|>", "special": True, "lstrip": True}


@pytest.mark.parametrize(
    ("change", "model", "message"),
    [
        ({"normalizer": {"type": "NFC"}}, {}, "has the normalizer"),
        ({"truncation": {"max_length": 3}}, {}, "has the truncation"),
        ({"pre_tokenizer": LEVEL}, {}, "has the pieces of"),
        ({"pre_tokenizer": LEVEL | {"add_prefix_space": False}}, {}, "with ignore_merges = True"),
        ({"added_tokens": [MARK]}, {}, "has the token '<|im_start|>' with lstrip"),
        ({"added_tokens": [{"id": 9999, "content": "<far>"}]}, {}, "with other ids than 0 to"),
        ({"post_processor": {"type": "BertProcessing"}}, {}, "has the post_processor"),
        ({}, {"dropout": 0.5}, "has dropout = 0.5"),
        ({}, {"end_of_word_suffix": "</w>"}, "has end_of_word_suffix = '</w>'"),
        ({}, {"type": "WordPiece"}, "has a model of the type WordPiece, expected byte-level BPE"),
        ({}, {"byte_fallback": True}, "has a model of the type BPE with byte_fallback"),
    ],
)
def test_what_ours_cant_do_is_sent_to_the_library(tmp_path, change, model, message) -> None:
    path = written(tmp_path / "a.json", change, model)
    found = rf"{re.escape(message)}[\s\S]*use the library tokenizers, Tokenizer\.from_file"
    with pytest.raises(ValueError, match=found):
        read_pretrained(path)


@pytest.mark.parametrize("data", ["{", "[]", "{}", '{"model": 3}'])
def test_a_damaged_file_is_named(tmp_path, data) -> None:
    (tmp_path / "a.json").write_text(data)
    with pytest.raises(ValueError, match=r"a\.json can't be read as a tokenizer"):
        read_pretrained(tmp_path / "a.json")


def test_a_file_that_is_not_there(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no file .*, expected a tokenizer\.json"):
        read_pretrained(tmp_path / "a.json")
