"""What people give by mistake: wrong types, numbers out of range, wrong shapes, odd callbacks."""

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch

FAR = 10**6  # larger than any vocabulary of the examples


class Stranger:
    """Something that no function of the package knows."""

    def __repr__(self) -> str:
        return "Stranger()"


WRONG_TYPES: dict[str, Any] = {
    "None": None,
    "a text": "abc",
    "bytes": b"abc",
    "True": True,
    "an object": Stranger(),
    "a dict": {"a": 1},
    "a list of texts": ["a", "b"],
    "a list of None": [None],
    "a complex number": 1j,
}
NUMBERS: dict[str, Any] = {
    "-1": -1,
    "0": 0,
    "2.5": 2.5,
    "NaN": float("nan"),
    "infinity": float("inf"),
}
EMPTY: dict[str, Any] = {"an empty list": [], "an empty text": "", "an empty dict": {}}


def bad_values(good: Any) -> Iterator[tuple[str, Any]]:
    """What is tried in the place of a good value, each with a name."""
    for name, value in {**WRONG_TYPES, **NUMBERS, **EMPTY}.items():
        yield name, copy.copy(value)  # whoever keeps it may change it
    if isinstance(good, np.ndarray | torch.Tensor):
        yield from _bad_arrays(good)
    elif isinstance(good, Sequence) and not isinstance(good, str | bytes) and len(good):
        yield from _bad_rows(good)
    elif callable(good) and not isinstance(good, type | torch.nn.Module):
        yield from _bad_callbacks(good)


def _bad_arrays(good: Any) -> Iterator[tuple[str, Any]]:
    yield "one axis more", good[None]
    if good.ndim and len(good):
        yield "one axis less", good[0]
        yield "an empty array", good[:0]
        yield "another length", _joined(good, good[:1])
    numbers = good.dtype not in (torch.bool, np.bool_)
    whole = not _is_float(good)
    for name, number in {"NaN inside": np.nan, "infinity inside": np.inf}.items():
        if numbers and not whole and _size(good):
            yield name, _with_first(good, number)
    if numbers and good.dtype not in (torch.uint8, np.uint8) and _size(good):
        yield "-1 inside", _with_first(good, -1)
    if numbers and whole and _size(good):
        if good.dtype not in (torch.uint8, np.uint8):
            yield "an unknown id inside", _with_first(good, FAR)
        yield "halves", good + 0.5
    yield "an array of texts", np.array(["a", "b"])


def _bad_rows(good: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    kind = list if not isinstance(good, tuple) else tuple
    if all(isinstance(one, int | np.integer) for one in good):
        yield "an unknown id inside", kind([FAR, *good[1:]])
        yield "halves", kind([one + 0.5 for one in good])
    if all(isinstance(one, int | float | np.number) for one in good):
        yield "-1 inside", kind([-1, *good[1:]])
        yield "NaN inside", kind([float("nan"), *good[1:]])
        yield "infinity inside", kind([float("inf"), *good[1:]])
    yield "None inside", kind([None, *good[1:]])
    yield "one axis more", kind([good])
    yield "another length", kind([*good, good[0]])


def _bad_callbacks(good: Callable[..., Any]) -> Iterator[tuple[str, Any]]:
    answers = {"None": None, "NaN": float("nan"), "a text": "abc", "-1": -1, "an empty list": []}
    for name, answer in answers.items():
        yield f"returns {name}", lambda *_, answer=answer, **__: answer


def _is_float(good: Any) -> bool:
    return good.is_floating_point() if isinstance(good, torch.Tensor) else good.dtype.kind == "f"


def _size(good: Any) -> int:
    return good.numel() if isinstance(good, torch.Tensor) else good.size


def _joined(one: Any, other: Any) -> Any:
    join = torch.cat if isinstance(one, torch.Tensor) else np.concatenate
    return join([one, other])


def _with_first(good: Any, number: float) -> Any:
    changed = good.detach().clone() if isinstance(good, torch.Tensor) else good.copy()
    changed.reshape(-1)[0] = number
    return changed
