"""Shapes use the axis names of the glossary, and every public name says what it does."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "lmteach"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")

HEADER = re.compile(r"^\|\s*axis\s*\|\s*letter\s*\|\s*meaning\s*\|\s*$", re.MULTILINE)
SHAPED = frozenset(
    "Array Shaped Bool Num Inexact Float Float16 Float32 Float64 BFloat16 Complex Integer Int Int8 "
    "Int16 Int32 Int64 UInt UInt8 UInt16 UInt32 UInt64 Real Key PRNGKeyArray".split()
)
PLAIN = {"plots": {"rows", "columns"}}  # a floor's own axes: plots draw any table
EXAMPLES = ("text", "models", "evaluation")  # floors whose public functions show an example

SHOWING = [path for path in MODULES if path.relative_to(PACKAGE).parts[0] in EXAMPLES]


def name(path: Path) -> str:
    """A module of the package, as the names of the tests say it."""
    return path.relative_to(PACKAGE).as_posix()


each_module = pytest.mark.parametrize("path", MODULES, ids=name)

Callable = ast.FunctionDef | ast.AsyncFunctionDef
Documented = Callable | ast.ClassDef


def glossary(text: str) -> set[str]:
    """The axis names in the first column of the table `| axis | letter | meaning |`."""
    header = HEADER.search(text)
    if header is None:
        return set()
    names = set()
    for line in text[header.end() :].strip().splitlines()[1:]:
        if not line.startswith("|"):
            break
        names.add(line.split("|")[1].strip().strip("`"))
    return names


def shapes(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The shape strings of jaxtyping annotations, with their lines."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple)):
            continue
        kind = node.value
        name = kind.attr if isinstance(kind, ast.Attribute) else getattr(kind, "id", "")
        for element in node.slice.elts[1:2]:
            if name in SHAPED and isinstance(element, ast.Constant):
                if isinstance(element.value, str):
                    yield node.lineno, element.value


def axes_in(shape: str) -> set[str]:
    """The axis names in a shape string: `"*batch time+1 dim=8 4 ..."` has batch, time, dim."""
    without_expressions = re.sub(r"\{[^}]*\}", " ", shape)
    names = set()
    for word in without_expressions.split():
        names |= set(re.findall(r"[A-Za-z][A-Za-z0-9_]*", word.lstrip("*#?_")))
    return names


def wrong_axes(source: str, known: set[str]) -> list[str]:
    """Axis names that are not in the glossary."""
    return [
        f"line {line}: the axis {name!r} in {shape!r} is not in the glossary of CONTRIBUTING.md; "
        f"use one of {', '.join(sorted(known))}"
        for line, shape in shapes(ast.parse(source))
        for name in sorted(axes_in(shape) - known)
    ]


def postponed(source: str) -> list[str]:
    """Annotations that jaxtyping can't check, because they are kept as text."""
    tree = ast.parse(source)
    future = any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(name.name == "annotations" for name in node.names)
        for node in tree.body
    )
    if future and next(shapes(tree), None):
        return ["from __future__ import annotations turns shape checks off; leave it out"]
    return []


def public(tree: ast.Module) -> Iterator[tuple[str, Documented, bool]]:
    """Public functions, classes and methods: name, node, and whether it stands at the top."""
    for node in tree.body:
        if not isinstance(node, Documented) or node.name.startswith("_"):
            continue
        yield node.name, node, True
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, Callable) and not inner.name.startswith("_"):
                    if not any("override" in ast.unparse(d) for d in inner.decorator_list):
                        yield f"{node.name}.{inner.name}", inner, False


def own_statements(node: ast.AST) -> Iterator[ast.AST]:
    """What lies in a function, but not in the functions and classes inside it."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, Callable | ast.ClassDef | ast.Lambda):
            yield child
            yield from own_statements(child)


def undocumented(source: str) -> list[str]:
    """Public names without docstring, and errors that the docstring doesn't announce."""
    problems = []
    for name, node, _ in public(ast.parse(source)):
        text = ast.get_docstring(node)
        if not text:
            problems.append(f"{name} has no docstring")
        elif isinstance(node, Callable):
            raised = [n for n in own_statements(node) if isinstance(n, ast.Raise)]
            errors = {re.split(r"[(.]", ast.unparse(n.exc))[0] for n in raised if n.exc}
            errors.discard("NotImplementedError")  # for those who write a subclass
            if errors and "raise" not in text.lower() and not any(e in text for e in errors):
                problems.append(
                    f"{name} raises {', '.join(sorted(errors))}, and its docstring has no 'Raises'"
                )
    return problems


