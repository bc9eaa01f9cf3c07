"""The file of a tokenizer: read by Hugging Face's library, and refused when it doesn't fit."""

import json
from pathlib import Path
from typing import Any

import pytest
import tokenizers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmteach.text.tokenizers.bpe import BPETokenizer
from lmteach.text.tokenizers.tokenizer_json import read_merges

TEXT = "a low lower lowest slow 狼来了 狼 wolf 👩‍🚀 low\n" * 3
UNKNOWN = "Newest wolves: 狼群, naïve — 👨‍👩‍👧!\n\n  tail  "


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tokenizer.json"


def changed(path: Path, *keys: str, value: Any) -> None:
    """Write the file again with one entry changed."""
    BPETokenizer.train(TEXT, 280).save(path)
    whole = json.loads(path.read_text(encoding="utf-8"))
    part = whole
    for key in keys[:-1]:
        part = part[key]
    part[keys[-1]] = value
    path.write_text(json.dumps(whole), encoding="utf-8")


def test_round_trip(path: Path) -> None:
    tokenizer = BPETokenizer.train(TEXT, 290)
    tokenizer.save(path)
    again = BPETokenizer.load(str(path))
    assert (again.merges, again.tokens) == (tokenizer.merges, tokenizer.tokens)
    assert again.encode(UNKNOWN) == tokenizer.encode(UNKNOWN)


def test_the_file_is_read_by_tokenizers(path: Path) -> None:
    tokenizer = BPETokenizer.train(TEXT, 290)
    tokenizer.save(path)
    theirs = tokenizers.Tokenizer.from_file(str(path))
    assert theirs.get_vocab_size() == tokenizer.vocab_size
    for text in (TEXT, UNKNOWN):
        ids = tokenizer.encode(text)
        assert theirs.encode(text).ids == ids
        assert theirs.decode(ids) == text


def test_files_of_tokenizers_are_read(path: Path) -> None:
    theirs = tokenizers.ByteLevelBPETokenizer()
    theirs.train_from_iterator([TEXT], vocab_size=300, min_frequency=2, show_progress=False)
    theirs.add_special_tokens(["<|endoftext|>"])  # gets the last id, as in GPT-2
    theirs.save(str(path))
    ours = BPETokenizer.load(path)
    assert ours.vocab_size == theirs.get_vocab_size() - 1
    assert ours.encode(UNKNOWN) == theirs.encode(UNKNOWN).ids


def test_merges_as_older_files_have_them(path: Path) -> None:
    changed(path, "model", "merges", value=["l o", "Ġ lo"])
    assert read_merges(path)[0] == [(b"l", b"o"), (b" ", b"lo")]


@pytest.mark.parametrize(
    ("keys", "value", "message"),
    [
        (("pre_tokenizer", "add_prefix_space"), True, "cuts texts with .*add_prefix_space"),
        (("pre_tokenizer", "type"), "Metaspace", "cuts texts with .*Metaspace.*expected ByteLevel"),
        (("pre_tokenizer", "use_regex"), False, "cuts texts with"),
        (("normalizer",), {"type": "NFC"}, "without a normalizer"),
        (("pre_tokenizer",), None, r"can't be read as a byte-level tokenizer \(TypeError"),
        (("model", "type"), "WordPiece", "cuts texts with"),
        (("model", "merges"), [["l", "▁o"]], "'▁' in '▁o' stands for no byte"),
        (("model", "merges"), [["l"]], r"can't be read as .*ValueError: not enough values"),
        (("model", "merges"), [["lo", "w"]], "merge 0 joins b'lo' and b'w', of which one is no to"),
        (("model", "merges"), [["l", "o"]] * 2, "merge 1, b'l' and b'o', is there twice"),
        (("model", "merges"), [["q", "z"]], r"gives 'qz' the id None, expected 256: bytes first"),
        (("model", "vocab"), {"!": 1}, "gives '!' the id 1, expected 0"),
    ],
)
def test_files_that_do_not_fit(path: Path, keys: tuple[str, ...], value: Any, message: str) -> None:
    changed(path, *keys, value=value)
    with pytest.raises(ValueError, match=message):
        BPETokenizer.load(path)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_file_cut_short(path: Path, share: float) -> None:
    BPETokenizer.train(TEXT, 280).save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match=r"can't be read as .*JSONDecodeError.*Expected a whole"):
        BPETokenizer.load(path)


def test_a_file_of_something_else(path: Path) -> None:
    for content in (b"[1, 2]", b"\xff\xfe\x00", b'{"model": {}}', b"3"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"tokenizer\.json can't be read as a byte-level"):
            BPETokenizer.load(path)


def test_no_file(path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"tokenizer\.json"):
        BPETokenizer.load(path)


