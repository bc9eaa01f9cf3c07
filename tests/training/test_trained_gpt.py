"""The GPT that comes with the package: its bits are measured again, its files are checked."""

import shutil
from pathlib import Path

import pytest
import torch

from lmteach.evaluation.information import evaluate
from lmteach.evaluation.scoreboard import table
from lmteach.models.gpt.config import GPTConfig
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.training.checkpoints import read
from lmteach.training.gpt_recipe import WIKIPEDIA, GPTRecipe
from lmteach.training.trained_gpt import (
    FOLDER,
    TOKENIZER,
    WEIGHTS,
    trained_gpt,
    trained_gpt_notes,
    write_trained_gpt,
)


def test_its_bits_are_those_beside_it() -> None:
    measured = evaluate(*trained_gpt(), wikipedia().test).bits_per_character
    assert measured == pytest.approx(trained_gpt_notes()["bits_per_character"], abs=5e-4)
    assert measured <= 2.12


def test_it_is_one_of_the_seeds_of_its_row() -> None:
    [row] = table("A", ["GPT with n-gram vectors, Muon"]).committed
    assert row.parameters == trained_gpt()[0].parameter_count
    assert row.spread is not None
    away = abs(row.value - trained_gpt_notes()["bits_per_character"])
    assert away <= 2 * row.spread + 1e-3  # no seed of three is further than 2/√3 spreads away


def test_it_is_made_by_the_recipe_of_the_notebook() -> None:
    noted = trained_gpt_notes()["recipe"]  # what it doesn't name is as it is if nobody asks
    assert GPTRecipe(**noted | {"config": GPTConfig(**noted["config"])}) == WIKIPEDIA
    assert trained_gpt_notes()["seed"] == 0


def test_its_files_are_small_and_its_tokens_are_the_models() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 6_000_000
    model, tokenizer = trained_gpt()
    assert model.config.vocab_size == tokenizer.vocab_size
    assert not model.training
    assert all(parameter.dtype == torch.float32 for parameter in model.parameters())


def test_the_tokenizer_is_the_one_that_the_text_gives() -> None:
    from lmteach.text.tokenizers.bpe import BPETokenizer

    again = BPETokenizer.train(wikipedia().train, WIKIPEDIA.config.vocab_size)
    assert again.merges == trained_gpt()[1].merges


def test_written_and_read_again_it_is_the_same(tmp_path: Path) -> None:
    model, tokenizer = trained_gpt()
    write_trained_gpt(model, tokenizer, trained_gpt_notes(), tmp_path)
    again, notes = read(tmp_path / WEIGHTS)
    shipped, own_notes = read(FOLDER / WEIGHTS)
    assert notes == own_notes
    assert again.keys() == shipped.keys()
    assert all(torch.equal(again[name], shipped[name]) for name in shipped)
    assert (tmp_path / TOKENIZER).read_bytes() == (FOLDER / TOKENIZER).read_bytes()


def test_a_file_cut_short_is_a_clear_error(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "copy")
    data = (FOLDER / WEIGHTS).read_bytes()
    (tmp_path / "copy" / WEIGHTS).write_bytes(data[: len(data) // 2])
    with pytest.raises(ValueError, match=r"is not a whole checkpoint .*Delete it"):
        trained_gpt(tmp_path / "copy")
    with pytest.raises(ValueError, match=r"is not a whole checkpoint"):
        trained_gpt_notes(tmp_path / "copy")


def test_a_changed_weight_is_a_clear_error(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "copy")
    data = bytearray((FOLDER / WEIGHTS).read_bytes())
    data[-100] ^= 1
    (tmp_path / "copy" / WEIGHTS).write_bytes(data)
    with pytest.raises(ValueError, match="is damaged"):
        trained_gpt(tmp_path / "copy")


def test_a_file_of_another_model_is_a_clear_error(tmp_path: Path) -> None:
    _, tokenizer = trained_gpt()
    write_trained_gpt(trained_gpt()[0], tokenizer, {"seed": 1}, tmp_path)
    with pytest.raises(ValueError, match="doesn't say how its model was made"):
        trained_gpt(tmp_path)


def test_a_missing_file_says_how_to_mend_it(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"has no model\.safetensors.*tools\.train_gpt"):
        trained_gpt(tmp_path)
