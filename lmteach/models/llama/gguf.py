"""GGUF: one file with a model's settings, its tokenizer and its weights. Taught in notebook 16.

First come a count of tensors and one of settings, then the settings by name, then the name, shape,
kind and place of each tensor, and at last the tensors' bytes. Read here with the standard library
and NumPy. Source: "GGUF" in the documentation of ggml, version 3.
"""

import mmap
import struct
from dataclasses import dataclass
from math import prod
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float32

from lmteach.files import named_path
from lmteach.models.llama.blocks import FORMATS, unpack
from lmteach.typed import typed

MAGIC, VERSIONS, ALIGNMENT = b"GGUF", (2, 3), 32
# What a number in the file says the type of a setting is, as ``struct`` writes it.
NUMBERS = {
    **{0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i"},
    **{6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"},
}
STRING, ARRAY = 8, 9
KINDS = {0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 8: "Q8_0", 30: "BF16"}
OTHER_KINDS = {
    **{6: "Q5_0", 7: "Q5_1", 10: "Q2_K", 11: "Q3_K", 12: "Q4_K", 13: "Q5_K", 14: "Q6_K"},
    **{16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S"},
    **{22: "IQ2_S", 23: "IQ4_XS", 29: "IQ1_M"},
}
MOST_AXES = 4


@dataclass(frozen=True)
class StoredTensor:
    """A tensor as it lies in the file: its shape, the kind of its numbers, and its bytes.

    >>> data = np.array([1.0, 2.0], dtype=np.float16).view(np.uint8)
    >>> StoredTensor((2,), "F16", data).numbers()
    array([1., 2.], dtype=float32)
    """

    shape: tuple[int, ...]
    kind: str
    data: np.ndarray

    @property
    def bytes(self) -> int:
        """How much of the file it takes."""
        return self.data.nbytes

    def numbers(self) -> Float32[np.ndarray, "..."]:
        """Return all its numbers, in single precision."""
        return unpack(self.data.reshape(-1, self._row_bytes), self.kind).reshape(self.shape)

    @property
    def _row_bytes(self) -> int:
        form = FORMATS[self.kind]
        return self.shape[-1] // form.numbers * form.bytes


@dataclass(frozen=True)
class GGUF:
    """What a file holds: settings by name, and tensors by name, the slowest axis first."""

    settings: MappingProxyType[str, Any]
    tensors: MappingProxyType[str, StoredTensor]


class _Place(NamedTuple):
    """Where a tensor's bytes begin, counted from the first tensor's."""

    shape: tuple[int, ...]
    kind: str
    offset: int


class _Reader:
    """Takes one thing after the other from a file's bytes, and says so where they end."""

    def __init__(self, data: Any, path: Path) -> None:
        self.data, self.path, self.at = data, path, 0

    def take(self, size: int) -> bytes:
        if size > len(self.data) - self.at:
            raise ValueError(
                f"{self.path} ends at byte {len(self.data):,}, in the middle of its list of "
                "contents: it was cut short. Take a copy that is whole."
            )
        self.at += size
        return bytes(self.data[self.at - size : self.at])

    def number(self, form: str) -> Any:
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def text(self) -> str:
        data = self.take(self.number("<Q"))
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise ValueError(
                f"{self.path} holds a text that is no UTF-8 ({error.reason} at byte "
                f"{self.at - len(data) + error.start:,}): it is damaged."
            ) from None

    def value(self, kind: int) -> Any:
        if kind == STRING:
            return self.text()
        if kind == ARRAY:
            inner, count = self.number("<I"), self.number("<Q")
            if inner == ARRAY:
                raise ValueError(
                    f"{self.path} has a list of lists, expected lists of numbers or texts: no "
                    "model's settings are known to have them."
                )
            if inner in NUMBERS:
                form = NUMBERS[inner]
                data = self.take(count * struct.calcsize(form))
                return list(np.frombuffer(data, dtype=form).tolist())
            return [self.value(inner) for _ in range(count)]
        if kind not in NUMBERS:
            raise ValueError(
                f"{self.path} has a setting of type {kind}, expected 0 to 12: it is damaged, or "
                "newer than version 3."
            )
        return self.number(NUMBERS[kind])


@typed
def read_gguf(path: str | PathLike[str]) -> GGUF:
    """Return the settings and the tensors of a file; the bytes of tensors stay in it until read.

    Raises ``FileNotFoundError`` if there is none, and ``ValueError`` for a file of another format
    or version, one that is cut short, and tensors of a kind that ``unpack`` doesn't know.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     size = Path(f"{folder}/empty.gguf").write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 0))
    ...     len(read_gguf(f"{folder}/empty.gguf").tensors)
    0
    >>> read_gguf("nowhere.gguf")
    Traceback (most recent call last):
    FileNotFoundError: there is no file nowhere.gguf, expected a model in GGUF.
    """
    found = named_path(path)
    try:
        with open(found, "rb") as file:
            empty = file.seek(0, 2) == 0
            data = b"" if empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no file {found}, expected a model in GGUF.") from None
    except IsADirectoryError:
        raise ValueError(
            f"{found} is a folder, expected one file in GGUF. A folder is read by from_pretrained."
        ) from None
    reader = _Reader(data, found)
    _check_head(reader)
    tensor_count, setting_count = reader.number("<Q"), reader.number("<Q")
    settings, places = {}, {}
    for _ in range(setting_count):
        name = reader.text()
        settings[name] = reader.value(reader.number("<I"))
    for _ in range(tensor_count):
        name, place = _place(reader)
        if name in places:
            raise ValueError(f"{found} has two tensors called {name!r}, expected one.")
        places[name] = place
    alignment = settings.get("general.alignment", ALIGNMENT)
    if not isinstance(alignment, int) or alignment < 1:
        raise ValueError(f"{found} aligns to {alignment!r}, expected a number of bytes.")
    start = -(-reader.at // alignment) * alignment
    whole = np.frombuffer(data, dtype=np.uint8)
    tensors = {name: _stored(whole, start, name, place, found) for name, place in places.items()}
    return GGUF(MappingProxyType(settings), MappingProxyType(tensors))


def _check_head(reader: _Reader) -> None:
    head = bytes(reader.data[:4])
    if head != MAGIC:
        raise ValueError(
            f"{reader.path} begins with {head!r}, expected {MAGIC!r}: it is no GGUF. (A page that "
            "was saved instead of the file begins so, too.)"
        )
    reader.take(4)
    version = reader.number("<I")
    if version not in VERSIONS:
        raise ValueError(
            f"{reader.path} is GGUF of version {version}, expected 2 or 3, with the lowest byte "
            "first. Convert it with a newer llama.cpp."
        )


def _place(reader: _Reader) -> tuple[str, _Place]:
    name, axes = reader.text(), reader.number("<I")
    if not 1 <= axes <= MOST_AXES:
        raise ValueError(f"{reader.path}: {name!r} has {axes} axes, expected 1 to {MOST_AXES}.")
    sizes = tuple(reader.number("<Q") for _ in range(axes))
    if 0 in sizes:
        raise ValueError(f"{reader.path}: {name!r} has sizes {sizes[::-1]}, expected 1 and more.")
    number, offset = reader.number("<I"), reader.number("<Q")
    if number not in KINDS:
        kind = OTHER_KINDS.get(number, f"type {number}")
        raise ValueError(
            f"{reader.path}: {name!r} is in {kind}, expected {', '.join(KINDS.values())}. Take a "
            "file of the same model in one of these; their names stand in the file names."
        )
    return name, _Place(sizes[::-1], KINDS[number], offset)


def _stored(whole: np.ndarray, start: int, name: str, place: _Place, path: Path) -> StoredTensor:
    form = FORMATS[place.kind]
    if place.shape[-1] % form.numbers:
        raise ValueError(
            f"{path}: rows of {name!r} have {place.shape[-1]} numbers, expected a multiple of "
            f"{form.numbers}, the block of {place.kind}."
        )
    begin = start + place.offset
    end = begin + prod(place.shape) // form.numbers * form.bytes
    if end > len(whole):
        raise ValueError(
            f"{path} ends at byte {len(whole):,}, expected {end:,} and more, where {name!r} ends: "
            "it was cut short. Take a copy that is whole."
        )
    return StoredTensor(place.shape, place.kind, whole[begin:end])
