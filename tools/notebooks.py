"""Keep the notebooks: run, normalise, as pages."""

import argparse
import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when started as a script

from tools.notebook import files
from tools.notebook.normalise import normalise

Work = Callable[[Path], str]  # does one notebook; returns what went wrong, or nothing


def _execute(path: Path, timeout: int, refresh: bool) -> str:
    from tools.notebook.execute import NotebookError, executed

    try:
        changed = files.write(executed(path, timeout, refresh), path)
    except NotebookError as error:
        return str(error)
    print(f"{path}: {'written' if changed else 'unchanged'}", flush=True)
    return ""


def _run(path: Path, timeout: int, output: Path | None) -> str:
    from tools.notebook.execute import NotebookError, run

    try:
        notebook = run(path, timeout)
    except NotebookError as error:
        return str(error)
    if output is not None:
        from tools.notebook.pages import write_page

        print(write_page(notebook, path.stem, output), flush=True)
    return ""


def _preview(path: Path, output: Path) -> str:
    from tools.notebook.pages import write_page

    print(write_page(normalise(files.read(path)), path.stem, output))
    return ""


def _normalise(path: Path, check: bool) -> str:
    new = normalise(files.read(path))
    if check:
        same = files.text(new) == path.read_text(encoding="utf-8")
        return "" if same else f"{path}: not normalised; run: python -m tools.notebooks normalise"
    if files.write(new, path):
        print(f"{path}: written")
    return ""


def arguments(line: list[str]) -> argparse.Namespace:
    """The parsed command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.notebooks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, text: str, output: str | None = None) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.add_argument("paths", nargs="*", type=Path, help="default: all of them")
        if output:
            sub.add_argument("--output", type=Path, default=Path(output), help=f"({output})")
        return sub

    execute = command("execute", "run, normalise, and keep the outputs in the notebooks")
    execute.add_argument("--refresh", action="store_true", help="also outputs never compared")
    run = command("run", "run into pages; the notebooks stay as they are", "build")
    run.add_argument("--no-pages", action="store_true", help="only run")
    for sub in (execute, run):
        sub.add_argument("--timeout", type=int, default=900, help="seconds for one cell (900)")
        cores = os.cpu_count() or 1
        sub.add_argument("--jobs", type=int, default=max(1, cores // 2), help="at the same time")
    normal = command("normalise", "drop what changes without meaning")
    normal.add_argument("--check", action="store_true", help="only say which would change")
    command("preview", "the notebooks as they stand, as pages", "build/preview")
    return parser.parse_args(line)


def main(line: list[str]) -> int:
    """Do what the command line says; 1 if any notebook failed."""
    options = arguments(line)
    paths = files.find(options.paths)
    works: dict[str, Callable[[], Work]] = {
        "execute": lambda: partial(_execute, timeout=options.timeout, refresh=options.refresh),
        "run": lambda: partial(
            _run,
            timeout=options.timeout,
            output=None if options.no_pages else options.output,
        ),
        "preview": lambda: partial(_preview, output=options.output),
        "normalise": lambda: partial(_normalise, check=options.check),
    }
    work = works[options.command]()
    jobs = min(getattr(options, "jobs", 1), len(paths))
    if jobs > 1:
        os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // jobs)))
        with ProcessPoolExecutor(jobs) as pool:
            problems = list(pool.map(work, paths))
    else:
        problems = [work(path) for path in paths]
    for problem in filter(None, problems):
        print(problem, file=sys.stderr)
    return 1 if any(problems) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
