"""JavaScript is linted as the browser gets it, and problems are found where they were written."""

import shutil

import pytest

from lmteach.widgets.spectral_radius.widget import SpectralRadius
from tools import scripts
from tools.scripts import Problem, in_its_file, lint, meant, modules, parts

FILES = {
    "shared.js": "// Helpers.\nfunction el() {}\nfunction slider() {}\nfunction nobody() {}\n",
    "one.js": "function render() { el(); }\n",
    "two.js": "function render() { slider(); }\nfunction lost() {}\nvar x = nowhere;\n",
}
END = "\nexport default { render };"
SCRIPTS = {name: FILES["shared.js"] + "\n" + FILES[f"{name}.js"] + END for name in ("one", "two")}
JOINED = {name: parts(script, FILES) for name, script in SCRIPTS.items()}


def test_every_widget_has_a_module() -> None:
    shown = SpectralRadius()  # instances have classes of their own, without a module
    found = modules()
    assert found["SpectralRadius"] == SpectralRadius._esm == shown.get_state()["_esm"]
    assert len(found) >= 17
    assert all("export default" in script for script in found.values())


def test_lines_of_a_module_are_those_of_its_files() -> None:
    assert JOINED["two"] == {"shared.js": 0, "two.js": 5}
    problem = Problem("two", 7, "no-undef", "x")
    assert in_its_file(problem, FILES, JOINED["two"]) == Problem("two.js", 2, "no-undef", "x")
    behind = Problem("two", 10, "no-undef", "x")
    assert in_its_file(behind, FILES, JOINED["two"]) == behind


def test_shared_names_need_one_module_that_uses_them() -> None:
    nobody, slider = (Problem("shared.js", n, scripts.UNUSED, "") for n in (4, 3))
    assert meant({"one": [nobody, slider], "two": [nobody]}, JOINED) == [nobody]
    other = Problem("shared.js", 2, "no-undef", "")
    assert meant({"one": [other], "two": []}, JOINED) == [other]


def test_eslint_bites(node: str) -> None:
    found = {(p.file, p.line, p.rule) for p in lint(SCRIPTS, FILES, node)}
    assert found == {
        ("shared.js", 4, "no-unused-vars"),
        ("two.js", 2, "no-unused-vars"),
        ("two.js", 3, "no-unused-vars"),
        ("two.js", 3, "no-undef"),
        ("two.js", 3, "no-var"),
    }


def test_what_is_no_javascript_is_named(node: str) -> None:
    (problem,) = lint({"one": "let = ;"}, {"one.js": "let = ;"}, node)
    assert str(problem).startswith("one.js:1: Parsing error")


def test_without_node_it_is_skipped_or_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.delenv("LMTEACH_REQUIRE_NODE", raising=False)
    assert scripts.main() == 0
    assert "nodejs" in capsys.readouterr().out
    monkeypatch.setenv("LMTEACH_REQUIRE_NODE", "1")
    assert scripts.main() == 1


def test_the_lock_names_no_registry() -> None:
    lock = (scripts.ESLINT / "package-lock.json").read_text(encoding="utf-8")
    assert '"integrity"' in lock
    assert '"resolved"' not in lock
