"""Write the repository's address everywhere: python -m tools.publish owner/name, or --check.

pyproject.toml is the one place that decides; pages and lessons follow it, and so do the notebooks,
which are built from it.
"""

import argparse
import re
import sys
from pathlib import Path

from tools.lesson import builds
from tools.lesson.builds import State
from tools.lesson.cells import LessonError
from tools.lesson.filling import repository
from tools.notebook import files

OWNER = re.compile(r"[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}")
NAME = re.compile(r"(?!\.{1,2}$)(?!.*\.git$)[A-Za-z0-9._-]{1,100}")
PROJECT = "pyproject.toml"
# Addresses that can only be this repository's own, whatever else a page links to.
OWN = re.compile(
    r"(git\+https://github\.com/|colab\.research\.google\.com/github/|mybinder\.org/v2/gh/"
    r"|repository-code: \"https://github\.com/|^Repository = \"https://github\.com/)"
    r"([\w.-]+/[\w-]+(?:\.[\w-]+)*)",
    re.MULTILINE,
)
PAGES = ("README.md", "CONTRIBUTING.md", "CITATION.cff", "LICENSE", PROJECT)


def valid(repository: str) -> bool:
    """Whether `owner/name` keeps GitHub's rules for both parts."""
    owner, slash, name = repository.partition("/")
    return bool(slash and len(owner) <= 39 and OWNER.fullmatch(owner) and NAME.fullmatch(name))


def pages(root: Path) -> list[Path]:
    """What holds the address as text; pyproject.toml is last, because it knows the old one."""
    own = [root / page for page in PAGES if (root / page).is_file()]
    return [*sorted((root / "lessons").glob("*.py")), *own]


def renamed(content: str, old: str, new: str) -> str:
    """The text with its own addresses changed, and plain links to `old` as well."""
    content = OWN.sub(lambda match: match[1] + new, content)
    return re.sub(rf"(?<=github\.com/){re.escape(old)}(?![\w-])", new, content)


def publish(root: Path, new: str) -> list[Path]:
    """Write `new` everywhere; the files that changed. Nothing, if a notebook was edited."""
    old, changed, lessons = repository(root), [], builds.find(root, [])
    for lesson in lessons:
        state = lesson.state()
        if state in (State.EDITED, State.BOTH):
            raise LessonError(builds.complaint(lesson, state))
    for path in pages(root):
        after = renamed(path.read_text(encoding="utf-8"), old, new)
        if files.write_text(after, path):
            changed.append(path)
    return changed + [lesson.notebook for lesson in lessons if builds.build(lesson) is not None]


def disagreements(root: Path) -> list[str]:
    """One line for each address that is not the one in pyproject.toml."""
    wanted, found = repository(root), []
    for path in [*pages(root), *sorted((root / "notebooks").glob("*.ipynb"))]:
        content = path.read_text(encoding="utf-8")
        if path.suffix == ".ipynb":
            content = "\n".join(cell.source for cell in files.read(path).cells)
        for match in OWN.finditer(content):
            if match[2] != wanted:
                found.append(f"{path}: {match[2]}, where {PROJECT} has {wanted}")
    return found


def main(line: list[str]) -> int:
    """Publish or check; 1 on a wrong name or a disagreement."""
    parser = argparse.ArgumentParser(prog="python -m tools.publish", description=__doc__)
    parser.add_argument("repository", nargs="?", help="owner/name")
    parser.add_argument("--check", action="store_true", help="only find addresses that disagree")
    options, root = parser.parse_args(line), Path.cwd()
    if options.check:
        problems = disagreements(root)
        print(*(problems or [f"every address is {repository(root)}"]), sep="\n")
        return 1 if problems else 0
    if not options.repository or not valid(options.repository):
        print(
            f"{options.repository or 'nothing'} is not a repository's owner/name as GitHub allows "
            "it. Example: make publish REPOSITORY=ada/lmteach",
            file=sys.stderr,
        )
        return 1
    try:
        print(*publish(root, options.repository), sep="\n")
    except LessonError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
