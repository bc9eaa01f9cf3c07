"""Rules on committed outputs: from one real run, in order, and bare of the machine it ran on."""

import json
import re

from nbformat import NotebookNode

from tests.notebooks.rules.reading import code_cells, where
from tools.notebook.normalise import RECORD

MOST_BYTES = 1_000_000

_DATA_ADDRESS = re.compile(r"data:[\w/+.-]+;base64,[A-Za-z0-9+/=\s]+")
_PLACE = re.compile(r"(?<![\w.:/])/(?:home|tmp|root|work|Users)/\w+|\b[A-Z]:\\+Users\\+\w+")
_MEMORY = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")


def not_executed(notebook: NotebookNode) -> list[str]:
    """Cells that were not run, or not run in order from a fresh kernel."""
    odd = [
        f"{where(index, cell)}: execution count {cell.get('execution_count')}, {expected} expected"
        for expected, (index, cell) in enumerate(code_cells(notebook), start=1)
        if cell.get("execution_count") != expected
    ]
    more = f", and {len(odd) - 1} more cells like it" if len(odd) > 1 else ""
    return [f"{odd[0]}{more}; run the whole notebook: make execute"] if odd else []


def errors(notebook: NotebookNode) -> list[str]:
    """Outputs that are errors."""
    return [
        f"{where(index, cell)}: the committed output is an error, {output.get('ename')}: "
        f"{output.get('evalue')}; mend the cell and run again"
        for index, cell in code_cells(notebook)
        for output in cell.outputs
        if output.output_type == "error"
    ]


def complaints(notebook: NotebookNode) -> list[str]:
    """Outputs on the error stream: warnings, progress bars, logs."""
    return [
        f"{where(index, cell)}: the output has an error stream, "
        f"{str(output.get('text', ''))[:60]!r}; mend what it complains about"
        for index, cell in code_cells(notebook)
        for output in cell.outputs
        if output.output_type == "stream" and output.get("name") == "stderr"
    ]


def texts_of(output: NotebookNode) -> str:
    """The readable text of an output: no pictures, which are letters by chance."""
    parts = [str(output.get("text", "")), str(output.get("evalue", ""))]
    for kind, value in output.get("data", {}).items():
        if not kind.startswith("image/"):
            parts.append(value if isinstance(value, str) else json.dumps(value))
    return _DATA_ADDRESS.sub("", "\n".join(parts))


def machine_paths(notebook: NotebookNode) -> list[str]:
    """Paths of the machine and names of its users, in code, prose or outputs."""
    problems = []
    for index, cell in enumerate(notebook.cells):
        texts = {"source": _DATA_ADDRESS.sub("", cell.source)}
        for output in cell.get("outputs", []):
            texts["output"] = texts.get("output", "") + texts_of(output)
        problems += [
            f"{where(index, cell)}: the {part} holds a path of one machine, {match[0]!r}; "
            "show a relative path or only the file's name"
            for part, text in texts.items()
            for match in _PLACE.finditer(text)
        ]
    return problems


def memory_addresses(notebook: NotebookNode) -> list[str]:
    """`<object at 0x7f…>`: different in every run, and it tells the reader nothing."""
    return [
        f"{where(index, cell)}: the output holds a memory address, {match[0]!r}; "
        "end the cell on something that shows itself"
        for index, cell in code_cells(notebook)
        for output in cell.outputs
        for match in _MEMORY.finditer(texts_of(output))
    ]


def notebook_metadata(notebook: NotebookNode) -> list[str]:
    """Metadata of the notebook other than its kernel, its language and what it was built from."""
    problems = []
    metadata = notebook.metadata
    for key in sorted(set(metadata) - {"kernelspec", "language_info", RECORD}):
        problems.append(f"metadata.{key} is left over from a run; normalise the notebook")
    if metadata.get("kernelspec", {}).get("name") != "python3":
        problems.append("metadata.kernelspec.name is not 'python3'; normalise the notebook")
    if dict(metadata.get("language_info", {})) != {"name": "python"}:
        problems.append("metadata.language_info is not {'name': 'python'}; normalise the notebook")
    return problems


def too_large(size: int) -> list[str]:
    """A file over one megabyte, given its size in bytes."""
    if size <= MOST_BYTES:
        return []
    return [
        f"the file has {size:,} bytes, at most {MOST_BYTES:,} wanted; draw smaller pictures, "
        "or show fewer numbers"
    ]
