"""Exercises of notebook 16: right answers pass, likely wrong ones are told what is wrong."""

import struct

import gguf
import numpy as np
import pytest
import torch

from lmteach.exercises import real_weights as check
from lmteach.models.llama.files import TINY_LLAMA
from lmteach.models.llama.gguf import read_gguf
from lmteach.models.llama.reading import chat_template_of
from tests.exercises.saying import assert_right_and_blank, assert_told


def two_numbers(byte):
    upper, lower = divmod(byte, 16)
    return lower, upper


def whole_numbers(packed):
    return [int(byte) % 16 for byte in packed] + [int(byte) // 16 for byte in packed]


def half(pair):
    return struct.unpack("<e", bytes(pair))[0]


def unpack_block(block):
    return gguf.dequantize(block[None], gguf.GGMLQuantizationType.Q4_1)[0].astype(float)


def kept_mean(vectors, mask):
    return np.stack([own[kept].mean(axis=0) for own, kept in zip(vectors, mask, strict=True)])


def cosines(query, documents):
    return torch.cosine_similarity(torch.tensor(documents), torch.tensor(query)[None])


def nearest(query, documents, k):
    return cosines(query, documents).topk(k).indices


def key_head_of(head, heads, key_heads):
    return torch.arange(key_heads).repeat_interleave(heads // key_heads)[head].item()


def conversation(messages):
    return chat_template_of(read_gguf(TINY_LLAMA).settings)(messages)


RIGHT = [
    ("two_numbers", two_numbers),
    ("whole_numbers", whole_numbers),
    ("half", half),
    ("unpack_block", unpack_block),
    ("kept_mean", kept_mean),
    ("nearest", nearest),
    ("key_head_of", key_head_of),
    ("conversation", conversation),
]


@pytest.mark.parametrize(("name", "right"), RIGHT)
def test_right_and_blank(name, right):
    assert_right_and_blank(check, name, right)


def test_every_exercise_is_tested():
    assert [name for name, _ in RIGHT] == list(check.EXERCISES)


def scaled(block):
    return np.frombuffer(block[:2].tobytes(), "<f2").astype(float)


def least(block):
    return np.frombuffer(block[2:4].tobytes(), "<f2").astype(float)


def digits_behind_a_one(pair):
    bits = int.from_bytes(bytes(pair), "little")
    return (1 - 2 * (bits >> 15)) * (1 + bits % 1024 / 1024) * 2 ** (bits // 1024 % 32 - 15)


def numbers(block):
    return np.array(whole_numbers(block[4:]))


def turns(messages, role=None, after_role="\n", after_end="\n"):
    text = ""
    for message in messages:
        text += "<|im_start|>" + (role or message["role"]) + after_role
        text += message["content"] + "<|im_end|>" + after_end
    return text


def with_system(messages):
    words = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
    return turns([{"role": "system", "content": words}, *messages])


OPEN = "<|im_start|>assistant"


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("two_numbers", lambda byte: divmod(byte, 16), "lower half comes first"),
        ("two_numbers", lambda byte: (byte % 16, byte - byte % 16), "shift it down"),
        ("two_numbers", lambda byte: (byte % 10, byte // 10), "Halves of the *bits*"),
        ("two_numbers", lambda byte: (byte % 16, byte / 16), "`//` rounds down"),
        ("two_numbers", lambda byte: (byte % 15, byte // 15), "divide by 16"),
        ("whole_numbers", lambda p: [n for b in p for n in two_numbers(int(b))], "byte by byte"),
        ("whole_numbers", lambda p: np.roll(whole_numbers(p), 16), "are the first 16"),
        ("whole_numbers", lambda p: [b % 16 for b in p] + [b - b % 16 for b in p], "shift them"),
        ("whole_numbers", lambda p: [[b % 16 for b in p], [b // 16 for b in p]], "One row of 32"),
        ("whole_numbers", lambda p: p % 16 + p // 16, "`np.concatenate` joins them"),
        ("whole_numbers", lambda p: [b % 16 for b in p] + [b / 16 for b in p], "`//` rounds"),
        ("half", lambda pair: int.from_bytes(bytes(pair), "little"), "read them as a float"),
        ("half", lambda pair: struct.unpack(">e", bytes(pair))[0], "lower byte comes first"),
        ("half", lambda pair: [float(byte) for byte in pair], "`view` reads both"),
        ("half", lambda pair: np.frombuffer(bytes(pair), "<f2"), "take that number out"),
        ("half", digits_behind_a_one, "no 1 stands before"),
        ("unpack_block", lambda b: scaled(b) * numbers(b), "Where is the least"),
        ("unpack_block", lambda b: least(b) * numbers(b) + scaled(b), "first pair of bytes"),
        ("unpack_block", lambda b: scaled(b) * (numbers(b) + least(b)), "after the scale"),
        ("unpack_block", lambda b: scaled(b) * (numbers(b) - 8), "format Q4_0"),
        ("unpack_block", lambda b: scaled(b) * numbers(b) - least(b), "The least number is added"),
        ("unpack_block", lambda b: b[0] * numbers(b).astype(float) + b[1], "two bytes each"),
        ("unpack_block", lambda b: scaled(b) * numbers(b)[:16] + least(b), "lower halves alone"),
        ("unpack_block", lambda b: np.roll(unpack_block(b), 16), "are the first 16"),
        (
            "unpack_block",
            lambda b: scaled(b) * [n for x in b[4:] for n in two_numbers(int(x))] + least(b),
            "another order",
        ),
        ("kept_mean", lambda v, m: v.sum(axis=1) / v.shape[1], "over padding, too"),
        ("kept_mean", lambda v, m: np.einsum("btd,bt->bd", v, m) / v.shape[1], "not by all"),
        ("kept_mean", lambda v, m: np.einsum("btd,bt->bd", v, m), "That is the sum"),
        ("kept_mean", lambda v, m: np.einsum("btd,bt->bd", v, m) / m.sum(), "of the batch"),
        ("kept_mean", lambda v, m: v[m].sum(axis=0) / m.sum(), "one mean for all"),
        ("kept_mean", lambda v, m: np.einsum("btd,bt->bd", v, m) / m.sum(1), "`keepdims=True`"),
        ("kept_mean", lambda v, m: kept_mean(v, ~m), "mean of the padding"),
        ("nearest", lambda q, d, k: (d @ q).argsort()[::-1][:k], "wins by its length"),
        ("nearest", lambda q, d, k: nearest(-q, d, k), "The worst first"),
        ("nearest", lambda q, d, k: nearest(q, d, k).flip(0), "from the last to the first"),
        ("nearest", lambda q, d, k: nearest(q, d, 5), "only the `k` best"),
        ("nearest", lambda q, d, k: ((d - q) ** 2).sum(1).argsort()[:k], "smallest distances"),
        ("nearest", lambda q, d, k: nearest(q, d, k) + 1, "counted from 0"),
        ("nearest", lambda q, d, k: d[nearest(q, d, k).tolist()], "Those are the vectors"),
        (
            "nearest",
            lambda q, d, k: cosines(q, d).topk(k).values,
            "Those are the cosines",
        ),
        ("key_head_of", lambda head, heads, key_heads: head % key_heads, "Neighbours share"),
        ("key_head_of", lambda head, heads, key_heads: head // key_heads, "how many share one"),
        ("key_head_of", lambda head, heads, key_heads: head / (heads / key_heads), "whole number"),
        ("key_head_of", lambda head, heads, key_heads: head // 3, "in the drawing"),
        ("key_head_of", lambda *numbers: key_head_of(*numbers) + 1, "numbered from 0"),
        ("conversation", turns, "Open the assistant's turn"),
        ("conversation", lambda m: turns(m) + OPEN, "comes a line break, too"),
        ("conversation", lambda m: turns(m, after_end="") + OPEN + "\n", "Behind each"),
        ("conversation", lambda m: turns(m, after_role=" ") + OPEN + "\n", "Between role"),
        ("conversation", lambda m: turns(m, after_role=": ") + OPEN + "\n", "nothing else"),
        (
            "conversation",
            lambda m: turns(m).replace("<|im_end|>", "\n<|im_end|>") + OPEN + "\n",
            "comes nothing",
        ),
        (
            "conversation",
            lambda m: "".join(turns([one]) + OPEN + "\n" for one in m),
            "once, behind all",
        ),
        ("conversation", lambda m: turns(m) + OPEN + "\n<|im_end|>\n", "is closed already"),
        ("conversation", lambda m: turns(m, role="user") + OPEN + "\n", "a role of its own"),
        ("conversation", lambda m: turns(m[-1:]) + OPEN + "\n", "All messages"),
        ("conversation", lambda m: with_system(m) + OPEN + "\n", "is left out here"),
    ],
)
def test_wrong_answers_are_told_what_is_wrong(name, wrong, hint):
    assert_told(check, name, wrong, hint)
