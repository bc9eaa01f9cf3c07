"""The site of two lessons, opened from its folder and from a server, every other host refused."""

import functools
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.lab import ROOT

LOCAL = ("file:", "data:", "blob:", "http://127.0.0.1:")
AXE = ROOT / "tools" / "site" / "javascript" / "node_modules" / "axe-core" / "axe.min.js"
BIGRAMS = "notebooks/01_bigrams.html"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if os.environ.get("LMTEACH_SITE") != "1":
        pytest.skip("LMTEACH_SITE=1 builds a site, which needs npm and minutes")
    folder = tmp_path_factory.mktemp("built") / "site"
    line = [sys.executable, "-m", "tools.site", "01", "03", "--folder", str(folder)]
    subprocess.run(line, cwd=ROOT, check=True)
    return folder


@pytest.fixture(params=["file", "server"])
def address(request: pytest.FixtureRequest, site: Path) -> Iterator[str]:
    if request.param == "file":
        yield site.as_uri()
        return
    handler = functools.partial(Quiet, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def outside(page: Page) -> list[str]:
    """The addresses elsewhere that the page asks for; each is refused."""
    asked: list[str] = []

    def refuse(route, request) -> None:  # type: ignore[no-untyped-def]
        asked.append(request.url)
        route.abort()

    page.route(lambda url: not url.startswith(LOCAL), refuse)
    return asked


def test_formulas_and_widgets_live_without_a_network(
    page: Page, address: str, outside: list[str]
) -> None:
    page.goto(f"{address}/{BIGRAMS}")
    question = page.locator(".question").first
    expect(question).to_be_visible()
    question.get_by_role("button", name="B e, r").click()
    expect(question.locator(".says")).not_to_be_empty()
    question.get_by_role("button", name="A t, h").focus()
    page.keyboard.press("c")
    chosen = question.get_by_role("button", name="C n, end")
    expect(chosen).to_have_attribute("aria-pressed", "true")
    keys = page.get_by_role("radiogroup")
    keys.get_by_role("radio").nth(5).click()
    expect(keys.get_by_role("radio").nth(5)).to_have_attribute("aria-checked", "true")
    page.keyboard.press("ArrowRight")
    expect(keys.get_by_role("radio").nth(6)).to_have_attribute("aria-checked", "true")
    assert page.locator("mjx-container").count() > 10
    assert page.locator("mjx-merror").count() == 0
    assert outside == []


def test_search_finds(page: Page, address: str, outside: list[str]) -> None:
    page.goto(f"{address}/search.html?q=Viterbi")
    expect(page.locator("#search-results")).to_contain_text("Hidden Markov models")
    assert outside == []


@pytest.mark.parametrize("name", ["index.html", BIGRAMS, "quizzes/01_bigrams.html"])
def test_nothing_is_wider_than_a_phone(page: Page, site: Path, name: str) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{site.as_uri()}/{name}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_violation_in_what_is_ours(page: Page, site: Path, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(f"{site.as_uri()}/{BIGRAMS}")
    expect(page.locator(".question").first).to_be_visible()
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run(document.querySelector('.widget-subarea'))")["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
