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
from lmteach.text.tokenizers.cuts import CUTS
from lmteach.text.tokenizers.pretrained_bpe import PretrainedBPE
from tests.real_files import needs

ODD = (
    "naïve café 狼来了 👩‍🚀 ½ ٣٤ 1984-12  3,000.5 don't  stop\n\n\tx == 10000;<|im_start|>user\n"
    "hi<|im_end|> <|im_end|><|endoftext|>x"
)


LLAMA = (  # as the tokenizer.json of Llama 3 has it, with how many digits go together
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|DIGITS| ?[^\s\p{L}\p{N}]+[\r\n]*|"
    r"\s*[\r\n]+|\s+(?!\S)|\s+"
)
TEKKEN = (  # as that of Mistral Nemo has it
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|"
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def split(pattern):
    """What cuts by a pattern, there."""
    return pre_tokenizers.Split(tokenizers.Regex(pattern), behavior="isolated")


def byte_level(cuts):
    """What makes bytes of the pieces, there; without other cuts, GPT-2's pattern cuts."""
    return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=cuts)


THEIR_CUTS = {
    "gpt-2": [byte_level(True)],
    "smollm": [pre_tokenizers.Digits(individual_digits=True), byte_level(True)],
    "llama-bpe": [split(LLAMA.replace("DIGITS", r"\p{N}{1,3}")), byte_level(False)],
    "qwen2": [split(LLAMA.replace("DIGITS", r"\p{N}")), byte_level(False)],
    "tekken": [split(TEKKEN), byte_level(False)],
}
EACH_CUT = pytest.mark.parametrize("cut", CUTS)


def of_tokenizers(tokens, merges, special, cut):
    """Hugging Face's tokenizer with the same lists, as those of files are put together."""
    ids = {token: number for number, token in enumerate(tokens)}
    whole = cut in ("llama-bpe", "tekken")
    tokenizer = tokenizers.Tokenizer(models.BPE(ids, merges, ignore_merges=whole))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(THEIR_CUTS[cut])
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


@EACH_CUT
@pytest.mark.parametrize(
    "text",
    [wikipedia().valid[:20_000], "\n".join(map(str, dialogues("chinese")))[:3000], ODD],
    ids=["English", "Chinese", "odd"],
)
def test_ids_are_those_of_tokenizers(text, cut):
    tokens, merges, marks = trained()
    ours = PretrainedBPE(tokens, merges, marks, cut=cut)
    theirs = of_tokenizers(tokens, merges, marks, cut)
    assert ours.encode(text) == theirs.encode(text).ids
    assert ours.decode(ours.encode(text)) == text


# What the cuts tell apart: letters, digits, marks, blanks and ends of lines, close together.
SIGNS = st.sampled_from(
    [*"aZéſß狼ก́1٣½²,.'/-_ \t\r\n\x0b\x85\u00a0\u3000", "'s", "'LL", "  ", "\n\n"]
)


@EACH_CUT
@given(text=st.lists(SIGNS).map("".join) | st.text())
def test_pieces_are_those_of_tokenizers(text, cut):
    ours = list(PretrainedBPE(["a"], [], cut=cut).pieces(text))
    theirs = pre_tokenizers.Sequence(THEIR_CUTS[cut]).pre_tokenize_str(text)
    assert ours == [text[begin:end] for _, (begin, end) in theirs]
    assert "".join(ours) == text


def test_a_piece_that_is_a_token_is_taken_whole_by_some_cuts() -> None:
    tokens, merges = ["a", "b", "c", "ab", "abc", "<s>"], [("a", "b")]
    for cut, expected in {"llama-bpe": [4], "tekken": [4], "qwen2": [3, 2]}.items():
        ours = PretrainedBPE(tokens, merges, ["<s>"], cut=cut)
        assert (
            ours.encode("abc")
            == expected
            == of_tokenizers(tokens, merges, [], cut).encode("abc").ids
        )
        assert ours.encode("s", special=False) == [0]  # a mark is never a piece


def test_the_first_token_stands_before_a_text_and_nowhere_else() -> None:
    ours = PretrainedBPE(["<s>", "a", "</s>"], [], ["<s>", "</s>"], first=0)
    assert ours.encode("a</s>a") == [0, 1, 2, 1]
    assert ours.encode("<s>a") == [0, 1]  # it is there
    assert ours.encode("a", begin=False) == [1]
    assert ours.encode("") == [0]
    assert ours.decode([0, 1, 0, 1]) == "a<s>a"
    assert ours.decode([1, 1]) == "aa"


@needs(SMOLLM2)
def test_ids_of_smollm2_are_those_of_tokenizers() -> None:
    settings = read_gguf(smollm2_file()).settings
    ours = tokenizer_of(settings)
    tokens = settings["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ")) for merge in settings["tokenizer.ggml.merges"]]
    theirs = of_tokenizers(tokens, merges, list(ours.special), "smollm")
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
    tokenizer = PretrainedBPE(*trained(), cut="llama-bpe", first=2)
    again = pickle.loads(pickle.dumps(tokenizer))
    assert again.encode(ODD) == tokenizer.encode(ODD)
    assert again.first == 2


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"tokens": []}, "tokens is empty"),
        ({"tokens": ["a", "a"]}, "there twice"),
        ({"special": ["<x>"]}, "special has '<x>', expected some of the tokens"),
        ({"merges": [("a", "b")]}, "merge 0 joins 'a' and 'b', but 'ab' is no token"),
        ({"unknown": 2}, "unknown is 2, expected an id below 2"),
        ({"first": 2}, "first is 2, expected an id below 2"),
        ({"cut": "llama"}, "cut is 'llama', expected one of 'gpt-2', 'smollm', 'llama-bpe'"),
    ],
)
def test_what_it_refuses(given, message) -> None:
    with pytest.raises(ValueError, match=message):
        PretrainedBPE(**{"tokens": ["a", "b"], "merges": []} | given)
