"""Tokens of any text, merge by merge: what the browser gets, the picture, and what is refused."""

import html

import matplotlib.pyplot as plt
import pytest

from lmteach.text.tokenizers.bpe import BPETokenizer
from lmteach.widgets.token_view import TokenView, legible

TOKENIZER = BPETokenizer.train("low lower lowest 狼来了 狼狼 slow\n" * 3, 272)
TEXT = "a <b>low</b> $狼$ 虎\n"


def test_tokens_after_each_merge_are_those_of_fewer_merges() -> None:
    view = TokenView(TOKENIZER, TEXT)
    assert view.step == len(TOKENIZER.merges) == 16
    assert b"".join(view.tokens) == TEXT.encode()
    assert view.tokens == [TOKENIZER.tokens[number] for number in TOKENIZER.encode(TEXT)]
    counts = []
    for step in range(17):
        view.set_state({"step": step})  # what a message from the browser does
        counts.append(len(view.tokens))
    assert counts[0] == len(TEXT.encode())
    assert counts == sorted(counts, reverse=True)
    view.set_state({"text": "low", "step": 1})
    assert view.tokens == [b"lo", b"w"]


def test_bytes_go_to_the_browser_as_latin_1() -> None:
    state = TokenView(TOKENIZER, TEXT).get_state()
    merges = [tuple(part.encode("latin-1") for part in pair) for pair in state["_merges"]]
    assert merges == TOKENIZER.merges
    assert [token.encode("latin-1") for token in state["_vocabulary"]] == list(TOKENIZER.tokens)
    assert state["_esm"].count("export default { render };") == 1
    assert ".token-view" in state["_css"]


def test_picture_and_words() -> None:
    view = TokenView(TOKENIZER, TEXT)
    figure = view.picture()
    assert [text.get_text() for text in figure.axes[0].texts] == list(map(legible, view.tokens))
    figure.canvas.draw()
    plt.close(figure)
    assert view.alt.startswith(f"A text of {len(TEXT)} characters after 16 merges: ")
    assert f"{len(view.tokens)} tokens" in view.alt
    assert "| ␣ | < | b | > |" in view.alt
    data, _ = view._repr_mimebundle_()
    assert f'alt="{html.escape(view.alt)}"' in data["text/html"]
    assert data["text/html"].count("<") == 1


def test_no_text_at_all() -> None:
    view = TokenView(TOKENIZER, "")
    plt.close(view.picture())
    assert view.tokens == []
    assert "0 tokens" in view.alt


def test_tokens_are_legible() -> None:
    assert [legible(token) for token in (b" the", "é".encode(), b"\xc3", b"\n", b"\t")] == [
        "␣the",
        "é",
        "‹c3›",
        "⏎",
        "⇥",
    ]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"step": 17}, "step is 17, expected 0 to 16"),
        ({"step": -1}, "step is -1"),
        ({"text": "a" * 2001}, "text has 2001 characters, expected at most 2000"),
    ],
)
def test_what_can_not_be_shown(changed: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        TokenView(**{"tokenizer": TOKENIZER, "text": TEXT, **changed})  # type: ignore[arg-type]
