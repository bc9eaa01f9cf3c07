"""A tokenizer whose ids a list gives: those of Hugging Face's, and what it refuses."""

import pickle
from functools import cache

import pytest
import tokenizers
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import AddedToken, decoders, models, pre_tokenizers

from lmteach.models.llama.files import SMOLLM2, smollm2_file
from lmteach.models.llama.gguf import read_gguf
from lmteach.models.llama.reading import tokenizer_of
from lmteach.text.corpora.dialogues import dialogues
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.bpe import BPETokenizer
from lmteach.text.tokenizers.byte_alphabet import to_signs
from lmteach.text.tokenizers.pretrained_bpe import PretrainedBPE
from tests.real_files import needs

ODD = (
    "naïve café 狼来了 👩‍🚀 ½ ٣٤ 1984-12  3,000.5 don't  stop\n\n\tx == 10000;<|im_start|>user\n"
    "hi<|im_end|> <|im_end|><|endoftext|>x"
)


def of_tokenizers(tokens, merges, special, single_digits):
    """Hugging Face's tokenizer with the same lists, as the one of SmolLM2 is put together."""
    tokenizer = tokenizers.Tokenizer(
        models.BPE({token: number for number, token in enumerate(tokens)}, merges)
    )
    cuts = [pre_tokenizers.Digits(individual_digits=True)] if single_digits else []
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [*cuts, pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in special])
    return tokenizer


@cache
def trained():
    """The lists of a tokenizer that begins with marks, as files have them."""
    learned = BPETokenizer.train(wikipedia().train[:100_000], 700)
    marks = ["<|im_start|>", "<|im_end|>", "<|endoftext|>"]
    tokens = [*marks, *map(to_signs, learned.tokens)]
    merges = [(to_signs(left), to_signs(right)) for left, right in learned.merges]
    return tokens, merges, marks


@pytest.mark.parametrize("single_digits", [False, True])
@pytest.mark.parametrize(
    "text",
    [wikipedia().valid[:20_000], "\n".join(map(str, dialogues("chinese")))[:3000], ODD],
    ids=["English", "Chinese", "odd"],
)
def test_ids_are_those_of_tokenizers(text, single_digits):
    tokens, merges, marks = trained()
    ours = PretrainedBPE(tokens, merges, marks, single_digits=single_digits)
    theirs = of_tokenizers(tokens, merges, marks, single_digits)
    assert ours.encode(text) == theirs.encode(text).ids
    assert ours.decode(ours.encode(text)) == text


@needs(SMOLLM2)
def test_ids_of_smollm2_are_those_of_tokenizers() -> None:
    settings = read_gguf(smollm2_file()).settings
    ours = tokenizer_of(settings)
    tokens = settings["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ")) for merge in settings["tokenizer.ggml.merges"]]
    theirs = of_tokenizers(tokens, merges, list(ours.special), single_digits=True)
    for text in (wikipedia().test[:50_000], ODD):
        assert ours.encode(text) == theirs.encode(text).ids
    assert ours.encode("<|im_start|>user\nHi") == [1, 4093, 198, 26843]


@given(st.text())
def test_every_text_comes_back(text: str) -> None:
    tokens, merges, marks = trained()
    ours = PretrainedBPE(tokens, merges, marks)
    assert ours.decode(ours.encode(text, special=False)) == text
    assert not set(ours.encode(text, special=False)) & set(ours.special.values())


def test_by_hand() -> None:
    tokenizer = PretrainedBPE(["?", "b", "a", "ab", "<s>"], [("a", "b")], ["<s>"])
    assert tokenizer.encode("abba<s>") == [3, 1, 2, 4]
    assert tokenizer.encode("abc") == [3, 0]  # c is no token
    assert tokenizer.vocab_size == 5
    assert repr(tokenizer) == "PretrainedBPE(5 tokens, special: <s>)"


def test_the_longest_mark_is_found_first() -> None:
    tokenizer = PretrainedBPE(["<s>", "<s>x", "x"], [], ["<s>", "<s>x"])
    assert tokenizer.encode("<s>x<s>") == [1, 0]


def test_pickled_it_is_the_same() -> None:
    tokenizer = PretrainedBPE(*trained(), single_digits=True)
    again = pickle.loads(pickle.dumps(tokenizer))
    assert again.encode(ODD) == tokenizer.encode(ODD)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"tokens": []}, "tokens is empty"),
        ({"tokens": ["a", "a"]}, "there twice"),
        ({"special": ["<x>"]}, "special has '<x>', expected some of the tokens"),
        ({"merges": [("a", "b")]}, "merge 0 joins 'a' and 'b', but 'ab' is no token"),
        ({"unknown": 2}, "unknown is 2, expected an id below 2"),
    ],
)
def test_what_it_refuses(given, message) -> None:
    with pytest.raises(ValueError, match=message):
        PretrainedBPE(**{"tokens": ["a", "b"], "merges": []} | given)
