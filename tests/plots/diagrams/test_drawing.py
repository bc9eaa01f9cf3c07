"""The ground of all diagrams: parts with names, arrows between them, and what is lit."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Ellipse, FancyBboxPatch, Rectangle

from lmteach.plots.diagrams.drawing import COLOURS, INK, PALE, Drawing


def drawn(*lit: str) -> Drawing:
    drawing = Drawing(6, 3, lit)
    drawing.box("a", (1, 1), "A", width=1.0, height=0.5)
    drawing.circle("b", (4, 1), "+", diameter=1.0)
    drawing.arrow("a", "b", "(B, T)")
    return drawing


def tips(drawing: Drawing) -> list[tuple[tuple[float, float], tuple[float, float], str]]:
    """Where each arrow begins and ends, and its colour."""
    return [
        (text.xyann, text.xy, to_hex(text.arrow_patch.get_edgecolor()))
        for text in drawing.axes.texts
        if getattr(text, "arrow_patch", None)
    ]


def test_an_arrow_goes_from_edge_to_edge() -> None:
    [(start, end, colour)] = tips(drawn())
    assert start == pytest.approx((1.5, 1))
    assert end == pytest.approx((3.5, 1))
    assert colour == INK


@pytest.mark.parametrize(
    ("end", "start"), [((1, 3), (1, 1.25)), ((2, 1), (1.5, 1)), ((3, 2), (1.5, 1.25))]
)
def test_where_an_arrow_leaves_a_box(end: tuple, start: tuple) -> None:
    drawing = Drawing(6, 3)
    drawing.box("a", (1, 1), "A", width=1.0, height=0.5)
    drawing.arrow("a", end)
    assert tips(drawing)[0][:2] == (pytest.approx(start), end)


def test_where_an_arrow_leaves_a_circle() -> None:
    drawing = Drawing(6, 6)
    drawing.circle("a", (1, 1), "+", diameter=1.0)
    drawing.arrow("a", (4, 5))
    assert tips(drawing)[0][0] == pytest.approx((1.3, 1.4))


def test_an_arrow_through_other_points() -> None:
    drawing = drawn()
    drawing.arrow("b", "a", via=[(4, 2.5), (1, 2.5)])
    [_, (start, end, _)] = tips(drawing)
    assert (start, end) == ((1, 2.5), pytest.approx((1, 1.25)))
    assert [line.get_xydata().tolist() for line in drawing.axes.lines] == [
        [[4, 1.5], [4, 2.5]],
        [[4, 2.5], [1, 2.5]],
    ]


def looks(drawing: Drawing) -> dict[type, str]:
    return {type(p): to_hex(p.get_edgecolor()) for p in drawing.axes.patches}


def test_what_is_lit_stands_out_and_the_rest_is_pale() -> None:
    layer, step = (COLOURS[kind].lower() for kind in ("layer", "step"))
    assert looks(drawn()) == {FancyBboxPatch: layer, Ellipse: step}
    assert looks(drawn("b")) == {FancyBboxPatch: PALE, Ellipse: step}
    assert [colour for *_, colour in tips(drawn("b"))] == [PALE]
    assert [colour for *_, colour in tips(drawn("a", "b"))] == [INK]


def test_an_arrow_with_a_name_is_lit_by_it() -> None:
    drawing = Drawing(6, 3, lit=["carry"])
    drawing.box("a", (1, 1), "A")
    drawing.box("b", (4, 1), "B")
    drawing.arrow("a", "b", name="carry")
    drawing.finish()
    assert [colour for *_, colour in tips(drawing)] == [INK]


def test_a_group_frames_its_parts() -> None:
    drawing = drawn()
    drawing.group("layer", (0.2, 0.4), 5.0, 1.2, "× 6")
    [frame] = [p for p in drawing.finish().patches if type(p) is Rectangle]
    assert frame.get_bbox().bounds == pytest.approx((0.2, 0.4, 5.0, 1.2))
    assert "× 6" in [text.get_text() for text in drawing.axes.texts]


def test_texts_are_shown_as_they_are() -> None:
    drawing = Drawing(6, 3)
    drawing.box("a", (1, 1), "$5 to $6")
    drawing.label((3, 1), "_$a_b$")
    assert not any(text.get_parse_math() for text in drawing.finish().texts)


@pytest.mark.parametrize(
    ("do", "message"),
    [
        (lambda d: d.box("a", (2, 2), "again"), "'a' is put down twice"),
        (lambda d: d.arrow("a", "c"), "no part is called 'c', expected 'a', 'b'"),
        (lambda d: d.box("c", (2, float("nan")), "C"), "centre"),
        (lambda d: d.box("c", (2, 2), "C", width=0.0), "width"),
        (lambda d: d.box("c", (2, 2), "C", kind="other"), "kind"),
        (lambda d: d.box("", (2, 2), "C"), "empty"),
        (lambda d: d.box("c", (0.5, 2), "C"), "'c' reaches from -0.3 to 1.3.* the drawing's width"),
        (lambda d: d.circle("c", (2, 0.3), "C"), "from 0 to 0.6.* height: it would be cut off"),
        (lambda d: d.arrow("a", (float("inf"), 1)), "a place"),
        (lambda d: d.arrow("a", "b", bend=2.0), "bend"),
        (lambda d: d.label((float("nan"), 1), "x"), "at"),
    ],
)
def test_what_can_not_be_drawn_is_refused(without_shape_checks: None, do, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        do(drawn())


def test_a_lit_name_must_be_there() -> None:
    with pytest.raises(ValueError, match="no part is called 'norm', expected 'a', 'b'"):
        drawn("norm").finish()


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")
