"""Whatever is changed for a while is put back: rules that the code keeps, and that bite."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = sorted((ROOT / "lmteach").rglob("*.py"))
CONTEXTS = [*PACKAGE, *sorted((ROOT / "tools").rglob("*.py")), *sorted((ROOT / "tests").rglob("*"))]

# What changes the state of all, and the only places that do so: for good, by their purpose, or
# for a while, where they put it back.
CHANGES = {
    "manual_seed": {"classroom.py", "exercises/transformer.py"},  # the first seeds all
    "set_rng_state": {"training/resuming.py"},  # a run goes on
    "rcParams": {"plots/style.py"},
    "signal.signal": {"interrupts.py", "training/distributed.py"},
    ".eval": {"training/loop.py", "exercises/transformer.py"},  # layers of its own
    ".train": {"training/loop.py"},
    "register_forward_hook": {
        "inspection/activations.py",
        "models/transformer/attention_maps.py",
        "training/private.py",
    },
    "register_forward_pre_hook": {
        "inspection/activations.py",
        "models/transformer/attention_maps.py",
    },
    "simplefilter": {"exercises/attempt.py", "classroom.py"},  # within catch_warnings
    "filterwarnings": {"plots/style.py"},  # a letter without a glyph is a box, and no warning
    "set_grad_enabled": {"exercises/attempt.py"},
    "set_num_threads": {"training/distributed.py"},  # of a process that does nothing else
    "os.environ": set(),
}
SETTERS = (
    *("seed", "setstate", "set_state", "seterr", "filterwarnings", "simplefilter", "chdir"),
    *("set_default_dtype", "set_default_device", "set_grad_enabled", "set_num_threads"),
    *("set_num_interop_threads", "set_printoptions", "use_deterministic_algorithms", "putenv"),
    *("register_module_forward_hook", "register_full_backward_hook", "settrace", "setprofile"),
)


def unguarded(tree: ast.AST) -> Iterator[int]:
    """Lines of `contextmanager`s that yield where an error inside would skip what comes after.

    Right is a `yield` in a `try` that has a `finally` or an `except`, or in a `with`; and one that
    is followed by `return`, where nothing was changed.
    """
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            names = {ast.unparse(decorator).split(".")[-1] for decorator in function.decorator_list}
            if names & {"contextmanager", "asynccontextmanager"}:
                yield from _bare(function.body)


def _bare(body: list[ast.stmt]) -> Iterator[int]:
    for place, statement in enumerate(body):
        after = body[place + 1] if place + 1 < len(body) else None
        if isinstance(statement, ast.With | ast.AsyncWith):
            continue
        if isinstance(statement, ast.Try):
            if not (statement.finalbody or statement.handlers):
                yield from _bare(statement.body)
            continue
        inner = [getattr(statement, name, None) for name in ("body", "orelse")]
        if any(isinstance(part, list) for part in inner):
            for part in inner:
                yield from _bare(part if isinstance(part, list) else [])
        elif any(isinstance(node, ast.Yield) for node in ast.walk(statement)):
            if not isinstance(after, ast.Return):
                yield statement.lineno


def changes(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """What a module changes that is everybody's, and the line."""
    returns = [node for node in ast.walk(tree) if isinstance(node, ast.Return)]
    returned = {id(node) for statement in returns for node in ast.walk(statement)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            whole, name = ast.unparse(node.func), ast.unparse(node.func).split(".")[-1]
            own = "." in whole and whole.split(".")[-2].lower().endswith(("generator", "tokenizer"))
            if whole == "signal.signal":
                yield whole, node.lineno
            elif name in ("eval", "train") and "." in whole and not node.args:
                if id(node) not in returned:  # a model that was just made
                    yield f".{name}", node.lineno
            elif name in (*SETTERS, *CHANGES) and not own and "Generator(" not in whole:
                yield name, node.lineno
        for target in _targets(node):
            whole = ast.unparse(target)
            for name in ("rcParams", "os.environ"):
                if f"{name}[" in whole:
                    yield name, node.lineno


def _targets(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Assign | ast.Delete):
        return node.targets
    return [node.target] if isinstance(node, ast.AugAssign) else []


def test_contexts_put_back_what_they_change_also_after_an_error() -> None:
    found = [
        f"{path.relative_to(ROOT)}, line {line}: an error inside skips what follows the yield; "
        "put it into try: … finally: …"
        for path in CONTEXTS
        if path.suffix == ".py"
        for line in unguarded(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not found, "\n".join(found)


def test_the_state_of_all_is_changed_in_few_places() -> None:
    found = []
    for path in PACKAGE:
        name = path.relative_to(ROOT / "lmteach").as_posix()
        for what, line in changes(ast.parse(path.read_text(encoding="utf-8"))):
            if name not in CHANGES.get(what, set()):
                found.append(f"{name}, line {line}: {what} changes what is everybody's")
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("change()\n    yield\n    restore()", [4]),
        ("change()\n    yield", [4]),
        ("x = yield\n    restore()", [3]),
        (
            "if a:\n        yield 1\n        restore()\n    else:\n        yield 2\n        return",
            [4],
        ),
        ("if a:\n        yield\n        return\n    with b:\n        yield", []),
        ("try:\n        yield\n    finally:\n        restore()", []),
        ("try:\n        yield\n    except E:\n        say()\n        raise", []),
        ("for a in b:\n        yield\n    restore()", [4]),
    ],
)
def test_the_rule_on_contexts_bites(body: str, lines: list[int]) -> None:
    for decorator in ("contextmanager", "contextlib.contextmanager", "asynccontextmanager"):
        assert [*unguarded(ast.parse(f"@{decorator}\ndef f():\n    {body}"))] == lines
    assert [*unguarded(ast.parse(f"@fixture\ndef f():\n    {body}"))] == []


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("torch.manual_seed(0)", ["manual_seed"]),
        ("torch.Generator().manual_seed(0)", []),
        ("self.generator.set_state(state)", []),
        ("np.random.seed(0)", ["seed"]),
        ("model.eval()", [".eval"]),
        ("self.model.train()", [".train"]),
        ("def load(): return model.eval(), tokenizer", []),
        ("BPETokenizer.train(text, 300)", []),
        ("torch.set_num_threads(1)", ["set_num_threads"]),
        ("warnings.filterwarnings('ignore')", ["filterwarnings"]),
        ("os.environ['A'] = 'b'", ["os.environ"]),
        ("del os.environ['A']", ["os.environ"]),
        ("plt.rcParams['font.size'] = 3", ["rcParams"]),
        ("signal.signal(a, b)", ["signal.signal"]),
        ("layer.register_forward_hook(f)", ["register_forward_hook"]),
    ],
)
def test_the_rule_on_the_state_of_all_bites(source: str, what: list[str]) -> None:
    assert [name for name, _ in changes(ast.parse(source))] == what
