"""The tree of a word's merges: its nodes, how high they stand, and what they are made of."""

import matplotlib.pyplot as plt
import pytest

from lmteach.plots.merge_tree import merge_tree
from lmteach.text.tokenizers.bpe import BPETokenizer
from lmteach.text.tokenizers.byte_alphabet import to_signs

STEPS = [list("lower"), ["lo", "w", "e", "r"], ["lo", "w", "er"], ["low", "er"]]


def test_nodes_and_lines_by_hand() -> None:
    axes = merge_tree(STEPS)
    nodes = {text.get_text(): text.get_position() for text in axes.texts}
    assert nodes == {
        **{letter: (place, 0) for place, letter in enumerate("lower")},
        "lo": (0.5, 1),
        "er": (3.5, 2),
        "low": (1, 3),
    }
    lines = {tuple(zip(*line.get_data(), strict=True)) for line in axes.lines}
    joined = [("lo", "l"), ("lo", "o"), ("er", "e"), ("er", "r"), ("low", "lo"), ("low", "w")]
    assert lines == {(nodes[above], nodes[below]) for above, below in joined}
    assert {text.get_text() for text in axes.texts if text.get_weight() == "bold"} == {"low", "er"}
    plt.close()


def test_a_letter_that_stays_is_a_token_too() -> None:
    axes = merge_tree([["a"]])
    assert [text.get_weight() for text in axes.texts] == ["bold"]
    assert not axes.lines
    plt.close()


def test_two_merges_in_one_step() -> None:
    tokenizer = BPETokenizer([(b"n", b"a"), (b"na", b"na")])
    steps = [
        [to_signs(tokenizer.tokens[number]) for number in ids]
        for ids in tokenizer.merge_steps(" banana")
    ]
    axes = merge_tree(steps)
    nodes = sorted((text.get_text(), text.get_position()) for text in axes.texts)
    assert [node for node in nodes if len(node[0]) > 1] == [
        ("na", (3.5, 1)),
        ("na", (5.5, 1)),
        ("nana", (4.5, 2)),
    ]
    assert len(axes.lines) == 6
    plt.close()


@pytest.mark.parametrize("steps", [[], [[]], [["a"], ["b"]], [["a", "b"], ["a"]]])
def test_steps_that_are_no_word(steps: list[list[str]]) -> None:
    with pytest.raises(ValueError, match="expected one and the same"):
        merge_tree(steps)
