"""A tokenizer and a template out of a file's settings or of a folder, and what is refused."""

import json

import gguf
import pytest
import torch
from tokenizers import Tokenizer, models, processors
from transformers import PreTrainedTokenizerFast

from lmteach.decoding.chat import Chat
from lmteach.decoding.sampling import greedy
from lmteach.models.llama.gguf import read_gguf
from lmteach.models.llama.model import Llama
from lmteach.models.llama.reading import (
    SAME_CUTS,
    chat_template_in,
    chat_template_of,
    tokenizer_in,
    tokenizer_of,
)
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.bpe import BPETokenizer
from lmteach.text.tokenizers.byte_alphabet import to_signs
from lmteach.text.tokenizers.cuts import CUTS
from lmteach.text.tokenizers.pretrained_bpe import PretrainedBPE
from lmteach.text.tokenizers.sentencepiece_bpe import SentencePieceBPE
from tests.models.llama.theirs import theirs_of, write_gguf
from tests.text.tokenizers.test_pretrained_bpe import of_tokenizers
from tests.text.tokenizers.test_sentencepiece_bpe import trained

SETTINGS = {
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.pre": "smollm",
    "tokenizer.ggml.tokens": ["<s>", "a", "b", "ab", "1", "9", "19"],
    "tokenizer.ggml.token_type": [3, 1, 1, 1, 1, 1, 1],
    "tokenizer.ggml.merges": ["a b", "1 9"],
    "tokenizer.ggml.bos_token_id": 0,
}


def test_tokens_marks_and_digits_are_those_of_the_settings() -> None:
    tokenizer = tokenizer_of(SETTINGS)
    assert tokenizer.special == {"<s>": 0}
    assert tokenizer.encode("<s>ab19") == [0, 3, 4, 5]
    joined = tokenizer_of(SETTINGS | {"tokenizer.ggml.pre": "gpt-2"})
    assert joined.encode("<s>ab19") == [0, 3, 6]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tokenizer.ggml.model": "t5"}, "of the kind 't5', expected 'gpt2'"),
        ({"tokenizer.ggml.model": "llama"}, r"have no tokenizer\.ggml\.scores, expected"),
        ({"tokenizer.ggml.pre": "bloom"}, "cuts texts as 'bloom' does, expected one of 'gpt-2'"),
    ],
)
def test_other_tokenizers_are_named(change, message) -> None:
    with pytest.raises(ValueError, match=message):
        tokenizer_of(SETTINGS | change)


@pytest.mark.parametrize("name", ["model", "tokens", "merges"])
def test_settings_without_a_tokenizer_are_named(name) -> None:
    left = {key: value for key, value in SETTINGS.items() if not key.endswith(f".{name}")}
    with pytest.raises(ValueError, match=rf"have no tokenizer\.ggml\.{name}, expected"):
        tokenizer_of(left)


def test_a_template_knows_the_marks() -> None:
    template = chat_template_of(SETTINGS | {"tokenizer.chat_template": "{{ bos_token }}!"})
    assert template([{"role": "user", "content": "Hi"}]) == "<s>!"


@pytest.mark.parametrize("named", [*CUTS, *SAME_CUTS])
def test_the_cut_is_the_named_one_and_some_begin_a_text(named) -> None:
    tokenizer = tokenizer_of(SETTINGS | {"tokenizer.ggml.pre": named})
    assert tokenizer.cut == SAME_CUTS.get(named, named)
    begins = tokenizer.cut in ("llama-bpe", "tekken")
    assert tokenizer.encode("ab") == ([0, 3] if begins else [3])
    for add in (True, False):  # what the file says counts
        said = {"tokenizer.ggml.pre": named, "tokenizer.ggml.add_bos_token": add}
        assert tokenizer_of(SETTINGS | said).encode("ab") == ([0, 3] if add else [3])


