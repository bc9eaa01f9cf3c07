"""Write constraints.txt from this environment: python -m tools.dependencies, or --check.

pyproject.toml names every dependency once, with its lower bound. constraints.txt holds what that
came to where the committed outputs were made: each package, those that others asked for too, with
its exact version. The environments of the checks are made from these two, and setup cells read
the first.
"""

import argparse
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from lmteach.files import write_whole

ROOT = Path(__file__).resolve().parents[1]
CONSTRAINTS = ROOT / "constraints.txt"
EXTRAS = ("lab", "test", "kenlm")
HEAD = """\
# The versions behind the committed outputs, of every package. Written by `make constraints`.
# Without local versions and CUDA's packages, so that it holds for each build of PyTorch.
"""
CUDA = ("nvidia-", "cuda-", "triton")  # what PyTorch's CUDA build asks for on Linux


def declared(*extras: str) -> list[Requirement]:
    """What pyproject.toml names: what the package needs, or what these extras add to it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extra = project["optional-dependencies"]
    lines = [line for name in extras for line in extra[name]] if extras else project["dependencies"]
    found = map(Requirement, lines)
    return [requirement for requirement in found if requirement.name != project["name"]]


def bound(requirement: Requirement) -> Version:
    """The lower bound of a requirement."""
    (lower,) = (part.version for part in requirement.specifier if part.operator == ">=")
    return Version(lower)


def lowest(requirements: Iterable[Requirement]) -> list[str]:
    """The same requirements, held at their lower bounds.

    >>> lowest([Requirement("regex>=2024.5"), Requirement("pytest>=8.3,<10")])
    ['regex==2024.5.*', 'pytest==8.3.*']
    """
    return [f"{requirement.name}=={bound(requirement)}.*" for requirement in requirements]


def installed(requirements: Iterable[Requirement]) -> dict[str, str]:
    """Versions in this environment of the packages required, and of all that those require.

    Raises:
        SystemExit: one of them is not installed; says which.
    """
    versions: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(requirement, "") for requirement in requirements]
    while waiting:
        requirement, extra = waiting.pop()
        name = canonicalize_name(requirement.name)
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        try:
            found = distribution(name)
        except PackageNotFoundError:
            raise SystemExit(f"{name} is not installed: make clean lab, and make kenlm") from None
        versions[name] = Version(found.version).public
        for wanted in {"", *requirement.extras}:
            if (name, wanted) not in seen:
                seen.add((name, wanted))
                waiting += [(Requirement(line), wanted) for line in found.requires or ()]
    return {name: versions[name] for name in sorted(versions) if not name.startswith(CUDA)}


def pins(text: str) -> dict[str, str]:
    """The versions by name in the text of a constraints file."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split("==") for line in lines)


def differences(held: dict[str, str], here: dict[str, str]) -> list[str]:
    """Where an environment is not the one that constraints hold; what only one has is left out.

    Each system and each version of Python needs a few packages that the others don't.
    """
    return [
        f"{name} {here[name]} is installed, constraints.txt holds {version}: make constraints"
        for name, version in held.items()
        if here.get(name, version) != version
    ]


def main(line: list[str]) -> int:
    """Write or check; 1 if this environment has other versions than constraints.txt."""
    parser = argparse.ArgumentParser(prog="python -m tools.dependencies", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare")
    options = parser.parse_args(line)
    if options.check:
        here = installed(declared() + declared("lab", "test"))
        problems = differences(pins(CONSTRAINTS.read_text(encoding="utf-8")), here)
        print(*(problems or [f"{len(here)} packages are as constraints.txt has them"]), sep="\n")
        return 1 if problems else 0
    here = installed(declared() + declared(*EXTRAS))
    text = HEAD + "".join(f"{name}=={version}\n" for name, version in here.items())
    write_whole(CONSTRAINTS, text)
    print(f"{CONSTRAINTS.name}: {len(here)} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
