"""A table read as a layer: the one-hot vector picks a row."""

import matplotlib.pyplot as plt
import pytest

from lmteach.plots.diagrams.networks import one_layer


def test_the_hot_symbol_picks_its_row() -> None:
    found = [text.get_text() for text in one_layer(["⏎", "a", "q"], "q").texts]
    plt.close("all")
    assert found.count("1") == 1
    assert found.count("0") == 2
    assert "row q" in found
    assert {"P(⏎ | q)", "P(a | q)", "P(q | q)", "softmax"} <= set(found)


@pytest.mark.parametrize(
    ("symbols", "hot", "lit", "message"),
    [
        ("a", "a", [], "expected two symbols or more"),
        ("ab", "c", [], "hot is 'c'"),
        ("ab", "a", ["bias"], "no part is called 'bias'"),
    ],
)
def test_what_can_not_be_drawn(symbols: str, hot: str, lit: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        one_layer(symbols, hot, lit)
    plt.close("all")
