"""What a learner's function gave back: made plain, compared with what is right, written short."""

import sys
from collections.abc import Iterator, Sequence
from numbers import Number
from typing import Any

import numpy as np

SHORT = 60  # characters


class Other:
    """A result that no exercise asks for, known by its kind alone: none of its code is run."""

    def __init__(self, value: Any) -> None:
        kind = type(value).__name__
        if isinstance(value, Iterator):
            self.words = f"a {kind} (make a list of it)"
        elif callable(value):
            self.words = f"a {kind} (are its brackets missing?)"
        else:
            self.words = f"a {kind}"

    def __repr__(self) -> str:
        return self.words


def plain(value: Any) -> Any:
    """Turn a result into numbers, texts, arrays, and lists or tuples of these.

    A tensor becomes an array, wherever it is and whether or not it has a gradient; what is masked
    in a masked array becomes None. Anything else becomes ``Other``, which is equal to nothing.

    >>> plain([1, range(2), np.ma.array([1.0, 2.0], mask=[False, True])])
    [1, [0, 1], [1.0, None]]
    >>> plain(map(abs, [-1]))
    a map (make a list of it)
    """
    torch = sys.modules.get("torch")  # nobody has a tensor who never imported it
    if value is None or isinstance(value, str | bytes | Number | np.generic | Other):
        return value
    if isinstance(value, Sequence):
        parts = [plain(part) for part in value]
        return tuple(parts) if isinstance(value, tuple) else parts
    if torch and isinstance(value, torch.Tensor):
        dense = value.detach().to_dense().cpu().resolve_conj().resolve_neg()
        return (dense.float() if dense.dtype == torch.bfloat16 else dense).numpy()
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        return plain(value.tolist())
    if hasattr(type(value), "toarray"):  # sparse, from SciPy
        value = value.toarray()
    if isinstance(value, np.ndarray) or hasattr(type(value), "__array__"):
        array = np.asarray(value)
        return plain(array.tolist()) if array.dtype == object and array.ndim else array
    return Other(value)


def equal(given: Any, expected: Any) -> bool:
    """Say whether two results agree: numbers and arrays to nine digits, the rest exactly.

    Shapes must agree, and NaN and infinities stand in the same places. Numbers in single precision
    are compared to five digits. Where truth values are expected, 0 and 1 will do; where numbers
    are, True is none.

    >>> equal(0.1 + 0.2, 0.3), equal([1, 2], [1, 2, 3]), equal("a", "b")
    (True, False, False)
    >>> equal([1, 0], [True, False]), equal(True, 1), equal([0.5], 0.5)
    (True, False, False)
    >>> equal([[1, 2], [3]], [[1, 2], [3]])
    True
    """
    if isinstance(expected, str | bytes):
        return isinstance(given, str | bytes) and given == expected
    numbers, wanted = _numbers(given), _numbers(expected)
    if wanted is None:  # texts, or rows of different lengths: one after the other
        return (
            isinstance(expected, Sequence)
            and isinstance(given, Sequence)
            and len(given) == len(expected)
            and all(map(equal, given, expected))
        )
    kinds = {"b": "biuf", "c": "iufc"}.get(wanted.dtype.kind, "iuf")
    if numbers is None or numbers.shape != wanted.shape or numbers.dtype.kind not in kinds:
        return False
    relative, absolute = (1e-5, 1e-6) if numbers.dtype == np.float32 else (1e-9, 1e-12)
    return bool(np.allclose(numbers, wanted, rtol=relative, atol=absolute, equal_nan=True))


def almost(given: Any, expected: Any) -> str:
    """Say what is amiss with a result whose numbers are right or nearly so; "" if they aren't.

    >>> almost(0.33333, 1 / 3)
    'Nearly: is it rounded, or computed in low precision?'
    >>> almost([0.5], 0.5)
    'The numbers are right, in the shape (1,) instead of ().'
    """
    numbers, wanted = _numbers(given), _numbers(expected)
    if numbers is None or wanted is None or numbers.size != wanted.size:
        return ""
    if numbers.shape != wanted.shape:
        right = equal(numbers.reshape(wanted.shape), wanted)
        words = f"The numbers are right, in the shape {numbers.shape} instead of {wanted.shape}."
        return words if right else ""
    close = numbers.dtype.kind == "f" and np.allclose(numbers, wanted, rtol=1e-3, atol=1e-5)
    return "Nearly: is it rounded, or computed in low precision?" if close else ""


