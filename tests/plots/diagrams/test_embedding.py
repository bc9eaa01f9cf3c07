"""Diagrams of notebook 05: what is written, what leads where, what stands out, what is refused."""

import pytest
from matplotlib.colors import to_hex

from lmteach.plots.diagrams.drawing import INK
from lmteach.plots.diagrams.embedding import company, feedforward_lm, yes_or_no


def texts(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def black_arrows(axes):
    """Where the arrows that are not pale end, rounded."""
    found = []
    for text in axes.texts:
        arrow = getattr(text, "arrow_patch", None)
        if arrow is not None and to_hex(arrow.get_edgecolor()) == INK:
            found.append(tuple(round(place, 1) for place in text.xy))
    return found


def strong(axes):
    return sum(patch.get_linewidth() == 2.6 for patch in axes.patches)


def test_the_network_has_one_table_and_a_row_for_each_token():
    found = texts(feedforward_lm("ana"))
    assert [text for text in found if text.startswith("row")] == ["row a", "row n", "row a"]
    assert found.count("C") == 1
    for part in ("d + H x", "tanh", "h", "b + U h", "y", "softmax", "P(next)"):
        assert part in found


def test_every_part_of_the_network_is_joined():
    assert len(black_arrows(feedforward_lm("ana"))) == 2 * 3 + 1 + 2 + 1 + 3


def test_rows_can_be_lit():
    axes = feedforward_lm("ana", lit=["C", "w1", "x1", "w3", "x3"])
    assert strong(axes) == 5
    assert len(black_arrows(axes)) == 4


def test_an_arrow_leads_from_the_centre_to_each_word_within_reach():
    axes = company("the dog slept in the kitchen".split(), centre=2, reach=2)
    assert len(black_arrows(axes)) == 4
    assert strong(axes) == 5
    assert texts(axes)[-1] == "reach 2"


@pytest.mark.parametrize(("centre", "near"), [(0, 2), (1, 3), (3, 2)])
def test_at_the_ends_a_word_has_less_company(centre, near):
    assert len(black_arrows(company("abcd", centre, reach=2))) == near


def test_each_word_is_a_question_of_its_own():
    found = texts(yes_or_no("dog", "slept", ["of", "sea", "of"]))
    vectors = [text for text in found if text.startswith("u of")]
    assert vectors == ["u of slept", "u of of", "u of sea", "u of of"]
    assert [text for text in found if "wanted" in text] == ["wanted: 1"] + 3 * ["wanted: 0"]
    assert found.count("u · v") == found.count("σ") == 4


def test_one_question_can_be_lit():
    axes = yes_or_no("dog", "slept", ["of"], lit=["v", "u1", "score1", "chance1", "wanted1"])
    assert strong(axes) == 5
    assert len(black_arrows(axes)) == 4


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: feedforward_lm([]), "expected 1 to 8 texts"),
        (lambda: feedforward_lm("ninelette"), "expected 1 to 8 texts"),
        (lambda: feedforward_lm(["a", ""]), "none of them empty"),
        (lambda: feedforward_lm("ab", lit=["w3"]), "no part is called 'w3'"),
        (lambda: company("ab", 2, 1), "the place of one of them"),
        (lambda: company("ab", -1, 1), "centre is -1"),
        (lambda: company("ab", 0, 0), "reach is 0"),
        (lambda: company("ab", 0, 1, lit=["word7"]), "no part is called 'word7'"),
        (lambda: yes_or_no("a", "b", []), "drawn is"),
        (lambda: yes_or_no("a", "b", ["c"], lit=["u2"]), "no part is called 'u2'"),
    ],
)
def test_what_cant_be_drawn_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
