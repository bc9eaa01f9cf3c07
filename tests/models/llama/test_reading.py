"""A tokenizer and a template out of a file's settings, and what is refused."""

import pytest

from lmteach.models.llama.reading import chat_template_of, tokenizer_of

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
        ({"tokenizer.ggml.model": "llama"}, "of the kind 'llama', expected 'gpt2'"),
        ({"tokenizer.ggml.pre": "qwen2"}, "cuts texts as 'qwen2' does, expected one of 'gpt-2'"),
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
