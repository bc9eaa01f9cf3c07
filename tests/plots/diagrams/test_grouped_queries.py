"""The drawing of grouped queries: its parts, what is lit, and what is refused."""

import pytest

from lmteach.plots.diagrams.grouped_queries import LIGHTS, grouped_queries

PALE = "#8a8a8a"


def texts(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def dark(axes):
    return {text.get_text() for text in axes.texts if text.get_text() and text.get_color() != PALE}


@pytest.mark.parametrize(("heads", "key_heads"), [(9, 3), (4, 4), (4, 1), (12, 6)])
def test_each_query_reads_one_key_head_by_an_arrow(heads, key_heads):
    axes = grouped_queries(heads, key_heads)
    found = texts(axes)
    assert sum(text.startswith("q") and text != "queries" for text in found) == heads
    for letter, name in (("k", "keys"), ("v", "values")):
        assert sum(text.startswith(letter) and text != name for text in found) == key_heads
    arrows = [text for text in axes.texts if not text.get_text()]
    assert len(arrows) == heads
    boxes = {text.get_text(): text.get_position()[0] for text in axes.texts if text.get_text()}
    for head, arrow in enumerate(arrows):
        centres = [boxes["k" + "₀₁₂₃₄₅₆₇₈₉"[key + 1]] for key in range(key_heads)]
        nearest = min(range(key_heads), key=lambda key: abs(centres[key] - arrow.xy[0]))
        assert nearest == head // (heads // key_heads)


@pytest.mark.parametrize(
    ("lit", "bright", "dim"),
    [
        ("queries", {"q₁", "q₉", "queries"}, {"k₁", "v₃", "keys"}),
        ("keys", {"k₁", "v₃", "keys", "values"}, {"q₁", "queries"}),
        ("group", {"q₁", "q₃", "k₁", "v₁"}, {"q₄", "k₂", "v₂"}),
    ],
)
def test_what_is_lit_stands_out(lit, bright, dim):
    shown = dark(grouped_queries(lit=[lit]))
    assert bright <= shown
    assert not dim & shown


@pytest.mark.parametrize("lit", LIGHTS)
def test_every_light_is_there_in_the_smallest_drawing(lit):
    assert grouped_queries(1, 1, lit=[lit]).texts


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="heads is 9 and key_heads is 2, expected at most 12"):
        grouped_queries(9, 2)
    with pytest.raises(ValueError, match="heads is 13"):
        grouped_queries(13, 1)
    with pytest.raises(ValueError, match="lit is 'heap', expected one of 'queries'"):
        grouped_queries(lit=["heap"])
