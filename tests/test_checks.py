"""The checks at the door."""

import math

import numpy as np
import pytest
import torch

from lmteach.checks import (
    check_choice,
    check_distribution,
    check_finite,
    check_number,
    check_shape,
    check_sizes,
    check_table,
    check_text,
    check_tokens,
    check_whole,
    checked_by,
)


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
    "tokens",
    [
        [0, 2],
        (0, 2),
        np.array([0, 2], dtype=np.uint8),
        range(0, 3, 2),
        iter([0, 2]),
        torch.tensor([0, 2]),
    ],
)
def test_ids_in_any_container_become_an_array(tokens):
    ids = check_tokens(tokens)
    assert ids.dtype == np.int64
    assert ids.tolist() == [0, 2]


def test_nothing_is_fine_where_nothing_is_allowed():
    assert check_tokens([], at_least=0).shape == (0,)
    with pytest.raises(ValueError, match="expected at least 1"):
        check_tokens(np.array([], dtype=int))


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        ("01", r"^ids is the text '01', expected ids: encode it first"),
        (b"01", r"^ids is the text b'01'"),
        ([0, 1.0], r"^ids has shape \(2,\) and type float64, expected one row of whole numbers"),
        ([True], "type bool, expected one row"),
        ([[0], [1]], r"shape \(2, 1\) .* One sequence at a time: ids\[0\]\.$"),
        ([[0], [1, 2]], "type object, expected one row"),
        (7, r"shape \(\)"),
        (None, "type object"),
        ([0], "^ids has 1 ids, expected at least 2"),
        ([0, 5], r"^ids contains the id 5, but the vocabulary has 5 entries \(ids 0 to 4\)"),
        ([-1, 0], r"^ids contains the id -1, but the vocabulary has 5 entries"),
    ],
)
def test_what_are_no_ids_is_said(tokens, message):
    with pytest.raises(ValueError, match=message):
        check_tokens(tokens, vocab_size=5, at_least=2, name="ids")


@pytest.mark.parametrize("size", [0, -1, 2.0, np.float64(2), True, "2", None, float("nan")])
def test_what_is_no_size_is_refused(size):
    with pytest.raises(ValueError, match=r"^width is .*, expected a whole number of at least 1\.$"):
        check_sizes(height=1, width=size)


def test_whole_numbers_are_pythons_or_numpys():
    assert check_sizes(one=1, more=np.int64(7), most=np.uint8(255)) is None
    assert check_whole("count", 0, at_least=0) is None
    with pytest.raises(ValueError, match=r"^count is 1, expected .* of at least 2\. Take more\.$"):
        check_whole("count", 1, at_least=2, mend="Take more.")


@pytest.mark.parametrize("number", [0, 0.5, np.float32(0.25), np.int64(0)])
def test_numbers_in_a_range_pass(number):
    assert check_number("share", number, at_least=0, below=1) is None


@pytest.mark.parametrize("number", [-0.1, 1, 1.5, np.nan, np.inf, -np.inf, True, "0.5", None, 0.5j])
def test_numbers_out_of_a_range_are_refused(number):
    message = r"^share is .*, expected a finite number of at least 0 and below 1\. Halve it\.$"
    with pytest.raises(ValueError, match=message):
        check_number("share", number, at_least=0, below=1, mend="Halve it.")


def test_a_range_can_leave_its_ends_out():
    assert check_number("p", 1, above=0, at_most=1) is None
    for number in (0, 1.1):
        with pytest.raises(ValueError, match=r"expected a finite number above 0 and at most 1\.$"):
            check_number("p", number, above=0, at_most=1)


@pytest.mark.parametrize("value", ["c", "", None, ["a"], 0])
def test_what_is_no_choice_is_refused(value):
    assert check_choice("letter", "b", {"a": 1, "b": 2}) is None
    with pytest.raises(ValueError, match=r"^letter is .*, expected one of 'a', 'b'\.$"):
        check_choice("letter", value, {"a": 1, "b": 2})


def test_texts():
    assert check_text("") is None
    with pytest.raises(ValueError, match=r"^text is empty, expected at least one character"):
        check_text("", empty_allowed=False)
    with pytest.raises(ValueError, match=r"^text is a bytes, expected a str: decode it first"):
        check_text(b"a")
    with pytest.raises(ValueError, match=r"^text is a list, expected a str\.$"):
        check_text(["a"])


@pytest.mark.parametrize(
    ("found", "wanted", "message"),
    [
        ((3,), (None, 3), r"^x has shape \(3,\), expected \(any, 3\)\.$"),
        ((2, 4), (2, 3), r"expected \(2, 3\)\.$"),
        ((0, 3), (None, 3), r"expected \(any, 3\), with at least one of each\.$"),
        ((2,), (3,), r"expected \(3,\)\.$"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(found, wanted, message):
    with pytest.raises(ValueError, match=message):
        check_shape("x", found, wanted)


def test_tables_and_distributions_come_back_as_arrays():
    assert check_table("counts", [[0, 7]], (None, 2)).tolist() == [[0, 7]]
    assert check_distribution("initial", [0.25, 0.75], (None,)).tolist() == [0.25, 0.75]
    thirds = np.full(3, 1 / 3, dtype=np.float32)  # single precision is close enough to 1
    assert check_distribution("initial", thirds, (3,)) is thirds


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["a", "b"], "^p is of type <U1, expected numbers"),
        ([0.5, 0.25, 0.25], r"^p has shape \(3,\), expected \(2,\)\.$"),
        ([1.5, -0.5], r"^p contains -0\.5, expected finite numbers of at least 0\.$"),
        ([np.nan, 1.0], "^p contains nan"),
        ([np.inf, 0.0], "^p contains inf"),
        ([0.5, 0.5001], r"^p sums to 1\.0001, expected 1\. Divide it by its sum\.$"),
        ([0.0, 0.0], "^p is all zeros, expected probabilities .* a pseudocount"),
    ],
)
def test_what_are_no_probabilities_is_said(values, message):
    with pytest.raises(ValueError, match=message):
        check_distribution("p", values, (2,))


def test_the_row_that_is_furthest_from_1_is_named():
    with pytest.raises(ValueError, match=r"^row 1 of p sums to 0\.5,"):
        check_distribution("p", [[0.5, 0.6], [0.25, 0.25]], (2, 2))


@pytest.mark.parametrize("bounds", [{}, {"above": 0}, {"at_least": 0}, {"below": 9, "above": -9}])
@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan, np.float32("inf")])
def test_a_number_is_finite_whatever_its_bounds(number: float, bounds: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"rate is -?(inf|nan), expected a finite number"):
        check_number("rate", number, **bounds)


def test_finite_numbers_of_either_sign_come_back_as_an_array():
    assert check_finite("x", [[1, -2.5]], (1, None)).tolist() == [[1.0, -2.5]]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1.0, float("nan")], "^x contains nan, expected finite numbers"),
        ([-float("inf"), 1.0], "^x contains -inf"),
        ([[1.0, 2.0]], r"^x has shape \(1, 2\), expected \(2,\)"),
        (["a", "b"], "^x is of type <U1, expected numbers"),
        ([True, False], "^x is of type bool, expected numbers"),
    ],
)
def test_what_is_not_finite_is_said(values, message):
    with pytest.raises(ValueError, match=message):
        check_finite("x", values, (2,))
