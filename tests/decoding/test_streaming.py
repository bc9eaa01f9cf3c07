"""Text while it is written: whole characters only, and nothing lost."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lmteach.decoding.sampling import HALF, greedy, likeliest, stream, text_pieces
from tests.decoding.twins import MODEL, prompts


def write(ids):
    return bytes(ids).decode(errors="replace")


@given(st.text(max_size=30))
def test_of_a_text_every_character_comes_whole(text):
    """The mark for half a character, if it is in the text, waits for what follows."""
    pieces = list(text_pieces(text.encode(), write))
    assert "".join(pieces) == text
    if HALF not in text:
        assert pieces == list(text)


@given(st.lists(st.integers(0, 255), max_size=12), st.text("aé日🙂", max_size=6))
def test_nothing_is_lost_of_bytes_that_are_no_text(ids, text):
    ids = [*ids, *text.encode(), 240]
    assert "".join(text_pieces(ids, write)) == write(ids)


def test_by_hand():
    assert list(text_pieces("a日b".encode(), write)) == ["a", "日", "b"]
    assert list(text_pieces([97, 230, 151], write)) == ["a", HALF]
    assert list(text_pieces([], write)) == []


def test_pieces_come_while_the_model_writes():
    asked = []

    def choose(logits, seen):
        asked.append(seen)
        return torch.tensor([len(asked)])

    pieces = text_pieces(
        stream(MODEL, prompts(0, rows=1), 3, choose), lambda ids: "abcd"[: len(ids)]
    )
    assert next(pieces) == "a"
    assert len(asked) == 1
    assert list(pieces) == ["b", "c"]
    tokens = stream(MODEL, prompts(0, rows=1), 9, likeliest())
    expected = greedy(MODEL, prompts(0, rows=1), 9)[0].tolist()
    letters = "".join(chr(97 + token) for token in expected)
    assert (
        "".join(text_pieces(tokens, lambda ids: "".join(chr(97 + token) for token in ids)))
        == letters
    )


@pytest.mark.parametrize("answer", [None, 3, "abc", torch.tensor([0.5]), torch.tensor([[1]])])
def test_a_chooser_that_returns_no_token_for_each_row_is_named(answer):
    with pytest.raises(ValueError, match=r"choose returned .* next token of each row"):
        list(stream(MODEL, prompts(0, rows=1), 3, lambda logits, seen: answer))


@pytest.mark.parametrize("end", [-1, MODEL.config.vocab_size])
def test_an_end_that_is_in_no_vocabulary_never_comes(end):
    with pytest.raises(ValueError, match=f"end is {end}, expected an id of the vocabulary"):
        greedy(MODEL, prompts(0), 3, end=end)


@pytest.mark.parametrize("answer", [None, 3, ["a"]])
def test_a_decoder_that_returns_no_text_is_named(answer):
    with pytest.raises(ValueError, match=r"decode returned .* expected the text of the tokens"):
        list(text_pieces([72], lambda ids: answer))


def test_a_token_that_writes_nothing_gives_no_piece():
    assert list(text_pieces([1, 0, 2], lambda ids: "".join("-ab"[i] for i in ids if i))) == [
        "a",
        "b",
    ]
