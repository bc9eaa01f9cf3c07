"""The checks at the door."""

import numpy as np
import pytest

from lmteach.checks import check_tokens, checked_by


def test_the_check_sees_the_arguments_and_the_function_runs_after_it():
    happened = []

    @checked_by(lambda factor, number: happened.append(("checked", number, factor)))
    def times(number, factor=2, *, unit=""):
        """Multiply."""
        happened.append("ran")
        return f"{number * factor}{unit}"

    assert times(3, factor=5) == "15"
    assert happened == [("checked", 3, 5), "ran"]
    assert (times.__name__, times.__doc__) == ("times", "Multiply.")
    assert times(4, unit=" km") == "8 km"  # the check sees the default of the function
    assert happened[2:] == [("checked", 4, 2), "ran"]


def test_what_the_check_refuses_does_not_run():
    def refuse(number):
        raise ValueError(f"number is {number}.")

    @checked_by(refuse)
    def times(number, factor):
        pytest.fail("it ran")

    with pytest.raises(ValueError, match=r"^number is 3\.$"):
        times(3, 4)


def test_methods_of_objects_and_classes_are_checked():
    seen = []

    class Shop:
        price = 7

        @checked_by(lambda self, count: seen.append((self.price, count)))
        def sell(self, to, count=1):
            return f"{count} for {to}"

        @classmethod
        @checked_by(lambda price: seen.append(price))
        def at(cls, price):
            shop = cls()
            shop.price = price
            return shop

    assert Shop.at(price=2).sell("you", 4) == "4 for you"
    assert seen == [2, (2, 4)]


def test_calls_that_do_not_fit_are_named_by_the_function():
    @checked_by(lambda number: None)
    def times(number, factor):
        return number * factor

    for call, words in (
        (lambda: times(factor=2), "number"),  # the check can't be called without it
        (lambda: times(2), "factor"),
        (lambda: times(2, 3, 4), "arguments"),
        (lambda: times(2, 3, unit="km"), "unit"),
    ):
        with pytest.raises(TypeError, match=rf"times\(\) .*{words}"):
            call()


def test_a_check_of_something_else_is_refused_at_once():
    with pytest.raises(
        TypeError, match=r"asks for number, which .*triple has not: .* count, unit\."
    ):

        @checked_by(lambda number, count: None)
        def triple(count, unit=""):
            return f"{3 * count}{unit}"


@pytest.mark.parametrize(
    "tokens", [[0, 2], (0, 2), np.array([0, 2], dtype=np.uint8), range(0, 3, 2)]
)
def test_ids_in_any_container_become_an_array(tokens):
    ids = check_tokens(tokens)
    assert ids.dtype == np.int64
    assert ids.tolist() == [0, 2]


def test_nothing_is_fine_where_nothing_is_allowed():
    assert check_tokens([], at_least=0).shape == (0,)
    with pytest.raises(ValueError, match="expected at least 1"):
        check_tokens(np.array([], dtype=int))
