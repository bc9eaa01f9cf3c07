"""Exercises of notebook 12: right answers pass, likely wrong ones are told what is wrong."""

import re
from itertools import pairwise

import pytest
from tokenizers import Tokenizer, models

from lmteach.exercises import byte_pair_encoding as check
from lmteach.text.tokenizers.bpe import BPETokenizer, pretokens
from tests.exercises.saying import assert_right_and_blank, assert_told


def bytes_of(piece):
    data = piece.encode()
    return [data[place : place + 1] for place in range(len(data))]


def first_pair(tokens, ranks):
    for pair in sorted(ranks, key=ranks.get):
        if pair in list(pairwise(tokens)):
            return pair
    return ()


def join(tokens, pair):
    left = []
    for token in tokens:
        if left and (left[-1], token) == pair:
            left[-1] = pair[0] + pair[1]
        else:
            left.append(token)
    return left


def encode_piece(piece, ranks):
    """By going once through all merges in their order."""
    tokens = bytes_of(piece)
    for pair in sorted(ranks, key=ranks.get):
        tokens = join(tokens, pair)
    return tokens


def encode_text(text, ranks, numbers):
    ids = []
    for piece in pretokens(text):
        ids += [numbers[token] for token in encode_piece(piece, ranks)]
    return ids


def decode(ids, tokens):
    return b"".join([tokens[number] for number in ids]).decode(errors="replace")


def longest_first(piece, vocabulary):
    data = piece.encode("utf-8").decode("latin-1")
    tokens = sorted((token.decode("latin-1") for token in vocabulary), key=len, reverse=True)
    pattern = "|".join(map(re.escape, tokens))
    return [found.encode("latin-1") for found in re.findall(pattern, data, re.DOTALL)]


RIGHT = [
    ("bytes_of", bytes_of),
    ("first_pair", first_pair),
    ("join", join),
    ("encode_piece", encode_piece),
    ("encode_text", encode_text),
    ("decode", decode),
    ("longest_first", longest_first),
]


@pytest.mark.parametrize(("name", "right"), RIGHT)
def test_right_and_blank(name, right):
    assert_right_and_blank(check, name, right)


def test_every_exercise_is_tested():
    assert [name for name, _ in RIGHT] == list(check.EXERCISES)


def test_what_is_built_is_the_tokenizer_of_the_package():
    tokenizer = BPETokenizer.train("low low lower newest newest widest 狼 狼 000 000", 280)
    ranks = {pair: rank for rank, pair in enumerate(tokenizer.merges)}
    numbers = {token: number for number, token in enumerate(tokenizer.tokens)}
    for text in ("a lower one, 狼来了 00000", "newest  west\n", ""):
        assert encode_text(text, ranks, numbers) == tokenizer.encode(text)


def test_ranks_decide_in_the_library_too():
    merges = [("c", "d"), ("b", "cd"), ("b", "c"), ("a", "bc"), ("a", "b")]
    names = ["a", "b", "c", "d", "cd", "bcd", "bc", "abc", "ab"]
    vocabulary = {name: number for number, name in enumerate(names)}
    theirs = Tokenizer(models.BPE(vocabulary, merges))
    ranks = {(a.encode(), b.encode()): rank for rank, (a, b) in enumerate(merges)}
    assert theirs.encode("abcd").tokens == [b.decode() for b in encode_piece("abcd", ranks)]


def replace_first(tokens, pair):
    for place in range(len(tokens) - 1):
        if (tokens[place], tokens[place + 1]) == pair:
            return [*tokens[:place], pair[0] + pair[1], *tokens[place + 2 :]]
    return tokens


def joined_twice(tokens, pair):
    starts = {place for place, found in enumerate(pairwise(tokens)) if found == pair}
    kept = [place for place in range(len(tokens)) if place in starts or place - 1 not in starts]
    return [pair[0] + pair[1] if place in starts else tokens[place] for place in kept]


def leftmost(piece, ranks):
    tokens = bytes_of(piece)
    while found := [pair for pair in pairwise(tokens) if pair in ranks]:
        tokens = join(tokens, found[0])
    return tokens


def by_letters(piece, ranks):
    tokens = [letter.encode() for letter in piece]
    while pair := first_pair(tokens, ranks):
        tokens = join(tokens, pair)
    return tokens


def longest(piece, ranks):
    single = {bytes([byte]) for byte in range(256)}
    return longest_first(piece, {left + right for left, right in ranks} | single)


