"""Fixtures: a JupyterLab over a copy of the notebooks, and a page of a browser beside it."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.lab import CHROMIUM_OPTIONS, ROOT, Lab, chromium

NO_CHROMIUM = (
    "no Chromium found on PATH: install Debian's package chromium, or Chrome, to run the browser "
    "tests"
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None and os.environ.get("LMTEACH_REQUIRE_BROWSER") == "1":
        pytest.fail(NO_CHROMIUM)
    if path is None:
        pytest.skip(NO_CHROMIUM)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def lab(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    home = tmp_path_factory.mktemp("jupyterlab")
    folder = home / "notebooks"
    shutil.copytree(ROOT / "notebooks", folder, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    server = Lab(folder, home)
    yield server
    server.stop()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    yield context.new_page()
    context.close()


@pytest.fixture
def module_page(page: Page) -> Page:
    """A page with a function ``load`` that imports the text of an ES module."""
    page.evaluate(
        """() => { window.load = (text) => import(URL.createObjectURL(
          new Blob([text], { type: "text/javascript" }))); }"""
    )
    return page
