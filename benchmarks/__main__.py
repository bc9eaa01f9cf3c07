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


def main(names: list[str]) -> int:
    """Measure the named benchmarks, or all; only a full run is written down."""
    found = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in NOT_BENCHMARKS)
    if unknown := set(names) - set(found):
        print(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(found)}")
        return 1
    parts = [
        "# Benchmarks",
        "",
        f"Written by `make benchmark`, side by side in one run, on {machine()}.",
        "A ratio above 1 is in our favour.",
    ]
    for name in names or found:
        print(f"measuring {name} …", flush=True)
        parts += ["", section(name, importlib.import_module(f"benchmarks.{name}").measure())]
        print(parts[-1], flush=True)
    if not names:
        write_whole(RESULTS, "\n".join(parts) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
