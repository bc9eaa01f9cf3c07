"""Whoever runs a notebook by program sets the toggle, as papermill does it."""

from typing import Any

import pytest
import torch
from nbformat import NotebookNode, v4

from tests.notebooks.rules.reading import ROOT, tags
from tools.lesson import builds


def injected(cells: list[NotebookNode], values: str) -> list[NotebookNode]:
    """The cells with one more after that tagged `parameters`, or before all others if none is."""
    tagged = [place for place, cell in enumerate(cells) if "parameters" in tags(cell)]
    place = tagged[0] + 1 if tagged else 0
    return [*cells[:place], v4.new_code_cell(values), *cells[place:]]


@pytest.mark.parametrize("name", builds.names(ROOT))
def test_the_toggle_can_be_set_from_outside(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    made = builds.Lesson(ROOT, name).cells()
    end = next(place for place, cell in enumerate(made) if "start(seed=0" in cell.source)
    names = dict[str, Any]()
    for cell in injected(made[: end + 1], "USE_CUDA = True"):
        if cell.cell_type == "code":
            exec(cell.source, names)
    assert capsys.readouterr().out.startswith("No CUDA GPU was found")
    assert names["session"].device.type == "cpu"
