"""Every notebook: opened in a real JupyterLab, Run All, no error, every widget alive."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.lab import ROOT, Lab

NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_run_all(lab: Lab, page: Page, name: str) -> None:
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    lab.open(page, name)
    lab.run_all(page, seconds=900)
    widgets = page.evaluate(
        """() => [...window.jupyterapp.shell.currentWidget.content.model.cells].flatMap(
          (cell) => (cell.toJSON().outputs ?? []).filter((output) =>
            output.data?.["application/vnd.jupyter.widget-view+json"] &&
            output.data?.["image/png"])).length"""
    )
    alive = page.locator(".jp-OutputArea-output:has(section.lmteach)")  # some have two sections
    expect(alive).to_have_count(widgets)
    assert said == []