def from_the_right(piece, vocabulary):
    rest, found = piece.encode(), []
    while rest:
        fitting = next(n for n in range(len(rest), 0, -1) if rest[-n:] in vocabulary)
        found, rest = [rest[-fitting:], *found], rest[:-fitting]
    return found


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("bytes_of", list, "Those are letters"),
        ("bytes_of", lambda piece: list(piece.encode()), "Those are numbers"),
        ("bytes_of", lambda piece: [c.encode() for c in piece], "A letter can be several bytes"),
        ("bytes_of", lambda piece: [piece.encode()], "That is one token"),
        ("bytes_of", lambda piece: [bytes(b) for b in piece.encode()], "makes three zeros"),
        ("first_pair", lambda t, r: min(r, key=r.get), "Only neighbours in `tokens`"),
        (
            "first_pair",
            lambda t, r: max((p for p in pairwise(t) if p in r), key=r.get, default=()),
            "learned last",
        ),
        (
            "first_pair",
            lambda t, r: next((p for p in pairwise(t) if p in r), ()),
            "it is the lowest rank that decides",
        ),
        (
            "first_pair",
            lambda t, r: min(
                (p for p in zip(t[::2], t[1::2], strict=False) if p in r), key=r.get, default=()
            ),
            "in steps of two",
        ),
        (
            "first_pair",
            lambda t, r: min((p for p in pairwise(t) if p in r), default=()),
            "first in the alphabet",
        ),
        (
            "first_pair",
            lambda t, r: min((r[p] for p in pairwise(t) if p in r), default=()),
            "That is its rank",
        ),
        ("join", lambda tokens, pair: tokens, "Nothing was joined"),
        ("join", replace_first, "Only the first is joined"),
        ("join", joined_twice, "A token went into two pairs"),
        (
            "join",
            lambda t, p: join(t, p) if tuple(t[-2:]) == p else join(t, p)[:-1],
            "The last token is lost",
        ),
        (
            "join",
            lambda t, p: [p[0] + p[1] if q == p else q[0] for q in pairwise(t)] + t[-1:],
            "skip it, too",
        ),
        (
            "join",
            lambda t, p: [p if token == p[0] + p[1] else token for token in join(t, p)],
            "A pair stands where one token should",
        ),
        ("encode_piece", lambda piece, ranks: bytes_of(piece), "Nothing was merged at all"),
        (
            "encode_piece",
            lambda piece, ranks: join(bytes_of(piece), first_pair(bytes_of(piece), ranks)),
            "Go on after the first merge",
        ),
        ("encode_piece", leftmost, "the lowest rank goes first"),
        ("encode_piece", longest, "the longest token first"),
        ("encode_piece", by_letters, "with bytes, not with letters"),
        (
            "encode_text",
            lambda text, ranks, numbers: [numbers[b] for b in bytes_of(text)],
            "Nothing was merged at all",
        ),
        (
            "encode_text",
            lambda text, ranks, numbers: [numbers[b] for b in encode_piece(text, ranks)],
            "crosses from piece to piece",
        ),
        (
            "encode_text",
            lambda t, r, n: [n[b] for w in t.split() for b in encode_piece(w, r)],
            "The spaces are lost",
        ),
        (
            "encode_text",
            lambda t, r, n: [[n[b] for b in encode_piece(w, r)] for w in pretokens(t)],
            "one list of ids",
        ),
        (
            "encode_text",
            lambda t, r, n: [b for w in pretokens(t) for b in encode_piece(w, r)],
            "Those are the tokens;",
        ),
        (
            "encode_text",
            lambda t, r, n: [encode_piece(w, r) for w in pretokens(t)],
            "the tokens of each piece",
        ),
        (
            "decode",
            lambda ids, tokens: "".join(tokens[n].decode(errors="replace") for n in ids),
            "join all bytes first",
        ),
        ("decode", lambda ids, tokens: b"".join(tokens[n] for n in ids).decode(), "raised Unicode"),
        (
            "decode",
            lambda ids, tokens: b"".join(tokens[n] for n in ids).decode(errors="ignore"),
            "becomes �",
        ),
        (
            "decode",
            lambda ids, tokens: b"".join(tokens[n] for n in ids).decode("latin-1"),
            "The bytes are UTF-8",
        ),
        ("decode", lambda ids, tokens: b"".join(tokens[n] for n in ids), "Those are the bytes"),
        (
            "decode",
            lambda ids, tokens: b" ".join(tokens[n] for n in ids).decode(errors="replace"),
            "Nothing goes between tokens",
        ),
        ("longest_first", lambda piece, vocabulary: bytes_of(piece), "Those are all bytes"),
        ("longest_first", lambda p, v: longest_first(p, v)[:1], "go on with what is left"),
        ("longest_first", from_the_right, "at the end of the word"),
        (
            "longest_first",
            lambda p, v: longest_first(p, v) if p.isascii() else [p.encode()],
            "expected",
        ),
    ],
)
def test_wrong_answers_are_told_the_likely_mistake(name, wrong, hint):
    assert_told(check, name, wrong, hint)
