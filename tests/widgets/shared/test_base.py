"""Every widget: a live view, and beside it a picture that carries its own description."""

import base64
import html
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import anywidget
import nbformat
import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter
from nbconvert import HTMLExporter

from lmteach.widgets.bigram_explorer.widget import BigramExplorer
from lmteach.widgets.guessing_game.widget import GuessingGame
from lmteach.widgets.shared import base
from lmteach.widgets.shared.base import WIDGETS, TeachingWidget, module, stylesheet

VIEW = "application/vnd.jupyter.widget-view+json"
NASTY = ["\n", "<", "&", '"', "$", " "]


class Images(HTMLParser):
    """The attributes of every <img> on a page, as a browser reads them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.found.append({name: value or "" for name, value in attrs})


def widgets() -> list[TeachingWidget]:
    table = np.full((6, 6), 1 / 6)
    return [GuessingGame(["a <b>sentence</b>"]), BigramExplorer(table, NASTY, seed=1)]


@pytest.fixture(params=[0, 1], ids=["guessing_game", "bigram_explorer"])
def widget(request: pytest.FixtureRequest) -> TeachingWidget:
    return widgets()[request.param]


def test_the_bundle_has_view_picture_and_words(widget: TeachingWidget) -> None:
    data, _ = widget._repr_mimebundle_()
    assert set(data) == {VIEW, "image/png", "text/html", "text/plain"}
    assert data[VIEW]["model_id"] == widget.model_id
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert data["text/plain"] == widget.alt
    assert len(widget.alt) > 100
    assert f'alt="{html.escape(widget.alt)}"' in data["text/html"]
    assert data["text/html"].count("<") == 1  # one <img, and nothing of the text became a tag


Shown = list[tuple[dict[str, Any], dict[str, Any]]]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    """What was displayed, in order, with what was said about it."""
    displayed: Shown = []
    monkeypatch.setattr(base, "display", lambda data, **about: displayed.append((data, about)))
    monkeypatch.setattr(
        base, "update_display", lambda data, **about: displayed.append((data, about))
    )
    return displayed


def test_the_live_view_and_the_picture_are_two_outputs(
    widget: TeachingWidget, shown: Shown
) -> None:
    """JupyterLab takes the first kind of an output alone: a view without a kernel is a message."""
    assert DisplayFormatter().format(widget) == ({}, {})  # all is shown by the widget itself
    (view, _), (picture, about) = shown
    assert view == {VIEW: widget._repr_mimebundle_()[0][VIEW], "text/html": ""}
    assert set(picture) == {"image/png", "text/html", "text/plain"}
    assert picture["text/plain"] == widget.alt
    assert f'alt="{html.escape(widget.alt)}"' in picture["text/html"]
    still = widget.get_state()["_still"]
    assert f'<figure data-still="{still}"' in picture["text/html"]
    assert re.findall(r"<(\w+)", picture["text/html"]) == ["figure", "style", "img", "figcaption"]
    widget.renew_picture()
    assert shown[2][0]["text/html"] == picture["text/html"]
    assert shown[2][1]["display_id"] == about["display_id"] == still


def test_no_two_widgets_hide_each_other_s_picture() -> None:
    stills = [widget.get_state()["_still"] for widget in widgets() + widgets()]
    assert len(set(stills)) == len(stills)


def test_a_page_without_widgets_shows_the_picture(widget: TeachingWidget, shown: Shown) -> None:
    DisplayFormatter().format(widget)
    outputs = [nbformat.v4.new_output("display_data", data) for data, _ in shown]
    cell = nbformat.v4.new_code_cell("widget", execution_count=1, outputs=outputs)
    page, _ = HTMLExporter(embed_images=False).from_notebook_node(
        nbformat.v4.new_notebook(cells=[cell])
    )
    images = Images()
    images.feed(page)
    assert [image["alt"] for image in images.found] == [widget.alt]
    assert images.found[0]["src"].startswith("data:image/png")
    assert f'type="{VIEW}"' not in page


def test_script_and_style_come_with_the_widget(widget: TeachingWidget) -> None:
    state = widget.get_state()
    assert state["_esm"].count("export default { render: withStill(render) };") == 1
    assert "function element(" in state["_esm"]
    assert ".lmteach {" in state["_css"]


def test_a_widget_without_a_picture_says_so() -> None:
    assert issubclass(TeachingWidget, anywidget.AnyWidget)
    with pytest.raises(NotImplementedError, match=r"define picture\(\)"):
        TeachingWidget().picture()
    with pytest.raises(NotImplementedError, match="define alt"):
        _ = TeachingWidget().alt


def test_parts_come_before_what_uses_them(tmp_path: Path) -> None:
    """A part may be a widget's own view: then the two have functions of other names."""
    (tmp_path / "view.js").write_text("function show() {}\n")
    (tmp_path / "style.css").write_text(".own { top: 0 }\n")
    widget = str(tmp_path / "widget.py")
    script = module(widget, "trellis/view.js", render="show")
    parts = [
        "function element(",
        "function viterbi(",
        "function show(",
        "{ render: withStill(show) };",
    ]
    assert sorted(parts, key=script.index) == parts
    style = stylesheet(widget, "trellis/style.css")
    assert sorted([".lmteach {", ".viterbi ", ".own "], key=style.index)[2] == ".own "


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"view\.js"):
        module(str(tmp_path / "widget.py"))
    with pytest.raises(FileNotFoundError, match=r"nothing\.css"):
        stylesheet(str(WIDGETS / "trellis" / "widget.py"), "nothing.css")
