"""Drop from a notebook all that changes without meaning, so that a second run leaves no difference.

Widget views are dropped too: without a kernel JupyterLab shows "model not found" in their place,
and nothing of the picture and text that stand beside them in the same output. A widget without a
picture, such as a progress bar, leaves nothing. What ties a picture to its live view (see
``lmteach/widgets/shared/base.py``) goes with the view.

Where the outputs of a cell are hidden, JupyterLab still shows the first line of the first one, and
that may be the answer to a guess. So an output that holds nothing is put before them; running the
cell takes it away.
"""

import base64
import re
import struct

from nbformat import NotebookNode, from_dict

from tools.notebook.files import cell_ids

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
VOLATILE_CELL_METADATA = (
    *("execution", "ExecuteTime", "collapsed", "trusted", "vscode", "colab", "id"),
    *("cell_marker", "lines_to_next_cell", "lines_to_end_of_cell_marker"),  # from jupytext
)
# What JupyterLab's property inspector leaves behind where nothing was chosen.
UNSET_CELL_METADATA: dict[str, object] = {"editable": True, "deletable": True, "tags": []}
SLIDE_TYPES = {"code": "-", "markdown": "subslide"}  # where a cell doesn't say what it is
RECORD = "lmteach"  # in the notebook's metadata: what it was built from
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
COVER = {"output_type": "display_data", "data": {}, "metadata": {}}
VOLATILE_CHUNKS = (b"tEXt", b"zTXt", b"iTXt", b"tIME", b"eXIf")
SIGNATURE = b"\x89PNG\r\n\x1a\n"
ADDRESS = re.compile(r"\b0x(?=[0-9a-f]*[1-9a-f])[0-9a-f]{8,16}\b")
STILL = re.compile(r'<figure data-still="\w+".*?(<img [^>]*>).*?</figure>', re.DOTALL)
INLINE_PNG = re.compile(r"(?<=data:image/png;base64,)[A-Za-z0-9+/=\s]+")


def strip_png(data: str) -> str:
    """A PNG in base64 without the chunks that hold dates and version numbers."""
    picture = base64.b64decode(data)
    if not picture.startswith(SIGNATURE):
        return data
    kept, place = [SIGNATURE], len(SIGNATURE)
    while place + 12 <= len(picture):
        (length,) = struct.unpack(">I", picture[place : place + 4])
        chunk = picture[place : place + 12 + length]
        if chunk[4:8] not in VOLATILE_CHUNKS:
            kept.append(chunk)
        place += len(chunk)
    return base64.b64encode(b"".join(kept)).decode()


def _text(value: str) -> str:
    return ADDRESS.sub("0x" + "0" * 12, value)


def _bundle(data: NotebookNode) -> None:
    if len(data) > 1:
        data.pop(WIDGET_VIEW, None)
    for kind, value in data.items():
        if kind == "image/png":
            data[kind] = strip_png(value)
        elif kind == "text/plain":
            data[kind] = _text(value)
        elif kind == "text/html":
            image = STILL.sub(r"\1", value)
            data[kind] = INLINE_PNG.sub(lambda match: strip_png(match[0]), image)


def merge_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Neighbouring pieces of the same stream as one."""
    merged: list[NotebookNode] = []
    for output in outputs:
        last = merged[-1] if merged else None
        if last and output.output_type == "stream" == last.output_type and output.name == last.name:
            last["text"] += output["text"]
        else:
            merged.append(output)
    return merged


def _leaves_nothing(output: NotebookNode) -> bool:
    return WIDGET_VIEW in output.get("data", {}) and "image/png" not in output.data


def _outputs(cell: NotebookNode) -> None:
    shown = [out for out in cell.outputs if not _leaves_nothing(out) and out != COVER]
    hidden = cell.metadata.get("jupyter", {}).get("outputs_hidden", False)
    cover = [from_dict(COVER)] if shown and hidden else []
    cell.outputs = cover + merge_streams(shown)
    for output in cell.outputs:
        output.pop("transient", None)
        if output.output_type == "stream":
            output["text"] = _text(output["text"])
        if "data" in output:
            _bundle(output.data)
            kept = {kind: value for kind, value in output.metadata.items() if kind in output.data}
            output.metadata = from_dict(kept)
        if output.output_type == "execute_result":
            output.execution_count = cell.execution_count


def normalise_metadata(cell: NotebookNode) -> None:
    """Drop from a cell's metadata what means nothing, and say what it is on a slide."""
    for key in VOLATILE_CELL_METADATA:
        cell.metadata.pop(key, None)
    for key, unset in UNSET_CELL_METADATA.items():
        if cell.metadata.get(key) == unset:
            del cell.metadata[key]
    slideshow = cell.metadata.get("slideshow", {})
    if not slideshow.get("slide_type") and cell.cell_type in SLIDE_TYPES:
        slideshow = {**slideshow, "slide_type": SLIDE_TYPES[cell.cell_type]}
        cell.metadata["slideshow"] = from_dict(slideshow)


def normalise(notebook: NotebookNode) -> NotebookNode:
    """Normalise in place and return the notebook; doing it again changes nothing."""
    record = {key: value for key, value in notebook.metadata.items() if key == RECORD}
    notebook.metadata = from_dict(METADATA | record)
    number = 0
    for cell, identity in zip(notebook.cells, cell_ids(notebook.cells), strict=True):
        cell.id = identity
        normalise_metadata(cell)
        if cell.cell_type == "code":
            number += 1
            if cell.execution_count is not None:  # a cell that never ran stays recognisable
                cell.execution_count = number
            _outputs(cell)
    return notebook
