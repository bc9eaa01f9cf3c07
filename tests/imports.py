"""Which packages from outside a part of the project imports."""

import ast
import json
import sys
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
OURS = {"lmteach", "experiments", "tests", "tools", "benchmarks"}


def sources(*folders: str) -> Iterable[str]:
    """The Python of these files and folders, of notebooks one cell after the other."""
    for name in folders:
        for path in [ROOT / name, *sorted((ROOT / name).rglob("*"))]:
            if path.suffix == ".py":
                yield path.read_text(encoding="utf-8")
            elif path.suffix == ".ipynb":
                cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
                yield from ("".join(c["source"]) for c in cells if c["cell_type"] == "code")


def imported(texts: Iterable[str]) -> set[str]:
    """The distributions, by their canonical names, that bring what these texts import."""
    modules = set()
    for node in (node for text in texts for node in ast.walk(ast.parse(text))):
        if isinstance(node, ast.Import):
            modules |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            modules.add(str(node.module).partition(".")[0])
    brought = packages_distributions()
    modules -= OURS | sys.stdlib_module_names
    return {canonicalize_name(brought.get(module, [module])[0]) for module in modules}
