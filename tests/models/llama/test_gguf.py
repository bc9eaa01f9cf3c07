"""GGUF files: written by ggml's own package, read by ours; cut, damaged and of other kinds."""

import struct
from contextlib import suppress
from pathlib import Path

import gguf
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.llama.files import SMOLLM2, smollm2_file
from lmteach.models.llama.gguf import KINDS, OTHER_KINDS, read_gguf
from tests.real_files import needs

SETTINGS = {
    "uint8": 255,
    "int8": -128,
    "uint16": 65535,
    "int16": -32768,
    "uint32": 2**32 - 1,
    "int32": -(2**31),
    "uint64": 2**64 - 1,
    "int64": -(2**63),
    "float32": 0.5,
    "float64": 0.1,
    "bool": True,
    "string": "Zoë\n🙂",
}


def drawn(*shape):
    """Numbers that are the same each time."""
    return np.random.default_rng(sum(shape)).normal(size=shape).astype(np.float32)


TENSORS = {
    "norm.weight": (drawn(64), "F32"),
    "half.weight": (drawn(3, 5), "F16"),
    "table.weight": (drawn(7, 64), "Q8_0"),
    "old.weight": (drawn(2, 96), "Q4_0"),
    "map.weight": (drawn(2, 3, 32), "Q4_1"),
    "brain.weight": (drawn(4, 2), "BF16"),
}


def write(path: Path, alignment: int | None = None) -> dict[str, np.ndarray]:
    """Write all of the above, and return what the reference makes of each tensor."""
    writer = gguf.GGUFWriter(path, "llama")
    if alignment:
        writer.add_custom_alignment(alignment)
    for kind, value in SETTINGS.items():
        getattr(writer, f"add_{kind}")(f"a.{kind}", value)
    writer.add_array("a.texts", ["a", "", "ü"])
    writer.add_array("a.numbers", [1, -2, 3])
    writer.add_array("a.fractions", [0.5, 2.0])
    expected = {}
    for name, (numbers, kind) in TENSORS.items():
        form = gguf.GGMLQuantizationType[kind]
        stored = gguf.quantize(numbers, form)
        expected[name] = gguf.dequantize(stored, form).reshape(numbers.shape)
        writer.add_tensor(name, stored, raw_dtype=form)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return expected


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of all kinds."""
    file = tmp_path_factory.mktemp("gguf") / "small.gguf"
    write(file)
    return file


@pytest.mark.parametrize("alignment", [None, 64])
def test_settings_and_tensors_are_those_that_were_written(tmp_path, alignment):
    expected = write(tmp_path / "a.gguf", alignment)
    found = read_gguf(tmp_path / "a.gguf")
    for kind, value in SETTINGS.items():
        assert found.settings[f"a.{kind}"] == value
    assert found.settings["a.texts"] == ["a", "", "ü"]
    assert found.settings["a.numbers"] == [1, -2, 3]
    assert found.settings["a.fractions"] == [0.5, 2.0]
    assert list(found.tensors) == list(TENSORS)
    for name, (numbers, kind) in TENSORS.items():
        tensor = found.tensors[name]
        assert (tensor.shape, tensor.kind) == (numbers.shape, kind)
        np.testing.assert_array_equal(tensor.numbers(), expected[name])
    assert found.tensors["old.weight"].bytes == 2 * 3 * 18


def test_a_file_cut_anywhere_is_refused(path, tmp_path):
    data, cut = path.read_bytes(), tmp_path / "cut.gguf"
    for end in range(0, len(data) - 64, 7):  # the last tensor has 16 bytes, and 16 of padding
        cut.write_bytes(data[:end])
        with pytest.raises(ValueError, match=r"cut short|is no GGUF"):
            read_gguf(cut)


@given(st.data())
def test_damage_is_a_value_error_or_not_seen(path, tmp_path_factory, data):
    whole = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, 1200))] = data.draw(st.integers(0, 255))
    damaged = tmp_path_factory.getbasetemp() / "damaged.gguf"
    damaged.write_bytes(whole)
    with suppress(ValueError), np.errstate(all="ignore"):
        for tensor in read_gguf(damaged).tensors.values():
            assert tensor.numbers().shape == tensor.shape


def head(version=3, tensors=0, settings=0):
    """The beginning of a file."""
    return b"GGUF" + struct.pack("<IQQ", version, tensors, settings)


def text(words):
    """A text as the format writes it."""
    return struct.pack("<Q", len(words)) + words


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"begins with b'', expected b'GGUF': it is no GGUF"),
        (b"<!DOCTYPE html>", r"begins with b'<!DO'"),
        (head(version=1), "is GGUF of version 1, expected 2 or 3"),
        (head(version=3 << 24), "expected 2 or 3, with the lowest byte first"),
        (head(settings=1) + text(b"\xff"), "holds a text that is no UTF-8"),
        (head(settings=1) + text(b"a") + struct.pack("<I", 99), "a setting of type 99"),
        (head(settings=1) + text(b"a") + struct.pack("<IIQ", 9, 9, 1), "has a list of lists"),
        (head(settings=2**60), "was cut short"),
        (head(tensors=1) + text(b"a") + struct.pack("<I", 9), "'a' has 9 axes, expected 1 to 4"),
        (head(tensors=1) + text(b"a") + struct.pack("<IQIQ", 1, 0, 0, 0), r"has sizes \(0,\)"),
        (head(tensors=1) + text(b"a") + struct.pack("<IQIQ", 1, 256, 14, 0), "is in Q6_K, expect"),
        (head(tensors=1) + text(b"a") + struct.pack("<IQIQ", 1, 256, 77, 0), "is in type 77"),
        (head(tensors=1) + text(b"a") + struct.pack("<IQIQ", 1, 33, 2, 0), "have 33 numbers, exp"),
        (
            head(tensors=2) + 2 * (text(b"a") + struct.pack("<IQIQ", 1, 1, 0, 0)) + bytes(99),
            "two tensors called 'a'",
        ),
        (
            head(settings=1) + text(b"general.alignment") + struct.pack("<II", 4, 0),
            "aligns to 0, expected a number of bytes",
        ),
    ],
)
def test_what_is_no_such_file_is_named(tmp_path, data, message):
    (tmp_path / "odd.gguf").write_bytes(data)
    with pytest.raises(ValueError, match=message):
        read_gguf(tmp_path / "odd.gguf")


def test_a_folder_and_nothing(tmp_path):
    with pytest.raises(ValueError, match="is a folder, expected one file in GGUF"):
        read_gguf(tmp_path)
    with pytest.raises(FileNotFoundError, match="there is no file"):
        read_gguf(tmp_path / "nothing")


def test_kinds_are_numbered_as_in_the_reference():
    for number, kind in (KINDS | OTHER_KINDS).items():
        assert gguf.GGMLQuantizationType(number).name == kind


@needs(SMOLLM2)
def test_the_real_file_to_the_last_bit() -> None:
    ours, theirs = read_gguf(smollm2_file()), gguf.GGUFReader(smollm2_file())
    assert ours.settings["llama.block_count"] == 30
    assert len(ours.settings["tokenizer.ggml.tokens"]) == 49_152
    assert {tensor.kind for tensor in ours.tensors.values()} == {"F32", "Q4_1", "Q8_0"}
    assert set(ours.tensors) == {tensor.name for tensor in theirs.tensors}
    for tensor in theirs.tensors:
        expected = gguf.dequantize(tensor.data, tensor.tensor_type)
        np.testing.assert_array_equal(ours.tensors[tensor.name].numbers(), expected)
