"""The picture of a widget: seen where the widget can't live, and nowhere else."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.lab import Lab

LABEL, ALT = "Shannon's guessing game", "A recorded guessing game"
GAME = (
    "from lmteach.widgets.guessing_game.widget import GuessingGame\n"
    "game = GuessingGame(['The cat sat'])\ngame"
)
PANEL = (
    "from lmteach.widgets.training_panel.widget import TrainingPanel\n"
    "panel = TrainingPanel(3)\n"
    "panel.run(lambda on_step: [on_step(step, 1 / step) for step in (1, 2, 3)])"
)
MESSAGES = ".jp-OutputArea-output.jupyter-widgets, .jupyter-widgets-error-widget"


@pytest.fixture(scope="module")
def bare(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A JupyterLab without anywidget: the kernel has it, the server has not."""
    home = tmp_path_factory.mktemp("bare")
    (home / "notebooks").mkdir()
    server = Lab(home / "notebooks", home, disabled=("anywidget",))
    yield server
    server.stop()


def save(page: Page) -> None:
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")


def reopen(lab: Lab, page: Page, name: str) -> None:
    """Save a notebook, end its kernel, and open it again, as on the next day."""
    save(page)
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    lab.open(page, name)


def pictures(page: Page, alt: str = ALT) -> Locator:
    """The pictures with an alt text that begins so, seen or not."""
    return page.locator(f'.jp-OutputArea-output img[alt^="{alt}"]')


def expect_the_picture_alone(page: Page, alt: str = ALT) -> None:
    expect(page.locator(MESSAGES)).to_have_count(1)  # it was tried, and there is a message
    expect(page.locator(MESSAGES)).to_be_hidden()
    expect(pictures(page, alt)).to_have_count(1)
    expect(pictures(page, alt)).to_be_visible()
    assert pictures(page, alt).evaluate("(image) => image.naturalWidth") > 300
    expect(page.get_by_text("This is a picture of the widget.")).to_be_visible()


def test_a_saved_notebook_without_its_kernel_shows_the_picture(lab: Lab, page: Page) -> None:
    lab.show_widget(page, "saved.ipynb", LABEL, GAME)
    reopen(lab, page, "saved.ipynb")
    expect_the_picture_alone(page)
    lab.run_all(page)
    expect(page.get_by_role("region", name=LABEL, exact=True)).to_be_visible()
    expect(pictures(page)).to_be_hidden()


def test_a_server_without_anywidget_shows_the_picture(bare: Lab, page: Page) -> None:
    bare.show(page, "bare.ipynb", GAME)
    expect_the_picture_alone(page)


def test_a_live_widget_hides_its_own_picture_and_no_other(lab: Lab, page: Page) -> None:
    """Be it shown twice, and loaded again while the kernel runs."""
    lab.write("two.ipynb", GAME, "other = GuessingGame(['A dog ran'])\ndisplay(game, other)")
    lab.open(page, "two.ipynb")
    lab.run_all(page)
    widgets = page.get_by_role("region", name=LABEL, exact=True)
    expect(widgets).to_have_count(3)
    expect(pictures(page)).to_have_count(3)
    expect(pictures(page).filter(visible=True)).to_have_count(0)
    page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        ".requestExecute({ code: 'other.close()' }).done"
    )
    expect(widgets).to_have_count(2)
    expect(pictures(page).filter(visible=True)).to_have_count(1)
    save(page)
    lab.open(page, "two.ipynb")
    expect(widgets).to_have_count(2)
    expect(pictures(page).filter(visible=True)).to_have_count(1)


def test_the_picture_of_a_panel_shows_what_was_trained(lab: Lab, page: Page) -> None:
    """The picture is drawn before the first step, and again at the end, in the same place."""
    lab.show_widget(page, "trained.ipynb", "Training panel", PANEL, "panel.result()")
    reopen(lab, page, "trained.ipynb")
    expect_the_picture_alone(page, "The loss against")
    assert "3 of 3 made" in (pictures(page, "The loss against").get_attribute("alt") or "")
    saved = json.loads((lab.folder / "trained.ipynb").read_text(encoding="utf-8"))
    shown = [output["output_type"] for output in saved["cells"][0]["outputs"]]
    assert shown == ["display_data", "display_data"]