def both(path: Path, texts: tuple[str, ...] = (TEXT, UNKNOWN)) -> tuple[list[Any], list[Any]]:
    """What tokenizers makes of a file, and what we do: ids, and the texts of those."""
    theirs, ours = tokenizers.Tokenizer.from_file(str(path)), BPETokenizer.load(path)
    other, own = ([one.encode(text) for text in texts] for one in (theirs, ours))
    ids = [encoding.ids for encoding in other]
    return [*ids, *map(theirs.decode, ids)], [*own, *map(ours.decode, own)]


def token(content: str, number: int, special: bool) -> dict[str, Any]:
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    return {"id": number, "content": content, "special": special, **flags}


SAME = [
    (("model", "dropout"), 0.0),
    (("model", "unk_token"), "<unk>"),
    (("model", "continuing_subword_prefix"), ""),
    (("model", "end_of_word_suffix"), ""),
    (("model", "byte_fallback"), True),
    (("model", "fuse_unk"), True),
    (("model", "ignore_merges"), False),
    (("post_processor",), {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False}),
    (("pre_tokenizer", "trim_offsets"), False),
    (("added_tokens",), [token("<|endoftext|>", 280, True)]),
]


@pytest.mark.parametrize(("keys", "value"), SAME, ids=[keys[-1] for keys, _ in SAME])
def test_settings_that_change_nothing_are_read(
    path: Path, keys: tuple[str, ...], value: Any
) -> None:
    changed(path, *keys, value=value)
    theirs, ours = both(path)
    assert ours == theirs


def test_merges_with_a_line_of_their_version_are_read(path: Path) -> None:
    changed(path, "version", value="1.0")
    whole = json.loads(path.read_text(encoding="utf-8"))
    pairs = [" ".join(pair) for pair in whole["model"]["merges"]]
    whole["model"]["merges"] = ["#version: 0.2", *pairs]
    path.write_text(json.dumps(whole), encoding="utf-8")
    theirs, ours = both(path)
    assert ours == theirs


TEMPLATE = {"type": "TemplateProcessing", "single": [], "pair": [], "special_tokens": {}}
SHORT = {"direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 0}


@pytest.mark.parametrize(
    ("keys", "value", "message"),
    [
        (("version",), "2.0", 'version = "2.0", expected "1.0"'),
        (("truncation",), SHORT, "truncation = .*LongestFirst.*, expected null"),
        (("padding",), {"pad_id": 0}, "padding = "),
        (("post_processor",), TEMPLATE, 'post_processor = "TemplateProcessing", expected null or'),
        (("decoder",), None, 'decoder = null, expected "ByteLevel"'),
        (("model", "dropout"), 0.5, "dropout = 0.5, expected null or 0"),
        (("model", "continuing_subword_prefix"), "##", 'prefix = "##", expected null'),
        (("model", "end_of_word_suffix"), "</w>", 'suffix = "</w>", expected null'),
        (("model", "ignore_merges"), True, "ignore_merges = true, expected null or false"),
        (("added_tokens",), [token("狼", 280, False)], r'not special = \["狼"\], expected \[\]'),
        (("more",), 1, r'unknown entries = \["more"\]'),
    ],
)
def test_settings_that_would_change_ids_are_refused_by_name(
    path: Path, keys: tuple[str, ...], value: Any, message: str
) -> None:
    changed(path, *keys, value=value)
    with pytest.raises(ValueError, match=message):
        BPETokenizer.load(path)


def test_a_token_that_no_merge_makes_is_named(path: Path) -> None:
    changed(path, "version", value="1.0")
    whole = json.loads(path.read_text(encoding="utf-8"))
    whole["model"]["vocab"]["foo"] = len(whole["model"]["vocab"])
    path.write_text(json.dumps(whole), encoding="utf-8")
    with pytest.raises(ValueError, match="the token 'foo', which no merge makes"):
        BPETokenizer.load(path)


# The two libraries know different versions of Unicode: of the newest characters, some are letters
# to one and nothing to the other. All that Python knows are cut alike.
CHARACTERS = st.characters(exclude_categories=["Cn", "Cs"])


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(CHARACTERS, min_size=1, max_size=40),
    st.integers(256, 300),
    st.text(CHARACTERS, max_size=40),
)
def test_what_is_saved_gives_the_same_ids_there(
    tmp_path: Path, text: str, size: int, other: str
) -> None:
    tokenizer = BPETokenizer.train(text, size)
    tokenizer.save(tmp_path / "tokenizer.json")
    assert BPETokenizer.load(tmp_path / "tokenizer.json").merges == tokenizer.merges
    theirs, ours = both(tmp_path / "tokenizer.json", (text, other))
    assert ours == theirs
