"""The widgets of every notebook: alive in a real JupyterLab, after the cells that they need."""

import ast
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Page, expect

from tests.browser.lab import Lab
from tests.notebooks.rules.reading import code_cells, load, notebook_paths, tags
from tools.notebook.normalise import normalise
from tools.notebook.slicing import only


class _Unclaimed(ast.NodeTransformer):
    """Leaves assertions out: with some cells missing, models may not be trained."""

    def visit_Assert(self, node: ast.Assert) -> ast.Pass:
        return ast.Pass()


def unclaimed(source: str) -> str:
    """A cell without its assertions.

    >>> unclaimed("x = 1\\nassert x == 2\\nx")
    'x = 1\\npass\\nx'
    """
    return ast.unparse(_Unclaimed().visit(ast.parse(source)))


@pytest.mark.parametrize("path", notebook_paths(), ids=lambda path: path.name)
def test_widgets_are_alive(lab: Lab, page: Page, path: Path) -> None:
    """Whole notebooks are run and compared by nbval; here the browser's part is looked at."""
    notebook = load(path)
    places = [place for place, cell in code_cells(notebook) if "widget" in tags(cell)]
    assert places, f"{path.name} has no cell tagged 'widget'"
    short, name = only(notebook, places), f"widgets_of_{path.name}"
    for _, cell in code_cells(short):
        cell.source = unclaimed(cell.source)
    nbformat.write(short, lab.folder / name)
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    lab.open(page, name)
    lab.run_all(page, seconds=900)
    widgets = page.evaluate(
        """() => [...window.jupyterapp.shell.currentWidget.content.model.cells].flatMap(
          (cell) => (cell.toJSON().outputs ?? []).filter((output, place, all) =>
            output.data?.["application/vnd.jupyter.widget-view+json"] &&
            all[place + 1]?.data?.["image/png"])).length"""
    )
    assert widgets >= len(places)
    alive = page.locator(".jp-OutputArea-output:has(section.lmteach)")  # some have two sections
    expect(alive).to_have_count(widgets)
    assert said == []


def test_a_folded_answer_shows_nothing_of_itself(lab: Lab, page: Page) -> None:
    """Not its first line either, until it is opened or its cell is run."""
    cells = [nbformat.v4.new_code_cell(f"print('answer {n}')") for n in (1, 2)]
    for number, cell in enumerate(cells, start=1):
        cell.metadata["jupyter"] = {"outputs_hidden": True}
        cell.outputs = [nbformat.v4.new_output("stream", text=f"answer {number}\n")]
    notebook = normalise(nbformat.v4.new_notebook(cells=cells))
    nbformat.write(notebook, lab.folder / "folded.ipynb")
    lab.open(page, "folded.ipynb")
    placeholders = page.locator(".jp-OutputPlaceholder")
    expect(placeholders).to_have_count(2)
    assert not any("answer" in text for text in placeholders.all_inner_texts())
    placeholders.first.click()
    expect(page.locator(".jp-OutputArea").get_by_text("answer 1")).to_be_visible()
    lab.run_all(page)
    expect(page.locator(".jp-OutputArea").get_by_text("answer 2")).to_be_visible()
