"""What is kept of a notebook for the check with old versions."""

import ast

import nbformat

from tests.notebooks.rules.reading import load, notebook_paths, tags
from tools import colab_check

CELL = """import a.b
from c import d as e

x = e()
if x:
    import f

    def later():
        import g
try:
    import h
except ImportError:
    pass
with x:
    from i import j
"""


def test_imports_that_run_are_kept() -> None:
    kept = [ast.unparse(node) for node in colab_check.imports(ast.parse(CELL).body)]
    assert kept == ["import a.b", "from c import d as e", "import f", "from i import j"]


def test_the_first_three_cells_stay_and_nothing_else_computes() -> None:
    for path in notebook_paths():
        whole = load(path)
        short = colab_check.beginning(load(path))
        assert len(short.cells) == len(whole.cells)
        for before, after in zip(whole.cells, short.cells, strict=True):
            if before.cell_type != "code" or colab_check.FIRST & {*tags(before)}:
                assert after.source == before.source
            else:
                body = ast.parse(after.source).body
                assert all(isinstance(node, ast.Import | ast.ImportFrom) for node in body)
    assert any("from lmteach" in cell.source for cell in short.cells)


def test_a_cell_without_imports_becomes_empty() -> None:
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
    assert colab_check.beginning(book).cells[0].source == ""