def parting(given: Any, expected: Any) -> str:
    """Say where two results that differ first do so, for those that are too long to be read whole.

    >>> parting([np.zeros(3), np.array([[1.0, 2.0]])], [np.zeros(3), np.array([[1.0, 3.0]])])
    ', which part at [1][0, 1]: 2 and 3'
    >>> parting(np.zeros((2, 3)), np.zeros((3, 2)))
    ', which part in shape: (2, 3) and (3, 2)'
    >>> parting(np.array([0.0, 1.0]), np.array([0.0, 1.00000001]))
    ', which part at [1]: 1 and 1.00000001'
    """
    path = ""
    while isinstance(expected, list | tuple) and (_ragged(given) or _ragged(expected)):
        if not isinstance(given, list | tuple) or len(given) != len(expected):
            return ""
        unlike = (place for place in range(len(given)) if not equal(given[place], expected[place]))
        place = next(unlike)
        path, given, expected = f"{path}[{place}]", given[place], expected[place]
    numbers, wanted = _numbers(given), _numbers(expected)
    if numbers is None or wanted is None:
        return ""
    if numbers.shape != wanted.shape:
        return f", which part{path and ' at ' + path} in shape: {numbers.shape} and {wanted.shape}"
    apart = np.argwhere(~np.isclose(numbers, wanted, rtol=1e-9, atol=1e-12, equal_nan=True))
    if not len(apart):
        return ""
    index = tuple(map(int, apart[0]))
    path += str(list(index)) if index else ""
    given_here, wanted_here = short(numbers[index]), short(wanted[index])
    if given_here == wanted_here:  # six digits don't show it
        given_here, wanted_here = f"{numbers[index]:.12g}", f"{wanted[index]:.12g}"
    return f", which part at {path}: {given_here} and {wanted_here}"


def same(one: Any, other: Any) -> bool:
    """Say whether an argument is to the last bit what it was; of an unknown kind, it may be.

    >>> same([np.array([1.0, np.nan])], [np.array([1.0, np.nan])]), same([1, 2], [1, 2, 3])
    (True, False)
    """
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(other, dict):
        return same(list(one.items()), list(other.items()))
    one, other = plain(one), plain(other)
    if isinstance(other, np.ndarray | np.generic):
        return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
    return isinstance(other, Other) or bool(one == other)


def short(value: Any) -> str:
    """Write a value in at most 60 characters, numbers with six digits; a long array has its shape.

    >>> short(2 / 3), short([np.array([2 / 3, 1.0]), np.array([0.5])])
    ('0.666667', '[[0.6667, 1.0], [0.5]]')
    >>> short((np.array([2 / 3, 1.0]), np.array([1, 0]))), short([np.int64(2), np.int64(0)])
    ('([0.6667, 1.0], [1, 0])', '[2, 0]')
    >>> short(np.tri(2, dtype=bool)), short(np.ones((2, 8, 5)))
    ('[[1 0] [1 1]]', '[[[1. 1. 1. 1. 1.] [1. 1. 1. 1. 1.... of shape (2, 8, 5)')
    >>> short(np.tri)
    'tri'
    """
    if callable(value) and hasattr(value, "__name__"):
        return _cut(value.__name__.lstrip("_"))
    value = plain(value)
    if isinstance(value, float | np.floating):
        return _cut(f"{value:.6g}")
    if isinstance(value, np.ndarray):
        numbers = value.astype(int) if value.dtype == bool else value
        text = np.array2string(numbers, precision=4, threshold=12)
        return _cut(" ".join(text.split()), f" of shape {value.shape}")
    return _cut(repr(_as_python(value)))


def _cut(text: str, end: str = "") -> str:
    """What is too long is cut, and ``end`` stands behind it."""
    return text if len(text) <= SHORT else f"{text[: SHORT - 3 - len(end)]}...{end}"


def in_brackets(arguments: tuple[Any, ...]) -> str:
    """Write the arguments of a call, as in ``for (3, 0.5)``.

    >>> in_brackets((3, 0.5))
    '(3, 0.5)'
    """
    return "(" + ", ".join(map(short, arguments)) + ")"


def _as_python(value: Any) -> Any:
    """Arrays and numbers of NumPy in lists and tuples as Python writes them, with four digits."""
    if isinstance(value, list | tuple):
        parts = [_as_python(part) for part in value]
        return tuple(parts) if isinstance(value, tuple) else parts
    if isinstance(value, np.ndarray | np.generic):
        return (np.round(value, 4) if value.dtype.kind == "f" else value).tolist()
    return value


def _ragged(value: Any) -> bool:
    return _numbers(value) is None


def _numbers(value: Any) -> np.ndarray | None:
    """A result as an array of numbers; None if it is something else, or rows of several lengths."""
    try:
        array = np.asarray(value)
        if array.dtype == object and all(isinstance(number, Number) for number in array.flat):
            array = array.astype(float)  # fractions, and very large whole numbers
    except (ValueError, TypeError, OverflowError):
        return None
    return array if array.dtype.kind in "biufc" else None
