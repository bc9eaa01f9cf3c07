"""Figures: the arrays behind them are what was given, and wrong shapes are refused."""

import base64
import io
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.font_manager import fontManager
from PIL import Image

from lmteach.plots.bars import bars
from lmteach.plots.curves import curves
from lmteach.plots.heatmap import heatmap
from lmteach.plots.journey import PARTS, journey
from lmteach.plots.picture import picture_bundle
from lmteach.plots.ranking import ranking
from lmteach.plots.style import EAST_ASIAN, east_asian_font, use_style


def labels(ticks):
    return [tick.get_text() for tick in ticks]


def test_bars_are_as_high_as_the_values():
    axes = bars([0.5, 0.25], ["a", "b"], percent=True)
    assert [bar.get_height() for bar in axes.patches] == [0.5, 0.25]
    assert labels(axes.get_xticklabels()) == ["a", "b"]
    assert axes.yaxis.get_major_formatter()(0.5, 0) == "50 %"


def test_heatmap_shows_the_matrix_with_all_names():
    matrix = np.arange(6).reshape(2, 3)
    axes = heatmap(matrix, rows=list("ab"), columns=list("xyz"), row_label="before")
    assert axes.images[0].get_array().tolist() == matrix.tolist()
    assert labels(axes.get_yticklabels()) == ["a", "b"]
    assert labels(axes.get_xticklabels()) == ["x", "y", "z"]


def test_a_dollar_in_the_names_of_a_heatmap_is_a_dollar():
    axes = heatmap([[1, 2]], rows=["$"], columns=["$x$", "y_1"])
    names = [*axes.get_xticklabels(), *axes.get_yticklabels()]
    assert [name.get_parse_math() for name in names] == [False, False, False]


def test_heatmap_on_a_log_scale_leaves_zeros_blank():
    axes = heatmap([[0, 1, 100]], rows=["a"], columns=list("xyz"), scale="log")
    shades = axes.images[0].norm([0, 1, 10, 100])
    assert shades.mask.tolist() == [True, False, False, False]
    assert shades[1:].tolist() == pytest.approx([0, 0.5, 1])


def test_heatmap_numbers_stand_in_their_squares_and_can_be_read():
    axes = heatmap([[0.0, 1.0]], rows=["a"], columns=["x", "y"], numbers=".1f")
    written = {text.get_position(): (text.get_text(), text.get_color()) for text in axes.texts}
    assert written == {(0, 0): ("0.0", "white"), (1, 0): ("1.0", "black")}


def test_a_few_places_on_a_log_scale_are_written_out():
    axes = curves({"a": [3, 2, 1]}, x=[1, 4, 16], xscale="log")
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "4", "16"]
    assert axes.xaxis.get_minorticklocs().size == 0


def test_many_names_stand_beside_the_lines():
    few, many = (curves({str(n): [n, n] for n in range(count)}) for count in (6, 7))
    beside = [axes.get_legend().get_bbox_to_anchor().x0 / axes.bbox.x1 for axes in (few, many)]
    assert beside[0] < 1 <= beside[1]


def test_curves_draw_every_line_and_the_level():
    axes = curves({"a": [1, 2], "b": [3, 4]}, x=[10, 20], reference=("level", 2.5))
    drawn = {line.get_label(): line.get_ydata() for line in axes.lines}
    assert {name: list(values) for name, values in drawn.items()} == {
        "a": [1, 2],
        "b": [3, 4],
        "level": [2.5, 2.5],
    }
    assert list(axes.lines[0].get_xdata()) == [10, 20]


def test_curves_over_whole_steps_have_no_half_ticks():
    ticks = curves({"a": np.arange(18.0)}).get_xticks()
    assert (ticks == ticks.round()).all()
    ticks = curves({"a": [1, 2, 3]}, x=[0.0, 0.1, 0.2]).get_xticks()
    assert (ticks != ticks.round()).any()


def test_words_stand_in_the_squares_of_a_heatmap_beside_its_bar_of_colours():
    axes = heatmap([[0.0, 1.0]], ["a"], ["x", "y"], words=[["$un$", "le"]], colour_label="chance")
    written = {text.get_position(): (text.get_text(), text.get_color()) for text in axes.texts}
    assert written == {(0, 0): ("$un$", "white"), (1, 0): ("le", "black")}
    assert not any(text.get_parse_math() for text in axes.texts)
    assert axes.figure.axes[1].get_ylabel() == "chance"


def test_heatmap_with_limits_has_their_colours_and_an_ink_that_can_be_read():
    values = [[0.88, 0.4], [0.6, 1.0]]
    axes = heatmap(values, list("ab"), list("cd"), numbers=".2f", limits=(0.0, 1.0))
    assert axes.images[0].get_clim() == (0, 1)
    assert [text.get_color() for text in axes.texts] == ["black", "white", "black", "black"]
    assert heatmap(values, list("ab"), list("cd")).images[0].get_clim() == (0.4, 1.0)


def test_numbers_on_a_scale_of_factors_are_black_on_light_and_blank():
    axes = heatmap([[1, 1000], [100, 0]], list("ab"), list("cd"), numbers="d", scale="log")
    assert [text.get_color() for text in axes.texts] == ["white", "black", "black", "black"]


def test_ranking_puts_the_smallest_on_top_and_draws_the_band():
    axes = ranking({"long": 3.0, "short": 1.0}, band=("people", 0.6, 1.3))
    assert labels(axes.get_yticklabels()) == ["short", "long"]
    assert axes.yaxis_inverted()
    assert labels(axes.texts) == ["1.00", "3.00"]
    assert labels(axes.get_legend().get_texts()) == ["people"]