PIECES = {
    "tokenizer.ggml.model": "llama",
    "tokenizer.ggml.tokens": ["<unk>", "<s>", "</s>", "<0x0A>", "\u2581", "a", "b", "\u2581a"],
    "tokenizer.ggml.token_type": [2, 3, 3, 6, 1, 1, 1, 1],
    "tokenizer.ggml.scores": [0.0, 0.0, 0.0, 0.0, -2.0, -3.0, -4.0, -1.0],
}


def test_scores_and_what_stands_in_front_are_those_of_the_settings() -> None:
    tokenizer = tokenizer_of(PIECES)
    assert tokenizer.special == {"<s>": 1, "</s>": 2}
    assert tokenizer.encode("ab\nc") == [1, 7, 6, 3, 0]
    assert tokenizer_of(PIECES | {"tokenizer.ggml.add_bos_token": False}).encode("a") == [7]
    assert tokenizer_of(PIECES | {"tokenizer.ggml.add_space_prefix": False}).encode("a") == [1, 5]
    assert tokenizer_of(PIECES | {"tokenizer.ggml.bos_token_id": 2}).encode("a") == [2, 7]


def byte_level_lists():
    """A small vocabulary of bytes and merges, with three marks in front."""
    learned = BPETokenizer.train(wikipedia().train[:30_000], 400)
    marks = ["<s>", "</s>", "<user>"]
    tokens = [*marks, *map(to_signs, learned.tokens)]
    merges = [(to_signs(left), to_signs(right)) for left, right in learned.merges]
    return tokens, merges, marks


TEMPLATE = "{{ bos_token }}{% for m in messages %}{{ m.content }}</s>{% endfor %}"


def add_byte_level(writer: gguf.GGUFWriter, cut: str) -> None:
    """Write the settings of a tokenizer on bytes, as llama.cpp's converter does."""
    tokens, merges, marks = byte_level_lists()
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(cut)
    writer.add_token_list(tokens)
    writer.add_token_types([3] * len(marks) + [1] * (len(tokens) - len(marks)))
    writer.add_token_merges([" ".join(pair) for pair in merges])
    add_marks(writer)


def add_sentencepiece(writer: gguf.GGUFWriter) -> None:
    """Write the settings of one of SentencePiece's, as llama.cpp's converter does."""
    model = trained()
    numbers = range(model.vocab_size())
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([model.id_to_piece(number) for number in numbers])
    writer.add_token_scores([model.get_score(number) for number in numbers])
    kinds = [(model.is_unknown, 2), (model.is_control, 3), (model.is_byte, 6)]
    writer.add_token_types([next((k for of, k in kinds if of(n)), 1) for n in numbers])
    add_marks(writer)


def add_marks(writer: gguf.GGUFWriter) -> None:
    """Write which tokens begin and end a text, and the form of a conversation."""
    tokens = writer.kv_data[0]["tokenizer.ggml.tokens"].value
    writer.add_bos_token_id(tokens.index("<s>"))
    writer.add_eos_token_id(tokens.index("</s>"))
    writer.add_chat_template(TEMPLATE)


@pytest.mark.parametrize("kind", ["sentencepiece", *CUTS])
def test_a_whole_file_of_each_kind_is_read_and_talks(tmp_path, kind) -> None:
    text = "The city of 1984 wolves, née 狼"
    if kind == "sentencepiece":
        size, add, form = trained().vocab_size(), add_sentencepiece, SentencePieceBPE
        expected = trained().encode(text, add_bos=True)
    else:
        lists = byte_level_lists()
        size, form = len(lists[0]), PretrainedBPE
        add = lambda writer: add_byte_level(writer, kind)  # noqa: E731
        expected = of_tokenizers(*lists, kind).encode(text).ids
        expected = [0, *expected] if CUTS[kind].whole else expected
    theirs = theirs_of({"vocab_size": size})
    write_gguf(tmp_path / "a.gguf", theirs, add=add)
    settings = read_gguf(tmp_path / "a.gguf").settings
    tokenizer, model = tokenizer_of(settings), Llama.from_gguf(tmp_path / "a.gguf")
    assert type(tokenizer) is form
    assert tokenizer.encode(text) == expected
    ids = torch.tensor([expected])
    continued = greedy(model, ids, 8)
    wanted = theirs.generate(ids, max_new_tokens=8, do_sample=False, eos_token_id=None)
    assert continued.tolist() == wanted[:, ids.shape[1] :].tolist()
    assert tokenizer.decode(expected) == text
    assert tokenizer.decode(expected + continued[0].tolist()).startswith(text)

    talk = Chat(model, tokenizer, chat_template_of(settings))
    first = settings["tokenizer.ggml.bos_token_id"]
    prompt = talk.prompt("wolf </s>")
    assert prompt.count(first) == 1  # the template writes it, and it is not doubled
    assert prompt[0] == first
    assert prompt.count(tokenizer.special["</s>"]) == 1  # what was typed is no mark
    shown = "" if tokenizer.first == first else "<s>"  # what begins each text is not shown
    assert tokenizer.decode(prompt) == shown + "wolf </s></s>"
    list(talk.answer("wolf", most=2))
    assert talk.prompt("x").count(first) == 1


