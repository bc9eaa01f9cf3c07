"""Symbols that can't be seen, written and said."""

from lmteach.plots.symbols import spoken, spoken_token, visible


def test_blanks_are_seen_and_said() -> None:
    assert [visible(symbol) for symbol in " \n\ta"] == ["␣", "⏎", "⇥", "a"]
    assert [spoken(symbol) for symbol in " \n\ta"] == ["space", "line end", "tab", "a"]


def test_tokens_are_said_with_their_blanks() -> None:
    said = [spoken_token(name) for name in (" the", "\n", "a\tb", "", "<b>")]
    assert said == ["space the", "line end", "a tab b", "nothing", "<b>"]
