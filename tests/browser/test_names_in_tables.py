"""JupyterLab shows a name in a table as it is: Markdown, HTML and MathJax read along."""

from playwright.sync_api import Page, expect

from tests.browser.lab import Lab

NAMES = ["$5 to $6", "a|b", "_x_ and *y*", "<b>bold</b>", "`code`", "[a](b)", "&amp;"]
NAMES += [r"\(z\) and \$ and \begin{x}"]
MAKE = f"""from lmteach.evaluation.scoreboard import Row, Table
Table("A", committed=tuple(Row(name, 2.0) for name in {NAMES!r}), yours=())"""


def test_names_are_shown_as_they_are(lab: Lab, page: Page) -> None:
    lab.show(page, "board.ipynb", MAKE)
    cells = page.locator(".jp-OutputArea-output tbody tr td:first-child")
    expect(cells).to_have_count(len(NAMES))
    page.wait_for_timeout(2000)  # MathJax comes last
    assert cells.all_inner_texts() == NAMES
    assert page.locator(".jp-OutputArea-output mjx-container").count() == 0
