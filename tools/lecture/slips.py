"""What the checks of an exercise have to say: the mistakes that learners are expected to make."""

import ast
from collections.abc import Iterator
from pathlib import Path

SHORTEST = 15  # letters: what is shorter is a name or a form, not a sentence to a learner


def sentences(module: Path) -> dict[str, list[str]]:
    """For each check in a module of ``lmteach/exercises``, what it may say, in its order.

    What a sentence fills in from the answer stands as `…`.
    """
    tree = ast.parse(module.read_text(encoding="utf-8"))
    return {
        node.name: list(dict.fromkeys(_said(node)))
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and _is_check(node)
    }


def _is_check(node: ast.FunctionDef) -> bool:
    return any(isinstance(mark, ast.Name) and mark.id == "exercise" for mark in node.decorator_list)


def _said(check: ast.FunctionDef) -> Iterator[str]:
    docstring = ast.get_docstring(check, clean=False)
    for text in map(_text, _outermost(check)):
        if text != docstring and len(text) > SHORTEST and " " in text and text[-1] in ".?":
            yield " ".join(text.split())


def _outermost(node: ast.AST) -> Iterator[ast.Constant | ast.JoinedStr]:
    """The texts below a node as they stand in the source; an f-string is one."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.JoinedStr):
            yield child
        elif isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child
        else:
            yield from _outermost(child)


def _text(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values
    )
