"""Tests of this project can fail: none of the shapes in which a check checks nothing.

The shapes that also occur in notebooks are in tests/notebooks/rules/vacuous.py.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.notebooks.rules.vacuous import (
    bare_comparisons,
    called,
    discarded_answers,
    empty_assertions,
    swallowed_errors,
)

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted((ROOT / "tests").rglob("test_*.py"))
Function = ast.FunctionDef | ast.AsyncFunctionDef


def each_test(tree: ast.Module) -> Iterator[Function]:
    """The test functions and test methods of a file."""
    for node in ast.walk(tree):
        if isinstance(node, Function) and node.name.startswith("test"):
            yield node


def can_fail(function: Function) -> bool:
    """Whether a test holds an assertion, expects an error, or calls what asserts."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            name = called(node)
            whole = ast.unparse(node.func)
            if whole in ("pytest.raises", "pytest.warns", "pytest.fail"):
                return True
            if name.startswith(("assert", "expect")):
                return True
    return False


def without_assertion(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Tests in which nothing can turn red."""
    for function in each_test(tree):
        if not can_fail(function):
            yield (
                function.lineno,
                f"{function.name} asserts nothing; assert, expect an error, or call a helper "
                "whose name starts with assert or expect",
            )


def errors_without_words(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """`pytest.raises` that takes any error of its kind, from any cause."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.raises":
            match = next((k.value for k in node.keywords if k.arg == "match"), None)
            empty = isinstance(match, ast.Constant) and match.value in ("", ".*", ".")
            if match is None or empty:
                yield node.lineno, f"{ast.unparse(node)} takes any message; say which with match="


def uncalled_assertions(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """`mock.assert_called_once` without the parentheses, and other names standing alone."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Attribute | ast.Name):
            yield node.lineno, f"{ast.unparse(node)!r} does nothing; call it, or assert it"


def same_name_twice(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Tests replaced by a later one of the same name, so that they never run."""
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    for scope in [tree, *classes]:
        seen: set[str] = set()
        for node in scope.body:
            if isinstance(node, Function) and node.name.startswith("test"):
                if node.name in seen:
                    yield node.lineno, f"{node.name} replaces an earlier test of the same name"
                seen.add(node.name)


RULES = (
    without_assertion,
    bare_comparisons,
    discarded_answers,
    empty_assertions,
    swallowed_errors,
    errors_without_words,
    uncalled_assertions,
    same_name_twice,
)


def problems_in(source: str) -> list[str]:
    """What keeps the tests in a file from failing."""
    tree = ast.parse(source)
    found = sorted(problem for rule in RULES for problem in rule(tree))
    return [f"line {line}: {what}" for line, what in found]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_test_can_fail(path: Path) -> None:
    problems = problems_in(path.read_text(encoding="utf-8"))
    assert not problems, "\n".join([path.name, *problems])


def test_there_are_tests_to_look_at() -> None:
    assert Path(__file__) in FILES


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("f()", "asserts nothing"),
        ("assert True", "can't fail"),
        ("assert 'some words'", "can't fail"),
        ("assert (a, b)", "a tuple is always true"),
        ("assert a or True", "can't fail"),
        ("assert a == a", "compared with itself"),
        ("assert len(a) >= 0", "never negative"),
        ("assert (x for x in a)", "always true"),
        ("assert f()\n    a == b", "thrown away"),
        ("assert f()\n    np.allclose(a, b)", "thrown away"),
        ("assert f()\n    torch.equal(a, b)", "thrown away"),
        ("assert f()\n    np.isclose(a, b).all()", "thrown away"),
        ("assert f()\n    mock.assert_called_once", "does nothing"),
        ("try:\n        assert f()\n    except ValueError:\n        pass", "swallows"),
        ("try:\n        assert f()\n    except:\n        g()", "swallows"),
        ("try:\n        assert f()\n    except AssertionError:\n        g()", "swallows"),
        ("with pytest.raises(ValueError):\n        f()", "takes any message"),
        ("with pytest.raises(ValueError, match=''):\n        f()", "takes any message"),
    ],
)
def test_bad_tests_turn_red(body: str, words: str) -> None:
    problems = problems_in(f"def test_it():\n    {body}")
    assert len(problems) == 1, problems
    assert words in problems[0]


def test_tests_of_the_same_name_turn_red() -> None:
    one = "def test_it():\n    assert f()\n"
    assert "replaces an earlier test" in problems_in(one + one)[0]


@pytest.mark.parametrize(
    "body",
    [
        "assert a == b",
        "assert a or b",
        "assert np.allclose(a, b)",
        "assert not (a == b).any()",
        "np.testing.assert_allclose(a, b)",
        "expect(page).to_have_title('Bigrams')",
        "with pytest.raises(ValueError, match='negative'):\n        f()",
        "with pytest.warns(UserWarning, match='old'):\n        f()",
        "try:\n        f()\n    except OSError as error:\n        assert 'gone' in str(error)",
        "pytest.fail('no')",
    ],
)
def test_good_tests_stay_green(body: str) -> None:
    assert problems_in(f"def test_it():\n    {body}") == []
