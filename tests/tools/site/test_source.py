"""What Sphinx reads: the folds, and a first page that links to what is there."""

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools.notebook.files import tags
from tools.site.source import folded, index

HIDES = {"source_hidden": True}
ANSWER = {"outputs_hidden": True}


def folds(*named: str, **jupyter: bool) -> set[str]:
    cell = new_code_cell("1", metadata={"tags": [*named], "jupyter": jupyter})
    (shown,) = folded(new_notebook(cells=[cell])).cells
    return set(tags(shown)) - {*named}


def test_answers_are_folded_and_setup_is_hidden() -> None:
    assert folds() == set()
    assert folds("setup") == folds("toggle") == {"hide-cell"}
    assert folds("question", **HIDES) == {"remove-input"}
    assert folds("answer", **ANSWER) == {"hide-output"}
    assert folds("folded", **HIDES) == {"hide-input"}
    assert folds("answer", "folded", **HIDES, **ANSWER) == {"hide-cell"}


def test_a_badge_is_a_link_in_words() -> None:
    cell = new_markdown_cell("[![Open in Colab](https://a.org/b.svg)](https://c.org/d)")
    (shown,) = folded(new_notebook(cells=[cell])).cells
    assert shown.source == "[Open in Colab](https://c.org/d)"
    assert cell.source.startswith("[!["), "the notebook itself stays"


def test_the_first_page_links_to_pages_that_are_there_and_to_the_repository() -> None:
    readme = (
        "# All\n\nHow to install.\n\n## The map\n\n[one](notebooks/01_one.ipynb) "
        "[two](notebooks/02_two.ipynb) [how](docs/how.md)\n\n## What is in here\n\nFolders.\n"
    )
    page = index(readme, ["01_one"], "https://a.org/b")
    assert page.startswith("# All\n")
    assert "install" not in page
    assert "Folders" not in page
    assert "[one](notebooks/01_one.ipynb)" in page
    assert "[two](https://a.org/b/blob/main/notebooks/02_two.ipynb)" in page
    assert "[how](https://a.org/b/blob/main/docs/how.md)" in page
    assert "notebooks/01_one\n```" in page
    assert "quizzes/01_one\n```" in page
