"""Run every benchmark and write benchmarks/RESULTS.md: python -m benchmarks [name …]."""

import importlib
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

from benchmarks.measuring import Row
from lmteach.files import write_whole

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "RESULTS.md"
NOT_BENCHMARKS = {"__init__", "__main__", "measuring"}


def machine() -> str:
    """The machine and the versions that the figures belong to, in one line."""
    parts = [f"{os.cpu_count()} cores", platform.machine(), platform.system()]
    parts += [f"Python {platform.python_version()}"]
    parts += [f"{name} {version(name)}" for name in ("numpy", "torch")]
    return ", ".join(parts)


def section(name: str, rows: list[Row]) -> str:
    """The rows of one benchmark as a table."""
    lines = [
        f"## {name}",
        "",
        "| what | ours | theirs, or the limit | ratio |",
        "|---|---:|---:|---:|",
    ]
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:,.2f}"
        lines.append(f"| {row.what} | {row.ours} | {row.theirs} | {ratio} |")
    return "\n".join(lines)


def written(text: str) -> dict[str, str]:
    """The sections that are written down, by the name of their benchmark."""
    return {part.partition("\n")[0]: f"## {part}".rstrip() for part in text.split("\n## ")[1:]}


def main(names: list[str]) -> int:
    """Measure the named benchmarks, or all, and write them down.

    Those that were not measured now stay as they were, if they are of the same machine and
    versions; else nothing is written.
    """
    found = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in NOT_BENCHMARKS)
    if unknown := set(names) - set(found):
        print(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(found)}")
        return 1
    head = (
        "# Benchmarks\n\n"
        f"Written by `make benchmark`, side by side in one run, on {machine()}.\n"
        "A ratio above 1 is in our favour."
    )
    before = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else head
    sections = written(before) if names else {}
    for name in names or found:
        print(f"measuring {name} …", flush=True)
        rows = importlib.import_module(f"benchmarks.{name}").measure()
        sections[name] = section(name, rows)
        print(sections[name], flush=True)
    if names and not before.startswith(head):
        print(f"{RESULTS.name} is of another machine or other versions: not written. Measure all.")
        return 0
    parts = [sections[name] for name in found if name in sections]
    write_whole(RESULTS, "\n\n".join([head, *parts]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
