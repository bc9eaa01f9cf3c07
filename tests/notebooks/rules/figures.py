"""Rules on figures: PNG, each with its own alt text that says what is seen."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser

from nbformat import NotebookNode

from tests.notebooks.rules.reading import (
    code_cells,
    markdown_cells,
    parse,
    tags,
    where,
    without_fences,
)

ALT_CHARACTERS = 30

_MARKDOWN_IMAGE = re.compile(r"(?<!\[)!\[([^\]]*)\]\(")


class _Images(HTMLParser):
    """Collects the alt text of every image; an image without one counts as ''."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.alts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.alts.append(dict(attrs).get("alt") or "")


def alts_in(html: str) -> list[str]:
    """The alt texts of the images in a piece of HTML."""
    reader = _Images()
    reader.feed(html)
    return [" ".join(alt.split()) for alt in reader.alts]


def bundles(cell: NotebookNode) -> Iterator[dict[str, str]]:
    """The outputs of a cell that hold data, each as media type → text."""
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        yield {
            kind: "".join(value) if isinstance(value, list) else str(value)
            for kind, value in data.items()
        }


def has_figure(notebook: NotebookNode) -> bool:
    """Whether any cell shows a picture."""
    return any("image/png" in data for _, cell in code_cells(notebook) for data in bundles(cell))


def missing_alt(notebook: NotebookNode) -> list[str]:
    """Pictures, in outputs and in prose, without an alt text of 30 characters."""
    advice = (
        f"at least {ALT_CHARACTERS} characters wanted that say what is seen; "
        "show it with display_figure(figure, alt)"
    )
    problems = []
    for index, cell in code_cells(notebook):
        for data in bundles(cell):
            if "image/png" not in data and "<img" not in data.get("text/html", ""):
                continue
            alts = alts_in(data.get("text/html", ""))
            if not alts:
                problems.append(f"{where(index, cell)}: a picture without alt text; {advice}")
            problems += [
                f"{where(index, cell)}: the alt text {alt!r} has {len(alt)} characters; {advice}"
                for alt in alts
                if len(alt) < ALT_CHARACTERS
            ]
    for index, cell in markdown_cells(notebook):
        text = without_fences(cell.source)
        problems += [
            f"{where(index, cell)}: a picture in prose with the alt text {alt!r}; "
            f"at least {ALT_CHARACTERS} characters wanted that say what is seen"
            for alt in [*_MARKDOWN_IMAGE.findall(text), *alts_in(text)]
            if len(alt) < ALT_CHARACTERS
        ]
    return problems


def repeated_alt(notebook: NotebookNode) -> list[str]:
    """Two figures with one alt text: at least one of them is described wrongly."""
    seen: dict[str, str] = {}
    problems = []
    for index, cell in code_cells(notebook):
        for data in bundles(cell):
            for alt in alts_in(data.get("text/html", "")):
                if alt and alt in seen:
                    problems.append(
                        f"{where(index, cell)}: the same alt text as {seen[alt]}: {alt!r}; "
                        "say what is different in this one"
                    )
                seen.setdefault(alt, where(index, cell))
    return problems


def vector_graphics(notebook: NotebookNode) -> list[str]:
    """SVG in outputs: it is compared letter by letter, and differs from machine to machine."""
    return [
        f"{where(index, cell)}: the output holds SVG; show a PNG with display_figure(figure, alt)"
        for index, cell in code_cells(notebook)
        for data in bundles(cell)
        if "image/svg+xml" in data
        or "<svg" in data.get("text/html", "")
        or "data:image/svg" in data.get("text/html", "")
    ]


def bare_show(notebook: NotebookNode) -> list[str]:
    """`plt.show()`, which leaves a picture without alt text."""
    return [
        f"{where(index, cell)}: {ast.unparse(node)} shows a picture without alt text; "
        "use display_figure(figure, alt)"
        for index, cell in code_cells(notebook)
        for node in ast.walk(parse(cell.source) or ast.Module(body=[], type_ignores=[]))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "show"
        and ast.unparse(node.func.value) in ("plt", "pyplot", "matplotlib.pyplot")
    ]


def widgets_without_picture(notebook: NotebookNode) -> list[str]:
    """Widget cells that leave nothing to see where widgets can't run."""
    return [
        f"{where(index, cell)}: tagged widget, but its output holds no image/png; "
        "give the widget its picture, for GitHub and for paper"
        for index, cell in code_cells(notebook)
        if "widget" in tags(cell) and not any("image/png" in data for data in bundles(cell))
    ]