def test_journey_fills_what_is_ready():
    stations = sum(map(len, PARTS.values()))
    boxes = journey(ready=3).patches
    white = (1.0, 1.0, 1.0, 1.0)
    assert len(boxes) == stations == 25
    assert [box.get_facecolor() == white for box in boxes] == [False] * 3 + [True] * 22


def test_journey_can_be_read_from_the_last_row():
    """Ink and ground differ by 4.5 : 1 or more, as WCAG 2.1 asks (success criterion 1.4.3)."""
    axes = journey(ready=25)
    grounds = [box.get_facecolor() for box in axes.patches]
    numbers = [text for text in axes.texts if text.get_text().isdigit()]
    for text, ground in zip(numbers, grounds, strict=True):
        dark, light = sorted((luminance(to_rgb(text.get_color())), luminance(ground)))
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def luminance(colour):
    """The relative luminance of a colour in sRGB (WCAG 2.1)."""
    parts = np.array(colour[:3])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_a_picture_has_a_palette_and_the_colours_of_the_figure():
    axes = heatmap(np.linspace(0, 1, 30).reshape(5, 6), list("abcde"), list("uvwxyz"))
    drawn = io.BytesIO()
    axes.figure.savefig(drawn, format="png")
    data = base64.b64decode(picture_bundle(axes, alt="Thirty squares.")["image/png"])
    small, large = Image.open(io.BytesIO(data)), Image.open(drawn)
    assert small.mode == "P"
    assert len(data) < 0.6 * len(drawn.getvalue())
    difference = np.abs(np.asarray(small.convert("RGB"), int) - np.asarray(large.convert("RGB")))
    assert difference.mean() < 1  # of 255
    assert difference.max() < 30


def test_picture_bundle_holds_one_png_twice_and_closes_the_figure():
    figure, axes = plt.subplots()
    bundle = picture_bundle(axes, alt="A cat & a dog.")
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert bundle["image/png"] in bundle["text/html"]
    assert 'alt="A cat &amp; a dog."' in bundle["text/html"]
    assert bundle["text/plain"] == "A cat & a dog."
    assert not plt.fignum_exists(figure.number)


def test_the_same_figure_gives_the_same_bytes():
    pictures = [picture_bundle(bars([1, 2], ["a", "b"]), alt="Two bars.") for _ in range(2)]
    assert pictures[0] == pictures[1]


def test_the_style_is_colour_blind_safe_and_large():
    use_style()
    assert plt.rcParams["image.cmap"] == "cividis"
    assert plt.rcParams["font.size"] >= 14


def drawn(text):
    figure = plt.figure()
    figure.text(0, 0.5, text)
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())


def test_chinese_dates_are_drawn_and_all_else_stays_as_it_was():
    """A letter that no font has is a warning of Matplotlib's, were it not for use_style."""
    use_style()
    known = len(fontManager.ttflist)
    use_style()
    assert plt.rcParams["font.family"] == ["sans-serif", EAST_ASIAN]
    assert len(fontManager.ttflist) == known, "the font is registered once"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        chinese = drawn("2026年11月23日 二〇二六年十一月三四五七八九")
    latin = drawn("May 8, ␣ é π")
    with plt.rc_context({"font.family": ["sans-serif"]}):
        np.testing.assert_array_equal(drawn("May 8, ␣ é π"), latin)
        with pytest.warns(UserWarning, match=r"Glyph \d+ .* missing from font"):
            boxes = drawn("2026年11月23日 二〇二六年十一月三四五七八九")
    assert (boxes != chinese).any()


def test_without_the_font_figures_are_drawn_all_the_same(monkeypatch):
    monkeypatch.setattr("lmteach.plots.style.find_spec", lambda name: None)
    monkeypatch.setattr("lmteach.plots.style.east_asian_font", east_asian_font.__wrapped__)
    with plt.rc_context({"font.family": ["sans-serif"]}):
        use_style()
        assert plt.rcParams["font.family"] == ["sans-serif"]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (lambda: bars([1, 2], ["a"]), r"values has shape \(2,\) and there are 1 labels"),
        (lambda: bars([[1]], ["a"]), r"values has shape \(1, 1\)"),
        (lambda: heatmap([[1, 2]], ["a"], ["x"]), r"expected shape \(1, 1\)"),
        (lambda: heatmap([1, 2], ["a"], ["x"]), r"values has shape \(2,\)"),
        (lambda: heatmap([[1]], ["a"], ["x"], words=[["a", "b"]]), r"rows of \[2\] texts"),
        (lambda: heatmap([[1]], ["a"], ["x"], words=[]), r"rows of \[\] texts, expected 1 rows"),
        (lambda: heatmap([[1]], ["a"], ["x"], scale="square"), "scale is 'square', expected"),
        (lambda: curves({}), "lines is empty"),
        (lambda: curves({"a": [1, 2]}, x=[1]), r"line 'a' has shape \(2,\) and x has shape \(1,\)"),
        (lambda: ranking({}), "values is empty"),
        (lambda: ranking({"a": 1.0}, band=("b", 2.0, 1.0)), "expected lower < upper"),
        (lambda: journey(26), "ready is 26, expected between 0 and 25"),
        (lambda: journey(-1), "ready is -1"),
        (lambda: picture_bundle(plt.figure(), alt=" "), "alt is empty"),
    ],
)
def test_bad_input_is_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        bad()


@pytest.mark.usefixtures("without_shape_checks")
def test_what_is_no_figure_is_refused():
    with pytest.raises(ValueError, match="drawing is a str, expected a matplotlib Figure or Axes"):
        picture_bundle("figure.png", alt="A file name.")
