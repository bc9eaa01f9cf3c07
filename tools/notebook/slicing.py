"""Which cells of a notebook are needed to run some of its cells: those whose names they use."""

import symtable
from collections.abc import Iterable, Iterator
from copy import deepcopy

from nbformat import NotebookNode

from tools.notebook.files import code_cells, tags

ALWAYS = {"setup", "toggle", "start"}


def _scopes(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _scopes(child)


def uses(source: str) -> set[str]:
    """The names of the notebook that a cell reads, in its functions too, but not their locals."""
    top = symtable.symtable(source, "<cell>", "exec")
    return {
        symbol.get_name()
        for scope in _scopes(top)
        for symbol in scope.get_symbols()
        if symbol.is_referenced() and (scope is top or symbol.is_global())
    }


def defines(source: str) -> set[str]:
    """The names that a cell leaves behind in the notebook."""
    top = symtable.symtable(source, "<cell>", "exec")
    return {
        symbol.get_name()
        for scope in _scopes(top)
        for symbol in scope.get_symbols()
        if (symbol.is_assigned() or symbol.is_imported()) and (scope is top or symbol.is_global())
    }


def needed(notebook: NotebookNode, places: Iterable[int]) -> set[int]:
    """The code cells at ``places``, and the earlier ones that define what they use, and so on."""
    wanted = set(places)
    names: set[str] = set()
    for place, cell in reversed(list(code_cells(notebook))):
        if place in wanted or defines(cell.source) & names or ALWAYS & set(tags(cell)):
            wanted.add(place)
            names |= uses(cell.source)
    return wanted


def only(notebook: NotebookNode, places: Iterable[int]) -> NotebookNode:
    """A copy in which the code cells that ``places`` don't need are empty."""
    kept = needed(notebook, places)
    copy = deepcopy(notebook)
    for place, cell in code_cells(copy):
        if place not in kept:
            cell.source = ""
    return copy
