"""What the checks of every exercise have in common: how they are asked, and how they answer."""

from collections.abc import Callable
from types import ModuleType
from typing import Any


def blank(*arguments: Any) -> None: ...


def assert_right_and_blank(check: ModuleType, name: str, right: Callable[..., Any]) -> None:
    """The right answer is called right; a stub is not called wrong."""
    assert repr(getattr(check, name)(right)) == f"{name}: right"
    assert repr(getattr(check, name)(blank)) == f"{name}: not attempted yet"


def assert_told(check: ModuleType, name: str, wrong: Callable[..., Any], hint: str) -> None:
    """A wrong answer is shown beside what was expected, with the likely mistake."""
    verdict = repr(getattr(check, name)(wrong))
    assert verdict.startswith(f"{name}: for ")
    assert hint in verdict
