"""Arguments are asked for the types that the signature names."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
import pytest
import torch
from beartype.door import is_bearable
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import Bool, Float, Int, jaxtyped
from torch import Tensor

from lmteach.models.embedding import feedforward
from lmteach.typed import check_fields, fits, in_words, typed

NAN = float("nan")
Number = TypeVar("Number", bound=float)


class Speaks(Protocol):
    def say(self, word: str) -> str: ...


class Parrot:
    def say(self, word: str) -> str:
        return word


RIGHT: list[tuple[Any, Any]] = [
    (3, int),
    (np.int64(3), int),
    (3, float),
    (np.float32(2.5), float),
    (float("inf"), float),
    (np.True_, bool),
    ("", str),
    (None, int | None),
    (["a"], Sequence[str]),
    ("abc", Sequence[str]),
    (torch.zeros(0, 3), Float[Tensor, "batch time"]),
    ([], Sequence[str]),
    (("a", "b"), tuple[str, ...]),
    ((1, "a"), tuple[int, str]),
    ({"a": 1}, Mapping[str, int]),
    (iter(["a"]), Iterable[str]),
    ([[1, 2], [3]], Sequence[Sequence[int]]),
    (len, Callable[[Any], int]),
    ("a", Literal["a", "b"]),
    ([[1, 2]], npt.ArrayLike),
    (torch.ones(2), npt.ArrayLike),
    (None, npt.ArrayLike | None),
    ([0.5], npt.ArrayLike | None),
    (torch.zeros(2, 3), Float[Tensor, "batch time"]),
    (np.zeros((2, 2), int), Int[np.ndarray, "states states"]),
    (Path("a"), str | Path),
    (int, type[int]),
    (Parrot(), Speaks),
    (1.5, Number),
    (NAN, Any),
]
WRONG: list[tuple[Any, Any]] = [
    (True, int),
    (2.0, int),
    ("3", int),
    (None, int),
    (torch.tensor(3), int),
    (NAN, float),
    (np.float32("nan"), float),
    (True, float),
    (1j, float),
    (1, bool),
    (b"a", str),
    ("abc", Sequence[Sequence[str]]),
    (b"abc", Sequence[int]),
    (["a", 1], Sequence[str]),
    ([1, True], Sequence[int]),
    ([1.0, NAN], Sequence[float]),
    ({"a"}, Sequence[str]),
    (["a"], tuple[str, ...]),
    ((1,), tuple[int, int]),
    ({1: 1}, Mapping[str, int]),
    ({"a": 1.5}, Mapping[str, int]),
    ("a", Callable[..., Any]),
    ("c", Literal["a", "b"]),
    ([[1, 2], [3]], npt.ArrayLike),
    ("abc", npt.ArrayLike),
    (None, npt.ArrayLike),
    (Parrot(), npt.ArrayLike | None),
    (1j, npt.ArrayLike | None),
    ({"a": 1}, npt.ArrayLike | None),
    ([None], npt.ArrayLike | None),
    (torch.zeros(2), Float[Tensor, "batch time"]),
    (torch.zeros(2, 3, dtype=torch.int64), Float[Tensor, "batch time"]),
    (np.zeros((2, 3)), Float[np.ndarray, "states states"]),
    ([1, 2], Int[np.ndarray, " time"]),
    (3, str | Path),
    (3, Speaks),
    ("a", Number),
]


@pytest.mark.parametrize(("value", "hint"), RIGHT)
def test_what_is_right_passes(value: Any, hint: Any) -> None:
    assert fits(value, hint)


@pytest.mark.parametrize(("value", "hint"), WRONG)
def test_what_is_wrong_does_not(value: Any, hint: Any) -> None:
    assert not fits(value, hint)


HINTS = [
    int | None,
    str,
    Sequence[str],
    Sequence[Sequence[str]],
    tuple[int, ...],
    Mapping[str, int],
]
LEAVES = st.none() | st.integers() | st.text(max_size=3) | st.binary(max_size=2)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner)
        | st.dictionaries(st.text(max_size=2) | st.integers(), inner, max_size=2)
    ),
    max_leaves=6,
)


@given(value=VALUES, hint=st.sampled_from(HINTS))
def test_it_agrees_with_beartype_where_that_reads_all(value: Any, hint: Any) -> None:
    """Beartype looks at one item of a row at random: what it refuses has to be refused."""
    if not is_bearable(value, hint):
        assert not fits(value, hint)
    if fits(value, hint):
        assert is_bearable(value, hint)


@typed
def attend(
    query: Float[Tensor, "batch time dim"],
    key: Float[Tensor, "batch source dim"],
    mask: Bool[Tensor, "time source"] | None = None,
    *,
    scale: float = 1.0,
) -> str:
    """Take three arrays whose axes go together."""
    return "taken"


def test_one_name_is_one_length_for_all_arguments() -> None:
    query, key = torch.zeros(2, 3, 4), torch.zeros(2, 5, 4)
    assert attend(query, key, torch.ones(3, 5, dtype=torch.bool)) == "taken"
    assert attend(query, key) == "taken"
    with pytest.raises(
        ValueError,
        match=r"^key is of type torch.float32 and shape \(2, 5, 6\), expected a tensor of floating "
        r"point numbers \(batch, source, dim\), with batch = 2, dim = 4\.$",
    ):
        attend(query, torch.zeros(2, 5, 6))
    with pytest.raises(ValueError, match=r"mask is .*\(3, 3\), expected .* with time = 3, sour"):
        attend(query, key, torch.ones(3, 3, dtype=torch.bool))
    assert attend(torch.zeros(1, 1, 6), torch.zeros(1, 1, 6)) == "taken"  # nothing stays behind


def test_arguments_by_name_are_asked_too() -> None:
    with pytest.raises(ValueError, match=r"^scale is nan, expected a number"):
        attend(torch.zeros(1, 1, 1), torch.zeros(1, 1, 1), scale=NAN)


def test_what_is_missing_or_too_much_is_pythons_own_to_say() -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'key'"):
        attend(torch.zeros(1, 1, 1))  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword argument 'size'"):
        attend(torch.zeros(1, 1, 1), torch.zeros(1, 1, 1), size=1)  # type: ignore[call-arg]


@dataclass
class Bag:
    """Something with a method and a class method."""

    words: list[str]

    @classmethod
    @typed
    def of(cls, text: str) -> "Bag":
        """Split a text."""
        return cls(text.split())

    @typed
    def most(self, count: int, *others: str, other: "Bag | None" = None, **more: int) -> int:
        """Take a number, texts, another bag, and more numbers."""
        return count + len(others)


def test_a_class_that_a_learner_wrote_under_our_name_will_do() -> None:
    class FeedForwardLM(torch.nn.Module):
        """As a notebook has it."""

    class Other(torch.nn.Module):
        """Nothing of the kind."""

    assert fits(FeedForwardLM(), feedforward.FeedForwardLM)
    assert not fits(Other(), feedforward.FeedForwardLM)

    class Bag:
        """Of the name of a class that is not ours."""

    assert not fits(Bag(), globals()["Bag"])


@pytest.mark.usefixtures("without_shape_checks")
def test_methods_are_asked_and_self_is_not() -> None:
    assert Bag.of("a b").most(2, "x", "y", other=Bag([]), z=1) == 4
    with pytest.raises(ValueError, match=r"^text is 3, expected a text"):
        Bag.of(3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^other is 'bag', expected a Bag or None"):
        Bag([]).most(1, other="bag")  # type: ignore[arg-type]


def test_the_sentence_is_short_however_long_the_value() -> None:
    with pytest.raises(ValueError, match=r"^count is a list, ") as caught:
        Bag([]).most([1] * 10**5)  # type: ignore[arg-type]
    assert len(str(caught.value)) < 150


def test_a_text_is_to_be_encoded_first() -> None:
    @typed
    def score(ids: Sequence[int] | Int[Tensor, " time"]) -> int:
        return len(ids)

    assert score([1, 2]) == 2
    with pytest.raises(ValueError, match=r"^ids is the text 'abc', expected ids: encode it first"):
        score("abc")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        (int | None, "a whole number or None"),
        (Sequence[Sequence[int]], "a list of lists of whole numbers"),
        (tuple[str, ...], "a tuple of texts"),
        (tuple[int, str], "a tuple (a whole number, a text)"),
        (Mapping[str, float], "a dict from texts to numbers"),
        (npt.ArrayLike | None, "numbers or None"),
        (Callable[[int], int], "a function"),
        (Int[np.ndarray, " time"], "an array of whole numbers (time,)"),
        (Float[Tensor, ""], "a tensor of floating point numbers without axes"),
        (torch.Generator, "a torch.Generator"),
        (np.random.Generator, "a numpy.random.Generator"),
        (Bag, "a Bag"),
        (Sequence[Bag], "a list of Bags"),
    ],
)
def test_in_words(hint: Any, words: str) -> None:
    assert in_words(hint) == words


def test_a_union_is_not_of_arrays_where_array_like_is_a_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As it is from Python 3.12 on with NumPy's newer versions, which see no union in it."""

    class Own:
        """A hint that no test has asked of yet."""

    monkeypatch.setattr(npt, "ArrayLike", object())
    assert not fits(2.5, Own | None)
    assert not fits([], Own | None)
    assert fits(None, Own | None)


@dataclass(frozen=True)
class Square:
    sides: Float[np.ndarray, "source source"]

    def __post_init__(self) -> None:
        check_fields(self)


def test_an_axis_of_a_field_has_its_own_length(without_shape_checks: None) -> None:
    """Whatever is called so where the record is made."""
    with jaxtyped("context"):
        assert isinstance(np.zeros(5), Float[np.ndarray, " source"])
        assert len(Square(np.zeros((3, 3))).sides) == 3
    with pytest.raises(ValueError, match="sides is of type float64 and shape"):
        Square(np.zeros((3, 4)))
