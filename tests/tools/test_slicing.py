"""Slicing keeps what a cell needs and empties the rest."""

from tests.notebooks.making import code, notebook
from tools.notebook.slicing import defines, needed, only, uses


def test_locals_of_a_function_are_not_names_of_the_notebook():
    source = "def f(a):\n    b = a + c\n    return [d for d in b]\n\n\nprint(f(e))"
    assert uses(source) == {"c", "print", "f", "e"}
    assert defines(source) == {"f"}


def test_every_way_to_leave_a_name_behind():
    assert defines("import a.b as c, d.e\nfrom f import g\nfor h in []:\n    (i := 1)") == set(
        "cdghi"
    )
    assert defines("class K:\n    l = 1\nm += 1\nwith open('') as n:\n    pass") == set("Kmn")


def test_what_is_needed_is_followed_back_and_the_rest_is_left_out():
    book = notebook(
        code("import math"),
        code("slow = sum(range(10))"),
        code("def root(x):\n    return math.sqrt(x)"),
        code("other = slow"),
        code("root(4)"),
    )
    assert needed(book, [4]) == {0, 2, 4}
    assert needed(book, [3]) == {1, 3}
    assert [cell.source == "" for cell in only(book, [4]).cells] == [
        False,
        True,
        False,
        True,
        False,
    ]
    assert book.cells[1].source  # the notebook itself is left as it was


def test_setup_and_toggle_always_run():
    book = notebook(code("setting = 1", tags=["setup"]), code("x = 1"), code("1 + 1"))
    assert needed(book, [2]) == {0, 2}