def folder_of(path, cut, template):
    """Write a folder with a tokenizer of Hugging Face's, and return that."""
    tokens, merges, marks = byte_level_lists()
    theirs = of_tokenizers(tokens, merges, marks, cut)
    if CUTS[cut].whole:
        theirs.post_processor = processors.Sequence(
            [
                processors.ByteLevel(trim_offsets=False),
                processors.TemplateProcessing(
                    single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 0)]
                ),
            ]
        )
    whole = PreTrainedTokenizerFast(tokenizer_object=theirs, bos_token="<s>", eos_token="</s>")
    whole.chat_template = template
    whole.save_pretrained(path)
    return whole


TEXT = "The city of 1984 wolves,   née 狼\n\n<user>Hi</s> "


@pytest.mark.parametrize("cut", CUTS)
def test_a_folder_has_the_tokenizer_and_the_template(tmp_path, cut) -> None:
    theirs = folder_of(tmp_path, cut, TEMPLATE)
    ours, template = tokenizer_in(tmp_path), chat_template_in(tmp_path)
    assert ours.encode(TEXT) == theirs(TEXT)["input_ids"]
    assert ours.cut == cut
    assert ours.decode(ours.encode(TEXT)) == TEXT
    messages = [{"role": "user", "content": "Hi"}]
    expected = theirs.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert template(messages) == expected == "<s>Hi</s>"
    assert template.marks["eos_token"] == "</s>"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"chat_template": TEMPLATE, "bos_token": {"content": "<s>"}}, "<s>Hi</s>"),
        ({"chat_template": [{"name": "tool", "template": "x"}]}, None),
        ({"chat_template": [{"name": "default", "template": "x"}]}, "x"),
        ({}, None),
    ],
)
def test_templates_of_older_folders(tmp_path, given, expected) -> None:
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(given))
    if expected is None:
        with pytest.raises(ValueError, match="has no chat template, expected one: this model was"):
            chat_template_in(tmp_path)
    else:
        assert chat_template_in(tmp_path)([{"role": "user", "content": "Hi"}]) == expected


@pytest.mark.parametrize("data", ["{", "[1]", ""])
def test_a_damaged_configuration_is_named(tmp_path, data) -> None:
    (tmp_path / "tokenizer_config.json").write_text(data)
    with pytest.raises(ValueError, match=r"tokenizer_config\.json is damaged"):
        chat_template_in(tmp_path)


def test_a_folder_of_sentencepiece_is_sent_to_the_library(tmp_path) -> None:
    theirs = Tokenizer(models.BPE({"<unk>": 0, "a": 1}, [], unk_token="<unk>", byte_fallback=True))
    theirs.save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(
        ValueError, match=r"BPE with byte_fallback.* use the library tokenizers, To"
    ):
        tokenizer_in(tmp_path)


@pytest.mark.parametrize("read", [tokenizer_in, chat_template_in])
def test_a_folder_without_a_tokenizer_is_named(tmp_path, read) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no file .*tokenizer.*\.json, expected"):
        read(tmp_path)
