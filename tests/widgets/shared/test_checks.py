"""Names that can be read: not too few, not too many, none twice."""

import pytest

from lmteach.widgets.shared.checks import checked_names


def test_names_come_back_as_a_list() -> None:
    assert checked_names("symbols", "a b", least=1, most=None) == ["a", " ", "b"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["A"], "there are 1 states, expected at least 2"),
        (["A", "B", "C", "D"], "there are 4 states, expected at most 3: .* not be readable"),
        (["A", "B", "A"], "states contains 'A' twice"),
    ],
)
def test_bad_names(names: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        checked_names("states", names, least=2, most=3)
