"""Every exercise of every notebook judges odd answers rightly, and none of them does harm.

The answers are made of the right one, which is taken from the notebook. Only the imports and the
functions that it needs are executed, here in this process: no cell is run.
"""

import ast
import copy
import functools
import pickle
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lmteach.exercises.feedback import Verdict
from tests.notebooks.rules import exercises
from tests.notebooks.rules.reading import load, notebook_paths
from tools.notebook.slicing import needed

Answer = Callable[..., Any]
Check = Callable[[Answer], Verdict]
NOTEBOOKS = notebook_paths()
KEPT = (ast.Import, ast.ImportFrom, ast.FunctionDef)

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@functools.cache
def right_answers(path: Path) -> list[tuple[str, Check, Answer]]:
    """The name, the check and the right answer of each exercise of a notebook."""
    blank, found = load(path), []
    solved = exercises.solved(blank)
    for exercise in exercises.exercises(blank):
        kernel: dict[str, Any] = {}
        for place in sorted(needed(solved, [exercise.cell])):
            lines = solved.cells[place].source.splitlines()
            source = "\n".join(line for line in lines if not line.startswith(("%", "!")))
            body = [node for node in ast.parse(source).body if isinstance(node, KEPT)]
            exec(compile(ast.Module(body, []), path.name, "exec"), kernel)
        found.append(
            (exercise.name, getattr(kernel["check"], exercise.name), kernel[exercise.name])
        )
    return found


def kernel_state(check: Check) -> bytes:
    """All that an answer could spoil: the numbers of the checks, random states and settings."""
    module = vars(sys.modules[check.__module__])
    numbers = {
        name: value
        for name, value in module.items()
        if isinstance(value, np.ndarray | list | tuple | dict) and not name.startswith("__")
    }
    return pickle.dumps(
        (
            numbers,
            np.random.get_state(),  # noqa: NPY002
            torch.get_rng_state().numpy(),
            torch.is_grad_enabled(),
            torch.get_default_dtype(),
            np.geterr(),
        )
    )


def zero(value: Any) -> bool:
    """Fill with zeros what can be changed; whether there was anything to change."""
    if isinstance(value, np.ndarray):
        value[...] = 0
    elif isinstance(value, list) and value and isinstance(value[0], int | float):
        value[:] = [0] * len(value)
    elif isinstance(value, list) and any([zero(part) for part in value]):
        pass
    elif isinstance(value, list):
        value.clear()
    else:
        return False
    return True


def zeroes(*arguments: Any) -> list[bool]:
    return [zero(argument) for argument in arguments]


def as_tensors(result: Any) -> Any:
    """Numbers and arrays as tensors that want a gradient; other results as they are."""
    if isinstance(result, list | tuple) and any(isinstance(row, np.ndarray) for row in result):
        return [as_tensors(row) for row in result]
    if isinstance(result, float | np.floating):
        return torch.tensor(float(result), dtype=torch.float64, requires_grad=True)
    if isinstance(result, np.ndarray) and result.dtype.kind == "f":
        return torch.tensor(result, requires_grad=True)
    return result


class Hostile:
    """Whoever looks at it is sorry."""

    def __repr__(self) -> str:
        raise SystemExit("x" * 10**6)

    __str__ = __eq__ = __len__ = __iter__ = __float__ = __repr__
    __hash__ = None


def meddling(right: Answer) -> Answer:
    def answer(*arguments: Any) -> Any:
        result = right(*arguments)
        np.random.seed(1)  # noqa: NPY002
        torch.manual_seed(1)
        torch.set_grad_enabled(False)
        torch.set_default_dtype(torch.float64)
        np.seterr(all="raise")
        warnings.warn("division by zero", RuntimeWarning, stacklevel=1)
        return result

    return answer


def raising(error: BaseException) -> Answer:
    def answer(*arguments: Any) -> Any:
        raise error

    return answer


def endless(*arguments: Any) -> Any:
    return endless(*arguments)


def bit_by_bit(*arguments: Any) -> Any:
    yield from arguments


@every_notebook
def test_the_right_answer_is_right_however_it_comes(path: Path) -> None:
    for name, check, right in right_answers(path):
        for answer in (
            right,
            meddling(right),
            lambda *given, right=right: as_tensors(right(*given)),
        ):
            before = kernel_state(check)
            assert repr(check(answer)) == f"{name}: right"
            assert kernel_state(check) == before


@every_notebook
def test_a_right_answer_that_spoils_its_arguments_is_right_with_a_caution(path: Path) -> None:
    for name, check, right in right_answers(path):
        names = list(right.__code__.co_varnames[: right.__code__.co_argcount])
        changed: set[str] = set()

        @functools.wraps(right)
        def spoiling(*given: Any, right=right, names=names, changed=changed) -> Any:
            result = copy.deepcopy(right(*given))
            changed.update(n for n, new in zip(names, zeroes(*given), strict=True) if new)
            return result

        before = kernel_state(check)
        verdict = check(spoiling)
        assert verdict.right, verdict
        listed = " and ".join(f"`{n}`" for n in names if n in changed)
        assert verdict.caution.startswith(f"you changed {listed} in place" if changed else ""), name
        assert bool(verdict.caution) is bool(changed)
        assert kernel_state(check) == before
        assert repr(check(right)) == f"{name}: right"


@every_notebook
def test_an_answer_that_spoils_its_arguments_first_is_not_right(path: Path) -> None:
    for name, check, right in right_answers(path):
        changed: list[bool] = []

        def spoilt(*given: Any, right=right, changed=changed) -> Any:
            changed.extend(zeroes(*given))
            return right(*given)

        before = kernel_state(check)
        assert check(spoilt).right is not any(changed), name
        assert kernel_state(check) == before


@every_notebook
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (raising(SystemExit(3)), "your code raised SystemExit: 3"),
        (raising(GeneratorExit()), "your code raised GeneratorExit"),
        (raising(ValueError("no")), "your code raised ValueError: no"),
        (lambda: 1, "your code raised TypeError"),
        (endless, "your code raised RecursionError"),
        (lambda *given: print(end=""), "Is a `return` missing?"),
        (lambda *given: Hostile(), "you gave a Hostile, expected"),
        (lambda *given: [Hostile()], "you gave [a Hostile], expected"),
        (lambda *given: "x" * 10**6, "you gave 'xxx"),
        (lambda *given: [0] * 10**4, "you gave [0, 0, 0"),
        (lambda *given: [[1], [1, 2]], "you gave [[1], [1, 2]], expected"),
        (lambda *given: np.nan, "you gave nan, expected"),
        (bit_by_bit, "you gave a generator (make a list of it), expected"),
        (type("Half", (), {"__init__": lambda *given: None}), "you gave a Half, expected"),
    ],
)
def test_other_answers_are_wrong_in_one_sentence(path: Path, answer: Answer, said: str) -> None:
    for name, check, right in right_answers(path):
        before = kernel_state(check)
        verdict = check(answer)
        assert not verdict.right
        assert verdict.attempted
        assert said in verdict.message, verdict
        assert len(repr(verdict)) < 800
        assert kernel_state(check) == before
        assert repr(check(right)) == f"{name}: right"
