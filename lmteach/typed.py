"""Arguments of the types that a signature names, asked for at the door of a function.

A learner who mistypes meets one sentence on the argument, and no error from deep inside.
"""

import dataclasses
import functools
import inspect
import math
import types
import typing
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, ParamSpec, TypeVar

import numpy as np
import numpy.typing as npt
from jaxtyping import AbstractArray, jaxtyped

from lmteach.checks import plain

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
NUMPYS = {kind for kind in np.sctypeDict.values() if issubclass(kind, np.number | np.bool_)}


def typed(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Ask each argument for the type that the signature names, before the function runs.

    ``int`` is a whole number, Python's or NumPy's; ``float`` any number but NaN; neither is True
    or False. A text is a row of texts, its letters, and no row of rows. Arrays have the type, the
    axes and the lengths that their annotation names, a name being one length for all arguments. For
    a class of ours one of the same name will do: a learner's own. The function gets NumPy's numbers
    as Python's.

    >>> @typed
    ... def repeat(words: Sequence[str], times: int = 2) -> list[str]:
    ...     return [*words] * times
    >>> repeat(["hello"])
    ['hello', 'hello']
    >>> repeat(["hello", None])
    Traceback (most recent call last):
    ValueError: words is ['hello', None], expected a list of texts.
    >>> repeat(["hello"], times=1.5)
    Traceback (most recent call last):
    ValueError: times is 1.5, expected a whole number.
    """
    signature = inspect.signature(function)
    names = list(signature.parameters)
    kinds = {name: one.kind for name, one in signature.parameters.items()}
    several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    alone = [name for name in names if kinds[name] not in several]
    hints: dict[str, Any] = {}
    tests: dict[str, Callable[[Any], bool]] = {}

    @functools.wraps(function)
    def asked(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        if not hints:  # at the first call, when all classes that a hint may name are there
            found = typing.get_type_hints(inspect.unwrap(function), include_extras=False)
            hints.update({name: found.get(name, Any) for name in alone})
            tests.update({name: _test_of(hint) for name, hint in hints.items()})
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        with jaxtyped("context"):
            for name, fitting in tests.items():
                if name in given and not fitting(given[name]):
                    raise ValueError(_sentence(name, given, hints))
        if NUMPYS.isdisjoint(map(type, given.values())):
            return function(*args, **kwargs)
        named: dict[str, Any] = {name: plain(value) for name, value in kwargs.items()}
        return function(*map(plain, args), **named)

    return asked


def check_fields(record: Any) -> None:
    """Say which field of a dataclass is not of the type that its annotation names, if any.

    Each field is asked alone; what they have in common is the class's to ask. NumPy's numbers
    become Python's.

    >>> import dataclasses
    >>> @dataclasses.dataclass(frozen=True)
    ... class Settings:
    ...     width: int
    ...     def __post_init__(self) -> None:
    ...         check_fields(self)
    >>> Settings(width=1.5)
    Traceback (most recent call last):
    ValueError: width is 1.5, expected a whole number.
    """
    hints = typing.get_type_hints(type(record))
    given = {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}
    for name, value in given.items():
        with jaxtyped("context"):  # its own, whatever is called so where the record is made
            fitting = fits(value, hints[name])
        if not fitting:
            raise ValueError(f"{name} {_came(value)}, expected {in_words(hints[name])}.")
        if type(value) in NUMPYS:
            object.__setattr__(record, name, plain(value))


def fits(value: Any, hint: Any) -> bool:
    """Say whether a value is of the type that an annotation names.

    >>> fits(3, int), fits(True, int), fits(float("nan"), float), fits("abc", Sequence[int])
    (True, False, False, False)
    """
    return _test_of(hint)(value)


@functools.cache
def _test_of(hint: Any) -> Callable[[Any], bool]:
    """The question that an annotation asks of a value; made once, since it is asked often.

    No function of a name stands around a question on lengths: jaxtyping's checker, around each in
    the tests, would forget what it has seen of other arguments.
    """
    if isinstance(hint, type) and hint in _SIMPLE:
        return _SIMPLE[hint]
    if hint is Any or hint is inspect.Parameter.empty or isinstance(hint, ParamSpec):
        return lambda value: True
    if hint is None or hint is type(None):
        return lambda value: value is None
    if isinstance(hint, TypeVar):
        return _test_of(hint.__bound__ or Any)
    if hint == npt.ArrayLike:
        return _is_array_like
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        tests = [_test_of(one) for one in _choices(inside)]
        return lambda value: any(test(value) for test in tests)
    if origin is typing.Literal:
        return lambda value: isinstance(value, str | int) and value in inside
    if origin is type:
        return lambda value: isinstance(value, type)
    if origin is not None and issubclass(origin, Callable):  # type: ignore[arg-type]
        return callable
    if origin is tuple:
        return _tuple_test(inside)
    if origin is not None and issubclass(origin, Mapping):
        of_key, of_value = (_test_of(one) for one in inside)
        return lambda value: (
            isinstance(value, origin)
            and all(of_key(key) and of_value(own) for key, own in value.items())
        )
    if origin is not None and issubclass(origin, Iterable):
        return _row_test(origin, inside)
    if origin is not None:
        return lambda value: isinstance(value, origin)
    if getattr(hint, "_is_protocol", False):
        members = [name for name in vars(hint) if not name.startswith("_")]
        return lambda value: all(hasattr(value, name) for name in members)
    if isinstance(hint, type) and issubclass(hint, AbstractArray):
        return lambda value: isinstance(value, hint)
    return lambda value: isinstance(value, hint) or _is_own_version(value, hint)


def in_words(hint: Any) -> str:
    """Say what an annotation asks for.

    >>> in_words(Sequence[str]), in_words(float | None), in_words(typing.Literal["a", "b"])
    ('a list of texts', 'a number or None', "one of 'a', 'b'")
    """
    if isinstance(hint, type) and hint in _WORDS:
        return _WORDS[hint][0]
    if hint is None or hint is type(None):
        return "None"
    if hint == npt.ArrayLike:
        return "numbers"
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(dict.fromkeys(in_words(one) for one in _choices(inside)))
    if origin is typing.Literal:
        return f"one of {', '.join(map(repr, inside))}"
    if origin is not None and issubclass(origin, Callable):  # type: ignore[arg-type]
        return "a function"
    if origin is tuple:
        if len(inside) == 2 and inside[1] is ...:
            return f"a tuple of {_many(inside[0])}"
        return f"a tuple ({', '.join(in_words(one) for one in inside)})"
    if origin is not None and issubclass(origin, Mapping):
        return f"a dict from {_many(inside[0])} to {_many(inside[1])}"
    if origin is not None and issubclass(origin, Iterable):
        return f"a list of {_many(inside[0])}"
    if isinstance(hint, type) and issubclass(hint, AbstractArray):
        return _array_in_words(hint)
    if isinstance(hint, TypeVar):
        return in_words(hint.__bound__)
    name = _name(origin or hint)
    return f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"


def _sentence(name: str, given: Mapping[str, Any], hints: Mapping[str, Any]) -> str:
    """Say what came for an argument and what was expected; and the lengths that others gave."""
    earlier: dict[str, int] = {}
    for other in hints:
        if other == name:
            break
        earlier.update(_lengths(given.get(other), hints[other]))
    axes = _axes(hints[name])
    known = ", ".join(f"{axis} = {earlier[axis]}" for axis in axes if axis in earlier)
    expected = in_words(hints[name]) + (f", with {known}" if known else "")
    if isinstance(given[name], str | bytes) and "whole numbers" in expected:
        return (
            f"{name} is the text {given[name][:20]!r}, expected ids: encode it first, as in "
            "tokenizer.encode(text)."
        )
    return f"{name} {_came(given[name])}, expected {expected}."


def _axes(hint: Any) -> list[str]:
    """The names of an array's axes; none for what is no array, or has any number of axes."""
    arrays = [
        one
        for one in (hint, *typing.get_args(hint))
        if isinstance(one, type) and issubclass(one, AbstractArray)
    ]
    axes = arrays[0].dim_str.split() if arrays else []
    return [] if any("*" in axis or "." in axis for axis in axes) else axes


def _lengths(value: Any, hint: Any) -> dict[str, int]:
    """How long the axes of an array are by the names in its annotation."""
    axes = _axes(hint)
    return dict(zip(axes, value.shape, strict=True)) if axes and hasattr(value, "shape") else {}


def _came(value: Any) -> str:
    """What came, short: an array by its type and shape, all else as it writes itself."""
    if hasattr(value, "dtype") and hasattr(value, "shape") and value.shape != ():
        return f"is of type {value.dtype} and shape {tuple(value.shape)}"
    text = repr(value)
    return f"is {text}" if len(text) <= 60 else f"is a {type(value).__name__}, {text[:50]}…"


def _array_in_words(hint: Any) -> str:
    kinds = {"Float": "floating point numbers", "Int": "whole numbers", "Bool": "True and False"}
    of = next((words for kind, words in kinds.items() if hint.__name__.startswith(kind)), "numbers")
    kind = "an array" if hint.array_type is np.ndarray else "a tensor"
    axes = hint.dim_str.split()
    shape = f"({axes[0]},)" if len(axes) == 1 else f"({', '.join(axes)})"
    return f"{kind} of {of}" + (f" {shape}" if axes else " without axes")


def _many(hint: Any) -> str:
    if isinstance(hint, type) and hint in _WORDS:
        return _WORDS[hint][1]
    if hint is Any or (isinstance(hint, TypeVar) and hint.__bound__ is None):
        return "anything"
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if origin in (list, Sequence, Iterable, Collection):
        return f"lists of {_many(inside[0])}"
    if isinstance(hint, type) and not issubclass(hint, AbstractArray) and not origin:
        return f"{_name(hint)}s"
    return f"which each is {in_words(hint)}"


def _name(kind: Any) -> str:
    """How people write a class: torch.Generator and numpy.random.Generator are not the same."""
    name = getattr(kind, "__name__", str(kind))
    library = getattr(kind, "__module__", "").partition(".")[0]
    if library == "numpy":
        return f"numpy.random.{name}" if name == "Generator" else f"numpy.{name}"
    return f"torch.{name}" if library == "torch" else name


def _choices(inside: tuple[Any, ...]) -> list[Any]:
    """What a union lets in; ArrayLike is a union itself, and its parts are one choice again.

    For newer versions of NumPy and Python it is a name of its own, and no union has its parts.
    """
    parts = typing.get_args(npt.ArrayLike)
    if not parts or not set(parts) <= set(inside):
        return [*inside]
    return [npt.ArrayLike, *(one for one in inside if one not in parts)]


def _is_own_version(value: Any, hint: Any) -> bool:
    """Say whether a value's class was written by a learner under the name of one of ours."""
    ours = getattr(hint, "__module__", "").startswith("lmteach.")
    return ours and any(kind.__name__ == hint.__name__ for kind in type(value).__mro__)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    known = isinstance(value, int | float | np.integer | np.floating)
    return known and not isinstance(value, bool) and not math.isnan(value)


def _is_array_like(value: Any) -> bool:
    try:
        return np.asarray(value).dtype.kind in "iufb"
    except (TypeError, ValueError, RuntimeError):  # ragged rows, or a tensor with a gradient
        return False


def _tuple_test(inside: tuple[Any, ...]) -> Callable[[Any], bool]:
    tests = [_test_of(one) for one in inside if one is not ...]
    if len(inside) == 2 and inside[1] is ...:
        return lambda value: isinstance(value, tuple) and all(map(tests[0], value))
    return lambda value: (
        isinstance(value, tuple)
        and len(value) == len(tests)
        and all(test(one) for test, one in zip(tests, value, strict=True))
    )


def _row_test(origin: type, inside: tuple[Any, ...]) -> Callable[[Any], bool]:
    """A container of what fits; a text is one of its letters. What ends when it is read is not."""
    test = _test_of(inside[0])
    letters = typing.get_origin(inside[0]) is None
    of_texts = inside[0] is str  # long ones are asked in one go

    return lambda value: (
        isinstance(value, origin)
        and not isinstance(value, bytes | Mapping)
        and (
            (letters and test(value))
            if isinstance(value, str)
            else isinstance(value, Iterator)
            or not isinstance(value, Collection)
            or (of_texts and {type(one) for one in value} <= {str})
            or (not of_texts and all(map(test, value)))
        )
    )


_SIMPLE: dict[type, Callable[[Any], bool]] = {
    int: _is_whole,
    float: _is_number,
    bool: lambda value: isinstance(value, bool | np.bool_),
    str: lambda value: isinstance(value, str),
    object: lambda _: True,
}
_WORDS: dict[type, tuple[str, str]] = {
    int: ("a whole number", "whole numbers"),
    float: ("a number", "numbers"),
    bool: ("True or False", "True and False"),
    str: ("a text", "texts"),
    bytes: ("bytes", "bytes"),
    object: ("anything", "anything"),
}
