"""The tool that makes the shipped GPT, with a recipe of three steps."""

import json
from dataclasses import replace
from math import log2
from pathlib import Path

import pytest
import torch

from lmteach.models.gpt.config import GPTConfig
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.training.gpt_recipe import GPTRecipe
from lmteach.training.trained_gpt import trained_gpt, trained_gpt_notes
from tools import train_gpt

CONFIG = GPTConfig.modern(
    vocab_size=260, context=16, dim=8, heads=2, layers=1, ngram_order=2, ngram_rows=50
)
TINY = GPTRecipe(CONFIG, batch=2, steps=3, warmup=1)


@pytest.fixture
def made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[Path, str, dict[str, list[dict[str, float]]]]:
    """The folder, what was printed, and the scoreboard."""
    corpus = wikipedia()
    short = replace(corpus, train=corpus.train[:3000], valid=corpus.valid[:500])
    monkeypatch.setattr(train_gpt, "wikipedia", lambda: replace(short, test=corpus.test[:700]))
    monkeypatch.setattr(train_gpt, "WIKIPEDIA", TINY)
    monkeypatch.setenv("LMTEACH_SCOREBOARD", str(tmp_path / "board.json"))
    assert train_gpt.main(["--folder", str(tmp_path / "made")]) == 0
    board = json.loads((tmp_path / "board.json").read_text())
    return tmp_path / "made", capsys.readouterr().out, board


def test_it_ships_seed_0_and_records_all_three(
    made: tuple[Path, str, dict[str, list[dict[str, float]]]],
) -> None:
    folder, printed, board = made
    model, tokenizer = trained_gpt(folder)
    notes = trained_gpt_notes(folder)
    assert notes["seed"] == 0
    assert notes["recipe"]["steps"] == 3
    test = wikipedia().test[:700]
    shipped = train_gpt.bits(model, tokenizer, test)
    assert shipped == pytest.approx(notes["bits_per_character"], abs=1e-4)
    assert f"shipped: {shipped:.4f}" in printed
    values = [
        float(line.split("test ")[1].split()[0])
        for line in printed.splitlines()
        if line.startswith("seed")
    ]
    assert len(values) == 3
    assert values[0] == pytest.approx(shipped, abs=0.01)
    [row] = board["A"]
    assert row["model"] == "GPT"
    assert row["value"] == pytest.approx(sum(values) / 3, abs=2e-4)
    assert row["parameters"] == model.parameter_count


def test_bits_are_minus_log2_p_for_each_character() -> None:
    model, tokenizer = trained_gpt()
    text = "So it is."
    ids = tokenizer.encode(text)
    logits = model(torch.tensor([ids]))[0].detach().double().log_softmax(dim=-1).exp()
    by_hand = log2(model.config.vocab_size)
    by_hand -= sum(log2(logits[place, ids[place + 1]]) for place in range(len(ids) - 1))
    assert train_gpt.bits(model, tokenizer, text) == pytest.approx(by_hand / len(text), abs=1e-5)
