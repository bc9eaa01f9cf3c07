"""The state of widgets: what it depends on, and what of a run a page takes."""

from pathlib import Path

from nbformat.v4 import new_code_cell, new_notebook, new_output

from tools.notebook.normalise import WIDGET_VIEW
from tools.site.alive import digest, with_state


def test_the_digest_knows_the_code_and_the_package(tmp_path: Path) -> None:
    one, other = (new_notebook(cells=[new_code_cell(text)]) for text in ("1", "2"))
    (tmp_path / "a.py").write_text("a = 1")
    before = digest(one, tmp_path)
    assert digest(one, tmp_path) == before != digest(other, tmp_path)
    (tmp_path / "a.py").write_text("a = 2")
    assert digest(one, tmp_path) != before


def test_only_what_shows_a_widget_is_taken_from_the_run() -> None:
    def made(text: str, view: bool) -> list:  # type: ignore[type-arg]
        data = {"text/plain": text} | ({WIDGET_VIEW: {"model_id": "m"}} if view else {})
        return [new_output("display_data", data)]

    def notebook(text: str, *views: bool):  # type: ignore[no-untyped-def]
        cells = [new_code_cell("w", outputs=made(text, view)) for view in views]
        for cell in cells[1:]:
            cell.metadata["tags"] = ["widget"]
        return new_notebook(cells=cells)

    old, ran = notebook("old", False, False, False), notebook("new", True, True, False)
    ran.metadata["widgets"] = {"state": 1}
    shown = with_state(old, ran)
    texts = [cell.outputs[0].data["text/plain"] for cell in shown.cells]
    assert texts == ["old", "new", "old"], "a picture stands where a run showed no widget"
    assert shown.metadata["widgets"] == {"state": 1}
    assert "widgets" not in old.metadata