def without_example(source: str) -> list[str]:
    """Public functions, and classes with methods, in whose docstrings nothing is run."""
    problems = []
    for name, node, top in public(ast.parse(source)):
        texts = [ast.get_docstring(node) or ""]
        if isinstance(node, ast.ClassDef):
            if not any(isinstance(n, Callable) and n.name[0] != "_" for n in node.body):
                continue  # a record or an error: nothing to call
            texts += [ast.get_docstring(n) or "" for n in node.body if isinstance(n, Callable)]
        if top and not any(">>>" in text for text in texts):
            problems.append(f"{name} has no example; show one that runs as a doctest (>>> …)")
    return problems


@each_module
def test_axes_are_in_the_glossary(path: Path) -> None:
    known = glossary((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    known |= PLAIN.get(path.relative_to(PACKAGE).parts[0], set())
    problems = wrong_axes(path.read_text(encoding="utf-8"), known)
    assert not problems, "\n".join(problems)


@each_module
def test_shapes_are_checked_at_run_time(path: Path) -> None:
    assert postponed(path.read_text(encoding="utf-8")) == []


@each_module
def test_public_names_are_documented(path: Path) -> None:
    assert undocumented(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", SHOWING, ids=name)
def test_public_names_show_an_example(path: Path) -> None:
    assert without_example(path.read_text(encoding="utf-8")) == []


def test_the_glossary_is_there() -> None:
    known = glossary((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert {"batch", "time", "source", "dim", "heads", "head_dim", "vocab", "states"} <= known


def test_some_shape_is_checked() -> None:
    found = [s for path in MODULES for s in shapes(ast.parse(path.read_text(encoding="utf-8")))]
    assert found, "no module bears a jaxtyping annotation, so this test checks nothing"


def test_reading_the_glossary() -> None:
    table = "# Axes\n\n| axis | letter | meaning |\n|---|---|---|\n| `time` | T | queries |\n"
    assert glossary(table + "| dim | D | features |\n\n| other | O | - |\n") == {"time", "dim"}
    assert glossary("no table") == set()


def test_reading_shapes() -> None:
    assert axes_in("*batch time+1 dim=8 4 ... #heads") == {"batch", "time", "dim", "heads"}
    assert axes_in("") == set()


def test_wrong_axes_turn_red() -> None:
    source = 'def f(x: Float[Tensor, "batch pos"], y: list[int]) -> jt.Int[Array, "seq"]: ...'
    found = {re.findall(r"'(\w+)'", problem)[0] for problem in wrong_axes(source, {"batch"})}
    assert found == {"pos", "seq"}
    assert wrong_axes(source, {"batch", "pos", "seq"}) == []


def test_postponed_annotations_turn_red() -> None:
    shaped = 'def f(x: Float[Tensor, "batch"]): ...'
    assert len(postponed(f"from __future__ import annotations\n{shaped}")) == 1
    assert postponed("from __future__ import annotations") == []
    assert postponed(shaped) == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def f(): ...", "f has no docstring"),
        ("class A:\n    '''A.'''\n    def g(self): ...", "A.g has no docstring"),
        ("def f():\n    '''F.'''\n    raise ValueError('no')", "f raises ValueError"),
        ("class A: ...", "A has no docstring"),
    ],
)
def test_missing_words_turn_red(source: str, words: str) -> None:
    assert words in undocumented(source)[0]


@pytest.mark.parametrize(
    "source",
    [
        "def _f(): ...",
        "def f():\n    '''F. Raises ValueError.'''\n    raise ValueError('no')",
        "def f():\n    '''F.'''\n    def g():\n        raise ValueError\n    return g",
        "class A:\n    '''A.'''\n    def __len__(self): ...",
    ],
)
def test_documented_names_stay_green(source: str) -> None:
    assert undocumented(source) == []


def test_missing_examples_turn_red() -> None:
    assert "f has no example" in without_example("def f():\n    '''F.'''")[0]
    method = "class A:\n    '''A.'''\n    def g(self):\n        '''G.'''"
    assert "A has no example" in without_example(method)[0]
    assert without_example("class Record:\n    '''A.'''\n    order: int") == []
    assert without_example("def f():\n    '''F.\n\n    >>> f()\n    '''") == []
    method = "class A:\n    '''A.'''\n    def g(self):\n        '''>>> A().g()'''"
    assert without_example(method) == []
