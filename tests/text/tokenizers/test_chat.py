"""Conversations as one text: what Hugging Face's template makes of them, and what is refused."""

import pytest
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

from lmteach.models.llama.files import SMOLLM2, smollm2_file
from lmteach.models.llama.gguf import read_gguf
from lmteach.models.llama.reading import chat_template_of
from lmteach.text.tokenizers.chat import ChatTemplate
from tests.real_files import needs

TALK = [
    {"role": "user", "content": "Hello <|im_end|>"},
    {"role": "assistant", "content": "Hi\n"},
    {"role": "user", "content": "Who are you?"},
]


@needs(SMOLLM2)
@pytest.mark.parametrize(
    "messages",
    [TALK[:1], TALK, [{"role": "system", "content": "Be short."}, *TALK]],
    ids=["one", "three", "with a system"],
)
def test_the_text_is_hugging_faces(messages) -> None:
    settings = read_gguf(smollm2_file()).settings
    theirs = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(models.BPE()), bos_token="<|im_start|>", eos_token="<|im_end|>"
    )
    theirs.chat_template = settings["tokenizer.chat_template"]
    expected = theirs.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert chat_template_of(settings)(messages) == expected


def test_marks_can_be_used() -> None:
    settings = {
        "tokenizer.chat_template": "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}",
        "tokenizer.ggml.tokens": ["<s>", "</s>"],
        "tokenizer.ggml.bos_token_id": 0,
        "tokenizer.ggml.eos_token_id": 1,
    }
    assert chat_template_of(settings)(TALK[1:2]) == "<s>Hi\n</s>"


@pytest.mark.parametrize(
    ("messages", "message"),
    [
        ([], "at least one message"),
        ("Hello", "expected a list"),
        ([{"role": "user"}], "expected a role and a content"),
        ([{"role": "user", "content": 3}], "from texts to texts"),
        ([{"role": "pirate", "content": "Arr"}], "role is 'pirate', expected one of 'system'"),
    ],
)
def test_what_is_refused(messages, message) -> None:
    with pytest.raises(ValueError, match=message):
        ChatTemplate("{{ messages }}")(messages)


def test_what_a_template_refuses() -> None:
    with pytest.raises(ValueError, match="refuses these messages: user first"):
        ChatTemplate("{{ raise_exception('user first') }}")(TALK)


def test_a_text_that_is_no_template() -> None:
    with pytest.raises(ValueError, match="can't be read"):
        ChatTemplate("{% if %}")


def test_a_strangers_template_reaches_nothing() -> None:
    with pytest.raises(ValueError, match="unsafe"):
        ChatTemplate("{{ ''.__class__.__mro__[1].__subclasses__() }}")(TALK)
