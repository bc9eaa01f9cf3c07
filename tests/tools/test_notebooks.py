"""tools/notebooks.py on small notebooks: runs, kept outputs, what is dropped, errors."""

import base64
import io
import os
import random
from collections.abc import Callable
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import pytest
from nbformat import NotebookNode, v4

from lmteach.widgets.shared.base import STILL
from tools import notebooks
from tools.notebook.files import cell_ids, read, text, write_text
from tools.notebook.normalise import WIDGET_VIEW, normalise, strip_png

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Writes a normalised notebook of the given cells."""

    def write(*cells: NotebookNode, name: str = "small") -> Path:
        path = tmp_path / f"{name}.ipynb"
        path.write_text(text(normalise(v4.new_notebook(cells=list(cells)))), encoding="utf-8")
        return path

    return write


def code(source: str, *tags: str, **metadata: object) -> NotebookNode:
    return v4.new_code_cell(source, metadata={"tags": list(tags), **metadata})


def picture(software: str) -> str:
    figure, axes = plt.subplots()
    axes.plot([1, 2])
    buffer = io.BytesIO()
    figure.savefig(buffer, metadata={"Software": software})
    plt.close(figure)
    return base64.b64encode(buffer.getvalue()).decode()


def shown(path: Path, index: int) -> str:
    return "".join(
        output.get("text", "") or output.get("data", {}).get("text/plain", "")
        for output in read(path).cells[index].outputs
    )


def test_execute_twice_leaves_no_difference(make: Make) -> None:
    path = make(
        v4.new_markdown_cell("# Title"),
        code("print('a')\nprint('b')"),
        code("object()"),
        code("1 + 1"),
    )
    assert notebooks.main(["execute", str(path)]) == 0
    first = path.read_bytes()
    assert [cell.get("execution_count") for cell in read(path).cells] == [None, 1, 2, 3]
    assert shown(path, 1) == "a\nb\n"
    assert shown(path, 2) == "<object at 0x000000000000>"
    assert notebooks.main(["execute", str(path)]) == 0
    assert path.read_bytes() == first
    assert notebooks.main(["normalise", "--check", str(path)]) == 0


def test_ignored_outputs_are_kept_until_source_or_refresh(make: Make) -> None:
    volatile = "import random\nrandom.random()"
    path = make(
        code(volatile, "nbval-ignore-output"), code("import random\nround(random.random(), 9)")
    )
    assert notebooks.main(["execute", str(path)]) == 0
    kept, compared = shown(path, 0), shown(path, 1)
    notebooks.main(["execute", str(path)])
    assert shown(path, 0) == kept
    assert shown(path, 1) != compared
    notebooks.main(["execute", "--refresh", str(path)])
    assert shown(path, 0) != kept

    kept, notebook = shown(path, 0), read(path)
    notebook.cells[0].source += "  # edited in JupyterLab, id unchanged"
    path.write_text(nbformat.writes(notebook), encoding="utf-8")
    notebooks.main(["execute", str(path)])
    assert shown(path, 0) != kept


def test_error_names_notebook_and_cell_and_writes_nothing(
    make: Make, capfd: pytest.CaptureFixture[str]
) -> None:
    path = make(code("1"), code("# the bad one\nraise ValueError('no such letter')"), name="broken")
    before = path.read_bytes()
    assert notebooks.main(["execute", str(path)]) == 1
    message = capfd.readouterr().err
    assert (
        "broken.ipynb: cell 1 (code, starts '# the bad one'): ValueError: no such letter" in message
    )
    assert path.read_bytes() == before


def test_slow_cell_is_stopped(make: Make, capfd: pytest.CaptureFixture[str]) -> None:
    path = make(code("import time\ntime.sleep(60)"))
    assert notebooks.main(["execute", "--timeout", "1", str(path)]) == 1
    assert "cell 0 (code, starts 'import time'): over 1 s" in capfd.readouterr().err


def test_run_writes_pages_and_leaves_notebooks(make: Make, tmp_path: Path) -> None:
    figure = 'from IPython.display import HTML\nHTML(\'<img alt="a rising line" src="x.png">\')'
    first = make(code(figure), v4.new_markdown_cell("[next](other.ipynb)"))
    second = make(code("2 + 3"), name="other")
    before = first.read_bytes()
    pages = tmp_path / "pages"
    line = ["run", "--jobs", "2", "--output", str(pages), str(first), str(second)]
    assert notebooks.main(line) == 0
    page = (pages / "small.html").read_text(encoding="utf-8")
    assert 'alt="a rising line"' in page
    assert 'href="other.html"' in page
    assert (pages / "other.html").is_file()
    assert first.read_bytes() == before
    assert notebooks.main(["preview", "--output", str(pages / "p"), str(first)]) == 0
    assert (pages / "p" / "small.html").is_file()


def test_normalise_drops_what_is_volatile() -> None:
    cell = code("show()", execution={"iopub.execute_input": "2024"}, slideshow={"slide_type": "-"})
    cell.execution_count = 41
    image, other = picture("one"), picture("two")
    assert image != other
    cell.outputs = [
        v4.new_output("stream", name="stdout", text="a at 0x7f3a9bcd1234\n"),
        v4.new_output("stream", name="stdout", text="b\n"),
        v4.new_output("stream", name="stderr", text="c\n"),
        v4.new_output(
            "display_data",
            data={
                WIDGET_VIEW: {"model_id": "abc"},
                "image/png": image,
                "text/html": f'<img alt="x" src="data:image/png;base64,{image}">',
                "text/plain": "a picture",
            },
            metadata={WIDGET_VIEW: {}, "image/png": {"width": 3}},
        ),
        v4.new_output("display_data", data={WIDGET_VIEW: {}, "text/plain": "0%|    | 0/8"}),
    ]
    notebook = v4.new_notebook(cells=[cell, code("show()")], metadata={"widgets": {"state": {}}})
    first = text(normalise(notebook))
    assert text(normalise(notebook)) == first
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert [output.get("name") for output in cell.outputs] == ["stdout", "stderr", None]  # no bar
    assert cell.outputs[0]["text"] == "a at 0x000000000000\nb\n"
    bundle = cell.outputs[2]
    assert set(bundle.data) == {"image/png", "text/html", "text/plain"}
    assert bundle.data["image/png"] == strip_png(other)
    assert strip_png(other) in bundle.data["text/html"]
    assert bundle.metadata == {"image/png": {"width": 3}}
    assert "execution" not in cell.metadata
    assert cell.metadata.slideshow == {"slide_type": "-"}
    assert cell.execution_count == 1
    assert notebook.cells[1].execution_count is None
    assert notebook.cells[1].id == f"{cell.id}-2"


def test_normalise_drops_what_ties_a_picture_to_a_live_view() -> None:
    """What it is tied by is another in every run; the sentence below speaks of the view."""
    image = '<img alt="a &gt; b" src="data:image/png;base64,AAAA">'
    kept = []
    for still in ("12ab", "34cd"):
        cell = code("panel", "widget")
        pictured = {"text/html": STILL.format(still=still, image=image), "image/png": "AAAA"}
        cell.outputs = [
            v4.new_output("display_data", data={WIDGET_VIEW: {"model_id": still}}),
            v4.new_output("display_data", data=pictured),
        ]
        kept += normalise(v4.new_notebook(cells=[cell])).cells[0].outputs
    assert [output.data["text/html"] for output in kept] == [image, image]


def test_normalise_covers_outputs_that_are_hidden() -> None:
    """JupyterLab shows the first line of the first output in their place."""
    hidden, shown, empty = (code(source, "answer") for source in "abc")
    for cell in (hidden, empty):
        cell.metadata["jupyter"] = {"outputs_hidden": True}
    for cell in (hidden, shown):
        cell.outputs = [v4.new_output("stream", text="0.75\n")]
    notebook = v4.new_notebook(cells=[hidden, shown, empty])
    first = text(normalise(notebook))
    assert text(normalise(notebook)) == first
    assert [out.output_type for out in hidden.outputs] == ["display_data", "stream"]
    assert hidden.outputs[0].data == {}
    assert [out.output_type for out in shown.outputs] == ["stream"]
    assert empty.outputs == []
    hidden.metadata["jupyter"] = {}
    assert [out.output_type for out in normalise(notebook).cells[0].outputs] == ["stream"]


def test_normalise_keeps_what_the_notebook_was_built_from() -> None:
    record = {"lesson": "a", "cells": "b"}
    notebook = v4.new_notebook(cells=[], metadata={"lmteach": record, "colab": {}})
    assert normalise(notebook).metadata["lmteach"] == record
    assert "colab" not in notebook.metadata


def test_normalise_says_what_a_cell_is_on_a_slide() -> None:
    unset = {"slideshow": {"slide_type": ""}, "editable": True, "deletable": True, "tags": []}
    cells = [
        v4.new_code_cell("1", metadata=unset),
        v4.new_markdown_cell("a"),
        v4.new_markdown_cell("b", metadata={"slideshow": {"slide_type": "slide"}, "tags": ["x"]}),
    ]
    normalise(v4.new_notebook(cells=cells))
    assert [cell.metadata.slideshow.slide_type for cell in cells] == ["-", "subslide", "slide"]
    assert [set(cell.metadata) for cell in cells] == [
        {"slideshow"},
        {"slideshow"},
        {"slideshow", "tags"},
    ]


def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.py"
    assert write_text("old\n", path)
    assert not write_text("old\n", path)

    def full(_: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        write_text("new\n", path)
    assert path.read_text(encoding="utf-8") == "old\n"
    assert list(tmp_path.iterdir()) == [path]


def test_ids_depend_on_type_and_source_alone() -> None:
    sources = ["a", "b", "a", "a"]
    cells = [v4.new_code_cell(source) for source in sources]
    ids = cell_ids(cells)
    assert len(set(ids)) == len(ids)
    random.Random(0).shuffle(cells)
    assert sorted(cell_ids(cells)) == sorted(ids)
    assert cell_ids([v4.new_markdown_cell("a")])[0] not in ids


def test_unnormalised_is_found(make: Make, capfd: pytest.CaptureFixture[str]) -> None:
    path = make(code("1"))
    path.write_text(path.read_text(encoding="utf-8").replace("python3", "mine"), encoding="utf-8")
    assert notebooks.main(["normalise", "--check", str(path)]) == 1
    assert "small.ipynb: not normalised" in capfd.readouterr().err
    assert notebooks.main(["normalise", str(path)]) == 0
    assert notebooks.main(["normalise", "--check", str(path)]) == 0


def test_missing_notebook_is_named() -> None:
    with pytest.raises(SystemExit, match=r"nowhere\.ipynb: no such notebook"):
        notebooks.main(["preview", "nowhere.ipynb"])
