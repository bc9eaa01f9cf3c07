"""The tool that makes the shipped GPT, with a recipe of three steps."""

from dataclasses import replace
from pathlib import Path

import pytest

from lmteach.evaluation.information import evaluate
from lmteach.models.gpt.config import GPTConfig
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.training.gpt_recipe import GPTRecipe
from lmteach.training.trained_gpt import trained_gpt, trained_gpt_notes
from tools import train_gpt

CONFIG = GPTConfig.modern(
    vocab_size=260, context=16, dim=8, heads=2, layers=1, ngram_order=2, ngram_rows=50
)
TINY = GPTRecipe(CONFIG, batch=2, steps=3, warmup=1)


def test_it_ships_what_it_has_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = wikipedia()
    short = replace(corpus, train=corpus.train[:3000], valid=corpus.valid[:500])
    monkeypatch.setattr(train_gpt, "wikipedia", lambda: replace(short, test=corpus.test[:700]))
    monkeypatch.setattr(train_gpt, "WIKIPEDIA", TINY)
    assert train_gpt.main(["--folder", str(tmp_path / "made")]) == 0
    printed = capsys.readouterr().out
    model, tokenizer = trained_gpt(tmp_path / "made")
    notes = trained_gpt_notes(tmp_path / "made")
    assert notes["seed"] == 0
    assert notes["recipe"]["steps"] == 3
    shipped = evaluate(model, tokenizer, corpus.test[:700]).bits_per_character
    assert shipped == pytest.approx(notes["bits_per_character"], abs=1e-4)
    assert f"shipped: {shipped:.4f}" in printed
    valid = evaluate(model, tokenizer, corpus.valid[:500]).bits_per_character
    told = float(printed.split(" s: ")[1].split()[0])
    assert told == pytest.approx(valid, abs=0.01)  # before it was written in half precision
