"""The files that widgets send to the browser: complete in themselves, and each for itself."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

import lmteach.widgets

FOLDER = Path(lmteach.widgets.__file__).parent
SENT = sorted([*FOLDER.glob("*.js"), *FOLDER.glob("*.css")])
SHEETS = sorted(path for path in FOLDER.glob("*.css") if path.name != "theme.css")


def roots(text: str) -> set[str]:
    """What each selector begins with: the class of the widget that the rule is for."""
    bare = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    selectors = ",".join(re.findall(r"([^{}]+)\{[^{}]*\}", bare))  # those within @media, too
    return {re.split(r"[\s:\[>+~]", selector.strip())[0] for selector in selectors.split(",")}


def test_the_beginnings_of_all_rules_are_found() -> None:
    text = "/* a {} */ .a b,\n.c:hover { top: 0;\n left: 0 }\n@media print { .d [e] { top: 1px; } }"
    assert roots(text) == {".a", ".c", ".d"}


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_rules_start_with_a_class_of_their_own(path: Path) -> None:
    """A page holds many widgets and the styles of all: `.lmteach .says` would reach them all."""
    (own,) = roots(path.read_text(encoding="utf-8"))
    assert own.startswith(".")
    assert own != ".lmteach"


def test_no_two_widgets_have_the_same_class() -> None:
    found = sorted(roots(path.read_text(encoding="utf-8")).pop() for path in SHEETS)
    assert all(one != other for one, other in pairwise(found)), found


@pytest.mark.parametrize("path", SENT, ids=lambda path: path.name)
def test_nothing_is_fetched_and_no_text_is_read_as_html(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace('"http://www.w3.org/2000/svg"', "SVG")
    for fetching in ("http:", "https:", "//cdn", "@import", "url(", "fetch(", "import "):
        assert fetching not in text
    for reading in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert reading not in text
