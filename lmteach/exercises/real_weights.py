"""The checks of notebook 16: a block of 4 bits unpacked, means over what is there, a search."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lmteach.exercises.feedback import exercise, expect

EXERCISES = (
    "two_numbers",
    "whole_numbers",
    "half",
    "unpack_block",
    "kept_mean",
    "nearest",
    "key_head_of",
    "conversation",
)

Array = np.ndarray[Any, np.dtype[Any]]
SYSTEM = {  # what SmolLM2's template puts before a conversation
    "role": "system",
    "content": "You are a helpful AI assistant named SmolLM, trained by Hugging Face",
}


@exercise
def two_numbers(answer: Callable[[int], tuple[int, int]]) -> None:
    """Check ``two_numbers(byte)``: the lower half of a byte and the upper one, 0 to 15 each.

    >>> two_numbers(lambda byte: (byte // 16, byte % 16))
    two_numbers: for (154) you gave (9, 10), expected (10, 9). The lower half comes first.
    """
    expect(
        answer,
        [(0x9A,), (0x0F,), (0xF0,), (7,), (0x70,)],
        lambda byte: (byte & 0x0F, byte >> 4),
        slips=[
            (lambda byte: (byte >> 4, byte & 0x0F), "The lower half comes first."),
            (
                lambda byte: (byte & 0x0F, byte & 0xF0),
                "The upper half is still 16 times too large: shift it down by four bits.",
            ),
            (lambda byte: (byte % 10, byte // 10), "Halves of the *bits*: there are 16 numbers."),
            (lambda byte: (byte % 16, byte / 16), "Whole numbers, please: `//` rounds down."),
            (lambda byte: (byte % 15, byte // 15), "0 to 15 are sixteen numbers: divide by 16."),
        ],
    )


def _whole(packed: Array) -> Array:
    return np.concatenate([packed & 0x0F, packed >> 4]).astype(int)


@exercise
def whole_numbers(answer: Callable[[Array], Array]) -> None:
    """Check ``whole_numbers(packed)``: 32 numbers from 16 bytes, all lower halves first.

    >>> whole_numbers(lambda packed: np.stack([packed & 15, packed >> 4], 1).ravel())
    ... # doctest: +ELLIPSIS
    whole_numbers: for (...) you gave ..., expected ... Not byte by byte: ...
    """
    rng = np.random.default_rng(0)
    rising = np.arange(0, 256, 17, dtype=np.uint8)[::-1].copy()
    rising[0] = 0x1E
    expect(
        answer,
        [(rng.integers(0, 256, 16).astype(np.uint8),), (rising,)],
        _whole,
        slips=[
            (
                lambda packed: np.stack([packed & 0x0F, packed >> 4], axis=1).ravel(),
                "Not byte by byte: all lower halves come first, then all upper ones.",
            ),
            (
                lambda packed: np.concatenate([packed >> 4, packed & 0x0F]),
                "The lower halves are the first 16 numbers, the upper ones the last.",
            ),
            (
                lambda packed: np.concatenate([packed & 0x0F, packed & 0xF0]),
                "The upper halves are still 16 times too large: shift them down by four bits.",
            ),
            (
                lambda packed: np.stack([packed & 0x0F, packed >> 4]),
                "One row of 32, please: `np.concatenate` joins the two.",
            ),
            (
                lambda packed: (packed & 0x0F) + (packed >> 4),
                "`+` adds the arrays number by number; `np.concatenate` joins them.",
            ),
            (
                lambda packed: np.concatenate([packed % 16, packed / 16]),
                "Whole numbers, please: `//` rounds down.",
            ),
        ],
    )


def _half(pair: Array) -> float:
    return float(pair.copy().view("<f2")[0])


def _always_normal(pair: Array) -> float:
    """Half precision by its bits, without what is said of the smallest numbers."""
    bits = int(pair[0]) + 256 * int(pair[1])
    sign, power, digits = bits >> 15, bits >> 10 & 31, bits & 1023
    return float((-1) ** sign * (1 + digits / 1024) * 2.0 ** (power - 15))


@exercise
def half(answer: Callable[[Array], float]) -> None:
    """Check ``half(pair)``: two bytes are one number in half precision, the lower byte first.

    >>> half(lambda pair: int(pair[0]) + 256 * int(pair[1]))
    half: for ([ 0 60]) you gave 15360, expected 1. That is the whole number of these bits; read \
them as a float: `pair.view(np.float16)`.
    """
    expect(
        answer,
        [
            (np.array([0x00, 0x3C], dtype=np.uint8),),
            (np.array([0x66, 0x2E], dtype=np.uint8),),
            (np.array([0x00, 0xC2], dtype=np.uint8),),
            (np.array([0x00, 0x00], dtype=np.uint8),),
        ],
        _half,
        slips=[
            (
                lambda pair: int(pair[0]) + 256 * int(pair[1]),
                "That is the whole number of these bits; read them as a float: "
                "`pair.view(np.float16)`.",
            ),
            (lambda pair: _half(pair[::-1]), "The lower byte comes first in the file."),
            (
                lambda pair: pair.astype(np.float16),
                "`astype` makes a float of each byte; `view` reads both as one.",
            ),
            (
                lambda pair: pair.copy().view("<f2"),
                "An array with one number in it: take that number out, `[0]`.",
            ),
            (
                _always_normal,
                "Where the five bits of the power are 0, no 1 stands before the digits. NumPy "
                "knows it: `pair.view(np.float16)`.",
            ),
        ],
    )


def _block(block: Array, order: Callable[[Array], Array] = _whole) -> Array:
    return _half(block[:2]) * order(block[4:]) + _half(block[2:4])


@exercise
def unpack_block(answer: Callable[[Array], Array]) -> None:
    """Check ``unpack_block(block)``: the 32 numbers of 20 bytes, equation 16.1.

    >>> unpack_block(lambda block: _half(block[:2]) * _whole(block[4:]))  # doctest: +ELLIPSIS
    unpack_block: for (...) you gave ..., expected ... Where is the least number of the block, m?
    """
    rng = np.random.default_rng(0)
    blocks = []
    for scale, least in ((0.25, -2.0), (0.0078125, 0.5)):
        ends = np.array([scale, least], dtype="<f2").view(np.uint8)
        blocks.append((np.concatenate([ends, rng.integers(0, 256, 16).astype(np.uint8)]),))

    def neighbours(packed: Array) -> Array:
        return np.stack([packed & 0x0F, packed >> 4], axis=1).ravel().astype(int)

    expect(
        answer,
        blocks,
        _block,
        slips=[
            (
                lambda block: _half(block[:2]) * _whole(block[4:]),
                "Where is the least number of the block, m?",
            ),
            (
                lambda block: _half(block[2:4]) * _whole(block[4:]) + _half(block[:2]),
                "The scale is the first pair of bytes, the least number the second.",
            ),
            (
                lambda block: _half(block[:2]) * (_whole(block[4:]) + _half(block[2:4])),
                "The least number is added after the scale has multiplied, not before.",
            ),
            (
                lambda block: _half(block[:2]) * (_whole(block[4:]) - 8),
                "That is the format Q4_0; here a least number stands behind the scale.",
            ),
            (
                lambda block: _half(block[:2]) * _whole(block[4:]) - _half(block[2:4]),
                "The least number is added: it is what u = 0 stands for.",
            ),
            (
                lambda block: float(block[0]) * _whole(block[4:]) + float(block[1]),
                "Scale and least are two bytes each: `half` of step 3 reads them.",
            ),
            (
                lambda block: _half(block[:2]) * (block[4:] & 0x0F) + _half(block[2:4]),
                "Those are the lower halves alone; the upper ones are 16 numbers more.",
            ),
            (
                lambda block: _block(block, lambda packed: np.roll(_whole(packed), 16)),
                "The lower halves are the first 16 numbers, the upper ones the last.",
            ),
            (
                lambda block: _block(block, neighbours),
                "The numbers are in another order: all lower halves first.",
            ),
        ],
    )


def _mean(vectors: Array, mask: Array) -> Array:
    kept = vectors * mask[..., None]
    return np.asarray(kept.sum(axis=1) / mask.sum(axis=1, keepdims=True))


@exercise
def kept_mean(answer: Callable[[Array, Array], Array]) -> None:
    """Check ``kept_mean(vectors, mask)``: the mean over the places that are no padding.

    >>> kept_mean(lambda vectors, mask: vectors.mean(axis=1))  # doctest: +ELLIPSIS
    kept_mean: for (...) you gave ..., expected ... That is the mean over padding, too.
    """
    rng = np.random.default_rng(0)
    cases = []
    for lengths in ((3, 2), (2, 4, 1)):  # B = D: a forgotten keepdims divides, and wrongly
        mask = np.arange(4) < np.array(lengths)[:, None]
        cases.append((rng.normal(size=(len(lengths), 4, len(lengths))).round(2), mask))
    expect(
        answer,
        cases,
        _mean,
        slips=[
            (lambda vectors, mask: vectors.mean(axis=1), "That is the mean over padding, too."),
            (
                lambda vectors, mask: (vectors * mask[..., None]).mean(axis=1),
                "The sum is right; divide it by how many places are kept, not by all.",
            ),
            (
                lambda vectors, mask: (vectors * mask[..., None]).sum(axis=1),
                "That is the sum: divide by how many places are kept.",
            ),
            (
                lambda vectors, mask: (vectors * mask[..., None]).sum(axis=1) / mask.sum(),
                "Divide each text by its own number of places, not by that of the batch.",
            ),
            (
                lambda vectors, mask: vectors[mask].mean(axis=0),
                "That is one mean for all texts: each text needs its own.",
            ),
            (
                lambda vectors, mask: (vectors * mask[..., None]).sum(axis=1) / mask.sum(axis=1),
                "That divides each column. Each text, a row, has its own number: make it "
                "(B, 1), by `keepdims=True`.",
            ),
            (
                lambda vectors, mask: (
                    (vectors * ~mask[..., None]).sum(axis=1) / (~mask).sum(axis=1)[:, None].clip(1)
                ),
                "That is the mean of the padding: the mask is True where a token is.",
            ),
        ],
    )


def _cosines(query: Array, documents: Array) -> Array:
    lengths = np.linalg.norm(documents, axis=1) * np.linalg.norm(query)
    return np.asarray(documents @ query / lengths)


@exercise
def nearest(answer: Callable[[Array, Array, int], Sequence[int]]) -> None:
    """Check ``nearest(query, documents, k)``: places of the largest cosines, the best first.

    >>> nearest(lambda query, documents, k: np.argsort(-documents @ query)[:k].tolist())
    ... # doctest: +ELLIPSIS
    nearest: for (...) you gave ..., expected ... A long vector wins by its length: ...
    """
    query = np.array([1.0, 2.0])
    documents = np.array([[4.0, 0.5], [1.0, 2.1], [-1.0, -2.0], [0.2, 0.3], [6.0, 6.0]])

    def best(scores: Array, k: int) -> list[int]:
        return [int(place) for place in np.argsort(-scores, kind="stable")[:k]]

    def listed(*given: Any) -> Any:
        places = answer(*given)
        return places.tolist() if isinstance(places, np.ndarray) else places

    expect(
        listed,
        [(query, documents, 3), (query, documents, 1), (-query, documents, 2)],
        lambda query, documents, k: best(_cosines(query, documents), k),
        slips=[
            (
                lambda query, documents, k: best(documents @ query, k),
                "A long vector wins by its length: divide by the lengths, for the cosine.",
            ),
            (
                lambda query, documents, k: best(-_cosines(query, documents), k),
                "The worst first: `np.argsort` begins with the smallest.",
            ),
            (
                lambda query, documents, k: best(_cosines(query, documents), k)[::-1],
                "These are the right ones, from the last to the first.",
            ),
            (
                lambda query, documents, k: np.sort(-_cosines(query, documents))[:k] * -1,
                "Those are the cosines; asked are the places, by `np.argsort`.",
            ),
            (
                lambda query, documents, k: best(_cosines(query, documents), len(documents)),
                "All of them: only the `k` best are asked for.",
            ),
            (
                lambda query, documents, k: best(-np.linalg.norm(documents - query, axis=1), k),
                "Those are the smallest distances; asked are the largest cosines.",
            ),
            (
                lambda query, documents, k: [
                    place + 1 for place in best(_cosines(query, documents), k)
                ],
                "Places are counted from 0.",
            ),
            (
                lambda query, documents, k: documents[best(_cosines(query, documents), k)],
                "Those are the vectors; asked are their places.",
            ),
        ],
    )


@exercise
def key_head_of(answer: Callable[[int, int, int], int]) -> None:
    """Check ``key_head_of(head, heads, key_heads)``: which key head a query head reads.

    >>> key_head_of(lambda head, heads, key_heads: head % key_heads)
    key_head_of: for (1, 9, 3) you gave 1, expected 0. Neighbours share a key head: q₁, q₂ and q₃ \
all read k₁.
    """
    expect(
        answer,
        [(0, 9, 3), (1, 9, 3), (3, 9, 3), (8, 9, 3), (5, 8, 2), (3, 4, 4), (3, 4, 1)],
        lambda head, heads, key_heads: head // (heads // key_heads),
        slips=[
            (
                lambda head, heads, key_heads: head % key_heads,
                "Neighbours share a key head: q₁, q₂ and q₃ all read k₁.",
            ),
            (
                lambda head, heads, key_heads: head // key_heads,
                "Divide by how many share one: that is heads / key_heads.",
            ),
            (
                lambda head, heads, key_heads: head * key_heads / heads,
                "A whole number, please: `//` divides and rounds down.",
            ),
            (
                lambda head, heads, key_heads: head // 3,
                "Three share one in the drawing; in general heads / key_heads do.",
            ),
            (
                lambda head, heads, key_heads: head // (heads // key_heads) + 1,
                "The key heads are numbered from 0, too.",
            ),
        ],
    )


def _said(
    messages: Sequence[dict[str, str]], newline: str = "\n", end: str = "<|im_end|>\n"
) -> str:
    return "".join(
        f"<|im_start|>{message['role']}{newline}{message['content']}{end}" for message in messages
    )


@exercise
def conversation(answer: Callable[[Sequence[dict[str, str]]], str]) -> None:
    """Check ``conversation(messages)``: the text up to where the answer is to begin.

    >>> conversation(_said)  # doctest: +ELLIPSIS
    conversation: for (...) you gave ..., expected ... Open the assistant's turn, or it goes on ...
    """
    opened = "<|im_start|>assistant\n"
    one = [{"role": "user", "content": "Hi"}]
    several = [
        {"role": "system", "content": "Be short."},
        *one,
        {"role": "assistant", "content": "Hello!"},
        {"role": "user", "content": "Who are you?"},
    ]
    expect(
        answer,
        [(one,), (several,)],
        lambda messages: _said(messages) + opened,
        slips=[
            (_said, "Open the assistant's turn, or it goes on with anybody's."),
            (
                lambda messages: _said(messages) + opened.rstrip(),
                "After the word assistant comes a line break, too.",
            ),
            (
                lambda messages: _said(messages, end="<|im_end|>") + opened,
                "Behind each <|im_end|> comes a line break.",
            ),
            (
                lambda messages: _said(messages, newline=" ") + opened,
                "Between role and content comes a line break.",
            ),
            (
                lambda messages: _said(messages, newline=": ") + opened,
                "Between role and content comes a line break, nothing else.",
            ),
            (
                lambda messages: _said(messages, end="\n<|im_end|>\n") + opened,
                "Between content and <|im_end|> comes nothing.",
            ),
            (
                lambda messages: "".join(_said([message]) + opened for message in messages),
                "Open the assistant's turn once, behind all messages, not behind each.",
            ),
            (
                lambda messages: _said(messages) + opened + "<|im_end|>\n",
                "The assistant's turn is closed already: then it has nothing to say.",
            ),
            (
                lambda messages: (
                    _said([message | {"role": "user"} for message in messages]) + opened
                ),
                "Each message has a role of its own.",
            ),
            (
                lambda messages: _said(messages[-1:]) + opened,
                "All messages: what isn't in the text the model doesn't remember.",
            ),
            (
                lambda messages: _said([SYSTEM, *messages]) + opened,
                "Only the messages: the sentence about the system is left out here.",
            ),
        ],
    )
