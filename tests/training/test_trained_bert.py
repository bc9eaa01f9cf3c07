"""The BERT that comes with the package: its bits are measured again, its files are checked."""

import shutil
from pathlib import Path

import pytest
import torch

from lmteach.models.bert.config import BertConfig
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.training.checkpoints import read
from lmteach.training.masked_recipe import WIKIPEDIA_MASKED, MaskedRecipe
from lmteach.training.trained_bert import (
    FOLDER,
    WEIGHTS,
    trained_bert,
    trained_bert_notes,
    write_trained_bert,
)
from tools.train_bert import bits_of


def test_its_bits_are_those_beside_it() -> None:
    measured = bits_of(trained_bert()[0], wikipedia().test)
    assert measured == pytest.approx(trained_bert_notes()["bits_per_blank"], abs=5e-3)
    assert measured <= 3.8


def test_it_is_made_by_the_recipe_of_the_notebook() -> None:
    noted = trained_bert_notes()["recipe"]
    assert MaskedRecipe(**noted | {"config": BertConfig(**noted["config"])}) == WIKIPEDIA_MASKED
    assert trained_bert_notes()["seed"] == 0


def test_its_files_are_small_and_its_tokens_are_the_models() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 6_000_000
    model, tokenizer = trained_bert()
    assert model.config.vocab_size == tokenizer.vocab_size
    assert model.config.pad_id == tokenizer.special.pad
    assert not model.training
    assert all(parameter.dtype == torch.float32 for parameter in model.parameters())


def test_written_and_read_again_it_is_the_same(tmp_path: Path) -> None:
    write_trained_bert(trained_bert()[0], trained_bert_notes(), tmp_path)
    (again, notes), (shipped, own) = read(tmp_path / WEIGHTS), read(FOLDER / WEIGHTS)
    assert notes == own
    assert again.keys() == shipped.keys()
    assert all(torch.equal(again[name], shipped[name]) for name in shipped)


def test_damaged_and_missing_files_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"has no model\.safetensors.*tools\.train_bert"):
        trained_bert(tmp_path)
    shutil.copytree(FOLDER, tmp_path / "copy")
    data = bytearray((FOLDER / WEIGHTS).read_bytes())
    data[-100] ^= 1
    (tmp_path / "copy" / WEIGHTS).write_bytes(data)
    with pytest.raises(ValueError, match="is damaged"):
        trained_bert(tmp_path / "copy")
    (tmp_path / "copy" / WEIGHTS).write_bytes(data[: len(data) // 2])
    with pytest.raises(ValueError, match="is not a whole checkpoint"):
        trained_bert(tmp_path / "copy")
