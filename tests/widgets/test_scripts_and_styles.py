"""The folders of the widgets, and what they send to the browser: complete, and each for itself."""

import importlib
import re
from itertools import pairwise
from pathlib import Path

import pytest

from lmteach.widgets.shared.base import WIDGETS, TeachingWidget

FOLDERS = sorted(path.parent for path in WIDGETS.glob("*/widget.py"))
SENT = sorted([*WIDGETS.rglob("*.js"), *WIDGETS.rglob("*.css")])
SHEETS = [folder / "style.css" for folder in FOLDERS]


def from_widgets(path: Path) -> str:
    """A file's path, seen from the folder of all widgets."""
    return path.relative_to(WIDGETS).as_posix()


def widget_in(folder: Path) -> type[TeachingWidget]:
    """The widget that a folder holds."""
    module = importlib.import_module(f"lmteach.widgets.{folder.name}.widget")
    (own,) = (
        made
        for made in vars(module).values()
        if isinstance(made, type)
        and issubclass(made, TeachingWidget)
        and made.__module__ == module.__name__
    )
    return own


def roots(text: str) -> set[str]:
    """What each selector begins with: the class of the widget that the rule is for."""
    bare = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    selectors = ",".join(re.findall(r"([^{}]+)\{[^{}]*\}", bare))  # those within @media, too
    return {re.split(r"[\s:\[>+~]", selector.strip())[0] for selector in selectors.split(",")}


def test_the_beginnings_of_all_rules_are_found() -> None:
    text = "/* a {} */ .a b,\n.c:hover { top: 0;\n left: 0 }\n@media print { .d [e] { top: 1px; } }"
    assert roots(text) == {".a", ".c", ".d"}


def test_every_folder_is_a_widget_or_shared() -> None:
    """And no file lies about: what widgets share is in a folder, too."""
    found = {path.name for path in WIDGETS.iterdir() if path.name != "__pycache__"}
    assert found == {folder.name for folder in FOLDERS} | {"shared", "__init__.py"}
    assert len(FOLDERS) > 15


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_folder_has_the_name_of_its_widget(folder: Path) -> None:
    assert widget_in(folder).__name__.lower() == folder.name.replace("_", "")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_script_and_style_come_whole(folder: Path) -> None:
    """Helpers, parts and view are one module: each name is taken once, and one function draws."""
    widget = widget_in(folder)
    names = re.findall(r"^(?:function|const) (\w+)", widget._esm, re.MULTILINE)
    assert len(names) == len(set(names))
    (drawn_by,) = re.findall(
        r"^export default \{ render: withStill\((\w+)\) \};$", widget._esm, re.MULTILINE
    )
    assert {"element", drawn_by} <= set(names)
    own = (folder / "style.css").read_text(encoding="utf-8")
    assert own in widget._css
    assert re.search(rf"""["' ]{roots(own).pop().removeprefix(".")}["' ]""", widget._esm)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_no_button_is_disabled(folder: Path) -> None:
    """One that has the focus would lose it, and with it the keys: allow() is for that."""
    assert not re.findall(r"\.disabled|[\"']disabled[\"']", widget_in(folder)._esm)


@pytest.mark.parametrize("path", SHEETS, ids=from_widgets)
def test_rules_start_with_a_class_of_their_own(path: Path) -> None:
    """A page holds many widgets and the styles of all: `.lmteach .says` would reach them all."""
    (own,) = roots(path.read_text(encoding="utf-8"))
    assert own.startswith(".")
    assert own != ".lmteach"


def test_no_two_widgets_have_the_same_class() -> None:
    found = sorted(roots(path.read_text(encoding="utf-8")).pop() for path in SHEETS)
    assert all(one != other for one, other in pairwise(found)), found


@pytest.mark.parametrize("path", SENT, ids=from_widgets)
def test_nothing_is_fetched_and_no_text_is_read_as_html(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace('"http://www.w3.org/2000/svg"', "SVG")
    for fetching in ("http:", "https:", "//cdn", "@import", "url(", "fetch(", "import "):
        assert fetching not in text
    for reading in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert reading not in text
