"""Promises of the project as a whole: its front page, its pins, its files."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "lmteach"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
MODULES = sorted(PACKAGE.rglob("*.py"))

# Modules without a test file of their own, and the one that tests them, seen from their folder.
TESTED_IN: dict[str, str] = {
    # seven ways to draw, tested with the same cases
    "plots/bars.py": "test_plots.py",
    "plots/curves.py": "test_plots.py",
    "plots/heatmap.py": "test_plots.py",
    "plots/journey.py": "test_plots.py",
    "plots/picture.py": "test_plots.py",
    "plots/ranking.py": "test_plots.py",
    "plots/style.py": "test_plots.py",
    # steps on the way from a file to a corpus, tested with the corpus that needs them
    "text/cache.py": "test_packages.py",
    "text/splits.py": "test_packages.py",
    "text/corpora/corpus.py": "test_wikipedia.py",
    # two tokenizers, tested with the same cases
    "text/tokenizers/characters.py": "test_characters_and_words.py",
    "text/tokenizers/words.py": "test_characters_and_words.py",
}

# Written in pieces, so that this file doesn't hold them.
FORBIDDEN = ["/wo" + "rk/", "/tmp/te" + "am", "py" + "pi.org", "python" + "hosted.org"]
FORBIDDEN += ["registry.npm" + "js.org", "ana" + "conda.org", "crates" + ".io", "/tmp/ve" + "nv"]


def targets(makefile: str) -> set[str]:
    """The targets of a Makefile that a person can call."""
    return set(re.findall(r"^([a-z][a-z0-9-]*):(?!=)", makefile, re.MULTILINE))


def commands(markdown: str) -> set[str]:
    """The make targets that a page tells people to call, in code."""
    code = re.findall(r"```.*?```|`[^`\n]+`", markdown, re.DOTALL)
    return {target for text in code for target in re.findall(r"\bmake ([a-z][a-z0-9-]*)", text)}


def links(markdown: str) -> set[str]:
    """The relative links and pictures of a page, without their anchors."""
    found = re.findall(r"\]\(<?([^)\s>]+)", markdown)
    found += re.findall(r"(?:src|href)=[\"']([^\"']+)", markdown)
    outside = ("http://", "https://", "mailto:", "#", "data:")
    return {link.split("#")[0] for link in found if not link.startswith(outside)}


def upper_bounds(dependencies: list[str]) -> list[str]:
    """Dependencies that bound a version from above, or pin it, or have no bound at all."""
    lower = re.compile(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?>=\d[\w.]*\s*(;.*)?")
    return [dependency for dependency in dependencies if not lower.fullmatch(dependency)]


def forbidden_in(text: str) -> list[str]:
    """Words that belong to one machine or one registry."""
    return [word for word in FORBIDDEN if word in text]


def without_test(modules: list[str], tests: set[str]) -> list[str]:
    """Modules such as `text/bpe.py` with no `text/test_bpe.py` among the tests.

    The `widget.py` of a widget is known by its folder: `widgets/test_trellis.py` tests that of
    `widgets/trellis/`.
    """
    missing = []
    for module in modules:
        folder, _, file = module.removesuffix("/widget.py").removesuffix(".py").rpartition("/")
        wanted = f"{folder}/test_{file.lstrip('_')}.py".lstrip("/")
        if file != "__init__" and wanted not in tests and module not in TESTED_IN:
            missing.append(f"lmteach/{module} has no tests/{wanted}")
    return missing


def project_files() -> list[Path]:
    """The files that git holds, or would hold; without git, all that are not made by a tool."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode == 0 and listed.stdout:
        paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        made = {".git", ".venv", "build"}
        paths = [p for p in ROOT.rglob("*") if not made & set(p.relative_to(ROOT).parts)]
    return sorted(path for path in paths if path.is_file())


