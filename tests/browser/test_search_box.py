"""The search box in a real JupyterLab: queries typed and pressed, words lit, no query, dark."""

import pytest
from playwright.sync_api import Page, expect

from lmteach.widgets.search_box.widget import SearchBox
from tests.browser.lab import Lab, in_python

MAKE = """import numpy as np
from lmteach.models.embedding.word_vectors import WordVectors
from lmteach.models.search.bm25 import BM25
from lmteach.models.search.mean_vectors import MeanVectors
from lmteach.widgets.search_box.widget import SearchBox

texts = ["A cat sleeps on the mat.", "The dog barks at the <b>cat</b>.", "A kitten naps.", "Rain."]
vectors = WordVectors(["cat", "kitten", "dog"], np.array([[1.0, 0], [1, 0.1], [0, 1]]))
box = SearchBox({"BM25": BM25(texts), "word vectors": MeanVectors(texts, vectors)},
                ["cat", "kitten", "barks loudly"], top=2)
box"""


@pytest.fixture
def box(lab: Lab, page: Page) -> Page:
    return lab.show_widget(page, "search.ipynb", "Search box", MAKE)


def test_queries_are_typed_and_answered_side_by_side(box: Page) -> None:
    field, says = box.get_by_role("textbox", name="Search for"), box.locator(".lmteach .says")
    left, right = (
        box.get_by_role("region", name=name, exact=True) for name in ("BM25", "word vectors")
    )
    expect(field).to_have_value("cat")
    expect(left.locator("li")).to_have_count(2)
    expect(left.locator("li").first).to_contain_text("A cat sleeps on the mat.")
    expect(left.locator("mark").first).to_have_text("cat")
    field.fill("kitten")
    field.press("Enter")
    expect(says).to_have_text("Found for “kitten”: all have the same text first.")
    expect(right.locator("li").first).to_contain_text("text 3, score 1.00")
    expect(right.locator("li").nth(1).locator("mark")).to_have_count(0)  # no word in common
    field.fill("The dog")
    box.get_by_role("button", name="Search", exact=True).click()
    expect(left.locator("li").first.locator("mark")).to_have_text(["The", "dog", "the"])
    expect(left.locator("li").first).to_contain_text("<b>cat</b>")  # a tag is text like any other
    expect(box.locator(".lmteach b")).to_have_count(0)
    expect(box.locator(".lmteach .quiet").filter(has_text="searching")).to_have_count(0)


def test_no_query_and_no_known_word_get_a_sentence(box: Page) -> None:
    field, says = box.get_by_role("textbox", name="Search for"), box.locator(".lmteach .says")
    field.fill("  ")
    field.press("Enter")
    expect(says).to_have_text("The query is empty: type at least one word.")
    expect(box.locator(".lmteach li")).to_have_count(0)
    field.fill("zebra")
    field.press("Enter")
    expect(says).to_have_text("Found for “zebra”.")
    expect(box.locator(".lmteach .instead")).to_have_count(2)
    expect(box.locator(".lmteach .instead").first).to_contain_text("It knows no word of this")


def test_it_is_played_by_keyboard_and_the_notebook_gets_no_key(box: Page) -> None:
    field = box.get_by_role("textbox", name="Search for")
    field.focus()
    box.keyboard.press("End")
    box.keyboard.type(" abdd")  # JupyterLab's keys for new cells, and to delete one
    expect(field).to_have_value("cat abdd")
    for _ in range(4):  # the button Search, and three examples
        box.keyboard.press("Tab")
    box.keyboard.press("Enter")
    expect(field).to_have_value("barks loudly")
    expect(box.locator(".lmteach mark").first).to_have_text("barks")
    focused = box.get_by_role("button", name="barks loudly")
    expect(focused).to_be_focused()
    assert box.locator(".jp-Notebook .jp-CodeCell").count() == 1
    assert in_python(box, "box.query") == "barks loudly"


def test_a_query_set_in_python_is_shown(box: Page) -> None:
    assert in_python(box, "setattr(box, 'query', 'dog')") is None
    expect(box.get_by_role("textbox", name="Search for")).to_have_value("dog")
    expect(box.locator(".lmteach mark").first).to_have_text("dog")


def test_lit_words_can_be_read_in_both_themes_and_columns_stand_side_by_side(box: Page) -> None:
    boxes = [one.bounding_box() for one in box.locator(".search-box .columns > section").all()]
    assert boxes[0]["y"] == boxes[1]["y"]
    assert boxes[0]["x"] + boxes[0]["width"] < boxes[1]["x"]
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        box.evaluate(
            "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme
        )
        dark = "false" if theme.endswith("Dark") else "true"
        expect(box.locator("body")).to_have_attribute("data-jp-theme-light", dark)
        ink, ground = box.locator(".lmteach mark").first.evaluate(
            """mark => [getComputedStyle(mark).color,
              getComputedStyle(mark.closest("section.lmteach")).backgroundColor].map(
              colour => colour.match(/[0-9.]+/g).slice(0, 3).reduce((a, b) => a + +b, 0) / 765)"""
        )
        assert abs(ink - ground) > 0.6


def test_what_is_said_by_hand(module_page: Page) -> None:
    said = module_page.evaluate(
        """async (text) => { const { inWords } = await load(text);
          const column = (...places) => ({ found: places.map((place) => ({ place })) });
          return [[column(1, 2), column(1)], [column(1), column(2)], [column(), column(2)]]
            .map((columns) => inWords({ query: " a ", columns })); }""",
        SearchBox._esm,
    )
    assert said == [
        "Found for “a”: all have the same text first.",
        "Found for “a”: they differ in what comes first.",
        "Found for “a”.",
    ]
