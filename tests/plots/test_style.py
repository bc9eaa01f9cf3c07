"""Text in any script: with a font for what is read in East Asia, with a quiet box for the rest."""

import warnings
from collections.abc import Iterator

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from matplotlib.font_manager import FontProperties, findfont, fontManager
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text
from nbclient import NotebookClient

from lmteach.plots.gates import coloured_text, gate_strips
from lmteach.plots.merge_tree import merge_tree
from lmteach.plots.style import EAST_ASIAN, east_asian_font, monospace, use_style
from lmteach.plots.token_boxes import token_boxes
from lmteach.widgets.ngram_panel.widget import NGramPanel
from lmteach.widgets.training_panel.widget import TrainingPanel

# What neither Matplotlib's font nor the East Asian one has: they have Arabic and some emoji.
NOWHERE = {
    "Thai": "ไทย",
    "Devanagari": "हिन्दी",
    "emoji": "🦊",
    "private use": "\ue000",
    "no character": "\ufdd0",
    "control": "\x07",
}


def letters(codec: str, first: range, second: range) -> Iterator[str]:
    """All letters whose two bytes in a codec are within these."""
    for pair in (bytes([one, two]) for one in first for two in second):
        try:
            yield pair.decode(codec)
        except UnicodeDecodeError:
            continue


# The most used letters of simplified Chinese, and of traditional Chinese, Japanese and Korean.
LEVELS = {
    "simplified": ("gb2312", range(0xB0, 0xD8), 3755),
    "traditional": ("big5", range(0xA4, 0xC7), 5401),
    "Japanese": ("euc_jp", range(0xB0, 0xD0), 2965),
    "Korean": ("euc_kr", range(0xB0, 0xC9), 2350),
}


@pytest.mark.parametrize(("codec", "first", "count"), LEVELS.values(), ids=LEVELS)
def test_every_letter_that_is_used_often_has_a_glyph(codec: str, first: range, count: int) -> None:
    assert east_asian_font() == EAST_ASIAN
    known = FT2Font(findfont(FontProperties(family=[EAST_ASIAN]))).get_charmap()
    wanted = {letter for letter in letters(codec, first, range(0x40, 0xFF)) if ord(letter) > 0x3400}
    assert len(wanted) == count
    assert [letter for letter in sorted(wanted) if ord(letter) not in known] == []


def test_the_font_is_found_in_both_weights() -> None:
    use_style()
    for weight in ("normal", "bold"):
        found = findfont(FontProperties(family=[EAST_ASIAN], weight=weight))
        assert found.endswith("wqy-microhei.ttc")
    assert {font.weight for font in fontManager.ttflist if font.name == EAST_ASIAN} == {400, 700}


def drawn(text: str) -> np.ndarray:
    figure = plt.figure(figsize=(3, 1))
    figure.text(0.1, 0.5, text, fontsize=30)
    figure.canvas.draw()
    picture = np.asarray(figure.canvas.buffer_rgba())
    plt.close(figure)
    return picture


@pytest.mark.parametrize("text", NOWHERE.values(), ids=NOWHERE)
def test_what_no_font_has_is_a_box_without_a_warning(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        use_style()
        box = drawn(text)
    assert (box != drawn("")).any()


def test_other_warnings_are_heard() -> None:
    use_style()
    with pytest.warns(UserWarning, match="constrained_layout not applied"):
        plt.figure(figsize=(0.1, 0.1)).add_subplot(title="too small").figure.canvas.draw()
    plt.close("all")


def test_a_cell_says_nothing_of_letters_without_a_font() -> None:
    """Drawn by Jupyter itself at the end of a cell, as by the package."""
    source = f"""import matplotlib.pyplot as plt
from lmteach.plots.bars import bars
from lmteach.widgets.training_panel.widget import TrainingPanel
bars(range({len(NOWHERE)}), {list(NOWHERE.values())})
plt.show()
TrainingPanel(3, unit={NOWHERE["Thai"]!r})"""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    (cell,) = notebook.cells
    assert [output for output in cell.outputs if output.output_type == "stream"] == []
    assert sum("image/png" in output.data for output in cell.outputs) == 2


def in_columns() -> dict[str, plt.Figure]:
    """Figures with text in columns, all of it Chinese."""
    use_style()
    panel = TrainingPanel(1, lambda: "汉语")
    panel.run(lambda on_step: on_step(1, 1.0))
    panel.result()
    return {
        "coloured_text": coloured_text([0.5, 0.5], "汉语").figure,
        "gate_strips": gate_strips({"门": [0.5, 0.5]}, "汉语").figure,
        "merge_tree": merge_tree([["汉", "语"], ["汉语"]]).figure,
        "token_boxes": token_boxes(["汉语"]).figure,
        "training panel": panel.picture(),
        "n-gram panel": NGramPanel([[4.5]], [[4.4]], [[["汉语"]]], [1], [0.5]).picture(),
    }


def test_text_in_columns_has_the_east_asian_font_too() -> None:
    for name, figure in in_columns().items():
        chinese = [text for text in figure.findobj(Text) if "汉" in text.get_text()]
        assert chinese, name
        assert all(EAST_ASIAN in text.get_fontfamily() for text in chinese), name
    plt.close("all")
    assert monospace()[-1] == EAST_ASIAN