def settings() -> dict[str, dict[str, object]]:
    """What pyproject.toml holds under [project]."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert isinstance(project, dict)
    return project


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_on_the_pages_are_targets(page: Path) -> None:
    called = commands(page.read_text(encoding="utf-8"))
    assert called, f"{page.name} tells nobody what to call"
    unknown = called - targets((ROOT / "Makefile").read_text(encoding="utf-8"))
    assert not unknown, f"{page.name} calls for targets that the Makefile doesn't have: {unknown}"


def test_the_two_commands_are_on_the_first_screen() -> None:
    first = "\n".join((ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:50])
    assert {"lab", "test"} <= commands(first)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_on_the_pages_lead_somewhere(page: Path) -> None:
    found = links(page.read_text(encoding="utf-8"))
    broken = sorted(link for link in found if not (ROOT / link).exists())
    assert not broken, f"{page.name} links to what is not there: {broken}"


def test_the_package_asks_for_lower_bounds_only() -> None:
    project = settings()
    assert project["dependencies"]
    assert upper_bounds(list(project["dependencies"])) == []
    assert re.fullmatch(r">=3\.\d+", str(project["requires-python"]))


def test_no_file_names_a_machine_or_a_registry() -> None:
    files = project_files()
    assert Path(__file__) in files
    found = {}
    for path in files:
        words = forbidden_in(path.read_text(encoding="utf-8", errors="ignore"))
        if words:
            found[path.relative_to(ROOT).as_posix()] = words
    assert not found, f"write it without these words: {found}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_modules_say_what_they_are(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), "no module docstring"


def test_nothing_is_left_to_write() -> None:
    left = "TO" + "DO"
    paths = [*MODULES, *(ROOT / "tests" / "exercises").glob("*.py")]
    unwritten = [path.name for path in paths if left in path.read_text(encoding="utf-8")]
    assert not unwritten, f"{unwritten} still say {left}"


def test_every_module_has_its_tests() -> None:
    modules = [path.relative_to(PACKAGE).as_posix() for path in MODULES]
    tests = {p.relative_to(ROOT / "tests").as_posix() for p in (ROOT / "tests").rglob("test_*.py")}
    assert without_test(modules, tests) == []


@pytest.mark.parametrize("module", TESTED_IN)
def test_modules_tested_elsewhere_are_tested_there(module: str) -> None:
    assert (PACKAGE / module).is_file(), f"{module} is gone; take it off the list"
    test = (ROOT / "tests" / module).parent / TESTED_IN[module]
    name = "lmteach." + module.removesuffix(".py").replace("/", ".")
    assert f"from {name} import" in test.read_text(encoding="utf-8"), (
        f"{test.name} does not import from {name}; write tests for it"
    )


def test_reading_a_makefile_and_a_page() -> None:
    assert targets("A := 1\nlab: x ## open\n\techo\nlint-all:\n.PHONY: no\n") == {"lab", "lint-all"}
    page = "We make sure. `make lab`\n```\nmake test\n```\n[a](b.md#c) [d](https://e) ![f](g.png)"
    assert commands(page) == {"lab", "test"}
    assert links(page) == {"b.md", "g.png"}


@pytest.mark.parametrize("line", ["torch", "torch==2.11", "torch~=2.1", "torch>=2,<3", "torch<3"])
def test_upper_bounds_turn_red(line: str) -> None:
    assert upper_bounds(["numpy>=2.1", line]) == [line]


def test_forbidden_words_turn_red() -> None:
    for word in FORBIDDEN:
        assert forbidden_in(f"see {word}x") == [word]
    assert forbidden_in("works and network/") == []


def test_modules_without_tests_turn_red() -> None:
    modules = ["text/__init__.py", "text/bpe.py", "classroom.py", "text/_private.py"]
    modules += ["widgets/trellis/widget.py", "widgets/neighbours/widget.py"]
    assert without_test(modules, {"text/test_bpe.py", "widgets/test_trellis.py"}) == [
        "lmteach/classroom.py has no tests/test_classroom.py",
        "lmteach/text/_private.py has no tests/text/test_private.py",
        "lmteach/widgets/neighbours/widget.py has no tests/widgets/test_neighbours.py",
    ]
