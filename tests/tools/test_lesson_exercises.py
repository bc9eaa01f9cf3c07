"""Exercises of a lesson: taken apart into blank and solution, and put together again."""

import pytest

from tools.lesson.exercises import answer, is_marked, marked, solution, stub

ONE = """def half(x):
    ### BEGIN SOLUTION
    y = x

    return y / 2
    ### END SOLUTION


check.half(half)"""
ONE_STUB = "def half(x):\n    ...  # your code here\n\n\ncheck.half(half)"
ONE_SOLUTION = "def half(x):\n    y = x\n\n    return y / 2"
TWO = """import math


class Half(Base):
    def forward(self, x):
        ### BEGIN SOLUTION: step 1
        return x / 2
        ### END SOLUTION

    def backward(self, x):
        if x:
            ### BEGIN SOLUTION: step 2, in one line
            return 2 * x  # a comment
            ### END SOLUTION
        return x


check.Half(Half)"""


def test_a_blank_and_a_solution() -> None:
    assert stub(ONE) == ONE_STUB
    assert solution(ONE) == ONE_SOLUTION
    assert answer(ONE) == f"{ONE_SOLUTION}\n\n\ncheck.half(half)"


def test_several_marked_pieces() -> None:
    blank = stub(TWO)
    assert "        ...  # step 1\n\n    def backward" in blank
    assert "            ...  # step 2, in one line\n        return x\n" in blank
    assert "return x / 2" not in blank
    assert "BEGIN" not in answer(TWO)
    assert solution(TWO).startswith("import math")
    assert solution(TWO).endswith("        return x")


@pytest.mark.parametrize("exercise", [ONE, TWO])
def test_both_halves_make_the_exercise(exercise: str) -> None:
    assert marked(stub(exercise), solution(exercise)) == exercise


@pytest.mark.parametrize(
    ("blank", "solved"),
    [
        (ONE_STUB, ONE_SOLUTION.replace("half", "third")),
        (ONE_STUB.replace("...  # your code here", "return 1"), ONE_SOLUTION),
        (ONE_STUB, ""),
        ("import math\n\n\n" + ONE_STUB, ONE_SOLUTION),
    ],
)
def test_halves_that_do_not_fit(blank: str, solved: str) -> None:
    assert marked(blank, solved) is None


def test_marks_come_in_pairs() -> None:
    assert is_marked(ONE)
    assert is_marked(TWO)
    assert not is_marked(ONE_STUB)
    assert not is_marked(ONE.replace("### END", "# END"))
    assert not is_marked(ONE.replace("### BEGIN", "# BEGIN"))
    assert not is_marked(TWO.replace("### END", "# END", 1))
