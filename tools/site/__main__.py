"""Build the site: python -m tools.site [lessons], into build/site/index.html."""

import argparse
import os
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import anywidget

from lmteach.files import write_whole
from tools.environments import make
from tools.lecture.quizzes import page, questions
from tools.lesson import builds, cells
from tools.lesson.builds import Lesson
from tools.lesson.filling import ROOT, title
from tools.notebook import files
from tools.site.alive import alive, digest
from tools.site.source import folded, index

SCRIPTS = Path(__file__).parent / "javascript"
UNUSED = {"libembed-amd.js", "embed.js"}
LIBRARIES = {  # from node_modules into the site
    "requirejs/require.js": "require.js",
    "@jupyter-widgets/html-manager/dist": "@jupyter-widgets/html-manager/dist",
    "mathjax/es5/tex-mml-chtml.js": "mathjax/tex-mml-chtml.js",
    "mathjax/es5/output/chtml/fonts": "mathjax/output/chtml/fonts",
    "mathjax/es5/input/tex/extensions": "mathjax/input/tex/extensions",
}


def libraries(static: Path) -> None:
    """Copies of the scripts that pages load, so that they ask nobody."""
    lock, stamp = SCRIPTS / "package-lock.json", SCRIPTS / "node_modules" / ".package-lock.json"
    if not (stamp.is_file() and stamp.stat().st_mtime >= lock.stat().st_mtime):
        npm = shutil.which("npm")
        if npm is None:
            sys.exit("no npm found on PATH: install Debian's packages nodejs and npm")
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=SCRIPTS, check=True)
    for source, target in LIBRARIES.items():
        _copy(SCRIPTS / "node_modules" / source, static / target)
    _copy(Path(anywidget.__file__).parent / "nbextension" / "index.js", static / "anywidget.js")


def _copy(source: Path, target: Path) -> None:
    """Copy a file, or all files of a folder but those that no page loads."""
    if source.is_file():
        write_whole(target, source.read_bytes())
        return
    for path in source.rglob("*"):
        if path.is_file() and path.suffix != ".map" and path.name not in UNUSED:
            write_whole(target / path.relative_to(source), path.read_bytes())


def sources(lessons: list[Lesson], source: Path, state: Path, seconds: int) -> None:
    """The folder that Sphinx reads."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    names = [lesson.name for lesson in lessons]
    write_whole(source / "index.md", index(readme, names, project["urls"]["Repository"]))
    _copy(ROOT / "docs" / "journey.png", source / "docs" / "journey.png")
    for lesson in lessons:
        began = time.perf_counter()
        built = files.read(lesson.notebook)
        kept = state / f"{lesson.name}-{digest(built, ROOT / 'lmteach')}.ipynb"
        shown = alive(built, lesson.notebook.parent, kept, seconds)
        files.write(folded(shown), source / "notebooks" / lesson.notebook.name)
        asked = questions(lesson.name, cells.read(lesson.text()))
        quiz = page(f"Questions: {title(int(lesson.name[:2]))}", asked)
        write_whole(source / "quizzes" / f"{lesson.name}.md", quiz)
        print(f"{lesson.name}: {time.perf_counter() - began:.1f} s", flush=True)


def requirements() -> list[str]:
    """What pyproject.toml names for the site."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return list(tomllib.loads(text)["project"]["optional-dependencies"]["site"])


def main(line: list[str]) -> int:
    """Build the pages of all lessons or those named."""
    parser = argparse.ArgumentParser(prog="python -m tools.site", description=__doc__)
    parser.add_argument("lessons", nargs="*", help="numbers, names or paths; default: all")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "site", help="(build/site)")
    parser.add_argument("--seconds", type=int, default=600, help="for a widget's cell (600)")
    options = parser.parse_args(line)
    build = ROOT / "build"
    source = options.folder.with_name(f"{options.folder.name}-source")
    shutil.rmtree(source, ignore_errors=True)
    python = make(build / "site-environment", requirements(), on_top=True)
    libraries(source / "_static")
    for name in ("site.css", "site.js"):
        _copy(ROOT / "docs" / name, source / "_static" / name)
    lessons = builds.find(ROOT, options.lessons)
    sources(lessons, source, build / "site-state", options.seconds)
    sphinx = [str(python), "-m", "sphinx", "-q", "-c", str(ROOT / "docs"), "-b", "html"]
    quiet = os.environ | {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    done = subprocess.run([*sphinx, str(source), str(options.folder)], env=quiet).returncode
    print(f"open {options.folder / 'index.html'}")
    return done


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
