"""The rule on slides: every cell says what it is in a lecture."""

from nbformat import NotebookNode

from tests.notebooks.rules.reading import where

SLIDE_TYPES = ("slide", "subslide", "fragment", "skip", "notes", "-")


def slide_types(notebook: NotebookNode) -> list[str]:
    """Cells whose metadata doesn't say what they are on a slide."""
    problems = []
    for index, cell in enumerate(notebook.cells):
        kind = cell.metadata.get("slideshow", {}).get("slide_type")
        if kind not in SLIDE_TYPES:
            problems.append(
                f"{where(index, cell)}: slide_type is {kind!r}; set metadata.slideshow.slide_type "
                f"to one of {', '.join(SLIDE_TYPES)}"
            )
    return problems
