"""Lint the JavaScript of the widgets with ESLint: python -m tools.scripts

A widget's module is joined from several files when it is loaded, and linted as the browser gets it,
so that a name which no part brings is found. Without Node this is skipped, or an error where
LMTEACH_REQUIRE_NODE is 1.
"""

import importlib
import json
import os
import pkgutil
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from anywidget import AnyWidget

import lmteach.widgets
from lmteach.files import write_whole

ROOT = Path(__file__).resolve().parents[1]
ESLINT = ROOT / "tools" / "javascript"
UNUSED = "no-unused-vars"
NO_NODE = "no Node found on PATH: install Debian's packages nodejs and npm to lint JavaScript"


@dataclass(frozen=True)
class Problem:
    """What ESLint found at a line of a file."""

    file: str
    line: int
    rule: str
    says: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.says} ({self.rule})"


def modules() -> dict[str, str]:
    """The module of every widget of the package, as the browser gets it, by the widget's name."""
    for found in pkgutil.walk_packages(lmteach.widgets.__path__, "lmteach.widgets."):
        importlib.import_module(found.name)
    waiting, scripts = [AnyWidget], {}
    while waiting:
        widget = waiting.pop()
        waiting += widget.__subclasses__()
        script = vars(widget).get("_esm")  # a trait in the class that each instance gets
        if widget.__module__.startswith("lmteach.") and isinstance(script, str):
            scripts[widget.__name__] = script
    return dict(sorted(scripts.items()))


def parts(script: str, files: dict[str, str]) -> dict[str, int]:
    """The files that a module is joined from, each with the number of lines before it."""
    places = {name: script.find(text) for name, text in files.items()}
    return {name: script.count("\n", 0, at) for name, at in places.items() if at >= 0}


def in_its_file(problem: Problem, files: dict[str, str], joined: dict[str, int]) -> Problem:
    """The problem of a joined module, at the file and line that it comes from."""
    for name, before in joined.items():
        line = problem.line - before
        if 1 <= line <= len(files[name].splitlines()):
            return Problem(name, line, problem.rule, problem.says)
    return problem


def meant(found: dict[str, list[Problem]], joined: dict[str, dict[str, int]]) -> list[Problem]:
    """Each problem once; a shared name counts as unused where no module uses it."""
    times = {problem: 0 for problems in found.values() for problem in problems}
    for problems in found.values():
        for problem in set(problems):
            times[problem] += 1
    shares = {p: sum(p.file in names for names in joined.values()) for p in times}
    return [p for p in times if p.rule != UNUSED or times[p] == max(1, shares[p])]


def eslint(scripts: dict[str, str], node: str) -> Iterator[tuple[str, list[Problem]]]:
    """What ESLint finds in each of these modules."""
    folder = ROOT / "build" / "scripts"
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in scripts.items():
        write_whole(folder / f"{name}.js", text)
    line = [node, str(ESLINT / "node_modules/eslint/bin/eslint.js"), "--format=json"]
    line += [f"--config={ESLINT / 'eslint.config.js'}", str(folder)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr)
    for result in json.loads(done.stdout):
        name = Path(result["filePath"]).stem
        yield (
            name,
            [
                Problem(name, message["line"], message["ruleId"] or "syntax", message["message"])
                for message in result["messages"]
            ],
        )


def lint(scripts: dict[str, str], files: dict[str, str], node: str) -> list[Problem]:
    """The problems of these modules, at the files that they were joined from."""
    joined = {name: parts(script, files) for name, script in scripts.items()}
    found = {
        name: [in_its_file(problem, files, joined[name]) for problem in problems]
        for name, problems in eslint(scripts, node)
    }
    return meant(found, joined)


def is_ready() -> bool:
    """Whether what the lock file names is installed."""
    lock, installed = ESLINT / "package-lock.json", ESLINT / "node_modules" / ".package-lock.json"
    return installed.is_file() and installed.stat().st_mtime >= lock.stat().st_mtime


def main() -> int:
    """1 if there is a problem."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        print(NO_NODE)
        return int(os.environ.get("LMTEACH_REQUIRE_NODE") == "1")
    if not is_ready():
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=ESLINT, check=True)
    sources = sorted((ROOT / "lmteach" / "widgets").rglob("*.js"))
    files = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in sources}
    scripts = modules()
    problems = lint(scripts, files, node)
    sent = {name for script in scripts.values() for name in parts(script, files)}
    problems += [Problem(name, 1, "unsent", "no widget sends this") for name in files.keys() - sent]
    print(*(problems or [f"the modules of {len(scripts)} widgets are clean"]), sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
