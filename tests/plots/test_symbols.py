"""Symbols that can't be seen, written and said."""

from lmteach.plots.symbols import spoken, visible


def test_blanks_are_seen_and_said() -> None:
    assert [visible(symbol) for symbol in " \n\ta"] == ["␣", "⏎", "⇥", "a"]
    assert [spoken(symbol) for symbol in " \n\ta"] == ["space", "line end", "tab", "a"]
